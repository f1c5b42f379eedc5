//! The ports of a machine as a picture: a line of characters, an SVG, a page.
//!
//! Marks differ by their shape: no meaning lies in a colour.

use portres_model::{PortBlock, Protocol};
use portres_sim::Listing;

mod page;
mod svg;

pub use page::page;
pub use svg::svg;

/// What is at some ports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mark {
    /// Nothing, and nothing is taken there automatically.
    Outside,
    /// Nothing, in the dynamic range.
    Dynamic,
    /// A reservation: no listing shows one, a world does.
    Reserved,
    /// A socket.
    Socket,
    /// A row of one port.
    Single,
    /// A row of several.
    Block,
    /// A row with a star.
    Starred,
}

impl Mark {
    /// Every mark, as the legend lists them.
    pub const ALL: [Mark; 7] = [
        Mark::Outside,
        Mark::Dynamic,
        Mark::Block,
        Mark::Single,
        Mark::Starred,
        Mark::Reserved,
        Mark::Socket,
    ];

    const fn sign(self, ascii: bool) -> char {
        match (self, ascii) {
            (Mark::Outside, true) => '.',
            (Mark::Outside, false) => '·',
            (Mark::Dynamic, true) => '-',
            (Mark::Dynamic, false) => '─',
            (Mark::Reserved, true) => '=',
            (Mark::Reserved, false) => '▒',
            (Mark::Socket, _) => 'o',
            (Mark::Single, true) => '|',
            (Mark::Single, false) => '│',
            (Mark::Block, true) => '#',
            (Mark::Block, false) => '█',
            (Mark::Starred, _) => '*',
        }
    }

    /// What it means.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mark::Outside => "free",
            Mark::Dynamic => "free, dynamic range",
            Mark::Reserved => "reservation",
            Mark::Socket => "socket",
            Mark::Single => "row of one port",
            Mark::Block => "row of several ports",
            Mark::Starred => "row with a star",
        }
    }
}

/// Something that holds ports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// What it is.
    pub mark: Mark,
    /// Its ports.
    pub block: PortBlock,
    /// As it stands in the listing, and where.
    pub label: String,
}

/// The ports of one transport.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// Whose ports.
    pub protocol: Protocol,
    /// The dynamic range.
    pub dynamic: PortBlock,
    /// What holds ports, in order.
    pub spans: Vec<Span>,
    /// The ports that are asked about.
    pub asked: Option<PortBlock>,
}

/// The cells of a line.
pub(crate) const CELLS: u32 = 64;

impl Picture {
    /// Of a machine.
    #[must_use]
    pub fn of(listing: &Listing, protocol: Protocol, asked: Option<PortBlock>) -> Picture {
        let mut spans: Vec<Span> = Vec::new();
        for row in listing.rows().iter().filter(|row| row.protocol == protocol) {
            let mark = match (row.administered, row.block.count()) {
                (true, _) => Mark::Starred,
                (false, 1) => Mark::Single,
                (false, _) => Mark::Block,
            };
            spans.push(Span { mark, block: row.block, label: format!("{row} ({})", row.at) });
        }
        let urls = if protocol == Protocol::Tcp { listing.registrations() } else { &[] };
        for url in urls.iter().filter(|url| listing.row_at(protocol, url.port).is_none()) {
            let Some(block) = PortBlock::of(url.port) else { continue };
            let label = format!("{} ({})", url.url, url.at);
            spans.push(Span { mark: Mark::Single, block, label });
        }
        for socket in listing.holders(false).iter().filter(|s| s.protocol == protocol) {
            let Some(block) = PortBlock::of(socket.local.port()) else { continue };
            let label = format!("{} ({})", socket.local, socket.at);
            spans.push(Span { mark: Mark::Socket, block, label });
        }
        spans.sort_by_key(|span| (span.block, span.mark));
        let dynamic = listing.world().dynamic(protocol);
        Picture { protocol, dynamic, spans, asked }
    }

    /// What is at the ports of a block: the most striking.
    #[must_use]
    pub fn mark(&self, block: PortBlock) -> Mark {
        let here = self.spans.iter().filter(|span| span.block.meets(block)).map(|span| span.mark);
        let free = if self.dynamic.meets(block) { Mark::Dynamic } else { Mark::Outside };
        here.max().unwrap_or(free)
    }

    /// The ports around those that are asked about, so that a cell has few of them.
    #[must_use]
    pub fn near(&self) -> Option<PortBlock> {
        let asked = self.asked?;
        let count = u32::from(asked.count());
        let per_cell = count.div_ceil(CELLS / 2).max(8);
        let whole = (per_cell * CELLS).min(65_535);
        let middle = u32::from(asked.first()) + count / 2;
        let first = middle.saturating_sub(whole / 2).clamp(1, 65_536 - whole);
        PortBlock::new(u16::try_from(first).ok()?, u16::try_from(whole).ok()?)
    }

    /// The lines of a terminal: all ports, those around what is asked about, and what the signs mean.
    #[must_use]
    pub fn lines(&self, ascii: bool) -> String {
        let windows: Vec<PortBlock> = self.near().into_iter().collect();
        self.lines_of(&windows, ascii)
    }

    /// The same with these ports drawn apart.
    pub(crate) fn lines_of(&self, windows: &[PortBlock], ascii: bool) -> String {
        let mut used = Vec::new();
        let mut text = String::new();
        let all = PortBlock::between(1, 65_535);
        for window in all.into_iter().chain(windows.iter().copied()) {
            text += &self.line(window, ascii, &mut used);
        }
        let legend = Mark::ALL.iter().filter(|mark| used.contains(*mark));
        let legend: Vec<String> =
            legend.map(|mark| format!("{} {}", mark.sign(ascii), mark.name())).collect();
        let asked = if self.asked.is_some() { "   ^ asked about" } else { "" };
        text + &format!("  {}{asked}\n", legend.join("   "))
    }

    fn line(&self, window: PortBlock, ascii: bool, used: &mut Vec<Mark>) -> String {
        let per_cell = u32::from(window.count()).div_ceil(CELLS);
        let mut text = format!(
            "  {} ports {}-{}, {per_cell} a sign\n  ",
            self.protocol,
            window.first(),
            window.last()
        );
        let mut below = String::from("  ");
        let mut start = u32::from(window.first());
        while start <= u32::from(window.last()) {
            let end = (start + per_cell - 1).min(u32::from(window.last()));
            let (first, last) = (start as u16, end as u16);
            if let Some(cell) = PortBlock::between(first, last) {
                let mark = self.mark(cell);
                used.push(mark);
                text.push(mark.sign(ascii));
                let asked = self.asked.is_some_and(|asked| asked.meets(cell));
                below.push(if asked { '^' } else { ' ' });
            }
            start = end + 1;
        }
        text.push('\n');
        match below.trim_end() {
            "" => text,
            below => text + below + "\n",
        }
    }
}
