//! A page and a JUnit file of a run with traces without number: the page stays below its limit, what is not as wanted comes
//! first, all is counted, and all is the same whoever judged what.

use std::fmt::Write;
use std::fs;

use super::{portres, told};

const MANY: usize = 2_500;

/// Traces that diverge as expected, as many that are not expected to, and as many that conform.
fn stream() -> String {
    let mut stream = String::new();
    for expected in [true, false] {
        for i in 0..MANY {
            let _ = writeln!(stream, "portres trace 1\ntitle trace {i}");
            if expected {
                stream.push_str("expect diverges 8 bind.takes-reserved\n");
            }
            stream.push_str(
                "\np1: s1 = socket udp v4 -> ok\np1: t1 = acquire s1 5000+20 -> 5000+20\np1: associate s1 t1 -> ok\n\
                 p1: s2 = socket udp v4 -> ok\np1: bind s2 0.0.0.0:7000 -> 7000\np1: s3 = socket udp v4 -> ok\n\
                 p1: bind s3 0.0.0.0:7001 -> 7001\np1: bind s1 0.0.0.0:0 -> 6001\np1: closesocket s3 -> ok\n\n",
            );
        }
    }
    for i in 0..MANY {
        let _ = writeln!(stream, "portres trace 1\ntitle trace {i}\n\np1: startup -> ok\n");
    }
    stream
}

#[test]
fn a_page_keeps_its_limit_and_counts_everything() {
    let folder = tempfile::TempDir::new().expect("a folder");
    fs::write(folder.path().join("many.trace"), stream()).expect("the stream");
    let run = |jobs: &str, name: &str| {
        let (page, junit) = (format!("{name}.html"), format!("{name}.xml"));
        let args = ["check", "many.trace", "--jobs", jobs, "--html", &page, "--junit", &junit];
        let output = portres(folder.path(), &args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let read =
            |name: &str| fs::read_to_string(folder.path().join(name)).expect("it is written");
        (told(&output), read(&page), read(&junit))
    };
    let (text, page, junit) = run("1", "one");
    assert!((7_000_000..10_000_000).contains(&page.len()), "{} bytes", page.len());
    let shown = page.matches("<details class=\"trace\"").count();
    let bad = page.matches("data-k=\"bad\"").count() - 1;
    assert!(shown > 500, "{shown} traces are shown");
    assert_eq!(bad, shown, "what is expected has taken the place of what is not");
    let left_out = 2 * MANY - shown;
    assert!(page.contains(&format!("Of {left_out} more traces")), "{left_out} are left out");
    let counts = format!("<td class=\"count\">{}</td>", 3 * MANY);
    assert_eq!(page.matches(&counts).count(), 2, "the tables count all");
    assert!(text.contains(&format!("{MANY} conform, {MANY} diverge as expected, {MANY} diverge")));
    assert_eq!(junit.matches("<testcase ").count(), 3 * MANY);
    assert_eq!(junit.matches("<failure ").count(), MANY);

    assert!(run("4", "four") == (text, page, junit), "it matters who judged what");
}

/// A trace with divergences without number shows the first of them and counts the others.
#[test]
fn a_trace_shows_the_first_of_its_divergences() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut trace = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\n".to_string();
    for _ in 0..1_500 {
        trace.push_str("p1: listen s1 -> ok\n");
    }
    fs::write(folder.path().join("long.trace"), trace).expect("the trace");
    portres(folder.path(), &["check", "long.trace", "--html", "page.html"]);
    let page = fs::read_to_string(folder.path().join("page.html")).expect("the page");
    assert_eq!(page.matches("<h4>Event ").count(), 20);
    assert!(page.contains("980 more divergences of this trace"), "the first thousand are kept");
    assert!(page.contains("And 500 divergences more"), "the others are counted");
}
