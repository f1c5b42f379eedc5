//! How often each rule and each answer of each question decides a reply, over a run that is the same every time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use portres_model::{
    Answers, Literal, Needs, Permitted, Profile, Question, Reading, Reply, Rule, World,
    bytes_returned,
};

use crate::choose;
use crate::draw::Draw;
use crate::kind::Kind;
use crate::script::{Moment, Script, reading, walk};
use crate::{longer, scenario};

/// How often what has decided a reply.
#[derive(Default)]
pub(crate) struct Fired {
    pub(crate) calls: BTreeMap<Kind, u64>,
    pub(crate) rules: BTreeMap<Rule, u64>,
    pub(crate) answers: BTreeMap<(Question, Answers), u64>,
}

impl Fired {
    /// A reply was given by a rule.
    fn rule(&mut self, rule: Rule) {
        *self.rules.entry(rule).or_default() += 1;
    }

    /// A reply was permitted under a reading.
    fn answers(&mut self, world: &World, all: &Permitted, reply: &Reply, reading: &Reading) {
        let step = all.judge(world, &Profile::open_to_all(), reply);
        for literal in deciding(&step.expect("it is permitted").needs, reading) {
            let answer = (literal.question, reading.answer(literal.question));
            *self.answers.entry(answer).or_default() += 1;
        }
    }

    fn moment(&mut self, m: &mut Moment<'_>, reading: &Reading) {
        *self.calls.entry(Kind::of(m.call)).or_default() += 1;
        self.rule(m.rule);
        self.answers(m.world, m.all, &m.reply, reading);
        let Some(bytes) = bytes_returned(m.world, m.by, m.call, &m.reply) else { return };
        let offers = bytes.under(reading).offers();
        let counts: Vec<_> = offers.filter_map(|o| choose::count(o, &mut m.draw)).collect();
        let (rule, seen) = m.draw.pick(&counts);
        self.rule(rule);
        self.answers(m.world, &bytes, &seen, reading);
    }
}

/// The literals without which the reply would not be permitted: with another answer to the question, and all others the
/// same, it would not be.
fn deciding(needs: &Needs, reading: &Reading) -> BTreeSet<Literal> {
    let alone = |clause: &Vec<Literal>| {
        let mut holding = clause.iter().filter(|l| reading.holds(**l));
        let first = holding.next().copied();
        first.filter(|l| holding.next().is_none() && l.answers != l.question.all())
    };
    needs.clauses().iter().filter_map(alone).collect()
}

/// Goes through every beginning `rounds` times for each answer of each question, under readings that give it.
fn run(rounds: usize) -> Fired {
    let mut fired = Fired::default();
    let each = |q: &Question| (0..q.answers().len()).map(|i| (*q, 1 << i)).collect::<Vec<_>>();
    let all: Vec<(Question, Answers)> = Question::ALL.iter().flat_map(each).collect();
    let mut draw = Draw::new(1);
    for beginning in (0..scenario::ALL.len()).cycle().take(rounds * scenario::ALL.len()) {
        for &(question, answers) in &all {
            let mut profile = Profile::open_to_all();
            profile.settle(Literal { question, answers }).expect("an answer");
            for literal in scenario::given(beginning) {
                // the answer whose turn it is goes first
                let _ = profile.settle(literal);
            }
            let drawn = reading(&profile, draw.next());
            // half of the time the other answers are the likeliest
            let reading = if draw.one_in(2) { profile.reading(|_, _| 1) } else { drawn };
            let script = Script::drawn(draw.next(), beginning, 40);
            let gone = walk(&script, &reading, |mut m| {
                fired.moment(&mut m, &reading);
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(_) = gone;
        }
    }
    fired
}

/// The run of the tests: four times for each answer, or longer.
pub(crate) fn fired() -> &'static Fired {
    static FIRED: OnceLock<Fired> = OnceLock::new();
    FIRED.get_or_init(|| run(4 * longer().unwrap_or(1) as usize))
}

/// How often each rule decided a reply, by its id.
pub(crate) fn by_rule() -> BTreeMap<String, u64> {
    let count = |rule: &Rule| fired().rules.get(rule).copied().unwrap_or_default();
    Rule::ALL.iter().map(|rule| (rule.id().to_string(), count(rule))).collect()
}

/// How often each answer did, as `question/answer`.
pub(crate) fn by_answer() -> BTreeMap<String, u64> {
    let of = |question: &Question| {
        let count = |i: usize| fired().answers.get(&(*question, 1 << i)).copied();
        let count = |i| count(i).unwrap_or_default();
        let ids = question.answers().iter().enumerate();
        ids.map(|(i, a)| (format!("{question}/{}", a.id), count(i))).collect::<Vec<_>>()
    };
    Question::ALL.iter().flat_map(of).collect()
}

#[test]
fn every_kind_of_call_is_made() {
    let never = |kind: &&Kind| !fired().calls.contains_key(kind);
    let never: Vec<&Kind> = Kind::ALL.iter().filter(never).collect();
    assert!(never.is_empty(), "{never:?}");
}
