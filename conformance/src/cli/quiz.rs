//! `portres quiz`.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use portres::limits;
use portres::quiz::{self, Chapter, Graded, MOST_QUESTIONS, Paper, Question, Sheet};

use super::args::Format;
use super::{BAD, GOOD, OPEN, Outcome};

/// A machine and a call: what may Windows answer? Judge answers, one learner's or a class's.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres quiz --chapter 1
  portres quiz --chapter 5 --seed 7 --count 10 --paper            # the questions, to hand out
  portres quiz --chapter 5 --seed 7 --count 10 --answers anna.txt
  portres quiz --seed 7 --answers anna.txt bert.txt carla.txt     # a class, as a table
  portres quiz --seed 7 --answers anna.txt --format json | jq .right

An answer is a reply as traces spell it: `ok`, a port, a block, an error's C name. It is judged by every reading of the
documentation that the calls before leave. One reply that may be given makes an answer right; who names several, with `|` or
commas between, must be right about all of them; who names them all is told that the answer is complete. Codes that nobody
has foreseen need not be named.
A file of answers has one a line; an empty line is no answer, and what is behind `#` is a comment. The same version, chapter,
seed and count give the same questions.

Exit codes: 0 every answer is right; 1 one is not; 2 something cannot be read, or the command is wrong.")]
pub(super) struct Args {
    /// The chapter of the guide (docs/guide) that the questions are about; without it, all of them.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=8))]
    chapter: Option<u8>,
    /// What the questions are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many questions.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=MOST_QUESTIONS as u64))]
    count: u64,
    /// Print the questions and ask nothing.
    #[arg(long, conflicts_with = "answers")]
    paper: bool,
    /// Grade the answers in these files (`-`: standard input) instead of asking.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    answers: Vec<PathBuf>,
    /// The form of the result.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args) -> Outcome {
    let count = usize::try_from(args.count).unwrap_or(MOST_QUESTIONS);
    let paper = Paper { chapter: args.chapter, seed: args.seed, count };
    let questions = paper.questions();
    if args.paper {
        print_paper(&paper, &questions, args.format)?;
        return Ok(0);
    }
    let sheets = match args.answers.as_slice() {
        [] => vec![ask(paper, &questions, args.format)?],
        files => {
            files.iter().map(|file| read(file, paper, &questions)).collect::<Result<_, _>>()?
        }
    };
    let mut out = anstream::stdout();
    match (args.format, sheets.as_slice()) {
        (Format::Json, all) => {
            for sheet in all {
                let line = serde_json::to_string(sheet).map_err(io::Error::from)?;
                writeln!(out, "{line}")?;
            }
        }
        (Format::Text, [one]) => {
            // who was asked has seen the rest
            if !args.answers.is_empty() {
                for (question, graded) in questions.iter().zip(&one.answers) {
                    write!(out, "{}", quiz::question(question, questions.len()))?;
                    writeln!(out, "> {}", graded.answer)?;
                    tell(graded)?;
                }
            }
            write!(out, "{}", quiz::score(one))?;
        }
        (Format::Text, all) => write!(out, "{}", quiz::class(all))?,
    }
    Ok(u8::from(sheets.iter().any(|sheet| sheet.right < sheet.of)))
}

fn print_paper(paper: &Paper, questions: &[Question], format: Format) -> io::Result<()> {
    let mut out = anstream::stdout();
    if format == Format::Json {
        for question in questions {
            let line = serde_json::json!({
                "question": question.number,
                "setup": question.setup(),
                "call": question.call(),
            });
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let chapter = paper.chapter.and_then(Chapter::of);
    let title = chapter.map(|c| format!("{}. {}, ", c.number, c.title)).unwrap_or_default();
    writeln!(out, "{title}seed {}", paper.seed)?;
    for question in questions {
        write!(out, "\n{}", quiz::question(question, questions.len()))?;
    }
    Ok(())
}

fn read(file: &Path, paper: Paper, questions: &[Question]) -> Result<Sheet, String> {
    let name = file.display().to_string();
    let bytes = match name.as_str() {
        "-" => {
            let mut bytes = Vec::new();
            limits::PROFILE.of(io::stdin()).read_to_end(&mut bytes).map(|_| bytes)
        }
        _ => limits::PROFILE.read(file),
    };
    let bytes = bytes.map_err(|e| format!("{name}: {e}"))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        format!("{name}: line {line}: the text is not UTF-8")
    })?;
    let text = text.trim_start_matches('\u{feff}');
    Sheet::read(&name, paper, questions, text).map_err(|e| format!("{name}: {e}"))
}

/// Asks one question after another. What is no reply is asked again at a terminal; the end of the input is the end.
fn ask(paper: Paper, questions: &[Question], format: Format) -> Result<Sheet, super::Failure> {
    let (stdin, mut out) = (io::stdin(), anstream::stdout());
    let is_terminal = stdin.is_terminal();
    let mut lines = limits::lines(stdin.lock());
    let mut answers: Vec<Graded> = Vec::new();
    let mut ended = false;
    for question in questions {
        let tells = format == Format::Text && !ended;
        if tells {
            write!(out, "{}", quiz::question(question, questions.len()))?;
        }
        let graded = loop {
            if is_terminal && !ended {
                write!(out, "> ")?;
                out.flush()?;
            }
            let line = if ended { None } else { lines.next().transpose()? };
            ended = line.is_none();
            let graded = question.grade(line.as_deref().unwrap_or_default());
            match &graded.unreadable {
                Some(why) if is_terminal => writeln!(out, "{OPEN}not a reply{OPEN:#}: {why}")?,
                _ => break graded,
            }
        };
        if tells && !ended {
            tell(&graded)?;
        }
        answers.push(graded);
    }
    if is_terminal && ended {
        writeln!(out)?;
    }
    Ok(Sheet::of("-", paper, answers))
}

fn tell(graded: &Graded) -> io::Result<()> {
    let style = if graded.mark.is_right() { GOOD } else { BAD };
    let text = quiz::graded(graded);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    writeln!(anstream::stdout(), "{style}{first}{style:#}\n{rest}")
}
