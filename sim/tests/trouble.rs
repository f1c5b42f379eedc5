//! What goes wrong on purpose is made of what the specification permits.

use portres_model::{
    Call, Error, Owner, PortBlock, ProcessId, Profile, Protocol, Reply, RequestId, Rule, World,
    apply, permitted,
};
use portres_sim::{Host, Mishap, Policy, Trouble};

const ANY: ([u8; 4], u16) = ([0, 0, 0, 0], 0);
const UDP: Protocol = Protocol::Udp;

#[test]
fn an_outsider_takes_the_port_by_plan() {
    let theft = Mishap::Outsider { protocol: UDP, port: Some(5000) };
    // startup, socket, bind
    let host = Host::builder().trouble(Trouble::new().before(3, theft)).build();
    let program = host.process("alice").start();
    let refused = program.udp().unwrap().bind(([0, 0, 0, 0], 5000)).unwrap_err();
    assert_eq!(refused.error(), Error::WsaAddressInUse, "{refused}");
    let taken = host.mishaps();
    assert!(taken.iter().all(|(before, ..)| *before == 3));
    let bound = |(_, call, reply): &&(u64, Call, Reply)| {
        matches!(call, Call::Bind { .. }) && *reply == Reply::Bound(5000)
    };
    assert_eq!(taken.iter().filter(bound).count(), 1, "{taken:?}");
}

#[test]
fn winnat_takes_its_blocks_after_a_restart() {
    let block = PortBlock::new(50_000, 100);
    let winnat = Mishap::Block { protocol: UDP, block, owner: Owner::WinNat };
    let drawn = Mishap::Block { protocol: UDP, block: None, owner: Owner::WinNat };
    let trouble = Trouble::new().after_restart(winnat).after_restart(drawn);
    let host = Host::builder().seed(3).trouble(trouble).build();
    let program = host.process("alice").start();
    assert!(program.udp().unwrap().bind(([0, 0, 0, 0], 50_010)).is_ok());
    host.restart();
    let program = host.process("alice").start();
    let refused = program.udp().unwrap().bind(([0, 0, 0, 0], 50_010)).unwrap_err();
    assert_eq!(refused.rule().id(), "bind.system-block", "{refused}");
    assert_eq!(host.look(|world| world.exclusions().len()), 2);
}

#[test]
fn a_pool_is_exhausted() {
    let trouble = Trouble::new().before(4, Mishap::Exhausted { protocol: UDP });
    let host = Host::builder().trouble(trouble).build();
    let program = host.process("alice").start();
    let first = program.udp().unwrap();
    assert!(first.bind(ANY).is_ok());
    let second = program.udp().unwrap();
    let refused = second.bind(ANY).unwrap_err();
    assert_eq!(refused.rule().class(), portres_model::Class::Resource, "{refused}");
    assert!(program.tcp().unwrap().bind(ANY).is_ok(), "the other transport has its own");
}

#[test]
fn the_network_fails_and_works_again() {
    let trouble = Trouble::new().before(3, Mishap::NetworkDown).before(5, Mishap::NetworkUp);
    let host = Host::builder().trouble(trouble).build();
    let program = host.process("alice").start();
    assert!(program.udp().is_ok_and(|s| s.into_id().0 == 1));
    for _ in 0..2 {
        let refused = program.udp().map(drop).unwrap_err();
        assert_eq!(refused.error(), Error::WsaNetworkDown, "{refused}");
    }
    assert!(program.udp().is_ok());
}

#[test]
fn resources_fail_once() {
    let host = Host::builder().trouble(Trouble::new().before(2, Mishap::Resources)).build();
    let program = host.process("alice").start();
    let refused = program.udp().map(drop).unwrap_err();
    assert_eq!(refused.rule(), Rule::CallNeedsResources, "{refused}");
    assert!(program.udp().is_ok());
}

#[test]
fn pending_requests_are_cancelled() {
    let trouble = Trouble::new().before(3, Mishap::Cancelled);
    let host = Host::builder().trouble(trouble).build();
    let program = host.process("alice").start();
    let socket = program.udp().unwrap();
    // a request that is pending
    let frame = portres_sim::overlapped(RequestId(1));
    let range = portres_model::PortRange { start: 5000, count: 10 };
    let call = Call::Acquire { socket: socket.id(), range, frame };
    let mut world = host.look(World::clone);
    apply(&mut world, program.id(), &call, &Reply::Failed(Error::IoPending));
    let trouble = Trouble::new().before(1, Mishap::Cancelled);
    let pending = Host::builder().world(world).trouble(trouble).build();
    let _ = pending.call(program.id(), &Call::EndThread);
    let cancelled = pending.look(|w| w.request(RequestId(1)).map(|r| r.cancelled));
    assert_eq!(cancelled, Some(true));
    assert!(matches!(pending.mishaps()[0].1, Call::Cancel { .. }));
}

#[test]
fn the_machine_restarts_in_the_middle() {
    let host = Host::builder().trouble(Trouble::new().before(3, Mishap::Restart)).build();
    let program = host.process("alice").start();
    let socket = program.udp().unwrap();
    let refused = socket.bind(ANY).unwrap_err();
    assert_eq!(refused.error(), Error::WsaNotInitialised, "{refused}");
    assert!(host.process("alice").start().udp().is_ok());
}

/// Whatever happens, the relation permits it: the calls of the outsiders are judged like all others.
#[test]
fn every_mishap_is_permitted() {
    let everything = Trouble::everywhere(0.2)
        .sometimes(0.02, Mishap::Restart)
        .sometimes(0.02, Mishap::NetworkDown)
        .sometimes(0.1, Mishap::NetworkUp)
        .sometimes(0.1, Mishap::Resources)
        .sometimes(0.05, Mishap::Cancelled)
        .sometimes(0.01, Mishap::Exhausted { protocol: UDP });
    let mut happened = 0;
    for seed in 0..20 {
        let builder = Host::builder().seed(seed).policy(Policy::Random);
        let host = builder.trouble(everything.clone()).build();
        let mut twin = host.look(World::clone);
        let profile = Profile::settled(&host.reading());
        let mut told = 0;
        let mut judge = |by: ProcessId, call: &Call, reply: &Reply| {
            let step = permitted(&twin, by, call).judge(&twin, &profile, reply);
            assert!(step.is_ok(), "seed {seed}: {by} {call} -> {reply}: {step:?}");
            apply(&mut twin, by, call, reply);
        };
        let own = ProcessId(1);
        let mut outsider = own;
        let start = Call::Start { process: own, credentials: Default::default() };
        let startup = Call::Startup(portres_model::Startup::CURRENT);
        let mut script = vec![start, startup];
        for i in 0..40 {
            let socket = portres_model::SocketId(i / 2 + 1);
            let kind = portres_model::SocketKind::Udp;
            script.push(Call::open(kind, portres_model::Family::V4));
            script.push(Call::bind(socket, ANY.into()));
        }
        for call in script {
            let by = if call.is_of_machine() { ProcessId::MACHINE } else { own };
            let reply = if host.look(|w| w.process(own).is_none()) && by == own {
                continue;
            } else {
                host.call(by, &call).reply
            };
            // what happened before it
            let all = host.mishaps();
            for (_, call, reply) in &all[told..] {
                if let Call::Start { process, .. } = call {
                    outsider = *process;
                }
                let by = if call.is_of_machine() { ProcessId::MACHINE } else { outsider };
                judge(by, call, reply);
            }
            told = all.len();
            if !host.look(|w| w.process(own).is_none()) || !matches!(reply, Reply::Failed(_)) {
                judge(by, &call, &reply);
            }
        }
        happened += told;
        assert!(host.look(|world| *world == twin), "seed {seed}");
    }
    assert!(happened > 500, "{happened}");
}
