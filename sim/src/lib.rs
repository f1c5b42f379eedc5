//! A simulated Windows machine, as far as ports are concerned.
//!
//! A [`Host`] draws one reading of the documentation from a profile when it is built, and answers every call with one of the
//! replies that the specification ([`portres_model`]) permits under that reading. It chooses; it never decides. A [`Listing`]
//! reads what `netsh` and `netstat` show of a real machine, so that a host can be built like it.
//!
//! ```
//! use portres_model::{Call, Family, Frame, PortRange, Profile, ProcessId, Reply, SocketId, SocketKind, World};
//! use portres_sim::{Host, Policy};
//!
//! let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1);
//! let p1 = ProcessId(1);
//! let opened = host.call(p1, &Call::open(SocketKind::Udp, Family::V4));
//! assert_eq!(opened.reply, Reply::Socket(SocketId(1)));
//!
//! let range = PortRange { start: 5000, count: 20 };
//! let acquired = host.call(p1, &Call::Acquire { socket: SocketId(1), range, frame: Frame::default() });
//! assert_eq!(acquired.rule.id(), "acquire.grants");
//! ```

mod choose;
mod host;
mod listing;
#[cfg(feature = "win32")]
pub mod win32;

pub use choose::Policy;
pub use host::{Answer, Host};
pub use listing::{
    DynamicRange, Endpoint, Kind, Listing, Place, Registration, Row, Unreadable, Unseen, Warning,
    too_large,
};
pub use portres_model as model;
#[cfg(feature = "win32")]
pub use win32::{iphlpapi, windows_sys, winsock};
