//! `portres export`.

use std::io::Write;

use portres::export;
use portres::report::counted;

use super::args::{Export, Language};
use super::format::output;
use super::{Outcome, drive};

pub(super) fn run(args: &Export) -> Outcome {
    let name = args.trace.display().to_string();
    let (header, events) = drive::read_one(&args.trace, &name)?;
    let language = match args.to {
        Language::C => export::Language::C,
        Language::Rust => export::Language::Rust,
        Language::Powershell => export::Language::PowerShell,
    };
    let exported = export::export(language, &header, &events);
    output(&args.output, |out| out.write_all(exported.text.as_bytes()))?;
    let mut err = anstream::stderr();
    for left in &exported.left_out {
        writeln!(err, "{name}: line {}: not exported: {}: {}", left.line, left.call, left.why)?;
    }
    let (made, left) = (exported.calls as u64, exported.left_out.len());
    writeln!(err, "{name}: {}, {left} left out", counted(made, "call"))?;
    Ok(0)
}
