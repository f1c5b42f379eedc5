//! The byte count that is seen beside a reply.

use portres_model::{Bytes, Call, Objection, Permitted, Reply, Who, bytes_returned};

use super::{Follower, Seen, State};

impl Follower<'_> {
    /// Judges the byte count of the event that has just been judged.
    pub(super) fn count(
        &mut self,
        (who, line): (Who, u64),
        call: Call,
        reply: Reply,
        bytes: Bytes,
    ) {
        let event = self.report.events;
        let seen = Seen { event, line, who, call, reply: Reply::Bytes(bytes) };
        let mut against: Option<Vec<Objection>> = None;
        let (mut left, mut rules) = (Vec::with_capacity(self.states.len()), Vec::new());
        let list = |state: &State| bytes_returned(&state.world, who.process, &call, &reply);
        for mut state in self.states.iter().cloned() {
            let Some(all) = list(&state) else { return };
            match state.count(&all, &seen.reply) {
                Ok(step) => {
                    rules = step.rules.to_vec();
                    left.push(state);
                }
                Err(objections) => against = against.or(Some(objections)),
            }
        }
        rules.iter().for_each(|rule| self.fired[*rule as usize] = true);
        if let (true, Some(all)) = (left.is_empty(), list(&self.states[0])) {
            self.diverge(&seen, &all, &against.unwrap_or_default());
        } else {
            self.put_states(left);
        }
    }
}

impl State {
    pub(super) fn count(
        &mut self,
        all: &Permitted,
        seen: &Reply,
    ) -> Result<portres_model::Step, Vec<Objection>> {
        let judged = all.judge(&self.world, &self.profile, seen);
        let step = judged.map_err(|mismatch| mismatch.refused_by)?;
        if self.profile.assume(&step.needs).is_err() {
            return Err(super::explain::everything(all, &self.profile, seen));
        }
        Ok(step)
    }
}
