//! What can be said on the command line.

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use portres::BUDGET;
use portres::limits;
use portres::stream::Shard;

const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (trace format 1, script format 1, wire protocol 1, JSON output 1)"
);

/// What `portres` alone shows.
pub(super) const FIRST_STEPS: &str = "\
portres: the executable specification of Windows port reservation

Four commands to try:

  portres check fixtures              judge traces: does the documentation allow what was observed?
  portres explain 10013               what an error, a message, a rule or a call means here
  portres rules                       every rule, with its standing and its sources
  portres doctor --paste posted.txt   why can't I bind this port? (what netsh shows, pasted)

`portres --help` lists the rest.
";

/// Records, replays and judges traces of Windows port reservation against its executable specification.
#[derive(Parser)]
#[command(name = "portres", version = LONG_VERSION, disable_help_subcommand = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// When to colour the output; NO_COLOR is honoured.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub(super) color: Color,
}

impl Args {
    /// Whether the command ends in its own way when it is told to.
    pub(super) fn is_server(&self) -> bool {
        #[cfg(feature = "serve")]
        if matches!(self.command, Some(Command::Serve(_))) {
            return true;
        }
        false
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(super) fn write_global(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::AlwaysAnsi,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Subcommand)]
pub(super) enum Command {
    Check(Check),
    Replay(Replay),
    Record(Record),
    /// Undo what an interrupted recording has left on this machine.
    #[command(after_help = "Example:\n  portres cleanup")]
    Cleanup,
    Fmt(Fmt),
    Import(Import),
    Rules(Rules),
    Questions(Questions),
    Clauses(Clauses),
    Coverage(super::coverage::Args),
    Rejudge(super::rejudge::Args),
    Explain(Explain),
    Guide(Guide),
    Site(Site),
    Doctor(Box<super::doctor::Args>),
    Explore(Explore),
    Infer(Infer),
    Shrink(Shrink),
    Export(Export),
    Shell(super::shell::Args),
    Quiz(super::quiz::Args),
    Kit(Box<super::kit::Args>),
    Generate(super::generate::Args),
    #[cfg(feature = "serve")]
    Serve(Box<super::serve::Args>),
    /// Print completions for a shell.
    #[command(
        after_help = "Example:\n  portres completions bash > ~/.local/share/bash-completion/completions/portres"
    )]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    #[command(after_help = "Example:\n  portres man > portres.1")]
    Man,
}

/// Learn the rules: show a chapter of the guide, or list them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres guide                   the chapters
  portres guide 1                 the first: nobody listens, and yet 10013
  portres guide 1 --files .         the files that it works with
  portres guide solutions
  portres guide --html guide.html   all of it as one page, to print")]
pub(super) struct Guide {
    /// The chapter: a number, `introduction` or `solutions`.
    #[arg(conflicts_with = "html")]
    pub(super) chapter: Option<String>,
    /// Write the files that the chapter shows into a folder, instead of showing it.
    #[arg(long, value_name = "FOLDER", requires = "chapter")]
    pub(super) files: Option<PathBuf>,
    /// Write the whole guide as one HTML page.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

/// Build the documentation as a site, from the project's folder.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  portres site -o public

Nothing is fetched. A link that leads nowhere fails the build, and then nothing is written; an earlier site is replaced whole.")]
pub(super) struct Site {
    /// The folder of the project.
    #[arg(default_value = ".")]
    pub(super) project: PathBuf,
    /// The folder of the site: new, empty, or an earlier site.
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) output: PathBuf,
}

/// Judge traces: does the documentation allow what was observed?
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres check recorded.trace
  portres check --profile likely fixtures/accept
  portres replay a.trace --on sim -o - | portres check -
  portres check --html found.html --junit found.xml recordings
  portres check --shard 3/8 --format json recordings     # the third of eight runs that share the work

Traces are judged as they arrive, and what is said of one is printed as soon as nothing before it is missing. A trace that
cannot be read is told on standard error, and the next one is judged all the same.

Exit codes: 0 all traces conform or diverge as their headers expect; 1 one does not; 2 a file cannot be read or the
command is wrong; 3 a verdict is undecided. 2 goes before 1, 1 before 3.")]
pub(super) struct Check {
    /// The profile to judge by, instead of each trace's own: a name, or a file ending in .toml.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// Call undecided what rests on assumed rules alone.
    #[arg(long)]
    pub(super) strict: bool,
    /// How many steps the search for an order of overlapping calls may take.
    #[arg(long, value_name = "STEPS", default_value_t = BUDGET)]
    pub(super) budget: u64,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Write besides a page that needs nothing else: what was found by system and by file, and each divergence with the calls
    /// and the ports around it.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Write besides JUnit XML: a suite for each file, a case for each trace.
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// How many traces to judge at a time; 0: as many as there are processors.
    #[arg(long, default_value_t = 0, value_parser = jobs())]
    pub(super) jobs: u16,
    /// Judge the K-th of N shares alone: N such runs say together what one without a share says.
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<Shard>,
    /// The file that standard input is read for: its name in reports, and the known departures beside it.
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_name: Option<PathBuf>,
    /// Files, directories, or `-` for standard input.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
}

/// So many threads at most.
fn jobs() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(..=i64::from(limits::THREADS))
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// Drive a system with the calls of a trace, judge what it answers, and list where that differs.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres replay fixtures/accept/samples/release-sample.trace --on sim --seed 7
  portres replay recorded.trace --on winsock -o again.trace

Exit codes: 0 what the system answered conforms; 1 it diverges, or with --exact it differs from the trace; 2 something
cannot be read or done; 3 undecided.")]
pub(super) struct Replay {
    /// The trace.
    pub(super) trace: PathBuf,
    #[command(flatten)]
    pub(super) on: On,
    /// Whether differences from the trace make the exit code 1.
    #[arg(long)]
    pub(super) exact: bool,
    /// Where to write the trace of what the system answered (`-`: standard output).
    #[arg(short)]
    pub(super) output: Option<PathBuf>,
}

/// Run a script on a system and write the trace.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres record fixtures/scripts/bind-matrix-tcp-v4.script --on winsock -o bind-matrix-tcp-v4.trace
  portres record my.script --on sim --seed 3 -o -")]
pub(super) struct Record {
    /// The script.
    pub(super) script: PathBuf,
    #[command(flatten)]
    pub(super) on: On,
    /// Where to write the trace (`-`: standard output).
    #[arg(short, required = true)]
    pub(super) output: PathBuf,
}

/// Make a program of a trace that makes its calls on a real Windows and compares the replies.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres export least.trace --to c -o least.c
  portres export least.trace --to rust -o src/main.rs
  portres shrink recorded.trace -o least.trace && portres export least.trace --to powershell -o -

The program makes the calls of the trace's first process; those of others, of threads, of netsh and of the machine, and calls
with malformed arguments stand in it as comments, and are listed on standard error. Its exit code is 1 where a reply differs.

Exit codes: 0 it was written; 2 something cannot be read or written.")]
pub(super) struct Export {
    /// The trace.
    pub(super) trace: PathBuf,
    /// The language of the program.
    #[arg(long, value_enum)]
    pub(super) to: Language,
    /// Where to write it (`-`: standard output).
    #[arg(short, required = true)]
    pub(super) output: PathBuf,
}

/// What `portres export` writes.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Language {
    /// C, for mingw or MSVC.
    C,
    /// Rust, for windows-sys; elsewhere it runs on the simulator.
    Rust,
    /// PowerShell, 5.1 or later.
    Powershell,
}

/// Find the least of a trace that still diverges for the same reason.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres shrink recorded.trace -o least.trace
  portres shrink --event 812 recorded.trace -o -
  portres shrink recorded.trace --on winsock --seconds 600 -o least.trace

docs/shrinking.md says what the same reason is, and what is tried. Without any one of the calls that are left the trace conforms,
or diverges for another reason. With --on the calls are made again at each step, and what the system answers is judged.

Exit codes: 0 it was shrunk; 1 it does not diverge (there); 2 something cannot be read, written or done; 3 the budget was
used up, and what had been found by then was written.")]
pub(super) struct Shrink {
    /// The trace.
    pub(super) trace: PathBuf,
    /// The system that answers at each step, as `portres replay` takes it.
    #[arg(long, value_name = "SYSTEM")]
    pub(super) on: Option<String>,
    /// What the simulator draws its choices from; 0: the likeliest answers and the lowest ports.
    #[arg(long, requires = "on")]
    pub(super) seed: Option<u64>,
    /// The profile to judge by, and that the simulator draws from.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// Allow changes of a real machine that last until they are undone (persistent reservations).
    #[arg(long, requires = "on")]
    pub(super) change_this_machine: bool,
    /// A local test user of a real machine, whose password stands in PORTRES_TEST_PASSWORD.
    #[arg(long, value_name = "NAME", requires = "on")]
    pub(super) test_user: Option<String>,
    /// The divergence to keep, by its event; the first is kept otherwise.
    #[arg(long, value_name = "N")]
    pub(super) event: Option<u64>,
    /// How many traces may be judged.
    #[arg(long, value_name = "CHECKS")]
    pub(super) budget: Option<u64>,
    /// How many seconds it may take.
    #[arg(long)]
    pub(super) seconds: Option<u64>,
    /// Where to write it (`-`: standard output).
    #[arg(short, required = true)]
    pub(super) output: PathBuf,
}

/// The system to drive.
#[derive(clap::Args)]
pub(super) struct On {
    /// `sim`, `sim:flaw=ID` (wrong in one known way, docs/flaws.md), `winsock` (the real one), `exec:COMMAND` (a program that speaks the trace's JSON) or `tcp:HOST:PORT` (a server that does: `portres serve`).
    #[arg(long = "on", value_name = "SYSTEM")]
    pub(super) system: String,
    /// What the simulator draws its choices from; 0: the likeliest answers and the lowest ports.
    #[arg(long, default_value_t = 0)]
    pub(super) seed: u64,
    /// The profile that the simulator draws from and that the replies are judged by.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// Allow changes of a real machine that last until they are undone (persistent reservations).
    #[arg(long)]
    pub(super) change_this_machine: bool,
    /// A local test user of a real machine, whose password stands in PORTRES_TEST_PASSWORD.
    #[arg(long, value_name = "NAME")]
    pub(super) test_user: Option<String>,
}

/// Rewrite a trace in the other spelling, or neatly in its own.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  portres fmt --to jsonl a.trace > a.jsonl\n  portres fmt --to text a.jsonl"
)]
pub(super) struct Fmt {
    /// The spelling.
    #[arg(long, value_enum)]
    pub(super) to: To,
    /// The trace, or `-`.
    pub(super) path: PathBuf,
    /// Where to write it (`-`: standard output).
    #[arg(short, default_value = "-")]
    pub(super) output: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum To {
    Text,
    Jsonl,
}

/// Make traces of what other test suites assert, and judge them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres import peer-cases cases.jsonl -o traces
  portres import peer-cases cases.jsonl -o traces --changed near-misses --force

Exit codes: 0 every case is accepted or out of scope; 1 one is rejected; 2 something cannot be read or written, or a
case says what no trace can say; 3 a verdict is undecided. 2 goes before 1, 1 before 3.")]
pub(super) struct Import {
    /// The form of the file; `docs/peer-cases.md` is its grammar.
    #[arg(value_enum)]
    pub(super) from: From,
    /// The file, or `-` for standard input.
    pub(super) path: PathBuf,
    /// The folder for the traces: SUITE/CASE.trace in it.
    #[arg(short, required = true)]
    pub(super) output: PathBuf,
    /// A folder for the same traces with one error code changed, each with the divergence that it expects.
    #[arg(long, value_name = "DIR")]
    pub(super) changed: Option<PathBuf>,
    /// Write over files that say something else.
    #[arg(long)]
    pub(super) force: bool,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// The form of what is imported.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum From {
    /// JSON lines, each a sequence of calls and what a test suite asserts of them.
    PeerCases,
}

/// List every rule, with its standing, its sources, and what the fixtures show of it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres rules bind.sharing
  portres rules --format json | jq 'select(.standing == \"assumed\")'")]
pub(super) struct Rules {
    /// Only this one, with all there is to say of it.
    pub(super) id: Option<String>,
    /// The form of the list.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// List the open questions, with their answers and what speaks for each.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres questions bind.reserved-persistent
  portres questions --profile wine-8
  portres questions --format json | jq 'select(.answers[0].evidence == [])'")]
pub(super) struct Questions {
    /// Only this one.
    pub(super) id: Option<String>,
    /// Only the answers that a profile leaves: a name, or a file ending in .toml.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// The form of the list.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// List the clauses of the documentation and its silences, with the rules and questions that carry them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres clauses SIL-15
  portres clauses --format json | jq 'select(.rules == [] and .questions == [])'")]
pub(super) struct Clauses {
    /// Only this one.
    pub(super) id: Option<String>,
    /// The form of the list.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Tell what traces teach about the open questions, and which events settled them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres infer recorded.trace
  mkdir profiles && portres infer fixtures/recorded -o profiles
  portres infer --profile windows-10-19045 today/ -o learnt.toml
  portres infer --profile learnt.toml tomorrow/ -o learnt.toml
  portres infer here.toml there.toml -o both.toml        # profiles that were inferred before
  portres infer --format json recorded.trace | jq '.questions[] | select(.settled) | .id'

Traces whose headers name the same system and version are of one build, and each build has its own profile. The order of
the files makes no difference, nor does it whether they are read in one run or in several. A profile that is written names
the events behind each of its answers; `portres check --profile FILE` judges by it. Where events clash, the fewest that do
are shown, and no profile is written.

Exit codes: 0 some reading explains every trace of a build, or they diverge as their headers expect; 1 none does; 2 a file
cannot be read or written, or the command is wrong; 3 a verdict is undecided. 2 goes before 1, 1 before 3.")]
pub(super) struct Infer {
    /// The profile from which to start, instead of each trace's own: a name, or a file ending in .toml.
    #[arg(long)]
    pub(super) profile: Option<String>,
    /// Learn nothing from what rests on assumed rules alone.
    #[arg(long)]
    pub(super) strict: bool,
    /// Also list the questions of which the traces say nothing.
    #[arg(long)]
    pub(super) all: bool,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// How many files to read at a time; 0: as many as there are processors.
    #[arg(long, default_value_t = 0, value_parser = jobs())]
    pub(super) jobs: u16,
    /// Where to write the profile: a file (`-`: standard output), or a folder that is there, with a file for each build.
    #[arg(short, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,
    /// Files of traces, profiles (*.toml) that were inferred before, directories, or `-` for standard input.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
}

/// Explain an error, a message, a rule, a question, a call, a clause or a piece of evidence.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres explain 10013
  portres explain ERROR_SHARING_VIOLATION
  portres explain EACCES
  portres explain 0x80072740
  portres explain 'Error: listen EACCES: permission denied 0.0.0.0:50051'
  portres explain bind.reserved-persistent --all
  portres explain SIO_ACQUIRE_PORT_RESERVATION
  portres explain EV-80 --format json | jq .explained[0].means

A number may be decimal or hexadecimal, and wrapped into an HRESULT. In a text in another language
the number is found. A long page leaves something out and says what; --all shows everything.

Exit codes: 0 it is explained; 2 nothing of this name or text is known.")]
pub(super) struct Explain {
    /// An error by number, name or message, a call, or the id of a rule, question, clause or piece of evidence.
    #[arg(required = true, allow_negative_numbers = true)]
    pub(super) what: Vec<String>,
    /// Leave nothing out.
    #[arg(long)]
    pub(super) all: bool,
    /// The form of the explanation.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// Whether there is a subcommand of this name.
pub(super) fn has_command(name: &str) -> bool {
    command().find_subcommand(name).is_some()
}

/// Explore small worlds whole: every call, in every reachable state, with every reply that may be given.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres explore
  portres explore runtime --states - | head
  portres explore machine --json | jq .states

The worlds are defined in docs/small-worlds.md: runtime, machine, connections, requests. All of them are explored where none
is named. A state in which an invariant does not hold is shown with the calls that lead to it.

Exit codes: 0 every invariant holds; 1 one does not, or what is remembered is wrong; 2 there is no such world, or a file cannot
be written.")]
pub(super) struct Explore {
    /// Which worlds.
    pub(super) worlds: Vec<String>,
    /// One JSON object a world.
    #[arg(long)]
    pub(super) json: bool,
    /// On how many threads.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=i64::from(limits::THREADS)))]
    pub(super) threads: u16,
    /// How many calls deep at most.
    #[arg(long)]
    pub(super) depth: Option<usize>,
    /// Where to write the state vectors, one a line, sorted (`-`: standard output, and nothing else).
    #[arg(long)]
    pub(super) states: Option<PathBuf>,
    /// Ask the relation about every call in every state, and remember nothing.
    #[arg(long, conflicts_with = "verify")]
    pub(super) plain: bool,
    /// Compare what is remembered with what the relation answers, for every call in every state.
    #[arg(long)]
    pub(super) verify: bool,
    /// Larger worlds of the same kinds.
    #[arg(long)]
    pub(super) large: bool,
}

pub(super) fn command() -> clap::Command {
    Args::command()
}
