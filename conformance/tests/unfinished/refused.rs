//! Full disks and places that cannot be written: one line, exit code 2, and nothing is left.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::commands::{INTO_FOLDERS, WRITERS, Writer, prepared};
use super::tree;

/// Whether a command was refused with one line that has this; what it did otherwise.
fn is_refused(output: &Output, has: &[&str]) -> Result<(), String> {
    let err = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = err.lines().filter(|line| line.starts_with("error: ")).collect();
    let right = output.status.code() == Some(2)
        && said.len() == 1
        && !err.contains("panicked")
        && !err.contains(".tmp")
        && has.iter().all(|part| said[0].contains(part));
    if right { Ok(()) } else { Err(format!("{:?}, expected {has:?}: {err}", output.status)) }
}

/// Runs every command with this output, which must be refused, and looks that nothing has changed.
fn refuses(out: &str, has: &[&str], through: &[&str]) {
    each_refuses(WRITERS, |_| out, has, through);
}

fn each_refuses<'o>(
    writers: &'o [Writer],
    out: impl Fn(&'o Writer) -> &'o str,
    has: &[&str],
    through: &[&str],
) {
    let mut faults = Vec::new();
    for writer in writers {
        let out = out(writer);
        let folder = prepared();
        let before = tree(folder.path());
        let mut command = writer.to(folder.path(), out);
        if let [program, args @ ..] = through {
            command = Command::new(program);
            command.args(args).arg(env!("CARGO_BIN_EXE_portres")).args(writer.args_to(out));
            command.current_dir(folder.path()).stdin(Stdio::null());
        }
        let output = command.output().expect("portres runs");
        if let Err(why) = is_refused(&output, has) {
            faults.push(format!("{}: {why}", writer.name()));
        }
        let after = tree(folder.path());
        if after != before {
            let new: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
            faults.push(format!("{}: something has changed: {new:?}", writer.name()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A process that may not make a file longer meets what a full disk is to it, also as root.
#[test]
fn a_disk_without_room_leaves_nothing() {
    let limited = ["sh", "-c", "ulimit -f 0 && exec \"$0\" \"$@\""];
    refuses("out", &["File too large"], &limited);
    each_refuses(INTO_FOLDERS, |writer| writer.out, &["File too large"], &limited);
}

#[test]
fn what_is_no_folder_is_told_where_one_is_expected() {
    for out in ["none", "l.txt"] {
        each_refuses(INTO_FOLDERS, |_| out, &[&format!("{out}: "), "expected a folder"], &[]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_without_room_is_told() {
    refuses("/dev/full", &["/dev/full"], &[]);
}

#[test]
fn a_place_below_a_file_is_no_place() {
    refuses("l.txt/out", &["l.txt/out", "ot a directory"], &[]);
}

#[test]
fn a_place_in_a_folder_that_is_not_there_is_no_place() {
    // an import makes the folders that it needs
    for writer in WRITERS.iter().filter(|writer| writer.args[0] != "import") {
        let folder = prepared();
        let before = tree(folder.path());
        let output = writer.to(folder.path(), "none/out").output().expect("portres runs");
        is_refused(&output, &["none/out: "]).unwrap_or_else(|e| panic!("{}: {e}", writer.name()));
        assert_eq!(tree(folder.path()), before, "{}", writer.name());
    }
}

/// Root may write everywhere; so an ordinary user tries, if there is a way to become one.
#[test]
fn a_folder_that_may_not_be_written_is_told() {
    let is_root = rustix::process::geteuid().is_root();
    let become_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let through: &[&str] = if is_root { &become_nobody } else { &[] };
    if let [program, args @ ..] = through {
        let mut command = Command::new(program);
        command.args(args).args([env!("CARGO_BIN_EXE_portres"), "--version"]);
        if !command.output().is_ok_and(|output| output.status.success()) {
            println!("skipped: root may write everywhere, and cannot be another user here");
            return;
        }
    }
    let mut faults = Vec::new();
    for writer in WRITERS {
        let folder = prepared();
        let locked = folder.path().join("locked");
        fs::create_dir(&locked).expect("a folder");
        // readable for everybody, writable for nobody
        for path in [folder.path(), &locked] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o555)).expect("it is locked");
        }
        let mut command = writer.to(folder.path(), "locked/out");
        if let [program, args @ ..] = through {
            command = Command::new(program);
            command.args(args).arg(env!("CARGO_BIN_EXE_portres"));
            command.args(writer.args_to("locked/out")).current_dir(folder.path());
        }
        let output = command.stdin(Stdio::null()).output().expect("portres runs");
        if let Err(why) = is_refused(&output, &["locked/out", "ermission denied"]) {
            faults.push(format!("{}: {why}", writer.name()));
        }
        assert_eq!(fs::read_dir(&locked).expect("a folder").count(), 0);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it opens");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A file that may not be written is replaced like any other: who may write the folder may do so.
#[test]
fn a_read_only_file_is_replaced() {
    let folder = prepared();
    let out = folder.path().join("out.jsonl");
    fs::write(&out, "old").expect("a file");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o444)).expect("it is locked");
    let writer = WRITERS.iter().find(|writer| writer.args[0] == "fmt").expect("it writes");
    assert!(writer.to(folder.path(), "out.jsonl").status().expect("portres runs").success());
    assert!(fs::read_to_string(&out).expect("a file").starts_with("{\"portres\""));
}

/// What prints and cannot says so: a script that goes on with half a list would not notice.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let commands: &[&[&str]] = &[
        &[],
        &["--help"],
        &["--version"],
        &["check", "long.trace"],
        &["check", "--format", "json", "long.trace"],
        &["replay", "long.trace", "--on", "sim"],
        &["replay", "long.trace", "--on", "sim", "-o", "-"],
        &["record", "a.script", "--on", "sim", "-o", "-"],
        &["fmt", "--to", "text", "long.trace"],
        &["infer", "long.trace"],
        &["infer", "long.trace", "-o", "-"],
        &["shrink", "wrong.trace", "-o", "-"],
        &["export", "long.trace", "--to", "rust", "-o", "-"],
        &["coverage", "long.trace"],
        &["explore", "runtime", "--depth", "3"],
        &["explore", "runtime", "--depth", "3", "--states", "-"],
        &["guide"],
        &["guide", "1"],
        &["doctor", "--excluded", "tcp=l.txt", "bind", "tcp", "0.0.0.0:50001"],
        &["rules"],
        &["questions"],
        &["clauses"],
        &["explain", "10013"],
        &["quiz", "--paper"],
        &["completions", "bash"],
        &["man"],
        &["cleanup"],
    ];
    let folder = prepared();
    let mut faults = Vec::new();
    for args in commands {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("there is one");
        let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
        command.args(*args).current_dir(folder.path()).stdin(Stdio::null()).stdout(full);
        let output = command.output().expect("portres runs");
        if let Err(why) = is_refused(&output, &["No space left on device"]) {
            faults.push(format!("{args:?}: {why}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A server that cannot write what it is to keep or to record ends and says so.
#[cfg(all(feature = "serve", target_os = "linux"))]
#[test]
fn a_server_without_room_ends_and_says_so() {
    for (option, has) in [("--record", "out"), ("--store", "out")] {
        let folder = prepared();
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -f 0 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_portres")])
            .args(["serve", "--stdio", option, "out"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("portres starts");
        let mut to = child.stdin.take().expect("a pipe");
        drop(to.write_all(b"{\"call\":\"cleanup\"}\n"));
        drop(to);
        let output = child.wait_with_output().expect("it ends");
        is_refused(&output, &[has, "File too large"]).unwrap_or_else(|e| panic!("{option}: {e}"));
        let others = |path: &&std::path::PathBuf| path.as_path() != Path::new("out");
        let (now, inputs) = (tree(folder.path()), tree(prepared().path()));
        assert_eq!(now.keys().filter(others).count(), inputs.len(), "{option}");
    }
}
