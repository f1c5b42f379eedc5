//! Completing a line and hinting at what comes next: what the reader of calls expects there, and what the session has.

use std::collections::BTreeSet;

use portres_model::{Call, Error, Spelling, SpellingError, parse_call};

use super::{COMMANDS, Command, Made, Session, machine};
use crate::trace::read_names;

/// What may stand where the cursor is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// The byte at which the word begins that it completes.
    pub start: usize,
    /// The words, sorted.
    pub words: Vec<String>,
    /// Whether the word is the name of a file.
    pub is_file: bool,
}

impl Session {
    /// What may stand at the end of a line that is being typed.
    #[must_use]
    pub fn complete(&self, line: &str) -> Completion {
        let last_blank = line.char_indices().rfind(|(_, c)| c.is_whitespace());
        let start = last_blank.map_or(0, |(at, blank)| at + blank.len_utf8());
        let (before, begun) = line.split_at(start);
        let first = before.split_whitespace().next();
        let command = first.and_then(Command::of);
        let is_file = matches!(command, Some(Command::Save | Command::Load));
        let words = match (first, command) {
            (None, _) => self.first_words(),
            (Some(_), Some(command)) => self.behind_command(command, before),
            (Some(_), None) => self.behind(before),
        };
        let words: BTreeSet<String> =
            words.into_iter().filter(|word| word.starts_with(begun)).collect();
        Completion { start, words: words.into_iter().collect(), is_file }
    }

    /// What is expected at the end of a line that is being typed, if something is.
    #[must_use]
    pub fn hint(&self, line: &str) -> Option<String> {
        let first = line.split_whitespace().next()?;
        if let Some((_, _, behind, _)) = COMMANDS.iter().find(|(word, ..)| *word == first) {
            let is_bare = line.trim_end() == first && line.ends_with(' ');
            return (is_bare && !behind.is_empty()).then(|| (*behind).to_string());
        }
        if !line.ends_with(' ') {
            return None;
        }
        self.expected(line).map(|e| e.expected)
    }

    fn first_words(&self) -> Vec<String> {
        let commands = COMMANDS.iter().map(|(word, ..)| *word);
        let lines = machine::header_lines().filter(|_| self.made.is_empty());
        let mut words: Vec<String> =
            commands.chain(Call::heads()).chain(lines).map(str::to_string).collect();
        words.extend(self.now.world.processes().map(|(process, _)| format!("{process}:")));
        words.push("machine:".into());
        let next = self.now.next;
        words.extend([next.socket.to_string(), next.token.to_string()]);
        words
    }

    fn behind_command(&self, command: Command, before: &str) -> Vec<String> {
        let place = before.split_whitespace().count();
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        match (command, place) {
            (Command::Help | Command::Explain, 1) => Call::heads()
                .chain(COMMANDS.iter().map(|(word, ..)| *word))
                .map(str::to_string)
                .chain(self.rules())
                .collect(),
            (Command::Why, 1) => owned(&["not"]),
            (Command::Why, 2) | (Command::Pick, 1) => self.replies(),
            (Command::World, 1) => owned(&["closed", "open"]),
            (Command::Profile, 1) => self.profiles.names().map(str::to_string).collect(),
            (Command::As, 1) => {
                let of = |(process, of): (_, &portres_model::Process)| {
                    [format!("{process}"), of.credentials.user.to_string()]
                };
                self.now.world.processes().flat_map(of).collect()
            }
            (Command::As, 2) => owned(&[
                "administrator",
                "built-in-administrator",
                "local-service",
                "local-system",
                "network-service",
                "standard",
            ]),
            (Command::As, 3) => owned(&["elevated", "filtered"]),
            _ => Vec::new(),
        }
    }

    /// The rules that explain the last reply: what one may want explained.
    fn rules(&self) -> Vec<String> {
        self.made.last().into_iter().flat_map(|made| &made.rules).map(ToString::to_string).collect()
    }

    /// The replies that the last call may have, and every error.
    fn replies(&self) -> Vec<String> {
        let Some(made) = self.made.last() else { return Vec::new() };
        let legal = |made: &Made| self.legal(made).into_iter().filter_map(|legal| legal.reply);
        let errors = Error::ALL.iter().map(ToString::to_string);
        legal(made).map(|reply| reply.to_string()).chain(errors).collect()
    }

    /// What the reader of calls misses behind some words.
    fn expected(&self, before: &str) -> Option<SpellingError> {
        let mut words = Spelling::new(before);
        if words.peek().ends_with(':') {
            words.take();
        }
        read_names(&mut words).ok()?;
        let misses = parse_call(&mut words).err()?;
        misses.found.is_empty().then_some(misses)
    }

    fn behind(&self, before: &str) -> Vec<String> {
        let mut first = before.split_whitespace();
        let (one, two) = (first.next().unwrap_or_default(), first.next());
        let is_name = one.parse::<portres_model::SocketId>().is_ok()
            || one.parse::<portres_model::Token>().is_ok();
        if two.is_none() && is_name {
            return vec!["=".into()];
        }
        let Some(SpellingError { expected, known, .. }) = self.expected(before) else {
            // the call is whole: its reply may stand behind it
            return vec!["->".into()];
        };
        let mut words: Vec<String> = known.iter().map(|word| (*word).to_string()).collect();
        let (sockets, tokens) = self.now.known.given();
        if expected.contains("a socket like") {
            words.extend(sockets.iter().map(ToString::to_string));
        }
        if expected.contains("a token like") {
            words.extend(tokens.iter().map(ToString::to_string));
            words.push("unknown".into());
        }
        if expected.contains("a process like") {
            words.extend(self.now.world.processes().map(|(process, _)| process.to_string()));
        }
        if expected.contains("a request like") {
            words.extend(self.now.known.requests().map(ToString::to_string));
        }
        if expected.contains("START+COUNT") {
            let blocks = self.now.world.reservations().filter_map(|(_, r)| r.block);
            words.extend(blocks.map(|block| block.to_string()));
        }
        if expected.contains("ADDRESS:PORT") {
            words.extend(["0.0.0.0:0", "127.0.0.1:0", "[::]:0", "[::1]:0"].map(String::from));
        }
        words
    }
}
