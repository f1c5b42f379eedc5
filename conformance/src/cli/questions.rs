//! `portres questions`.

use portres::NamedProfile;
use portres::reach::{Paths, Reach};
use portres_model::{Answer, Answers, Clause, Effect, Question};
use serde::Serialize;

use super::Outcome;
use super::args::Questions;
use super::listing::{Listing, NAME, fixtures, labelled};

#[derive(Serialize)]
struct Line<'a> {
    id: &'static str,
    asks: &'static str,
    answers: Vec<AnswerLine>,
    clauses: &'static [&'static str],
    rules: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<&'a [String]>,
    /// With a profile only: what ties it to other questions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tied: Vec<Tied<'a>>,
}

#[derive(Serialize)]
struct Tied<'a> {
    any: Vec<String>,
    evidence: &'a [String],
}

#[derive(Serialize)]
struct AnswerLine {
    id: &'static str,
    /// `passes`, `unforeseen`, or the code with which the call is refused.
    effect: String,
    evidence: &'static [&'static str],
    likeliest: bool,
    needed_by: &'static Paths,
}

/// A question's answers under a profile, or all of them.
struct Left<'p>(Option<&'p NamedProfile>);

impl<'p> Left<'p> {
    fn answers(&self, question: Question) -> impl Iterator<Item = (usize, &'static Answer)> {
        let open: Answers = self.0.map_or(question.all(), |p| p.profile.open(question));
        question.answers().iter().enumerate().filter(move |(i, _)| open >> i & 1 == 1)
    }

    /// The evidence by which the profile settles it; `None` without a profile.
    fn settled_by(&self, question: Question) -> Option<&'p [String]> {
        self.0.map(|p| p.evidence.get(&question).map_or(&[][..], Vec::as_slice))
    }

    fn line(&self, question: Question) -> Line<'p> {
        let answers = self.answers(question).map(|(i, answer)| AnswerLine {
            id: answer.id,
            effect: match answer.effect {
                Effect::Pass => "passes".into(),
                Effect::Refuse(error) => error.to_string(),
                Effect::Unforeseen => "unforeseen".into(),
            },
            evidence: answer.evidence,
            likeliest: i == 0,
            needed_by: Reach::of_fixtures().answer(question, answer.id),
        });
        Line {
            id: question.id(),
            asks: question.asks(),
            answers: answers.collect(),
            clauses: question.clauses(),
            rules: rules(question),
            settled_by: self.settled_by(question),
            tied: self
                .tied(question)
                .map(|(clause, evidence)| Tied {
                    any: clause.iter().map(ToString::to_string).collect(),
                    evidence,
                })
                .collect(),
        }
    }

    fn whole(&self, question: Question) -> String {
        let mut text = format!("{} (an open question)\n  {}\n", question.id(), question.asks());
        text += &labelled("from", &question.clauses().join(", "));
        text += &labelled("decides", &rules(question).join(", "));
        for (i, answer) in self.answers(question) {
            let head = if i == 0 { "likeliest" } else { "or" };
            let needed = Reach::of_fixtures().answer(question, answer.id).len();
            let needed = match needed {
                0 => String::new(),
                some => format!("; needed by {}", fixtures(some)),
            };
            text += &labelled(head, &format!("{}{needed}", answer_text(answer)));
        }
        text + &self.settled_text(question)
    }

    fn brief(&self, question: Question) -> String {
        let answers: Vec<String> = self.answers(question).map(|(_, a)| answer_text(a)).collect();
        let (id, asks) = (question.id(), question.asks());
        let settled = self.settled_text(question);
        format!(
            "{NAME}{id:36}{NAME:#} {}\n  {asks}\n  {}\n{settled}",
            rules(question).join(", "),
            answers.join("; ")
        )
    }

    fn settled_text(&self, question: Question) -> String {
        let mut text =
            labelled("settled", &self.settled_by(question).unwrap_or_default().join(", "));
        for (clause, evidence) in self.tied(question) {
            let each: Vec<String> = clause.iter().map(ToString::to_string).collect();
            text += &labelled("tied", &format!("{} ({})", each.join(", or "), evidence.join(", ")));
        }
        text
    }

    /// What ties it to other questions under the profile.
    fn tied(&self, question: Question) -> impl Iterator<Item = &'p (Clause, Vec<String>)> {
        let joint = self.0.map_or(&[][..], |p| p.joint.as_slice());
        joint.iter().filter(move |(clause, _)| clause.iter().any(|l| l.question == question))
    }
}

/// The rules that it decides.
fn rules(question: Question) -> Vec<&'static str> {
    Reach::of_fixtures().decided_by(question).map(|rule| rule.id()).collect()
}

fn answer_text(answer: &Answer) -> String {
    let effect = match answer.effect {
        Effect::Pass => String::new(),
        Effect::Refuse(error) => format!(": {error}"),
        Effect::Unforeseen => ": a code that nobody has foreseen".into(),
    };
    match answer.evidence {
        [] => format!("{}{effect}", answer.id),
        evidence => format!("{}{effect} ({})", answer.id, evidence.join(", ")),
    }
}

pub(super) fn run(args: &Questions) -> Outcome {
    let (_, profile) = super::check::profiles(args.profile.as_deref())?;
    let left = Left(profile.as_ref());
    let listing = Listing {
        what: "question",
        all: Question::ALL,
        id: |question| question.id(),
        line: &|question| left.line(*question),
        brief: &|question| left.brief(*question),
        whole: &|question| left.whole(*question),
    };
    listing.write(args.id.as_deref(), args.format)
}
