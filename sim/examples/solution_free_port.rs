//! The solution of the exercise `exercise_free_port.rs`: whatever the code, the next port is tried.
//!
//! `cargo run -p portres-sim --features proptest --example solution-free-port`

use std::ops::RangeInclusive;
use std::process::ExitCode;

use portres_sim::{Process, Refused, Socket};

#[path = "properties/free_port.rs"]
mod property;

/// 10013 and 10048: both mean that somebody has the port.
const TAKEN: [u32; 2] = [10013, 10048];

/// A socket on the first port of these that can be had, and the port.
fn first_free(process: &Process, ports: RangeInclusive<u16>) -> Result<(Socket, u16), Refused> {
    let socket = process.tcp()?;
    let mut last = None;
    for port in ports {
        match socket.bind(([0, 0, 0, 0], port)) {
            Ok(port) => return Ok((socket, port)),
            Err(refused) if TAKEN.contains(&refused.number()) => last = Some(refused),
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
    fn it_works_under_every_reading() {
        let coverage = super::property::check(super::first_free);
        let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(coverage.is_complete() && coverage.runs > 1, "{coverage}");
    }
}
