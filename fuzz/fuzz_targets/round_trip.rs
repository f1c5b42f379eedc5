//! Both spellings of a trace.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portres_fuzz::round_trip::run(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    let mut size = size;
    // now and then the other spelling is changed
    if seed % 5 == 0 {
        let other = portres_fuzz::round_trip::respelled(&data[..size]);
        if let Some(other) = other.filter(|other| other.len() <= most) {
            data[..other.len()].copy_from_slice(&other);
            size = other.len();
        }
    }
    portres_fuzz::mutate::text(data, size, most, seed)
        .unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, most))
});

libfuzzer_sys::fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    portres_fuzz::mutate::crossed(one, other, out, seed)
});
