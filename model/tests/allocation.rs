//! What does not allocate: `permitted`, ever; a step that is accepted, once its page and its slots are there.
#![allow(unsafe_code, reason = "an allocator that counts is one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::net::SocketAddr;

use portres_model::{
    Buffer, Call, Command, Exclusion, ExclusionKind, Family, Frame, Machine, Optval, Overlapped,
    Owner, Permitted, Pointer, PortBlock, PortRange, Process, ProcessId, Profile, Protocol, Reply,
    RequestId, Routine, SocketId, SocketKind, SocketOption, Startup, Status, Store, Token, World,
    apply, permitted, permitted_into,
};

thread_local! {
    /// Allocations of this thread: other tests run beside this one.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator as it comes; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps what `GlobalAlloc` asks of it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.with(Cell::get);
    let result = run();
    (COUNT.with(Cell::get) - before, result)
}

const P1: ProcessId = ProcessId(1);
const EXACT: Frame = Frame {
    input: Buffer::Exact,
    output: Buffer::Exact,
    bytes: Pointer::Good,
    overlapped: Overlapped::None,
    routine: Routine::None,
};

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn open(socket: u32, kind: SocketKind) -> (Call, Reply) {
    (Call::open(kind, Family::V4), Reply::Socket(SocketId(socket)))
}

fn acquire(socket: u32, token: u32, start: u16) -> (Call, Reply) {
    let (socket, range) = (SocketId(socket), PortRange { start, count: 4 });
    let reply = Reply::Reserved { block: range, token: Token(token) };
    (Call::Acquire { socket, range, frame: EXACT }, reply)
}

fn associate(socket: u32, token: u32) -> (Call, Reply) {
    let (socket, token) = (SocketId(socket), Token(token));
    (Call::Associate { socket, token, frame: EXACT }, Reply::Ok)
}

fn bind(socket: u32, to: &str, port: u16) -> (Call, Reply) {
    (Call::bind(SocketId(socket), address(to)), Reply::Bound(port))
}

fn close(socket: u32) -> (Call, Reply) {
    (Call::CloseSocket { socket: SocketId(socket) }, Reply::Ok)
}

/// The common calls: two sockets share a block, one takes a port that is free, one of the dynamic range.
fn script() -> Vec<(Call, Reply)> {
    let option = SocketOption::ReuseAddr;
    vec![
        open(1, SocketKind::Udp),
        open(2, SocketKind::Udp),
        open(3, SocketKind::Tcp),
        open(4, SocketKind::Tcp),
        acquire(1, 1, 5000),
        associate(1, 1),
        associate(2, 1),
        bind(1, "0.0.0.0:0", 5000),
        bind(2, "127.0.0.1:5001", 5001),
        (Call::set_option(SocketId(3), option, 1), Reply::Ok),
        bind(3, "127.0.0.1:5000", 5000),
        (Call::get_sock_name(SocketId(3)), Reply::Name(address("127.0.0.1:5000"))),
        (Call::Listen { socket: SocketId(3) }, Reply::Ok),
        bind(4, "0.0.0.0:0", 60_000),
        close(4),
        close(3),
        close(1),
        close(2),
    ]
}

fn step(world: &mut World, profile: &mut Profile, all: &mut Permitted, event: &(Call, Reply)) {
    let (call, reply) = event;
    permitted_into(world, P1, call, all);
    let step = all.judge(world, profile, reply).expect("a permitted step");
    if !step.needs.nothing() {
        profile.assume(&step.needs).expect("a reading");
    }
    apply(world, P1, call, reply);
}

/// Acquire, associate, bind, close: replies that settle every question that they touch.
fn cycle() -> Vec<(Call, Reply)> {
    vec![
        open(1, SocketKind::Udp),
        acquire(1, 1, 5000),
        associate(1, 1),
        bind(1, "0.0.0.0:0", 5000),
        close(1),
    ]
}

#[test]
fn an_accepted_step_allocates_nothing_where_a_page_exists() {
    for (mut profile, events) in [(Profile::likely(), script()), (Profile::documented(), cycle())] {
        let (mut world, mut all) = (World::default(), Permitted::default());
        world.put_process(P1, Some(Process::undeclared()));
        // makes the pages and the slots, and settles the questions
        events.iter().for_each(|event| step(&mut world, &mut profile, &mut all, event));
        for event in events {
            let (count, ()) = allocations(|| step(&mut world, &mut profile, &mut all, &event));
            assert_eq!(count, 0, "{}", event.0);
        }
    }
}

/// Every call, in a world with something of everything.
#[test]
fn permitted_allocates_nothing() {
    let machine = Machine { unlisted_exclusions: true, ..Machine::default() };
    let mut world = World::new(machine);
    world.put_process(P1, Some(Process::undeclared()));
    let block = PortBlock::new(5004, 2).expect("a block");
    let kind = ExclusionKind::System(Owner::WinNat);
    world.exclude(Exclusion { protocol: Protocol::Udp, block, kind });
    let release = Call::Release { socket: SocketId(1), token: Token(1), frame: EXACT };
    let several = [
        open(1, SocketKind::Udp),
        open(2, SocketKind::Udp),
        open(3, SocketKind::Tcp),
        open(4, SocketKind::Raw),
        open(5, SocketKind::Udp),
        acquire(1, 1, 5000),
        acquire(1, 2, 5002),
        associate(2, 1),
        associate(2, 2),
        associate(5, 1),
        bind(3, "0.0.0.0:5003", 5003),
        bind(5, "0.0.0.0:0", 5001),
        (release, Reply::Ok),
    ];
    several.iter().for_each(|(call, reply)| apply(&mut world, P1, call, reply));
    for call in calls() {
        let (count, _) = allocations(|| black_box(permitted(&world, P1, &call)));
        assert_eq!(count, 0, "{call}");
    }
}

fn calls() -> Vec<Call> {
    let ranges = [(0, 0), (0, 3), (5000, 8), (65_000, 5000)]
        .map(|(start, count)| PortRange { start, count });
    let mut calls = vec![
        Call::Startup(Startup::CURRENT),
        Call::Cleanup,
        Call::Exit,
        Call::Restart,
        Call::open(SocketKind::Raw, Family::V6),
        Call::EndThread,
    ];
    for socket in (1..7).map(SocketId) {
        calls.extend([
            Call::get_sock_name(socket),
            Call::get_peer_name(socket),
            Call::Disconnect { socket },
            Call::Listen { socket },
            Call::CloseSocket { socket },
            Call::Accept { socket },
            Call::ioctl_socket(socket, Command::Block(1)),
            Call::ioctl_socket(socket, Command::Unread),
            Call::Affinity { socket, processor: 1 },
            Call::duplicate(socket, P1),
            Call::Inherit { socket, process: P1 },
            Call::Cancel { socket, request: None },
            Call::Ioctl { socket, code: 1, frame: EXACT },
            Call::Preset { request: RequestId(9), status: Status::SHARING_VIOLATION },
        ]);
        for &option in SocketOption::ALL {
            calls.push(Call::set_option(socket, option, 1));
            calls.push(Call::get_option(socket, option));
            let optval = Optval { length: Some(2), value: Pointer::Null };
            calls.push(Call::SetSockOpt { socket, option, value: 1, optval });
            calls.push(Call::GetSockOpt { socket, option, optval });
        }
        for to in ["0.0.0.0:0", "127.0.0.1:5001", "127.0.0.1:5003", "192.0.2.1:5004", "[::]:5000"] {
            let address = address(to);
            calls.extend([
                Call::bind(socket, address),
                Call::Connect { socket, address },
                Call::connect_ex(socket, address),
                Call::SendTo { socket, address },
            ]);
        }
        for range in ranges {
            calls.push(Call::Acquire { socket, range, frame: EXACT });
        }
        for token in (0..4).map(Token) {
            calls.push(Call::Associate { socket, token, frame: EXACT });
            calls.push(Call::Release { socket, token, frame: EXACT });
        }
    }
    for protocol in Protocol::ALL {
        for range in ranges {
            let store = Store::Persistent;
            calls.extend([
                Call::Create { protocol, range, null: false },
                Call::Delete { protocol, range },
                Call::Lookup { protocol, range, null: false },
                Call::AddExcluded { protocol, range, store },
                Call::DeleteExcluded { protocol, range, store },
                Call::ShowExcluded { protocol, range },
                Call::SetDynamic { protocol, range, store },
            ]);
        }
    }
    for request in (0..3).map(RequestId) {
        calls.extend([
            Call::Result { request, wait: false, null: false },
            Call::Completion { request },
            Call::Complete { request },
        ]);
    }
    calls
}
