//! Files, folders and streams that are none, and what is judged beside them.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portres::limits;

use super::{GOOD, SCRIPT, complaint, folder, names, out, portres, refused};

#[test]
fn a_line_of_a_hundred_megabytes() {
    let folder = folder();
    for (file, byte) in [("a.trace", b'x'), ("b.trace", 0), ("c.jsonl", b'{')] {
        let bad = fs::File::create(folder.path().join(file)).expect("the file is created");
        let mut bad = std::io::BufWriter::new(bad);
        (0..100).for_each(|_| bad.write_all(&vec![byte; 1_000_000]).expect("it is written"));
        drop(bad);
        let start = Instant::now();
        let line = complaint(&portres(folder.path(), &["check", file]));
        assert!(line.contains("line 1") && line.contains("65536 bytes"), "{line}");
        assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
    }
}

#[test]
fn a_line_without_end_is_not_read_to_its_end() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portres"))
        .args(["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("portres starts");
    let mut to = child.stdin.take().expect("its input");
    let chunk = vec![b'x'; 65_536];
    // as much as the reader and the pipe take
    let taken = (0..1_600).take_while(|_| to.write_all(&chunk).is_ok()).count();
    drop(to);
    let output = child.wait_with_output().expect("it ends");
    assert!(complaint(&output).contains("-: line 1: "), "{output:?}");
    assert!(taken < 160, "{taken} chunks of 64 KiB were taken");
}

#[test]
fn a_trace_that_is_held_whole_has_a_limit() {
    let folder = folder();
    // a file with a hole in it takes no room
    let large = fs::File::create(folder.path().join("large.trace")).expect("a file");
    large.set_len(limits::TRACE.0 + 1).expect("it is large");
    for args in [
        &["fmt", "--to", "text", "large.trace"][..],
        &["replay", "large.trace", "--on", "sim"],
        &["shrink", "large.trace", "-o", "-"],
        &["export", "large.trace", "--to", "c", "-o", "-"],
        &["shell", "large.trace"],
    ] {
        let line = complaint(&portres(folder.path(), args));
        assert_eq!(line, "error: large.trace: expected at most 128 MiB, found more", "{args:?}");
    }
}

#[cfg(feature = "serve")]
#[test]
fn a_store_that_is_far_too_large_is_refused() {
    let folder = folder();
    let path = folder.path().join("a.store");
    let made = portres(folder.path(), &["serve", "--stdio", "--store", "a.store"]);
    assert!(made.status.success(), "{made:?}");
    // a hole behind what is there
    let large = fs::OpenOptions::new().write(true).open(&path).expect("the store");
    large.set_len((256 << 20) + 1).expect("it is large");
    let line = complaint(&portres(folder.path(), &["serve", "--stdio", "--store", "a.store"]));
    assert!(line.contains("it is far too large"), "{line}");
    assert_eq!(fs::metadata(&path).expect("the store").len(), (256 << 20) + 1);
}

#[test]
fn a_folder_without_traces() {
    let folder = folder();
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    fs::write(folder.path().join("empty/readme.txt"), "nothing").expect("a file");
    let output = portres(folder.path(), &["check", "empty"]);
    assert!(complaint(&output).starts_with("error: empty: no traces"), "{output:?}");
    assert_eq!(out(&output), "");
}

#[test]
fn a_file_that_does_not_exist() {
    let folder = folder();
    for args in [
        &["check", "none.trace"][..],
        &["fmt", "--to", "text", "none.trace"],
        &["replay", "none.trace", "--on", "sim"],
        &["record", "none.trace", "--on", "sim", "-o", "-"],
        &["check", "--profile", "none.toml", "none.trace"],
    ] {
        let output = portres(folder.path(), args);
        assert!(complaint(&output).starts_with("error: none.t"), "{args:?}: {output:?}");
        assert!(!out(&output).contains("none.trace"), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let file = folder.path().join("bad.trace");
    fs::write(&file, GOOD).expect("the file is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("it is locked");
    if fs::read(&file).is_ok() {
        println!("skipped: this user (root?) can read every file");
        return;
    }
    let output = portres(folder.path(), &["check", "bad.trace"]);
    assert!(complaint(&output).starts_with("error: bad.trace: "), "{output:?}");
}

#[test]
fn a_script_where_a_trace_belongs_and_the_other_way_round() {
    refused("bad.trace", SCRIPT, &["line 1", "this is a script, not a trace", "`portres record`"]);
    let folder = folder();
    fs::write(folder.path().join("good.trace"), GOOD).expect("the file is written");
    let output =
        portres(folder.path(), &["record", "good.trace", "--on", "sim", "-o", "new.trace"]);
    let line = complaint(&output);
    assert!(line.contains("good.trace: line 1: this is a trace, not a script"), "{line}");
    assert_eq!(names(folder.path()), ["good.trace"]);
}

#[test]
fn an_unknown_profile() {
    let trace = "portres trace 1\ntitle one\nprofile likley\n\np1: startup -> ok\n";
    let has = ["line 3", "unknown profile `likley`", "did you mean `likely`?"];
    refused("bad.trace", trace, &has);
    let folder = folder();
    fs::write(folder.path().join("good.trace"), GOOD).expect("the file is written");
    let output = portres(folder.path(), &["check", "--profile", "likley", "good.trace"]);
    assert!(complaint(&output).contains("did you mean `likely`?"), "{output:?}");
    assert_eq!(out(&output), "");
}

#[test]
fn an_unknown_rule_in_an_expectation() {
    let trace = "portres trace 1\nexpect diverges 1 bind.not-locl\n\np1: startup -> ok\n";
    let has = ["line 2, column 19", "the id of a rule", "did you mean `bind.not-local`?"];
    refused("bad.trace", trace, &has);
    let expect = "\"expect\":[{\"event\":1,\"rule\":\"bind.not-locl\"}]";
    let header = format!("{{\"portres\":\"trace\",\"format\":1,{expect}}}\n");
    refused("bad.jsonl", header, &["line 1", "unknown rule `bind.not-locl`"]);
}

#[test]
fn the_trace_before_a_bad_one_is_still_judged() {
    // whichever line of the second trace is bad: the first, one of the header, the first event, a later one
    for second in [
        "portres trace 2\n",
        "portres trace 1\nwrold closed\n",
        "portres trace 1\n\np1: strtup -> ok\n",
        "portres trace 1\n\np1: startup -> ok\np1: strtup -> ok\n",
    ] {
        let folder = folder();
        fs::write(folder.path().join("two.trace"), format!("{GOOD}\n{second}")).expect("a file");
        let output = portres(folder.path(), &["check", "two.trace"]);
        assert!(complaint(&output).starts_with("error: two.trace: line "), "{output:?}");
        let told = out(&output);
        assert!(told.contains("two.trace: conforms (2 events)"), "{second:?}: {told}");
        assert!(told.contains("1 trace, 2 events: 1 conform"), "{second:?}: {told}");
    }
}

#[test]
fn a_good_file_beside_a_bad_one_is_still_judged() {
    let folder = folder();
    fs::write(folder.path().join("bad.trace"), "portres trace 2\n").expect("a file");
    fs::write(folder.path().join("good.trace"), GOOD).expect("a file");
    for args in [&["check", "bad.trace", "good.trace"][..], &["check", "."]] {
        let output = portres(folder.path(), args);
        assert!(complaint(&output).contains("bad.trace: line 1: "), "{output:?}");
        let told = out(&output);
        assert!(told.contains("good.trace: conforms (2 events)"), "{told}");
        assert!(!told.contains("bad.trace"), "{told}");
    }
}
