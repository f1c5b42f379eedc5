//! What a machine is like before anything runs on it.

use std::net::IpAddr;

use portres_model::{
    Account, Exclusion, ExclusionKind, LocalAddress, Owner, PortBlock, ProcessId, Profile,
    Protocol, Socket, SocketId, User, World,
};

use crate::flaw::Flaw;
use crate::host::Host;
use crate::listing::{Kind, Listing, Unreadable};
use crate::pending::Pending;
use crate::policy::Policy;
use crate::trouble::{Trouble, Troubled};

/// A machine that is being described: as it was installed where nothing else is said.
#[derive(Clone)]
pub struct Builder {
    world: World,
    profile: Profile,
    policy: Policy,
    seed: u64,
    accounts: Vec<(User, Account)>,
    wanted: Vec<u16>,
    /// What commands have shown, for its sockets.
    shown: Listing,
    trouble: Option<Trouble>,
    pending: Pending,
    flaw: Option<Flaw>,
}

impl Host {
    /// A machine to be described.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            world: World::default(),
            profile: Profile::likely(),
            policy: Policy::Lowest,
            seed: 0,
            accounts: Vec::new(),
            wanted: Vec::new(),
            shown: Listing::default(),
            trouble: None,
            pending: Pending::default(),
            flaw: None,
        }
    }
}

impl Builder {
    /// The readings of the documentation from which the seed draws one: the likeliest alone where nothing is said.
    #[must_use]
    pub fn profile(mut self, profile: &Profile) -> Builder {
        self.profile = profile.clone();
        self
    }

    /// The seed of everything that is drawn.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = seed;
        self
    }

    /// How the machine chooses where several replies are permitted.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Builder {
        self.policy = policy;
        self
    }

    /// Starts from this state. What was said of the machine before is replaced.
    #[must_use]
    pub fn world(mut self, world: World) -> Builder {
        self.world = world;
        self.shown = Listing::default();
        self
    }

    /// Starts from the machine that a listing shows. What was said of the machine before is replaced.
    #[must_use]
    pub fn listing(self, listing: &Listing) -> Builder {
        self.world(listing.world())
    }

    /// Adds what commands show of a machine: what `netsh … show excludedportrange`, `show dynamicportrange` and
    /// `netstat -ano` print, in any language, one after another or one a call.
    ///
    /// # Errors
    /// If nothing of the kind stands in the text, or if it contradicts itself or what was shown before.
    pub fn netsh(mut self, printed: &str) -> Result<Builder, Unreadable> {
        let read = |listing: &mut Listing| listing.read(Kind::Paste, "netsh", printed.as_bytes());
        let mut new = Listing::default();
        read(&mut new)?;
        read(&mut self.shown)?;
        let mut machine = self.world.machine().clone();
        for range in new.dynamic_ranges() {
            machine.dynamic[usize::from(range.protocol == Protocol::Udp)] = range.block;
        }
        for address in new.local_addresses() {
            if !machine.addresses.contains(&address) {
                machine.addresses.push(address);
            }
        }
        self.world.put_machine(machine);
        for exclusion in new.exclusions() {
            if !self.world.exclusions().contains(&exclusion) {
                self.world.exclude(exclusion);
            }
        }
        Ok(self)
    }

    /// The dynamic range of a transport.
    ///
    /// # Panics
    /// If there is no such block of ports.
    #[must_use]
    pub fn dynamic(mut self, protocol: Protocol, start: u16, count: u16) -> Builder {
        let mut machine = self.world.machine().clone();
        machine.dynamic[usize::from(protocol == Protocol::Udp)] = block(start, count);
        self.world.put_machine(machine);
        self
    }

    /// An exclusion that an administrator has made, for good.
    ///
    /// # Panics
    /// If there is no such block of ports.
    #[must_use]
    pub fn excluded(self, protocol: Protocol, start: u16, count: u16) -> Builder {
        self.out_of_use(protocol, start, count, ExclusionKind::Administered { persistent: true })
    }

    /// A block that a system component has.
    ///
    /// # Panics
    /// If there is no such block of ports.
    #[must_use]
    pub fn block(self, protocol: Protocol, start: u16, count: u16, owner: Owner) -> Builder {
        self.out_of_use(protocol, start, count, ExclusionKind::System(owner))
    }

    fn out_of_use(
        mut self,
        protocol: Protocol,
        start: u16,
        count: u16,
        kind: ExclusionKind,
    ) -> Builder {
        self.world.exclude(Exclusion { protocol, block: block(start, count), kind });
        self
    }

    /// A local address besides the loopback ones; a scoped one is a [`LocalAddress`].
    #[must_use]
    pub fn address(mut self, address: impl Into<LocalAddress>) -> Builder {
        let mut machine = self.world.machine().clone();
        machine.addresses.push(address.into());
        self.world.put_machine(machine);
        self
    }

    /// Several of them.
    #[must_use]
    pub fn addresses(self, addresses: impl IntoIterator<Item = IpAddr>) -> Builder {
        addresses.into_iter().fold(self, Builder::address)
    }

    /// A user account, and what it is; others are standard users'.
    ///
    /// # Panics
    /// If it is no name of a user: 1 to 24 letters, digits, `-`, `_` or `.`.
    #[must_use]
    pub fn user(mut self, name: &str, account: Account) -> Builder {
        self.accounts.push((user(name), account));
        self
    }

    /// A port that somebody will want later: [`Policy::Adversarial`] gives it to somebody else if it can.
    #[must_use]
    pub fn wanted(mut self, port: u16) -> Builder {
        self.wanted.push(port);
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn trouble(mut self, trouble: Trouble) -> Builder {
        self.trouble = Some(trouble);
        self
    }

    /// Which overlapped requests stay pending, and until when. See [`Host::set_pending`].
    #[must_use]
    pub fn pending(mut self, pending: Pending) -> Builder {
        self.pending = pending;
        self
    }

    /// Makes the machine wrong in this way, to see whether a test notices. `None`: it conforms.
    #[must_use]
    pub fn flaw(mut self, flaw: impl Into<Option<Flaw>>) -> Builder {
        self.flaw = flaw.into();
        self
    }

    /// The machine.
    #[must_use]
    pub fn build(self) -> Host {
        let Builder { mut world, profile, policy, seed, accounts, wanted, trouble, .. } = self;
        if !self.shown.endpoints().is_empty() {
            add_sockets(&mut world, &self.shown.world());
        }
        if let Some(machine) = trouble.as_ref().and_then(|t| t.machine(world.machine())) {
            world.put_machine(machine);
        }
        let troubled = trouble.map(|trouble| Box::new(Troubled::new(trouble, seed)));
        let mut host = Host::with(world, &profile, policy, seed, accounts, &wanted, troubled);
        if self.pending != Pending::default() {
            host.set_pending(self.pending);
        }
        if let Some(flaw) = self.flaw {
            host = host.with_flaw(flaw);
        }
        host
    }
}

/// Adds the sockets of one world to another, and their processes, under names that are free there.
fn add_sockets(world: &mut World, shown: &World) {
    let processes = world.processes().map(|(id, _)| id.0).max().unwrap_or(0);
    let sockets = world.sockets().map(|(id, _)| id.0).max().unwrap_or(0);
    for (id, process) in shown.processes() {
        world.put_process(ProcessId(processes + id.0), Some(*process));
    }
    for (id, socket) in shown.sockets() {
        let process = ProcessId(processes + socket.process.0);
        world.put_socket(SocketId(sockets + id.0), Some(Socket { process, ..*socket }));
    }
    for lingering in shown.lingering() {
        world.linger(*lingering);
    }
}

fn block(start: u16, count: u16) -> PortBlock {
    PortBlock::new(start, count).unwrap_or_else(|| panic!("{start}+{count} is no block of ports"))
}

pub(crate) fn user(name: &str) -> User {
    name.parse().unwrap_or_else(|e| panic!("`{name}`: {e}"))
}
