//! `portres generate`, and what is written runs on every system.

use std::collections::BTreeSet;
use std::fs;

use portres::generate;
use tempfile::TempDir;

use crate::common::command::portres;

#[test]
fn the_suite_is_written_and_told() {
    let folder = TempDir::new().expect("a folder");
    let to = folder.path().join("suite");
    let ran = portres(&["generate", "-o", &to.display().to_string()]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let scripts = generate::classes();
    let calls: usize = scripts.iter().map(|script| script.calls).sum();
    assert!(
        ran.out.ends_with(&format!("\n{} scripts, {calls} calls\n", scripts.len())),
        "{}",
        ran.out
    );
    let names =
        fs::read_dir(&to).expect("the suite").map(|entry| entry.expect("an entry").file_name());
    let names: BTreeSet<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let expected: BTreeSet<String> = scripts.iter().map(|s| format!("{}.script", s.name)).collect();
    assert_eq!(names, expected);
    for script in &scripts {
        let text =
            fs::read_to_string(to.join(format!("{}.script", script.name))).expect("a script");
        assert_eq!(text, script.text);
    }
}

#[test]
fn scripts_run_on_the_simulator_and_on_a_server() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let ran = portres(&[
        "generate",
        "--suite",
        "random",
        "--seed",
        "5",
        "--count",
        "2",
        "-o",
        &path("drawn"),
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("random-5-0001 ") && ran.out.contains("\n2 scripts, "), "{}", ran.out);
    let server = format!("exec:{} serve --stdio", env!("CARGO_BIN_EXE_portres"));
    for system in ["sim", &server] {
        for script in ["random-5-0001", "random-5-0002"] {
            let (from, to) = (path(&format!("drawn/{script}.script")), path("a.trace"));
            let ran = portres(&["record", &from, "--on", system, "-o", &to]);
            assert_eq!(ran.code, 0, "{system}: {}", ran.err);
            let ran = portres(&["check", &to]);
            assert_eq!(ran.code, 0, "{system}: {}", ran.out);
        }
    }
}

#[test]
fn what_cannot_be_generated_is_refused_with_one_line() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(folder.path().join("full")).expect("a folder");
    fs::write(folder.path().join("full/old.script"), "").expect("a file");
    fs::write(folder.path().join("file"), "").expect("a file");
    for (args, has) in [
        (vec!["-o", "full"], "full: expected a new or an empty folder, found `old.script` in it\n"),
        (vec!["-o", "none/suite"], "none/suite: "),
        (vec!["-o", "file"], "file: "),
        (
            vec!["--seed", "1", "-o", "new"],
            "`--seed` and `--count` are of `--suite random`: the class suite is always the same\n",
        ),
    ] {
        let args: Vec<String> = args
            .iter()
            .enumerate()
            .map(|(i, arg)| if i + 1 == args.len() { path(arg) } else { (*arg).to_string() })
            .collect();
        let args: Vec<&str> =
            ["generate"].into_iter().chain(args.iter().map(String::as_str)).collect();
        let ran = portres(&args);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.lines().count()),
            (2, "", 1),
            "{}",
            ran.err
        );
        let told = ran.err.replace(&path(""), "");
        assert!(told.starts_with(&format!("error: {has}")), "{told}");
    }
    assert!(!folder.path().join("new").exists());
    for count in ["0", "10001", "-1", "many"] {
        let ran = portres(&["generate", "--suite", "random", "--count", count, "-o", &path("new")]);
        assert_eq!(ran.code, 2, "{}", ran.err);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 2);
}
