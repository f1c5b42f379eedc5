//! Traces that are wrong, or unusual.

use super::Case;

const TEXT: &str = "portres trace 1\n\n";
const JSON: &str = "{\"portres\":\"trace\",\"format\":1}\n";
const CHECK: &[&str] = &["check", "t.trace"];
const CHECK_JSON: &[&str] = &["check", "t.jsonl"];

fn case(input: &str, content: impl AsRef<[u8]>) -> Case {
    Case::new(input, CHECK).file("t.trace", content)
}

fn event(input: &str, event: &str) -> Case {
    case(input, format!("{TEXT}{event}\n"))
}

fn line(input: &str, line: &str) -> Case {
    case(input, format!("portres trace 1\n{line}\n\np1: startup -> ok\n"))
}

pub(super) fn text() -> Vec<Case> {
    let utf_16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let good = format!("{TEXT}p1: startup -> ok\n");
    vec![
        case("an empty file", ""),
        case("a letter", "Dear reader,\n"),
        case("a program", b"\x7fELF\x02\x01\x01\0"),
        case("NUL bytes", [0; 64]),
        case("UTF-16", [b"\xff\xfe".as_slice(), &utf_16].concat()),
        case("a byte order mark before UTF-8", format!("\u{feff}{good}")).code(0),
        case("lines that end with CR LF", good.replace('\n', "\r\n")).code(0),
        case("lines that end with CR", good.replace('\n', "\r")),
        case("a byte that is no UTF-8", [TEXT.as_bytes(), b"p1: cl\xff\n"].concat()),
        event("a NUL in a word", "p1: start\0up -> ok"),
        event("an escape sequence of a terminal", "p1: startup\x1b[31m -> ok"),
        event("a letter that looks like another", "p1: \u{455}tartup -> ok"),
        event("a name with a number past 2^64", "p1: s99999999999999999999 = socket udp v4 -> ok"),
        event("a socket of number 2^32-1", "p1: s4294967295 = socket udp v4 -> ok"),
        event("a process of number 2^32-1", "p4294967295: startup -> ok"),
        event("a process of number 0", "p0: startup -> ok"),
        event("the port 65536", "p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:65536 -> 1"),
        event("a negative port", "p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:-1 -> 1"),
        event("the error 2^31", "p1: startup -> error 2147483648").code(1),
        event("the error -2^31", "p1: startup -> error -2147483648"),
        event("the error 2^32", "p1: startup -> error 4294967296"),
        event("a call of number 2^64-1", "p1: call 18446744073709551615 startup"),
        event("a return of a call that never began", "p1: return 1 -> ok"),
        event("a call that begins twice", "p1: call 1 startup\np1.2: call 1 startup"),
        event("five replies of one call", "p1: startup -> ok | 1 | 2 | 3 | 4"),
        event("a block behind the last port", "p1: create tcp 65535+2 -> ok"),
        line("a header line twice", "world open\nworld open"),
        line("an unknown header line", "wrold open"),
        line("a process twice", "process p1\nprocess p1"),
        line("a path as a profile", "profile ../../etc/passwd"),
        line(
            "the event 2^64-1 is expected to diverge",
            &format!("expect diverges {} bind.takes-reserved", u64::MAX),
        )
        .code(1),
        line(
            "the event 2^64 is expected to diverge",
            "expect diverges 18446744073709551616 bind.takes-reserved",
        ),
    ]
}

fn json_case(input: &str, content: impl AsRef<[u8]>) -> Case {
    Case::new(input, CHECK_JSON).file("t.jsonl", content)
}

fn json_event(input: &str, event: &str) -> Case {
    json_case(input, format!("{JSON}{event}\n"))
}

/// An event with this beside its call and reply.
fn beside(input: &str, more: &str) -> Case {
    json_event(input, &format!("{{\"who\":\"p1\",\"call\":\"cleanup\",\"reply\":\"ok\",{more}}}"))
}

pub(super) fn json() -> Vec<Case> {
    let brackets = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    let objects = |count: usize| format!("{}1{}", "{\"a\":".repeat(count), "}".repeat(count));
    vec![
        json_case("half a header", "{\"portres\":\"trace\",\"for"),
        json_case(
            "another format's number",
            "{\"portres\":\"trace\",\"format\":18446744073709551615}\n",
        ),
        json_case(
            "30 000 brackets in a header",
            format!("{{\"portres\":\"trace\",\"format\":1,\"source\":{}}}\n", brackets(30_000)),
        ),
        json_event("200 brackets, which no line begins with", &brackets(200)),
        json_event(
            "10 000 objects in each other in the place of a call",
            &format!("{{\"who\":\"p1\",\"call\":{}}}", objects(10_000)),
        ),
        beside("30 000 brackets in a field that is kept", &format!("\"raw\":{}", brackets(30_000))),
        beside("the number 2^64-1 in `raw`", "\"raw\":{\"process\":\"18446744073709551615\"}")
            .code(0),
        beside(
            "the number 2^64 in `raw`, which is kept and never read",
            "\"raw\":{\"process\":\"18446744073709551616\"}",
        )
        .code(0),
        beside(
            "a number of 10 000 digits there",
            &format!("\"raw\":{{\"process\":\"{}\"}}", "9".repeat(10_000)),
        )
        .code(0),
        beside("half of a surrogate pair", "\"note\":\"\\ud800\""),
        beside("a whole surrogate pair", "\"note\":\"\\ud83d\\ude00\"").code(0),
        beside("a NUL in a note", "\"note\":\"\\u0000\""),
        beside("a field that no event has", "\"colour\":\"red\""),
        beside("a field twice", "\"who\":\"p1\""),
        beside("a float where a count belongs", "\"bytes\":1.5"),
        beside("1e999 where a count belongs", "\"bytes\":1e999"),
        beside("a negative count", "\"bytes\":-1"),
        json_event("half a line at the end", "{\"who\":\"p1\",\"call\":{\"soc"),
        json_event("an array in the place of an event", "[1,2,3]"),
        json_event("a string in the place of an event", "\"startup\""),
        json_event(
            "two values on a line",
            "{\"who\":\"p1\",\"call\":\"cleanup\",\"reply\":\"ok\"} {}",
        ),
        json_event(
            "a port as a string",
            "{\"who\":\"p1\",\"as\":\"s1\",\"call\":{\"socket\":{\"kind\":\"udp\",\"family\":\"v4\"}},\"reply\":{\"bound\":\"1\"}}",
        ),
    ]
}

pub(super) fn large() -> Vec<Case> {
    // whether each block was given nobody saw
    let unseen = |n: usize| format!("p1: acquire s1 {}+2\n", 6000 + 10 * n);
    let states =
        format!("{TEXT}p1: s1 = socket udp v4 -> ok\n") + &(0..11).map(unseen).collect::<String>();
    let overlapping = format!(
        "{TEXT}p1: s1 = socket udp v4 -> ok\np1: call 1 bind s1 127.0.0.1:5000\np1.2: call 2 closesocket s1\n\
         p1: return 1 -> 5000\np1.2: return 2 -> ok\n"
    );
    let lines =
        |count: u32, line: &dyn Fn(u32) -> String| (1..=count).map(line).collect::<String>();
    let header = |rest: String| format!("portres trace 1\n{rest}\np1: startup -> ok\n");
    vec![
        case("a line of 65 537 bytes", format!("portres trace 1\ntitle {}\n", "x".repeat(65_531))),
        case(
            "a line of 65 536 bytes",
            format!("portres trace 1\ntitle {}\n\np1: startup -> ok\n", "x".repeat(65_530)),
        )
        .code(0),
        case(
            "100 000 processes in a header",
            header(lines(100_000, &|i| format!("process p{i}\n"))),
        )
        .code(0),
        case(
            "every port excluded by a line of its own",
            header(lines(65_535, &|i| format!("excluded tcp {i}+1\n"))),
        )
        .code(0),
        case(
            "200 000 comments before the first event",
            header(lines(200_000, &|_| "# x\n".into())),
        )
        .code(0),
        case(
            "100 000 sockets",
            format!("{TEXT}{}", lines(100_000, &|i| format!("p1: s{i} = socket udp v4 -> ok\n"))),
        )
        .code(0),
        case(
            "20 000 calls that never return",
            format!("{TEXT}{}", lines(20_000, &|i| format!("p1.{i}: call {i} startup\n"))),
        )
        .code(3),
        event("a socket of number 1 000 000", "p1: s1000000 = socket udp v4 -> ok").code(0),
        case("a machine that may be in 2048 states", &states).code(3),
        Case::new("a search that may take one step", &["check", "t.trace", "--budget", "1"])
            .file("t.trace", overlapping)
            .code(3),
        case("100 000 traces of nothing", "portres trace 1\n".repeat(100_000)).code(3),
    ]
}
