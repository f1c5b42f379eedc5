//! `portres quiz`: papers, one learner, a class. `PORTRES_BLESS=1 cargo test --test quiz` writes the expected texts anew.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::common::command::{Ran, portres, portres_with};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiz")
}

/// The recorded answers of a learner.
fn answers(name: &str) -> String {
    format!("conformance/tests/quiz/answers/{name}.txt")
}

const FIFTH: [&str; 7] = ["quiz", "--chapter", "5", "--seed", "7", "--count", "6"];

fn fifth(more: &[&str]) -> Ran {
    portres(&[&FIFTH[..], more].concat())
}

#[test]
fn papers_and_grades_are_as_they_were_read() {
    let (anna, bert, carla) = (answers("anna"), answers("bert"), answers("carla"));
    let cases: [(&str, i32, &[&str]); 6] = [
        ("paper", 0, &["--paper"]),
        ("anna", 0, &["--answers", &anna]),
        ("bert", 1, &["--answers", &bert]),
        ("carla", 0, &["--answers", &carla]),
        ("class", 1, &["--answers", &bert, &carla, &anna]),
        ("bert-json", 1, &["--answers", &bert, "--format", "json"]),
    ];
    let mut wrong = Vec::new();
    for (name, code, more) in cases {
        let ran = fifth(more);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{name}");
        let path = folder().join("expected").join(name).with_extension("txt");
        if std::env::var_os("PORTRES_BLESS").is_some() {
            fs::write(&path, &ran.out).expect("the expected text");
        }
        let known = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
        if known != ran.out {
            wrong.push(format!("{name}:\n{}", ran.out));
        }
    }
    assert!(wrong.is_empty(), "other texts than in the files:\n{}", wrong.join("\n"));
}

#[test]
fn a_pipe_answers_as_a_file_does() {
    let text = fs::read(folder().join("answers/bert.txt")).expect("the answers");
    // a pipe has no comments of its own lines
    let text: String = String::from_utf8(text)
        .expect("UTF-8")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let ran = portres_with(&FIFTH, text.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(!ran.out.contains("\n> "), "no prompt: {}", ran.out);
    let graded = fifth(&["--answers", &answers("bert")]).out;
    let without: String = graded
        .lines()
        .filter(|line| !line.starts_with("> ") && *line != ">")
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(ran.out, without);
    let from_stdin = portres_with(&[&FIFTH[..], &["--answers", "-"]].concat(), text.as_bytes());
    assert_eq!(from_stdin.out, graded);
}

#[test]
fn an_input_that_ends_leaves_the_rest_without_an_answer() {
    let ran = portres_with(&FIFTH, b"");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(
        ran.out.ends_with("0 of 6 answers right, 0 of them complete (chapter 5, seed 7)\n"),
        "{}",
        ran.out
    );
    assert_eq!(ran.out.matches("Question ").count(), 1, "nothing more is asked: {}", ran.out);
}

#[test]
fn json_tells_each_answer_with_its_rules() {
    let ran = fifth(&["--answers", &answers("bert"), &answers("anna"), "--format", "json"]);
    let sheets: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(sheets.len(), 2);
    let bert = &sheets[0];
    assert_eq!((bert["chapter"].as_u64(), bert["seed"].as_u64()), (Some(5), Some(7)));
    let answers = bert["answers"].as_array().expect("answers");
    assert_eq!(answers.len(), 6);
    let marked = |mark: &str| answers.iter().filter(|a| a["mark"] == mark).count() as u64;
    assert_eq!(bert["right"].as_u64(), Some(marked("right") + marked("complete")));
    assert_eq!(bert["complete"].as_u64(), Some(marked("complete")));
    assert!(answers.iter().all(|a| a["legal"].as_array().is_some_and(|all| !all.is_empty())));
    let wrong = answers.iter().find(|a| a["mark"] == "wrong").expect("a wrong one");
    assert!(wrong["replies"][0]["refused_by"][0]["rule"].is_string(), "{wrong}");
    let paper = fifth(&["--paper", "--format", "json"]).out;
    let asked: Vec<Value> = paper.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(asked.len(), 6);
    assert!(
        asked.iter().zip(answers).all(|(q, a)| q["call"] == a["call"] && q["setup"] == a["setup"])
    );
}

#[test]
fn bad_input_is_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path.to_str().expect("UTF-8").to_string()
    };
    let many = path("many.txt", b"ok\nok\nok\nok\nok\nok\nok\n");
    let binary = path("binary.txt", b"ok\n\xff\n");
    let none = folder.path().join("none.txt").to_str().expect("UTF-8").to_string();
    let inside = folder.path().to_str().expect("UTF-8").to_string();
    for (file, has) in [
        (&many, "line 7: expected the end of the file behind 6 answers, found another answer"),
        (&binary, "line 2: the text is not UTF-8"),
        (&none, ": "),
        (&inside, ": "),
    ] {
        let ran = fifth(&["--answers", &answers("anna"), file]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "no table of a part");
        assert!(ran.err.starts_with(&format!("error: {file}: ")), "{}", ran.err);
        assert!(ran.err.contains(has) && ran.err.lines().count() == 1, "{}", ran.err);
    }
    for bad in [
        ["--chapter", "9"],
        ["--chapter", "0"],
        ["--count", "0"],
        ["--count", "101"],
        ["--seed", "-1"],
    ] {
        assert_eq!(portres(&["quiz", bad[0], bad[1]]).code, 2, "{bad:?}");
    }
    assert_eq!(fifth(&["--paper", "--answers", &many]).code, 2);
}
