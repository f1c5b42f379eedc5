//! The simulator answers every accepted fixture with replies that the specification permits. That one with a flaw does not is
//! shown in `flaws.rs`.

mod common;

use portres::check::Follower;
use portres::replay::{Replayed, replay};
use portres::system::{Answer, Sim, System, SystemError};
use portres::trace::{Header, Item};
use portres::{Profiles, Report, Settings, Verdict};
use portres_model::{Call, Names, Reply, Who};

fn judge(profiles: &Profiles, replayed: &Replayed) -> Report {
    let settings = Settings::new(profiles);
    let mut follower = None;
    for item in &replayed.items {
        match item {
            Item::Header(header) => {
                follower = Some(Follower::new(header, &settings).expect("a profile"))
            }
            Item::Event(event) => {
                follower.as_mut().expect("a header").follow(event).expect("new names")
            }
            Item::Comment(_) => {}
        }
    }
    follower.expect("a header").finish()
}

fn documented() -> portres_model::Profile {
    portres_model::Profile::documented()
}

#[test]
fn the_simulator_conforms_with_a_hundred_seeds() {
    let (profiles, mut calls) = (Profiles::built_in(), 0);
    let files = [("accept", 100), ("asserted", 10)]
        .map(|(kind, seeds)| (common::files(&common::folder(kind), "trace"), seeds));
    let files =
        files.iter().flat_map(|(files, seeds)| files.iter().map(move |path| (path, *seeds)));
    for (path, seeds) in files {
        let (header, events) = common::read(path);
        for seed in 0..seeds {
            let mut system = Sim::new(documented(), seed);
            let replayed = replay(&header, &events, &mut system).expect("the simulator is there");
            let report = judge(&profiles, &replayed);
            calls += report.events;
            let told = portres::report::details(&report);
            let conforms = report.verdict == Verdict::Conforms || report.events == 0;
            assert!(
                conforms,
                "portres replay {} --on sim --seed {seed}\n{told}",
                common::name(path)
            );
        }
    }
    println!("{calls} simulated calls conform");
}

/// A system that opens every socket and answers everything else with what it is told.
struct Says(Reply);

impl System for Says {
    fn start(&mut self, _: &Header) -> Result<Header, SystemError> {
        Ok(Header::default())
    }

    fn call(&mut self, _: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError> {
        Ok(match (call, names) {
            (Call::Socket { .. }, Some(Names::Socket(socket))) => Reply::Socket(socket).into(),
            _ => self.0.into(),
        })
    }
}

#[test]
fn an_answer_fits_what_was_told_of_the_reply() {
    use portres_model::Error;
    let differs = |told: &str, answer: Reply| {
        let text = format!(
            "portres trace 1\n\np1: s1 = socket tcp v4 -> ok\np1: bind s1 127.0.0.1:9123 -> {told}\n"
        );
        let (header, events) = common::parse("a trace", text.as_bytes());
        let replayed = replay(&header, &events, &mut Says(answer)).expect("it answers");
        let told: Vec<String> = replayed.differences.iter().map(|d| d.recorded.clone()).collect();
        told
    };
    let failed = Reply::Failed;
    assert!(differs("fails", failed(Error::WsaAccess)).is_empty());
    assert_eq!(differs("fails", Reply::Bound(9123)), ["fails"]);
    // a pending call has not failed
    assert_eq!(differs("fails", failed(Error::IoPending)), ["fails"]);
    assert_eq!(differs("fails", Reply::Unsupported), ["fails"]);
    let either = "9123 | WSAEADDRNOTAVAIL";
    assert!(differs(either, Reply::Bound(9123)).is_empty());
    assert!(differs(either, failed(Error::WsaAddressNotAvailable)).is_empty());
    assert_eq!(differs(either, Reply::Bound(9124)), [either]);
    assert_eq!(differs(either, failed(Error::WsaAccess)), [either]);
}
