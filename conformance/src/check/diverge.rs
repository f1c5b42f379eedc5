//! Divergences: what speaks against a reply, and what would have been permitted.

use portres_model::{Call, Names, Objection, Permitted, Reply};

use super::explain;
use super::{Divergence, Follower, RefusedBy, Seen, State};
use crate::trace::Observed;

impl Follower<'_> {
    pub(super) fn diverge(&mut self, seen: &Seen, all: &Permitted, against: &[Objection]) {
        let reply = seen.reply;
        self.diverge_from_all(seen, &reply.into(), all, &[(reply, against.to_vec())]);
    }

    /// A divergence: every reply that was observed, with what speaks against it.
    pub(super) fn diverge_from_all(
        &mut self,
        seen: &Seen,
        observed: &Observed,
        all: &Permitted,
        against: &[(Reply, Vec<Objection>)],
    ) {
        self.watch_event(seen.event);
        let State { world, profile, .. } = &self.states[0];
        let mut refused_by: Vec<RefusedBy> = Vec::new();
        for (reply, objections) in against {
            let refused = explain::refused_by(objections, world, reply);
            refused_by.extend(
                refused.into_iter().filter(|r| !refused_by.contains(r)).collect::<Vec<_>>(),
            );
        }
        let replies: Vec<Reply> = against.iter().map(|(reply, _)| *reply).collect();
        let divergence = Divergence {
            event: seen.event,
            line: seen.line,
            who: seen.who.to_string(),
            call: named(&seen.call, observed.names()),
            observed: observed.to_string(),
            is_success: !observed.is_refusal(),
            permitted: explain::permitted_replies(all, world, profile),
            remedy: explain::remedy(all, world, profile, self.named, &replies, &refused_by),
            refused_by,
            follows_from: self.report.divergences.first().map(|d| d.event),
        };
        let divergence = self.states[0].spell(divergence);
        match self.settings.departures.and_then(|d| d.of(&divergence)) {
            Some(departure) => self.report.departed.push((departure, divergence.event)),
            None => self.keep(divergence),
        }
    }
}

/// The call with the name of what it created before it.
fn named(call: &Call, names: Option<Names>) -> String {
    names.map_or_else(|| call.to_string(), |names| format!("{names} = {call}"))
}
