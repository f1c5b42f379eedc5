//! What a pool of workers has to do: as long as it has ports left, whoever joins gets one of the block.

use portres_sim::kit::{Coverage, EveryReading, Failure};
use portres_sim::{Host, Process, Refused, Reservation};

pub(crate) mod told;

/// A pool of workers, each on a port of one block.
pub(crate) trait Workers: Sized {
    /// A pool of so many ports, with its first worker.
    fn open(process: &Process, ports: u16) -> Result<Self, Refused>;
    /// One more worker; its port.
    fn join(&mut self, process: &Process) -> Result<u16, Refused>;
    /// The oldest worker goes.
    fn leave(&mut self);
    /// The block, and its token.
    fn reservation(&self) -> Reservation;
}

/// Runs it under every reading that it can tell apart.
pub(crate) fn check<W: Workers>() -> Result<Coverage, Box<Failure>> {
    EveryReading::on(Host::builder()).check(|host| {
        let process = host.process("alice").start();
        // there are readings under which a standard user gets no pool at all
        let Ok(mut pool) = W::open(&process, 4) else { return Ok(()) };
        for worker in ["the second", "the third", "the fourth"] {
            let port = pool.join(&process).map_err(|refused| format!("{worker}: {refused}"))?;
            let block = pool.reservation().block;
            if !(block.start..block.start + block.count).contains(&port) {
                return Err(format!("{worker} has port {port}, out of the block"));
            }
            pool.leave();
        }
        Ok(())
    })
}
