//! What holds of every page: its links lead somewhere, it needs nothing else, and what traces say stays text.

use std::collections::BTreeSet;
use std::fs;

use super::{folder, portres};

fn page() -> String {
    let made = tempfile::TempDir::new().expect("a folder");
    let file = made.path().join("page.html").display().to_string();
    portres(&folder().join("cases"), &["check", ".", "--html", &file]);
    fs::read_to_string(&file).expect("the page")
}

/// The values of an attribute, in order.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let mark = format!(" {attribute}=\"");
    page.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let page = page();
    let ids = values(&page, "id");
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "an id stands there twice: {ids:?}");
    let links = values(&page, "href");
    assert!(links.len() > 30, "{} links", links.len());
    for link in links {
        let to = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leaves the page"));
        assert!(known.contains(to), "{link} leads nowhere");
    }
}

#[test]
fn nothing_else_is_needed() {
    let page = page();
    for part in ["http:", "https:", "src=", "@import", "<link", "fetch(", "XMLHttp"] {
        assert!(!page.contains(part), "{part}");
    }
    let urls: BTreeSet<&str> =
        page.split("url(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert_eq!(urls, BTreeSet::from(["#hatch"]));
}

#[test]
fn what_a_trace_says_stays_text() {
    let page = page();
    assert!(page.contains("&lt;what&gt; is &quot;quoted&quot; &amp; sharp"), "the title");
    assert!(page.contains("wine 8.0&amp;&lt;more&gt;"), "the system");
    assert!(!page.contains("<what>") && !page.contains("<more>"));
}

/// A call that began long before what is shown and returned long after it is a bar from the top to the bottom.
#[test]
fn a_call_that_runs_all_the_while_is_a_bar() {
    let page = page();
    let mut traces = page.split("<details class=\"trace\"");
    let trace = traces.find(|t| t.starts_with(' ') && t.contains("what-lies-far-apart"));
    let lanes = trace.and_then(|t| t.split("class=\"scroll lanes\"").nth(1)).expect("its lanes");
    let svg = lanes.split("</svg>").next().expect("the picture");
    let height = svg.split("viewBox=\"0 0 92 ").nth(1).and_then(|s| s.split('"').next());
    let height: u32 = height.expect("two lanes").parse().expect("a number");
    assert!(svg.contains("<text x=\"69\" y=\"19\">p1.2</text>"), "{svg}");
    let bar =
        format!("<rect class=\"lb\" x=\"62\" y=\"28\" width=\"14\" height=\"{}\"", height - 28);
    assert!(svg.contains(&bar), "{svg}");
}

/// What stands in a picture is told by it, too.
#[test]
fn a_picture_says_what_it_shows() {
    let page = page();
    let labels: Vec<&str> =
        values(&page, "aria-label").into_iter().filter(|l| l.contains("in play")).collect();
    let says = |parts: &[&str]| {
        assert!(
            labels.iter().any(|label| parts.iter().all(|part| label.contains(part))),
            "{parts:?}: {labels:#?}"
        );
    };
    says(&["5100-5149: excluded by an administrator", "6000-6099: a block of WinNAT"]);
    says(&[
        "t1: 5000-5019, runtime, of p1; s1 of p1 at 0.0.0.0:5007",
        "s3 of p1 at 0.0.0.0:6001 (new)",
    ]);
    says(&["s1 of p1 at 0.0.0.0 with one of 5000+4, not seen"]);
    // two sockets at one port: the second came behind the first
    says(&[
        "before: dynamic range 49152-65535; s1 of p1 at 0.0.0.0:50000. after",
        "s2 of p1 at 0.0.0.0:50000 (new)",
    ]);
}
