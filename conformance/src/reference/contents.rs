//! The page that leads to the others.

use std::fmt::Write;

use super::call::title;
use super::code::says;
use super::place::{name_of, page_of};
use super::{GENERATED, errors};
use crate::explain::calls;
use crate::explain::{Subject, explain};
use crate::markdown::{code, escaped};

const HEAD: &str = "\
# Reference

A page for every call and for every error: the order of checks, the errors, what is open and what is known about it, and examples
that are fixtures. All of it is generated from the rules, the open questions, the clause ledger and the fixtures; each page says
how well a thing is known. `portres explain` tells the same in the terminal, and [RULES.md](../../model/RULES.md) has all rules on
one page.
";

pub(super) fn write() -> String {
    let mut text = format!("{GENERATED}{HEAD}");
    text += "\n## Calls\n\nWhat is about reservations and ports comes first.\n\n";
    text += "| call | in a trace | does | rules |\n| --- | --- | --- | --- |\n";
    for call in calls::ALL {
        let rules = explain(&Subject::Call(call)).ways.len();
        let (title, head) = (code(title(call)), call.head);
        let _ = writeln!(
            text,
            "| [{title}]({head}.md) | `{head}` | {} | {rules} |",
            escaped(call.says)
        );
    }
    text += "\n## Errors\n\nIn the order of their numbers.\n\n";
    text += "| number | error | means | ways |\n| --- | --- | --- | --- |\n";
    for error in errors() {
        let ways = explain(&Subject::Error(error)).ways.len();
        let (name, page) = (name_of(error), page_of(&Subject::Error(error)));
        let number = error.number();
        let _ = writeln!(
            text,
            "| {number} | [{}]({page}.md) | {} | {ways} |",
            code(&name),
            escaped(&says(error))
        );
    }
    text
}
