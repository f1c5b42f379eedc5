//! The built-in profiles: what they rest on, which systems they are for, and that each leaves a reading.

mod common;

use std::collections::BTreeSet;
use std::fs;

use portres::ledger::Ledger;
use portres::trace::{Item, Reader};
use portres::{NamedProfile, Profiles};
use portres_model::{Call, Profile, Question};

/// The lowest bit of a set: its likeliest answer.
fn likeliest(answers: u8) -> u8 {
    answers & answers.wrapping_neg()
}

#[test]
fn every_answer_names_evidence_that_exists_and_narrows_its_question() {
    let (profiles, ledger) = (Profiles::built_in(), Ledger::built_in());
    let documented = Profile::documented();
    for name in profiles.names() {
        let named = profiles.get(name).expect("it is listed");
        for (question, evidence) in &named.evidence {
            for id in evidence {
                let known = ledger.clause(id).is_some() || ledger.piece(id).is_some();
                assert!(known, "{name}: {question} rests on {id}");
            }
            assert_ne!(named.profile.open(*question), question.all(), "{name}: {question}");
        }
        if name == "likely" {
            continue;
        }
        for question in Question::ALL {
            let same = named.profile.open(*question) == documented.open(*question);
            assert!(same || named.evidence.contains_key(question), "{name}: {question}");
        }
    }
}

#[test]
fn every_profile_admits_a_reading() {
    let profiles = Profiles::built_in();
    for name in profiles.names() {
        let profile = &profiles.get(name).expect("it is listed").profile;
        assert!(profile.admits(&profile.reading(|_, open| likeliest(open))), "{name}");
        assert!(profile.admits(&profile.reading(|_, open| open & !likeliest(open))), "{name}");
    }
}

#[test]
fn every_missing_call_is_a_call() {
    let profiles = Profiles::built_in();
    let heads: BTreeSet<&str> = Call::heads().collect();
    for name in profiles.names() {
        for call in &profiles.get(name).expect("it is listed").missing {
            assert!(heads.contains(call.as_str()), "{name}: {call}");
        }
    }
}

#[test]
fn a_trace_gets_the_profile_of_its_system() {
    let profiles = Profiles::built_in();
    for (system, name) in [
        ("windows 5.1.2600", "windows-xp"),
        ("windows 5.2.3790", "documented"),
        ("windows 6.1.7601", "documented"),
        ("windows 6.3.9600", "windows-server-2012r2"),
        ("windows 10.0.17763", "documented"),
        ("windows 10.0.19045 arch=x86_64", "windows-10-19045"),
        ("windows 10.0.19044", "documented"),
        ("windows 10.0.20348", "windows-server-2022"),
        ("windows 10.0.22000", "windows-11"),
        ("windows 10.0.22631", "windows-11"),
        ("windows 10.0.26100", "windows-11"),
        ("wine 8.0", "wine-8"),
        ("portres-sim 10.0.19045", "documented"),
    ] {
        let text = format!("portres trace 1\nsystem {system}\n");
        let Some(Ok(Item::Header(header))) = Reader::new(text.as_bytes()).next() else {
            panic!("{system}: no header")
        };
        assert_eq!(profiles.of(&header).expect("a profile").name, name, "{system}");
    }
}

#[test]
fn every_profile_is_told_of() {
    let page = common::folder("../conformance/README.md");
    let page = fs::read_to_string(page).expect("the page").replace('\r', "");
    let profiles = Profiles::built_in();
    for name in profiles.names() {
        let says = &profiles.get(name).expect("it is listed").says;
        let row = format!("| `{name}` | {says} |");
        assert!(page.contains(&row), "conformance/README.md lacks the row: {row}");
    }
}

#[test]
fn what_ties_questions_together_is_read_and_wrong_ties_are_refused() {
    let file = |joint: &str| format!("name = \"x\"\nsays = \"x\"\n\n[[joint]]\n{joint}\n");
    let again = "\"acquire.again\" = [\"invalid\"]";
    let good = format!("any = {{ {again}, \"acquire.on-bound\" = [\"invalid\"] }}");
    let evidence = "evidence = [\"a.trace:4\"]";
    let named = NamedProfile::read(&file(&format!("{good}\n{evidence}"))).expect("a profile");
    let [(clause, by)] = named.joint.as_slice() else { panic!("one: {:?}", named.joint) };
    assert_eq!(
        (named.profile.clauses(), by.as_slice()),
        (&[clause.clone()][..], &["a.trace:4".to_string()][..])
    );
    for (joint, says) in [
        (
            format!("{good}\nevidence = []"),
            "what ties `acquire.on-bound`, `acquire.again` together names no evidence",
        ),
        (good.clone(), "missing field `evidence`"),
        (
            format!("any = {{ {again} }}\n{evidence}"),
            "`joint` ties several questions together: expected two or more, found 1",
        ),
        (format!("any = {{}}\n{evidence}"), "expected two or more, found 0"),
        (
            format!("any = {{ {again}, \"acquire.agian\" = [\"invalid\"] }}\n{evidence}"),
            "unknown question `acquire.agian`",
        ),
        (
            format!("any = {{ {again}, \"acquire.on-bound\" = [\"maybe\"] }}\n{evidence}"),
            "the question `acquire.on-bound` has no answer `maybe`",
        ),
        (
            format!(
                "any = {{ {again}, \"acquire.on-bound\" = [\"invalid\"] }}\n{evidence}\nall = 1"
            ),
            "unknown field `all`",
        ),
    ] {
        let error = NamedProfile::read(&file(&joint)).expect_err(&joint).to_string();
        assert!(error.contains(says), "{joint}\n{error}");
    }
    let settled = "[answers]\n\"acquire.again\" = { is = [\"adds\"], evidence = [\"a\"] }\n\"acquire.on-bound\" = { is = [\"yes\"], evidence = [\"a\"] }\n";
    let clashing =
        file(&format!("{good}\n{evidence}")).replace("[[joint]]", &format!("{settled}\n[[joint]]"));
    let error = NamedProfile::read(&clashing).expect_err("nothing is left").to_string();
    assert!(error.contains("together leaves no reading"), "{error}");
}
