//! The numbers that programs have for what the specification names: handles, tokens, processes.

use std::collections::{BTreeMap, BTreeSet};

use portres_model::{ProcessId, SocketId, Token, World};
use windows_sys::Win32::Networking::WinSock::{INVALID_SOCKET, SOCKET};

use super::requests::Requests;

/// What a machine remembers beside its host.
#[derive(Default)]
pub(super) struct Names {
    pub(super) tokens: Tokens,
    pub(super) requests: Requests,
    /// The descriptors that `WSADuplicateSocket` has made and `WSASocket` has not yet picked up.
    arriving: BTreeSet<(ProcessId, SocketId)>,
    processes: u32,
}

/// Every token that has a number. A number is never used again.
#[derive(Default)]
pub(super) struct Tokens {
    of_number: BTreeMap<u64, Token>,
    numbers: BTreeMap<Token, u64>,
    issued: u64,
}

impl Names {
    /// A process that has not been there yet.
    pub(super) fn next_process(&mut self, vacant: impl Fn(ProcessId) -> bool) -> ProcessId {
        loop {
            self.processes += 1;
            let process = ProcessId(self.processes);
            if vacant(process) {
                return process;
            }
        }
    }

    pub(super) fn process_ended(&mut self, process: ProcessId) {
        self.requests.process_ended(process);
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
