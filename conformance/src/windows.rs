//! The system `winsock`: the real Winsock and IP Helper of Windows, or of Wine.
//!
//! Calls belong to processes, so each process of a trace is a *worker*: this same program, started with a hidden first
//! argument. [`Winsock`] is the parent: it starts the workers under the credentials that the trace asks for, routes the
//! calls, one at a time, and keeps what is shared between processes, the names of tokens. What happens in one process
//! only happens in its worker: sockets, threads, the Winsock start count.
//!
//! Nothing that lasts is done without [`crate::system::Options::change_this_machine`]. What is done then is journalled
//! before it is done, and undone by [`System::finish`](crate::system::System::finish), on drop and on Ctrl-C;
//! [`cleanup`] undoes what a killed run left behind.
//!
//! A filter of a trace's header is not set up: a trace with one is driven as if it had none.
//!
//! Unsupported stay: what only a machine does to itself (restarts, system blocks, a network that fails, requests that
//! complete, connections that settle), handles that a child inherits, since no worker is the child of another, and the
//! changes of `netsh`, which tells of a refusal in words of the system's language and with no code.
//!
//! All unsafe code of the workspace is here, in the rooms that meet the Win32 functions: `calls`, `names`, `open`, `options`,
//! `overlapped`, `persistent`, `launch`, `token`, `registry`, `version`, `interrupt`, `ended`. The rooms without Win32 in them (`address`,
//! `credentials`, `journal`, `netsh`, `sockets`, `tokens`, `wire`) also compile, and are tested, elsewhere.

mod address;
mod credentials;
mod journal;
mod netsh;
mod sockets;
mod tokens;
mod wire;

#[cfg(windows)]
mod calls;
#[cfg(windows)]
mod describe;
#[cfg(windows)]
mod ended;
#[cfg(windows)]
mod interrupt;
#[cfg(windows)]
mod ioctl;
#[cfg(windows)]
mod lasting;
#[cfg(windows)]
mod launch;
#[cfg(windows)]
mod names;
#[cfg(windows)]
mod open;
#[cfg(windows)]
mod options;
#[cfg(windows)]
mod overlapped;
#[cfg(windows)]
mod perform;
#[cfg(windows)]
mod persistent;
#[cfg(windows)]
mod process;
#[cfg(windows)]
mod registry;
#[cfg(windows)]
mod risk;
#[cfg(windows)]
mod token;
#[cfg(windows)]
mod version;
#[cfg(windows)]
mod wide;
#[cfg(windows)]
mod winsock;
#[cfg(windows)]
mod worker;

#[cfg(windows)]
pub use lasting::cleanup;
#[cfg(windows)]
pub use winsock::Winsock;
#[cfg(windows)]
pub use worker::run_worker_if_asked;
