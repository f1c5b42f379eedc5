//! Words of a line, and how else they might be spelled.

use std::ops::Range;

use super::choice::Choice;
use super::replace;

/// What stands in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Digits.
    Number,
    /// Letters, and what is between them in names.
    Name,
    /// What stands between quotes.
    Quoted,
    Blank,
    /// Any other character.
    Sign,
}

/// Numbers at the edges of what is read.
const NUMBERS: [&[u8]; 20] = [
    b"0",
    b"00",
    b"1",
    b"2",
    b"-1",
    b"1023",
    b"1024",
    b"5000",
    b"49151",
    b"49152",
    b"65534",
    b"65535",
    b"65536",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"18446744073709551616",
    b"0x1f",
    b"1.0",
    b"1e1",
];

/// What a string may be that is none of those expected.
const STRINGS: [&[u8]; 10] = [
    b"",
    b"0",
    b"7",
    b"0x",
    b"0x0",
    b"-",
    b" ",
    "\u{e9}".as_bytes(),
    "\u{202e}".as_bytes(),
    b"\\u0000",
];

/// Changes one word of a line.
pub(super) fn change(line: &mut Vec<u8>, choice: &mut Choice) {
    let all = words(line, choice.one_in(2));
    let Some(at) = one(&all, choice) else { return };
    let (kind, place) = all[at].clone();
    let word = line[place.clone()].to_vec();
    match choice.below(10) {
        0 => replace(line, place, b""),
        1 => replace(line, place, &[&word[..], &word].concat()),
        2 => replace(line, place.end..place.end, choice.pick(&[b" ", b"\t", b"  "])),
        3 => {
            let (_, with) = all[choice.below(all.len())].clone();
            let with = line[with].to_vec();
            replace(line, place, &with);
        }
        _ => {
            let spelled = otherwise(kind, &word, choice);
            replace(line, place, &spelled);
        }
    }
}

/// One of some words. Most are names and signs, and most is to be learnt of the few numbers and strings: so each kind is as likely.
fn one(all: &[(Kind, Range<usize>)], choice: &mut Choice) -> Option<usize> {
    let mut kinds = Vec::new();
    for (kind, _) in all {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    let kind = kinds[choice.place(kinds.len())?];
    let of: Vec<usize> = (0..all.len()).filter(|at| all[*at].0 == kind).collect();
    Some(choice.pick(&of))
}

/// Puts a word of another line in the place of one of its kind.
pub(super) fn borrow(line: &mut Vec<u8>, from: &[u8], choice: &mut Choice) {
    let whole = choice.one_in(2);
    let own = words(line, whole);
    let Some(at) = one(&own, choice) else { return };
    let (kind, place) = own[at].clone();
    let like: Vec<_> = words(from, whole).into_iter().filter(|(k, _)| *k == kind).collect();
    let Some(other) = choice.place(like.len()) else { return };
    replace(line, place, &from[like[other].1.clone()]);
}

/// The words of a line; with `whole`, a string is one word.
pub(super) fn words(line: &[u8], whole: bool) -> Vec<(Kind, Range<usize>)> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        let run = |is: fn(u8) -> bool| rest.iter().take_while(|b| is(**b)).count();
        let name = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-') || b >= 0x80;
        let (kind, length) = match rest[0] {
            b'\n' => break,
            b'"' if whole => match string(rest) {
                0 => (Kind::Sign, 1),
                length => {
                    words.push((Kind::Quoted, at + 1..at + length - 1));
                    at += length;
                    continue;
                }
            },
            b'0'..=b'9' => (Kind::Number, run(|b| b.is_ascii_digit())),
            b' ' | b'\t' => (Kind::Blank, run(|b| matches!(b, b' ' | b'\t'))),
            b if name(b) => (Kind::Name, run(name)),
            _ => (Kind::Sign, 1),
        };
        words.push((kind, at..at + length));
        at += length;
    }
    words
}

/// How long the string is with which this begins, with its quotes; 0 if it has no end.
pub(super) fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    0
}

fn otherwise(kind: Kind, word: &[u8], choice: &mut Choice) -> Vec<u8> {
    match kind {
        Kind::Number => number(word, choice),
        Kind::Quoted => quoted(word, choice),
        Kind::Name => match choice.below(5) {
            0 => word.to_ascii_uppercase(),
            1 => word[..word.len() - 1].to_vec(),
            2 => [word, b"x"].concat(),
            3 => escaped(word, choice),
            _ => choice.pick(&STRINGS).to_vec(),
        },
        Kind::Blank => {
            let blanks: [&[u8]; 5] = [b" ", b"\t", b"  ", b"\x0b", "\u{a0}".as_bytes()];
            choice.pick(&blanks).to_vec()
        }
        Kind::Sign => vec![choice.pick(b"{}[]:,\"+-=#?|/.*%\\")],
    }
}

fn number(word: &[u8], choice: &mut Choice) -> Vec<u8> {
    let value = std::str::from_utf8(word).ok().and_then(|word| word.parse::<u64>().ok());
    match choice.below(8) {
        0 => [b"0", word].concat(),
        1 => [choice.pick(&[b"-", b"+"]), word].concat(),
        2 => [word, choice.pick(&[b".0", b"e0", b"E1"])].concat(),
        3 | 4 => value.map_or(b"1".to_vec(), |v| v.wrapping_add(1).to_string().into_bytes()),
        5 => value.map_or(b"0".to_vec(), |v| v.saturating_sub(1).to_string().into_bytes()),
        6 => vec![choice.pick(b"01")],
        _ => choice.pick(&NUMBERS).to_vec(),
    }
}

fn quoted(word: &[u8], choice: &mut Choice) -> Vec<u8> {
    let digits = word.strip_prefix(b"0x").unwrap_or(word);
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit) && choice.one_in(2) {
        return number(word, choice);
    }
    let blank: [&[u8]; 4] = [b" ", b"\\t", b"\t", "\u{2003}".as_bytes()];
    match choice.below(8) {
        0 => [choice.pick(&blank), word].concat(),
        1 => [word, choice.pick(&blank)].concat(),
        2 => [b" ", word, b" "].concat(),
        3 => escaped(word, choice),
        4 => word[..word.len().saturating_sub(1)].to_vec(),
        5 => [word, word].concat(),
        _ => choice.pick(&STRINGS).to_vec(),
    }
}

/// With one letter as JSON may spell it, too.
fn escaped(word: &[u8], choice: &mut Choice) -> Vec<u8> {
    let Some(at) = choice.place(word.len()) else { return b"\\\"".to_vec() };
    if !word[at].is_ascii_alphanumeric() {
        return [&word[..at], b"\\n", &word[at..]].concat();
    }
    [&word[..at], format!("\\u{:04x}", word[at]).as_bytes(), &word[at + 1..]].concat()
}
