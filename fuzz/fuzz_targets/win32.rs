//! The buffers of the Win32 functions.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::win32::run(bytes));
