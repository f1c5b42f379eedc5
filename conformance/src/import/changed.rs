//! Which codes may stand in the place of another.

use portres_model::{Call, Error};

/// The codes that pages and suites give for each kind of call.
fn of(call: &Call) -> &'static [Error] {
    use Error::*;
    let word = call.to_string();
    match word.split(' ').next().unwrap_or_default() {
        "startup" => &[WsaVersionNotSupported, WsaFault, WsaProcessLimit, WsaSystemNotReady],
        "socket" | "open" => &[
            WsaFamilyNotSupported,
            WsaProtocolNotSupported,
            WsaSocketTypeNotSupported,
            WsaInvalid,
            WsaNotInitialised,
            WsaAccess,
        ],
        "bind" => &[
            WsaAddressInUse,
            WsaAccess,
            WsaAddressNotAvailable,
            WsaInvalid,
            WsaFault,
            WsaNotSocket,
            WsaNoBuffers,
            WsaFamilyNotSupported,
            WsaNotInitialised,
        ],
        "connect" | "connectex" | "disconnect" | "sendto" => &[
            WsaConnectionRefused,
            WsaAddressNotAvailable,
            WsaInvalid,
            WsaIsConnected,
            WsaAlready,
            WsaWouldBlock,
            WsaNotSocket,
            WsaFamilyNotSupported,
        ],
        "listen" | "accept" => &[
            WsaInvalid,
            WsaOperationNotSupported,
            WsaNotSocket,
            WsaIsConnected,
            WsaWouldBlock,
            WsaNotInitialised,
        ],
        "getsockname" | "getpeername" => {
            &[WsaInvalid, WsaNotConnected, WsaFault, WsaNotSocket, WsaNotInitialised]
        }
        "setsockopt" | "getsockopt" => &[
            WsaNoProtocolOption,
            WsaInvalid,
            WsaFault,
            WsaNotSocket,
            WsaNoBuffers,
            WsaNotInitialised,
        ],
        _ => &[
            WsaInvalid,
            WsaFault,
            WsaOperationNotSupported,
            WsaNotSocket,
            WsaAddressInUse,
            WsaAccess,
            WsaNotConnected,
            WsaNotInitialised,
        ],
    }
}

/// The codes that may stand in the place of another at a call: those that it knows itself, from some turn on, then those
/// that the other calls know.
pub(super) fn others(call: &Call, calls: &[Call], turn: usize) -> Vec<Error> {
    let own = of(call);
    let (later, first) = own.split_at(turn % own.len());
    let mut known: Vec<Error> = first.iter().chain(later).copied().collect();
    for code in calls.iter().flat_map(of) {
        if !known.contains(code) {
            known.push(*code);
        }
    }
    known
}

/// Where in the list a trace begins to look for another code, so that not all begin with the same.
pub(super) fn turn(name: &str, event: usize) -> usize {
    name.bytes().map(usize::from).sum::<usize>() + event
}
