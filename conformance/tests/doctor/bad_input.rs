//! Bad input: one clear line, exit code 2, nothing guessed.

use std::fs;
use std::path::Path;

use super::{doctor, ends, fixture, text};

/// The line of complaint about a command that ends with code 2.
fn complaint(args: &[&str]) -> String {
    let output = doctor(args);
    assert_eq!(ends(&output, 2), "", "nothing is guessed");
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(told.starts_with("error: ") && told.lines().count() == 1, "{told}");
    told
}

/// The complaint about a file, which is named.
fn refused(option: &str, content: &[u8], says: &str) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("bad.txt");
    fs::write(&path, content).expect("a file");
    let path = path.display().to_string();
    let value = if option == "--excluded" { format!("tcp={path}") } else { path.clone() };
    let told = complaint(&[option, &value, "bind", "tcp", "50051"]);
    assert!(told.contains(&path) && told.contains(says), "{says}: {told}");
}

#[test]
fn lists_that_are_none() {
    let list = |rows: &str| {
        let rule = "Protocol tcp\n----------    --------\n";
        format!("{rule}{rows}\n* - .\n").into_bytes()
    };
    refused("--excluded", b"no numbers at all\n", "neither rows of two numbers");
    refused("--excluded", &list("90 95\n80 85"), ":4: expected rows in ascending order");
    refused("--excluded", &list("80 90\n85 95"), ":4: expected rows that do not overlap");
    refused("--excluded", &list("65000 65536"), ":3: expected a port from 1 to 65535");
    refused("--excluded", &list("90 80"), ":3: expected an end of at least 90, found 80");
    refused("--excluded", b"\x7fELF\x02\0\0\0\x01 80 80\n", "binary");
    refused("--excluded", text("fixture-en-udp-k15.txt").as_bytes(), ":2: expected a list of tcp");
    refused("--excluded", text("sockets.txt").as_bytes(), "expected");
    refused("--dynamic", b"no numbers at all\n", "no number behind a colon");
    refused("--dynamic", text("katana-515.txt").as_bytes(), "--excluded");
    refused("--listening", b"no numbers at all\n", "no address with a port");
    refused("--http", b"no numbers at all\n", "neither a URL");
    refused("--paste", b"no numbers at all\n", "no row of numbers");
    refused("--paste", b"80 80\n", "names tcp or udp");
}

#[test]
fn two_transports_in_a_file_that_names_none() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("both.txt");
    fs::write(&path, text("katana-515.txt") + &text("fixture-en-udp-k15.txt")).expect("a file");
    let path = path.display().to_string();
    let told = complaint(&["--excluded", &path]);
    assert!(told.contains("lists of tcp and of udp"), "{told}");
    // pasted, each list has its own title
    ends(&doctor(&["--paste", &path]), 0);
    let bare = folder.path().join("bare.txt");
    fs::write(&bare, "80 80\n").expect("a file");
    let told = complaint(&["--excluded", &bare.display().to_string()]);
    assert!(told.contains("say --excluded tcp=FILE"), "{told}");
}

#[test]
fn a_title_and_an_option_that_disagree() {
    let told = complaint(&["--excluded", &format!("udp={}", fixture("katana-515.txt"))]);
    assert!(
        told.contains(
            "expected a list of udp, as the option says, found the title of a list of tcp"
        ),
        "{told}"
    );
}

/// A file of a gigabyte is refused by its length: reading it would take memory and time.
#[test]
fn a_file_that_is_too_large() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("large.txt");
    fs::File::create(&path).and_then(|f| f.set_len(1 << 30)).expect("a sparse file");
    let began = std::time::Instant::now();
    let told = complaint(&["--excluded", &format!("tcp={}", path.display())]);
    assert!(
        told.contains("found 1073741824") && told.contains("expected at most 16777216 bytes"),
        "{told}"
    );
    assert!(began.elapsed().as_secs() < 20, "it was read");
}

#[test]
fn files_that_cannot_be_read() {
    let missing = Path::new("nowhere").join("list.txt").display().to_string();
    assert!(complaint(&["--paste", &missing]).contains(&missing));
    assert!(complaint(&["--paste", "-", "--listening", "-"]).contains("once only"));
}

#[test]
fn outputs_that_are_not_written() {
    let list = fixture("katana-515.txt");
    let told = complaint(&["--excluded", &list, "--html", "one.html", "--svg", "one.html"]);
    assert!(told.contains("found one"), "{told}");
    for option in ["--html", "--svg"] {
        let output = doctor(&["--excluded", &list, "--as-trace", option, "one.html"]);
        assert_eq!(ends(&output, 2), "");
    }
    assert!(!Path::new("one.html").exists());
}

#[test]
fn questions_that_ask_nothing() {
    let list = fixture("katana-515.txt");
    for (words, says) in [
        (&["bind"][..], "expected a question like"),
        (&["bind", "sctp", "0.0.0.0:80"], "expected tcp or udp"),
        (&["bind", "tcp", "0.0.0.0:65536"], "expected ADDRESS:PORT"),
        (&["bind", "tcp", "80", "--as", "root"], "found `root`"),
        (&["bind", "tcp", "80", "--persistent"], "means nothing to `bind`"),
        (&["free", "tcp", "0"], "from 1 to 65535"),
        (&["--ask", ""], "found none"),
        (&["--ask", "exclude tcp 80 --reuse"], "--reuse means nothing"),
        (&["--reuse"], "expected a question like"),
    ] {
        let args: Vec<&str> = ["--excluded", &list].iter().chain(words).copied().collect();
        let told = complaint(&args);
        assert!(told.contains(says), "{words:?}: {told}");
    }
}
