//! Every reply that may be given, from the specification.

use std::net::IpAddr;

use portres_model::{
    About, Call, Exclusion, ExclusionKind, Family, Frame, Literal, Offer, Options, Owner,
    Permitted, PortBlock, Process, ProcessId, Profile, Protocol, Refusal, Reply, Rule, Set,
    SocketId, SocketKind, SocketOption, Step, Store, Token, World, apply, permitted,
};
use portres_sim::{Listing, Unseen};

use super::cause::CauseKind;
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
    rule: Option<Rule>,
    under: Vec<String>,
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

/// Replies of the same code from every form of what no listing shows.
struct Merged {
    text: String,
    reply: Reply,
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
        let outcomes = finish(likely);
        otherwise.extend(self.if_starred(ask, &outcomes));
        otherwise.extend(self.if_mirrored(ask, &outcomes));
        (outcomes, otherwise)
    }

    /// What WSL takes in mirrored mode is shown by no list.
    fn if_mirrored(&self, ask: &Ask, outcomes: &[Outcome]) -> Vec<Outcome> {
        let block = owner::MIRRORED;
        let asked = ask.block().filter(|asked| asked.meets(block)).zip(ask.protocol());
        let case = Case::of(self.listing, ask, &Unseen::default());
        let (Some((_, protocol)), Some(mut case)) = (asked, case) else { return Vec::new() };
        let kind = ExclusionKind::System(Owner::Wsl);
        case.world.exclude(Exclusion { protocol, block, kind });
        let mut others = Vec::new();
        for Replied { reply, rule, mut under, .. } in case.replies(&self.profile.profile) {
            let text = reply_text(&reply);
            if outcomes.iter().any(|known| known.reply == text) {
                continue;
            }
            let (first, last) = (block.first(), block.last());
            under.push(format!("WSL runs in mirrored mode and has taken {first}-{last}"));
            let (because, forms) = (Vec::new(), Vec::new());
            let merged = Merged { text, reply, rule, because, gives: None, under, forms };
            others.push(self.outcome(ask, merged, &[]));
        }
        others
    }

    /// A star that is perhaps lost makes another row of one.
    fn if_starred(&self, ask: &Ask, outcomes: &[Outcome]) -> Vec<Outcome> {
        let (Some(block), Some(protocol)) = (ask.block(), ask.protocol()) else {
            return Vec::new();
        };
        let lost = |row: &&portres_sim::Row| {
            row.may_have_lost_its_star() && row.protocol == protocol && row.block.meets(block)
        };
        let Some(row) = self.listing.rows().iter().find(lost) else { return Vec::new() };
        let starred = self.listing.with_star(row);
        let (mut others, _) = Doctor::new(&starred, self.profile).outcomes(ask);
        others.retain(|o| outcomes.iter().all(|known| known.reply != o.reply));
        others.iter_mut().for_each(|o| o.when.push(format!("the row {row} has lost its star")));
        others
    }

    fn merged(&self, ask: &Ask, forms: &[Unseen], profile: &Profile) -> Vec<Merged> {
        let mut list: Vec<Merged> = Vec::new();
        for unseen in forms {
            let Some(case) = Case::of(self.listing, ask, unseen) else { continue };
            for Replied { reply, rule, under, about, gives } in case.replies(profile) {
                let text = reply_text(&reply);
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
                let mut seen: Vec<Cause> = Vec::new();
                because.retain(|c| {
                    let new = !seen.contains(c);
                    seen.push(c.clone());
                    new
                });
                if text == "ok" {
                    because = self.starred_at(ask);
                }
                list.push(Merged {
                    text,
                    reply,
                    rule,
                    because,
                    gives,
                    under,
                    forms: vec![*unseen],
                });
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
        let Merged { text, reply, rule, because, gives, mut under, forms: where_given } = merged;
        under.extend(conditions(&where_given, forms));
        let mut says = rule.map(|r| r.says().to_string()).unwrap_or_default();
        let port_0 = matches!(ask, Ask::Bind { address, .. } if address.port() == 0)
            || matches!(ask, Ask::Reserve { range, .. } if range.start == 0);
        if let Some(set) = gives.filter(|_| port_0) {
            says = format!("{says} Here: {set}.");
        }
        Outcome {
            reply: text,
            code: match reply {
                Reply::Failed(error) => Some(error.number()),
                _ => None,
            },
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
        let has = owner::http_has(self.listing, port)?;
        if owner::of_cause(self.listing, Protocol::Tcp, &has)?.is_of_http_for_certain() {
            return None;
        }
        let (by, call) = calls(ask, SocketId(1)).pop()?;
        let case = Case { world: self.listing.world(), by, call };
        let replied = case.replies(&self.profile.profile).into_iter().next()?;
        let merged = Merged {
            text: reply_text(&replied.reply),
            reply: replied.reply,
            rule: replied.rule,
            under: vec![format!("{} is not of http.sys", has.row)],
            because: vec![has],
            gives: None,
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
        if refused && rows.iter().any(|r| r.kind == CauseKind::Socket) && block.count() > 1 {
            let sockets = cause::in_block(self.listing, protocol, block);
            rows.extend(sockets.into_iter().filter(|s| !rows.contains(s)).collect::<Vec<_>>());
        }
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

fn reply_text(reply: &Reply) -> String {
    match reply {
        Reply::Failed(error) => error.to_string(),
        _ => "ok".into(),
    }
}

/// Under which forms of what no listing shows a reply is given, where not under all.
fn conditions(given: &[Unseen], forms: &[Unseen]) -> Vec<String> {
    let mut groups: Vec<(Vec<String>, &str)> = Vec::new();
    for (options, says) in [
        (Options::Neither, "neither sharing option"),
        (Options::Exclusive, "SO_EXCLUSIVEADDRUSE"),
        (Options::Reuse, "SO_REUSEADDR"),
    ] {
        let of = |set: &[Unseen]| -> Vec<Unseen> {
            set.iter().filter(|u| u.options == options).copied().collect()
        };
        let (with, possible) = (of(given), of(forms));
        if !with.is_empty() {
            groups.push((narrower(&with, &possible), says));
        }
    }
    let all = groups.len() == 3 || forms.len() < 3;
    if all && groups.iter().all(|(narrower, _)| narrower.is_empty()) {
        return Vec::new();
    }
    // what holds of several options is said once
    let mut kinds: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for (narrower, says) in groups {
        match kinds.iter_mut().find(|(known, _)| *known == narrower) {
            Some((_, known)) => known.push(says),
            None => kinds.push((narrower, vec![says])),
        }
    }
    let each = kinds.iter().map(|(narrower, says)| match narrower.as_slice() {
        [] => says.join(" or "),
        list => format!("{} ({})", says.join(" or "), list.join(", ")),
    });
    vec![format!("the socket that has the port has {}", each.collect::<Vec<_>>().join("; or "))]
}

/// What else some forms have in common that not all have.
fn narrower(with: &[Unseen], possible: &[Unseen]) -> Vec<String> {
    let mut list = Vec::new();
    let mut say = |of: fn(&Unseen) -> bool, yes: &str, no: &str| {
        let values = |set: &[Unseen]| (set.iter().any(of), set.iter().any(|u| !of(u)));
        match (values(with), values(possible)) {
            ((true, false), (true, true)) => list.push(yes.to_string()),
            ((false, true), (true, true)) => list.push(no.to_string()),
            _ => {}
        }
    };
    let same = |u: &Unseen| u.user == portres_model::User::default();
    say(same, "under the same user account", "under another user account");
    say(|u| u.dual, "as a dual-stack socket", "as one of two sockets");
    let without: Vec<Unseen> = possible.iter().filter(|u| !with.contains(u)).copied().collect();
    if list.is_empty() && !without.is_empty() {
        // all but some: what these have in common
        list.push(format!("unless {}", narrower(&without, possible).join(" and ")));
    }
    list
}
