//! `portres serve`: what a client is told, what it may have, and what is left of it when it is gone.
#![cfg(feature = "serve")]

mod common;
#[path = "serve/crowd.rs"]
mod crowd;
#[path = "serve/death.rs"]
mod death;
#[path = "serve/keeping.rs"]
mod keeping;
#[path = "serve/limits.rs"]
mod limits;
#[path = "serve/load.rs"]
mod load;
#[path = "serve/machine.rs"]
mod machine;
#[path = "serve/passing.rs"]
mod passing;
#[path = "serve/recording.rs"]
mod recording;
#[path = "serve/replay.rs"]
mod replay;
#[path = "serve/server.rs"]
mod server;
#[path = "serve/stopping.rs"]
mod stopping;
#[path = "serve/wire.rs"]
mod wire;
