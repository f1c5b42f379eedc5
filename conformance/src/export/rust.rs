//! Programs in Rust, for `windows-sys`, or for the functions of the simulator under the same names.

use portres_model::{SocketId, Token};

use super::step::{Argument, Expression};
use super::walk::Walked;
use super::{Spelling, one_line};

pub(super) struct Rust;

impl Spelling for Rust {
    fn comment(&self, text: &str) -> String {
        format!("// {text}")
    }

    fn indent(&self) -> &'static str {
        "    "
    }

    fn how_to_run(&self) -> &'static [&'static str] {
        &[
            "  cargo init --name trace && cargo add windows-sys --features \\",
            "    Win32_NetworkManagement_IpHelper,Win32_Networking_WinSock,Win32_System_IO",
            "and this file as src/main.rs: `cargo run`. Elsewhere it runs on the simulator: cargo add portres-sim --features win32",
        ]
    }

    fn preamble(&self) -> &'static str {
        include_str!("preamble.rs")
    }

    fn begin(&self, walked: &Walked) -> String {
        let begin =
            "pub fn main() -> ExitCode {\n    let mut steps = Steps::default();\n".to_string();
        let sockets = walked.sockets.iter().map(|s| format!("    let mut {s} = INVALID_SOCKET;\n"));
        let tokens = walked.tokens.iter().map(|t| format!("    let mut {t} = 0_u64;\n"));
        [begin].into_iter().chain(sockets).chain(tokens).collect()
    }

    fn unseen(&self, call: &Expression) -> String {
        format!("    {};", expression(call))
    }

    fn step(&self, call: &str, recorded: &str, made: &Expression) -> String {
        format!("    steps.step({:?}, {recorded:?}, {});", one_line(call), expression(made))
    }

    fn end(&self) -> &'static str {
        "    steps.end()\n}\n"
    }
}

fn expression(call: &Expression) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(argument).collect();
    format!("{}({})", call.function, arguments.join(", "))
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Number(number) => number.to_string(),
        Argument::Named(_, name) => (*name).into(),
        Argument::Flag(flag) => flag.to_string(),
        Argument::Address(address) => format!("{address:?}"),
        Argument::Socket(SocketId::INVALID) => "INVALID_SOCKET".into(),
        Argument::Socket(socket) => socket.to_string(),
        Argument::Token(Token::ZERO) => "0".into(),
        Argument::Token(token) => token.to_string(),
        Argument::ToSocket(Some(socket)) => format!("&mut {socket}"),
        Argument::ToToken(Some(token)) => format!("&mut {token}"),
        Argument::ToSocket(None) | Argument::ToToken(None) => "&mut 0".into(),
        Argument::Function(name) => name.clone(),
    }
}
