//! Sockets as handles, and the calls that need one.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use portres_model::{
    Call, Command, Frame, Overlapped, PortRange, Reply, RequestId, SocketId, SocketOption, Token,
};

use crate::process::{Core, Process, unlike};
use crate::refused::Refused;

/// A descriptor of a socket. Dropped, it is closed, as [`Socket::close`] closes it.
///
/// It does not keep its process alive: that ends when it is dropped, and with it this socket.
pub struct Socket {
    core: Arc<Core>,
    id: SocketId,
    swept: u32,
    open: bool,
}

/// A runtime reservation: the block granted and its token. It is a number like the real one's, and nothing happens when it
/// is dropped: the reservation lives as long as the socket that acquired it, and those that use it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reservation {
    /// The block granted.
    pub block: PortRange,
    /// Its token.
    pub token: Token,
}

impl From<Reservation> for Token {
    fn from(reservation: Reservation) -> Token {
        reservation.token
    }
}

impl From<&Reservation> for Token {
    fn from(reservation: &Reservation) -> Token {
        reservation.token
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.open && self.swept == self.core.swept() {
            let _ = self.ask(&Call::CloseSocket { socket: self.id });
        }
    }
}

impl Socket {
    pub(crate) fn of(core: &Arc<Core>, id: SocketId) -> Socket {
        Socket { core: Arc::clone(core), id, swept: core.swept(), open: true }
    }

    pub(crate) fn created(core: &Arc<Core>, reply: Reply) -> Socket {
        match reply {
            Reply::Socket(socket) | Reply::Opened { socket, .. } => Socket::of(core, socket),
            other => unlike(&other),
        }
    }

    pub(crate) fn ask(&self, call: &Call) -> Result<Reply, Refused> {
        self.core.ask(call)
    }

    /// Its name on the machine.
    #[must_use]
    pub fn id(&self) -> SocketId {
        self.id
    }

    /// `setsockopt`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn set_option(&self, option: SocketOption, value: u32) -> Result<(), Refused> {
        self.ask(&Call::set_option(self.id, option, value)).map(drop)
    }

    /// `getsockopt`: the number that the option holds, 0 where it holds none.
    ///
    /// # Errors
    /// If it is refused.
    pub fn get_option(&self, option: SocketOption) -> Result<u32, Refused> {
        self.ask(&Call::get_option(self.id, option)).map(value)
    }

    /// `ioctlsocket`: the number that it gives, 0 where it gives none.
    ///
    /// # Errors
    /// If it is refused.
    pub fn ioctl_socket(&self, command: Command) -> Result<u32, Refused> {
        self.ask(&Call::ioctl_socket(self.id, command)).map(value)
    }

    /// `bind`, and the port as `getsockname` shows it.
    ///
    /// # Errors
    /// If it is refused.
    pub fn bind(&self, address: impl Into<SocketAddr>) -> Result<u16, Refused> {
        self.ask(&Call::bind(self.id, address.into())).map(port)
    }

    /// `getsockname`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn get_sock_name(&self) -> Result<SocketAddr, Refused> {
        self.ask(&Call::get_sock_name(self.id)).map(name)
    }

    /// `getpeername`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn get_peer_name(&self) -> Result<SocketAddr, Refused> {
        self.ask(&Call::get_peer_name(self.id)).map(name)
    }

    /// `listen`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn listen(&self) -> Result<(), Refused> {
        self.ask(&Call::Listen { socket: self.id }).map(drop)
    }

    /// `connect`, and the local port.
    ///
    /// # Errors
    /// If it is refused.
    pub fn connect(&self, address: impl Into<SocketAddr>) -> Result<u16, Refused> {
        self.ask(&Call::Connect { socket: self.id, address: address.into() }).map(port)
    }

    /// `connect` with an address of the family `AF_UNSPEC`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn disconnect(&self) -> Result<(), Refused> {
        self.ask(&Call::Disconnect { socket: self.id }).map(drop)
    }

    /// `ConnectEx`, until it has completed, and the local port.
    ///
    /// # Errors
    /// If it is refused.
    pub fn connect_ex(&self, address: impl Into<SocketAddr>) -> Result<u16, Refused> {
        self.ask(&Call::connect_ex(self.id, address.into())).map(port)
    }

    /// `accept`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn accept(&self) -> Result<Socket, Refused> {
        Ok(Socket::created(&self.core, self.ask(&Call::Accept { socket: self.id })?))
    }

    /// `sendto` of an empty datagram, and the local port.
    ///
    /// # Errors
    /// If it is refused.
    pub fn send_to(&self, address: impl Into<SocketAddr>) -> Result<u16, Refused> {
        self.ask(&Call::SendTo { socket: self.id, address: address.into() }).map(port)
    }

    /// `closesocket`.
    ///
    /// # Errors
    /// If it is refused: the handle is gone all the same.
    pub fn close(self) -> Result<(), Refused> {
        let done = self.ask(&Call::CloseSocket { socket: self.id }).map(drop);
        self.forget();
        done
    }

    /// Gives the handle up without closing the socket; its name.
    #[must_use = "nobody else closes it"]
    pub fn into_id(self) -> SocketId {
        let id = self.id;
        self.forget();
        id
    }

    fn forget(mut self) {
        self.open = false;
    }

    /// `WSADuplicateSocket`, and `WSASocket` with what it gave in another process.
    ///
    /// # Errors
    /// If it is refused.
    pub fn duplicate(&self, into: &Process) -> Result<Socket, Refused> {
        let reply = self.ask(&Call::duplicate(self.id, into.id()))?;
        Ok(into.adopt(reply))
    }

    /// `WSAIoctl(SIO_ACQUIRE_PORT_RESERVATION)`; start 0 lets the system choose.
    ///
    /// # Errors
    /// If it is refused.
    pub fn acquire(&self, start: u16, count: u16) -> Result<Reservation, Refused> {
        self.acquire_with(start, count, Frame::default())
    }

    /// The same with other arguments. With an overlapped structure that is pending it is refused with `WSA_IO_PENDING`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn acquire_with(
        &self,
        start: u16,
        count: u16,
        frame: Frame,
    ) -> Result<Reservation, Refused> {
        let range = PortRange { start, count };
        match self.ask(&Call::Acquire { socket: self.id, range, frame })? {
            Reply::Reserved { block, token } => Ok(Reservation { block, token }),
            other => unlike(&other),
        }
    }

    /// `WSAIoctl(SIO_ASSOCIATE_PORT_RESERVATION)`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn associate(&self, token: impl Into<Token>) -> Result<(), Refused> {
        self.associate_with(token, Frame::default())
    }

    /// The same with other arguments.
    ///
    /// # Errors
    /// If it is refused.
    pub fn associate_with(&self, token: impl Into<Token>, frame: Frame) -> Result<(), Refused> {
        self.ask(&Call::Associate { socket: self.id, token: token.into(), frame }).map(drop)
    }

    /// `WSAIoctl(SIO_RELEASE_PORT_RESERVATION)`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn release(&self, token: impl Into<Token>) -> Result<(), Refused> {
        self.release_with(token, Frame::default())
    }

    /// The same with other arguments.
    ///
    /// # Errors
    /// If it is refused.
    pub fn release_with(&self, token: impl Into<Token>, frame: Frame) -> Result<(), Refused> {
        self.ask(&Call::Release { socket: self.id, token: token.into(), frame }).map(drop)
    }

    /// `WSAIoctl(SIO_CPU_AFFINITY)` with the index of a processor.
    ///
    /// # Errors
    /// If it is refused.
    pub fn affinity(&self, processor: u16) -> Result<(), Refused> {
        self.ask(&Call::Affinity { socket: self.id, processor }).map(drop)
    }

    /// `WSAIoctl` with another control code: the number that it gives, 0 where it gives none.
    ///
    /// # Errors
    /// If it is refused.
    pub fn ioctl(&self, code: u32, frame: Frame) -> Result<u32, Refused> {
        self.ask(&Call::Ioctl { socket: self.id, code, frame }).map(value)
    }

    /// `CancelIoEx`; without a request, all on the socket.
    ///
    /// # Errors
    /// If there is nothing to cancel.
    pub fn cancel(&self, request: Option<RequestId>) -> Result<(), Refused> {
        self.ask(&Call::Cancel { socket: self.id, request }).map(drop)
    }
}

/// The arguments of an ioctl with an overlapped structure.
#[must_use]
pub fn overlapped(request: RequestId) -> Frame {
    Frame { overlapped: Overlapped::Of(request), ..Frame::default() }
}

fn port(reply: Reply) -> u16 {
    match reply {
        Reply::Bound(port) => port,
        other => unlike(&other),
    }
}

fn name(reply: Reply) -> SocketAddr {
    match reply {
        Reply::Name(name) => name,
        other => unlike(&other),
    }
}

fn value(reply: Reply) -> u32 {
    match reply {
        Reply::Value(value) => value,
        _ => 0,
    }
}
