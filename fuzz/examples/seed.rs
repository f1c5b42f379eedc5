//! Writes inputs for every target to begin with, made of the fixtures, and the dictionaries of what is read as text.
//!
//!   seed DIRECTORY       a folder for each target there, and `dictionaries/` beside the sources

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use portres::trace::{Item, Part, Reader, Spelled, write_item};
use serde_json::{Value, json};

/// What no trace says: who a process is, and numbers that two processes pass each other.
const PASSING: &str = r#"0{"process":{"user":"alice","account":"administrator","token":"elevated"}}
{"call":{"startup":{"major":2,"minor":2}}}
{"as":"s1","call":{"socket":{"kind":"udp","family":"v4"}}}
{"as":"t1","call":{"acquire":{"socket":"s1","range":"5000+4"}}}
+{"as":"s1","call":{"socket":{"kind":"udp","family":"v4"}}}
+{"call":{"associate":{"socket":"s1","token":"t9"}},"raw":{"token":"0x1f"}}
{"call":{"duplicate":{"socket":"s1","process":"p2"}},"raw":{"process":"8"}}
+{"call":{"getsockname":{"socket":"s3"}},"raw":{"socket":"4"}}
"#;

/// An input longer than this is left out: what it shows, shorter ones show faster.
const LONGEST: usize = 2048;

/// Not more of them than this: a campaign reads all before it changes any.
const MOST: usize = 500;

fn main() {
    let to = PathBuf::from(env::args_os().nth(1).expect("a directory"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = here.join("../fixtures");
    let traces: Vec<Vec<u8>> = files(&fixtures, "trace").iter().map(|path| read(path)).collect();
    let listings: Vec<Vec<u8>> = files(&fixtures, "txt").iter().map(|path| read(path)).collect();
    assert!(traces.len() > 300 && listings.len() > 30, "the fixtures are not there");

    let items: Vec<Vec<Item>> =
        traces.iter().filter_map(|t| Reader::new(&t[..]).collect::<Result<_, _>>().ok()).collect();
    let as_json: Vec<Vec<u8>> = items.iter().map(|items| written(items)).collect();
    let wire: Vec<Vec<u8>> =
        items.iter().enumerate().flat_map(|(i, items)| conversations(i, items)).collect();
    let wire = [vec![PASSING.into()], wire].concat();
    let both: Vec<Vec<u8>> = traces.iter().chain(&as_json).cloned().collect();
    put(&to, "trace_text", &traces);
    put(&to, "trace_json", &as_json);
    put(&to, "round_trip", &both);
    put(&to, "wire", &wire);
    put(&to, "listing", &listings.iter().flat_map(|text| of_each_kind(text)).collect::<Vec<_>>());
    for target in ["step", "win32"] {
        put(&to, target, &(0..160).map(|number| drawn(number, 400)).collect::<Vec<_>>());
    }
    put(&to, "simulator", &machines());

    dictionary(&here.join("dictionaries/text.dict"), &traces);
    dictionary(&here.join("dictionaries/json.dict"), &as_json);
    dictionary(&here.join("dictionaries/listing.dict"), &listings);
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn put(to: &Path, target: &str, inputs: &[Vec<u8>]) {
    let folder = to.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    let short: Vec<_> = inputs.iter().filter(|input| input.len() <= LONGEST).collect();
    for (number, input) in short.iter().enumerate().step_by(short.len().div_ceil(MOST).max(1)) {
        fs::write(folder.join(format!("seed-{number:04}")), input).expect("room");
    }
}

fn written(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        write_item(&mut bytes, Spelled::JsonLines, item).expect("memory takes it");
    }
    bytes
}

/// A trace as a client says it: on a machine of its own, and as one process of the common machine, or two; and with numbers
/// for what it names, as if others had passed them.
fn conversations(number: usize, items: &[Item]) -> Vec<Vec<u8>> {
    let control = b"012345678b0p3r@"[number % 15];
    let (mut own, mut common, mut passed) = (vec![control], vec![control], vec![control]);
    for item in items {
        match item {
            Item::Header(_) => own.extend(written(std::slice::from_ref(item))),
            Item::Event(event) => {
                let Part::Whole { call, names, reply } = event.part else { continue };
                let mut line = json!({ "who": event.who.to_string(), "call": call });
                if let Some(names) = names.or(reply.names()) {
                    line["as"] = Value::String(names.to_string());
                }
                own.extend(format!("{line}\n").bytes());
                let other = event.who.process.0 == 2;
                if event.who.process.0 > 0 {
                    line.as_object_mut().expect("an object").remove("who");
                }
                let plus = if other { "+" } else { "" };
                common.extend(format!("{plus}{line}\n").bytes());
                let numbers = [
                    ("token", call.token().map(|_| "0x1f")),
                    ("socket", call.socket().map(|_| "4")),
                ];
                for (key, number) in numbers {
                    if let Some(number) = number {
                        line["raw"][key] = Value::String(number.into());
                    }
                }
                passed.extend(format!("{plus}{line}\n").bytes());
            }
            Item::Comment(_) => {}
        }
    }
    vec![own, common, passed]
}

/// A listing behind the byte of each kind, the first lines of it.
fn of_each_kind(text: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').take(30).collect();
    (0..7).map(|kind| [&[kind][..], &lines.concat()].concat()).collect()
}

/// Short inputs of the simulator that together reach much: some are kept for each thing that they reach.
fn machines() -> Vec<Vec<u8>> {
    let (mut kept, mut reached) = (Vec::new(), BTreeMap::<String, u32>::new());
    for (length, count) in [(30, 500), (60, 1000), (120, 1000), (240, 1000)] {
        for number in 0..count {
            let input = drawn(number, length);
            let words = portres_fuzz::simulator::reached(&input);
            // rules stand in many inputs anyhow
            let some = |word: &String| if word.contains(' ') { 4 } else { 1 };
            if words.iter().any(|word| reached.get(word).is_none_or(|count| *count < some(word))) {
                words.into_iter().for_each(|word| *reached.entry(word).or_default() += 1);
                kept.push(input);
            }
        }
    }
    kept
}

/// So many bytes that mean nothing yet; the first is the number itself.
fn drawn(number: u64, length: usize) -> Vec<u8> {
    let mut state = number;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::once(number as u8).chain((1..length).map(|_| next())).collect()
}

/// The words of some texts.
fn dictionary(path: &Path, texts: &[Vec<u8>]) {
    let mut words = BTreeMap::<&str, u32>::new();
    for text in texts.iter().filter_map(|text| std::str::from_utf8(text).ok()) {
        // comments and titles are prose
        let lines = text.lines().filter(|l| !l.starts_with("title") && !l.starts_with("source"));
        for line in lines.map(|line| line.split('#').next().unwrap_or_default()) {
            let apart =
                |c: char| c.is_whitespace() || matches!(c, '"' | ',' | '{' | '}' | '[' | ']');
            for word in line.split(apart).filter(|word| (2..=24).contains(&word.len())) {
                *words.entry(word).or_default() += 1;
            }
        }
    }
    let mut common: Vec<(&str, u32)> = words.into_iter().collect();
    common.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut kept: Vec<&str> = common.iter().take(160).map(|(word, _)| *word).collect();
    kept.sort_unstable();
    let spelled = |word: &str| -> String {
        let one = |b: u8| match b {
            b'"' | b'\\' => format!("\\{}", b as char),
            b' '..=b'~' => (b as char).to_string(),
            _ => format!("\\x{b:02x}"),
        };
        word.bytes().map(one).collect()
    };
    let lines: String = kept.iter().map(|word| format!("\"{}\"\n", spelled(word))).collect();
    fs::write(path, lines).expect("room");
}
