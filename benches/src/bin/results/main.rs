//! Writes what a run of `scripts/results` has measured as a page: `results FIGURES CRITERION GROWTH [NAME=TEXT...]`, where the
//! texts say when, where and of which commit it was.
//!
//! `benches/targets.toml` says what stands on the page. What it names and nobody has measured is an error: a page with holes
//! would look like one without.

use std::path::Path;
use std::process::ExitCode;

use portres_benches::growth::Growth;
use portres_benches::measured::Figures;

mod machine;
mod page;
mod shown;
mod targets;

fn main() -> ExitCode {
    match run() {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("results: {why}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String, String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [figures, criterion, growth, said @ ..] = words.as_slice() else {
        return Err("usage: results FIGURES CRITERION GROWTH [NAME=TEXT...]".into());
    };
    let said = said.iter().map(|word| {
        let named = word.split_once('=');
        named.ok_or_else(|| format!("`{word}`: expected NAME=TEXT"))
    });
    let said: Vec<(&str, &str)> = said.collect::<Result<_, _>>()?;
    let mut figures = Figures::read(Path::new(figures)).map_err(|e| e.to_string())?;
    figures.read_criterion(Path::new(criterion)).map_err(|e| e.to_string())?;
    let growth = Growth::read(Path::new(growth)).map_err(|e| e.to_string())?;
    let targets = targets::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets.toml"))?;
    page::write(&targets, &figures, &growth, &said)
}
