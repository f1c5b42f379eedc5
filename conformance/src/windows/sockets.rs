//! The sockets of one worker: which name is which handle.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::SocketId;

/// Names and handles. A name keeps its handle after the socket is closed, so that a call on a closed socket passes the
/// handle that it had; it loses it when the system gives the same handle to another socket.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    handles: BTreeMap<SocketId, usize>,
    /// Handles on which no call waits; no call says of a socket whether it is so.
    non_blocking: BTreeSet<usize>,
}

impl Sockets {
    /// The handle to pass for a name; `None` stands for `INVALID_SOCKET`.
    pub(super) fn handle(&self, socket: SocketId) -> Option<usize> {
        self.handles.get(&socket).copied().filter(|_| socket != SocketId::INVALID)
    }

    /// Every handle, of sockets that are closed, too.
    #[cfg(windows)]
    pub(super) fn handles(&self) -> impl Iterator<Item = usize> + '_ {
        self.handles.values().copied()
    }

    /// A socket has been opened.
    pub(super) fn opened(&mut self, socket: SocketId, handle: usize) {
        self.handles.retain(|_, other| *other != handle);
        self.handles.insert(socket, handle);
        self.non_blocking.remove(&handle);
    }

    /// The mode of a socket has been set.
    #[cfg(windows)]
    pub(super) fn set_non_blocking(&mut self, handle: usize, non_blocking: bool) {
        if non_blocking {
            self.non_blocking.insert(handle);
        } else {
            self.non_blocking.remove(&handle);
        }
    }

    /// Whether this process has made the socket non-blocking.
    #[cfg(windows)]
    pub(super) fn is_non_blocking(&self, handle: usize) -> bool {
        self.non_blocking.contains(&handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_given_again_is_no_longer_that_of_the_closed_socket() {
        let mut sockets = Sockets::default();
        sockets.opened(SocketId(1), 100);
        assert_eq!(sockets.handle(SocketId(1)), Some(100));
        sockets.opened(SocketId(2), 100);
        assert_eq!(sockets.handle(SocketId(1)), None);
        assert_eq!(sockets.handle(SocketId(2)), Some(100));
    }

    #[test]
    fn a_socket_of_another_process_and_s0_have_no_handle() {
        let mut sockets = Sockets::default();
        assert_eq!(sockets.handle(SocketId(9)), None);
        sockets.opened(SocketId::INVALID, 4);
        assert_eq!(sockets.handle(SocketId::INVALID), None);
    }
}
