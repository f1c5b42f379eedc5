//! What no listing shows of a socket: its sharing option, its user, whether it is dual-stack.

use portres_model::{Options, User};
use portres_sim::{Endpoint, Unseen};

use super::{Ask, Doctor};

impl Doctor<'_> {
    /// What no listing shows of the sockets at the ports that are asked about, in every form that may be.
    pub(super) fn unseen(&self, ask: &Ask) -> Vec<Unseen> {
        let Ask::Bind { protocol, address, .. } = *ask else { return vec![Unseen::default()] };
        let port = address.port();
        let held = |e: &Endpoint| e.protocol == protocol && e.local.port() == port;
        if !self.listing.endpoints().iter().any(held) {
            return vec![Unseen::default()];
        }
        let forms: &[bool] =
            if self.listing.has_pair(protocol, port) { &[false, true] } else { &[false] };
        let users = ["user", "other"].map(|name| name.parse().unwrap_or_default());
        let mut all = Vec::new();
        for options in [Options::Neither, Options::Exclusive, Options::Reuse] {
            for user in users {
                all.extend(forms.iter().map(|dual| Unseen { options, user, dual: *dual }));
            }
        }
        all
    }
}

/// Under which forms of what no listing shows a reply is given, where not under all.
pub(super) fn conditions(given: &[Unseen], forms: &[Unseen]) -> Vec<String> {
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
    let same = |u: &Unseen| u.user == User::default();
    say(same, "under the same user account", "under another user account");
    say(|u| u.dual, "as a dual-stack socket", "as one of two sockets");
    let without: Vec<Unseen> = possible.iter().filter(|u| !with.contains(u)).copied().collect();
    if list.is_empty() && !without.is_empty() {
        // all but some: what these have in common
        list.push(format!("unless {}", narrower(&without, possible).join(" and ")));
    }
    list
}
