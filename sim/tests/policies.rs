//! What each policy chooses, and that it chooses the same again.

use portres_model::{
    Call, Command, Error, Family, Frame, Machine, Owner, PortRange, ProcessId, Profile, Protocol,
    Reply, SocketId, SocketKind, Startup, Store, Token, World,
};
use portres_sim::{Builder, Host, Mishap, Pick, Policy, Trouble};

const ANY: ([u8; 4], u16) = ([0, 0, 0, 0], 0);

fn every_policy() -> Vec<Policy> {
    let picks = [Pick::Port(49_999), Pick::Usual, Pick::Port(49_155)];
    let scripted = Policy::scripted(&picks);
    vec![Policy::Lowest, Policy::NextFit, Policy::Random, Policy::Adversarial, scripted]
}

/// A program of many calls, and what it got.
fn replies(host: &Host) -> Vec<Reply> {
    let p1 = ProcessId(1);
    let mut replies = Vec::new();
    let mut call = |call: Call| {
        let by = if call.is_of_machine() { ProcessId::MACHINE } else { p1 };
        let reply = host.call(by, &call).reply;
        replies.push(reply);
        reply
    };
    for round in 0..30u32 {
        let kind = if round % 3 == 0 { SocketKind::Tcp } else { SocketKind::Udp };
        let Reply::Socket(socket) = call(Call::open(kind, Family::V4)) else { continue };
        call(Call::bind(socket, Family::V4.wildcard()));
        let Reply::Socket(owner) = call(Call::open(SocketKind::Udp, Family::V4)) else { continue };
        let range = PortRange { start: 0, count: 8 };
        call(Call::Acquire { socket: owner, range, frame: Frame::default() });
        call(Call::Associate { socket: owner, token: Token(1), frame: Frame::default() });
        call(Call::bind(owner, Family::V4.wildcard()));
        call(Call::ioctl_socket(owner, Command::Unread));
        if round % 4 == 1 {
            call(Call::CloseSocket { socket: SocketId(round / 2 + 1) });
        }
        if round == 20 {
            call(Call::Restart);
            call(Call::Startup(Startup::CURRENT));
        }
    }
    replies
}

fn machine(policy: &Policy, seed: u64) -> Builder {
    let builder = Host::builder().profile(&Profile::documented()).seed(seed);
    builder.policy(policy.clone()).excluded(Protocol::Udp, 50_000, 50).wanted(51_000)
}

#[test]
fn same_seed_same_calls_same_replies() {
    for policy in every_policy() {
        for seed in 0..8 {
            let once = replies(&machine(&policy, seed).build());
            assert_eq!(once, replies(&machine(&policy, seed).build()), "{policy:?}, seed {seed}");
            let trouble = Trouble::everywhere(0.1).sometimes(0.1, Mishap::Resources);
            // where a call may fail at any time, the picks would be used up elsewhere
            let policy = match &policy {
                Policy::Scripted(_) => Policy::scripted(&[Pick::Usual; 3]),
                policy => policy.clone(),
            };
            let troubled = || machine(&policy, seed).trouble(trouble.clone()).build();
            let (first, second) = (troubled(), troubled());
            assert_eq!(replies(&first), replies(&second), "{policy:?}, seed {seed}, in trouble");
            assert_eq!(first.mishaps(), second.mishaps());
            assert!(!first.mishaps().is_empty());
        }
    }
}

#[test]
fn seeds_differ_where_they_draw() {
    for policy in [Policy::Random, Policy::Adversarial] {
        let of = |seed| replies(&machine(&policy, seed).build());
        assert!((1..8).any(|seed| of(seed) != of(0)), "{policy:?}");
    }
}

#[test]
fn next_fit_goes_on_behind_the_last_port() {
    let host = Host::builder().policy(Policy::NextFit).dynamic(Protocol::Udp, 50_000, 255).build();
    let program = host.process("alice").start();
    let port = || program.udp().unwrap().bind(ANY).unwrap();
    // each socket is closed at once, and its port is not given again before the range has been gone through
    let first: Vec<u16> = (0..255).map(|_| port()).collect();
    assert!(first.iter().copied().eq(50_000..50_255));
    assert_eq!(port(), 50_000);
    // one counter a transport
    assert_eq!(program.tcp().unwrap().bind(ANY), Ok(49_152));
    assert_eq!(port(), 50_001);
}

#[test]
fn the_adversary_takes_the_port_that_somebody_will_want() {
    let host = Host::builder().policy(Policy::Adversarial).wanted(50_123).build();
    let (service, other) = (host.process("alice").start(), host.process("bob").start());
    assert_eq!(other.udp().unwrap().bind(ANY), Ok(50_123));
    // a service restarts and wants its port back
    let socket = service.udp().unwrap();
    assert_eq!(socket.bind(([0, 0, 0, 0], 55_000)), Ok(55_000));
    socket.close().unwrap();
    let thief = other.udp().unwrap();
    assert_eq!(thief.bind(ANY), Ok(55_000));
    let again = service.udp().unwrap().bind(([0, 0, 0, 0], 55_000)).unwrap_err();
    assert_eq!(again.error(), Error::WsaAddressInUse, "{again}");
}

#[test]
fn the_adversary_breaks_the_longest_free_run() {
    let host = Host::builder().policy(Policy::Adversarial).dynamic(Protocol::Udp, 50_000, 256);
    let host = host.build();
    let program = host.process("alice").start();
    let sockets: Vec<_> = (0..3).map(|_| program.udp().unwrap()).collect();
    let ports: Vec<u16> = sockets.iter().map(|s| s.bind(ANY).unwrap()).collect();
    assert_eq!(ports, [50_127, 50_191, 50_063]);
    // three ports are taken of 256, and no block of 128 is left
    let refused = program.udp().unwrap().acquire(0, 128).unwrap_err();
    assert_eq!(refused.error(), Error::WsaNoBuffers, "{refused}");
}

#[test]
fn a_script_is_followed_and_then_the_usual_is_chosen() {
    let picks = [Pick::Port(60_000), Pick::Block(61_000, 4), Pick::Usual];
    let host = Host::builder().policy(Policy::scripted(&picks)).build();
    let program = host.process("alice").start();
    let sockets: Vec<_> = (0..3).map(|_| program.udp().unwrap()).collect();
    assert_eq!(sockets[0].bind(ANY), Ok(60_000));
    // what leaves no choice takes no pick
    assert_eq!(sockets[1].bind(([0, 0, 0, 0], 80)), Ok(80));
    assert_eq!(sockets[1].acquire(0, 4).unwrap().block, PortRange { start: 61_000, count: 4 });
    assert_eq!(sockets[2].bind(ANY), Ok(49_152));
    assert_eq!(program.tcp().unwrap().bind(ANY), Ok(49_152));
}

#[test]
#[should_panic(expected = "pick 1 of the script, Port(80), is not permitted here: \
                           a free udp port of 49152+16384")]
fn a_pick_that_is_not_permitted_panics() {
    let host = Host::builder().policy(Policy::scripted(&[Pick::Port(80)])).build();
    let program = host.process("alice").start();
    let _ = program.udp().unwrap().bind(ANY);
}

#[test]
fn a_script_picks_refusals() {
    let trouble = Trouble::new().before(99, Mishap::Resources);
    let picks = [Pick::Usual, Pick::Usual, Pick::Refusal(Error::WsaTooManyFiles)];
    let host = Host::builder().policy(Policy::scripted(&picks)).trouble(trouble).build();
    // a machine that is short of everything leaves each of these a choice
    let program = host.process("alice").start();
    let first = program.udp();
    assert!(first.is_ok());
    let second = [program.udp(), program.udp()];
    let refused = second.into_iter().find_map(Result::err).expect("a refusal");
    assert_eq!(refused.error(), Error::WsaTooManyFiles);
}

#[test]
fn the_adversary_refuses_where_it_may() {
    let host = Host::builder().policy(Policy::Adversarial).build();
    let program = host.process("alice").start();
    host.network(false);
    let opened: Vec<bool> = (0..64).map(|_| program.udp().is_ok()).collect();
    assert!(opened.contains(&true) && opened.contains(&false));
    // the others do not, unless trouble says so
    let host = Host::builder().build();
    let program = host.process("alice").start();
    host.network(false);
    assert!((0..64).all(|_| program.udp().is_ok()));
}

#[test]
fn a_machine_knows_all_of_its_exclusions() {
    // what a watcher may not have seen is no reason for a machine to refuse: it would grant the same the next time
    let watched = Machine { unlisted_exclusions: true, ..Machine::default() };
    for seed in 0..8 {
        let host = Host::builder().policy(Policy::Adversarial).seed(seed);
        let host = host.world(World::new(watched.clone())).build();
        let admin = host.process("root").elevated().start();
        let range = PortRange { start: 50_000, count: 4 };
        for _ in 0..16 {
            let socket = admin.udp().unwrap();
            assert_eq!(socket.bind(([0, 0, 0, 0], 50_000)), Ok(50_000));
            socket.close().unwrap();
            let socket = admin.udp().unwrap();
            socket.acquire(50_000, 4).unwrap();
            socket.close().unwrap();
            admin.add_excluded(Protocol::Udp, range, Store::Active).unwrap();
            admin.delete_excluded(Protocol::Udp, range, Store::Active).unwrap();
        }
    }
}

#[test]
fn the_machine_is_what_the_builder_says() {
    let posted = "Protocol udp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n     50060       50159\n     50200       50299     *\n\n* - Administered port exclusions.\n";
    let host = Host::builder()
        .netsh(posted)
        .unwrap()
        .address(std::net::IpAddr::from([192, 0, 2, 7]))
        .build();
    host.look(|world| {
        assert_eq!(world.exclusions().len(), 2);
        assert!(world.is_excluded(Protocol::Udp, 50_100));
        assert!(world.is_local([192, 0, 2, 7].into()));
    });
    let host = Host::builder()
        .dynamic(Protocol::Tcp, 20_000, 500)
        .block(Protocol::Tcp, 20_000, 100, Owner::WinNat)
        .build();
    let admin = host.process("root").elevated().start();
    assert_eq!(admin.tcp().unwrap().bind(ANY), Ok(20_100));
    let range = PortRange { start: 20_100, count: 100 };
    admin.add_excluded(Protocol::Tcp, range, Store::Active).unwrap();
    assert_eq!(admin.tcp().unwrap().bind(ANY), Ok(20_200));
    assert!(Host::builder().netsh("nothing of the kind").is_err());
}

#[test]
fn the_lowest_vacant_names_are_given_again() {
    let host = Host::builder().build();
    let program = host.process("alice").start();
    let owners: Vec<_> = (0..4).map(|_| program.udp().unwrap()).collect();
    let tokens: Vec<_> = owners.iter().map(|s| s.acquire(0, 4).unwrap().token).collect();
    assert_eq!(tokens, [1, 2, 3, 4].map(Token));
    let user = program.udp().unwrap();
    user.associate(tokens[1]).unwrap();
    let mut owners = owners.into_iter();
    owners.next().unwrap().close().unwrap();
    owners.next().unwrap().close().unwrap();
    let (first, next) = (program.udp().unwrap(), program.udp().unwrap());
    assert_eq!((first.id(), next.id()), (SocketId(1), SocketId(2)));
    assert_eq!(first.acquire(0, 4).unwrap().token, Token(1));
    // the second is used still, until its user goes, too
    assert_eq!(next.acquire(0, 4).unwrap().token, Token(5));
    user.close().unwrap();
    assert_eq!(next.acquire(0, 4).unwrap().token, Token(2));
}

#[test]
fn what_commands_show_one_after_another_adds_up() {
    let rows = |protocol, first, last| {
        format!(
            "Protocol {protocol} Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n     {first}       {last}\n\n* - .\n"
        )
    };
    let dynamic = "Protocol udp Dynamic Port Range\n-------------------------------\nStart Port      : 1024\nNumber of Ports : 13977\n";
    let sockets = "  TCP    0.0.0.0:8080           0.0.0.0:0              LISTENING       4711\n";
    let host = Host::builder()
        .block(Protocol::Tcp, 40_000, 10, Owner::WinNat)
        .netsh(&rows("tcp", 50_060, 50_159))
        .and_then(|builder| builder.netsh(&rows("udp", 60_060, 60_159)))
        .and_then(|builder| builder.netsh(dynamic))
        .and_then(|builder| builder.netsh(sockets))
        .expect("listings")
        .dynamic(Protocol::Tcp, 20_000, 100)
        .build();
    let of = |protocol| move |e: &&portres_model::Exclusion| e.protocol == protocol;
    let count = |protocol| host.look(|w| w.exclusions().iter().filter(of(protocol)).count());
    assert_eq!((count(Protocol::Tcp), count(Protocol::Udp)), (2, 1));
    let program = host.process("alice").start();
    let starts = [Protocol::Tcp, Protocol::Udp].map(|p| program.show_dynamic(p).unwrap().start);
    assert_eq!(starts, [20_000, 1024]);
    let taken = program.tcp().unwrap().bind(([0, 0, 0, 0], 8080)).unwrap_err();
    assert_eq!(taken.c_name(), Some("WSAEADDRINUSE"));
    let blocked = program.tcp().unwrap().bind(([0, 0, 0, 0], 50_100)).unwrap_err();
    assert_eq!(blocked.rule().id(), "bind.system-block");
}
