//! Answers as text and as JSON.

use std::fmt::Write;

use portres_model::Protocol;
use serde::Serialize;

use super::picture::Picture;
use super::safe::span;
use super::{Answer, Ask, Doctor, Fate, Outcome, Owner, Safe, of_row};

/// An answer as one JSON object, on one line.
///
/// # Panics
/// Never: an answer has a JSON form.
#[must_use]
pub fn json(answer: &Answer) -> String {
    serde_json::to_string(answer).expect("an answer has a JSON form")
}

/// A machine without a question.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    question: Option<String>,
    complete: bool,
    rows: Vec<RowLine>,
    dynamic: Vec<DynamicLine>,
    sockets: usize,
    /// Ports that stay free, of each transport.
    safe: Vec<SafeLine>,
    notes: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct RowLine {
    protocol: Protocol,
    start: u16,
    end: u16,
    administered: bool,
    owner: Owner,
    file: String,
    line: u32,
}

#[derive(Clone, Debug, Serialize)]
struct DynamicLine {
    protocol: Protocol,
    start: u16,
    count: u16,
    shown: bool,
    /// How many ports of it are in rows.
    in_rows: usize,
}

#[derive(Clone, Debug, Serialize)]
struct SafeLine {
    protocol: Protocol,
    #[serde(flatten)]
    safe: Safe,
}

/// What there is to say of a machine without a question.
#[must_use]
pub fn overview(doctor: &Doctor<'_>) -> Overview {
    let listing = doctor.listing();
    let rows = listing.rows().iter().map(|row| RowLine {
        protocol: row.protocol,
        start: row.block.first(),
        end: row.block.last(),
        administered: row.administered,
        owner: of_row(listing, row),
        file: row.at.file.to_string(),
        line: row.at.line,
    });
    let dynamic = Protocol::ALL.map(|protocol| {
        let block = doctor.world.dynamic(protocol);
        let rows = listing.rows().iter().filter(|row| row.protocol == protocol);
        let in_rows = rows.flat_map(|row| row.block.ports()).filter(|port| block.has(*port));
        DynamicLine {
            protocol,
            start: block.first(),
            count: block.count(),
            shown: listing.dynamic(protocol).is_some(),
            in_rows: in_rows.count(),
        }
    });
    let safe = Protocol::ALL.into_iter().flat_map(|protocol| {
        let found = doctor.safe(&Ask::Free { protocol, count: 10 });
        found.into_iter().map(move |safe| SafeLine { protocol, safe })
    });
    let moved = Protocol::ALL.into_iter().filter_map(|protocol| doctor.moved(protocol));
    Overview {
        question: None,
        complete: listing.is_complete(),
        rows: rows.collect(),
        dynamic: dynamic.to_vec(),
        sockets: listing.endpoints().len(),
        safe: safe.collect(),
        notes: doctor.not_shown(None).into_iter().chain(moved).collect(),
        warnings: doctor.warnings(),
    }
}

impl Overview {
    /// As one JSON object, on one line.
    ///
    /// # Panics
    /// Never: an overview has a JSON form.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("an overview has a JSON form")
    }

    /// As text, with the pictures.
    #[must_use]
    pub fn text(&self, doctor: &Doctor<'_>, ascii: bool) -> String {
        let mut text = String::new();
        for line in &self.dynamic {
            let rows: Vec<&RowLine> =
                self.rows.iter().filter(|row| row.protocol == line.protocol).collect();
            let starred = rows.iter().filter(|row| row.administered).count();
            let _ = writeln!(
                text,
                "{}: {} rows, {starred} with a star; dynamic range {}-{}{}, {} of its {} ports in rows",
                line.protocol,
                rows.len(),
                line.start,
                u32::from(line.start) + u32::from(line.count) - 1,
                if line.shown { "" } else { " (the default: not shown)" },
                line.in_rows,
                line.count
            );
            if rows.is_empty() {
                continue;
            }
            text += &Picture::of(doctor.listing(), line.protocol, None).lines(ascii);
            for row in rows {
                let star = if row.administered { " *" } else { "" };
                let block = format!("{}-{}{star}", row.start, row.end);
                let (owner, standing) = (row.owner.called(), row.owner.standing);
                let (file, line) = (&row.file, row.line);
                let _ = writeln!(text, "  {block:15} {owner} ({standing})  {file}:{line}");
            }
        }
        for SafeLine { protocol, safe } in &self.safe {
            if let Some(block) = safe.block() {
                let _ = writeln!(text, "  safe            {protocol} {}", span(block));
            }
        }
        text + &ending(&self.notes, &self.warnings)
    }
}

fn ending(notes: &[String], warnings: &[String]) -> String {
    let mut text = String::new();
    for (head, lines) in [("note", notes), ("warning", warnings)] {
        lines.iter().for_each(|line| wrapped(&mut text, head, line));
    }
    text
}

/// A line under a heading, broken between words.
fn wrapped(text: &mut String, head: &str, line: &str) {
    let (indent, width) = (14, 106);
    let mut column = indent;
    let _ = write!(text, "  {head:12}");
    for (place, word) in line.split_whitespace().enumerate() {
        let length = word.chars().count();
        if place > 0 && column + 1 + length > width {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if place > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

/// An answer as text, with the picture.
#[must_use]
pub fn text(answer: &Answer, picture: Option<&Picture>, ascii: bool) -> String {
    let fate = match (answer.fate(), answer.ask) {
        (Fate::Granted, Ask::Free { .. }) => "there are some",
        (_, Ask::Free { .. }) => "none is known to stay free",
        (Fate::Granted, _) => "ok",
        (Fate::Refused, _) => "refused",
        (Fate::Mixed, _) => "it depends on what no listing shows",
    };
    let mut text = format!("{}: {fate}\n", answer.question);
    for outcome in &answer.outcomes {
        told(&mut text, "", outcome);
    }
    for cause in &answer.rows {
        wrapped(&mut text, "row", &format!("{} ({}:{})", cause.row, cause.file, cause.line));
    }
    for outcome in &answer.otherwise {
        told(&mut text, "otherwise", outcome);
    }
    if let Some(owner) = &answer.owner {
        let evidence = match owner.evidence {
            [] => String::new(),
            list => format!(": {}", list.join(", ")),
        };
        let line = format!("{} ({}{evidence}): {}", owner.called(), owner.standing, owner.why);
        wrapped(&mut text, "owner", &line);
    }
    for (place, advice) in answer.advice.iter().enumerate() {
        let head = if place == 0 { "what helps" } else { "" };
        let _ = writeln!(text, "  {head:12}{}. {}", place + 1, advice.command);
        wrapped(&mut text, "", &format!("   needs {}; risk: {}", advice.needs, advice.risk));
        wrapped(&mut text, "", &format!("   {}", advice.why));
    }
    let blocks: Vec<String> = answer.safe.iter().filter_map(|s| Some(span(s.block()?))).collect();
    if let Some(first) = answer.safe.first() {
        wrapped(&mut text, "safe", &format!("{}: {}", blocks.join(", "), first.why));
    }
    text += &ending(&answer.notes, &answer.warnings);
    if answer.profile != "likely" {
        wrapped(&mut text, "profile", &answer.profile);
    }
    text + &picture.map(|p| p.lines(ascii)).unwrap_or_default()
}

fn told(text: &mut String, head: &str, outcome: &Outcome) {
    let Outcome { reply, code, rule, standing, sources, says, when, .. } = outcome;
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    let rule = rule.map(|rule| {
        let sources: Vec<&str> = sources.iter().take(3).copied().collect();
        format!("  [{rule}, {standing}: {}]", sources.join(", "))
    });
    let when = if when.is_empty() { String::new() } else { format!(", if {}", when.join(" and ")) };
    let line = format!("{reply}{code}{when}: {says}{}", rule.unwrap_or_default());
    if head.is_empty() {
        wrapped(text, "reply", &line);
    } else {
        wrapped(text, head, &line);
    }
}
