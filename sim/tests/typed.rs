//! Every call of the specification has a typed method, and the method makes that call.

use std::net::SocketAddr;

use portres_model::{
    Account, Attributes, Call, Command, Control, Credentials, Error, Family, Frame, Owner,
    PortBlock, PortRange, ProcessId, Protocol, Reply, RequestId, SocketKind, SocketOption, Startup,
    Status, Store, Token, Triple,
};
use portres_sim::{Host, Process, Refused, Socket, overlapped};

/// A machine on which every call below has something to do: a listener, a socket that is associated, one that is connected.
struct Stage {
    host: Host,
    program: Process,
    child: Process,
    listener: Socket,
    user: Socket,
    plain: Socket,
    connected: Socket,
    token: Token,
}

const UDP: Protocol = Protocol::Udp;
const STORE: Store = Store::Persistent;

fn stage() -> Stage {
    let host = Host::builder().block(UDP, 40_000, 10, Owner::WinNat).build();
    let program = host.process("root").elevated().start();
    let child = host.process("root").elevated().start();
    let (listener, user) = (program.tcp().unwrap(), program.udp().unwrap());
    let (plain, connected) = (program.udp().unwrap(), program.udp().unwrap());
    listener.bind(([127, 0, 0, 1], 80)).unwrap();
    listener.listen().unwrap();
    let token = user.acquire(5000, 20).unwrap().token;
    user.associate(token).unwrap();
    connected.connect(([127, 0, 0, 1], 9)).unwrap();
    program.create(UDP, 6000, 10).unwrap();
    program.add_excluded(UDP, range(7000, 10), STORE).unwrap();
    program.preset(RequestId(1), Status::SUCCESS).unwrap();
    Stage { host, program, child, listener, user, plain, connected, token }
}

fn range(start: u16, count: u16) -> PortRange {
    PortRange { start, count }
}

/// One call of every kind.
fn calls(s: &Stage) -> Vec<Call> {
    let (l, u, p, c) = (s.listener.id(), s.user.id(), s.plain.id(), s.connected.id());
    let (token, frame, attributes) = (s.token, Frame::default(), Attributes::default());
    let address = SocketAddr::from(([127, 0, 0, 1], 7777));
    let request = RequestId(1);
    let block = PortBlock::new(40_000, 10).unwrap();
    let option = SocketOption::ReuseAddr;
    vec![
        Call::Startup(Startup::CURRENT),
        Call::Cleanup,
        Call::open(SocketKind::Tcp, Family::V6),
        Call::Open { family: 2, kind: 2, protocol: 17, info: None, attributes },
        Call::set_option(p, option, 1),
        Call::get_option(l, SocketOption::AcceptConn),
        Call::ioctl_socket(p, Command::Block(1)),
        Call::bind(u, Family::V4.wildcard()),
        Call::get_sock_name(l),
        Call::get_peer_name(c),
        Call::Listen { socket: l },
        Call::Connect { socket: p, address },
        Call::Disconnect { socket: c },
        Call::connect_ex(p, address),
        Call::Accept { socket: l },
        Call::SendTo { socket: p, address },
        Call::CloseSocket { socket: p },
        Call::duplicate(p, s.child.id()),
        Call::Inherit { socket: p, process: s.child.id() },
        Call::Acquire { socket: p, range: range(8000, 10), frame },
        Call::Associate { socket: p, token, frame },
        Call::Release { socket: u, token, frame },
        Call::Affinity { socket: p, processor: 1 },
        Call::Ioctl { socket: p, code: Control::FIONREAD, frame },
        Call::Result { request, wait: true, null: false },
        Call::Completion { request },
        Call::Cancel { socket: p, request: None },
        Call::Preset { request: RequestId(2), status: Status::PENDING },
        Call::EndThread,
        Call::Create { protocol: UDP, range: range(9000, 10), null: false },
        Call::Delete { protocol: UDP, range: range(6000, 10) },
        Call::Lookup { protocol: UDP, range: range(6000, 10), null: false },
        Call::AddExcluded { protocol: UDP, range: range(9100, 10), store: STORE },
        Call::DeleteExcluded { protocol: UDP, range: range(7000, 10), store: STORE },
        Call::ShowExcluded { protocol: UDP, range: range(7000, 10) },
        Call::SetDynamic { protocol: UDP, range: range(10_000, 1000), store: STORE },
        Call::ShowDynamic { protocol: UDP },
        Call::Exit,
        Call::Start { process: ProcessId(3), credentials: Credentials::default() },
        Call::Restart,
        Call::Appear {
            protocol: UDP,
            block: PortBlock::new(41_000, 10).unwrap(),
            owner: Owner::Hns,
        },
        Call::Vanish { protocol: UDP, block },
        Call::Network { up: false },
        Call::Settle { port: 80 },
        Call::Complete { request },
    ]
}

/// The same by its method; `None` stands for a success. Exhaustive: a new call does not compile without one.
fn by_method(s: Stage, call: &Call) -> (Host, Option<Refused>) {
    let Stage { host, program, child, listener, user, plain, connected, .. } = s;
    let socket = |id| {
        [&listener, &user, &plain, &connected].into_iter().find(|s| s.id() == id).expect("a socket")
    };
    // what it opens stays open, as what a bare call opens does
    let keep = |opened: Result<Socket, Refused>| {
        opened.map(|s| {
            let _ = s.into_id();
        })
    };
    let done: Result<(), Refused> = match *call {
        Call::Startup(startup) => program.startup(startup).map(drop),
        Call::Cleanup => program.cleanup(),
        Call::Socket { kind, family, .. } => keep(program.socket(kind, family)),
        Call::Open { family, kind, protocol, info, attributes } => {
            keep(program.open(Triple { family, kind, protocol }, info, attributes))
        }
        Call::SetSockOpt { socket: s, option, value, .. } => socket(s).set_option(option, value),
        Call::GetSockOpt { socket: s, option, .. } => {
            socket(s).get_option(option).map(|value| assert_eq!(value, 1))
        }
        Call::IoctlSocket { socket: s, command, .. } => socket(s).ioctl_socket(command).map(drop),
        Call::Bind { socket: s, address, .. } => {
            socket(s).bind(address).map(|port| assert_eq!(port, 5000))
        }
        Call::GetSockName { socket: s, .. } => {
            socket(s).get_sock_name().map(|name| assert_eq!(name.port(), 80))
        }
        Call::GetPeerName { socket: s, .. } => {
            socket(s).get_peer_name().map(|name| assert!(name.is_ipv4()))
        }
        Call::Listen { socket: s } => socket(s).listen(),
        Call::Connect { socket: s, address } => socket(s).connect(address).map(drop),
        Call::Disconnect { socket: s } => socket(s).disconnect(),
        Call::ConnectEx { socket: s, address, .. } => socket(s).connect_ex(address).map(drop),
        Call::Accept { socket: s } => keep(socket(s).accept()),
        Call::SendTo { socket: s, address } => socket(s).send_to(address).map(drop),
        Call::CloseSocket { .. } => {
            let done = plain.close();
            return finish((host, program, child), vec![listener, user, connected], done);
        }
        Call::Duplicate { socket: s, .. } => keep(socket(s).duplicate(&child)),
        Call::Inherit { socket: s, .. } => keep(child.inherit(socket(s))),
        Call::Acquire { socket: s, range, .. } => socket(s)
            .acquire(range.start, range.count)
            .map(|reservation| assert_eq!(reservation.block, range)),
        Call::Associate { socket: s, token, .. } => socket(s).associate(token),
        Call::Release { socket: s, token, .. } => socket(s).release(token),
        Call::Affinity { socket: s, processor } => socket(s).affinity(processor),
        Call::Ioctl { socket: s, code, frame } => socket(s).ioctl(code, frame).map(drop),
        Call::Result { request, wait, .. } => program.result(request, wait).map(drop),
        Call::Completion { request } => program.completion(request).map(drop),
        Call::Cancel { socket: s, request } => socket(s).cancel(request),
        Call::Preset { request, status } => program.preset(request, status),
        Call::EndThread => program.end_thread(),
        Call::Create { protocol, range, .. } => {
            program.create(protocol, range.start, range.count).map(drop)
        }
        Call::Delete { protocol, range } => program.delete(protocol, range.start, range.count),
        Call::Lookup { protocol, range, .. } => {
            program.lookup(protocol, range.start, range.count).map(drop)
        }
        Call::AddExcluded { protocol, range, store } => {
            program.add_excluded(protocol, range, store)
        }
        Call::DeleteExcluded { protocol, range, store } => {
            program.delete_excluded(protocol, range, store)
        }
        Call::ShowExcluded { protocol, range } => program.show_excluded(protocol, range).map(drop),
        Call::SetDynamic { protocol, range, store } => program.set_dynamic(protocol, range, store),
        Call::ShowDynamic { protocol } => {
            program.show_dynamic(protocol).map(|range| assert_eq!(range.start, 49_152))
        }
        Call::Exit => {
            program.exit();
            return finish_without(host, child, vec![listener, user, plain, connected]);
        }
        Call::Start { .. } => {
            let started = host.process("user").without_winsock().start();
            std::mem::forget(started);
            Ok(())
        }
        Call::Restart => {
            host.restart();
            Ok(())
        }
        Call::Appear { protocol, block, owner } => host.appear(protocol, block, owner),
        Call::Vanish { protocol, block } => host.vanish(protocol, block),
        Call::Network { up } => {
            host.network(up);
            Ok(())
        }
        Call::Settle { port } => host.settle(port),
        Call::Complete { request } => host.complete(request).map(drop),
    };
    finish((host, program, child), vec![listener, user, plain, connected], done)
}

/// Lets go of the handles without what dropping them does.
fn finish(
    (host, program, child): (Host, Process, Process),
    sockets: Vec<Socket>,
    done: Result<(), Refused>,
) -> (Host, Option<Refused>) {
    std::mem::forget(program);
    let (host, _) = finish_without(host, child, sockets);
    (host, done.err())
}

fn finish_without(host: Host, child: Process, sockets: Vec<Socket>) -> (Host, Option<Refused>) {
    std::mem::forget(child);
    for socket in sockets {
        let _ = socket.into_id();
    }
    (host, None)
}

#[test]
fn every_call_has_a_method_that_makes_it() {
    let count = calls(&stage()).len();
    let mut kinds: Vec<_> = calls(&stage()).iter().map(std::mem::discriminant).collect();
    kinds.dedup();
    assert_eq!(kinds.len(), count, "one call of each kind");
    for i in 0..count {
        let (bare, typed) = (stage(), stage());
        let call = calls(&bare)[i];
        let by = if call.is_of_machine() { ProcessId::MACHINE } else { bare.program.id() };
        let answer = bare.host.call(by, &call);
        let (host, refused) = by_method(typed, &call);
        match answer.reply {
            Reply::Failed(error) => {
                let refused = refused.unwrap_or_else(|| panic!("`{call}` succeeds by its method"));
                assert_eq!((refused.error(), refused.rule()), (error, answer.rule), "{call}");
                assert_eq!(refused.call(), &call);
            }
            reply => assert!(refused.is_none(), "`{call}` gives `{reply}`, not {refused:?}"),
        }
        let same = host.look(|typed| bare.host.look(|bare| typed == bare));
        assert!(same, "`{call}` leaves another machine by its method");
    }
}

#[test]
fn a_handle_closes_what_it_stands_for_and_nothing_else() {
    let host = Host::builder().build();
    let program = host.process("alice").start();
    let first = program.udp().unwrap();
    let id = first.id();
    program.cleanup().unwrap();
    program.startup(Startup::CURRENT).unwrap();
    // the name is given again
    let second = program.udp().unwrap();
    assert_eq!(second.id(), id);
    drop(first);
    assert_eq!(second.bind(([127, 0, 0, 1], 80)), Ok(80));
    drop(second);
    assert!(host.look(|world| world.sockets().next().is_none()));
}

#[test]
fn a_process_that_is_dropped_takes_its_sockets_along() {
    let host = Host::builder().build();
    let program = host.process("alice").start();
    let socket = program.udp().unwrap();
    let reservation = socket.acquire(5000, 10).unwrap();
    drop(program);
    assert!(host.look(|w| w.sockets().next().is_none() && w.reservations().next().is_none()));
    let refused = socket.associate(reservation).unwrap_err();
    assert_eq!(refused.error(), Error::WsaNotInitialised, "{refused}");
    let other = host.process("alice").start();
    let fresh = other.udp().unwrap();
    drop(socket);
    assert_eq!(fresh.bind(([0, 0, 0, 0], 5000)), Ok(5000), "nobody closed it");
}

#[test]
fn users_and_elevations_differ() {
    let host = Host::builder().user("root", Account::Administrator).build();
    let create = |process: Process| process.create(UDP, 5000, 10).map_err(|r| r.rule().id());
    assert_eq!(create(host.process("bob").start()), Err("create.privilege"));
    assert_eq!(create(host.process("root").start()), Err("create.privilege"));
    assert!(create(host.process("root").elevated().start()).is_ok());
    host.restart();
    assert!(host.process("bob").start().lookup(UDP, 5000, 10).is_ok(), "persistent");
}

#[test]
fn other_arguments_reach_the_call() {
    let host = Host::builder().build();
    let program = host.process("alice").start();
    let socket = program.udp().unwrap();
    let short = Frame { input: portres_model::Buffer::Short, ..Frame::default() };
    let refused = socket.acquire_with(5000, 10, short).unwrap_err();
    assert_eq!(refused.error(), Error::WsaFault, "{refused}");
    assert!(refused.call().frame() == Some(&short));
    assert_eq!(overlapped(RequestId(3)).request(), Some(RequestId(3)));
}

#[test]
fn a_process_that_is_gone_does_nothing_any_more() {
    let host = Host::builder().build();
    let admin = host.process("admin").account(Account::LocalSystem).start();
    admin.create(Protocol::Tcp, 5000, 10).expect("a reservation");
    host.restart();
    let refused = admin.lookup(Protocol::Tcp, 5000, 10).expect_err("it has ended");
    assert_eq!(refused.c_name(), Some("WSANOTINITIALISED"));
    assert!(
        admin
            .set_dynamic(Protocol::Tcp, PortRange { start: 20_000, count: 300 }, Store::Active)
            .is_err()
    );
    assert!(host.look(|world| world.process(admin.id()).is_none()), "nor does it come back");
    let again = host.process("admin").account(Account::LocalSystem).start();
    assert!(again.lookup(Protocol::Tcp, 5000, 10).is_ok());
}
