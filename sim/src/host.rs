//! The host: a world behind one lock.

use std::sync::Arc;

use portres_model::{
    Bytes, Call, Effect, Error, Names, Permitted, Process, ProcessId, Profile, Question, Reading,
    Reply, Rule, SocketId, Token, Who, World, apply, bytes_returned, permitted_into,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::choose::{Chooser, Policy, Vacant, by_rule};
use crate::pending::Requests;
use crate::record::Recorded;
use crate::sync::Monitor;

/// What a host answered, and which rule permits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The rule.
    pub rule: Rule,
}

/// A simulated machine. Clones are the same machine.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Monitor<Inner>>);

pub(crate) struct Inner {
    pub(crate) world: World,
    pub(crate) reading: Reading,
    policy: Policy,
    pub(crate) random: SmallRng,
    pub(crate) requests: Requests,
    /// What took effect, where that is recorded.
    pub(crate) record: Option<Vec<Recorded>>,
    /// No slot below is vacant.
    next_socket: u32,
    next_token: u32,
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
        Host(Arc::new(Monitor::new(Inner {
            world,
            reading,
            policy,
            random,
            requests: Requests::default(),
            record: None,
            next_socket: 1,
            next_token: 1,
        })))
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
        self.call_from(Who::process(by), names, call)
    }

    /// Does a call of one thread of a process, with a name for what it may create. The name must be vacant.
    ///
    /// `WSAGetOverlappedResult` with `fWait` waits where requests complete by hand ([`crate::Completes::ByHand`]). If the
    /// thread ends meanwhile it is answered like one that has not called WSAStartup; that is not recorded.
    ///
    /// # Panics
    /// If the specification permits no reply: a bug in the specification.
    #[must_use]
    pub fn call_from(&self, by: Who, names: Option<Names>, call: &Call) -> Answer {
        if let Call::Result { request, wait: true, null: false } = *call {
            let reply = Reply::Failed(Error::WsaNotInitialised);
            let ended = Answer { reply, rule: Rule::CallNeedsStartup };
            return self.result(by, request).unwrap_or(ended);
        }
        self.0.lock().call(by, names, call)
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
            (_, Reply::Bytes(bytes)) => Some(bytes),
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

impl Inner {
    /// Does a call, rather by this rule where that is permitted.
    pub(crate) fn step(
        &mut self,
        who: Who,
        names: Option<Names>,
        call: &Call,
        wanted: Option<Rule>,
    ) -> Answer {
        let by = who.process;
        if by != ProcessId::MACHINE && self.world.process(by).is_none() {
            self.world.put_process(by, Some(Process::undeclared()));
        }
        let vacant = self.vacant().proposed(names);
        let mut all = Permitted::default();
        permitted_into(&self.world, by, call, &mut all);
        let Inner { world, reading, policy, random, .. } = self;
        let mut chooser = Chooser { world, reading, policy: *policy, random, vacant };
        let choice = all.under(reading);
        let rather = wanted.and_then(|rule| by_rule(rule, &choice));
        let (rule, reply) = rather.unwrap_or_else(|| chooser.choose(&choice));
        apply(&mut self.world, by, call, &reply);
        self.follow(call, &reply);
        if let Some(record) = &mut self.record {
            record.push(Recorded { who, call: *call, reply });
        }
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
