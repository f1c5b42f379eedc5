//! How the indexes follow the tables.

use super::World;
use super::chain::Head;
use super::journal::Place;
use super::socket::Indexed;
use crate::id::{ProcessId, SocketId, Token};
use crate::port::{PortBlock, Protocol};

impl World {
    pub(super) fn follow_block(
        &mut self,
        token: Token,
        old: Option<(Protocol, PortBlock)>,
        new: Option<(Protocol, PortBlock)>,
    ) {
        if let Some((protocol, block)) = old {
            self.pools[protocol.index()].remove(block, token);
        }
        if let Some((protocol, block)) = new {
            self.pools[protocol.index()].insert(block, token);
        }
    }

    #[inline(always)]
    pub(super) fn follow_socket(&mut self, id: SocketId, old: Indexed, new: Indexed) {
        if old.held != new.held {
            self.follow_port(id, old.held, new.held);
        }
        if old.process != new.process {
            self.follow_process(id, old.process, new.process);
        }
        if old.associations != new.associations {
            self.follow_associations(old.associations, new.associations);
        }
        if old.unseen != new.unseen {
            self.tried = self.tried + usize::from(new.unseen) - usize::from(old.unseen);
        }
    }

    pub(super) fn follow_port(
        &mut self,
        id: SocketId,
        old: Option<(Protocol, u16)>,
        new: Option<(Protocol, u16)>,
    ) {
        if let Some((protocol, port)) = old {
            let pool = &mut self.pools[protocol.index()];
            pool.set_head(port, self.at_port.unlink(pool.head(port), id.0));
        }
        if let Some((protocol, port)) = new {
            let pool = &mut self.pools[protocol.index()];
            pool.set_head(port, self.at_port.link(pool.head(port), id.0));
        }
    }

    pub(super) fn follow_process(
        &mut self,
        id: SocketId,
        old: Option<ProcessId>,
        new: Option<ProcessId>,
    ) {
        if let Some(process) = old {
            let head = head(&mut self.of_process_heads, process.slot());
            *head = self.of_process.unlink(*head, id.0);
        }
        if let Some(process) = new {
            let head = head(&mut self.of_process_heads, process.slot());
            *head = self.of_process.link(*head, id.0);
        }
    }

    pub(super) fn follow_owner(
        &mut self,
        token: Token,
        old: Option<SocketId>,
        new: Option<SocketId>,
    ) {
        if let Some(socket) = old {
            let head = head(&mut self.owned_heads, socket.slot());
            *head = self.owned.unlink(*head, token.0);
        }
        if let Some(socket) = new {
            let head = head(&mut self.owned_heads, socket.slot());
            *head = self.owned.link(*head, token.0);
        }
    }

    /// Counts users, and drops a reservation that has ended when its last user goes.
    pub(super) fn follow_associations(
        &mut self,
        old: Option<(Token, Token)>,
        new: Option<(Token, Token)>,
    ) {
        for (pair, by) in [(new, 1), (old, -1)] {
            let Some((first, last)) = pair else { continue };
            self.count_user(first, by);
            if first != last {
                self.count_user(last, by);
            }
        }
    }

    fn count_user(&mut self, token: Token, by: i32) {
        self.before(Place::Reservation(token));
        let Some(Some(reservation)) = self.reservations.get_mut(token.slot()) else { return };
        // no index follows the users
        reservation.users = reservation.users.saturating_add_signed(by);
        let is_over = reservation.ended && reservation.users == 0;
        self.after(Place::Reservation(token));
        if is_over {
            self.put_reservation(token, None);
        }
    }
}

fn head(heads: &mut Vec<Head>, slot: usize) -> &mut Head {
    if slot >= heads.len() {
        heads.resize(slot + 1, 0);
    }
    &mut heads[slot]
}
