//! The numbers of tokens: 64 bits that mean the same to every process and that nobody can guess from another.

use std::collections::HashMap;

use portres_model::Token;

/// The numbers of the tokens that exist, and of those that did.
pub(super) struct Numbers {
    state: u64,
    /// By slot; 0 where there never was one.
    numbers: Vec<u64>,
    tokens: HashMap<u64, Token>,
}

impl Numbers {
    /// The numbers that follow from this one.
    pub(super) fn new(nonce: u64) -> Numbers {
        Numbers { state: nonce, numbers: Vec::new(), tokens: HashMap::new() }
    }

    /// A token is a new one, whatever its slot was before.
    pub(super) fn renew(&mut self, token: Token) {
        if token.slot() >= self.numbers.len() {
            self.numbers.resize(token.slot() + 1, 0);
        }
        let number = loop {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            // the low bits of a token that was cut short are those of no other
            let number = mixed(self.state);
            if number > u64::from(u32::MAX) && !self.tokens.contains_key(&number) {
                break number;
            }
        };
        self.tokens.remove(&self.numbers[token.slot()]);
        self.tokens.insert(number, token);
        self.numbers[token.slot()] = number;
    }

    /// A token has a number.
    pub(super) fn ensure(&mut self, token: Token) {
        if self.of(token) == 0 {
            self.renew(token);
        }
    }

    /// The number of a token; 0 if it never had one.
    pub(super) fn of(&self, token: Token) -> u64 {
        self.numbers.get(token.slot()).copied().unwrap_or(0)
    }

    /// The token of a number; one that no call has given where there is none.
    pub(super) fn token(&self, number: u64) -> Token {
        match self.tokens.get(&number) {
            _ if number == 0 => Token::ZERO,
            Some(token) => *token,
            None => Token::UNKNOWN,
        }
    }
}

/// The finalizer of SplitMix64.
pub(super) fn mixed(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
