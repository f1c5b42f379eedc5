//! `portres infer` as it is run.

use std::fs;

use portres::NamedProfile;

use super::orders;
use crate::common::command::{portres, portres_with};

const CORPUS: &str = "conformance/tests/infer/order";
const ONE: &str = "conformance/tests/infer/order/1-refused-with-one-code.trace";
const TWO: &str = "conformance/tests/infer/order/2-any-socket-will-do.trace";

fn trace(system: &str, events: &str) -> String {
    format!("portres trace 1\nsystem {system}\n\n{events}")
}

const SOCKET: &str = "p1: open AF_UNIX SOCK_STREAM IPPROTO_TCP -> WSAEPROTONOSUPPORT\n";

#[test]
fn answers_are_told_with_the_events_that_settled_them() {
    let ran = portres(&["infer", ONE, TWO]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let told = "  release.other-process                invalid\n    conformance/tests/infer/order/1-refused-with-one-code.trace:9, event 4: p2: release s2 t1 -> WSAEINVAL\n    conformance/tests/infer/order/2-any-socket-will-do.trace:9, event 4: p1: release s2 t1 -> ok\n";
    assert!(ran.out.contains(told), "{}", ran.out);
    assert!(!ran.out.contains("release.in-use"), "{}", ran.out);
    let all = portres(&["infer", "--all", ONE, TWO]);
    let open = "  release.in-use                       yes or invalid or in-use or other\n";
    assert!(all.out.contains(open), "{}", all.out);
}

#[test]
fn what_ties_questions_together_is_told() {
    let ran = portres(&["infer", ONE]);
    assert_eq!(ran.code, 0);
    let told = "  release.other-process is invalid, or release.other-socket is invalid\n";
    assert!(ran.out.contains(told), "{}", ran.out);
    assert!(ran.out.contains("1 tied together"), "{}", ran.out);
}

#[test]
fn the_output_is_the_same_in_every_order_and_with_any_number_of_jobs() {
    let files = [ONE, TWO, "fixtures/accept/acquire/a-block-that-overlaps-is-refused.trace"];
    let reference = portres(&[&["infer", "--format", "json"], &files[..]].concat());
    assert_eq!(reference.code, 0, "{}", reference.err);
    for order in orders(&files) {
        for jobs in ["1", "2", "8"] {
            let args = [&["infer", "--format", "json", "--jobs", jobs], &order[..]].concat();
            assert_eq!(portres(&args).out, reference.out, "{order:?} with {jobs}");
        }
    }
    let clash = portres(&["infer", CORPUS]);
    for jobs in ["1", "2"] {
        let again = portres(&["infer", "--jobs", jobs, CORPUS]);
        assert_eq!((again.code, again.out), (1, clash.out.clone()));
    }
}

#[test]
fn a_profile_that_is_written_is_read_and_rejects_what_clashes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("learnt.toml");
    let file = path.to_str().expect("a path in UTF-8");
    let ran = portres(&["infer", ONE, "-o", file]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let text = fs::read_to_string(&path).expect("it was written");
    let named = NamedProfile::read(&text).expect("a profile");
    assert_eq!(named.name, "windows-10.0.99999");
    assert_eq!(named.joint.len(), 1, "{text}");
    assert!(named.evidence.values().chain(named.joint.iter().map(|(_, e)| e)).all(|evidence| {
        evidence.iter().all(|e| e.starts_with("conformance/tests/infer/order/1-"))
    }));
    // the clause is in force: the other two traces of the corpus clash with it, and only both together
    let third = "conformance/tests/infer/order/3-refused-with-another-code.trace";
    for (traces, code) in [(vec![TWO], 0), (vec![third], 0), (vec![TWO, third], 1)] {
        let args = [&["infer", "--profile", file], &traces[..]].concat();
        assert_eq!(portres(&args).code, code, "{traces:?}");
    }
    assert_eq!(portres(&["check", "--profile", file, ONE]).code, 0);
    let shown = portres(&["questions", "release.other-socket", "--profile", file]);
    assert!(shown.out.contains("release.other-process is invalid, or"), "{}", shown.out);
}

#[test]
fn profiles_that_were_written_are_put_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = ["one.toml", "two.toml"].map(|name| folder.path().join(name));
    let [one, two] = files.each_ref().map(|file| file.to_str().expect("a path in UTF-8"));
    assert_eq!(portres(&["infer", ONE, "-o", one]).code, 0);
    assert_eq!(portres(&["infer", TWO, "-o", two]).code, 0);
    let whole = portres(&["infer", ONE, TWO, "-o", "-"]);
    let merged = portres(&["infer", two, one, "-o", "-"]);
    assert_eq!((whole.code, merged.code), (0, 0), "{}", merged.err);
    let answers = |file: &str| file.split_once("[answers]").expect("answers").1.to_string();
    assert_eq!(answers(&merged.out), answers(&whole.out));
    assert!(merged.err.contains("0 traces, 0 events, 2 profiles"), "{}", merged.err);
    fs::write(&files[0], "name = \"x\"").expect("a file");
    let broken = portres(&["infer", one]);
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("missing field `says`"), "{}", broken.err);
}

#[test]
fn builds_have_a_profile_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().to_str().expect("a path in UTF-8");
    let input = trace("windows 10.0.19045", SOCKET)
        + &trace("windows 10.0.26100 arch=x86_64", SOCKET)
        + &trace("windows 10.0.26100 arch=arm64", SOCKET)
        + &trace("../../evil /etc", SOCKET);
    let ran = portres_with(&["infer", "-", "-o", at], input.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let expected = ["-..-evil--etc.toml", "windows-10.0.19045.toml", "windows-10.0.26100.toml"];
    assert_eq!(names, expected);
    for name in names {
        let text = fs::read_to_string(folder.path().join(&name)).expect("the file");
        NamedProfile::read(&text).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
    }
    let file = folder.path().join("one.toml");
    let one = portres_with(&["infer", "-", "-o", file.to_str().expect("UTF-8")], input.as_bytes());
    assert_eq!(one.code, 2);
    assert!(one.err.contains("traces of several builds (../../evil /etc, windows 10.0.19045, windows 10.0.26100): expected a folder"), "{}", one.err);
    assert!(!file.exists());
}

#[test]
fn codes_that_nobody_foresaw_are_told_as_discoveries() {
    let input = trace(
        "windows 10.0.99999",
        "p1: open AF_UNIX SOCK_STREAM IPPROTO_TCP -> WSAEINVAL\n\
         p1: open AF_UNIX SOCK_STREAM IPPROTO_TCP -> WSAEINVAL\n",
    );
    let ran = portres_with(&["infer", "-"], input.as_bytes());
    assert_eq!(ran.code, 3, "a discovery is undecided, as in check");
    let told = "  socket.unix-family is answered with a code that nobody foresaw:\n    -:4, event 1: p1: open AF_UNIX SOCK_STREAM IPPROTO_TCP -> WSAEINVAL\n";
    assert_eq!(ran.out.matches(told).count(), 1, "{}", ran.out);
    let json = portres_with(&["infer", "--format", "json", "-"], input.as_bytes());
    assert!(
        json.out.contains(
            r#""discoveries":[{"question":"socket.unix-family","file":"-","line":4,"event":1,"#
        ),
        "{}",
        json.out
    );
}

#[test]
fn clashes_write_no_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("learnt.toml");
    let ran = portres(&["infer", CORPUS, "-o", path.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains(
            "not written: no reading explains the traces of `windows 10.0.99999` together"
        ),
        "{}",
        ran.err
    );
    assert!(!path.exists());
    assert!(ran.out.contains("no reading explains 3 events together (the fewest that clash):"));
}

#[test]
fn exit_codes_go_as_those_of_check() {
    let good = trace("windows 10.0.99999", SOCKET);
    let bad = trace(
        "windows 10.0.99999",
        "p1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> WSAEACCES\n",
    );
    let open = trace("windows 10.0.99999", "p1: s1 = socket udp v4\n");
    let broken = "portres trace 1\np1: nonsense -> ok\n".to_string();
    for (input, code) in [
        (good.clone(), 0),
        (open.clone() + &good, 3),
        (bad.clone() + &open, 1),
        (bad + &open + &broken, 2),
    ] {
        let ran = portres_with(&["infer", "-"], input.as_bytes());
        assert_eq!(ran.code, code, "{input}\n{}\n{}", ran.out, ran.err);
    }
    // what diverges as its header expects is no clash
    let ran = portres(&[
        "infer",
        "fixtures/reject/acquire/a-block-larger-than-the-range-is-cut-short.trace",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(portres(&["infer", "no-such-file.trace"]).code, 2);
    assert_eq!(portres(&["infer", "--profile", "no-such", ONE]).code, 2);
    assert_eq!(portres(&["infer"]).code, 2);
}

#[test]
fn what_could_not_all_be_read_writes_no_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("learnt.toml");
    let ran = portres(&["infer", ONE, "no-such-file.trace", "-o", path.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not written: not every input could be read"), "{}", ran.err);
    assert!(!path.exists());
}

#[test]
fn strict_learns_nothing_from_what_rests_on_assumed_rules_alone() {
    // a bound socket acquires: no source says that it may
    let input = trace(
        "windows 10.0.99999",
        "p1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:6000 -> 6000\np1: t1 = acquire s1 5000+8 -> WSAEINVAL\n",
    );
    let loose = portres_with(&["infer", "-"], input.as_bytes());
    let strict = portres_with(&["infer", "--strict", "-"], input.as_bytes());
    assert!(loose.out.contains("acquire.on-bound"), "{}", loose.out);
    assert_eq!(loose.code, 0);
    assert!(!strict.out.contains("  acquire.on-bound    "), "{}", strict.out);
    assert_eq!(strict.code, 3, "{}", strict.out);
}

#[test]
fn known_departures_teach_nothing() {
    let ran = portres(&["infer", "fixtures/recorded/wine-8.0"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.starts_with("wine 8.0: "), "{}", ran.out);
    // what departs from one event of the trace would clash with it
    assert!(!ran.out.contains("clash"), "{}", ran.out);
}
