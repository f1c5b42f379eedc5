//! The page: one file that needs nothing else, whose links lead somewhere.

use std::collections::BTreeSet;
use std::fs;

use super::{portres, traces};

fn page() -> String {
    let folder = traces();
    let (path, html) = (folder.path().display().to_string(), folder.path().join("coverage.html"));
    let ran = portres(&["coverage", "--html", &html.display().to_string(), &path]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("rules reached by a trace that conforms: "), "{}", ran.out);
    fs::read_to_string(html).expect("the page").replace(&format!("{path}/"), "")
}

/// What stands behind each of these in the page, up to the next quotation mark.
fn marked<'p>(page: &'p str, mark: &str) -> Vec<&'p str> {
    page.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn it_needs_nothing_else_and_its_links_lead_somewhere() {
    let page = page();
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let ids = marked(&page, " id=\"");
    let all: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(all.len(), ids.len(), "an id stands twice");
    let links = marked(&page, "href=\"#");
    assert!(links.len() > 20);
    for link in links {
        assert!(all.contains(link), "{link} leads nowhere");
    }
}

#[test]
fn it_tells_what_supports_and_what_contradicts() {
    let page = page();
    let row = page.split("<code>bind.takes-port</code>").nth(1).expect("the rule");
    let row = row.split("</tr>").next().expect("its row");
    let supports = "<summary>windows 10.0.19045 (2 traces, 2026-01-31 to 2026-02-03)</summary>";
    let against = "<summary>windows 10.0.26100 (1 trace, 2026-03-01)</summary>";
    let (first, second) = (row.find(supports), row.find(against));
    assert!(first.is_some() && first < second, "{row}");
    assert!(page.contains("1 diverges"), "no word tells that something diverges");
    let title = "<title>What traces show of the specification</title>";
    assert!(page.contains(title) && page.contains("<html lang=\"en\">"));
}

#[test]
fn a_trace_that_is_named_like_markup_is_text() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let name = folder.path().join("<b>&amp;.trace");
    let trace = "portres trace 1\nsystem windows <i>\n\np1: s1 = socket udp v4 -> ok\n";
    if fs::write(&name, trace).is_err() {
        println!("skipped: no file can have this name here");
        return;
    }
    let ran = portres(&["coverage", "--html", "-", &name.display().to_string()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("&lt;b&gt;&amp;amp;.trace") && ran.out.contains("windows &lt;i&gt;"));
    assert!(!ran.out.contains("<b>") && !ran.out.contains("<i>"));
    assert!(ran.err.starts_with("1 trace\n"), "the list goes beside the page: {}", ran.err);
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = traces();
    let path = folder.path().display().to_string();
    let before = fs::read_dir(folder.path()).expect("the folder").count();
    for to in [format!("{path}/none/coverage.html"), path.clone()] {
        let ran = portres(&["coverage", "--html", &to, &path]);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.lines().count()),
            (2, "", 1),
            "{}",
            ran.err
        );
        assert!(ran.err.starts_with(&format!("error: {to}: ")), "{}", ran.err);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), before);
}
