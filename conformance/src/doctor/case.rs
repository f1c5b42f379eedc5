//! A question as a call on a machine, and every reply that the specification permits.

use portres_model::{
    About, Call, Credentials, Family, Frame, Literal, LocalAddress, Offer, Options, Owner,
    Permitted, PortBlock, Process, ProcessId, Profile, Protocol, Refusal, Reply, Rule, Set,
    SocketId, SocketKind, SocketOption, Step, Store, Token, World, apply, permitted,
};
use portres_sim::{Listing, Unseen};

use super::{Ask, owner};

/// A question as a call on a machine.
pub(super) struct Case {
    pub(super) world: World,
    pub(super) by: ProcessId,
    pub(super) call: Call,
}

/// The process that asks.
pub(super) const CALLER: ProcessId = ProcessId(1);

/// The calls that lead up to the question's own, and that.
pub(super) fn calls(ask: &Ask, socket: SocketId) -> Vec<(ProcessId, Call)> {
    let open = |protocol, family| {
        let kind = match protocol {
            Protocol::Tcp => SocketKind::Tcp,
            Protocol::Udp => SocketKind::Udp,
        };
        Call::open(kind, family)
    };
    let set = |option, value| Call::set_option(socket, option, value);
    let mut calls = Vec::new();
    match *ask {
        Ask::Bind { protocol, address, options, dual, .. } => {
            let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
            calls.push(open(protocol, family));
            match options {
                Options::Reuse => calls.push(set(SocketOption::ReuseAddr, 1)),
                Options::Exclusive => calls.push(set(SocketOption::ExclusiveAddrUse, 1)),
                _ => {}
            }
            if dual {
                calls.push(set(SocketOption::V6Only, 0));
            }
            calls.push(Call::bind(socket, address));
        }
        Ask::Reserve { protocol, range, persistent: true, .. } => {
            calls.push(Call::Create { protocol, range, null: false });
        }
        Ask::Reserve { protocol, range, persistent: false, .. } => {
            calls.push(open(protocol, Family::V4));
            calls.push(Call::Acquire { socket, range, frame: Frame::default() });
        }
        Ask::Exclude { protocol, range, .. } => {
            calls.push(Call::AddExcluded { protocol, range, store: Store::Persistent });
        }
        Ask::ServeHttp { port } => {
            let block = PortBlock::of(port);
            let (protocol, owner) = (Protocol::Tcp, Owner::HttpSys);
            let appear = block.map(|block| Call::Appear { protocol, block, owner });
            return appear.into_iter().map(|call| (ProcessId::MACHINE, call)).collect();
        }
        Ask::Free { .. } => {}
    }
    calls.into_iter().map(|call| (CALLER, call)).collect()
}

impl Case {
    /// The question on this machine; `None` for a question that is no call.
    pub(super) fn of(listing: &Listing, ask: &Ask, unseen: &Unseen) -> Option<Case> {
        let mut world = listing.world_where(unseen);
        if let Some(address) = ask.own_address() {
            know(&mut world, address);
        }
        if let Ask::Bind { caller, .. }
        | Ask::Reserve { caller, .. }
        | Ask::Exclude { caller, .. } = ask
        {
            start(&mut world, caller.credentials());
        }
        if let Ask::ServeHttp { port } = ask {
            leave_to_http(&mut world, listing, *port);
        }
        let socket = SocketId(1 + world.sockets().map(|(id, _)| id.0).max().unwrap_or(0));
        let mut calls = calls(ask, socket);
        let (by, call) = calls.pop()?;
        for (by, call) in calls {
            let opens = matches!(call, Call::Socket { .. });
            let reply = if opens { Reply::Socket(socket) } else { Reply::Ok };
            apply(&mut world, by, &call, &reply);
        }
        Some(Case { world, by, call })
    }

    /// Every reply that may be given under the profile.
    pub(super) fn replies(&self, profile: &Profile) -> Vec<Replied> {
        let all = permitted(&self.world, self.by, &self.call);
        let mut replies: Vec<Replied> = Vec::new();
        for (reply, gives) in candidates(&all, &self.world, profile) {
            if replies.iter().any(|r| r.reply == reply) {
                continue;
            }
            let Ok(step) = all.judge(&self.world, profile, &reply) else { continue };
            let possible = profile.clone().assume(&step.needs).is_ok();
            if possible && step.discovery.is_none() {
                replies.push(Replied::of(&all, profile, &step, reply, gives));
            }
        }
        replies
    }
}

/// A reply, the rule that gives it, under which answers, and what the refusals behind it are about.
pub(super) struct Replied {
    pub(super) reply: Reply,
    pub(super) rule: Option<Rule>,
    pub(super) under: Vec<String>,
    pub(super) about: Vec<About>,
    pub(super) gives: Option<Set>,
}

fn know(world: &mut World, address: LocalAddress) {
    if !world.is_local(address.ip) {
        let mut machine = world.machine().clone();
        machine.addresses.push(address);
        world.put_machine(machine);
    }
}

fn start(world: &mut World, credentials: Credentials) {
    world.put_process(CALLER, Some(Process { credentials, startups: 1 }));
}

/// A port that http.sys has already is not in its own way: the URLs of a port share it.
fn leave_to_http(world: &mut World, listing: &Listing, port: u16) {
    if owner::http_has(listing, port).is_none() {
        return;
    }
    let block = PortBlock::of(port);
    world.retain_exclusions(|e| e.protocol != Protocol::Tcp || Some(e.block) != block);
    let held: Vec<SocketId> = world.at_port(Protocol::Tcp, port).map(|(id, _)| id).collect();
    held.into_iter().for_each(|id| world.put_socket(id, None));
}

/// The replies that could be meant: every code of a refusal, and one member of each set.
fn candidates(all: &Permitted, world: &World, profile: &Profile) -> Vec<(Reply, Option<Set>)> {
    let mut list = Vec::new();
    let refusals = all.must.iter().chain(&all.may).filter(|r| r.rule.is_recordable()).copied();
    let empty = all.offers.iter().filter_map(|o| {
        let (rule, code) = o.if_empty?;
        Some(Refusal { rule, when: o.when, code, about: About::Call })
    });
    for refusal in refusals.chain(empty) {
        let codes = refusal.codes(profile).into_iter().filter_map(|(code, _)| code);
        list.extend(codes.map(|code| (Reply::Failed(code), None)));
    }
    let success = |o: &Offer| Some((member(&o.set, world)?, Some(o.set)));
    list.extend(all.offers.iter().filter_map(success));
    list
}

/// A reply of a set of those that the questions here can give.
fn member(set: &Set, world: &World) -> Option<Reply> {
    let token = Token(1 + world.reservations().map(|(t, _)| t.0).max().unwrap_or(0));
    Some(match set {
        Set::Ok => Reply::Ok,
        Set::Port(port) => Reply::Bound(*port),
        Set::FreePort(free) => Reply::Bound(free.lowest(world, free.within)?),
        Set::Block(block) => Reply::Reserved { block: *block, token },
        Set::FreeBlock(free) => Reply::Reserved { block: free.lowest(world)?.range(), token },
        Set::NewToken => Reply::Token(token),
        Set::This(reply) => *reply,
        _ => return None,
    })
}

impl Replied {
    /// The first of the refusals that name the code for certain, or else with the fewest answers, tells why.
    fn of(
        all: &Permitted,
        profile: &Profile,
        step: &Step,
        reply: Reply,
        gives: Option<Set>,
    ) -> Replied {
        let Reply::Failed(error) = reply else {
            let (rule, under) = (step.rules.first().copied(), needs(step, profile));
            return Replied { reply, rule, under, about: Vec::new(), gives };
        };
        let literals = |r: &Refusal| {
            let codes = r.codes(profile).into_iter();
            codes.filter(|(code, _)| *code == Some(error)).map(|(_, l)| l).min_by_key(Vec::len)
        };
        let named = all.must.iter().chain(&all.may).filter(|r| step.rules.contains(&r.rule));
        let named: Vec<(&Refusal, Vec<Literal>)> =
            named.filter_map(|r| Some((r, literals(r)?))).collect();
        let best = named.iter().min_by_key(|(_, literals)| literals.len());
        Replied {
            reply,
            rule: best.map(|(r, _)| r.rule).or(step.rules.first().copied()),
            under: match best {
                Some((_, literals)) => {
                    // what is certain goes without saying
                    let open = |l: &&Literal| profile.open(l.question) & !l.answers != 0;
                    literals.iter().filter(open).map(|l| left(l, profile)).collect()
                }
                None => needs(step, profile),
            },
            about: named.iter().map(|(r, _)| r.about).collect(),
            gives,
        }
    }
}

/// What is left of an answer under the profile.
fn left(literal: &Literal, profile: &Profile) -> String {
    Literal { answers: literal.answers & profile.open(literal.question), ..*literal }.to_string()
}

/// The answers to open questions under which the profile permits it.
fn needs(step: &Step, profile: &Profile) -> Vec<String> {
    let clause = |clause: &Vec<Literal>| {
        clause.iter().map(|l| left(l, profile)).collect::<Vec<_>>().join(" or ")
    };
    let mut needs: Vec<String> = Vec::new();
    for clause in step.needs.clauses().iter().map(clause) {
        if !needs.contains(&clause) {
            needs.push(clause);
        }
    }
    needs
}
