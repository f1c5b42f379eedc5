//! Members of JSON objects and lists: left out, said twice, in another order, with the value of another one.

use std::ops::Range;

use super::choice::Choice;
use super::word::string;
use super::{replace, word};

/// A member, without the comma.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) place: Range<usize>,
    /// Where its value begins: behind the colon, if it has a key.
    pub(super) value: usize,
    /// Where what it is a member of begins.
    pub(super) of: usize,
}

/// Changes the members of a line; where there are none, a word.
pub(super) fn change(line: &mut Vec<u8>, choice: &mut Choice) {
    let all = members(line);
    let Some(at) = choice.place(all.len()) else { return word::change(line, choice) };
    let Member { place, value, of } = all[at].clone();
    let text = |place: Range<usize>| line[place].to_vec();
    match choice.below(6) {
        0 => {
            // with the comma behind it, or else before it
            let with = match (line.get(place.end), line[..place.start].last()) {
                (Some(b','), _) => place.start..place.end + 1,
                (_, Some(b',')) => place.start - 1..place.end,
                _ => place,
            };
            replace(line, with, b"");
        }
        1 => {
            let again = [b",", &text(place.clone())[..]].concat();
            replace(line, place.end..place.end, &again);
        }
        2 => {
            let other = all[choice.below(all.len())].clone();
            if other.of != of || other.place == place {
                return;
            }
            let (first, second) = match other.place.start < place.start {
                true => (other.place, place),
                false => (place, other.place),
            };
            let (one, two) = (text(first.clone()), text(second.clone()));
            replace(line, second, &one);
            replace(line, first, &two);
        }
        3 => {
            let other = &all[choice.below(all.len())];
            let with = text(other.value..other.place.end);
            replace(line, value..place.end, &with);
        }
        4 => {
            // what stands in another object, too
            let other = &all[choice.below(all.len())];
            let with = [b",", &text(other.place.clone())[..]].concat();
            replace(line, place.end..place.end, &with);
        }
        _ => {
            let values: [&[u8]; 9] =
                [b"null", b"true", b"false", b"0", b"\"\"", b"[]", b"{}", b"[{}]", b"\"0\""];
            replace(line, value..place.end, choice.pick(&values));
        }
    }
}

/// The members of all objects and lists of a line.
pub(super) fn members(line: &[u8]) -> Vec<Member> {
    let mut members = Vec::new();
    // where each begins that has no end yet, and its member that has none
    let mut open: Vec<(usize, Member)> = Vec::new();
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => {
                let length = string(&line[at..]);
                if length == 0 {
                    break;
                }
                at += length;
                continue;
            }
            b'{' | b'[' => {
                open.push((at, Member { place: at + 1..at + 1, value: at + 1, of: at }));
            }
            b':' => {
                if let Some((_, member)) = open.last_mut() {
                    member.value = at + 1;
                }
            }
            b',' => {
                if let Some((of, member)) = open.last_mut() {
                    let next = Member { place: at + 1..at + 1, value: at + 1, of: *of };
                    let ended = std::mem::replace(member, next);
                    members.push(Member { place: ended.place.start..at, ..ended });
                }
            }
            b'}' | b']' => {
                if let Some((_, member)) = open.pop() {
                    if member.place.start < at {
                        members.push(Member { place: member.place.start..at, ..member });
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    members
}
