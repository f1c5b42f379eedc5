//! Every open question: its id, its clauses, what it asks, and its answers with their effects and evidence, the likeliest
//! first.

use super::Answer;
use super::Effect::{Pass, Refuse, Unforeseen};
use crate::error::Error::*;

questions! {
    // socket, setsockopt
    RawNeedsAdministrator "socket.raw-privilege" ["SOCK-7", "RAW-1"] "May an unelevated user open a raw socket?" {
        "refused" Refuse(WsaAccess), ["RAW-1"]; "allowed" Pass, ["RAW-1"];
    }
    UnspecifiedFamily "socket.unspecified-family" ["PF-23"] "Of which family is a socket opened with AF_UNSPEC?" {
        "v4" Pass, ["PF-23"]; "v6" Pass, ["PF-23"];
    }
    TypeAgainstProtocol "socket.type-against-protocol" ["CREATE-3", "SOCK-7"] "Which code does a type give with the protocol of another?" {
        "protocol" Refuse(WsaProtocolNotSupported), ["PC-11", "PC-12"]; "type" Refuse(WsaPrototype), ["SOCK-7"]; "invalid" Refuse(WsaInvalid), ["CREATE-3"];
    }
    UnixFamily "socket.unix-family" ["PC-12"] "Which code does AF_UNIX give with a type of the internet families?" {
        "family" Refuse(WsaFamilyNotSupported), ["PC-12"]; "protocol" Refuse(WsaProtocolNotSupported), ["PC-12"]; "other" Unforeseen, [];
    }
    RawProtocol "socket.raw-protocol" ["SOCK-7", "CREATE-1"] "What does a raw socket without a protocol give?" {
        "opens" Pass, ["CREATE-1"]; "protocol" Refuse(WsaProtocolNotSupported), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    OtherThanInfo "socket.other-than-info" ["CREATE-2", "CREATE-3"] "What does WSASocket give for parameters other than those of the protocol info?" {
        "invalid" Refuse(WsaInvalid), ["CREATE-3"]; "parameters" Pass, ["CREATE-2"]; "other" Unforeseen, [];
    }
    ReuseWithExclusive "option.reuse-with-exclusive" ["SIL-42", "P-10"] "What happens when SO_REUSEADDR and SO_EXCLUSIVEADDRUSE are set on one socket?" {
        "second-refused" Refuse(WsaInvalid), ["PF-5", "OBS-11"]; "bind-refused" Pass, ["OBS-11"]; "last-wins" Pass, [];
    }
    ShareAfterBind "option.after-bind" ["BIND-18"] "Does setsockopt report that SO_REUSEADDR or SO_EXCLUSIVEADDRUSE comes too late?" {
        "silent" Pass, []; "refused" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }

    RandomizeWithReuse "option.randomize-with-reuse" ["OPT-7", "CON-8"] "Which code does SO_RANDOMIZE_PORT after SO_REUSE_UNICASTPORT give?" {
        "invalid" Refuse(WsaInvalid), []; "no-option" Refuse(WsaNoProtocolOption), []; "taken" Pass, ["SOPT-1"]; "other" Unforeseen, [];
    }
    TcpOnlyOptions "option.tcp-only" ["PF-25"] "What do SO_PORT_SCALABILITY and SO_REUSE_UNICASTPORT give on a socket that is not TCP?" {
        "no-option" Refuse(WsaNoProtocolOption), ["PF-25"]; "invalid" Refuse(WsaInvalid), []; "taken" Pass, []; "other" Unforeseen, [];
    }
    ShortOption "option.short-length" ["P-11", "SOPT-3"] "What do setsockopt and getsockopt give for a length shorter than the option, where no suite tells?" {
        "fault" Refuse(WsaFault), ["SOPT-3"]; "taken" Pass, ["PF-6"]; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    V6OnlyNegativeLength "option.v6only-negative-length" ["PC-40", "SOPT-3"] "Which code does setsockopt of IPV6_V6ONLY give for a negative length?" {
        "no-buffers" Refuse(WsaNoBuffers), ["PC-40"]; "fault" Refuse(WsaFault), ["PC-40", "SOPT-3"];
    }
    ReadOnlyOptions "option.read-only" ["SOPT-3"] "Which code does setsockopt give for an option that can only be read, where no suite tells?" {
        "no-option" Refuse(WsaNoProtocolOption), ["PC-43", "SOPT-3"]; "invalid" Refuse(WsaInvalid), ["PC-44"]; "other" Unforeseen, [];
    }
    ExclusivePrivilege "option.exclusive-privilege" ["CON-9", "REUSE-4"] "What does SO_EXCLUSIVEADDRUSE give to a user who is no administrator?" {
        "taken" Pass, ["REUSE-4", "SOPT-4", "EV-140"]; "access" Refuse(WsaAccess), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, ["REUSE-4"];
    }
    BroadcastOnV6 "option.broadcast-on-v6" ["OPT-11"] "What does SO_BROADCAST give on a socket that is IPv6 only?" {
        "no-option" Refuse(WsaNoProtocolOption), []; "invalid" Refuse(WsaInvalid), []; "taken" Pass, []; "other" Unforeseen, [];
    }

    // bind: arguments
    FamilyMismatchV4 "bind.v6-address-on-v4" ["BIND-8", "P-8"] "Which code does an IPv6 address on an IPv4 socket give?" {
        "family" Refuse(WsaFamilyNotSupported), ["P-8", "PF-8", "WT-16"]; "fault" Refuse(WsaFault), [];
    }
    FamilyMismatchV6 "bind.v4-address-on-v6" ["BIND-8", "P-8"] "Which code does an IPv4 address on an IPv6 socket give?" {
        "fault" Refuse(WsaFault), ["PF-8"]; "family" Refuse(WsaFamilyNotSupported), [];
    }
    MappedOnV6Only "bind.mapped-on-v6only" ["OPT-13"] "Which code does an IPv4-mapped address on an IPv6-only socket give?" {
        "not-available" Refuse(WsaAddressNotAvailable), []; "invalid" Refuse(WsaInvalid), []; "fault" Refuse(WsaFault), []; "other" Unforeseen, [];
    }
    Broadcast "bind.broadcast" ["BIND-5", "P-7"] "Which code does a datagram bind to the broadcast address give?" {
        "not-available" Refuse(WsaAddressNotAvailable), ["P-7", "PF-9"]; "access" Refuse(WsaAccess), [];
    }
    OtherLoopback "bind.other-loopback" ["MISS-J"] "Are the loopback addresses beside 127.0.0.1 local?" {
        "local" Pass, []; "not-available" Refuse(WsaAddressNotAvailable), [];
    }

    NeedlessScope "bind.needless-scope" ["PF-8"] "Does bind refuse a scope with an address that needs none, the wildcard or a loopback address?" {
        "not-available" Refuse(WsaAddressNotAvailable), ["PF-8"]; "ignored" Pass, []; "other" Unforeseen, [];
    }

    // bind: who is in the way
    SharingTable "bind.sharing-table" ["REUSE-1", "REUSE-3", "REUSE-8", "P-1", "P-2", "CON-24", "CON-30"] "Which table of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE holds?" {
        "2003" Pass, ["P-1", "EV-140", "EV-141", "P-2", "WT-4", "WT-29", "WT-30", "WT-32", "WT-33"]; "xp" Pass, ["REUSE-1", "REUSE-3"];
    }
    ReuseOnExcluded "bind.reuse-on-excluded" ["XR-8", "EV-64", "XR-10"] "Does a second SO_REUSEADDR bind to a TCP port of an administered exclusion pass?" {
        "yes" Pass, ["XR-8"]; "access" Refuse(WsaAccess), ["XR-8", "EV-64"];
    }
    LingeringExclusive "bind.lingering-exclusive" ["REUSE-11", "P-5", "SIL-14c", "MISS-C"] "What does an exclusive bind give while connections of a closed exclusive listener are left?" {
        "free" Pass, ["P-5"]; "in-use" Refuse(WsaAddressInUse), ["REUSE-11"]; "access" Refuse(WsaAccess), []; "other" Unforeseen, [];
    }
    AffinityShares "bind.affinity-shares" ["EV-33", "FG-7"] "May sockets on different processors have the same address and port?" {
        "yes" Pass, ["EV-31", "EV-32", "EV-33", "OBS-1", "EV-34"]; "no" Pass, [];
    }
    MulticastShares "bind.multicast-shares" ["OPT-10", "MISS-K", "CON-12"] "May two sockets with SO_REUSE_MULTICASTPORT have the same port?" {
        "yes" Pass, ["OPT-10"]; "no" Pass, [];
    }
    DefersChoice "bind.defers-choice" ["EV-137", "OPT-8"] "When is the port chosen for a bind to port 0 with SO_REUSE_UNICASTPORT?" {
        "at-connect" Pass, ["EV-137"]; "at-bind" Pass, [];
    }
    PortScalability "bind.port-scalability" ["OPT-1", "CON-26", "SIL-14g"] "Does SO_PORT_SCALABILITY make a port count for each local address?" {
        "per-address" Pass, ["OPT-1", "OPT-2"]; "no" Pass, ["CON-26"];
    }
    OptionsOnAssociated "bind.options-on-associated" ["SIL-14g", "MISS-K", "OPT-14"] "Do SO_PORT_SCALABILITY and SO_REUSE_UNICASTPORT count on an associated socket?" {
        "ignored" Pass, []; "honoured" Pass, [];
    }

    // bind: dual stack
    DualPlainHoldsV4 "dual.plain-holds-v4" ["REUSE-13", "P-4"] "Does a dual-stack wildcard socket without SO_EXCLUSIVEADDRUSE keep later IPv4 binds off?" {
        "no" Pass, ["P-4", "PF-1", "EV-140", "WT-12", "WT-13"]; "as-the-table" Pass, [];
    }
    DualReuseHoldsV4 "dual.reuse-holds-v4" ["REUSE-13"] "Does a dual-stack wildcard socket with SO_REUSEADDR keep later IPv4 binds off as an IPv4 one does?" {
        "no" Pass, ["P-4"]; "as-the-table" Pass, [];
    }
    DualExclusiveWildcard "dual.exclusive-against-v4-wildcard" ["REUSE-13", "P-2"] "Which code does an IPv4 wildcard bind after an exclusive dual-stack wildcard give?" {
        "access" Pass, ["EV-140", "WT-15"]; "as-the-table" Pass, [];
    }
    DualPlainChecksV4 "dual.plain-checks-v4" ["REUSE-13"] "Is a dual-stack wildcard bind without SO_EXCLUSIVEADDRUSE checked against IPv4 sockets?" {
        "as-the-table" Pass, []; "no" Pass, [];
    }
    DualExclusiveOverV4 "dual.exclusive-over-v4" ["REUSE-14", "CON-11", "P-3"] "Which code does an exclusive dual-stack wildcard bind over an IPv4 specific address give?" {
        "as-the-table" Pass, ["P-3", "WT-11"]; "access" Pass, ["REUSE-14"];
    }

    // bind: into a reservation without association
    StrangerInRuntimeOfOther "bind.reserved-runtime-other" ["SIL-15", "BIND-19", "FG-2"] "May a socket without association bind to a port that another process has reserved at run time?" {
        "access" Refuse(WsaAccess), ["OBS-6", "EV-80"]; "in-use" Refuse(WsaAddressInUse), ["EV-115"]; "allowed" Pass, []; "other" Unforeseen, [];
    }
    StrangerInRuntimeOfOwn "bind.reserved-runtime-own" ["SIL-15", "BIND-19"] "May a socket without association bind to a port that its own process has reserved at run time?" {
        "access" Refuse(WsaAccess), []; "in-use" Refuse(WsaAddressInUse), []; "allowed" Pass, ["OBS-5"]; "other" Unforeseen, [];
    }
    StrangerInPersistent "bind.reserved-persistent" ["SIL-15", "MISS-F", "BIND-19", "FG-3"] "May a socket without association bind to a port of a persistent reservation?" {
        "access" Refuse(WsaAccess), ["EV-53", "OBS-4"]; "in-use" Refuse(WsaAddressInUse), []; "allowed" Pass, ["EV-60"]; "other" Unforeseen, [];
    }
    StrangerInSystemBlock "bind.system-block" ["SIL-15", "FG-10"] "Which code does a bind into a system block give?" {
        "access" Refuse(WsaAccess), ["EV-80", "EV-93", "OBS-8"]; "in-use" Refuse(WsaAddressInUse), [];
    }
    StrangerInMirrored "bind.mirrored-range" ["EV-115", "FG-10"] "Which code does a bind into the range of WSL's mirrored mode give?" {
        "in-use" Pass, ["EV-115", "EV-74"]; "access" Pass, ["EV-115"]; "either" Pass, ["EV-115", "FG-10"];
    }
    ReuseIntoReservation "bind.reuse-into-reservation" ["MISS-B", "SIL-15"] "Does SO_REUSEADDR let a socket without association into a reservation?" {
        "no" Pass, []; "yes" Pass, [];
    }
    TablesInReservation "bind.tables-in-reservation" ["SIL-14b", "MISS-B"] "Do the tables hold between an associated and an unassociated socket on one port?" {
        "as-the-table" Pass, []; "in-use" Pass, []; "access" Pass, [];
    }
    CrossesFamilies "reservation.crosses-families" ["SIL-18", "MISS-J"] "Does a runtime reservation hold for both families?" {
        "yes" Pass, ["OBS-6", "OBS-10", "EV-56"]; "no" Pass, [];
    }
    PersistentReturns "restart.persistent-return" ["SIL-24", "MISS-H"] "Is a persistent reservation in force before anybody has looked for it after a restart?" {
        "at-once" Pass, ["PERSIST-15", "OBS-4"]; "later" Pass, [];
    }
    SameUser "bind.same-user" ["SIL-45", "BIND-22"] "Are the elevated and the filtered token of one account one user to the tables?" {
        "account" Pass, ["EV-140"]; "token" Pass, [];
    }
    BindPrivilege "bind.privilege" ["SIL-10c"] "Is the privilege for a persistent token asked for again at bind?" {
        "at-associate" Pass, ["ASSOC-14", "ASSOC-26"]; "again" Refuse(WsaAccess), [];
    }
    ZeroSkipsReserved "bind.zero-skips-reserved" ["SIL-16"] "Does bind to port 0 keep away from reservations of its protocol?" {
        "yes" Pass, ["OBS-4", "OBS-6", "EV-38"]; "no" Pass, [];
    }
    CrossesProtocols "reservation.crosses-protocols" ["SIL-17"] "Does a runtime reservation also keep the automatic choice and reservations of the other protocol out?" {
        "no" Pass, ["EV-94", "OBS-8"]; "yes" Pass, ["OBS-6"];
    }

    // bind: with an association
    ExplicitInside "bind.explicit-inside" ["SIL-11", "ASSOC-30"] "What does an explicit port inside the associated reservation give?" {
        "that-port" Pass, ["EV-32", "OBS-1", "KERN-4"]; "chosen" Pass, []; "invalid" Refuse(WsaInvalid), []; "not-available" Refuse(WsaAddressNotAvailable), []; "other" Unforeseen, [];
    }
    ExplicitOutside "bind.explicit-outside" ["SIL-11"] "What does an explicit port outside the associated reservation give?" {
        "not-available" Refuse(WsaAddressNotAvailable), []; "access" Refuse(WsaAccess), []; "in-use" Refuse(WsaAddressInUse), []; "invalid" Refuse(WsaInvalid), [];
        "ordinary" Pass, []; "chosen" Pass, []; "other" Unforeseen, [];
    }
    BlockUsedUp "bind.block-used-up" ["SIL-12"] "Which code does a bind give when every port of the associated reservation is taken?" {
        "in-use" Refuse(WsaAddressInUse), ["OBS-9"]; "no-buffers" Refuse(WsaNoBuffers), ["PF-18"]; "not-available" Refuse(WsaAddressNotAvailable), []; "access" Refuse(WsaAccess), []; "other" Unforeseen, [];
    }
    ReservedPortTaken "bind.reserved-port-taken" ["SIL-14a", "SIL-14e"] "When is a reserved port taken for the automatic choice?" {
        "one-socket" Pass, []; "one-address" Pass, []; "one-stack" Pass, [];
    }
    AfterEnd "bind.reservation-ended" ["SIL-22b", "SIL-22c"] "What does bind give to a socket whose reservation has ended?" {
        "invalid" Refuse(WsaInvalid), []; "not-available" Refuse(WsaAddressNotAvailable), []; "access" Refuse(WsaAccess), []; "in-use" Refuse(WsaAddressInUse), [];
        "ordinary" Pass, []; "still-reserved" Pass, []; "other" Unforeseen, [];
    }
    UselessAssociation "bind.useless-association" ["SIL-8a", "SIL-8b", "SIL-9a"] "Which code does bind give to a socket whose association was taken but cannot be used?" {
        "invalid" Refuse(WsaInvalid), []; "not-available" Refuse(WsaAddressNotAvailable), []; "access" Refuse(WsaAccess), []; "in-use" Refuse(WsaAddressInUse), []; "other" Unforeseen, [];
    }
    EndedStillBlocks "reservation.ended-still-blocks" ["SIL-22a", "SIL-22c", "SIL-23a"] "Does a reservation that has ended keep its block while sockets still use it?" {
        "no" Pass, []; "yes" Pass, [];
    }

    // connect, sendto
    ImplicitAssociated "implicit.associated" ["SIL-14f", "CONN-8", "OPT-9"] "Where does the implicit bind of an associated socket take its port?" {
        "reservation" Pass, ["EV-35", "ASSOC-3"]; "dynamic" Pass, ["CONN-8", "OPT-9"];
    }
    AutoReuse "connect.auto-reuse" ["CONN-8", "OPT-8", "OPT-9"] "May connections to different destinations share a port that the system chose?" {
        "no" Pass, ["OPT-9"]; "yes" Pass, ["CONN-8", "OPT-8"];
    }
    ConnectOtherFamily "connect.wrong-family" ["CONN-4"] "Which code does connect to an address of the other family give?" {
        "family" Refuse(WsaFamilyNotSupported), ["CONN-4"]; "fault" Refuse(WsaFault), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    ConnectMapped "connect.mapped-on-v6only" ["OPT-13"] "Which code do connect and sendto to an IPv4-mapped address give on an IPv6-only socket?" {
        "not-available" Refuse(WsaAddressNotAvailable), []; "unreachable" Refuse(WsaNetworkUnreachable), []; "invalid" Refuse(WsaInvalid), []; "fault" Refuse(WsaFault), []; "other" Unforeseen, [];
    }
    ConnectZeroDatagram "connect.zero-datagram" ["CONN-5", "P-19"] "What does connect of a datagram socket to the wildcard address give?" {
        "not-available" Refuse(WsaAddressNotAvailable), ["P-19", "PF-22"]; "disconnects" Pass, ["CONN-5"];
    }
    DisconnectUnconnected "disconnect.not-connected" ["CONN-4", "P-19"] "What does connect to an address of the family AF_UNSPEC give on a datagram socket that is not connected?" {
        "ok" Pass, []; "family" Refuse(WsaFamilyNotSupported), ["CONN-4"]; "not-connected" Refuse(WsaNotConnected), []; "other" Unforeseen, [];
    }
    NameOfUndone "getsockname.undone" ["CONN-5", "P-19", "GSN-4"] "Which address does a datagram socket of the wildcard show once its connect has been undone?" {
        "wildcard" Pass, []; "address" Pass, [];
    }
    DisconnectStream "disconnect.stream" ["CONN-4"] "Which code does connect to an address of the family AF_UNSPEC give on a stream socket?" {
        "family" Refuse(WsaFamilyNotSupported), ["CONN-4"]; "fault" Refuse(WsaFault), ["CONN-4"]; "not-available" Refuse(WsaAddressNotAvailable), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    FailedConnectBinds "connect.failed-binds" ["CONN-1", "PC-2"] "Is a socket bound after its first connect has failed?" {
        "yes" Pass, ["PC-2"]; "no" Pass, [];
    }
    SendToOtherFamily "sendto.wrong-family" ["SEND-3"] "Which code does sendto an address of the other family give?" {
        "family" Refuse(WsaFamilyNotSupported), ["SENDTO-1"]; "fault" Refuse(WsaFault), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    SendToZero "sendto.no-destination" ["ERR-3", "P-18"] "What does sendto to port 0 or the wildcard address give?" {
        "sent" Pass, ["P-18"]; "not-available" Refuse(WsaAddressNotAvailable), ["ERR-3", "SENDTO-1"]; "other" Unforeseen, [];
    }
    SendToNoPort "sendto.no-port" ["SIL-44", "SEND-3"] "Which code does sendto give when no port is left for the implicit bind?" {
        "no-buffers" Refuse(WsaNoBuffers), ["DYN-11", "EV-137"]; "in-use" Refuse(WsaAddressInUse), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }

    // getsockname
    NameOfWildcard "getsockname.wildcard" ["GSN-2", "CON-7"] "Does getsockname refuse a socket bound to a wildcard address?" {
        "named" Pass, ["P-9", "GSN-6"]; "invalid" Refuse(WsaInvalid), [];
    }

    // the ioctls
    IoctlBeforeStartup "ioctl.not-started" ["SIL-38", "IOCTL-6", "ACQ-27"] "Which code does WSAIoctl give before WSAStartup?" {
        "not-initialised" Refuse(WsaNotInitialised), ["P-16", "PF-10"]; "not-a-socket" Refuse(WsaNotSocket), []; "other" Unforeseen, [];
    }
    ProviderSupports "ioctl.supported" ["ACQ-26", "HDR-22"] "Does the transport provider support the reservation ioctls?" {
        "yes" Pass, ["EV-10", "EV-11", "EV-12"]; "no" Refuse(WsaOperationNotSupported), ["EV-150"];
    }
    IoctlSocketType "ioctl.socket-type" ["CON-22", "SIL-41"] "Which code do the reservation ioctls give on a socket that is neither TCP nor UDP?" {
        "not-supported" Refuse(WsaOperationNotSupported), ["ACQ-26", "ASSOC-18"]; "invalid" Refuse(WsaInvalid), ["ACQ-23", "ASSOC-17"]; "no-option" Refuse(WsaNoProtocolOption), ["IOCTL-4"];
    }

    InputPointer "ioctl.input-pointer" ["ACQ-20", "ASSOC-15", "PF-16"] "Which code do ACQUIRE, ASSOCIATE and other ioctls give for a bad input pointer?" {
        "fault" Refuse(WsaFault), ["ACQ-20", "ASSOC-15", "WT-21"]; "invalid" Refuse(WsaInvalid), ["PF-16"];
    }
    ReleaseInputPointer "release.input-pointer" ["CON-6", "REL-8"] "Which code does SIO_RELEASE_PORT_RESERVATION give for a bad input pointer?" {
        "fault" Refuse(WsaFault), ["ACQ-20"]; "invalid" Refuse(WsaInvalid), ["PF-16"]; "other" Unforeseen, [];
    }
    OutputPointer "ioctl.output-pointer" ["ACQ-20"] "Which code does SIO_ACQUIRE_PORT_RESERVATION give for a bad output pointer?" {
        "fault" Refuse(WsaFault), ["ACQ-20"]; "invalid" Refuse(WsaInvalid), [];
    }
    RoutinePointer "ioctl.routine-pointer" ["ACQ-20", "REL-8"] "Does WSAIoctl look whether lpCompletionRoutine points to memory?" {
        "fault" Refuse(WsaFault), ["ACQ-20"]; "not-looked-at" Pass, [];
    }
    NonBlockingIoctl "ioctl.non-blocking" ["CON-3", "IOCTL-5", "ACQ-15"] "Does a reservation ioctl block on a non-blocking socket?" {
        "blocks" Pass, ["ACQ-15", "ASSOC-10"]; "would-block" Pass, ["IOCTL-5"];
    }
    Interruption "ioctl.interrupted" ["CON-33", "SIL-39", "ACQ-22", "ACQ-28"] "Can a reservation ioctl that is not overlapped be interrupted?" {
        "never" Pass, ["CON-33"]; "interrupted" Refuse(WsaInterrupted), ["ACQ-28", "ERR-9"]; "aborted" Refuse(OperationAborted), ["PF-17"];
    }
    InProgress "call.in-progress" ["CON-33", "ACQ-21", "BIND-9"] "Can a call find a blocking Winsock 1.1 call in progress?" {
        "never" Pass, ["CON-33"]; "yes" Refuse(WsaInProgress), ["ACQ-21", "ERR-10"];
    }
    Pends "ioctl.pends" ["SIL-40", "IOCTL-7"] "Do overlapped reservation ioctls ever stay pending?" {
        "inline" Pass, ["PF-14", "WT-23"]; "pends" Pass, ["ACQ-18", "ASSOC-12", "REL-7"];
    }
    UnknownCode "ioctl.unknown-code" ["P-12", "ACQ-23", "IOCTL-3"] "Which code does WSAIoctl give for a control code that nobody knows?" {
        "not-supported" Refuse(WsaOperationNotSupported), ["P-12", "PF-12", "OBS-6", "WT-19"]; "invalid" Refuse(WsaInvalid), ["ACQ-23", "IOCTL-3"];
    }
    UnknownCodePends "ioctl.unknown-pends" ["P-12", "PF-12"] "Does an overlapped call with an unknown code report a pending request?" {
        "pends" Pass, ["PF-12", "WT-20"]; "at-once" Pass, ["IOCTL-13"];
    }
    StreamOnlyIoctls "ioctl.stream-only" ["IOCTL-3", "IOCTL-4"] "What does WSAIoctl give on another socket for a code for stream sockets, where no suite tells?" {
        "not-supported" Refuse(WsaOperationNotSupported), ["PC-50", "PC-51"]; "invalid" Refuse(WsaInvalid), ["IOCTL-3"]; "no-option" Refuse(WsaNoProtocolOption), ["IOCTL-4"]; "taken" Pass, []; "other" Unforeseen, [];
    }
    ShortIoctlBuffer "ioctl.short-buffer" ["P-14", "IOCTL-2", "PF-16"] "Which code does WSAIoctl give for a short buffer, where no suite tells?" {
        "fault" Refuse(WsaFault), ["IOCTL-2", "PF-16", "P-14"]; "invalid" Refuse(WsaInvalid), ["PF-16", "P-14"]; "other" Unforeseen, [];
    }
    AbortCode "complete.aborted" ["SIL-39", "CON-27", "ERR-12"] "With which code does an aborted overlapped ioctl complete?" {
        "aborted" Refuse(OperationAborted), ["PF-17", "OVL-9", "WT-28"]; "interrupted" Refuse(WsaInterrupted), ["ACQ-28"];
    }
    NullResult "result.null-pointer" ["OVL-5"] "What does WSAGetOverlappedResult do with NULL pointers?" {
        "exception" Refuse(AccessViolation), ["OVL-5"]; "fault" Refuse(WsaFault), ["OVL-5"];
    }
    UnknownRequest "result.no-request" ["OVL-4"] "Which code does WSAGetOverlappedResult give for a structure that no request has used?" {
        "incomplete" Refuse(IoIncomplete), ["PF-15"]; "invalid" Refuse(InvalidParameter), ["OVL-4"]; "handle" Refuse(InvalidHandle), ["OVL-4"]; "other" Unforeseen, [];
    }
    BytesOfNothing "bytes.of-nothing" ["CON-5", "SIL-35", "ASSOC-9"] "How many bytes does a successful ASSOCIATE or RELEASE report?" {
        "zero" Pass, ["WT-17"]; "not-zero" Pass, ["ASSOC-9", "REL-5"];
    }
    BytesInline "bytes.overlapped" ["P-13", "IOCTL-7", "ACQ-9"] "What does an overlapped ioctl that is done at once leave in the byte count?" {
        "written" Pass, ["IOCTL-7", "PF-14"]; "zero" Pass, ["ACQ-9", "PF-14"]; "untouched" Pass, ["P-13", "WT-23"];
    }
    BytesPending "bytes.pending" ["CON-23", "IOCTL-7", "ACQ-9"] "What does a pending ioctl leave in the byte count?" {
        "untouched" Pass, ["IOCTL-7"]; "zero" Pass, ["ACQ-9"];
    }

    // acquire
    AcquireShortInput "acquire.short-input" ["SIL-31", "IOCTL-2", "PF-16"] "Which code does SIO_ACQUIRE_PORT_RESERVATION give for a short input buffer?" {
        "fault" Refuse(WsaFault), ["IOCTL-2", "PF-16", "WT-21"]; "invalid" Refuse(WsaInvalid), ["PF-16"]; "other" Unforeseen, [];
    }
    AcquireLongInput "acquire.long-input" ["ACQ-4", "SIL-31"] "Does SIO_ACQUIRE_PORT_RESERVATION take a long input buffer?" {
        "taken" Pass, ["WT-24"]; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AcquireShortOutput "acquire.short-output" ["CON-2", "SIL-32", "P-14"] "Which code does SIO_ACQUIRE_PORT_RESERVATION give for a short output buffer?" {
        "invalid" Refuse(WsaInvalid), ["ACQ-7", "P-14"]; "fault" Refuse(WsaFault), ["IOCTL-2"];
    }
    AcquireZeroCount "acquire.zero-count" ["SIL-3"] "What does SIO_ACQUIRE_PORT_RESERVATION of no ports give?" {
        "invalid" Refuse(WsaInvalid), ["PERSIST-8"]; "empty" Pass, []; "other" Unforeseen, [];
    }
    AcquirePastEnd "acquire.past-end" ["SIL-4"] "What does SIO_ACQUIRE_PORT_RESERVATION past the last port give?" {
        "invalid" Refuse(WsaInvalid), ["PERSIST-9"]; "not-available" Refuse(WsaAddressNotAvailable), []; "truncated" Pass, []; "other" Unforeseen, [];
    }
    LastPort "reservation.last-port" ["SIL-7f", "PERSIST-9"] "Can port 65535 be reserved?" {
        "yes" Pass, []; "no" Pass, [];
    }
    AcquireLowPort "acquire.low-port" ["SIL-7e"] "Can ports below 1024 be acquired?" {
        "yes" Pass, ["EV-11"]; "access" Refuse(WsaAccess), []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AcquireOnBound "acquire.on-bound" ["SIL-7a"] "Can a bound socket acquire?" {
        "yes" Pass, []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AcquireAgain "acquire.again" ["SIL-7b"] "Can a socket acquire several reservations?" {
        "adds" Pass, ["EV-13", "EV-14"]; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AcquireOnAssociated "acquire.on-associated" ["SIL-7c"] "Can an associated socket acquire?" {
        "yes" Pass, []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AcquireOverRuntime "acquire.over-runtime" ["SIL-1", "ACQ-27"] "What does an acquire over a runtime reservation give?" {
        "in-use" Refuse(WsaAddressInUse), ["EV-15", "OBS-3", "EV-18"]; "access" Refuse(WsaAccess), ["EV-21"]; "invalid" Refuse(WsaInvalid), []; "granted" Pass, []; "other" Unforeseen, [];
    }
    AcquireOverPersistent "acquire.over-persistent" ["SIL-1"] "What does an acquire over a persistent reservation give?" {
        "in-use" Refuse(WsaAddressInUse), ["OBS-6", "OBS-9", "WT-26"]; "access" Refuse(WsaAccess), []; "invalid" Refuse(WsaInvalid), []; "granted" Pass, []; "other" Unforeseen, [];
    }
    AcquireOverExclusion "acquire.over-excluded" ["SIL-19"] "What does an acquire over an administered exclusion give?" {
        "in-use" Refuse(WsaAddressInUse), ["EV-17"]; "access" Refuse(WsaAccess), []; "granted" Pass, []; "other" Unforeseen, [];
    }
    AcquireOverSystemBlock "acquire.over-block" ["SIL-19", "FG-1"] "Which code does an acquire over a system block give?" {
        "in-use" Refuse(WsaAddressInUse), []; "access" Refuse(WsaAccess), []; "granted" Pass, []; "other" Unforeseen, [];
    }
    AcquireOverBound "acquire.over-bound" ["SIL-2", "ACQ-27"] "What does an acquire over a bound port give?" {
        "in-use" Refuse(WsaAddressInUse), ["EV-16", "EV-18"]; "access" Refuse(WsaAccess), ["EV-21"]; "granted" Pass, []; "other" Unforeseen, [];
    }
    WildcardPool "acquire.wildcard-pool" ["SIL-5"] "From which ports does an acquire with start 0 take its block?" {
        "dynamic" Pass, ["EV-112"]; "above-1023" Pass, []; "any" Pass, [];
    }
    WildcardCount "acquire.wildcard-count" ["SIL-5"] "Does an acquire with start 0 grant as many ports as asked for?" {
        "exact" Pass, []; "or-fewer" Pass, [];
    }
    NoFreeBlock "acquire.no-free-block" ["SIL-6", "ACQ-27"] "Which code does an acquire with start 0 give when no block is free?" {
        "no-buffers" Refuse(WsaNoBuffers), ["PF-18"]; "in-use" Refuse(WsaAddressInUse), ["OBS-9"]; "not-available" Refuse(WsaAddressNotAvailable), []; "other" Unforeseen, [];
    }

    AcquireOverAccepted "acquire.over-accepted" ["MISS-C", "SIL-14c"] "Does a port of which only connections are left keep SIO_ACQUIRE_PORT_RESERVATION out?" {
        "no" Pass, []; "in-use" Refuse(WsaAddressInUse), []; "access" Refuse(WsaAccess), []; "other" Unforeseen, [];
    }

    AcquireLimit "acquire.limit" ["SIL-7d"] "Is the number or size of reservations limited?" {
        "no" Pass, []; "no-buffers" Refuse(WsaNoBuffers), [];
    }

    // associate
    AssociateShortInput "associate.short-input" ["SIL-31", "IOCTL-2", "PF-16"] "Which code does SIO_ASSOCIATE_PORT_RESERVATION give for a short input buffer?" {
        "fault" Refuse(WsaFault), ["IOCTL-2", "PF-16", "WT-21"]; "invalid" Refuse(WsaInvalid), ["PF-16"]; "other" Unforeseen, [];
    }
    AssociateOutput "associate.output-given" ["SIL-33", "CON-5", "ASSOC-7"] "Does SIO_ASSOCIATE_PORT_RESERVATION refuse an output buffer?" {
        "ignored" Pass, []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AssociateUnknown "associate.unknown-token" ["SIL-8a", "ASSOC-19", "MISS-A", "MISS-M"] "What does SIO_ASSOCIATE_PORT_RESERVATION give for a token of no reservation?" {
        "invalid" Refuse(WsaInvalid), []; "not-available" Refuse(WsaAddressNotAvailable), []; "access" Refuse(WsaAccess), []; "at-bind" Pass, []; "other" Unforeseen, [];
    }
    AssociateForeign "associate.other-process" ["SIL-8b", "ASSOC-19"] "What does SIO_ASSOCIATE_PORT_RESERVATION give for a runtime token of another process?" {
        "access" Refuse(WsaAccess), []; "invalid" Refuse(WsaInvalid), []; "not-available" Refuse(WsaAddressNotAvailable), []; "at-bind" Pass, []; "other" Unforeseen, [];
    }
    AssociateByHolder "associate.by-duplicate" ["SIL-26", "MISS-E"] "May a process associate with the token of a socket that it has by a duplicate?" {
        "access" Refuse(WsaAccess), ["ACQ-30"]; "invalid" Refuse(WsaInvalid), []; "yes" Pass, []; "other" Unforeseen, [];
    }
    AssociateProtocol "associate.other-protocol" ["SIL-9a", "SIL-10g", "ASSOC-19"] "What does SIO_ASSOCIATE_PORT_RESERVATION give for a token of the other protocol?" {
        "invalid" Refuse(WsaInvalid), []; "not-supported" Refuse(WsaOperationNotSupported), []; "at-bind" Pass, []; "tied" Pass, ["OBS-6"]; "other" Unforeseen, [];
    }
    AssociateFamily "associate.other-family" ["SIL-9b"] "Does SIO_ASSOCIATE_PORT_RESERVATION take a token acquired on a socket of the other family?" {
        "taken" Pass, []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    AssociateBound "associate.bound" ["SIL-10a", "ASSOC-2", "ASSOC-19"] "What does SIO_ASSOCIATE_PORT_RESERVATION give after bind?" {
        "invalid" Refuse(WsaInvalid), []; "without-effect" Pass, []; "other" Unforeseen, [];
    }
    AssociateAgain "associate.again" ["SIL-10b", "ASSOC-19"] "What does a second SIO_ASSOCIATE_PORT_RESERVATION on one socket give?" {
        "last-counts" Pass, []; "refused" Refuse(WsaInvalid), []; "same-token-only" Pass, []; "first-counts" Pass, []; "other" Unforeseen, [];
    }
    RuntimePrivilege "associate.runtime-privilege" ["CON-32", "SIL-10e"] "Does SIO_ASSOCIATE_PORT_RESERVATION with a runtime token need administrator rights?" {
        "no" Pass, ["EV-10", "EV-30"]; "yes" Refuse(WsaAccess), [];
    }

    // release
    ReleaseShortInput "release.short-input" ["SIL-31", "IOCTL-2", "PF-16"] "Which code does SIO_RELEASE_PORT_RESERVATION give for a short input buffer?" {
        "fault" Refuse(WsaFault), ["IOCTL-2", "PF-16", "WT-21"]; "invalid" Refuse(WsaInvalid), ["PF-16"]; "other" Unforeseen, [];
    }
    ReleaseOutput "release.output-given" ["SIL-33", "CON-5"] "Does SIO_RELEASE_PORT_RESERVATION refuse an output buffer?" {
        "ignored" Pass, []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    ReleaseUnknown "release.unknown-token" ["SIL-22d"] "Which code does SIO_RELEASE_PORT_RESERVATION give for a token of no reservation?" {
        "invalid" Refuse(WsaInvalid), []; "not-available" Refuse(WsaAddressNotAvailable), []; "access" Refuse(WsaAccess), []; "other" Unforeseen, [];
    }
    ReleaseForeign "release.other-process" ["SIL-22d"] "Which code does SIO_RELEASE_PORT_RESERVATION give for a token of another process?" {
        "invalid" Refuse(WsaInvalid), []; "access" Refuse(WsaAccess), []; "not-available" Refuse(WsaAddressNotAvailable), []; "other" Unforeseen, [];
    }
    ReleaseByHolder "release.by-duplicate" ["SIL-26", "MISS-E"] "May a process release the reservation of a socket that it has by a duplicate?" {
        "invalid" Refuse(WsaInvalid), ["REL-2"]; "access" Refuse(WsaAccess), []; "yes" Pass, []; "other" Unforeseen, [];
    }
    ReleasePersistent "release.persistent-token" ["SIL-22d"] "Which code does SIO_RELEASE_PORT_RESERVATION give for a persistent token?" {
        "invalid" Refuse(WsaInvalid), []; "access" Refuse(WsaAccess), []; "not-available" Refuse(WsaAddressNotAvailable), []; "other" Unforeseen, [];
    }
    ReleaseOtherSocket "release.other-socket" ["SIL-22e"] "Can SIO_RELEASE_PORT_RESERVATION be issued on another socket of the process?" {
        "yes" Pass, []; "invalid" Refuse(WsaInvalid), []; "other" Unforeseen, [];
    }
    ReleaseInUse "release.in-use" ["SIL-22a", "CON-1", "FG-5"] "Does SIO_RELEASE_PORT_RESERVATION succeed while sockets are bound in the block?" {
        "yes" Pass, ["REL-12", "EV-41", "ACQ-36"]; "invalid" Refuse(WsaInvalid), ["EV-42"]; "in-use" Refuse(WsaAddressInUse), []; "other" Unforeseen, [];
    }

    // the persistent functions
    CreateOverRuntime "create.over-runtime" ["SIL-20"] "Does a runtime reservation keep CreatePersistent… out?" {
        "yes" Refuse(SharingViolation), ["PERSIST-10"]; "no" Pass, []; "other" Unforeseen, [];
    }
    CreateOverExclusion "create.over-excluded" ["SIL-19", "MISS-F"] "Does an administered exclusion keep CreatePersistent… out?" {
        "yes" Refuse(SharingViolation), ["EV-63"]; "no" Pass, []; "other" Unforeseen, [];
    }
    CreateOverSystemBlock "create.over-block" ["SIL-19"] "Does a system block keep CreatePersistent… out?" {
        "yes" Refuse(SharingViolation), ["EV-66"]; "no" Pass, []; "other" Unforeseen, [];
    }
    CreateOverAccepted "create.over-accepted" ["MISS-C", "PERSIST-10"] "Does a port of which only connections are left keep CreatePersistent… out?" {
        "yes" Refuse(SharingViolation), ["PERSIST-10"]; "no" Pass, [];
    }
    NullToken "create.null-token" ["SIL-37"] "What do CreatePersistent… and LookupPersistent… do with a NULL token pointer?" {
        "exception" Refuse(AccessViolation), []; "invalid" Refuse(InvalidParameter), []; "no-access" Refuse(NoAccess), []; "other" Unforeseen, [];
    }
    DeleteOfExclusion "delete.excluded" ["MISS-F", "EV-50"] "What does DeletePersistent… do with a block that netsh excluded?" {
        "not-found" Refuse(NotFound), []; "deletes" Pass, ["EV-50"]; "other" Unforeseen, [];
    }
    LookupOfExclusion "lookup.excluded" ["MISS-F", "EV-50"] "What does LookupPersistent… do with a block that netsh excluded?" {
        "not-found" Refuse(NotFound), []; "finds" Pass, ["EV-50"]; "other" Unforeseen, [];
    }
    DeleteInUse "delete.in-use" ["SIL-23a"] "Does DeletePersistent… succeed while sockets use the reservation?" {
        "yes" Pass, []; "no" Refuse(SharingViolation), []; "other" Unforeseen, [];
    }
    LookupPrivilege "lookup.privilege" ["PERSIST-30", "UAC-6", "PERSIST-4"] "Does LookupPersistent… need administrator rights?" {
        "no" Pass, ["PERSIST-30"]; "yes" Refuse(AccessDenied), [];
    }
    BuiltInFiltered "privilege.built-in-filtered" ["UAC-3", "MISS-I"] "May the built-in Administrator act under a filtered token (approval mode)?" {
        "no" Pass, []; "yes" Pass, [];
    }
    LocalSystem "privilege.local-system" ["SIL-10d", "MISS-I"] "Does LocalSystem count as an elevated member of Administrators?" {
        "yes" Pass, []; "no" Pass, [];
    }

    // netsh
    NetshPrivilege "netsh.privilege" ["EV-71"] "Which code does netsh give to a user who may not change anything?" {
        "elevation" Refuse(ElevationRequired), []; "access" Refuse(AccessDenied), []; "other" Unforeseen, ["EV-71"];
    }
    NetshRange "netsh.bad-range" ["MISS-G"] "Which code does netsh give for a range that is no block of ports?" {
        "invalid" Refuse(InvalidParameter), []; "other" Unforeseen, [];
    }
    AddExcludedOverlap "addexcluded.overlap" ["EV-69", "FG-4", "MISS-G"] "What does netsh add excludedportrange over an exclusion give?" {
        "refused" Refuse(SharingViolation), []; "added" Pass, ["EV-69"]; "other" Unforeseen, [];
    }
    AddExcludedOverRuntime "addexcluded.over-runtime" ["SIL-19"] "Does a runtime reservation keep netsh add excludedportrange out?" {
        "yes" Refuse(SharingViolation), ["XR-6"]; "no" Pass, []; "other" Unforeseen, [];
    }
    AddExcludedOverPersistent "addexcluded.over-persistent" ["SIL-19", "MISS-F"] "Does a persistent reservation keep netsh add excludedportrange out?" {
        "yes" Refuse(SharingViolation), ["XR-6"]; "no" Pass, []; "other" Unforeseen, [];
    }
    DeleteExcludedMissing "deleteexcluded.not-found" ["XR-2"] "Which code does netsh delete excludedportrange give where there is no such exclusion?" {
        "file-not-found" Refuse(FileNotFound), []; "not-found" Refuse(NotFound), []; "invalid" Refuse(InvalidParameter), []; "other" Unforeseen, [];
    }
    DeleteExcludedInUse "deleteexcluded.in-use" ["MISS-G"] "Can an exclusion be deleted while a socket is bound in it?" {
        "yes" Pass, []; "no" Refuse(SharingViolation), []; "other" Unforeseen, [];
    }
    DeleteExcludedReservation "deleteexcluded.reservation" ["MISS-F"] "What does netsh delete excludedportrange do with a persistent reservation?" {
        "file-not-found" Refuse(FileNotFound), []; "not-found" Refuse(NotFound), []; "access" Refuse(AccessDenied), ["EV-68"]; "deletes" Pass, []; "other" Unforeseen, [];
    }
    ShowsPersistent "showexcluded.persistent" ["MISS-F", "SIL-21"] "How does netsh show a persistent reservation?" {
        "unstarred" Pass, []; "starred" Pass, []; "absent" Pass, [];
    }
    ShowsRuntime "showexcluded.runtime" ["SIL-21"] "How does netsh show a runtime reservation?" {
        "unstarred" Pass, ["EV-91"]; "absent" Pass, []; "starred" Pass, [];
    }
    DynamicLimits "setdynamic.limits" ["CON-13", "DYN-4", "DYN-8", "EV-136", "FG-8"] "Which code does netsh set dynamicportrange give beyond the documented limits?" {
        "invalid" Refuse(InvalidParameter), []; "taken" Pass, ["DYN-8"]; "other" Unforeseen, ["EV-136"];
    }
    DynamicFrom1024 "setdynamic.from-1024" ["EV-131", "DYN-4", "CON-13", "FG-8"] "Can the dynamic range start at 1024?" {
        "yes" Pass, ["EV-131"]; "invalid" Refuse(InvalidParameter), ["DYN-4"]; "other" Unforeseen, [];
    }
}
