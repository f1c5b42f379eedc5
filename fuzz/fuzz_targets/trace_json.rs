//! The reader of traces in JSON lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::trace::json(bytes));
