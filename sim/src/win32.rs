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
//! does not take over what the one that starts it has entered: clone the program, and let each thread enter it. Code under test
//! that starts threads of its own calls as the default program in them: set that, in a test that runs alone. In a test:
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
//! program [crashes](Program::crash): the simulated process ends as the real one does by an access violation, and the test
//! fails with the reason as soon as the code under test returns. Any other pointer must be good.
//!
//! # Requests that pend
//!
//! An ioctl with an `OVERLAPPED` stays pending where [`Host::set_pending`](crate::Host::set_pending) says so. When it
//! completes, its structure and its output are written and its event is set, by whichever thread makes it complete, as the
//! kernel does it. `WSAGetOverlappedResult` and `GetOverlappedResult` wait for it, and so do waits for the event of the
//! structure; its routine runs in an alertable wait of the thread that has begun it. `CancelIoEx`, `closesocket` from any thread
//! and the end of the thread that has begun it interrupt them. A thread ends when it has run its destructors: after
//! `JoinHandle::join` it has, at the end of `std::thread::scope` perhaps not yet. The structures of a thread that has ended
//! may have been on its stack, so they are written only when somebody asks for their result.
//!
//! # What the specification has no word for
//!
//! | what | here |
//! | --- | --- |
//! | events: `WSACreateEvent` and its kin, `CreateEventW`, `SetEvent`, `ResetEvent`, `CloseHandle` | objects of a process, without names; the pages of the functions of Winsock want it started (WSANOTINITIALISED), and a handle of no event is WSA_INVALID_HANDLE |
//! | waits: `WSAWaitForMultipleEvents`, `WaitForSingleObject` and its kin, `SleepEx` | what is set comes before a routine, a routine before the end of the time; time is that of the test machine. One to 64 handles, or ERROR_INVALID_PARAMETER |
//! | `GetOverlappedResult` | what the structure says; the page does not say into which codes it turns the statuses of sockets: those of Winsock here |
//! | a wait of a process that ends | fails with WSANOTINITIALISED: a real one never returns |
//! | names of `connect` and `sendto`, the input of `SIO_CPU_AFFINITY`, NULL or too short | WSAEFAULT, as their pages say, after the handle has been looked at |
//! | data | `sendto` takes all that it is given; nothing arrives. An ioctl that gives lists of addresses gives none |
//! | completion ports, `WSAEventSelect`, `WSAPoll`, names and services | not there: a program that uses them does not compile |

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
