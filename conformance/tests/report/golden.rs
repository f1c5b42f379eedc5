//! The reports of a few traces, whole. `PORTRES_BLESS=1 cargo test -p portres --test report` writes them anew: read them.
//!
//! The cases are a divergence in a sequential trace and one among overlapping calls, an expectation that is met and one that
//! is not, a trace of which nothing is known, a code that nobody foresaw, a port that nobody saw, a note, and a file of which
//! a part cannot be read.

use std::fs;

use super::{folder, portres, told};

/// The report in every form, by the name of its file.
fn reports() -> Vec<(&'static str, String)> {
    let (cases, made) = (folder().join("cases"), tempfile::TempDir::new().expect("a folder"));
    let file = |name: &str| made.path().join(name).display().to_string();
    let (html, junit) = (file("page.html"), file("junit.xml"));
    let output = portres(&cases, &["check", ".", "--html", &html, "--junit", &junit]);
    assert_eq!(output.status.code(), Some(2), "one of them cannot be read");
    let errors = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    let text = format!("{}{errors}", told(&output));
    let json = told(&portres(&cases, &["check", ".", "--format", "json"]));
    let read = |path: &str| fs::read_to_string(path).expect("it was written");
    let page = read(&html).replace(&format!("portres {}", env!("CARGO_PKG_VERSION")), "portres");
    vec![
        ("report.txt", text),
        ("report.jsonl", json),
        ("report.xml", read(&junit)),
        ("report.html", page),
    ]
}

#[test]
fn each_form_says_what_it_was_read_to_say() {
    let mut wrong = Vec::new();
    for (name, report) in reports() {
        // where folders are written otherwise
        let report = report.replace(".\\", "./").replace('\r', "");
        let path = folder().join("expected").join(name);
        if std::env::var_os("PORTRES_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("its folder")).expect("the folder");
            fs::write(&path, &report).expect("the report");
        }
        let known = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
        if known != report {
            let differs = known.lines().zip(report.lines()).find(|(known, now)| known != now);
            wrong.push(format!("{name}: {differs:#?}"));
        }
    }
    assert!(wrong.is_empty(), "other reports than in the files:\n{}", wrong.join("\n"));
}

/// What the forms count is the same: each trace once, and each as it stands.
#[test]
fn the_forms_agree() {
    let reports = reports();
    let of = |name: &str| &reports.iter().find(|(n, _)| *n == name).expect("the report").1;
    let lines: Vec<serde_json::Value> =
        of("report.jsonl").lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let count = |is: &dyn Fn(&serde_json::Value) -> bool| lines.iter().filter(|l| is(l)).count();
    let bad = count(&|l| {
        l["expected"] == false || (l["expected"].is_null() && l["verdict"] == "diverges")
    });
    let open = count(&|l| l["expected"].is_null() && l["verdict"] == "undecided");
    let xml = of("report.xml");
    assert_eq!(xml.matches("<failure ").count(), bad);
    assert_eq!(xml.matches("<skipped ").count(), open);
    assert_eq!(xml.matches("<error ").count(), 1);
    assert_eq!(xml.matches("<testcase ").count(), lines.len() + 1);
    let head = format!(
        "<testsuites name=\"portres check\" tests=\"{}\" failures=\"{bad}\" errors=\"1\" skipped=\"{open}\">",
        lines.len() + 1
    );
    assert!(xml.contains(&head), "{xml}");
    let page = of("report.html");
    for (class, count) in [("bad", bad), ("open", open)] {
        let traces = page.split("<details class=\"trace\"").skip(1);
        let of_class = |trace: &&str| {
            let tag = trace.split('>').next().expect("its tag");
            tag.contains(&format!("data-k=\"{class}\""))
        };
        assert_eq!(traces.filter(of_class).count(), count, "{class}");
    }
}
