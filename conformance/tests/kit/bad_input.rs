//! Bad input: one line that says where and what, exit code 2, and nothing is written.

use std::fs;
use std::path::Path;

use super::{EXECUTABLE, LIBRARY, Ran, portres, windows_program, with_program, with_scripts};

fn complaint(ran: &Ran) -> &str {
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "");
    let line = ran.err.strip_suffix('\n').expect("a whole line");
    assert!(line.starts_with("error: ") && !line.contains(char::is_control), "{line:?}");
    line
}

fn packs_not(folder: &Path, args: &[&str], has: &str) {
    let ran = portres(folder, &[&["kit", "-o", "kit.zip"], args].concat());
    let line = complaint(&ran);
    assert!(line.contains(has), "`{has}` is not in: {line}");
    assert!(!folder.join("kit.zip").exists(), "{args:?}");
}

#[test]
fn what_is_not_the_program() {
    let folder = with_scripts();
    let folder = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    let version = portres(folder, &["--version"]).out;
    let program = windows_program(EXECUTABLE, &version);
    write("text.exe", b"MZ, as it were");
    write("elf", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    write("cut.exe", &program[..100]);
    write("empty.exe", b"");
    write("library.dll", &windows_program(LIBRARY, &version));
    write("other.exe", &windows_program(EXECUTABLE, "notepad"));
    let with = |exe: &str, has: &str| {
        packs_not(folder, &["--scripts", "scripts", "--exe", exe], has);
    };
    with("none.exe", "none.exe: ");
    with("scripts", "scripts: ");
    for exe in ["text.exe", "elf", "cut.exe", "empty.exe"] {
        with(exe, &format!("{exe}: expected a program for Windows (a PE file)"));
    }
    with("library.dll", "library.dll: expected a program for Windows, found a library");
    with("other.exe", "other.exe: expected portres.exe, found another program");
    if !cfg!(windows) {
        packs_not(folder, &["--scripts", "scripts"], "expected `--exe portres.exe`");
    }
}

#[test]
fn what_is_no_suite() {
    let folder = with_scripts();
    with_program(folder.path());
    let folder = folder.path();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    let good = "portres script 1\n\np1: s1 = socket udp v4\n";
    write("wrong/a.script", "portres script 1\n\np1: s1 = sokcet udp v4\n");
    write("trace/a.script", "portres trace 1\n");
    write("name/a b.script", good);
    write("path/..script", good);
    write("twice/a-b.script", good);
    write("twice/a/b.script", good);
    write("nothing/a.txt", good);
    let with =
        |scripts, has| packs_not(folder, &["--exe", "portres.exe", "--scripts", scripts], has);
    with("wrong", "a.script: line 3, column");
    with("trace", "a.script: line 1");
    with("name", "a b.script: expected a name of letters");
    with("path", "..script: expected a name of letters");
    with("twice", "would be `a-b.script`, and that is taken");
    with("nothing", "nothing: no scripts");
    with("nowhere", "nowhere: ");
}

#[test]
fn where_nothing_can_be_written() {
    let folder = with_scripts();
    with_program(folder.path());
    for to in ["nowhere/kit.zip", "scripts", "-"] {
        let pack = ["kit", "--scripts", "scripts", "--exe", "portres.exe", "-o", to];
        let ran = portres(folder.path(), &pack);
        assert!(complaint(&ran).contains(&format!("{to}: ")), "{}", ran.err);
        let record = ["kit", "--record", "scripts", "--on", "sim", "-o", to];
        let ran = portres(folder.path(), &record);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(&format!("{to}: ")), "{}", ran.err);
    }
    let names: Vec<_> = fs::read_dir(folder.path()).expect("the folder").collect();
    assert_eq!(names.len(), 2, "no half a file: {names:?}");
}

#[test]
fn a_system_that_is_not_here_is_told_once() {
    let folder = with_scripts();
    let on = |system| {
        let record = ["kit", "--record", "scripts", "--on", system, "-o", "out.jsonl"];
        let ran = portres(folder.path(), &record);
        assert!(!folder.path().join("out.jsonl").exists());
        complaint(&ran).to_string()
    };
    assert!(on("nothing").contains("unknown system `nothing`"));
    if !cfg!(windows) {
        assert!(on("winsock").contains("exists on Windows"));
    }
}

#[test]
fn what_is_no_recording() {
    let folder = with_scripts();
    let folder = folder.path();
    let reads_not = |name: &str, bytes: &[u8], has: &str| {
        fs::write(folder.join(name), bytes).expect("a file");
        let ran = portres(folder, &["kit", "--read", name]);
        let line = complaint(&ran);
        assert!(line.starts_with(&format!("error: {name}: ")) && line.contains(has), "{line}");
    };
    reads_not("kit.zip", b"PK\x03\x04\x14\0", "this is an archive");
    reads_not("empty.zip", b"PK\x05\x06\0\0", "this is an archive");
    reads_not("page.html", b"<html>", "line 1");
    reads_not("empty.jsonl", b"", "expected a trace");
    reads_not("bytes.jsonl", &[0xff, 0xfe, 0, 1], "line 1");
    let record = ["kit", "--record", "scripts", "--on", "sim", "-o", "out.jsonl"];
    assert_eq!(portres(folder, &record).code, 0);
    let bytes = fs::read(folder.join("out.jsonl")).expect("the file");
    let half = bytes[..bytes.len() / 2].rsplit(|b| *b == b'\n').next().expect("a line").len();
    assert!(half > 0, "cut in a line");
    reads_not("cut.jsonl", &bytes[..bytes.len() / 2], "line ");
    // deep or endless lines end, too
    reads_not("deep.jsonl", "[".repeat(1 << 20).as_bytes(), "line 1");
    for missing in ["nowhere.jsonl", "scripts"] {
        let ran = portres(folder, &["kit", "--read", missing]);
        assert!(complaint(&ran).contains(missing));
    }
}

#[test]
fn options_that_do_not_go_together() {
    let folder = with_scripts();
    for args in [
        &["kit"][..],
        &["kit", "--scripts", "scripts"],
        &["kit", "--record", "scripts"],
        &["kit", "--read", "a", "-o", "b"],
        &["kit", "--read", "a", "--record", "scripts", "-o", "b"],
        &["kit", "--scripts", "scripts", "-o", "b", "--change-this-machine"],
        &["kit", "--read", "a", "--scripts", "scripts"],
    ] {
        let ran = portres(folder.path(), args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains("--help"), "{args:?}: {}", ran.err);
    }
}
