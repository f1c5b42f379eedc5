//! The checker against the simulator: what a machine does under an arbitrary reading conforms, in either spelling; and with
//! one reply changed to what no reading that is left permits, it diverges there.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::OnceLock;

use portres::trace::{
    Event, Header, HeaderBlock, HeaderDynamic, HeaderExcluded, HeaderFiltered, HeaderProcess, Item,
    Listed, Observed, Openness, Part, Resources, Spelled, write_item,
};
use portres::{Profiles, Report, Settings, Verdict, check, report};
use portres_model::{
    Call, Family, Names, Owner, ProcessId, Profile, Protocol, Reply, RequestId, SocketId,
    SocketKind, Token, Who, World, apply, permitted,
};
use portres_sim::{Answer, Completes, Host, Pending, Pends, Policy, Recorded};

use crate::draw::Draw;
use crate::machine::{MOST_PROCESSES, block, credentials};
use crate::{kind, round_trip};

/// The most calls of one input.
const MOST_CALLS: usize = 120;

/// Drives a machine, judges what it did, and what it should not have done.
pub fn run(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    let Drawn { header, host, pends, changed, crowded, .. } = drawn(&mut draw);
    let events = events(&host, crowded, &mut draw, &mut |_, _| {});

    let mut items = vec![Item::Header(Box::new(header))];
    items.extend(events.iter().cloned().map(Item::Event));
    let report = judged(&items, Spelled::JsonLines).expect("it can be read");
    assert_ne!(report.verdict, Verdict::Diverges, "{}\n{}", told(&items), report::details(&report));
    if report.verdict == Verdict::Undecided {
        let known = !report.discoveries.is_empty() || events.is_empty() || pends != Pends::Never;
        assert!(known, "{}\n{}", told(&items), report::details(&report));
    }
    let Item::Header(header) = &items[0] else { unreachable!("it was put there") };
    if pends == Pends::Never && header.world == Openness::Closed {
        wrong(header.world(), &items, changed, &mut draw);
    }
    // that takes longer than all else, and has a target of its own
    if changed % 4 == 0 {
        round_trip::there_and_back(items);
    }
}

/// What the machine of these bytes does, a word for each kind of thing: which rule answers, and under which policy an automatic
/// choice lies where beside the one before. Inputs to begin with are chosen by it.
pub fn reached(bytes: &[u8]) -> BTreeSet<String> {
    let mut draw = Draw::new(bytes);
    let Drawn { host, policy, crowded, .. } = drawn(&mut draw);
    let (mut words, mut last) = (BTreeSet::new(), [None::<u16>; 2]);
    events(&host, crowded, &mut draw, &mut |call, answer| {
        words.insert(answer.rule.to_string());
        let (Call::Bind { socket, address, .. }, Reply::Bound(port)) = (call, answer.reply) else {
            return;
        };
        let kind = host.look(|world| world.socket(*socket).map(|socket| socket.kind));
        if let (Some(protocol), 0) = (kind.and_then(SocketKind::protocol), address.port()) {
            let last = last[usize::from(protocol == Protocol::Udp)].replace(port);
            let far = last.map(|last| (i32::from(port) - i32::from(last)).clamp(-1, 2));
            words.insert(format!("{policy:?} {protocol} {far:?}"));
        }
    });
    words
}

/// A machine that is drawn.
struct Drawn {
    header: Header,
    host: Host,
    policy: Policy,
    pends: Pends,
    /// Which reply is to be changed.
    changed: u8,
    /// Whether many sockets want ports of a small range.
    crowded: bool,
}

fn drawn(draw: &mut Draw<'_>) -> Drawn {
    let (header, crowded) = header(draw);
    let (policy, seed) = (policy(draw), draw.byte().into());
    // half of the machines let nothing pend: of those it is known which reply is wrong
    let pends = [Pends::Never, Pends::Never, Pends::Always, Pends::Seeded { percent: 40 }];
    let pends = draw.pick(&pends);
    let completes = draw.pick(&[Completes::WhenAsked, Completes::After { calls: 2 }]);
    let changed = draw.byte();
    let host = Host::new(header.world(), &Profile::documented(), policy.clone(), seed);
    host.set_pending(Pending { pends, completes });
    host.record();
    Drawn { header, host, policy, pends, changed, crowded }
}

/// What the machine did, each call with its byte count.
fn events(
    host: &Host,
    crowded: bool,
    draw: &mut Draw<'_>,
    seen: &mut dyn FnMut(&Call, &Answer),
) -> Vec<Event> {
    let (mut events, mut given) = (Vec::new(), Given::default());
    for _ in 0..MOST_CALLS {
        if draw.is_over() {
            break;
        }
        let (by, call) = host.look(|world| match crowded && !draw.one_in(3) {
            true => wanting(world, draw),
            false => kind::next(world, draw),
        });
        let who = Who::process(by);
        if !given.can_say(who, &call) {
            continue;
        }
        let answer = host.call_from(who, None, &call);
        seen(&call, &answer);
        let reply = answer.reply;
        let bytes = host.bytes_returned(by, &call, &reply);
        let recorded = host.recorded();
        let own = recorded.iter().rposition(|r| r.who == who && r.call == call && r.reply == reply);
        assert!(own.is_some(), "{who}: {call} -> {reply} was not recorded");
        recorded.iter().for_each(|r| given.follow(r));
        events.extend(recorded.iter().enumerate().map(|(place, r)| {
            let bytes = bytes.filter(|_| Some(place) == own);
            Event { bytes, ..Event::whole(r.who, r.call, r.reply) }
        }));
    }
    events
}

/// A call of the first process, which wants ports: a new socket, or a port for the one that has none yet, whichever or a low one.
fn wanting(world: &World, draw: &mut Draw<'_>) -> (ProcessId, Call) {
    let by = ProcessId(1);
    let kinds = [SocketKind::Udp, SocketKind::Tcp];
    let unbound = |id: &SocketId| {
        let found = world.socket_of(by, *id).map(|(_, socket)| socket);
        found.is_some_and(|s| s.bound.is_none() && kinds.contains(&s.kind))
    };
    if !world.started(by) {
        return kind::next(world, draw);
    }
    let Some(socket) = world.sockets_of(by).find(unbound) else {
        return (by, Call::open(draw.pick(&kinds), Family::V4));
    };
    let port = if draw.one_in(3) { draw.port(4_998..=5_012) } else { 0 };
    (by, Call::bind(socket, (Ipv4Addr::UNSPECIFIED, port).into()))
}

/// What calls have given, and who has ended: a trace cannot speak of other things.
#[derive(Default)]
struct Given {
    sockets: BTreeSet<SocketId>,
    tokens: BTreeSet<Token>,
    requests: BTreeSet<RequestId>,
    ended: BTreeSet<ProcessId>,
}

impl Given {
    fn can_say(&self, who: Who, call: &Call) -> bool {
        let socket = |s: SocketId| s == SocketId::INVALID || self.sockets.contains(&s);
        let token =
            |t: Token| [Token::ZERO, Token::UNKNOWN].contains(&t) || self.tokens.contains(&t);
        call.socket().is_none_or(socket)
            && call.token().is_none_or(token)
            && call.request().is_none_or(|request| self.requests.contains(&request))
            && !self.ended.contains(&who.process)
    }

    fn follow(&mut self, done: &Recorded) {
        let Recorded { who, call, reply } = done;
        self.requests.extend(call.introduces());
        match Observed::Exactly(*reply).names() {
            Some(Names::Socket(socket)) => _ = self.sockets.insert(socket),
            Some(Names::Token(token)) => _ = self.tokens.insert(token),
            None => {}
        }
        match call {
            Call::Exit if !matches!(reply, Reply::Failed(_)) => _ = self.ended.insert(who.process),
            Call::Start { process, .. } => _ = self.ended.remove(process),
            _ => {}
        }
    }
}

/// Changes one reply to one that nothing permits any more.
fn wrong(mut world: World, items: &[Item], changed: u8, draw: &mut Draw<'_>) {
    let Some(place) = usize::from(changed).checked_rem(items.len() - 1) else { return };
    let mut left = Profile::documented();
    for (number, item) in (0..).zip(&items[1..]) {
        let Item::Event(Event { who, part: Part::Whole { call, reply, .. }, .. }) = item else {
            return;
        };
        let Observed::Exactly(right) = reply else { return };
        let by = who.process;
        if world.process(by).is_none() && by != ProcessId::MACHINE {
            world.put_process(by, Some(portres_model::Process::undeclared()));
        }
        let all = permitted(&world, by, call);
        if number == place {
            let reply = draw.reply();
            let fits = Observed::Exactly(reply).fits(call);
            if fits
                && !matches!(reply, Reply::Bytes(_))
                && all.judge(&world, &left, &reply).is_err()
            {
                let mut items = items.to_vec();
                items[1 + place] = Item::Event(Event::whole(*who, *call, reply));
                diverges(&items, place as u64 + 1);
            }
            return;
        }
        // what byte counts teach is not followed here: the checker may know more, never less
        let Ok(step) = all.judge(&world, &left, right) else { return };
        if left.assume(&step.needs).is_err() {
            return;
        }
        apply(&mut world, by, call, right);
    }
}

fn diverges(items: &[Item], event: u64) {
    // a name that is taken is no trace at all
    let Ok(report) = judged(items, Spelled::Text) else { return };
    let first = report.divergences.first().map(|divergence| divergence.event);
    assert_eq!(first, Some(event), "{}\n{}", told(items), report::details(&report));
    assert_eq!(report.verdict, Verdict::Diverges);
}

fn judged(items: &[Item], spelled: Spelled) -> Result<Report, portres::trace::TraceError> {
    static PROFILES: OnceLock<Profiles> = OnceLock::new();
    let profiles = PROFILES.get_or_init(Profiles::built_in);
    let written = written(items, spelled);
    Ok(check(written.as_slice(), &Settings::new(profiles))?.remove(0))
}

fn written(items: &[Item], spelled: Spelled) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        write_item(&mut bytes, spelled, item).expect("memory takes it");
    }
    bytes
}

fn told(items: &[Item]) -> String {
    String::from_utf8_lossy(&written(items, Spelled::Text)).into_owned()
}

fn policy(draw: &mut Draw<'_>) -> Policy {
    match draw.below(4) {
        0 => Policy::Lowest,
        1 => Policy::NextFit,
        2 => Policy::Random,
        _ => Policy::Adversarial,
    }
}

/// The machine of the laws as a header says it, with what else there may be; and whether it is to be crowded.
fn header(draw: &mut Draw<'_>) -> (Header, bool) {
    let drawn = draw.byte();
    let has = |bit: u8| drawn & 1 << bit != 0;
    let processes = (1..=MOST_PROCESSES).map(ProcessId).map(|process| {
        let c = credentials(process);
        HeaderProcess { process, user: c.user, account: c.account, token: c.token }
    });
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let mut header = Header {
        world: if has(0) { Openness::Open } else { Openness::Closed },
        exclusions: if has(1) { Listed::Unknown } else { Listed::Listed },
        resources: if has(2) { Resources::Scarce } else { Resources::Ample },
        processes: processes.collect(),
        addresses: ["192.0.2.7", "fe80::7%12"].map(|a| a.parse().expect("an address")).into(),
        ..Header::default()
    };
    if !has(3) {
        header.dynamic =
            [tcp, udp].map(|protocol| HeaderDynamic { protocol, block: block(5000, 12) }).into();
    }
    if !has(4) {
        header.filtered = vec![
            HeaderFiltered { protocol: tcp, block: block(5012, 1) },
            HeaderFiltered { protocol: udp, block: block(4999, 1) },
        ];
    }
    if !has(5) {
        header.excluded =
            vec![HeaderExcluded { protocol: tcp, block: block(5003, 1), persistent: true }];
        header.blocks = vec![
            HeaderBlock { protocol: udp, block: block(5009, 2), owner: Owner::WinNat },
            HeaderBlock { protocol: tcp, block: block(4998, 1), owner: Owner::Wsl },
        ];
    }
    if has(6) {
        header.processes.truncate(2);
    }
    (header, has(7))
}
