//! Figures of a run: programs and benchmarks write them, `results` reads them.
//!
//! A figure is a line of JSON. Its name says what was measured, its unit in what; where nobody asks for figures, none is
//! written.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The variable of the environment that names the file.
pub const FIGURES: &str = "PORTRES_FIGURES";

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// How much it is.
    pub value: f64,
    /// Of what.
    pub unit: String,
}

/// What is wrong with a file of figures.
#[derive(Debug)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes a figure down, if the environment names a file for them.
///
/// # Panics
/// If that file cannot be written: a run whose figures are lost is worth nothing.
pub fn note(name: impl Into<String>, value: f64, unit: &str) {
    let Some(file) = std::env::var_os(FIGURES).map(PathBuf::from) else { return };
    let figure = Figure { name: name.into(), value, unit: unit.into() };
    let opened = OpenOptions::new().create(true).append(true).open(&file);
    let written = opened.and_then(|mut to| {
        // one write: programs that run at once must not mix their lines
        to.write_all(format!("{}\n", serde_json::to_string(&figure)?).as_bytes())
    });
    written.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
}

/// Figures by their names; the last of a name counts.
#[derive(Clone, Debug, Default)]
pub struct Figures(BTreeMap<String, Figure>);

impl Figures {
    /// Those of a file.
    ///
    /// # Errors
    /// With the line that is no figure.
    pub fn read(file: &Path) -> Result<Figures, Unreadable> {
        let at = |line: usize, what: &dyn fmt::Display| {
            Unreadable(format!("{}:{line}: {what}: expected a figure", file.display()))
        };
        let opened =
            File::open(file).map_err(|e| Unreadable(format!("{}: {e}", file.display())))?;
        let mut figures = Figures::default();
        for (i, line) in BufReader::new(opened).lines().enumerate() {
            let line = line.map_err(|e| at(i + 1, &e))?;
            figures.put(serde_json::from_str(&line).map_err(|e| at(i + 1, &e))?);
        }
        Ok(figures)
    }

    /// Adds what criterion has left in a folder: nanoseconds an element, the medians.
    ///
    /// # Errors
    /// If a file there is not as criterion writes it.
    pub fn read_criterion(&mut self, folder: &Path) -> Result<(), Unreadable> {
        let Ok(within) = std::fs::read_dir(folder) else { return Ok(()) };
        for entry in within.flatten() {
            let path = entry.path();
            if !path.is_dir() {
                continue;
            }
            if path.file_name().is_some_and(|name| name == "new") {
                self.put(of_criterion(&path)?);
            } else {
                self.read_criterion(&path)?;
            }
        }
        Ok(())
    }

    /// Adds one.
    pub fn put(&mut self, figure: Figure) {
        self.0.insert(figure.name.clone(), figure);
    }

    /// The figure of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Figure> {
        self.0.get(name)
    }

    /// All whose names begin so, with the rest of the name.
    pub fn under<'a>(&'a self, head: &'a str) -> impl Iterator<Item = (&'a str, &'a Figure)> {
        let rest = move |name: &'a String| name.strip_prefix(head);
        self.0.iter().filter_map(move |(name, figure)| Some((rest(name)?, figure)))
    }
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
    throughput: Option<Throughput>,
}

#[derive(Deserialize)]
struct Throughput {
    #[serde(rename = "Elements")]
    elements: Option<u64>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

fn of_criterion(folder: &Path) -> Result<Figure, Unreadable> {
    fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<T, Unreadable> {
        let wrong = |e: &dyn fmt::Display| {
            Unreadable(format!("{}: {e}: expected what criterion writes", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|e| wrong(&e))?;
        serde_json::from_str(&text).map_err(|e| wrong(&e))
    }
    let benchmark: Benchmark = read(&folder.join("benchmark.json"))?;
    let estimates: Estimates = read(&folder.join("estimates.json"))?;
    let elements = benchmark.throughput.and_then(|t| t.elements).unwrap_or(1);
    let value = estimates.median.point_estimate / elements as f64;
    Ok(Figure { name: benchmark.full_id, value, unit: "ns".into() })
}
