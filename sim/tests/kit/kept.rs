//! Failing sequences are kept and tried first.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

use portres_sim::Host;
use portres_sim::kit::{Kept, Script, Sequence, cases};
use portres_sim::model::{Call, Reply};

/// A directory that is gone when the test is over.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("portres-kit-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A property that does not hold: somebody binds to a port that a reservation has, which needs four calls of three programs.
fn no_bind_meets_a_reservation(host: &Host, sequence: &Sequence<'_>) -> Result<(), String> {
    sequence.play(host, |made| match (made.call, made.answer.reply) {
        (Call::Bind { .. }, Reply::Bound(port)) => {
            let reserved = host.look(|world| {
                world.reservations().any(|(_, r)| r.block.is_some_and(|b| b.has(port)))
            });
            if reserved { Err(format!("{port} is reserved: {made}")) } else { Ok(()) }
        }
        _ => Ok(()),
    })
}

#[test]
fn a_broken_property_is_shrunk_kept_and_tried_first() {
    let directory = Directory::new("first");
    let kept = Kept::in_directory(&directory.0).cases(2000).seed(1);
    let name = "no-bind-meets-a-reservation";
    let broken = kept.try_check(name, cases(30), no_bind_meets_a_reservation);
    let broken = *broken.expect_err("an associated socket binds there");
    assert!(!broken.kept);
    // a socket, a reservation, an association, a bind; or one that somebody else uses still when it is released
    assert!(broken.script.lines.len() <= 8, "{}", broken.script);
    assert!(broken.script.world.exclusions().is_empty(), "{}", broken.script);
    let text = fs::read_to_string(&broken.file).expect("it is kept");
    assert!(text.starts_with("# ") && text.contains("is reserved: "), "{text}");
    let read = Script::read(&text).expect("it can be read");
    assert_eq!(read.lines, broken.script.lines);

    // without a single case drawn it is found again
    let again = kept.clone().cases(0).try_check(name, cases(30), no_bind_meets_a_reservation);
    let again = *again.expect_err("what was kept still breaks it");
    assert!(again.kept && again.file == broken.file);
    assert_eq!(again.says, broken.says);

    // a property of another name does not try it, nor does one whose name is the beginning
    for other in ["another", "no-bind", "no-bind-meets-a"] {
        let tried = Cell::new(0);
        let count = |_: &Host, _: &Sequence<'_>| tried.set(tried.get() + 1);
        kept.clone().cases(0).check(other, cases(30), count);
        assert_eq!(tried.get(), 0, "{other}");
    }

    // once the property holds, the file is one more test
    let tried = Cell::new(0);
    kept.cases(0).check(name, cases(30), |host, sequence| {
        tried.set(tried.get() + 1);
        sequence.play(host, |_| ())
    });
    assert_eq!(tried.get(), 1);
}

/// Whatever was drawn, little of it is left.
#[test]
fn what_is_kept_is_short_under_every_seed() {
    let mut lengths = Vec::new();
    for seed in 0..12 {
        let directory = Directory::new("short");
        let kept = Kept::in_directory(&directory.0).cases(2000).seed(seed);
        let broken = || {
            let broken = kept.try_check("short", cases(30), no_bind_meets_a_reservation);
            broken.expect_err("an associated socket binds there")
        };
        let first = broken();
        lengths.push(first.script.lines.len());
        fs::remove_file(&first.file).expect("a file");
        assert_eq!(broken().script.to_string(), first.script.to_string(), "the seed says it all");
    }
    // what starts two programs takes four calls
    assert!(lengths.iter().all(|length| (4..=6).contains(length)), "{lengths:?}");
}

#[test]
fn a_panic_breaks_a_property_too() {
    let directory = Directory::new("panic");
    let kept = Kept::in_directory(&directory.0).cases(200).seed(1);
    let broken = kept.try_check("panics", cases(10), |host, sequence| {
        sequence.play(host, |made| assert!(!matches!(made.call, Call::Socket { .. }), "a socket"))
    });
    let broken = *broken.expect_err("somebody opens a socket");
    assert_eq!(broken.says, "a socket");
    assert_eq!(broken.script.lines.len(), 1, "{}", broken.script);
}

#[test]
#[should_panic(expected = "portres script 1")]
fn a_kept_file_that_nobody_can_read_is_not_passed_over() {
    let directory = Directory::new("unreadable");
    fs::create_dir_all(&directory.0).expect("a directory");
    fs::write(directory.0.join("reads-12345678.script"), "no script\n").expect("a file");
    Kept::in_directory(&directory.0).check("reads", cases(3), |_, _| ());
}
