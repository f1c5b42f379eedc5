//! What clients of a server say wrongly. The answers are the server's last lines; a connection ends where its line says so.

use super::Case;

fn said(input: &str, lines: impl AsRef<[u8]>) -> Case {
    Case::new(input, &["serve", "--stdio"]).stdin(lines).code(0)
}

pub(super) fn cases() -> Vec<Case> {
    let nested =
        |count: usize| format!("{{\"call\":{}1{}}}\n", "{\"a\":".repeat(count), "}".repeat(count));
    let socket = "{\"call\":{\"socket\":{\"kind\":\"udp\",\"family\":\"v4\"}}}\n";
    let limited = |option: &'static str, most: &'static str, lines: String| {
        Case::new(format!("one more than {option} {most}"), &["serve", "--stdio", option, most])
            .stdin(lines)
            .code(0)
    };
    vec![
        said("no JSON", "hello\n"),
        said("no UTF-8", b"{\"call\":\"\xff\"}\n"),
        said("NUL bytes", [0, 0, 0, b'\n']),
        said("an empty line", "\n{\"call\":\"cleanup\"}\n"),
        said("an array", "[1,2]\n"),
        said("an unknown call", "{\"call\":\"startupp\"}\n"),
        said("an unknown field", "{\"call\":\"cleanup\",\"colour\":\"red\"}\n"),
        said("a hundred objects in each other", nested(100)),
        said("ten thousand objects in each other", nested(10_000)),
        said("a line of 65 537 bytes", format!("{{\"call\":\"{}\"}}\n", "x".repeat(65_526))),
        said("half a line, and the end", "{\"call\":"),
        said("a socket that was never opened", "{\"call\":{\"listen\":{\"socket\":\"s1\"}}}\n"),
        said(
            "a token out of the air",
            format!(
                "{socket}{{\"call\":{{\"associate\":{{\"socket\":\"s1\",\"token\":\"t9\"}}}},\"raw\":{{\"token\":\"18446744073709551615\"}}}}\n"
            ),
        ),
        said(
            "a token past 2^64",
            format!(
                "{socket}{{\"call\":{{\"associate\":{{\"socket\":\"s1\",\"token\":\"t9\"}}}},\"raw\":{{\"token\":\"18446744073709551616\"}}}}\n"
            ),
        ),
        said("another process", "{\"who\":\"p7\",\"call\":\"cleanup\"}\n"),
        said(
            "a call behind a restart of the machine",
            "{\"call\":\"restart\"}\n{\"call\":\"cleanup\"}\n",
        ),
        said("half of a surrogate pair", "{\"call\":\"\\ud800\"}\n"),
        limited("--max-sockets", "2", socket.repeat(3)),
        limited("--max-line", "64", format!("{{\"call\":\"{}\"}}\n", "x".repeat(60))),
    ]
}
