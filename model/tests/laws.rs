//! Laws of the relation, over generated scripts that reach deep states.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use portres_model::{
    AccessToken, Account, Attributes, Buffer, Bytes, Call, Credentials, Exclusion, ExclusionKind,
    Family, Frame, Machine, NameBuffer, Offer, Overlapped, Owner, Pointer, PortBlock, PortRange,
    Process, ProcessId, Profile, Protocol, Reading, Reply, RequestId, Routine, Rule, Set, Skip,
    SocketId, SocketKind, Store, Token, Triple, World, apply, bytes_returned, code_under,
    permitted,
};
use proptest::prelude::*;

#[path = "laws/options.rs"]
mod options;

fn block(start: u16, count: u16) -> PortBlock {
    PortBlock::new(start, count).expect("a block")
}

/// Three processes of three kinds, a small dynamic range, an exclusion and a system block; all there is.
fn world() -> World {
    machine(Machine::default())
}

fn machine(machine: Machine) -> World {
    let machine = Machine {
        dynamic: [block(5000, 12); 2],
        addresses: ["192.0.2.7", "fe80::7%12"].map(|a| a.parse().expect("an address")).into(),
        filtered: vec![(Protocol::Tcp, block(5011, 1))],
        ..machine
    };
    let mut world = World::new(machine);
    for (id, account, token) in [
        (1, Account::Administrator, AccessToken::Elevated),
        (2, Account::Standard, AccessToken::Filtered),
        (3, Account::LocalSystem, AccessToken::Elevated),
    ] {
        let user = ["alice", "bob", "carol"][id as usize - 1].parse().expect("a name");
        let credentials = Credentials { user, account, token };
        world.put_process(ProcessId(id), Some(Process { credentials, startups: 1 }));
    }
    let administered = ExclusionKind::Administered { persistent: true };
    world.exclude(Exclusion { protocol: Protocol::Tcp, block: block(5003, 1), kind: administered });
    let kind = ExclusionKind::System(Owner::WinNat);
    world.exclude(Exclusion { protocol: Protocol::Udp, block: block(5009, 2), kind });
    world
}

fn socket() -> impl Strategy<Value = SocketId> {
    (1u32..6).prop_map(SocketId)
}

fn token() -> impl Strategy<Value = Token> {
    prop_oneof![8 => (1u32..6).prop_map(Token), 1 => Just(Token::ZERO), 1 => Just(Token::UNKNOWN)]
}

fn range() -> impl Strategy<Value = PortRange> {
    let start = prop_oneof![6 => 5000u16..5012, 2 => Just(0u16), 1 => 65_530u16..=65_535, 1 => Just(600u16)];
    (start, prop_oneof![1 => Just(0u16), 8 => 1u16..4, 1 => Just(10u16)])
        .prop_map(|(start, count)| PortRange { start, count })
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let ips = [
        "0.0.0.0",
        "127.0.0.1",
        "127.0.0.2",
        "192.0.2.7",
        "198.51.100.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
    ];
    let ip = prop::sample::select(ips.to_vec()).prop_map(|ip| ip.parse().expect("an address"));
    (ip, prop_oneof![3 => Just(0u16), 6 => 5000u16..5012])
        .prop_map(|(ip, port)| SocketAddr::new(ip, port))
}

fn frame() -> impl Strategy<Value = Frame> {
    let length = || {
        prop_oneof![
            30 => Just(Buffer::Exact),
            1 => Just(Buffer::Short),
            1 => Just(Buffer::Long),
            1 => Just(Buffer::Null),
            1 => Just(Buffer::Bad),
            1 => Just(Buffer::Empty),
            1 => Just(Buffer::Tiny),
        ]
    };
    let overlapped = prop_oneof![
        12 => Just(Overlapped::None),
        3 => request().prop_map(Overlapped::Of),
        1 => Just(Overlapped::Bad),
    ];
    let routine =
        prop_oneof![12 => Just(Routine::None), 2 => Just(Routine::Given), 1 => Just(Routine::Bad)];
    let bytes =
        prop_oneof![20 => Just(Pointer::Good), 1 => Just(Pointer::Null), 1 => Just(Pointer::Bad)];
    (length(), length(), bytes, overlapped, routine).prop_map(
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
    (1u32..4).prop_map(RequestId)
}

fn store() -> impl Strategy<Value = Store> {
    prop::sample::select(vec![Store::Persistent, Store::Active])
}

fn process() -> impl Strategy<Value = ProcessId> {
    (1u32..5).prop_map(ProcessId)
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop::sample::select(Protocol::ALL.to_vec())
}

fn call() -> impl Strategy<Value = Call> {
    let kind = prop_oneof![9 => Just(SocketKind::Tcp), 6 => Just(SocketKind::Udp), 1 => Just(SocketKind::Raw)];
    let family = prop::sample::select(vec![Family::V4, Family::V6]);
    prop_oneof![
        12 => (kind, family, attributes()).prop_map(|(kind, family, attributes)| Call::Socket { kind, family, attributes }),
        9 => options::about_options(),
        4 => by_numbers(),
        16 => (socket(), address(), name()).prop_map(|(socket, address, name)| Call::Bind { socket, address, name }),
        4 => (socket(), name()).prop_map(|(socket, name)| Call::GetSockName { socket, name }),
        2 => (socket(), name()).prop_map(|(socket, name)| Call::GetPeerName { socket, name }),
        2 => socket().prop_map(|socket| Call::Disconnect { socket }),
        4 => socket().prop_map(|socket| Call::Listen { socket }),
        4 => (socket(), address()).prop_map(|(socket, address)| Call::Connect { socket, address }),
        2 => (socket(), address(), rarely()).prop_map(|(socket, address, null)| Call::ConnectEx { socket, address, null }),
        2 => socket().prop_map(|socket| Call::Accept { socket }),
        3 => (socket(), address()).prop_map(|(socket, address)| Call::SendTo { socket, address }),
        6 => socket().prop_map(|socket| Call::CloseSocket { socket }),
        2 => (socket(), process(), rarely()).prop_map(|(socket, process, null)| Call::Duplicate { socket, process, null }),
        1 => (socket(), process()).prop_map(|(socket, process)| Call::Inherit { socket, process }),
        12 => (socket(), range(), frame()).prop_map(|(socket, range, frame)| Call::Acquire { socket, range, frame }),
        12 => (socket(), token(), frame()).prop_map(|(socket, token, frame)| Call::Associate { socket, token, frame }),
        6 => (socket(), token(), frame()).prop_map(|(socket, token, frame)| Call::Release { socket, token, frame }),
        2 => (socket(), 0u16..3).prop_map(|(socket, processor)| Call::Affinity { socket, processor }),
        4 => (socket(), options::code(), frame()).prop_map(|(socket, code, frame)| Call::Ioctl { socket, code, frame }),
        1 => (request(), options::status()).prop_map(|(request, status)| Call::Preset { request, status }),
        4 => asking(),
        6 => (protocol(), range(), rarely()).prop_map(|(protocol, range, null)| Call::Create { protocol, range, null }),
        4 => (protocol(), range()).prop_map(|(protocol, range)| Call::Delete { protocol, range }),
        4 => (protocol(), range(), rarely()).prop_map(|(protocol, range, null)| Call::Lookup { protocol, range, null }),
        4 => netsh(),
        2 => (0u8..3, 0u8..4, any::<bool>()).prop_map(|(major, minor, null)| {
            Call::Startup(portres_model::Startup { major, minor, null })
        }),
        2 => Just(Call::Startup(portres_model::Startup::CURRENT)),
    ]
}

/// `socket` and `WSASocket` by numbers, most of which some system knows.
fn by_numbers() -> impl Strategy<Value = Call> {
    let triple = || {
        let family = prop::sample::select(vec![2, 2, 2, 23, 23, 0, 1, 99]);
        let kind = prop::sample::select(vec![1, 1, 2, 2, 3, 0, 4, -1]);
        let protocol = prop::sample::select(vec![0, 0, 6, 17, 1, 300]);
        (family, kind, protocol)
    };
    let info = prop::option::weighted(0.1, triple());
    (triple(), info, attributes()).prop_map(|((family, kind, protocol), info, attributes)| {
        let info = info.map(|(family, kind, protocol)| Triple { family, kind, protocol });
        Call::Open { family, kind, protocol, info, attributes }
    })
}

fn name() -> impl Strategy<Value = NameBuffer> {
    use NameBuffer::{Bad, Good, Null, Short};
    prop_oneof![12 => Just(Good), 1 => prop::sample::select(vec![Short, Null, Bad])]
}

fn rarely() -> impl Strategy<Value = bool> {
    prop_oneof![15 => Just(false), 1 => Just(true)]
}

fn attributes() -> impl Strategy<Value = Attributes> {
    (rarely(), rarely())
        .prop_map(|(non_overlapped, no_inherit)| Attributes { non_overlapped, no_inherit })
}

/// Calls about requests.
fn asking() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (request(), any::<bool>(), rarely()).prop_map(|(request, wait, null)| Call::Result { request, wait, null }),
        2 => request().prop_map(|request| Call::Completion { request }),
        3 => (socket(), prop::option::of(request())).prop_map(|(socket, request)| Call::Cancel { socket, request }),
        1 => Just(Call::EndThread),
    ]
}

fn netsh() -> impl Strategy<Value = Call> {
    let dynamic = prop_oneof![
        Just(PortRange { start: 4990, count: 255 }),
        Just(PortRange { start: 1024, count: 13_977 }),
        range(),
    ];
    prop_oneof![
        4 => (protocol(), range(), store()).prop_map(|(protocol, range, store)| Call::AddExcluded { protocol, range, store }),
        4 => (protocol(), range(), store()).prop_map(|(protocol, range, store)| Call::DeleteExcluded { protocol, range, store }),
        3 => (protocol(), range()).prop_map(|(protocol, range)| Call::ShowExcluded { protocol, range }),
        1 => (protocol(), dynamic, store()).prop_map(|(protocol, range, store)| Call::SetDynamic { protocol, range, store }),
        1 => protocol().prop_map(|protocol| Call::ShowDynamic { protocol }),
    ]
}

/// What the machine does.
fn event() -> impl Strategy<Value = Call> {
    let owner = prop::sample::select(vec![Owner::WinNat, Owner::Wsl]);
    prop_oneof![
        1 => Just(Call::Restart),
        2 => (protocol(), 5000u16..5012, owner).prop_map(|(protocol, port, owner)| Call::Appear { protocol, block: block(port, 1), owner }),
        2 => (protocol(), 5000u16..5012).prop_map(|(protocol, port)| Call::Vanish { protocol, block: block(port, 1) }),
        2 => any::<bool>().prop_map(|up| Call::Network { up }),
        2 => (5000u16..5012).prop_map(|port| Call::Settle { port }),
        4 => request().prop_map(|request| Call::Complete { request }),
    ]
}

fn rare() -> impl Strategy<Value = Call> {
    prop_oneof![Just(Call::Exit), Just(Call::Cleanup)]
}

fn script() -> impl Strategy<Value = Vec<(ProcessId, Call)>> {
    let by = prop_oneof![6 => Just(1u32), 3 => Just(2), 1 => Just(3)].prop_map(ProcessId);
    let event = prop_oneof![
        160 => (by.clone(), call()),
        1 => (by, rare()),
        4 => event().prop_map(|call| (ProcessId::MACHINE, call)),
    ];
    prop::collection::vec(event, 1..120)
}

/// A reading, its answers drawn from the bits: the likeliest three times of four, so that scripts get somewhere.
fn reading(bits: u64) -> Reading {
    let mut state = bits | 1;
    Profile::open_to_all().reading(|_, _| {
        state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7);
        if state % 4 == 0 { 1 << (state / 4 % 8) } else { 1 }
    })
}

/// Some reply that the list permits under the reading, and its rule.
fn choose(
    world: &World,
    by: ProcessId,
    call: &Call,
    reading: &Reading,
    turn: usize,
) -> (Rule, Reply) {
    let all = permitted(world, by, call);
    let choice = all.under(reading);
    let refusals = [choice.must.as_slice(), if turn % 5 == 0 { &choice.may } else { &[] }].concat();
    if !refusals.is_empty() {
        let (rule, error) = refusals[turn % refusals.len()];
        return (rule, Reply::Failed(error));
    }
    let socket = (1..).map(SocketId).find(|s| world.is_vacant(*s)).expect("a vacant slot");
    let token = (1..).map(Token).find(|t| world.reservation(*t).is_none()).expect("a vacant slot");
    for offer in &choice.offers {
        let reply = match &offer.set {
            Set::Ok => Some(Reply::Ok),
            Set::NewSocket => Some(Reply::Socket(socket)),
            Set::Opened(kind, family) => {
                Some(Reply::Opened { socket, kind: *kind, family: *family })
            }
            Set::NameOf(family) => Some(Reply::Name(family.wildcard())),
            Set::Port(port) => Some(Reply::Bound(*port)),
            Set::AnyPort => Some(Reply::Bound(0)),
            Set::FreePort(free) => free.lowest(world, free.within).map(Reply::Bound),
            Set::Name(name) => Some(Reply::Name(*name)),
            Set::Address(address) => Some(Reply::Name((*address, 0).into())),
            Set::Block(block) => Some(Reply::Reserved { block: *block, token }),
            Set::FreeBlock(free) => {
                free.lowest(world).map(|b| Reply::Reserved { block: b.range(), token })
            }
            Set::NewToken => Some(Reply::Token(token)),
            Set::Token(token) => Some(Reply::Token(*token)),
            Set::NameIn(block) => {
                Some(Reply::Name(SocketAddr::new(Family::V4.wildcard().ip(), block.first())))
            }
            Set::PortIn(block) => Some(Reply::Bound(block.first())),
            Set::BlockOfAtMost(count) => {
                let block = PortRange { start: 1, count: *count };
                Some(Reply::Reserved { block, token })
            }
            Set::NameAt(local) => Some(Reply::Name(match local.of {
                Family::V4 => (std::net::Ipv4Addr::LOCALHOST, local.port).into(),
                Family::V6 => (std::net::Ipv6Addr::LOCALHOST, local.port).into(),
            })),
            Set::This(reply) => Some(*reply),
            Set::Value(value) => Some(Reply::Value(*value)),
            Set::AnyValue => Some(Reply::Value(7)),
            Set::AnyBytes | Set::BytesNotZero => None,
        };
        if let Some(reply) = reply {
            return (offer.rule, reply);
        }
    }
    let empty = choice.offers.iter().find_map(|o| {
        let (rule, code) = o.if_empty?;
        Some((rule, Reply::Failed(code_under(code, reading)?)))
    });
    empty.unwrap_or_else(|| panic!("{by}: {call} has no permitted reply under a reading"))
}

/// A byte count of a set, and its rule.
fn count(offer: &Offer) -> Option<(Rule, Reply)> {
    let seen = match offer.set {
        Set::This(seen @ Reply::Bytes(_)) => seen,
        Set::AnyBytes => Reply::Bytes(Bytes::Untouched),
        Set::BytesNotZero => Reply::Bytes(Bytes::Wrote(8)),
        _ => return None,
    };
    Some((offer.rule, seen))
}

/// The same tables, put into an empty world.
fn rebuilt(world: &World) -> World {
    let mut new = World::new(world.machine().clone());
    world.exclusions().iter().for_each(|e| new.exclude(*e));
    world.processes().for_each(|(id, p)| new.put_process(id, Some(*p)));
    // users are counted by the sockets' associations: reservations come first, with none
    for (token, reservation) in world.reservations() {
        new.put_reservation(token, Some(portres_model::Reservation { users: 0, ..*reservation }));
    }
    world.sockets().for_each(|(id, s)| new.put_socket(id, Some(*s)));
    world.duplicates().iter().for_each(|d| new.add_duplicate(*d));
    world.requests().for_each(|(id, r)| new.put_request(id, Some(*r)));
    world.lingering().iter().for_each(|l| new.linger(*l));
    world.departed().iter().for_each(|(id, c)| new.add_departed(*id, *c));
    world.suspended().iter().for_each(|e| new.suspend(*e));
    new
}

fn indexes_agree(world: &World) -> Result<(), TestCaseError> {
    let new = rebuilt(world);
    prop_assert!(*world == new, "the tables differ");
    for protocol in Protocol::ALL {
        for port in (4_998u16..5_016).chain(65_528..=65_535).chain([600, 1]) {
            let at =
                |w: &World| w.at_port(protocol, port).map(|(id, _)| id).collect::<BTreeSet<_>>();
            prop_assert_eq!(at(world), at(&new));
            prop_assert_eq!(world.is_bound(protocol, port), new.is_bound(protocol, port));
            prop_assert_eq!(world.is_reserved(protocol, port), new.is_reserved(protocol, port));
            prop_assert_eq!(world.is_excluded(protocol, port), new.is_excluded(protocol, port));
            let covering = |w: &World| {
                w.reservations_in(protocol, block(port, 1)).map(|(t, _)| t).collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(covering(world), covering(&new));
        }
        for count in 1..6 {
            let within = block(4_990, 40);
            prop_assert_eq!(
                world.free_block(protocol, within, count),
                new.free_block(protocol, within, count)
            );
        }
        prop_assert_eq!(
            world.free_port(protocol, block(5_000, 12), Skip::ALL),
            new.free_port(protocol, block(5_000, 12), Skip::ALL)
        );
    }
    prop_assert_eq!(world.has_tried(), new.has_tried());
    prop_assert!(world.pending().eq(new.pending()));
    for id in (0..12).map(SocketId) {
        let owned = |w: &World| w.owned_by(id).collect::<BTreeSet<_>>();
        prop_assert_eq!(owned(world), owned(&new));
    }
    for id in (0..4).map(ProcessId) {
        let sockets = |w: &World| w.sockets_of(id).collect::<BTreeSet<_>>();
        prop_assert_eq!(sockets(world), sockets(&new));
    }
    Ok(())
}

/// The call with operands that are there, nearly always: a script that is drawn beforehand cannot know them.
fn at_hand(world: &World, by: ProcessId, mut call: Call, turn: usize) -> Call {
    if turn % 8 == 7 {
        return call;
    }
    let mine: Vec<SocketId> = world.sockets_of(by).collect();
    let mut family = None;
    if let (Some(socket), false) = (call.socket_mut(), mine.is_empty()) {
        *socket = mine[socket.0 as usize % mine.len()];
        family = world.socket(*socket).map(|s| s.family);
    }
    let tokens: Vec<Token> = world.reservations().map(|(t, _)| t).collect();
    if let (Some(token), false) = (call.token_mut(), tokens.is_empty()) {
        *token = tokens[token.0 as usize % tokens.len()];
    }
    let requests: Vec<RequestId> = world.pending().map(|(id, _)| id).collect();
    if let (Some(request), false) = (call.request_mut(), requests.is_empty()) {
        *request = requests[request.0 as usize % requests.len()];
    }
    if let (Some(address), Some(family)) = (call.address_mut(), family) {
        if address.is_ipv4() != (family == Family::V4) {
            address.set_ip(match (address.ip().is_unspecified(), family) {
                (true, family) => family.wildcard().ip(),
                (false, Family::V4) => std::net::Ipv4Addr::LOCALHOST.into(),
                (false, Family::V6) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
    }
    call
}

/// Processes that a restart or an exit has ended come back.
fn revive(world: &mut World, by: ProcessId) {
    if by != ProcessId::MACHINE && world.process(by).is_none() {
        world.put_process(by, Some(Process::undeclared()));
    }
}

fn run(
    script: &[(ProcessId, Call)],
    (reading, bits): (&Reading, u64),
    fired: &RefCell<BTreeMap<Rule, u64>>,
) -> Result<(), TestCaseError> {
    // three worlds of four are closed
    let (open, unlisted_exclusions, scarce) = (bits & 3 == 0, bits & 7 == 0, bits & 24 == 0);
    let mut world = machine(Machine { open, unlisted_exclusions, scarce, ..Machine::default() });
    let mut documented = Profile::open_to_all();
    let settled = Profile::settled(reading);
    for (turn, (by, call)) in script.iter().enumerate() {
        revive(&mut world, *by);
        let call = &at_hand(&world, *by, *call, turn);
        let (rule, reply) = choose(&world, *by, call, reading, turn);
        *fired.borrow_mut().entry(rule).or_default() += 1;
        let all = permitted(&world, *by, call);
        let told = || format!("{by}: {call} -> {reply} ({rule})");
        let step = all.judge(&world, &settled, &reply);
        prop_assert!(step.is_ok(), "refused under its own reading: {}", told());
        let step = all.judge(&world, &documented, &reply);
        prop_assert!(step.is_ok(), "refused under the readings left: {}", told());
        let narrowed = documented.assume(&step.expect("just looked").needs);
        prop_assert!(narrowed.is_ok(), "no reading left: {}", told());
        prop_assert!(documented.admits(reading), "the reading was excluded: {}", told());
        if let Some(bytes) = bytes_returned(&world, *by, call, &reply) {
            let mut counts = bytes.under(reading).offers.into_iter().filter_map(count);
            let (rule, seen) = counts.next_back().expect("every reading has a byte count");
            *fired.borrow_mut().entry(rule).or_default() += 1;
            prop_assert!(bytes.judge(&world, &settled, &seen).is_ok(), "{} {seen}", told());
            prop_assert!(bytes.judge(&world, &documented, &seen).is_ok(), "{} {seen}", told());
        }
        let before = world.clone();
        apply(&mut world, *by, call, &reply);
        // a connect may have bound its socket before it failed; a request may pend or have failed at its end
        let goes_on = matches!(call, Call::Connect { .. } | Call::ConnectEx { .. })
            || reply == Reply::Failed(portres_model::Error::IoPending)
            || call.request().is_some();
        if matches!(reply, Reply::Failed(_)) && !goes_on {
            prop_assert!(world == before, "a refusal changed the world: {}", told());
        }
    }
    indexes_agree(&world)
}

#[test]
fn chosen_replies_are_accepted_and_refusals_change_nothing() {
    let fired = RefCell::new(BTreeMap::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(1500)
    });
    let cases = (script(), any::<u64>());
    if let Err(error) =
        runner.run(&cases, |(script, bits)| run(&script, (&reading(bits), bits >> 5), &fired))
    {
        panic!("{error}");
    }
    let fired = fired.into_inner();
    let never: Vec<&str> =
        Rule::ALL.iter().filter(|r| !fired.contains_key(r)).map(|r| r.id()).collect();
    let mut often: Vec<_> = fired.iter().map(|(r, n)| (*n, r.id())).collect();
    often.sort_unstable_by(|a, b| b.cmp(a));
    println!("{often:?}");
    println!("{} of {} rules fired; never: {}", fired.len(), Rule::ALL.len(), never.join(", "));
    assert!(fired.len() >= 205, "{} rules fired", fired.len());
}

#[test]
fn a_token_that_is_given_twice_keeps_its_users() {
    let (mut world, by) = (world(), ProcessId(1));
    let (socket, token, frame) = (SocketId(3), Token(1), Frame::default());
    let create =
        Call::Create { protocol: Protocol::Tcp, range: block(5000, 1).range(), null: false };
    for (call, reply) in [
        (Call::open(SocketKind::Tcp, Family::V4), Reply::Socket(socket)),
        (create, Reply::Token(token)),
        (Call::Associate { socket, token, frame }, Reply::Ok),
        (create, Reply::Token(token)),
    ] {
        apply(&mut world, by, &call, &reply);
    }
    assert_eq!(world.reservation(token).map(|r| r.users), Some(1));
}

fn any_reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Ok),
        (1u32..8).prop_map(|s| Reply::Socket(SocketId(s))),
        any::<u16>().prop_map(Reply::Bound),
        (5000u16..5012).prop_map(Reply::Bound),
        (range(), token()).prop_map(|(block, token)| Reply::Reserved { block, token }),
        token().prop_map(Reply::Token),
        Just(Reply::Failed(portres_model::Error::IoPending)),
        Just(Reply::Failed(portres_model::Error::WsaConnectionRefused)),
        address().prop_map(Reply::Name),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn impossible_replies_leave_the_indexes_right(events in prop::collection::vec((script(), any_reply()), 1..12)) {
        let mut world = world();
        for (script, reply) in events {
            for (by, call) in script {
                revive(&mut world, by);
                apply(&mut world, by, &call, &reply);
            }
        }
        indexes_agree(&world)?;
    }

    #[test]
    fn what_the_likeliest_readings_permit_all_readings_permit(script in script(), reply in any_reply()) {
        let (mut world, likely, documented) = (world(), Profile::likely(), Profile::documented());
        for (by, call) in script {
            revive(&mut world, by);
            let all = permitted(&world, by, &call);
            if reply.fits(&call) && all.judge(&world, &likely, &reply).is_ok() {
                prop_assert!(all.judge(&world, &documented, &reply).is_ok(), "{}: {} -> {}", by, call, reply);
                apply(&mut world, by, &call, &reply);
            }
        }
    }

    #[test]
    fn the_two_protocols_commute(first in address(), second in address()) {
        let mut world = world();
        for (id, kind) in [(1, SocketKind::Tcp), (2, SocketKind::Udp)] {
            apply(&mut world, ProcessId(1), &Call::open(kind, Family::V4), &Reply::Socket(SocketId(id)));
        }
        let bind = |id, address| Call::bind(SocketId(id), address);
        let (tcp, udp) = (bind(1, first), bind(2, second));
        let (mut one, mut other) = (world.clone(), world);
        let reading = reading(7);
        for (world, order) in [(&mut one, [tcp, udp]), (&mut other, [udp, tcp])] {
            for call in order {
                let (_, reply) = choose(world, ProcessId(1), &call, &reading, 0);
                apply(world, ProcessId(1), &call, &reply);
            }
        }
        prop_assert!(one == other);
    }
}
