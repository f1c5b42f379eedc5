//! The reference page of the rules, in Markdown.

mod answers;
mod entry;
mod sources;

use std::fmt::Write;

use portres::reach::Reach;
use portres_model::{Question, Rule, Standing};

pub(crate) fn write(reach: &Reach) -> String {
    let mut page = String::from(HEAD);
    page += &figures(reach);
    page += &contents();
    page += &answers::write();
    page += "\n## The rules, call by call\n";
    for call in calls() {
        let _ = write!(page, "\n### Rules of `{call}`\n");
        for &rule in Rule::ALL.iter().filter(|r| before_dot(r.id()) == call) {
            page += &entry::rule(rule, reach);
        }
    }
    page += &assumed();
    page += "\n## Open questions\n\n";
    page += "What the documentation leaves open. A system gives one of the answers, the same each time; the first is the likeliest.\n\n";
    page += &questions();
    for &question in Question::ALL {
        page += &entry::question(question, reach);
    }
    page += &sources::write();
    page
}

/// The calls in the order of the page: what the page is about comes first.
const PARTS: &[(&str, &[&str])] = &[
    ("reservations at run time", &["acquire", "associate", "release", "ioctl", "bytes"]),
    ("persistent reservations", &["create", "delete", "lookup"]),
    ("binding", &["bind", "getsockname", "setsockopt", "getsockopt", "affinity"]),
    (
        "connections",
        &["listen", "connect", "disconnect", "connectex", "accept", "getpeername", "sendto"],
    ),
    ("sockets", &["socket", "ioctlsocket", "closesocket", "duplicate", "inherit"]),
    ("overlapped requests", &["result", "completion", "complete", "cancel", "preset"]),
    (
        "`netsh`",
        &["netsh", "addexcluded", "deleteexcluded", "showexcluded", "setdynamic", "showdynamic"],
    ),
    ("any call, start and end", &["call", "startup", "cleanup", "endthread", "exit"]),
    ("the machine", &["start", "restart", "appear", "vanish", "network", "settle"]),
];

const HEAD: &str = "\
<!-- Generated: PORTRES_BLESS=1 cargo test -p portres --test rules -->

# The rules of Windows port reservation

What Windows does when ports are reserved, released and bound, rule by rule, each with what it rests on. Nobody has
published this in one place: it is put together from the documentation, which is silent in many places, from what
programs and reports show, and from test suites that pass on real Windows.

The *standing* says how well a rule is known:

| standing | means |
| --- | --- |
| documented | a page of the documentation says it |
| observed | a real system was seen to do it |
| asserted | a test suite that passes on real Windows asserts it |
| assumed | none of these: the documentation is silent, and the rule names a possibility, with a reason |

Where a rule's outcome is open, a *question* decides it. It has a closed set of answers, the likeliest first, each with
the evidence that speaks for it; an answer without evidence is possible and no more.

Evidence has a *strength*: observed (a run or a posted output shows it), shipped (program code relies on it), asserted (a
suite that passes on real Windows asserts it), documented (by a vendor, beside the reference pages), claimed (stated
without a shown run), inferred, or measured (on Wine).
";

fn figures(reach: &Reach) -> String {
    let of = |standing| Rule::ALL.iter().filter(|r| r.standing() == standing).count();
    let all = [Standing::Documented, Standing::Observed, Standing::Asserted, Standing::Assumed];
    let each: Vec<String> = all.map(|s| format!("{} {}", of(s), s.name())).into();
    let recorded = Rule::ALL.iter().filter(|r| !reach.rule(**r).recorded_by.is_empty()).count();
    format!(
        "\nThere are {} rules ({}) and {} open questions. Recorded on Windows: {recorded} of {} rules.\n",
        Rule::ALL.len(),
        each.join(", "),
        Question::ALL.len(),
        Rule::ALL.len()
    )
}

fn contents() -> String {
    let mut text = String::from("\n## Contents\n\n- [Direct answers](#direct-answers)\n");
    for (title, _) in answers::ALL {
        let _ = writeln!(text, "  - [{title}](#{})", anchor(title));
    }
    text += "- [The rules, call by call](#the-rules-call-by-call)\n";
    for (part, calls) in PARTS {
        let links: Vec<String> = calls.iter().map(|c| format!("[`{c}`](#rules-of-{c})")).collect();
        let _ = writeln!(text, "  - {part}: {}", links.join(", "));
    }
    text += "- [Assumed rules](#assumed-rules)\n- [Open questions](#open-questions)\n";
    text += "- [Clauses that are cited](#clauses-that-are-cited)\n";
    text += "- [Evidence that is cited](#evidence-that-is-cited)\n";
    text
}

/// The part of an id before the dot: the call, or what a question is about.
fn before_dot(id: &str) -> &str {
    id.split('.').next().unwrap_or_default()
}

/// The calls in the order of the page.
fn calls() -> Vec<&'static str> {
    let calls: Vec<&str> = PARTS.iter().flat_map(|(_, calls)| *calls).copied().collect();
    for rule in Rule::ALL {
        assert!(calls.contains(&before_dot(rule.id())), "{rule} stands in no part of the page");
    }
    calls
}

/// Links to the questions, those of one thing in one line.
fn questions() -> String {
    let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
    for &question in Question::ALL {
        let (about, link) = (before_dot(question.id()), question_link(question));
        match lines.iter_mut().find(|(known, _)| *known == about) {
            Some((_, links)) => links.push(link),
            None => lines.push((about, vec![link])),
        }
    }
    lines.iter().map(|(about, links)| format!("- {about}: {}\n", links.join(", "))).collect()
}

fn assumed() -> String {
    let rules: Vec<Rule> =
        Rule::ALL.iter().filter(|r| r.standing() == Standing::Assumed).copied().collect();
    let tenths = (rules.len() * 1000 + Rule::ALL.len() / 2) / Rule::ALL.len();
    let mut text = format!(
        "\n## Assumed rules\n\n{} of {} rules ({}.{} %) rest on a silence of the documentation alone.\n\n| rule | why it is assumed | clauses |\n| --- | --- | --- |\n",
        rules.len(),
        Rule::ALL.len(),
        tenths / 10,
        tenths % 10
    );
    for rule in rules {
        let sources = sources::links(rule.sources());
        let _ = writeln!(text, "| {} | {} | {sources} |", rule_link(rule), cell(rule.reason()));
    }
    text
}

/// The anchor that a heading gets.
pub(crate) fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn rule_link(rule: Rule) -> String {
    format!("[`{}`](#{})", rule.id(), anchor(rule.id()))
}

fn question_link(question: Question) -> String {
    format!("[`{}`](#{})", question.id(), anchor(&entry::question_heading(question)))
}

/// A question in its own words, as a link to it.
fn asked(question: Question) -> String {
    format!("[{}](#{})", cell(question.asks()), anchor(&entry::question_heading(question)))
}

/// A text that may stand in a cell of a table, or in a line of its own.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*").replace('<', "&lt;")
}
