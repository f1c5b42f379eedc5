//! The archive.

use std::fs;
use std::io::Read;

use super::{common, portres, with_program, with_scripts};

#[test]
fn what_talks_to_other_machines_is_left_out_and_told() {
    let folder = with_scripts();
    let script = "portres script 1\n\np1: s1 = socket tcp v4\np1: connect s1 198.51.100.7:80\n";
    fs::write(folder.path().join("scripts/far.script"), script).expect("a script");
    with_program(folder.path());
    let left_out =
        "far.script: left out, since it talks to another machine (line 4: 198.51.100.7)\n";
    let pack = ["kit", "--scripts", "scripts", "--exe", "portres.exe", "-o", "kit.zip"];
    let ran = portres(folder.path(), &pack);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with(&format!("{left_out}kit.zip: 3 scripts, ")), "{}", ran.err);
    let record = ["kit", "--record", "scripts", "--on", "sim", "-o", "out.jsonl"];
    let ran = portres(folder.path(), &record);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with(&format!("{left_out}out.jsonl: 3 traces, ")), "{}", ran.err);
}

#[test]
fn one_script_of_the_project_talks_to_other_machines() {
    let suite = portres::kit::Suite::of_paths(&[common::folder("scripts")]).expect("a suite");
    let abroad: Vec<&str> = suite.abroad.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(abroad, ["settle-used-up.script"]);
    let all = common::files(&common::folder("scripts"), "script").len();
    assert_eq!(suite.scripts.len() + 1, all);
}

#[test]
fn an_archive_has_what_its_page_tells() {
    let folder = with_scripts();
    let exe = with_program(folder.path());
    let pack = ["kit", "--scripts", "scripts", "--exe", "portres.exe", "-o"];
    let ran = portres(folder.path(), &[&pack[..], &["kit.zip"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("kit.zip: 3 scripts, "), "{}", ran.err);
    portres(folder.path(), &[&pack[..], &["again.zip"]].concat());
    let bytes = fs::read(folder.path().join("kit.zip")).expect("the archive");
    let again = fs::read(folder.path().join("again.zip")).expect("the archive");
    assert!(bytes == again, "the same input gives the same archive");

    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let names: Vec<String> = zip.file_names().map(str::to_string).collect();
    let expected = [
        "README.txt",
        "run.cmd",
        "portres.exe",
        "scripts/persistent.script",
        "scripts/settle-acquire.script",
        "scripts/sockets.script",
    ];
    assert_eq!(names, expected.map(|name| format!("portres-record-kit/{name}")));
    let mut get = |name: &str| {
        let mut file = zip.by_name(&format!("portres-record-kit/{name}")).expect("it is there");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it can be read");
        bytes
    };
    assert!(get("portres.exe") == fs::read(exe).expect("the program"));
    let script = fs::read(folder.path().join("scripts/settle/acquire.script")).expect("a script");
    assert!(get("scripts/settle-acquire.script") == script);
    for name in ["README.txt", "run.cmd"] {
        let text = String::from_utf8(get(name)).expect("text");
        assert!(text.is_ascii(), "{name}: whatever the code page");
        assert!(!text.replace("\r\n", "").contains(['\n', '\r']), "{name}: the ends of lines");
        assert!(!text.contains(['{', '}']), "{name}: every place is filled");
        assert!(text.contains("portres-recorded.jsonl"), "{name}");
    }
    let page = String::from_utf8(get("README.txt")).expect("text");
    assert!(page.contains("It takes 1 minute or less on most machines: 3 scripts, "), "{page}");
    // the labels that are jumped to are there
    let run = String::from_utf8(get("run.cmd")).expect("text");
    let jumps: Vec<&str> = run.split("goto ").skip(1).filter_map(|r| r.lines().next()).collect();
    assert!(jumps.len() > 5, "{jumps:?}");
    for label in jumps {
        assert_eq!(run.matches(&format!("\r\n:{label}\r\n")).count(), 1, "{label}");
    }
}
