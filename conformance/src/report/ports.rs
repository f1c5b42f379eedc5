//! The port line: what holds which ports before an event and behind it, as a picture.
//!
//! An axis to scale would hide twenty ports among sixty thousand. So the line is cut wherever something begins or ends, and
//! a piece is the wider the more ports it has, but by their logarithm.

use std::collections::BTreeSet;
use std::fmt::Write;

use maud::{Markup, PreEscaped};
use portres_model::{Call, Kind, PortBlock, Protocol, Reply, World};

use super::changes::excluded;
use crate::check::{Machine, Unseen};

/// The most pieces of a line.
const MOST_PIECES: usize = 14;

/// The height of a row, and the width that a number of a port needs.
const ROW: usize = 22;
const NUMBER: usize = 46;

/// The width of what stands before the line.
const LEFT: usize = 96;

/// What holds ports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Holds {
    Filter,
    Exclusion,
    Reservation,
    Ended,
    Connection,
    Socket,
    /// At a port that nobody has seen.
    Somewhere,
}

impl Holds {
    /// The class of its shape.
    const fn class(self) -> &'static str {
        match self {
            Holds::Filter | Holds::Exclusion => "px",
            Holds::Reservation => "pr",
            Holds::Ended | Holds::Connection => "pe",
            Holds::Socket => "ps",
            Holds::Somewhere => "ps pu",
        }
    }

    /// The row in which it stands.
    const fn row(self) -> (usize, &'static str) {
        match self {
            Holds::Filter | Holds::Exclusion => (0, "excluded"),
            Holds::Reservation | Holds::Ended => (1, "reserved"),
            Holds::Connection | Holds::Socket | Holds::Somewhere => (2, "bound"),
        }
    }
}

/// Something that holds ports.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Item {
    block: PortBlock,
    holds: Holds,
    /// A name that fits on it.
    name: String,
    /// What it is.
    says: String,
}

/// The ports of one transport before and behind an event; nothing where none are in play.
pub(super) fn picture(
    protocol: Protocol,
    before: &Machine,
    after: Option<&Machine>,
    asked: &[PortBlock],
) -> Option<Markup> {
    let was = items(protocol, before);
    let is = after.map(|after| items(protocol, after));
    let dynamic = |machine: &Machine| machine.world.dynamic(protocol);
    let moved = after.is_some_and(|after| dynamic(after) != dynamic(before));
    let all: BTreeSet<&Item> = was.iter().chain(is.iter().flatten()).collect();
    if all.is_empty() && asked.is_empty() && !moved {
        return None;
    }
    let ranges: Vec<PortBlock> = [Some(before), after].into_iter().flatten().map(dynamic).collect();
    let axis = Axis::of(&all, &ranges, asked);
    let same = is.as_ref().is_none_or(|is| *is == was) && !moved;
    let title = match (same, &is) {
        (true, Some(_)) => "before and after",
        (_, None) => "before, and what follows cannot be told",
        _ => "before",
    };
    let mut svg = Svg { axis: &axis, body: String::new(), top: 0, says: String::new() };
    svg.band(title, dynamic(before), &was, is.as_deref().unwrap_or(&was), ("−", "goes"), asked);
    if let (false, Some(is), Some(after)) = (same, &is, after) {
        svg.band("after", dynamic(after), is, &was, ("+", "new"), &[]);
    }
    Some(svg.whole(protocol, all.len()))
}

/// What holds ports of a transport.
fn items(protocol: Protocol, machine: &Machine) -> Vec<Item> {
    let Machine { world, unseen, .. } = machine;
    let mut all = Vec::new();
    for (_, block) in world.machine().filtered.iter().filter(|(p, _)| *p == protocol) {
        let says = format!("{} is filtered", span(*block));
        all.push(Item { block: *block, holds: Holds::Filter, name: "filter".into(), says });
    }
    for exclusion in world.exclusions().iter().filter(|e| e.protocol == protocol) {
        let block = exclusion.block;
        let says = format!("{}: {}", span(block), excluded(exclusion.kind));
        all.push(Item { block, holds: Holds::Exclusion, name: String::new(), says });
    }
    for (token, reservation) in world.reservations().filter(|(_, r)| r.protocol == protocol) {
        let Some(block) = reservation.block else { continue };
        let kind = match reservation.kind {
            Kind::Runtime { process, .. } => format!("runtime, of {process}"),
            Kind::Persistent { .. } => "persistent".into(),
        };
        let ended = if reservation.ended { ", ended and still used" } else { "" };
        let holds = if reservation.ended { Holds::Ended } else { Holds::Reservation };
        let hidden = stands(unseen, protocol, block);
        let name = if hidden.is_some() { format!("{token}?") } else { token.to_string() };
        let ports = hidden.unwrap_or_else(|| span(block));
        let says = format!("{token}: {ports}, {kind}{ended}");
        all.push(Item { block, holds, name, says });
    }
    for (id, socket) in world.sockets().filter(|(_, s)| s.kind.protocol() == Some(protocol)) {
        let Some(name) = socket.bound else { continue };
        let Some(block) = PortBlock::of(name.port()) else { continue };
        let (holds, mark, at) = match stands(unseen, protocol, block) {
            Some(hidden) => (Holds::Somewhere, "?", format!("{} with {hidden}", name.ip())),
            None => (Holds::Socket, "", name.to_string()),
        };
        let says = format!("{id} of {} at {at}", socket.process);
        all.push(Item { block, holds, name: format!("{id}{mark}"), says });
    }
    if protocol == Protocol::Tcp {
        for left in world.lingering() {
            let Some(block) = PortBlock::of(left.port) else { continue };
            let says = format!("connections left at port {}", left.port);
            all.push(Item { block, holds: Holds::Connection, name: "left".into(), says });
        }
    }
    all.sort();
    all
}

fn stands(unseen: &[Unseen], protocol: Protocol, block: PortBlock) -> Option<String> {
    let of = unseen.iter().find(|u| u.protocol == protocol && u.block == block)?;
    Some(format!("{}, not seen", of.says))
}

fn span(block: PortBlock) -> String {
    match block.count() {
        1 => block.first().to_string(),
        _ => format!("{}-{}", block.first(), block.last()),
    }
}

/// The ports that a call and its reply name, with their transports; `None`: whichever the socket has.
pub(super) fn asked(call: &Call, replies: &[Reply], world: &World) -> Vec<(Protocol, PortBlock)> {
    let socket = call.socket().and_then(|id| world.socket(id));
    let of_socket = socket.and_then(|socket| socket.kind.protocol());
    let (protocol, ports) = match *call {
        Call::Acquire { range, .. } => (of_socket, range.block()),
        Call::Bind { address, .. } => (of_socket, PortBlock::of(address.port())),
        Call::Create { protocol, range, .. }
        | Call::Delete { protocol, range }
        | Call::Lookup { protocol, range, .. }
        | Call::AddExcluded { protocol, range, .. }
        | Call::DeleteExcluded { protocol, range, .. }
        | Call::ShowExcluded { protocol, range }
        | Call::SetDynamic { protocol, range, .. } => (Some(protocol), range.block()),
        Call::Appear { protocol, block, .. } | Call::Vanish { protocol, block } => {
            (Some(protocol), Some(block))
        }
        Call::Settle { port } => (Some(Protocol::Tcp), PortBlock::of(port)),
        _ => (of_socket, None),
    };
    let Some(protocol) = protocol else { return Vec::new() };
    let told = replies.iter().filter_map(|reply| match *reply {
        Reply::Bound(port) => PortBlock::of(port),
        Reply::Name(name) => PortBlock::of(name.port()),
        Reply::Reserved { block, .. } | Reply::Range(block) => block.block(),
        _ => None,
    });
    let all: BTreeSet<PortBlock> = ports.into_iter().chain(told).collect();
    all.into_iter().map(|block| (protocol, block)).collect()
}

/// The pieces of a line.
struct Axis {
    /// First port, port behind the last, and where it is drawn.
    pieces: Vec<(u32, u32, usize, usize)>,
}

impl Axis {
    fn of(all: &BTreeSet<&Item>, dynamic: &[PortBlock], asked: &[PortBlock]) -> Axis {
        let ends = |block: &PortBlock| [u32::from(block.first()), u32::from(block.last()) + 1];
        let mut cuts: BTreeSet<u32> = BTreeSet::from([1, 65_536]);
        cuts.extend(dynamic.iter().chain(asked).flat_map(ends));
        // what is nearest to what is asked about comes first
        let middle = asked.first().map_or(0, |block| u32::from(block.first()));
        let mut blocks: Vec<PortBlock> = all.iter().map(|item| item.block).collect();
        blocks.sort_by_key(|block| u32::from(block.first()).abs_diff(middle));
        for block in blocks {
            let more: Vec<u32> = ends(&block).into_iter().filter(|c| !cuts.contains(c)).collect();
            if cuts.len() + more.len() <= MOST_PIECES + 1 {
                cuts.extend(more);
            }
        }
        let cuts: Vec<u32> = cuts.into_iter().collect();
        let mut at = LEFT;
        let width = |count: u32| NUMBER + 6 * count.ilog2() as usize;
        let pieces = cuts.windows(2).map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            let begin = at;
            at += width(to - from);
            (from, to, begin, at)
        });
        Axis { pieces: pieces.collect() }
    }

    fn width(&self) -> usize {
        self.pieces.last().map_or(LEFT, |(_, _, _, end)| *end) + 10
    }

    /// Where a block is drawn, widened to the pieces in which it lies.
    fn place(&self, block: PortBlock) -> (usize, usize) {
        let (first, last) = (u32::from(block.first()), u32::from(block.last()));
        let mut met =
            self.pieces.iter().filter(|(from, to, ..)| *from <= last && first < *to).peekable();
        let begin = met.peek().map_or(LEFT, |(_, _, begin, _)| *begin);
        (begin, met.last().map_or(begin, |(.., end)| *end))
    }

    /// Whether its ends are cuts.
    fn cuts(&self, block: PortBlock) -> bool {
        let (first, behind) = (u32::from(block.first()), u32::from(block.last()) + 1);
        self.pieces.iter().any(|(from, ..)| *from == first)
            && self.pieces.iter().any(|(_, to, ..)| *to == behind)
    }
}

struct Svg<'a> {
    axis: &'a Axis,
    body: String,
    top: usize,
    /// The picture in words.
    says: String,
}

impl Svg<'_> {
    /// One moment: the dynamic range, what holds ports, and the numbers below.
    fn band(
        &mut self,
        title: &str,
        dynamic: PortBlock,
        items: &[Item],
        others: &[Item],
        (sign, word): (&str, &str),
        asked: &[PortBlock],
    ) {
        let _ = write!(self.says, "{title}: dynamic range {}", span(dynamic));
        self.text(0, self.top + 15, "ph", title);
        self.top += ROW;
        let (begin, end) = self.axis.place(dynamic);
        self.label("dynamic");
        let _ = write!(
            self.body,
            "<path class=\"pd\" d=\"M{begin} {y}h{w}\"/>",
            y = self.top + ROW / 2,
            w = end - begin
        );
        self.top += ROW;
        let mut row = None;
        let mut right: Vec<usize> = Vec::new();
        let mut sorted: Vec<&Item> = items.iter().filter(|i| self.axis.cuts(i.block)).collect();
        sorted.sort_by_key(|item| (item.holds.row().0, item.block, item.holds));
        for item in sorted {
            if row != Some(item.holds.row().0) {
                self.top += ROW * right.len();
                right.clear();
                row = Some(item.holds.row().0);
                self.label(item.holds.row().1);
            }
            let (begin, end) = self.axis.place(item.block);
            let free = right.iter().position(|taken| *taken <= begin);
            let line = free.unwrap_or(right.len());
            match free {
                Some(line) => right[line] = end,
                None => right.push(end),
            }
            let changed = !others.contains(item);
            self.item(item, (begin, end), self.top + ROW * line, changed.then_some(sign));
            let _ = write!(self.says, "; {}", item.says);
            if changed {
                let _ = write!(self.says, " ({word})");
            }
        }
        self.top += ROW * right.len();
        let hidden = items.iter().filter(|item| !self.axis.cuts(item.block)).count();
        self.says.push_str(". ");
        self.numbers();
        for block in asked {
            let (begin, end) = self.axis.place(*block);
            let (middle, y) = ((begin + end) / 2, self.top);
            let _ = write!(self.body, "<path class=\"pa\" d=\"M{middle} {y}l-6 9h12z\"/>");
        }
        if !asked.is_empty() {
            self.text(0, self.top + 10, "pl", "asked, told");
            self.top += 14;
        }
        if hidden > 0 {
            let more = format!("{hidden} more that are further away");
            self.text(LEFT, self.top + 14, "pl", &more);
            let _ = write!(self.says, "{more}. ");
            self.top += ROW;
        }
        self.top += 6;
    }

    fn item(&mut self, item: &Item, (begin, end): (usize, usize), y: usize, sign: Option<&str>) {
        let (class, width, sign) = (item.holds.class(), end - begin, sign.unwrap_or_default());
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{round}/>",
            x = begin + 1,
            y = y + 2,
            w = width - 2,
            h = ROW - 4,
            round = if item.holds >= Holds::Socket { " rx=\"9\"" } else { "" },
        );
        let name = format!("{sign}{}", item.name);
        if !name.is_empty() {
            self.text(begin + width / 2, y + 15, "pn", &name);
        }
    }

    /// Where each piece begins.
    fn numbers(&mut self) {
        let (y, axis) = (self.top, self.axis);
        let right = axis.width() - 10;
        let _ = write!(self.body, "<path class=\"pt\" d=\"M{LEFT} {y}H{right}");
        for (_, _, begin, _) in &axis.pieces {
            let _ = write!(self.body, "M{begin} {y}v5");
        }
        self.body.push_str("\"/>");
        for (from, _, begin, _) in &axis.pieces {
            self.text(*begin, y + 16, "pp", &from.to_string());
        }
        self.top += ROW;
    }

    fn label(&mut self, says: &str) {
        self.text(0, self.top + 15, "pl", says);
    }

    fn text(&mut self, x: usize, y: usize, class: &str, says: &str) {
        let safe = says.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(self.body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{safe}</text>");
    }

    fn whole(self, protocol: Protocol, count: usize) -> Markup {
        let (width, height) = (self.axis.width(), self.top);
        let says = self.says.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let held = crate::report::counted(count as u64, "thing");
        PreEscaped(format!(
            "<svg class=\"ports\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             aria-label=\"The {protocol} ports, {held} in play. {says}\">{}</svg>",
            self.body
        ))
    }
}
