//! The two spellings say the same: nothing is lost on the way from one to the other and back.

mod common;
#[path = "round_trip/kinds.rs"]
mod kinds;

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use portres::trace::{
    Alternatives, Event, Header, Item, Observed, Part, Reader, Spelled, write_item,
};
use portres_model::{
    AccessToken, Account, Attributes, Buffer, Bytes, Call, Command, Control, Credentials, Error,
    Family, Frame, NameBuffer, Names, Optval, Overlapped, Owner, Pointer, PortBlock, PortRange,
    ProcessId, Protocol, Reply, RequestId, Routine, Row, Shape, SocketId, SocketKind, SocketOption,
    Startup, Status, Store, Token, Triple, User, Version, Who,
};
use proptest::prelude::*;

/// The items of a text, line numbers aside.
fn read(bytes: &[u8]) -> Result<Vec<Item>, String> {
    let told = |e| format!("{e}\nin\n{}", String::from_utf8_lossy(bytes));
    Reader::new(bytes).map(|item| item.map(without_line).map_err(told)).collect()
}

fn without_line(item: Item) -> Item {
    match item {
        Item::Header(header) => {
            Item::Header(Box::new(Header { line: 0, profile_line: 0, ..*header }))
        }
        Item::Event(event) => Item::Event(Event { line: 0, ..event }),
        comment @ Item::Comment(_) => comment,
    }
}

fn written(items: &[Item], spelled: Spelled) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        write_item(&mut bytes, spelled, item).expect("memory takes it");
    }
    bytes
}

/// To the other spelling and back, and to the same one.
fn there_and_back(items: &[Item]) -> Result<(), String> {
    let same = |what: &str, now: Vec<Item>| {
        let differs = now.iter().zip(items).find(|(a, b)| a != b);
        match differs {
            Some((now, was)) => Err(format!("{what}: {was:?} became {now:?}")),
            None if now.len() != items.len() => {
                Err(format!("{what}: {} items became {}", items.len(), now.len()))
            }
            None => Ok(()),
        }
    };
    let json = read(&written(items, Spelled::JsonLines))?;
    same("as JSON", json.clone())?;
    same("as text", read(&written(items, Spelled::Text))?)?;
    same("as JSON, then text", read(&written(&json, Spelled::Text))?)
}

#[test]
fn every_fixture_is_the_same_in_either_spelling() {
    let mut count = 0;
    for kind in ["accept", "reject", "recorded", "asserted", "asserted-changed"] {
        for path in common::files(&common::folder(kind), "trace") {
            let items = read(&fs::read(&path).expect("a fixture")).expect("a trace");
            there_and_back(&items).unwrap_or_else(|e| panic!("{}: {e}", common::name(&path)));
            count += 1;
        }
    }
    assert!(count >= 300, "{count} fixtures");
}

#[test]
fn the_examples_of_the_format_page_are_the_same_trace() {
    let page = include_str!("../../docs/trace-format.md").replace('\r', "");
    let block = |fence: &str| {
        let from = page.find(fence).expect("the example") + fence.len();
        let to = page[from..].find("\n```").expect("its end");
        format!("{}\n", &page[from..from + to])
    };
    let as_text = block("```text\nportres trace 1\n").replacen("", "portres trace 1\n", 1);
    let as_text = read(as_text.as_bytes()).expect("the example in text");
    let as_json = read(block("```json\n").as_bytes()).expect("the example in JSON");
    assert_eq!(as_text, as_json);
    there_and_back(&as_text).expect("the example");
}

#[test]
fn facts_of_a_system_may_have_any_key() {
    let text =
        "portres trace 1\nsystem windows 10 who=me comment=none portres=yes\n\np1: cleanup -> ok\n";
    there_and_back(&read(text.as_bytes()).expect("a trace")).expect("the same");
}

#[test]
fn blanks_in_json_mean_nothing() {
    let tight = "{\"portres\":\"trace\",\"format\":1}\n{\"comment\":\"x\"}\n{\"who\":\"p1\",\"call\":\"cleanup\"}\n";
    let loose = tight.replace(':', " : ").replace('{', "{ ").replace('}', " }");
    assert_eq!(read(loose.as_bytes()), read(tight.as_bytes()));
}

/// What JSON can hold and a line of text cannot is refused or kept, never silently changed.
#[test]
fn what_text_cannot_spell_is_refused_or_kept() {
    let header = "{\"portres\":\"trace\",\"format\":1}";
    let socket = "\"who\":\"p1\",\"call\":{\"socket\":{\"kind\":\"tcp\",\"family\":\"v6\"}},\"reply\":{\"socket\":\"s1\"}";
    let bind =
        "{\"who\":\"p1\",\"call\":{\"bind\":{\"socket\":\"s1\",\"address\":\"[fe80::1%3]:80\"}}}";
    let header_with = |field: &str| format!("{{\"portres\":\"trace\",\"format\":1,{field}}}\n");
    let event_with = |field: &str| format!("{header}\n{{{socket}{field}}}\n");
    let event_0 = "\"expect\":[{\"event\":0,\"rule\":\"start.starts\"}]";
    let fact = "\"system\":{\"name\":\"w\",\"version\":\"1\",\"facts\":{\"a\":\"b c\"}}";
    let cases = [
        ("a line's end in a note", event_with(",\"note\":\"x\\ny\"")),
        ("a line's end in a comment", event_with("") + "{\"comment\":\"x\\ny\"}\n"),
        ("a line's end in a title", header_with("\"title\":\"x\\ny\"")),
        ("# in a title", header_with("\"title\":\"No #1\"")),
        ("a line's end in a header's note", header_with("\"notes\":[\"x\\ny\"]")),
        ("a blank in a fact", header_with(fact)),
        ("an event 0 that is to diverge", header_with(event_0)),
        ("a scope", event_with("") + bind + "\n"),
    ];
    let lost: Vec<String> = cases
        .iter()
        .filter_map(|(what, lines)| Some((what, read(lines.as_bytes()).ok()?)))
        .filter_map(|(what, items)| Some(format!("{what}: {}", there_and_back(&items).err()?)))
        .collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn traces_of_a_header_alone_stay_in_order() {
    let text = |title: &str| format!("portres trace 1\ntitle {title}\n");
    let json =
        |title: &str| format!("{{\"portres\":\"trace\",\"format\":1,\"title\":\"{title}\"}}\n");
    let event = "\np1: cleanup -> ok\n".to_string();
    let stream =
        [text("1"), text("2"), event.clone(), text("3"), json("4"), text("5"), text("6"), event];
    let items = read(stream.concat().as_bytes()).expect("six traces");
    let titles = items.iter().filter_map(|item| match item {
        Item::Header(header) => header.title.clone(),
        Item::Event(_) => Some("event".into()),
        Item::Comment(_) => None,
    });
    assert_eq!(titles.collect::<Vec<_>>(), ["1", "2", "event", "3", "4", "5", "6", "event"]);
    there_and_back(&items).expect("the same");
}

#[test]
fn a_tab_is_kept_and_other_control_characters_are_refused() {
    let text = "portres trace 1\ntitle a\tb\n# c\td\n\np1: cleanup -> ok # e\tf\n# g\th\n";
    there_and_back(&read(text.as_bytes()).expect("a trace")).expect("the same");
    for control in ['\0', '\u{1b}', '\r', '\u{7f}', '\u{85}'] {
        let text = text.replace("e\t", &format!("e{control}"));
        let told = Reader::new(text.as_bytes()).find_map(Result::err).expect("it is refused");
        assert_eq!((told.line, told.column), (5, 22), "{control:?}");
        let says = format!("expected no control character but a tab, found {control:?}");
        assert_eq!(told.message, says);
    }
}

#[test]
fn raw_numbers_are_kept_in_json() {
    let text = "{\"portres\":\"trace\",\"format\":1}\n{\"who\":\"p1\",\"call\":\"cleanup\",\"reply\":\"ok\",\"raw\":{\"return\":\"0x0\"}}\n";
    let items = read(text.as_bytes()).expect("a trace");
    let Item::Event(event) = &items[1] else { panic!("{:?}", items[1]) };
    assert!(event.raw.as_ref().is_some_and(|raw| raw["return"] == "0x0"));
    assert_eq!(read(&written(&items, Spelled::JsonLines)), Ok(items));
}

fn who() -> impl Strategy<Value = Who> {
    (1..=1_000u32, 1..=20u32).prop_map(|(p, thread)| Who { process: ProcessId(p), thread })
}

fn socket() -> impl Strategy<Value = SocketId> {
    (0..=2_000u32).prop_map(SocketId)
}

fn token() -> impl Strategy<Value = Token> {
    prop_oneof![9 => (0..=2_000u32).prop_map(Token), 1 => Just(Token::UNKNOWN)]
}

fn given_socket() -> impl Strategy<Value = SocketId> {
    (1..=2_000u32).prop_map(SocketId)
}

fn given_token() -> impl Strategy<Value = Token> {
    (1..=2_000u32).prop_map(Token)
}

fn range() -> impl Strategy<Value = PortRange> {
    any::<(u16, u16)>().prop_map(|(start, count)| PortRange { start, count })
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop::sample::select(&Protocol::ALL[..])
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let v4 = any::<([u8; 4], u16)>().prop_map(|(ip, port)| (Ipv4Addr::from(ip), port).into());
    let v6 = any::<([u8; 16], u16)>().prop_map(|(ip, port)| (Ipv6Addr::from(ip), port).into());
    let scoped = any::<([u8; 16], u16, u32)>().prop_map(|(ip, port, scope)| {
        SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(ip), port, 0, scope))
    });
    let mapped = any::<([u8; 4], u16)>()
        .prop_map(|(ip, port)| (Ipv4Addr::from(ip).to_ipv6_mapped(), port).into());
    let known = prop::sample::select(vec!["0.0.0.0:0", "[::]:0", "[::1]:80", "127.0.0.1:65535"])
        .prop_map(|text| text.parse().expect("an address"));
    prop_oneof![v4, v6, scoped, mapped, known]
}

fn frame() -> impl Strategy<Value = Frame> {
    let buffer = || {
        use Buffer::{Bad, Empty, Exact, Long, Null, Short, Tiny};
        prop::sample::select(vec![Exact, Short, Long, Null, Bad, Empty, Tiny])
    };
    let bytes = prop::sample::select(vec![Pointer::Good, Pointer::Null, Pointer::Bad]);
    let overlapped = prop_oneof![
        Just(Overlapped::None),
        request().prop_map(Overlapped::Of),
        Just(Overlapped::Bad),
    ];
    let routine = prop::sample::select(vec![Routine::None, Routine::Given, Routine::Bad]);
    (buffer(), buffer(), bytes, overlapped, routine).prop_map(
        |(input, output, bytes, overlapped, routine)| Frame {
            input,
            output,
            bytes,
            overlapped,
            routine,
        },
    )
}

fn request() -> impl Strategy<Value = RequestId> {
    (0..=1_000u32).prop_map(RequestId)
}

fn process() -> impl Strategy<Value = ProcessId> {
    (1..=1_000u32).prop_map(ProcessId)
}

fn block() -> impl Strategy<Value = PortBlock> {
    (1..=u16::MAX, 1..=u16::MAX).prop_filter_map("a block", |(start, n)| PortBlock::new(start, n))
}

fn store() -> impl Strategy<Value = Store> {
    prop::sample::select(vec![Store::Persistent, Store::Active])
}

fn credentials() -> impl Strategy<Value = Credentials> {
    let user = "[A-Za-z0-9._-]{1,24}".prop_map(|name| name.parse::<User>().expect("a user"));
    let account = prop::sample::select(vec![
        Account::Standard,
        Account::Administrator,
        Account::BuiltInAdministrator,
        Account::LocalSystem,
        Account::LocalService,
        Account::NetworkService,
    ]);
    let token = prop::sample::select(vec![AccessToken::Filtered, AccessToken::Elevated]);
    (user, account, token).prop_map(|(user, account, token)| Credentials { user, account, token })
}

fn attributes_given() -> impl Strategy<Value = Attributes> {
    any::<(bool, bool)>()
        .prop_map(|(non_overlapped, no_inherit)| Attributes { non_overlapped, no_inherit })
}

fn version() -> impl Strategy<Value = Version> {
    any::<(u8, u8)>().prop_map(|(major, minor)| Version { major, minor })
}

fn triple() -> impl Strategy<Value = Triple> {
    let number = || prop_oneof![3 => -1..70i32, 1 => any::<i32>()];
    (number(), number(), number()).prop_map(|(family, kind, protocol)| Triple {
        family,
        kind,
        protocol,
    })
}

fn name() -> impl Strategy<Value = NameBuffer> {
    use NameBuffer::{Bad, Good, Null, Short};
    prop::sample::select(vec![Good, Short, Null, Bad])
}

fn call() -> impl Strategy<Value = Call> {
    let kind = prop::sample::select(vec![SocketKind::Tcp, SocketKind::Udp, SocketKind::Raw]);
    let family = prop::sample::select(vec![Family::V4, Family::V6]);
    prop_oneof![
        (prop_oneof![Just(Version::CURRENT), version()], any::<bool>())
            .prop_map(|(version, null)| Call::Startup(Startup { null, ..Startup::of(version) })),
        Just(Call::Cleanup),
        (kind, family, attributes_given()).prop_map(|(kind, family, attributes)| Call::Socket {
            kind,
            family,
            attributes
        }),
        about_options(),
        (triple(), prop::option::of(triple()), attributes_given()).prop_map(
            |(Triple { family, kind, protocol }, info, attributes)| Call::Open {
                family,
                kind,
                protocol,
                info,
                attributes
            }
        ),
        (socket(), name()).prop_map(|(socket, name)| Call::GetSockName { socket, name }),
        (socket(), name()).prop_map(|(socket, name)| Call::GetPeerName { socket, name }),
        socket().prop_map(|socket| Call::Disconnect { socket }),
        socket().prop_map(|socket| Call::Listen { socket }),
        socket().prop_map(|socket| Call::Accept { socket }),
        socket().prop_map(|socket| Call::CloseSocket { socket }),
        (0..4u8, socket(), address(), name(), any::<bool>()).prop_map(
            |(which, socket, address, name, null)| match which {
                0 => Call::Bind { socket, address, name },
                1 => Call::Connect { socket, address },
                2 => Call::ConnectEx { socket, address, null },
                _ => Call::SendTo { socket, address },
            }
        ),
        (socket(), prop_oneof![9 => process(), 1 => Just(ProcessId(0))], any::<bool>())
            .prop_map(|(socket, process, null)| Call::Duplicate { socket, process, null }),
        (socket(), process()).prop_map(|(socket, process)| Call::Inherit { socket, process }),
        (socket(), range(), frame()).prop_map(|(socket, range, frame)| Call::Acquire {
            socket,
            range,
            frame
        }),
        (socket(), token(), frame()).prop_map(|(socket, token, frame)| Call::Associate {
            socket,
            token,
            frame
        }),
        (socket(), token(), frame()).prop_map(|(socket, token, frame)| Call::Release {
            socket,
            token,
            frame
        }),
        (socket(), any::<u16>())
            .prop_map(|(socket, processor)| Call::Affinity { socket, processor }),
        (socket(), code(), frame()).prop_map(|(socket, code, frame)| Call::Ioctl {
            socket,
            code,
            frame
        }),
        about_requests(),
        persistent_or_netsh(),
        Just(Call::Exit),
        of_machine(),
    ]
}

/// A control code, in half of the cases one that has a name.
fn code() -> impl Strategy<Value = u32> {
    let named: Vec<u32> = Control::ALL.iter().map(|control| control.code).collect();
    prop_oneof![any::<u32>(), prop::sample::select(named)]
}

fn about_options() -> impl Strategy<Value = Call> {
    let numbered = |(level, number)| SocketOption::from_numbers(level, number);
    let level = prop::sample::select(vec![0xffff, 0, 6, 41, 100, -1]);
    let option = prop_oneof![
        prop::sample::select(SocketOption::ALL),
        (level, any::<i32>()).prop_map(numbered),
        any::<(i32, i32)>().prop_map(numbered),
    ];
    let pointer = prop::sample::select(vec![Pointer::Good, Pointer::Null, Pointer::Bad]);
    let optval = (prop::option::of(any::<i32>()), pointer.clone())
        .prop_map(|(length, value)| Optval { length, value });
    let command = prop_oneof![
        any::<u32>().prop_map(Command::Block),
        Just(Command::Unread),
        Just(Command::AtMark),
    ];
    prop_oneof![
        (socket(), option.clone(), any::<u32>(), optval.clone()).prop_map(
            |(socket, option, value, optval)| Call::SetSockOpt { socket, option, value, optval }
        ),
        (socket(), option, optval).prop_map(|(socket, option, optval)| Call::GetSockOpt {
            socket,
            option,
            optval
        }),
        (socket(), command, pointer).prop_map(|(socket, command, argument)| Call::IoctlSocket {
            socket,
            command,
            argument
        }),
    ]
}

fn about_requests() -> impl Strategy<Value = Call> {
    prop_oneof![
        (request(), any::<(bool, bool)>()).prop_map(|(request, (wait, null))| Call::Result {
            request,
            wait,
            null
        }),
        request().prop_map(|request| Call::Completion { request }),
        (socket(), prop::option::of(request()))
            .prop_map(|(socket, request)| Call::Cancel { socket, request }),
        (request(), any::<u32>())
            .prop_map(|(request, status)| Call::Preset { request, status: Status(status) }),
        (request(), prop::sample::select(Status::named().collect::<Vec<_>>()))
            .prop_map(|(request, status)| Call::Preset { request, status }),
        Just(Call::EndThread),
    ]
}

fn persistent_or_netsh() -> impl Strategy<Value = Call> {
    (0..8u8, protocol(), range(), store(), any::<bool>()).prop_map(
        |(which, protocol, range, store, null)| match which {
            0 => Call::Create { protocol, range, null },
            1 => Call::Delete { protocol, range },
            2 => Call::Lookup { protocol, range, null },
            3 => Call::AddExcluded { protocol, range, store },
            4 => Call::DeleteExcluded { protocol, range, store },
            5 => Call::ShowExcluded { protocol, range },
            6 => Call::SetDynamic { protocol, range, store },
            _ => Call::ShowDynamic { protocol },
        },
    )
}

fn of_machine() -> impl Strategy<Value = Call> {
    use Owner::{Hns, HttpSys, Unknown, WinNat, Wsl};
    let owner = prop::sample::select(vec![WinNat, HttpSys, Hns, Wsl, Unknown]);
    prop_oneof![
        (process(), credentials())
            .prop_map(|(process, credentials)| Call::Start { process, credentials }),
        Just(Call::Restart),
        (protocol(), block(), owner).prop_map(|(protocol, block, owner)| Call::Appear {
            protocol,
            block,
            owner
        }),
        (protocol(), block()).prop_map(|(protocol, block)| Call::Vanish { protocol, block }),
        any::<bool>().prop_map(|up| Call::Network { up }),
        any::<u16>().prop_map(|port| Call::Settle { port }),
        request().prop_map(|request| Call::Complete { request }),
    ]
}

/// A success of this shape.
fn success(shape: Shape) -> BoxedStrategy<Reply> {
    match shape {
        Shape::Ok => Just(Reply::Ok).boxed(),
        Shape::Socket => given_socket().prop_map(Reply::Socket).boxed(),
        Shape::Opened => {
            let kind =
                prop::sample::select(vec![SocketKind::Tcp, SocketKind::Udp, SocketKind::Raw]);
            let family = prop::sample::select(vec![Family::V4, Family::V6]);
            (given_socket(), kind, family)
                .prop_map(|(socket, kind, family)| Reply::Opened { socket, kind, family })
                .boxed()
        }
        Shape::Version => prop_oneof![Just(Reply::Ok), version().prop_map(Reply::Version)].boxed(),
        Shape::Bound => any::<u16>().prop_map(Reply::Bound).boxed(),
        Shape::Name => address().prop_map(Reply::Name).boxed(),
        Shape::Reserved => (range(), given_token())
            .prop_map(|(block, token)| Reply::Reserved { block, token })
            .boxed(),
        Shape::Token => given_token().prop_map(Reply::Token).boxed(),
        Shape::Value => {
            prop_oneof![4 => any::<u32>().prop_map(Reply::Value), 1 => Just(Reply::Ok)].boxed()
        }
        Shape::Range => range().prop_map(Reply::Range).boxed(),
        Shape::Row => prop::sample::select(vec![Row::Absent, Row::Unstarred, Row::Starred])
            .prop_map(Reply::Row)
            .boxed(),
        Shape::Outcome => prop_oneof![success(Shape::Ok), success(Shape::Reserved)].boxed(),
        Shape::Bytes => unreachable!("no call has this shape"),
    }
}

fn reply(shape: Shape) -> BoxedStrategy<Reply> {
    let named = prop::sample::select(Error::ALL).prop_map(Reply::Failed);
    let numbered = any::<u32>().prop_map(|n| Reply::Failed(Error::from_number(n)));
    prop_oneof![4 => success(shape), 2 => named, 1 => numbered, 1 => Just(Reply::Unsupported)]
        .boxed()
}

/// The name that stands before a call of this shape, where no reply gives one.
fn names(shape: Shape) -> BoxedStrategy<Option<Names>> {
    match shape {
        Shape::Socket | Shape::Opened => {
            prop::option::of(given_socket().prop_map(Names::Socket)).boxed()
        }
        Shape::Reserved | Shape::Token => {
            prop::option::of(given_token().prop_map(Names::Token)).boxed()
        }
        _ => Just(None).boxed(),
    }
}

/// Words without blanks around them; `#`, quotes and other alphabets included.
fn words() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,40}", "\\PC{0,40}"].prop_map(|text| text.trim().to_string())
}

/// What a trace may tell of a reply.
fn observed(shape: Shape) -> BoxedStrategy<Observed> {
    let exactly = || reply(shape).prop_map(Observed::Exactly);
    let replies = prop::collection::vec(reply(shape), 2..=4);
    let one_of = (replies, exactly()).prop_map(|(mut replies, exactly)| {
        // one name stands before the call, whichever reply gives it
        let names = replies.iter().find_map(Reply::names);
        replies.retain(|r| r.names().is_none() || r.names() == names);
        Alternatives::new(&replies).map_or(exactly, Observed::OneOf)
    });
    let unknown = Just(Observed::Unknown);
    prop_oneof![2 => unknown, 1 => Just(Observed::Fails), 1 => Just(Observed::Succeeds), 8 => exactly(), 3 => one_of].boxed()
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    call().prop_flat_map(|call| {
        let shape = call.shape();
        let reply = observed(shape);
        let note = || prop::option::of(words());
        let number = prop::option::of(0..=99u32);
        let bytes = prop_oneof![Just(Bytes::Untouched), any::<u32>().prop_map(Bytes::Wrote)];
        let bytes = prop::option::weighted(0.2, bytes);
        (who(), Just(call), names(shape), reply, number, (note(), note()), bytes).prop_map(
            move |(who, call, names, reply, number, notes, bytes)| {
                let who = if call.is_of_machine() { Who::MACHINE } else { who };
                let seen = |part: &Part| match part {
                    Part::Whole { reply: Observed::Exactly(reply), .. }
                    | Part::End { reply: Observed::Exactly(reply), .. } => {
                        let seen = call.has_byte_count() && *reply != Reply::Unsupported;
                        bytes.filter(|_| seen)
                    }
                    _ => None,
                };
                let event =
                    |part, note| Event { line: 0, who, part, bytes: seen(&part), note, raw: None };
                match (number, reply) {
                    (Some(number), reply) if !reply.is_unknown() => {
                        // a reply that gives a name returns to the call that it stands before
                        let names = reply.names().or(names);
                        let begin = Part::Begin { number, call, names };
                        let end = Part::End { number, reply };
                        vec![event(begin, notes.0), event(end, notes.1)]
                    }
                    (Some(number), _) => {
                        vec![event(Part::Begin { number, call, names }, notes.0)]
                    }
                    (None, reply) => {
                        let names = names.filter(|_| reply.names().is_none());
                        vec![event(Part::Whole { call, names, reply }, notes.0)]
                    }
                }
            },
        )
    })
}

/// A trace of these events in which the names that they use were given before.
fn trace(events: &[Event]) -> Vec<Item> {
    let mut items = vec![Item::Header(Box::default())];
    for event in events {
        let (Part::Whole { call, .. } | Part::Begin { call, .. }) = event.part else { continue };
        let (socket, token) = (call.socket(), call.token());
        let before = Who::process(ProcessId(1));
        let whole = |call, reply| Item::Event(Event::whole(before, call, reply));
        if let Some(socket) = socket.filter(|s| *s != SocketId::INVALID) {
            let call = Call::open(SocketKind::Udp, Family::V4);
            items.push(whole(call, Reply::Socket(socket)));
        }
        if let Some(token) = token.filter(|t| *t != Token::ZERO && *t != Token::UNKNOWN) {
            let range = PortRange { start: 5_000, count: 2 };
            let call = Call::Create { protocol: Protocol::Tcp, range, null: false };
            items.push(whole(call, Reply::Token(token)));
        }
        if let Some(request) = call.request() {
            let overlapped = Overlapped::Of(request);
            let frame = Frame { overlapped, ..Frame::default() };
            let call = Call::Release { socket: SocketId::INVALID, token: Token::ZERO, frame };
            items.push(whole(call, Reply::Failed(Error::WsaInvalid)));
        }
    }
    items.extend(events.iter().cloned().map(Item::Event));
    items
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_events_are_the_same_in_either_spelling(events in events(), comment in words()) {
        let mut items = trace(&events);
        items.push(Item::Comment(comment));
        there_and_back(&items).map_err(TestCaseError::fail)?;
    }
}
