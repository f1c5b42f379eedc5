//! Signals at many moments: spread over the time that a command takes, and as soon as it has begun a file.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::commands::{INTO_FOLDERS, WRITERS, Writer, prepared};
use super::{Tree, half_written, tree};

/// The signals that end a command, but for those that whoever runs the tests ignores: so do then the commands. A shell has what it runs
/// in the background ignore SIGINT, and `nohup` SIGHUP.
fn signals() -> Vec<Signal> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0);
    let is_ignored = |signal: &Signal| ignored >> (signal.as_raw() - 1) & 1 == 1;
    let (left, out): (Vec<_>, Vec<_>) =
        [Signal::TERM, Signal::INT, Signal::HUP].into_iter().partition(|s| !is_ignored(s));
    if !out.is_empty() {
        println!("{out:?} are ignored here, and not tried");
    }
    assert!(!left.is_empty(), "all signals are ignored");
    left
}

/// How many moments are tried of those that are spread.
const SPREAD: u32 = 6;

/// How many times a command is interrupted as soon as it has begun a file.
const BEGUN: usize = 3;

fn signal(child: &Child, signal: Signal) {
    // one that has ended is not waited for yet, so its number is still its own
    kill_process(Pid::from_child(child), signal).expect("the signal is sent");
}

/// Waits until a file or a folder is there that was not there before, and that is not to be there afterwards.
fn begins_a_file(child: &mut Child, folder: &Path, before: &Tree, after: &Tree) -> bool {
    loop {
        let temporary = fs::read_dir(folder).expect("the folder").any(|entry| {
            let name = entry.expect("an entry").file_name();
            let path = Path::new(&name);
            !before.contains_key(path) && !after.contains_key(path)
        });
        if temporary {
            return true;
        }
        if child.try_wait().expect("it can be waited for").is_some() {
            return false;
        }
    }
}

/// What a command leaves in the end, and how long it takes.
fn uninterrupted(writer: &Writer, stands: bool) -> (Tree, Duration) {
    let folder = prepared();
    if stands {
        fs::write(folder.path().join(writer.out), "old").expect("a file");
    }
    let began = Instant::now();
    let output = writer.to(folder.path(), writer.out).output().expect("portres runs");
    let code = output.status.code().expect("no signal");
    assert!(code != 2, "{}: {}", writer.name(), String::from_utf8_lossy(&output.stderr));
    (tree(folder.path()), began.elapsed())
}

#[test]
fn whatever_moment_a_command_is_interrupted_at_nothing_half_written_is_left() {
    let (mut killed, mut begun, mut faults) = (0, 0, Vec::new());
    let signals = signals();
    for writer in WRITERS.iter().chain(INTO_FOLDERS) {
        let stands = writer.is_file;
        let (after, takes) = uninterrupted(writer, stands);
        for moment in 0..SPREAD as usize + BEGUN {
            let folder = prepared();
            if stands {
                fs::write(folder.path().join(writer.out), "old").expect("a file");
            }
            let before = tree(folder.path());
            let mut child = writer.to(folder.path(), writer.out).spawn().expect("portres starts");
            if moment < SPREAD as usize {
                std::thread::sleep(takes * moment as u32 / SPREAD);
            } else {
                begun += usize::from(begins_a_file(&mut child, folder.path(), &before, &after));
            }
            if child.try_wait().expect("it can be waited for").is_none() {
                signal(&child, signals[moment % signals.len()]);
            }
            let output = child.wait_with_output().expect("it ends");
            killed += usize::from(output.status.signal().is_some());
            let half = half_written(&tree(folder.path()), &before, &after);
            if !half.is_empty() {
                faults.push(format!("{}, moment {moment}: {}", writer.name(), half.join(", ")));
            }
        }
    }
    println!("{killed} commands were ended by a signal, {begun} of them with a file begun");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(killed >= WRITERS.len() && begun > 0, "{killed} ended, {begun} begun: too few to tell");
}

/// `check` begins its files before it reads anything: here it waits for its input while they are there.
#[test]
fn a_check_that_waits_for_its_input_leaves_no_file() {
    for ends in signals() {
        let folder = prepared();
        fs::write(folder.path().join("out.html"), "old").expect("a file");
        let before = tree(folder.path());
        let mut child = Command::new(env!("CARGO_BIN_EXE_portres"))
            .args(["check", "-", "--html", "out.html", "--junit", "out.xml"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("portres starts");
        let mut to = child.stdin.take().expect("a pipe");
        to.write_all(b"portres trace 1\n\np1: startup -> ok\n").expect("it is sent");
        assert!(begins_a_file(&mut child, folder.path(), &before, &before), "it has ended");
        signal(&child, ends);
        let status = child.wait().expect("it ends");
        assert_eq!(status.signal(), Some(ends.as_raw()), "whoever waits sees what ended it");
        assert_eq!(tree(folder.path()), before);
    }
}

/// What whoever started it has it ignore does not end it: `nohup` does so.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_to_be_ignored_is() {
    let folder = prepared();
    let before = tree(folder.path());
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_portres")])
        .args(["check", "-", "--html", "out.html"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("portres starts");
    assert!(begins_a_file(&mut child, folder.path(), &before, &before), "it has ended");
    signal(&child, Signal::HUP);
    std::thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().expect("it can be waited for").is_none(), "it has ended");
    let mut to = child.stdin.take().expect("a pipe");
    to.write_all(b"portres trace 1\n\np1: startup -> ok\n").expect("it is sent");
    drop(to);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(folder.path().join("out.html").is_file());
}

/// What writes no file of its own leaves none either.
#[test]
fn a_command_that_writes_no_file_leaves_none() {
    let folder = prepared();
    let check = ["check", "--format", "json", "traces"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    let verdicts = command.args(check).current_dir(folder.path()).output().expect("portres runs");
    fs::write(folder.path().join("verdicts.json"), verdicts.stdout).expect("a file");
    let (before, signals) = (tree(folder.path()), signals());
    for args in [
        &["rejudge", "--against", "verdicts.json", "traces", "long.trace"][..],
        &["explore", "runtime"],
        &["check", "traces"],
        &["quiz", "--count", "100", "--paper"],
    ] {
        for (moment, milliseconds) in [0, 3, 10, 30].into_iter().enumerate() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
            command.args(args).current_dir(folder.path()).stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("portres starts");
            std::thread::sleep(Duration::from_millis(milliseconds));
            signal(&child, signals[moment % signals.len()]);
            child.wait().expect("it ends");
            assert_eq!(tree(folder.path()), before, "{args:?}");
        }
    }
}
