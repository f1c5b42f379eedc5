//! Scripts: calls as a file, and back.

use std::fmt;

use portres_model::{
    Call, Exclusion, ExclusionKind, Kind, LocalAddress, Machine, Names, PortBlock, Process,
    ProcessId, Protocol, Reservation, Spelling, Store, World, parse_call,
};

const FIRST_LINE: &str = "portres script 1";

/// Calls, and the machine on which they were made. As text it is a script as `portres record` reads it.
#[derive(Clone)]
pub struct Script {
    /// The machine before the first call.
    pub world: World,
    /// The calls.
    pub lines: Vec<Line>,
}

/// A call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// Who made it.
    pub by: ProcessId,
    /// The name of what it created.
    pub names: Option<Names>,
    /// The call.
    pub call: Call,
}

/// A text is no script, or one with more in it than the kit writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnreadableScript {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl Script {
    /// Without a call.
    #[must_use]
    pub fn on(world: World) -> Script {
        Script { world, lines: Vec::new() }
    }

    /// Reads what the kit writes. Operands that refer to replies, such as `port(s1)`, it does not write and does not read.
    ///
    /// # Errors
    /// With the line, where it is something else.
    pub fn read(text: &str) -> Result<Script, UnreadableScript> {
        let mut script: Option<Script> = None;
        for (line, words) in text.lines().enumerate() {
            let error = |message| UnreadableScript { line: line + 1, message };
            let words = words.split('#').next().unwrap_or_default().trim();
            match &mut script {
                _ if words.is_empty() => {}
                None if words == FIRST_LINE => script = Some(Script::on(World::default())),
                None => return Err(error(format!("expected `{FIRST_LINE}`"))),
                Some(script) => script.read_line(words).map_err(error)?,
            }
        }
        let nothing = UnreadableScript { line: 0, message: format!("expected `{FIRST_LINE}`") };
        script.ok_or(nothing)
    }

    fn read_line(&mut self, line: &str) -> Result<(), String> {
        let mut words = Spelling::new(line);
        match words.peek().strip_suffix(':') {
            None => self.read_header(line),
            Some(_) => {
                let line = Line::read(&mut words).map_err(|e| e.to_string())?;
                self.lines.push(line);
                Ok(())
            }
        }
    }

    /// Most header lines have the words of a call that makes what they state.
    fn read_header(&mut self, line: &str) -> Result<(), String> {
        let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut machine = self.world.machine().clone();
        match (key, rest) {
            ("title" | "source", _) => return Ok(()),
            ("world", "closed") => machine.open = false,
            ("world", "open") => machine.open = true,
            ("exclusions", "listed") => machine.unlisted_exclusions = false,
            ("exclusions", "unknown") => machine.unlisted_exclusions = true,
            ("resources", "ample") => machine.scarce = false,
            ("resources", "scarce") => machine.scarce = true,
            ("network", "up") => machine.network_down = false,
            ("network", "down") => machine.network_down = true,
            ("address", address) => {
                let address: LocalAddress = address.parse().map_err(|_| unknown(line))?;
                machine.addresses.push(address);
            }
            ("reserved", rest) => return self.read_reserved(rest).ok_or_else(|| unknown(line)),
            ("dynamic" | "excluded" | "block" | "filtered" | "process", rest) => {
                let stated = stated(key, rest).ok_or_else(|| unknown(line))?;
                return self.state(key, stated).ok_or_else(|| unknown(line));
            }
            _ => return Err(unknown(line)),
        }
        self.world.put_machine(machine);
        Ok(())
    }

    fn state(&mut self, key: &str, call: Call) -> Option<()> {
        let mut machine = self.world.machine().clone();
        match call {
            Call::SetDynamic { protocol, range, .. } => {
                machine.dynamic[usize::from(protocol == Protocol::Udp)] = range.block()?;
            }
            Call::AddExcluded { protocol, range, store } if key == "excluded" => {
                let kind = ExclusionKind::Administered { persistent: store == Store::Persistent };
                self.world.exclude(Exclusion { protocol, block: range.block()?, kind });
                return Some(());
            }
            Call::AddExcluded { protocol, range, .. } => {
                machine.filtered.push((protocol, range.block()?));
            }
            Call::Appear { protocol, block, owner } => {
                let kind = ExclusionKind::System(owner);
                self.world.exclude(Exclusion { protocol, block, kind });
                return Some(());
            }
            Call::Start { process, credentials } => {
                self.world.put_process(process, Some(Process { credentials, startups: 0 }));
                return Some(());
            }
            _ => return None,
        }
        self.world.put_machine(machine);
        Some(())
    }

    fn read_reserved(&mut self, rest: &str) -> Option<()> {
        let (token, range) = rest.split_once(' ')?;
        let token = token.parse().ok()?;
        let Call::Lookup { protocol, range, .. } = spelled("lookup", range)? else { return None };
        let (block, kind) = (Some(range.block()?), Kind::Persistent { token_known: true });
        let reservation = Reservation { protocol, block, kind, ended: false, users: 0 };
        self.world.put_reservation(token, Some(reservation));
        Some(())
    }
}

fn unknown(line: &str) -> String {
    format!("`{line}` is no line that the kit writes")
}

fn spelled(call: &str, rest: &str) -> Option<Call> {
    let line = format!("{call} {rest}");
    let mut words = Spelling::new(&line);
    let call = parse_call(&mut words).ok()?;
    words.end().ok().map(|()| call)
}

/// The call that makes what a header line states.
fn stated(key: &str, rest: &str) -> Option<Call> {
    let call = match key {
        "dynamic" => "setdynamic",
        "excluded" | "filtered" => "addexcluded",
        "block" => "appear",
        _ => "start",
    };
    match rest.split_whitespace().count() {
        // where no owner is named it is unknown
        2 if key == "block" => spelled(call, &format!("{rest} unknown")),
        _ => spelled(call, rest),
    }
}

impl Line {
    fn read(words: &mut Spelling<'_>) -> Result<Line, portres_model::SpellingError> {
        let by = words.with("who calls", |word| match word.strip_suffix(':')? {
            "machine" => Some(ProcessId::MACHINE),
            process => process.parse().ok(),
        })?;
        let mut ahead = words.clone();
        ahead.take();
        let names = if ahead.take() == "=" {
            let names = words.with("a name", |word| {
                let socket = word.parse().ok().map(Names::Socket);
                socket.or_else(|| word.parse().ok().map(Names::Token))
            })?;
            words.take();
            Some(names)
        } else {
            None
        };
        let call = parse_call(words)?;
        words.end()?;
        Ok(Line { by, names, call })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by {
            ProcessId::MACHINE => f.write_str("machine: ")?,
            process => write!(f, "{process}: ")?,
        }
        if let Some(names) = self.names {
            write!(f, "{names} = ")?;
        }
        write!(f, "{}", self.call)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        write_machine(f, self.world.machine())?;
        for (process, p) in self.world.processes() {
            write_stated(f, "process", Call::Start { process, credentials: p.credentials })?;
        }
        for exclusion in self.world.exclusions() {
            let Exclusion { protocol, block, kind } = *exclusion;
            match kind {
                ExclusionKind::System(owner) => {
                    write_stated(f, "block", Call::Appear { protocol, block, owner })?;
                }
                ExclusionKind::Administered { persistent } => {
                    let store = if persistent { Store::Persistent } else { Store::Active };
                    let range = block.range();
                    write_stated(f, "excluded", Call::AddExcluded { protocol, range, store })?;
                }
            }
        }
        for (token, reservation) in self.world.reservations() {
            if let Reservation { protocol, block: Some(block), .. } = reservation {
                writeln!(f, "reserved {token} {protocol} {block}")?;
            }
        }
        writeln!(f)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn write_machine(f: &mut fmt::Formatter<'_>, machine: &Machine) -> fmt::Result {
    let usual = Machine::default();
    let flags = [
        (machine.open, "world open"),
        (machine.unlisted_exclusions, "exclusions unknown"),
        (machine.scarce, "resources scarce"),
        (machine.network_down, "network down"),
    ];
    flags.iter().filter(|(set, _)| *set).try_for_each(|(_, line)| writeln!(f, "{line}"))?;
    machine.addresses.iter().try_for_each(|address| writeln!(f, "address {address}"))?;
    for (protocol, (block, default)) in
        Protocol::ALL.into_iter().zip(machine.dynamic.into_iter().zip(usual.dynamic))
    {
        if block != default {
            writeln!(f, "dynamic {protocol} {block}")?;
        }
    }
    machine.filtered.iter().try_for_each(|(protocol, block): &(Protocol, PortBlock)| {
        writeln!(f, "filtered {protocol} {}", block)
    })
}

/// Writes what a call would make as the line that states it.
fn write_stated(f: &mut fmt::Formatter<'_>, key: &str, call: Call) -> fmt::Result {
    let call = call.to_string();
    let rest = call.split_once(' ').map_or("", |(_, rest)| rest);
    writeln!(f, "{key} {rest}")
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for UnreadableScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for UnreadableScript {}
