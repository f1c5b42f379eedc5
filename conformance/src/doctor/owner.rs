//! Who is likely to have a row. No listing names an owner; sizes and numbers do, as far as they have been seen.

use portres_model::{PortBlock, Protocol};
use portres_sim::{Endpoint, Listing, Row};
use serde::Serialize;

use super::cause::CauseKind;
use super::{Ask, Cause};

/// Who is likely to have what is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// `winnat`, `http.sys`, `hns`, `wsl`, `administered`, `listener` or `unknown`.
    pub name: &'static str,
    /// `shown` by a listing, `observed` elsewhere, or `assumed`.
    pub standing: &'static str,
    /// What it rests on.
    pub evidence: &'static [&'static str],
    /// Why.
    pub why: String,
    /// The process, where a listing shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<u32>,
}

impl Owner {
    /// Whether a listing shows that it is http.sys.
    pub(super) fn is_of_http_for_certain(&self) -> bool {
        self.name == "http.sys" && self.standing == "shown"
    }

    /// The name, and whether it is likely only.
    #[must_use]
    pub fn called(&self) -> String {
        let how = match (self.name, self.standing) {
            ("unknown", _) | (_, "shown") => "",
            (_, "assumed") => "perhaps ",
            _ => "likely ",
        };
        format!("{how}{}", self.name)
    }
}

/// The ports at which http.sys is known to have rows of its own (EV-91).
const HTTP: [u16; 6] = [80, 2869, 5357, 5985, 5986, 47_001];

/// The process that a listing calls System: drivers, http.sys among them.
const SYSTEM: u32 = 4;

/// Where WSL's mirrored mode was seen to take its range, if nothing was in its way (EV-114).
pub(super) const MIRRORED: PortBlock = PortBlock::between(44_620, 48_715).expect("a block");

/// Who has what is in the way of a question: of the first that stands there.
pub(super) fn of(listing: &Listing, ask: &Ask, rows: &[Cause]) -> Option<Owner> {
    match rows.first() {
        Some(cause) => of_cause(listing, ask.protocol()?, cause),
        None if ask.block().is_some_and(|block| block.meets(MIRRORED)) => {
            let why = "nothing that is shown, but WSL takes ports here in mirrored mode, which stand in no list";
            Some(owner("wsl", "assumed", &["EV-113", "EV-114", "EV-115"], why.into()))
        }
        None => None,
    }
}

/// Who has one of the rows or sockets.
pub(super) fn of_cause(listing: &Listing, protocol: Protocol, cause: &Cause) -> Option<Owner> {
    let (port, line) = (cause.block.first(), cause.line);
    match cause.kind {
        CauseKind::Administered | CauseKind::Block => {
            Some(of_row(listing, listing.row_at(protocol, port)?))
        }
        CauseKind::Registration => {
            let why = format!("{} is registered with it", cause.row);
            Some(owner("http.sys", "shown", &["EV-91"], why))
        }
        CauseKind::Socket => {
            let here = |e: &&Endpoint| {
                e.protocol == protocol && e.local.port() == port && e.at.line == line
            };
            let process = listing.endpoints().iter().find(here).and_then(|e| e.process);
            let why = match process {
                Some(SYSTEM) => {
                    format!("{}, the system itself: a driver such as http.sys", cause.row)
                }
                _ => format!("a socket at {}", cause.row),
            };
            Some(Owner { process, ..owner("listener", "shown", &[], why) })
        }
    }
}

/// What shows that http.sys has a TCP port, for certain or likely.
pub(super) fn http_has(listing: &Listing, port: u16) -> Option<Cause> {
    if let Some(row) = listing.row_at(Protocol::Tcp, port) {
        return (of_row(listing, row).name == "http.sys").then(|| Cause::of_row(row));
    }
    let url = listing.registrations().iter().find(|r| r.port == port);
    let system = |e: &&Endpoint| {
        e.protocol == Protocol::Tcp && e.local.port() == port && e.process == Some(SYSTEM)
    };
    let socket = || Cause::of_socket(listing.endpoints().iter().find(system)?);
    url.and_then(Cause::of_url).or_else(socket)
}

/// Who is likely to have a row.
#[must_use]
pub fn of_row(listing: &Listing, row: &Row) -> Owner {
    let (first, count) = (row.block.first(), row.block.count());
    if row.administered {
        return of_starred(first, count);
    }
    if row.may_have_lost_its_star() {
        return Owner { standing: "assumed", ..of_starred(first, count) };
    }
    match count {
        1 => of_single(listing, row),
        100 | 10 => {
            let builds = if count == 100 { "since Windows 10 1809" } else { "in 2018" };
            let mut why = format!(
                "WinNAT takes blocks of {count} ports {builds}; `net stop winnat` takes them away"
            );
            let dynamic = listing.dynamic(row.protocol).filter(|d| !d.block.holds(row.block));
            if let Some(dynamic) = dynamic {
                why += &format!(
                    "; it lies outside the dynamic range {}-{}, which has perhaps moved since",
                    dynamic.block.first(),
                    dynamic.block.last()
                );
            }
            owner("winnat", "observed", &["EV-82", "EV-83", "EV-86", "EV-88"], why)
        }
        64 => {
            let why = "the load balancer of HNS (Kubernetes) takes blocks of 64 ports";
            owner("hns", "observed", &["EV-82", "EV-112"], why.into())
        }
        _ => {
            let why = format!("no component is known to take blocks of {count} ports");
            owner("unknown", "assumed", &["EV-82"], why)
        }
    }
}

fn of_starred(first: u16, count: u16) -> Owner {
    if (first, count) == (50_000, 60) {
        let why =
            "HNS excludes 50000-50059 for itself: EnableExcludedPortRange of Services\\hns\\State";
        return owner("hns", "observed", &["EV-73"], why.into());
    }
    let why = "excluded with netsh; a load balancer of HNS may have left it behind, too";
    owner("administered", "observed", &["EV-67", "EV-110"], why.into())
}

fn of_single(listing: &Listing, row: &Row) -> Owner {
    let port = row.block.first();
    if row.protocol == Protocol::Tcp {
        if let Some(url) = listing.registrations().iter().find(|r| r.port == port) {
            let why = format!("{} is registered with it ({})", url.url, url.at);
            return owner("http.sys", "shown", &["EV-91"], why);
        }
        if HTTP.contains(&port) {
            let why = format!(
                "{port} is known as a port of http.sys, whose listeners are rows of one port"
            );
            return owner("http.sys", "observed", &["EV-91"], why);
        }
    }
    let here = |e: &&Endpoint| e.protocol == row.protocol && e.local.port() == port;
    match listing.endpoints().iter().find(here) {
        Some(e) if e.process == Some(SYSTEM) && row.protocol == Protocol::Tcp => {
            let why =
                format!("the system itself listens there ({}), as it does for http.sys", e.at);
            Owner { process: e.process, ..owner("http.sys", "assumed", &["EV-91"], why) }
        }
        Some(e) => {
            let why = format!("a socket is there ({})", e.at);
            Owner { process: e.process, ..owner("listener", "shown", &[], why) }
        }
        None => {
            let why = "rows of one port are known of http.sys and of published container ports";
            owner("unknown", "assumed", &["EV-90", "EV-91"], why.into())
        }
    }
}

fn owner(
    name: &'static str,
    standing: &'static str,
    evidence: &'static [&'static str],
    why: String,
) -> Owner {
    Owner { name, standing, evidence, why, process: None }
}
