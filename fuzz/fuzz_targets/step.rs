//! The relation on arbitrary calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::step::run(bytes));
