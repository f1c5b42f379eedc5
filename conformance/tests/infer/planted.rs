//! Readings are planted in the simulator and the scripts in `fixtures/scripts/settle` recorded on it: what is inferred never
//! excludes the truth, and `docs/inference.md` tells which questions it settles, by which script, and why it leaves others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use portres::infer::{Learnt, infer};
use portres::record::record;
use portres::script::Script;
use portres::system::Sim;
use portres::trace::{Event, Item, Observed, Openness, Part, Spelled, write_item};
use portres::{NamedProfile, Profiles, Settings};
use portres_model::{Account, Profile, Question, Reading};
use rayon::prelude::*;

use super::{built_in, learn};
use crate::common;

/// The script of what the simulator does not do of itself.
const MAY_SHOW: &str = "may-show";

/// How many readings are planted.
const PLANTS: u64 = 50;

struct Settling {
    name: String,
    text: String,
    script: Script,
}

impl Settling {
    /// The questions that its comments name.
    fn claims(&self) -> BTreeSet<&str> {
        let comments = self.text.lines().filter_map(|line| line.strip_prefix('#'));
        let words = comments.flat_map(|c| c.split(|c: char| " ,:".contains(c)));
        words.filter(|word| word.parse::<Question>().is_ok()).collect()
    }
}

fn scripts() -> Vec<Settling> {
    let files = common::files(&common::folder("scripts/settle"), "script");
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("the script");
        let script = Script::read(text.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        Settling { name, text, script }
    };
    files.iter().map(read).collect()
}

/// A reading whose answers are drawn one by one, also those that nobody has foreseen and those of systems before Windows
/// Vista. The provider has the ioctls, unless that is what is asked for.
fn plant(seed: u64, supported: &str) -> Reading {
    let mut state = seed;
    let mut draw = |below: u32| {
        // splitmix64
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) % u64::from(below)) as u32
    };
    let every = Profile::open_to_all();
    every.reading(|question, open| {
        let mut answers = open;
        for _ in 0..draw(open.count_ones()) {
            answers &= answers - 1;
        }
        match question {
            Question::ProviderSupports => question.answer(supported).expect("an answer"),
            _ => answers & answers.wrapping_neg(),
        }
    })
}

/// What the recordings of the scripts on a machine that behaves as the reading teach, one by one.
fn recorded(
    reading: &Reading,
    seed: u64,
    world: Openness,
    scripts: &[Settling],
    settings: &Settings<'_>,
) -> Vec<Learnt> {
    altered(reading, seed, world, (scripts, settings), |items| items)
}

/// The same, of recordings that have been altered.
fn altered(
    reading: &Reading,
    seed: u64,
    world: Openness,
    (scripts, settings): (&[Settling], &Settings<'_>),
    alter: impl Fn(Vec<Item>) -> Vec<Item>,
) -> Vec<Learnt> {
    let learnt = scripts.iter().flat_map(|Settling { name, script, .. }| {
        let mut script = script.clone();
        script.header.world = world;
        let mut system = Sim::new(Profile::settled(reading), seed);
        let recording = record(&script, &mut system).expect("the simulator is there");
        let mut text = Vec::new();
        for item in &alter(recording.items) {
            write_item(&mut text, Spelled::Text, item).expect("a vector can be written to");
        }
        learn(name, &text, settings)
    });
    learnt.collect()
}

/// Every reading is possible before anything is seen.
fn open(profiles: &Profiles) -> (NamedProfile, Settings<'_>) {
    let named = NamedProfile::read("name = \"open\"\nsays = \"anything\"\nbase = \"open\"\n");
    (named.expect("a profile"), Settings::new(profiles))
}

/// How often a question is settled: by each script alone, and by all of them together.
#[derive(Default)]
struct Counts {
    alone: BTreeMap<(Question, String), u32>,
    together: BTreeMap<Question, u32>,
    /// The readings under which all of them together do not settle it.
    not: BTreeMap<Question, Vec<Reading>>,
}

fn settled(left: &Profile) -> impl Iterator<Item = Question> {
    Question::ALL.iter().copied().filter(|q| left.open(*q).count_ones() == 1)
}

fn count(world: Openness, scripts: &[Settling]) -> Counts {
    let profiles = built_in();
    let (start, settings) = open(&profiles);
    let settings = Settings { profile: Some(&start), ..settings };
    let of = |seed: &u64| {
        let reading = plant(*seed, "yes");
        let learnt = recorded(&reading, *seed, world, scripts, &settings);
        let alone = learnt.iter().flat_map(|trace| {
            let build = infer(vec![trace.clone()]).remove(0);
            settled(&build.left).map(|q| (q, trace.file.clone())).collect::<Vec<_>>()
        });
        let alone: Vec<_> = alone.collect();
        let build = infer(learnt).remove(0);
        assert!(build.is_consistent(), "seed {seed}: {:?}", build.clashes);
        assert!(build.left.admits(&reading), "seed {seed}: the truth is excluded");
        (reading, alone, settled(&build.left).collect::<Vec<_>>())
    };
    let mut counts = Counts::default();
    let seeds: Vec<u64> = (1..=PLANTS).collect();
    for (reading, alone, together) in seeds.par_iter().map(of).collect::<Vec<_>>() {
        alone.into_iter().for_each(|key| *counts.alone.entry(key).or_default() += 1);
        together.iter().for_each(|q| *counts.together.entry(*q).or_default() += 1);
        for question in Question::ALL.iter().filter(|q| !together.contains(q)) {
            counts.not.entry(*question).or_default().push(reading);
        }
    }
    counts
}

/// The same trace in which the replies of some calls have not been seen.
fn with_hidden(items: Vec<Item>, seed: u64) -> Vec<Item> {
    let mut state = seed;
    let hide = |mut item: Item| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if let Item::Event(Event { part: Part::Whole { names, reply, .. }, bytes, .. }) = &mut item
        {
            if state >> 60 < 3 {
                *names = reply.names().or(*names);
                (*reply, *bytes) = (Observed::Unknown, None);
            }
        }
        item
    };
    items.into_iter().map(hide).collect()
}

#[test]
fn where_replies_are_not_seen_the_truth_is_not_excluded_either() {
    let (profiles, scripts) = (built_in(), scripts());
    let (start, settings) = open(&profiles);
    let settings = Settings { profile: Some(&start), ..settings };
    let mut settled_still = 0;
    for seed in 1..=10 {
        let reading = plant(seed, "yes");
        let hidden = |items| with_hidden(items, seed);
        let learnt = altered(&reading, seed, Openness::Closed, (&scripts, &settings), hidden);
        let build = infer(learnt).remove(0);
        assert!(build.is_consistent(), "seed {seed}: {:?}", build.clashes);
        assert!(build.left.admits(&reading), "seed {seed}: the truth is excluded");
        settled_still += settled(&build.left).count();
    }
    assert!(settled_still > 10 * Question::COUNT / 2, "{settled_still} of ten times all");
}

#[test]
fn where_the_provider_lacks_the_ioctls_the_truth_is_not_excluded_either() {
    let (profiles, scripts) = (built_in(), scripts());
    let (start, settings) = open(&profiles);
    let settings = Settings { profile: Some(&start), ..settings };
    for seed in 1..=5 {
        let reading = plant(seed, "no");
        let learnt = recorded(&reading, seed, Openness::Closed, &scripts, &settings);
        let build = infer(learnt).remove(0);
        assert!(build.is_consistent() && build.left.admits(&reading), "seed {seed}");
        let no = Question::ProviderSupports.answer("no").expect("an answer");
        assert_eq!(build.left.open(Question::ProviderSupports), no);
    }
}

#[test]
fn the_truth_is_never_excluded_and_the_page_tells_what_is_settled() {
    let scripts = scripts();
    let (closed, open) = (count(Openness::Closed, &scripts), count(Openness::Open, &scripts));
    let reasons = reasons();
    let (mut rows, mut left) = (String::new(), String::new());
    let mut wrong = Vec::new();
    let mut always = 0;
    for &question in Question::ALL {
        let of = |counts: &Counts| counts.together.get(&question).copied().unwrap_or_default();
        let reason = reasons.get(question.id());
        match (u64::from(of(&closed)) == PLANTS, reason) {
            (true, Some(_)) => wrong.push(format!("`{question}` is always settled: no reason")),
            (false, None) => {
                wrong.push(format!("`{question}` is settled in {}: why?", of(&closed)))
            }
            (true, None) => always += 1,
            (false, Some(why)) => {
                let unsettled = closed.not.get(&question).map_or(&[][..], Vec::as_slice);
                if !why.held.is_empty() && unsettled.iter().any(|r| why.holds(r)) {
                    wrong
                        .push(format!("`{question}` is not always settled where it is said to be"));
                }
                let (times, held, reason) = (of(&closed), why.says(), &why.reason);
                writeln!(left, "| `{question}` | {times} | {held} | {reason} |").expect("a string");
            }
        }
        let best = best(question, &closed, &scripts);
        if let Some(settling) = best.filter(|s| !s.claims().contains(question.id())) {
            wrong.push(format!(
                "`{question}` is settled by {}, which does not say so",
                settling.name
            ));
        }
        for settling in scripts.iter().filter(|s| s.claims().contains(question.id())) {
            let shows = closed.alone.contains_key(&(question, settling.name.clone()));
            if !shows && settling.name != MAY_SHOW {
                wrong.push(format!("{} does not settle `{question}`, and says so", settling.name));
            }
        }
        let (by, needs) = best.map_or((String::new(), String::new()), |settling| {
            (format!("`{}`", settling.name), needs(settling))
        });
        writeln!(rows, "| `{question}` | {by} | {} | {} | {needs} |", of(&closed), of(&open))
            .expect("a string can be written to");
    }
    let known: BTreeSet<&str> = Question::ALL.iter().map(|q| q.id()).collect();
    wrong.extend(reasons.keys().filter(|id| !known.contains(id.as_str())).cloned());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count = Question::COUNT;
    compare(&format!(
        "\n{always} of {count} questions are settled under every one of the {PLANTS} readings.\n\n\
        {AMONG_OTHERS}\
        | question | settled by | alone in its world | among other programs | the script needs |\n\
        | --- | --- | ---: | ---: | --- |\n{rows}\n\
        ## What is not always settled\n\n| question | settled | always where | why not always |\n| --- | ---: | --- | --- |\n{left}\n"
    ));
}

/// Why fewer are settled where the world is open.
const AMONG_OTHERS: &str = "\
Among other programs `bind` teaches less because a port may be somebody else's. What acquire, CreatePersistent… and netsh's list
teach is less for one more reason: a system block may have appeared that nobody has seen. A refusal of theirs may be that of the
block, with any code that is left of `acquire.over-block` or `create.over-block`, whoever has rights and whatever the arguments
are; and a row of the list may be the block's. So a code that several rules share ties them together and settles none, and only
another code, or a success, is certain. No script helps: the block may be there each time.

";

/// The script that settles the question by itself under the most readings: before others one that says so.
fn best<'s>(question: Question, counts: &Counts, scripts: &'s [Settling]) -> Option<&'s Settling> {
    let times = |s: &&Settling| counts.alone.get(&(question, s.name.clone())).copied();
    let mut best: Option<((u32, bool), &Settling)> = None;
    for script in scripts {
        let Some(count) = times(&script) else { continue };
        let rank = (count, script.claims().contains(question.id()));
        if best.is_none_or(|(most, _)| rank > most) {
            best = Some((rank, script));
        }
    }
    best.map(|(_, script)| script)
}

/// What a machine must have or do for the script, beside programs that make calls.
fn needs(Settling { script, text, .. }: &Settling) -> String {
    let header = &script.header;
    let accounts: BTreeSet<_> =
        header.processes.iter().map(|p| (p.account, p.token, p.user)).collect();
    let has = |account: Account| header.processes.iter().any(|p| p.account == account);
    let all = [
        (has(Account::Administrator), "an administrator"),
        (accounts.len() > 1, "several accounts or tokens"),
        (!header.dynamic.is_empty(), "its dynamic range"),
        (!header.excluded.is_empty(), "its exclusions"),
        (!header.blocks.is_empty(), "a block of the system"),
        (!header.addresses.is_empty(), "its addresses"),
        (text.contains("machine: restart"), "a restart"),
    ];
    all.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect::<Vec<_>>().join(", ")
}

/// Why a question is not always settled.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
    /// The answers with which it always is.
    #[serde(default, rename = "where")]
    held: BTreeMap<String, Vec<String>>,
}

impl Reason {
    fn holds(&self, reading: &Reading) -> bool {
        self.held.iter().all(|(id, answers)| {
            let question: Question = id.parse().unwrap_or_else(|_| panic!("no question `{id}`"));
            let is = |answer: &String| {
                let unknown = || panic!("`{id}` has no answer `{answer}`");
                reading.answer(question) == question.answer(answer).unwrap_or_else(unknown)
            };
            answers.iter().any(is)
        })
    }

    fn says(&self) -> String {
        let each =
            self.held.iter().map(|(id, answers)| format!("`{id}` is {}", answers.join(" or ")));
        each.collect::<Vec<_>>().join(", ")
    }
}

fn reasons() -> BTreeMap<String, Reason> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("unsettled.toml");
    let text = fs::read_to_string(path).expect("conformance/unsettled.toml");
    toml::from_str(&text).expect("conformance/unsettled.toml")
}

/// The tables stand in the document between two lines; `PORTRES_BLESS=1` writes them there.
fn compare(fresh: &str) {
    const BEGIN: &str = "<!-- begin: written by conformance/tests/infer/planted.rs -->\n";
    const END: &str = "<!-- end -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/inference.md");
    let page = fs::read_to_string(&path).expect("docs/inference.md").replace('\r', "");
    let (head, rest) = page.split_once(BEGIN).expect("the tables begin");
    let (tables, tail) = rest.split_once(END).expect("the tables end");
    if std::env::var_os("PORTRES_BLESS").is_some() {
        fs::write(&path, format!("{head}{BEGIN}{fresh}{END}{tail}")).expect("docs/inference.md");
        return;
    }
    let differs = tables.lines().zip(fresh.lines()).find(|(old, new)| old != new);
    assert!(
        tables == fresh,
        "docs/inference.md is not up to date, PORTRES_BLESS=1 writes it: {differs:?}"
    );
}
