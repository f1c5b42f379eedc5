//! Names and numbers: socket options, control codes, families, and what a case says of sizes.

use serde_json::Value;

/// The options that a trace names, at their levels.
const NAMED: &[(&str, &str)] = &[
    ("SOL_SOCKET", "SO_REUSEADDR"),
    ("SOL_SOCKET", "SO_EXCLUSIVEADDRUSE"),
    ("SOL_SOCKET", "SO_BROADCAST"),
    ("SOL_SOCKET", "SO_RANDOMIZE_PORT"),
    ("SOL_SOCKET", "SO_PORT_SCALABILITY"),
    ("SOL_SOCKET", "SO_REUSE_UNICASTPORT"),
    ("SOL_SOCKET", "SO_REUSE_MULTICASTPORT"),
    ("SOL_SOCKET", "SO_TYPE"),
    ("SOL_SOCKET", "SO_ACCEPTCONN"),
    ("SOL_SOCKET", "SO_OPENTYPE"),
    ("SOL_SOCKET", "SO_SNDTIMEO"),
    ("SOL_SOCKET", "SO_LINGER"),
    ("SOL_SOCKET", "SO_PROTOCOL_INFO"),
    ("SOL_SOCKET", "SO_BSP_STATE"),
    ("IPPROTO_IPV6", "IPV6_V6ONLY"),
];

/// The numbers of options at levels that are not theirs, and of those that a trace does not name.
const NUMBERS: &[(&str, i64)] = &[
    ("SO_DEBUG", 0x1),
    ("SO_ACCEPTCONN", 0x2),
    ("SO_REUSEADDR", 0x4),
    ("SO_EXCLUSIVEADDRUSE", -5),
    ("SO_KEEPALIVE", 0x8),
    ("SO_BROADCAST", 0x20),
    ("SO_LINGER", 0x80),
    ("SO_SNDBUF", 0x1001),
    ("SO_RCVBUF", 0x1002),
    ("SO_SNDTIMEO", 0x1005),
    ("SO_RCVTIMEO", 0x1006),
    ("SO_ERROR", 0x1007),
    ("SO_TYPE", 0x1008),
    ("SO_BSP_STATE", 0x1009),
    ("SO_RANDOMIZE_PORT", 0x3005),
    ("SO_PORT_SCALABILITY", 0x3006),
    ("SO_REUSE_UNICASTPORT", 0x3007),
    ("SO_REUSE_MULTICASTPORT", 0x3008),
    ("SO_OPENTYPE", 0x7008),
    ("IPV6_V6ONLY", 27),
];

const LEVELS: &[&str] = &["SOL_SOCKET", "IPPROTO_IP", "IPPROTO_IPV6", "IPPROTO_TCP"];

/// The option as a trace spells it.
pub(super) fn option(level: &Value, option: &Value) -> Result<String, String> {
    if let (Some(level), Some(option)) = (level.as_str(), option.as_str()) {
        if NAMED.contains(&(level, option)) {
            return Ok(option.to_string());
        }
    }
    let level = match level {
        Value::String(name) if LEVELS.contains(&name.as_str()) => name.clone(),
        Value::Number(number) if number.is_i64() => number.to_string(),
        other => return Err(format!("unknown level `{other}`: there are {}", LEVELS.join(", "))),
    };
    let number = match option {
        Value::String(name) => NUMBERS.iter().find(|(known, _)| known == name).map(|(_, n)| *n),
        other => other.as_i64(),
    };
    let number = number.ok_or_else(|| format!("unknown option `{option}`"))?;
    Ok(if number < 0 { format!("{level}:{number}") } else { format!("{level}:{number:#x}") })
}

/// Numbers that stand under a name in values.
const VALUES: &[(&str, u64)] = &[
    ("SOCK_STREAM", 1),
    ("SOCK_DGRAM", 2),
    ("SOCK_RAW", 3),
    ("SOCK_RDM", 4),
    ("SOCK_SEQPACKET", 5),
    ("SOMAXCONN", 0x7fff_ffff),
];

/// The first four bytes of a value, little endian.
pub(super) fn value(value: &Value) -> Result<u32, String> {
    let wide = match value {
        Value::Bool(is) => Some(u64::from(*is)),
        Value::Number(number) => {
            number.as_u64().or_else(|| number.as_i64().map(|n| u64::from_le_bytes(n.to_le_bytes())))
        }
        Value::String(name) => VALUES
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, n)| *n)
            .or_else(|| u64::from_str_radix(name.strip_prefix("0x")?, 16).ok()),
        _ => None,
    };
    let wide = wide.ok_or_else(|| format!("expected a number, found `{value}`"))?;
    let [a, b, c, d, ..] = wide.to_le_bytes();
    Ok(u32::from_le_bytes([a, b, c, d]))
}

/// The number that some bytes in hexadecimal are, little endian.
pub(super) fn bytes(hex: &str) -> Result<u32, String> {
    let digits = hex.as_bytes();
    let byte = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(text, 16).ok()
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let bytes = bytes.filter(|bytes| bytes.len() <= 4);
    let bytes = bytes.ok_or_else(|| format!("expected up to four bytes, found `{hex}`"))?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// A control code: its name, and the sizes of its input and its output as they should be.
pub(super) struct Control {
    name: &'static str,
    pub(super) input: u64,
    /// `None`: the output has no fixed size.
    pub(super) output: Option<u64>,
    /// Whether the output is a number.
    pub(super) is_number: bool,
}

const fn control(name: &'static str, input: u64, output: Option<u64>) -> Control {
    Control { name, input, output, is_number: false }
}

const CONTROLS: &[Control] = &[
    control("FIONBIO", 4, Some(0)),
    Control { is_number: true, ..control("FIONREAD", 0, Some(4)) },
    control("FIOASYNC", 0, Some(0)),
    Control { is_number: true, ..control("SIOCATMARK", 0, Some(4)) },
    control("SIO_FLUSH", 0, Some(0)),
    control("SIO_KEEPALIVE_VALS", 12, Some(0)),
    control("SIO_ADDRESS_LIST_QUERY", 0, None),
    control("SIO_ADDRESS_LIST_CHANGE", 0, Some(0)),
    control("SIO_GET_INTERFACE_LIST", 0, None),
    control("SIO_TCP_SET_ACK_FREQUENCY", 4, Some(0)),
    Control { is_number: true, ..control("SIO_IDEAL_SEND_BACKLOG_QUERY", 0, Some(4)) },
    control("SIO_BASE_HANDLE", 0, Some(8)),
    control("SIO_ROUTING_INTERFACE_QUERY", 16, None),
    control("SIO_ACQUIRE_PORT_RESERVATION", 4, Some(16)),
    control("SIO_ASSOCIATE_PORT_RESERVATION", 8, Some(0)),
    control("SIO_RELEASE_PORT_RESERVATION", 8, Some(0)),
    control("SIO_CPU_AFFINITY", 2, Some(0)),
];

const UNKNOWN: Control = control("", 0, Some(0));

/// The control code as a trace spells it, and what is known of it.
pub(super) fn code(code: &Value) -> Result<(String, &'static Control), String> {
    if let Some(number) = code.as_u64().and_then(|n| u32::try_from(n).ok()) {
        return Ok((format!("{number:#x}"), &UNKNOWN));
    }
    let word = code.as_str().unwrap_or_default();
    if let Some(control) = CONTROLS.iter().find(|c| c.name == word) {
        return Ok((word.to_string(), control));
    }
    let number = word.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let number = number.ok_or_else(|| {
        let known: Vec<&str> = CONTROLS.iter().map(|c| c.name).collect();
        format!("unknown control code `{code}`: there are {}, and numbers", known.join(", "))
    })?;
    Ok((format!("{number:#x}"), &UNKNOWN))
}

/// Families, types and protocols that a trace names.
const ARGUMENTS: &[&str] = &[
    "AF_UNSPEC",
    "AF_UNIX",
    "AF_INET",
    "AF_INET6",
    "SOCK_STREAM",
    "SOCK_DGRAM",
    "SOCK_RAW",
    "SOCK_RDM",
    "SOCK_SEQPACKET",
    "IPPROTO_TCP",
    "IPPROTO_UDP",
    "IPPROTO_ICMP",
    "IPPROTO_ICMPV6",
];

/// A family, type or protocol as `open` takes it.
pub(super) fn argument(value: &Value) -> Result<String, String> {
    match value {
        Value::String(name) if ARGUMENTS.contains(&name.as_str()) => Ok(name.clone()),
        Value::Number(number) if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {
            Ok(number.to_string())
        }
        other => {
            Err(format!("expected a number or one of {}, found `{other}`", ARGUMENTS.join(", ")))
        }
    }
}
