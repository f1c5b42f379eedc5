//! Which rules each chapter of the guide is about.

use portres_model::Rule;

/// A chapter of the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Its number.
    pub number: u8,
    /// Its title, as the guide has it.
    pub title: &'static str,
    /// The rules that it is about: ids, or how they begin where `*` stands last.
    rules: &'static [&'static str],
}

const fn chapter(number: u8, title: &'static str, rules: &'static [&'static str]) -> Chapter {
    Chapter { number, title, rules }
}

/// The chapters, in order.
pub const CHAPTERS: [Chapter; 8] = [
    chapter(
        1,
        "Nobody listens, and yet 10013",
        &[
            "bind.system-block",
            "bind.reuse-on-excluded",
            "bind.filtered",
            "bind.takes-port",
            "bind.takes-dynamic",
            "bind.dynamic-used-up",
            "bind.mirrored-range",
            "acquire.over-block",
            "acquire.over-excluded",
            "showexcluded.*",
            "addexcluded.*",
            "deleteexcluded.*",
            "appear.*",
            "vanish.*",
        ],
    ),
    chapter(
        2,
        "10048 or 10013 for the same port",
        &[
            "bind.sharing",
            "bind.dual-stack",
            "bind.lingering-exclusive",
            "bind.already-bound",
            "bind.reuse-and-exclusive",
            "bind.beside-accepted",
            "bind.takes-port",
            "setsockopt.*",
            "listen.*",
        ],
    ),
    chapter(
        3,
        "UDP works and TCP does not",
        &[
            "create.*",
            "associate.other-protocol",
            "associate.other-family",
            "bind.reserved-persistent",
            "acquire.over-runtime",
            "acquire.over-persistent",
            "acquire.grants",
            "setdynamic.*",
            "showdynamic.*",
        ],
    ),
    chapter(
        4,
        "It worked before the restart",
        &[
            "restart.*",
            "lookup.*",
            "delete.*",
            "associate.unknown-token",
            "showexcluded.*",
            "showdynamic.*",
            "exit.*",
            "start.*",
        ],
    ),
    chapter(
        5,
        "The token that stopped working",
        &[
            "associate.unknown-token",
            "associate.other-process",
            "associate.by-duplicate",
            "associate.ties",
            "bind.reservation-ended",
            "bind.after-end",
            "bind.useless-association",
            "release.*",
            "closesocket.*",
            "lookup.*",
        ],
    ),
    chapter(
        6,
        "Associate came too late",
        &[
            "associate.bound",
            "associate.again",
            "associate.ties",
            "acquire.on-bound",
            "acquire.on-associated",
            "acquire.again",
            "bind.takes-reserved",
            "bind.takes-reserved-explicit",
            "bind.inside-refused",
            "bind.outside-block",
            "bind.block-used-up",
            "bind.ignores-association",
            "bind.already-bound",
        ],
    ),
    chapter(
        7,
        "Administrator, and still denied",
        &[
            "create.privilege",
            "create.null-token",
            "create.stores",
            "delete.privilege",
            "lookup.privilege",
            "associate.privilege",
            "associate.runtime-privilege",
            "bind.privilege",
            "netsh.privilege",
            "socket.raw-privilege",
            "addexcluded.adds",
            "setdynamic.sets",
        ],
    ),
    chapter(
        8,
        "A block for a service, a block for a process",
        &[
            "acquire.*",
            "create.*",
            "release.*",
            "delete.in-use",
            "delete.removes",
            "bind.reserved-runtime-other",
            "bind.reserved-runtime-own",
            "bind.reserved-persistent",
        ],
    ),
];

impl Chapter {
    /// The chapter of this number.
    #[must_use]
    pub fn of(number: u8) -> Option<&'static Chapter> {
        CHAPTERS.iter().find(|chapter| chapter.number == number)
    }

    /// Whether it is about a rule.
    #[must_use]
    pub fn is_about(&self, rule: Rule) -> bool {
        self.rules.iter().any(|pattern| fits(pattern, rule.id()))
    }

    /// The ids and beginnings of ids that name no rule: none.
    pub fn unknown(&self) -> impl Iterator<Item = &'static str> {
        let known = |pattern: &str| Rule::ALL.iter().any(|rule| fits(pattern, rule.id()));
        self.rules.iter().copied().filter(move |pattern| !known(pattern))
    }
}

fn fits(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => id.starts_with(beginning),
        None => pattern == id,
    }
}
