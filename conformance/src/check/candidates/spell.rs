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
        let mut spelt = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(place) = rest.find(&stands) {
            let (before, found) = rest.split_at(place);
            let (found, after) = found.split_at(stands.len());
            let is_number = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '+');
            let part = is_number(before.chars().last()) || is_number(after.chars().next());
            match before.strip_suffix(':').filter(|_| !part) {
                // an address stands before it
                Some(address) => spelt.push_str(&format!("{address} with {says}")),
                None if part => spelt.push_str(&format!("{before}{found}")),
                None => spelt.push_str(&format!("{before}{says}")),
            }
            rest = after;
        }
        spelt + rest
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
