//! A figure in the unit in which it is shown, and whether it is as it should be.

use portres_benches::measured::{Figure, Figures};

use crate::targets::Line;

/// The figure of a name.
pub(crate) fn figure<'a>(figures: &'a Figures, name: &str) -> Result<&'a Figure, String> {
    figures.get(name).ok_or_else(|| format!("`{name}` was not measured: expected a figure of it"))
}

/// A figure in a unit.
pub(crate) fn shown_in(figure: &Figure, unit: &str) -> Result<f64, String> {
    let value = figure.value;
    Ok(match (figure.unit.as_str(), unit) {
        (same, wanted) if same == wanted => value,
        // a time an element, as how many a second
        ("ns", "M/s") => 1e3 / value,
        ("ns", "k/s") => 1e6 / value,
        ("ns", "µs") => value / 1e3,
        ("states/s", "M/s") => value / 1e6,
        ("calls/s", "k/s") | ("changes/s", "k/s") => value / 1e3,
        ("bytes", "KiB") => value / 1024.0,
        ("bytes", "MB") => value / 1e6,
        (given, wanted) => {
            return Err(format!("`{}`: {given} cannot be shown as {wanted}", figure.name));
        }
    })
}

/// What a line shows.
pub(crate) fn value(line: &Line, figures: &Figures) -> Result<f64, String> {
    let of = figure(figures, &line.figure)?;
    match &line.over {
        None => shown_in(of, &line.unit),
        Some(over) => {
            let over = figure(figures, over)?;
            if of.unit != over.unit || line.unit != "x" {
                return Err(format!("`{}`: expected both in one unit, shown as x", line.figure));
            }
            Ok(of.value / over.value)
        }
    }
}

/// Whether a value is as it should be.
pub(crate) fn verdict(line: &Line, value: f64) -> String {
    let short_of = |target: f64, missing: f64| {
        if missing <= 0.0 {
            "met".to_string()
        } else if target == 0.0 {
            "missed".to_string()
        } else {
            format!("**missed by {:.0} %**", (missing / target * 100.0).max(1.0))
        }
    };
    match (line.at_least, line.at_most) {
        (Some(least), _) => short_of(least, least - value),
        (_, Some(most)) => short_of(most, value - most),
        _ => String::new(),
    }
}

/// What a line should show.
pub(crate) fn target(line: &Line) -> String {
    let unit = unit(&line.unit);
    match (line.at_least, line.at_most) {
        (Some(least), _) => format!("≥ {}{unit}", number(least)),
        (_, Some(most)) => format!("≤ {}{unit}", number(most)),
        _ => "–".into(),
    }
}

pub(crate) fn unit(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "x" => " ×".into(),
        unit => format!(" {unit}"),
    }
}

/// Three digits that say something.
pub(crate) fn number(n: f64) -> String {
    if n == 0.0 {
        return "0".into();
    }
    let digits = (2 - n.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{n:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at_least: Option<f64>, at_most: Option<f64>) -> Line {
        let [work, figure, unit] = ["", "a", "M/s"].map(str::to_string);
        Line { work, figure, over: None, unit, at_least, at_most }
    }

    #[test]
    fn a_miss_is_told() {
        assert_eq!(verdict(&line(Some(10.0), None), 10.0), "met");
        assert_eq!(verdict(&line(Some(10.0), None), 9.0), "**missed by 10 %**");
        assert_eq!(verdict(&line(None, Some(2.0)), 2.5), "**missed by 25 %**");
        assert_eq!(verdict(&line(None, Some(0.0)), 1.0), "missed");
        assert_eq!(verdict(&line(None, None), 1.0), "");
    }

    #[test]
    fn what_was_not_measured_is_an_error() {
        let mut figures = Figures::default();
        let wrong = value(&line(None, None), &figures).expect_err("no figure");
        assert_eq!(wrong, "`a` was not measured: expected a figure of it");
        figures.put(Figure { name: "a".into(), value: 50.0, unit: "ns".into() });
        assert_eq!(value(&line(None, None), &figures), Ok(20.0));
        let bytes = Figure { name: "b".into(), value: 50.0, unit: "bytes".into() };
        assert!(shown_in(&bytes, "M/s").is_err());
    }

    #[test]
    fn numbers_have_three_digits() {
        let shown = [0.0, 0.041_26, 1.5, 12.345, 12_345.6, 100.0].map(number);
        assert_eq!(shown, ["0", "0.0413", "1.5", "12.3", "12346", "100"]);
    }
}
