//! Every reply that may be given, from the specification.

use std::net::IpAddr;

use portres_model::{
    About, Call, Error, Family, Frame, Literal, Offer, Options, Owner, Permitted, PortBlock,
    Process, ProcessId, Profile, Protocol, Refusal, Reply, Rule, Set, SocketId, SocketKind,
    SocketOption, Step, Store, Token, World, apply, permitted,
};
use portres_sim::{Listing, Unseen};

use super::{Ask, Cause, Doctor, Outcome, cause, owner};

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
    let set = |option, value| Call::SetSockOpt { socket, option, value };
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
            calls.push(Call::Bind { socket, address });
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
        if let Ask::Bind { address, caller, .. } = ask {
            know(&mut world, address.ip().to_canonical());
            start(&mut world, caller.credentials());
        }
        if let Ask::Reserve { caller, .. } | Ask::Exclude { caller, .. } = ask {
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
                let about = abouts(&all, profile, &step, &reply);
                replies.push(Replied { reply, step, about, gives });
            }
        }
        replies
    }
}

/// A reply, why it may be given, and what the refusals behind it are about.
pub(super) struct Replied {
    pub(super) reply: Reply,
    step: Step,
    about: Vec<About>,
    gives: Option<Set>,
}

fn know(world: &mut World, address: IpAddr) {
    if !world.is_local(address) {
        let mut machine = world.machine().clone();
        machine.addresses.push(address);
        world.put_machine(machine);
    }
}

fn start(world: &mut World, credentials: portres_model::Credentials) {
    world.put_process(CALLER, Some(Process { credentials, startups: 1 }));
}

/// A port that http.sys has already is not in its own way: the URLs of a port share it.
fn leave_to_http(world: &mut World, listing: &Listing, port: u16) {
    let row = listing.row_at(Protocol::Tcp, port);
    let its_own = row.is_none_or(|row| owner::of_row(listing, row).name == "http.sys");
    if its_own {
        let block = PortBlock::of(port);
        world.retain_exclusions(|e| e.protocol != Protocol::Tcp || Some(e.block) != block);
    }
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

/// What the refusals that explain a reply are about.
fn abouts(all: &Permitted, profile: &Profile, step: &Step, reply: &Reply) -> Vec<About> {
    let Reply::Failed(error) = reply else { return Vec::new() };
    let explains = |r: &&Refusal| {
        let gives = |(code, _): &(Option<Error>, Vec<Literal>)| *code == Some(*error);
        step.rules.contains(&r.rule) && r.codes(profile).iter().any(gives)
    };
    all.must.iter().chain(&all.may).filter(explains).map(|r| r.about).collect()
}

/// Replies of the same code from every form of what no listing shows.
struct Merged {
    text: String,
    rule: Option<Rule>,
    because: Vec<Cause>,
    gives: Option<Set>,
    under: Vec<String>,
    forms: Vec<Unseen>,
}

impl Doctor<'_> {
    /// The outcomes under the profile, and what other readings give besides.
    pub(super) fn outcomes(&self, ask: &Ask) -> (Vec<Outcome>, Vec<Outcome>) {
        if let Ask::Free { protocol, count } = *ask {
            return (vec![self.free(protocol, count)], Vec::new());
        }
        let forms = self.unseen(ask);
        let likely = self.merged(ask, &forms, &self.profile.profile);
        let mut others = self.merged(ask, &forms, &Profile::documented());
        others.retain(|o| likely.iter().all(|l| l.text != o.text));
        let finish = |list: Vec<Merged>| -> Vec<Outcome> {
            list.into_iter().map(|m| self.outcome(ask, m, &forms)).collect()
        };
        let mut otherwise = finish(others);
        otherwise.extend(self.if_not_http(ask));
        (finish(likely), otherwise)
    }

    fn merged(&self, ask: &Ask, forms: &[Unseen], profile: &Profile) -> Vec<Merged> {
        let mut list: Vec<Merged> = Vec::new();
        for unseen in forms {
            let Some(case) = Case::of(self.listing, ask, unseen) else { continue };
            for Replied { reply, step, about, gives } in case.replies(profile) {
                let text = match reply {
                    Reply::Failed(error) => error.to_string(),
                    _ => "ok".to_string(),
                };
                if let Some(known) = list.iter_mut().find(|m| m.text == text) {
                    known.forms.push(*unseen);
                    continue;
                }
                let protocol = ask.protocol().unwrap_or(Protocol::Tcp);
                let mut because: Vec<Cause> = Vec::new();
                for about in about {
                    let causes = cause::of(self.listing, &case.world, protocol, ask.block(), about);
                    because.extend(
                        causes.into_iter().filter(|c| !because.contains(c)).collect::<Vec<_>>(),
                    );
                }
                if text == "ok" {
                    because = self.starred_at(ask);
                }
                let rule = step.rules.first().copied();
                let under = answers(&step, profile);
                list.push(Merged { text, rule, because, gives, under, forms: vec![*unseen] });
            }
        }
        list
    }

    /// A starred row that a bind passes.
    fn starred_at(&self, ask: &Ask) -> Vec<Cause> {
        let (Ask::Bind { protocol, address, .. }, listing) = (ask, self.listing) else {
            return Vec::new();
        };
        let row = listing.row_at(*protocol, address.port()).filter(|row| row.administered);
        row.map(Cause::of_row).into_iter().collect()
    }

    fn outcome(&self, ask: &Ask, merged: Merged, forms: &[Unseen]) -> Outcome {
        let Merged { text, rule, because, gives, mut under, forms: where_given } = merged;
        under.extend(conditions(&where_given, forms));
        let mut says = rule.map(|r| r.says().to_string()).unwrap_or_default();
        let port_0 = matches!(ask, Ask::Bind { address, .. } if address.port() == 0)
            || matches!(ask, Ask::Reserve { range, .. } if range.start == 0);
        if let Some(set) = gives.filter(|_| port_0) {
            says = format!("{says} Here: {set}.");
        }
        Outcome {
            reply: text,
            rule: rule.map(Rule::id),
            standing: rule.map_or("assumed", |r| r.standing().name()),
            sources: rule.map_or(&[], Rule::sources),
            says,
            because,
            when: under,
        }
    }

    /// A row that http.sys probably has is perhaps another's.
    fn if_not_http(&self, ask: &Ask) -> Option<Outcome> {
        let Ask::ServeHttp { port } = *ask else { return None };
        let row = self.listing.row_at(Protocol::Tcp, port).filter(|row| !row.administered)?;
        let owner = owner::of_row(self.listing, row);
        if owner.name != "http.sys" || owner.standing == "shown" {
            return None;
        }
        let (by, call) = calls(ask, SocketId(1)).pop()?;
        let case = Case { world: self.listing.world(), by, call };
        let replied = case.replies(&self.profile.profile).into_iter().next()?;
        let merged = Merged {
            text: match replied.reply {
                Reply::Failed(error) => error.to_string(),
                _ => return None,
            },
            rule: replied.step.rules.first().copied(),
            because: vec![Cause::of_row(row)],
            gives: None,
            under: vec![format!("the row {row} is not of http.sys")],
            forms: Vec::new(),
        };
        Some(self.outcome(ask, merged, &[]))
    }

    /// Every row and socket behind the refusals.
    pub(super) fn in_the_way(&self, ask: &Ask, outcomes: &[Outcome]) -> Vec<Cause> {
        let mut rows: Vec<Cause> = Vec::new();
        for cause in outcomes.iter().flat_map(|o| &o.because) {
            if !rows.contains(cause) {
                rows.push(cause.clone());
            }
        }
        // a block may meet rows of both kinds, of which one refusal names one
        let (Some(block), Some(protocol)) = (ask.block(), ask.protocol()) else { return rows };
        let refused = outcomes.iter().any(|o| o.reply != "ok");
        for row in self.listing.rows().iter().filter(|_| refused) {
            let cause = Cause::of_row(row);
            let kind = rows.iter().any(|known| known.kind == cause.kind);
            if kind && row.protocol == protocol && row.block.meets(block) && !rows.contains(&cause)
            {
                rows.push(cause);
            }
        }
        rows
    }
}

/// The answers to open questions under which the profile permits it.
fn answers(step: &Step, profile: &Profile) -> Vec<String> {
    let left = |l: &Literal| Literal { answers: l.answers & profile.open(l.question), ..*l };
    let clause = |clause: &Vec<Literal>| {
        let literals: Vec<String> = clause.iter().map(|l| left(l).to_string()).collect();
        literals.join(" or ")
    };
    step.needs.clauses().iter().map(clause).collect()
}

/// What the forms have in common that not all forms have.
fn conditions(given: &[Unseen], forms: &[Unseen]) -> Vec<String> {
    let mut list = Vec::new();
    let mut say = |what: &str, of: fn(&Unseen) -> usize, words: &[&str]| {
        let has = |set: &[Unseen], value| set.iter().any(|u| of(u) == value);
        let possible = (0..words.len()).filter(|v| has(forms, *v));
        let (with, without): (Vec<_>, Vec<_>) = possible.partition(|v| has(given, *v));
        if !with.is_empty() && !without.is_empty() {
            let words: Vec<&str> = with.iter().map(|v| words[*v]).collect();
            list.push(format!("{what} {}", words.join(" or ")));
        }
    };
    let option = |u: &Unseen| match u.options {
        Options::Exclusive => 1,
        Options::Reuse => 2,
        _ => 0,
    };
    say(
        "the socket that has the port set",
        option,
        &["neither option", "SO_EXCLUSIVEADDRUSE", "SO_REUSEADDR"],
    );
    let other = |u: &Unseen| usize::from(u.user != portres_model::User::default());
    say("its process runs under", other, &["the same user account", "another user account"]);
    say("it is", |u| usize::from(u.dual), &["one of two sockets", "one dual-stack socket"]);
    list
}
