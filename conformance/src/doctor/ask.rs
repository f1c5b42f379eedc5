//! Questions, as they are asked on a line.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use portres_model::{
    AccessToken, Account, Credentials, LocalAddress, Options, PortBlock, PortRange, Protocol,
};

/// A question about a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ask {
    /// May a program bind to this address?
    Bind {
        /// TCP or UDP.
        protocol: Protocol,
        /// The address and the port.
        address: SocketAddr,
        /// Its sharing option.
        options: Options,
        /// Whether an IPv6 socket is for both stacks.
        dual: bool,
        /// Who asks.
        caller: Caller,
    },
    /// May a program reserve these ports?
    Reserve {
        /// TCP or UDP.
        protocol: Protocol,
        /// The ports; start 0: whichever.
        range: PortRange,
        /// For good, or as long as a socket is open.
        persistent: bool,
        /// Who asks.
        caller: Caller,
    },
    /// May these ports be excluded with netsh?
    Exclude {
        /// TCP or UDP.
        protocol: Protocol,
        /// The ports.
        range: PortRange,
        /// Who asks.
        caller: Caller,
    },
    /// Which blocks of this size are free and stay so?
    Free {
        /// TCP or UDP.
        protocol: Protocol,
        /// How many ports.
        count: u16,
    },
    /// May http.sys take this port for a URL?
    ServeHttp {
        /// The port.
        port: u16,
    },
}

/// Under which rights a program runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller {
    /// A standard user.
    Standard,
    /// A member of Administrators whose program was not elevated.
    Filtered,
    /// A member of Administrators whose program was elevated.
    Elevated,
}

impl Caller {
    /// The account and the token.
    #[must_use]
    pub fn credentials(self) -> Credentials {
        let (account, token) = match self {
            Caller::Standard => (Account::Standard, AccessToken::Filtered),
            Caller::Filtered => (Account::Administrator, AccessToken::Filtered),
            Caller::Elevated => (Account::Administrator, AccessToken::Elevated),
        };
        Credentials { account, token, ..Credentials::default() }
    }

    const fn name(self) -> &'static str {
        match self {
            Caller::Standard => "standard",
            Caller::Filtered => "filtered",
            Caller::Elevated => "elevated",
        }
    }
}

impl Ask {
    /// Whose ports; `None` for none.
    #[must_use]
    pub const fn protocol(&self) -> Option<Protocol> {
        match self {
            Ask::Bind { protocol, .. }
            | Ask::Reserve { protocol, .. }
            | Ask::Exclude { protocol, .. }
            | Ask::Free { protocol, .. } => Some(*protocol),
            Ask::ServeHttp { .. } => Some(Protocol::Tcp),
        }
    }

    /// The address of a bind that a listing may leave unsaid: any but loopback addresses and wildcards, and but what no
    /// machine has of its own.
    #[must_use]
    pub fn own_address(&self) -> Option<LocalAddress> {
        let Ask::Bind { address, .. } = self else { return None };
        let scope = match address {
            SocketAddr::V6(v6) => v6.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        let ip = address.ip().to_canonical();
        let broadcast = ip == IpAddr::V4(Ipv4Addr::BROADCAST);
        let nobodys = ip.is_multicast() || broadcast;
        (!nobodys && !ip.is_loopback() && !ip.is_unspecified())
            .then_some(LocalAddress { ip, scope })
    }

    /// The same of other ports, by somebody who has every right.
    pub(super) fn elevated_at(self, block: PortBlock) -> Ask {
        let (caller, range, port) = (Caller::Elevated, block.range(), block.first());
        match self {
            Ask::Bind { protocol, mut address, options, dual, .. } => {
                address.set_port(port);
                Ask::Bind { protocol, address, options, dual, caller }
            }
            Ask::Reserve { protocol, persistent, .. } => {
                Ask::Reserve { protocol, range, persistent, caller }
            }
            Ask::Exclude { protocol, .. } => Ask::Exclude { protocol, range, caller },
            Ask::ServeHttp { .. } => Ask::ServeHttp { port },
            Ask::Free { .. } => self,
        }
    }

    /// The ports that it names.
    #[must_use]
    pub fn block(&self) -> Option<PortBlock> {
        match self {
            Ask::Bind { address, .. } => PortBlock::of(address.port()),
            Ask::Reserve { range, .. } | Ask::Exclude { range, .. } => range.block(),
            Ask::Free { .. } => None,
            Ask::ServeHttp { port } => PortBlock::of(*port),
        }
    }
}

/// As it is asked, everything that is not the default with it.
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights = |f: &mut fmt::Formatter<'_>, caller: &Caller, default: Caller| {
            if *caller == default { Ok(()) } else { write!(f, " --as {}", caller.name()) }
        };
        match self {
            Ask::Bind { protocol, address, options, dual, caller } => {
                write!(f, "bind {protocol} {address}")?;
                f.write_str(match options {
                    Options::Reuse => " --reuse",
                    Options::Exclusive => " --exclusive",
                    _ => "",
                })?;
                f.write_str(if *dual { " --dual-stack" } else { "" })?;
                rights(f, caller, Caller::Standard)
            }
            Ask::Reserve { protocol, range, persistent, caller } => {
                write!(f, "reserve {protocol} {range}")?;
                f.write_str(if *persistent { " --persistent" } else { "" })?;
                let default = if *persistent { Caller::Elevated } else { Caller::Standard };
                rights(f, caller, default)
            }
            Ask::Exclude { protocol, range, caller } => {
                write!(f, "exclude {protocol} {range}")?;
                rights(f, caller, Caller::Elevated)
            }
            Ask::Free { protocol, count } => write!(f, "free {protocol} {count}"),
            Ask::ServeHttp { port } => write!(f, "serve-http {port}"),
        }
    }
}

/// A line asks nothing that is understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadAsk(String);

fn bad<T>(says: impl Into<String>) -> Result<T, BadAsk> {
    Err(BadAsk(says.into()))
}

/// The options of a line.
#[derive(Default)]
struct Said {
    options: Options,
    dual: bool,
    persistent: bool,
    caller: Option<Caller>,
}

const FORMS: &str = "`bind tcp 0.0.0.0:50051`, `reserve tcp 50051+1`, `exclude tcp 50051+1`, `free tcp 100` \
                     or `serve-http 50051`";

impl FromStr for Ask {
    type Err = BadAsk;
    fn from_str(line: &str) -> Result<Ask, BadAsk> {
        let (words, said) = options(line)?;
        let Some((verb, rest)) = words.split_first() else {
            return bad(format!("expected a question like {FORMS}, found none"));
        };
        let Said { options, dual, persistent, caller } = said;
        let only = |allowed: &[&str]| said_only(&said, allowed, verb);
        match (*verb, rest) {
            ("bind", [protocol, address]) => {
                only(&["share", "dual", "as"])?;
                let (protocol, address) = (transport(protocol)?, name(address)?);
                if dual && address.is_ipv4() {
                    return bad("expected an IPv6 address for --dual-stack, found an IPv4 address");
                }
                let caller = caller.unwrap_or(Caller::Standard);
                Ok(Ask::Bind { protocol, address, options, dual, caller })
            }
            ("reserve", [protocol, range]) => {
                only(&["persistent", "as"])?;
                let (protocol, range) = (transport(protocol)?, ports(range)?);
                let default = if persistent { Caller::Elevated } else { Caller::Standard };
                let caller = caller.unwrap_or(default);
                Ok(Ask::Reserve { protocol, range, persistent, caller })
            }
            ("exclude", [protocol, range]) => {
                only(&["as"])?;
                let (protocol, range) = (transport(protocol)?, ports(range)?);
                Ok(Ask::Exclude { protocol, range, caller: caller.unwrap_or(Caller::Elevated) })
            }
            ("free", [protocol, count]) => {
                only(&[])?;
                let count = count.parse().ok().filter(|n| *n > 0);
                let Some(count) = count else {
                    return bad(format!(
                        "expected a number of ports from 1 to 65535, found `{}`",
                        rest[1]
                    ));
                };
                Ok(Ask::Free { protocol: transport(protocol)?, count })
            }
            ("serve-http", [port]) => {
                only(&[])?;
                match port.parse().ok().filter(|n| *n > 0) {
                    Some(port) => Ok(Ask::ServeHttp { port }),
                    None => bad(format!("expected a port from 1 to 65535, found `{port}`")),
                }
            }
            _ => bad(format!("expected a question like {FORMS}, found `{line}`")),
        }
    }
}

/// The words of a line, and what its options say.
fn options(line: &str) -> Result<(Vec<&str>, Said), BadAsk> {
    let (mut words, mut said) = (Vec::new(), Said::default());
    let mut rest = line.split_whitespace();
    while let Some(word) = rest.next() {
        match word {
            "--reuse" | "--exclusive" if said.options != Options::Neither => {
                return bad("expected --reuse or --exclusive, found both");
            }
            "--reuse" => said.options = Options::Reuse,
            "--exclusive" => said.options = Options::Exclusive,
            "--dual-stack" => said.dual = true,
            "--persistent" => said.persistent = true,
            "--as" => {
                said.caller = Some(match rest.next() {
                    Some("standard") => Caller::Standard,
                    Some("filtered") => Caller::Filtered,
                    Some("elevated") => Caller::Elevated,
                    other => {
                        let found = other.unwrap_or("nothing");
                        return bad(format!(
                            "expected standard, filtered or elevated behind --as, found `{found}`"
                        ));
                    }
                });
            }
            option if option.starts_with("--") => {
                return bad(format!("unknown option `{option}` in a question"));
            }
            _ => words.push(word),
        }
    }
    Ok((words, said))
}

/// An option that means nothing to a question is no part of it.
fn said_only(said: &Said, allowed: &[&str], verb: &str) -> Result<(), BadAsk> {
    for (name, given) in [
        ("share", said.options != Options::Neither),
        ("dual", said.dual),
        ("persistent", said.persistent),
        ("as", said.caller.is_some()),
    ] {
        if given && !allowed.contains(&name) {
            let option = match name {
                "share" if said.options == Options::Reuse => "--reuse",
                "share" => "--exclusive",
                "dual" => "--dual-stack",
                "persistent" => "--persistent",
                _ => "--as",
            };
            return bad(format!("{option} means nothing to `{verb}`"));
        }
    }
    Ok(())
}

fn transport(word: &str) -> Result<Protocol, BadAsk> {
    match word {
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Udp),
        _ => bad(format!("expected tcp or udp, found `{word}`")),
    }
}

/// `ADDRESS:PORT`; a port alone is one of every IPv4 address.
fn name(word: &str) -> Result<SocketAddr, BadAsk> {
    if let Ok(address) = word.parse() {
        return Ok(address);
    }
    let port = |text: &str| text.parse::<u16>().ok();
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let found = port(word.strip_prefix(':').unwrap_or(word)).map(|port| SocketAddr::new(any, port));
    let local = || Some(SocketAddr::new(here, port(word.strip_prefix("localhost:")?)?));
    match found.or_else(local) {
        Some(address) => Ok(address),
        None => bad(format!("expected ADDRESS:PORT, found `{word}`")),
    }
}

/// `START+COUNT`; a port alone is one port.
fn ports(word: &str) -> Result<PortRange, BadAsk> {
    let one = || Some(PortRange { start: word.parse().ok()?, count: 1 });
    match word.parse().ok().or_else(one) {
        Some(range) => Ok(range),
        None => bad(format!("expected START+COUNT, each 0 to 65535, found `{word}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_and_written() {
        for (line, written) in [
            ("bind tcp 0.0.0.0:50051", "bind tcp 0.0.0.0:50051"),
            ("bind udp 50051 --reuse --as standard", "bind udp 0.0.0.0:50051 --reuse"),
            ("bind tcp localhost:80 --exclusive", "bind tcp 127.0.0.1:80 --exclusive"),
            (
                "bind tcp [::]:80 --dual-stack --as elevated",
                "bind tcp [::]:80 --dual-stack --as elevated",
            ),
            ("reserve tcp 50051+1", "reserve tcp 50051+1"),
            ("reserve udp 0+64 --persistent --as elevated", "reserve udp 0+64 --persistent"),
            ("exclude tcp 50051", "exclude tcp 50051+1"),
            ("free tcp 100", "free tcp 100"),
            ("serve-http 8080", "serve-http 8080"),
        ] {
            let ask: Ask = line.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(ask.to_string(), written);
            assert_eq!(written.parse(), Ok(ask));
        }
    }

    #[test]
    fn what_is_no_question_is_refused() {
        for (line, says) in [
            ("", "found none"),
            ("bind", "expected a question like"),
            ("bind sctp 0.0.0.0:1", "expected tcp or udp"),
            ("bind tcp 0.0.0.0", "expected ADDRESS:PORT"),
            ("bind tcp 0.0.0.0:65536", "expected ADDRESS:PORT"),
            ("bind tcp 1 --reuse --exclusive", "found both"),
            ("bind tcp 1 --as root", "found `root`"),
            ("bind tcp 1 --persistent", "--persistent means nothing to `bind`"),
            ("bind tcp 1 --dual-stack", "expected an IPv6 address"),
            ("exclude tcp 1 --reuse", "--reuse means nothing"),
            ("free tcp 0", "from 1 to 65535"),
            ("free tcp 70000", "from 1 to 65535"),
            ("serve-http 0", "from 1 to 65535"),
            ("reserve tcp 5+", "expected START+COUNT"),
            ("bind tcp 1 --colour", "unknown option"),
        ] {
            let told = line.parse::<Ask>().expect_err(line).to_string();
            assert!(told.contains(says), "{line}: {told}");
        }
    }
}
