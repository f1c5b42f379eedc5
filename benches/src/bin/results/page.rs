//! The page.

use std::fmt::Write;

use portres_benches::growth::{Growth, Plot};
use portres_benches::measured::Figures;

use crate::machine;
use crate::shown::{figure, number, target, unit, value, verdict};
use crate::targets::{Beside, Targets};

/// What a quick run does of these is too long for it.
const LONG: &str = "explore/";

/// Whether a figure of this name may be missing.
type LeftOut<'a> = &'a dyn Fn(&str) -> bool;

/// Writing into a text cannot fail.
macro_rules! put {
    ($to:expr) => { $to.push('\n') };
    ($to:expr, $($text:tt)*) => { _ = writeln!($to, $($text)*) };
}

pub(crate) fn write(
    targets: &Targets,
    figures: &Figures,
    growth: &Growth,
    said: &[(&str, &str)],
) -> Result<String, String> {
    let mut page = String::from("# Results\n\n");
    put!(
        page,
        "`scripts/results` writes this page, and nobody else; `benches/README.md` says how what stands here is measured."
    );
    if growth.quick {
        put!(page);
        put!(
            page,
            "**A quick run: it shows that everything works, and its figures bear no weight.**"
        );
    }
    put!(page);
    put!(page, "| | |\n| --- | --- |");
    for (name, text) in machine::here() {
        put!(page, "| {name} | {text} |");
    }
    for (name, text) in said {
        put!(page, "| {name} | {text} |");
    }
    let left_out = |name: &str| growth.quick && name.starts_with(LONG);
    figures_and_targets(&mut page, targets, figures, &left_out)?;
    side_by_side(&mut page, targets, figures, &left_out)?;
    growing(&mut page, growth);
    instructions(&mut page, targets, figures)?;
    Ok(page)
}

fn figures_and_targets(
    page: &mut String,
    targets: &Targets,
    figures: &Figures,
    left_out: LeftOut<'_>,
) -> Result<(), String> {
    put!(page, "\n## Figures and targets\n");
    put!(page, "| work | target | here | |\n| --- | --- | --- | --- |");
    let (mut met, mut all) = (0, 0);
    for line in &targets.line {
        if figures.get(&line.figure).is_none() && left_out(&line.figure) {
            put!(page, "| {} | {} | not in a quick run | |", line.work, target(line));
            continue;
        }
        let value = value(line, figures)?;
        let verdict = verdict(line, value);
        all += usize::from(!verdict.is_empty());
        met += usize::from(verdict == "met");
        let shown = format!("{}{}", number(value), unit(&line.unit));
        put!(page, "| {} | {} | {shown} | {verdict} |", line.work, target(line));
    }
    put!(page, "\n{met} of {all} targets are met.");
    Ok(())
}

fn side_by_side(
    page: &mut String,
    targets: &Targets,
    figures: &Figures,
    left_out: LeftOut<'_>,
) -> Result<(), String> {
    put!(page, "\n## Side by side\n");
    put!(
        page,
        "All of a row were measured in this run. The time that others take for the same work, where portres takes 1:\n"
    );
    put!(page, "| the same work | who | time |\n| --- | --- | --- |");
    for beside in &targets.beside {
        let Beside { work, who, may_lack, .. } = beside;
        let ratio = match ratio(beside, figures) {
            Ok(ratio) => number(ratio),
            Err(_) if beside.ours.as_deref().is_some_and(left_out) => "not in a quick run".into(),
            Err(_) if *may_lack => "is not installed here".into(),
            Err(why) => return Err(why),
        };
        put!(page, "| {work} | {who} | {ratio} |");
    }
    Ok(())
}

/// Their time by ours.
fn ratio(beside: &Beside, figures: &Figures) -> Result<f64, String> {
    if let Some(ratio) = &beside.ratio {
        return figure(figures, ratio).map(|figure| figure.value);
    }
    let of = |name: &Option<String>| figure(figures, name.as_deref().unwrap_or_default());
    let (ours, theirs) = (of(&beside.ours)?, of(&beside.theirs)?);
    if ours.unit != theirs.unit {
        return Err(format!("`{}` and `{}`: expected one unit", ours.name, theirs.name));
    }
    // what is counted a second is the more the less time it takes
    let is_rate = ours.unit.ends_with("/s");
    Ok(if is_rate { ours.value / theirs.value } else { theirs.value / ours.value })
}

fn growing(page: &mut String, growth: &Growth) {
    put!(page, "\n## How cost grows\n");
    put!(
        page,
        "The slope is the exponent: 0 where cost stays as it is, 1 where it grows as the size does. The pictures are drawn"
    );
    put!(page, "from [`docs/growth.json`](../docs/growth.json).\n");
    put!(
        page,
        "| picture | curve | from | to | at the ends | slope |\n| --- | --- | --- | --- | --- | --- |"
    );
    for plot in &growth.plots {
        let Plot { id, size, cost, .. } = plot;
        for curve in &plot.curves {
            let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else {
                continue;
            };
            let slope = curve.slope().map_or("–".into(), |slope| format!("{slope:.2}"));
            put!(
                page,
                "| [{id}](../docs/{}) | {} | {} | {} {size} | {}, {} {cost} | {slope} |",
                plot.file(),
                curve.name,
                number(first.0),
                number(last.0),
                number(first.1),
                number(last.1)
            );
        }
    }
}

fn instructions(page: &mut String, targets: &Targets, figures: &Figures) -> Result<(), String> {
    put!(page, "\n## Instructions\n");
    put!(
        page,
        "Counted by callgrind, in a run of their own; the same work takes the same number on a busy machine. `scripts/instructions`"
    );
    put!(page, "compares them with those in `benches/instructions.toml`.\n");
    put!(page, "| path | does | instructions |\n| --- | --- | --- |");
    for (path, does) in &targets.paths {
        let count = figure(figures, &format!("instructions/{path}"))?;
        put!(page, "| `{path}` | {does} | {} |", count.value);
    }
    Ok(())
}
