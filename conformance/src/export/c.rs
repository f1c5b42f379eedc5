//! Programs in C.

use portres_model::{SocketId, Token};

use super::step::{Argument, Expression};
use super::walk::Walked;
use super::{Spelling, one_line};

pub(super) struct C;

impl Spelling for C {
    fn comment(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        format!("/* {} */", text.replace("*/", "* /").replace("/*", "/ *"))
    }

    fn indent(&self) -> &'static str {
        "    "
    }

    fn how_to_run(&self) -> &'static [&'static str] {
        &["  x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32", "  cl trace.c ws2_32.lib"]
    }

    fn preamble(&self) -> &'static str {
        include_str!("preamble.c")
    }

    fn begin(&self, walked: &Walked) -> String {
        let sockets = walked.sockets.iter().map(|s| format!("    SOCKET {s} = INVALID_SOCKET;\n"));
        let tokens = walked.tokens.iter().map(|t| format!("    ULONG64 {t} = 0;\n"));
        ["int main(void) {\n".to_string()].into_iter().chain(sockets).chain(tokens).collect()
    }

    fn unseen(&self, call: &Expression) -> String {
        format!("    {};", expression(call))
    }

    fn step(&self, call: &str, recorded: &str, made: &Expression) -> String {
        format!("    step({:?}, {recorded:?}, {});", one_line(call), expression(made))
    }

    fn end(&self) -> &'static str {
        "    return end();\n}\n"
    }
}

fn expression(call: &Expression) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(argument).collect();
    format!("{}({})", call.function, arguments.join(", "))
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Number(number) if i32::try_from(*number).is_err() => format!("{number}u"),
        Argument::Number(number) => number.to_string(),
        Argument::Named(number, name) => format!("{number:#x} /* {name} */"),
        Argument::Flag(flag) => u8::from(*flag).to_string(),
        Argument::Address(address) => format!("{address:?}"),
        Argument::Socket(SocketId::INVALID) => "INVALID_SOCKET".into(),
        Argument::Socket(socket) => socket.to_string(),
        Argument::Token(Token::ZERO) => "0".into(),
        Argument::Token(token) => token.to_string(),
        Argument::ToSocket(Some(socket)) => format!("&{socket}"),
        Argument::ToSocket(None) => "&(SOCKET){0}".into(),
        Argument::ToToken(Some(token)) => format!("&{token}"),
        Argument::ToToken(None) => "&(ULONG64){0}".into(),
        Argument::Function(name) => format!("{name:?}"),
    }
}
