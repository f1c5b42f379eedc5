//! Compares instruction counts: `instructions [--bless] PRINTED`, where PRINTED is what the benchmark of this name has printed as
//! JSON. `scripts/instructions` runs both.

use std::path::Path;
use std::process::{Command, ExitCode};

use portres_benches::counts::{BEARABLE, Counts, Judged, Wrong, excuses};
use portres_benches::measured::note;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(wrong) => {
            eprintln!("instructions: {wrong}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is well.
fn run() -> Result<bool, Wrong> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (bless, printed) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--bless", printed] => (true, printed.to_string()),
        [printed] => (false, printed.to_string()),
        _ => return Err(Wrong("usage: instructions [--bless] PRINTED".into())),
    };
    let read = |file: &str| {
        std::fs::read_to_string(file).map_err(|e| Wrong(format!("{file}: {e}: expected a text")))
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = here.join("instructions.toml");
    let (rustc, host) = compiler()?;
    let now = Counts::of_run(&rustc, &host, &read(&printed)?)?;
    for (path, count) in &now.instructions {
        note(format!("instructions/{path}"), *count as f64, "instructions");
    }
    if bless && !file.exists() {
        return write(&file, &now);
    }
    let before = Counts::read(&file)?;
    if !before.are_comparable(&now) {
        if bless {
            return write(&file, &now);
        }
        let Counts { rustc, host, .. } = before;
        println!(
            "instructions: the committed counts are those of {rustc} for {host}, and this is {} for {}: nothing is compared",
            now.rustc, now.host
        );
        return Ok(true);
    }
    let changelog = here.join("../CHANGELOG.md");
    let compared = before.compare(&now, &excuses(&read(&changelog.to_string_lossy())?)?);
    println!("{:24} {:>12} {:>12} {:>9}", "path", "committed", "now", "");
    compared.iter().for_each(|one| println!("{one}"));
    if bless {
        // nobody gets rid of a path that has grown by committing what it takes now
        let borne = compared.iter().all(|one| one.verdict != Judged::Grown);
        return if borne { write(&file, &now) } else { Ok(false) };
    }
    if compared.iter().any(|one| one.verdict == Judged::Same && one.grown < -BEARABLE) {
        println!("some paths take less: `scripts/instructions --bless` keeps that");
    }
    Ok(compared.iter().all(|one| one.is_good()))
}

fn write(file: &Path, counts: &Counts) -> Result<bool, Wrong> {
    let written = std::fs::write(file, counts.write());
    written.map(|()| true).map_err(|e| Wrong(format!("{}: {e}", file.display())))
}

/// The compiler, and for which machines it compiles.
fn compiler() -> Result<(String, String), Wrong> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let told = Command::new(&rustc).arg("-vV").output();
    let told = told.map_err(|e| Wrong(format!("{rustc}: {e}: expected a compiler")))?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let after = |head: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(head));
        line.map(str::to_string)
            .ok_or_else(|| Wrong(format!("{rustc} -vV: expected a line `{head}…`")))
    };
    let first = text.lines().next().unwrap_or_default().to_string();
    Ok((first, after("host: ")?))
}
