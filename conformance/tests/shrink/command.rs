//! `portres shrink` as a command.

use super::common::command::portres;

#[test]
fn a_trace_is_shrunk_into_a_file_that_check_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("padded.trace"), folder.path().join("least.trace"));
    std::fs::write(&from, super::PADDED).expect("a file");
    let (from, to) = (from.to_str().expect("a path"), to.to_str().expect("a path"));
    let ran = portres(&["shrink", from, "-o", to]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("11 calls, 4 left, refused by "), "{}", ran.err);
    let ran = portres(&["check", to]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_system_is_driven_at_each_step() {
    let fixture = "fixtures/accept/associate/an-association-ends-with-its-socket.trace";
    let flawed = "sim:flaw=association-kept-after-close";
    let ran = portres(&["shrink", fixture, "--on", flawed, "-o", "-"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("expect diverges"), "{}", ran.out);
    let ran = portres(&["shrink", fixture, "--on", "sim", "-o", "-"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    assert!(ran.err.contains("nothing to shrink: the trace conforms"), "{}", ran.err);
}

#[test]
fn what_cannot_be_shrunk_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("least.trace");
    let out = to.to_str().expect("a path");
    let good = "fixtures/accept/samples/release-sample.trace";
    let cases: [(&[&str], i32, &str); 5] = [
        (&[good], 1, "nothing to shrink: the trace conforms"),
        (&["no-such.trace"], 2, "no-such.trace"),
        (&["fixtures"], 2, "fixtures"),
        (&[good, "--on", "nowhere"], 2, "unknown system `nowhere`"),
        (&[good, "--seed", "3"], 2, "--on"),
    ];
    for (args, code, says) in cases {
        let ran = portres(&[&["shrink", "-o", out], args].concat());
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
        assert!(!to.exists(), "{args:?}");
    }
}
