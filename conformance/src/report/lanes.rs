//! The calls around an event: a lane for each thread, time from top to bottom, and the calls beside it as text.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};
use portres_model::{Names, Who};

use super::scene::{Scene, Taught};
use crate::trace::{Event, Observed, Part};

/// The width of a lane and the height of a line, which is 1.75 rem in text.
const LANE: usize = 46;
const LINE: usize = 28;

/// What stands in a line.
enum Line<'a> {
    Event(u64, &'a Event),
    /// So many events are left out.
    Gap(u64),
}

/// What the line of the event says that the scene is about: a class and words.
pub(super) const DIVERGES: (&str, &str) = ("bad", "✗ diverges");
pub(super) const DISCOVERS: (&str, &str) = ("open", "? a code that nobody has foreseen");

/// The picture and the list.
pub(super) fn lanes(scene: &Scene, lessons: &[Taught], says: (&str, &str)) -> Markup {
    let lines = lines(scene);
    let lanes = threads(scene);
    let label = format!("Events around event {}", scene.event);
    html! {
        div.scroll.lanes role="group" tabindex="0" aria-label=(label) {
            (drawn(scene, &lines, &lanes))
            ol role="list" {
                li.head aria-hidden="true" {}
                @for line in &lines {
                    @match line {
                        Line::Gap(count) => li.faint {
                            "… " (super::counted(*count, "event"))
                        },
                        Line::Event(number, event) => li.here[*number == scene.event] {
                            (told(*number, event))
                            @if *number == scene.event { strong class=(says.0) { " " (says.1) } }
                            @for taught in lessons.iter().filter(|taught| taught.event == *number) {
                                span.taught { " teaches: " (clauses(taught)) }
                            }
                        },
                    }
                }
            }
        }
    }
}

/// What was learnt, in words.
pub(super) fn clauses(taught: &Taught) -> String {
    let one = |clause: &Vec<portres_model::Literal>| {
        clause.iter().map(ToString::to_string).collect::<Vec<_>>().join(", or ")
    };
    taught.clauses.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn lines(scene: &Scene) -> Vec<Line<'_>> {
    let (mut lines, mut last) = (Vec::new(), None);
    for (number, event) in &scene.around {
        match last {
            Some(last) if last + 1 < *number => lines.push(Line::Gap(number - last - 1)),
            None if *number > 1 => lines.push(Line::Gap(number - 1)),
            _ => {}
        }
        lines.push(Line::Event(*number, event));
        last = Some(*number);
    }
    lines
}

fn threads(scene: &Scene) -> Vec<Who> {
    let around = scene.around.iter().map(|(_, event)| event).chain(&scene.running);
    let mut all: Vec<Who> = around.map(|event| event.who).collect();
    all.sort();
    all.dedup();
    all
}

fn told(number: u64, event: &Event) -> Markup {
    let named = |names: Option<Names>| names.map(|n| format!("{n} = ")).unwrap_or_default();
    let (call, reply) = match event.part {
        Part::Whole { call, names, reply } => {
            (format!("{}{call}", named(reply.names().or(names))), Some(reply))
        }
        Part::Begin { number, call, names } => {
            (format!("call {number} {}{call}", named(names)), None)
        }
        Part::End { number, reply } => (format!("return {number}"), Some(reply)),
    };
    let bytes = event.bytes.map(|bytes| format!(" bytes={bytes}")).unwrap_or_default();
    html! {
        b { (number) } " "
        code { (event.who) ": " (call)
            @match reply {
                Some(Observed::Unknown) => { },
                Some(reply) => { " → " (reply) (bytes) },
                None => {}
            }
        }
    }
}

/// How a call ended.
fn shape(reply: &Observed) -> &'static str {
    match reply {
        Observed::Unknown => "u",
        reply if reply.is_refusal() => "f",
        _ => "o",
    }
}

/// A lane for each thread: calls that overlap are bars beside each other.
fn drawn(scene: &Scene, lines: &[Line<'_>], lanes: &[Who]) -> Markup {
    let height = LINE * (lines.len() + 1);
    let width = LANE * lanes.len();
    let x =
        |who: Who| LANE * lanes.iter().position(|lane| *lane == who).unwrap_or_default() + LANE / 2;
    let y = |line: usize| LINE * (line + 1) + LINE / 2;
    let mut body = String::new();
    for who in lanes {
        let at = x(*who);
        let _ = write!(
            body,
            "<text x=\"{at}\" y=\"19\">{who}</text><path class=\"ll\" d=\"M{at} {LINE}V{height}\"/>"
        );
    }
    for (who, from, to) in bars(scene, lines) {
        let (top, bottom) = (from.map_or(LINE, y), to.map_or(height, y));
        let _ = write!(
            body,
            "<rect class=\"lb\" x=\"{}\" y=\"{top}\" width=\"14\" height=\"{}\" rx=\"4\"/>",
            x(who) - 7,
            bottom - top
        );
    }
    for (i, line) in lines.iter().enumerate() {
        let Line::Event(number, event) = line else { continue };
        let (x, y) = (x(event.who), y(i));
        if *number == scene.event {
            let _ = write!(body, "<path class=\"lx\" d=\"M{x} {}l12 12-12 12-12-12z\"/>", y - 12);
        }
        match &event.part {
            Part::Whole { reply, .. } | Part::End { reply, .. } => {
                let _ = write!(
                    body,
                    "<circle class=\"l{}\" cx=\"{x}\" cy=\"{y}\" r=\"5\"/>",
                    shape(reply)
                );
                if shape(reply) == "f" {
                    let _ = write!(body, "<path class=\"ls\" d=\"M{} {}l8-8\"/>", x - 4, y + 4);
                }
            }
            Part::Begin { .. } => {
                let _ = write!(body, "<path class=\"ls\" d=\"M{} {y}h14\"/>", x - 7);
            }
        }
    }
    PreEscaped(format!(
        "<svg aria-hidden=\"true\" viewBox=\"0 0 {width} {height}\" style=\"width:{}rem;height:{}rem\">{body}</svg>",
        rem(width),
        rem(height)
    ))
}

fn rem(pixels: usize) -> String {
    let (whole, rest) = (pixels / 16, pixels % 16 * 625);
    format!("{whole}.{rest:04}").trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The calls that took time: who made them, and the lines in which they began and returned, where these are shown.
fn bars(scene: &Scene, lines: &[Line<'_>]) -> Vec<(Who, Option<usize>, Option<usize>)> {
    let mut open: Vec<(u32, Who, Option<usize>)> = Vec::new();
    for event in &scene.running {
        if let Part::Begin { number, .. } = event.part {
            open.push((number, event.who, None));
        }
    }
    let mut bars = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let Line::Event(_, event) = line else { continue };
        match event.part {
            Part::Begin { number, .. } => open.push((number, event.who, Some(i))),
            Part::End { number, .. } => {
                let at = open.iter().position(|(open, ..)| *open == number);
                let from = at.and_then(|at| open.remove(at).2);
                bars.push((event.who, from, Some(i)));
            }
            Part::Whole { .. } => {}
        }
    }
    bars.extend(open.into_iter().map(|(_, who, from)| (who, from, None)));
    bars
}
