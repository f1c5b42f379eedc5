//! What a connection is answered.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::wire::run(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    portres_fuzz::mutate::text(data, size, most, seed)
        .unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, most))
});

libfuzzer_sys::fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    portres_fuzz::mutate::crossed(one, other, out, seed)
});
