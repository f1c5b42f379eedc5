//! The tables of the class suite, and the scripts that they make: a script has tables, a table has a case and the classes over
//! which it is made, and each combination of one row of each class is a case of the script.
//!
//! The tables stand in `classes/*.toml`, one file for a kind of calls; `classes/of.toml` has the classes that several use. A
//! class has columns, whose names stand in braces where a case uses them, and rows; `NAME=CLASS` puts `NAME.` before them, so
//! that a table can use a class twice. A line of which a slot is empty is left out. `{port}` to `{port+7}` are ports that no
//! other case uses, `{process}` a process that no other case has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Generated;
use super::expand::{self, PORTS, Place, Slots};

/// The ports of the cases: none that a system is likely to hand out or to use.
const FIRST_PORT: u16 = 20_000;
const LAST_PORT: u16 = 45_000;

/// The first process that is a case's own.
const FIRST_PROCESS: u32 = 101;

/// The scripts of one kind of calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheet {
    /// The classes that only they use.
    #[serde(default)]
    classes: BTreeMap<String, Class>,
    script: Vec<Plan>,
}

/// Values that a case has instead of each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A script that is to be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    name: String,
    title: String,
    /// The lines of its header.
    #[serde(default)]
    machine: String,
    /// What is done once, before all cases.
    #[serde(default)]
    first: String,
    table: Vec<Table>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// What it tries.
    tries: String,
    /// The classes whose product it is.
    #[serde(default)]
    over: Vec<String>,
    case: String,
}

const OF: &str = include_str!("classes/of.toml");

/// The files of tables, by their names.
const FILES: &[(&str, &str)] = &[
    ("sockets", include_str!("classes/sockets.toml")),
    ("options", include_str!("classes/options.toml")),
    ("bind", include_str!("classes/bind.toml")),
    ("sharing", include_str!("classes/sharing.toml")),
    ("names", include_str!("classes/names.toml")),
    ("connections", include_str!("classes/connections.toml")),
    ("ioctl", include_str!("classes/ioctl.toml")),
    ("requests", include_str!("classes/requests.toml")),
    ("acquire", include_str!("classes/acquire.toml")),
    ("associate", include_str!("classes/associate.toml")),
    ("release", include_str!("classes/release.toml")),
    ("persistent", include_str!("classes/persistent.toml")),
    ("netsh", include_str!("classes/netsh.toml")),
    ("machine", include_str!("classes/machine.toml")),
];

static CLASSES: LazyLock<BTreeMap<String, Class>> =
    LazyLock::new(|| toml::from_str(OF).unwrap_or_else(|e| panic!("the classes: {e}")));

/// The tables.
///
/// # Panics
/// Never: a test makes every script.
pub(super) fn sheets() -> &'static [Sheet] {
    static SHEETS: LazyLock<Vec<Sheet>> = LazyLock::new(|| {
        let read = |(name, text): &(&str, &str)| {
            toml::from_str(text).unwrap_or_else(|e| panic!("the tables of {name}: {e}"))
        };
        FILES.iter().map(read).collect()
    });
    &SHEETS
}

impl Sheet {
    /// Its scripts.
    pub(super) fn scripts(&self) -> impl Iterator<Item = Generated> {
        self.script.iter().map(|plan| {
            self.script_of(plan).unwrap_or_else(|e| panic!("the script {}: {e}", plan.name))
        })
    }

    fn script_of(&self, plan: &Plan) -> Result<Generated, String> {
        let mut text = format!(
            "portres script 1\ntitle {}\nsource the class suite of portres\n{}\n",
            plan.title,
            plan.machine.trim_end()
        );
        let (mut calls, mut place) =
            (0, Place { names: 0, port: FIRST_PORT, process: FIRST_PROCESS });
        let first = expand::lines(&plan.first, &Slots::new(), place)?;
        // what is done once is not undone by any case
        for line in first.iter().take(plan.first.lines().filter(|l| !l.trim().is_empty()).count()) {
            text += &format!("{line}\n");
            calls += 1;
        }
        place.names = expand::greatest_name(&first);
        for table in &plan.table {
            text += &format!("\n# {}\n", table.tries);
            for (label, slots) in self.product(table)? {
                let lines = expand::lines(&table.case, &slots, place)?;
                let label = expand::filled(&label, &slots, place)?.unwrap_or_default();
                if !label.is_empty() {
                    text += &format!("# {label}\n");
                }
                lines.iter().for_each(|line| text += &format!("{line}\n"));
                calls += lines.len();
                place = Place {
                    names: place.names.max(expand::greatest_name(&lines)),
                    port: if place.port < LAST_PORT { place.port + PORTS } else { FIRST_PORT },
                    process: place.process + 1,
                };
            }
        }
        let (name, title) = (plan.name.clone(), plan.title.clone());
        Ok(Generated { name, title, text, calls })
    }

    /// Every combination of one row of each class: what it is called, and what it puts into slots.
    fn product(&self, table: &Table) -> Result<Vec<(String, Slots)>, String> {
        let mut all = vec![(String::new(), Slots::new())];
        for over in &table.over {
            let (prefix, name) = match over.split_once('=') {
                Some((prefix, name)) => (format!("{prefix}."), name),
                None => (String::new(), over.as_str()),
            };
            let class = self.classes.get(name).or_else(|| CLASSES.get(name));
            let class = class.ok_or_else(|| format!("there is no class `{name}`"))?;
            let mut next = Vec::new();
            for (label, slots) in &all {
                for row in &class.rows {
                    if row.len() != class.columns.len() {
                        return Err(format!("a row of `{name}` has {} values", row.len()));
                    }
                    let values = class.columns.iter().map(|c| format!("{prefix}{c}")).zip(row);
                    let mut slots = slots.clone();
                    slots.extend(values.map(|(column, value)| (column, value.clone())));
                    let said = row.first().map_or("", String::as_str);
                    let said = if said.is_empty() { "plain" } else { said };
                    let label = match label.as_str() {
                        "" => said.to_string(),
                        before => format!("{before}; {said}"),
                    };
                    next.push((label, slots));
                }
            }
            all = next;
        }
        Ok(all)
    }
}
