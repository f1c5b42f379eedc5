//! An explanation as a page.

use portres::explain::messages::Messages;
use portres::explain::shown::{Example, Role, SUCCESS};
use portres::explain::{AnswerEntry, Cited, Explanation, Kind, QuestionEntry, Way};
use portres::report::counted;
use portres_model::Error;

use super::lines::{Width, count, headed, labelled, wrapped};
use super::section::{Entry, Group, Section};
use crate::cli::listing::NAME;

/// A page of more lines than this leaves something out, unless all is asked for.
const MOST_LINES: usize = 60;

pub(super) fn write(it: &Explanation, all: bool, width: Width) -> String {
    let mut text = top(it, width) + &trace(it);
    let sections = sections(it, width);
    let whole: String = sections.iter().map(Section::whole).collect();
    let miss = near_miss(it);
    if all || count(&text) + count(&miss) + count(&whole) <= MOST_LINES {
        return text + &miss + &whole;
    }
    let mut left_out = Vec::new();
    for section in &sections {
        let (part, without) = section.part(width);
        text += &part;
        left_out.extend((without > 0).then(|| some(without, section.what)));
    }
    let texts = match left_out.as_slice() {
        [] => String::new(),
        some => format!("the texts of {}, ", some.join(", ")),
    };
    let miss = if miss.is_empty() { "" } else { "a near miss, " };
    let left_out = format!("Left out: {texts}{miss}and the source and event of each entry.");
    text.push('\n');
    text + &wrapped(width, 0, &format!("{left_out} `portres explain {} --all` tells.", it.id))
}

/// So many of what has a word for one and a word for several.
fn some(count: usize, [one, several]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn top(it: &Explanation, width: Width) -> String {
    let mut text = match it.kind {
        Kind::Error => error_line(it),
        Kind::Question => format!("{} (an open question)\n", it.id),
        Kind::Evidence => format!("{} (evidence)\n", it.id),
        Kind::Call if it.names == [it.id.as_str()] => format!("{} (a call)\n", it.id),
        Kind::Call => format!("{} (a call: {})\n", it.id, it.names.join(", ")),
        Kind::Rule | Kind::Clause => format!("{}\n", it.id),
    };
    text += &wrapped(width, 2, &it.means);
    it.facts.iter().for_each(|(label, fact)| text += &labelled(width, label, fact));
    let told = it.told_as.iter();
    let told: Vec<String> = told.map(|told| format!("{} ({})", told.text, told.by)).collect();
    if !told.is_empty() {
        text += &labelled(width, "told as", &told.join("; "));
    }
    if let Some(reference) = &it.reference {
        text += &labelled(width, "page", reference);
    }
    text
}

fn error_line(it: &Explanation) -> String {
    let number = it.number.unwrap_or_default();
    let error = Error::from_number(number);
    let says = match Messages::built_in().foreign(error) {
        Some(foreign) => format!("a number of {}", foreign.by),
        None => error.says().to_string(),
    };
    let also: String = it.names.iter().map(|name| format!(", also {name}")).collect();
    format!("{} ({number}, {number:#x}{also}): {says}\n", it.id)
}

fn trace(it: &Explanation) -> String {
    match (&it.example, &it.no_example) {
        (Some(example), _) => shown("A trace that shows it", example),
        (None, Some(why)) => format!("\nNo trace shows it: {why}.\n"),
        (None, None) => String::new(),
    }
}

fn near_miss(it: &Explanation) -> String {
    it.near_miss.map(|miss| shown("A near miss, which diverges", miss)).unwrap_or_default()
}

fn shown(what: &str, example: &Example) -> String {
    let mut text = format!("\n{NAME}{what}{NAME:#} ({}, shortened)\n", example.from);
    for line in &example.trace {
        text += format!("  {line}").trim_end();
        text.push('\n');
    }
    text
}

fn sections(it: &Explanation, width: Width) -> Vec<Section> {
    let mut sections = vec![ways(it, width)];
    let errors = it.errors.iter().map(|error| Entry {
        id: error.error.clone(),
        brief: headed(width, 2, &error.error, &error.rules.join(", ")),
        more: String::new(),
    });
    sections.push(flat(
        "Its errors, and the rules that give them",
        ["error", "errors"],
        (6, true),
        errors,
    ));
    if it.kind == Kind::Question {
        let answers = it.questions.iter().flat_map(|q| &q.answers).map(|a| of_answer(a, width));
        sections.push(flat(
            "Its answers, the likeliest first",
            ["answer", "answers"],
            (14, true),
            answers,
        ));
    } else {
        let questions = it.questions.iter().map(|q| question(q, width));
        sections.push(flat("What is open", ["question", "questions"], (6, false), questions));
    }
    let cited = |title, what, list: &[Cited]| {
        flat(title, what, (4, false), list.iter().map(|c| source(c, width)))
    };
    sections.push(cited("Clauses", ["clause", "clauses"], &it.clauses));
    sections.push(cited("Evidence", ["piece of evidence", "pieces of evidence"], &it.evidence));
    sections.retain(|section| !section.is_empty());
    sections
}

/// Entries that stand in no groups: with so much room, and named where they are left out or counted.
fn flat(
    title: &str,
    what: [&'static str; 2],
    (room, names): (usize, bool),
    entries: impl Iterator<Item = Entry>,
) -> Section {
    let groups = vec![Group { name: String::new(), entries: entries.collect() }];
    Section { title: title.into(), what, groups, room, names }
}

fn ways(it: &Explanation, width: Width) -> Section {
    let title = match it.kind {
        Kind::Call => {
            "Its rules, in the order in which they are looked at; where several refuse, any of their errors may come"
        }
        Kind::Error => "Every way to get it, by call",
        Kind::Rule => "Where it stands",
        Kind::Question => "What it decides",
        Kind::Clause | Kind::Evidence => "Rules that rest on it",
    };
    let mut groups: Vec<Group> = Vec::new();
    for way in &it.ways {
        let name = match it.kind {
            Kind::Call => role(way.role).to_string(),
            _ if way.windows == way.call => way.call.to_string(),
            _ => format!("{} ({})", way.call, way.windows),
        };
        let entry = entry(way, it.kind, width);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.entries.push(entry),
            None => groups.push(Group { name, entries: vec![entry] }),
        }
    }
    Section { title: title.into(), what: ["rule", "rules"], groups, room: 20, names: true }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Refuses => "what refuses it",
        Role::May => "what may refuse it at any time",
        Role::Answers => "what it answers",
        Role::Counts => "what its byte count is",
    }
}

fn entry(way: &Way, kind: Kind, width: Width) -> Entry {
    let mut text = format!("({})", way.standing);
    if kind != Kind::Rule {
        text += &format!(" {}", way.says);
    }
    let gives: Vec<&str> = way.gives.iter().map(String::as_str).filter(|g| *g != SUCCESS).collect();
    if kind != Kind::Error && !gives.is_empty() {
        text += &format!(" Gives {}.", gives.join(", "));
    }
    if kind == Kind::Error && !way.when.is_empty() {
        text += &format!(" Hangs on: {}.", way.when.join("; "));
    }
    let mut more = wrapped(width, 6, &format!("sources: {}", way.sources.join(", ")));
    if let Some(event) = way.shown_by {
        more += &format!("      {event}\n");
    }
    Entry { id: way.rule.into(), brief: headed(width, 4, way.rule, &text), more }
}

fn question(q: &QuestionEntry, width: Width) -> Entry {
    let answers: Vec<String> = q.answers.iter().map(answer).collect();
    let (likeliest, others) = answers.split_first().map_or(("", &[][..]), |(l, o)| (l.as_str(), o));
    let text = format!("{} Likeliest: {likeliest}; or {}.", q.asks, others.join("; "));
    Entry { id: q.id.into(), brief: headed(width, 2, q.id, &text), more: String::new() }
}

fn of_answer(it: &AnswerEntry, width: Width) -> Entry {
    let likeliest = if it.likeliest { ", the likeliest" } else { "" };
    let needed = counted(it.needed_by as u64, "fixture");
    let told = answer(it);
    let told = told.strip_prefix(it.id).unwrap_or_default();
    let text = format!("{told}{likeliest}; needed by {needed}");
    let mut more = String::new();
    for line in it.example.iter().flat_map(|e| &e.trace).skip(1).filter(|line| !line.is_empty()) {
        more += &format!("      {line}\n");
    }
    let text = text.trim_start_matches([':', ',', ';', ' ']);
    Entry { id: it.id.into(), brief: headed(width, 2, it.id, text), more }
}

fn answer(answer: &AnswerEntry) -> String {
    let means = match answer.effect.as_str() {
        "passes" => String::new(),
        "unforeseen" => ": a code that nobody has foreseen".into(),
        code => format!(": {code}"),
    };
    match answer.evidence {
        [] => format!("{}{means}", answer.id),
        evidence => format!("{}{means} ({})", answer.id, evidence.join(", ")),
    }
}

fn source(cited: &Cited, width: Width) -> Entry {
    let strength = cited.strength.map(|s| format!("({s}) ")).unwrap_or_default();
    let brief = headed(width, 2, cited.id, &format!("{strength}{}", cited.says));
    Entry { id: cited.id.into(), brief, more: wrapped(width, 4, &cited.source) }
}
