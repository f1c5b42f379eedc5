//! The solution of the exercise `exercise_worker_pool.rs`: a socket that does nothing else holds the reservation.
//!
//! `cargo run -p portres-sim --features proptest --example solution-worker-pool`

use std::process::ExitCode;

use portres_sim::{Process, Refused, Reservation, Socket};

#[path = "properties/worker_pool.rs"]
mod property;

/// Workers on the ports of one block.
struct Pool {
    reservation: Reservation,
    workers: Vec<Socket>,
    /// The block is reserved as long as this is open.
    _lease: Socket,
}

impl property::Workers for Pool {
    fn open(process: &Process, ports: u16) -> Result<Pool, Refused> {
        let lease = process.udp()?;
        let reservation = lease.acquire(0, ports)?;
        let mut pool = Pool { reservation, workers: Vec::new(), _lease: lease };
        pool.join(process)?;
        Ok(pool)
    }

    fn join(&mut self, process: &Process) -> Result<u16, Refused> {
        let worker = process.udp()?;
        worker.associate(self.reservation)?;
        let port = worker.bind(([0, 0, 0, 0], 0))?;
        self.workers.push(worker);
        Ok(port)
    }

    fn leave(&mut self) {
        self.workers.remove(0);
    }

    fn reservation(&self) -> Reservation {
        self.reservation
    }
}

fn main() -> ExitCode {
    property::told::outcome(property::check::<Pool>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_works_under_every_reading() {
        let coverage = super::property::check::<super::Pool>();
        let coverage = coverage.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(coverage.is_complete() && coverage.runs > 1, "{coverage}");
    }
}
