//! The names of reservation tokens. They are the parent's, because a token of one process means something in another.

use std::collections::BTreeMap;

use portres_model::{GREATEST_NAME, Token};

/// A value that no call gives: what `unknown` stands for.
const NEVER_GIVEN: u64 = 0x7fff_ffff_dead_beef;

/// Which name is which raw value.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    raw: BTreeMap<Token, u64>,
    name: BTreeMap<u64, Token>,
}

impl Tokens {
    /// The raw value to pass for a name. A name that nothing has been given is passed like `unknown`.
    pub(super) fn raw(&self, token: Token) -> u64 {
        if token == Token::ZERO {
            return 0;
        }
        self.raw.get(&token).copied().unwrap_or(NEVER_GIVEN)
    }

    /// The name of a value that a call gave: the name that it has already, else the proposed one.
    pub(super) fn name(&mut self, raw: u64, proposed: Option<Token>) -> Token {
        if raw == 0 {
            return Token::ZERO;
        }
        if let Some(known) = self.name.get(&raw) {
            return *known;
        }
        let token = proposed.filter(|t| *t != Token::ZERO).unwrap_or_else(|| self.vacant());
        if let Some(gone) = self.raw.insert(token, raw) {
            self.name.remove(&gone);
        }
        self.name.insert(raw, token);
        token
    }

    fn vacant(&self) -> Token {
        let greatest = self.raw.keys().next_back().map_or(0, |t| t.0);
        Token(greatest.saturating_add(1).min(GREATEST_NAME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_token_keeps_its_name() {
        let mut tokens = Tokens::default();
        assert_eq!(tokens.name(77, Some(Token(1))), Token(1));
        assert_eq!(tokens.name(77, Some(Token(2))), Token(1));
        assert_eq!(tokens.raw(Token(1)), 77);
    }

    #[test]
    fn a_name_that_is_used_again_stands_for_the_new_token() {
        let mut tokens = Tokens::default();
        tokens.name(77, Some(Token(1)));
        assert_eq!(tokens.name(78, Some(Token(1))), Token(1));
        assert_eq!(tokens.raw(Token(1)), 78);
        assert_eq!(tokens.name(77, None), Token(2));
    }

    #[test]
    fn zero_is_zero_and_unknown_is_no_token_that_was_given() {
        let mut tokens = Tokens::default();
        assert_eq!(tokens.name(0, Some(Token(1))), Token::ZERO);
        assert_eq!(tokens.raw(Token::ZERO), 0);
        assert_eq!(tokens.raw(Token::UNKNOWN), NEVER_GIVEN);
        assert_eq!(tokens.raw(Token(5)), NEVER_GIVEN);
    }
}
