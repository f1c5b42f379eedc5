//! Making one world equal to another, for readers that go back: a search tries a call, looks, and takes it back.
//!
//! Only what differs is written, so that taking one call back costs about as much as the call did. Nothing is recorded while
//! calls are made: those who never go back pay nothing.

use super::World;
use super::journal::Place;
use crate::id::{ProcessId, RequestId, SocketId, Token};

impl World {
    /// Makes this world equal to another.
    pub fn restore(&mut self, to: &World) {
        self.restore_lists(to);
        for slot in 0..self.processes.len().max(to.processes.len()) {
            let id = ProcessId(slot as u32);
            if self.process(id) != to.process(id) {
                self.put_process(id, to.process(id).copied());
            }
        }
        for slot in 0..self.sockets.len().max(to.sockets.len()) {
            let id = SocketId(slot as u32);
            if self.socket(id) != to.socket(id) {
                self.put_socket(id, to.socket(id).copied());
            }
        }
        // behind the sockets, which count as users of the reservations that are there
        for slot in 0..self.reservations.len().max(to.reservations.len()) {
            let token = Token(slot as u32);
            if self.reservation(token) != to.reservation(token) {
                self.put_reservation(token, to.reservation(token).copied());
            }
        }
        for slot in 0..self.requests.len().max(to.requests.len()) {
            let id = RequestId(slot as u32);
            if self.request(id) != to.request(id) {
                self.put_request(id, to.request(id).copied());
            }
        }
    }

    /// What stands in no table of slots.
    fn restore_lists(&mut self, to: &World) {
        self.before(Place::Lists);
        if self.machine != to.machine {
            self.machine.clone_from(&to.machine);
        }
        if self.exclusions != to.exclusions {
            self.retain_exclusions(|_| false);
            to.exclusions.iter().for_each(|e| self.exclude(*e));
        }
        restore_list(&mut self.suspended, &to.suspended);
        restore_list(&mut self.duplicates, &to.duplicates);
        restore_list(&mut self.departed, &to.departed);
        restore_list(&mut self.lingering, &to.lingering);
        self.after(Place::Lists);
    }
}

fn restore_list<T: Copy + PartialEq>(list: &mut Vec<T>, to: &[T]) {
    if *list != to {
        list.clear();
        list.extend_from_slice(to);
    }
}
