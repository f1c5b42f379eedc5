//! The rules: one for each behaviour, with what it rests on.

use std::fmt;
use std::str::FromStr;

/// What a rule is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Class {
    /// The call does what it is for.
    Success,
    /// An argument is not acceptable.
    Argument,
    /// Somebody else has what is asked for.
    Conflict,
    /// The caller may not.
    Privilege,
    /// Nothing is left, or the machine cannot.
    Resource,
    /// The socket, process or token is not in the state that the call needs.
    State,
}

impl Class {
    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::Success => "success",
            Class::Argument => "argument",
            Class::Conflict => "conflict",
            Class::Privilege => "privilege",
            Class::Resource => "resource",
            Class::State => "state",
        }
    }
}

/// How well a rule is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Standing {
    /// A page of the documentation says it.
    Documented,
    /// A real system was seen to do it.
    Observed,
    /// A test suite that passes on real Windows asserts it.
    Asserted,
    /// None of these; the clause that it stands on is a silence, and the reason is stated.
    Assumed,
}

impl Standing {
    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Standing::Documented => "documented",
            Standing::Observed => "observed",
            Standing::Asserted => "asserted",
            Standing::Assumed => "assumed",
        }
    }
}

macro_rules! rules {
    ($($variant:ident $id:literal $class:ident $standing:ident $sources:tt $says:literal $($reason:literal)?;)*) => {
        /// One behaviour of the system. Its text, standing and sources are in [`Rule::says`], [`Rule::standing`], [`Rule::sources`].
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $says] $variant,)* }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Rule] = &[$(Rule::$variant),*];

            /// The stable id, `call.what`.
            #[must_use]
            pub const fn id(self) -> &'static str { match self { $(Rule::$variant => $id,)* } }

            /// The sentence.
            #[must_use]
            pub const fn says(self) -> &'static str { match self { $(Rule::$variant => $says,)* } }

            /// What it is about.
            #[must_use]
            pub const fn class(self) -> Class { match self { $(Rule::$variant => Class::$class,)* } }

            /// How well it is known.
            #[must_use]
            pub const fn standing(self) -> Standing { match self { $(Rule::$variant => Standing::$standing,)* } }

            /// The ids of the clauses and of the evidence that it rests on, the weightiest first.
            #[must_use]
            pub const fn sources(self) -> &'static [&'static str] { match self { $(Rule::$variant => &$sources,)* } }

            /// Why it is assumed; empty for every other standing.
            #[must_use]
            pub const fn reason(self) -> &'static str { match self { $(Rule::$variant => concat!($($reason)?),)* } }
        }
    };
}

rules! {
    // Any call
    CallNeedsStartup "call.not-started" State Documented ["BIND-3", "GSN-3", "LISTEN-4", "SOCK-7", "SOCK-10", "SOPT-3", "ERR-13"] "A call fails while the process has no successful WSAStartup left.";
    CallNeedsSocket "call.not-a-socket" Argument Documented ["BIND-12", "GSN-3", "LISTEN-4", "SOCK-10", "SOPT-3", "ACQ-25", "ASSOC-16", "REL-7", "ERR-7", "IOCTL-6"] "A call fails on a handle that is not a socket of the process.";
    CallNeedsNetwork "call.network-down" Resource Documented ["BIND-4", "ACQ-24", "ASSOC-16", "REL-7", "SOCK-7", "SOCK-10", "GSN-3", "LISTEN-4", "SOPT-3", "IOCTL-6", "ERR-11"] "A call may fail while the network subsystem has failed.";
    CallNeedsResources "call.resources" Resource Documented ["BIND-11", "SOCK-7", "LISTEN-4", "ERR-4"] "A call may fail for want of buffers or descriptors.";

    // WSAStartup, WSACleanup
    StartupCounts "startup.counts" Success Documented ["ERR-13", "SOCK-15"] "WSAStartup succeeds and counts.";
    StartupRejectsVersion "startup.version" Argument Asserted ["PF-24"] "WSAStartup refuses a version below 1.0.";
    CleanupCounts "cleanup.counts" Success Documented ["SOCK-15", "ERR-13"] "WSACleanup undoes one WSAStartup; the last one closes every socket of the process.";

    // socket
    SocketOpens "socket.opens" Success Documented ["SOCK-5", "HDR-20"] "socket opens an unbound socket of the family and protocol.";
    SocketNeedsPrivilegeForRaw "socket.raw-privilege" Privilege Observed ["WM-8"] "socket may refuse a raw socket to a process without administrator rights.";

    // setsockopt
    SetSockOptSets "setsockopt.sets" Success Documented ["SOPT-1", "SOPT-2", "BIND-18"] "setsockopt sets the option.";
    SetSockOptRejectsReuseWithExclusive "setsockopt.reuse-with-exclusive" State Asserted ["PF-5", "SIL-42", "P-10"] "setsockopt refuses one of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE while the other is set.";
    SetSockOptRejectsAfterBind "setsockopt.after-bind" State Documented ["BIND-18"] "setsockopt of SO_REUSEADDR or SO_EXCLUSIVEADDRUSE after bind has no effect, and may be refused.";
    SetSockOptRejectsV6OnlyAfterBind "setsockopt.v6only-bound" State Asserted ["PF-7", "OPT-12"] "setsockopt refuses IPV6_V6ONLY once the socket is bound.";

    // bind: arguments and state
    BindRejectsBound "bind.already-bound" State Documented ["BIND-10", "ERR-5"] "bind refuses a socket that is bound already.";
    BindRejectsOtherFamily "bind.wrong-family" Argument Documented ["BIND-8", "P-8", "PF-8"] "bind refuses an address of another family than the socket's.";
    BindRejectsMappedOnV6Only "bind.mapped-on-v6only" Argument Documented ["OPT-13"] "bind refuses an IPv4-mapped address on a socket that is IPv6 only.";
    BindRejectsForeignAddress "bind.not-local" Argument Documented ["BIND-7", "ERR-3"] "bind refuses an address that is not one of this machine.";
    BindRejectsBroadcast "bind.broadcast" Argument Documented ["BIND-5", "P-7", "PF-9"] "bind refuses the broadcast address to a socket without SO_BROADCAST.";
    BindRejectsOtherLoopback "bind.other-loopback" Argument Assumed ["MISS-J"] "bind may refuse a loopback address other than 127.0.0.1." "no page says which of 127.0.0.0/8 are local addresses";
    BindRejectsReuseWithExclusive "bind.reuse-and-exclusive" State Observed ["SIL-42", "OBS-11"] "bind may refuse a socket that has both SO_REUSEADDR and SO_EXCLUSIVEADDRUSE.";

    // bind: who is in the way
    BindMeetsSocket "bind.sharing" Conflict Documented ["REUSE-8", "REUSE-9", "REUSE-10", "BIND-6", "ERR-1", "ERR-2", "P-2", "EV-141"] "bind is refused by a socket that holds the port, as the tables of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE say.";
    BindMeetsDualStack "bind.dual-stack" Conflict Documented ["REUSE-13", "REUSE-14", "P-3", "P-4", "EV-140"] "bind of or beside a dual-stack wildcard socket is checked on both stacks.";
    BindMeetsRuntimeOfOther "bind.reserved-runtime-other" Conflict Assumed ["SIL-15"] "bind to a port of another process's runtime reservation, without association, may be refused." "claimed in a program's comment (OBS-6); system blocks behave so (EV-80); no shown run was found";
    BindMeetsRuntimeOfOwn "bind.reserved-runtime-own" Conflict Assumed ["SIL-15"] "bind to a port of the process's own runtime reservation, without association, may be refused." "OBS-5 is inconclusive; the refusal of strangers suggests it";
    BindMeetsPersistent "bind.reserved-persistent" Conflict Observed ["SIL-15", "EV-53", "OBS-4"] "bind to a port of a persistent reservation, without association, may be refused.";
    BindMeetsSystemBlock "bind.system-block" Conflict Observed ["EV-80", "EV-93", "EV-115", "OBS-7"] "bind to a port of a system block is refused.";
    BindMeetsOutsider "bind.outsider" Conflict Documented ["BIND-6", "ERR-1", "ERR-2"] "bind may be refused by a program that the trace does not show (open world).";

    // bind: what it takes
    BindTakesPort "bind.takes-port" Success Documented ["BIND-1", "XR-7", "REUSE-7"] "bind to an explicit port takes that port.";
    BindTakesDynamic "bind.takes-dynamic" Success Documented ["BIND-14", "DYN-1", "DYN-9", "XR-5"] "bind to port 0 takes a free port of the dynamic range.";
    BindFindsNoneDynamic "bind.dynamic-used-up" Resource Documented ["DYN-11", "DYN-10", "EV-137"] "bind to port 0 fails when no port of the dynamic range is free.";
    BindTakesFromReservation "bind.takes-reserved" Success Documented ["ASSOC-3", "BIND-21", "EV-36"] "bind of an associated socket to port 0 takes a free port of its reservation.";
    BindTakesExplicitFromReservation "bind.takes-reserved-explicit" Success Observed ["EV-32", "OBS-1", "SIL-11"] "bind of an associated socket to a port of its reservation takes that port.";
    BindRejectsExplicitInside "bind.inside-refused" Argument Assumed ["SIL-11"] "bind of an associated socket to an explicit port of its reservation may be refused." "the documentation speaks of selection by the system only";
    BindRejectsOutside "bind.outside-block" Argument Documented ["ASSOC-3", "SIL-11"] "bind of an associated socket to a port outside its reservation does not take it from there: it may be refused.";
    BindIgnoresAssociation "bind.ignores-association" Success Assumed ["SIL-11"] "bind of an associated socket to a port outside its reservation may follow the ordinary rules." "a candidate of SIL-11 that nothing excludes";
    BindFindsBlockUsedUp "bind.block-used-up" Resource Documented ["ASSOC-4", "BIND-21", "SIL-12"] "bind of an associated socket fails when no port of its reservation is free.";
    BindMeetsEndedReservation "bind.reservation-ended" State Assumed ["SIL-22b", "SIL-22c"] "bind of a socket whose reservation has ended may be refused." "no page says what becomes of the association";
    BindMeetsUselessAssociation "bind.useless-association" State Documented ["ACQ-30", "ASSOC-22", "SIL-8a", "SIL-8b", "SIL-9a"] "bind of a socket whose association cannot be used is refused.";
    BindAfterEnd "bind.after-end" Success Assumed ["SIL-22b", "SIL-22c"] "bind of a socket whose reservation has ended may still follow it, or fall back to the ordinary rules." "no page says what becomes of the association";
    BindOfRaw "bind.raw" Success Documented ["BIND-1", "SOCK-5"] "bind of a raw socket gives it a name; ports mean nothing to it.";

    // getsockname
    GetSockNameNeedsBound "getsockname.unbound" State Documented ["GSN-2", "ERR-5"] "getsockname refuses a socket that is not bound.";
    GetSockNameRejectsWildcard "getsockname.wildcard" State Documented ["GSN-2", "CON-7", "P-9"] "getsockname is said to refuse a socket bound to a wildcard address and not connected.";
    GetSockNameNames "getsockname.names" Success Documented ["GSN-1", "BIND-16", "GSN-6"] "getsockname gives address and port of a bound socket.";

    // listen
    ListenNeedsBound "listen.unbound" State Documented ["LISTEN-1", "LISTEN-2", "ERR-5"] "listen refuses a socket that is not bound.";
    ListenNeedsStream "listen.datagram" Argument Documented ["LISTEN-4", "ERR-8", "PF-10"] "listen refuses a socket that cannot listen.";
    ListenMeetsSocket "listen.delayed-conflict" Conflict Documented ["LISTEN-3", "ERR-2", "P-17"] "listen on a wildcard address may report a conflict that bind did not.";
    ListenListens "listen.listens" Success Documented ["LISTEN-1", "LISTEN-5"] "listen makes a bound stream socket listen, also one that listens already.";

    // closesocket
    CloseSocketCloses "closesocket.closes" Success Documented ["SOCK-8", "ACQ-31", "SOCK-16"] "closesocket ends the socket, its port and its runtime reservations.";

    // the three ioctls
    IoctlNeedsStartup "ioctl.not-started" State Asserted ["P-16", "SIL-38", "ERR-13", "IOCTL-6"] "WSAIoctl fails while the process has no successful WSAStartup left.";
    IoctlNeedsTcpOrUdp "ioctl.socket-type" Argument Documented ["ACQ-26", "ASSOC-18", "REL-7", "ACQ-23", "CON-22", "SIL-41", "ERR-8"] "The reservation ioctls refuse a socket that is neither TCP nor UDP.";
    IoctlNeedsProvider "ioctl.unsupported" Resource Documented ["ACQ-26", "ASSOC-18", "REL-7", "IOCTL-4"] "The reservation ioctls fail where the transport provider does not support them.";

    // SIO_ACQUIRE_PORT_RESERVATION
    AcquireRejectsShortInput "acquire.short-input" Argument Documented ["ACQ-23", "ACQ-4", "IOCTL-2", "SIL-31"] "SIO_ACQUIRE_PORT_RESERVATION refuses an input buffer shorter than INET_PORT_RANGE.";
    AcquireRejectsLongInput "acquire.long-input" Argument Documented ["ACQ-4", "SIL-31"] "SIO_ACQUIRE_PORT_RESERVATION may refuse an input buffer longer than INET_PORT_RANGE.";
    AcquireRejectsShortOutput "acquire.short-output" Argument Documented ["ACQ-7", "ACQ-6", "CON-2", "SIL-32", "P-14"] "SIO_ACQUIRE_PORT_RESERVATION refuses an output buffer shorter than INET_PORT_RESERVATION_INSTANCE.";
    AcquireRejectsZeroCount "acquire.zero-count" Argument Documented ["ACQ-23", "SIL-3"] "SIO_ACQUIRE_PORT_RESERVATION of no ports is not acceptable.";
    AcquireRejectsPastEnd "acquire.past-end" Argument Documented ["ACQ-23", "SIL-4", "SIL-7f"] "SIO_ACQUIRE_PORT_RESERVATION of a block past the last port is not acceptable.";
    AcquireRejectsLowPort "acquire.low-port" Privilege Assumed ["SIL-7e"] "SIO_ACQUIRE_PORT_RESERVATION may refuse ports below 1024." "no privileged ports are documented; the silence names the candidate";
    AcquireRejectsBound "acquire.on-bound" State Assumed ["SIL-7a"] "SIO_ACQUIRE_PORT_RESERVATION may refuse a socket that is bound already." "only ASSOCIATE has a before-bind rule; the silence names the candidate";
    AcquireRejectsAgain "acquire.again" State Observed ["SIL-7b", "EV-13"] "SIO_ACQUIRE_PORT_RESERVATION may be repeated on one socket, or refused.";
    AcquireRejectsAssociated "acquire.on-associated" State Assumed ["SIL-7c"] "SIO_ACQUIRE_PORT_RESERVATION may refuse a socket that has an association." "the silence names the candidate";
    AcquireMeetsRuntime "acquire.over-runtime" Conflict Observed ["EV-15", "EV-16", "SIL-1", "OBS-3"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a runtime reservation in the block.";
    AcquireMeetsPersistent "acquire.over-persistent" Conflict Observed ["SIL-1", "OBS-6"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a persistent reservation in the block.";
    AcquireMeetsExclusion "acquire.over-excluded" Conflict Observed ["EV-17", "SIL-19"] "SIO_ACQUIRE_PORT_RESERVATION is refused by an administered exclusion in the block.";
    AcquireMeetsSystemBlock "acquire.over-block" Conflict Assumed ["SIL-19"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a system block." "by analogy with administered exclusions (EV-17); no record of a system block was found";
    AcquireMeetsSocket "acquire.over-bound" Conflict Observed ["SIL-2", "EV-16"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a socket bound in the block.";
    AcquireMeetsOutsider "acquire.outsider" Conflict Observed ["EV-15", "SIL-1"] "SIO_ACQUIRE_PORT_RESERVATION may be refused by a program that the trace does not show (open world).";
    AcquireFindsNoBlock "acquire.no-free-block" Resource Observed ["EV-14", "SIL-6"] "SIO_ACQUIRE_PORT_RESERVATION with start 0 fails when no block of that size is free.";
    AcquireGrants "acquire.grants" Success Documented ["ACQ-1", "ACQ-5", "ACQ-29", "ACQ-38"] "SIO_ACQUIRE_PORT_RESERVATION grants the block named and a new token.";
    AcquireGrantsAny "acquire.grants-any" Success Documented ["HDR-8", "ACQ-29", "SIL-5"] "SIO_ACQUIRE_PORT_RESERVATION with start 0 grants a free block of the size asked for and a new token.";
    AcquireGrantsTruncated "acquire.grants-truncated" Success Assumed ["SIL-4"] "SIO_ACQUIRE_PORT_RESERVATION past the last port may grant what there is." "a candidate of SIL-4";
    AcquireGrantsFewer "acquire.grants-fewer" Success Assumed ["SIL-5"] "SIO_ACQUIRE_PORT_RESERVATION with start 0 may grant fewer ports than asked for." "programs guard against it (OBS-6); nobody has shown it";
    AcquireGrantsNone "acquire.grants-none" Success Assumed ["SIL-3"] "SIO_ACQUIRE_PORT_RESERVATION of no ports may succeed without reserving any." "a candidate of SIL-3";

    // SIO_ASSOCIATE_PORT_RESERVATION
    AssociateRejectsShortInput "associate.short-input" Argument Documented ["ASSOC-6", "ASSOC-17", "IOCTL-2", "SIL-31"] "SIO_ASSOCIATE_PORT_RESERVATION refuses an input buffer shorter than INET_PORT_RESERVATION_TOKEN.";
    AssociateRejectsOutput "associate.output-given" Argument Documented ["ASSOC-8", "SIL-33"] "SIO_ASSOCIATE_PORT_RESERVATION may refuse an output buffer.";
    AssociateRejectsUnknownToken "associate.unknown-token" Argument Documented ["ASSOC-17", "SIL-8a", "HDR-16"] "SIO_ASSOCIATE_PORT_RESERVATION does not take a token of no reservation.";
    AssociateRejectsOtherProcess "associate.other-process" Privilege Documented ["ACQ-30", "ASSOC-22", "SIL-8b"] "SIO_ASSOCIATE_PORT_RESERVATION does not take another process's runtime token.";
    AssociateRejectsOtherProtocol "associate.other-protocol" Argument Observed ["SIL-9a", "SIL-10g", "OBS-6"] "SIO_ASSOCIATE_PORT_RESERVATION may refuse a token of the other protocol.";
    AssociateRejectsOtherFamily "associate.other-family" Argument Assumed ["SIL-9b"] "SIO_ASSOCIATE_PORT_RESERVATION may refuse a token acquired on a socket of the other family." "no page mentions the family; the silence names the candidate";
    AssociateRejectsBound "associate.bound" State Documented ["ASSOC-2", "SIL-10a"] "SIO_ASSOCIATE_PORT_RESERVATION must come before bind.";
    AssociateRejectsAgain "associate.again" State Assumed ["SIL-10b"] "SIO_ASSOCIATE_PORT_RESERVATION may be refused on a socket that is associated already." "the silence names the candidate";
    AssociateNeedsPrivilege "associate.privilege" Privilege Documented ["ASSOC-26", "ASSOC-14", "ASSOC-27", "ASSOC-28", "UAC-1", "UAC-2", "ERR-1"] "SIO_ASSOCIATE_PORT_RESERVATION with a persistent token needs an elevated member of Administrators.";
    AssociateNeedsPrivilegeForRuntime "associate.runtime-privilege" Privilege Documented ["ASSOC-29", "CON-32", "SIL-10e", "UAC-6"] "SIO_ASSOCIATE_PORT_RESERVATION with a runtime token may need an elevated member of Administrators.";
    AssociateTies "associate.ties" Success Documented ["ASSOC-1", "ASSOC-11", "EV-30", "EV-31"] "SIO_ASSOCIATE_PORT_RESERVATION ties the socket to the reservation.";

    // SIO_RELEASE_PORT_RESERVATION
    ReleaseRejectsShortInput "release.short-input" Argument Documented ["REL-3", "REL-7", "IOCTL-2", "SIL-31"] "SIO_RELEASE_PORT_RESERVATION refuses an input buffer shorter than INET_PORT_RESERVATION_TOKEN.";
    ReleaseRejectsOutput "release.output-given" Argument Documented ["REL-4", "SIL-33"] "SIO_RELEASE_PORT_RESERVATION may refuse an output buffer.";
    ReleaseRejectsUnknownToken "release.unknown-token" Argument Documented ["REL-7", "SIL-22d", "HDR-16"] "SIO_RELEASE_PORT_RESERVATION does not take a token of no reservation.";
    ReleaseRejectsOtherProcess "release.other-process" Privilege Documented ["REL-2", "SIL-22d"] "SIO_RELEASE_PORT_RESERVATION does not take another process's token.";
    ReleaseRejectsPersistent "release.persistent-token" Argument Documented ["REL-9", "REL-2", "SIL-22d"] "SIO_RELEASE_PORT_RESERVATION does not take a persistent token.";
    ReleaseRejectsOtherSocket "release.other-socket" State Assumed ["SIL-22e"] "SIO_RELEASE_PORT_RESERVATION may be refused on another socket than the acquiring one." "REL-2 asks for the same process only; the silence names the candidate";
    ReleaseRejectsInUse "release.in-use" State Observed ["SIL-22a", "EV-41", "EV-42", "REL-12"] "SIO_RELEASE_PORT_RESERVATION may be refused while a socket is bound in the block.";
    ReleaseEnds "release.ends" Success Documented ["REL-1", "REL-6"] "SIO_RELEASE_PORT_RESERVATION ends the reservation.";

    // CreatePersistent…
    CreateNeedsPrivilege "create.privilege" Privilege Documented ["PERSIST-13", "PERSIST-12", "PERSIST-14", "UAC-1", "UAC-2", "ERR-14"] "CreatePersistent… needs an elevated member of Administrators.";
    CreateRejectsZero "create.zero" Argument Documented ["PERSIST-8", "ERR-15"] "CreatePersistent… refuses start 0 and count 0.";
    CreateRejectsPastEnd "create.past-end" Argument Documented ["PERSIST-9", "ERR-15"] "CreatePersistent… refuses a block past the last port.";
    CreateMeetsSocket "create.in-use" Conflict Documented ["PERSIST-10", "ERR-16"] "CreatePersistent… refuses a block with a port in use.";
    CreateMeetsPersistent "create.overlap" Conflict Documented ["PERSIST-11", "ERR-16"] "CreatePersistent… refuses a block that overlaps a persistent reservation.";
    CreateMeetsRuntime "create.over-runtime" Conflict Documented ["PERSIST-10", "SIL-20"] "CreatePersistent… may refuse a block that overlaps a runtime reservation.";
    CreateMeetsExclusion "create.over-excluded" Conflict Observed ["SIL-19", "EV-63"] "CreatePersistent… may refuse a block that overlaps an administered exclusion.";
    CreateMeetsSystemBlock "create.over-block" Conflict Observed ["SIL-19", "EV-66"] "CreatePersistent… may refuse a block that overlaps a system block.";
    CreateMeetsOutsider "create.outsider" Conflict Documented ["PERSIST-10", "PERSIST-11"] "CreatePersistent… may be refused by a program that the trace does not show (open world).";
    CreateStores "create.stores" Success Documented ["PERSIST-6", "PERSIST-7", "PERSIST-15", "PERSIST-3"] "CreatePersistent… stores the reservation and gives a new token.";

    // DeletePersistent…
    DeleteNeedsPrivilege "delete.privilege" Privilege Documented ["PERSIST-23", "UAC-1", "UAC-2", "ERR-14"] "DeletePersistent… needs an elevated member of Administrators.";
    DeleteRejectsZero "delete.zero" Argument Documented ["PERSIST-21", "ERR-15"] "DeletePersistent… refuses start 0 and count 0.";
    DeleteFindsNothing "delete.not-found" State Documented ["PERSIST-22", "PERSIST-20", "ERR-17", "SIL-23b"] "DeletePersistent… fails when no persistent reservation has exactly this block.";
    DeleteMeetsUser "delete.in-use" State Assumed ["SIL-23a", "PERSIST-24"] "DeletePersistent… may be refused while sockets use the reservation." "no page names a code; the silence names the candidate";
    DeleteRemoves "delete.removes" Success Documented ["PERSIST-20", "PERSIST-3", "PERSIST-25"] "DeletePersistent… removes the reservation.";

    // LookupPersistent…
    LookupRejectsZero "lookup.zero" Argument Documented ["PERSIST-28", "ERR-15"] "LookupPersistent… refuses start 0 and count 0.";
    LookupFindsNothing "lookup.not-found" State Documented ["PERSIST-29", "PERSIST-27", "ERR-17"] "LookupPersistent… fails when no persistent reservation has exactly this block.";
    LookupNeedsPrivilege "lookup.privilege" Privilege Assumed ["PERSIST-30", "UAC-6"] "LookupPersistent… may need administrator rights." "the pages are silent where their siblings speak, and their error lists are open (PERSIST-4)";
    LookupFinds "lookup.finds" Success Documented ["PERSIST-26", "PERSIST-31", "ASSOC-20"] "LookupPersistent… gives the token, which a restart may have changed.";

    // the machine
    ExitEnds "exit.ends" Success Documented ["SOCK-13", "SOCK-16", "SIL-27"] "A process that ends closes its sockets and ends their runtime reservations.";
    ProcessStarts "start.starts" Success Documented ["UAC-4", "SOCK-15"] "A process starts under one access token.";
    MachineRestarts "restart.restarts" Success Documented ["PERSIST-15", "ASSOC-20", "XR-1"] "A restart ends every process and every runtime reservation; persistent ones stay, their tokens may change.";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// There is no rule of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown rule")]
pub struct UnknownRule;

impl FromStr for Rule {
    type Err = UnknownRule;
    fn from_str(id: &str) -> Result<Rule, UnknownRule> {
        Rule::ALL.iter().find(|r| r.id() == id).copied().ok_or(UnknownRule)
    }
}

impl serde::Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id())
    }
}
