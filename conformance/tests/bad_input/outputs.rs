//! Outputs that cannot be written: nothing is left of them, and what was there stays.

use std::fs;

use super::{GOOD, complaint, folder, names, out, portres, sources};

const WRITERS: [&[&str]; 5] = [
    &["check", "good.trace", "--html"],
    &["check", "good.trace", "--junit"],
    &["record", "a.script", "--on", "sim", "-o"],
    &["replay", "good.trace", "--on", "sim", "-o"],
    &["fmt", "--to", "jsonl", "good.trace", "-o"],
];

#[test]
fn an_output_in_a_folder_that_does_not_exist() {
    for writer in WRITERS {
        let folder = folder();
        sources(folder.path());
        let output = portres(folder.path(), &[writer, &["none/new.trace"]].concat());
        let line = complaint(&output);
        assert!(line.starts_with("error: none/new.trace: "), "{line}");
        assert!(!line.contains(".tmp"), "it tells of a file that nobody named: {line}");
        assert_eq!(names(folder.path()), ["a.script", "good.trace"]);
    }
}

#[cfg(unix)]
#[test]
fn an_output_in_a_read_only_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    sources(folder.path());
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).expect("a folder");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).expect("it is locked");
    if fs::write(locked.join("probe"), "").is_ok() {
        println!("skipped: this user (root?) can write to every folder");
        return;
    }
    for writer in WRITERS {
        let output = portres(folder.path(), &[writer, &["locked/new.trace"]].concat());
        assert!(complaint(&output).starts_with("error: locked/new.trace: "), "{output:?}");
        assert_eq!(names(&locked), [""; 0]);
    }
}

#[test]
fn an_output_that_cannot_take_its_place_leaves_nothing() {
    let folder = folder();
    sources(folder.path());
    // a folder stands where the file should
    fs::create_dir_all(folder.path().join("out/new.trace/inner")).expect("a folder");
    for writer in WRITERS {
        let output = portres(folder.path(), &[writer, &["out/new.trace"]].concat());
        assert!(complaint(&output).starts_with("error: out/new.trace: "), "{output:?}");
        assert_eq!(names(&folder.path().join("out")), ["new.trace"]);
    }
}

#[test]
fn two_reports_do_not_share_a_file_nor_standard_output() {
    let folder = folder();
    sources(folder.path());
    let output = portres(folder.path(), &["check", "good.trace", "--html", "a", "--junit", "a"]);
    assert!(complaint(&output).contains("a: the page and the JUnit XML need two files"));
    for option in ["--html", "--junit"] {
        let output = portres(folder.path(), &["check", "good.trace", option, "-"]);
        assert!(complaint(&output).contains("standard output"), "{output:?}");
        assert_eq!(out(&output), "", "nothing was judged");
    }
    assert_eq!(names(folder.path()), ["a.script", "good.trace"]);
}

#[test]
fn a_bad_input_leaves_an_output_as_it_was() {
    let folder = folder();
    fs::write(folder.path().join("bad.trace"), format!("{GOOD}p1: bnid\n")).expect("a file");
    fs::write(folder.path().join("old.jsonl"), "as it was").expect("a file");
    let args = ["fmt", "--to", "jsonl", "bad.trace", "-o", "old.jsonl"];
    complaint(&portres(folder.path(), &args));
    let args = ["replay", "bad.trace", "--on", "sim", "-o", "old.jsonl"];
    complaint(&portres(folder.path(), &args));
    let now = fs::read_to_string(folder.path().join("old.jsonl")).expect("the old file");
    assert_eq!(now, "as it was");
    assert_eq!(names(folder.path()), ["bad.trace", "old.jsonl"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_is_no_file_is_written_to_and_stays() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = folder();
    sources(folder.path());
    let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let from = pipe.clone();
    let reader = std::thread::spawn(move || fs::read_to_string(from));
    let output = portres(folder.path(), &["fmt", "--to", "jsonl", "good.trace", "-o", "pipe"]);
    assert!(output.status.success(), "{output:?}");
    let kind = fs::symlink_metadata(&pipe).expect("it is there").file_type();
    assert!(kind.is_fifo(), "a file has taken its place");
    let told = reader.join().expect("it ends").expect("text");
    assert!(told.starts_with(r#"{"portres":"trace""#), "{told}");

    fs::write(folder.path().join("behind"), "as it was").expect("a file");
    symlink("behind", &link).expect("a link");
    let output = portres(folder.path(), &["fmt", "--to", "jsonl", "good.trace", "-o", "link"]);
    assert!(output.status.success(), "{output:?}");
    assert!(link.is_symlink(), "a file has taken its place");
    assert_eq!(fs::read_to_string(folder.path().join("behind")).expect("the file"), told);
}
