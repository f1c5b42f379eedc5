//! An executable specification of Windows TCP/UDP port reservation and of the bind rules around it.
//!
//! The meaning is written once, as a relation between a world, a call and a reply:
//!
//! - [`permitted`] lists every reply that may be given, as described sets, each with the rule that permits it and the
//!   readings of the documentation under which it does;
//! - [`Permitted::judge`] asks whether one observed reply is among them, by which rules, and what must be assumed for it;
//! - [`apply`] writes the reply's effect into the world;
//! - [`Profile::assume`] narrows the readings to those that an observation leaves.
//!
//! The reply is the only nondeterminism: there is no random source, clock or allocation of ids in here.
//!
//! ```
//! use portres_model::{Call, Family, Profile, Process, ProcessId, Reply, SocketId, SocketKind, World, apply, permitted};
//!
//! let (mut world, mut profile) = (World::default(), Profile::documented());
//! let p1 = ProcessId(1);
//! world.put_process(p1, Some(Process::undeclared()));
//!
//! let call = Call::open(SocketKind::Udp, Family::V4);
//! let reply = Reply::Socket(SocketId(1));
//! let step = permitted(&world, p1, &call).judge(&world, &profile, &reply).expect("a socket opens");
//! assert_eq!(step.rules[0].id(), "socket.opens");
//! profile.assume(&step.needs).expect("nothing was assumed");
//! apply(&mut world, p1, &call, &reply);
//! ```
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

mod bytes;
mod call;
mod error;
mod footprint;
mod id;
mod judge;
mod permitted;
mod pool;
mod port;
mod profile;
mod question;
mod reply;
mod rule;
mod sharing;
mod spelling;
mod step;
mod world;

pub use bytes::bytes_returned;
pub use call::{
    AccessToken, Account, Answers as Answering, Attributes, Buffer, Call, Command, Control,
    Credentials, Family, Frame, Holding, Left, NameBuffer, Optval, Output, Overlapped, Pointer,
    Routine, SocketKind, SocketOption, Startup, Status, Store, Suits, Triple, UnknownOption,
    UnknownStatus, Version, numbers,
};
pub use error::Error;
pub use footprint::{Footprint, Known};
pub use id::{
    BadName, BadUser, GREATEST as GREATEST_NAME, ProcessId, RequestId, SocketId, Token, User, Who,
};
pub use judge::{Choice, Mismatch, Objection, Step, Why, code_under};
pub use permitted::{
    About, Code, FreeBlock, FreePort, Guard, LocalName, Offer, Permitted, Refusal, Set,
};
pub use pool::Skip;
pub use port::{BadRange, PortBlock, PortRange, Protocol};
pub use profile::{Clause, Needs, NoReading, Profile, Reading};
pub use question::{Answer, Answers, Effect, Literal, MOST_ANSWERS, Question, UnknownQuestion};
pub use reply::{Bytes, Reply, Row, Shape};
pub use rule::{Class, Rule, Standing, UnknownRule};
pub use sharing::{Claim, Share, second_bind, second_bind_before_2003};
pub use spelling::{
    Names, Spelling, SpellingError, parse_bytes, parse_call, parse_credentials, parse_reply,
};
pub use step::{
    after_restart, apply, lasting_dynamic, lasting_exclusions, lasting_reservations, permitted,
    permitted_into,
};
pub use world::{
    BadAddress, Connection, DYNAMIC, Duplicate, Exclusion, ExclusionKind, Kind, Lingering,
    LocalAddress, Machine, Mark, Options, Owner, Process, Request, Reservation, Settings, Socket,
    World,
};

/// The clause ledger, TOML: what the public documentation says or fails to say, each clause with its id.
pub const LEDGER: &str = include_str!("../ledger.toml");

/// The evidence register, TOML: what is publicly known beyond the documentation, each piece with its id.
pub const EVIDENCE: &str = include_str!("../evidence.toml");
