//! Small worlds: how many states they have, that their vectors tell everything, and that a wrong effect is found.

use std::collections::{BTreeSet, HashMap, VecDeque};

use portres::explore::{
    Field, Footprint, Forgetful, Mode, Move, Names, Runtime, Search, SmallWorld, State, Visit,
    WORLDS, line, path, transitions, transitions_of, with,
};
use portres_model::{
    Call, Kind, ProcessId, Reply, Reservation, Socket, SocketId, Token, World, apply, permitted,
};

/// What a search finds of a world.
struct Count(Search);

impl Visit for Count {
    type Gives = (usize, u64, usize);

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) -> (usize, u64, usize) {
        let found = self.0.run(small);
        assert!(found.violations.is_empty(), "{:?}", found.violations.first());
        (found.states, found.transitions, found.depth)
    }
}

/// A world whose row a clone has is walked as the clone is, not as its vector is turned back into a world.
struct Walk(usize);

impl Visit for Walk {
    type Gives = ();

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) {
        let start = small.start();
        let mut worlds = HashMap::from([(small.pack(&start), ())]);
        let mut queue = VecDeque::from([start]);
        while let Some(world) = queue.pop_front() {
            let state = small.pack(&world);
            let told = |list: Vec<(State, portres::explore::Transition)>| {
                let of = |(to, t): (State, portres::explore::Transition)| {
                    format!("{} {} -> {} to {to:x}", t.at.by, t.at.call, t.reply)
                };
                list.into_iter().map(of).collect::<BTreeSet<_>>()
            };
            let (as_it_is, as_told) = (
                told(transitions_of(small, apply, &world)),
                told(transitions(small, apply, state)),
            );
            if as_it_is != as_told {
                let steps = path(small, apply, state).unwrap_or_default();
                let steps: Vec<_> = steps
                    .iter()
                    .map(|t| format!("{}: {} -> {}", t.at.by, t.at.call, t.reply))
                    .collect();
                let lost: Vec<_> = as_it_is.symmetric_difference(&as_told).collect();
                panic!(
                    "{} {}: {lost:#?}\nbehind {steps:#?}",
                    small.name(),
                    line(&small.fields(), state)
                );
            }
            if worlds.len() > self.0 {
                continue;
            }
            for at in small.moves() {
                if portres::explore::is_made(small, &world, &at) {
                    grow(small, &world, at, &mut worlds, &mut queue);
                }
            }
        }
    }
}

fn grow(
    small: &impl SmallWorld,
    world: &World,
    at: Move,
    worlds: &mut HashMap<State, ()>,
    queue: &mut VecDeque<World>,
) {
    let all = permitted(world, at.by, &at.call);
    let mut choices = portres::explore::Choices::new(portres::explore::reading());
    let names = small.names();
    for (reply, _) in choices.list(&all, world, names) {
        let mut after = world.clone();
        apply(&mut after, at.by, &at.call, reply);
        if worlds.insert(small.pack(&after), ()).is_none() {
            queue.push_back(after);
        }
    }
}

#[test]
fn a_vector_tells_everything_that_matters() {
    for name in WORLDS {
        with(name, false, Walk(2000)).expect("a world");
    }
}

/// Debug builds are slow: two worlds whole, two as far as seven calls lead. `scripts/explore` counts all of them.
#[test]
fn worlds_have_as_many_states_as_ever() {
    let counted = |name, depth| {
        with(name, false, Count(Search { depth, ..Search::default() })).expect("a world")
    };
    assert_eq!(counted("runtime", None), (131_992, 1_928_856, 16));
    assert_eq!(counted("requests", None), (293_218, 7_030_423, 15));
    assert_eq!(counted("machine", Some(7)), (46_062, 510_575, 7));
    assert_eq!(counted("connections", Some(7)), (23_331, 260_484, 7));
}

/// What a search remembers that verifies.
struct Verified(usize);

impl Visit for Verified {
    type Gives = Vec<Forgetful>;

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) -> Vec<Forgetful> {
        let to = |mode| Search { depth: Some(self.0), mode, ..Search::default() }.run(small);
        let verified = to(Mode::Verifying);
        let (plain, remembering) = (to(Mode::Plain), to(Mode::Remembering));
        assert_eq!(plain.rules, verified.rules);
        assert!(remembering.rules.is_subset(&plain.rules));
        for other in [plain, remembering] {
            assert_eq!(other.states, verified.states);
            assert_eq!(other.transitions, verified.transitions);
            assert_eq!(other.depth, verified.depth);
            assert_eq!(other.calls, verified.calls);
        }
        verified.forgetful
    }
}

/// As far as six calls lead; `scripts/explore` verifies the worlds whole.
#[test]
fn what_is_remembered_is_what_the_relation_answers() {
    for name in WORLDS {
        for large in [false, true] {
            let depth = if large { 4 } else { 6 };
            let forgetful = with(name, large, Verified(depth)).expect("a world");
            assert!(forgetful.is_empty(), "{name}: {:?}", forgetful.first());
        }
    }
}

/// The number of states that are found does not depend on who looks for them.
#[test]
fn a_limit_means_the_same_on_any_number_of_threads() {
    let counted = |threads| {
        let search = Search { threads, depth: Some(4), ..Search::default() };
        with("machine", false, Count(search)).expect("a world")
    };
    assert_eq!(counted(1), counted(2));
    assert_eq!(counted(1), counted(3));
}

/// `runtime`, with a footprint of bind that is too small: it does not tell what others have bound.
struct Blind;

impl SmallWorld for Blind {
    fn name(&self) -> &'static str {
        Runtime::SMALL.name()
    }
    fn fields(&self) -> Vec<Field> {
        Runtime::SMALL.fields()
    }
    fn start(&self) -> World {
        Runtime::SMALL.start()
    }
    fn moves(&self) -> Vec<Move> {
        Runtime::SMALL.moves()
    }
    fn allows(&self, world: &World, by: ProcessId, call: &Call) -> bool {
        Runtime::SMALL.allows(world, by, call)
    }
    fn footprints(&self, at: &Move) -> Vec<Footprint> {
        match at.call {
            Call::Bind { socket, .. } => {
                let reads = format!("{socket}.last, {socket}.port, t*.kind, t*.first, t*.count");
                vec![Footprint::of(reads).when(format!("{socket}.process"), at.by.0)]
            }
            _ => Runtime::SMALL.footprints(at),
        }
    }
    fn names(&self) -> Names {
        Runtime::SMALL.names()
    }
    fn pack(&self, world: &World) -> State {
        Runtime::SMALL.pack(world)
    }
    fn unpack(&self, state: State, world: &mut World) {
        Runtime::SMALL.unpack(state, world);
    }
}

#[test]
fn a_footprint_that_is_too_small_is_found() {
    let found = Search { mode: Mode::Verifying, ..Search::default() }.run(&Blind);
    let first = found.forgetful.first().expect("a footprint that is too small");
    assert!(matches!(first.at.call, Call::Bind { .. }), "{first:?}");
    assert_ne!(first.remembered, first.asked);
    assert!(path(&Blind, apply, first.state).is_some(), "a state that can be reached");
}

/// What a search finds where replies are written down wrongly.
struct Faulty(fn(&mut World, ProcessId, &Call, &Reply));

impl Visit for Faulty {
    type Gives = Option<&'static str>;

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) -> Option<&'static str> {
        let search = Search { effect: self.0, ..Search::default() };
        let found = search.run(small);
        let first = found.violations.first()?;
        assert!(path(small, self.0, first.state).is_some(), "a state that is found can be reached");
        Some(first.broken)
    }
}

fn is_broken_by(effect: fn(&mut World, ProcessId, &Call, &Reply), world: &str, broken: &str) {
    assert_eq!(with(world, false, Faulty(effect)), Some(Some(broken)));
}

#[test]
fn a_block_that_is_granted_twice_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            apply(world, by, call, reply);
            if let Reply::Reserved { token, .. } = reply {
                let other = Token(3 - token.0);
                if world.reservation(other).is_none() {
                    world.put_reservation(other, world.reservation(*token).copied());
                }
            }
        },
        "runtime",
        "disjoint",
    );
}

/// Changes the socket that a bind has bound from a block.
fn behind_bind(world: &mut World, call: &Call, reply: &Reply, change: impl Fn(&mut Socket, u16)) {
    let (Call::Bind { socket, .. }, Reply::Bound(port)) = (call, reply) else { return };
    let tied = world.socket(*socket).and_then(|s| s.associations);
    let block = tied.and_then(|(_, last)| world.reservation(last)?.block);
    if let Some(block) = block.filter(|b| b.has(*port)) {
        let outside = (50_000..50_003).find(|p| !block.has(*p)).unwrap_or(50_000);
        world.change_socket(*socket, |s| change(s, outside));
    }
}

#[test]
fn a_port_outside_the_block_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            apply(world, by, call, reply);
            behind_bind(world, call, reply, |s, outside| {
                s.bound = Some(([0; 4], outside).into());
            });
        },
        "runtime",
        "inside",
    );
}

#[test]
fn a_stranger_in_a_block_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            apply(world, by, call, reply);
            behind_bind(world, call, reply, |s, _| s.associations = None);
        },
        "runtime",
        "outside",
    );
}

#[test]
fn a_reservation_without_its_socket_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            let before: Vec<(Token, Reservation)> =
                world.reservations().map(|(t, r)| (t, *r)).collect();
            apply(world, by, call, reply);
            for (token, row) in before {
                if matches!(call, Call::CloseSocket { .. }) && world.reservation(token).is_none() {
                    world.put_reservation(token, Some(Reservation { users: 0, ..row }));
                }
            }
        },
        "runtime",
        "owned",
    );
}

#[test]
fn a_user_too_many_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            apply(world, by, call, reply);
            if let (Call::Associate { token, .. }, Reply::Ok) = (call, reply) {
                world.change_reservation(*token, |r| r.users += 1);
            }
        },
        "runtime",
        "used",
    );
}

#[test]
fn a_persistent_block_that_a_restart_loses_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            apply(world, by, call, reply);
            let kept: Vec<Token> = world.reservations().map(|(t, _)| t).collect();
            if *call == Call::Restart {
                kept.into_iter().for_each(|t| world.put_reservation(t, None));
            }
        },
        "machine",
        "survives",
    );
}

#[test]
fn a_runtime_block_that_a_restart_keeps_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            let runtime = |r: &Reservation| matches!(r.kind, Kind::Runtime { .. });
            let before = world.reservations().find(|(_, r)| runtime(r)).map(|(t, r)| (t, *r));
            apply(world, by, call, reply);
            if let (Call::Restart, Some((token, row))) = (call, before) {
                world.put_reservation(token, Some(row));
            }
        },
        "machine",
        "survives",
    );
}

#[test]
fn a_refusal_that_changes_something_is_found() {
    is_broken_by(
        |world, by, call, reply| {
            apply(world, by, call, reply);
            if let (Call::Bind { .. }, Reply::Failed(_)) = (call, reply) {
                world.put_socket(SocketId(1), None);
            }
        },
        "requests",
        "refused",
    );
}
