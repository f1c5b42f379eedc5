//! What ends a real process ends a simulated one, and the test is told why.

use std::panic::{AssertUnwindSafe, catch_unwind};

use portres_sim::Pick;
use portres_sim::iphlpapi::LookupPersistentTcpPortReservation;
use portres_sim::model::{Account, Literal, Question};

use super::*;

/// A machine that behaves as the real one does if it follows the pointer.
fn following() -> Machine {
    let mut profile = Profile::documented();
    for question in [Question::NullToken, Question::NullResult] {
        let answers = question.answer("exception").expect("an answer");
        profile.settle(Literal { question, answers }).expect("it is open");
    }
    Machine::new(Host::builder().profile(&profile).build())
}

fn message(code: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(code)).expect_err("it panics");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn an_access_violation_ends_the_program_and_says_why() {
    let machine = following();
    let (server, rival) = (started(&machine), started(&machine));
    rival.run(|| {
        server.run(|| assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(())));
        assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Err(WSAEADDRINUSE));
    });
    let mut after = None;
    let said = message(|| {
        server.run(|| unsafe {
            let (bytes, flags) = (null_mut(), null_mut());
            assert_eq!(WSAGetOverlappedResult(udp(), null(), bytes, 0, flags), 0);
            after = Some(socket(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP));
        });
    });
    assert!(said.contains("p1 has crashed: access violation: `result"), "{said}");
    assert!(said.contains("result.null-pointer") || said.contains("OVL-5"), "{said}");
    assert_eq!(after, Some(INVALID_SOCKET), "what it calls from then on fails");
    assert!(server.crash().is_some_and(|why| why.starts_with("access violation")));
    // its sockets are closed, and the other program is none the worse
    rival.run(|| assert_eq!(bind_to(udp(), "0.0.0.0:5000"), Ok(())));
    assert!(rival.crash().is_none());
    assert!(message(|| server.run(|| ())).contains("access violation"), "it stays so");
}

#[test]
fn persistent_reservations_too() {
    let machine = following();
    let credentials = Credentials {
        account: Account::LocalSystem,
        token: Account::LocalSystem.default_token(),
        ..Credentials::default()
    };
    let program = machine.start(credentials);
    let said = message(|| {
        program.run(|| unsafe {
            assert_ne!(LookupPersistentTcpPortReservation(5000_u16.to_be(), 1, null_mut()), 0);
        });
    });
    assert!(said.contains("lookup tcp 5000+1"), "{said}");
}

#[test]
fn a_panic_of_the_simulator_does_not_end_the_tests() {
    let policy = Policy::scripted(&[Pick::Port(80)]);
    let machine = Machine::new(Host::new(World::default(), &Profile::likely(), policy, 1));
    let program = started(&machine);
    let said = message(|| program.run(|| assert!(bind_to(udp(), "0.0.0.0:0").is_err())));
    assert!(said.contains("has crashed") && said.contains("80"), "{said}");
}

#[test]
fn a_failing_test_says_what_it_says() {
    let program = following().start(Credentials::default());
    let said = catch_unwind(AssertUnwindSafe(|| {
        program.run(|| unsafe {
            let done = LookupPersistentTcpPortReservation(5000_u16.to_be(), 1, null_mut());
            assert_eq!(done, 0, "what the test says");
        });
    }));
    let said = said.expect_err("it panics");
    let said = said.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(said.contains("what the test says"), "{said}");
}
