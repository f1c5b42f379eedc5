//! What drives traces drives a server: it answers as the simulator at hand does.

use portres::replay::replay;
use portres::system::{Sim, Tcp};
use portres::trace::Item;
use portres_model::Profile;

use super::common;
use super::common::command::portres;
use super::server::Server;

#[test]
fn a_served_machine_answers_as_the_simulator_does() {
    for seed in [0, 7] {
        let server = Server::start(&["--seed", &seed.to_string()]);
        let (mut traces, mut calls) = (0, 0);
        for path in common::files(&common::folder("accept"), "trace") {
            let (header, events) = common::read(&path);
            let mut served = Tcp::new(&server.address.to_string()).expect("it listens");
            let served = replay(&header, &events, &mut served).expect("a machine");
            let mut sim = Sim::new(Profile::documented(), seed);
            let sim = replay(&header, &events, &mut sim).expect("a machine");
            let said = |items: &[Item]| {
                let events = items.iter().filter(|item| matches!(item, Item::Event(_)));
                events.cloned().collect::<Vec<_>>()
            };
            let name = common::name(&path);
            assert_eq!(served.ended, None, "{name}");
            assert_eq!(said(&served.items), said(&sim.items), "{name}");
            assert_eq!(served.differences, sim.differences, "{name}");
            traces += 1;
            calls += sim.items.len();
        }
        assert!(traces > 100 && calls > 1000, "{traces} traces, {calls} calls");
    }
}

#[test]
fn the_command_drives_a_server() {
    let server = Server::start(&[]);
    let trace = "fixtures/accept/samples/release-sample.trace";
    let ran = portres(&["replay", trace, "--on", &format!("tcp:{}", server.address)]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("conforms"), "{}", ran.out);
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let server = Server::start(&[]);
    let address = server.address;
    drop(server);
    let trace = "fixtures/accept/samples/release-sample.trace";
    for (on, wanted) in [
        (format!("tcp:{address}"), "cannot connect to"),
        ("tcp:nowhere".to_string(), "cannot connect to"),
    ] {
        let ran = portres(&["replay", trace, "--on", &on]);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
        assert!(ran.err.contains(wanted), "{}", ran.err);
    }
}
