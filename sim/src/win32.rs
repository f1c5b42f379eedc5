//! Win32 as programs see it: the documented functions, with the names, signatures and types of the crate `windows-sys`, on a
//! simulated machine. (Feature `win32`.)
//!
//! A program written for Windows changes one `use`:
//!
//! ```
//! #[cfg(not(windows))]
//! use portres_sim::windows_sys;
//! use windows_sys::Win32::Networking::WinSock as winsock;
//!
//! let mut data = winsock::WSADATA::default();
//! // SAFETY: `data` lives through the call; the other takes numbers only.
//! let socket = unsafe {
//!     winsock::WSAStartup(0x0202, &mut data);
//!     winsock::socket(winsock::AF_INET.into(), winsock::SOCK_DGRAM, winsock::IPPROTO_UDP)
//! };
//! assert_ne!(socket, winsock::INVALID_SOCKET);
//! ```
//!
//! [`windows_sys`] has the modules of that crate that matter here. Types and constants are its own, so that no layout can
//! differ. A function that is not simulated is private there: a program that needs one does not compile, rather than calling
//! what a C library happens to have under the same name.
//!
//! # Which machine, which process
//!
//! A thread calls as the [`Program`] that it has [entered](Program::enter), or else as the program of the whole process:
//! the one of [`set_default`], or a standard user's on a fresh machine that behaves as [`Profile::likely`] says. A thread
//! does not take over what the one that starts it has entered: clone the program, and let each thread enter it. In a test:
//!
//! ```
//! use portres_sim::model::{Credentials, Profile, World};
//! use portres_sim::win32::Machine;
//! use portres_sim::{Host, Policy};
//!
//! let machine = Machine::new(Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1));
//! let (server, rival) = (machine.start(Credentials::default()), machine.start(Credentials::default()));
//! server.run(|| { /* the code under test */ });
//! rival.run(|| { /* what gets in its way */ });
//! ```
//!
//! # What is seen
//!
//! Every call is made of the host and answered by it; nothing is decided here. Ports stand in network order where the real
//! functions have them so (the first port of a reservation, the port of an address), so that a port in the wrong order is
//! another port here, too. The number of a token is its own for good: it never stands for a later reservation. The last
//! error belongs to the thread.
//!
//! A pointer that is NULL or lies in the first 64 KiB, which no program has, is never followed, nor is a buffer read or written
//! beyond its length; the specification answers for them. Where it knows that the real function follows such a pointer, the
//! process ends with a message, as the real one would by an access violation. Any other pointer must be good.
//!
//! Where the specification has no word for an argument, the refusal is that of the function's page: WSAEFAULT for a name of
//! `connect` or `sendto` and for the input of `SIO_CPU_AFFINITY` that are NULL or too short, after the handle has been looked
//! at. Data is not simulated: `sendto` takes all that it is given. An ioctl that gives lists of addresses gives none.

mod address;
mod completion;
mod events;
mod machine;
mod memory;
mod names;
mod requests;
mod thread;

pub mod iphlpapi;
pub mod threading;
pub mod windows_sys;
pub mod winsock;

pub use machine::{Entered, Machine, Program, current, set_default};

pub(crate) use names::Beside;

#[cfg(doc)]
use portres_model::Profile;
