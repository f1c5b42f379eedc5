//! What a page shows of one trace: its divergences and discoveries, each with what stood around it.

use std::collections::BTreeSet;

use maud::{Markup, html};
use portres_model::{Call, PortBlock, Protocol, Question, Reply, Rule};

use super::changes::changes;
use super::scene::{Scene, Seen, Taught};
use super::{Standing, lanes, ports};
use crate::check::{Divergence, Given, PermittedReply, RefusedBy, Report};
use crate::trace::Part;

/// The most lessons and permitted replies that are listed.
const MOST_LESSONS: usize = 12;
const MOST_PERMITTED: usize = 12;

/// What a page shows of a trace, without the anchor that it gets.
pub(super) struct Detail {
    /// How it counts.
    pub(super) standing: Standing,
    /// Its head and what is below it.
    pub(super) head: String,
    pub(super) body: String,
    /// What it names and the page explains.
    pub(super) rules: BTreeSet<Rule>,
    pub(super) questions: BTreeSet<Question>,
}

/// Whether there is something to say of a trace that its row does not.
pub(super) fn says_more(report: &Report) -> bool {
    report.standing() != Standing::Good
        || !report.divergences.is_empty()
        || !report.discoveries.is_empty()
        || !report.undecided.is_empty()
        || !report.notes.is_empty()
}

/// What is to be shown of a trace.
pub(super) fn detail(path: &str, seen: &Seen) -> Detail {
    let report = &seen.report;
    let mut detail = Detail {
        standing: report.standing(),
        head: head(path, report).into_string(),
        body: String::new(),
        rules: BTreeSet::new(),
        questions: BTreeSet::new(),
    };
    detail.body = detail.of(seen).into_string();
    detail
}

fn head(path: &str, report: &Report) -> Markup {
    let (class, sign, _) = standing(report.standing());
    let line = super::line(path, report);
    html! {
        h3 { span class=(class) aria-hidden="true" { (sign) } " " (line) }
    }
}

/// Its class, its sign and its word.
pub(super) const fn standing(standing: Standing) -> (&'static str, &'static str, &'static str) {
    match standing {
        Standing::Good => ("good", "✓", "as wanted"),
        Standing::Bad => ("bad", "✗", "not as wanted"),
        Standing::Open => ("open", "?", "cannot be told"),
    }
}

impl Detail {
    fn of(&mut self, seen: &Seen) -> Markup {
        let report = &seen.report;
        let later = report.divergences.len().saturating_sub(seen.scenes.len());
        html! {
            @if let Some(title) = &report.title { p { (title) } }
            @if report.expected == Some(false) {
                p { "The header expects another divergence, or one at another event." }
            }
            @for divergence in &report.divergences {
                @if let Some(scene) = seen.scenes.iter().find(|s| s.event == divergence.event) {
                    (self.divergence(divergence, scene, seen))
                }
            }
            @if later > 0 {
                p { (super::counted(later as u64, "more divergence"))
                    " of this trace without what stood around: "
                    @for divergence in report.divergences.iter().filter(|d| !shows(seen, d.event)).take(50) {
                        "event " (divergence.event) " "
                    }
                }
            }
            @if report.further > 0 {
                p { "And " (super::counted(report.further, "divergence")) " more, which were counted and not kept." }
            }
            @for (question, event) in &report.discoveries {
                (self.discovery(*question, *event, seen))
            }
            @if !report.undecided.is_empty() {
                h4 { "Why it cannot be told" }
                ul { @for why in &report.undecided { li { (ticked(why)) } } }
            }
            @if !report.notes.is_empty() {
                h4 { "Notes" }
                ul { @for note in &report.notes {
                    li { "Event " (note.event) ", line " (note.line) ": " (note.says) }
                } }
            }
        }
    }

    fn divergence(&mut self, d: &Divergence, scene: &Scene, seen: &Seen) -> Markup {
        let follows = d.follows_from.map(|event| format!(" It may follow from event {event}."));
        html! {
            h4 { "Event " (d.event) ", line " (d.line) }
            p.asked { code { (d.who) ": " (d.call) " → " strong { (d.observed) } } }
            p { "No reading that " code { (seen.report.profile) } " leaves permits this reply: " (ticked(&d.remedy)) "." (follows.unwrap_or_default()) }
            (lanes::lanes(scene, &seen.lessons, lanes::DIVERGES))
            (self.permitted(&d.permitted))
            (self.refused(&d.refused_by))
            (machines(scene))
            h5 { "What it taught" }
            p { "Nothing about the open questions: no reading explains it, and checking went on with those that were left." }
            (lessons(scene, seen))
        }
    }

    fn discovery(&mut self, question: Question, event: u64, seen: &Seen) -> Markup {
        self.questions.insert(question);
        let scene = seen.scenes.iter().find(|scene| scene.event == event);
        html! {
            h4 { "Event " (event) ": a discovery" }
            p { (question_link(question.id())) " is answered with a code that nobody has foreseen. That is no divergence: it should be told to the project." }
            @if let Some(scene) = scene {
                (lanes::lanes(scene, &seen.lessons, lanes::DISCOVERS))
                (machines(scene))
                (lessons(scene, seen))
            }
        }
    }

    fn permitted(&mut self, permitted: &[PermittedReply]) -> Markup {
        let shown = permitted.iter().take(MOST_PERMITTED);
        shown.clone().for_each(|p| self.names(p.rule, &p.under));
        html! {
            h5 { "What was permitted" }
            @if permitted.is_empty() { p { "No reply at all." } } @else {
                div.scroll role="group" tabindex="0" aria-label="What was permitted" {
                    table {
                        thead { tr { th { "Reply" } th { "Rule" } th { "Under the answers" } } }
                        tbody { @for p in shown {
                            tr { td { code { (p.reply) } } td { (rule_link(p.rule)) } td { (under(&p.under)) } }
                        } }
                    }
                }
                @if permitted.len() > MOST_PERMITTED {
                    p { "And " (permitted.len() - MOST_PERMITTED) " more." }
                }
            }
        }
    }

    fn refused(&mut self, refused: &[RefusedBy]) -> Markup {
        for r in refused {
            self.names(r.rule, r.gives.iter().flat_map(|g| &g.under));
        }
        html! {
            h5 { "What refuses the reply" }
            @if refused.is_empty() { p { "No rule by itself." } } @else {
                div.scroll role="group" tabindex="0" aria-label="What refuses the reply" {
                    table {
                        thead { tr { th { "Rule" } th { "Clause" } th { "Here" } th { "Under the answers" } } }
                        tbody { @for r in refused {
                            tr {
                                td { (rule_link(r.rule)) " " span.faint { (r.rule.standing().name()) } }
                                td { (r.clause) }
                                td { (ticked(&r.why)) }
                                td { @if r.gives.is_empty() { "all" } @else {
                                    ul { @for Given { reply, under: answers } in &r.gives {
                                        li { code { (reply) } ": " (under(answers)) }
                                    } }
                                } }
                            }
                        } }
                    }
                }
            }
        }
    }

    fn names<'s>(&mut self, rule: Rule, under: impl IntoIterator<Item = &'s String>) {
        self.rules.insert(rule);
        let ids = under.into_iter().filter_map(|answer| answer.split(' ').next());
        self.questions.extend(ids.filter_map(|id| id.parse::<Question>().ok()));
    }
}

fn shows(seen: &Seen, event: u64) -> bool {
    seen.scenes.iter().any(|scene| scene.event == event)
}

/// What stands between backticks is code.
pub(super) fn ticked(text: &str) -> Markup {
    html! {
        @for (i, part) in text.split('`').enumerate() {
            @if i % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn rule_link(rule: Rule) -> Markup {
    html! { a href={ "#r-" (rule.id()) } { (rule.id()) } }
}

fn question_link(id: &str) -> Markup {
    html! { a href={ "#q-" (id) } { (id) } }
}

/// Answers with their questions, which the page explains.
fn under(answers: &[String]) -> Markup {
    html! {
        @if answers.is_empty() { "all" }
        @for (i, answer) in answers.iter().enumerate() {
            @if i > 0 { " and " }
            @match answer.split_once(' ') {
                Some((id, is)) => { (question_link(id)) " " (is) },
                None => (answer),
            }
        }
    }
}

/// The ports and the variables before and behind.
fn machines(scene: &Scene) -> Markup {
    let Scene { before, after, stretch, .. } = scene;
    let (call, replies) = asked(scene);
    let asked = call.map(|c| ports::asked(&c, &replies, &before.world)).unwrap_or_default();
    let of = |protocol: Protocol| -> Vec<PortBlock> {
        asked.iter().filter(|(p, _)| *p == protocol).map(|(_, block)| *block).collect()
    };
    let pictures: Vec<Markup> = Protocol::ALL
        .iter()
        .filter_map(|p| Some((p, ports::picture(*p, before, after.as_ref(), &of(*p))?)))
        .map(|(protocol, picture)| html! {
            figure {
                figcaption { "Ports of " (protocol) }
                div.scroll role="group" tabindex="0" aria-label={ "Ports of " (protocol) } { (picture) }
            }
        })
        .collect();
    let many = [Some(before), after.as_ref()].into_iter().flatten().map(|m| m.states).max();
    html! {
        h5 { "The ports" }
        @if let Some((from, to)) = stretch {
            p.faint { "The call is one of those that overlap from event " (from) " to event " (to)
                ": before is the state in which it could not be placed, after is behind them all." }
        }
        @if let Some(many) = many.filter(|many| *many > 1) {
            p.faint { "The machine may be in " (many) " states; this is the first of them." }
        }
        @if pictures.is_empty() { p { "No ports are in play." } }
        @for picture in &pictures { (picture) }
        h5 { "What changed" }
        @match after {
            None => p { "Nothing more can be told from here on." },
            Some(after) => (changed(&changes(before, after))),
        }
    }
}

fn changed(changes: &[super::changes::Change]) -> Markup {
    let value = |value: &Option<String>| {
        html! {
            @match value { Some(value) => (value), None => span.faint { "—" } }
        }
    };
    html! {
        @if changes.is_empty() { p { "Nothing." } } @else {
            div.scroll role="group" tabindex="0" aria-label="What changed" {
                table {
                    thead { tr { th { "Variable" } th { "Before" } th { "After" } } }
                    tbody { @for change in changes {
                        tr { td { (change.of) } td { (value(&change.before)) } td { (value(&change.after)) } }
                    } }
                }
            }
        }
    }
}

/// The call of the event and the replies that were seen.
fn asked(scene: &Scene) -> (Option<Call>, Vec<Reply>) {
    let event = scene.around.iter().find(|(n, _)| *n == scene.event).map(|(_, event)| event);
    let Some(event) = event else { return (None, Vec::new()) };
    match event.part {
        Part::Whole { call, reply, .. } => (Some(call), reply.named().copied().collect()),
        Part::Begin { call, .. } => (Some(call), Vec::new()),
        Part::End { number, reply } => {
            let around = scene.around.iter().take_while(|(n, _)| *n < scene.event);
            let begun = around.map(|(_, event)| event).filter_map(|event| match event.part {
                Part::Begin { number: n, call, .. } if n == number => Some(call),
                _ => None,
            });
            (begun.last(), reply.named().copied().collect())
        }
    }
}

/// What the events before have taught.
fn lessons(scene: &Scene, seen: &Seen) -> Markup {
    let before: Vec<&Taught> = seen.lessons.iter().filter(|t| t.event < scene.event).collect();
    let hidden = before.len().saturating_sub(MOST_LESSONS);
    html! {
        @if !before.is_empty() {
            p { "What the events before had taught:" }
            ul {
                @if hidden > 0 { li.faint { "… " (hidden) " more" } }
                @for taught in before.iter().skip(hidden) {
                    li {
                        @if taught.from == taught.event { "event " (taught.event) } @else {
                            "events " (taught.from) " to " (taught.event)
                        }
                        ": " (lanes::clauses(taught))
                    }
                }
            }
        }
        @if seen.further > 0 { p.faint { "Later events taught more, which is not listed." } }
    }
}
