//! `portres explore`.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use portres::explore::{
    Explored, Field, Forgetful, INVARIANTS, Mode, Search, SmallWorld, Violation, Visit, WORLDS,
    line, path, with,
};
use portres::trace::{Event, Item, Spelled, write_item};
use portres_model::Who;
use serde::Serialize;

use super::args::Explore;
use super::draft::write_atomically;
use super::{BAD, GOOD, Outcome, did_you_mean};

/// What is told of a world.
#[derive(Serialize)]
struct Line {
    world: String,
    states: usize,
    transitions: u64,
    depth: usize,
    threads: usize,
    seconds: f64,
    states_per_second: f64,
    calls: std::collections::BTreeMap<String, u64>,
    rules: Vec<&'static str>,
    invariants: Vec<&'static str>,
    violations: Vec<Shown>,
    mode: &'static str,
    footprints: usize,
    forgetful: Vec<TooSmall>,
}

/// A footprint that is too small, as the states that a call leads to.
#[derive(Serialize)]
struct TooSmall {
    state: String,
    call: String,
    remembered: Vec<String>,
    asked: Vec<String>,
}

/// A violation, and how it is reached.
#[derive(Serialize)]
struct Shown {
    invariant: &'static str,
    state: String,
    /// The lines of a trace.
    trace: Vec<String>,
}

pub(super) fn run(args: &Explore) -> Outcome {
    let all = WORLDS.map(String::from);
    let worlds = if args.worlds.is_empty() { &all[..] } else { &args.worlds };
    let only_states = args.states.as_deref() == Some(Path::new("-"));
    let (mut code, mut vectors) = (0, String::new());
    for name in worlds {
        let mode = match (args.plain, args.verify) {
            (_, true) => Mode::Verifying,
            (true, false) => Mode::Plain,
            (false, false) => Mode::Remembering,
        };
        let (threads, depth) = (args.threads.into(), args.depth);
        let search = Search { threads, depth, mode, ..Search::default() };
        let visit = Tell { search, states: args.states.is_some() };
        let Some((told, lines)) = with(name, args.large, visit) else {
            let hint = did_you_mean(name, WORLDS);
            return Err(format!("no world is called `{name}`{hint}").into());
        };
        vectors.push_str(&lines);
        if !told.violations.is_empty() || !told.forgetful.is_empty() {
            code = 1;
        }
        if args.json && !only_states {
            let text = serde_json::to_string(&told).expect("numbers and words");
            writeln!(std::io::stdout(), "{text}")?;
        } else if !only_states {
            anstream::stdout().write_all(text(&told).as_bytes())?;
        }
    }
    match &args.states {
        Some(_) if only_states => std::io::stdout().write_all(vectors.as_bytes())?,
        Some(file) => {
            write_atomically(file, |out| out.write_all(vectors.as_bytes()))
                .map_err(|e| format!("{}: {e}", file.display()))?;
        }
        None => {}
    }
    Ok(code)
}

struct Tell {
    search: Search,
    states: bool,
}

impl Visit for Tell {
    type Gives = (Line, String);

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) -> (Line, String) {
        let began = Instant::now();
        let found = self.search.run(small);
        let seconds = began.elapsed().as_secs_f64();
        let fields = small.fields();
        let violations = found.violations.iter().take(1);
        let violations = violations.map(|v| shown(small, &self.search, &fields, v)).collect();
        let told = Line {
            world: small.name().into(),
            states: found.states,
            transitions: found.transitions,
            depth: found.depth,
            threads: self.search.threads,
            seconds,
            states_per_second: found.states as f64 / seconds,
            calls: found.calls.clone(),
            rules: found.rules.iter().map(|r| r.id()).collect(),
            invariants: INVARIANTS.iter().map(|(name, _)| *name).collect(),
            violations,
            mode: match self.search.mode {
                Mode::Remembering => "remembering",
                Mode::Plain => "plain",
                Mode::Verifying => "verifying",
            },
            footprints: found.footprints,
            forgetful: found.forgetful.iter().take(1).map(|f| too_small(&fields, f)).collect(),
        };
        (told, if self.states { vectors(&fields, &found) } else { String::new() })
    }
}

fn too_small(fields: &[Field], forgetful: &Forgetful) -> TooSmall {
    let lines = |states: &[u64]| states.iter().map(|s| line(fields, *s)).collect();
    TooSmall {
        state: line(fields, forgetful.state),
        call: format!("{}: {}", Who::process(forgetful.at.by), forgetful.at.call),
        remembered: lines(&forgetful.remembered),
        asked: lines(&forgetful.asked),
    }
}

fn vectors(fields: &[Field], found: &Explored) -> String {
    let mut lines: Vec<String> = found.vectors.iter().map(|s| line(fields, *s)).collect();
    lines.sort_unstable();
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

fn shown(
    small: &impl SmallWorld,
    search: &Search,
    fields: &[Field],
    violation: &Violation,
) -> Shown {
    let steps = path(small, search.effect, violation.state).unwrap_or_default();
    let mut steps: Vec<_> = steps.iter().map(|t| (t.at, t.reply)).collect();
    steps.extend(violation.step);
    let trace = steps.iter().map(|(at, reply)| {
        let event = Event::whole(Who::process(at.by), at.call, *reply);
        let mut text = Vec::new();
        write_item(&mut text, Spelled::Text, &Item::Event(event)).expect("memory");
        String::from_utf8_lossy(&text).trim_end().into()
    });
    Shown {
        invariant: violation.broken,
        state: line(fields, violation.state),
        trace: trace.collect(),
    }
}

fn text(told: &Line) -> String {
    let Line { world, states, transitions, depth, seconds, states_per_second, .. } = told;
    let rate = states_per_second.round();
    let mut text = format!(
        "{world}: {states} states, {transitions} transitions, {depth} calls deep, {seconds:.2} s, \
         {rate} states/s on {} threads\n",
        told.threads
    );
    let calls: Vec<String> = told.calls.iter().map(|(word, n)| format!("{word} {n}")).collect();
    let _ = writeln!(text, "  calls       {}", calls.join(", "));
    let _ = writeln!(
        text,
        "  rules       {} permit a reply where the relation was asked",
        told.rules.len()
    );
    let kept = told.violations.is_empty();
    let (colour, verdict) = if kept { (GOOD, "hold") } else { (BAD, "do not hold") };
    let _ =
        writeln!(text, "  invariants  {}: {colour}{verdict}{colour:#}", told.invariants.join(", "));
    if told.mode != "plain" {
        let same = if told.mode == "verifying" {
            ", each compared with the relation everywhere"
        } else {
            ""
        };
        let _ = writeln!(text, "  remembered  {} footprints{same}", told.footprints);
    }
    for TooSmall { state, call, remembered, asked } in &told.forgetful {
        let _ =
            writeln!(text, "    {BAD}footprint too small{BAD:#}: {call}\n    state      {state}");
        for (word, list) in [("remembered", remembered), ("asked     ", asked)] {
            list.iter().for_each(|state| {
                let _ = writeln!(text, "    {word} {state}");
            });
        }
    }
    for violation in &told.violations {
        let says = INVARIANTS.iter().find(|(name, _)| *name == violation.invariant);
        let says = says.map_or("", |(_, says)| says);
        let _ =
            writeln!(text, "    {}: {says}\n    state {}", violation.invariant, violation.state);
        violation.trace.iter().for_each(|line| {
            let _ = writeln!(text, "      {line}");
        });
    }
    text
}
