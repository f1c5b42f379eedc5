//! The plain search, as a twin: every order that time allows, each state copied, nothing remembered. Both must find the same.

use std::collections::BTreeMap;

use portres_model::{
    Bytes, Call, Error, Family, Frame, Names, PortRange, ProcessId, Profile, Protocol, Reply,
    SocketId, SocketKind, SocketOption, Startup, Token, Version, Who,
};
use portres_sim::{Host, Policy};

use super::{Made, Stretch};
use crate::check::candidates::{Candidates, Untold};
use crate::check::unknown::after_unknown;
use crate::check::{Follower, Settings, State};
use crate::profiles::Profiles;
use crate::trace::{Alternatives, Event, Header, Observed, Part};

/// The most steps of the plain search.
const BUDGET: u64 = 20_000;

/// The plain search.
struct Twin<'c> {
    calls: &'c [Made],
    steps: u64,
    untold: bool,
    outcomes: Vec<State>,
}

impl Twin<'_> {
    fn place(&mut self, state: &State, done: u64) {
        self.steps += 1;
        if self.steps > BUDGET {
            return;
        }
        let left = |i: &usize| done >> i & 1 == 0;
        let returned = |i: usize| self.calls[i].returned.map(|(at, _, _)| at);
        let must: Vec<u64> = (0..self.calls.len()).filter(left).filter_map(returned).collect();
        let Some(limit) = must.iter().min() else {
            if !self.outcomes.contains(state) {
                self.outcomes.push(state.clone());
            }
            return;
        };
        let next: Vec<usize> =
            (0..self.calls.len()).filter(|i| left(i) && self.calls[*i].began <= *limit).collect();
        for i in next {
            for after in self.after(state, i) {
                self.place(&after, done | 1 << i);
            }
        }
    }

    fn told(&mut self, states: Result<Vec<State>, Untold>) -> Vec<State> {
        self.untold |= states.is_err();
        states.unwrap_or_default()
    }

    fn after(&mut self, state: &State, i: usize) -> Vec<State> {
        let made = &self.calls[i];
        let (seen, observed) = made.seen();
        match observed {
            Observed::Exactly(Reply::Unsupported) => vec![state.clone()],
            Observed::Exactly(reply) => {
                let mut states = self.told(state.answers(&seen).map(|(states, _)| states));
                let leaves = |next: &mut State, b| next.leaves(&seen, &reply, b).is_ok();
                states.retain_mut(|next| made.bytes.is_none_or(|b| leaves(next, b)));
                states
            }
            Observed::Fails | Observed::Succeeds | Observed::OneOf(_) => {
                let followed = state.follow(&seen, &observed, made.names, made.bytes);
                self.told(followed.map(|followed| followed.states))
            }
            Observed::Unknown => {
                let from = std::slice::from_ref(state);
                self.told(after_unknown(from, &made.call, made.names, made.who))
            }
        }
    }
}

/// A sequence of choices (SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

const HEADER: &str = "portres trace 1\nprocess p1 user=alice administrator elevated\n\
                      dynamic udp 5000+256\ndynamic tcp 5000+256\n";

/// A call of one of a few programs that get in each other's way.
fn call(draw: &mut Draw, client: u32, tokens: u32) -> Call {
    let own = |draw: &mut Draw| SocketId(client * 10 + 1 + draw.below(2) as u32);
    let any = |draw: &mut Draw| SocketId(draw.below(4) as u32 * 10 + 1 + draw.below(2) as u32);
    let token = |draw: &mut Draw| Token(1 + draw.below(u64::from(tokens) + 1) as u32);
    let frame = Frame::default();
    let range = |draw: &mut Draw| PortRange {
        start: draw.pick(&[0, 5000, 5001, 5002]),
        count: 1 + draw.below(2) as u16,
    };
    let protocol = if draw.below(2) == 0 { Protocol::Tcp } else { Protocol::Udp };
    let remote = std::net::SocketAddr::from(([127, 0, 0, 1], 5001));
    match draw.below(22) {
        0..=3 => {
            let port = draw.pick(&[0, 5000, 5001, 5002]);
            Call::bind(own(draw), ([127, 0, 0, 1], port).into())
        }
        4..=7 => Call::Acquire { socket: own(draw), range: range(draw), frame },
        8..=10 => Call::Release { socket: any(draw), token: token(draw), frame },
        11..=13 => Call::Associate { socket: own(draw), token: token(draw), frame },
        14 => Call::CloseSocket { socket: any(draw) },
        15 => Call::set_option(own(draw), SocketOption::ReuseAddr, 1),
        16 => Call::get_sock_name(any(draw)),
        17 => Call::SendTo { socket: own(draw), address: remote },
        18 => Call::Create { protocol, range: range(draw), null: false },
        19 => Call::Delete { protocol, range: range(draw) },
        20 => draw.pick(&[
            Call::Listen { socket: SocketId(client * 10 + 1) },
            Call::Connect { socket: SocketId(client * 10 + 2), address: remote },
            Call::Lookup { protocol, range: PortRange { start: 5000, count: 1 }, null: false },
        ]),
        _ => draw.pick(&[
            Call::Duplicate { socket: SocketId(1), process: ProcessId(2), null: false },
            Call::ShowExcluded { protocol, range: PortRange { start: 5000, count: 2 } },
        ]),
    }
}

/// What is drawn: events that set up, and calls that overlap, as the simulator answered them or nearly so.
struct Case {
    setup: Vec<Event>,
    history: Vec<Event>,
    profile: &'static str,
    /// Whether every reply is shown as it was.
    is_right: bool,
}

fn case(seed: u64) -> Case {
    let mut draw = Draw(seed);
    let profile = draw.pick(&["likely", "documented", "documented"]);
    let profiles = Profiles::built_in();
    let header: Header = header();
    let left = &profiles.get(profile).expect("it is built in").profile;
    let policy = draw.pick(&[0, 1, 2]);
    let policy = [Policy::Lowest, Policy::Random, Policy::Adversarial][policy].clone();
    let host = Host::new(header.world(), left, policy, seed);
    let clients = 2 + draw.below(3) as u32;
    let who = |client: u32| Who { process: ProcessId(1 + client % 2), thread: 1 + client };
    let started = Call::Startup(Startup::of(Version::CURRENT));
    let mut setup = vec![(who(0), started, None)];
    for client in 0..clients {
        for n in 1..=2 {
            let kind = if draw.below(3) == 0 { SocketKind::Tcp } else { SocketKind::Udp };
            let names = Some(Names::Socket(SocketId(client * 10 + n)));
            setup.push((who(client), Call::open(kind, Family::V4), names));
        }
    }
    let answered = |(who, call, names): (Who, Call, Option<Names>)| {
        let answer = host.call_from(who, names, &call);
        Event::whole(who, call, answer.reply)
    };
    let setup = setup.into_iter().map(answered).collect();
    // when each begins, takes effect and returns
    let mut calls: Vec<(u64, u64, u64, u32)> = Vec::new();
    for client in 0..clients {
        let mut at = draw.below(30);
        for _ in 0..2 + draw.below(2) {
            let (began, length) = (at + draw.below(10), 10 + draw.below(60));
            calls.push((began + draw.below(length), began, began + length, client));
            at = began + length + 1;
        }
    }
    calls.sort_unstable();
    let corrupted = (draw.below(2) == 0).then(|| draw.below(calls.len() as u64) as usize);
    let hides = draw.below(3) == 0;
    let (mut tokens, mut moments, mut is_right) = (1, BTreeMap::new(), true);
    for (i, (_, began, returned, client)) in calls.into_iter().enumerate() {
        let call = call(&mut draw, client, tokens);
        let by = who(client);
        let names = match call {
            Call::Acquire { .. } | Call::Create { .. } => {
                tokens += 1;
                Some(Names::Token(Token(tokens)))
            }
            Call::Duplicate { .. } => Some(Names::Socket(SocketId(90 + i as u32))),
            _ => None,
        };
        let mut reply = host.call_from(by, names, &call).reply;
        if corrupted == Some(i) {
            let other = other_reply(&mut draw, names);
            if other.fits(&call) && other != reply {
                (reply, is_right) = (other, false);
            }
        }
        let shown = if hides { hidden(&mut draw, reply) } else { Some(reply.into()) };
        is_right &= shown == Some(reply.into());
        let number = i as u32 + 1;
        let event = |part| Event { part, ..Event::begun(by, call, None) };
        moments.insert((began, 0, i), event(Part::Begin { number, call, names }));
        if let Some(reply) = shown {
            let mut end = event(Part::End { number, reply });
            if reply.exactly() == Some(Reply::Ok) && call.frame().is_some() {
                end.bytes = (draw.below(3) == 0).then_some(Bytes::Wrote(0));
                is_right &= end.bytes.is_none();
            }
            moments.insert((returned, 1, i), end);
        }
    }
    Case { setup, history: moments.into_values().collect(), profile, is_right }
}

fn header() -> Header {
    let mut reader = crate::trace::Reader::new(HEADER.as_bytes());
    match reader.next() {
        Some(Ok(crate::trace::Item::Header(header))) => *header,
        other => panic!("{other:?}"),
    }
}

fn other_reply(draw: &mut Draw, names: Option<Names>) -> Reply {
    let port = draw.pick(&[5000, 5001, 5002, 5003]);
    match (draw.below(4), names) {
        (0, Some(Names::Token(token))) => {
            Reply::Reserved { block: PortRange { start: port, count: 1 }, token }
        }
        (0 | 1, _) => Reply::Bound(port),
        (2, _) => Reply::Ok,
        _ => Reply::Failed(draw.pick(&[
            Error::WsaAddressInUse,
            Error::WsaAccess,
            Error::WsaInvalid,
            Error::WsaNoBuffers,
        ])),
    }
}

/// Less than all of a reply.
fn hidden(draw: &mut Draw, reply: Reply) -> Option<Observed> {
    match draw.below(7) {
        // it never returned
        0 => None,
        1 if matches!(reply, Reply::Failed(_)) => Some(Observed::Fails),
        2 => {
            let other = Reply::Failed(Error::WsaInvalid);
            let alternatives = Alternatives::new(&[reply, other]);
            Some(alternatives.map_or(reply.into(), Observed::OneOf))
        }
        3 if !matches!(reply, Reply::Failed(_) | Reply::Unsupported) => Some(Observed::Succeeds),
        _ => Some(reply.into()),
    }
}

/// What became of a case.
#[derive(Debug, Default)]
struct Tally {
    orders: u64,
    several: u64,
    none: u64,
    not_told: u64,
}

/// Whether each state is covered by one of the others; by the readings alone where worlds may differ.
fn covered(states: &[State], by: &[State], worlds: bool) -> bool {
    let covers = |one: &State, other: &State| {
        if worlds { one.covers(other) } else { other.profile.is_within(&one.profile) }
    };
    states.iter().all(|state| by.iter().any(|other| covers(other, state)))
}

/// Follows what sets up.
fn begun<'s>(case: &Case, settings: &'s Settings<'s>) -> Follower<'s> {
    let mut follower = Follower::new(&header(), settings).expect("a profile");
    case.setup.iter().for_each(|event| follower.follow(event).expect("names are new"));
    assert!(follower.report.divergences.is_empty(), "{:?}", follower.report);
    follower
}

/// Follows the calls that overlap, and puts them in order.
fn put_in_order(follower: &mut Follower<'_>, history: &[Event]) {
    history.iter().for_each(|event| follower.follow(event).expect("names are new"));
    if !follower.lost && !follower.overlap.is_empty() {
        follower.order();
    }
}

fn compare(seed: u64, tally: &mut Tally) {
    let case = case(seed);
    let profiles = Profiles::built_in();
    let settings = Settings { profile: profiles.get(case.profile), ..Settings::new(&profiles) };
    let mut follower = begun(&case, &settings);
    let Case { history, is_right, .. } = case;
    let mut stretch = Stretch::default();
    (1..).zip(&history).for_each(|(at, event)| assert!(stretch.takes(at, event)));
    let mut twin = Twin { calls: &stretch.calls, steps: 0, untold: false, outcomes: Vec::new() };
    follower.states.iter().for_each(|state| twin.place(state, 0));
    if twin.steps > BUDGET || twin.outcomes.len() > 60 {
        tally.not_told += 1;
        return;
    }
    let at = follower.report.events;
    put_in_order(&mut follower, &history);
    let diverges = !follower.report.divergences.is_empty();
    if twin.untold {
        // where every other call is explained without it, it need not be listed
        tally.not_told += 1;
        return;
    }
    assert_eq!(diverges, twin.outcomes.is_empty(), "seed {seed}: {:?}", follower.report);
    if diverges {
        assert!(!is_right, "seed {seed}: the simulator does what no order explains");
        let event = follower.report.divergences[0].event;
        assert!((at + 1..=follower.report.events).contains(&event), "seed {seed}: {event}");
        tally.none += 1;
        return;
    }
    assert!(!follower.lost, "seed {seed}: {:?}", follower.report.undecided);
    let (found, states) = (&follower.states, &twin.outcomes);
    // a call that never returned may have taken effect behind all others, which tells nothing more
    let returned = stretch.calls.iter().all(|made| made.returned.is_some());
    // and what is taken before a port is one of a set says no more of the set
    let plain = found.iter().chain(states).all(State::is_plain);
    let worlds = returned && plain;
    let same = covered(found, states, worlds) && covered(states, found, worlds);
    assert!(same, "seed {seed}:\n{}", told(found, states, &history));
    tally.orders += 1;
    tally.several += u64::from(states.len() > 1);
}

/// How the states that were found differ from those of the twin.
fn told(found: &[State], states: &[State], history: &[Event]) -> String {
    let mut told = format!("{} states for {}\n", found.len(), states.len());
    for event in history {
        told += &format!("{}: {:?}\n", event.who, event.part);
    }
    for (name, these, others) in [("missing", states, found), ("other", found, states)] {
        for state in these.iter().filter(|s| !others.contains(s)) {
            let worlds = others.iter().any(|s| s.world == state.world);
            let readings = others.iter().any(|s| s.profile == state.profile);
            let clauses = state.profile.clauses();
            told += &format!("{name}: world {worlds}, readings {readings} {clauses:?}\n");
        }
    }
    told
}

/// How many are compared: `PORTRES_HISTORIES=10000`.
fn count() -> u64 {
    std::env::var("PORTRES_HISTORIES").map_or(300, |n| n.parse().expect("a number"))
}

#[test]
fn the_plain_search_finds_the_same() {
    let mut tally = Tally::default();
    let all = count();
    (0..all).for_each(|seed| compare(seed, &mut tally));
    println!("{tally:?}");
    assert!(tally.orders > all / 3 && tally.none > all / 40, "{tally:?}");
    assert!(tally.several > all / 100 && tally.not_told < all / 3, "{tally:?}");
}

/// The steps that hundreds of searches take, the states that they end in and the rules that explain them: what is not remembered, or
/// tried in vain, shows here.
#[test]
fn an_order_takes_so_many_steps() {
    let profiles = Profiles::built_in();
    let sums = |seeds: std::ops::Range<u64>| {
        let mut sums = (0, 0, 0);
        for case in seeds.map(case) {
            let profile = profiles.get(case.profile);
            let settings = Settings { profile, ..Settings::new(&profiles) };
            let mut follower = begun(&case, &settings);
            put_in_order(&mut follower, &case.history);
            sums.0 += follower.report.effort.steps;
            sums.1 += follower.states.len();
            sums.2 += follower.fired.iter().filter(|fired| **fired).count();
        }
        sums
    };
    let found = [0, 200, 400, 600, 800].map(|first| sums(first..first + 200));
    assert_eq!(
        found,
        [
            (9119, 288, 1484),
            (8456, 280, 1516),
            (8592, 261, 1473),
            (6922, 289, 1515),
            (10795, 332, 1517)
        ]
    );
}

#[test]
fn a_state_covers_those_that_leave_less() {
    // a guard against comparing nothing
    let state = |profile| State {
        world: header().world(),
        profile,
        unseen: Candidates::default(),
        unlisted: None,
    };
    let (likely, documented) = (state(Profile::likely()), state(Profile::documented()));
    let (likely, documented) = ([likely], [documented]);
    assert!(covered(&likely, &documented, true) && !covered(&documented, &likely, true));
}
