//! Ports that stay free across restarts: nothing of the listings holds them, and nothing that takes ports by itself looks
//! for them there.

use portres_model::{DYNAMIC, PortBlock, Profile, Protocol};
use portres_sim::{Row, Unseen};
use serde::Serialize;

use super::case::Case;
use super::{Ask, Caller, Doctor, Outcome, owner};

/// A block that stays free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Safe {
    /// Its first port.
    pub start: u16,
    /// Its size.
    pub count: u16,
    /// Why it stays free.
    pub why: String,
}

impl Safe {
    /// The ports.
    #[must_use]
    pub fn block(&self) -> Option<PortBlock> {
        PortBlock::new(self.start, self.count)
    }
}

/// `first-last`, or the only port.
pub(super) fn span(block: PortBlock) -> String {
    match block.count() {
        1 => block.first().to_string(),
        _ => format!("{}-{}", block.first(), block.last()),
    }
}

/// Where the range of WSL's mirrored mode was seen, and where it went instead (EV-114).
const MIRRORED: PortBlock = PortBlock::between(37_794, 48_715).expect("a block");
/// Where the search begins: the ports below are those of well-known services.
const FROM: u16 = 10_000;
/// The lowest port that no service of old has.
const LOWEST: u16 = 1024;
/// How many blocks are named.
const MOST: usize = 3;

impl Doctor<'_> {
    /// Blocks for a question: what it asks for, if that is safe; else the nearest, and the first of the best.
    pub(super) fn safe(&self, ask: &Ask) -> Vec<Safe> {
        let Some(protocol) = ask.protocol() else { return Vec::new() };
        let row = ask.block().and_then(|block| self.listing.row_at(protocol, block.first()));
        if let (Ask::Bind { .. }, Some(block), Some(row)) =
            (ask, ask.block().filter(|b| !b.meets(MIRRORED)), row.filter(|row| row.administered))
        {
            let why = format!(
                "it lies in the row {row}: Windows chooses it for nobody (XR-5), WinNAT passes it over (EV-67), and a bind \
                 that names it works (XR-7); http.sys, HNS and SIO_ACQUIRE_PORT_RESERVATION cannot take it (EV-63). \
                 If it was added with store=active, which no list shows, the next restart ends that"
            );
            return vec![Safe { start: block.first(), count: block.count(), why }];
        }
        if self.outside_the_default(protocol).is_some() {
            return Vec::new();
        }
        if let Ask::Free { count, .. } = ask {
            return self.several(protocol, *count);
        }
        let Some(block) = ask.block() else { return Vec::new() };
        if self.is_safe(protocol, block) {
            return vec![self.with_reason(protocol, block)];
        }
        let nearest = self.nearest(protocol, block);
        let first = self.from(protocol, FROM, block.count());
        let mut found: Vec<PortBlock> = nearest.into_iter().chain(first).collect();
        found.dedup();
        found.into_iter().map(|block| self.with_reason(protocol, block)).collect()
    }

    /// Whether something is free and stays so, as an outcome.
    pub(super) fn free(&self, protocol: Protocol, count: u16) -> Outcome {
        let moved = self.outside_the_default(protocol);
        let found = moved.is_none() && !self.several(protocol, count).is_empty();
        let rule = portres_model::Rule::AddExcludedAdds;
        let says = match found {
            false if moved.is_some() => {
                "Which ports stay free cannot be told without the dynamic range."
            }
            true => {
                "There are blocks of that size that nothing holds, outside the dynamic range and above 1023."
            }
            false => "No block of that size is free outside the dynamic range and above 1023.",
        };
        Outcome {
            reply: if found { "ok" } else { "none" }.into(),
            code: None,
            rule: found.then(|| rule.id()),
            standing: if found { rule.standing().name() } else { "assumed" },
            sources: if found { rule.sources() } else { &[] },
            says: says.into(),
            because: Vec::new(),
            when: Vec::new(),
        }
    }

    /// A row that shows that the dynamic range is not the default, where no listing shows the range: WinNAT takes its
    /// blocks from it (EV-83).
    pub(super) fn outside_the_default(&self, protocol: Protocol) -> Option<&Row> {
        if self.listing.dynamic(protocol).is_some() {
            return None;
        }
        let outside = |row: &&Row| {
            row.protocol == protocol
                && !row.block.meets(DYNAMIC)
                && owner::of_row(self.listing, row).name == "winnat"
        };
        self.listing.rows().iter().find(outside)
    }

    /// The first blocks of the best.
    fn several(&self, protocol: Protocol, count: u16) -> Vec<Safe> {
        let mut found: Vec<PortBlock> = Vec::new();
        for from in [FROM, LOWEST] {
            let mut next = Some(from);
            while let Some(start) = next.filter(|_| found.len() < MOST) {
                let block = self.from(protocol, start, count);
                let block = block.filter(|b| !found.iter().any(|known| known.meets(*b)));
                found.extend(block);
                next = block.and_then(|b| b.last().checked_add(1));
            }
        }
        found.into_iter().map(|block| self.with_reason(protocol, block)).collect()
    }

    /// The lowest safe block from a port on.
    fn from(&self, protocol: Protocol, from: u16, count: u16) -> Option<PortBlock> {
        (from..=u16::MAX)
            .filter_map(|start| PortBlock::new(start, count))
            .find(|block| self.is_safe(protocol, *block))
    }

    /// The safe block of the same size that is nearest.
    fn nearest(&self, protocol: Protocol, to: PortBlock) -> Option<PortBlock> {
        (1..u16::MAX).find_map(|by| {
            let starts = [to.first().checked_sub(by), to.first().checked_add(by)];
            let blocks = starts.into_iter().flatten();
            let mut blocks = blocks.filter_map(|start| PortBlock::new(start, to.count()));
            blocks.find(|block| self.is_safe(protocol, *block))
        })
    }

    /// Whether nothing holds a block, and nothing that takes ports by itself looks for them there. What holds ports
    /// keeps them from being excluded: that is asked of the specification, of what it knows for certain.
    fn is_safe(&self, protocol: Protocol, block: PortBlock) -> bool {
        let dynamic = self.world.dynamic(protocol);
        block.first() >= LOWEST
            && !block.meets(dynamic)
            && !block.meets(MIRRORED)
            && self.world.free_block(protocol, block, block.count()).is_some()
            && self.may_be_excluded(protocol, block)
    }

    /// Whether netsh would exclude it, by what the specification knows for certain.
    pub(super) fn may_be_excluded(&self, protocol: Protocol, block: PortBlock) -> bool {
        let ask = Ask::Exclude { protocol, range: block.range(), caller: Caller::Elevated };
        let case = Case::of(self.listing, &ask, &Unseen::default());
        let replies = case.map(|case| case.replies(&Profile::documented())).unwrap_or_default();
        matches!(&replies[..], [only] if only.reply == portres_model::Reply::Ok)
    }

    fn with_reason(&self, protocol: Protocol, block: PortBlock) -> Safe {
        let dynamic = self.world.dynamic(protocol);
        let why = format!(
            "no row and no socket of the listings is in it, and it lies outside the dynamic range {}-{}, where Windows \
             chooses ports (bind.takes-dynamic) and WinNAT takes its blocks (EV-83), and where WSL's mirrored mode was not \
             seen (EV-114)",
            dynamic.first(),
            dynamic.last()
        );
        Safe { start: block.first(), count: block.count(), why }
    }
}
