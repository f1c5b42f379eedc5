//! What the system says of itself: the header of a trace that is recorded on it, and what `netsh` shows of its ports.

use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use portres_model::{Owner, PortBlock, PortRange, Protocol};
use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;

use super::netsh::{self, Row};
use super::version;
use super::wire::Identity;
use crate::trace::{
    Header, HeaderBlock, HeaderDynamic, HeaderExcluded, Listed, Openness, SystemName,
};

/// The header: the system, its ports, and the processes as they were asked for. No names of users, hosts or folders.
pub(super) fn header(asked: &Header, me: Identity) -> Header {
    let mut header = Header {
        system: Some(system(me)),
        world: Openness::Open,
        processes: asked.processes.clone(),
        ..Header::default()
    };
    let listings = Protocol::ALL.map(Listing::begin);
    let mut complete = true;
    for (protocol, listing) in Protocol::ALL.into_iter().zip(listings) {
        complete &= listing.end(protocol, &mut header);
    }
    if !complete {
        header.exclusions = Listed::Unknown;
    }
    header
}

fn system(me: Identity) -> SystemName {
    let (name, version) = version::name_and_version();
    let elevated = if me.is_elevated() { "yes" } else { "no" };
    let facts =
        [("arch", version::arch()), ("elevated", elevated.into()), ("uac", version::uac().into())];
    SystemName { name: name.into(), version, facts: facts.map(|(k, v)| (k.to_string(), v)).into() }
}

/// What `show dynamicport` says; `None` if there is no netsh.
pub(super) fn dynamic(protocol: Protocol) -> Option<PortRange> {
    let text = output(show(&["dynamicport", &protocol.to_string()]))?;
    netsh::dynamic(&text).map(|(start, count)| PortRange { start, count })
}

/// The rows of `show excludedportrange`; `None` if there is no netsh.
pub(super) fn exclusions(protocol: Protocol) -> Option<Vec<Row>> {
    let text = output(show(&["excludedportrange", &format!("protocol={protocol}")]))?;
    netsh::exclusions(&text)
}

/// The runs of `netsh` for one protocol. All begin before any is read: each takes a while.
struct Listing {
    dynamic: Option<Child>,
    active: Option<Child>,
    persistent: Option<Child>,
}

impl Listing {
    fn begin(protocol: Protocol) -> Listing {
        let named = format!("protocol={protocol}");
        Listing {
            dynamic: show(&["dynamicport", &protocol.to_string()]),
            active: show(&["excludedportrange", &named]),
            persistent: show(&["excludedportrange", &named, "store=persistent"]),
        }
    }

    /// Writes what was listed into the header; false if the exclusions are not known.
    fn end(self, protocol: Protocol, header: &mut Header) -> bool {
        let dynamic = output(self.dynamic).and_then(|text| netsh::dynamic(&text));
        if let Some(block) = dynamic.and_then(|(start, count)| PortBlock::new(start, count)) {
            header.dynamic.push(HeaderDynamic { protocol, block });
        }
        let lasting = output(self.persistent).and_then(|text| netsh::exclusions(&text));
        let rows = output(self.active).and_then(|text| netsh::exclusions(&text));
        let complete = rows.is_some();
        for Row { first, last, starred } in rows.unwrap_or_default() {
            let Some(block) = PortBlock::between(first, last) else { continue };
            if starred {
                let same = |row: &Row| row.first == first && row.last == last;
                let persistent = lasting.as_ref().is_none_or(|rows| rows.iter().any(same));
                header.excluded.push(HeaderExcluded { protocol, block, persistent });
            } else {
                header.blocks.push(HeaderBlock { protocol, block, owner: Owner::default() });
            }
        }
        complete
    }
}

/// Begins `netsh interface ipv4 show …`; `None` if there is no netsh.
fn show(what: &[&str]) -> Option<Child> {
    let folder = std::env::var_os("SystemRoot").map(|root| PathBuf::from(root).join("System32"));
    Command::new(folder.unwrap_or_default().join("netsh.exe"))
        .args(["interface", "ipv4", "show"])
        .args(what)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .creation_flags(CREATE_NO_WINDOW)
        .spawn()
        .ok()
}

fn output(child: Option<Child>) -> Option<Vec<u8>> {
    child?.wait_with_output().ok().map(|output| output.stdout)
}
