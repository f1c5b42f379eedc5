//! The ports that are in play, as a line of signs: the picture that `portres doctor` draws of a listing, drawn of a world.

use portres_model::{ExclusionKind, PortBlock, Protocol, World};

use super::state::of_exclusion;
use crate::doctor::picture::{CELLS, Mark, Picture, Span};

/// Ports that are nearer to each other than this are drawn in one line.
const APART: u32 = 512;
/// How many such lines there are at most.
const LINES: usize = 3;

/// The lines for one transport; none where nothing is in play.
pub(super) fn of(world: &World, protocol: Protocol) -> String {
    let spans = spans(world, protocol);
    let dynamic = world.dynamic(protocol);
    if spans.is_empty() && dynamic == portres_model::DYNAMIC {
        return String::new();
    }
    let windows = windows(&spans);
    let picture = Picture { protocol, dynamic, spans, asked: None };
    let mut text = picture.lines_of(&windows, false);
    for span in &picture.spans {
        text += &format!("  {}\n", span.label);
    }
    text
}

/// What holds ports.
fn spans(world: &World, protocol: Protocol) -> Vec<Span> {
    let mut spans = Vec::new();
    for exclusion in world.exclusions().iter().filter(|e| e.protocol == protocol) {
        let mark = match exclusion.kind {
            ExclusionKind::Administered { .. } => Mark::Starred,
            ExclusionKind::System(_) if exclusion.block.count() == 1 => Mark::Single,
            ExclusionKind::System(_) => Mark::Block,
        };
        spans.push(Span { mark, block: exclusion.block, label: of_exclusion(exclusion) });
    }
    for (token, reservation) in world.reservations().filter(|(_, r)| r.protocol == protocol) {
        let Some(block) = reservation.block else { continue };
        let label = format!("{protocol} {block}, reserved: {token}");
        spans.push(Span { mark: Mark::Reserved, block, label });
    }
    for (id, socket) in world.sockets().filter(|(_, s)| s.kind.protocol() == Some(protocol)) {
        let Some(name) = socket.bound else { continue };
        let Some(block) = PortBlock::of(name.port()) else { continue };
        let label = format!("{protocol} {}, bound: {id} at {}", name.port(), name.ip());
        spans.push(Span { mark: Mark::Socket, block, label });
    }
    spans.sort_by_key(|span| (span.block, span.mark));
    spans
}

/// Where ports are in play, each with some room around it.
fn windows(spans: &[Span]) -> Vec<PortBlock> {
    let mut groups: Vec<(u32, u32)> = Vec::new();
    for span in spans {
        let (first, last) = (u32::from(span.block.first()), u32::from(span.block.last()));
        match groups.last_mut() {
            Some((_, end)) if first < *end + APART => *end = last.max(*end),
            _ => groups.push((first, last)),
        }
    }
    let window = |(first, last): (u32, u32)| {
        let per_sign = (last - first + 17).div_ceil(CELLS);
        let whole = (per_sign * CELLS).min(65_535);
        let first = first.saturating_sub((whole - (last - first + 1).min(whole)) / 2);
        let first = first.clamp(1, 65_536 - whole);
        PortBlock::new(u16::try_from(first).ok()?, u16::try_from(whole).ok()?)
    };
    groups.into_iter().take(LINES).filter_map(window).collect()
}
