//! The transport, address and port that a message shows, and the question that asks about them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use portres_model::Protocol;

/// What a message is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The local address and port.
    pub address: SocketAddr,
    /// Whether its socket is for both stacks, as Go and Node listen at the IPv6 wildcard (EV-80).
    pub dual: bool,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dual = if self.dual { " --dual-stack" } else { "" };
        write!(f, "{} {}{dual}", self.protocol, self.address)
    }
}

/// The command that asks about the port of a message.
#[must_use]
pub fn question_about(endpoint: Endpoint) -> String {
    format!("portres doctor \"bind {endpoint}\"")
}

impl Endpoint {
    /// The one of a message; `None` unless it shows a transport, an address and a port.
    #[must_use]
    pub fn of_message(message: &str) -> Option<Endpoint> {
        let words: Vec<&str> = message.split_whitespace().map(trimmed).collect();
        // Go also says `listen udp`; without a transport it is Node's, and only stream sockets listen
        let listens = words.contains(&"listen");
        // Kestrel fails to bind to a URL; one that HttpListener cannot take is no bind
        let url = |word: &&str| word.starts_with("http://") || word.starts_with("https://");
        let stream = listens || words.contains(&"bind") && words.iter().any(url);
        let named = words.iter().find_map(|word| protocol(word));
        let protocol = named.or(stream.then_some(Protocol::Tcp))?;
        let address = words.iter().find_map(|word| address(word));
        // a pair: Python's ('0.0.0.0', 8000), Node's address: '::', port: 3000
        let pairs: Vec<&str> = words.iter().copied().filter(|word| *word != "port").collect();
        let pair = pairs
            .windows(2)
            .find_map(|pair| Some(SocketAddr::new(pair[0].parse().ok()?, port(pair[1])?)));
        let only_v6 = words.iter().any(|word| matches!(*word, "tcp6" | "udp6"));
        address.or(pair).map(|address| {
            let dual = listens && !only_v6 && address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
            Endpoint { protocol, address, dual }
        })
    }
}

/// A word without what encloses it; brackets of an address stay.
fn trimmed(word: &str) -> &str {
    let word = word.strip_suffix(':').unwrap_or(word);
    word.trim_matches(['(', ')', '\'', '"', '`', ',', ';', '.', '<', '>', '{', '}'])
}

fn protocol(word: &str) -> Option<Protocol> {
    match word.to_lowercase().as_str() {
        "tcp" | "tcp4" | "tcp6" => Some(Protocol::Tcp),
        "udp" | "udp4" | "udp6" => Some(Protocol::Udp),
        _ => None,
    }
}

fn address(word: &str) -> Option<SocketAddr> {
    let word = word.split_once("://").map_or(word, |(_, rest)| rest.trim_end_matches('/'));
    if let Ok(address) = word.parse::<SocketAddr>() {
        return (address.port() != 0).then_some(address);
    }
    let (host, digits) = word.rsplit_once(':')?;
    let ip: IpAddr = match host {
        // Go's address without a host is the wildcard of both families
        "" => Ipv6Addr::UNSPECIFIED.into(),
        // Node leaves the brackets out
        _ => host.parse().ok()?,
    };
    Some(SocketAddr::new(ip, port(digits)?))
}

fn port(digits: &str) -> Option<u16> {
    digits.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_asks_about_the_port_that_it_shows() {
        for (message, asked) in [
            ("listen tcp 0.0.0.0:50051: bind: An attempt was made", "tcp 0.0.0.0:50051"),
            ("listen tcp :8080: bind: Only one usage", "tcp [::]:8080 --dual-stack"),
            ("listen tcp6 [::]:8080: bind: Only one usage", "tcp [::]:8080"),
            ("listen udp [::1]:53: bind: An attempt", "udp [::1]:53"),
            ("Error: listen EACCES: permission denied 0.0.0.0:50051", "tcp 0.0.0.0:50051"),
            (
                "Error: listen EADDRINUSE: address already in use :::3000",
                "tcp [::]:3000 --dual-stack",
            ),
            (
                "Failed to bind to address http://127.0.0.1:5000: address already in use.",
                "tcp 127.0.0.1:5000",
            ),
            (
                "exposing port TCP 127.0.0.1:5432 -> 0.0.0.0:0: listen tcp 127.0.0.1:5432: bind",
                "tcp 127.0.0.1:5432",
            ),
            (
                "{ errno: -4091, syscall: 'listen', address: '::', port: 3000 }",
                "tcp [::]:3000 --dual-stack",
            ),
            (
                "tcp: error while attempting to bind on address ('0.0.0.0', 8000): in use",
                "tcp 0.0.0.0:8000",
            ),
        ] {
            let endpoint = Endpoint::of_message(message).unwrap_or_else(|| panic!("{message}"));
            assert_eq!(endpoint.to_string(), asked);
            assert_eq!(question_about(endpoint), format!("portres doctor \"bind {asked}\""));
        }
    }

    #[test]
    fn nothing_is_asked_where_a_part_is_missing() {
        for message in [
            "bind EACCES 0.0.0.0:53",
            "listen tcp localhost:80: bind: in use",
            "listen tcp 0.0.0.0:0: bind: in use",
            "An attempt was made to access a socket (os error 10013)",
            "tcp 10.0.0.1: no port",
            "listen tcp 0.0.0.0:99999: bind",
            "Failed to add prefix 'http://127.0.0.1:5000/': it conflicts",
        ] {
            assert_eq!(Endpoint::of_message(message), None, "{message}");
        }
    }
}
