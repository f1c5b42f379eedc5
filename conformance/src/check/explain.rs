//! Saying why a reply is not permitted.

use portres_model::{
    About, Error, Guard, Kind, Literal, Objection, Offer, Permitted, PortBlock, Profile, Reply,
    Set, Why, World,
};

use serde::Serialize;

use super::{PermittedReply, RefusedBy};
use crate::profiles::NamedProfile;

/// What a rule gives under some answers.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Given {
    /// The reply, in text.
    pub reply: String,
    /// Under which answers.
    pub under: Vec<String>,
}

pub(crate) fn answers(literals: &[Literal], profile: &Profile) -> Vec<String> {
    let open = literals
        .iter()
        .filter(|l| l.answers & profile.open(l.question) != profile.open(l.question));
    let left = |l: &Literal| Literal { answers: l.answers & profile.open(l.question), ..*l };
    open.map(|l| left(l).to_string()).collect()
}

pub(crate) fn guard(when: Guard, profile: &Profile) -> Option<Vec<String>> {
    let literals: Vec<Literal> = when.literals().collect();
    let possible = literals.iter().all(|l| l.answers & profile.open(l.question) != 0);
    possible.then(|| answers(&literals, profile))
}

pub(crate) fn code_text(code: Option<Error>) -> String {
    code.map_or_else(|| "a code that nobody has foreseen".into(), |c| c.to_string())
}

/// Every reply that the profile leaves.
pub(super) fn permitted_replies(
    all: &Permitted,
    world: &World,
    profile: &Profile,
) -> Vec<PermittedReply> {
    let mut replies: Vec<PermittedReply> = Vec::new();
    // a reply that a rule permits in several ways is listed once, with the least that it needs
    let mut push = |reply: String, rule, under: Vec<String>| match replies
        .iter_mut()
        .find(|r| r.reply == reply && r.rule == rule)
    {
        Some(known) if known.under.len() <= under.len() => {}
        Some(known) => known.under = under,
        None => replies.push(PermittedReply { reply, rule, under }),
    };
    let obliged = !all.admits_success(profile);
    for offer in all.offers.iter().filter(|_| !obliged) {
        let Some(under) = guard(offer.when, profile) else { continue };
        if !offer.set.is_empty(world) {
            push(offer.set.to_string(), offer.rule, under);
        } else {
            for (code, literals) in empty_codes(offer, profile) {
                push(
                    code_text(code),
                    offer.if_empty.map_or(offer.rule, |(r, _)| r),
                    answers(&literals, profile),
                );
            }
        }
    }
    // what no program can see would only be in the way of what it can
    let seen = all.must.iter().chain(&all.may).filter(|r| r.rule.is_recordable());
    for refusal in seen {
        for (code, literals) in refusal.codes(profile) {
            push(code_text(code), refusal.rule, answers(&literals, profile));
        }
    }
    replies
}

fn empty_codes(offer: &Offer, profile: &Profile) -> Vec<(Option<Error>, Vec<Literal>)> {
    let Some((rule, code)) = offer.if_empty else { return Vec::new() };
    portres_model::Refusal { rule, when: offer.when, code, about: About::Call }.codes(profile)
}

/// What the whole list says against a reply that no single question excludes.
pub(super) fn everything(all: &Permitted, profile: &Profile, reply: &Reply) -> Vec<Objection> {
    let failed = matches!(reply, Reply::Failed(_));
    let refusals = all.must.iter().filter_map(|r| {
        let (codes, about) = (r.codes(profile), r.about);
        let why =
            if failed { Why::OtherCode { codes, about } } else { Why::Refuses { codes, about } };
        (!r.codes(profile).is_empty()).then_some(Objection { rule: r.rule, why })
    });
    let offers = all.offers.iter().map(|o| {
        let why = if failed { Why::Succeeds(o.set) } else { Why::Outside(o.set) };
        Objection { rule: o.rule, why }
    });
    refusals.chain(offers).collect()
}

pub(super) fn refused_by(against: &[Objection], world: &World, seen: &Reply) -> Vec<RefusedBy> {
    let mut list: Vec<RefusedBy> = Vec::new();
    for objection in against {
        let clause = objection.rule.sources().first().copied().unwrap_or_default();
        let (rule, gives) = (objection.rule, given(&objection.why));
        let refused = RefusedBy { rule, clause, why: why(&objection.why, world, seen), gives };
        if !list.contains(&refused) {
            list.push(refused);
        }
    }
    // what one rule says in several ways stands together
    list.sort_by_key(|r| against.iter().position(|o| o.rule == r.rule));
    list
}

/// What depends on the answers to open questions.
fn given(why: &Why) -> Vec<Given> {
    let codes = match why {
        Why::Refuses { codes, .. } | Why::OtherCode { codes, .. } => codes.as_slice(),
        Why::Outside(_) | Why::Succeeds(_) => &[],
    };
    let each = codes.iter().map(|(code, literals)| Given {
        reply: code_text(*code),
        under: literals.iter().map(Literal::to_string).collect(),
    });
    each.filter(|given| !given.under.is_empty()).collect()
}

fn why(why: &Why, world: &World, seen: &Reply) -> String {
    match why {
        Why::Refuses { codes, about } => {
            format!("it refuses the call with {}{}", codes_text(codes), because(about, world))
        }
        Why::OtherCode { codes, about } => {
            format!("it gives {}{}", codes_text(codes), because(about, world))
        }
        Why::Outside(set) => {
            format!("it permits only {}{}", set_text(set, world), passed_over(set, world, seen))
        }
        Why::Succeeds(set) => {
            format!("nothing refuses the call: it gives {}", set_text(set, world))
        }
    }
}

/// Why a port of the range is none of the free ones.
fn passed_over(set: &Set, world: &World, seen: &Reply) -> String {
    let (Set::FreePort(free), Reply::Bound(port)) = (set, *seen) else { return String::new() };
    let Some(block) = PortBlock::of(port).filter(|_| free.within.has(port)) else {
        return String::new();
    };
    let holder =
        world.at_port(free.protocol, port).next().map(|(id, _)| format!("{id} has {port}"));
    let reserved = || {
        let (token, _) = world.reservations_in(free.protocol, block).next()?;
        free.skip.reserved.then(|| format!("{port} is reserved by {token}"))
    };
    let excluded = || {
        let exclusion = world.exclusions_in(free.protocol, block).next()?;
        free.skip
            .excluded
            .then(|| format!("{port} lies in {}, which is out of use", exclusion.block))
    };
    holder.or_else(reserved).or_else(excluded).map_or_else(String::new, |why| format!(": {why}"))
}

fn set_text(set: &Set, world: &World) -> String {
    if set.is_empty(world) { format!("{set}, of which there is none") } else { set.to_string() }
}

/// The codes with the answers that give them, and what must hold besides.
fn codes_text(codes: &[(Option<Error>, Vec<Literal>)]) -> String {
    let mut asked = None;
    let each = codes.iter().map(|(code, literals)| match literals.split_last() {
        Some((answer, _)) if codes.len() > 1 => {
            asked = Some(answer.question);
            let names: Vec<&str> = answer.question.names(answer.answers).collect();
            format!("{} ({})", code_text(*code), names.join(" or "))
        }
        _ => code_text(*code),
    });
    let mut text = each.collect::<Vec<_>>().join(", ");
    if let Some(question) = asked {
        text.push_str(&format!(", by the answer to {question}"));
    }
    let besides = codes.first().map_or(&[][..], |(_, literals)| match literals.split_last() {
        Some((_, guard)) if codes.len() > 1 => guard,
        _ => literals,
    });
    if !besides.is_empty() {
        let besides: Vec<String> = besides.iter().map(Literal::to_string).collect();
        text.push_str(&format!(", if {}", besides.join(" and ")));
    }
    text
}

fn because(about: &About, world: &World) -> String {
    match *about {
        About::Call => String::new(),
        About::Exclusion(block) => format!(" because of {block}"),
        About::Port(port) => format!(" because port {port} is bound"),
        About::Connection(port) => format!(" because connections of port {port} are left"),
        About::Socket(id) => {
            let held = world.socket(id).and_then(|s| s.bound.map(|b| (s, b)));
            let held = held
                .map(|(s, b)| format!(", {} of {} at {b}", s.kind, s.process))
                .unwrap_or_default();
            format!(" because of {id}{held}")
        }
        About::Reservation(token) => {
            let reservation = world.reservation(token).and_then(|r| Some((r, r.block?)));
            let text = reservation.map(|(r, block)| {
                let kind = match r.kind {
                    Kind::Runtime { process, .. } => format!("runtime, of {process}"),
                    Kind::Persistent { .. } => "persistent".into(),
                };
                format!(", {} {block} ({kind}{})", r.protocol, if r.ended { ", ended" } else { "" })
            });
            format!(" because of {token}{}", text.unwrap_or_default())
        }
    }
}

/// What would have made the reply legal.
pub(super) fn remedy(
    all: &Permitted,
    world: &World,
    profile: &Profile,
    named: &NamedProfile,
    seen: &[Reply],
    against: &[RefusedBy],
) -> String {
    let documented = Profile::documented();
    let foreseen = |r: &&PermittedReply| r.reply != code_text(None);
    let gives = |profile: &Profile, reply: &Reply| {
        let step = all.judge(world, profile, reply).ok();
        let step = step.filter(|step| step.discovery.is_none());
        step.is_some_and(|step| profile.clone().assume(&step.needs).is_ok())
    };
    let possible = |profile: &Profile| seen.iter().any(|reply| gives(profile, reply));
    if possible(&named.profile) {
        return "an earlier event of this trace has settled otherwise".into();
    }
    if possible(&documented) {
        let name = &named.name;
        return format!("the profile `documented` permits it: `{name}` has settled otherwise");
    }
    let replies = permitted_replies(all, world, profile);
    let replies: Vec<PermittedReply> = replies.iter().filter(foreseen).cloned().collect();
    match nearest(&replies, against) {
        Some(PermittedReply { reply, rule, .. }) => {
            format!("the nearest legal reply is `{reply}` ({rule})")
        }
        None => "no reply is legal here".into(),
    }
}

/// A reply of a rule that speaks against the one seen, if possible, and of those one that asks for the fewest answers.
fn nearest<'a>(replies: &'a [PermittedReply], against: &[RefusedBy]) -> Option<&'a PermittedReply> {
    let speaks = |r: &PermittedReply| against.iter().any(|a| a.rule == r.rule);
    replies.iter().rev().max_by_key(|r| (speaks(r), std::cmp::Reverse(r.under.len())))
}
