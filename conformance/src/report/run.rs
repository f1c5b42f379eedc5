//! The page of a run: what was found by system and by file, and each divergence with what stood around it.
//!
//! Traces may be without number, so the page keeps only what it shows, and that has a limit. What is not shown is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::BufRead;
use std::sync::atomic::{AtomicBool, Ordering};

use maud::{Markup, PreEscaped, html};
use portres_model::{Question, Rule};

use super::detail::{Detail, detail, says_more, standing, ticked};
use super::scene::watch_each;
use super::{Standing, Summary, counted};
use crate::check::{Report, Settings};
use crate::ledger::Ledger;
use crate::page::Page;
use crate::trace::{Reader, TraceError};

/// How many bytes the details of traces may have, and the rows of files: a page is to stay below ten million.
const DETAILS: usize = 8_300_000;
const FILES: usize = 900_000;

/// The most systems that have a row, and the most lines of what could not be judged.
const MOST_SYSTEMS: usize = 1_000;
const MOST_ERRORS: usize = 1_000;

/// What a page says of a trace.
pub struct Shown {
    /// Its system, and the profile under which it was judged.
    of: (String, String),
    summary: Summary,
    /// Whether there is something to say of it beyond that, and what, if there is room.
    says_more: bool,
    detail: Option<Box<Detail>>,
}

/// Whether there is still room for details of traces, so that nobody draws what will not be shown.
#[derive(Debug, Default)]
pub struct Room {
    /// For those that are as wanted.
    good: AtomicBool,
    /// For the others.
    others: AtomicBool,
}

impl Room {
    fn is_left(&self, standing: Standing) -> bool {
        !self.full(standing).load(Ordering::Relaxed)
    }

    fn full(&self, standing: Standing) -> &AtomicBool {
        if standing == Standing::Good { &self.good } else { &self.others }
    }
}

/// Judges every trace that a reader gives, as `check_read` does, and hands on besides what a page says of it.
///
/// # Errors
/// As [`crate::check::check_read`].
pub fn check_shown(
    path: &str,
    reader: Reader<impl BufRead>,
    settings: &Settings<'_>,
    room: &Room,
    mut each: impl FnMut(Report, Shown),
) -> Result<(), TraceError> {
    watch_each(reader, settings, |seen| {
        let mut summary = Summary::default();
        summary.add(&seen.report);
        let says_more = says_more(&seen.report);
        let shows = says_more && room.is_left(seen.report.standing());
        let detail = shows.then(|| Box::new(detail(path, &seen)));
        let system = seen.report.system.as_ref();
        let system = system.map_or_else(String::new, |s| format!("{} {}", s.name, s.version));
        let of = (system, seen.report.profile.clone());
        each(seen.report, Shown { of, summary, says_more, detail });
    })
}

/// A file, and the place of the first of its traces that has details.
struct File {
    name: String,
    summary: Summary,
    systems: BTreeSet<String>,
    first: Option<usize>,
}

/// What a run has found, as a page.
#[derive(Default)]
pub struct RunPage {
    systems: BTreeMap<(String, String), Summary>,
    files: Vec<File>,
    /// Files without a row of their own.
    unlisted: Summary,
    present: Option<File>,
    details: Vec<Detail>,
    /// How many bytes they have, and how many of them are of traces that are as wanted.
    bytes: usize,
    good_bytes: usize,
    file_bytes: usize,
    /// How many traces have details that are not shown.
    left_out: u64,
    errors: Vec<String>,
    more_errors: u64,
}

impl RunPage {
    /// Takes in what is to be said of a trace of this file.
    pub fn trace(&mut self, file: &str, shown: Shown, room: &Room) {
        let many = self.systems.len() >= MOST_SYSTEMS && !self.systems.contains_key(&shown.of);
        let of = if many { ("others".into(), String::new()) } else { shown.of };
        let system = of.0.clone();
        self.systems.entry(of).or_default().merge(&shown.summary);
        let place = shown.detail.and_then(|detail| self.keep(*detail, room));
        self.left_out += u64::from(shown.says_more && place.is_none());
        let file = self.file(file);
        file.summary.merge(&shown.summary);
        file.first = file.first.or(place);
        if file.systems.len() < 3 {
            file.systems.insert(system);
        }
    }

    /// Says that something could not be judged.
    pub fn error(&mut self, file: Option<&str>, says: &str) {
        if let Some(file) = file {
            self.file(file).summary.errors += 1;
        }
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(says.to_string());
        } else {
            self.more_errors += 1;
        }
    }

    /// Says that a file is over.
    pub fn end(&mut self, file: &str) {
        self.file(file);
        let Some(mut file) = self.present.take() else { return };
        file.summary.files = 1;
        let is_good = file.summary.exit_code() == 0 && file.first.is_none();
        self.file_bytes += file.name.len() * 2 + 160;
        if self.file_bytes > FILES && (is_good || self.file_bytes > FILES + FILES / 4) {
            self.unlisted.merge(&file.summary);
        } else {
            self.files.push(file);
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        self.present.get_or_insert_with(|| File {
            name: name.to_string(),
            summary: Summary::default(),
            systems: BTreeSet::new(),
            first: None,
        })
    }

    /// Keeps the details of a trace if there is room; what is not as wanted takes the place of what is.
    fn keep(&mut self, detail: Detail, room: &Room) -> Option<usize> {
        let size = detail.head.len() + detail.body.len() + 80;
        let is_good = detail.standing == Standing::Good;
        let taken = if is_good { self.bytes } else { self.bytes - self.good_bytes };
        if !room.is_left(detail.standing) || taken + size > DETAILS {
            room.full(detail.standing).store(true, Ordering::Relaxed);
            return None;
        }
        self.bytes += size;
        self.good_bytes += if is_good { size } else { 0 };
        self.details.push(detail);
        while self.bytes > DETAILS {
            room.full(Standing::Good).store(true, Ordering::Relaxed);
            let last = self
                .details
                .iter()
                .rposition(|d| d.standing == Standing::Good && !d.body.is_empty())?;
            // its place stays, so that links stay right
            let gone = &mut self.details[last];
            let size = gone.head.len() + gone.body.len() + 80;
            (gone.head, gone.body) = (String::new(), String::new());
            self.bytes -= size;
            self.good_bytes -= size;
            self.left_out += 1;
        }
        Some(self.details.len() - 1)
    }

    /// The text of an HTML document.
    #[must_use]
    pub fn to_html(&self, summary: &Summary) -> String {
        let body = html! {
            p.sum { (verdict(summary)) " " (counted(summary.files, "file")) ": " (summary.line()) "." }
            (LEGEND)
            (self.contents())
            (self.unjudged())
            (self.by_system())
            (self.by_file())
            @for (standing, id, title) in PARTS { (self.part(*standing, id, title)) }
            (self.explained())
        };
        let style = include_str!("run.css");
        let script = include_str!("run.js");
        Page { title: "What the traces show", style, body: &body, script }.to_html()
    }

    fn contents(&self) -> Markup {
        html! {
            nav aria-label="Contents" { ul {
                @if !self.errors.is_empty() { li { a href="#errors" { "What could not be judged" } } }
                li { a href="#systems" { "By system" } }
                li { a href="#files" { "By file" } }
                @for (standing, id, title) in PARTS {
                    @if self.of(*standing).next().is_some() { li { a href={ "#" (id) } { (title) } } }
                }
                @if !self.details.is_empty() { li { a href="#named" { "The rules and questions named" } } }
            } }
        }
    }

    fn unjudged(&self) -> Markup {
        html! {
            @if !self.errors.is_empty() {
                h2 #errors { "What could not be judged" }
                ul { @for says in &self.errors { li { span.bad aria-hidden="true" { "! " } (ticked(says)) } } }
                @if self.more_errors > 0 { p { "And " (self.more_errors) " more." } }
            }
        }
    }

    fn by_system(&self) -> Markup {
        html! {
            h2 #systems { "By system" }
            div.scroll role="group" tabindex="0" aria-label="By system" {
                table {
                    thead { tr {
                        th { "System" } th { "Judged under" } (HEADS)
                    } }
                    tbody { @for ((system, profile), summary) in &self.systems {
                        tr {
                            td { @if system.is_empty() { span.faint { "none named" } } @else { (system) } }
                            td { (profile) }
                            (cells(summary))
                        }
                    } }
                }
            }
        }
    }

    fn by_file(&self) -> Markup {
        html! {
            h2 #files { "By file" }
            form #filter hidden {
                label { "Show what contains " input #word type="search" autocomplete="off"; }
                label { "and " select #kind {
                    option value="" { "any verdict" }
                    option value="bad" { "✗ not as wanted" }
                    option value="open" { "? cannot be told" }
                    option value="good" { "✓ as wanted" }
                } }
                output #shown for="word kind" {}
            }
            div.scroll.tall role="group" tabindex="0" aria-label="By file" {
                table #by-file {
                    thead { tr { th { "File" } th { "Verdict" } th { "System" } (HEADS) } }
                    tbody { @for file in &self.files { (self.row(file)) } }
                }
            }
            @if self.unlisted.files > 0 {
                p { "And " (counted(self.unlisted.files, "file")) " without a row: " (self.unlisted.line()) "." }
            }
        }
    }

    fn row(&self, file: &File) -> Markup {
        let (class, sign, word) = of_summary(&file.summary);
        let first = file.first.filter(|first| !self.details[*first].head.is_empty());
        let systems: Vec<&str> =
            file.systems.iter().map(String::as_str).filter(|s| !s.is_empty()).collect();
        html! {
            tr data-k=(class) {
                td { @match first {
                    Some(first) => a href={ "#t" (first) } { (file.name) },
                    None => (file.name),
                } }
                td { span class=(class) { (sign) " " (word) } }
                td { (systems.join(", ")) }
                (cells(&file.summary))
            }
        }
    }

    fn of(&self, standing: Standing) -> impl Iterator<Item = (usize, &Detail)> {
        let all = self.details.iter().enumerate();
        all.filter(move |(_, d)| d.standing == standing && !d.head.is_empty())
    }

    fn part(&self, standing: Standing, id: &str, title: &str) -> Markup {
        let few = self.of(standing).count() <= 3;
        let class = self::standing(standing).0;
        html! {
            @if self.of(standing).next().is_some() {
                h2 id=(id) { (title) }
                @for (place, detail) in self.of(standing) {
                    details.trace id={ "t" (place) } data-k=(class) open[few && standing != Standing::Good] {
                        summary { (PreEscaped(&detail.head)) }
                        (PreEscaped(&detail.body))
                    }
                }
            }
        }
    }

    fn explained(&self) -> Markup {
        let shown = || self.details.iter().filter(|d| !d.head.is_empty());
        let rules: BTreeSet<Rule> = shown().flat_map(|d| d.rules.iter().copied()).collect();
        let mut questions: Vec<Question> =
            shown().flat_map(|d| d.questions.iter().copied()).collect();
        questions.sort_by_key(|question| question.id());
        questions.dedup();
        html! {
            @if self.left_out > 0 {
                p #left-out { "The page shows as much as fits into ten million bytes. Of "
                    (counted(self.left_out, "more trace"))
                    " there is something to say that is not shown here; they are counted in the tables. "
                    "The text and the JSON of the same run have all of it." }
            }
            @if !rules.is_empty() || !questions.is_empty() {
                h2 #named { "The rules and questions named" }
            }
            @if !rules.is_empty() {
                h3 { "Rules" }
                dl { @for rule in &rules { (explained_rule(*rule)) } }
            }
            @if !questions.is_empty() {
                h3 { "Open questions" }
                dl { @for question in &questions { (explained_question(*question)) } }
            }
        }
    }
}

/// The parts of a page that show traces: anchor and title.
const PARTS: &[(Standing, &str, &str)] = &[
    (Standing::Bad, "bad", "Not as wanted"),
    (Standing::Open, "open", "What cannot be told"),
    (Standing::Good, "good", "As wanted, with something to say"),
];

/// The heads of the columns that `cells` fills.
const HEADS: PreEscaped<&str> = PreEscaped(
    "<th class=\"count\">Traces</th><th class=\"count\">Events</th><th class=\"count\">Conform</th>\
     <th class=\"count\">Diverge as expected</th><th class=\"count\">Not as wanted</th><th class=\"count\">Undecided</th>",
);

fn cells(summary: &Summary) -> Markup {
    let mut cells = String::new();
    let Summary { traces, events, conforming, as_expected, bad, undecided, .. } = summary;
    for count in [traces, events, conforming, as_expected, bad, undecided] {
        let _ = write!(cells, "<td class=\"count\">{count}</td>");
    }
    PreEscaped(cells)
}

/// The class, the sign and the word of the worst that was found.
fn of_summary(summary: &Summary) -> (&'static str, &'static str, &'static str) {
    match summary.exit_code() {
        0 if summary.as_expected > 0 => ("good", "✓", "diverges as expected"),
        0 => ("good", "✓", "conforms"),
        1 => ("bad", "✗", "not as wanted"),
        2 => ("bad", "!", "could not be judged"),
        _ => ("open", "?", "undecided"),
    }
}

fn verdict(summary: &Summary) -> Markup {
    let (class, sign, word) = match summary.exit_code() {
        0 => ("good", "✓", "All is as wanted."),
        1 => ("bad", "✗", "Not all is as wanted."),
        2 => ("bad", "!", "Not all could be judged."),
        _ => ("open", "?", "Not all can be told."),
    };
    html! { strong class=(class) { (sign) " " (word) } }
}

fn explained_rule(rule: Rule) -> Markup {
    let ledger = Ledger::built_in();
    let cited = |id: &&str| ledger.clauses.iter().find(|clause| clause.id == **id);
    let clauses: Vec<_> = rule.sources().iter().filter_map(cited).take(3).collect();
    html! {
        dt id={ "r-" (rule.id()) } { (rule.id()) }
        dd {
            (rule.says()) " " span.faint { (rule.standing().name()) ": " (rule.sources().join(", ")) }
            @if !clauses.is_empty() {
                ul { @for clause in clauses {
                    li { b { (clause.id) } " (" (clause.page) ", " (clause.heading) "): " (clause.says) }
                } }
            }
        }
    }
}

fn explained_question(question: Question) -> Markup {
    let answers: Vec<&str> = question.answers().iter().map(|answer| answer.id).collect();
    html! {
        dt id={ "q-" (question.id()) } { (question.id()) }
        dd { (question.asks()) " " span.faint { "Answers: " (answers.join(", ")) } }
    }
}

/// The shapes of the pictures, which need no colour.
const LEGEND: PreEscaped<&str> = PreEscaped(include_str!("legend.html"));
