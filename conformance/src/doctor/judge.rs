//! The outcomes of a question: the replies to its call, under every form of what no listing shows.

use portres_model::{
    Exclusion, ExclusionKind, Owner, Profile, Protocol, Reply, Rule, Set, SocketId,
};
use portres_sim::Unseen;

use super::case::{Case, Replied, calls};
use super::cause::CauseKind;
use super::unseen::conditions;
use super::{Ask, Cause, Doctor, Outcome, cause, owner};
use crate::profiles::NamedProfile;

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
        let call = calls(ask, SocketId(1)).pop();
        if call.is_some_and(|(_, call)| self.profile.lacks(&call)) {
            return (vec![self.missing(ask)], Vec::new());
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

    /// The system of the profile does not have the call.
    fn missing(&self, ask: &Ask) -> Outcome {
        let (rule, error) = NamedProfile::MISSING;
        let reply = Reply::Failed(error);
        let text = reply_text(&reply);
        let (because, under, forms) = (Vec::new(), Vec::new(), Vec::new());
        let merged = Merged { text, reply, rule: Some(rule), because, gives: None, under, forms };
        self.outcome(ask, merged, &[])
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
