//! The calls by the names under which people know them.

/// A call, or an event of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallName {
    /// The word with which it begins in a trace.
    pub head: &'static str,
    /// The documentation's names and numbers of it, the usual one first.
    pub windows: &'static [&'static str],
    /// What it does.
    pub says: &'static str,
}

const fn name(
    head: &'static str,
    windows: &'static [&'static str],
    says: &'static str,
) -> CallName {
    CallName { head, windows, says }
}

/// Every call: what is about reservations and ports comes first.
pub const ALL: &[CallName] = &[
    name(
        "bind",
        &["bind"],
        "Gives a socket its local address and port: a port that is named, or with port 0 one that the system chooses, from the socket's reservation if it is associated with one.",
    ),
    name(
        "acquire",
        &["SIO_ACQUIRE_PORT_RESERVATION", "0x98000064"],
        "Reserves a block of ports at run time, for the process, until it releases the block, closes the socket or ends.",
    ),
    name(
        "associate",
        &["SIO_ASSOCIATE_PORT_RESERVATION", "0x98000066"],
        "Ties a socket that is not yet bound to a reservation, by its token: bind to port 0 then takes a port of the block.",
    ),
    name(
        "release",
        &["SIO_RELEASE_PORT_RESERVATION", "0x98000065"],
        "Ends a runtime reservation, by its token.",
    ),
    name(
        "create",
        &["CreatePersistentTcpPortReservation", "CreatePersistentUdpPortReservation"],
        "Reserves a block of ports for the machine until it is deleted, across restarts.",
    ),
    name(
        "delete",
        &["DeletePersistentTcpPortReservation", "DeletePersistentUdpPortReservation"],
        "Ends a persistent reservation.",
    ),
    name(
        "lookup",
        &["LookupPersistentTcpPortReservation", "LookupPersistentUdpPortReservation"],
        "Gives the token of a persistent reservation.",
    ),
    name(
        "addexcluded",
        &["netsh interface ipv4 add excludedportrange"],
        "Takes a block of ports out of automatic use: an administered exclusion.",
    ),
    name(
        "deleteexcluded",
        &["netsh interface ipv4 delete excludedportrange"],
        "Ends an administered exclusion.",
    ),
    name(
        "showexcluded",
        &["netsh interface ipv4 show excludedportrange"],
        "Lists the blocks out of use, administered ones with a star.",
    ),
    name(
        "setdynamic",
        &["netsh interface ipv4 set dynamicport"],
        "Moves the range from which the system chooses ports.",
    ),
    name(
        "showdynamic",
        &["netsh interface ipv4 show dynamicport"],
        "Tells the range from which the system chooses ports.",
    ),
    name("listen", &["listen"], "Makes a bound stream socket wait for connections."),
    name(
        "connect",
        &["connect"],
        "Connects a socket to a remote address, and binds it if it is not bound.",
    ),
    name("connectex", &["ConnectEx"], "Connects a bound socket, overlapped."),
    name("accept", &["accept"], "Opens a socket for a connection that came to a listener."),
    name("sendto", &["sendto"], "Sends a datagram, and binds the socket if it is not bound."),
    name("getsockname", &["getsockname"], "Tells the local address and port of a socket."),
    name(
        "getpeername",
        &["getpeername"],
        "Tells the address and port that a socket is connected to.",
    ),
    name(
        "disconnect",
        &["connect with AF_UNSPEC"],
        "Undoes the connection of a datagram socket, by a connect to an address of the family AF_UNSPEC.",
    ),
    name(
        "setsockopt",
        &["setsockopt"],
        "Sets an option of a socket, such as SO_REUSEADDR or SO_EXCLUSIVEADDRUSE.",
    ),
    name("getsockopt", &["getsockopt"], "Reads an option of a socket."),
    name(
        "affinity",
        &["SIO_CPU_AFFINITY"],
        "Ties a socket to a processor; sockets on different processors may share an address and port.",
    ),
    name("socket", &["socket", "WSASocket"], "Opens a socket."),
    name(
        "open",
        &["WSASocket by numbers"],
        "Opens a socket by the numbers of its family, type and protocol, or by a protocol info.",
    ),
    name(
        "ioctlsocket",
        &["ioctlsocket", "FIONBIO"],
        "Makes a socket blocking or non-blocking, or tells how much there is to read.",
    ),
    name(
        "closesocket",
        &["closesocket"],
        "Closes a descriptor; the last one ends the socket and the reservations that it acquired.",
    ),
    name(
        "duplicate",
        &["WSADuplicateSocket"],
        "Gives another process a descriptor of the same socket.",
    ),
    name(
        "inherit",
        &["inherited handle"],
        "Lets a child process find a descriptor that it inherited.",
    ),
    name(
        "ioctl",
        &["WSAIoctl"],
        "Any other control code, one that the system knows or one that none does.",
    ),
    name("result", &["WSAGetOverlappedResult"], "Asks what became of an overlapped request."),
    name(
        "completion",
        &["LPWSAOVERLAPPED_COMPLETION_ROUTINE", "completion routine"],
        "The completion routine of an overlapped request runs.",
    ),
    name(
        "preset",
        &["OVERLAPPED.Internal"],
        "The program itself writes a status into an overlapped structure.",
    ),
    name("cancel", &["CancelIoEx"], "Asks to cancel overlapped requests of a socket."),
    name("startup", &["WSAStartup"], "Starts Winsock for the process, once more each time."),
    name(
        "cleanup",
        &["WSACleanup"],
        "Takes one WSAStartup back; the last one closes the process's sockets.",
    ),
    name(
        "endthread",
        &["ExitThread"],
        "The calling thread ends, and its overlapped requests are cancelled.",
    ),
    name("exit", &["ExitProcess"], "The process ends, by itself or killed."),
    name("start", &["CreateProcess"], "A process starts. An event of the machine."),
    name("restart", &["ExitWindowsEx"], "The machine restarts. An event of the machine."),
    name(
        "appear",
        &["a system block appears"],
        "A system component (WinNAT, http.sys, HNS, WSL) takes a block of ports. An event of the machine.",
    ),
    name(
        "vanish",
        &["a system block vanishes"],
        "A system component gives a block back. An event of the machine.",
    ),
    name(
        "network",
        &["the network fails"],
        "The network subsystem fails, or works again. An event of the machine.",
    ),
    name(
        "settle",
        &["a lingering connection ends"],
        "The last lingering connection of a TCP port ends. An event of the machine.",
    ),
    name(
        "complete",
        &["an overlapped request completes"],
        "A pending overlapped request completes. An event of the machine.",
    ),
];

/// The call of a word with which calls begin.
#[must_use]
pub fn of_head(head: &str) -> Option<&'static CallName> {
    ALL.iter().find(|call| call.head == head)
}

/// The call that a text names: by its first word in traces, by a name or number of the documentation, or as netsh is typed.
#[must_use]
pub fn of_text(text: &str) -> Option<&'static CallName> {
    let text = text.trim().trim_end_matches("()");
    let wide = |name: &str| {
        let short = text.strip_suffix(['A', 'W']);
        short.is_some_and(|short| short == name)
    };
    let named = |call: &&CallName| {
        let names = call.windows.iter();
        call.head == text || names.clone().any(|n| n.eq_ignore_ascii_case(text) || wide(n))
    };
    ALL.iter().find(named).or_else(|| of_netsh(text))
}

/// `netsh int ipv4 add excludedportrange protocol=tcp …`, with or without what stands before `add` and behind the noun.
fn of_netsh(text: &str) -> Option<&'static CallName> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let has = |part: &str| words.iter().any(|word| word.starts_with(part));
    let typed = |call: &&CallName| {
        let mut last = call
            .windows
            .iter()
            .filter(|n| n.starts_with("netsh"))
            .flat_map(|n| n.rsplit(' ').take(2));
        let (Some(noun), Some(verb)) = (last.next(), last.next()) else { return false };
        has(noun) && has(verb)
    };
    ALL.iter().find(typed)
}
