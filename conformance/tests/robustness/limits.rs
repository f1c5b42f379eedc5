//! Every limit with its figure, what happens beyond it, and what holds it: the figures are those of the code.

use std::fs;
use std::path::Path;

use portres::check::{MOST_SLOTS, MOST_STATES};
use portres::limits::{self, Size};
use portres::trace::MOST_ALTERNATIVES;
use portres::{BUDGET, quiz, shell};
use portres_model::GREATEST_NAME;

use crate::common::bounds;

/// A limit.
struct Limit {
    of: &'static str,
    most: String,
    beyond: &'static str,
    /// The input of a case on this page, or a file of tests and a test in it.
    held: &'static str,
}

fn limit(of: &'static str, most: impl ToString, beyond: &'static str, held: &'static str) -> Limit {
    Limit { of, most: most.to_string(), beyond, held }
}

fn bytes(of: &'static str, most: Size, held: &'static str) -> Limit {
    limit(of, most, "refused", held)
}

fn reading() -> Vec<Limit> {
    let line = format!("{} bytes", limits::LINE);
    let long = "refused, and not read to its end";
    vec![
        limit("a line of a trace", &line, long, "a line of 65 537 bytes"),
        limit("a line of a script", &line, long, "a line of 65 537 bytes in a script"),
        limit("a line of peer cases", &line, long, "a line of 65 537 bytes in cases"),
        limit("a line at a shell or a quiz", &line, long, "an answer of 65 537 bytes"),
        limit(
            "a line of a system that is driven",
            &line,
            "the recording ends there",
            "a system that never ends its line",
        ),
        limit(
            "lines of such a system that nobody has asked for",
            limits::EARLY_REPLIES,
            "they are not read",
            "a system that talks without being asked",
        ),
        limit(
            "how long such a system may think",
            format!("{} s", limits::PATIENCE.as_secs()),
            "the recording ends there",
            "src/system/spoken.rs: a_system_that_does_not_answer_is_not_waited_for",
        ),
        bytes(
            "a profile, departures, answers to the quiz",
            limits::PROFILE,
            "departures of 1 MiB and a byte",
        ),
        bytes("a script", limits::SCRIPT, "a script of 16 MiB and a byte"),
        bytes(
            "a listing, or the header that `serve --machine` reads",
            limits::LISTING,
            "a machine that never ends",
        ),
        bytes("peer cases", limits::CASES, "cases that never end"),
        bytes(
            "a trace that is held whole",
            limits::TRACE,
            "tests/bad_input/files.rs: a_trace_that_is_held_whole_has_a_limit",
        ),
        bytes("earlier verdicts", limits::VERDICTS, "verdicts that never end"),
        bytes("a program for a kit", limits::PROGRAM, "a program that never ends"),
        limit(
            "a store",
            limits::STORE,
            "refused, and left as it is",
            "tests/bad_input/files.rs: a_store_that_is_far_too_large_is_refused",
        ),
        limit(
            "JSON values in each other",
            "127 (serde_json's)",
            "refused",
            "30 000 brackets in a header",
        ),
        limit(
            "TOML values in each other",
            "80 (toml's)",
            "refused",
            "10 000 brackets in a profile",
        ),
        limit(
            "the number of a name (`s1`, `t1`, `p1`, `o1`)",
            GREATEST_NAME,
            "refused",
            "a socket of number 2^32-1",
        ),
        limit(
            "the replies that a trace tells of one call",
            MOST_ALTERNATIVES,
            "refused",
            "five replies of one call",
        ),
    ]
}

fn working() -> Vec<Limit> {
    let undecided = "the verdict is `undecided`";
    vec![
        limit(
            "states that are followed at a time",
            MOST_STATES,
            undecided,
            "a machine that may be in 2048 states",
        ),
        limit(
            "slots of tables in all of them together",
            MOST_SLOTS,
            undecided,
            "tests/memory.rs: what_grows_has_a_figure",
        ),
        limit(
            "steps of the search among overlapping calls",
            format!("{BUDGET} (`--budget`)"),
            undecided,
            "a search that may take one step",
        ),
        limit("threads (`--jobs`, `--threads`)", limits::THREADS, "refused", "2^64-1 threads"),
        limit(
            "traces that a peer case becomes",
            limits::WAYS,
            "refused",
            "calls of which a hundred may fail in two ways each",
        ),
        limit(
            "calls of a session of the shell",
            shell::MOST_CALLS,
            "refused",
            "tests/shell/session.rs: a_session_has_an_end",
        ),
        limit("questions of a quiz", quiz::MOST_QUESTIONS, "refused", "101 questions"),
        limit("random scripts", limits::RANDOM_SCRIPTS, "refused", "10 001 scripts"),
    ]
}

#[cfg(feature = "serve")]
fn serving() -> Vec<Limit> {
    let limits = portres::serve::Limits::default();
    let idle = format!("{} s", limits.idle.map_or(0, |idle| idle.as_secs()));
    let (fault, ends) = ("a fault, and nothing happens", "a fault, and the connection ends");
    vec![
        limit(
            "a line (`--max-line`)",
            format!("{} bytes", limits.line),
            ends,
            "tests/serve/limits.rs: a_line_too_long_ends_the_connection",
        ),
        limit(
            "connections, and so processes (`--max-connections`)",
            limits.connections,
            ends,
            "tests/serve/limits.rs: a_connection_too_many_is_told_and_closed",
        ),
        limit(
            "sockets of a process (`--max-sockets`)",
            limits.sockets,
            fault,
            "tests/serve/limits.rs: sockets_reservations_and_requests_are_counted",
        ),
        limit(
            "reservations that a process knows (`--max-reservations`)",
            limits.reservations,
            fault,
            "tests/serve/limits.rs: sockets_reservations_and_requests_are_counted",
        ),
        limit(
            "calls of a process that are pending (`--max-requests`)",
            limits.requests,
            fault,
            "tests/serve/limits.rs: sockets_reservations_and_requests_are_counted",
        ),
        limit(
            "connections with a machine of their own (`--max-machines`)",
            limits.machines,
            ends,
            "tests/serve/limits.rs: machines_of_ones_own_are_counted",
        ),
        limit(
            "silence, and replies that nobody takes (`--max-idle`)",
            idle,
            ends,
            "tests/serve/limits.rs: who_takes_no_replies_ends_by_the_same_limit",
        ),
    ]
}

fn memory() -> Vec<Limit> {
    let measured = "it is a bound that is measured";
    let test = "tests/memory.rs: memory_does_not_grow_with_the_input";
    let grows = "tests/memory.rs: what_grows_has_a_figure";
    vec![
        limit("checking a trace, however long", format!("{} MiB", bounds::TRACE), measured, test),
        limit(
            "checking a stream of traces, however many",
            format!("{} MiB", bounds::STREAM),
            measured,
            test,
        ),
        limit(
            "besides, for each name in use, in each state",
            format!("{} bytes", bounds::NAME),
            measured,
            grows,
        ),
        limit(
            "a trace that is held whole, for each event",
            format!("{} bytes", bounds::EVENT),
            measured,
            grows,
        ),
        limit(
            "a short trace, whatever it names",
            format!("{} MiB", bounds::SHORT),
            measured,
            grows,
        ),
    ]
}

/// The part of the page, and the limits that nothing holds. `inputs` are those of the page's cases.
pub(super) fn part(inputs: &[String]) -> (String, Vec<String>) {
    let mut groups = vec![("reading", reading()), ("working", working())];
    #[cfg(feature = "serve")]
    groups.push(("serving", serving()));
    groups.push(("memory", memory()));
    let head = "| limit | figure | beyond it | held by |\n| --- | --- | --- | --- |\n";
    let mut text = format!(
        "\n## Limits\n\nThe figures are read from the code. What holds one is a case on this page or a test in `conformance`.\n\n{head}"
    );
    let mut loose = Vec::new();
    for limit in groups.into_iter().flat_map(|(_, limits)| limits) {
        let Limit { of, most, beyond, held } = limit;
        if !(inputs.iter().any(|input| input == held) || is_test(held)) {
            loose.push(format!("nothing holds the limit of {of}: `{held}` is no case and no test"));
        }
        let shown = if held.contains(".rs: ") { format!("`{held}`") } else { held.to_string() };
        text += &format!("| {of} | {most} | {beyond} | {shown} |\n");
    }
    (text, loose)
}

/// Whether there is such a file of tests, with this test in it.
fn is_test(held: &str) -> bool {
    let Some((file, test)) = held.split_once(": ") else { return false };
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
    text.is_ok_and(|text| text.contains(&format!("fn {test}(")))
}
