//! The simulator as a system.

use portres_model::{Call, Names, Profile, Who};
use portres_sim::{Flaw, Host, Policy};

use super::{Answer, System, SystemError};
use crate::trace::{Header, SystemName};

/// The in-process simulator: a fresh host for each trace.
pub struct Sim {
    profile: Profile,
    seed: u64,
    flaw: Option<Flaw>,
    host: Option<Host>,
}

impl Sim {
    /// Behaves as a reading of the profile that the seed draws. Seed 0 takes the likeliest answers and the lowest ports.
    #[must_use]
    pub fn new(profile: Profile, seed: u64) -> Sim {
        Sim { profile, seed, flaw: None, host: None }
    }

    /// The same, wrong in this way.
    #[must_use]
    pub fn with_flaw(self, flaw: Flaw) -> Sim {
        Sim { flaw: Some(flaw), ..self }
    }
}

impl System for Sim {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        let policy = if self.seed == 0 { Policy::Lowest } else { Policy::Random };
        let host = Host::new(header.world(), &self.profile, policy, self.seed);
        self.host = Some(match self.flaw {
            None => host,
            Some(flaw) => host.with_flaw(flaw),
        });
        Ok(said(header))
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        let host = self
            .host
            .as_ref()
            .ok_or_else(|| SystemError("the simulator has not been started".into()))?;
        let reply = host.call_from(who, names, call).reply;
        Ok(Answer { reply, bytes: host.bytes_returned(who.process, call, &reply) })
    }
}

/// What a simulator of this machine says of itself.
pub(crate) fn said(header: &Header) -> Header {
    let system = SystemName {
        name: "portres-sim".into(),
        version: crate::VERSION.into(),
        ..SystemName::default()
    };
    Header {
        title: None,
        source: None,
        system: Some(system),
        recorded: None,
        profile: None,
        expect: Vec::new(),
        notes: Vec::new(),
        ..header.clone()
    }
}
