//! The numbers that programs have for what the specification names: handles, tokens, processes.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{PortRange, ProcessId, SocketId, Token, Who, World};
use windows_sys::Win32::Networking::WinSock::{INVALID_SOCKET, SOCKET};

use super::events::Events;
use super::requests::Requests;
use crate::host::Inner;

/// What programs for Win32 have beside the machine. It is behind the lock of the host, so that what one call does to both
/// is one step.
#[derive(Default)]
pub(crate) struct Beside {
    pub(super) tokens: Tokens,
    pub(super) requests: Requests,
    pub(super) events: Events,
    pub(super) threads: Threads,
    /// The descriptors that `WSADuplicateSocket` has made and `WSASocket` has not yet picked up.
    arriving: BTreeSet<(ProcessId, SocketId)>,
    processes: u32,
}

/// The threads of programs, by a number that no two threads of the test have.
#[derive(Default)]
pub(super) struct Threads {
    of: BTreeMap<(ProcessId, u64), u32>,
    last: BTreeMap<ProcessId, u32>,
}

/// Every token that has a number. A number is never used again.
#[derive(Default)]
pub(super) struct Tokens {
    of_number: BTreeMap<u64, Token>,
    numbers: BTreeMap<Token, u64>,
    issued: u64,
}

impl Inner {
    pub(super) fn beside(&mut self) -> &mut Beside {
        self.requests.beside.get_or_insert_default()
    }
}

impl Beside {
    /// A process that no program has been yet.
    pub(super) fn next_process(&mut self) -> ProcessId {
        self.processes += 1;
        ProcessId(self.processes)
    }

    pub(super) fn process_ended(&mut self, process: ProcessId) {
        self.requests.process_ended(process);
        self.events.process_ended(process);
        self.threads.process_ended(process);
        self.arriving.retain(|(of, _)| *of != process);
    }

    pub(super) fn arrives(&mut self, process: ProcessId, socket: SocketId) {
        self.arriving.insert((process, socket));
    }

    /// Whether a descriptor was waiting to be picked up.
    pub(super) fn picks_up(&mut self, process: ProcessId, socket: SocketId) -> bool {
        self.arriving.remove(&(process, socket))
    }
}

impl Threads {
    /// A thread as it calls for a process: the first one that does is its first thread.
    pub(super) fn who(&mut self, process: ProcessId, thread: u64) -> Who {
        let last = &mut self.last;
        let number = self.of.entry((process, thread)).or_insert_with(|| {
            let last = last.entry(process).or_default();
            *last += 1;
            *last
        });
        Who { process, thread: *number }
    }

    /// A thread has ended; who it was, if it has ever called.
    pub(super) fn ended(&mut self, process: ProcessId, thread: u64) -> Option<Who> {
        let number = self.of.remove(&(process, thread))?;
        Some(Who { process, thread: number })
    }

    fn process_ended(&mut self, process: ProcessId) {
        self.of.retain(|(of, _), _| *of != process);
        self.last.remove(&process);
    }
}

impl Tokens {
    /// The number of a token that is new.
    pub(super) fn new_number(&mut self, token: Token) -> u64 {
        self.issued += 1;
        let number = scattered(self.issued);
        if let Some(before) = self.numbers.insert(token, number) {
            self.of_number.remove(&before);
        }
        self.of_number.insert(number, token);
        number
    }

    /// The number of a token that may be known.
    pub(super) fn number(&mut self, token: Token) -> u64 {
        match self.numbers.get(&token) {
            Some(number) => *number,
            None => self.new_number(token),
        }
    }

    /// The token of a number.
    pub(super) fn token(&self, number: u64) -> Token {
        match number {
            0 => Token::ZERO,
            _ => self.of_number.get(&number).copied().unwrap_or(Token::UNKNOWN),
        }
    }

    /// Forgets those that stand for no reservation any more.
    pub(super) fn forget_ended(&mut self, world: &World) {
        self.numbers.retain(|token, _| world.reservation(*token).is_some());
        let numbers = &self.numbers;
        self.of_number.retain(|number, token| numbers.get(token) == Some(number));
    }
}

/// A number that looks like no count: one to one, and 0 for 0 alone.
fn scattered(count: u64) -> u64 {
    let mixed = (count ^ (count >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The bytes of an `INET_PORT_RESERVATION_INSTANCE`: the first port in network order.
pub(super) fn instance(block: PortRange, token: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&block.start.to_be_bytes());
    bytes[2..4].copy_from_slice(&block.count.to_ne_bytes());
    bytes[8..].copy_from_slice(&token.to_ne_bytes());
    bytes
}

/// No handle is below. Handles are multiples of four.
const LOWEST: usize = 0x100;

pub(super) fn handle(socket: SocketId) -> SOCKET {
    LOWEST + 4 * socket.slot()
}

/// The name of a handle; that of no socket for what cannot be one.
pub(super) fn socket(handle: SOCKET) -> SocketId {
    if handle == INVALID_SOCKET || handle <= LOWEST || handle % 4 != 0 {
        return SocketId::INVALID;
    }
    let slot = u32::try_from((handle - LOWEST) / 4).ok();
    let named = slot.filter(|slot| *slot <= portres_model::GREATEST_NAME);
    named.map_or(SocketId::INVALID, SocketId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_leads_back_to_its_socket_and_nothing_else_does() {
        for slot in [1, 2, 1_000_000] {
            assert_eq!(socket(handle(SocketId(slot))), SocketId(slot));
        }
        let one = handle(SocketId(1));
        let beyond = handle(SocketId(1_000_001));
        for wrong in [0, 1, 4, LOWEST, one + 1, one - 1, beyond, INVALID_SOCKET, usize::MAX - 3] {
            assert_eq!(socket(wrong), SocketId::INVALID, "{wrong:#x}");
        }
    }

    #[test]
    fn the_first_thread_that_calls_is_the_first() {
        let mut threads = Threads::default();
        let who = |threads: &mut Threads, process, key| threads.who(ProcessId(process), key).thread;
        assert_eq!((who(&mut threads, 1, 77), who(&mut threads, 1, 5)), (1, 2));
        assert_eq!((who(&mut threads, 1, 77), who(&mut threads, 2, 5)), (1, 1));
        assert_eq!(threads.ended(ProcessId(1), 77).map(|who| who.thread), Some(1));
        assert_eq!(who(&mut threads, 1, 77), 3, "a number is not used again");
    }

    #[test]
    fn a_number_stands_for_one_reservation_only() {
        let mut tokens = Tokens::default();
        let first = tokens.new_number(Token(1));
        assert_eq!(tokens.number(Token(1)), first);
        let second = tokens.new_number(Token(1));
        assert_ne!(first, second);
        assert_eq!((tokens.token(first), tokens.token(second)), (Token::UNKNOWN, Token(1)));
        assert_eq!(tokens.token(0), Token::ZERO);
        tokens.forget_ended(&World::default());
        assert_eq!(tokens.token(second), Token::UNKNOWN);
        let numbers: BTreeSet<u64> = (1..10_000).map(scattered).collect();
        assert!(numbers.len() == 9_999 && !numbers.contains(&0));
    }
}
