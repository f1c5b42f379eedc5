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
    /// The call was cancelled or interrupted.
    Cancellation,
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
            Class::Cancellation => "cancellation",
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
    CallNeedsSocket "call.not-a-socket" Argument Documented ["BIND-12", "GSN-3", "LISTEN-4", "SOCK-10", "SOPT-3", "ACQ-25", "ASSOC-16", "REL-7", "ERR-7", "IOCTL-6", "SIL-30", "PF-10"] "A call fails on a handle that is not a socket of the process.";
    CallNeedsNetwork "call.network-down" Resource Documented ["BIND-4", "ACQ-24", "ASSOC-16", "REL-7", "SOCK-7", "SOCK-10", "GSN-3", "LISTEN-4", "SOPT-3", "IOCTL-6", "ERR-11"] "A call may fail while the network subsystem has failed.";
    CallNeedsResources "call.resources" Resource Documented ["BIND-11", "SOCK-7", "LISTEN-4", "ERR-4"] "A call may fail for want of buffers or descriptors.";
    CallInProgress "call.in-progress" State Documented ["ACQ-21", "ASSOC-16", "REL-7", "IOCTL-6", "BIND-9", "GSN-3", "LISTEN-4", "SOCK-7", "SOCK-10", "SOPT-3", "ACCEPT-2", "ERR-10", "CON-33"] "A call may be refused while a blocking Winsock 1.1 call or a callback is in progress.";
    CallIsMissing "call.missing" State Documented ["HDR-22", "EV-151"] "A call that the system does not have answers nothing, or that it is not supported.";

    // WSAStartup, WSACleanup
    StartupCounts "startup.counts" Success Documented ["ERR-13", "SOCK-15"] "WSAStartup succeeds and counts.";
    StartupGrants "startup.grants" Success Documented ["STARTUP-1", "PF-24"] "WSAStartup grants the version that is asked for, or the next one below that there is: 1.1 for what is above it, 2.2 for 2.3 and above.";
    StartupNeedsData "startup.null-pointer" Argument Documented ["STARTUP-2", "PF-24"] "WSAStartup refuses a NULL pointer to the data, once the version is found acceptable.";
    StartupRejectsVersion "startup.version" Argument Asserted ["PF-24"] "WSAStartup refuses a version below 1.0.";
    CleanupCounts "cleanup.counts" Success Documented ["SOCK-15", "ERR-13"] "WSACleanup undoes one WSAStartup; the last one closes every socket of the process.";

    // socket
    SocketOpens "socket.opens" Success Documented ["SOCK-5", "HDR-20", "SOCK-1", "SOCK-2"] "socket opens an unbound socket of the family and protocol.";
    SocketNeedsPrivilegeForRaw "socket.raw-privilege" Privilege Documented ["RAW-1"] "socket may refuse a raw socket to a process without administrator rights.";

    SocketFillsIn "socket.fills-in" Success Documented ["HDR-20", "CREATE-1", "CREATE-2", "PC-11", "PF-23"] "socket and WSASocket choose what is left open: the protocol by the type, the type by the protocol, both by the protocol info, the family by themselves.";
    SocketNeedsFamilyOrProtocol "socket.nothing-said" Argument Asserted ["PF-23", "PC-11", "SOCK-7"] "socket refuses to choose the family and the protocol both.";
    SocketRejectsType "socket.type" Argument Documented ["SOCK-7", "PC-11", "PC-12"] "socket refuses a type that is not supported, before it looks at the family and the protocol.";
    SocketRejectsFamily "socket.family" Argument Documented ["SOCK-7", "PC-11", "PC-12"] "socket refuses an address family that is not supported, before it looks at the protocol.";
    SocketRejectsProtocol "socket.protocol" Argument Documented ["SOCK-7", "PC-11", "PC-12", "CREATE-3"] "socket refuses a protocol that is not supported, or not with the type.";
    SocketRejectsOtherThanInfo "socket.other-than-info" Argument Documented ["CREATE-2", "CREATE-3"] "WSASocket may refuse a family, type or protocol other than that of the protocol info.";

    // getsockopt, ioctlsocket
    GetSockOptGives "getsockopt.gives" Success Asserted ["PC-3", "OPT-12", "SOPT-2", "PF-6", "PF-7", "WT-2"] "getsockopt gives the value that was set last, 1 for every value but 0, of which IPV6_V6ONLY is the lowest byte; without any, 1 for IPV6_V6ONLY and 0 for the others.";
    GetSockOptTells "getsockopt.tells" Success Asserted ["PC-43", "PC-44"] "getsockopt of SO_TYPE gives the socket's type, of SO_ACCEPTCONN whether it listens.";
    GetSockOptReads "getsockopt.reads" Success Asserted ["PC-46"] "getsockopt of an option that does not bear on ports succeeds; what it holds is not modelled.";
    GetSockOptIgnoresHandle "getsockopt.open-type" Success Asserted ["PC-45"] "getsockopt of SO_OPENTYPE, which belongs to the thread, does not look at the handle.";
    GetSockOptRejectsPointer "getsockopt.pointer" Argument Asserted ["PC-41", "PF-10"] "getsockopt refuses a pointer to memory that is not there, once the handle is a socket's.";
    GetSockOptRejectsLength "getsockopt.length" Argument Asserted ["PC-41", "P-11"] "getsockopt refuses a length below 1, and may refuse one that is shorter than the option.";
    GetSockOptRejectsLevel "getsockopt.level" Argument Asserted ["PC-42", "SOPT-3"] "getsockopt and setsockopt refuse a level that has no options.";
    GetSockOptRejectsUnknown "getsockopt.unknown" Argument Asserted ["PC-42", "SOPT-3"] "getsockopt and setsockopt refuse an option that nobody knows.";
    IoctlSocketSets "ioctlsocket.sets" Success Documented ["FIONBIO-1", "SOCK-4"] "ioctlsocket with FIONBIO sets blocking or non-blocking mode, which is independent of the overlapped attribute.";
    IoctlSocketReads "ioctlsocket.reads" Success Asserted ["PC-47"] "ioctlsocket with FIONREAD gives the bytes that can be read, 0 on a stream socket that is not connected; with SIOCATMARK 1, as no urgent data is waiting.";
    IoctlSocketRejectsPointer "ioctlsocket.pointer" Argument Asserted ["PC-47"] "ioctlsocket refuses a pointer to memory that is not there.";

    // setsockopt
    SetSockOptSets "setsockopt.sets" Success Documented ["SOPT-1", "SOPT-2", "BIND-18", "REUSE-5", "OPT-6", "REUSE-16", "WT-3"] "setsockopt sets the option.";
    SetSockOptRejectsReuseWithExclusive "setsockopt.reuse-with-exclusive" State Asserted ["PF-5", "SIL-42", "P-10"] "setsockopt refuses one of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE while the other is set.";
    SetSockOptRejectsAfterBind "setsockopt.after-bind" State Documented ["BIND-18"] "setsockopt of SO_REUSEADDR or SO_EXCLUSIVEADDRUSE after bind has no effect, and may be refused.";
    SetSockOptRejectsV6OnlyAfterBind "setsockopt.v6only-bound" State Asserted ["PF-7", "OPT-12"] "setsockopt refuses IPV6_V6ONLY once the socket is bound.";
    SetSockOptRejectsRandomizeWithReuse "setsockopt.randomize-with-reuse" State Documented ["OPT-7", "CON-8"] "setsockopt refuses SO_RANDOMIZE_PORT once SO_REUSE_UNICASTPORT is set.";
    SetSockOptRejectsUdp "setsockopt.tcp-only" Argument Observed ["PF-25"] "setsockopt and getsockopt may refuse SO_PORT_SCALABILITY and SO_REUSE_UNICASTPORT on a socket that is not TCP.";
    SetSockOptNeedsPrivilegeForExclusive "setsockopt.exclusive-privilege" Privilege Documented ["REUSE-4", "CON-9", "SOPT-4"] "setsockopt of SO_EXCLUSIVEADDRUSE needs an administrator on Windows XP and earlier, and nobody since.";
    SetSockOptRejectsBroadcast "setsockopt.broadcast" Argument Documented ["OPT-11", "PC-17"] "setsockopt and getsockopt may refuse SO_BROADCAST on a socket that is IPv6 only, since IPv6 has no broadcast.";
    SetSockOptRejectsPointer "setsockopt.pointer" Argument Documented ["SOPT-3"] "setsockopt refuses a pointer to memory that is not there.";
    SetSockOptRejectsLength "setsockopt.length" Argument Asserted ["PF-6", "P-11", "SOPT-3", "PC-40"] "setsockopt refuses IPV6_V6ONLY with a length below 1 and may refuse a length shorter than another option; SO_REUSEADDR, SO_EXCLUSIVEADDRUSE and SO_BROADCAST take any.";
    SetSockOptRejectsReadOnly "setsockopt.read-only" Argument Asserted ["PC-43", "PC-44", "SOPT-3"] "setsockopt refuses what can only be read: SO_TYPE, SO_ACCEPTCONN, SO_PROTOCOL_INFO, SO_BSP_STATE.";

    // bind: arguments and state
    BindRejectsBound "bind.already-bound" State Documented ["BIND-10", "ERR-5", "WT-25"] "bind refuses a socket that is bound already.";
    BindRejectsName "bind.name" Argument Documented ["BIND-8", "PC-13", "PF-8", "PF-10"] "bind refuses a name that it cannot read, or that is too short for the family, before it looks at the address.";
    BindRejectsScope "bind.wrong-scope" Argument Asserted ["PF-8"] "bind refuses a scope that the address does not have, but for 0.";
    BindRejectsOtherFamily "bind.wrong-family" Argument Documented ["BIND-8", "P-8", "PF-8"] "bind refuses an address of another family than the socket's.";
    BindRejectsMappedOnV6Only "bind.mapped-on-v6only" Argument Documented ["OPT-13"] "bind refuses an IPv4-mapped address on a socket that is IPv6 only.";
    BindRejectsForeignAddress "bind.not-local" Argument Documented ["BIND-7", "ERR-3", "WT-8"] "bind refuses an address that is not one of this machine.";
    BindRejectsBroadcast "bind.broadcast" Argument Documented ["BIND-5", "P-7", "PF-9"] "bind refuses the broadcast address to a socket without SO_BROADCAST.";
    BindRejectsOtherLoopback "bind.other-loopback" Argument Assumed ["MISS-J"] "bind may refuse a loopback address other than 127.0.0.1." "no page says which of 127.0.0.0/8 are local addresses";
    BindRejectsReuseWithExclusive "bind.reuse-and-exclusive" State Observed ["SIL-42", "OBS-11"] "bind may refuse a socket that has both SO_REUSEADDR and SO_EXCLUSIVEADDRUSE.";

    // bind: who is in the way
    BindMeetsSocket "bind.sharing" Conflict Documented ["REUSE-8", "REUSE-9", "REUSE-10", "BIND-6", "ERR-1", "ERR-2", "P-2", "EV-141", "REUSE-2", "BIND-22", "BIND-15", "REUSE-15", "CON-10", "CON-28", "MISS-A", "WT-4", "WT-14", "WT-29", "WT-30", "WT-31", "WT-32", "WT-33", "WT-26", "WT-27", "PF-2", "SIL-45", "SIL-14b"] "bind is refused by a socket that holds the port, as the tables of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE say.";
    BindMeetsDualStack "bind.dual-stack" Conflict Documented ["REUSE-13", "REUSE-14", "P-3", "P-4", "EV-140"] "bind of or beside a dual-stack wildcard socket is checked on both stacks.";
    BindMeetsExcludedReuse "bind.reuse-on-excluded" Conflict Documented ["XR-8", "EV-64", "ERR-1"] "bind of a second socket with SO_REUSEADDR to a TCP port of an administered exclusion is refused by the systems that KB 3039044 names.";
    BindMeetsAccepted "bind.lingering-exclusive" Conflict Documented ["REUSE-11", "REUSE-12", "P-5", "SIL-14c", "MISS-C", "ERR-2"] "bind with SO_EXCLUSIVEADDRUSE may be refused while connections of an exclusive listener that has been closed are left.";
    BindMeetsTried "bind.unseen-port" Conflict Documented ["CONN-1", "PC-2"] "bind may be refused by the port that an unfinished or failed connect took unseen.";
    BindMeetsPending "bind.pending-request" Conflict Documented ["ACQ-12", "OVL-9", "SIL-39"] "bind may be refused by a block that an overlapped request, still pending, has taken unseen.";
    BindMeetsRuntimeOfOther "bind.reserved-runtime-other" Conflict Assumed ["SIL-15", "MISS-A"] "bind to a port of another process's runtime reservation, without association, may be refused." "claimed in a program's comment (OBS-6); system blocks behave so (EV-80); no shown run was found";
    BindMeetsRuntimeOfOwn "bind.reserved-runtime-own" Conflict Assumed ["SIL-15"] "bind to a port of the process's own runtime reservation, without association, may be refused." "OBS-5 is inconclusive; the refusal of strangers suggests it";
    BindMeetsPersistent "bind.reserved-persistent" Conflict Assumed ["SIL-15", "EV-53", "OBS-4", "MISS-A", "SIL-24", "MISS-B"] "bind to a port of a persistent reservation, without association, may be refused." "claimed in the documentation of a program by the vendor (EV-53); no shown run was found";
    BindMeetsSystemBlock "bind.system-block" Conflict Observed ["EV-80", "EV-93", "EV-115", "OBS-7", "MISS-A", "EV-74", "EV-99"] "bind to a port of a system block is refused.";
    BindMeetsMirrored "bind.mirrored-range" Conflict Observed ["EV-113", "EV-115", "EV-118"] "bind to a port of the range of WSL's mirrored mode is refused.";
    BindMeetsFilter "bind.filtered" Privilege Asserted ["PF-27", "SIL-43", "XR-14", "MISS-O"] "bind is refused by a filter of the Windows Filtering Platform or a bind hook.";
    BindMeetsOutsider "bind.outsider" Conflict Documented ["BIND-6", "ERR-1", "ERR-2", "XR-14", "SIL-43", "MISS-O", "PF-27"] "bind may be refused by a program that the trace does not show (open world).";

    // bind: what it takes
    BindTakesPort "bind.takes-port" Success Documented ["BIND-1", "XR-7", "REUSE-7", "BIND-2", "BIND-15", "XR-11", "PF-4", "EV-61", "EV-62"] "bind to an explicit port takes that port.";
    BindTakesDynamic "bind.takes-dynamic" Success Documented ["BIND-14", "DYN-1", "DYN-9", "XR-5", "DYN-2", "OPT-6", "XR-11", "CON-17", "EV-96", "EV-95", "EV-72", "FG-9", "PF-26"] "bind to port 0 takes a free port of the dynamic range.";
    BindTakesScalable "bind.takes-dynamic-scalable" Success Documented ["OPT-1", "OPT-2", "OPT-3", "OPT-4"] "bind with SO_PORT_SCALABILITY to port 0 of a specific address takes a port of the dynamic range that nobody has at that address.";
    BindDefersChoice "bind.defers-choice" Success Observed ["EV-137", "OPT-8"] "bind with SO_REUSE_UNICASTPORT to port 0 may leave the choice to the connection, and give port 0 until then.";
    BindBesideAccepted "bind.beside-accepted" Success Asserted ["PF-21", "P-5"] "bind takes a port of which only accepted or lingering connections are left.";
    BindFindsNoneDynamic "bind.dynamic-used-up" Resource Documented ["DYN-11", "DYN-10", "EV-137"] "bind to port 0 fails when no port of the dynamic range is free.";
    BindTakesFromReservation "bind.takes-reserved" Success Documented ["ASSOC-3", "BIND-21", "EV-36", "ACQ-32", "PERSIST-17", "ACQ-35", "ASSOC-31", "PERSIST-18", "SIL-13", "SIL-14d", "PF-4", "SIL-14e"] "bind of an associated socket to port 0 takes a free port of its reservation.";
    BindTakesExplicitFromReservation "bind.takes-reserved-explicit" Success Observed ["EV-32", "OBS-1", "SIL-11"] "bind of an associated socket to a port of its reservation takes that port.";
    BindRejectsExplicitInside "bind.inside-refused" Argument Assumed ["SIL-11"] "bind of an associated socket to an explicit port of its reservation may be refused." "the documentation speaks of selection by the system only";
    BindRejectsOutside "bind.outside-block" Argument Documented ["ASSOC-3", "SIL-11"] "bind of an associated socket to a port outside its reservation does not take it from there: it may be refused.";
    BindIgnoresAssociation "bind.ignores-association" Success Assumed ["SIL-11"] "bind of an associated socket to a port outside its reservation may follow the ordinary rules." "a candidate of SIL-11 that nothing excludes";
    BindFindsBlockUsedUp "bind.block-used-up" Resource Documented ["ASSOC-4", "BIND-21", "SIL-12"] "bind of an associated socket fails when no port of its reservation is free.";
    BindMeetsEndedReservation "bind.reservation-ended" State Assumed ["SIL-22b", "SIL-22c"] "bind of a socket whose reservation has ended may be refused." "no page says what becomes of the association";
    BindNeedsPrivilege "bind.privilege" Privilege Assumed ["SIL-10c", "ASSOC-26"] "bind of a socket associated with a persistent reservation may ask for the privilege again." "the pages speak of the association only; the silence names the candidate";
    BindMeetsUselessAssociation "bind.useless-association" State Documented ["ACQ-30", "ASSOC-22", "SIL-8a", "SIL-8b", "SIL-9a"] "bind of a socket whose association cannot be used is refused.";
    BindAfterEnd "bind.after-end" Success Assumed ["SIL-22b", "SIL-22c"] "bind of a socket whose reservation has ended may still follow it, or fall back to the ordinary rules." "no page says what becomes of the association";
    BindOfRaw "bind.raw" Success Documented ["BIND-1", "SOCK-5"] "bind of a raw socket gives it a name; ports mean nothing to it.";

    // getsockname
    GetSockNameNeedsBound "getsockname.unbound" State Documented ["GSN-2", "ERR-5"] "getsockname refuses a socket that is not bound.";
    GetSockNameRejectsWildcard "getsockname.wildcard" State Documented ["GSN-2", "CON-7", "P-9"] "getsockname is said to refuse a socket bound to a wildcard address and not connected.";
    GetSockNameNames "getsockname.names" Success Documented ["GSN-1", "BIND-16", "GSN-6", "ACQ-35"] "getsockname gives address and port of a bound socket.";
    GetSockNameNamesConnected "getsockname.connected" Success Documented ["GSN-1", "GSN-4", "BIND-16"] "getsockname of a connected socket gives its port and, for a wildcard, the local address that the connection has.";
    GetSockNameNamesTried "getsockname.after-connect" Success Asserted ["PC-2", "GSN-4"] "getsockname after an unfinished or failed connect gives the port that connect has bound, if it has.";

    GetSockNameNeedsBuffer "getsockname.buffer" Argument Documented ["GSN-3", "PC-14"] "getsockname refuses a buffer that is not there or too short.";

    // getpeername
    GetPeerNameNeedsConnected "getpeername.not-connected" State Documented ["GPN-2", "PF-10", "PC-15"] "getpeername refuses a socket that is not connected, before it looks at the buffer.";
    GetPeerNameNeedsBuffer "getpeername.buffer" Argument Documented ["GPN-2"] "getpeername refuses a buffer that is not there or too short.";
    GetPeerNameNames "getpeername.names" Success Documented ["GPN-1"] "getpeername gives the address of the peer, which is of the socket's family.";

    // listen
    ListenNeedsBound "listen.unbound" State Documented ["LISTEN-1", "LISTEN-2", "ERR-5"] "listen refuses a socket that is not bound.";
    ListenNeedsStream "listen.datagram" Argument Documented ["LISTEN-4", "ERR-8", "PF-10"] "listen refuses a socket that cannot listen.";
    ListenMeetsSocket "listen.delayed-conflict" Conflict Documented ["LISTEN-3", "ERR-2", "P-17"] "listen on a wildcard address may report a conflict that bind did not.";
    ListenListens "listen.listens" Success Documented ["LISTEN-1", "LISTEN-5", "PF-2", "WT-4", "WT-6"] "listen makes a bound stream socket listen, also one that listens already.";
    ListenRejectsConnected "listen.connected" State Documented ["LISTEN-4"] "listen refuses a connected socket.";

    // connect, ConnectEx
    ConnectRejectsListening "connect.listening" State Documented ["CONN-3", "CONN-6", "PC-2"] "connect refuses a listening socket.";
    ConnectRejectsConnected "connect.connected" State Documented ["CONN-3", "PC-2"] "connect refuses a stream socket that is connected already.";
    ConnectIsUnderWay "connect.under-way" State Documented ["CONN-3", "PC-2"] "connect may be refused while an earlier connect of the non-blocking socket is under way.";
    ConnectRejectsOtherFamily "connect.wrong-family" Argument Documented ["CONN-4"] "connect refuses an address of another family than the socket's.";
    ConnectRejectsMapped "connect.mapped-on-v6only" Argument Documented ["OPT-13"] "connect refuses an IPv4-mapped address on a socket that is IPv6 only.";
    ConnectRejectsNowhere "connect.no-destination" Argument Documented ["CONN-4", "ERR-3", "PF-22"] "connect of a stream socket refuses the wildcard address and port 0.";
    ConnectRejectsZeroDatagram "connect.zero-datagram" Argument Documented ["CONN-5", "P-19", "PF-22"] "connect of a datagram socket to the wildcard address is refused, or undoes an earlier connect.";
    ConnectRejectsBroadcast "connect.broadcast" Privilege Documented ["CONN-4", "ERR-1"] "connect of a datagram socket to the broadcast address needs SO_BROADCAST.";
    ConnectExNeedsBound "connectex.unbound" State Documented ["CONN-6", "MISS-L", "ERR-5", "PC-2"] "ConnectEx refuses a socket that is not bound: it never binds by itself.";
    ConnectExNeedsOverlapped "connectex.no-overlapped" Argument Asserted ["PC-16"] "ConnectEx refuses a NULL lpOverlapped.";
    ConnectExNeedsStream "connectex.datagram" Argument Documented ["CONN-6", "ERR-8"] "ConnectEx refuses a socket that is not a stream socket.";
    ConnectWouldBlock "connect.would-block" State Documented ["CONN-4", "PC-2"] "connect of a non-blocking stream socket is not finished when it returns.";
    ConnectFindsNoListener "connect.refused" Conflict Documented ["CONN-4", "PC-2"] "connect to an address of this machine on which nobody listens is refused.";
    ConnectFails "connect.fails" Resource Documented ["CONN-4"] "connect may fail for what the network or the other end says.";
    ConnectMeetsSocket "connect.delayed-conflict" Conflict Documented ["CONN-2", "CONN-6", "ERR-2", "P-17", "EV-43", "DYN-11", "DYN-13", "MISS-C"] "connect may report a conflict of the local address that bind did not: another socket, or an old connection to the same peer.";
    ConnectConnects "connect.connects" Success Documented ["CONN-5", "CONN-7", "PC-5", "EV-100"] "connect connects a bound socket, which keeps its port; a datagram socket as often as one likes.";
    ConnectBinds "connect.binds" Success Documented ["CONN-1", "CONN-8", "SIL-14f", "EV-35", "OPT-8", "OPT-9", "PC-5"] "connect of an unbound socket binds it first, as bind to the wildcard address and port 0 would.";
    ConnectChoosesNow "connect.chooses" Success Observed ["EV-137", "OPT-8", "OPT-9"] "connect chooses the port that bind with SO_REUSE_UNICASTPORT has left open.";

    // connect with AF_UNSPEC
    DisconnectUndoes "disconnect.undoes" Success Asserted ["P-19", "PC-15"] "connect of a datagram socket to an address of the family AF_UNSPEC undoes an earlier connect.";
    DisconnectNeedsConnected "disconnect.not-connected" State Documented ["CONN-4"] "connect to an address of the family AF_UNSPEC may refuse a datagram socket that is not connected.";
    DisconnectRejectsStream "disconnect.stream" Argument Documented ["CONN-4"] "connect of a stream socket refuses an address of the family AF_UNSPEC.";

    // accept
    AcceptNeedsListening "accept.not-listening" State Documented ["ACCEPT-2", "PC-1", "ERR-5"] "accept refuses a stream socket that does not listen.";
    AcceptNeedsStream "accept.datagram" Argument Documented ["ACCEPT-2", "PC-1", "ERR-8"] "accept refuses a socket that is not a stream socket.";
    AcceptWouldBlock "accept.would-block" State Documented ["ACCEPT-2", "SOCK-4", "REUSE-6"] "accept on a non-blocking socket may find no connection.";
    AcceptFails "accept.fails" Cancellation Documented ["ACCEPT-2", "PF-17", "ERR-9"] "accept may fail when its socket is closed meanwhile or the peer has gone.";
    AcceptOpens "accept.opens" Success Documented ["ACCEPT-1", "LISTEN-1", "DYN-12", "MISS-D", "REUSE-6"] "accept opens a connected socket on the listener's port; it needs no port of its own.";

    // sendto
    SendToNeedsConnected "sendto.not-connected" State Documented ["SEND-2", "PC-6", "SENDTO-1"] "sendto on a stream socket needs a connection, and never binds.";
    SendToRejectsOtherFamily "sendto.wrong-family" Argument Documented ["SENDTO-1"] "sendto refuses an address of another family than the socket's.";
    SendToRejectsMapped "sendto.mapped-on-v6only" Argument Documented ["OPT-13"] "sendto refuses an IPv4-mapped address on a socket that is IPv6 only.";
    SendToRejectsBroadcast "sendto.broadcast" Privilege Documented ["SEND-3", "ERR-1"] "sendto to the broadcast address needs SO_BROADCAST.";
    SendToRejectsNowhere "sendto.no-destination" Argument Documented ["ERR-3", "P-18", "SEND-3", "SENDTO-1"] "sendto to port 0 or the wildcard address may be refused.";
    SendToFindsNoPort "sendto.no-port" Resource Documented ["SEND-3", "SIL-44"] "sendto on an unbound socket fails when no port is left to bind it to.";
    SendToFails "sendto.fails" Resource Documented ["SENDTO-1"] "sendto may fail for what the network says.";
    SendToBinds "sendto.binds" Success Documented ["SEND-1", "GSN-5", "SIL-14f", "PC-6"] "sendto on an unbound datagram socket binds it first, as bind to the wildcard address and port 0 would.";
    SendToSends "sendto.sends" Success Documented ["SEND-1"] "sendto on a bound socket sends from its port.";

    // closesocket
    CloseSocketCloses "closesocket.closes" Success Documented ["SOCK-8", "ACQ-31", "SOCK-16", "SOCK-11", "SIL-22f", "EV-40"] "closesocket ends the socket, its port and its runtime reservations.";
    CloseSocketKeepsShared "closesocket.keeps-shared" Success Documented ["SOCK-13", "SOCK-16", "SIL-26", "MISS-E"] "closesocket of one of several descriptors leaves the socket, its port and its reservations to the others.";

    // WSADuplicateSocket, inheritance
    DuplicateNeedsProcess "duplicate.no-process" Argument Asserted ["PC-4"] "WSADuplicateSocket refuses a process that does not run.";
    DuplicateNeedsInfo "duplicate.null-pointer" Argument Asserted ["PC-4"] "WSADuplicateSocket refuses a NULL lpProtocolInfo, once the process is found.";
    DuplicateShares "duplicate.shares" Success Documented ["SOCK-13", "SOCK-14", "SIL-26"] "WSADuplicateSocket gives another process a descriptor of the same socket.";
    InheritRejectsClosed "inherit.no-inherit" State Documented ["SOCK-6"] "A handle made with WSA_FLAG_NO_HANDLE_INHERIT is not inherited.";
    InheritShares "inherit.shares" Success Documented ["SOCK-6", "SOCK-13"] "A child process that inherits the handle has a descriptor of the same socket.";

    // the three ioctls
    IoctlNeedsStartup "ioctl.not-started" State Asserted ["P-16", "SIL-38", "ERR-13", "IOCTL-6"] "WSAIoctl fails while the process has no successful WSAStartup left.";
    IoctlNeedsTcpOrUdp "ioctl.socket-type" Argument Documented ["ACQ-26", "ASSOC-18", "REL-7", "ACQ-23", "CON-22", "SIL-41", "ERR-8"] "The reservation ioctls refuse a socket that is neither TCP nor UDP.";
    IoctlNeedsProvider "ioctl.unsupported" Resource Documented ["ACQ-26", "ASSOC-18", "REL-7", "IOCTL-4"] "The reservation ioctls fail where the transport provider does not support them.";
    IoctlRejectsInputPointer "ioctl.input-pointer" Argument Documented ["ACQ-20", "ASSOC-15", "ERR-6", "PF-16"] "WSAIoctl refuses an input pointer to memory that is not there.";
    IoctlRejectsOutputPointer "ioctl.output-pointer" Argument Documented ["ACQ-20", "ERR-6"] "SIO_ACQUIRE_PORT_RESERVATION refuses an output pointer to memory that is not there.";
    IoctlRejectsBytesPointer "ioctl.bytes-pointer" Argument Asserted ["PF-11", "SIL-34", "ACQ-20", "WT-18"] "WSAIoctl refuses a byte-count pointer to memory that is not there, whatever else the call says.";
    IoctlRejectsOverlappedPointer "ioctl.overlapped-pointer" Argument Documented ["ACQ-20", "ACQ-11", "ASSOC-15", "REL-8", "ACQ-10"] "WSAIoctl on an overlapped socket refuses an lpOverlapped to memory that is not there.";
    IoctlRejectsRoutinePointer "ioctl.routine-pointer" Argument Documented ["ACQ-20", "ASSOC-15", "REL-8", "ACQ-13"] "WSAIoctl on an overlapped socket may refuse an lpCompletionRoutine to memory that is not there.";
    IoctlWouldBlock "ioctl.would-block" State Documented ["IOCTL-5", "CON-3", "ACQ-15", "ASSOC-10", "REL-5", "IOCTL-14"] "WSAIoctl on a non-blocking socket is said to report that it would block; the reservation ioctls are said to block all the same.";
    IoctlInterrupted "ioctl.interrupted" Cancellation Documented ["ACQ-22", "ACQ-28", "ASSOC-16", "ASSOC-24", "REL-7", "REL-10", "CON-33", "CON-27", "SIL-39", "ERR-9"] "WSAIoctl may be interrupted: by WSACancelBlockingCall, which Winsock 2 does not have, by the I/O manager, or by the end of the socket.";
    IoctlPends "ioctl.pends" Success Documented ["ACQ-18", "ACQ-11", "ACQ-12", "ASSOC-12", "REL-7", "IOCTL-6", "IOCTL-7", "IOCTL-13", "SIL-40", "ERR-12", "ACQ-10", "ACQ-14", "SOCK-1", "SOCK-2", "SOCK-3"] "WSAIoctl with an overlapped structure on an overlapped socket may leave the request pending.";
    IoctlUnknownCode "ioctl.unknown-code" Argument Documented ["ACQ-23", "ASSOC-17", "IOCTL-3", "IOCTL-4", "P-12", "PF-12", "OBS-6", "HDR-3", "CON-4", "WT-19"] "WSAIoctl refuses a control code that no provider knows.";
    IoctlUnknownPends "ioctl.unknown-pends" Success Asserted ["PF-12", "WT-20"] "WSAIoctl with an unknown code and an overlapped structure reports a pending request, which then fails.";
    IoctlAnswers "ioctl.answers" Success Asserted ["PF-12", "PF-14", "PC-47", "PC-48", "PC-49", "PC-50", "WT-17", "WT-23", "WT-24"] "WSAIoctl with a code that the system knows does what it is for.";
    IoctlRejectsInput "ioctl.input" Argument Asserted ["PF-16", "WT-21", "WT-22", "P-14"] "WSAIoctl refuses an input that is too short or NULL, with a code that depends on the ioctl.";
    IoctlRejectsOutput "ioctl.output" Argument Asserted ["PF-13", "PC-47", "PC-48", "PC-49", "P-14"] "WSAIoctl refuses an output buffer that is too short or NULL.";
    IoctlNeedsStream "ioctl.stream-only" Argument Asserted ["PC-50", "PC-51", "IOCTL-3", "IOCTL-4"] "WSAIoctl and ioctlsocket refuse a code for stream sockets on another.";
    IoctlNeedsConnection "ioctl.not-connected" State Asserted ["PC-51"] "SIO_IDEAL_SEND_BACKLOG_QUERY fails on a stream socket that is not connected.";
    IoctlWaits "ioctl.waits" Success Asserted ["PC-52"] "SIO_ADDRESS_LIST_CHANGE with an overlapped structure is pending until the list changes.";
    IoctlHasNothingYet "ioctl.nothing-yet" State Asserted ["PC-52", "IOCTL-5"] "SIO_ADDRESS_LIST_CHANGE on a non-blocking socket would block.";

    // byte counts
    BytesOfAcquire "bytes.of-acquire" Success Documented ["ACQ-8", "SIL-35", "HDR-14", "EV-2"] "SIO_ACQUIRE_PORT_RESERVATION without an overlapped structure reports the 16 bytes of the instance.";
    BytesOfNothing "bytes.of-nothing" Success Documented ["ASSOC-9", "REL-5", "CON-5", "SIL-35"] "SIO_ASSOCIATE_PORT_RESERVATION and SIO_RELEASE_PORT_RESERVATION write no output, and are said never to report 0 bytes.";
    BytesOfOverlapped "bytes.overlapped" Success Documented ["IOCTL-7", "ACQ-9", "ASSOC-9", "PF-14", "P-13", "WT-23"] "An overlapped ioctl that is done at once may update the byte count or leave it.";
    BytesOfPending "bytes.pending" Success Documented ["IOCTL-7", "ACQ-9", "CON-23"] "An overlapped ioctl that is pending leaves the byte count alone, or sets it to 0.";
    BytesOfShortOutput "bytes.short-output" Argument Documented ["ACQ-7", "SIL-32"] "SIO_ACQUIRE_PORT_RESERVATION that refuses a short output buffer reports 0 bytes.";
    BytesOfUnknownCode "bytes.unknown-code" Argument Asserted ["PF-12", "WT-19"] "WSAIoctl that refuses an unknown code reports 0 bytes.";
    BytesOfIoctl "bytes.of-ioctl" Success Asserted ["PF-14", "WT-17", "PC-48", "PC-49"] "WSAIoctl with a code that the system knows reports the bytes of its output, overlapped or not.";
    BytesOfRefusedIoctl "bytes.refused-ioctl" Argument Asserted ["PF-13", "WT-21", "WT-22", "PC-47", "PC-48", "PC-49"] "WSAIoctl that refuses a buffer leaves the byte count alone, sets it to 0 or to the size needed, as the code has it.";
    BytesOfRoutine "bytes.of-routine" Success Asserted ["PF-14", "PF-12"] "A completion routine of an ioctl is told of 0 bytes, even where there is output.";
    BytesOfOption "bytes.of-option" Success Asserted ["PF-6", "WT-2"] "getsockopt reports the bytes of a number: 1 for IPV6_V6ONLY, 4 for others; of SO_REUSEADDR, SO_EXCLUSIVEADDRUSE and SO_BROADCAST 1 where there is room for two or less.";
    BytesOfUnseenOption "bytes.unseen-option" Success Asserted ["PC-46"] "getsockopt of other options, or with other lengths, reports some length.";
    BytesOfFailure "bytes.failed" Argument Asserted ["PF-13", "WT-21", "WT-22"] "Another ioctl or getsockopt that fails may leave the byte count, set it to 0, or set it to the size needed.";
    BytesOfName "bytes.of-name" Success Documented ["GSN-1", "GPN-1", "PC-14"] "getsockname and getpeername report the size of the name: 16 bytes for IPv4, 28 for IPv6.";
    BytesOfShortName "bytes.of-short-name" Argument Asserted ["PC-14"] "getsockname and getpeername that refuse a short buffer leave its length alone.";
    BytesOfResult "bytes.result" Success Documented ["OVL-1", "IOCTL-10"] "WSAGetOverlappedResult and the completion routine report the bytes of a request that has succeeded.";
    BytesOfNoResult "bytes.no-result" State Documented ["OVL-1"] "WSAGetOverlappedResult leaves the byte count alone when it fails.";

    // overlapped requests
    ResultNeedsRequest "result.no-request" Argument Documented ["OVL-4"] "WSAGetOverlappedResult of a structure that names no request is not acceptable.";
    ResultRejectsNull "result.null-pointer" Argument Documented ["OVL-5"] "WSAGetOverlappedResult with NULL pointers raises an access violation since Windows Vista, and fails before.";
    ResultIsIncomplete "result.incomplete" State Documented ["OVL-2", "OVL-3", "ERR-12"] "WSAGetOverlappedResult without waiting says so of a request that is pending.";
    ResultReports "result.reports" Success Documented ["OVL-1", "OVL-9", "PF-18", "IOCTL-9"] "WSAGetOverlappedResult gives what the request gave.";
    PresetWrites "preset.writes" Success Asserted ["PC-53"] "A program may write a status into an overlapped structure itself.";
    ResultMaps "result.maps" Success Asserted ["PF-18", "PF-19", "PC-53"] "WSAGetOverlappedResult gives the Winsock code of the status that stands in the structure, WSAEINVAL for every failure that it does not list; with fWait it looks at the event alone.";
    CompletionNeedsRoutine "completion.no-routine" State Documented ["IOCTL-9", "IOCTL-11"] "A completion routine runs only for a request that has one, once it has completed.";
    CompletionReports "completion.reports" Success Documented ["IOCTL-11", "IOCTL-13", "OVL-6", "WT-23"] "A completion routine gets what the request gave.";
    RequestCompletes "complete.completes" Success Documented ["OVL-9", "ACQ-12", "OVL-6"] "A pending request completes, whether or not somebody has asked to cancel it.";
    RequestIsAborted "complete.aborted" Cancellation Documented ["ACQ-19", "ASSOC-13", "ASSOC-24", "REL-7", "REL-10", "OVL-9", "OVL-10", "OVL-11", "IOCTL-12", "CON-27", "SIL-39", "P-15", "WT-28", "P-20"] "A pending request may be aborted by CancelIoEx, the end of its thread or its socket, or WSACleanup.";
    CompleteNeedsPending "complete.not-pending" State Documented ["OVL-9"] "A request completes once.";
    CancelNeedsSocket "cancel.not-a-handle" Argument Documented ["OVL-7"] "CancelIoEx refuses what is not a handle.";
    CancelFindsNothing "cancel.nothing" State Documented ["OVL-8", "ERR-17"] "CancelIoEx fails when no such request is outstanding.";
    CancelRequests "cancel.requests" Success Documented ["OVL-7", "OVL-9"] "CancelIoEx asks for the outstanding requests to be cancelled and does not wait for them.";
    ThreadEnds "endthread.cancels" Success Documented ["IOCTL-12"] "A thread that ends cancels the requests that it has started.";

    // SIO_ACQUIRE_PORT_RESERVATION
    AcquireRejectsShortInput "acquire.short-input" Argument Documented ["ACQ-23", "ACQ-4", "IOCTL-2", "SIL-31"] "SIO_ACQUIRE_PORT_RESERVATION refuses an input buffer shorter than INET_PORT_RANGE.";
    AcquireRejectsLongInput "acquire.long-input" Argument Documented ["ACQ-4", "SIL-31"] "SIO_ACQUIRE_PORT_RESERVATION may refuse an input buffer longer than INET_PORT_RANGE.";
    AcquireRejectsShortOutput "acquire.short-output" Argument Documented ["ACQ-7", "ACQ-6", "CON-2", "SIL-32", "P-14"] "SIO_ACQUIRE_PORT_RESERVATION refuses an output buffer shorter than INET_PORT_RESERVATION_INSTANCE.";
    AcquireRejectsZeroCount "acquire.zero-count" Argument Assumed ["ACQ-23", "SIL-3"] "SIO_ACQUIRE_PORT_RESERVATION of no ports is not acceptable." "ACQ-23 speaks of unacceptable input without saying which; CreatePersistent… refuses it (PERSIST-8)";
    AcquireRejectsPastEnd "acquire.past-end" Argument Assumed ["ACQ-23", "SIL-4", "SIL-7f"] "SIO_ACQUIRE_PORT_RESERVATION of a block past the last port is not acceptable." "ACQ-23 speaks of unacceptable input without saying which; CreatePersistent… refuses it (PERSIST-9)";
    AcquireRejectsLowPort "acquire.low-port" Privilege Assumed ["SIL-7e"] "SIO_ACQUIRE_PORT_RESERVATION may refuse ports below 1024." "no privileged ports are documented; the silence names the candidate";
    AcquireRejectsBound "acquire.on-bound" State Assumed ["SIL-7a"] "SIO_ACQUIRE_PORT_RESERVATION may refuse a socket that is bound already." "only ASSOCIATE has a before-bind rule; the silence names the candidate";
    AcquireRejectsAgain "acquire.again" State Assumed ["SIL-7b", "EV-13"] "SIO_ACQUIRE_PORT_RESERVATION may be repeated on one socket, or refused." "every program seen succeeds (EV-13); the silence names the refusal";
    AcquireRejectsAssociated "acquire.on-associated" State Assumed ["SIL-7c"] "SIO_ACQUIRE_PORT_RESERVATION may refuse a socket that has an association." "the silence names the candidate";
    AcquireMeetsRuntime "acquire.over-runtime" Conflict Observed ["EV-15", "EV-16", "SIL-1", "OBS-3", "ACQ-27", "SIL-18"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a runtime reservation in the block.";
    AcquireMeetsPersistent "acquire.over-persistent" Conflict Assumed ["SIL-1", "OBS-6"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a persistent reservation in the block." "claimed in the comment of a program (OBS-6); its sibling for persistent reservations is documented";
    AcquireMeetsExclusion "acquire.over-excluded" Conflict Observed ["EV-17", "SIL-19"] "SIO_ACQUIRE_PORT_RESERVATION is refused by an administered exclusion in the block.";
    AcquireMeetsSystemBlock "acquire.over-block" Conflict Assumed ["SIL-19"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a system block." "by analogy with administered exclusions (EV-17); no record of a system block was found";
    AcquireMeetsSocket "acquire.over-bound" Conflict Observed ["SIL-2", "EV-16", "EV-18"] "SIO_ACQUIRE_PORT_RESERVATION is refused by a socket bound in the block.";
    AcquireMeetsLimit "acquire.limit" Resource Assumed ["SIL-7d"] "SIO_ACQUIRE_PORT_RESERVATION may meet a limit on the number or size of reservations." "no page speaks of a limit; the silence names the question";
    AcquireMeetsOutsider "acquire.outsider" Conflict Observed ["EV-15", "SIL-1", "EV-18"] "SIO_ACQUIRE_PORT_RESERVATION may be refused by a program that the trace does not show (open world).";
    AcquireMeetsPending "acquire.pending-request" Conflict Documented ["ACQ-12", "OVL-9", "SIL-39"] "SIO_ACQUIRE_PORT_RESERVATION may be refused by a block that an overlapped request, still pending, has taken unseen.";
    AcquireMeetsAccepted "acquire.over-accepted" Conflict Assumed ["MISS-C", "SIL-14c"] "SIO_ACQUIRE_PORT_RESERVATION may be refused by a port of which only accepted or lingering connections are left." "the question names the candidate";
    AcquireFindsNoBlock "acquire.no-free-block" Resource Observed ["EV-14", "SIL-6"] "SIO_ACQUIRE_PORT_RESERVATION with start 0 fails when no block of that size is free.";
    AcquireGrants "acquire.grants" Success Documented ["ACQ-1", "ACQ-5", "ACQ-29", "ACQ-38", "ACQ-2", "ACQ-3", "ACQ-17", "ACQ-33", "IOCTL-1", "SIL-25", "EV-4"] "SIO_ACQUIRE_PORT_RESERVATION grants the block named and a new token.";
    AcquireGrantsAny "acquire.grants-any" Success Documented ["HDR-8", "ACQ-29", "SIL-5"] "SIO_ACQUIRE_PORT_RESERVATION with start 0 grants a free block of the size asked for and a new token.";
    AcquireGrantsTruncated "acquire.grants-truncated" Success Assumed ["SIL-4"] "SIO_ACQUIRE_PORT_RESERVATION past the last port may grant what there is." "a candidate of SIL-4";
    AcquireGrantsFewer "acquire.grants-fewer" Success Assumed ["SIL-5"] "SIO_ACQUIRE_PORT_RESERVATION with start 0 may grant fewer ports than asked for." "programs guard against it (OBS-6); nobody has shown it";
    AcquireGrantsNone "acquire.grants-none" Success Assumed ["SIL-3"] "SIO_ACQUIRE_PORT_RESERVATION of no ports may succeed without reserving any." "a candidate of SIL-3";

    // SIO_ASSOCIATE_PORT_RESERVATION
    AssociateRejectsShortInput "associate.short-input" Argument Documented ["ASSOC-6", "ASSOC-17", "IOCTL-2", "SIL-31"] "SIO_ASSOCIATE_PORT_RESERVATION refuses an input buffer shorter than INET_PORT_RESERVATION_TOKEN.";
    AssociateRejectsOutput "associate.output-given" Argument Documented ["ASSOC-8", "SIL-33", "ASSOC-7"] "SIO_ASSOCIATE_PORT_RESERVATION may refuse an output buffer.";
    AssociateRejectsUnknownToken "associate.unknown-token" Argument Documented ["ASSOC-1", "ASSOC-17", "SIL-8a", "HDR-16", "MISS-M"] "SIO_ASSOCIATE_PORT_RESERVATION does not take a token of no reservation.";
    AssociateRejectsOtherProcess "associate.other-process" Privilege Documented ["ACQ-30", "ASSOC-22", "SIL-8b", "PERSIST-16"] "SIO_ASSOCIATE_PORT_RESERVATION does not take another process's runtime token.";
    AssociateRejectsHolder "associate.by-duplicate" Privilege Documented ["ACQ-30", "SIL-26", "MISS-E"] "SIO_ASSOCIATE_PORT_RESERVATION with the token of a socket that the process has only by a duplicate may be refused.";
    AssociateRejectsOtherProtocol "associate.other-protocol" Argument Assumed ["SIL-9a", "SIL-10g", "OBS-6"] "SIO_ASSOCIATE_PORT_RESERVATION may refuse a token of the other protocol." "a program claims that the token is good for both protocols (OBS-6); the silence names the refusal";
    AssociateRejectsOtherFamily "associate.other-family" Argument Assumed ["SIL-9b"] "SIO_ASSOCIATE_PORT_RESERVATION may refuse a token acquired on a socket of the other family." "no page mentions the family; the silence names the candidate";
    AssociateRejectsBound "associate.bound" State Documented ["ASSOC-2", "SIL-10a"] "SIO_ASSOCIATE_PORT_RESERVATION must come before bind.";
    AssociateRejectsAgain "associate.again" State Assumed ["SIL-10b"] "SIO_ASSOCIATE_PORT_RESERVATION may be refused on a socket that is associated already." "the silence names the candidate";
    AssociateNeedsPrivilege "associate.privilege" Privilege Documented ["ASSOC-26", "ASSOC-14", "ASSOC-27", "ASSOC-28", "UAC-1", "UAC-2", "ERR-1", "UAC-7", "ASSOC-21", "PERSIST-16", "CON-25", "SIL-10f"] "SIO_ASSOCIATE_PORT_RESERVATION with a persistent token needs an elevated member of Administrators.";
    AssociateNeedsPrivilegeForRuntime "associate.runtime-privilege" Privilege Documented ["ASSOC-29", "CON-32", "SIL-10e", "UAC-6"] "SIO_ASSOCIATE_PORT_RESERVATION with a runtime token may need an elevated member of Administrators.";
    AssociateTies "associate.ties" Success Documented ["ASSOC-1", "ASSOC-11", "EV-30", "EV-31", "ASSOC-5", "ACQ-32", "ACQ-36", "PERSIST-17", "ASSOC-21", "PERSIST-16", "ASSOC-31", "CON-1", "IOCTL-1"] "SIO_ASSOCIATE_PORT_RESERVATION ties the socket to the reservation.";

    // SIO_CPU_AFFINITY
    AffinitySets "affinity.sets" Success Observed ["EV-33", "OBS-1", "IOCTL-1"] "SIO_CPU_AFFINITY ties the socket to a processor.";

    // SIO_RELEASE_PORT_RESERVATION
    ReleaseRejectsInputPointer "release.input-pointer" Argument Documented ["REL-8", "CON-6", "ERR-6", "PF-16"] "SIO_RELEASE_PORT_RESERVATION refuses an input pointer to memory that is not there, though its page does not say so.";
    ReleaseRejectsShortInput "release.short-input" Argument Documented ["REL-3", "REL-7", "IOCTL-2", "SIL-31"] "SIO_RELEASE_PORT_RESERVATION refuses an input buffer shorter than INET_PORT_RESERVATION_TOKEN.";
    ReleaseRejectsOutput "release.output-given" Argument Documented ["REL-4", "SIL-33"] "SIO_RELEASE_PORT_RESERVATION may refuse an output buffer.";
    ReleaseRejectsUnknownToken "release.unknown-token" Argument Documented ["REL-2", "REL-7", "SIL-22d", "HDR-16"] "SIO_RELEASE_PORT_RESERVATION does not take a token of no reservation.";
    ReleaseRejectsOtherProcess "release.other-process" Privilege Documented ["REL-2", "SIL-22d"] "SIO_RELEASE_PORT_RESERVATION does not take another process's token.";
    ReleaseRejectsHolder "release.by-duplicate" Privilege Documented ["REL-2", "SIL-26", "MISS-E"] "SIO_RELEASE_PORT_RESERVATION with the token of a socket that the process has only by a duplicate may be refused.";
    ReleaseRejectsPersistent "release.persistent-token" Argument Documented ["REL-9", "REL-2", "SIL-22d"] "SIO_RELEASE_PORT_RESERVATION does not take a persistent token.";
    ReleaseRejectsOtherSocket "release.other-socket" State Assumed ["SIL-22e"] "SIO_RELEASE_PORT_RESERVATION may be refused on another socket than the acquiring one." "REL-2 asks for the same process only; the silence names the candidate";
    ReleaseRejectsInUse "release.in-use" State Assumed ["SIL-22a", "EV-41", "EV-42", "REL-12"] "SIO_RELEASE_PORT_RESERVATION may be refused while a socket is bound in the block." "one author claims it (EV-42); the silence names the candidate";
    ReleaseEnds "release.ends" Success Documented ["REL-1", "REL-6", "REL-11", "IOCTL-1", "SIL-22f"] "SIO_RELEASE_PORT_RESERVATION ends the reservation.";

    // CreatePersistent…
    CreateNeedsPrivilege "create.privilege" Privilege Documented ["PERSIST-13", "PERSIST-12", "PERSIST-14", "UAC-1", "UAC-2", "ERR-14", "UAC-7", "CON-25", "SIL-10f", "SIL-30", "EV-51"] "CreatePersistent… needs an elevated member of Administrators.";
    CreateRejectsZero "create.zero" Argument Documented ["PERSIST-8", "ERR-15", "CON-18", "SIL-30", "EV-51"] "CreatePersistent… refuses start 0 and count 0.";
    CreateRejectsPastEnd "create.past-end" Argument Documented ["PERSIST-9", "ERR-15"] "CreatePersistent… refuses a block past the last port.";
    CreateRejectsNull "create.null-token" Argument Documented ["PERSIST-7", "SIL-37"] "CreatePersistent… has nowhere to put the token when its pointer is NULL.";
    CreateMeetsSocket "create.in-use" Conflict Documented ["PERSIST-10", "ERR-16"] "CreatePersistent… refuses a block with a port in use.";
    CreateMeetsPersistent "create.overlap" Conflict Documented ["PERSIST-11", "ERR-16", "EV-51"] "CreatePersistent… refuses a block that overlaps a persistent reservation.";
    CreateMeetsRuntime "create.over-runtime" Conflict Documented ["PERSIST-10", "SIL-20"] "CreatePersistent… may refuse a block that overlaps a runtime reservation.";
    CreateMeetsExclusion "create.over-excluded" Conflict Assumed ["SIL-19", "EV-63"] "CreatePersistent… may refuse a block that overlaps an administered exclusion." "by analogy with other components that reserve (EV-63); no run of Create over an exclusion was found";
    CreateMeetsSystemBlock "create.over-block" Conflict Assumed ["SIL-19", "EV-66"] "CreatePersistent… may refuse a block that overlaps a system block." "by analogy with netsh (EV-66); no run of Create over a system block was found";
    CreateMeetsOutsider "create.outsider" Conflict Documented ["PERSIST-10", "PERSIST-11"] "CreatePersistent… may be refused by a program that the trace does not show (open world).";
    CreateMeetsPending "create.pending-request" Conflict Documented ["ACQ-12", "OVL-9", "SIL-39"] "CreatePersistent… may be refused by a block that an overlapped request, still pending, has taken unseen.";
    CreateMeetsAccepted "create.over-accepted" Conflict Documented ["PERSIST-10", "MISS-C"] "CreatePersistent… may be refused by a port of which only accepted or lingering connections are left.";
    CreateStores "create.stores" Success Documented ["PERSIST-6", "PERSIST-7", "PERSIST-15", "PERSIST-3", "PERSIST-1", "ASSOC-23", "PERSIST-18", "SIL-23c", "SIL-25", "EV-51"] "CreatePersistent… stores the reservation and gives a new token.";

    // DeletePersistent…
    DeleteNeedsPrivilege "delete.privilege" Privilege Documented ["PERSIST-23", "UAC-1", "UAC-2", "ERR-14", "UAC-7"] "DeletePersistent… needs an elevated member of Administrators.";
    DeleteRejectsZero "delete.zero" Argument Documented ["PERSIST-21", "ERR-15"] "DeletePersistent… refuses start 0 and count 0.";
    DeleteFindsNothing "delete.not-found" State Documented ["PERSIST-22", "PERSIST-20", "ERR-17", "SIL-23b", "SIL-23d", "EV-51"] "DeletePersistent… fails when no persistent reservation has exactly this block.";
    DeleteMeetsUser "delete.in-use" State Assumed ["SIL-23a", "PERSIST-24"] "DeletePersistent… may be refused while sockets use the reservation." "no page names a code; the silence names the candidate";
    DeleteOfExclusion "delete.excluded" State Documented ["PERSIST-22", "MISS-F", "EV-50"] "DeletePersistent… of a block that netsh excluded finds nothing, or removes the exclusion.";
    DeleteRemoves "delete.removes" Success Documented ["PERSIST-20", "PERSIST-3", "PERSIST-25", "PERSIST-1", "PERSIST-18", "OBS-12"] "DeletePersistent… removes the reservation.";

    // LookupPersistent…
    LookupRejectsZero "lookup.zero" Argument Documented ["PERSIST-28", "ERR-15"] "LookupPersistent… refuses start 0 and count 0.";
    LookupFindsNothing "lookup.not-found" State Documented ["PERSIST-29", "PERSIST-27", "ERR-17", "SIL-23b", "SIL-23d", "EV-52"] "LookupPersistent… fails when no persistent reservation has exactly this block.";
    LookupNeedsPrivilege "lookup.privilege" Privilege Assumed ["PERSIST-30", "UAC-6", "PERSIST-4"] "LookupPersistent… may need administrator rights." "the pages are silent where their siblings speak, and their error lists are open (PERSIST-4)";
    LookupRejectsNull "lookup.null-token" Argument Documented ["PERSIST-26", "SIL-37"] "LookupPersistent… has nowhere to put the token when its pointer is NULL.";
    LookupOfExclusion "lookup.excluded" State Documented ["PERSIST-29", "MISS-F"] "LookupPersistent… of a block that netsh excluded finds nothing.";
    LookupFinds "lookup.finds" Success Documented ["PERSIST-26", "PERSIST-31", "ASSOC-20", "PERSIST-1", "PERSIST-32", "OBS-12", "EV-51"] "LookupPersistent… gives the token, which a restart may have changed.";

    // netsh: exclusions
    NetshNeedsPrivilege "netsh.privilege" Privilege Observed ["EV-71"] "netsh changes exclusions and dynamic ranges for elevated members of Administrators only; everybody may look.";
    AddExcludedRejectsRange "addexcluded.bad-range" Argument Assumed ["MISS-G"] "netsh add excludedportrange refuses a range that is no block of ports." "no page names a check; a range of no ports or past the last port cannot be stored";
    AddExcludedMeetsSocket "addexcluded.in-use" Conflict Documented ["XR-6", "EV-65"] "netsh add excludedportrange refuses a block with a port in use.";
    AddExcludedMeetsSystemBlock "addexcluded.over-block" Conflict Observed ["EV-66", "EV-67"] "netsh add excludedportrange refuses a block that overlaps a system block.";
    AddExcludedMeetsExclusion "addexcluded.overlap" Conflict Assumed ["EV-69", "FG-4", "MISS-G"] "netsh add excludedportrange may refuse a block that overlaps an exclusion." "one script's author claims that nothing happens (EV-69); the question names the refusal";
    AddExcludedMeetsRuntime "addexcluded.over-runtime" Conflict Documented ["XR-6", "SIL-19"] "netsh add excludedportrange may refuse a block that overlaps a runtime reservation.";
    AddExcludedMeetsPersistent "addexcluded.over-persistent" Conflict Documented ["XR-6", "SIL-19", "MISS-F"] "netsh add excludedportrange may refuse a block that overlaps a persistent reservation.";
    AddExcludedMeetsOutsider "addexcluded.outsider" Conflict Observed ["EV-65", "EV-66"] "netsh add excludedportrange may be refused by a program or block that the trace does not show (open world).";
    AddExcludedAdds "addexcluded.adds" Success Documented ["XR-1", "EV-71", "EV-56", "OBS-10", "FG-6", "EV-72"] "netsh add excludedportrange takes the block out of automatic use, until the next restart or for good.";
    DeleteExcludedFindsNothing "deleteexcluded.not-found" State Documented ["XR-2"] "netsh delete excludedportrange fails when no exclusion has exactly this block.";
    DeleteExcludedMeetsSystemBlock "deleteexcluded.system-block" Privilege Observed ["EV-68", "OBS-7"] "netsh delete excludedportrange refuses a system block.";
    DeleteExcludedMeetsSocket "deleteexcluded.in-use" State Assumed ["MISS-G"] "netsh delete excludedportrange may be refused while a socket is bound in the block." "the question names the candidate";
    DeleteExcludedMeetsPersistent "deleteexcluded.reservation" State Assumed ["MISS-F"] "netsh delete excludedportrange of a persistent reservation finds nothing, or removes it." "the question names both";
    DeleteExcludedDeletes "deleteexcluded.deletes" Success Documented ["XR-2", "MISS-G"] "netsh delete excludedportrange puts the block back into use, until the next restart or for good.";
    ShowExcludedStarred "showexcluded.starred" Success Observed ["XR-3", "XR-4", "EV-60", "EV-67", "SIL-21", "EV-73"] "netsh show excludedportrange shows an administered exclusion as a row with a star.";
    ShowExcludedUnstarred "showexcluded.unstarred" Success Observed ["XR-3", "XR-4", "EV-80", "EV-85", "EV-91", "OBS-7", "OBS-13", "SIL-21", "EV-99"] "netsh show excludedportrange shows a system block as a row without a star.";
    ShowExcludedHidden "showexcluded.mirrored" Success Observed ["EV-115"] "netsh show excludedportrange does not show the range of WSL's mirrored mode.";
    ShowExcludedReservation "showexcluded.reservation" Success Assumed ["SIL-21", "MISS-F"] "netsh show excludedportrange may show a reservation as a row." "no listing beside a known reservation was found";
    ShowExcludedAbsent "showexcluded.absent" Success Documented ["XR-3"] "netsh show excludedportrange shows nothing of a block that nobody has taken out of use.";

    // netsh: dynamic ranges
    SetDynamicRejectsLimits "setdynamic.limits" Argument Documented ["DYN-4", "DYN-8", "CON-13", "EV-130", "EV-131", "EV-136"] "netsh set dynamicportrange refuses fewer than 255 ports, a start below 1025 and an end past 65535.";
    SetDynamicSets "setdynamic.sets" Success Documented ["DYN-3", "DYN-5", "DYN-6", "SIL-29", "EV-88", "EV-132", "CON-14", "FG-6"] "netsh set dynamicportrange moves the dynamic range of one transport, until the next restart or for good; blocks that exist stay.";
    ShowDynamicShows "showdynamic.shows" Success Documented ["DYN-6", "DYN-3", "EV-133", "EV-117"] "netsh show dynamicportrange gives the range in use.";

    // the machine
    ExitEnds "exit.ends" Success Documented ["SOCK-13", "SOCK-16", "SIL-27"] "A process that ends closes its sockets and ends their runtime reservations.";
    ProcessStarts "start.starts" Success Documented ["UAC-4", "SOCK-15", "SIL-10f", "FG-11"] "A process starts under one access token.";
    MachineRestarts "restart.restarts" Success Documented ["PERSIST-15", "ASSOC-20", "XR-1", "MISS-H"] "A restart ends every process and every runtime reservation; persistent ones stay, their tokens may change.";
    BlockMeetsSocket "appear.in-use" Conflict Observed ["EV-84", "EV-111", "EV-114"] "A system component takes no block with a port in use.";
    BlockMeetsExclusion "appear.excluded" Conflict Observed ["EV-63", "EV-67", "EV-111"] "A system component takes no block that overlaps an administered exclusion; the range of WSL's mirrored mode does.";
    BlockMeetsBlock "appear.taken" Conflict Observed ["EV-85", "EV-92"] "A system component takes no block that overlaps another system block.";
    BlockAppears "appear.takes" Success Observed ["EV-83", "EV-84", "EV-87", "EV-90", "EV-97", "EV-113", "MISS-P", "MISS-H", "EV-74", "EV-82", "EV-89", "EV-114"] "A system component may take a block at any time.";
    VanishFindsNothing "vanish.nothing" State Observed ["EV-86"] "A system component gives back only a block that it has.";
    BlockVanishes "vanish.gives-back" Success Observed ["EV-86"] "A system component may give its blocks back.";
    NetworkChanges "network.changes" Success Documented ["ERR-11"] "The network subsystem may fail, and work again.";
    SettleFindsNothing "settle.nothing" State Documented ["DYN-12"] "Only a connection that lingers ends.";
    ConnectionSettles "settle.ends" Success Documented ["DYN-12", "SOCK-12", "REUSE-12", "SOCK-11"] "A lingering connection ends some time after its socket.";
}

impl Rule {
    /// Whether a program that calls Winsock 2 can see it at all: only a Winsock 1.1 program, or one whose requests somebody
    /// else cancels, meets the others (CON-33).
    #[must_use]
    pub const fn is_recordable(self) -> bool {
        !matches!(self, Rule::IoctlInterrupted | Rule::CallInProgress)
    }
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
