//! The host: a world behind one lock.

use std::sync::{Arc, LazyLock};

use portres_model::{
    About, Account, Bytes, Call, Effect, Names, Permitted, Process, ProcessId, Profile, Question,
    Reading, Reply, Rule, SocketId, Token, User, World, apply, bytes_returned, code_under,
    permitted_into,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::choose::{Chooser, Choosing, Vacant};
use crate::policy::Policy;
use crate::refused::Refused;
use crate::sync::Mutex;
use crate::trouble::Troubled;

/// What a host answered, and which rule permits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The rule.
    pub rule: Rule,
}

/// A simulated machine. Clones are the same machine.
///
/// [`Host::builder`] says what it is like, [`Host::process`] starts a program on it.
#[derive(Clone)]
pub struct Host(Arc<Mutex<Inner>>);

pub(crate) struct Inner {
    pub(crate) world: World,
    reading: Arc<Reading>,
    pub(crate) how: Choosing,
    /// No slot below is vacant.
    next_socket: u32,
    next_token: u32,
    /// No process above has been started by a handle.
    next_process: u32,
    /// What the user accounts are that the builder declares.
    accounts: Box<[(User, Account)]>,
    pub(crate) trouble: Option<Box<Troubled>>,
    /// Who looks at what the calls consult.
    #[cfg(feature = "proptest")]
    watch: Option<Box<crate::kit::Watch>>,
}

impl Host {
    /// A machine in this state, which behaves as one reading of the profile drawn by the seed. Same seed, same calls, same
    /// replies.
    ///
    /// Answers that nobody has foreseen are drawn only where nothing else is left.
    #[must_use]
    pub fn new(world: World, profile: &Profile, policy: Policy, seed: u64) -> Host {
        Host::with(world, profile, policy, seed, Vec::new(), &[], None)
    }

    pub(crate) fn with(
        world: World,
        profile: &Profile,
        policy: Policy,
        seed: u64,
        accounts: Vec<(User, Account)>,
        wanted: &[u16],
        trouble: Option<Box<Troubled>>,
    ) -> Host {
        let mut random = SmallRng::seed_from_u64(seed);
        let reading = match profile.only_reading() {
            Some(only) => shared(&only),
            None => Arc::new(
                profile.reading(|question, open| draw(question, open, &policy, &mut random)),
            ),
        };
        let mut how = Choosing::new(policy, random);
        wanted.iter().rev().for_each(|port| how.want(*port));
        Host(Arc::new(Mutex::new(Inner {
            world,
            reading,
            how,
            next_socket: 1,
            next_token: 1,
            next_process: 1,
            accounts: accounts.into_boxed_slice(),
            trouble,
            #[cfg(feature = "proptest")]
            watch: None,
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
        self.0.lock().call(by, names, call)
    }

    /// Does a call of a process that has been started, or has been and is gone.
    pub(crate) fn ask(&self, by: ProcessId, call: &Call) -> Result<Reply, Refused> {
        let mut inner = self.0.lock();
        let (answer, about) = inner.troubled(by, None, call);
        match answer.reply {
            Reply::Failed(error) => {
                Err(Refused { by, call: *call, error, rule: answer.rule, about })
            }
            reply => Ok(reply),
        }
    }

    /// A process that nobody has: the next one.
    pub(crate) fn new_process(&self) -> ProcessId {
        self.0.lock().new_process()
    }

    /// What the builder says that an account is.
    pub(crate) fn account(&self, user: User) -> Option<Account> {
        let inner = self.0.lock();
        inner.accounts.iter().find(|(name, _)| *name == user).map(|(_, account)| *account)
    }

    /// What happened to the machine besides the calls of its programs: with the number of the call before which it did,
    /// from 1.
    #[must_use]
    pub fn mishaps(&self) -> Vec<(u64, Call, Reply)> {
        self.0.lock().trouble.as_ref().map_or_else(Vec::new, |t| t.happened.clone())
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
        #[cfg(feature = "proptest")]
        inner.consult(&all);
        let Inner { world, reading, how, .. } = &mut *inner;
        let mut chooser = Chooser { world, reading, how, vacant };
        match chooser.choose(&all.under(reading)) {
            (_, Reply::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The reading that the host behaves as.
    #[must_use]
    pub fn reading(&self) -> Reading {
        *self.0.lock().reading
    }

    /// Watches the calls from now on.
    #[cfg(feature = "proptest")]
    pub(crate) fn watch(&self) {
        let mut inner = self.0.lock();
        inner.watch = Some(Box::new(crate::kit::Watch::new(&inner.world)));
    }

    /// What has been seen of a host that is watched.
    #[cfg(feature = "proptest")]
    pub(crate) fn watched<T>(&self, at: impl FnOnce(&crate::kit::Watch) -> T) -> T {
        at(self.0.lock().watch.as_ref().expect("the host is watched"))
    }

    /// Looks at the state.
    pub fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        at(&self.0.lock().world)
    }
}

/// The likeliest reading, which nearly every test takes, is kept once.
fn shared(reading: &Reading) -> Arc<Reading> {
    static LIKELY: LazyLock<Option<Arc<Reading>>> =
        LazyLock::new(|| Profile::likely().only_reading().map(Arc::new));
    let likely = LIKELY.as_ref().filter(|likely| ***likely == *reading);
    likely.map_or_else(|| Arc::new(*reading), Arc::clone)
}

fn draw(question: Question, open: u8, policy: &Policy, random: &mut SmallRng) -> u8 {
    use rand::Rng;
    let foreseen =
        question.answers().iter().enumerate().filter(|(_, a)| a.effect != Effect::Unforeseen);
    let left: Vec<u8> = foreseen.map(|(i, _)| 1 << i).filter(|bit| open & bit != 0).collect();
    match policy {
        _ if left.is_empty() => open,
        Policy::Lowest | Policy::NextFit | Policy::Scripted(_) => left[0],
        Policy::Random | Policy::Adversarial => left[random.random_range(0..left.len())],
    }
}

impl Inner {
    fn call(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer {
        if by != ProcessId::MACHINE && self.world.process(by).is_none() {
            self.world.put_process(by, Some(Process::undeclared()));
        }
        if self.trouble.is_some() {
            return self.troubled(by, names, call).0;
        }
        self.step(by, names, call, |_, _, answer| answer)
    }

    /// Does a call, with what happens around it; gives what the refusal is about, too.
    fn troubled(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> (Answer, About) {
        if self.trouble.is_some() {
            self.before(call);
        }
        let done = self
            .step(by, names, call, |all, reading, answer| (answer, about(all, reading, &answer)));
        if self.trouble.is_some() {
            self.behind(call);
        }
        done
    }

    /// Does a call, and nothing else.
    pub(crate) fn step<T>(
        &mut self,
        by: ProcessId,
        names: Option<Names>,
        call: &Call,
        tell: impl FnOnce(&Permitted, &Reading, Answer) -> T,
    ) -> T {
        let vacant = self.vacant().proposed(names);
        let mut all = Permitted::default();
        permitted_into(&self.world, by, call, &mut all);
        #[cfg(feature = "proptest")]
        self.consult(&all);
        let Inner { world, reading, how, .. } = self;
        let mut chooser = Chooser { world, reading, how, vacant };
        let (rule, reply) = chooser.choose(&all.under(reading));
        #[cfg(feature = "proptest")]
        if let Some(watch) = &mut self.watch {
            watch.see_call(by, call, &reply);
        }
        let told = tell(&all, reading, Answer { reply, rule });
        apply(&mut self.world, by, call, &reply);
        self.follow(call, &reply);
        told
    }

    /// Shows who watches what a choice is made from.
    #[cfg(feature = "proptest")]
    fn consult(&mut self, all: &Permitted) {
        let Inner { world, reading, how, watch, .. } = self;
        if let Some(watch) = watch {
            watch.see_choice(all, reading, world, how);
        }
    }

    pub(crate) fn new_process(&mut self) -> ProcessId {
        while self.world.process(ProcessId(self.next_process)).is_some() {
            self.next_process += 1;
        }
        self.next_process += 1;
        ProcessId(self.next_process - 1)
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
        if matches!(self.how.policy, Policy::Adversarial) {
            self.how.follow(call, reply);
        }
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

/// What the refusal is about that gave this answer.
fn about(all: &Permitted, reading: &Reading, answer: &Answer) -> About {
    let Reply::Failed(error) = answer.reply else { return About::Call };
    let gives = |r: &&portres_model::Refusal| {
        r.rule == answer.rule
            && r.when.literals().all(|l| reading.holds(l))
            && code_under(r.code, reading) == Some(error)
    };
    all.must.iter().chain(&all.may).find(gives).map_or(About::Call, |r| r.about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_small_and_shared() {
        fn shared<T: Clone + Send + Sync>() {}
        shared::<Host>();
        // with the two counts of the Arc; a new machine has nothing else on the heap, but for its reading if that is drawn
        let size = size_of::<Mutex<Inner>>() + 2 * size_of::<usize>();
        assert!(size <= 1024, "{size} bytes");
    }
}
