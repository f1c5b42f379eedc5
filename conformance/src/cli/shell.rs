//! `portres shell`: a line editor around a session, or lines from a pipe.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::Ordering;

use portres::limits;
use portres::shell::{Completion, Said, Session};
use portres::trace::{Item, Reader, TraceError};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::config::CompletionType;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};

use super::{ERROR, Failure, Outcome, check, did_you_mean, drive, interrupt};

/// Ask a simulated machine at a prompt: each answer with its rule and clause.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres shell
  portres shell --profile likely recorded.trace
  printf 'socket udp v4\\nbind s1 0.0.0.0:0\\nwhy\\n' | portres shell

`help` at the prompt lists what can be typed. Tab completes, the arrows go through what was typed before, Ctrl-C clears the
line or stops what runs, Ctrl-D leaves. From a pipe lines are read without a prompt, up to the first that says nothing.

Exit codes: 0 the end; 1 from a pipe, a reply was typed or loaded that no reading allows; 2 a line or a file cannot be read.")]
pub(super) struct Args {
    /// The profile that leaves the readings: a name, or a file ending in .toml.
    #[arg(long)]
    profile: Option<String>,
    /// Where the lines that were typed are kept from one session to the next; they are kept nowhere else.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// A trace behind which to go on.
    trace: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (profiles, profile) = check::profiles(args.profile.as_deref())?;
    let mut session = Session::new(profiles);
    if let Some(profile) = profile {
        session = session.under(profile);
    }
    let mut impossible = false;
    if let Some(path) = &args.trace {
        impossible = show(&load(&mut session, path)?)?;
    }
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        edit(session, args.history.as_deref())
    } else {
        pipe(session, impossible)
    }
}

/// Lines without a prompt.
fn pipe(mut session: Session, mut impossible: bool) -> Outcome {
    for (number, line) in (1..).zip(limits::lines(io::stdin().lock())) {
        let line = line.map_err(|e| format!("-: line {number}: {e}"))?;
        match obey(&mut session, &line) {
            Ok(None) => break,
            Ok(Some(said)) => impossible |= show(&said)?,
            Err(Wrong::Line(error)) => {
                return Err(super::trace_error("-", &TraceError { line: number, ..error }).into());
            }
            Err(Wrong::File(Failure(why))) => return Err(format!("-: line {number}: {why}").into()),
        }
    }
    Ok(u8::from(impossible))
}

/// What is wrong: the line, or the file that it names.
enum Wrong {
    Line(TraceError),
    File(Failure),
}

/// Does what a line says; `None` at the end.
fn obey(session: &mut Session, line: &str) -> Result<Option<Said>, Wrong> {
    Ok(match session.line(line).map_err(Wrong::Line)? {
        Said::Quit => None,
        Said::Save(path) => {
            drive::write_trace(&path, &session.trace()).map_err(Wrong::File)?;
            Some(Said::Text(String::new()))
        }
        Said::Load(path) => Some(load(session, &path).map_err(Wrong::File)?),
        said => Some(said),
    })
}

fn load(session: &mut Session, path: &Path) -> Result<Said, Failure> {
    let name = path.display().to_string();
    let items = items(session, path, &name)?;
    session.load(&items).map_err(|e| super::trace_error(&name, &e).into())
}

fn items(session: &Session, path: &Path, name: &str) -> Result<Vec<Item>, Failure> {
    let file = limits::TRACE.open(path).map_err(|e| format!("{name}: {e}"))?;
    let stop = session.stop();
    let mut items = Vec::new();
    for item in Reader::new(io::BufReader::new(file)) {
        items.push(item.map_err(|e| super::trace_error(name, &e))?);
        if items.len() > portres::shell::MOST_CALLS * 2 {
            let most = portres::shell::MOST_CALLS;
            return Err(format!("{name}: a session has at most {most} calls").into());
        }
        if stop.load(Ordering::Relaxed) {
            return Err(format!("{name}: stopped").into());
        }
    }
    Ok(items)
}

/// Shows what was said; whether it is that a reply is impossible.
fn show(said: &Said) -> io::Result<bool> {
    let mut out = anstream::stdout();
    match said {
        Said::Text(text) => write!(out, "{text}")?,
        Said::Impossible(text) => write!(out, "{text}")?,
        Said::Save(_) | Said::Load(_) | Said::Quit => {}
    }
    out.flush()?;
    Ok(matches!(said, Said::Impossible(_)))
}

/// The line editor.
fn edit(session: Session, history: Option<&Path>) -> Outcome {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .auto_add_history(true)
        .max_history_size(1000)
        .map_err(told)?
        .build();
    let mut editor: Editor<Typing, DefaultHistory> = Editor::with_config(config).map_err(told)?;
    let session = Rc::new(RefCell::new(session));
    editor
        .set_helper(Some(Typing { session: Rc::clone(&session), files: FilenameCompleter::new() }));
    if let Some(path) = history.filter(|path| path.exists()) {
        editor.load_history(path).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let stop = session.borrow().stop();
    interrupt::instead(move || stop.store(true, Ordering::Relaxed));
    println_flushed("`help` lists what can be typed; Ctrl-D leaves")?;
    loop {
        let prompt = format!("{}> ", session.borrow().by());
        let line = match editor.readline(&prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(told(error)),
        };
        if let Some((columns, _)) = terminal_size::terminal_size() {
            session.borrow_mut().set_columns(usize::from(columns.0));
        }
        let obeyed = obey(&mut session.borrow_mut(), &line);
        match obeyed {
            Ok(None) => break,
            Ok(Some(said)) => drop(show(&said)?),
            Err(Wrong::Line(error)) => complain(&explained(&error))?,
            Err(Wrong::File(Failure(why))) => complain(&why)?,
        }
    }
    if let Some(path) = history {
        editor.save_history(path).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(0)
}

fn told(error: ReadlineError) -> Failure {
    Failure(error.to_string())
}

fn println_flushed(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    writeln!(out, "{text}")?;
    out.flush()
}

fn complain(what: &str) -> io::Result<()> {
    writeln!(anstream::stderr(), "{ERROR}error:{ERROR:#} {what}")
}

/// The error of a line that stands above it.
fn explained(error: &TraceError) -> String {
    let near = error.suggestion.as_ref();
    let near = near.map(|(word, known)| did_you_mean(word, known.iter().map(String::as_str)));
    let place = match error.column {
        0 => String::new(),
        column => format!("column {column}: "),
    };
    format!("{place}{}{}", error.message, near.unwrap_or_default())
}

/// What happens while a line is typed.
struct Typing {
    session: Rc<RefCell<Session>>,
    files: FilenameCompleter,
}

impl Completer for Typing {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..at).unwrap_or(line);
        let Completion { start, words, is_file } = self.session.borrow().complete(before);
        if is_file {
            return self.files.complete(line, at, context);
        }
        let pair = |word: String| Pair { display: word.clone(), replacement: word + " " };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

impl Hinter for Typing {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<String> {
        if at < line.len() {
            return None;
        }
        self.session.borrow().hint(line)
    }
}

impl Highlighter for Typing {
    /// A hint is nothing that was typed.
    fn highlight_hint<'h>(&self, hint: &'h str) -> std::borrow::Cow<'h, str> {
        match anstream::AutoStream::choice(&io::stdout()) {
            anstream::ColorChoice::Never => std::borrow::Cow::Borrowed(hint),
            _ => std::borrow::Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")),
        }
    }
}

impl Validator for Typing {}

impl Helper for Typing {}
