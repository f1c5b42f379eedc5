//! What a call that gave a reply reads and writes of a world: two of them that have nothing in common may change places.
//!
//! The law is: where neither writes what the other touches, both orders are permitted or neither is, they lead to the same
//! world, and they teach the same about the readings (`model/tests/laws/places.rs`). Where it would take too many words to
//! say what a call touches, it touches everything.
//!
//! Some change places in one direction only. An acquire that is refused would be refused all the more where another one
//! has been granted before, and where nothing has been released yet.

use smallvec::SmallVec;

use crate::call::Call;
use crate::id::{ProcessId, SocketId, Token};
use crate::port::{PortBlock, Protocol};
use crate::reply::Reply;

mod calls;
mod kept_out;
mod known;

pub use known::Known;

/// What a call that gave a reply reads and writes.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    /// Whether that is everything.
    whole: bool,
    parts: SmallVec<[Part; 8]>,
    /// The parts as bits: where the bits have nothing in common, neither have the parts.
    written: Bits,
    touched: Bits,
}

/// What of a world is touched, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Part {
    what: What,
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Process(ProcessId),
    /// The socket of a descriptor, and what it owns.
    Socket(SocketId),
    /// The reservation of a token.
    Token(Token),
    /// How many sockets are associated with it.
    Users(Token),
    /// What holds these ports.
    Ports(Protocol, PortBlock),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Reads,
    /// Finds that something is in the way: the more there is, the better.
    Finds,
    /// Counts up or down without a look.
    Counts,
    /// Reserves what was free.
    Takes,
    /// Gives back what was reserved.
    Frees,
    Writes,
}

impl How {
    /// Whether what comes second may as well come first.
    const fn gives_way(self, second: How) -> bool {
        matches!(
            (self, second),
            (How::Reads | How::Finds, How::Reads | How::Finds)
                | (How::Counts, How::Counts)
                | (How::Finds, How::Takes)
                | (How::Frees, How::Finds)
        )
    }
}

/// Names and ports, folded into bits.
#[derive(Clone, Copy, Default, Debug)]
struct Bits {
    names: u64,
    ports: u64,
}

impl Bits {
    const ALL: Bits = Bits { names: u64::MAX, ports: u64::MAX };

    const fn meet(self, other: Bits) -> bool {
        self.names & other.names | self.ports & other.ports != 0
    }

    fn add(&mut self, what: What) {
        let name = |kind: u32, name: u32| 1 << (name.wrapping_mul(4).wrapping_add(kind) % 64);
        match what {
            What::Process(ProcessId(id)) => self.names |= name(0, id),
            What::Socket(SocketId(id)) => self.names |= name(1, id),
            What::Token(Token(id)) => self.names |= name(2, id),
            What::Users(Token(id)) => self.names |= name(3, id),
            What::Ports(_, block) if block.count() >= 256 => self.ports = u64::MAX,
            What::Ports(_, block) => {
                let (first, last) = (block.first() / 4, block.last() / 4);
                (first..=last).for_each(|four| self.ports |= 1 << (four % 64));
            }
        }
    }
}

impl Part {
    fn bars(self, second: Part) -> bool {
        let same = match (self.what, second.what) {
            (What::Ports(a, one), What::Ports(b, another)) => a == b && one.meets(another),
            (one, another) => one == another,
        };
        same && !self.how.gives_way(second.how)
    }
}

impl Footprint {
    /// What a call that gave a reply touches, as far as can be told from what is known of the names in it.
    #[must_use]
    pub fn of(known: &Known<'_>, by: ProcessId, call: &Call, reply: &Reply) -> Footprint {
        calls::footprint(known, by, call, reply)
    }

    /// Everything.
    #[must_use]
    pub fn whole() -> Footprint {
        let (written, touched) = (Bits::ALL, Bits::ALL);
        Footprint { whole: true, parts: SmallVec::new(), written, touched }
    }

    /// Nothing.
    #[must_use]
    pub fn nothing() -> Footprint {
        Footprint::default()
    }

    /// Whether one writes what the other touches: then they may not change places.
    #[must_use]
    pub fn meets(&self, other: &Footprint) -> bool {
        self.bars(other) || other.bars(self)
    }

    /// Whether a call that comes behind this one might not as well come before it. Where it might, both orders lead to the
    /// same world, and the other one leaves no fewer readings.
    #[must_use]
    pub fn bars(&self, second: &Footprint) -> bool {
        let perhaps = self.written.meet(second.touched) || self.touched.meet(second.written);
        let surely = || {
            self.whole
                || second.whole
                || self.parts.iter().any(|part| second.parts.iter().any(|p| part.bars(*p)))
        };
        perhaps && surely()
    }

    /// Whether a call that is not permitted might be permitted behind this one. It is kept out by what there is at some ports
    /// ([`Permitted::kept_out_by`](crate::Permitted::kept_out_by)): as long as that stays, what happens to other ports does not
    /// matter. If none are named, all do.
    #[must_use]
    pub fn may_enable(&self, second: &Footprint, kept_out_by: &[PortBlock]) -> bool {
        if self.whole || second.whole || kept_out_by.is_empty() {
            return self.bars(second);
        }
        let at = |part: &Part, wanted: &Part| match wanted.what {
            // what is wanted does not get free by being taken
            What::Ports(..) if part.how == How::Takes && wanted.how != How::Finds => false,
            What::Ports(protocol, _) => kept_out_by
                .iter()
                .any(|block| part.bars(Part { what: What::Ports(protocol, *block), ..*wanted })),
            _ => part.bars(*wanted),
        };
        self.parts.iter().any(|part| second.parts.iter().any(|wanted| at(part, wanted)))
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        !self.whole && self.parts.iter().all(|part| matches!(part.how, How::Reads | How::Finds))
    }

    /// What one of several touches.
    #[must_use]
    pub fn or(mut self, other: &Footprint) -> Footprint {
        if self.whole || other.whole {
            return Footprint::whole();
        }
        other.parts.iter().for_each(|part| self.add(part.what, part.how));
        self
    }

    fn reads(&mut self, what: What) {
        self.add(what, How::Reads);
    }

    fn finds(&mut self, what: What) {
        self.add(what, How::Finds);
    }

    fn takes(&mut self, what: What) {
        self.add(what, How::Takes);
    }

    fn frees(&mut self, what: What) {
        self.add(what, How::Frees);
    }

    fn counts(&mut self, what: What) {
        self.add(what, How::Counts);
    }

    fn writes(&mut self, what: What) {
        self.add(what, How::Writes);
    }

    fn add(&mut self, what: What, how: How) {
        let part = Part { what, how };
        if self.parts.contains(&part) {
            return;
        }
        self.touched.add(what);
        if !matches!(how, How::Reads | How::Finds) {
            self.written.add(what);
        }
        self.parts.push(part);
    }
}
