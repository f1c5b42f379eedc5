//! Known departures: where a real system does what no reading of the documentation permits.

use serde::Deserialize;

use crate::check::Divergence;
use crate::profiles::misread;

/// The file of this name beside recorded traces lists their system's departures.
pub const FILE: &str = "departures.toml";

/// One departure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// The word with which the call begins.
    pub call: String,
    /// What was observed: a reply in text, or `success`.
    pub observed: String,
    /// A rule that refuses it.
    pub rule: String,
    /// Why the system does so.
    pub reason: String,
    /// What shows it.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// The departures of one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departures {
    /// All of them.
    #[serde(rename = "departure")]
    pub list: Vec<Departure>,
}

impl Departures {
    /// Reads the file.
    ///
    /// # Errors
    /// With a message, if it is not one, names no rule or gives no reason.
    pub fn read(text: &str) -> Result<Departures, String> {
        let departures: Departures = toml::from_str(text).map_err(|e| misread(text, &e))?;
        for departure in &departures.list {
            if departure.rule.parse::<portres_model::Rule>().is_err() {
                return Err(format!("unknown rule `{}`", departure.rule));
            }
            if departure.reason.is_empty() {
                return Err(format!("the departure from `{}` gives no reason", departure.rule));
            }
        }
        Ok(departures)
    }

    /// The place of the departure that a divergence is, if it is a known one.
    #[must_use]
    pub fn of(&self, divergence: &Divergence) -> Option<usize> {
        let call =
            divergence.call.split_once("= ").map_or(divergence.call.as_str(), |(_, call)| call);
        self.list.iter().position(|d| {
            call.split(' ').next() == Some(d.call.as_str())
                && (d.observed == divergence.observed
                    || d.observed == "success" && divergence.is_success)
                && divergence.refused_by.iter().any(|r| r.rule.id() == d.rule)
        })
    }
}
