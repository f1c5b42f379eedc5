//! A simulated machine on which scripts are recorded: under some reading, with some habits.

use portres::system::{Answer, System, SystemError};
use portres::trace::{Header, SystemName};
use portres_model::{Call, Names, Profile, Who};
use portres_sim::{Completes, Host, Pending, Pends, Policy};

/// What a machine is like beside its reading.
#[derive(Clone, Debug)]
pub(crate) struct Habit {
    pub(crate) policy: Policy,
    pub(crate) pending: Pending,
    pub(crate) seed: u64,
}

impl Habit {
    /// One of many: each differs from the next in all that it can. Where a script completes requests itself, nothing else
    /// does.
    pub(crate) fn of(script: &str, seed: u64) -> Habit {
        let policy = match seed % 4 {
            0 => Policy::Lowest,
            1 | 3 => Policy::Random,
            _ => Policy::Adversarial,
        };
        let pending = if script == "machine-requests" {
            Pending { pends: Pends::Always, completes: Completes::ByHand }
        } else {
            let completes = match seed % 3 {
                0 => Completes::WhenAsked,
                1 => Completes::After { calls: 2 },
                _ => Completes::After { calls: 6 },
            };
            let pends = if seed % 2 == 0 { Pends::Seeded { percent: 60 } } else { Pends::Never };
            Pending { pends, completes }
        };
        Habit { policy, pending, seed }
    }
}

/// A fresh machine for each script.
pub(crate) struct Machine {
    profile: Profile,
    habit: Habit,
    host: Option<Host>,
}

impl Machine {
    pub(crate) fn new(profile: &Profile, habit: Habit) -> Machine {
        Machine { profile: profile.clone(), habit, host: None }
    }
}

impl System for Machine {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        let Habit { policy, pending, seed } = self.habit.clone();
        let host = Host::new(header.world(), &self.profile, policy, seed);
        host.set_pending(pending);
        self.host = Some(host);
        let system =
            SystemName { name: "portres-sim".into(), version: "0".into(), ..SystemName::default() };
        Ok(Header { system: Some(system), title: None, source: None, ..header.clone() })
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        let host = self.host.as_ref().ok_or_else(|| SystemError("not started".into()))?;
        let reply = host.call_from(who, names, call).reply;
        Ok(Answer { reply, bytes: host.bytes_returned(who.process, call, &reply) })
    }
}
