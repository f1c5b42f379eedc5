//! Judging answers.

use portres::quiz::{Mark, Paper, Question, Sheet};
use portres::{Profiles, Settings, Verdict, check};
use portres_model::{Error, Reply};

use super::paper;

/// The trace of a question with this reply.
fn trace(question: &Question, reply: &str) -> String {
    let mut lines = vec!["portres trace 1".to_string()];
    let setup = question.setup();
    // the blank line behind the header is left where nothing else is in it
    lines.extend(setup);
    lines.push(format!("{} -> {reply}", question.call()));
    lines.join("\n") + "\n"
}

#[test]
fn an_answer_is_right_where_check_finds_that_it_conforms_and_wrong_where_it_diverges() {
    let profiles = Profiles::built_in();
    let settings = Settings::new(&profiles);
    let (mut right, mut wrong) = (0, 0);
    for chapter in 1..=8 {
        for question in paper(chapter, 11, 12) {
            let legal = question.legal().into_iter().filter_map(|legal| legal.reply);
            let codes =
                [Error::WsaAccess, Error::WsaAddressInUse, Error::WsaInvalid, Error::AccessDenied];
            let tried: Vec<Reply> = legal.chain(codes.map(Reply::Failed)).collect();
            for reply in tried {
                let text = trace(&question, &reply.to_string());
                let reports =
                    check(text.as_bytes(), &settings).unwrap_or_else(|e| panic!("{e}\n{text}"));
                let conforms = reports[0].verdict == Verdict::Conforms;
                let graded = question.grade(&reply.to_string());
                assert_eq!(graded.mark.is_right(), conforms, "{text}{graded:#?}");
                match conforms {
                    true => right += 1,
                    false => wrong += 1,
                }
                let diverges = reports[0].verdict == Verdict::Diverges;
                assert_eq!(graded.replies[0].refused_by.is_empty(), !diverges, "{graded:#?}");
            }
        }
    }
    assert!(right > 200 && wrong > 150, "{right} right, {wrong} wrong");
}

#[test]
fn whoever_names_all_is_complete_and_one_wrong_reply_spoils_the_others() {
    let (mut complete, mut several) = (0, 0);
    for chapter in 1..=8 {
        for question in paper(chapter, 5, 10) {
            let legal: Vec<String> = question
                .legal()
                .into_iter()
                .filter_map(|l| l.reply)
                .map(|r| r.to_string())
                .collect();
            let all = question.grade(&legal.join(" | "));
            assert_eq!(all.mark, Mark::Complete, "{all:#?}");
            complete += 1;
            let first = question.grade(&legal[0]);
            assert!(first.mark.is_right(), "{first:#?}");
            let spoilt = question.grade(&format!("{}, WSAEPROTONOSUPPORT", legal[0]));
            assert_eq!(spoilt.mark, Mark::Wrong, "{spoilt:#?}");
            let mut kinds = legal.clone();
            kinds.dedup();
            if kinds.len() > 1 && first.mark == Mark::Right {
                several += 1;
            }
        }
    }
    assert!(complete == 80 && several > 20, "{complete} complete, {several} with several replies");
}

#[test]
fn what_is_no_reply_is_told_and_counts_as_wrong() {
    let question = &paper(1, 1, 1)[0];
    for answer in ["perhaps", "WSAEACES", "ok ok", "|", "fails", "unsupported", "\u{1b}[2J"] {
        let graded = question.grade(answer);
        assert_eq!(graded.mark, Mark::Unreadable, "{answer}: {graded:#?}");
        assert!(
            graded.unreadable.as_ref().is_some_and(|why| why.contains("expected")),
            "{graded:#?}"
        );
        assert!(!portres::quiz::graded(&graded).contains('\u{1b}'));
    }
    for answer in ["", "   ", "# nothing"] {
        assert_eq!(question.grade(answer).mark, Mark::Missing);
    }
}

#[test]
fn the_number_of_an_error_is_told_to_be_one() {
    let questions = Paper { chapter: Some(1), seed: 2, count: 40 }.questions();
    let bind = questions.iter().find(|q| q.call().contains(": bind "));
    let graded = bind.expect("a bind").grade("10013");
    let perhaps = graded.replies[0].perhaps.as_deref();
    assert_eq!(perhaps, Some("read as a number: the error 10013 is spelled WSAEACCES"));
}

#[test]
fn a_sheet_has_an_answer_a_line() {
    let paper = Paper { chapter: Some(6), seed: 4, count: 3 };
    let questions = paper.questions();
    let read = |text: &str| Sheet::read("a.txt", paper, &questions, text);
    let marks = |text: &str| {
        let sheet = read(text).expect("a sheet");
        sheet.answers.iter().map(|graded| graded.mark.sign()).collect::<String>()
    };
    assert_eq!(marks(""), "...");
    assert_eq!(marks("# my answers\n\nWSAEPROTONOSUPPORT # sure\n\n\n"), ".-.");
    assert_eq!(marks("?\n?\r\n?"), "???");
    let error = read("a\nb\n# c\nd\ne\n").expect_err("four answers");
    assert_eq!(
        error,
        "line 5: expected the end of the file behind 3 answers, found another answer"
    );
}
