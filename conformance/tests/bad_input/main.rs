//! Bad input: exit code 2, one line that says where and what, and no verdict on what could not be read.

mod files;
mod outputs;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const TEXT: &str = "portres trace 1\n\n";
const JSON: &str = "{\"portres\":\"trace\",\"format\":1}\n";
const GOOD: &str =
    "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5000\n";
const SCRIPT: &str = "portres script 1\n\np1: s1 = socket udp v4\n";

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn portres(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    command.output().expect("portres runs")
}

/// Exit code 2 and one line on standard error, which is given back.
fn complaint(output: &Output) -> String {
    let told = String::from_utf8(output.stderr.clone()).expect("standard error is UTF-8");
    assert_eq!(output.status.code(), Some(2), "{told}");
    let line = told.strip_suffix('\n').unwrap_or_else(|| panic!("no whole line: {told:?}"));
    assert!(line.starts_with("error: "), "{line:?}");
    assert!(!line.contains(char::is_control), "more than a line, or control characters: {line:?}");
    line.to_string()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("standard output is UTF-8")
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let name = |e: std::io::Result<fs::DirEntry>| e.expect("an entry").file_name();
    let mut names: Vec<_> = entries.map(|e| name(e).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn sources(folder: &Path) {
    fs::write(folder.join("good.trace"), GOOD).expect("a file");
    fs::write(folder.join("a.script"), SCRIPT).expect("a file");
}

/// `check` refuses the file with one line that has all of this, and says nothing else of it.
fn refused(file: &str, content: impl AsRef<[u8]>, has: &[&str]) {
    let folder = folder();
    fs::write(folder.path().join(file), content).expect("the file is written");
    let output = portres(folder.path(), &["check", file]);
    let line = complaint(&output);
    assert!(line.starts_with(&format!("error: {file}: ")), "{line}");
    for part in has {
        assert!(line.contains(part), "`{part}` is not in: {line}");
    }
    assert!(!out(&output).contains(file), "a verdict: {}", out(&output));
}

/// The same for a trace in text: the events stand from line 3.
fn text(events: &str, has: &[&str]) {
    refused("bad.trace", format!("{TEXT}{events}"), has);
}

fn json(events: &str, has: &[&str]) {
    refused("bad.jsonl", format!("{JSON}{events}"), has);
}

#[test]
fn a_malformed_line() {
    let events = "p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:5001 5002\n";
    text(events, &["line 4, column 26", "expected `->`", "found `5002`"]);
    text("p1 startup -> ok\n", &["line 3, column 1", "expected", "found `p1`"]);
    text("p1: startup -> ok ok\n", &["line 3, column 19", "the end of the line", "found `ok`"]);
}

#[test]
fn an_unknown_version_of_the_format() {
    refused("bad.trace", "portres trace 2\n", &["line 1", "expected format 1", "found `2`"]);
    let header = "{\"portres\":\"trace\",\"format\":2}\n";
    refused("bad.jsonl", header, &["line 1", "expected format 1", "format 2"]);
}

#[test]
fn what_is_no_trace() {
    refused("bad.trace", "Dear reader,\n", &["line 1", "expected `portres trace 1`"]);
    refused("bad.trace", "p1: startup -> ok\n", &["line 1", "expected `portres trace 1`"]);
    refused("bad.jsonl", "{\"a\":1}\n", &["line 1", "`a`"]);
    refused("bad.jsonl", "[1,2]\n", &["line 1", "expected"]);
    refused("bad.trace", "\x7fELF\x02\x01\x01", &["line 1", "expected `portres trace 1`"]);
}

#[test]
fn an_empty_file() {
    refused("bad.trace", "", &["expected a trace", "found nothing"]);
    refused("bad.trace", "\n\n# only a comment\n", &["expected a trace"]);
}

#[test]
fn an_unknown_call() {
    let events = "p1: s1 = socket udp v4 -> ok\np1: bnid s1 0.0.0.0:5001 -> 5001\n";
    let has = ["line 4, column 5", "expected a call", "found `bnid`", "did you mean `bind`?"];
    text(events, &has);
    let event = "{\"who\":\"p1\",\"call\":{\"bnid\":{\"socket\":\"s1\"}},\"reply\":\"ok\"}\n";
    json(event, &["line 2, column", "`bnid`", "`bind`"]);
}

#[test]
fn an_unknown_field() {
    let event = "{\"who\":\"p1\",\"call\":\"cleanup\",\"reply\":\"ok\",\"colour\":\"red\"}\n";
    json(event, &["line 2, column", "`colour`"]);
    let header = "{\"portres\":\"trace\",\"format\":1,\"colour\":\"red\"}\n";
    refused("bad.jsonl", header, &["line 1", "`colour`"]);
}

#[test]
fn an_unknown_header_line() {
    let has = ["line 2, column 1", "a header line", "found `wrold`", "did you mean `world`?"];
    refused("bad.trace", "portres trace 1\nwrold closed\n", &has);
}

#[test]
fn a_single_valued_header_line_twice() {
    for line in ["world open", "title a", "network up", "exclusions listed", "resources ample"] {
        let trace = format!("portres trace 1\n{line}\n{line}\n\np1: startup -> ok\n");
        refused("bad.trace", trace, &["line 3"]);
    }
}

#[test]
fn a_port_past_the_end() {
    let events = "p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:70000 -> 70000\n";
    text(events, &["line 4, column 13", "the port 0 to 65535", "found `0.0.0.0:70000`"]);
    let events = "p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:0 -> 70000\n";
    text(events, &["line 4, column 26", "a port", "found `70000`"]);
}

#[test]
fn a_block_past_the_end() {
    for line in ["excluded tcp", "block udp", "dynamic udp", "reserved t1 tcp"] {
        let column = format!("line 2, column {}", line.len() + 2);
        let has = [column.as_str(), "none past 65535", "found `65530+10`"];
        refused("bad.trace", format!("portres trace 1\n{line} 65530+10\n"), &has);
    }
    let block = "\"blocks\":[{\"protocol\":\"tcp\",\"block\":\"65530+10\"}]";
    let header = format!("{{\"portres\":\"trace\",\"format\":1,{block}}}\n");
    refused("bad.jsonl", header, &["line 1", "65535", "found `65530+10`"]);
}

#[test]
fn a_reply_of_the_wrong_shape() {
    let events = "p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0.0.0:0 -> 5000+2\n";
    text(events, &["line 4, column 26", "the reply to `bind`: a port", "found `5000+2`"]);
    json(
        "{\"who\":\"p1\",\"call\":\"cleanup\",\"reply\":{\"bound\":1}}\n",
        &["line 2", "the reply does not fit the call `cleanup`", "expected `ok`"],
    );
    text("p1: socket udp v4 -> ok\n", &["line 3, column 22", "`sN =`"]);
}

#[test]
fn a_socket_that_was_never_opened() {
    let has = ["line 3", "the socket s1 was never opened"];
    text("p1: bind s1 0.0.0.0:0 -> 5000\n", &has);
    let event = "{\"who\":\"p1\",\"call\":{\"listen\":{\"socket\":\"s1\"}},\"reply\":\"ok\"}\n";
    json(event, &["line 2", "the socket s1 was never opened"]);
}

#[test]
fn a_token_that_was_never_given() {
    let events = "p1: s1 = socket udp v4 -> ok\np1: associate s1 t1 -> ok\n";
    text(events, &["line 4", "the token t1 was never given"]);
}

#[test]
fn a_process_that_has_ended() {
    text("p1: exit -> ok\np1: startup -> ok\n", &["line 4", "the process p1 has ended"]);
}

#[test]
fn calls_that_begin_twice_or_never() {
    text("p1: call 1 startup\np1.2: call 1 startup\n", &["line 4", "call 1"]);
    text("p1: return 1 -> ok\n", &["line 3", "has begun", "found `1`"]);
}

/// A call behind a socket: the events stand from line 4.
fn behind_a_socket(event: &str, has: &[&str]) {
    let all = [&["line 4"], has].concat();
    text(&format!("p1: s1 = socket udp v4 -> ok\n{event}\n"), &all);
}

#[test]
fn a_field_of_a_frame_that_is_none() {
    let acquire = |field: &str, has: &[&str]| {
        let all = [&["column 23"], has].concat();
        behind_a_socket(&format!("p1: acquire s1 5000+2 {field} -> WSAEFAULT"), &all);
    };
    acquire("input=huge", &["`short` or `long` or `null` or `bad`", "found `input=huge`"]);
    acquire("output=exact", &["`short` or `long`", "found `output=exact`"]);
    acquire("bytes=short", &["`null` or `bad` behind the `=`", "found `bytes=short`"]);
    acquire("bytes=16", &["`null` or `bad` behind the `=`", "found `bytes=16`"]);
    acquire("overlapped=s1", &["a request like `o1`, or `bad`", "found `overlapped=s1`"]);
    acquire("overlapped=o01", &["a request like `o1`", "found `overlapped=o01`"]);
    acquire("overlapped=none", &["a request like `o1`", "found `overlapped=none`"]);
    acquire("routine=null", &["`given` or `bad`", "found `routine=null`"]);
    acquire("buffer=short", &["`input=`, `output=`, `bytes=`", "found `buffer=short`"]);
    acquire("inptu=short", &["`input=`", "did you mean `input=short`?"]);
    acquire("short", &["expected `->`", "found `short`"]);
    let twice = "p1: acquire s1 5000+2 input=short input=long -> WSAEFAULT";
    behind_a_socket(twice, &["column 35", "expected one `input=`", "found `input=long`"]);
    let bind = "p1: bind s1 0.0.0.0:0 input=short -> WSAEFAULT";
    behind_a_socket(bind, &["column 23", "expected `->`", "found `input=short`"]);
}

#[test]
fn a_request_that_is_none() {
    let never = |call: &str| {
        behind_a_socket(call, &["the request o1 was never made", "overlapped=o1"]);
    };
    never("p1: result o1 -> ok");
    never("p1: t1 = completion o1 -> 5000+2");
    never("p1: cancel s1 o1 -> ok");
    never("machine: complete o1 -> ok");
    behind_a_socket("p1: result r1 -> ok", &["column 12", "a request like `o1`", "found `r1`"]);
    behind_a_socket("p1: result o1000001 -> ok", &["column 12", "found `o1000001`"]);
    behind_a_socket("p1: result -> ok", &["column 12", "a request like `o1`", "found `->`"]);
    behind_a_socket("p1: cancel s1 all -> ok", &["column 15", "a request", "found `all`"]);
    let call = "{\"result\":{\"request\":\"t1\"}}";
    let event = format!("{{\"who\":\"p1\",\"call\":{call}}}\n");
    json(&event, &["line 2, column", "a name like `o1`", "found `t1`"]);
    let made = "p1: release s1 t0 overlapped=o1 -> WSAEINVAL\np1: result o1 null wait -> ok";
    let has = ["line 5, column 20", "expected `->`", "found `wait`"];
    text(&format!("p1: s1 = socket udp v4 -> ok\n{made}\n"), &has);
}

#[test]
fn a_byte_count_that_is_none() {
    let release = |behind: &str, has: &[&str]| {
        behind_a_socket(&format!("p1: release s1 t0 -> {behind}"), has);
    };
    let expected = "expected `bytes=` and a number or `untouched`";
    release("ok bytes=some", &["column 25", expected, "found `bytes=some`"]);
    release("ok bytes=", &["column 25", expected, "found `bytes=`"]);
    release("ok bytes=-1", &["column 25", expected]);
    release("ok bytes=+1", &["column 25", expected]);
    release("ok bytes=4294967296", &["column 25", expected]);
    release("ok bytes=1 bytes=1", &["column 33", "the end of the line", "found `bytes=1`"]);
    release("ok 16", &["column 25", "the end of the line", "found `16`"]);
    // it is no reply, and stands behind one
    release("bytes=16", &["column 22", "the reply to `release`: `ok`", "found `bytes=16`"]);
    behind_a_socket("p1: release s1 t0 bytes=16", &["column 19", "`null` or `bad`"]);
    let call = "\"call\":{\"release\":{\"socket\":\"s0\",\"token\":\"t0\"}}";
    let event = |rest: &str| format!("{{\"who\":\"p1\",{call},{rest}}}\n");
    json(&event("\"bytes\":16"), &["line 2", "expected `bytes` beside a `reply` only"]);
    json(&event("\"reply\":{\"bytes\":16}"), &["line 2", "a byte count is no reply"]);
    json(&event("\"reply\":\"ok\",\"bytes\":\"16\""), &["line 2, column", "a byte count"]);
}

#[test]
fn a_reply_of_which_something_is_told() {
    let bind = |behind: &str, has: &[&str]| {
        behind_a_socket(&format!("p1: bind s1 0.0.0.0:1 -> {behind}"), has);
    };
    bind("1 |", &["column 29", "the reply to `bind`: a port", "found the end of the line"]);
    bind("| 1", &["column 26", "the reply to `bind`: a port", "found `|`"]);
    bind("1 | 1", &["column 30", "expected another reply", "found `1`"]);
    bind("1 | unsupported", &["column 30", "expected another reply", "found `unsupported`"]);
    bind("1 | 2 | 3 | 4 | 5", &["column 42", "two to 4 in all", "found `5`"]);
    bind("1 2", &["column 28", "the end of the line", "found `2`"]);
    bind("1 | fails", &["column 30", "the reply to `bind`: a port", "found `fails`"]);
    bind("fails | 1", &["column 32", "the end of the line", "found `|`"]);
    bind("failed", &["column 26", "the reply to `bind`: a port", "found `failed`"]);
    let event = |reply: &str| {
        format!("{{\"who\":\"p1\",\"call\":\"cleanup\",\"reply\":{reply},\"note\":\"x\"}}\n")
    };
    json(&event("{\"one-of\":[\"ok\"]}"), &["line 2, column", "two to 4 replies", "found 1"]);
    json(&event("{\"one-of\":[\"ok\",\"ok\"]}"), &["line 2, column", "found `ok` again"]);
    json(&event("{\"one-of\":\"ok\"}"), &["line 2, column", "a list of two to 4 replies"]);
    json(&event("{\"one-of\":[\"ok\",{\"bound\":1}]}"), &["line 2", "does not fit"]);
    json(&event("{\"bound\":1,\"one-of\":[]}"), &["line 2, column", "one tag"]);
    json(&event("{}"), &["line 2, column", "a reply"]);
    json(&event("\"failed\""), &["line 2, column", "unit variant"]);
}

#[test]
fn other_arguments_that_are_none() {
    let bad = |call: &str, column: u32, has: &[&str]| {
        let column = format!("column {column}");
        behind_a_socket(call, &[&[column.as_str()], has].concat());
    };
    bad("p1: s2 = socket udp v4 overlapped -> ok", 24, &["expected `->`", "found `overlapped`"]);
    let order = "p1: s2 = socket udp v4 no-inherit non-overlapped -> ok";
    bad(order, 35, &["expected `->`", "found `non-overlapped`"]);
    let option = ["expected a socket option", "did you mean `SO_REUSEADDR`?"];
    bad("p1: getsockopt s1 SO_REUSEADR -> 0", 19, &option);
    bad("p1: getsockopt s1 SO_REUSEADDR -> on", 35, &["`getsockopt`: a number", "found `on`"]);
    bad("p1: setsockopt s1 SO_BROADCAST +1 -> ok", 32, &["a number", "found `+1`"]);
    bad("p1: ioctlsocket s1 FIOASYNC -> ok", 20, &["expected `FIONBIO`", "found `FIOASYNC`"]);
    bad("p1: ioctlsocket s1 FIONREAD 1 -> ok", 29, &["expected `->`", "found `1`"]);
    bad("p1: ioctlsocket s1 FIONBIO -> ok", 28, &["a number", "found `->`"]);
    bad(
        "p1: connect s1 [fe80::1%eth0]:80 -> 1",
        16,
        &["ADDRESS:PORT", "found `[fe80::1%eth0]:80`"],
    );
    bad("p1: sendto s1 9 -> 1", 15, &["ADDRESS:PORT", "found `9`"]);
    bad("p1: s2 = inherit s1 p0 -> ok", 21, &["a process like `p1`", "found `p0`"]);
    bad("p1: s2 = inherit s1 -> ok", 21, &["a process like `p1`", "found `->`"]);
    bad("p1: affinity s1 65536 -> ok", 17, &["the index of a processor", "found `65536`"]);
    let code = "a control code like `FIONREAD` or `0x98000067`";
    bad("p1: ioctl s1 SIO_KEEPALIVE -> ok", 14, &[code, "found `SIO_KEEPALIVE`"]);
    bad("p1: ioctl s1 0x+5 -> ok", 14, &[code, "found `0x+5`"]);
    bad("p1: ioctl s1 4294967296 -> ok", 14, &[code, "found `4294967296`"]);
    let store = "expected `persistent` or `active`";
    bad("p1: addexcluded tcp 5000+2 for-good -> ok", 28, &[store, "found `for-good`"]);
    bad("p1: setdynamic tcp 5000+2 actve -> ok", 27, &[store, "did you mean `active`?"]);
    bad("p1: showdynamic sctp -> 1+1", 17, &["`tcp` or `udp`", "found `sctp`"]);
    bad("p1: showdynamic tcp -> ok", 24, &["a range START+COUNT", "found `ok`"]);
    let row = "`absent`, `unstarred` or `starred`";
    bad("p1: showexcluded tcp 5000+2 -> hidden", 32, &[row, "found `hidden`"]);
    bad("p1: create tcp 5000+2 bad -> ok", 23, &["expected `->`", "found `bad`"]);
    bad("machine: appear tcp 5000+2 -> ok", 28, &["the owner of a block", "found `->`"]);
    bad("machine: appear tcp 5000+2 winnt -> ok", 28, &["did you mean `winnat`?"]);
    bad("machine: network broken -> ok", 18, &["`up` or `down`", "found `broken`"]);
    bad("machine: settle 70000 -> ok", 17, &["a port", "found `70000`"]);
    bad("machine: start p0 -> ok", 16, &["a process like `p1`", "found `p0`"]);
    bad("p1: release s1 t0 -> error +5", 28, &["the number of an error", "found `+5`"]);
}

#[test]
fn arguments_of_sockets_and_names_that_are_none() {
    let bad = |event: &str, column: usize, parts: &[&str]| {
        behind_a_socket(event, &[&[format!("column {column}").as_str()], parts].concat());
    };
    bad("p1: open AF_INTE 1 0 -> WSAEINVAL", 10, &["an address family", "found `AF_INTE`"]);
    bad("p1: open AF_INET +1 0 -> WSAEINVAL", 18, &["a type", "found `+1`"]);
    bad("p1: open AF_INET -- 0 -> WSAEINVAL", 18, &["a type", "found `--`"]);
    bad("p1: open AF_INET 1 2147483648 -> WSAEINVAL", 20, &["a protocol", "found `2147483648`"]);
    bad("p1: open AF_INET 1 0 info=2,1 -> WSAEINVAL", 22, &["`info=`", "found `info=2,1`"]);
    bad("p1: open AF_INET 1 0 info=2,1,6,6 -> WSAEINVAL", 22, &["`info=`", "`info=2,1,6,6`"]);
    bad("p1: s2 = open AF_INET 1 0 -> ok", 30, &["`tcp`, `udp` or `raw`", "found `ok`"]);
    bad("p1: s2 = open AF_INET 1 0 -> tcp", 33, &["`v4` or `v6`", "the end of the line"]);
    bad("p1: open AF_INET 1 0 -> tcp v4", 25, &["with `sN =` before the call", "found `tcp`"]);
    bad("p1: bind s1 0.0.0.0:0 name=long -> 1", 23, &["`short` or `null` or `bad`", "`name=long`"]);
    bad("p1: bind s1 0.0.0.0:0 size=short -> 1", 23, &["expected `->`", "found `size=short`"]);
    bad("p1: getpeername s1 -> 5000", 23, &["ADDRESS:PORT", "found `5000`"]);
    bad("p1: startup 2 -> ok", 13, &["a version like `2.2`", "found `2`"]);
    bad("p1: startup data=bad -> ok", 13, &["`null` behind the `=`", "found `data=bad`"]);
    bad("p1: startup -> 2", 16, &["a version like `2.2`", "found `2`"]);
    bad("p1: connectex s1 1.1.1.1:1 overlapped=o1 -> 1", 28, &["`null`", "`overlapped=o1`"]);
    bad("p1: duplicate s1 p -> WSAEINVAL", 18, &["a process like `p1`, or `p0`", "found `p`"]);
    bad("p1: getpeername s1 -> 1.1.1.1:1 bytes=-1", 33, &["a number or `untouched`"]);
    behind_a_socket("p1: listen s1 -> ok bytes=1", &["`listen s1` has no byte count"]);
}

#[test]
fn arguments_of_options_that_are_none() {
    let bad = |call: &str, column: u32, has: &[&str]| {
        let column = format!("column {column}");
        behind_a_socket(call, &[&[column.as_str()], has].concat());
    };
    let option = ["a socket option, or LEVEL:NUMBER"];
    for word in ["SOL_NOTHING:1", "1", "1:", ":1", "1:+1", "1:0x", "1:2147483648", "SOL_SOCKET:1:2"]
    {
        bad(&format!("p1: getsockopt s1 {word} -> 0"), 19, &option);
    }
    for length in ["", "0x4", "+4", "four", "2147483648", "-2147483649"] {
        let call = format!("p1: getsockopt s1 SO_TYPE length={length} -> 0");
        bad(&call, 27, &["`length=` and a number", &format!("found `length={length}`")]);
    }
    let value = ["`null` or `bad` behind the `=`", "found `value=good`"];
    bad("p1: setsockopt s1 SO_TYPE 1 value=good -> ok", 29, &value);
    let order = "p1: setsockopt s1 SO_TYPE 1 value=bad length=4 -> ok";
    bad(order, 39, &["expected `->`", "found `length=4`"]);
    let argument = "p1: ioctlsocket s1 FIONREAD argument=bad argument=bad -> 0";
    bad(argument, 42, &["expected `->`"]);
    let status = ["a status like `STATUS_PENDING` or `0xc0000022`"];
    for word in ["259", "STATUS_NOTHING", "0x", "0x1ffffffff"] {
        bad(&format!("p1: preset o1 {word} -> ok"), 15, &status);
    }
    bad("p1: preset s1 STATUS_PENDING -> ok", 12, &["a request like `o1`", "found `s1`"]);
    bad("p1: ioctl s1 FIONREAD -> port", 26, &["`ioctl`: a number, or `ok`", "found `port`"]);
}

#[test]
fn what_only_the_machine_does_and_what_it_never_does() {
    for call in ["restart", "start p2", "appear tcp 1+1 wsl", "vanish tcp 1+1", "network up"] {
        text(&format!("p1: {call} -> ok\n"), &["line 3", call, "is made by `machine`"]);
    }
    text("p1: settle 5 -> ok\n", &["line 3", "the call `settle 5` is made by `machine`"]);
    for call in ["startup", "endthread", "cancel s0", "showdynamic udp", "result o1"] {
        text(&format!("machine: {call}\n"), &["line 3", call, "is made by a process like `p1`"]);
    }
}

#[test]
fn a_name_before_a_call_that_creates_nothing() {
    let call = |event: &str, name: &str| {
        behind_a_socket(event, &["creates nothing that is named", name]);
    };
    call("p1: s2 = bind s1 0.0.0.0:0 -> 5000", "s2");
    call("p1: t1 = cleanup", "t1");
    call("p1: call 1 s2 = listen s1", "s2");
    call("p1: t1 = accept s1 -> WSAEINVAL", "t1");
    let event = "{\"who\":\"p1\",\"as\":\"t1\",\"call\":\"cleanup\",\"reply\":\"ok\"}\n";
    json(event, &["line 2", "the call `cleanup` creates nothing that is named t1"]);
    let folder = folder();
    let script = "portres script 1\n\np1: s1 = socket udp v4\np1: s2 = bind s1 0.0.0.0:0\n";
    fs::write(folder.path().join("bad.script"), script).expect("a file");
    let args = ["record", "bad.script", "--on", "sim", "-o", "new.trace"];
    let line = complaint(&portres(folder.path(), &args));
    assert!(line.contains("bad.script: line 4: ") && line.contains("named s2"), "{line}");
}

#[test]
fn a_truncated_line() {
    text("p1: s1 = socket udp v4 -> ok\np1: bind s1 0.0", &["line 4, column 13", "found `0.0`"]);
    text("p1: s1 = socket udp v4 ->", &["line 3", "the end of the line"]);
    refused("bad.trace", "portres trac", &["line 1", "expected `portres trace 1`"]);
    let half = "{\"who\":\"p1\",\"call\":{\"socket\":{\"kind\":\"udp\",\"fam";
    json(half, &["line 2, column 47"]);
    refused("bad.jsonl", "{\"portres\":\"trace\",\"for", &["line 1, column"]);
}

#[test]
fn a_number_that_is_no_reservation() {
    // a token that no call has given is an operand, never an answer
    let call = "{\"create\":{\"protocol\":\"tcp\",\"range\":\"5000+2\"}}";
    let event = format!("{{\"who\":\"p1\",\"call\":{call},\"reply\":{{\"token\":\"unknown\"}}}}\n");
    let reserved = "{\"token\":\"unknown\",\"protocol\":\"tcp\",\"block\":\"5000+2\"}";
    let header = format!("{{\"portres\":\"trace\",\"format\":1,\"reserved\":[{reserved}]}}\n");
    for (content, place) in [(format!("{JSON}{event}"), "line 2"), (header, "line 1")] {
        let folder = folder();
        fs::write(folder.path().join("bad.jsonl"), content).expect("the file is written");
        let output = with_little_memory(folder.path(), &["check", "bad.jsonl"]);
        let line = complaint(&output);
        assert!(line.contains(place) && line.contains("unknown"), "{line}");
    }
}

#[cfg(unix)]
fn with_little_memory(folder: &Path, args: &[&str]) -> Output {
    let limited = "ulimit -v 2000000; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_portres")]).args(args).current_dir(folder);
    command.stdin(Stdio::null()).output().expect("portres runs")
}

#[cfg(not(unix))]
fn with_little_memory(folder: &Path, args: &[&str]) -> Output {
    portres(folder, args)
}

#[test]
fn what_is_not_utf_8() {
    let mut content = format!("{TEXT}p1: s1 = socket udp v4 -> ok\np1: cl").into_bytes();
    content.extend([0xff, 0xfe, b'\n']);
    refused("bad.trace", &content, &["line 4, column 7", "not UTF-8"]);
    // columns are counted in characters
    let mut content = format!("{TEXT}p1: startup -> ok # \u{e9}\u{e9}").into_bytes();
    content.extend([0xff, b'\n']);
    refused("bad.trace", &content, &["line 3, column 23", "not UTF-8"]);
}

#[test]
fn nul_bytes_and_control_characters() {
    refused("bad.trace", [0; 64], &["line 1", "expected"]);
    let says = "expected no control character but a tab, found ";
    text("p1: startup\0 -> ok\n", &["line 3, column 12", says, "'\\0'"]);
    text("p1: startup\x1b[31m -> ok\n", &["line 3, column 12", says, "'\\u{1b}'"]);
    json("{\"who\":\"p1\",\"call\":\"clean\\u001b[31mup\",\"reply\":\"ok\"}\n", &["line 2"]);
}

#[test]
fn json_columns_are_characters_of_the_line() {
    let event = "{\"who\":\"p1\",\"note\":\"\u{e9}\u{e9}\",\"colour\":1,\"call\":\"cleanup\"}\n";
    // the column of the end of the unknown name
    let column = event.split("\":1").next().expect("its beginning").chars().count() + 1;
    json(event, &[&format!("line 2, column {column}")]);
}

#[test]
fn an_unknown_system() {
    let folder = folder();
    sources(folder.path());
    let systems = ["simm", "exec:", "exec:no-such-program-here", "tcp:localhost:1"];
    for system in systems {
        let output = portres(folder.path(), &["replay", "good.trace", "--on", system]);
        complaint(&output);
        assert_eq!(out(&output), "", "{system}");
    }
}
