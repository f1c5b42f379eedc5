//! The shell: what a session says to lines, and the command around it, from a pipe.

#[path = "../common/mod.rs"]
mod common;

mod command;
mod complete;
mod golden;
mod session;

use portres::Profiles;
use portres::shell::{Said, Session};

/// A session in which these lines have been typed, and what the last of them gave.
fn typed(lines: &[&str]) -> (Session, String) {
    let mut session = Session::new(Profiles::built_in());
    let mut last = String::new();
    for line in lines {
        last = text(session.line(line).unwrap_or_else(|e| panic!("`{line}`: {e}")));
    }
    (session, last)
}

/// What was said in words.
fn text(said: Said) -> String {
    match said {
        Said::Text(text) => text,
        other => panic!("no text: {other:?}"),
    }
}

/// What was wrong with a line.
fn wrong(session: &mut Session, line: &str) -> String {
    session.line(line).expect_err(line).to_string()
}

/// A socket that is associated with a reservation.
const ASSOCIATED: [&str; 3] = ["socket udp v4", "acquire s1 5000+20", "associate s1 t1"];
