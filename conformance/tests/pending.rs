//! A simulated machine whose overlapped requests stay pending answers every accepted fixture with replies that the
//! specification permits.

mod common;

use portres::check::Follower;
use portres::replay::replay;
use portres::system::{Answer, System, SystemError};
use portres::trace::{Event, Header, Item};
use portres::{Profiles, Report, Settings, Verdict};
use portres_model::{Call, Error, Names, Profile, Reply, Who};
use portres_sim::{Completes, Host, Pending, Pends, Policy, Recorded};

/// A simulator whose requests pend.
struct Slow {
    pending: Pending,
    seed: u64,
    host: Option<Host>,
}

impl System for Slow {
    fn start(&mut self, header: &Header) -> Result<Header, SystemError> {
        let profile = Profile::documented();
        let host = Host::new(header.world(), &profile, Policy::Random, self.seed);
        host.set_pending(self.pending);
        host.record();
        self.host = Some(host);
        let header = header.clone();
        Ok(Header { profile: None, expect: Vec::new(), notes: Vec::new(), ..header })
    }

    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        let host = self.host.as_ref().expect("it was started");
        let reply = host.call_from(who, names, call).reply;
        Ok(Answer { reply, bytes: host.bytes_returned(who.process, call, &reply) })
    }
}

fn judge(profiles: &Profiles, header: &Header, calls: &[Recorded]) -> Report {
    let settings = Settings::new(profiles);
    let mut follower = Follower::new(header, &settings).expect("a profile");
    for Recorded { who, call, reply } in calls {
        follower.follow(&Event::whole(*who, *call, *reply)).expect("new names");
    }
    follower.finish()
}

fn is_completion(call: &Call) -> bool {
    matches!(call, Call::Complete { .. })
}

#[test]
fn a_machine_whose_requests_pend_conforms() {
    let profiles = Profiles::built_in();
    let (mut pended, mut incomplete, mut unseen) = (0, 0, 0);
    let often = Pends::Seeded { percent: 60 };
    let ways = [
        Pending { pends: Pends::Always, completes: Completes::WhenAsked },
        Pending { pends: Pends::Always, completes: Completes::After { calls: 1 } },
        Pending { pends: often, completes: Completes::After { calls: 0 } },
        Pending { pends: often, completes: Completes::After { calls: 4 } },
    ];
    for path in common::files(&common::folder("accept"), "trace") {
        let (header, events) = common::read(&path);
        for (seed, pending) in (1..).zip(ways.into_iter().cycle().take(12)) {
            let mut system = Slow { pending, seed, host: None };
            let replayed = replay(&header, &events, &mut system).expect("the simulator is there");
            let Some(Item::Header(header)) = replayed.items.first() else { panic!("no header") };
            // with the completions, which no caller sees
            let calls = system.host.expect("it was started").recorded();
            let answered = |error| calls.iter().filter(|r| r.reply == Reply::Failed(error)).count();
            pended += answered(Error::IoPending);
            incomplete += answered(Error::IoIncomplete);
            let report = judge(&profiles, header, &calls);
            let conforms = report.verdict == Verdict::Conforms || report.events == 0;
            let told = portres::report::details(&report);
            assert!(conforms, "{} {pending:?} seed {seed}\n{told}", common::name(&path));
            // whoever sees no completion cannot tell more, and is not mistaken
            let seen: Vec<Recorded> =
                calls.iter().filter(|r| !is_completion(&r.call)).copied().collect();
            let report = judge(&profiles, header, &seen);
            let told = portres::report::details(&report);
            let name = common::name(&path);
            assert_ne!(report.verdict, Verdict::Diverges, "{name} {pending:?} seed {seed}\n{told}");
            unseen += u32::from(report.verdict == Verdict::Conforms);
        }
    }
    println!(
        "{pended} requests were pending, {incomplete} results not complete; {unseen} traces conform without completions"
    );
    assert!(pended > 500 && incomplete > 20 && unseen > 3_000, "{pended} {incomplete} {unseen}");
}
