//! Instruction counts of hot paths: those that are committed, those of a run, and what is said of a path that has grown.
//!
//! A path may grow by five percent. Where it grows by more, a line of the changelog's Unreleased section must say so, and by how
//! much at most: `- Instructions: check_json +12 %: why it is worth that.`

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// By how many percent a path may grow without a word.
pub const BEARABLE: f64 = 5.0;

/// Counts, and the compiler for whose code they hold: other compilers make other code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// What `rustc -V` says.
    pub rustc: String,
    /// What `rustc -vV` says of the host.
    pub host: String,
    /// The instructions of each path.
    pub instructions: BTreeMap<String, u64>,
}

/// What is wrong: one line.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Counts {
    /// The committed ones.
    ///
    /// # Errors
    /// If the file is not there, or is not one of counts.
    pub fn read(file: &Path) -> Result<Counts, Wrong> {
        let wrong =
            |e: &dyn fmt::Display| Wrong(format!("{}: {e}: expected counts", file.display()));
        let text = std::fs::read_to_string(file).map_err(|e| wrong(&e))?;
        toml::from_str(&text).map_err(|e| wrong(&e.to_string().replace('\n', " ")))
    }

    /// Those of a run: `printed` is what the benchmark prints as JSON, a line for each path.
    ///
    /// # Errors
    /// With the line that has no count.
    pub fn of_run(rustc: &str, host: &str, printed: &str) -> Result<Counts, Wrong> {
        let mut instructions = BTreeMap::new();
        let lines = printed.lines().enumerate().filter(|(_, line)| line.starts_with('{'));
        for (i, line) in lines {
            let wrong = |what: &str| Wrong(format!("line {}: expected {what}", i + 1));
            let summary: Value =
                serde_json::from_str(line).map_err(|_| wrong("what gungraun prints as JSON"))?;
            let path = summary["function_name"].as_str().ok_or(wrong("a function"))?;
            let count = count(&summary).ok_or(wrong("a count of instructions"))?;
            instructions.insert(path.to_string(), count);
        }
        if instructions.is_empty() {
            return Err(Wrong("nothing was counted: expected lines of JSON".into()));
        }
        Ok(Counts { rustc: rustc.into(), host: host.into(), instructions })
    }

    /// As it is committed.
    ///
    /// # Panics
    /// Never: texts and numbers can be written.
    #[must_use]
    pub fn write(&self) -> String {
        format!(
            "# Written by `scripts/instructions --bless`; compared by `scripts/instructions`.\n{}",
            toml::to_string(self).expect("texts and numbers")
        )
    }

    /// Whether the code of both is of the same compiler.
    #[must_use]
    pub fn are_comparable(&self, other: &Counts) -> bool {
        (&self.rustc, &self.host) == (&other.rustc, &other.host)
    }

    /// Every path that is in either.
    fn paths<'a>(&'a self, other: &'a Counts) -> impl Iterator<Item = &'a String> {
        let more = other.instructions.keys().filter(|p| !self.instructions.contains_key(*p));
        self.instructions.keys().chain(more)
    }

    /// What is wrong with `now`, and how each path has changed.
    #[must_use]
    pub fn compare(&self, now: &Counts, excuses: &BTreeMap<String, f64>) -> Vec<Compared> {
        let one = |path: &String| {
            let before = self.instructions.get(path).copied();
            let after = now.instructions.get(path).copied();
            let grown = match (before, after) {
                // to a millionth: five percent are five percent
                (Some(before), Some(after)) => {
                    ((after as f64 / before as f64 - 1.0) * 1e8).round() / 1e6
                }
                _ => 0.0,
            };
            let verdict = match (before, after) {
                (None, _) => Judged::New,
                (_, None) => Judged::Gone,
                _ if grown <= BEARABLE => Judged::Same,
                _ if excuses.get(path).is_some_and(|most| grown <= *most) => Judged::Excused,
                _ => Judged::Grown,
            };
            Compared { path: path.clone(), before, after, grown, verdict }
        };
        self.paths(now).map(one).collect()
    }
}

/// The instructions of a summary.
fn count(summary: &Value) -> Option<u64> {
    let profiles = summary["profiles"].as_array()?;
    let of = |profile: &Value| {
        let metrics = &profile["summaries"]["total"]["summary"]["Callgrind"]["Ir"]["metrics"];
        // beside what an earlier run has left, or alone
        let now = metrics.get("Left").or_else(|| metrics.get("Both").and_then(|both| both.get(0)));
        now.and_then(|n| n.as_u64().or_else(|| n["Int"].as_u64()))
    };
    profiles.iter().find_map(of)
}

/// What is said of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It has not grown, or bearably.
    Same,
    /// It has grown, and the changelog says so.
    Excused,
    /// It has grown.
    Grown,
    /// It is not committed.
    New,
    /// It was not counted.
    Gone,
}

/// A path, then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Its name.
    pub path: String,
    /// The committed count.
    pub before: Option<u64>,
    /// The count of this run.
    pub after: Option<u64>,
    /// By how many percent it has grown.
    pub grown: f64,
    /// What is said of that.
    pub verdict: Judged,
}

impl Compared {
    /// Whether that is borne.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.verdict, Judged::Same | Judged::Excused)
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Compared { path, before, after, grown, verdict } = self;
        let number = |n: &Option<u64>| n.map_or("-".into(), |n| n.to_string());
        write!(f, "{path:24} {:>12} {:>12} {grown:>+7.2} %", number(before), number(after))?;
        f.write_str(match verdict {
            Judged::Same => "",
            Judged::Excused => "  the changelog says why",
            Judged::Grown => {
                "  has grown: expected at most 5 % more, or a line `- Instructions: PATH +N %: why` in the changelog"
            }
            Judged::New => "  is new: expected a count, which --bless writes",
            Judged::Gone => "  was not counted: expected a benchmark of this name",
        })
    }
}

/// By how much paths may grow as the Unreleased section of a changelog says.
///
/// # Errors
/// With the line that begins as such a line does and is none.
pub fn excuses(changelog: &str) -> Result<BTreeMap<String, f64>, Wrong> {
    const HEAD: &str = "- Instructions: ";
    let mut found = BTreeMap::new();
    let lines = changelog.lines().enumerate();
    let unreleased = lines
        .skip_while(|(_, line)| *line != "## Unreleased")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "));
    for (i, line) in unreleased {
        let Some(rest) = line.strip_prefix(HEAD) else { continue };
        let read = || {
            let (path, rest) = rest.split_once(" +")?;
            let (percent, why) = rest.split_once(" %: ")?;
            let percent: f64 = percent.parse().ok()?;
            (!why.trim().is_empty() && !path.contains(' ')).then_some((path.into(), percent))
        };
        let (path, percent) = read().ok_or_else(|| {
            let number = i + 1;
            Wrong(format!("CHANGELOG.md:{number}: `{line}`: expected `{HEAD}PATH +N %: why`"))
        })?;
        found.insert(path, percent);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Counts {
        let instructions = of.iter().map(|(path, n)| (path.to_string(), *n)).collect();
        Counts { rustc: "rustc 1".into(), host: "here".into(), instructions }
    }

    fn verdict(after: u64, changelog: &str) -> Judged {
        let excuses = excuses(changelog).expect("lines");
        let (before, now) = (counts(&[("a", 1000)]), counts(&[("a", after)]));
        before.compare(&now, &excuses)[0].verdict
    }

    #[test]
    fn a_path_may_grow_by_five_percent_or_by_what_the_changelog_says() {
        assert_eq!(verdict(900, ""), Judged::Same);
        assert_eq!(verdict(1050, ""), Judged::Same);
        assert_eq!(verdict(1051, ""), Judged::Grown);
        let says = "# Changelog\n\n## Unreleased\n\n- Instructions: a +9 %: it knows more.\n";
        assert_eq!(verdict(1090, says), Judged::Excused);
        assert_eq!(verdict(1091, says), Judged::Grown);
        let of_another = says.replace(": a +", ": b +");
        assert_eq!(verdict(1090, &of_another), Judged::Grown);
        let released = says.replace("Unreleased", "0.1.0");
        assert_eq!(verdict(1090, &released), Judged::Grown);
        let released_since = format!("## Unreleased\n\n## 0.1.0\n{says}");
        assert_eq!(
            verdict(1090, &released_since.replace("## Unreleased\n\n-", "-")),
            Judged::Grown
        );
    }

    #[test]
    fn a_line_that_is_none_is_told() {
        let text = "## Unreleased\n\n- Instructions: a grew by 9 %\n";
        let wrong = excuses(text).expect_err("no such line");
        assert!(wrong.0.starts_with("CHANGELOG.md:3: `- Instructions: a grew"), "{wrong}");
    }

    #[test]
    fn paths_that_come_and_go_are_told() {
        let compared = counts(&[("a", 1)]).compare(&counts(&[("b", 1)]), &BTreeMap::new());
        let verdicts: Vec<_> = compared.iter().map(|c| (c.path.as_str(), c.verdict)).collect();
        assert_eq!(verdicts, [("a", Judged::Gone), ("b", Judged::New)]);
        assert!(compared.iter().all(|c| !c.is_good()));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let before = counts(&[("a", 1000), ("b", 2)]);
        assert_eq!(toml::from_str::<Counts>(&before.write()).expect("counts"), before);
    }
}
