//! `portres doctor`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use portres::doctor::gather::SOURCES;
use portres::doctor::picture::{Picture, page, svg};
use portres::doctor::{self, Answer, Ask, Doctor, exit_code, seed};
use portres::trace::{Spelled, write_item};
use portres_model::Protocol;
use portres_sim::{Kind, Listing, too_large};

use super::args::Format;
use super::{Failure, Outcome, check, draft};

/// Tell why a port cannot be bound, reserved or excluded, from what a machine's own commands show.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  portres doctor --excluded tcp=rows.txt bind tcp 0.0.0.0:50051
  portres doctor --paste - serve-http 8080 < posted.txt
  portres doctor --excluded tcp=rows.txt --dynamic dynamic.txt --listening sockets.txt free tcp 100
  portres doctor --paste posted.txt --ask 'reserve udp 50000+10 --persistent' --ask 'exclude tcp 50051+1'
  portres doctor                                     (on Windows: an overview of this machine)

The files are the output, in any language, of
  netsh interface ipv4 show excludedportrange protocol=tcp    (--excluded tcp=FILE; the same for udp)
  netsh interface ipv4 show dynamicport tcp                   (--dynamic FILE)
  netstat -ano, Get-NetTCPConnection, Get-NetUDPEndpoint      (--listening FILE)
  netsh http show servicestate                                (--http FILE)

Questions:
  bind tcp|udp ADDRESS:PORT [--reuse|--exclusive] [--dual-stack] [--as standard|filtered|elevated]
  reserve tcp|udp START+COUNT [--persistent] [--as …]
  exclude tcp|udp START+COUNT [--as …]
  free tcp|udp COUNT
  serve-http PORT

Exit codes: 0 everything asked for is granted; 1 nothing is; 3 some is, or it depends on what no listing shows; 2 a file
cannot be read or the command is wrong.")]
pub(super) struct Args {
    /// A list of excluded port ranges: tcp=FILE, udp=FILE, or FILE where its title names the transport.
    #[arg(long, value_name = "[tcp=|udp=]FILE")]
    excluded: Vec<String>,
    /// Dynamic port ranges.
    #[arg(long, value_name = "FILE")]
    dynamic: Vec<PathBuf>,
    /// Sockets.
    #[arg(long, value_name = "FILE")]
    listening: Vec<PathBuf>,
    /// The state of http.sys.
    #[arg(long, value_name = "FILE")]
    http: Vec<PathBuf>,
    /// Several of these, pasted together (`-`: standard input).
    #[arg(long, value_name = "FILE")]
    paste: Vec<PathBuf>,
    /// Ask the commands of this machine, as is done on Windows where no file is given.
    #[arg(long)]
    here: bool,
    /// A further question, in quotes.
    #[arg(long, value_name = "QUESTION")]
    ask: Vec<String>,
    /// The profile to judge by: a name, or a file ending in .toml.
    #[arg(long, default_value = "likely")]
    profile: String,
    /// The form of the answers.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Draw the ports with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// Write the answers, the picture and the table of rows as a page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the picture.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print the machine as a trace header and the questions as calls, for `check` and `replay`.
    #[arg(long, conflicts_with_all = ["html", "svg"])]
    as_trace: bool,
    /// bind: with SO_REUSEADDR.
    #[arg(long, conflicts_with = "exclusive")]
    reuse: bool,
    /// bind: with SO_EXCLUSIVEADDRUSE.
    #[arg(long)]
    exclusive: bool,
    /// bind: an IPv6 socket for both stacks.
    #[arg(long)]
    dual_stack: bool,
    /// reserve: for good, across restarts.
    #[arg(long)]
    persistent: bool,
    /// Who asks: standard, filtered (an administrator's program that is not elevated) or elevated.
    #[arg(long = "as", value_name = "RIGHTS")]
    rights: Option<String>,
    /// The question; none: an overview.
    question: Vec<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let asks = args.asks()?;
    if args.svg.is_some() && args.svg == args.html {
        return Err(Failure("expected two files behind --html and --svg, found one".into()));
    }
    let (_, profile) = check::profiles(Some(&args.profile))?;
    let profile = profile.ok_or_else(|| Failure("no profile".into()))?;
    let listing = args.listing()?;
    let doctor = Doctor::new(&listing, &profile);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.as_trace {
        let spelled = match args.format {
            Format::Text => Spelled::Text,
            Format::Json => Spelled::JsonLines,
        };
        for item in seed::trace(&listing, &asks) {
            write_item(&mut out, spelled, &item)?;
        }
        out.flush()?;
        return Ok(0);
    }
    let answers: Vec<Answer> = asks.iter().map(|ask| doctor.answer(ask)).collect();
    args.draw(&doctor, &answers)?;
    match (args.format, answers.is_empty()) {
        (Format::Json, true) => writeln!(out, "{}", doctor::overview(&doctor).json())?,
        (Format::Text, true) => {
            write!(out, "{}", doctor::overview(&doctor).text(&doctor, args.ascii))?;
        }
        (Format::Json, false) => {
            answers.iter().try_for_each(|answer| writeln!(out, "{}", doctor::json(answer)))?;
        }
        (Format::Text, false) => {
            for (place, answer) in answers.iter().enumerate() {
                let picture = picture(&listing, answer);
                let gap = if place > 0 { "\n" } else { "" };
                write!(out, "{gap}{}", doctor::text(answer, picture.as_ref(), args.ascii))?;
            }
        }
    }
    out.flush()?;
    Ok(exit_code(&answers))
}

fn picture(listing: &Listing, answer: &Answer) -> Option<Picture> {
    let safe = || answer.safe.first().and_then(doctor::Safe::block);
    let asked = answer.ask.block().or_else(safe);
    Some(Picture::of(listing, answer.ask.protocol()?, asked))
}

impl Args {
    /// The questions: the words of the command line with its options, and those behind --ask.
    fn asks(&self) -> Result<Vec<Ask>, Failure> {
        let mut line = self.question.join(" ");
        for (given, option) in [
            (self.reuse, "--reuse"),
            (self.exclusive, "--exclusive"),
            (self.dual_stack, "--dual-stack"),
            (self.persistent, "--persistent"),
        ] {
            line += &if given { format!(" {option}") } else { String::new() };
        }
        if let Some(rights) = &self.rights {
            line += &format!(" --as {rights}");
        }
        let first = (!line.is_empty()).then_some(&line);
        let mut asks = Vec::new();
        for line in first.into_iter().chain(&self.ask) {
            asks.push(line.parse().map_err(|e: doctor::BadAsk| Failure(e.to_string()))?);
        }
        Ok(asks)
    }

    fn inputs(&self) -> Vec<(Kind, &Path)> {
        let excluded = self.excluded.iter().map(|word| match word.split_once('=') {
            Some(("tcp", file)) => (Kind::Excluded(Some(Protocol::Tcp)), Path::new(file)),
            Some(("udp", file)) => (Kind::Excluded(Some(Protocol::Udp)), Path::new(file)),
            _ => (Kind::Excluded(None), Path::new(word)),
        });
        let plain = [
            (Kind::Dynamic, &self.dynamic),
            (Kind::Listening, &self.listening),
            (Kind::Http, &self.http),
            (Kind::Paste, &self.paste),
        ];
        let plain = plain
            .into_iter()
            .flat_map(|(kind, files)| files.iter().map(move |file| (kind, file.as_path())));
        excluded.chain(plain).collect()
    }

    /// The machine that the files show, or this one.
    fn listing(&self) -> Result<Listing, Failure> {
        let inputs = self.inputs();
        let mut listing = Listing::default();
        if inputs.iter().filter(|(_, file)| file.as_os_str() == "-").count() > 1 {
            return Err(Failure("`-` can be read once only".into()));
        }
        for (kind, file) in &inputs {
            let name = file.display().to_string();
            let bytes = read(file).map_err(|e| format!("{name}: {e}"))?;
            listing.read(*kind, &name, &bytes).map_err(|e| e.to_string())?;
        }
        if self.here || (inputs.is_empty() && cfg!(windows)) {
            gather(&mut listing)?;
        } else if inputs.is_empty() {
            let says = "nothing to read: give what the machine's own commands show, such as --excluded tcp=FILE or \
                        --paste FILE (`portres doctor --help` lists them)";
            return Err(Failure(says.into()));
        }
        Ok(listing)
    }

    /// The pictures that are asked for as files.
    fn draw(&self, doctor: &Doctor<'_>, answers: &[Answer]) -> Result<(), Failure> {
        let listing = doctor.listing();
        let mut pictures: Vec<Picture> =
            answers.iter().filter_map(|answer| picture(listing, answer)).collect();
        if pictures.is_empty() {
            pictures = Protocol::ALL.map(|p| Picture::of(listing, p, None)).into();
        }
        let write = |path: &Path, text: &str| {
            draft::write_atomically(path, |out| out.write_all(text.as_bytes()))
                .map_err(|e| Failure(format!("{}: {e}", path.display())))
        };
        if let Some(path) = &self.svg {
            write(path, &svg(&pictures))?;
        }
        if let Some(path) = &self.html {
            let told = |answer: &Answer| (answer.clone(), doctor::text(answer, None, false));
            let answers: Vec<(Answer, String)> = answers.iter().map(told).collect();
            write(path, &page(listing, &answers, &pictures))?;
        }
        Ok(())
    }
}

/// A file, or standard input; what is too large for a listing is not read.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut from: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        if length > Listing::LARGEST {
            return Err(io::Error::other(too_large(length)));
        }
        Box::new(file)
    };
    from.by_ref().take(Listing::LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the commands of this machine show.
fn gather(listing: &mut Listing) -> Result<(), Failure> {
    for source in SOURCES {
        match source.run() {
            Ok(bytes) => {
                listing.read(source.kind, source.command, &bytes).map_err(|e| e.to_string())?;
            }
            Err(e) if source.needed => {
                return Err(Failure(format!(
                    "{}: {e}: on another machine than Windows, give what that shows as files",
                    source.command
                )));
            }
            Err(e) => {
                let says =
                    format!("warning: {}: {e}: what it shows is taken for absent", source.command);
                let _ = writeln!(anstream::stderr(), "{says}");
            }
        }
    }
    Ok(())
}
