//! Why can't I bind this port? A machine's listings in, a verdict with reasons out.
//!
//! The machine is what its listings show ([`Listing`]); a question is a call on it, and every reply comes from
//! [`portres_model::permitted`]. No rule is known here: what a reply is about, and with it the row, stands in the refusal.
//!
//! ```
//! use portres::doctor::{Doctor, Fate};
//! use portres_sim::{Kind, Listing};
//!
//! let posted = "Protocol tcp Port Exclusion Ranges\n----------    --------\n     50060       50159\n* - .\n";
//! let mut listing = Listing::default();
//! listing.read(Kind::Excluded(None), "posted.txt", posted.as_bytes()).expect("a list");
//! let profiles = portres::Profiles::built_in();
//! let doctor = Doctor::new(&listing, profiles.get("likely").expect("a profile"));
//! let answer = doctor.answer(&"bind tcp 0.0.0.0:50100".parse().expect("a question"));
//! assert_eq!(answer.fate(), Fate::Refused);
//! assert_eq!(answer.outcomes[0].reply, "WSAEACCES");
//! assert_eq!(answer.outcomes[0].because[0].row, "50060-50159");
//! ```

use portres_model::{Protocol, World};
use portres_sim::Listing;
use serde::Serialize;

use crate::profiles::NamedProfile;

mod advice;
mod ask;
mod case;
mod cause;
pub mod gather;
mod judge;
mod owner;
pub mod picture;
mod safe;
pub mod seed;
mod tell;
mod unseen;

pub use advice::Advice;
pub use ask::{Ask, BadAsk, Caller};
pub use cause::Cause;
pub use owner::{Owner, of_row};
pub use safe::Safe;
pub use tell::{Overview, json, overview, text};

/// Answers questions about one machine.
pub struct Doctor<'a> {
    listing: &'a Listing,
    profile: &'a NamedProfile,
    /// The machine, as far as it does not depend on what no listing shows.
    world: World,
}

/// A reply that may be given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// `ok`, or the error by its C name. `none`: no such ports are left.
    pub reply: String,
    /// The number of the error.
    pub code: Option<u32>,
    /// The id of the rule; `None` where no rule decides.
    pub rule: Option<&'static str>,
    /// How well the rule is known.
    pub standing: &'static str,
    /// What it rests on, the weightiest first.
    pub sources: &'static [&'static str],
    /// The rule in a sentence.
    pub says: String,
    /// The row or socket behind it, the first of them.
    #[serde(serialize_with = "first")]
    pub because: Vec<Cause>,
    /// What must hold of what no listing shows, or which answers to open questions give it.
    #[serde(rename = "if", skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
}

fn first<S: serde::Serializer>(causes: &[Cause], to: S) -> Result<S::Ok, S::Error> {
    causes.first().serialize(to)
}

/// What became of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Every outcome is ok.
    Granted,
    /// None is.
    Refused,
    /// Some are.
    Mixed,
}

/// An answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The question, as it was understood.
    pub question: String,
    /// Whether nothing seems to be missing from the listings.
    pub complete: bool,
    /// The readings by which it was judged.
    pub profile: String,
    /// Every reply that may be given.
    pub outcomes: Vec<Outcome>,
    /// Replies that other readings of the documentation give.
    pub otherwise: Vec<Outcome>,
    /// Every row and socket in the way.
    pub rows: Vec<Cause>,
    /// Who is likely to have what is in the way.
    pub owner: Option<Owner>,
    /// What helps, in order.
    pub advice: Vec<Advice>,
    /// Ports that stay free across restarts.
    pub safe: Vec<Safe>,
    /// What was taken for granted.
    pub notes: Vec<String>,
    /// What may be missing from the listings.
    pub warnings: Vec<String>,
    /// The question itself.
    #[serde(skip)]
    pub ask: Ask,
}

impl Answer {
    /// What became of the question.
    #[must_use]
    pub fn fate(&self) -> Fate {
        let granted = self.outcomes.iter().filter(|o| o.reply == "ok").count();
        match granted {
            0 => Fate::Refused,
            n if n == self.outcomes.len() => Fate::Granted,
            _ => Fate::Mixed,
        }
    }
}

/// 0 if everything is granted, 1 if nothing is, else 3.
#[must_use]
pub fn exit_code(answers: &[Answer]) -> u8 {
    let all = |fate| answers.iter().all(|a| a.fate() == fate);
    match () {
        () if all(Fate::Granted) => 0,
        () if all(Fate::Refused) => 1,
        () => 3,
    }
}

impl<'a> Doctor<'a> {
    /// For a machine, judged by a profile.
    #[must_use]
    pub fn new(listing: &'a Listing, profile: &'a NamedProfile) -> Doctor<'a> {
        Doctor { listing, profile, world: listing.world() }
    }

    /// The machine.
    #[must_use]
    pub fn listing(&self) -> &'a Listing {
        self.listing
    }

    /// Answers a question.
    #[must_use]
    pub fn answer(&self, ask: &Ask) -> Answer {
        let (outcomes, otherwise) = self.outcomes(ask);
        let rows = self.in_the_way(ask, &outcomes);
        let mut answer = Answer {
            question: ask.to_string(),
            complete: self.listing.is_complete(),
            profile: self.profile.name.clone(),
            outcomes,
            otherwise,
            owner: owner::of(self.listing, ask, &rows),
            rows,
            advice: Vec::new(),
            safe: self.safe(ask),
            notes: self.notes(ask),
            warnings: self.warnings(),
            ask: *ask,
        };
        answer.advice = self.advice(&answer);
        if let Some(other) = self.refused_elsewhere(&answer) {
            let span = safe::span(other);
            let says = "where nothing is in the way: it is not the port for which it is refused";
            answer.notes.push(format!("it is refused at {span}, too, {says}"));
        }
        answer
    }

    /// What may be missing from the listings.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.listing.warnings().iter().map(|w| format!("{}: {}", w.at, w.says)).collect()
    }

    /// What was taken for granted, in sentences.
    fn notes(&self, ask: &Ask) -> Vec<String> {
        let mut notes: Vec<String> = self.not_shown(ask.protocol()).into_iter().collect();
        notes.extend(ask.protocol().and_then(|protocol| self.moved(protocol)));
        if let Some(address) = ask.own_address().filter(|own| !self.world.is_local(own.ip)) {
            notes.push(format!("{address} is taken for an address of this machine"));
        }
        if let Ask::ServeHttp { port } = *ask {
            let has = owner::http_has(self.listing, port);
            notes.extend(has.map(|cause| {
                let (row, at) = (&cause.row, format!("{}:{}", cause.file, cause.line));
                format!("{row} ({at}) is not in the way: the URLs of a port of http.sys share it")
            }));
            let says = "of http.sys the model knows which ports it takes: URL reservations (urlacl) and URLs that are \
                        registered already (error 183) it does not know";
            notes.push(says.into());
        }
        let unseen = "ports that WSL takes in mirrored mode stand in no list: a port of them is refused though no row \
                      names it (EV-115)";
        notes.push(unseen.into());
        notes
    }

    /// One line about a dynamic range that is not shown and is not the default.
    pub(crate) fn moved(&self, protocol: Protocol) -> Option<String> {
        let row = self.outside_the_default(protocol)?;
        Some(format!(
            "the row {row} ({}) lies outside 49152-65535, where WinNAT takes its blocks unless the dynamic range of \
             {protocol} has moved (EV-83): which ports stay free can be told only with that range (--dynamic FILE)",
            row.at
        ))
    }

    /// One line about what no input shows.
    #[must_use]
    pub fn not_shown(&self, protocol: Option<Protocol>) -> Option<String> {
        let listing = self.listing;
        let of = |p: Protocol| protocol.is_none_or(|wanted| wanted == p);
        let mut absent: Vec<String> = Vec::new();
        for p in Protocol::ALL.into_iter().filter(|p| of(*p)) {
            if !listing.shows_rows_of(p) {
                absent.push(format!("rows of {p} (--excluded {p}=FILE)"));
            }
        }
        if listing.endpoints().is_empty() {
            absent.push("sockets (--listening FILE)".into());
        }
        if !listing.shows_http() && of(Protocol::Tcp) {
            absent.push("URLs of http.sys (--http FILE)".into());
        }
        let default: Vec<String> = Protocol::ALL
            .into_iter()
            .filter(|p| of(*p) && listing.dynamic(*p).is_none())
            .map(|p| p.to_string())
            .collect();
        let range = format!(
            "the dynamic range of {} is taken to be 49152-65535 (--dynamic FILE)",
            default.join(" and ")
        );
        match (absent.is_empty(), default.is_empty()) {
            (true, true) => None,
            (true, false) => Some(range),
            (false, true) => {
                Some(format!("not shown, and taken for absent: {}", absent.join(", ")))
            }
            (false, false) => {
                Some(format!("not shown, and taken for absent: {}; {range}", absent.join(", ")))
            }
        }
    }
}
