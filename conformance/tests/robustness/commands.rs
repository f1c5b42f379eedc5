//! Commands besides those that read traces: what they are given on the command line, in files and on standard input.

use super::Case;

const GOOD: &str = "portres trace 1\n\np1: startup -> ok\n";
const WRONG: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 6000\n";
const SCRIPT: &str = "portres script 1\n\np1: startup\n";
const VERDICT: &str = "{\"path\":\"t.trace\",\"line\":1,\"profile\":\"documented\",\"verdict\":\"conforms\",\"expected\":null,\"divergences\":[],\"undecided\":[]}";

fn case(input: &str, args: &[&'static str]) -> Case {
    Case::new(input, args).file("t.trace", GOOD)
}

fn deep(open: &str, close: &str) -> String {
    format!("{}1{}\n", open.repeat(10_000), close.repeat(10_000))
}

/// A name of 300 characters.
const LONG_NAME: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

const PAST_64_BITS: &str = "18446744073709551616";
const MOST_OF_64_BITS: &str = "18446744073709551615";

pub(super) fn scripts() -> Vec<Case> {
    let record = |input: &str, lines: &str| {
        Case::new(input, &["record", "s.script", "--on", "sim", "-o", "-"])
            .file("s.script", format!("portres script 1\n{lines}\n"))
    };
    let generate = |input: &str, to: &'static str| {
        Case::new(input, &["generate", "-o", to]).file("t.trace", GOOD)
    };
    let random = |input: &str, option: &'static str, value: &'static str| {
        Case::new(input, &["generate", "--suite", "random", option, value, "-o", "drawn"])
    };
    let own = |input: &str, content: Vec<u8>| {
        Case::new(input, &["record", "s.script", "--on", "sim", "-o", "-"])
            .file("s.script", content)
    };
    vec![
        own("an empty script", Vec::new()),
        own("a script of NUL bytes", vec![0; 64]),
        own("a script that is no UTF-8", b"portres script 1\n\xff\n".to_vec()),
        record("a line of 65 537 bytes in a script", &"x".repeat(65_537)),
        own(
            "a script of 16 MiB and a byte",
            [b"portres script 1\n", &b"#\n".repeat(8 << 20)[..]].concat(),
        ),
        record(
            "an offset of 2^63-1",
            "p1: s1 = socket udp v4\np1: bind s1 0.0.0.0:0\np1: bind s1 0.0.0.0:port(s1)+9223372036854775807",
        ),
        record("an offset of 2^63", "p1: bind s1 0.0.0.0:port(s1)+9223372036854775808"),
        record("an operand that is not closed", "p1: bind s1 0.0.0.0:port(s1"),
        record("a reply in a script", "p1: startup -> ok"),
        generate("scripts into a folder with something in it", "."),
        generate("scripts into a folder that is not there", "none/suite"),
        generate("scripts into a file", "t.trace"),
        generate("scripts below a file", "t.trace/suite"),
        generate("scripts into a device", "/dev/full"),
        generate("scripts into a folder whose name has 300 characters", LONG_NAME),
        generate("scripts above the root", "../../../../../../../../none/suite"),
        random("the seed 2^64", "--seed", PAST_64_BITS),
        random("a negative seed", "--seed", "-1"),
        random("10 001 scripts", "--count", "10001"),
        random("no script", "--count", "0"),
    ]
}

pub(super) fn judging() -> Vec<Case> {
    let rejudge = |input: &str, verdicts: String| {
        case(input, &["rejudge", "--against", "v.json", "t.trace"]).file("v.json", verdicts)
    };
    let shrink = |input: &str, args: &[&'static str]| {
        Case::new(input, &[&["shrink", "w.trace"], args].concat()).file("w.trace", WRONG)
    };
    let with = |field: &str, value: &str| VERDICT.replace(field, value);
    vec![
        rejudge("verdicts of NUL bytes", "\0".repeat(64)),
        rejudge("no verdicts", String::new()),
        rejudge("verdicts that are a trace", GOOD.into()),
        rejudge("10 000 brackets in verdicts", deep("[", "]")),
        rejudge(
            "10 000 objects in a field that is not read",
            with("\"line\"", &format!("\"more\":{},\"line\"", deep("{\"a\":", "}").trim())),
        )
        .code(0),
        rejudge("half of a surrogate pair in a path", with("t.trace", "\\ud800")),
        rejudge("the line 2^64", with("\"line\":1", &format!("\"line\":{PAST_64_BITS}"))),
        rejudge("the line 2^64-1", with("\"line\":1", &format!("\"line\":{MOST_OF_64_BITS}")))
            .code(1),
        rejudge("a verdict twice", format!("{VERDICT}\n{VERDICT}\n")),
        rejudge("half a verdict", VERDICT[..40].into()),
        case("verdicts that never end", &["rejudge", "--against", "/dev/zero", "t.trace"]),
        case("verdicts that are a folder", &["rejudge", "--against", ".", "t.trace"]),
        case("a profile that never ends", &["check", "t.trace", "--profile", "zero.toml"])
            .link("zero.toml", "/dev/zero"),
        case("departures of 1 MiB and a byte", &["check", "."])
            .file("departures.toml", "#".repeat((1 << 20) + 1)),
        case("a profile to infer from that never ends", &["infer", "t.trace", "zero.toml"])
            .link("zero.toml", "/dev/zero"),
        Case::new("a profile to infer from that is none", &["infer", "p.toml"])
            .file("p.toml", [0; 64]),
        case("257 threads", &["infer", "--jobs", "257", "t.trace"]),
        case("2^64-1 threads", &["check", "--jobs", MOST_OF_64_BITS, "t.trace"]),
        case("a profile that goes below a file", &["infer", "t.trace", "-o", "t.trace/p.toml"]),
        case("a trace that conforms, to shrink", &["shrink", "t.trace", "-o", "-"]).code(1),
        shrink("the event 2^64-1", &["--event", MOST_OF_64_BITS, "-o", "-"]).code(1),
        shrink("the event 0", &["--event", "0", "-o", "-"]).code(1),
        shrink("no check at all", &["--budget", "0", "-o", "-"]).code(3),
        shrink("2^64-1 seconds", &["--seconds", MOST_OF_64_BITS, "-o", "-"]).code(0),
        shrink("a trace that goes below a file", &["-o", "w.trace/least"]),
        shrink("a system that ends at once", &["--on", "exec:false", "-o", "-"]).untold(),
        shrink("a system that talks without being asked", &["--on", "exec:yes", "-o", "-"]),
        shrink("a system that never ends its line", &["--on", "exec:cat /dev/zero", "-o", "-"]),
        case("a trace of another kind, to export", &["export", "v.json", "--to", "c", "-o", "-"])
            .file("v.json", VERDICT),
        case("a program into a folder", &["export", "t.trace", "--to", "c", "-o", "."]),
        case(
            "a program into a folder that is not there",
            &["export", "t.trace", "--to", "rust", "-o", "none/a.rs"],
        ),
        case(
            "a trace that never ends, to export",
            &["export", "/dev/zero", "--to", "c", "-o", "-"],
        ),
        case("a folder, to export", &["export", ".", "--to", "c", "-o", "-"]),
        case("coverage of no trace", &["coverage", "c.trace"]).file("c.trace", "hello\n"),
        case("a page of coverage that is a folder", &["coverage", "t.trace", "--html", "."]),
    ]
}

pub(super) fn importing() -> Vec<Case> {
    let import = |input: &str, cases: String| {
        Case::new(input, &["import", "peer-cases", "c.jsonl", "-o", "out"]).file("c.jsonl", cases)
    };
    let of = |id: &str, calls: &str| {
        format!(
            "{{\"id\":\"{id}\",\"suite\":\"s\",\"source\":\"s\",\"platform\":\"windows\",\"topic\":\"t\",\"calls\":[{calls}],\"note\":\"n\"}}\n"
        )
    };
    let startup = r#"{"op":"wsastartup","args":{"version":"2.2"},"expect":"ok"}"#;
    let group =
        format!(r#"{{"op":"group","args":{{"calls":[{startup},{startup}]}},"expect":"ok"}}"#);
    let groups = |count: usize| vec![group.as_str(); count].join(",");
    vec![
        import("no case", String::new()).code(0),
        import("NUL bytes", "\0".repeat(64)),
        import("10 000 objects in each other", deep("{\"a\":", "}")),
        import("10 000 arrays in the place of the calls", of("a-b-1", deep("[", "]").trim())),
        import("an id that is a path", of("../../up", startup)),
        import("an id that is an absolute path", of("/etc/passwd", startup)),
        import("an id of 300 characters", of(LONG_NAME, startup)),
        import("an id with a NUL", of("a-\\u0000-001", startup)),
        import(
            "half of a surrogate pair in a note",
            of("a-b-1", startup).replace("\"n\"", "\"\\ud800\""),
        ),
        import("a case twice", of("a-b-1", startup).repeat(2)),
        import("a line of 65 537 bytes in cases", of(&"x".repeat(65_537), startup)),
        import("a version past every number", of("a-b-1", &startup.replace("2.2", PAST_64_BITS))),
        import(
            "a call that there is not",
            of("a-b-1", &startup.replace("wsastartup", "wsastartupp")),
        ),
        import("calls of which a hundred may fail in two ways each", of("a-b-1", &groups(100))),
        Case::new("cases that never end", &["import", "peer-cases", "/dev/zero", "-o", "out"]),
        import("cases into a place below a file", of("a-b-1", startup)).args(&[
            "import",
            "peer-cases",
            "c.jsonl",
            "-o",
            "c.jsonl/out",
        ]),
        import("cases into a device", of("a-b-1", startup)).args(&[
            "import",
            "peer-cases",
            "c.jsonl",
            "-o",
            "/dev/full",
        ]),
    ]
}

pub(super) fn kits() -> Vec<Case> {
    let read = |input: &str, content: &[u8]| {
        Case::new(input, &["kit", "--read", "r.jsonl"]).file("r.jsonl", content)
    };
    let pack = |input: &str, name: &'static str, content: &str| {
        Case::new(input, &["kit", "--scripts", ".", "--exe", "p.exe", "-o", "k.zip"])
            .file(name, content)
            .file("p.exe", [0; 64])
    };
    vec![
        read("a recording of NUL bytes", &[0; 64]),
        read("an empty recording", b""),
        read("a recording without its last line", GOOD.as_bytes()).code(0),
        read(
            "a recording that promises 2^64-1 traces",
            format!("{GOOD}# end of {MOST_OF_64_BITS} traces\n").as_bytes(),
        )
        .code(0),
        read("an archive with an entry `../x`", &zip("../x", 1)),
        read("an archive with an absolute entry", &zip("/etc/x", 1)),
        read("an archive whose entry says that it has 4 GiB", &zip("a.jsonl", u32::MAX)),
        read("the beginning of an archive", b"PK"),
        Case::new("a recording that never ends", &["kit", "--read", "/dev/zero"]),
        Case::new("a recording that is a folder", &["kit", "--read", "."]),
        pack("a program that is none", "a.script", SCRIPT),
        Case::new("a program that never ends", &["kit", "--exe", "/dev/zero", "-o", "k.zip"]),
        Case::new("a kit on standard output", &["kit", "--exe", "p.exe", "-o", "-"])
            .file("p.exe", [0; 64]),
        Case::new(
            "scripts that are not there",
            &["kit", "--record", "none", "--on", "sim", "-o", "r.jsonl"],
        ),
        Case::new(
            "a folder without scripts",
            &["kit", "--record", ".", "--on", "sim", "-o", "r.jsonl"],
        ),
        Case::new(
            "a script of NUL bytes in a kit",
            &["kit", "--record", ".", "--on", "sim", "-o", "r.jsonl"],
        )
        .file("a.script", [0; 64]),
        Case::new(
            "a script that never ends in a kit",
            &["kit", "--record", ".", "--on", "sim", "-o", "r.jsonl"],
        )
        .link("a.script", "/dev/zero"),
        Case::new(
            "a recording below a file",
            &["kit", "--record", ".", "--on", "sim", "-o", "a.script/r.jsonl"],
        )
        .file("a.script", SCRIPT),
    ]
}

/// The beginning of an archive: one stored entry of this name that says how large it is.
fn zip(name: &str, size: u32) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(size.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(name.as_bytes());
    bytes.push(b'x');
    bytes
}

pub(super) fn asking() -> Vec<Case> {
    let shell = |input: &str, lines: &[u8]| Case::new(input, &["shell"]).stdin(lines);
    let answers = |input: &str, content: &[u8]| {
        Case::new(input, &["quiz", "--answers", "a.txt"]).file("a.txt", content)
    };
    vec![
        shell("NUL bytes at a shell", &[0, 0, b'\n']),
        shell("a line that is no UTF-8", b"socket \xff\n"),
        shell("a line of 65 537 bytes", &[b'x'; 65_537]),
        shell("a line of 65 000 letters", &[b'x'; 65_000]),
        shell("an escape sequence of a terminal", b"socket udp v4\x1b[31m\n"),
        shell("a port past 2^64", b"socket udp v4\nbind s1 0.0.0.0:99999999999999999999\n"),
        shell("a reply that no reading allows", b"socket udp v4\nbind s1 0.0.0.0:5000 -> 5001\n")
            .code(1),
        shell("a trace that never ends", b"load /dev/zero\n"),
        shell("a trace into a device that is full", b"save /dev/full\n"),
        shell("a trace into a folder", b"save .\n"),
        shell("half a line, and the end", b"sock"),
        Case::new("a shell behind what is no trace", &["shell", "n.trace"])
            .file("n.trace", [0; 64]),
        Case::new("nothing but ends of lines", &["quiz"]).stdin("\n\n\n").code(1),
        Case::new("an answer of 65 537 bytes", &["quiz"]).stdin([b'x'; 65_537]),
        Case::new("an answer that is no UTF-8", &["quiz"]).stdin(b"\xff\n"),
        answers("answers of NUL bytes", &[0; 64]).code(1),
        answers("answers that are no UTF-8", b"ok\n\xff\n"),
        answers("a thousand answers to five questions", &b"ok\n".repeat(1_000)),
        Case::new("answers that never end", &["quiz", "--answers", "/dev/zero"]),
        Case::new("answers that never end on standard input", &["quiz", "--answers", "-"])
            .stdin("x".repeat((1 << 20) + 1)),
        Case::new("101 questions", &["quiz", "--count", "101"]),
        Case::new("the chapter 9", &["quiz", "--chapter", "9"]),
        Case::new("the seed 2^64", &["quiz", "--seed", PAST_64_BITS]),
        Case::new("an error of number 2^64-1", &["explain", MOST_OF_64_BITS]),
        Case::new("the error -2^63", &["explain", "-9223372036854775808"]),
        Case::new("nothing to explain", &["explain", ""]),
        Case::new("300 letters to explain", &["explain", LONG_NAME]),
        Case::new("an escape sequence to explain", &["explain", "a\x1b[31m"]),
        Case::new("a rule that there is not", &["rules", "bind.sharin"]),
        Case::new("a clause that is an escape sequence", &["clauses", "\x1b[31m"]),
        Case::new("completions for a shell that there is not", &["completions", "tcsh"]),
        Case::new("cleaning up where nothing was changed", &["cleanup"]).code(0),
    ]
}

pub(super) fn documents() -> Vec<Case> {
    let guide = |input: &str, args: &[&'static str]| {
        Case::new(input, &[&["guide"], args].concat()).file("t.trace", GOOD)
    };
    let explore = |input: &str, args: &[&'static str]| {
        Case::new(input, &[&["explore", "runtime", "--depth", "2"], args].concat())
            .file("t.trace", GOOD)
    };
    vec![
        guide("a chapter that is a path", &["../1"]),
        guide("the chapter 2^64-1", &[MOST_OF_64_BITS]),
        guide("files into a folder that is not there", &["1", "--files", "none"]),
        guide("files into a file", &["1", "--files", "t.trace"]),
        guide("a page below a file", &["--html", "t.trace/guide.html"]),
        guide("a page that is a folder", &["--html", "."]),
        Case::new("a site of no project", &["site", ".", "-o", "public"]),
        Case::new("a site of a project that is not there", &["site", "none", "-o", "public"]),
        explore("a world that there is not", &["runtim"]),
        explore("257 threads", &["--threads", "257"]),
        explore("states into a folder that is not there", &["--states", "none/states"]),
        explore("states below a file", &["--states", "t.trace/states"]),
        Case::new("no depth at all", &["explore", "runtime", "--depth", "0"]).code(0).untold(),
        Case::new("a depth past 2^64", &["explore", "runtime", "--depth", PAST_64_BITS]),
        Case::new("an unknown command", &["chekc", "t.trace"]),
        Case::new("an unknown option", &["check", "--profil", "likely", "t.trace"]),
    ]
}

pub(super) fn places() -> Vec<Case> {
    let to = |input: &str, to: &'static str| {
        Case::new(input, &["fmt", "--to", "jsonl", "t.trace", "-o", to]).file("t.trace", GOOD)
    };
    vec![
        to("an output in a folder that does not exist", "none/out.jsonl"),
        to("an output below a file", "t.trace/out.jsonl"),
        to("an output that is a folder", "."),
        to("an output above the root", "../../../../../../../../none/out.jsonl"),
        to("an output whose name has 300 characters", LONG_NAME),
        to("an output on a device that is full", "/dev/full"),
        to("an output that is a link to a folder", "link").link("link", "."),
        to("an output that is a link to a folder that does not exist", "link")
            .link("link", "none/out.jsonl"),
        to("an output that is a link to itself", "link").link("link", "link"),
    ]
}
