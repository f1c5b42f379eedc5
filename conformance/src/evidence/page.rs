//! What traces show, as a page: the systems, the grid, and for each rule and each answer what supports it.

use maud::{Markup, html};
use portres_model::{Question, Rule};

use super::{Build, Cell, Evidence, Grid, Support, sections};
use crate::page::Page;
use crate::reach::{Paths, Reach, Unreached, reachable_answers};
use crate::report::counted;

/// How many traces are named in one place.
const MOST_PATHS: usize = 5;

const STYLE: &str = "\
.grid td { white-space: nowrap; }
td ul { margin: 0; padding-left: 1.1rem; }
td code { overflow-wrap: anywhere; }
details > summary { padding: .35rem 0; }
";

/// The document.
#[must_use]
pub fn page(reach: &Reach, evidence: &Evidence) -> String {
    let grid = evidence.grid();
    let body = html! {
        p {
            "A rule is " em { "reached" } " by a trace that conforms, where it explains a reply; it is " em { "defended" }
            " by a trace that diverges as its header expects, where it refuses the reply. An answer to an open question is "
            em { "needed" } " by a trace that conforms and leaves no other answer possible."
        }
        nav aria-label="On this page" {
            ul {
                li { a href="#counts" { "How much is reached" } }
                li { a href="#systems" { "Systems" } }
                li { a href="#grid" { "Systems by sections" } }
                li { a href="#rules" { "Rules" } }
                li { a href="#answers" { "Answers to open questions" } }
            }
        }
        h2 #counts { "How much is reached" }
        (counts(reach))
        h2 #systems { "Systems" }
        (systems(evidence))
        h2 #grid { "Systems by sections" }
        (of_grid(&grid))
        h2 #rules { "Rules" }
        p { "Where more than " (MOST_PATHS) " traces would be named, the first " (MOST_PATHS) " are, and the others are counted." }
        @for (section, rules) in sections() { (of_section(section, &rules, reach, evidence)) }
        h2 #answers { "Answers to open questions" }
        @for &question in Question::ALL { (of_question(question, reach, evidence)) }
    };
    Page { title: "What traces show of the specification", style: STYLE, body: &body, script: "" }
        .to_html()
}

/// A table that is wider than a small screen is scrolled by itself, by keyboard as well.
fn scrolled(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" tabindex="0" aria-label=(label) { (table) } }
}

fn counts(reach: &Reach) -> Markup {
    let rules = |paths: fn(&Reach, Rule) -> &Paths| {
        Rule::ALL.iter().filter(|rule| !paths(reach, **rule).is_empty()).count()
    };
    let answers = reachable_answers().count();
    let needed = reachable_answers().filter(|(q, a)| !reach.answer(*q, a).is_empty()).count();
    let of = Rule::ALL.len();
    let rows = [
        ("rules reached by a trace that conforms", rules(|r, rule| &r.rule(rule).accepted_by), of),
        ("rules defended by a trace that diverges", rules(|r, rule| &r.rule(rule).rejected_by), of),
        ("rules recorded on Windows", rules(|r, rule| &r.rule(rule).recorded_by), of),
        ("answers that a trace needs", needed, answers),
    ];
    html! {
        p {
            (counted(reach.traces, "trace")) " counted"
            @if reach.left_out > 0 { "; " (reach.left_out) " left out, since they neither conform nor diverge as expected" }
            "."
        }
        table {
            thead { tr { th scope="col" { "What" } th.count scope="col" { "How many" } th.count scope="col" { "Of" } } }
            tbody {
                @for (what, count, of) in rows {
                    tr { th scope="row" { (what) } td.count { (count) } td.count { (of) } }
                }
            }
        }
    }
}

fn systems(evidence: &Evidence) -> Markup {
    if evidence.builds.is_empty() {
        return html! { p { "No trace names a system." } };
    }
    let table = html! {
        table {
            thead {
                tr {
                    th scope="col" { "System" } th.count scope="col" { "Traces" } th.count scope="col" { "Events" }
                    th scope="col" { "Recorded" } th.count scope="col" { "Rules decided" } th.count scope="col" { "Rules diverging" }
                }
            }
            tbody {
                @for (build, shown) in &evidence.builds {
                    tr {
                        th scope="row" { (build) } td.count { (shown.traces) } td.count { (shown.events) }
                        td { (shown.days) } td.count { (shown.decided.len()) } td.count { (shown.diverged.len()) }
                    }
                }
            }
        }
    };
    scrolled("Systems", &table)
}

fn of_grid(grid: &Grid<'_>) -> Markup {
    if grid.columns.is_empty() {
        return html! { p { "No trace names a system." } };
    }
    let table = html! {
        table.grid {
            thead {
                tr {
                    th scope="col" { "Section" } th.count scope="col" { "Rules" }
                    @for (build, _) in &grid.columns { th scope="col" { (build) } }
                }
            }
            tbody {
                @for (section, rules, cells) in &grid.rows {
                    tr {
                        th scope="row" { a href={ "#section-" (section) } { (section) } } td.count { (rules) }
                        @for cell in cells { td { (of_cell(*cell)) } }
                    }
                }
            }
        }
    };
    html! {
        p {
            "How many rules of each section explain what was observed there (" em { "decided" }
            "), refuse something that was observed (" em { "diverge" } "), or neither (" em { "never seen" } ")."
        }
        (scrolled("Systems by sections", &table))
    }
}

fn of_cell(cell: Cell) -> Markup {
    html! {
        @if cell.decided > 0 { span.good { (cell.decided) " decided" } br; }
        @if cell.diverged > 0 { span.bad { (cell.diverged) (if cell.diverged == 1 { " diverges" } else { " diverge" }) } br; }
        @if cell.never_seen > 0 { span.faint { (cell.never_seen) " never seen" } }
    }
}

fn of_section(section: &str, rules: &[Rule], reach: &Reach, evidence: &Evidence) -> Markup {
    let reached = rules.iter().filter(|r| !reach.rule(**r).accepted_by.is_empty()).count();
    let reasons = Unreached::known();
    let table = html! {
        table {
            thead {
                tr {
                    th scope="col" { "Rule" } th scope="col" { "Reached by" } th scope="col" { "Defended by" }
                    th scope="col" { "Supported by" } th scope="col" { "Contradicted by" }
                }
            }
            tbody {
                @for &rule in rules {
                    @let found = reach.rule(rule);
                    tr {
                        th scope="row" {
                            code { (rule.id()) } br;
                            span.faint { (rule.standing().name()) }
                        }
                        td { (paths(&found.accepted_by, reasons.accepted.get(rule.id()))) }
                        td { (paths(&found.rejected_by, reasons.rejected.get(rule.id()))) }
                        td { (supports(evidence.of_rule(rule))) }
                        td { (supports(evidence.against_rule(rule))) }
                    }
                }
            }
        }
    };
    html! {
        details #{ "section-" (section) } {
            summary { code { (section) } ": " (reached) " of " (counted(rules.len() as u64, "rule")) " reached" }
            (scrolled(&format!("Rules of {section}"), &table))
        }
    }
}

fn of_question(question: Question, reach: &Reach, evidence: &Evidence) -> Markup {
    let answers: Vec<&str> =
        reachable_answers().filter(|(q, _)| *q == question).map(|(_, answer)| answer).collect();
    let needed = answers.iter().filter(|a| !reach.answer(question, a).is_empty()).count();
    let reasons = Unreached::known();
    let table = html! {
        table {
            thead { tr { th scope="col" { "Answer" } th scope="col" { "Needed by" } th scope="col" { "Supported by" } } }
            tbody {
                @for answer in &answers {
                    @let id = format!("{}/{answer}", question.id());
                    tr {
                        th scope="row" { code { (answer) } }
                        td { (paths(reach.answer(question, answer), reasons.answers.get(&id))) }
                        td { (supports(evidence.of_answer(question, answer))) }
                    }
                }
            }
        }
    };
    html! {
        details {
            summary { code { (question.id()) } ": " (needed) " of " (counted(answers.len() as u64, "answer")) " needed" }
            p { (question.asks()) }
            (scrolled(&format!("Answers to {}", question.id()), &table))
        }
    }
}

fn paths(paths: &Paths, reason: Option<&String>) -> Markup {
    html! {
        @match (paths.is_empty(), reason) {
            (true, Some(reason)) => { span.faint { "none: " (reason) } }
            (true, None) => { span.faint { "none" } }
            (false, _) => { (named(paths)) }
        }
    }
}

fn named(paths: &Paths) -> Markup {
    html! {
        ul {
            @for path in paths.iter().take(MOST_PATHS) { li { code { (path) } } }
            @if paths.len() > MOST_PATHS { li { "and " (paths.len() - MOST_PATHS) " more" } }
        }
    }
}

/// Each build, with its days and traces.
fn supports<'a>(all: impl Iterator<Item = (&'a Build, &'a Support)>) -> Markup {
    let all: Vec<_> = all.collect();
    html! {
        @if all.is_empty() { span.faint { "none" } }
        @for (build, support) in all {
            details {
                summary { (build) " (" (counted(support.traces.len() as u64, "trace")) ", " (support.days) ")" }
                (named(&support.traces))
            }
        }
    }
}
