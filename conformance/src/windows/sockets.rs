//! The sockets of one worker: which name is which handle.

use std::collections::BTreeMap;

use portres_model::SocketId;

/// Names and handles. A name keeps its handle after the socket is closed, so that a call on a closed socket passes the
/// handle that it had; it loses it when the system gives the same handle to another socket.
#[derive(Debug, Default)]
pub(super) struct Sockets(BTreeMap<SocketId, usize>);

impl Sockets {
    /// The handle to pass for a name; `None` stands for `INVALID_SOCKET`.
    pub(super) fn handle(&self, socket: SocketId) -> Option<usize> {
        self.0.get(&socket).copied().filter(|_| socket != SocketId::INVALID)
    }

    /// A socket has been opened.
    pub(super) fn opened(&mut self, socket: SocketId, handle: usize) {
        self.0.retain(|_, other| *other != handle);
        self.0.insert(socket, handle);
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
