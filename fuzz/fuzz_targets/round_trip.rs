//! Both spellings of a trace.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::round_trip::run(bytes));
