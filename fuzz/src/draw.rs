//! Choices drawn from bytes, under the names that the laws know: a fuzzer that changes one byte changes one choice.

use std::ops::RangeInclusive;

use portres_model::{Answers, Profile, Reading, Reply, SocketId, Token};

use crate::machine::block;

/// Bytes that have not been drawn yet. Behind the last one every choice is the first.
pub(crate) struct Draw<'a>(&'a [u8]);

impl<'a> Draw<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Draw<'a> {
        Draw(bytes)
    }

    /// Whether nothing is left to draw from.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number of so many bytes.
    fn number(&mut self, bytes: usize) -> u64 {
        (0..bytes).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.number(8)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let bytes = match n {
            0..=1 => return 0,
            2..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 8,
        };
        (self.number(bytes) % n as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// One of them, if there is any.
    pub(crate) fn any<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        (!list.is_empty()).then(|| self.pick(list))
    }

    /// One of them, each as often as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(usize, T)]) -> T {
        let mut left = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in list {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *value,
            }
        }
        unreachable!("the weights add up")
    }

    pub(crate) fn port(&mut self, ports: RangeInclusive<u16>) -> u16 {
        ports.start() + self.below(usize::from(ports.end() - ports.start()) + 1) as u16
    }

    /// A reading of a profile: the likeliest, or one that two bytes say; a byte for each question would be most of an input.
    pub(crate) fn reading(&mut self, profile: &Profile) -> Reading {
        let mut seed = self.number(2);
        profile.reading(|_, open| {
            if seed == 0 {
                return 1;
            }
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let answers: Vec<Answers> =
                (0..8).map(|bit| 1 << bit).filter(|a| open & a != 0).collect();
            answers[(seed >> 33) as usize % answers.len()]
        })
    }

    /// Some reply, hardly ever one that is permitted.
    pub(crate) fn reply(&mut self) -> Reply {
        use portres_model::Error::{IoPending, WsaAddressInUse, WsaConnectionRefused};
        let token = Token(self.port(0..=7).into());
        let port = self.port(5_000..=5_012);
        match self.below(9) {
            0 => Reply::Ok,
            1 => Reply::Socket(SocketId(1 + self.below(7) as u32)),
            2 => Reply::Bound(self.pick(&[0, port, 65_535])),
            3 => Reply::Reserved { block: block(port, self.port(1..=3)).range(), token },
            4 => Reply::Token(token),
            5 => Reply::Failed(self.pick(&[IoPending, WsaConnectionRefused, WsaAddressInUse])),
            6 => Reply::Value(self.next() as u32),
            7 => Reply::Failed(portres_model::Error::WsaAccess),
            _ => Reply::Name((std::net::Ipv4Addr::LOCALHOST, port).into()),
        }
    }
}
