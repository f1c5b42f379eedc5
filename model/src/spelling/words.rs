//! The tables of words.

use crate::call::{
    AccessToken, Account, Buffer, Family, NameBuffer, Pointer, Routine, SocketKind, Store, numbers,
};
use crate::port::Protocol;
use crate::reply::Row;
use crate::world::Owner;

/// The words with which calls begin.
pub(super) const CALLS: &[(&str, Head)] = &[
    ("startup", Head::Startup),
    ("cleanup", Head::Cleanup),
    ("socket", Head::Socket),
    ("open", Head::Open),
    ("setsockopt", Head::SetSockOpt),
    ("getsockopt", Head::GetSockOpt),
    ("ioctlsocket", Head::IoctlSocket),
    ("bind", Head::Bind),
    ("getsockname", Head::GetSockName),
    ("getpeername", Head::GetPeerName),
    ("listen", Head::Listen),
    ("connect", Head::Connect),
    ("disconnect", Head::Disconnect),
    ("connectex", Head::ConnectEx),
    ("accept", Head::Accept),
    ("sendto", Head::SendTo),
    ("closesocket", Head::CloseSocket),
    ("duplicate", Head::Duplicate),
    ("inherit", Head::Inherit),
    ("acquire", Head::Acquire),
    ("associate", Head::Associate),
    ("release", Head::Release),
    ("affinity", Head::Affinity),
    ("ioctl", Head::Ioctl),
    ("result", Head::Result),
    ("completion", Head::Completion),
    ("cancel", Head::Cancel),
    ("preset", Head::Preset),
    ("endthread", Head::EndThread),
    ("create", Head::Create),
    ("delete", Head::Delete),
    ("lookup", Head::Lookup),
    ("addexcluded", Head::AddExcluded),
    ("deleteexcluded", Head::DeleteExcluded),
    ("showexcluded", Head::ShowExcluded),
    ("setdynamic", Head::SetDynamic),
    ("showdynamic", Head::ShowDynamic),
    ("exit", Head::Exit),
    ("start", Head::Start),
    ("restart", Head::Restart),
    ("appear", Head::Appear),
    ("vanish", Head::Vanish),
    ("network", Head::Network),
    ("settle", Head::Settle),
    ("complete", Head::Complete),
];

#[derive(Clone, Copy)]
pub(super) enum Head {
    Startup,
    Cleanup,
    Socket,
    Open,
    SetSockOpt,
    GetSockOpt,
    IoctlSocket,
    Bind,
    GetSockName,
    GetPeerName,
    Listen,
    Connect,
    Disconnect,
    ConnectEx,
    Accept,
    SendTo,
    CloseSocket,
    Duplicate,
    Inherit,
    Acquire,
    Associate,
    Release,
    Affinity,
    Ioctl,
    Result,
    Completion,
    Cancel,
    Preset,
    EndThread,
    Create,
    Delete,
    Lookup,
    AddExcluded,
    DeleteExcluded,
    ShowExcluded,
    SetDynamic,
    ShowDynamic,
    Exit,
    Start,
    Restart,
    Appear,
    Vanish,
    Network,
    Settle,
    Complete,
}

pub(super) const KINDS: &[(&str, SocketKind)] =
    &[("tcp", SocketKind::Tcp), ("udp", SocketKind::Udp), ("raw", SocketKind::Raw)];
pub(super) const FAMILIES: &[(&str, Family)] = &[("v4", Family::V4), ("v6", Family::V6)];
pub(super) const PROTOCOLS: &[(&str, Protocol)] = &[("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];
pub(super) const OWNERS: &[(&str, Owner)] = &[
    ("winnat", Owner::WinNat),
    ("http.sys", Owner::HttpSys),
    ("hns", Owner::Hns),
    ("wsl", Owner::Wsl),
    ("unknown", Owner::Unknown),
];
pub(super) const STORES: &[(&str, Store)] =
    &[("persistent", Store::Persistent), ("active", Store::Active)];
pub(super) const ROWS: &[(&str, Row)] =
    &[("absent", Row::Absent), ("unstarred", Row::Unstarred), ("starred", Row::Starred)];
pub(super) const ACCOUNTS: &[(&str, Account)] = &[
    ("standard", Account::Standard),
    ("administrator", Account::Administrator),
    ("built-in-administrator", Account::BuiltInAdministrator),
    ("local-system", Account::LocalSystem),
    ("local-service", Account::LocalService),
    ("network-service", Account::NetworkService),
];
pub(super) const TOKENS: &[(&str, AccessToken)] =
    &[("elevated", AccessToken::Elevated), ("filtered", AccessToken::Filtered)];
pub(super) const BUFFERS: &[(&str, Buffer)] = &[
    ("short", Buffer::Short),
    ("long", Buffer::Long),
    ("null", Buffer::Null),
    ("bad", Buffer::Bad),
    ("empty", Buffer::Empty),
    ("tiny", Buffer::Tiny),
];
pub(super) const POINTERS: &[(&str, Pointer)] = &[("null", Pointer::Null), ("bad", Pointer::Bad)];
pub(super) const ROUTINES: &[(&str, Routine)] = &[("given", Routine::Given), ("bad", Routine::Bad)];

pub(super) const NAMES: &[(&str, NameBuffer)] =
    &[("short", NameBuffer::Short), ("null", NameBuffer::Null), ("bad", NameBuffer::Bad)];
pub(super) const NULLS: &[(&str, bool)] = &[("null", true)];

/// The names of address families. Those of types and protocols have none for 0.
pub(super) const FAMILY_NAMES: &[(&str, i32)] = &[
    ("AF_UNSPEC", numbers::UNSPECIFIED),
    ("AF_UNIX", numbers::UNIX),
    ("AF_INET", numbers::V4),
    ("AF_INET6", numbers::V6),
];
pub(super) const TYPE_NAMES: &[(&str, i32)] = &[
    ("SOCK_STREAM", numbers::STREAM),
    ("SOCK_DGRAM", numbers::DATAGRAM),
    ("SOCK_RAW", numbers::RAW),
    ("SOCK_RDM", numbers::RELIABLE),
    ("SOCK_SEQPACKET", numbers::SEQUENCED),
];
pub(super) const PROTOCOL_NAMES: &[(&str, i32)] = &[
    ("IPPROTO_ICMP", numbers::ICMP),
    ("IPPROTO_TCP", numbers::TCP),
    ("IPPROTO_UDP", numbers::UDP),
    ("IPPROTO_ICMPV6", numbers::ICMPV6),
];

pub(super) fn word_of<T: PartialEq>(list: &[(&'static str, T)], value: &T) -> &'static str {
    list.iter().find(|(_, v)| v == value).map_or("?", |(word, _)| word)
}
