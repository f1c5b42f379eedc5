//! What a server refuses to use as a store, and what it does when it cannot write one: one line, exit code 2, nothing
//! overwritten.

use std::fs;
use std::path::Path;
use std::process::Command;

use portres::serve::{Change, Keep, store};
use portres_model::{PortBlock, Protocol};

use super::server::{Connection, Server, outcome, with_store};
use super::zone::call;

/// Runs a server that must not start; gives its line.
fn refused(command: Command) -> String {
    let (code, out, err) = outcome(command);
    assert_eq!((code, &*out), (2, ""), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    err.trim_end().to_string()
}

fn ending(line: &str, path: &Path) -> String {
    let shown = format!("`{}`", path.display());
    line.strip_prefix("error: ").unwrap_or(line).replace(&shown, "FILE")
}

fn a_store(path: &Path) {
    let (mut store, _) = store::open(path).expect("a new store");
    let block = PortBlock::new(5000, 20).expect("a block");
    store.commit(&[Change::Reserved(Protocol::Tcp, block)]).expect("it is committed");
}

#[test]
fn what_is_no_store_in_order_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a store");
    a_store(&path);
    let whole = fs::read(&path).expect("it is there");
    // the row of the reservation, as often as it stands there
    let row = [6, 0x88, 0x13, 20, 0];
    let mut flipped = whole.clone();
    let rows: Vec<_> = (0..whole.len()).filter(|at| whole[*at..].starts_with(&row)).collect();
    assert!(!rows.is_empty(), "the reservation is not to be found");
    rows.iter().for_each(|at| flipped[at + 1] ^= 1);
    let mut newer = whole.clone();
    newer[64] = 9;
    newer[192] = 9;
    for (bytes, expected) in [
        (Vec::new(), "the store FILE is empty: a store is made where no file is; remove this one"),
        (
            b"# ports\n".to_vec(),
            "FILE is no store of portres: it does not begin like a redb database; it was left as it is",
        ),
        (
            whole[..whole.len() / 2].to_vec(),
            "the store FILE is damaged: its header cannot be right; it was left as it is",
        ),
        (
            newer,
            "the store FILE is damaged: DB corrupted: Expected file format version <= 3, found 9; it was left as it is",
        ),
    ] {
        fs::write(&path, &bytes).expect("it is written");
        assert_eq!(ending(&refused(with_store(&path)), &path), expected);
        assert_eq!(fs::read(&path).expect("it is there"), bytes, "it was overwritten");
    }
    fs::write(&path, &flipped).expect("it is written");
    let line = ending(&refused(with_store(&path)), &path);
    assert!(
        line.starts_with("the store FILE is damaged: ") && line.ends_with("it was left as it is"),
        "{line}"
    );
    assert_eq!(fs::read(&path).expect("it is there"), flipped, "it was overwritten");

    let line = ending(&refused(with_store(folder.path())), folder.path());
    assert_eq!(
        line,
        "the store FILE is a directory: expected a file, or a name that nothing has yet"
    );
}

#[test]
fn a_store_in_use_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let first = Server::start(with_store(&path));
    let line = ending(&refused(with_store(&path)), &path);
    assert_eq!(line, "the store FILE is in use by another server");
    // the first goes on
    let block = PortBlock::new(5000, 20).expect("a block");
    let mut connection = Connection::new(&first.address).expect("it listens");
    let answers = connection.ask(&[call("create", Protocol::Tcp, block)]);
    assert!(answers[0]["reply"]["token"].is_string(), "{answers:?}");
}

#[cfg(unix)]
#[test]
fn a_device_and_a_missing_directory_are_refused() {
    let device = Path::new("/dev/null");
    let line = ending(&refused(with_store(device)), device);
    assert_eq!(
        line,
        "the store FILE is a device or a pipe: expected a file, or a name that nothing has yet"
    );
    let nowhere = Path::new("/nowhere/store");
    let line = ending(&refused(with_store(nowhere)), nowhere);
    assert_eq!(line, "the store FILE cannot be made: there is no directory `/nowhere`");
}

/// Nobody may write into `/sys`, not even root.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_and_a_file_that_nobody_may_write_are_refused() {
    let new = Path::new("/sys/portres.store");
    let line = ending(&refused(with_store(new)), new);
    assert!(
        line == "the store FILE cannot be made: permission denied"
            || line == "the store FILE cannot be made: read-only filesystem or storage medium",
        "{line}"
    );
    let there = Path::new("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    if there.exists() {
        let line = ending(&refused(with_store(there)), there);
        assert!(line.starts_with("the store FILE cannot be opened for writing: "), "{line}");
    }
}

/// A file may not grow past what `ulimit -f` allows: the disk is full for this process alone.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_server_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let limited = |kibibytes: u32| {
        let plain = with_store(&path);
        let mut shell = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kibibytes * 2);
        shell.args(["-c", &script, "sh"]).arg(plain.get_program()).args(plain.get_args());
        shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        shell
    };
    let line = ending(&refused(limited(8)), &path);
    assert_eq!(line, "the store FILE cannot be made: File too large (os error 27)");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "something is left");

    // What a store takes that is in use: it is shorter than a new one, and one that has been closed.
    let (mut store, _) = store::open(&path).expect("a new store");
    for port in 0..40 {
        let change = Change::Reserved(Protocol::Tcp, alone(5000 + port));
        store.commit(&[change]).expect("it is committed");
    }
    let made = fs::read(&path).expect("it is there");
    drop(store);
    // how much room it takes to go on is for the database to know: a little more each time, until something is acknowledged
    let length = u32::try_from(made.len() / 1024).expect("a small file");
    for room in (length / 2..2 * length).step_by(16) {
        fs::write(&path, &made).expect("it is written");
        let (acknowledged, why) = fill(limited(room));
        let line = ending(why.trim_end(), &path);
        assert!(
            line == "the store FILE cannot be written: File too large (os error 27)"
                || acknowledged == 0
                    && line == "the store FILE cannot be opened: File too large (os error 27)",
            "{line}"
        );
        let (_, kept) = store::open(&path).expect("a store in order");
        for port in 1..=acknowledged {
            assert!(kept.exclusions.contains(&(Protocol::Udp, alone(port))), "{port} is lost");
        }
        assert_eq!(kept.reservations.len(), 40, "what was there before is not");
        if acknowledged > 0 {
            let there = kept.exclusions.len();
            println!(
                "{length} KiB at first; in {room} KiB {acknowledged} calls were acknowledged, {there} are there"
            );
            return;
        }
    }
    panic!("with no room at all was anything acknowledged");
}

fn alone(port: u16) -> PortBlock {
    PortBlock::of(port).expect("a block")
}

/// Excludes one port after another until the server ends by itself: how many it has acknowledged, and what it says.
fn fill(command: Command) -> (u16, String) {
    const AT_ONCE: u16 = 50;
    let server = match Server::try_start(command) {
        Ok(server) => server,
        Err(why) => return (0, why),
    };
    let mut acknowledged = 0;
    let mut connection = Connection::new(&server.address).expect("it listens");
    let stopped = 'full: loop {
        let ports = acknowledged + 1..=acknowledged + AT_ONCE;
        let lines = ports.map(|port| call("addexcluded", Protocol::Udp, alone(port)));
        if connection.send(lines).is_none() {
            break 'full None;
        }
        for _ in 0..AT_ONCE {
            match connection.receive() {
                Some(answer) if answer["reply"] == "ok" => acknowledged += 1,
                other => break 'full other,
            }
        }
        assert!(acknowledged < 60_000, "there was room for everything");
    };
    if let Some(answer) = stopped {
        assert_eq!(answer["error"]["kind"], "ended", "{answer}");
    }
    let (code, why) = server.ended();
    assert_eq!(code, 2, "{why}");
    (acknowledged, why)
}
