//! What the fuzzers have found worth keeping is tried without them: by every `cargo test`, on every toolchain.

use std::fs;
use std::path::Path;

fn try_all(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{target}: {e}"))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= 10, "{target}: {} inputs", files.len());
    for path in files {
        let bytes = fs::read(&path).expect("an input");
        // shown only where it fails
        println!("{target}: {}", path.file_name().unwrap_or_default().to_string_lossy());
        run(&bytes);
    }
}

macro_rules! targets {
    ($($target:ident $run:path;)*) => {
        $(
            #[test]
            fn $target() {
                try_all(stringify!($target), $run);
            }
        )*

        /// No target is without a corpus, and no corpus without a target.
        #[test]
        fn every_target_has_a_corpus() {
            let known = [$(stringify!($target)),*];
            let of = |folder: &str| {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
                let entries = fs::read_dir(folder).expect("the folder");
                let stem = |entry: std::io::Result<fs::DirEntry>| {
                    let path = entry.expect("an entry").path();
                    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
                };
                let mut names: Vec<String> = entries.map(stem).collect();
                names.sort();
                names
            };
            let mut known: Vec<String> = known.iter().map(ToString::to_string).collect();
            known.sort();
            assert_eq!(of("corpus"), known);
            assert_eq!(of("fuzz_targets"), known);
        }
    };
}

targets! {
    trace_text portres_fuzz::trace::text;
    trace_json portres_fuzz::trace::json;
    round_trip portres_fuzz::round_trip::run;
    wire portres_fuzz::wire::run;
    listing portres_fuzz::listing::run;
    win32 portres_fuzz::win32::run;
    step portres_fuzz::step::run;
    simulator portres_fuzz::simulator::run;
}
