//! Measures how cost grows with size: `growth [--quick] FOLDER [PLOT...]` writes `growth.json` there and a picture for each plot;
//! `growth --draw FOLDER` draws the pictures again from that file.
//!
//! Plots: `simulator` `holes` `binding` `check` `memory` `histories` `serve`; all of them where none is named.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use portres_benches::contest::as_peer;
use portres_benches::growth::{Growth, Plot, draw};
use portres_benches::measured::note;
use portres_benches::served::as_server;

mod checking;
mod clients;
mod machine;
mod timing;

/// How thorough a run is.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Whether it is only to show that everything works.
    pub(crate) quick: bool,
}

type Measure = fn(Effort) -> Plot;

const PLOTS: [(&str, Measure); 7] = [
    ("simulator", machine::simulator),
    ("holes", machine::holes),
    ("binding", machine::binding),
    ("check", checking::events),
    ("memory", checking::memory),
    ("histories", clients::histories),
    ("serve", clients::serve),
];

fn main() -> ExitCode {
    if as_server() || as_peer() || checking::as_checker() {
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("growth: {why}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    const USAGE: &str = "usage: growth [--quick] FOLDER [PLOT...] | growth --draw FOLDER";
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |flag: &str| {
        let at = words.iter().position(|word| word == flag);
        at.map(|at| words.remove(at)).is_some()
    };
    let (quick, only_draw) = (flag("--quick"), flag("--draw"));
    let (folder, wanted) = words.split_first().ok_or(USAGE)?;
    let names = PLOTS.map(|(name, _)| name);
    if let Some(unknown) = wanted.iter().find(|w| !names.contains(&w.as_str())) {
        return Err(format!("`{unknown}` is no plot: expected some of {}", names.join(", ")));
    }
    let file = Path::new(folder).join("growth.json");
    if only_draw {
        let growth = Growth::read(&file).map_err(|e| e.to_string())?;
        return pictures(&growth, Path::new(folder));
    }
    let mut growth = Growth { quick, plots: Vec::new() };
    for (name, measure) in PLOTS {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            let plot = measure(Effort { quick });
            tell(&plot);
            growth.plots.push(plot);
        }
    }
    let text = serde_json::to_string_pretty(&growth).expect("numbers and texts");
    write(&file, &(text + "\n"))?;
    pictures(&growth, Path::new(folder))
}

fn tell(plot: &Plot) {
    println!("\n{} ({} by {})", plot.title, plot.cost, plot.size);
    for curve in &plot.curves {
        let slope = curve.slope();
        if let Some(slope) = slope {
            note(format!("growth/{}/{}", plot.id, curve.name), slope, "slope");
        }
        let points: Vec<String> =
            curve.points.iter().map(|(size, cost)| format!("{size}: {cost:.3}")).collect();
        let slope = slope.map_or("-".into(), |slope| format!("{slope:.2}"));
        println!("  {:34} slope {slope:>5}   {}", curve.name, points.join(", "));
    }
}

fn pictures(growth: &Growth, folder: &Path) -> Result<(), String> {
    for plot in &growth.plots {
        let file: PathBuf = folder.join(plot.file());
        write(&file, &draw(plot).map_err(|e| e.to_string())?)?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))
}
