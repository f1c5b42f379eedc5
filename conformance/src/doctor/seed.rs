//! The machine as a trace header and the questions as calls: what seeds `check` and `replay`.

use std::collections::BTreeMap;

use portres_model::{
    Call, ExclusionKind, Family, LocalAddress, ProcessId, Protocol, Reply, SocketId, SocketKind,
    Who,
};
use portres_sim::Listing;

use super::case::calls;
use super::{Ask, Caller};
use crate::trace::{
    Event, Header, HeaderBlock, HeaderDynamic, HeaderExcluded, HeaderProcess, Item,
};

/// The items of a trace. The sockets of the machine are bound first, by processes of their own; the reply of a question's
/// own call is not known.
#[must_use]
pub fn trace(listing: &Listing, asks: &[Ask]) -> Vec<Item> {
    let mut events = holders(listing);
    let mut processes: Vec<(HeaderProcess, Caller)> = Vec::new();
    let mut socket = SocketId(1 + listing.holders(false).len() as u32);
    let mut next = 2 + listing.endpoints().len() as u32;
    for ask in asks {
        let asked = calls(ask, socket);
        let caller = match ask {
            Ask::Bind { caller, .. }
            | Ask::Reserve { caller, .. }
            | Ask::Exclude { caller, .. } => *caller,
            Ask::Free { .. } | Ask::ServeHttp { .. } => Caller::Standard,
        };
        let known = processes.iter().find(|(_, c)| *c == caller).map(|(p, _)| p.process);
        let process = known.unwrap_or_else(|| {
            // what no process does declares none
            if asked.iter().all(|(by, _)| *by == ProcessId::MACHINE) {
                return ProcessId::MACHINE;
            }
            let process = if processes.is_empty() { ProcessId(1) } else { ProcessId(next) };
            next += 1;
            let portres_model::Credentials { user, account, token } = caller.credentials();
            processes.push((HeaderProcess { process, user, account, token }, caller));
            events.push(startup(process));
            process
        });
        let last = asked.len().saturating_sub(1);
        for (place, (by, call)) in asked.into_iter().enumerate() {
            let who = if by == ProcessId::MACHINE { Who::MACHINE } else { Who::process(process) };
            events.push(event(who, call, socket, place == last));
        }
        socket = SocketId(socket.0 + 1);
    }
    let header = header(listing, asks, processes.into_iter().map(|(p, _)| p).collect());
    let items = events.into_iter().map(Item::Event);
    [Item::Header(Box::new(header))].into_iter().chain(items).collect()
}

fn startup(process: ProcessId) -> Event {
    let startup = Call::Startup(portres_model::Startup::CURRENT);
    Event::whole(Who::process(process), startup, Reply::Ok)
}

fn event(who: Who, call: Call, socket: SocketId, asked: bool) -> Event {
    let token = portres_model::Token(socket.0);
    let names = match call {
        Call::Acquire { .. } | Call::Create { .. } => Some(portres_model::Names::Token(token)),
        _ => None,
    };
    match call {
        Call::Socket { .. } => Event::whole(who, call, Reply::Socket(socket)),
        _ if asked => Event::begun(who, call, names),
        _ => Event::whole(who, call, Reply::Ok),
    }
}

fn header(listing: &Listing, asks: &[Ask], processes: Vec<HeaderProcess>) -> Header {
    let questions: Vec<String> = asks.iter().map(ToString::to_string).collect();
    let title = match questions.is_empty() {
        true => "A machine as its listings show it".to_string(),
        false => format!("A machine as its listings show it, asked: {}", questions.join("; ")),
    };
    let mut header = Header { title: Some(title), processes, ..Header::default() };
    header.addresses = listing.local_addresses();
    for ask in asks {
        let own = ask.own_address();
        let known = |own: &LocalAddress| header.addresses.iter().any(|known| known.ip == own.ip);
        let own = own.filter(|own| !known(own));
        header.addresses.extend(own);
    }
    header.dynamic = listing
        .dynamic_ranges()
        .iter()
        .map(|d| HeaderDynamic { protocol: d.protocol, block: d.block })
        .collect();
    for exclusion in listing.exclusions() {
        let (protocol, block) = (exclusion.protocol, exclusion.block);
        match exclusion.kind {
            ExclusionKind::Administered { persistent } => {
                header.excluded.push(HeaderExcluded { protocol, block, persistent });
            }
            ExclusionKind::System(owner) => {
                header.blocks.push(HeaderBlock { protocol, block, owner });
            }
        }
    }
    header
}

/// The sockets of the machine, opened and bound.
fn holders(listing: &Listing) -> Vec<Event> {
    let mut names: BTreeMap<Option<u32>, ProcessId> = BTreeMap::new();
    let mut events = Vec::new();
    for (endpoint, id) in listing.holders(false).into_iter().zip(1..) {
        let next = ProcessId(2 + names.len() as u32);
        let who = Who::process(*names.entry(endpoint.process).or_insert(next));
        let kind = match endpoint.protocol {
            Protocol::Tcp => SocketKind::Tcp,
            Protocol::Udp => SocketKind::Udp,
        };
        let family = if endpoint.local.is_ipv4() { Family::V4 } else { Family::V6 };
        let socket = SocketId(id);
        let bind = Call::bind(socket, endpoint.local);
        let bound = Event::whole(who, bind, Reply::Bound(endpoint.local.port()));
        events.push(Event::whole(who, Call::open(kind, family), Reply::Socket(socket)));
        events.push(Event { note: Some(endpoint.at.to_string()), ..bound });
    }
    events
}
