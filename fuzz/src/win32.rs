//! The functions of Win32 with arbitrary arguments: two programs of one machine call them in any order, with pointers that are
//! good, NULL or lead nowhere, with lengths that are true, and with handles, tokens and structures that are theirs, somebody
//! else's, or out of the air. What is wrong is for the sanitizer to see: a byte beyond a buffer, or one that has been freed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use portres_model::{Account, Call, Credentials, ProcessId, Profile, World};
use portres_sim::win32::Machine;
use portres_sim::{Completes, Host, Pending, Pends, Policy};

use crate::draw::Draw;

mod buffers;
mod calls;
mod program;

use program::Known;

/// The most calls of one input.
const MOST_CALLS: usize = 120;

/// Makes calls until the bytes are over.
pub fn run(bytes: &[u8]) {
    expect_crashes();
    let mut draw = Draw::new(bytes);
    let reading = draw.reading(&Profile::open_to_all());
    let policy = if draw.one_in(2) { Policy::Lowest } else { Policy::Random };
    let host = Host::new(World::default(), &Profile::settled(&reading), policy, draw.byte().into());
    let pends = draw.pick(&[Pends::Never, Pends::Always, Pends::Seeded { percent: 50 }]);
    let completes = draw.pick(&[Completes::WhenAsked, Completes::After { calls: 3 }]);
    host.set_pending(Pending { pends, completes });
    let machine = Machine::new(host);
    let mut programs = [0, 1].map(|_| started(&machine));
    for _ in 0..MOST_CALLS {
        if draw.is_over() {
            break;
        }
        let (which, happens) = (usize::from(draw.one_in(8)), draw.below(64));
        match happens {
            1 => drop(machine.host().call(ProcessId::MACHINE, &Call::Restart)),
            2 => programs[which] = started(&machine),
            _ => call(&mut programs, which, &mut draw),
        }
        if programs[which].program.crash().is_some() {
            programs[which] = started(&machine);
        }
    }
}

/// A program that has started Winsock.
fn started(machine: &Machine) -> Known {
    let administrator =
        Credentials { account: Account::BuiltInAdministrator, ..Credentials::default() };
    let known = Known::new(
        machine.start(Credentials { token: portres_model::AccessToken::Elevated, ..administrator }),
    );
    known.program.run(calls::start);
    known
}

/// One program calls once.
fn call(programs: &mut [Known; 2], which: usize, draw: &mut Draw<'_>) {
    let entered = programs[which].program.enter();
    calls::make(programs, which, draw);
    // a program that has followed a pointer to nowhere panics when it is left, as a real one ends
    let left = catch_unwind(AssertUnwindSafe(|| drop(entered)));
    assert_eq!(left.is_err(), programs[which].program.crash().is_some(), "it is left as it was");
}

/// Lets panics pass that tell of an access violation: that such a pointer is followed is what the specification says.
fn expect_crashes() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<String>().map_or("", String::as_str);
            if !text.contains(" has crashed: access violation: ") {
                before(info);
            }
        }));
    });
}
