//! Hiding: a conforming trace of which less is told.

use portres::trace::{Event, Header, Listed, Observed, Openness, Part};
use portres_model::{Call, Error, Names, Reply};

use crate::generate::Generated;
use portres::generate::Draw;

/// What of a trace is not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sight {
    /// Nothing is hidden.
    All,
    /// The ports that the system chose: nobody called `getsockname`.
    NoPorts,
    /// The ports and the blocks that the system chose.
    NoBlocks,
    /// The codes of failures.
    NoCodes,
    /// This share of all replies, in percent.
    Unknown(usize),
    /// Which ports are excluded at the start.
    Exclusions,
    /// What happens without a call: completions, connections that end, blocks that appear.
    Events,
}

impl Sight {
    pub(crate) const ALL: [Sight; 8] = [
        Sight::All,
        Sight::NoPorts,
        Sight::NoBlocks,
        Sight::NoCodes,
        Sight::Unknown(5),
        Sight::Unknown(20),
        Sight::Exclusions,
        Sight::Events,
    ];

    pub(crate) fn says(self) -> String {
        match self {
            Sight::All => "nothing: all replies are known".into(),
            Sight::NoPorts => "ports that the system chose: no `getsockname`".into(),
            Sight::NoBlocks => "these, and blocks neither".into(),
            Sight::NoCodes => "the codes of failures".into(),
            Sight::Unknown(share) => format!("{share} % of the replies"),
            Sight::Exclusions => "the exclusions at the start".into(),
            Sight::Events => "what happens without a call".into(),
        }
    }

    /// The reply as it is told.
    fn told(self, call: &Call, reply: Reply, draw: &mut Draw) -> Observed {
        let chosen = match reply {
            Reply::Bound(port) => {
                let mut call = *call;
                call.address_mut().is_none_or(|a| a.port() != port)
            }
            Reply::Reserved { block, .. } => match *call {
                Call::Acquire { range, .. } => self == Sight::NoBlocks && range != block,
                _ => false,
            },
            _ => false,
        };
        match self {
            Sight::NoPorts | Sight::NoBlocks if chosen => Observed::Succeeds,
            Sight::NoCodes if matches!(reply, Reply::Failed(e) if e != Error::IoPending) => {
                Observed::Fails
            }
            Sight::Unknown(share) if draw.percent(share) => Observed::Unknown,
            _ => reply.into(),
        }
    }

    fn header(self, header: &Header, open: bool) -> Header {
        let mut header = header.clone();
        if self == Sight::Exclusions {
            header.exclusions = Listed::Unknown;
            header.excluded.clear();
            header.blocks.clear();
        }
        if open {
            header.world = Openness::Open;
        }
        header
    }

    fn hides(self, call: &Call, open: bool) -> bool {
        // a closed world tells of all that happens but completions
        let told = !open && !matches!(call, Call::Complete { .. });
        self == Sight::Events && call.is_of_machine() && !told
    }
}

/// The header of the trace as it is told.
pub(crate) fn header(of: &Generated, sights: &[Sight], open: bool) -> Header {
    sights.iter().fold(of.header.clone(), |header, sight| sight.header(&header, open))
}

/// The trace as it is told.
pub(crate) fn hide(of: &Generated, sights: &[Sight], open: bool, draw: &mut Draw) -> Vec<Event> {
    let each = of.events.iter().zip(&of.names);
    each.filter_map(|(event, names)| told(event, *names, (sights, open), draw)).collect()
}

fn told(
    event: &Event,
    names: Option<Names>,
    (sights, open): (&[Sight], bool),
    draw: &mut Draw,
) -> Option<Event> {
    let Part::Whole { call, mut reply, .. } = event.part else { return Some(event.clone()) };
    for sight in sights {
        if sight.hides(&call, open) {
            return None;
        }
        reply = match reply.exactly() {
            Some(exactly) if exactly != Reply::Unsupported => sight.told(&call, exactly, draw),
            _ => reply,
        };
    }
    let names = names.filter(|_| reply.names().is_none());
    Some(Event { part: Part::Whole { call, names, reply }, ..event.clone() })
}
