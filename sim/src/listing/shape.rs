//! The lines of a listing by their shape: numbers, stars, dashes, addresses.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use portres_model::Protocol;

/// A line.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u32,
    pub(super) shape: Shape<'a>,
    /// The one transport that it mentions.
    pub(super) names: Option<Protocol>,
}

/// What a line looks like.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape<'a> {
    /// Nothing, or the fence of a code block.
    Blank,
    /// Groups of dashes.
    Rule(usize),
    /// Two numbers, and where a star is.
    Row { first: &'a str, last: &'a str, star: Star },
    /// Begins like a row and is none.
    OddRow,
    /// One number and nothing else.
    Lone,
    /// A star and nothing else.
    LoneStar,
    /// A star before words.
    Footer,
    /// A label, a colon and a number.
    Value(&'a str),
    /// A socket.
    Socket(Sock),
    /// A socket whose address does not fit its column.
    CutSocket,
    /// The name of a program, in brackets.
    Program(&'a str),
    /// URLs with a port.
    Urls(Vec<(&'a str, u16)>),
    /// Anything else.
    Words,
}

/// Where a row has its star.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Star {
    None,
    Behind,
    Before,
}

/// What a line says of a socket.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sock {
    pub(super) protocol: Protocol,
    pub(super) local: SocketAddr,
    pub(super) remote: Option<SocketAddr>,
    pub(super) process: Option<u32>,
}

pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let numbered = text.lines().zip(1..);
    numbered
        .map(|(line, number)| {
            let words = words(line);
            Line { number, shape: shape(&words), names: protocol_of(&words) }
        })
        .collect()
}

/// The lists that stand behind each other. A rule begins a list, and what names it stands above: behind the last row.
pub(super) fn sections<'s, 'a>(lines: &'s [Line<'a>]) -> Vec<&'s [Line<'a>]> {
    let content = |l: &Line<'_>| {
        use Shape::{Footer, Lone, LoneStar, OddRow, Row, Socket, Urls, Value};
        matches!(
            l.shape,
            Row { .. } | OddRow | Lone | LoneStar | Footer | Value(_) | Socket(_) | Urls(_)
        )
    };
    let mut starts = vec![0];
    for (place, _) in lines.iter().enumerate().filter(|(_, l)| matches!(l.shape, Shape::Rule(_))) {
        let from = *starts.last().unwrap_or(&0);
        let above = &lines[from..place];
        let begins = above.iter().rposition(content).map(|last| from + last + 1);
        let rule_above = above.iter().any(|l| matches!(l.shape, Shape::Rule(_)));
        match begins {
            Some(start) => starts.push(start),
            // an empty list without a footer
            None if rule_above => starts.push(place),
            None => {}
        }
    }
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts.iter().zip(ends).map(|(from, to)| &lines[*from..to]).collect()
}

/// The words of a line, without what quoting and logs put before it.
fn words(line: &str) -> Vec<&str> {
    let mut rest = line.trim();
    while let Some(quoted) = rest.strip_prefix('>') {
        rest = quoted.trim_start();
    }
    let blank = |c: char| c.is_whitespace() || matches!(c, '|' | '\u{feff}');
    let mut words: Vec<&str> = rest.split(blank).filter(|word| !word.is_empty()).collect();
    if words.first().is_some_and(|word| is_time(word)) {
        words.remove(0);
    }
    words
}

/// `2024-08-08T10:00:00.0000000Z`, as logs of builds begin their lines.
fn is_time(word: &str) -> bool {
    let digits =
        |range| word.get(range).is_some_and(|t: &str| t.bytes().all(|b| b.is_ascii_digit()));
    word.len() >= 20
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && word.get(10..11) == Some("T")
        && word.ends_with('Z')
}

fn shape<'a>(words: &[&'a str]) -> Shape<'a> {
    let Some(first) = words.first() else { return Shape::Blank };
    if first.starts_with("```") || first.starts_with("~~~") {
        return Shape::Blank;
    }
    let dashes = |word: &&str| {
        word.chars().count() >= 3 && word.chars().all(|c| matches!(c, '-' | '–' | '—' | '─' | '='))
    };
    if words.iter().all(dashes) {
        return Shape::Rule(words.len());
    }
    if let Some(socket) = netstat(words).or_else(|| endpoint(words)) {
        return Shape::Socket(socket);
    }
    let cut = |word: &str| word.contains(':') && (word.ends_with("...") || word.ends_with('…'));
    if words.len() > 1 && cut(first) && words[1].parse::<u16>().is_ok() {
        return Shape::CutSocket;
    }
    let urls = urls(words);
    if !urls.is_empty() {
        return Shape::Urls(urls);
    }
    if let [only] = words {
        let name = only.strip_prefix('[').and_then(|w| w.strip_suffix(']'));
        if let Some(name) = name.filter(|n| n.parse::<IpAddr>().is_err()) {
            return Shape::Program(name);
        }
    }
    numbers(words)
}

/// The shapes of `netsh`.
fn numbers<'a>(words: &[&'a str]) -> Shape<'a> {
    let mut parts = Vec::with_capacity(words.len() + 1);
    words.iter().for_each(|word| without_star(word, &mut parts));
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_star = |part: &&str| *part == STAR;
    match parts.as_slice() {
        [star] if is_star(star) => Shape::LoneStar,
        [number] if is_number(number) => Shape::Lone,
        [first, last] if is_number(first) && is_number(last) => {
            Shape::Row { first, last, star: Star::None }
        }
        [first, last, star] if is_number(first) && is_number(last) && is_star(star) => {
            Shape::Row { first, last, star: Star::Behind }
        }
        [star, first, last] if is_number(first) && is_number(last) && is_star(star) => {
            Shape::Row { first, last, star: Star::Before }
        }
        [first, last, ..] if is_number(first) && is_number(last) => Shape::OddRow,
        [first, star, last] if is_number(first) && is_star(star) && is_number(last) => {
            Shape::OddRow
        }
        [star, ..] if is_star(star) && !parts.iter().any(is_number) => Shape::Footer,
        [.., last] => match value(words, last) {
            Some(number) => Shape::Value(number),
            None => Shape::Words,
        },
        [] => Shape::Blank,
    }
}

const STAR: &str = "*";

/// A star may stand against a number, be escaped, or be wide.
fn without_star<'a>(word: &'a str, parts: &mut Vec<&'a str>) {
    for star in ["\\*", "*", "＊"] {
        if let Some(before) = word.strip_suffix(star) {
            parts.extend((!before.is_empty()).then_some(before));
            parts.push(STAR);
            return;
        }
        if let Some(behind) = word.strip_prefix(star) {
            parts.extend([STAR, behind]);
            return;
        }
    }
    parts.push(word);
}

/// The number behind a colon, if it is the only one of the line.
fn value<'a>(words: &[&'a str], last: &'a str) -> Option<&'a str> {
    let number = last.rsplit([':', '：']).next()?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let digits = words.iter().flat_map(|w| w.bytes()).filter(u8::is_ascii_digit).count();
    let colon = words.iter().any(|w| w.contains([':', '：']));
    (is_number && colon && digits == number.len()).then_some(number)
}

/// `TCP 0.0.0.0:135 0.0.0.0:0 LISTENING 1044`, `UDP [::1]:1900 *:* 3292`.
fn netstat(words: &[&str]) -> Option<Sock> {
    let (protocol, rest) = match words {
        [word, rest @ ..] if word.eq_ignore_ascii_case("tcp") => (Protocol::Tcp, rest),
        [word, rest @ ..] if word.eq_ignore_ascii_case("udp") => (Protocol::Udp, rest),
        _ => return None,
    };
    let [local, remote, rest @ ..] = rest else { return None };
    let local = name(local)?;
    let remote = name(remote).filter(|name| name.port() != 0);
    let process = rest.last().and_then(|word| word.parse().ok());
    Some(Sock { protocol, local, remote, process })
}

/// `0.0.0.0 135 0.0.0.0 0 Listen 1044`; without a remote address it is UDP.
fn endpoint(words: &[&str]) -> Option<Sock> {
    let [ip, port, rest @ ..] = words else { return None };
    let local = address(ip, port.parse().ok()?)?;
    let remote = match rest {
        [ip, port, ..] => port.parse().ok().and_then(|port| address(ip, port)),
        _ => None,
    };
    let process = rest.last().and_then(|word| word.parse().ok());
    Some(match remote {
        Some(remote) => Sock {
            protocol: Protocol::Tcp,
            local,
            remote: (remote.port() != 0).then_some(remote),
            process: process.filter(|_| rest.len() > 2),
        },
        None => Sock { protocol: Protocol::Udp, local, remote: None, process },
    })
}

/// An address with its port.
fn name(word: &str) -> Option<SocketAddr> {
    let (ip, port) = word.rsplit_once(':')?;
    let port = port.parse().ok()?;
    match ip.strip_prefix('[') {
        Some(v6) => address(v6.strip_suffix(']')?, port).filter(SocketAddr::is_ipv6),
        None => address(ip, port).filter(SocketAddr::is_ipv4),
    }
}

/// An address of either family and a port; an IPv6 one has its scope behind it, if that is a number.
fn address(word: &str, port: u16) -> Option<SocketAddr> {
    let (ip, scope) = word.split_once('%').unwrap_or((word, ""));
    Some(match ip.parse().ok()? {
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, scope.parse().unwrap_or_default()).into(),
        IpAddr::V4(ip) => SocketAddr::new(ip.into(), port),
    })
}

/// The URLs of a line that name a port: `HTTP://+:5357/…`, `https://127.0.0.1:8443:127.0.0.1/`.
fn urls<'a>(words: &[&'a str]) -> Vec<(&'a str, u16)> {
    words.iter().filter_map(|word| Some((*word, port_of_url(word)?))).collect()
}

fn port_of_url(word: &str) -> Option<u16> {
    let lower = word.to_ascii_lowercase();
    let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"))?;
    let host = rest.split('/').next()?;
    // the brackets of an IPv6 address have colons in them
    let behind = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    behind.split(':').nth(1)?.parse().ok()
}

/// The transport that a line mentions, if it mentions one.
fn protocol_of(words: &[&str]) -> Option<Protocol> {
    let mut found = None;
    for word in words {
        let word = word.to_ascii_lowercase();
        let bare = word.rsplit('=').next().unwrap_or_default();
        let bare = bare.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let protocol = match bare {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => continue,
        };
        if found.is_some_and(|known| known != protocol) {
            return None;
        }
        found = Some(protocol);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Shape<'_> {
        lines(line).remove(0).shape
    }

    fn row<'a>(first: &'a str, last: &'a str, star: Star) -> Shape<'a> {
        Shape::Row { first, last, star }
    }

    #[test]
    fn rows_are_found_by_their_numbers_and_the_star() {
        for (line, shape) in [
            ("        80          80      ", row("80", "80", Star::None)),
            (">     50000       50059     *", row("50000", "50059", Star::Behind)),
            ("50000 50059*", row("50000", "50059", Star::Behind)),
            ("50000 50059 \\*", row("50000", "50059", Star::Behind)),
            ("* 50000 50059", row("50000", "50059", Star::Before)),
            ("| 50000 | 50059 | * |", row("50000", "50059", Star::Behind)),
            ("2024-08-08T10:00:00.1234567Z 5986 5986", row("5986", "5986", Star::None)),
            ("50000 50059 60", Shape::OddRow),
            ("50000 * 50059", Shape::OddRow),
            ("50000 50059 the usual", Shape::OddRow),
            ("50000", Shape::Lone),
            ("*", Shape::LoneStar),
            ("* - 管理的端口排除。", Shape::Footer),
            ("----------    --------", Shape::Rule(2)),
            ("---------------------------------", Shape::Rule(1)),
            ("```text", Shape::Blank),
            ("Number of Ports : 16384", Shape::Value("16384")),
            ("端口数          ：16384", Shape::Value("16384")),
            ("Windows 10.0.19045: 5", Shape::Words),
            ("Ok.", Shape::Words),
            ("fe80::1c2d:3e4f:5a6b... 49670 :: 0 Listen 804", Shape::CutSocket),
            ("[svchost.exe]", Shape::Program("svchost.exe")),
        ] {
            assert_eq!(of(line), shape, "{line}");
        }
    }

    #[test]
    fn sockets_are_found_by_their_addresses() {
        let socket = |line: &str| match of(line) {
            Shape::Socket(s) => (s.protocol, s.local.to_string(), s.remote.is_some(), s.process),
            other => panic!("{line}: {other:?}"),
        };
        let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
        for (line, wanted) in [
            (
                "  TCP    0.0.0.0:135   0.0.0.0:0    ABHÖREN   1044",
                (tcp, "0.0.0.0:135", false, Some(1044)),
            ),
            ("  TCP [::]:445  [::]:0  LISTENING  4", (tcp, "[::]:445", false, Some(4))),
            ("  UDP [fe80::1%12]:1900 *:* 3292", (udp, "[fe80::1%12]:1900", false, Some(3292))),
            (
                "TCP 10.0.0.5:50001 192.0.2.7:443 ESTABLISHED 77",
                (tcp, "10.0.0.5:50001", true, Some(77)),
            ),
            (":: 49670 :: 0 Listen 804", (tcp, "[::]:49670", false, Some(804))),
            ("TCP 0.0.0.0:5000 0.0.0.0:0 BOUND 77", (tcp, "0.0.0.0:5000", false, Some(77))),
            ("0.0.0.0 135 0.0.0.0 0", (tcp, "0.0.0.0:135", false, None)),
            ("::1 1900", (udp, "[::1]:1900", false, None)),
        ] {
            let (protocol, local, remote, process) = wanted;
            assert_eq!(socket(line), (protocol, local.to_string(), remote, process), "{line}");
        }
    }

    #[test]
    fn urls_name_their_ports_and_titles_their_transport() {
        assert_eq!(port_of_url("HTTP://+:5357/0b1c/"), Some(5357));
        assert_eq!(port_of_url("HTTPS://127.0.0.1:8443:127.0.0.1/"), Some(8443));
        assert_eq!(port_of_url("http://[::1]:47001/WSMAN/"), Some(47001));
        assert_eq!(port_of_url("http://localhost/"), None);
        let names = |line: &str| lines(line)[0].names;
        assert_eq!(names("Portausschlussbereiche für das Protokoll \"tcp\""), Some(Protocol::Tcp));
        assert_eq!(
            names("> netsh interface ipv4 show excludedportrange protocol=UDP"),
            Some(Protocol::Udp)
        );
        assert_eq!(names("tcp and udp differ"), None);
    }
}
