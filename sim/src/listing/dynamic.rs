//! Dynamic port ranges.

use portres_model::{PortRange, Protocol};

use super::shape::{self, Line, Shape};
use super::{DynamicRange, Reading, Unreadable};

impl Reading<'_> {
    /// A file of any number of sections.
    pub(super) fn dynamic_ranges(&mut self, lines: &[Line<'_>]) -> Result<(), Unreadable> {
        let rows = |l: &&Line<'_>| matches!(l.shape, Shape::Row { .. });
        if let Some(row) = lines.iter().find(rows) {
            let says = "expected a label and a number, found a row of two: is this for --excluded?";
            return Err(self.refuse(row.number, says));
        }
        if !lines.iter().any(|l| matches!(l.shape, Shape::Value(_))) {
            return Err(self.refuse_file(
                "expected the start and the number of a dynamic port range, found no number behind a colon",
            ));
        }
        for section in shape::sections(lines) {
            self.dynamic_section(section)?;
        }
        Ok(())
    }

    /// Pairs of a start and a number, each under a title that names the transport.
    pub(super) fn dynamic_section(&mut self, section: &[Line<'_>]) -> Result<(), Unreadable> {
        let (mut protocol, mut start) = (None::<Protocol>, None::<(u32, &str)>);
        for line in section {
            match (&line.shape, start) {
                (Shape::Value(number), None) => start = Some((line.number, *number)),
                (Shape::Value(count), Some((at, first))) => {
                    let says =
                        "expected a title that names tcp or udp above this number, found none";
                    let protocol = protocol.ok_or_else(|| self.refuse(at, says))?;
                    self.range(protocol, (at, first), (line.number, count))?;
                    start = None;
                }
                _ => {}
            }
            protocol = line.names.or(protocol);
        }
        match start {
            None => Ok(()),
            Some((at, _)) => {
                Err(self.refuse(at, "expected a start and a number of ports, found one of them"))
            }
        }
    }

    fn range(
        &mut self,
        protocol: Protocol,
        (at, start): (u32, &str),
        (below, count): (u32, &str),
    ) -> Result<(), Unreadable> {
        let number = |line, digits: &str| {
            let says = || format!("expected a number from 1 to 65535, found {digits}");
            digits.parse().map_err(|_| self.refuse(line, says()))
        };
        let range = PortRange { start: number(at, start)?, count: number(below, count)? };
        let says = || format!("expected a range that ends at 65535 at most, found {range}");
        let block = range.block().ok_or_else(|| self.refuse(below, says()))?;
        match self.into.dynamic(protocol).cloned() {
            None => {
                let at = self.at(at);
                self.into.dynamic.push(DynamicRange { protocol, block, at });
            }
            Some(known) if known.block == block => {}
            // one is of IPv4 and the other of IPv6, and no number tells which
            Some(known) => self.warn(
                at,
                format!(
                    "{block} is another dynamic range of {protocol}: {} of {} is taken",
                    known.block, known.at
                ),
            ),
        }
        Ok(())
    }
}

/// Where a section that begins as a dynamic range does, a rule and two numbers below it, ends as one.
pub(super) fn end(section: &[Line<'_>]) -> Option<usize> {
    let rule = section.iter().position(|l| l.shape == Shape::Rule(1))?;
    let mut below =
        section.iter().enumerate().skip(rule + 1).filter(|(_, l)| l.shape != Shape::Blank);
    let mut value = || below.next().filter(|(_, l)| matches!(l.shape, Shape::Value(_)));
    value()?;
    value().map(|(place, _)| place + 1)
}
