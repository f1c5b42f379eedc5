//! Which variables of the state differ between two moments, in words.

use std::collections::BTreeMap;

use portres_model::{
    Connection, Duplicate, Exclusion, ExclusionKind, Kind, Lingering, Machine as Given, Options,
    Owner, Process, Protocol, Request, Reservation, Socket, SocketOption, World,
};

use crate::check::{Machine, Unseen};

/// A variable, and what it was before and is behind; nothing where it is as it is for everybody, or is not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    /// Its name.
    pub(crate) of: String,
    /// What it was.
    pub(crate) before: Option<String>,
    /// What it is.
    pub(crate) after: Option<String>,
}

/// What differs between two machines, in the order of the tables.
pub(crate) fn changes(before: &Machine, after: &Machine) -> Vec<Change> {
    let (mut old, new) = (Variables::of(before).0, Variables::of(after).0);
    let mut changed: BTreeMap<Place, Change> = BTreeMap::new();
    for (place, (of, value)) in new {
        let was = old.remove(&place).map(|(_, value)| value);
        if was.as_ref() != Some(&value) {
            changed.insert(place, Change { of, before: was, after: Some(value) });
        }
    }
    for (place, (of, value)) in old {
        changed.insert(place, Change { of, before: Some(value), after: None });
    }
    changed.into_values().collect()
}

/// Where a variable stands: its table, its name, its field.
type Place = (u8, u64, u8);

/// Every variable that is not as it is where nothing has happened.
#[derive(Default)]
struct Variables(BTreeMap<Place, (String, String)>);

impl Variables {
    fn of(machine: &Machine) -> Variables {
        let (world, mut all) = (&machine.world, Variables::default());
        all.given(world.machine());
        world.processes().for_each(|(id, process)| all.process(id.slot(), id, process));
        world.sockets().for_each(|(id, socket)| all.socket(id.slot(), socket, &machine.unseen));
        for (token, reservation) in world.reservations() {
            all.reservation(token.slot(), reservation, &machine.unseen);
        }
        world.requests().for_each(|(id, request)| all.request(id.slot(), request));
        all.lists(world, &machine.unseen);
        all
    }

    fn put(&mut self, place: Place, of: String, value: impl Into<String>) {
        let (value, known) = (value.into(), self.0.get_mut(&place));
        match known {
            Some((_, known)) => *known = format!("{known}; {value}"),
            None => drop(self.0.insert(place, (of, value))),
        }
    }

    fn given(&mut self, machine: &Given) {
        let Given {
            dynamic: [tcp, udp],
            stored,
            addresses,
            filtered,
            open,
            unlisted_exclusions,
            scarce,
            network_down,
        } = machine;
        self.put((0, 0, 0), "dynamic range, tcp".into(), tcp.to_string());
        self.put((0, 0, 1), "dynamic range, udp".into(), udp.to_string());
        if let Some([tcp, udp]) = stored {
            let of = "dynamic ranges from the next restart on";
            self.put((0, 0, 2), of.into(), format!("tcp {tcp}, udp {udp}"));
        }
        for address in addresses {
            self.put((0, 0, 3), "local addresses".into(), address.to_string());
        }
        for (protocol, block) in filtered {
            self.put((0, 0, 4), "filtered ports".into(), format!("{protocol} {block}"));
        }
        for (field, is, of) in [
            (5, open, "other programs may take ports"),
            (6, unlisted_exclusions, "there may be exclusions that no list shows"),
            (7, scarce, "resources are scarce"),
            (8, network_down, "the network subsystem has failed"),
        ] {
            if *is {
                self.put((0, 0, field), of.into(), "yes");
            }
        }
    }

    fn process(&mut self, slot: usize, id: impl std::fmt::Display, process: &Process) {
        let Process { credentials, startups } = process;
        let slot = slot as u64;
        self.put((1, slot, 0), format!("{id}"), format!("runs, {credentials}"));
        if *startups > 0 {
            self.put((1, slot, 1), format!("{id}: Winsock started"), times(*startups));
        }
    }

    fn socket(&mut self, slot: usize, socket: &Socket, unseen: &[Unseen]) {
        let Socket {
            process,
            creator,
            kind,
            family,
            attributes,
            non_blocking,
            v6_only,
            options,
            settings,
            affinity,
            associations,
            bound,
            implicit,
            listening,
            connection,
        } = socket;
        let id = format!("s{slot}");
        let mut made = format!("{kind} {family} of {process}");
        for (is, says) in [
            (attributes.non_overlapped, ", non-overlapped"),
            (attributes.no_inherit, ", not inherited"),
        ] {
            made += if is { says } else { "" };
        }
        if creator != process {
            made += &format!(", opened by {creator}");
        }
        let mut put = |field: u8, what: &str, value: String| {
            let of = if what.is_empty() { id.clone() } else { format!("{id}: {what}") };
            self.put((2, slot as u64, field), of, value);
        };
        put(0, "", made);
        if let Some(name) = bound {
            let port = kind.protocol().and_then(|protocol| {
                unseen.iter().find(|u| u.protocol == protocol && u.block.has(name.port()))
            });
            let mut said = match (port, name.port()) {
                (Some(unseen), _) => format!("{} with {}", name.ip(), unseen.says),
                (None, 0) => format!("{}, the port is chosen later", name.ip()),
                (None, _) => name.to_string(),
            };
            said += if *implicit { ", by a connection" } else { "" };
            put(1, "bound to", said);
        }
        if let Some((first, last)) = associations {
            let both = format!("{first}, {last} the last");
            put(2, "associated with", if first == last { first.to_string() } else { both });
        }
        if *options != Options::Neither {
            put(3, "sharing", sharing(*options).into());
        }
        for option in SocketOption::ALL.iter().filter(|option| settings.has(**option)) {
            put(4, "options", option.to_string());
        }
        if !v6_only {
            put(5, "IPV6_V6ONLY", "0".into());
        }
        if *non_blocking {
            put(6, "non-blocking", "yes".into());
        }
        if let Some(processor) = affinity {
            put(7, "processor", processor.to_string());
        }
        if *listening {
            put(8, "listens", "yes".into());
        }
        if *connection != Connection::None {
            put(9, "connection", connected(*connection).into());
        }
    }

    fn reservation(&mut self, slot: usize, reservation: &Reservation, unseen: &[Unseen]) {
        let Reservation { protocol, block, kind, ended, users } = reservation;
        let id = format!("t{slot}");
        let known = |u: &&Unseen| u.protocol == *protocol && Some(u.block) == *block;
        let ports = match (block, unseen.iter().find(known)) {
            (_, Some(unseen)) => unseen.says.clone(),
            (Some(block), None) => block.to_string(),
            (None, None) => "no ports".into(),
        };
        let kind = match kind {
            Kind::Runtime { process, socket, family } => {
                format!("runtime, of {socket} ({family}) of {process}")
            }
            Kind::Persistent { token_known: true } => "persistent".into(),
            Kind::Persistent { token_known: false } => {
                "persistent, perhaps under another token".into()
            }
        };
        let slot = slot as u64;
        self.put((3, slot, 0), id.clone(), format!("{protocol} {ports}, {kind}"));
        if *ended {
            self.put((3, slot, 1), format!("{id}: ended"), "yes, and still used");
        }
        if *users > 0 {
            self.put((3, slot, 2), format!("{id}: sockets associated"), users.to_string());
        }
    }

    fn request(&mut self, slot: usize, request: &Request) {
        let Request { process, call, protocol: _, cancelled, outcome } = request;
        let is = match outcome {
            Some(reply) => format!("completed: {reply}"),
            None if *cancelled => "pending, to be cancelled".into(),
            None => "pending".into(),
        };
        let said = format!("{call} of {process}, {is}");
        self.put((4, slot as u64, 0), format!("o{slot}"), said);
    }

    fn lists(&mut self, world: &World, unseen: &[Unseen]) {
        for (field, list, from) in
            [(0, world.exclusions(), ""), (1, world.suspended(), ", from the next restart on")]
        {
            for Exclusion { protocol, block, kind } in list {
                let of = format!("{protocol} {block}{from}");
                let place = u64::from(block.first()) << 17 | u64::from(block.count());
                let place = place << 1 | u64::from(*protocol == Protocol::Udp);
                self.put((5, place, field), of, excluded(*kind));
            }
        }
        for Duplicate { id, process, of } in world.duplicates() {
            let slot = id.slot() as u64;
            self.put((6, slot, 0), format!("{id}"), format!("a descriptor of {of} in {process}"));
        }
        for (process, credentials) in world.departed() {
            let of = format!("{process}, which has ended with sockets left");
            self.put((7, process.slot() as u64, 0), of, credentials.to_string());
        }
        for Lingering { port, address, exclusive } in world.lingering() {
            let stands = unseen.iter().find(|u| u.protocol == Protocol::Tcp && u.block.has(*port));
            let of = stands.map_or_else(|| port.to_string(), |u| u.says.clone());
            let how = if *exclusive { ", of an exclusive listener" } else { "" };
            let of = format!("connections left at port {of}");
            self.put((8, u64::from(*port), 0), of, format!("{address}{how}"));
        }
    }
}

fn times(count: u32) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}

const fn sharing(options: Options) -> &'static str {
    match options {
        Options::Neither => "neither",
        Options::Reuse => "SO_REUSEADDR",
        Options::Exclusive => "SO_EXCLUSIVEADDRUSE",
        Options::BothReuseLast => "SO_EXCLUSIVEADDRUSE, then SO_REUSEADDR",
        Options::BothExclusiveLast => "SO_REUSEADDR, then SO_EXCLUSIVEADDRUSE",
    }
}

const fn connected(connection: Connection) -> &'static str {
    match connection {
        Connection::None => "none",
        Connection::UnderWay => "under way",
        Connection::Failed => "failed, the port not seen",
        Connection::Undone => "undone",
        Connection::Connected => "connected",
        Connection::Accepted => "accepted",
    }
}

/// Why a block is out of use.
pub(super) fn excluded(kind: ExclusionKind) -> String {
    match kind {
        ExclusionKind::Administered { persistent: true } => "excluded by an administrator".into(),
        ExclusionKind::Administered { persistent: false } => {
            "excluded by an administrator until the next restart".into()
        }
        ExclusionKind::System(owner) => format!("a block of {}", component(owner)),
    }
}

const fn component(owner: Owner) -> &'static str {
    match owner {
        Owner::WinNat => "WinNAT",
        Owner::HttpSys => "http.sys",
        Owner::Hns => "the Host Network Service",
        Owner::Wsl => "WSL",
        Owner::Unknown => "the system",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Follower;
    use crate::trace::{Item, Reader};
    use crate::{Profiles, Settings};

    /// Every event of every fixture: where the worlds are not equal, some variable differs.
    #[test]
    fn no_change_of_a_world_goes_unsaid() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        let (profiles, mut files, mut changed) = (Profiles::built_in(), vec![fixtures], 0);
        let settings = Settings::new(&profiles);
        while let Some(path) = files.pop() {
            if path.is_dir() {
                let entries = std::fs::read_dir(&path).expect("a folder");
                files.extend(entries.map(|entry| entry.expect("an entry").path()));
                continue;
            }
            if path.extension().is_none_or(|e| e != "trace") {
                continue;
            }
            let text = std::fs::read(&path).expect("a fixture");
            let mut follower: Option<Follower<'_>> = None;
            for item in Reader::new(text.as_slice()) {
                match item.expect("a trace") {
                    Item::Header(header) => follower = Follower::new(&header, &settings).ok(),
                    Item::Event(event) => {
                        let follower = follower.as_mut().expect("a header");
                        let before = follower.machine();
                        follower.follow(&event).expect("it follows");
                        let (Some(before), Some(after)) = (before, follower.machine()) else {
                            continue;
                        };
                        let differ = before.world != after.world;
                        let said = changes(&before, &after);
                        let unseen = before.unseen != after.unseen;
                        assert!(
                            differ || unseen || said.is_empty(),
                            "{}: {said:?}",
                            path.display()
                        );
                        assert!(!differ || !said.is_empty(), "{}: {event}", path.display());
                        changed += usize::from(differ);
                    }
                    Item::Comment(_) => {}
                }
            }
        }
        assert!(changed > 5_000, "{changed} events changed something");
    }
}
