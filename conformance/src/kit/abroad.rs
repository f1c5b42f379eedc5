//! Whether a script talks to other machines: such a script is in no kit.

use std::net::{IpAddr, Ipv4Addr};

/// The calls that send something to the address behind their socket.
const SENDING: [&str; 3] = ["connect", "connectex", "sendto"];

/// The first line of a script that may send something to another machine, from 1, and the address.
pub(super) fn abroad(script: &str) -> Option<(u64, String)> {
    let broadcasts = script
        .lines()
        .any(|line| code(line).contains("setsockopt") && code(line).contains("SO_BROADCAST"));
    let lines = script.lines().enumerate();
    let mut found = lines.filter_map(|(i, line)| Some((i as u64 + 1, destination(code(line))?)));
    found.find(|(_, address)| !is_here(address, broadcasts))
}

fn code(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
}

/// The address to which a line sends, without its port.
fn destination(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    // whose call it is: no line of the header begins so
    words.next().filter(|who| who.ends_with(':'))?;
    let to = words.skip_while(|word| !SENDING.contains(word)).nth(2)?;
    let ip = match to.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => to.split(':').next(),
    };
    ip.map(str::to_string)
}

/// Whether what is sent there stays on this machine. A broadcast that was not asked for is refused before it is sent.
fn is_here(address: &str, broadcasts: bool) -> bool {
    let ip = address.split('%').next().unwrap_or_default().parse::<IpAddr>();
    match ip.map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(Ipv4Addr::BROADCAST)) => !broadcasts,
        Ok(ip) => ip.is_loopback() || ip.is_unspecified(),
        // an operand that is no address yet may become any
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::abroad;

    #[test]
    fn what_leaves_the_machine_is_found() {
        let here = "title Who may connect to whom, and sendto\np1: connect s1 127.0.0.1:port(s2)\np1: sendto s1 [::1]:5\np1: connectex s1 [::ffff:127.0.0.2]:port(s2)\n\
                    p1: connect s2 0.0.0.0:9 # 198.51.100.7\np1: bind s1 192.0.2.7:5\np1: sendto s3 255.255.255.255:9\n\
                    p1: s1 = socket tcp v4\np1: disconnect s1\n";
        assert_eq!(abroad(here), None);
        for (line, to) in [
            ("p1: connect s1 198.51.100.7:80", "198.51.100.7"),
            ("p1: connectex s1 192.0.2.7:port(s2)", "192.0.2.7"),
            ("p1.2: call 7 sendto s1 [fe80::1%5]:9", "fe80::1%5"),
            ("p1: connect s1 [::ffff:192.0.2.7]:9", "::ffff:192.0.2.7"),
            ("p1: sendto s1 224.0.0.1:9", "224.0.0.1"),
        ] {
            assert_eq!(abroad(&format!("{here}{line}\n")), Some((10, to.to_string())));
        }
        let broadcast = format!("{here}p1: setsockopt s3 SO_BROADCAST 1\n");
        assert_eq!(abroad(&broadcast), Some((7, "255.255.255.255".to_string())));
    }
}
