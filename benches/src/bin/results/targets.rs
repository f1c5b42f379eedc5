//! What stands on the page.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// The page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Targets {
    /// Figures with what they are to be, or without.
    pub(crate) line: Vec<Line>,
    /// Who does the same work.
    pub(crate) beside: Vec<Beside>,
    /// What each counted path does.
    pub(crate) paths: BTreeMap<String, String>,
}

/// A figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// What is done.
    pub(crate) work: String,
    /// The name of the figure.
    pub(crate) figure: String,
    /// The name of a figure by which it is divided.
    #[serde(default)]
    pub(crate) over: Option<String>,
    /// In which unit it is shown.
    #[serde(rename = "in")]
    pub(crate) unit: String,
    /// It is to be so much at least.
    #[serde(default)]
    pub(crate) at_least: Option<f64>,
    /// It is to be so much at most.
    #[serde(default)]
    pub(crate) at_most: Option<f64>,
}

/// Ours and theirs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beside {
    /// What both do.
    pub(crate) work: String,
    /// Who.
    pub(crate) who: String,
    /// A figure that is a ratio already: their time by ours.
    #[serde(default)]
    pub(crate) ratio: Option<String>,
    /// Our figure and theirs.
    #[serde(default)]
    pub(crate) ours: Option<String>,
    #[serde(default)]
    pub(crate) theirs: Option<String>,
    /// Whether it may be missing, since a tool is not installed everywhere.
    #[serde(default)]
    pub(crate) may_lack: bool,
}

pub(crate) fn read(file: &Path) -> Result<Targets, String> {
    let wrong = |e: String| format!("{}: {e}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
    let targets: Targets = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    for Beside { work, who, ratio, ours, theirs, .. } in &targets.beside {
        if ratio.is_some() == (ours.is_some() && theirs.is_some()) {
            return Err(wrong(format!("{work}, {who}: expected `ratio`, or `ours` and `theirs`")));
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_can_be_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets.toml");
        let targets = read(&file).expect("targets");
        assert!(targets.line.iter().filter(|l| l.at_least.or(l.at_most).is_some()).count() > 15);
        for line in &targets.line {
            assert!(!(line.at_least.is_some() && line.at_most.is_some()), "{}", line.work);
        }
    }
}
