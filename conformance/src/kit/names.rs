//! Names of a user, a machine and a folder, which a recording must not tell.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

/// The names of this machine, and those of them that mean nothing.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeSet<String>);

/// A word of a file that is also a name of this machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// The name.
    pub name: String,
    /// The line on which it occurs first, from 1.
    pub line: u64,
}

/// Where Windows and other systems keep these names.
const VARIABLES: [&str; 8] = [
    "USERNAME",
    "USER",
    "LOGNAME",
    "COMPUTERNAME",
    "HOSTNAME",
    "USERDOMAIN",
    "USERPROFILE",
    "HOME",
];

impl Names {
    /// The names of this machine and its user, as the environment tells them. Words that the scripts use themselves do not count: a user
    /// may be called `alice`.
    #[must_use]
    pub fn here<'a>(scripts: impl IntoIterator<Item = &'a str>) -> Names {
        let values = VARIABLES.iter().filter_map(|name| std::env::var(name).ok());
        Names::new(values, scripts)
    }

    /// These names. Of a path each part counts.
    #[must_use]
    pub fn new<'a>(
        names: impl IntoIterator<Item = String>,
        scripts: impl IntoIterator<Item = &'a str>,
    ) -> Names {
        let mut found = BTreeSet::new();
        for name in names {
            let name = name.to_lowercase();
            found.extend(name.split(['/', '\\', ':']).map(str::to_string));
            found.insert(name);
        }
        // a letter is no name, and every machine has such a folder
        found.retain(|name| {
            name.chars().count() > 1 && !["users", "home", "root"].contains(&&**name)
        });
        for script in scripts {
            let script = script.to_lowercase();
            found.retain(|name| !occurs(name, &script));
        }
        Names(found)
    }

    /// Which of them a text has, as whole words.
    ///
    /// # Errors
    /// If the text cannot be read.
    pub fn told_in(&self, text: impl BufRead) -> io::Result<Vec<Told>> {
        let (mut told, mut left) = (Vec::new(), self.0.clone());
        for (i, line) in text.lines().enumerate() {
            if left.is_empty() {
                break;
            }
            let line = line?.to_lowercase();
            left.retain(|name| {
                let occurs = occurs(name, &line);
                if occurs {
                    told.push(Told { name: name.clone(), line: i as u64 + 1 });
                }
                !occurs
            });
        }
        Ok(told)
    }
}

/// Whether a name stands in a text, and is no part of a longer word.
fn occurs(name: &str, text: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(name).any(|(at, found)| {
        let (before, behind) = (&text[..at], &text[at + found.len()..]);
        !is_word(before.chars().next_back()) && !is_word(behind.chars().next())
    })
}
