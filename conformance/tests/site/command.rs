//! `portres site`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project;

fn run(project: &Path, output: &Path) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    let ran = command.arg("site").arg(project).arg("-o").arg(output).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (ran.status.code(), text(ran.stdout), text(ran.stderr))
}

#[test]
fn it_writes_a_site_and_replaces_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("public");
    let (code, told, said) = run(&project(), &output);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(told.contains("no dead link"), "{told}");
    assert!(output.join("reference/bind.html").is_file(), "no page of bind");
    fs::write(output.join("left-over.html"), "").expect("a file");
    assert_eq!(run(&project(), &output).0, Some(0));
    assert!(!output.join("left-over.html").exists(), "what was there before is still there");
    let around: Vec<_> = fs::read_dir(folder.path()).expect("the folder").collect();
    assert_eq!(around.len(), 1, "something is left beside it");
}

#[test]
fn it_refuses_what_it_cannot_use_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let refused = |project: &Path, output: &Path, why: &str| {
        let (code, told, said) = run(project, output);
        assert_eq!((code, told.as_str(), said.lines().count()), (Some(2), "", 1), "{said}");
        assert!(said.contains(why), "{said}");
    };
    refused(folder.path(), &at("public"), "expected the folder of the project");
    refused(&project(), &at("none").join("public"), "none");
    fs::create_dir(at("full")).expect("a folder");
    fs::write(at("full").join("index.html"), "<p>mine</p>").expect("a file");
    refused(&project(), &at("full"), "expected a new folder, an empty one or an earlier site");
    assert_eq!(fs::read_to_string(at("full").join("index.html")).expect("mine"), "<p>mine</p>");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "half a site");
}
