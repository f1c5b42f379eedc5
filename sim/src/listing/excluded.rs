//! Lists of excluded port ranges.

use portres_model::{PortBlock, Protocol};

use super::shape::{self, Line, Shape, Star};
use super::{Listing, Reading, Row, Unreadable};

impl Reading<'_> {
    /// A file that holds lists of one transport.
    pub(super) fn excluded(
        &mut self,
        lines: &[Line<'_>],
        named: Option<Protocol>,
    ) -> Result<(), Unreadable> {
        let is_list = |s: &Shape<'_>| matches!(s, Shape::Row { .. } | Shape::Rule(2..));
        if !lines.iter().any(|l| is_list(&l.shape) || l.shape == Shape::OddRow) {
            return Err(self.refuse_file(
                "expected a list of excluded port ranges, found neither rows of two numbers nor the rule above them",
            ));
        }
        if let Some(socket) = lines.iter().find(|l| matches!(l.shape, Shape::Socket(_))) {
            let says = "expected rows of two numbers, found a socket: is this for --listening?";
            return Err(self.refuse(socket.number, says));
        }
        let mut of_file = named;
        for section in shape::sections(lines) {
            let title = title(section);
            match (of_file, title) {
                (Some(known), Some((line, other))) if known != other => {
                    let says = match named {
                        Some(named) => format!(
                            "expected a list of {named}, as the option says, found the title of a list of {other}"
                        ),
                        None => format!(
                            "expected one transport, found lists of {known} and of {other}: say which, or use --paste"
                        ),
                    };
                    return Err(self.refuse(line, says));
                }
                (None, Some((_, titled))) => of_file = Some(titled),
                _ => {}
            }
            self.excluded_section(section, of_file)?;
        }
        Ok(())
    }

    /// One list: its rows ascend and do not overlap.
    pub(super) fn excluded_section(
        &mut self,
        section: &[Line<'_>],
        named: Option<Protocol>,
    ) -> Result<(), Unreadable> {
        let is_row =
            |l: &&Line<'_>| matches!(l.shape, Shape::Row { .. } | Shape::OddRow | Shape::Lone);
        let footer = section.iter().any(|l| l.shape == Shape::Footer);
        let Some(protocol) = named.or(title(section).map(|(_, p)| p)) else {
            let Some(row) = section.iter().find(is_row) else { return Ok(()) };
            let says = "expected a title that names tcp or udp above this row, found none: say --excluded tcp=FILE";
            return Err(self.refuse(row.number, says));
        };
        let rule = |l: &Line<'_>| matches!(l.shape, Shape::Rule(2..));
        if footer || section.iter().any(|l| is_row(&l) || rule(l)) {
            self.into.lists.insert(protocol);
        }
        let mut rows: Vec<Row> = Vec::new();
        for (place, line) in section.iter().enumerate() {
            match &line.shape {
                Shape::Row { first, last, star } => {
                    let block = self.block(line.number, first, last)?;
                    self.in_order(line.number, block, rows.last())?;
                    if *star == Star::Before {
                        let says =
                            "the star stands before the row: it may be a mark of the text around";
                        self.warn(line.number, says);
                    }
                    let (administered, at) = (*star != Star::None, self.at(line.number));
                    rows.push(Row { protocol, block, administered, at });
                }
                Shape::LoneStar => self.star_of(line.number, rows.last_mut())?,
                Shape::Lone => {
                    let more = |l: &Line<'_>| is_row(&l) || l.shape == Shape::Footer;
                    if section[place + 1..].iter().any(more) {
                        return Err(self.refuse(line.number, "expected two numbers, found one"));
                    }
                    let says = "the list is cut in the middle of this row, which is left out";
                    self.warn(line.number, says);
                }
                Shape::OddRow => {
                    let says = "expected two numbers and at most a star, found more behind them";
                    return Err(self.refuse(line.number, says));
                }
                _ => {}
            }
        }
        self.look_for_gaps(section, &rows, footer);
        self.add(rows)
    }

    /// A star on a line of its own is that of the row above.
    fn star_of(&mut self, line: u32, above: Option<&mut Row>) -> Result<(), Unreadable> {
        match above {
            Some(row) if !row.administered => row.administered = true,
            _ => return Err(self.refuse(line, "expected a row before the star, found none")),
        }
        self.warn(line, "a star on a line of its own is taken for that of the row above");
        Ok(())
    }

    fn block(&self, line: u32, first: &str, last: &str) -> Result<PortBlock, Unreadable> {
        let port = |digits: &str| {
            let says = || format!("expected a port from 1 to 65535, found {digits}");
            digits.parse().ok().filter(|n| *n > 0).ok_or_else(|| self.refuse(line, says()))
        };
        let (first, last): (u16, u16) = (port(first)?, port(last)?);
        PortBlock::between(first, last).ok_or_else(|| {
            self.refuse(line, format!("expected an end of at least {first}, found {last}"))
        })
    }

    fn in_order(&self, line: u32, block: PortBlock, above: Option<&Row>) -> Result<(), Unreadable> {
        let Some(above) = above else { return Ok(()) };
        if block.first() > above.block.last() {
            return Ok(());
        }
        let says = if block.meets(above.block) {
            format!("expected rows that do not overlap, found {block} behind {}", above.block)
        } else {
            format!("expected rows in ascending order, found {block} behind {}", above.block)
        };
        Err(self.refuse(line, says))
    }

    /// What may be missing from a list.
    fn look_for_gaps(&mut self, section: &[Line<'_>], rows: &[Row], footer: bool) {
        let ends = section.iter().rev().find(|l| l.shape != Shape::Blank);
        let cut = section.iter().any(|l| l.shape == Shape::Lone);
        if let Some(end) = ends.filter(|_| !footer && !cut) {
            self.warn(end.number, "the list has no footer: it may be cut");
        }
        for row in rows.iter().filter(|row| row.may_have_lost_its_star()) {
            let says = "this row has a star wherever it is known from: the star may be lost";
            self.warn(row.at.line, says);
        }
    }

    /// A row that is known already stands in the list of the other family, too (EV-56, EV-99).
    fn add(&mut self, rows: Vec<Row>) -> Result<(), Unreadable> {
        for row in rows {
            // the rows are in order and do not overlap: only those beside its place can meet it
            let before = |known: &Row| (known.protocol, known.block) < (row.protocol, row.block);
            let place = self.into.rows.partition_point(before);
            let beside = &self.into.rows[place.saturating_sub(1)..];
            let met = beside
                .iter()
                .take(2)
                .find(|known| known.protocol == row.protocol && known.block.meets(row.block));
            match met {
                None => {}
                Some(known)
                    if known.block == row.block && known.administered == row.administered =>
                {
                    continue;
                }
                Some(known) => {
                    let says = format!(
                        "expected a list of the same machine, found {row} where {} has {known}",
                        known.at
                    );
                    return Err(self.refuse(row.at.line, says));
                }
            }
            self.into.rows.insert(place, row);
        }
        Ok(())
    }
}

impl Row {
    /// Whether this row has a star wherever it is known from, and has none here.
    #[must_use]
    pub fn may_have_lost_its_star(&self) -> bool {
        self.block == HNS && !self.administered
    }
}

impl Listing {
    /// The same machine, this row with a star.
    #[must_use]
    pub fn with_star(&self, row: &Row) -> Listing {
        let mut listing = self.clone();
        listing.rows.iter_mut().filter(|r| *r == row).for_each(|r| r.administered = true);
        listing
    }
}

/// The exclusion that HNS makes for itself (EV-73).
const HNS: PortBlock = PortBlock::new(50_000, 60).expect("a block");

/// The transport that the lines above the rows name last, and where.
fn title(section: &[Line<'_>]) -> Option<(u32, Protocol)> {
    let rows = section.iter().position(|l| {
        matches!(l.shape, Shape::Row { .. } | Shape::OddRow | Shape::Lone | Shape::Footer)
    });
    let above = &section[..rows.unwrap_or(section.len())];
    above.iter().rev().find_map(|l| Some((l.number, l.names?)))
}
