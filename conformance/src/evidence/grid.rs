//! Systems by sections of the rules: in each cell how many rules are decided, how many diverge, and how many were never seen.

use std::fmt::Write;

use portres_model::Rule;
use serde::Serialize;

use super::{Build, Days, Evidence, Shown};
use crate::report::counted;

/// The sections of the rules, each with its rules: what stands before the point of their ids.
#[must_use]
pub fn sections() -> Vec<(&'static str, Vec<Rule>)> {
    let mut sections: Vec<(&str, Vec<Rule>)> = Vec::new();
    for &rule in Rule::ALL {
        let name = section(rule);
        match sections.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rules)) => rules.push(rule),
            None => sections.push((name, vec![rule])),
        }
    }
    sections
}

fn section(rule: Rule) -> &'static str {
    rule.id().split('.').next().unwrap_or_default()
}

/// How many rules of a section are in which state on one system. A rule is in one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Those that explain a reply, and refuse none that was observed.
    pub decided: usize,
    /// Those that refuse a reply that was observed.
    pub diverged: usize,
    /// The others.
    pub never_seen: usize,
}

impl Cell {
    fn of(rules: &[Rule], shown: &Shown) -> Cell {
        let diverged = rules.iter().filter(|rule| shown.diverged.contains_key(rule)).count();
        let seen =
            |rule: &&Rule| shown.decided.contains_key(rule) || shown.diverged.contains_key(rule);
        let seen = rules.iter().filter(seen).count();
        Cell { decided: seen - diverged, diverged, never_seen: rules.len() - seen }
    }

    /// The three numbers.
    #[must_use]
    pub fn told(self) -> String {
        format!("{} / {} / {}", self.decided, self.diverged, self.never_seen)
    }
}

/// The grid.
#[derive(Clone, Debug)]
pub struct Grid<'a> {
    /// The systems, each with what it shows.
    pub columns: Vec<(&'a Build, &'a Shown)>,
    /// The sections, with the number of their rules and a cell for each system.
    pub rows: Vec<(&'static str, usize, Vec<Cell>)>,
}

impl Evidence {
    /// Systems by sections.
    #[must_use]
    pub fn grid(&self) -> Grid<'_> {
        let columns: Vec<_> = self.builds.iter().collect();
        let row = |(section, rules): (&'static str, Vec<Rule>)| {
            let cells = columns.iter().map(|(_, shown)| Cell::of(&rules, shown)).collect();
            (section, rules.len(), cells)
        };
        let rows = sections().into_iter().map(row).collect();
        Grid { columns, rows }
    }
}

/// One object of the grid.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    System {
        #[serde(flatten)]
        build: &'a Build,
        traces: u64,
        events: u64,
        #[serde(flatten)]
        days: &'a Days,
    },
    Cell {
        section: &'a str,
        #[serde(flatten)]
        build: &'a Build,
        rules: usize,
        #[serde(flatten)]
        cell: Cell,
    },
}

impl Grid<'_> {
    /// As text: the systems, then a line for each section.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (build, shown) in &self.columns {
            let (traces, events) = (counted(shown.traces, "trace"), counted(shown.events, "event"));
            let _ = writeln!(text, "{build}: {traces}, {events}, {}", shown.days);
        }
        if self.columns.is_empty() {
            return "no trace names a system\n".into();
        }
        text += "\nrules decided / diverging / never seen, by section and system\n\n";
        let names: Vec<String> = self.columns.iter().map(|(build, _)| build.to_string()).collect();
        let width = |name: &String| name.chars().count().max("00 / 00 / 00".len());
        let widths: Vec<usize> = names.iter().map(width).collect();
        let mut line = |section: &str, cells: &[String]| {
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:<width$}"));
            let line = format!("{section:<14}{}", cells.collect::<String>());
            let _ = writeln!(text, "{}", line.trim_end());
        };
        line("section", &names);
        for (section, _, cells) in &self.rows {
            line(section, &cells.iter().map(|cell| cell.told()).collect::<Vec<_>>());
        }
        text
    }

    /// As JSON, an object a line: the systems, then the cells.
    #[must_use]
    pub fn json(&self) -> String {
        let systems = self.columns.iter().map(|(build, shown)| {
            let Shown { traces, events, days, .. } = shown;
            Line::System { build, traces: *traces, events: *events, days }
        });
        let cells = self.rows.iter().flat_map(|(section, rules, cells)| {
            cells.iter().zip(&self.columns).map(move |(cell, (build, _))| Line::Cell {
                section,
                build,
                rules: *rules,
                cell: *cell,
            })
        });
        let line = |line| serde_json::to_string(&line).expect("it has a JSON form") + "\n";
        systems.chain(cells).map(line).collect()
    }
}
