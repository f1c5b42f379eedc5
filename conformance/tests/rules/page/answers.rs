//! What people ask first, answered from the tables: which rule and which question answer each case is written here, what
//! they say is not.

use std::fmt::Write;

use portres_model::{Answer, Effect, Question, Rule};

use super::{asked, cell, rule_link, sources};

/// A case, the rule that answers it, and the question that decides it, if one does.
type Row = (&'static str, &'static str, Option<&'static str>);

pub(super) const ALL: &[(&str, &[Row])] = &[
    (
        "Who may bind into my reservation, and what do they get?",
        &[
            (
                "any socket without association, into a **persistent reservation**",
                "bind.reserved-persistent",
                Some("bind.reserved-persistent"),
            ),
            (
                "a socket of the same process without association, into its **own runtime reservation**",
                "bind.reserved-runtime-own",
                Some("bind.reserved-runtime-own"),
            ),
            (
                "a socket of another process, into **somebody else's runtime reservation**",
                "bind.reserved-runtime-other",
                Some("bind.reserved-runtime-other"),
            ),
            (
                "a socket with **SO_REUSEADDR**, without association",
                "bind.reserved-persistent",
                Some("bind.reuse-into-reservation"),
            ),
            (
                "any socket, to an explicit port of an **administered exclusion** (starred in netsh)",
                "bind.takes-port",
                None,
            ),
            (
                "any socket, into a **system block** (not starred in netsh)",
                "bind.system-block",
                Some("bind.system-block"),
            ),
            (
                "any socket, into the range of **WSL's mirrored mode** (not in netsh at all)",
                "bind.mirrored-range",
                Some("bind.mirrored-range"),
            ),
            ("an **associated socket**, port 0", "bind.takes-reserved", None),
            (
                "an **associated socket**, an explicit port of the block",
                "bind.takes-reserved-explicit",
                Some("bind.explicit-inside"),
            ),
            (
                "an **associated socket**, a port outside the block",
                "bind.outside-block",
                Some("bind.explicit-outside"),
            ),
            (
                "an **associated socket**, every port of the block taken",
                "bind.block-used-up",
                Some("bind.block-used-up"),
            ),
        ],
    ),
    (
        "Which sockets can be associated with a reservation?",
        &[
            (
                "any socket of the process that acquired it, before it is bound",
                "associate.ties",
                None,
            ),
            (
                "a socket of another process, with a runtime token",
                "associate.other-process",
                Some("associate.other-process"),
            ),
            (
                "a socket of the other protocol",
                "associate.other-protocol",
                Some("associate.other-protocol"),
            ),
            (
                "a socket of the other family",
                "associate.other-family",
                Some("associate.other-family"),
            ),
            ("a socket that is bound", "associate.bound", Some("associate.bound")),
            ("a socket that is associated already", "associate.again", Some("associate.again")),
        ],
    ),
    (
        "Does port 0 keep away from reserved ports?",
        &[
            (
                "a reservation of the same protocol",
                "bind.takes-dynamic",
                Some("bind.zero-skips-reserved"),
            ),
            (
                "a runtime reservation of the other protocol",
                "bind.takes-dynamic",
                Some("reservation.crosses-protocols"),
            ),
        ],
    ),
    (
        "What keeps me from reserving a block at run time?",
        &[
            ("a runtime reservation", "acquire.over-runtime", Some("acquire.over-runtime")),
            (
                "a persistent reservation",
                "acquire.over-persistent",
                Some("acquire.over-persistent"),
            ),
            ("an administered exclusion", "acquire.over-excluded", Some("acquire.over-excluded")),
            ("a system block", "acquire.over-block", Some("acquire.over-block")),
            ("a bound socket", "acquire.over-bound", Some("acquire.over-bound")),
            ("no free block, start 0", "acquire.no-free-block", Some("acquire.no-free-block")),
        ],
    ),
    (
        "What keeps me from reserving a block persistently?",
        &[
            ("a persistent reservation", "create.overlap", None),
            ("a runtime reservation", "create.over-runtime", Some("create.over-runtime")),
            ("an administered exclusion", "create.over-excluded", Some("create.over-excluded")),
            ("a system block", "create.over-block", Some("create.over-block")),
            ("a bound socket", "create.in-use", None),
        ],
    ),
    (
        "What needs administrator rights?",
        &[
            ("creating a persistent reservation", "create.privilege", None),
            ("deleting one", "delete.privilege", None),
            ("looking one up", "lookup.privilege", Some("lookup.privilege")),
            ("associating with a persistent token", "associate.privilege", None),
            (
                "associating with a runtime token",
                "associate.runtime-privilege",
                Some("associate.runtime-privilege"),
            ),
            (
                "a later bind of the socket, with a persistent token",
                "bind.privilege",
                Some("bind.privilege"),
            ),
            ("acquiring ports below 1024", "acquire.low-port", Some("acquire.low-port")),
            ("changing exclusions with netsh", "netsh.privilege", Some("netsh.privilege")),
        ],
    ),
    (
        "What does netsh show excludedportrange show?",
        &[
            ("an administered exclusion", "showexcluded.starred", None),
            ("a system block", "showexcluded.unstarred", None),
            ("the range of WSL's mirrored mode", "showexcluded.mirrored", None),
            (
                "a persistent reservation",
                "showexcluded.reservation",
                Some("showexcluded.persistent"),
            ),
            ("a runtime reservation", "showexcluded.reservation", Some("showexcluded.runtime")),
        ],
    ),
    (
        "When does a reservation end, and what then?",
        &[
            ("release", "release.ends", None),
            ("release while sockets are bound in it", "release.in-use", Some("release.in-use")),
            ("closing the socket that acquired it", "closesocket.closes", None),
            ("the end of the process", "exit.ends", None),
            ("a restart", "restart.restarts", None),
            ("deleting a persistent one that sockets use", "delete.in-use", Some("delete.in-use")),
            (
                "a later bind of an associated socket",
                "bind.reservation-ended",
                Some("bind.reservation-ended"),
            ),
        ],
    ),
];

pub(super) fn write() -> String {
    let mut text = String::from("\n## Direct answers\n");
    for (title, rows) in ALL {
        let _ = write!(text, "\n### {title}\n\n");
        text += "| case | likeliest answer | how sure | other answers | rule: question |\n";
        text += "| --- | --- | --- | --- | --- |\n";
        for (case, rule, question) in *rows {
            let rule: Rule = rule.parse().unwrap_or_else(|e| panic!("{rule}: {e}"));
            let question = question.map(|q| q.parse().unwrap_or_else(|e| panic!("{q}: {e}")));
            text += &row(case, rule, question);
        }
    }
    text
}

fn row(case: &str, rule: Rule, question: Option<Question>) -> String {
    let (standing, link) = (rule.standing().name(), rule_link(rule));
    let Some(question) = question else {
        let says = format!("{} ({})", cell(rule.says()), sources::weightiest(rule.sources()));
        return format!("| {case} | {says} | {standing} | none | {link} |\n");
    };
    let told: Vec<String> = question.answers().iter().map(answer).collect();
    let (likeliest, others) = told.split_first().expect("a question has answers");
    let sure = format!("open (the rule is {standing})");
    let asks = asked(question);
    format!("| {case} | **{likeliest}** | {sure} | {} | {link}: {asks} |\n", others.join("; "))
}

/// What an answer means, with its evidence.
fn answer(answer: &Answer) -> String {
    let says = match answer.effect {
        Effect::Pass => format!("`{}`", answer.id),
        Effect::Refuse(error) => format!("refused: {error}"),
        Effect::Unforeseen => return "another code".into(),
    };
    match answer.evidence {
        [] => says,
        evidence => format!("{says} ({})", sources::weightiest(evidence)),
    }
}
