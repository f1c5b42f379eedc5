//! Stand-ins are for worlds: what people read names the sets.

use super::{Candidate, Candidates};
use crate::check::{Divergence, State, Unseen};

/// The most blocks of a set that are listed.
const MOST_LISTED: usize = 3;

impl State {
    /// The divergence with the sets in the place of their stand-ins.
    pub(in crate::check) fn spell(&self, mut divergence: Divergence) -> Divergence {
        if self.unseen.is_empty() {
            return divergence;
        }
        let spell = |text: &mut String| *text = self.unseen.spell(text);
        divergence.permitted.iter_mut().for_each(|permitted| spell(&mut permitted.reply));
        divergence.refused_by.iter_mut().for_each(|refused| spell(&mut refused.why));
        spell(&mut divergence.remedy);
        divergence
    }
}

impl Candidates {
    /// The ports of the world that are stand-ins, and what they stand for.
    pub(in crate::check) fn stand_ins(&self) -> impl Iterator<Item = Unseen> + '_ {
        let open = self.list.iter().filter(|c| c.starts.only().is_none());
        open.filter_map(|candidate| {
            let (protocol, block) = (candidate.protocol(), candidate.span(candidate.at)?);
            Some(Unseen { protocol, block, says: candidate.says() })
        })
    }

    /// The text with the sets in the place of their stand-ins.
    fn spell(&self, text: &str) -> String {
        let open = self.list.iter().filter(|c| c.starts.only().is_none());
        open.fold(text.to_string(), |text, candidate| candidate.spell(&text))
    }
}

impl Candidate {
    fn spell(&self, text: &str) -> String {
        let says = self.says();
        let stands = match self.is_port() {
            true => self.at.to_string(),
            false => format!("{}+{}", self.at, self.count),
        };
        let (mut spelt, mut from) = (String::with_capacity(text.len()), 0);
        for (place, found) in text.match_indices(&stands) {
            let behind = place + found.len();
            if goes_on(text[..place].chars().rev()) || goes_on(text[behind..].chars()) {
                continue;
            }
            let before = &text[from..place];
            match before.strip_suffix(':') {
                // an address stands before it
                Some(address) => spelt.push_str(&format!("{address} with {says}")),
                None => spelt.push_str(&format!("{before}{says}")),
            }
            from = behind;
        }
        spelt + &text[from..]
    }

    /// The set.
    fn says(&self) -> String {
        match self.is_port() {
            true => format!("one of {}", self.listed()),
            false => format!("{} ports that start at one of {}", self.count, self.listed()),
        }
    }

    fn listed(&self) -> String {
        let blocks: Vec<String> =
            self.starts.blocks().take(MOST_LISTED + 1).map(|block| block.to_string()).collect();
        match blocks.len() {
            0..=MOST_LISTED => blocks.join(", "),
            _ => {
                let ports = self.starts.len();
                format!("{}, … ({ports} ports)", blocks[..MOST_LISTED].join(", "))
            }
        }
    }
}

/// Whether a number goes on where these characters follow: it is part of a name, an address or a block. A full stop behind which
/// no digit comes ends a sentence.
fn goes_on(mut chars: impl Iterator<Item = char>) -> bool {
    match chars.next() {
        Some('.') => chars.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => c.is_alphanumeric() || matches!(c, '+' | ']' | '%'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use portres_model::{PortBlock, Protocol, Token};

    use super::*;
    use crate::check::candidates::{Of, Ports};

    fn spelt(of: Of, count: u16, starts: &[(u16, u16)], at: u16, text: &str) -> String {
        let block = |(first, count): &(u16, u16)| PortBlock::new(*first, *count).expect("ports");
        let starts: Ports = starts.iter().map(block).collect();
        let candidate = Candidate { of, count, starts, at };
        Candidates { list: vec![candidate], ..Candidates::default() }.spell(text)
    }

    #[test]
    fn sets_stand_for_ports_and_for_nothing_else() {
        let one = |text| spelt(Of::Port(Protocol::Tcp), 1, &[(1, 3), (9, 1)], 1, text);
        for (text, expected) in [
            ("it gives 1", "it gives one of 1+3, 9+1"),
            ("1, or 1. Or 1", "one of 1+3, 9+1, or one of 1+3, 9+1. Or one of 1+3, 9+1"),
            ("127.0.0.1:1", "127.0.0.1 with one of 1+3, 9+1"),
            ("[::1]:1", "[::1] with one of 1+3, 9+1"),
            ("[fe80::1%1]:1 of 1.1.1.1:11", "[fe80::1%1] with one of 1+3, 9+1 of 1.1.1.1:11"),
            ("p1: bind s1, 1+2, 2+1, 10, 21, t1", "p1: bind s1, 1+2, 2+1, 10, 21, t1"),
        ] {
            assert_eq!(one(text), expected);
        }
    }

    #[test]
    fn blocks_are_spelt_by_where_they_may_start() {
        let block = |starts, text| spelt(Of::Block(Protocol::Udp, Token(1)), 4, starts, 50, text);
        let two = "it gives 4 ports that start at one of 50+2, 60+1 and a token";
        assert_eq!(block(&[(50, 2), (60, 1)], "it gives 50+4 and a token"), two);
        assert_eq!(block(&[(50, 2)], "50, 50+40, 150+4"), "50, 50+40, 150+4");
        let three = [(50, 2), (60, 1), (70, 1)];
        assert_eq!(block(&three, "50+4"), "4 ports that start at one of 50+2, 60+1, 70+1");
        let four = [(50, 2), (60, 1), (70, 1), (80, 2)];
        let many = "4 ports that start at one of 50+2, 60+1, 70+1, … (6 ports)";
        assert_eq!(block(&four, "50+4"), many);
    }
}
