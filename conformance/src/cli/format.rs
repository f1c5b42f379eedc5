//! `portres fmt`.

use std::io::{self, Write};
use std::path::Path;

use portres::limits;
use portres::trace::{Reader, Spelled, write_item};

use super::args::{Fmt, To};
use super::files::Input;
use super::{Outcome, draft, trace_error};

pub(super) fn run(args: &Fmt) -> Outcome {
    let input = if args.path.as_os_str() == "-" {
        Input::Stdin(None)
    } else {
        Input::File(args.path.clone())
    };
    let name = input.name();
    let from = input.open_within(limits::TRACE).map_err(|e| format!("{name}: {e}"))?;
    let to = match args.to {
        To::Text => Spelled::Text,
        To::Jsonl => Spelled::JsonLines,
    };
    let items =
        Reader::new(from).collect::<Result<Vec<_>, _>>().map_err(|e| trace_error(&name, &e))?;
    output(&args.output, |out| {
        items.iter().try_for_each(|item| write_item(&mut &mut *out, to, item))
    })?;
    Ok(0)
}

/// Writes to standard output, or a file whole or not at all.
pub(super) fn output(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), super::Failure> {
    if path.as_os_str() == "-" {
        let mut out = io::BufWriter::new(io::stdout().lock());
        write(&mut out)?;
        out.flush()?;
        return Ok(());
    }
    draft::write_atomically(path, write).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(())
}
