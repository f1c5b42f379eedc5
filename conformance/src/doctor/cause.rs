//! What stands behind a reply: the row, the socket or the URL, and where it is shown.

use portres_model::{About, PortBlock, Protocol, World};
use portres_sim::{Endpoint, Listing, Place, Registration, Row};
use serde::Serialize;

/// A row or a socket that is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The file that shows it.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// As it stands there: `50060-50159`, with a star if it has one; or an address with its port.
    pub row: String,
    /// Its ports.
    #[serde(skip)]
    pub block: PortBlock,
    /// What it is.
    #[serde(skip)]
    pub kind: CauseKind,
}

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseKind {
    /// A row with a star.
    Administered,
    /// A row without.
    Block,
    /// A URL of http.sys.
    Registration,
    /// A socket.
    Socket,
}

impl Cause {
    fn at(at: &Place, row: String, block: PortBlock, kind: CauseKind) -> Cause {
        Cause { file: at.file.to_string(), line: at.line, row, block, kind }
    }

    pub(super) fn of_row(row: &Row) -> Cause {
        let kind = if row.administered { CauseKind::Administered } else { CauseKind::Block };
        Cause::at(&row.at, row.to_string(), row.block, kind)
    }

    pub(super) fn of_url(url: &Registration) -> Option<Cause> {
        let block = PortBlock::of(url.port)?;
        Some(Cause::at(&url.at, url.url.clone(), block, CauseKind::Registration))
    }

    pub(super) fn of_socket(socket: &Endpoint) -> Option<Cause> {
        let block = PortBlock::of(socket.local.port())?;
        let row = match (&socket.program, socket.process) {
            (Some(program), _) => format!("{} of {program}", socket.local),
            (None, Some(process)) => format!("{} of process {process}", socket.local),
            (None, None) => socket.local.to_string(),
        };
        Some(Cause::at(&socket.at, row, block, CauseKind::Socket))
    }
}

/// The rows and sockets that a refusal is about: all that share a port with what was asked for.
pub(super) fn of(
    listing: &Listing,
    world: &World,
    protocol: Protocol,
    asked: Option<PortBlock>,
    about: About,
) -> Vec<Cause> {
    match about {
        About::Call | About::Reservation(_) => Vec::new(),
        About::Exclusion(block) => of_exclusion(listing, protocol, asked.unwrap_or(block), block),
        About::Port(port) | About::Connection(port) => at_port(listing, protocol, port, |_| true),
        About::Socket(id) => {
            let name = world.socket(id).and_then(|s| s.bound);
            let Some(name) = name else { return Vec::new() };
            at_port(listing, protocol, name.port(), |e| e.local == name)
        }
    }
}

/// The sockets in a block.
pub(super) fn in_block(listing: &Listing, protocol: Protocol, block: PortBlock) -> Vec<Cause> {
    let here = |e: &Endpoint| e.protocol == protocol && block.has(e.local.port());
    listing.holders(false).iter().filter(|e| here(e)).filter_map(Cause::of_socket).collect()
}

fn at_port(
    listing: &Listing,
    protocol: Protocol,
    port: u16,
    wanted: impl Fn(&Endpoint) -> bool,
) -> Vec<Cause> {
    let here = |e: &&Endpoint| e.protocol == protocol && e.local.port() == port && wanted(e);
    listing.endpoints().iter().filter(here).filter_map(Cause::of_socket).collect()
}

fn of_exclusion(
    listing: &Listing,
    protocol: Protocol,
    asked: PortBlock,
    block: PortBlock,
) -> Vec<Cause> {
    let of = |row: &&Row| row.protocol == protocol;
    let Some(found) = listing.rows().iter().filter(of).find(|row| row.block == block) else {
        // a port of http.sys that stands in no row
        let url = listing.registrations().iter().find(|r| block.has(r.port));
        return url.and_then(Cause::of_url).into_iter().collect();
    };
    let same = |row: &&Row| row.administered == found.administered && row.block.meets(asked);
    listing.rows().iter().filter(of).filter(same).map(Cause::of_row).collect()
}
