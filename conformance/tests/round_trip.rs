//! The two spellings convert into each other without loss.

mod common;

use portres::trace::{Event, Item, Part, Reader, Spelled, write_item};
use portres_model::{
    Call, Error, Family, Frame, Length, Names, PortRange, Protocol, Reply, SocketId, SocketKind,
    SocketOption, Token, Version, Who,
};
use proptest::prelude::*;

fn write(items: &[Item], spelled: Spelled) -> String {
    let mut text = Vec::new();
    items.iter().for_each(|item| write_item(&mut text, spelled, item).expect("memory"));
    String::from_utf8(text).expect("UTF-8")
}

/// The items, without the lines on which they stood.
fn read(text: &str) -> Vec<Item> {
    let without_line = |item| match item {
        Item::Event(event) => Item::Event(Event { line: 0, ..event }),
        Item::Header(mut header) => {
            header.line = 0;
            Item::Header(header)
        }
        Item::Comment(comment) => Item::Comment(comment),
    };
    let items =
        Reader::new(text.as_bytes()).map(|item| item.unwrap_or_else(|e| panic!("{e}\n{text}")));
    items.map(without_line).collect()
}

#[test]
fn every_fixture_survives_both_ways() {
    for path in common::files(&common::folder("."), "trace") {
        let items = read(&std::fs::read_to_string(&path).expect("a fixture"));
        let json = write(&items, Spelled::JsonLines);
        assert_eq!(read(&json), items, "{}", common::name(&path));
        let text = write(&read(&json), Spelled::Text);
        assert_eq!(read(&text), items, "{}", common::name(&path));
        assert_eq!(write(&read(&text), Spelled::Text), text, "{}", common::name(&path));
    }
}

fn call() -> impl Strategy<Value = Call> {
    let socket = || (0u32..1).prop_map(SocketId);
    let token = || prop_oneof![Just(Token::ZERO), Just(Token::UNKNOWN)];
    let range =
        || (any::<u16>(), any::<u16>()).prop_map(|(start, count)| PortRange { start, count });
    let protocol = || prop::sample::select(Protocol::ALL.to_vec());
    let length = || prop::sample::select(vec![Length::Exact, Length::Short, Length::Long]);
    let frame = move || (length(), length()).prop_map(|(input, output)| Frame { input, output });
    let address = prop_oneof![
        (any::<[u8; 4]>(), any::<u16>()).prop_map(std::net::SocketAddr::from),
        (any::<[u8; 16]>(), any::<u16>()).prop_map(std::net::SocketAddr::from),
    ];
    let kinds = prop::sample::select(vec![SocketKind::Tcp, SocketKind::Udp, SocketKind::Raw]);
    let families = prop::sample::select(vec![Family::V4, Family::V6]);
    let option = prop::sample::select(SocketOption::ALL.to_vec());
    prop_oneof![
        any::<(u8, u8)>().prop_map(|(major, minor)| Call::Startup(Version { major, minor })),
        Just(Call::Cleanup),
        (kinds, families).prop_map(|(kind, family)| Call::Socket { kind, family }),
        (socket(), option, any::<u32>()).prop_map(|(socket, option, value)| Call::SetSockOpt {
            socket,
            option,
            value
        }),
        (socket(), address).prop_map(|(socket, address)| Call::Bind { socket, address }),
        socket().prop_map(|socket| Call::GetSockName { socket }),
        socket().prop_map(|socket| Call::Listen { socket }),
        socket().prop_map(|socket| Call::CloseSocket { socket }),
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
        (protocol(), range()).prop_map(|(protocol, range)| Call::Create { protocol, range }),
        (protocol(), range()).prop_map(|(protocol, range)| Call::Delete { protocol, range }),
        (protocol(), range()).prop_map(|(protocol, range)| Call::Lookup { protocol, range }),
    ]
}

fn reply(call: &Call) -> BoxedStrategy<Option<Reply>> {
    use portres_model::Shape;
    let error = prop_oneof![
        prop::sample::select(Error::ALL.to_vec()),
        any::<u32>().prop_map(Error::from_number)
    ];
    let success = match call.shape() {
        Shape::Ok => Just(Reply::Ok).boxed(),
        Shape::Socket => (1u32..9).prop_map(|s| Reply::Socket(SocketId(s))).boxed(),
        Shape::Bound => any::<u16>().prop_map(Reply::Bound).boxed(),
        Shape::Name => any::<([u8; 16], u16)>().prop_map(|a| Reply::Name(a.into())).boxed(),
        Shape::Token => (1u32..9).prop_map(|t| Reply::Token(Token(t))).boxed(),
        Shape::Reserved => any::<(u16, u16)>()
            .prop_map(|(start, count)| Reply::Reserved {
                block: PortRange { start, count },
                token: Token(1),
            })
            .boxed(),
    };
    prop_oneof![
        success.prop_map(Some),
        error.prop_map(|e| Some(Reply::Failed(e))),
        Just(Some(Reply::Unsupported)),
        Just(None)
    ]
    .boxed()
}

fn event() -> impl Strategy<Value = Event> {
    let note = prop::option::of("[a-z][a-z0-9 ,:>-]{0,20}[a-z]");
    let named = any::<bool>();
    (call(), note, named).prop_flat_map(|(call, note, named)| {
        reply(&call).prop_map(move |reply| {
            let names =
                (named && reply.and_then(|r| r.names()).is_none()).then_some(match call.shape() {
                    portres_model::Shape::Socket => Names::Socket(SocketId(3)),
                    _ => Names::Token(Token(3)),
                });
            let part = Part::Whole { call, names, reply };
            Event {
                line: 0,
                who: Who::process(portres_model::ProcessId(1)),
                part,
                note: note.clone(),
                raw: None,
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn every_event_survives_both_ways(event in event()) {
        let items = vec![Item::Header(Box::default()), Item::Event(event)];
        prop_assert_eq!(&read(&write(&items, Spelled::Text)), &items);
        prop_assert_eq!(&read(&write(&items, Spelled::JsonLines)), &items);
    }
}
