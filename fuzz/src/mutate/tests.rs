//! The shapes that are hard to meet by changing bytes are met.

use std::collections::BTreeSet;

use super::choice::Choice;
use super::{changed, crossed, member, text, word};

const LINE: &str = concat!(
    r#"{"who":"p1","call":{"acquire":{"socket":"s1","range":"5000+4"}},"raw":{"token":"0x1f"},"at":7}"#,
    "\n"
);

/// What many seeds make of a text.
fn all(from: &str) -> BTreeSet<String> {
    let one = |seed| changed(from.as_bytes(), &mut Choice::new(seed));
    (0..60_000).map(|seed| String::from_utf8_lossy(&one(seed)).into_owned()).collect()
}

#[test]
fn shapes_that_changed_bytes_hardly_ever_have_are_met() {
    let all = all(LINE);
    for part in [
        r#""at":07}"#,
        r#""at":8}"#,
        r#""at":7.0}"#,
        r#""who":" p1","#,
        r#""who":"p1 ","#,
        r#""token":"0"}"#,
        r#""token":"0x"}"#,
        r#"{"call":{"acquire""#,
        r#","at":7,"at":7}"#,
        r#"{"call":{"acquire":{"socket":"s1","range":"5000+4"}},"who":"p1","raw""#,
        r#"{"acquire":{"range":"5000+4"}}"#,
        r#""raw":{"token":"5000+4"}"#,
        r#""raw":null"#,
        r#""\u0077ho""#,
        r#"{ "who""#,
        r#""5000+65536""#,
    ] {
        assert!(all.iter().any(|line| line.contains(part)), "never: {part}");
    }
}

#[test]
fn lines_are_moved_and_borrowed() {
    let text = "portres trace 1\nsocket udp v4 -> s1\nbind s1 0.0.0.0:5000 -> ok\n";
    let all = all(text);
    for part in [
        "portres trace 1\nbind s1 0.0.0.0:5000 -> ok\n",
        "bind s1 0.0.0.0:5000 -> ok\nsocket udp v4 -> s1\n",
        "s1\nsocket udp v4 -> s1\n",
        "\n+socket udp v4 -> s1\n",
        "s1\r\nbind",
    ] {
        assert!(all.iter().any(|line| line.contains(part)), "never: {part}");
    }
    let mut out = [0; 400];
    let crossed: BTreeSet<Vec<u8>> = (0..4_000)
        .map(|seed| {
            let count = crossed(text.as_bytes(), b"connect s2 [::1]:7\n", &mut out, seed);
            out[..count].to_vec()
        })
        .collect();
    for part in ["connect s2 [::1]:7\nbind", "bind s2 0.0", "bind s1 0.0.0.0:7 -> ok"] {
        let has = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(part);
        assert!(crossed.iter().any(has), "never: {part}");
    }
}

#[test]
fn anything_is_changed_alike_by_the_same_seed_and_has_room() {
    let mut inputs = vec![Vec::new(), vec![0], b"\n\n".to_vec(), b"\"\\".to_vec(), vec![0xff; 9]];
    inputs.extend([b"{\"a\":[1,{".to_vec(), b"]},:\"".to_vec(), LINE.as_bytes().to_vec()]);
    for input in inputs {
        for seed in 0..3_000 {
            for most in [input.len(), input.len() + 3, 4096] {
                let room = || {
                    let mut room = input.clone();
                    room.resize(most.max(input.len()), 0);
                    room
                };
                let (mut one, mut other) = (room(), room());
                let count = text(&mut one, input.len(), most, seed);
                assert!(count.is_none_or(|count| count <= most));
                assert_eq!(count, text(&mut other, input.len(), most, seed));
                assert_eq!(one, other);
            }
            let count = crossed(&input, LINE.as_bytes(), &mut [0; 20], seed);
            assert!(count <= 20);
        }
    }
}

#[test]
fn words_and_members_are_where_they_are() {
    let line = br#"{"a":[1,"x,y"],"b":{}} "#;
    let members: Vec<_> = member::members(line)
        .into_iter()
        .map(|m| std::str::from_utf8(&line[m.place]).expect("ASCII").to_owned())
        .collect();
    assert_eq!(members, ["1", r#""x,y""#, r#""a":[1,"x,y"]"#, r#""b":{}"#]);
    let words: Vec<_> = word::words(b"bind s1 \"a b\":05\n", true)
        .into_iter()
        .map(|(kind, place)| format!("{kind:?} {place:?}"))
        .collect();
    assert_eq!(
        words,
        [
            "Name 0..4",
            "Blank 4..5",
            "Name 5..6",
            "Number 6..7",
            "Blank 7..8",
            "Quoted 9..12",
            "Sign 13..14",
            "Number 14..16"
        ]
    );
}
