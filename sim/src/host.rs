//! The host: a world behind one lock.

use std::sync::Arc;

use portres_model::{
    About, Account, Bytes, Call, Error, Names, Permitted, Process, ProcessId, Profile, Reading,
    Reply, RequestId, Rule, SocketId, Token, User, Who, World, apply, bytes_returned,
    permitted_into,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::choose::{Chooser, Choosing, Chosen, Vacant};
use crate::draw;
use crate::flaw::{Flaw, Flawed, Machine};
use crate::pending::Requests;
use crate::policy::Policy;
use crate::record::Recorded;
use crate::refused::Refused;
use crate::sync::Monitor;
use crate::trouble::Troubled;

/// What a host answered, and which rule permits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The rule; where a flaw altered the reply, the rule that it breaks.
    pub rule: Rule,
}

impl Answer {
    /// What stands in the place of an answer before one is chosen.
    const NONE: Answer = Answer { reply: Reply::Unsupported, rule: Rule::CallInProgress };
}

/// A simulated machine. Clones are the same machine.
///
/// [`Host::builder`] says what it is like, [`Host::process`] starts a program on it.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Monitor<Inner>>);

pub(crate) struct Inner {
    pub(crate) world: World,
    pub(crate) reading: Reading,
    pub(crate) how: Choosing,
    pub(crate) requests: Requests,
    /// No slot below is vacant.
    next_socket: u32,
    next_token: u32,
    /// No process above has been started by a handle.
    next_process: u32,
    /// What the user accounts are that the builder declares.
    accounts: Box<[(User, Account)]>,
    pub(crate) trouble: Option<Box<Troubled>>,
    /// How it is wrong.
    flawed: Option<Box<Flawed>>,
    /// Who looks at what the calls consult.
    #[cfg(feature = "proptest")]
    watch: Option<Box<crate::kit::Watch>>,
}

impl Host {
    /// A machine in this state, which behaves as one reading of the profile drawn by the seed. Same seed, same calls, same
    /// replies.
    ///
    /// Answers that nobody has foreseen are drawn only where nothing else is left. Exclusions that no list shows there are none:
    /// what a machine has, it knows.
    #[must_use]
    pub fn new(world: World, profile: &Profile, policy: Policy, seed: u64) -> Host {
        Host::with(world, profile, policy, seed, Vec::new(), &[], None)
    }

    pub(crate) fn with(
        mut world: World,
        profile: &Profile,
        policy: Policy,
        seed: u64,
        accounts: Vec<(User, Account)>,
        wanted: &[u16],
        trouble: Option<Box<Troubled>>,
    ) -> Host {
        let mut random = SmallRng::seed_from_u64(seed);
        let reading = match profile.only_reading() {
            Some(only) => only,
            None => draw::reading(profile, &policy, &mut random),
        };
        let mut how = Choosing::new(policy, random);
        wanted.iter().rev().for_each(|port| how.want(*port));
        // whoever watches a machine may not have seen all of its exclusions; for the machine itself they are a fact, and it
        // would refuse a port for the sake of one and grant it the next time
        if world.machine().unlisted_exclusions {
            let machine = world.machine().clone();
            world.put_machine(portres_model::Machine { unlisted_exclusions: false, ..machine });
        }
        Host(Arc::new(Monitor::new(Inner {
            world,
            reading,
            how,
            requests: Requests::default(),
            next_socket: 1,
            next_token: 1,
            next_process: 1,
            accounts: accounts.into_boxed_slice(),
            trouble,
            flawed: None,
            #[cfg(feature = "proptest")]
            watch: None,
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
        let mut inner = self.0.lock();
        inner.declare(by);
        match awaited(call) {
            None => inner.answer(by, names, call),
            Some(request) => {
                drop(inner);
                self.result(by, request).unwrap_or(ENDED)
            }
        }
    }

    /// The same of a process that has been started, or has been and is gone.
    #[cfg(feature = "win32")]
    pub(crate) fn call_of(&self, by: Who, call: &Call) -> Answer {
        match awaited(call) {
            None => self.0.lock().answer_if_there(by, call),
            Some(request) => self.result(by, request).unwrap_or(ENDED),
        }
    }

    /// Does a call of a process that has been started, or has been and is gone.
    pub(crate) fn ask(&self, by: ProcessId, call: &Call) -> Result<Reply, Refused> {
        let mut about = About::Call;
        let answer = match awaited(call) {
            Some(request) => self.result(Who::process(by), request).unwrap_or(ENDED),
            None => self.0.lock().answer_about(Who::process(by), call, &mut about),
        };
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
        self.0.lock().bytes_returned(by, call, reply)
    }

    /// The reading that the host behaves as.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.0.lock().reading
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

/// The request whose result a call waits for.
fn awaited(call: &Call) -> Option<RequestId> {
    match *call {
        Call::Result { request, wait: true, null: false } => Some(request),
        _ => None,
    }
}

/// What is answered to a thread that has ended while it waited.
const ENDED: Answer =
    Answer { reply: Reply::Failed(Error::WsaNotInitialised), rule: Rule::CallNeedsStartup };

/// The machine as a thread's flawed calls meet it.
struct Met<'a> {
    inner: &'a mut Inner,
    who: Who,
}

impl Machine for Met<'_> {
    fn sound(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer {
        let who = if by == self.who.process { self.who } else { Who::process(by) };
        self.inner.troubled(who, names, call, &mut About::Call)
    }

    fn world(&mut self) -> &mut World {
        &mut self.inner.world
    }

    fn vacant_token(&mut self, names: Option<Names>) -> Token {
        self.inner.vacant().proposed(names).token
    }
}

impl Inner {
    /// Does a call, as a flaw has it if there is one.
    #[inline]
    pub(crate) fn answer(&mut self, who: Who, names: Option<Names>, call: &Call) -> Answer {
        match self.flawed {
            None => {
                let answer = self.troubled(who, names, call, &mut About::Call);
                #[cfg(feature = "proptest")]
                self.tell(who, call, &answer);
                answer
            }
            Some(_) => self.answer_wrongly(who, names, call),
        }
    }

    #[inline(never)]
    fn answer_wrongly(&mut self, who: Who, names: Option<Names>, call: &Call) -> Answer {
        let mut flawed = self.flawed.take().expect("the machine has a flaw");
        let answer = flawed.call(&mut Met { inner: self, who }, who.process, names, call);
        // a flaw may vacate slots that no call names
        (self.next_socket, self.next_token) = (1, 1);
        self.flawed = Some(flawed);
        #[cfg(feature = "proptest")]
        self.tell(who, call, &answer);
        answer
    }

    /// The same of a process that may be gone: nothing is done for it, and nothing recorded.
    #[cfg(feature = "win32")]
    pub(crate) fn answer_if_there(&mut self, who: Who, call: &Call) -> Answer {
        if self.is_gone(who) { ENDED } else { self.answer(who, None, call) }
    }

    /// Whether a process has ended that calls still.
    #[inline]
    fn is_gone(&self, who: Who) -> bool {
        self.world.process(who.process).is_none() && who.process != ProcessId::MACHINE
    }

    /// The same with what a refusal is about; what a flaw made up is about the call alone.
    fn answer_about(&mut self, who: Who, call: &Call, about: &mut About) -> Answer {
        match self.flawed {
            _ if self.is_gone(who) => ENDED,
            Some(_) => self.answer(who, None, call),
            None => {
                let answer = self.troubled(who, None, call, about);
                #[cfg(feature = "proptest")]
                self.tell(who, call, &answer);
                answer
            }
        }
    }

    /// Shows who watches what a program is told.
    #[cfg(feature = "proptest")]
    fn tell(&mut self, who: Who, call: &Call, answer: &Answer) {
        if let Some(watch) = &mut self.watch {
            watch.tell(crate::kit::Told::Reply(who.process, *call, answer.reply));
        }
    }

    fn told_bytes(&self, call: &Call, reply: &Reply, bytes: Bytes) -> Bytes {
        self.flawed.as_ref().map_or(bytes, |flawed| flawed.told_bytes(call, reply, bytes))
    }

    /// A process that was never started is one that nothing declares.
    #[inline]
    pub(crate) fn declare(&mut self, who: Who) {
        if self.is_gone(who) {
            self.world.put_process(who.process, Some(Process::undeclared()));
        }
    }

    /// What a call that gave this reply leaves in its byte count.
    pub(crate) fn bytes_returned(
        &mut self,
        by: ProcessId,
        call: &Call,
        reply: &Reply,
    ) -> Option<Bytes> {
        if !call.has_byte_count() {
            return None;
        }
        let all = bytes_returned(&self.world, by, call, reply)?;
        let vacant = self.vacant();
        #[cfg(feature = "proptest")]
        self.consult(&all);
        let Inner { world, reading, how, .. } = self;
        let mut chooser = Chooser { world, reading, how, vacant };
        let (mut answer, mut about) = (Answer::NONE, About::Call);
        let mut chosen = Chosen { answer: &mut answer, about: &mut about };
        chooser.choose(all.under(reading), None, &mut chosen);
        let Reply::Bytes(bytes) = answer.reply else { return None };
        let bytes = self.told_bytes(call, reply, bytes);
        #[cfg(feature = "proptest")]
        if let Some(watch) = &mut self.watch {
            watch.tell(crate::kit::Told::Bytes(bytes));
        }
        Some(bytes)
    }

    /// Does a call, with what happens around it.
    #[inline(always)]
    fn troubled(
        &mut self,
        who: Who,
        names: Option<Names>,
        call: &Call,
        about: &mut About,
    ) -> Answer {
        match self.trouble {
            None => self.requested(who, names, call, about),
            Some(_) => self.in_trouble(who, names, call, about),
        }
    }

    #[inline(never)]
    fn in_trouble(
        &mut self,
        who: Who,
        names: Option<Names>,
        call: &Call,
        about: &mut About,
    ) -> Answer {
        self.before(call);
        let done = self.requested(who, names, call, about);
        self.behind(call);
        done
    }

    /// Does a call and nothing else, rather by this rule where that is permitted; tells in `about` what a refusal is about.
    #[inline(never)]
    pub(crate) fn step(
        &mut self,
        who: Who,
        names: Option<Names>,
        call: &Call,
        wanted: Option<Rule>,
        about: &mut About,
    ) -> Answer {
        let by = who.process;
        let vacant = self.vacant().proposed(names);
        let mut all = Permitted::default();
        permitted_into(&self.world, by, call, &mut all);
        #[cfg(feature = "proptest")]
        self.consult(&all);
        let Inner { world, reading, how, .. } = self;
        let mut chooser = Chooser { world, reading, how, vacant };
        let choice = all.under(reading);
        let mut answer = Answer::NONE;
        chooser.choose(choice, wanted, &mut Chosen { answer: &mut answer, about });
        #[cfg(feature = "proptest")]
        if let Some(watch) = &mut self.watch {
            watch.see_call(by, call, &answer.reply);
        }
        let held = self.lowest_held(by, call);
        apply(&mut self.world, by, call, &answer.reply);
        self.follow(call, &answer.reply, held);
        if let Some(record) = &mut self.requests.record {
            record.push(Recorded { who, call: *call, reply: answer.reply });
        }
        answer
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

    /// The lowest token that a call may vacate by closing a socket: where thousands are in use, they are not gone through
    /// again at each close.
    fn lowest_held(&self, by: ProcessId, call: &Call) -> Token {
        let Call::CloseSocket { socket } = *call else { return Token::UNKNOWN };
        let Some((slot, socket)) = self.world.socket_of(by, socket) else { return Token::UNKNOWN };
        let used = socket.associations.map_or(Token::UNKNOWN, |(first, last)| first.min(last));
        self.world.owned_by(slot).fold(used, Token::min)
    }

    /// Slots that a call vacates are looked at again.
    fn follow(&mut self, call: &Call, reply: &Reply, held: Token) {
        if matches!(self.how.policy, Policy::Adversarial) {
            self.how.follow(call, reply);
        }
        if matches!(reply, Reply::Failed(_)) {
            return;
        }
        match *call {
            Call::CloseSocket { socket } => {
                self.next_socket = self.next_socket.min(socket.0);
                self.next_token = self.next_token.min(held.0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_small_and_shared() {
        fn shared<T: Clone + Send + Sync>() {}
        shared::<Host>();
        // with the two counts of the Arc; a new machine has nothing else on the heap
        let size = size_of::<Monitor<Inner>>() + 2 * size_of::<usize>();
        assert!(size <= 1024, "{size} bytes");
    }
}
