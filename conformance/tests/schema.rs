//! The JSON Schema of a line: every line that is written is valid, and wrong lines are neither valid nor readable.

mod common;

use std::collections::BTreeSet;

use portres::trace::{Item, Part, Reader, Spelled, write_item};
use portres_model::{Call, Control, Error, Reply, SocketOption, Status};
use serde_json::Value;

fn validator() -> jsonschema::Validator {
    let path = common::folder("../docs/trace.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// Every call with every form of its arguments, and every kind of reply; no machine answers so.
const EVERY: &str = "portres trace 1
# a comment among the header lines
title every word
system windows 10.0.19045 arch=x86_64
source nowhere
recorded by=nobody on=2026-01-31 at=12:00:00Z
world open
exclusions unknown
resources scarce
network down
profile documented
expect diverges 1 socket.opens
process p1 user=alice built-in-administrator filtered
address 2001:db8::7
address fe80::7%12
dynamic udp 49152+16384
excluded tcp 6000+10 active
block tcp 6100+10 http.sys
filtered tcp 6200+10
reserved t9 udp 5000+2

p1: startup                                          -> ok # a note
# a comment
p1: startup 1.1                                      -> WSAVERNOTSUPPORTED
p1: startup 1.2                                      -> 1.1
p1: startup data=null                                -> WSAEFAULT
p1: startup 0.0 data=null                            -> WSAVERNOTSUPPORTED
p1: s1 = socket tcp v4                               -> ok
p1: s2 = socket udp v6 non-overlapped                -> ok
p1: s3 = socket raw v4 no-inherit                    -> WSAEACCES
p1: s3 = socket udp v4 non-overlapped no-inherit     -> ok
p1: s8 = open AF_INET6 SOCK_STREAM IPPROTO_TCP       -> tcp v6
p1: s9 = open AF_UNSPEC 0 0 info=AF_INET,SOCK_DGRAM,0 non-overlapped no-inherit -> udp v4
p1: open 57005 -1 IPPROTO_ICMP                       -> WSAESOCKTNOSUPPORT
p1: setsockopt s1 SO_REUSEADDR 1                     -> ok
p1: setsockopt s1 SO_EXCLUSIVEADDRUSE 0              -> ok
p1: setsockopt s2 IPV6_V6ONLY 4294967295             -> error 4294967295
p1: setsockopt s2 SO_BROADCAST 1                     -> ok
p1: setsockopt s2 SO_REUSEADDR 256 length=-1         -> ok
p1: setsockopt s2 SOL_SOCKET:12545 1 length=4 value=bad -> WSAEFAULT
p1: getsockopt s2 IPPROTO_IPV6:-1 length=256         -> WSAENOPROTOOPT bytes=untouched
p1: getsockopt s2 100:4101 value=null                -> WSAEINVAL
p1: getsockopt s2 SO_BROADCAST length=2              -> 1 bytes=1
p1: getsockopt s2 SO_PROTOCOL_INFO                   -> ok
p1: getsockopt s2 SO_RANDOMIZE_PORT                  -> 0
p1: getsockopt s2 SO_PORT_SCALABILITY                -> 1
p1: getsockopt s2 SO_REUSE_UNICASTPORT               -> 4294967295
p1: getsockopt s2 SO_REUSE_MULTICASTPORT             -> unsupported
p1: ioctlsocket s1 FIONBIO 1                         -> ok
p1: ioctlsocket s1 FIONREAD                          -> 0
p1: ioctlsocket s1 SIOCATMARK argument=null          -> WSAEFAULT
p1: ioctl s1 FIONREAD output=tiny                    -> WSAEFAULT bytes=untouched
p1: ioctl s1 SIOCATMARK                              -> 1 bytes=4
p1: ioctl s1 SIO_KEEPALIVE_VALS input=empty          -> WSAEFAULT bytes=0
p1: bind s1 0.0.0.0:0                                -> 5007
p1: bind s8 [fe80::7%12]:0                           -> 5008
p1: bind s0 0.0.0.0:0 name=bad                       -> WSAENOTSOCK
p1: getsockname s1                                   -> 0.0.0.0:5007 bytes=16
p1: getsockname s8                                   -> [fe80::7%12]:5008
p1: getsockname s1 name=short                        -> WSAEFAULT bytes=untouched
p1: getpeername s1                                   -> [2001:db8::7]:80 bytes=28
p1: getpeername s1 name=null                         -> WSAENOTCONN
p1: disconnect s2                                    -> ok
p1: listen s1                                        -> ok
p1: connect s2 [::1]:80                              -> 65535
p1: connectex s0 192.0.2.7:80                        -> WSAENOTSOCK
p1: connectex s1 192.0.2.7:80 overlapped=null        -> ERROR_INVALID_PARAMETER
p1: s4 = accept s1                                   -> ok
p1: sendto s3 255.255.255.255:9                      -> 49152
p1: s5 = duplicate s3 p2                             -> ok
p1: duplicate s3 p0 info=null                        -> WSAEINVAL
p1: s6 = inherit s3 p2                               -> ok
p1: t1 = acquire s3 5000+20                          -> 5000+20 bytes=16
p1: associate s3 t1                                  -> ok bytes=untouched
p1: associate s3 unknown input=short output=long     -> WSAEINVAL bytes=0
p1: release s3 t0 input=long output=null             -> WSAEFAULT
p1: release s3 t1 input=null output=bad bytes=null   -> WSAEFAULT
p1: acquire s3 0+1 input=bad output=short bytes=bad  -> WSAEFAULT
p1: affinity s3 65535                                -> ok
p1: ioctl s3 0xffffffff overlapped=bad routine=bad   -> WSAEOPNOTSUPP
p1: acquire s3 65530+10 overlapped=o0 routine=given  -> WSA_IO_PENDING bytes=untouched
p1: release s3 t1 overlapped=o1                      -> ok
p1: t2 = completion o0                               -> 5100+1 bytes=16
p1: result o1                                        -> ok bytes=0
p1: result o1 wait null                              -> WSAEFAULT
p1: cancel s3                                        -> ERROR_NOT_FOUND
p1: cancel s3 o1                                     -> ok
p1: preset o2 STATUS_SHARING_VIOLATION               -> ok
p1: preset o3 0xc0000fff                             -> ok
p1: result o2                                        -> WSAEADDRINUSE
p1: t3 = create tcp 7000+2                           -> ok
p1: create tcp 7000+2 null                           -> ERROR_INVALID_PARAMETER
p1: t3 = lookup tcp 7000+2                           -> ok
p1: lookup tcp 7000+2 null                           -> ERROR_INVALID_PARAMETER
p1: delete tcp 7000+2                                -> ok
p1: addexcluded udp 8000+2                           -> ok
p1: showexcluded udp 8000+2                          -> starred
p1: showexcluded udp 8000+1                          -> absent
p1: deleteexcluded udp 8000+2 active                 -> ok
p1: setdynamic udp 10000+1000 active                 -> ok
p1: showdynamic udp                                  -> 10000+1000
machine: appear tcp 9000+10 winnat                   -> ok
machine: appear tcp 9010+10 hns
machine: appear tcp 9020+10 wsl
machine: appear tcp 9030+10 unknown
p1: showexcluded tcp 9000+10                         -> unstarred
machine: vanish tcp 9000+10                          -> ok
machine: network down                                -> ok
machine: network up                                  -> ok
machine: settle 5007                                 -> ok
machine: complete o0                                 -> ERROR_NOT_FOUND
p1: bind s3 0.0.0.0:0                                -> 5008 | WSAEINVAL | error 7
p1: s8 = accept s1                                   -> ok | WSAEWOULDBLOCK
p1: listen s3                                        -> fails
p1: listen s3                                        -> succeeds
p1: release s3 t1                                    -> fails bytes=0
p1: release s3 t1                                    -> ok | WSAEINVAL bytes=untouched
p1: call 6 listen s3
p1: return 6                                         -> fails
p1: closesocket s1                                   -> ok
p1: call 7 s7 = socket tcp v4
p1.2: call 8 associate s3 t1
p1: return 7                                         -> ok
p1.2: return 8                                       -> ok bytes=0
p1.2: endthread                                      -> ok
p1: cleanup                                          -> ok
p1: exit                                             -> ok
machine: start p1 user=bob administrator elevated    -> ok
machine: start p2                                    -> ok
machine: start p3 local-system                       -> ok
machine: start p4 local-service                      -> ok
machine: start p5 network-service                    -> ok
machine: restart                                     -> ok
";

fn json_of(items: impl Iterator<Item = Item>) -> Vec<String> {
    let line = |item| {
        let mut line = Vec::new();
        write_item(&mut line, Spelled::JsonLines, &item).expect("memory");
        String::from_utf8(line).expect("UTF-8").trim_end().to_string()
    };
    items.map(line).collect()
}

fn items(text: &[u8]) -> impl Iterator<Item = Item> {
    Reader::new(text).map(|item| item.unwrap_or_else(|e| panic!("{e}")))
}

/// The lines of every fixture and of the trace with everything, in JSON.
fn lines() -> Vec<String> {
    let mut lines = json_of(items(EVERY.as_bytes()));
    for path in common::files(&common::folder("."), "trace") {
        lines.extend(json_of(items(&std::fs::read(&path).expect("a fixture"))));
    }
    lines
}

#[test]
fn every_line_that_is_written_is_valid() {
    let validator = validator();
    for line in lines() {
        let value = serde_json::from_str(&line).expect("JSON");
        if let Err(error) = validator.validate(&value) {
            panic!("{line}\n{error}");
        }
    }
}

/// The kinds of reply that a line can have. A new one does not compile until it stands here.
fn kind(reply: &Reply) -> Option<&'static str> {
    Some(match reply {
        Reply::Ok => "ok",
        Reply::Socket(_) => "socket",
        Reply::Opened { .. } => "opened",
        Reply::Version(_) => "version",
        Reply::Bound(_) => "bound",
        Reply::Name(_) => "name",
        Reply::Reserved { .. } => "reserved",
        Reply::Token(_) => "token",
        Reply::Value(_) => "value",
        Reply::Range(_) => "range",
        Reply::Row(_) => "row",
        Reply::Failed(_) => "failed",
        Reply::Unsupported => "unsupported",
        Reply::Bytes(_) => return None,
    })
}

const KINDS: [&str; 13] = [
    "ok",
    "socket",
    "opened",
    "version",
    "bound",
    "name",
    "reserved",
    "token",
    "value",
    "range",
    "row",
    "failed",
    "unsupported",
];

/// What may be told of a reply besides the reply itself.
const DESCRIBED: [&str; 3] = ["fails", "succeeds", "one-of"];

#[test]
fn every_call_and_every_kind_of_reply_is_among_them() {
    let mut replies = BTreeSet::new();
    for item in items(EVERY.as_bytes()) {
        let Item::Event(event) = item else { continue };
        match event.part {
            Part::Whole { reply, .. } | Part::End { reply, .. } => {
                replies.extend(reply.named().filter_map(kind));
            }
            Part::Begin { .. } => {}
        }
    }
    assert_eq!(replies, KINDS.into());
    let word = |line: &String, key: &str| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        match value.get(key)? {
            Value::String(word) => Some(word.clone()),
            Value::Object(object) => object.keys().next().cloned(),
            _ => None,
        }
    };
    let lines = json_of(items(EVERY.as_bytes()));
    let calls: BTreeSet<String> = lines.iter().filter_map(|l| word(l, "call")).collect();
    assert_eq!(calls, Call::heads().map(str::to_string).collect());
    let replies: BTreeSet<String> = lines.iter().filter_map(|l| word(l, "reply")).collect();
    let described = DESCRIBED.iter().chain(&KINDS);
    assert_eq!(replies, described.map(ToString::to_string).collect());
}

/// The strings of a list of the schema that is called so, whichever way it says them.
fn listed(schema: &Value, name: &str) -> BTreeSet<String> {
    let definition = &schema["$defs"][name];
    let each =
        definition["oneOf"].as_array().map_or(std::slice::from_ref(definition), Vec::as_slice);
    let lists = each.iter().flat_map(|one| [&one["enum"], &one["required"]]);
    let words = lists.filter_map(|list| list.as_array()).flatten().filter_map(|w| w.as_str());
    words.map(str::to_string).collect()
}

#[test]
fn the_schema_lists_what_there_is_and_nothing_else() {
    let path = common::folder("../docs/trace.schema.json");
    let schema = std::fs::read_to_string(path).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let (of_process, of_machine) = (listed(&schema, "processCall"), listed(&schema, "machineCall"));
    let calls: BTreeSet<String> = of_process.union(&of_machine).cloned().collect();
    assert_eq!(calls, Call::heads().map(str::to_string).collect());
    let mut made_by_machine = BTreeSet::new();
    for item in items(EVERY.as_bytes()) {
        let Item::Event(event) = item else { continue };
        let Part::Whole { call, .. } = event.part else { continue };
        if call.is_of_machine() {
            made_by_machine.extend(call.to_string().split(' ').next().map(str::to_string));
        }
    }
    assert_eq!(of_machine, made_by_machine);
    assert_eq!(listed(&schema, "reply"), words(&KINDS));
    assert_eq!(listed(&schema, "observed"), words(&DESCRIBED));
    let options: Vec<&str> = SocketOption::ALL.iter().filter_map(|o| o.c_name()).collect();
    assert_eq!(listed(&schema, "option"), words(&options));
    let statuses: Vec<&str> = Status::named().filter_map(Status::c_name).collect();
    assert_eq!(listed(&schema, "status"), words(&statuses));
    let names = |e: &Error| [e.c_name(), e.other_name()];
    let errors: Vec<&str> = Error::ALL.iter().flat_map(names).flatten().collect();
    assert_eq!(listed(&schema, "error"), words(&errors));
}

#[test]
fn the_format_page_shows_every_call_and_every_word() {
    let page = include_str!("../../docs/trace-format.md");
    let (in_text, in_json) = page.split_once("## JSON lines").expect("the two spellings");
    let cells: Vec<&str> = in_text.lines().filter_map(|l| l.strip_prefix("| `")).collect();
    for head in Call::heads() {
        let shown = |cell: &&str| {
            let call = cell.split_once("= ").map_or(*cell, |(_, call)| call);
            let call = call.strip_prefix("[tN =] ").unwrap_or(call);
            call.split([' ', '`']).next() == Some(head)
        };
        assert!(cells.iter().any(shown), "no row for `{head}`");
        let tag = [format!("`{head}`"), format!("`\"{head}\"`")];
        assert!(tag.iter().any(|tag| in_json.contains(tag)), "no JSON form of `{head}`");
    }
    let options = SocketOption::ALL.iter().filter_map(|o| o.c_name());
    let controls = Control::ALL.iter().map(|c| c.c_name);
    for name in options.chain(controls).chain(Status::named().filter_map(Status::c_name)) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    // the words that `EVERY` uses stand on the page
    let other = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let shown: BTreeSet<&str> = page.split(other).collect();
    for line in EVERY.lines().filter(|line| line.contains(": ")) {
        for word in line.split(other).filter(|w| w.bytes().all(|b| b.is_ascii_lowercase())) {
            assert!(shown.contains(word) || word == "bob", "the page lacks `{word}`");
        }
    }
}

/// What the page shows as a trace can be read.
#[test]
fn the_examples_of_the_format_page_are_traces() {
    let page = include_str!("../../docs/trace-format.md").replace('\r', "");
    let blocks = page.split("```text\n").skip(1).filter(|b| b.starts_with("portres trace 1\n"));
    let blocks: Vec<&str> = blocks.filter_map(|b| b.split("```").next()).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        assert!(items(block.as_bytes()).count() > 4, "{block}");
    }
}

const HEADER: &str = r#"{"portres":"trace","format":1}"#;

#[test]
fn wrong_lines_are_neither_valid_nor_readable() {
    let validator = validator();
    for line in WRONG {
        let value = serde_json::from_str(line).expect("JSON");
        assert!(!validator.is_valid(&value), "valid: {line}");
        assert!(read(line).is_err(), "readable: {line}");
    }
}

/// Reads a line behind the header.
fn read(line: &str) -> Result<(), String> {
    let text =
        if line.contains("portres") { line.to_string() } else { format!("{HEADER}\n{line}\n") };
    Reader::new(text.as_bytes()).try_for_each(|item| item.map(drop).map_err(|e| e.to_string()))
}

const WRONG: &[&str] = &[
    r#"{"who":"p1","call":"fly","reply":"ok"}"#,
    r#"{"who":"p0","call":"cleanup","reply":"ok"}"#,
    r#"{"who":"p1000001","call":"cleanup","reply":"ok"}"#,
    r#"{"who":"p1.0","call":"cleanup","reply":"ok"}"#,
    r#"{"who":"machine.2","call":"restart","reply":"ok"}"#,
    r#"{"who":"p1","call":"cleanup","reply":"fine"}"#,
    r#"{"who":"p1","call":"cleanup","reply":"ok","extra":1}"#,
    r#"{"who":"p1","reply":"ok"}"#,
    r#"{"who":"p1","begin":1,"call":"cleanup","reply":"ok"}"#,
    r#"{"who":"p1","call":{"bind":{"socket":"s0","address":"localhost:1"}},"reply":{"bound":1}}"#,
    r#"{"who":"p1","call":{"bind":{"socket":"s0","address":"0.0.0.0:1"}},"reply":{"bound":70000}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1"}}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"failed":"WSAENOSUCH"}}"#,
    r#"{"comment":"a","b":1}"#,
    r#"{"portres":"trace","format":2}"#,
    r#"{"portres":"trace","format":1,"colour":"red"}"#,
    // names
    r#"{"who":"p1","call":{"socket":{"kind":"udp","family":"v4"}},"reply":{"socket":"s0"}}"#,
    r#"{"who":"p1","call":{"socket":{"kind":"udp","family":"v4"}},"as":"s0"}"#,
    r#"{"who":"p1","call":{"socket":{"kind":"udp","family":"v4"}},"as":"o1"}"#,
    r#"{"who":"p1","call":{"create":{"protocol":"tcp","range":"1+1"}},"reply":{"token":"t0"}}"#,
    r#"{"who":"p1","call":{"create":{"protocol":"tcp","range":"1+1"}},"reply":{"token":"unknown"}}"#,
    r#"{"who":"p1","call":{"inherit":{"socket":"s0","process":"p0"}}}"#,
    r#"{"who":"p1","call":{"inherit":{"socket":"s0","process":"machine"}}}"#,
    r#"{"portres":"trace","format":1,"processes":[{"process":"p0","user":"a","account":"standard","token":"filtered"}]}"#,
    r#"{"portres":"trace","format":1,"processes":[{"process":"p1","user":"a b","account":"standard","token":"filtered"}]}"#,
    // options and control codes
    r#"{"who":"p1","call":{"getsockopt":{"socket":"s0","option":"SO_NOTHING"}}}"#,
    r#"{"who":"p1","call":{"getsockopt":{"socket":"s0","option":"SOL_NOTHING:1"}}}"#,
    r#"{"who":"p1","call":{"getsockopt":{"socket":"s0","option":"1:0x1ffffffff"}}}"#,
    r#"{"who":"p1","call":{"getsockopt":{"socket":"s0","option":"SO_TYPE","optval":{"length":2147483648}}}}"#,
    r#"{"who":"p1","call":{"ioctlsocket":{"socket":"s0","command":{"FIONREAD":1}}}}"#,
    r#"{"who":"p1","call":{"preset":{"request":"o1","status":"STATUS_NOTHING"}}}"#,
    r#"{"who":"p1","call":{"preset":{"request":"o1","status":"259"}}}"#,
    // requests
    r#"{"who":"p1","call":{"result":{"request":"r1"}}}"#,
    r#"{"who":"p1","call":{"result":{"request":"o01"}}}"#,
    r#"{"who":"p1","call":{"result":{"request":"o1000001"}}}"#,
    r#"{"who":"p1","call":{"result":{"request":1}}}"#,
    r#"{"who":"p1","call":{"result":{}}}"#,
    r#"{"who":"p1","call":{"completion":{"request":"unknown"}}}"#,
    r#"{"who":"p1","call":{"cancel":{"socket":"s0","request":"t1"}}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"overlapped":"o1"}}}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"overlapped":{"of":"s1"}}}}}"#,
    // buffers and pointers
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"input":"huge"}}}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"output":"good"}}}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"bytes":"short"}}}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"routine":"null"}}}}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1","frame":{"buffer":"short"}}}}"#,
    r#"{"who":"p1","call":{"bind":{"socket":"s0","address":"0.0.0.0:1","frame":{}}}}"#,
    // other arguments
    r#"{"who":"p1","call":{"socket":{"kind":"udp","family":"v4","attributes":{"blocking":true}}}}"#,
    r#"{"who":"p1","call":{"setsockopt":{"socket":"s0","option":"SO_LIGNER","value":1}}}"#,
    r#"{"who":"p1","call":{"setsockopt":{"socket":"s0","option":"SO_REUSEADDR","value":-1}}}"#,
    r#"{"who":"p1","call":{"ioctlsocket":{"socket":"s0","fionread":1}}}"#,
    r#"{"who":"p1","call":{"affinity":{"socket":"s0","processor":65536}}}"#,
    r#"{"who":"p1","call":{"ioctl":{"socket":"s0","code":"0x98000067"}}}"#,
    r#"{"who":"p1","call":{"addexcluded":{"protocol":"tcp","range":"1+1","store":"forever"}}}"#,
    r#"{"who":"p1","call":{"showdynamic":{"protocol":"sctp"}}}"#,
    r#"{"who":"machine","call":{"appear":{"protocol":"tcp","range":"1+1"}}}"#,
    r#"{"who":"machine","call":{"appear":{"protocol":"tcp","range":"1+1","owner":"somebody"}}}"#,
    r#"{"who":"machine","call":{"network":{"up":"yes"}}}"#,
    r#"{"who":"machine","call":{"settle":{"port":70000}}}"#,
    // byte counts
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1"}},"bytes":16}"#,
    r#"{"who":"p1","begin":1,"call":{"acquire":{"socket":"s0","range":"1+1"}},"bytes":16}"#,
    r#"{"who":"p1","call":{"acquire":{"socket":"s0","range":"1+1"}},"reply":{"bytes":16}}"#,
    r#"{"who":"p1","call":{"associate":{"socket":"s0","token":"t0"}},"reply":"ok","bytes":"16"}"#,
    r#"{"who":"p1","call":{"associate":{"socket":"s0","token":"t0"}},"reply":"ok","bytes":-1}"#,
    r#"{"who":"p1","call":{"associate":{"socket":"s0","token":"t0"}},"reply":"ok","bytes":4294967296}"#,
    r#"{"comment":"a","bytes":16}"#,
    // replies
    r#"{"who":"p1","call":{"getsockopt":{"socket":"s0","option":"SO_REUSEADDR"}},"reply":{"value":"1"}}"#,
    r#"{"who":"p1","call":{"showdynamic":{"protocol":"tcp"}},"reply":{"range":"49152"}}"#,
    r#"{"who":"p1","call":{"showexcluded":{"protocol":"tcp","range":"1+1"}},"reply":{"row":"hidden"}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"failed":"WSAENOTSOCK","value":1}}"#,
    // what is told of a reply
    r#"{"who":"p1","call":"cleanup","reply":"failed"}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":["ok"]}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":["ok","ok"]}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":["ok","unsupported"]}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":["ok","fails"]}}"#,
    r#"{"who":"p1","call":"cleanup","reply":"succeeded"}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":"ok"}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":[{"failed":1},{"failed":2},{"failed":3},{"failed":4},{"failed":5}]}}"#,
    r#"{"who":"p1","call":"cleanup","reply":{"one-of":["ok",{"failed":1}],"failed":1}}"#,
    // who does what
    r#"{"who":"machine","call":"cleanup","reply":"ok"}"#,
    r#"{"who":"machine","call":{"result":{"request":"o1"}}}"#,
    r#"{"who":"machine","begin":1,"call":"endthread"}"#,
    r#"{"who":"p1","call":"restart","reply":"ok"}"#,
    r#"{"who":"p1","call":{"complete":{"request":"o1"}},"reply":"ok"}"#,
    r#"{"who":"p1","call":{"network":{"up":true}},"reply":"ok"}"#,
    r#"{"who":"p1","begin":1,"call":{"settle":{"port":1}}}"#,
];

/// Every way to change one thing in a value: a field more, a field less, another word or number.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::String(_) => vec!["bogus".into(), 1.into()],
        Value::Number(_) => {
            [-1, 256, 65_536, 4_294_967_296_i64].map(Value::from).into_iter().collect()
        }
        Value::Bool(_) => vec!["bogus".into()],
        Value::Array(list) => {
            let one = |i: usize| {
                changed(&list[i]).into_iter().map(move |new| {
                    let mut list = list.clone();
                    list[i] = new;
                    Value::Array(list)
                })
            };
            (0..list.len()).flat_map(one).collect()
        }
        Value::Object(fields) => {
            let mut all = Vec::new();
            let mut more = fields.clone();
            more.insert("colour".into(), 1.into());
            all.push(Value::Object(more));
            for (name, value) in fields {
                let mut less = fields.clone();
                less.remove(name);
                all.push(Value::Object(less));
                for new in changed(value) {
                    let mut other = fields.clone();
                    other.insert(name.clone(), new);
                    all.push(Value::Object(other));
                }
            }
            all
        }
        Value::Null => Vec::new(),
    }
}

/// The schema and the reader agree about every line that differs from a good one in one thing.
#[test]
fn what_is_not_valid_is_not_readable_and_the_other_way_round() {
    let (validator, mut before) = (validator(), String::new());
    let (mut valid, mut not_valid, mut disagree) = (0, 0, Vec::new());
    for line in json_of(items(EVERY.as_bytes())) {
        for changed in changed(&serde_json::from_str(&line).expect("JSON")) {
            // facts, rules and what is open are known to the reader alone
            let elsewhere = changed.get("end")
                != serde_json::from_str::<Value>(&line).expect("JSON").get("end")
                || changed["system"]["facts"]["colour"] == 1
                || changed["expect"][0]["rule"] == "bogus";
            if elsewhere {
                continue;
            }
            let is_valid = validator.is_valid(&changed);
            let text = format!("{before}{changed}\n");
            let read = Reader::new(text.as_bytes()).find_map(Result::err);
            if is_valid != read.is_none() {
                disagree.push(format!("{line}\n{changed}\n{read:?}"));
            }
            *if is_valid { &mut valid } else { &mut not_valid } += 1;
        }
        before.push_str(&line);
        before.push('\n');
    }
    assert!(disagree.is_empty(), "{}", disagree.join("\n"));
    assert!(valid > 200 && not_valid > 1_000, "{valid} valid, {not_valid} not");
}

/// What only the lines before can tell is no matter of the schema.
#[test]
fn lines_that_do_not_follow_from_those_before_are_not_readable() {
    let validator = validator();
    for (line, has) in [
        (r#"{"who":"p1","call":{"result":{"request":"o1"}},"reply":"ok"}"#, "o1 was never made"),
        (r#"{"who":"p1","call":{"completion":{"request":"o1"}}}"#, "o1 was never made"),
        (r#"{"who":"p1","call":{"cancel":{"socket":"s0","request":"o1"}}}"#, "o1 was never made"),
        (r#"{"who":"machine","call":{"complete":{"request":"o1"}}}"#, "o1 was never made"),
        (r#"{"who":"p1","call":{"accept":{"socket":"s1"}}}"#, "s1 was never opened"),
        (r#"{"who":"p1","call":"cleanup","reply":{"value":1}}"#, "does not fit"),
        (r#"{"who":"p1","call":{"showdynamic":{"protocol":"tcp"}},"reply":"ok"}"#, "does not fit"),
        (r#"{"who":"p1","call":"cleanup","as":"s1"}"#, "creates nothing that is named s1"),
        (r#"{"who":"p1","end":1,"reply":"ok","bytes":0}"#, "no call 1 has begun"),
    ] {
        let value = serde_json::from_str(line).expect("JSON");
        assert!(validator.is_valid(&value), "not valid: {line}");
        let error = read(line).expect_err(line);
        assert!(error.contains(has), "{line}: {error}");
    }
}
