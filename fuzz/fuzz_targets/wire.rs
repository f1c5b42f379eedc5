//! What a connection is answered.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::wire::run(bytes));
