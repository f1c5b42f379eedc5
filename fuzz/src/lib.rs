//! What each fuzz target does with its bytes. A target is a function of bytes that panics where something is wrong; the
//! programs in `fuzz_targets/` hand it to libFuzzer, and `tests/corpora.rs` hands it what is in `corpus/`.

pub mod listing;
pub mod mutate;
pub mod round_trip;
pub mod simulator;
pub mod step;
pub mod trace;
pub mod win32;
pub mod wire;

mod draw;

// The laws of the model draw calls, replies and worlds from numbers; here the same rooms draw them from bytes.
#[path = "../../model/tests/laws/argument.rs"]
mod argument;
#[path = "../../model/tests/laws/choose.rs"]
mod choose;
#[path = "../../model/tests/laws/kind.rs"]
#[allow(dead_code, reason = "the laws count what they have drawn")]
mod kind;
#[path = "../../model/tests/laws/machine.rs"]
mod machine;
#[path = "../../model/tests/laws/make.rs"]
mod make;
#[path = "../../model/tests/laws/scenario.rs"]
mod scenario;
