//! The simulator as one would write it first: lists that are gone through, or hash maps and a set of ports.
//!
//! Both know one process, UDP, IPv4 wildcards, reservations that are used by the sockets that acquired them, and one reading
//! (the likeliest); they name no rule, check no arguments and have no lock. Within that they reply as a
//! [`portres_sim::Host`] of [`portres_sim::Policy::Lowest`] does: a test gives the same calls to all three.

use std::collections::{BTreeSet, HashMap, HashSet};

use portres_model::{Call, DYNAMIC, Error, PortRange, Reply, SocketId, Token};

/// What answers calls.
pub trait Machine {
    /// Does a call.
    fn call(&mut self, call: &Call) -> Reply;
}

#[derive(Clone, Copy, Default)]
struct Socket {
    associated: Option<Token>,
    port: Option<u16>,
}

#[derive(Clone, Copy)]
struct Reservation {
    owner: SocketId,
    block: PortRange,
}

impl Reservation {
    fn ports(self) -> std::ops::Range<u16> {
        self.block.start..self.block.start + self.block.count
    }
}

fn failed<T>(error: Error) -> Result<T, Reply> {
    Err(Reply::Failed(error))
}

fn told(reply: Result<Reply, Reply>) -> Reply {
    reply.unwrap_or_else(|refused| refused)
}

fn unknown(call: &Call) -> ! {
    panic!("`{call}` is none of the calls of the cycles")
}

/// A list of sockets and one of reservations. Whatever is asked, they are gone through.
#[derive(Clone, Default)]
pub struct Scan {
    sockets: Vec<Option<Socket>>,
    reservations: Vec<Option<Reservation>>,
}

impl Machine for Scan {
    fn call(&mut self, call: &Call) -> Reply {
        told(match *call {
            Call::Socket { .. } => {
                Ok(Reply::Socket(SocketId(put(&mut self.sockets, <_>::default()))))
            }
            Call::Acquire { socket, range, .. } => self.acquire(socket, range),
            Call::Associate { socket, token, .. } => self.associate(socket, token),
            Call::Bind { socket, address, .. } => self.bind(socket, address.port()),
            Call::CloseSocket { socket } => self.close(socket),
            _ => unknown(call),
        })
    }
}

/// Puts something into the first vacant slot, from 1.
fn put<T>(slots: &mut Vec<Option<T>>, thing: T) -> u32 {
    let slot = slots.iter().position(Option::is_none).unwrap_or_else(|| {
        slots.push(None);
        slots.len() - 1
    });
    slots[slot] = Some(thing);
    slot as u32 + 1
}

fn at<T>(slots: &mut [Option<T>], name: u32) -> Option<&mut T> {
    slots.get_mut(name.checked_sub(1)? as usize)?.as_mut()
}

/// The same machine: a list that is gone through call by call takes minutes to fill.
impl From<&Hashed> for Scan {
    fn from(hashed: &Hashed) -> Scan {
        let socket = |n| hashed.sockets.get(&SocketId(n)).copied();
        let reservation = |n| hashed.reservations.get(&Token(n)).copied();
        Scan {
            sockets: (1..=hashed.vacant_sockets.given).map(socket).collect(),
            reservations: (1..=hashed.vacant_tokens.given).map(reservation).collect(),
        }
    }
}

impl Scan {
    fn socket(&mut self, socket: SocketId) -> Result<&mut Socket, Reply> {
        at(&mut self.sockets, socket.0).ok_or(Reply::Failed(Error::WsaNotSocket))
    }

    fn bound(&self, port: u16) -> bool {
        self.sockets.iter().flatten().any(|s| s.port == Some(port))
    }

    fn reserved(&self, port: u16) -> bool {
        self.reservations.iter().flatten().any(|r| r.ports().contains(&port))
    }

    fn acquire(&mut self, socket: SocketId, block: PortRange) -> Result<Reply, Reply> {
        self.socket(socket)?;
        let wanted = Reservation { owner: socket, block };
        if wanted.ports().any(|port| self.bound(port) || self.reserved(port)) {
            return failed(Error::WsaAddressInUse);
        }
        Ok(Reply::Reserved { block, token: Token(put(&mut self.reservations, wanted)) })
    }

    fn associate(&mut self, socket: SocketId, token: Token) -> Result<Reply, Reply> {
        let known = at(&mut self.reservations, token.0).is_some();
        let socket = self.socket(socket)?;
        if !known || socket.port.is_some() {
            return failed(Error::WsaInvalid);
        }
        socket.associated = Some(token);
        Ok(Reply::Ok)
    }

    fn bind(&mut self, socket: SocketId, port: u16) -> Result<Reply, Reply> {
        let Socket { associated, port: has } = *self.socket(socket)?;
        if has.is_some() {
            return failed(Error::WsaInvalid);
        }
        let block = associated.and_then(|token| at(&mut self.reservations, token.0).copied());
        let free = match block {
            Some(block) => {
                let port = block.ports().find(|port| !self.bound(*port));
                port.ok_or(Error::WsaAddressInUse)
            }
            None if port == 0 => {
                let port = DYNAMIC.ports().find(|p| !self.bound(*p) && !self.reserved(*p));
                port.ok_or(Error::WsaNoBuffers)
            }
            None if self.reserved(port) => Err(Error::WsaAccess),
            None if self.bound(port) => Err(Error::WsaAddressInUse),
            None => Ok(port),
        };
        let port = free.map_err(Reply::Failed)?;
        self.socket(socket)?.port = Some(port);
        Ok(Reply::Bound(port))
    }

    fn close(&mut self, socket: SocketId) -> Result<Reply, Reply> {
        self.socket(socket)?;
        self.sockets[socket.slot() - 1] = None;
        for slot in &mut self.reservations {
            *slot = slot.filter(|r| r.owner != socket);
        }
        Ok(Reply::Ok)
    }
}

/// Maps of sockets and of reservations, a set of the ports that are bound and one of those that are reserved. The vacant names
/// are kept in order.
#[derive(Clone, Default)]
pub struct Hashed {
    sockets: HashMap<SocketId, Socket>,
    reservations: HashMap<Token, Reservation>,
    owned: HashMap<SocketId, Vec<Token>>,
    bound: HashSet<u16>,
    reserved: HashSet<u16>,
    vacant_sockets: Vacant,
    vacant_tokens: Vacant,
}

/// Names from 1 that nothing has.
#[derive(Clone, Default)]
struct Vacant {
    given_back: BTreeSet<u32>,
    given: u32,
}

impl Vacant {
    fn take(&mut self) -> u32 {
        self.given_back.pop_first().unwrap_or_else(|| {
            self.given += 1;
            self.given
        })
    }

    fn give_back(&mut self, name: u32) {
        self.given_back.insert(name);
    }
}

impl Machine for Hashed {
    fn call(&mut self, call: &Call) -> Reply {
        told(match *call {
            Call::Socket { .. } => {
                let socket = SocketId(self.vacant_sockets.take());
                self.sockets.insert(socket, Socket::default());
                Ok(Reply::Socket(socket))
            }
            Call::Acquire { socket, range, .. } => self.acquire(socket, range),
            Call::Associate { socket, token, .. } => self.associate(socket, token),
            Call::Bind { socket, address, .. } => self.bind(socket, address.port()),
            Call::CloseSocket { socket } => self.close(socket),
            _ => unknown(call),
        })
    }
}

impl Hashed {
    fn socket(&mut self, socket: SocketId) -> Result<&mut Socket, Reply> {
        self.sockets.get_mut(&socket).ok_or(Reply::Failed(Error::WsaNotSocket))
    }

    fn acquire(&mut self, socket: SocketId, block: PortRange) -> Result<Reply, Reply> {
        self.socket(socket)?;
        let wanted = Reservation { owner: socket, block };
        if wanted.ports().any(|p| self.bound.contains(&p) || self.reserved.contains(&p)) {
            return failed(Error::WsaAddressInUse);
        }
        let token = Token(self.vacant_tokens.take());
        self.reserved.extend(wanted.ports());
        self.reservations.insert(token, wanted);
        self.owned.entry(socket).or_default().push(token);
        Ok(Reply::Reserved { block, token })
    }

    fn associate(&mut self, socket: SocketId, token: Token) -> Result<Reply, Reply> {
        let known = self.reservations.contains_key(&token);
        let socket = self.socket(socket)?;
        if !known || socket.port.is_some() {
            return failed(Error::WsaInvalid);
        }
        socket.associated = Some(token);
        Ok(Reply::Ok)
    }

    fn bind(&mut self, socket: SocketId, port: u16) -> Result<Reply, Reply> {
        let Socket { associated, port: has } = *self.socket(socket)?;
        if has.is_some() {
            return failed(Error::WsaInvalid);
        }
        let free = match associated.and_then(|token| self.reservations.get(&token)) {
            Some(block) => {
                let port = block.ports().find(|port| !self.bound.contains(port));
                port.ok_or(Error::WsaAddressInUse)
            }
            None if port == 0 => {
                let taken = |p: &u16| self.bound.contains(p) || self.reserved.contains(p);
                DYNAMIC.ports().find(|p| !taken(p)).ok_or(Error::WsaNoBuffers)
            }
            None if self.reserved.contains(&port) => Err(Error::WsaAccess),
            None if self.bound.contains(&port) => Err(Error::WsaAddressInUse),
            None => Ok(port),
        };
        let port = free.map_err(Reply::Failed)?;
        self.bound.insert(port);
        self.socket(socket)?.port = Some(port);
        Ok(Reply::Bound(port))
    }

    fn close(&mut self, socket: SocketId) -> Result<Reply, Reply> {
        let Socket { port, .. } = *self.socket(socket)?;
        if let Some(port) = port {
            self.bound.remove(&port);
        }
        for token in self.owned.remove(&socket).unwrap_or_default() {
            if let Some(ended) = self.reservations.remove(&token) {
                for port in ended.ports() {
                    self.reserved.remove(&port);
                }
            }
            self.vacant_tokens.give_back(token.0);
        }
        self.sockets.remove(&socket);
        self.vacant_sockets.give_back(socket.0);
        Ok(Reply::Ok)
    }
}
