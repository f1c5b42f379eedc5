//! The reader of traces in text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::trace::text(bytes));
