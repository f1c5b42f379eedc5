//! The commands of the shell: what is no call and no line about the machine.

/// A command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// What can be typed.
    Help,
    /// Why the last call got its reply, or could not get another.
    Why,
    /// The legal replies of the last call, or another of them.
    Pick,
    /// Takes the last call back.
    Back,
    /// Makes again what was taken back.
    Again,
    /// What there is, and the ports as a picture.
    State,
    /// The machine at the beginning.
    World,
    /// The readings.
    Profile,
    /// Another process.
    As,
    /// What an error, a rule, a question or a call means.
    Explain,
    /// What `portres check` says of the session.
    Check,
    /// Writes the trace.
    Save,
    /// Reads a trace.
    Load,
    /// A fresh machine.
    New,
    /// The end.
    Quit,
}

/// The commands, as help lists them: the word, what may stand behind it, and what it does.
pub const COMMANDS: &[(&str, Command, &str, &str)] = &[
    ("help", Command::Help, "[CALL]", "this, or how a call is written and what it does"),
    (
        "why",
        Command::Why,
        "[not REPLY]",
        "the rule and clause behind the last reply, or against another",
    ),
    (
        "pick",
        Command::Pick,
        "[N | REPLY]",
        "every legal reply of the last call; make it answer another",
    ),
    ("back", Command::Back, "[N]", "take the last call back, or the last N"),
    ("again", Command::Again, "", "make again what `back` took back"),
    (
        "state",
        Command::State,
        "",
        "processes, sockets, reservations, exclusions, and the ports as a line",
    ),
    (
        "world",
        Command::World,
        "[open | closed]",
        "the machine at the beginning; whether other programs may take ports",
    ),
    (
        "profile",
        Command::Profile,
        "[NAME]",
        "which readings are left, and what has been learnt; go by another",
    ),
    (
        "as",
        Command::As,
        "USER [ACCOUNT] | pN",
        "call as another process: `as bob administrator elevated`",
    ),
    (
        "explain",
        Command::Explain,
        "WHAT",
        "what an error, a rule, a question, a call or a clause means",
    ),
    ("check", Command::Check, "", "what `portres check` says of the session"),
    ("save", Command::Save, "FILE", "write the trace (`-`: show it)"),
    ("load", Command::Load, "FILE", "go on behind a trace"),
    ("new", Command::New, "", "a fresh machine"),
    ("quit", Command::Quit, "", "leave, as Ctrl-D does"),
];

impl Command {
    /// The command of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Command> {
        COMMANDS.iter().find(|(name, ..)| *name == word).map(|(_, command, ..)| *command)
    }
}
