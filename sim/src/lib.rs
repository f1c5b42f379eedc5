//! A simulated Windows machine, as far as ports are concerned.
//!
//! A [`Host`] draws one reading of the documentation from a profile when it is built, and answers every call with one of the
//! replies that the specification ([`portres_model`]) permits under that reading. It chooses; it never decides. A [`Process`]
//! and its [`Socket`]s are handles that clean up when they are dropped; a [`Refused`] says which rule refused; a [`Policy`]
//! says how to choose, [`Trouble`] what goes wrong. A [`Listing`] reads what `netsh` and `netstat` show of a real machine.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod builder;
mod choose;
mod draw;
mod flaw;
mod host;
#[cfg(feature = "proptest")]
pub mod kit;
mod listing;
mod pending;
mod policy;
mod process;
mod record;
mod refused;
mod socket;
mod sync;
mod trouble;
#[cfg(feature = "win32")]
pub mod win32;

pub use builder::Builder;
pub use flaw::{Flaw, UnknownFlaw};
pub use host::{Answer, Host};
pub use listing::{
    DynamicRange, Endpoint, Kind, Listing, Place, Registration, Row, Unreadable, Unseen, Warning,
    too_large,
};
pub use pending::{Completes, Ended, Finished, Pending, Pends};
pub use policy::{Pick, Policy};
pub use portres_model as model;
pub use process::{Launch, Outcome, Process};
pub use record::Recorded;
pub use refused::{Refused, raw_os_error};
pub use socket::{Reservation, Socket, overlapped};
pub use trouble::{Mishap, Trouble};
#[cfg(feature = "win32")]
pub use win32::{iphlpapi, windows_sys, winsock};
