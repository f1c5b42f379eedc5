//! Reading what is asked for: an id, a name, a number, a call, or the message of some program.

use portres_model::{Call, Error, Question, Rule, Spelling, parse_call};

use super::calls::{self, CallName};
use super::endpoint::Endpoint;
use super::messages::{Messages, is_known, named, plain};
use crate::ledger::{Clause, Evidence, Ledger};

/// A thing that can be explained.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// An error.
    Error(Error),
    /// A rule.
    Rule(Rule),
    /// An open question.
    Question(Question),
    /// A call.
    Call(&'static CallName),
    /// A clause of the documentation.
    Clause(&'static Clause),
    /// A piece of evidence.
    Evidence(&'static Evidence),
}

/// What was understood.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What is to be explained, the likeliest first. Never empty.
    pub subjects: Vec<Subject>,
    /// How the words lead to it, where that needs to be said.
    pub read_as: Option<String>,
    /// Codes that the same words may stand for.
    pub or: Vec<Error>,
    /// The port that a message is about.
    pub endpoint: Option<Endpoint>,
}

/// Nothing was understood.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// What may have been meant, the nearest first.
    pub near: Vec<String>,
}

/// Understands what is asked for.
///
/// # Errors
/// Where the words name nothing, with what they are near to.
pub fn read(what: &str) -> Result<Asked, Unknown> {
    let what = what.trim();
    let named = by_id(what);
    if !named.is_empty() {
        return Ok(Asked { subjects: named, ..Asked::default() });
    }
    if let Some(error) = alone(what) {
        return Ok(Asked { subjects: vec![Subject::Error(error)], ..Asked::default() });
    }
    if let Some(call) = a_call(what) {
        return Ok(Asked { subjects: vec![Subject::Call(call)], ..Asked::default() });
    }
    message(what).ok_or_else(|| Unknown { near: near(what) })
}

/// Rules and questions share ids.
fn by_id(what: &str) -> Vec<Subject> {
    let rule = what.parse().ok().map(Subject::Rule);
    let question = what.parse().ok().map(Subject::Question);
    let mut found: Vec<Subject> = rule.into_iter().chain(question).collect();
    let ledger = Ledger::built_in();
    let is = |id: &str| id.eq_ignore_ascii_case(what);
    found.extend(ledger.clauses.iter().find(|c| is(&c.id)).map(Subject::Clause));
    found.extend(ledger.evidence.iter().find(|e| is(&e.id)).map(Subject::Evidence));
    found
}

/// A number, or a C name with or without what stands before it.
fn alone(what: &str) -> Option<Error> {
    if let Some(call) = calls::of_text(what) {
        // the number of a control code is that of its call
        return named(what).filter(|_| !call.windows.contains(&what)).filter(|e| is_known(*e));
    }
    let name = what.to_uppercase();
    if by_name(what).is_some() {
        return None;
    }
    let foreign = Messages::built_in().foreign.iter().find(|f| f.name == name);
    let whole = named(what).or_else(|| Error::from_c_name(&name));
    let before = ["WSA", "WSAE", "WSA_", "ERROR_", "STATUS_"];
    let longer = || before.iter().find_map(|b| Error::from_c_name(&format!("{b}{name}")));
    foreign.map(|f| Error::from_number(f.number)).or(whole).or_else(longer)
}

/// By a name, or by a call with its arguments as traces have it.
fn a_call(what: &str) -> Option<&'static CallName> {
    calls::of_text(what).or_else(|| {
        let call = what.split_once(" = ").map_or(what, |(_, call)| call);
        let mut words = Spelling::new(call);
        let call: Call = parse_call(&mut words).ok()?;
        words.end().ok()?;
        calls::of_head(call.to_string().split(' ').next()?)
    })
}

/// The message of some program.
fn message(what: &str) -> Option<Asked> {
    let (numbers, text) = (numbers(what), by_text(what));
    let endpoint = Endpoint::of_message(what);
    let asked = |codes: &[Error], or: &[Error], read_as: Option<String>| Asked {
        subjects: codes.iter().map(|code| Subject::Error(*code)).collect(),
        read_as,
        or: or.to_vec(),
        endpoint,
    };
    if let Some((found, codes, by)) = &text {
        let told = Some(format!("\"{found}\" ({by})"));
        // the number beside the text is what Windows gave
        let given: Vec<Error> = numbers.iter().copied().filter(|n| codes.contains(n)).collect();
        let (first, or) = codes.split_first()?;
        return Some(match given.first().or(numbers.first()) {
            Some(number) => asked(&[*number], &[], None),
            None => asked(&[*first], or, told),
        });
    }
    if !numbers.is_empty() {
        return Some(asked(&numbers, &[], None));
    }
    let words = what.split(|c: char| !c.is_alphanumeric() && c != '_');
    let (mut codes, mut or, mut read_as) = (Vec::new(), Vec::new(), None);
    for word in words.filter(|word| word.len() > 3) {
        if let Some(error) = Error::from_c_name(word) {
            codes.push(error);
        } else if let Some((name, of)) = by_name(word).filter(|_| codes.is_empty()) {
            codes.extend(of.first().copied());
            or.extend(of.get(1..).unwrap_or_default());
            read_as = Some(name);
        }
    }
    codes.dedup();
    (!codes.is_empty()).then(|| asked(&codes, &or, read_as))
}

fn codes_of(names: &[String]) -> Vec<Error> {
    names.iter().filter_map(|name| named(name)).collect()
}

/// The codes that a runtime's name or number stands for.
fn by_name(word: &str) -> Option<(String, Vec<Error>)> {
    let is = |n: &&super::messages::Name| {
        let number = n.number.is_some_and(|number| word == number.to_string());
        number || n.name.eq_ignore_ascii_case(word)
    };
    let name = Messages::built_in().name.iter().find(is)?;
    Some((format!("{} of {}", name.name, name.by), codes_of(&name.codes)))
}

/// The longest part of a message that the table knows, its codes, and who says it.
fn by_text(what: &str) -> Option<(&'static str, Vec<Error>, &'static str)> {
    let what = plain(what);
    let fits = Messages::built_in().text.iter().filter(|t| what.contains(&plain(&t.part)));
    let longest = fits.max_by_key(|t| t.part.len())?;
    Some((&longest.part, codes_of(&longest.codes), &longest.by))
}

/// The words behind which a number is a code, whatever its size.
const MARKS: &[&str] =
    &["error", "errno", "winerror", "wsa_error", "code", "status", "hresult", "win32"];

/// The least number that is taken for a code without a mark: there Winsock's begin.
const WINSOCK: u32 = 10_000;

/// The codes whose numbers stand in a message: those behind a mark, in hexadecimal or in brackets; or else Winsock's, where
/// they are no port.
fn numbers(what: &str) -> Vec<Error> {
    let (mut marked, mut bare) = (Vec::new(), Vec::new());
    let mut before = String::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut rest = what;
    while let Some(start) = rest.find(is_part) {
        let (between, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        let marks = MARKS.contains(&before.to_lowercase().as_str());
        let bracketed = between.ends_with(['(', '[']) && behind.starts_with([')', ']']);
        let is_hex = word.starts_with("0x") || word.starts_with("0X");
        if let Some((_, codes)) = by_name(word).filter(|_| word.starts_with('-')) {
            marked.extend(codes.first());
        } else if let Some(error) = named(word).filter(|e| is_known(*e) && starts_as_number(word)) {
            if is_hex || marks || bracketed || word.starts_with('-') {
                marked.push(error);
            } else if error.number() >= WINSOCK && !is_a_port(between, behind, &before) {
                bare.push(error);
            }
        }
        before = word.to_string();
        rest = behind;
    }
    let mut found = if marked.is_empty() { bare } else { marked };
    let mut seen = Vec::new();
    found.retain(|error| {
        !seen.contains(error) && {
            seen.push(*error);
            true
        }
    });
    found
}

fn starts_as_number(word: &str) -> bool {
    word.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
}

fn is_a_port(between: &str, behind: &str, before: &str) -> bool {
    between.ends_with([':', '.'])
        || behind.starts_with('.') && behind.len() > 1
        || before.eq_ignore_ascii_case("port")
}

/// How many names are offered.
const MOST_NEAR: usize = 3;

/// How long a word is that may be a name.
const NAMES: std::ops::RangeInclusive<usize> = 4..=64;

/// What an unknown text is near to: parts of messages that it shares most words with, and names.
fn near(what: &str) -> Vec<String> {
    let asked = plain(what);
    let words: Vec<&str> =
        asked.split(' ').map(|w| w.trim_matches([':', ',', '.', '\''])).collect();
    let mut found: Vec<(usize, String)> = Vec::new();
    for text in &Messages::built_in().text {
        let part = plain(&text.part);
        let parts = part.split(' ').count();
        let common = part.split(' ').filter(|word| words.contains(word)).count();
        found.extend(
            (common > 1 && common * 2 > parts).then(|| (parts - common, text.part.clone())),
        );
    }
    let (alone, names) = (words.len() == 1, names());
    for known in names {
        // in a message only errors are looked for
        let may_be_meant = alone || named(&known).is_some() || by_name(&known).is_some();
        for word in words.iter().filter(|word| may_be_meant && NAMES.contains(&word.len())) {
            let distance = strsim::damerau_levenshtein(word, &known.to_lowercase());
            found.extend((distance <= 1 + word.len() / 5).then(|| (distance, known.clone())));
        }
    }
    found.sort();
    let nearest = found.first().map_or(0, |(distance, _)| *distance);
    found.retain(|(distance, _)| *distance <= nearest + 1);
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().map(|(_, name)| name).take(MOST_NEAR).collect()
}

/// Everything that can be asked for by a single word.
fn names() -> impl Iterator<Item = String> {
    let ledger = Ledger::built_in();
    let rules = Rule::ALL.iter().map(|r| r.id());
    let questions = Question::ALL.iter().map(|q| q.id());
    let errors = Error::ALL.iter().flat_map(|e| e.c_name().into_iter().chain(e.other_name()));
    let calls = calls::ALL.iter().flat_map(|c| c.windows.iter().copied().chain([c.head]));
    let known = rules.chain(questions).chain(errors).chain(calls);
    let names = Messages::built_in().name.iter().map(|n| n.name.clone());
    let sources = ledger.clauses.iter().map(|c| c.id.clone());
    let evidence = ledger.evidence.iter().map(|e| e.id.clone());
    known.map(str::to_string).chain(names).chain(sources).chain(evidence)
}
