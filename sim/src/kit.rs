//! A kit for property tests: machines, users and calls drawn, every reading tried, failing sequences kept. (Feature
//! `proptest`.)
//!
//! # Every reading
//!
//! Where the documentation is silent or contradicts itself, a test should not pass by luck. [`for_every_reading`] runs it
//! under every combination of answers that its calls consult:
//!
//! ```
//! use portres_sim::kit::for_every_reading;
//!
//! let coverage = for_every_reading(|host| {
//!     let server = host.process("alice").start();
//!     let socket = server.udp().unwrap();
//!     // there are readings under which neither is granted
//!     let Ok(reservation) = socket.acquire(5000, 20) else { return };
//!     if socket.associate(reservation).is_ok() {
//!         let port = socket.bind(([0, 0, 0, 0], 0)).unwrap();
//!         assert!((5000..5020).contains(&port));
//!     }
//! });
//! assert!(coverage.is_complete(), "{coverage}");
//! ```
//!
//! # Does the test notice?
//!
//! A test that passes on every machine proves nothing. [`for_every_flaw`] runs it on machines that are wrong in one way
//! each, and tells which of the flaws that its calls meet it finds:
//!
//! ```
//! use portres_sim::Flaw;
//! use portres_sim::kit::for_every_flaw;
//!
//! let bite = for_every_flaw(|host| {
//!     let server = host.process("alice").start();
//!     let socket = server.udp().unwrap();
//!     let reservation = socket.acquire(5000, 20).unwrap();
//!     assert_eq!(reservation.block.start, 5000);
//!     socket.associate(reservation).unwrap();
//!     let port = socket.bind(([0, 0, 0, 0], 0)).unwrap();
//!     // 5020 would pass, too
//!     assert!((5000..=5020).contains(&port));
//! });
//! assert!(bite.finds(Flaw::StartPortByteOrder));
//! assert!(bite.missed.contains(&Flaw::BlockEndOffByOne), "{bite}");
//! ```
//!
//! # Machines, users and calls
//!
//! [`machines`] are shaped like those of which people have posted the listings, [`users`] are of every kind and elevation.
//! [`cases`] are whole tests: a machine, some programs and what they intend. An [`Intent`] names nothing: it finds what it is
//! about when it is carried out (the newest socket, the port behind the end of a reservation), so that it still means
//! something when `proptest` has taken the calls before it away.
//!
//! # Failing sequences
//!
//! [`Kept`] runs a property and keeps what broke it: a file in the script format of `portres`, which is tried first from then
//! on, which people can read, and which `portres record --on sim` drives.
//!
//! ```
//! use portres_sim::kit::{Kept, cases};
//! use portres_sim::model::{Call, Reply};
//!
//! let directory = std::env::temp_dir().join("portres-kept");
//! Kept::in_directory(&directory).cases(32).check("a-bind-gives-a-port", cases(12), |host, sequence| {
//!     sequence.play(host, |made| match (made.call, made.answer.reply) {
//!         (Call::Bind { .. }, Reply::Bound(0)) => Err(format!("{}: port 0", made.call)),
//!         _ => Ok(()),
//!     })
//! });
//! ```

mod bite;
mod case;
mod intent;
mod kept;
mod machine;
mod pairs;
mod play;
mod reading;
mod resolve;
mod script;
mod user;
mod verdict;
mod watch;

pub use bite::{Bite, EveryFlaw, for_every_flaw};
pub use case::{Case, cases};
pub use intent::{Aim, At, Intent, Turn, Which, intents, turns};
pub use kept::{Broken, Kept};
pub use machine::{Setup, machines};
pub use play::{Made, Sequence};
pub use reading::{Coverage, EveryReading, Failure, MOST_RUNS, for_every_reading};
pub use script::{Line, Script, UnreadableScript};
pub use user::users;
pub use verdict::Verdict;

pub(crate) use watch::{Told, Watch};
