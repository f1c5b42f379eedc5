//! Trouble on purpose: what other programs, system components and a machine short of everything do to a test.

use std::net::SocketAddr;

use portres_model::{
    About, Account, Call, Credentials, Family, Machine, Owner, PortBlock, ProcessId, Protocol,
    Reply, RequestId, SocketId, SocketKind, SocketOption, Startup, User, Who,
};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::host::Inner;

/// Something that happens to the machine. Each is made of calls and events of the specification, and what it may not do it
/// does not do: a block does not appear over a port in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// Another program takes a port for itself, at every address.
    Outsider {
        /// Whose port.
        protocol: Protocol,
        /// Which one; `None`: one of the dynamic range, drawn.
        port: Option<u16>,
    },
    /// A system component takes a block.
    Block {
        /// Whose ports.
        protocol: Protocol,
        /// Which ones; `None`: a hundred of the dynamic range, drawn.
        block: Option<PortBlock>,
        /// Which component.
        owner: Owner,
    },
    /// System components take every port of the dynamic range that nobody has.
    Exhausted {
        /// Whose ports.
        protocol: Protocol,
    },
    /// The network subsystem fails: calls that may fail for that do, until it works again.
    NetworkDown,
    /// The network subsystem works again.
    NetworkUp,
    /// The next call fails for want of resources, if it can.
    Resources,
    /// Every pending request is cancelled by the process that made it.
    Cancelled,
    /// The machine restarts.
    Restart,
}

/// When what goes wrong: by plan, by chance, or both.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    planned: Vec<(u64, Mishap)>,
    after_restart: Vec<Mishap>,
    by_chance: Vec<(f64, Mishap)>,
}

impl Trouble {
    /// None yet.
    #[must_use]
    pub fn new() -> Trouble {
        Trouble::default()
    }

    /// Before the call of this number, from 1; what the machine and other programs do does not count.
    #[must_use]
    pub fn before(mut self, call: u64, mishap: Mishap) -> Trouble {
        self.planned.push((call, mishap));
        self
    }

    /// After each restart.
    #[must_use]
    pub fn after_restart(mut self, mishap: Mishap) -> Trouble {
        self.after_restart.push(mishap);
        self
    }

    /// Before each call with this probability, drawn by the host's seed.
    ///
    /// # Panics
    /// If it is no probability.
    #[must_use]
    pub fn sometimes(mut self, probability: f64, mishap: Mishap) -> Trouble {
        assert!((0.0..=1.0).contains(&probability), "{probability} is no probability");
        self.by_chance.push((probability, mishap));
        self
    }

    /// Everything that other programs and components do, each with this probability, and WinNAT's blocks after a restart.
    ///
    /// # Panics
    /// If it is no probability.
    #[must_use]
    pub fn everywhere(probability: f64) -> Trouble {
        let owner = Owner::WinNat;
        Protocol::ALL.into_iter().fold(Trouble::new(), |trouble, protocol| {
            let block = Mishap::Block { protocol, block: None, owner };
            trouble
                .sometimes(probability, Mishap::Outsider { protocol, port: None })
                .sometimes(probability, block)
                .after_restart(block)
        })
    }

    fn starves(&self) -> bool {
        let starving = |m: &Mishap| *m == Mishap::Resources;
        self.planned.iter().any(|(_, m)| starving(m))
            || self.by_chance.iter().any(|(_, m)| starving(m))
            || self.after_restart.iter().any(starving)
    }

    /// A machine that may lack what the trouble takes from it.
    pub(crate) fn machine(&self, machine: &Machine) -> Option<Machine> {
        self.starves().then(|| Machine { scarce: true, ..machine.clone() })
    }
}

/// A host's trouble.
pub(crate) struct Troubled {
    plan: Trouble,
    random: SmallRng,
    calls: u64,
    outsider: ProcessId,
    pub(crate) happened: Vec<(u64, Call, Reply)>,
}

impl Troubled {
    pub(crate) fn new(plan: Trouble, seed: u64) -> Troubled {
        // a stream of its own: trouble does not change what is chosen for a call
        let random = SmallRng::seed_from_u64(!seed);
        Troubled { plan, random, calls: 0, outsider: ProcessId::MACHINE, happened: Vec::new() }
    }
}

impl Inner {
    /// What happens before a call.
    pub(crate) fn before(&mut self, call: &Call) {
        let Some(trouble) = &mut self.trouble else { return };
        if call.is_of_machine() {
            return;
        }
        trouble.calls += 1;
        let now = trouble.calls;
        let planned = trouble.plan.planned.iter().filter(|(at, _)| *at == now).map(|(_, m)| *m);
        let mut due: Vec<Mishap> = planned.collect();
        for (probability, mishap) in &trouble.plan.by_chance {
            if trouble.random.random_bool(*probability) {
                due.push(*mishap);
            }
        }
        due.into_iter().for_each(|mishap| self.happen(mishap));
    }

    /// What happens after a call.
    pub(crate) fn behind(&mut self, call: &Call) {
        if call.is_of_machine() {
            if *call == Call::Restart {
                self.restarted();
            }
        } else {
            self.how.resources_fail = false;
        }
    }

    fn restarted(&mut self) {
        let Some(trouble) = &mut self.trouble else { return };
        trouble.outsider = ProcessId::MACHINE;
        let due = trouble.plan.after_restart.clone();
        due.into_iter().for_each(|mishap| self.happen(mishap));
    }

    fn happen(&mut self, mishap: Mishap) {
        match mishap {
            Mishap::Outsider { protocol, port } => self.outsider_takes(protocol, port),
            Mishap::Block { protocol, block, owner } => self.appears(protocol, block, owner),
            Mishap::Exhausted { protocol } => self.exhaust(protocol),
            Mishap::NetworkDown | Mishap::NetworkUp => {
                let up = mishap == Mishap::NetworkUp;
                self.how.network_fails = !up;
                self.event(Call::Network { up });
            }
            Mishap::Resources => self.how.resources_fail = true,
            Mishap::Cancelled => self.cancel_all(),
            Mishap::Restart => {
                self.event(Call::Restart);
                self.restarted();
            }
        }
    }

    fn event(&mut self, call: Call) -> Reply {
        self.by(ProcessId::MACHINE, call)
    }

    fn by(&mut self, by: ProcessId, call: Call) -> Reply {
        let reply = self.requested(Who::process(by), None, &call, &mut About::Call).reply;
        if let Some(trouble) = &mut self.trouble {
            trouble.happened.push((trouble.calls, call, reply));
        }
        reply
    }

    fn drawn(&mut self, within: PortBlock, count: u16) -> Option<PortBlock> {
        let last = within.last().checked_sub(count - 1).filter(|last| *last >= within.first())?;
        let random = &mut self.trouble.as_mut()?.random;
        PortBlock::new(random.random_range(within.first()..=last), count)
    }

    fn appears(&mut self, protocol: Protocol, block: Option<PortBlock>, owner: Owner) {
        let within = self.world.dynamic(protocol);
        if let Some(block) = block.or_else(|| self.drawn(within, 100)) {
            self.event(Call::Appear { protocol, block, owner });
        }
    }

    /// Blocks over every run of ports that nobody has.
    fn exhaust(&mut self, protocol: Protocol) {
        let within = self.world.dynamic(protocol);
        let free = |port: u16| {
            !self.world.is_bound(protocol, port)
                && !self.world.is_reserved(protocol, port)
                && !self.world.is_excluded(protocol, port)
        };
        let mut runs: Vec<PortBlock> = Vec::new();
        for port in within.ports().filter(|port| free(*port)) {
            match runs.last_mut().filter(|run| run.last() + 1 == port) {
                Some(run) => *run = PortBlock::between(run.first(), port).unwrap_or(*run),
                None => runs.extend(PortBlock::of(port)),
            }
        }
        for block in runs {
            self.event(Call::Appear { protocol, block, owner: Owner::Unknown });
        }
    }

    fn outsider_takes(&mut self, protocol: Protocol, port: Option<u16>) {
        let within = self.world.dynamic(protocol);
        let port = port.or_else(|| self.drawn(within, 1).map(PortBlock::first));
        let (Some(port), Some(by)) = (port, self.outsider()) else { return };
        let kind = match protocol {
            Protocol::Tcp => SocketKind::Tcp,
            Protocol::Udp => SocketKind::Udp,
        };
        let opened = self.by(by, Call::open(kind, Family::V4));
        let Reply::Socket(socket) = opened else { return };
        self.by(by, Call::set_option(socket, SocketOption::ExclusiveAddrUse, 1));
        let address = SocketAddr::new(Family::V4.wildcard().ip(), port);
        if let Reply::Failed(_) = self.by(by, Call::bind(socket, address)) {
            self.by(by, Call::CloseSocket { socket });
        }
    }

    /// The process of the other programs.
    fn outsider(&mut self) -> Option<ProcessId> {
        let known = self.trouble.as_ref()?.outsider;
        if known != ProcessId::MACHINE {
            return Some(known);
        }
        let process = self.new_process();
        let user: User = "outsider".parse().ok()?;
        let credentials =
            Credentials { user, account: Account::Standard, ..Credentials::default() };
        self.event(Call::Start { process, credentials });
        self.by(process, Call::Startup(Startup::CURRENT));
        self.trouble.as_mut()?.outsider = process;
        Some(process)
    }

    fn cancel_all(&mut self) {
        let socket = |call: &Call| call.socket().filter(|s| *s != SocketId::INVALID);
        let pending = self.world.pending();
        let due = pending.filter_map(|(id, r)| Some((id, r.process, socket(&r.call)?)));
        let due: Vec<(RequestId, ProcessId, SocketId)> = due.collect();
        for (request, process, socket) in due {
            self.by(process, Call::Cancel { socket, request: Some(request) });
        }
    }
}
