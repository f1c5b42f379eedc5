//! `portres explain`.

use std::io::Write;

use portres::explain::{
    Asked, Endpoint, Explanation, Unknown, explain as whole, question_about, read,
};
use serde::Serialize;

use super::args::{Explain, Format, has_command};
use super::{Failure, Outcome};

pub(super) mod lines;
mod page;
mod section;

use lines::Width;

#[derive(Serialize)]
struct Line<'a> {
    asked: &'a str,
    read_as: Option<&'a str>,
    or: Vec<String>,
    ask: Option<String>,
    explained: &'a [Explanation],
}

pub(super) fn explain(args: &Explain) -> Outcome {
    let what = args.what.join(" ");
    let asked = read(&what).map_err(|unknown| refused(&what, &unknown))?;
    let explained: Vec<Explanation> = asked.subjects.iter().map(whole).collect();
    let mut out = anstream::stdout();
    if args.format == Format::Json {
        let line = Line {
            asked: &what,
            read_as: asked.read_as.as_deref(),
            or: asked.or.iter().map(ToString::to_string).collect(),
            ask: asked.endpoint.and_then(ask),
            explained: &explained,
        };
        writeln!(out, "{}", serde_json::to_string(&line).map_err(|e| e.to_string())?)?;
        return Ok(0);
    }
    let mut text = head(&asked, Width::of_output());
    for (i, explanation) in explained.iter().enumerate() {
        if i > 0 || !text.is_empty() {
            text += "\n";
        }
        text += &page::write(explanation, args.all, Width::of_output());
    }
    write!(out, "{text}")?;
    Ok(0)
}

/// How the words were understood, where that is not plain.
fn head(asked: &Asked, width: Width) -> String {
    let mut text = String::new();
    if let Some(read_as) = &asked.read_as {
        let or: Vec<String> = asked.or.iter().map(ToString::to_string).collect();
        let or = match or.as_slice() {
            [] => String::new(),
            or => format!("; it may also stand for {}", or.join(", ")),
        };
        text += &lines::wrapped(width, 0, &format!("Read as {read_as}{or}."));
    }
    if let Some(command) = asked.endpoint.and_then(ask) {
        text += &format!("About this port: {command}\n");
    }
    text
}

/// The command that asks about a port, if there is one.
fn ask(endpoint: Endpoint) -> Option<String> {
    has_command("doctor").then(|| question_about(endpoint))
}

/// How much of what was asked a message repeats.
const MOST_REPEATED: usize = 80;

fn refused(what: &str, unknown: &Unknown) -> Failure {
    let mut words = what.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > MOST_REPEATED {
        words = words.chars().take(MOST_REPEATED).chain(['…']).collect();
    }
    let near: Vec<String> = unknown.near.iter().map(|name| format!("`{name}`")).collect();
    let near = match near.split_last() {
        None => String::new(),
        Some((last, [])) => format!(" (did you mean {last}?)"),
        Some((last, others)) => format!(" (did you mean {} or {last}?)", others.join(", ")),
    };
    format!(
        "`{words}` is no error, message, rule, question, call, clause or evidence that is known here{near}: \
         `portres rules` lists the rules, and the number in a message is enough"
    )
    .into()
}
