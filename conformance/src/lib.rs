//! The oracle of Windows port reservation: traces, systems, and the judgement of one by the specification.
//!
//! ```
//! let trace = "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:5000 -> 5000\n";
//! let profiles = portres::Profiles::built_in();
//! let reports = portres::check(trace.as_bytes(), &portres::Settings::new(&profiles)).expect("a trace");
//! assert_eq!(reports[0].verdict, portres::Verdict::Conforms);
//! ```

pub mod check;
pub mod concurrent;
pub mod departures;
pub mod doctor;
pub mod evidence;
pub mod explain;
pub mod explore;
pub mod export;
pub mod generate;
pub mod guide;
pub mod import;
pub mod infer;
#[cfg(feature = "cli")]
pub mod kit;
pub mod ledger;
pub mod legal;
pub mod limits;
pub mod markdown;
pub mod page;
pub mod profiles;
pub mod quiz;
pub mod reach;
pub mod record;
pub mod reference;
pub mod rejudge;
pub mod replay;
pub mod report;
pub mod script;
#[cfg(feature = "serve")]
pub mod serve;
pub mod shell;
pub mod shrink;
pub mod site;
pub mod stream;
pub mod system;
pub mod trace;
#[cfg(any(windows, test))]
#[cfg_attr(
    not(windows),
    allow(dead_code, reason = "its rooms without Win32 are tested everywhere")
)]
pub mod windows;
mod wrap;

pub use check::{BUDGET, Divergence, Effort, Note, Report, Settings, Verdict, check};
pub use profiles::{NamedProfile, Profiles};
pub use system::System;

/// The version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
