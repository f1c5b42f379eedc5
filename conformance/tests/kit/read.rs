//! What comes of a file that was recorded.

use std::fs;
use std::path::Path;

use super::{common, portres, with_scripts};

/// A folder with a recording of the simulator in it.
fn with_recording() -> tempfile::TempDir {
    let folder = with_scripts();
    let record = ["kit", "--record", "scripts", "--on", "sim", "-o", "portres-recorded.jsonl"];
    assert_eq!(portres(folder.path(), &record).code, 0);
    folder
}

fn change(folder: &Path, change: impl Fn(&str) -> String) {
    let path = folder.join("portres-recorded.jsonl");
    let text = fs::read_to_string(&path).expect("the file");
    fs::write(&path, change(&text)).expect("the file");
}

/// As Windows would have recorded it.
fn on_windows(text: &str) -> String {
    let version = format!("\"version\":\"{}\"", portres::VERSION);
    let text = text.replace("\"name\":\"portres-sim\"", "\"name\":\"windows\"");
    text.replace(&version, "\"version\":\"10.0.19045\"")
}

fn is_as_it_was_read(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit/expected").join(name);
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, text).expect("the expected text");
    }
    let expected = fs::read_to_string(&path).expect("the expected text");
    assert_eq!(text, expected, "{name}: PORTRES_BLESS=1 writes it");
}

#[test]
fn a_recording_tells_what_it_settles() {
    let folder = with_recording();
    let ran = portres(folder.path(), &["kit", "--read", "portres-recorded.jsonl"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    assert!(ran.out.contains(
        "Recorded on Windows: as before. These traces are evidence about portres-sim alone."
    ));
    change(folder.path(), on_windows);
    let ran = portres(folder.path(), &["kit", "--read", "portres-recorded.jsonl"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    is_as_it_was_read("windows.txt", &ran.out);
}

#[test]
fn a_reply_that_no_reading_permits_is_shown_with_its_rule() {
    let folder = with_recording();
    let wrong = |text: &str| {
        // the first acquire that was given a block says that it was refused
        let (before, behind) = text.split_once("\"reserved\"").expect("a reservation");
        let (_, behind) = behind.split_once('\n').expect("a line");
        let at = before.rfind("\"reply\"").expect("a reply");
        let line = format!("{}\"reply\":{{\"failed\":\"WSAEISCONN\"}}}}\n", &before[..at]);
        on_windows(&format!("{line}{behind}"))
    };
    change(folder.path(), wrong);
    let ran = portres(folder.path(), &["kit", "--read", "portres-recorded.jsonl"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("observed   WSAEISCONN"), "{}", ran.out);
    assert!(ran.out.contains("1 diverge or miss their expectation"), "{}", ran.out);
}

#[test]
fn a_file_that_was_cut_is_told() {
    for (keep, has) in
        [(0, "its last line does not say"), (2, "its last line says 3 traces, and it has 2")]
    {
        let folder = with_recording();
        change(folder.path(), |text| {
            let traces: Vec<&str> = text.split("{\"portres\"").skip(1).collect();
            let two = format!("{{\"portres\"{}{{\"portres\"{}", traces[0], traces[1]);
            let (last, end) = traces[2].split_once("{\"comment\"").expect("the last line");
            match keep {
                0 => format!("{two}{{\"portres\"{last}"),
                _ => format!("{two}{{\"comment\"{end}"),
            }
        });
        let ran = portres(folder.path(), &["kit", "--read", "portres-recorded.jsonl"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(has), "{}", ran.err);
    }
}

/// What the command says is recorded is what is in the repository.
#[test]
fn what_is_recorded_on_windows_is_counted() {
    let recorded = common::files(&common::folder("recorded"), "trace");
    let on_windows = |path: &&std::path::PathBuf| {
        let (header, _) = common::read(path);
        header.system.is_some_and(|system| system.name == "windows")
    };
    let count = recorded.iter().filter(on_windows).count() as u64;
    assert_eq!(count, portres::kit::RECORDED_ON_WINDOWS);
    let readme = fs::read_to_string(common::folder("..").join("README.md")).expect("the README");
    let says_none = readme.contains("**Recorded on Windows: none yet.**");
    assert_eq!(says_none, count == 0, "README.md says what is recorded on Windows");
}
