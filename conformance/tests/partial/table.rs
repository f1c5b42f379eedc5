//! What partial sight costs: the share of wrong replies that are still caught.

use std::fmt::Write;

use portres::trace::{Event, Observed, Part};
use portres::{Profiles, Settings, Verdict};
use portres_model::{Call, Error, PortRange, Reply, Row, Shape, SocketId, Token};
use rayon::prelude::*;

use crate::generate::{Generated, Made, Size, generate};
use crate::hide::{Sight, header, hide};
use crate::judge;
use portres::generate::Draw;

/// Traces for each cell, and wrong replies planted in each, one at a time.
const TRACES: u64 = 48;
const PLANTED: u64 = 5;

/// How a cell is judged.
#[derive(Clone, Copy)]
struct Cell {
    sight: Sight,
    open: bool,
    likely: bool,
}

#[derive(Clone, Copy, Default)]
struct Count {
    planted: u32,
    caught: u32,
    undecided: u32,
    /// Traces without anything planted, and of how many of them it can be told that they conform.
    traces: u32,
    conform: u32,
}

/// Codes that a caller may confuse.
const CODES: [Error; 10] = [
    Error::WsaAccess,
    Error::WsaAddressInUse,
    Error::WsaInvalid,
    Error::WsaNoBuffers,
    Error::WsaNotSocket,
    Error::WsaOperationNotSupported,
    Error::WsaFault,
    Error::WsaAddressNotAvailable,
    Error::NotFound,
    Error::SharingViolation,
];

/// A reply that is not the one observed: another code, a success for a failure, a failure for a success, another port.
fn wrong(call: &Call, reply: Reply, draw: &mut Draw) -> Reply {
    let code = |draw: &mut Draw| Reply::Failed(CODES[draw.below(CODES.len())]);
    if draw.percent(50) {
        return code(draw);
    }
    let port = match reply {
        Reply::Bound(port) => port,
        Reply::Name(name) => name.port(),
        _ => 50_000 + draw.below(9) as u16,
    };
    let other = port.wrapping_add(1 + draw.below(3) as u16).max(1);
    match (call.shape(), reply) {
        (Shape::Ok | Shape::Outcome, Reply::Failed(_)) => Reply::Ok,
        (Shape::Socket, Reply::Failed(_)) => Reply::Socket(SocketId(900)),
        (Shape::Token, Reply::Failed(_)) => Reply::Token(Token(900)),
        (Shape::Bound, _) => Reply::Bound(other),
        (Shape::Name, Reply::Name(mut name)) => {
            name.set_port(other);
            Reply::Name(name)
        }
        (Shape::Reserved, Reply::Reserved { mut block, token }) => {
            block.start = block.start.wrapping_add(1 + draw.below(3) as u16);
            Reply::Reserved { block, token }
        }
        (Shape::Reserved, Reply::Failed(_)) => {
            let block = PortRange { start: other, count: 1 };
            Reply::Reserved { block, token: Token(900) }
        }
        (Shape::Row, Reply::Row(Row::Absent)) => Reply::Row(Row::Starred),
        (Shape::Row, _) => Reply::Row(Row::Absent),
        _ => code(draw),
    }
}

/// One reply that is told, made wrong; `None` if none is.
pub(crate) fn plant(events: &[Event], draw: &mut Draw) -> Option<Vec<Event>> {
    for _ in 0..200 {
        let place = draw.below(events.len());
        let event = &events[place];
        let Part::Whole { call, reply: Observed::Exactly(reply), .. } = event.part else {
            continue;
        };
        if call.is_of_machine() || reply == Reply::Failed(Error::IoPending) {
            continue;
        }
        let wrong = wrong(&call, reply, draw);
        if wrong == reply {
            continue;
        }
        let mut events = events.to_vec();
        let part = Part::Whole { call, names: None, reply: wrong.into() };
        events[place] = Event { part, ..event.clone() };
        return Some(events);
    }
    None
}

fn measure(cell: Cell, profiles: &Profiles, seed: u64) -> Count {
    let size = if seed % 2 == 0 { Size::Small } else { Size::Large };
    let made = Made { size, calls: 40, pends: !cell.likely && seed % 4 == 0, likely: cell.likely };
    let generated: Generated = generate(seed, made);
    let mut draw = Draw::new(seed ^ 0xabcd);
    let header = header(&generated, &[cell.sight], cell.open);
    let events = hide(&generated, &[cell.sight], cell.open, &mut draw);
    let profile = profiles.get(if cell.likely { "likely" } else { "documented" });
    let settings = Settings { profile, ..Settings::new(profiles) };
    let mut count = Count { traces: 1, ..Count::default() };
    let report = judge(&settings, &header, &events).expect("it was recorded");
    assert_ne!(report.verdict, Verdict::Diverges, "{:?} {seed}", cell.sight);
    count.conform += u32::from(report.verdict == Verdict::Conforms);
    for _ in 0..PLANTED {
        let Some(wrong) = plant(&events, &mut draw) else { continue };
        count.planted += 1;
        match judge(&settings, &header, &wrong).map(|report| report.verdict) {
            // what was made wrong may make a later line unreadable
            Ok(Verdict::Diverges) | Err(_) => count.caught += 1,
            Ok(Verdict::Undecided) => count.undecided += 1,
            Ok(Verdict::Conforms) => {}
        }
    }
    count
}

fn cell(of: Cell, profiles: &Profiles) -> Count {
    let counts = (0..TRACES).into_par_iter().map(|seed| measure(of, profiles, seed));
    counts.reduce(Count::default, |a, b| Count {
        planted: a.planted + b.planted,
        caught: a.caught + b.caught,
        undecided: a.undecided + b.undecided,
        traces: a.traces + b.traces,
        conform: a.conform + b.conform,
    })
}

const HEAD: &str = "\
# Partial sight

A recorder seldom sees all. What is not seen leaves more that may be true, so more wrong replies pass. This page tells how
many; `cargo test -p portres --test partial` holds it true, and `PORTRES_BLESS=1` before it writes it anew.

A simulated machine answers calls that are drawn at random, one half of them on a machine whose dynamic range has nine ports,
and under `documented` one quarter with overlapped requests that stay pending. Then less is told of the trace, and one reply that is told is made
wrong: another code, a success for a failure or a failure for a success, another port, block or row. *Caught* is the share of
wrong replies with which the trace diverges; behind it in brackets stands the share of those with which it is undecided.
Only replies that are told are made wrong, so the rows are not about the same replies.
*Told* is the share of the traces without a wrong reply of which it can be told that they conform; none of them diverges.

Under `likely` the machine answers every open question in the likeliest way, and is judged by that. Under `documented` it has
answers drawn at random and is judged by all that the documentation leaves open: there a wrong reply is often the right one of
another system, and what it teaches contradicts nothing later.

";

const FOOT: &str = "
What is told, and how:

- *no `getsockname`*: a bind to port 0, and a connect or sendto that binds, end in `-> succeeds`. The socket has one port of a
  set, which every later reply narrows; a `getsockname` settles it.
- *blocks neither*: so does an acquire of any block (start 0), and the block starts at one port of a set.
- *codes of failures*: every failure ends in `-> fails`.
- *replies unknown*: as many calls, drawn at random, have no reply at all. They may have failed, succeeded, or never run.
- *exclusions at the start*: `exclusions unknown`. What calls show of them is kept: a port that was bound lies in no system
  block that refuses binds.
- *what happens without a call*: a completion, a connection that ends, a block that appears or goes. In a closed world these
  are told, but for completions; in an open world each may happen at any time.
- *Calls that overlap*: what happens without a call in their midst may have happened between any two of them, or not at all. A
  system block may have gone and a connection have ended where a call names the port or was given it; a pending request may have
  completed anywhere.
- *Pending acquires*: a request may have been granted long before its result is asked for, and before what would refuse it by
  then. Of one for any block, any block that is not too large is taken then, and teaches nothing.
- *Old tokens*: a token whose reservation has ended may be that of a pending acquire which nobody saw complete. Where that is one
  for any block, nothing more can be told: nobody has seen which block a program uses then. The same where the structure of a
  pending acquire is used again before anybody has been told what it gave.

Where too many machines remain possible, the verdict is `undecided` and says from which event on. A matching over several
sockets is decided while they are open; where only one with sockets that are closed would decide, that is said.
";

fn share(part: u32, of: u32) -> u32 {
    (part * 100 + of / 2) / of.max(1)
}

pub(crate) fn page(profiles: &Profiles) -> String {
    let mut page = String::from(HEAD);
    for (likely, name) in [(true, "likely"), (false, "documented")] {
        let _ = writeln!(page, "## Under `{name}`\n");
        page.push_str("| not seen | closed: caught | told | open: caught | told |\n");
        page.push_str("| --- | --- | --- | --- | --- |\n");
        for sight in Sight::ALL {
            let _ = write!(page, "| {} |", sight.says());
            for open in [false, true] {
                let count = cell(Cell { sight, open, likely }, profiles);
                let of = |n| share(n, count.planted);
                let (caught, undecided) = (of(count.caught), of(count.undecided));
                let told = share(count.conform, count.traces);
                let _ = write!(page, " {caught} % ({undecided} %) | {told} % |");
            }
            page.push('\n');
        }
        page.push('\n');
    }
    let page = page.trim_end().to_string();
    page + "\n" + FOOT
}
