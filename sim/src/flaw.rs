//! Flaws: a machine that is wrong in one known way, to prove that tests notice.
//!
//! A flaw is wrapped around the simulator. It alters a call before the relation sees it, the reply after the relation has
//! permitted it, or what the call left behind; the relation itself is never touched. So a test suite that is run against
//! [`Host::with_flaw`](crate::Host::with_flaw) for every flaw of [`Flaw::ALL`] learns which rules it bites on.

use std::fmt;
use std::str::FromStr;

use portres_model::{
    AccessToken, Account, Bytes, Call, Frame, Names, ProcessId, Reply, Rule, SocketId, Token,
    World, apply,
};

use crate::host::Answer;

mod asked;
mod left;
mod told;

macro_rules! flaws {
    ($($variant:ident $id:literal $breaks:ident [$($shows:ident)*] $says:literal;)*) => {
        /// One way to be wrong. The rule that it breaks is [`Flaw::breaks`].
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Flaw { $(#[doc = $says] $variant,)* }

        impl Flaw {
            /// Every flaw.
            pub const ALL: &[Flaw] = &[$(Flaw::$variant),*];

            /// The stable id.
            #[must_use]
            pub const fn id(self) -> &'static str { match self { $(Flaw::$variant => $id,)* } }

            /// The rule that it breaks.
            #[must_use]
            pub const fn breaks(self) -> Rule { match self { $(Flaw::$variant => Rule::$breaks,)* } }

            /// The rules that refuse what is seen of it where the broken rule itself does not: a call that did nothing
            /// shows only in what later calls find.
            #[must_use]
            pub const fn shows_in(self) -> &'static [Rule] { match self { $(Flaw::$variant => &[$(Rule::$shows),*],)* } }

            /// What it does, in a sentence.
            #[must_use]
            pub const fn says(self) -> &'static str { match self { $(Flaw::$variant => $says,)* } }
        }
    };
}

flaws! {
    // Numbers
    BoundPortOffByOne "bound-port-off-by-one" BindTakesPort [] "bind reports the port behind the one that it was asked for.";
    BoundPortByteOrder "bound-port-byte-order" BindTakesPort [] "bind reports the port in network byte order.";
    NamePortByteOrder "name-port-byte-order" GetSockNameNames [] "getsockname gives the port in network byte order.";
    StartPortByteOrder "start-port-byte-order" AcquireGrants [] "SIO_ACQUIRE_PORT_RESERVATION reads StartPort in the wrong byte order.";
    CountByteOrder "count-byte-order" AcquireGrants [] "SIO_ACQUIRE_PORT_RESERVATION reports NumberOfPorts in the wrong byte order.";
    BlockOnePortShort "block-one-port-short" AcquireGrants [] "A block that ends at 65535 is granted without its last port.";
    BlockEndOffByOne "block-end-off-by-one" BindTakesFromReservation [] "bind of an associated socket to port 0 gives the port behind the block.";
    DynamicEndOffByOne "dynamic-end-off-by-one" BindTakesDynamic [] "bind to port 0 gives the port below the dynamic range.";
    StoredOnePortShort "stored-one-port-short" CreateStores [LookupFinds DeleteRemoves] "CreatePersistent… stores the block without its last port.";
    DynamicCutAtEnd "dynamic-cut-at-end" SetDynamicRejectsLimits [] "netsh set dynamicportrange takes a range past 65535 and cuts it there.";
    ByteCountForgotten "byte-count-forgotten" BytesOfAcquire [] "SIO_ACQUIRE_PORT_RESERVATION succeeds and leaves the byte count 0.";

    // Codes
    ReuseConflictCode "reuse-conflict-code" BindMeetsSocket [] "bind to a port in use fails with WSAEINVAL.";
    OverlapCode "overlap-code" CreateMeetsPersistent [] "CreatePersistent… over another reservation fails with ERROR_FILE_EXISTS.";
    NotASocketCode "not-a-socket-code" CallNeedsSocket [] "A call on a handle that is no socket fails with WSAEBADF.";
    NotStartedCode "not-started-code" CallNeedsStartup [] "A call before WSAStartup fails with WSASYSNOTREADY.";
    NotFoundCode "not-found-code" LookupFindsNothing [] "LookupPersistent… of nothing fails with ERROR_FILE_NOT_FOUND.";
    ZeroCountCode "zero-count-code" CreateRejectsZero [] "CreatePersistent… of no ports fails with WSAEINVAL, a code of Winsock.";
    NotElevatedCode "not-elevated-code" CreateNeedsPrivilege [] "CreatePersistent… without elevation fails with ERROR_PRIVILEGE_NOT_HELD.";
    UsedUpCode "used-up-code" BindFindsNoneDynamic [] "bind to port 0 with no port left fails with WSAEADDRNOTAVAIL.";
    BoundTwiceCode "bound-twice-code" BindRejectsBound [] "A second bind of a socket fails with WSAEISCONN.";

    // Who may
    ElevationNotChecked "elevation-not-checked" CreateNeedsPrivilege [] "CreatePersistent… serves everybody.";
    FilteredTokenServed "filtered-token-served" CreateNeedsPrivilege [] "CreatePersistent… serves a member of Administrators who is not elevated.";
    DeleteServesEverybody "delete-serves-everybody" DeleteNeedsPrivilege [] "DeletePersistent… serves everybody.";
    NetshServesEverybody "netsh-serves-everybody" NetshNeedsPrivilege [] "netsh changes exclusions and dynamic ranges for everybody.";

    // Who is in the way
    PoolsMixed "pools-mixed" BindTakesPort [] "A TCP port in use refuses a UDP bind, and the other way round.";
    PoolsMixedPersistent "pools-mixed-persistent" CreateStores [] "CreatePersistentUdp… is refused by a reservation of TCP ports, and the other way round.";
    DeleteOfOtherProtocol "delete-of-other-protocol" DeleteFindsNothing [] "DeletePersistentUdp… removes a reservation of TCP ports, and the other way round.";
    LookupOfOtherProtocol "lookup-of-other-protocol" LookupFindsNothing [] "LookupPersistentUdp… finds a reservation of TCP ports, and the other way round.";
    PortGivenTwice "port-given-twice" BindMeetsSocket [] "bind gives a port that another socket has and does not share.";
    DualStackNotSeen "dual-stack-not-seen" BindMeetsDualStack [] "bind does not see the other stack of a dual-stack socket.";
    SystemBlockNotSeen "system-block-not-seen" BindMeetsSystemBlock [] "bind gives a port of a system block.";
    FilterNotSeen "filter-not-seen" BindMeetsFilter [] "bind gives a port that a filter refuses.";
    ExclusionRefusesBind "exclusion-refuses-bind" BindTakesPort [] "An administered exclusion refuses an explicit bind.";
    ChoiceTakesExcluded "choice-takes-excluded" BindTakesDynamic [] "bind to port 0 gives a port of an exclusion.";
    PersistentOverlapStored "persistent-overlap-stored" CreateMeetsPersistent [] "CreatePersistent… stores a block that overlaps another.";
    BoundPortReserved "bound-port-reserved" CreateMeetsSocket [] "CreatePersistent… stores a block with a port in use.";

    // What is found by its block
    DeleteByStart "delete-by-start" DeleteFindsNothing [] "DeletePersistent… looks at the first port only.";
    LookupByStart "lookup-by-start" LookupFindsNothing [] "LookupPersistent… looks at the first port only.";
    ExclusionDeletedByStart "exclusion-deleted-by-start" DeleteExcludedFindsNothing [] "netsh delete excludedportrange looks at the first port only.";

    // Tokens and associations
    TokenOfFirstBlock "token-of-first-block" AssociateTies [BindTakesFromReservation BindTakesExplicitFromReservation BindRejectsOutside] "A socket is tied to the first reservation of its process, whatever its token.";
    TokenOfOther "token-of-other" LookupFinds [] "LookupPersistent… gives the token of another reservation.";
    AssociationForgotten "association-forgotten" AssociateTies [BindTakesFromReservation] "SIO_ASSOCIATE_PORT_RESERVATION succeeds and ties nothing.";
    AssociationBinds "association-binds" AssociateTies [BindTakesFromReservation BindTakesExplicitFromReservation GetSockNameNeedsBound ListenNeedsBound] "SIO_ASSOCIATE_PORT_RESERVATION binds the socket to the first port of the block.";
    AssociationKeptAfterClose "association-kept-after-close" CloseSocketCloses [BindTakesDynamic BindTakesPort] "The next socket of a process inherits the association of the one that was closed.";
    ReleaseByAnybody "release-by-anybody" ReleaseRejectsOtherProcess [] "SIO_RELEASE_PORT_RESERVATION serves a process that did not acquire.";
    ReleaseForgotten "release-forgotten" ReleaseEnds [AcquireGrants ReleaseRejectsUnknownToken AssociateRejectsUnknownToken] "SIO_RELEASE_PORT_RESERVATION succeeds and ends nothing.";

    // Lifetimes
    CloseForgotten "close-forgotten" CloseSocketCloses [BindTakesPort AcquireGrants CallNeedsSocket] "closesocket succeeds and closes nothing.";
    CloseLeaksReservation "close-leaks-reservation" CloseSocketCloses [AcquireGrants BindTakesPort] "A closed socket leaves its reservations behind.";
    CloseOfOneClosesAll "close-of-one-closes-all" CloseSocketKeepsShared [GetSockNameNames AssociateTies BindMeetsSocket BindTakesPort CloseSocketCloses] "closesocket of one descriptor closes the socket of all.";
    ExitForgotten "exit-forgotten" ExitEnds [BindTakesPort AcquireGrants] "The sockets of a process stay open when it ends.";
    ExitLeaksReservations "exit-leaks-reservations" ExitEnds [AcquireGrants] "The reservations of a process outlive it.";
    RestartKeepsRuntime "restart-keeps-runtime" MachineRestarts [AcquireGrants] "Runtime reservations outlive a restart.";
    RestartLosesPersistent "restart-loses-persistent" MachineRestarts [LookupFinds] "Persistent reservations do not outlive a restart.";
    RestartKeepsActive "restart-keeps-active" MachineRestarts [ShowExcludedAbsent] "An exclusion of the active store outlives a restart.";
    DeleteForgotten "delete-forgotten" DeleteRemoves [LookupFindsNothing DeleteFindsNothing CreateStores] "DeletePersistent… succeeds and removes nothing.";
    CleanupIsFinal "cleanup-is-final" CleanupCounts [SocketOpens GetSockNameNames BindTakesPort CloseSocketCloses] "The first WSACleanup ends the use of Winsock, however often it was started.";
    CleanupForgotten "cleanup-forgotten" CleanupCounts [CallNeedsStartup IoctlNeedsStartup] "WSACleanup succeeds and undoes nothing.";

    // Sockets
    ReuseForgotten "reuse-forgotten" SetSockOptSets [BindTakesPort GetSockOptGives] "setsockopt of SO_REUSEADDR succeeds and sets nothing.";
    ExclusiveForgotten "exclusive-forgotten" SetSockOptSets [BindMeetsSocket GetSockOptGives] "setsockopt of SO_EXCLUSIVEADDRUSE succeeds and sets nothing.";
    BoundAgain "bound-again" BindRejectsBound [] "bind succeeds on a socket that is bound.";
    UnboundNamed "unbound-named" GetSockNameNeedsBound [] "getsockname of an unbound socket gives the wildcard address and port 0.";
    UnboundListens "unbound-listens" ListenNeedsBound [] "listen succeeds on an unbound socket.";
    DatagramListens "datagram-listens" ListenNeedsStream [] "listen succeeds on a datagram socket.";
    StarForgotten "star-forgotten" ShowExcludedStarred [] "netsh show excludedportrange shows an administered exclusion without its star.";
    DynamicForgotten "dynamic-forgotten" SetDynamicSets [ShowDynamicShows BindTakesDynamic] "netsh set dynamicportrange succeeds and moves nothing.";
}

impl Flaw {
    /// Whether it is in the choice of a port, and not only in what is told of it.
    fn chooses(self) -> bool {
        matches!(
            self,
            Flaw::BlockEndOffByOne | Flaw::DynamicEndOffByOne | Flaw::ChoiceTakesExcluded
        )
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// There is no flaw of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFlaw;

impl fmt::Display for UnknownFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown flaw")
    }
}

impl std::error::Error for UnknownFlaw {}

impl FromStr for Flaw {
    type Err = UnknownFlaw;
    fn from_str(id: &str) -> Result<Flaw, UnknownFlaw> {
        Flaw::ALL.iter().find(|flaw| flaw.id() == id).copied().ok_or(UnknownFlaw)
    }
}

/// A machine without flaws that a flaw can be wrapped around.
pub(crate) trait Machine {
    /// Does a call as the specification permits.
    fn sound(&mut self, by: ProcessId, names: Option<Names>, call: &Call) -> Answer;
    /// Its state.
    fn world(&mut self) -> &mut World;
    /// A token that nothing has, the proposed one if there is one.
    fn vacant_token(&mut self, names: Option<Names>) -> Token;
}

/// A flaw, and what it remembers.
#[derive(Clone, Debug)]
pub(crate) struct Flawed {
    pub(crate) flaw: Flaw,
    /// Whose associated socket was closed last, and its token.
    closed: Option<(ProcessId, Token)>,
}

impl Flawed {
    pub(crate) const fn new(flaw: Flaw) -> Flawed {
        Flawed { flaw, closed: None }
    }

    /// Does a call on a machine, wrongly.
    pub(crate) fn call(
        &mut self,
        machine: &mut impl Machine,
        by: ProcessId,
        names: Option<Names>,
        call: &Call,
    ) -> Answer {
        let flaw = self.flaw;
        let before = machine.world().clone();
        let asked = asked::asked(flaw, &before, by, call);
        let sound = match asked.elevated.then(|| machine.world().process(by).copied()).flatten() {
            None => machine.sound(asked.by, names, &asked.call),
            Some(own) => {
                let mut elevated = own;
                elevated.credentials.account = Account::BuiltInAdministrator;
                elevated.credentials.token = AccessToken::Elevated;
                machine.world().put_process(by, Some(elevated));
                let answer = machine.sound(asked.by, names, &asked.call);
                machine.world().put_process(by, Some(own));
                answer
            }
        };
        let token = machine.vacant_token(names);
        let reply = told::told(flaw, &before, by, call, &sound, token);
        // what was wrongly given is given
        if matches!(sound.reply, Reply::Failed(_)) && !matches!(reply, Reply::Failed(_)) {
            apply(machine.world(), by, call, &reply);
        }
        // what was wrongly refused is not
        if matches!(reply, Reply::Failed(_)) && !matches!(sound.reply, Reply::Failed(_)) {
            machine.world().restore(&before);
        }
        // what was wrongly chosen is what the socket has
        if flaw.chooses() && reply != sound.reply && !matches!(sound.reply, Reply::Failed(_)) {
            machine.world().restore(&before);
            apply(machine.world(), by, call, &reply);
        }
        if !matches!(reply, Reply::Failed(_)) {
            self.leave(machine, &before, by, call, &reply);
        }
        let rule = if reply == sound.reply { sound.rule } else { flaw.breaks() };
        Answer { reply, rule }
    }

    /// What is left in the byte count of a call that gave this reply.
    pub(crate) fn told_bytes(&self, call: &Call, reply: &Reply, bytes: Bytes) -> Bytes {
        let granted = matches!((call, reply), (Call::Acquire { .. }, Reply::Reserved { .. }));
        match self.flaw {
            Flaw::ByteCountForgotten if granted => Bytes::Wrote(0),
            _ => bytes,
        }
    }

    /// What a call that succeeded leaves behind.
    fn leave(
        &mut self,
        machine: &mut impl Machine,
        before: &World,
        by: ProcessId,
        call: &Call,
        reply: &Reply,
    ) {
        if self.flaw == Flaw::AssociationKeptAfterClose {
            if let Some(follow_up) = self.inherit(before, by, call, reply) {
                let _ = machine.sound(by, None, &follow_up);
            }
            return;
        }
        for (by, follow_up) in left::calls(self.flaw, before, by, call) {
            let _ = machine.sound(by, None, &follow_up);
        }
        left::change(self.flaw, before, machine.world(), by, call);
    }

    fn inherit(
        &mut self,
        before: &World,
        by: ProcessId,
        call: &Call,
        reply: &Reply,
    ) -> Option<Call> {
        match (*call, *reply) {
            (Call::CloseSocket { socket }, _) => {
                let (_, closed) = before.socket_of(by, socket)?;
                self.closed = closed.associations.map(|(_, token)| (by, token)).or(self.closed);
                None
            }
            (_, Reply::Socket(socket) | Reply::Opened { socket, .. }) => {
                let (_, token) = self.closed.take_if(|(process, _)| *process == by)?;
                Some(associate(socket, token))
            }
            _ => None,
        }
    }
}

fn associate(socket: SocketId, token: Token) -> Call {
    Call::Associate { socket, token, frame: Frame::default() }
}
