//! Ports, in host order: what a caller asks for (a range) and what is possible (a block).

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::id::serde_as_word;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The transport whose ports are meant. TCP and UDP ports are separate spaces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Both.
    pub const ALL: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

    /// The index of its tables.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Protocol {
        match self {
            Protocol::Tcp => Protocol::Udp,
            Protocol::Udp => Protocol::Tcp,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        })
    }
}

/// A first port and a number of ports as a caller passes them (`INET_PORT_RANGE`): either may be 0, and together they
/// may run past 65535. Start 0 asks the system to choose (HDR-8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct PortRange {
    /// `StartPort`, in host order.
    pub start: u16,
    /// `NumberOfPorts`.
    pub count: u16,
}

impl PortRange {
    /// The block of these ports, if there is one: at least one port, none 0, none past 65535.
    #[must_use]
    pub fn block(self) -> Option<PortBlock> {
        PortBlock::new(self.start, self.count)
    }

    /// Whether its end lies past 65535.
    #[must_use]
    pub const fn runs_past_the_end(self) -> bool {
        self.start as u32 + self.count as u32 > 65_536
    }
}

/// A run of ports that exists: at least one, none 0, none past 65535.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortBlock {
    start: u16,
    count: u16,
}

impl PortBlock {
    /// `count` ports from `start`; `None` if there is no such block.
    #[must_use]
    pub const fn new(start: u16, count: u16) -> Option<PortBlock> {
        if start == 0 || count == 0 || start as u32 + count as u32 > 65_536 {
            return None;
        }
        Some(PortBlock { start, count })
    }

    /// The ports from `first` to `last`; `None` if there is no such block.
    #[must_use]
    pub const fn between(first: u16, last: u16) -> Option<PortBlock> {
        if first == 0 || last < first {
            return None;
        }
        Some(PortBlock { start: first, count: last - first + 1 })
    }

    /// One port; `None` for 0.
    #[must_use]
    pub const fn of(port: u16) -> Option<PortBlock> {
        PortBlock::new(port, 1)
    }

    /// The first port.
    #[must_use]
    pub const fn first(self) -> u16 {
        self.start
    }

    /// The last port.
    #[must_use]
    pub const fn last(self) -> u16 {
        self.start + (self.count - 1)
    }

    /// How many ports.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.count
    }

    /// Its ports.
    #[must_use]
    pub const fn ports(self) -> RangeInclusive<u16> {
        self.first()..=self.last()
    }

    /// Whether the port is one of them.
    #[must_use]
    pub const fn has(self, port: u16) -> bool {
        self.start <= port && port <= self.last()
    }

    /// Whether they share a port.
    #[must_use]
    pub const fn meets(self, other: PortBlock) -> bool {
        self.start <= other.last() && other.start <= self.last()
    }

    /// Whether all of `other` is in it.
    #[must_use]
    pub const fn holds(self, other: PortBlock) -> bool {
        self.start <= other.start && other.last() <= self.last()
    }

    /// As a caller asks for it.
    #[must_use]
    pub const fn range(self) -> PortRange {
        PortRange { start: self.start, count: self.count }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.start, self.count)
    }
}

impl fmt::Display for PortBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.range().fmt(f)
    }
}

impl fmt::Debug for PortBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not `START+COUNT`, or not a possible block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// Not two numbers with a plus between them.
    #[error("expected START+COUNT, each 0 to 65535")]
    Form,
    /// Two numbers, but no block of ports.
    #[error("expected a block of at least one port between 1 and 65535")]
    Block,
}

impl FromStr for PortRange {
    type Err = BadRange;
    fn from_str(text: &str) -> Result<PortRange, BadRange> {
        let (start, count) = text.split_once('+').ok_or(BadRange::Form)?;
        Ok(PortRange { start: decimal(start)?, count: decimal(count)? })
    }
}

impl FromStr for PortBlock {
    type Err = BadRange;
    fn from_str(text: &str) -> Result<PortBlock, BadRange> {
        text.parse::<PortRange>()?.block().ok_or(BadRange::Block)
    }
}

fn decimal(digits: &str) -> Result<u16, BadRange> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadRange::Form);
    }
    digits.parse().map_err(|_| BadRange::Form)
}

serde_as_word! {
    PortRange, str::parse, fmt::Display::fmt;
    PortBlock, str::parse, fmt::Display::fmt;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_at_65535_at_most() {
        assert_eq!(PortBlock::new(65_535, 1).map(PortBlock::last), Some(65_535));
        assert_eq!(PortBlock::new(65_535, 2), None);
        assert_eq!(PortBlock::new(1, 65_535).map(PortBlock::last), Some(65_535));
        assert!(PortRange { start: 65_535, count: 2 }.runs_past_the_end());
        assert!(!PortRange { start: 65_535, count: 1 }.runs_past_the_end());
    }

    #[test]
    fn blocks_meet_when_they_share_a_port() {
        let block = |s, n| PortBlock::new(s, n).expect("a block");
        assert!(block(10, 5).meets(block(14, 1)) && !block(10, 5).meets(block(15, 1)));
        assert!(block(10, 5).holds(block(10, 5)) && !block(10, 5).holds(block(10, 6)));
    }

    #[test]
    fn ranges_are_read_strictly() {
        assert_eq!("0+64".parse(), Ok(PortRange { start: 0, count: 64 }));
        for text in ["70000+1", "+1", "1+", "1", "1+-1", "1 +1", "1+1+1", "+1+1"] {
            assert_eq!(text.parse::<PortRange>(), Err(BadRange::Form), "{text}");
        }
        assert_eq!("65535+2".parse::<PortBlock>(), Err(BadRange::Block));
    }
}
