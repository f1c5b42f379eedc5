//! The host: a world behind one lock.

use std::sync::Arc;

use parking_lot::Mutex;
use portres_model::{
    Bytes, Call, Effect, Names, Permitted, Process, ProcessId, Profile, Question, Reading, Reply,
    Rule, SocketId, Token, World, apply, bytes_returned, permitted_into,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::choose::{Chooser, Policy, Vacant};
use crate::flaw::{Flaw, Flawed, Machine};

/// What a host answered, and which rule permits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The rule; where a flaw altered the reply, the rule that it breaks.
    pub rule: Rule,
}

/// A simulated machine. Clones are the same machine.
#[derive(Clone)]
pub struct Host(Arc<Mutex<Inner>>);

struct Inner {
    world: World,
    reading: Reading,
    policy: Policy,
    random: SmallRng,
    /// No slot below is vacant.
    next_socket: u32,
    next_token: u32,
    /// How it is wrong.
    flawed: Option<Box<Flawed>>,
}

impl Host {
    /// A machine in this state, which behaves as one reading of the profile drawn by the seed. Same seed, same calls, same
    /// replies.
    ///
    /// Answers that nobody has foreseen are drawn only where nothing else is left.
    #[must_use]
    pub fn new(world: World, profile: &Profile, policy: Policy, seed: u64) -> Host {
        let mut random = SmallRng::seed_from_u64(seed);
        let reading = profile.reading(|question, open| draw(question, open, policy, &mut random));
        Host(Arc::new(Mutex::new(Inner {
            world,
            reading,
            policy,
            random,
            next_socket: 1,
            next_token: 1,
            flawed: None,
        })))
    }

    /// Makes the machine wrong in this way from now on, for all that have it.
    ///
    /// ```
    /// use portres_model::{Call, Family, ProcessId, Profile, Reply, SocketId, SocketKind, World};
    /// use portres_sim::{Flaw, Host, Policy};
    ///
    /// let host = Host::new(World::default(), &Profile::likely(), Policy::Lowest, 1)
    ///     .with_flaw(Flaw::BoundPortByteOrder);
    /// let p1 = ProcessId(1);
    /// let _ = host.call(p1, &Call::open(SocketKind::Udp, Family::V4));
    /// let address = "127.0.0.1:5000".parse().unwrap();
    /// let answer = host.call(p1, &Call::bind(SocketId(1), address));
    /// assert_eq!(answer.reply, Reply::Bound(5000_u16.swap_bytes()));
    /// assert_eq!(answer.rule, Flaw::BoundPortByteOrder.breaks());
    /// ```
    #[must_use]
    pub fn with_flaw(self, flaw: Flaw) -> Host {
        self.0.lock().flawed = Some(Box::new(Flawed::new(flaw)));
        self
    }

    /// How the machine is wrong; `None` for one that conforms.
    #[must_use]
    pub fn flaw(&self) -> Option<Flaw> {
        self.0.lock().flawed.as_ref().map(|flawed| flawed.flaw)
    }

    /// Does a call. A process that was never started is one that nothing declares: a standard user's, Winsock started.
    ///
    /// # Panics
    /// If the specification permits no reply: a bug in the specification.
    #[must_use]
    pub fn call(&self, by: ProcessId, call: &Call) -> Answer {
        self.call_naming(by, None, call)
    }

    /// Does a call, with a name for what it may create. The name must be vacant.
    ///
    /// # Panics
    /// If the specification permits no reply: a bug in the specification.
    #[must_use]
    pub fn call_naming(&self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer {
        self.0.lock().answer(by, names, call)
    }

    /// What a call that gave this reply leaves in its byte count; `None` for a call without one.
    #[must_use]
    pub fn bytes_returned(&self, by: ProcessId, call: &Call, reply: &Reply) -> Option<Bytes> {
        if !call.has_byte_count() {
            return None;
        }
        let mut inner = self.0.lock();
        let all = bytes_returned(&inner.world, by, call, reply)?;
        let vacant = inner.vacant();
        let Inner { world, reading, policy, random, .. } = &mut *inner;
        let mut chooser = Chooser { world, reading, policy: *policy, random, vacant };
        match chooser.choose(&all.under(reading)) {
            (_, Reply::Bytes(bytes)) => Some(inner.told_bytes(call, reply, bytes)),
            _ => None,
        }
    }

    /// The reading that the host behaves as.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.0.lock().reading
    }

    /// Looks at the state.
    pub fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        at(&self.0.lock().world)
    }
}

fn draw(question: Question, open: u8, policy: Policy, random: &mut SmallRng) -> u8 {
    use rand::Rng;
    let foreseen =
        question.answers().iter().enumerate().filter(|(_, a)| a.effect != Effect::Unforeseen);
    let left: Vec<u8> = foreseen.map(|(i, _)| 1 << i).filter(|bit| open & bit != 0).collect();
    match policy {
        _ if left.is_empty() => open,
        Policy::Lowest => left[0],
        Policy::Random => left[random.random_range(0..left.len())],
    }
}

impl Machine for Inner {
    fn sound(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer {
        self.call(by, names, call)
    }

    fn world(&mut self) -> &mut World {
        &mut self.world
    }

    fn vacant_token(&mut self, names: Option<Names>) -> Token {
        self.vacant().proposed(names).token
    }
}

impl Inner {
    fn answer(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer {
        let Some(mut flawed) = self.flawed.take() else { return self.call(by, names, call) };
        let answer = flawed.call(self, by, names, call);
        // a flaw may vacate slots that no call names
        (self.next_socket, self.next_token) = (1, 1);
        self.flawed = Some(flawed);
        answer
    }

    fn told_bytes(&self, call: &Call, reply: &Reply, bytes: Bytes) -> Bytes {
        self.flawed.as_ref().map_or(bytes, |flawed| flawed.told_bytes(call, reply, bytes))
    }

    fn call(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer {
        if by != ProcessId::MACHINE && self.world.process(by).is_none() {
            self.world.put_process(by, Some(Process::undeclared()));
        }
        let vacant = self.vacant().proposed(names);
        let mut all = Permitted::default();
        permitted_into(&self.world, by, call, &mut all);
        let Inner { world, reading, policy, random, .. } = self;
        let mut chooser = Chooser { world, reading, policy: *policy, random, vacant };
        let (rule, reply) = chooser.choose(&all.under(reading));
        apply(&mut self.world, by, call, &reply);
        self.follow(call, &reply);
        Answer { reply, rule }
    }

    /// The lowest vacant names.
    fn vacant(&mut self) -> Vacant {
        while !self.world.is_vacant(SocketId(self.next_socket)) {
            self.next_socket += 1;
        }
        while self.world.reservation(Token(self.next_token)).is_some() {
            self.next_token += 1;
        }
        Vacant { socket: SocketId(self.next_socket), token: Token(self.next_token) }
    }

    /// Slots that a call vacates are looked at again.
    fn follow(&mut self, call: &Call, reply: &Reply) {
        if matches!(reply, Reply::Failed(_)) {
            return;
        }
        match *call {
            Call::CloseSocket { socket } => {
                self.next_socket = self.next_socket.min(socket.0);
                self.next_token = 1;
            }
            Call::Release { token, .. } => self.next_token = self.next_token.min(token.0),
            Call::Exit
            | Call::Restart
            | Call::Cleanup
            | Call::Delete { .. }
            | Call::Lookup { .. } => {
                self.next_socket = 1;
                self.next_token = 1;
            }
            _ => {}
        }
    }
}
