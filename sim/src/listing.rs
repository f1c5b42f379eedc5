//! A machine from its listings: what `netsh`, `netstat` and PowerShell show of its ports, in whichever language.
//!
//! Rows are found by their numbers and the star, never by words. What is out of order is refused, with the line and what was
//! expected there; what may be missing is a [`Warning`].
//!
//! ```
//! use portres_model::Protocol;
//! use portres_sim::{Kind, Listing};
//!
//! let posted = "----------    --------\n     50000       50059     *\n     50060       50159\n\n* - .\n";
//! let mut machine = Listing::default();
//! machine.read(Kind::Excluded(Some(Protocol::Tcp)), "posted.txt", posted.as_bytes()).expect("a list");
//! assert_eq!(machine.rows().len(), 2);
//! assert!(machine.row_at(Protocol::Tcp, 50_000).is_some_and(|row| row.administered));
//! assert_eq!(machine.world().exclusions().len(), 2);
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use portres_model::{LocalAddress, PortBlock, Protocol};

mod decode;
mod dynamic;
mod endpoint;
mod excluded;
mod machine;
mod shape;

pub use machine::Unseen;
use shape::{Line, Shape};

/// What a file is said to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `netsh interface ipv4|ipv6 show excludedportrange`, of one transport; `None`: of the one that its title names.
    Excluded(Option<Protocol>),
    /// `netsh interface ipv4|ipv6 show dynamicport`, in as many sections as there are.
    Dynamic,
    /// `netstat -ano`, `Get-NetTCPConnection`, `Get-NetUDPEndpoint`.
    Listening,
    /// `netsh http show servicestate`.
    Http,
    /// Several of these, one behind the other.
    Paste,
}

/// Where something stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The file.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A row of a list of excluded port ranges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
    /// Whether it has a star: an administered exclusion.
    pub administered: bool,
    /// Where it stands.
    pub at: Place,
}

/// `first-last`, and the star.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.block.first(), self.block.last())?;
        f.write_str(if self.administered { " *" } else { "" })
    }
}

/// A dynamic port range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DynamicRange {
    /// Whose ports.
    pub protocol: Protocol,
    /// Which ports.
    pub block: PortBlock,
    /// Where its title or its first number stands.
    pub at: Place,
}

/// A socket as `netstat` shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its local name.
    pub local: SocketAddr,
    /// To what it is connected; `None` for a listener, and for UDP.
    pub remote: Option<SocketAddr>,
    /// The process that has it; 0 for what is left of a connection.
    pub process: Option<u32>,
    /// The program, where the listing names it.
    pub program: Option<String>,
    /// Where it stands.
    pub at: Place,
}

/// A URL that is registered with http.sys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// As it is shown.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// Where it stands.
    pub at: Place,
}

/// Something may be missing, or may mean something else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Where.
    pub at: Place,
    /// What, in a sentence.
    pub says: String,
}

/// A file is not what it is said to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1; `None` where the whole file is meant.
    pub line: Option<u32>,
    /// What was expected and what stands there.
    pub says: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.says),
            None => write!(f, "{}: {}", self.file, self.says),
        }
    }
}

impl std::error::Error for Unreadable {}

/// What the listings of a machine show of it. What none of them shows is taken as absent.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    rows: Vec<Row>,
    dynamic: Vec<DynamicRange>,
    endpoints: Vec<Endpoint>,
    registrations: Vec<Registration>,
    warnings: Vec<Warning>,
    /// Of which transports a list was read, if an empty one.
    lists: BTreeSet<Protocol>,
    /// Whether the state of http.sys was read, if without a URL.
    http: bool,
}

impl Listing {
    /// The most bytes that a file may have: no listing comes near it.
    pub const LARGEST: u64 = 16 << 20;

    /// Adds what a file shows. Several lists of one transport, such as those of IPv4 and IPv6, are one (EV-56).
    ///
    /// # Errors
    /// If the file is not what it is said to be; the listing is then as it was.
    pub fn read(&mut self, kind: Kind, file: &str, bytes: &[u8]) -> Result<(), Unreadable> {
        let file: Arc<str> = file.into();
        let refuse = |says: String| Unreadable { file: Arc::clone(&file), line: None, says };
        if bytes.len() as u64 > Listing::LARGEST {
            return Err(refuse(too_large(bytes.len() as u64)));
        }
        let text = decode::text(bytes).map_err(|says| refuse(says.into()))?;
        let lines = shape::lines(&text);
        let mut found = self.clone();
        let mut reading = Reading { file: &file, into: &mut found };
        match kind {
            Kind::Excluded(named) => reading.excluded(&lines, named)?,
            Kind::Dynamic => reading.dynamic_ranges(&lines)?,
            Kind::Listening => reading.listening(&lines)?,
            Kind::Http => reading.http(&lines)?,
            Kind::Paste => reading.paste(&lines)?,
        }
        *self = found;
        Ok(())
    }

    /// The rows, by transport and port.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The dynamic ranges that are shown.
    #[must_use]
    pub fn dynamic_ranges(&self) -> &[DynamicRange] {
        &self.dynamic
    }

    /// The sockets that are shown.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The URLs that are registered with http.sys.
    #[must_use]
    pub fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    /// Whether a list of excluded port ranges of this transport was read; it may have had no rows.
    #[must_use]
    pub fn shows_rows_of(&self, protocol: Protocol) -> bool {
        self.lists.contains(&protocol)
    }

    /// Whether the state of http.sys was read; nothing may be registered there.
    #[must_use]
    pub fn shows_http(&self) -> bool {
        self.http || !self.registrations.is_empty()
    }

    /// What may be missing.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether nothing seems to be missing from what was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.warnings.is_empty()
    }

    /// The row that holds a port.
    #[must_use]
    pub fn row_at(&self, protocol: Protocol, port: u16) -> Option<&Row> {
        let behind =
            self.rows.partition_point(|row| (row.protocol, row.block.first()) <= (protocol, port));
        let row = self.rows[..behind].last()?;
        (row.protocol == protocol && row.block.has(port)).then_some(row)
    }

    /// The dynamic range of a transport, where it is shown.
    #[must_use]
    pub fn dynamic(&self, protocol: Protocol) -> Option<&DynamicRange> {
        self.dynamic.iter().find(|range| range.protocol == protocol)
    }

    /// The addresses of this machine that its sockets show, besides loopback addresses and wildcards.
    #[must_use]
    pub fn local_addresses(&self) -> Vec<LocalAddress> {
        let shown: BTreeSet<(IpAddr, u32)> =
            self.endpoints.iter().map(|e| (e.local.ip(), scope(e.local))).collect();
        let own = shown.into_iter().filter(|(ip, _)| !ip.is_loopback() && !ip.is_unspecified());
        own.map(|(ip, scope)| LocalAddress { ip, scope }).collect()
    }
}

fn scope(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V6(v6) => v6.scope_id(),
        SocketAddr::V4(_) => 0,
    }
}

/// How a file that is too large is refused.
#[must_use]
pub fn too_large(bytes: u64) -> String {
    format!("expected at most {} bytes, found {bytes}: no listing is that long", Listing::LARGEST)
}

/// A file that is being read.
struct Reading<'a> {
    file: &'a Arc<str>,
    into: &'a mut Listing,
}

impl Reading<'_> {
    fn at(&self, line: u32) -> Place {
        Place { file: Arc::clone(self.file), line }
    }

    fn refuse(&self, line: u32, says: impl Into<String>) -> Unreadable {
        Unreadable { file: Arc::clone(self.file), line: Some(line), says: says.into() }
    }

    fn refuse_file(&self, says: &str) -> Unreadable {
        Unreadable { file: Arc::clone(self.file), line: None, says: says.into() }
    }

    fn warn(&mut self, line: u32, says: impl Into<String>) {
        let at = self.at(line);
        self.into.warnings.push(Warning { at, says: says.into() });
    }

    /// Each line belongs to the list whose shape it has, and to the title and the rule above it.
    fn paste(&mut self, lines: &[Line<'_>]) -> Result<(), Unreadable> {
        let known = self.into.clone();
        let count = |l: &Listing| {
            l.rows.len() + l.dynamic.len() + l.endpoints.len() + l.registrations.len()
        };
        let mut empty_list = false;
        for section in shape::sections(lines) {
            let first = |wanted: fn(&Shape<'_>) -> bool| section.iter().any(|l| wanted(&l.shape));
            if first(|s| matches!(s, Shape::Row { .. } | Shape::OddRow | Shape::Footer)) {
                empty_list |= first(|s| matches!(s, Shape::Footer));
                self.excluded_section(section, None)?;
            } else if let Some(end) = dynamic::end(section) {
                self.dynamic_section(&section[..end])?;
            }
            self.endpoint_lines(section)?;
            self.registration_lines(section)?;
        }
        if count(self.into) == count(&known) && !empty_list {
            return Err(self.refuse_file(
                "expected listings of netsh or netstat, found no row of numbers in it",
            ));
        }
        Ok(())
    }
}
