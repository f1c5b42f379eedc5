//! The checker against the simulator.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::simulator::run(bytes));
