//! Exercise of the guide's fifth chapter: there is a bug in this program. Find it with the kit, then mend it.
//!
//! `cargo run -p portres-sim --features proptest --example exercise-worker-pool`

use std::process::ExitCode;

use portres_sim::{Process, Refused, Reservation, Socket};

#[path = "properties/worker_pool.rs"]
mod property;
#[cfg(test)]
#[path = "properties/solutions.rs"]
mod solutions;

/// Workers on the ports of one block.
struct Pool {
    reservation: Reservation,
    workers: Vec<Socket>,
}

impl property::Workers for Pool {
    fn open(process: &Process, ports: u16) -> Result<Pool, Refused> {
        // the first worker reserves the block for all
        let first = process.udp()?;
        let reservation = first.acquire(0, ports)?;
        first.associate(reservation)?;
        first.bind(([0, 0, 0, 0], 0))?;
        Ok(Pool { reservation, workers: vec![first] })
    }

    fn join(&mut self, process: &Process) -> Result<u16, Refused> {
        let worker = process.udp()?;
        worker.associate(self.reservation)?;
        let port = worker.bind(([0, 0, 0, 0], 0))?;
        self.workers.push(worker);
        Ok(port)
    }

    fn leave(&mut self) {
        // the oldest worker goes, and its socket is closed
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
    fn the_kit_finds_the_bug() {
        let found = super::property::check::<super::Pool>().expect_err("there is a bug");
        assert!(found.to_string().contains("associate.unknown-token"), "{found}");
        super::solutions::have(&found);
    }
}
