//! Other checkers of linearizability, given the same histories. Their specification is far simpler than ours: 256 bits, and no
//! readings.

use portres::concurrent::Timed;
use portres_model::{Call, PortRange, Reply, Token};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

use crate::histories::{FIRST, Ports};

/// What a call did, as the peers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Did {
    /// It took these ports.
    Took(PortRange),
    /// It was refused some of these.
    Refused(PortRange),
    /// It found no block of so many.
    FoundNone(u16),
    /// It gave these back.
    Returned(PortRange),
}

impl Did {
    /// Whether the ports allow that; then it is done.
    fn is_right(self, ports: &mut Ports) -> bool {
        match self {
            Did::Took(range) => {
                let free = ports.are_free(range);
                if free {
                    ports.turn(range);
                }
                free
            }
            Did::Refused(range) => !ports.are_free(range),
            Did::FoundNone(count) => ports.free_block(FIRST, count).is_none(),
            Did::Returned(range) => {
                ports.turn(range);
                true
            }
        }
    }
}

/// What each call of a history did.
///
/// # Panics
/// If it is not one of acquires and releases.
#[must_use]
pub fn did(history: &[Timed]) -> Vec<Did> {
    let block = |wanted: Token| {
        let of = |timed: &Timed| match timed.reply {
            Reply::Reserved { block, token } if token == wanted => Some(block),
            _ => None,
        };
        history.iter().find_map(of).expect("a token that was given")
    };
    let one = |timed: &Timed| match (timed.call, timed.reply) {
        (_, Reply::Reserved { block, .. }) => Did::Took(block),
        (Call::Release { token, .. }, _) => Did::Returned(block(token)),
        (Call::Acquire { range, .. }, _) if range.start == 0 => Did::FoundNone(range.count),
        (Call::Acquire { range, .. }, _) => Did::Refused(range),
        (call, reply) => panic!("{call} -> {reply}"),
    };
    history.iter().map(one).collect()
}

/// When calls begin and return, in order: each with its place, and whether it returns.
fn moments(history: &[Timed]) -> Vec<(bool, usize)> {
    let both = |(i, timed): (usize, &Timed)| [(timed.began, false, i), (timed.returned, true, i)];
    let mut all: Vec<_> = history.iter().enumerate().flat_map(both).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, returns, i)| (returns, i)).collect()
}

/// The ports, for stateright.
#[derive(Clone, Debug)]
struct Reference(Ports);

impl SequentialSpec for Reference {
    type Op = Did;
    type Ret = ();

    fn invoke(&mut self, op: &Did) {
        let _ = op.is_right(&mut self.0);
    }

    fn is_valid_step(&mut self, op: &Did, (): &()) -> bool {
        op.is_right(&mut self.0)
    }
}

/// What stateright's tester says of a history.
///
/// # Panics
/// If a client makes two calls at once.
#[must_use]
pub fn by_stateright(history: &[Timed]) -> bool {
    let did = did(history);
    let mut tester = LinearizabilityTester::new(Reference(Ports::default()));
    for (returns, i) in moments(history) {
        let client = history[i].who.process.0;
        let one_at_a_time = if returns {
            tester.on_return(client, ()).map(drop)
        } else {
            tester.on_invoke(client, did[i]).map(drop)
        };
        one_at_a_time.expect("one call at a time");
    }
    tester.is_consistent()
}

/// The ports, for todc-utils.
struct OfPorts;

impl Specification for OfPorts {
    type State = Ports;
    type Operation = Did;

    fn init() -> Ports {
        Ports::default()
    }

    fn apply(did: &Did, ports: &Ports) -> (bool, Ports) {
        let mut after = *ports;
        (did.is_right(&mut after), after)
    }
}

/// What the checker of todc-utils says of a history.
#[must_use]
pub fn by_todc(history: &[Timed]) -> bool {
    let did = did(history);
    let action = |(returns, i): (bool, usize)| {
        let action = if returns { Action::Response(did[i]) } else { Action::Call(did[i]) };
        (history[i].who.process.0 as usize, action)
    };
    let actions = moments(history).into_iter().map(action).collect();
    WGLChecker::<OfPorts>::is_linearizable(History::from_actions(actions))
}
