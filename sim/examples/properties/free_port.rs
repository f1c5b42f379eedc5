//! What `first_free` has to do where WinNAT has the first five of the ports.

use std::ops::RangeInclusive;

use portres_sim::kit::{Coverage, EveryReading, Failure};
use portres_sim::model::{Owner, Protocol};
use portres_sim::{Host, Process, Refused, Socket};

pub(crate) mod told;

type FirstFree = fn(&Process, RangeInclusive<u16>) -> Result<(Socket, u16), Refused>;

/// Runs it under every reading that it can tell apart.
pub(crate) fn check(first_free: FirstFree) -> Result<Coverage, Box<Failure>> {
    let winnat = Host::builder().block(Protocol::Tcp, 50_100, 5, Owner::WinNat);
    EveryReading::on(winnat).check(|host| {
        let process = host.process("alice").start();
        let found = first_free(&process, 50_100..=50_110);
        match found.map_err(|refused| refused.to_string())? {
            (_, 50_105) => Ok(()),
            (_, port) => Err(format!("50105 is the first free port, not {port}")),
        }
    })
}
