//! Exercise of the guide's first chapter: there is a bug in this program. Find it with the kit, then mend it.
//!
//! `cargo run -p portres-sim --features proptest --example exercise-free-port`

use std::ops::RangeInclusive;
use std::process::ExitCode;

use portres_sim::{Process, Refused, Socket};

#[path = "properties/free_port.rs"]
mod property;
#[cfg(test)]
#[path = "properties/solutions.rs"]
mod solutions;

/// The number of WSAEACCES: "forbidden by its access permissions".
const FORBIDDEN: u32 = 10013;

/// A socket on the first port of these that can be had, and the port.
fn first_free(process: &Process, ports: RangeInclusive<u16>) -> Result<(Socket, u16), Refused> {
    let socket = process.tcp()?;
    let mut last = None;
    for port in ports {
        match socket.bind(([0, 0, 0, 0], port)) {
            Ok(port) => return Ok((socket, port)),
            // a system block has it: the next one, please
            Err(refused) if refused.number() == FORBIDDEN => last = Some(refused),
            Err(refused) => return Err(refused),
        }
    }
    Err(last.expect("there are ports to try"))
}

fn main() -> ExitCode {
    property::told::outcome(property::check(first_free))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kit_finds_the_bug_under_a_reading() {
        let found = super::property::check(super::first_free).expect_err("there is a bug");
        assert!(found.to_string().contains("bind.system-block=in-use"), "{found}");
        super::solutions::have(&found);
    }
}
