//! Scripts drawn at random. A shadow follows them, a simulated machine of the likeliest answers: so that calls are about what
//! there is, wherever another machine answers as it does, and go on sensibly where it does not.
//!
//! How often each call comes, and at which ports, is made for a real machine: no call waits for what never comes, and a
//! persistent reservation is rare. The generators of the tests have other weights: those of the model's laws want every rule to
//! decide, those of the tests of partial sight a machine on which everything is in everybody's way.

mod arguments;
mod kind;

use portres_model::{Call, Names, ProcessId, Profile, Reply, SocketId, Token, Who};
use portres_sim::{Host, Policy};

use super::{Draw, Generated};
use crate::script::{Given, Line, Ready, Script};

/// The machines that scripts want: one that everybody has, and one whose first process has rights.
const MACHINES: [&str; 2] = [
    "",
    "process p1 user=user administrator elevated\nprocess p2 user=user administrator filtered\n",
];

/// The ports that explicit calls are about.
const NEAR: u16 = 30_000;

/// The script of a seed at a place among others.
pub(super) fn script(seed: u64, place: usize) -> Generated {
    // neighbouring seeds have nothing in common
    let mut draw =
        Draw::new(Draw::new(seed).number() ^ (place as u64).wrapping_mul(0xd134_2543_de82_ef95));
    let title = format!("Calls drawn at random, from seed {seed}: script {}", place + 1);
    let machine = MACHINES[usize::from(draw.percent(50))];
    let head =
        format!("portres script 1\ntitle {title}\nsource the random suite of portres\n{machine}");
    let mut shadow = Shadow::new(&head, draw);
    if !machine.is_empty() {
        shadow.make("p1: startup");
        shadow.make("p2: startup");
    }
    for _ in 0..20 + shadow.draw.below(40) {
        shadow.next();
    }
    let calls = shadow.lines.len();
    let text = format!("{head}\n{}\n", shadow.lines.join("\n"));
    Generated { name: format!("random-{seed}-{:04}", place + 1), title, text, calls }
}

/// A socket of the script, as the shadow has it.
#[derive(Clone, Copy)]
struct Held {
    id: SocketId,
    by: ProcessId,
}

/// A machine that follows the script, and what there is on it.
struct Shadow {
    host: Host,
    draw: Draw,
    given: Given,
    lines: Vec<String>,
    sockets: Vec<Held>,
    tokens: Vec<Token>,
    /// Requests, with the socket of each.
    requests: Vec<(u32, Held)>,
    names: u32,
}

impl Shadow {
    fn new(head: &str, draw: Draw) -> Shadow {
        let script = Script::read(head.as_bytes()).expect("a header of a script");
        let host = Host::new(script.header.world(), &Profile::likely(), Policy::Lowest, 0);
        Shadow {
            host,
            draw,
            given: Given::default(),
            lines: Vec::new(),
            sockets: Vec::new(),
            tokens: Vec::new(),
            requests: Vec::new(),
            names: 0,
        }
    }

    /// Draws a call and makes it.
    fn next(&mut self) {
        let line = loop {
            let kind = self.draw.weighted(kind::WEIGHTED);
            if let Some(line) = kind.line(self) {
                break line;
            }
        };
        self.make(&line);
    }

    /// Makes a call. One whose operand the shadow has not is made by other machines alone, if it is by any.
    fn make(&mut self, words: &str) {
        self.lines.push(words.to_string());
        let line = Line::of(self.lines.len() as u64, words);
        let ready = line.ready(&self.given).unwrap_or_else(|e| panic!("`{words}`: {e}"));
        let Ready::Call { who, call, names, .. } = ready else { return };
        let reply = self.host.call_from(who, names, &call).reply;
        self.given.follow(&call, &reply);
        self.learn(who, &call, &reply);
    }

    /// Keeps the names that further calls may use.
    fn learn(&mut self, who: Who, call: &Call, reply: &Reply) {
        match reply.names() {
            Some(Names::Socket(id)) => {
                let by = match *call {
                    Call::Duplicate { process, .. } => process,
                    _ => who.process,
                };
                self.sockets.push(Held { id, by });
            }
            Some(Names::Token(token)) if !self.tokens.contains(&token) => self.tokens.push(token),
            Some(Names::Token(_)) | None => {}
        }
        if let (Call::CloseSocket { socket }, Reply::Ok) = (call, reply) {
            self.sockets.retain(|held| held.id != *socket);
        }
    }

    fn fresh(&mut self) -> u32 {
        self.names += 1;
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_may_end_with_the_last_port() {
        // this one draws the port behind it
        assert!(script(1, 934).calls >= 20);
    }

    #[test]
    fn the_shadow_does_nearly_every_call() {
        let (mut calls, mut missing) = (0, 0);
        for place in 0..50 {
            let made = script(1, place);
            let script = Script::read(made.text.as_bytes()).expect("a script");
            let host = Host::new(script.header.world(), &Profile::likely(), Policy::Lowest, 0);
            let mut given = Given::default();
            for line in &script.lines {
                calls += 1;
                match line.ready(&given).expect("a call") {
                    Ready::Missing(_) => missing += 1,
                    Ready::Call { who, call, names, .. } => {
                        let reply = host.call_from(who, names, &call).reply;
                        given.follow(&call, &reply);
                    }
                }
            }
        }
        assert!(calls > 50 * 20 && missing * 50 < calls, "{missing} of {calls} have no operand");
    }
}
