//! Programs in PowerShell, which meet the functions of Windows through C#.
//!
//! Sockets and tokens are kept by name on the other side: here stand texts, numbers and truth values alone.

use portres_model::{SocketId, Token};

use super::step::{Argument, Expression};
use super::walk::Walked;
use super::{Spelling, one_line};

pub(super) struct PowerShell;

impl Spelling for PowerShell {
    fn comment(&self, text: &str) -> String {
        format!("# {text}")
    }

    fn indent(&self) -> &'static str {
        ""
    }

    fn how_to_run(&self) -> &'static [&'static str] {
        &[
            "  powershell -NoProfile -ExecutionPolicy Bypass -File trace.ps1",
            "  pwsh -NoProfile -File trace.ps1",
            "PowerShell itself may have started Winsock: then calls before WSAStartup and after WSACleanup are answered otherwise.",
        ]
    }

    fn preamble(&self) -> &'static str {
        include_str!("preamble.ps1")
    }

    fn begin(&self, _: &Walked) -> String {
        String::new()
    }

    fn unseen(&self, call: &Expression) -> String {
        format!("$null = {}", expression(call))
    }

    fn step(&self, call: &str, recorded: &str, made: &Expression) -> String {
        format!("Step {} {} ({})", text(&one_line(call)), text(recorded), expression(made))
    }

    fn end(&self) -> &'static str {
        "\n\"$steps calls, $differences answered otherwise than recorded\"\nexit [int]($differences -ne 0)\n"
    }
}

fn expression(call: &Expression) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(argument).collect();
    format!("[PortresTrace]::{}({})", in_camel_case(call.function), arguments.join(", "))
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Number(number) => number.to_string(),
        // a hexadecimal number with the highest bit would be negative
        Argument::Named(number, name) => format!("{number} <# {name} #>"),
        Argument::Flag(flag) => format!("${flag}"),
        Argument::Address(address) => text(address),
        Argument::Socket(SocketId::INVALID) => text("invalid"),
        Argument::Socket(socket) => text(&socket.to_string()),
        Argument::Token(Token::ZERO) => text("zero"),
        Argument::Token(token) => text(&token.to_string()),
        Argument::ToSocket(socket) => socket.map_or(text("lost"), |s| text(&s.to_string())),
        Argument::ToToken(token) => token.map_or(text("lost"), |t| text(&t.to_string())),
        Argument::Function(name) => text(name),
    }
}

/// A text in which nothing is special but the quotation mark. All that programs quote is ASCII: calls, replies and names.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn in_camel_case(name: &str) -> String {
    let capitalised = |part: &str| {
        let (first, rest) = part.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    name.split('_').map(capitalised).collect()
}
