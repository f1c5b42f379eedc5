//! Small worlds explored whole: every call of a fixed alphabet, in every reachable state, with every reply that may be
//! given.
//!
//! A reader of `permitted`: it lists the calls and the members of the permitted sets, and decides nothing about them.
//! `docs/small-worlds.md` defines the worlds without this code.

use std::sync::OnceLock;

use portres_model::{
    Call, ProcessId, Profile, Reading, Reply, RequestId, Rule, SocketId, Spelling, Token, World,
    parse_call,
};

mod choices;
mod connections;
mod footprint;
mod invariants;
mod machine;
mod memo;
mod packing;
mod path;
mod requests;
mod rows;
mod runtime;
mod search;
mod visited;
mod worker;

pub use choices::{Choices, Names};
pub use connections::Connections;
pub use footprint::Footprint;
pub use invariants::{Broken, INVARIANTS, of_state as broken};
pub use machine::Machine;
pub use packing::Field;
pub use path::{path, transitions, transitions_of};
pub use requests::Requests;
pub use runtime::Runtime;
pub use search::{Effect, Explored, Forgetful, Mode, Search, Violation};

/// A state of a small world: its vector in bits.
pub type State = u64;

/// The names of the worlds.
pub const WORLDS: [&str; 4] = ["runtime", "machine", "connections", "requests"];

/// What is done with a world, whichever it is.
pub trait Visit {
    /// What comes of it.
    type Gives;
    /// Does it.
    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) -> Self::Gives;
}

/// Does something with the world of a name, or with its larger sibling; `None` if no world has the name.
pub fn with<V: Visit>(name: &str, large: bool, visit: V) -> Option<V::Gives> {
    Some(match (name, large) {
        ("runtime", false) => visit.visit(&Runtime::SMALL),
        ("runtime", true) => visit.visit(&Runtime::LARGE),
        ("machine", false) => visit.visit(&Machine::SMALL),
        ("machine", true) => visit.visit(&Machine::LARGE),
        ("connections", false) => visit.visit(&Connections::SMALL),
        ("connections", true) => visit.visit(&Connections::LARGE),
        ("requests", false) => visit.visit(&Requests::small()),
        ("requests", true) => visit.visit(&Requests::large()),
        _ => return None,
    })
}

/// A call of the alphabet, and who makes it.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Who calls.
    pub by: ProcessId,
    /// The call.
    pub call: Call,
}

/// A world that is small enough to be explored whole.
pub trait SmallWorld: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// The components of its state vector, in their order.
    fn fields(&self) -> Vec<Field>;
    /// How it begins.
    fn start(&self) -> World;
    /// The alphabet.
    fn moves(&self) -> Vec<Move>;
    /// Whether a call is in the alphabet here, where more is asked than that its caller runs and has the socket.
    fn allows(&self, world: &World, by: ProcessId, call: &Call) -> bool;
    /// On what a call depends, in cases of which never two apply.
    fn footprints(&self, at: &Move) -> Vec<Footprint> {
        let _ = at;
        vec![Footprint::whole()]
    }
    /// The names that it has.
    fn names(&self) -> Names;
    /// The state vector of a world.
    fn pack(&self, world: &World) -> State;
    /// Makes a world the one with this state vector. What was in it must come from the same small world.
    fn unpack(&self, state: State, world: &mut World);
}

/// Whether a call is made in a world at all.
pub fn is_made(small: &impl SmallWorld, world: &World, at: &Move) -> bool {
    let Move { by, call } = *at;
    let running = by == ProcessId::MACHINE || world.process(by).is_some();
    running
        && call.socket().is_none_or(|socket| world.slot_of(by, socket).is_some())
        && small.allows(world, by, &call)
}

/// The state vector as a line of numbers.
pub fn line(fields: &[Field], state: State) -> String {
    let mut bits = packing::Reader::new(state);
    let numbers: Vec<String> = fields.iter().map(|f| bits.take(f.bits).to_string()).collect();
    numbers.join(" ")
}

/// The reading under which small worlds are explored: the likeliest answers.
#[must_use]
pub fn reading() -> &'static Reading {
    static READING: OnceLock<Reading> = OnceLock::new();
    READING.get_or_init(|| Profile::likely().reading(|_, open| open))
}

/// Calls as they are spelled, each line `WHO: CALL`.
///
/// # Panics
/// If one cannot be read: the alphabets are part of this program.
fn spelled(lines: &[String]) -> Vec<Move> {
    let read = |line: &String| {
        let (who, call) = line.split_once(": ").expect("who and a call");
        let by = if who == "machine" { Ok(ProcessId::MACHINE) } else { who.parse() };
        let call = parse_call(&mut Spelling::new(call));
        Move {
            by: by.unwrap_or_else(|_| panic!("`{line}`")),
            call: call.unwrap_or_else(|e| panic!("`{line}`: {e}")),
        }
    };
    lines.iter().map(read).collect()
}

/// Every line of a text for every value of a word in it.
fn each(lines: &[&str], word: &str, values: &[&str]) -> Vec<String> {
    lines.iter().flat_map(|line| values.iter().map(|value| line.replace(word, value))).collect()
}

/// The words for the values of an alphabet.
fn strs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// The name of a socket by its number, from 1.
const fn socket(number: u32) -> SocketId {
    SocketId(number)
}

/// The name of a token by its number, from 1.
const fn token(number: u32) -> Token {
    Token(number)
}

/// The name of a request by its number, from 1.
const fn request(number: u32) -> RequestId {
    RequestId(number)
}

/// A transition: the call, its reply, the rule that permits it.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The call.
    pub at: Move,
    /// The reply.
    pub reply: Reply,
    /// The rule.
    pub rule: Rule,
}
