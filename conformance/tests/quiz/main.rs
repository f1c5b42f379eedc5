//! The quiz: what is drawn, how answers are judged, and the command that grades a class.

#[path = "../common/mod.rs"]
mod common;

mod command;
mod grade;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use portres::quiz::{CHAPTERS, Chapter, Paper, Question};
use portres_model::Rule;

fn paper(chapter: u8, seed: u64, count: usize) -> Vec<Question> {
    Paper { chapter: Some(chapter), seed, count }.questions()
}

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

#[test]
fn the_chapters_are_those_of_the_guide() {
    let index = std::fs::read_to_string(guide().join("index.md")).expect("the index");
    let listed: Vec<String> = index
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .map(|line| line.replace(". [", " ").split(']').next().unwrap_or_default().to_string())
        .collect();
    let known: Vec<String> = CHAPTERS.iter().map(|c| format!("{} {}", c.number, c.title)).collect();
    assert_eq!(listed, known);
    for chapter in &CHAPTERS {
        assert_eq!(chapter.unknown().collect::<Vec<_>>(), [""; 0], "chapter {}", chapter.number);
    }
}

#[test]
fn each_chapter_has_many_questions_and_all_are_about_it() {
    for chapter in &CHAPTERS {
        let questions = paper(chapter.number, 1, 20);
        assert_eq!(questions.len(), 20, "chapter {}", chapter.number);
        let asked: BTreeSet<String> =
            questions.iter().map(|q| format!("{:?}{}", q.setup(), q.call())).collect();
        assert_eq!(asked.len(), 20, "chapter {}: a question is asked twice", chapter.number);
        let about = |rule: Rule| Chapter::of(chapter.number).is_some_and(|c| c.is_about(rule));
        let hits = questions.iter().filter(|q| q.legal().iter().any(|legal| about(legal.rule)));
        // a call that was changed a little may lead elsewhere
        assert!(hits.count() >= 12, "chapter {}", chapter.number);
    }
}

#[test]
fn questions_do_not_tell_their_answers() {
    for chapter in 1..=8 {
        for question in paper(chapter, 3, 20) {
            let setup = question.setup().join("\n");
            assert!(!setup.contains('#') && !setup.contains("title"), "{setup}");
            assert!(!setup.contains("portres trace"), "{setup}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_paper_and_another_seed_another() {
    let calls = |seed| paper(2, seed, 8).iter().map(Question::call).collect::<Vec<_>>();
    assert_eq!(calls(7), calls(7));
    assert_ne!(calls(7), calls(8));
    let short = paper(2, 7, 3).iter().map(Question::call).collect::<Vec<_>>();
    assert_eq!(short, calls(7)[..3], "a shorter paper is the beginning of a longer one");
}
