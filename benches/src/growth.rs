//! How cost grows with size: measured points, the slope of each curve, and pictures of them.
//!
//! A slope is that of the straight line through the logarithms of both figures: 0 where the cost stays as it is, 1 where it
//! doubles with the size.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::measured::Unreadable;

mod crowd;
mod picture;

pub use crowd::{crowd_of, fill, first_of_two, place_among, places_among};
pub use picture::{PictureError, draw};

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Whether it was a quick run, whose figures bear no weight.
    pub quick: bool,
    /// One for each picture.
    pub plots: Vec<Plot>,
}

/// Curves over one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// The end of the picture's name.
    pub id: String,
    /// What is shown.
    pub title: String,
    /// What grows.
    pub size: String,
    /// What it costs, and in which unit.
    pub cost: String,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Of what.
    pub name: String,
    /// Sizes and costs.
    pub points: Vec<(f64, f64)>,
}

impl Plot {
    /// A plot without curves.
    #[must_use]
    pub fn new(id: &str, title: &str, size: &str, cost: &str) -> Plot {
        let [id, title, size, cost] = [id, title, size, cost].map(str::to_string);
        Plot { id, title, size, cost, curves: Vec::new() }
    }

    /// Adds a point to the curve of a name.
    pub fn put(&mut self, curve: &str, size: f64, cost: f64) {
        let at = self.curves.iter().position(|c| c.name == curve).unwrap_or_else(|| {
            self.curves.push(Curve { name: curve.into(), points: Vec::new() });
            self.curves.len() - 1
        });
        self.curves[at].points.push((size, cost));
    }

    /// The file of its picture, in `docs/`.
    #[must_use]
    pub fn file(&self) -> String {
        format!("growth-{}.svg", self.id)
    }
}

impl Curve {
    /// The slope; `None` where there are fewer than two sizes.
    #[must_use]
    pub fn slope(&self) -> Option<f64> {
        let logs = || self.points.iter().map(|(x, y)| (x.ln(), y.ln()));
        let count = self.points.len() as f64;
        let (x, y) = logs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / count, b + y / count));
        let (above, below) = logs().fold((0.0, 0.0), |(above, below), (xi, yi)| {
            (above + (xi - x) * (yi - y), below + (xi - x) * (xi - x))
        });
        (below > 0.0).then(|| above / below)
    }
}

impl Growth {
    /// Reads what a run has written.
    ///
    /// # Errors
    /// If the file is not there, or not such a file.
    pub fn read(file: &Path) -> Result<Growth, Unreadable> {
        let wrong = |e: String| {
            Unreadable(format!("{}: {e}: expected what `growth` writes", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(of: impl Fn(f64) -> f64) -> Curve {
        let sizes = [10.0, 100.0, 1000.0, 1e5];
        Curve { name: "a curve".into(), points: sizes.iter().map(|x| (*x, of(*x))).collect() }
    }

    #[test]
    fn slopes_are_exponents() {
        for (of, expected) in [
            (curve(|_| 7.0), 0.0),
            (curve(|x| 3.0 * x), 1.0),
            (curve(|x| x * x), 2.0),
            (curve(|x| 100.0 / x), -1.0),
        ] {
            let slope = of.slope().expect("four sizes");
            assert!((slope - expected).abs() < 1e-9, "{slope}, expected {expected}");
        }
        assert_eq!(Curve { name: String::new(), points: vec![(1.0, 2.0)] }.slope(), None);
    }

    #[test]
    fn a_picture_has_its_curves_and_reads_in_the_dark() {
        let mut plot = Plot::new("x", "what is shown", "events", "ns an event");
        for (size, cost) in [(10.0, 3.0), (100.0, 3.5), (1000.0, 40.0)] {
            plot.put("the first", size, cost);
            plot.put("the second", size, cost * 2.0);
        }
        let picture = draw(&plot).expect("a picture");
        for text in ["what is shown", "events", "ns an event", "the first", "the second"] {
            assert!(picture.contains(text), "{text}");
        }
        for colour in ["#0072B2", "#D55E00"] {
            assert!(picture.contains(&format!("stroke=\"{colour}\"")), "{colour}");
        }
        assert!(picture.contains("prefers-color-scheme: dark"));
        assert!(!picture.contains("href"), "it needs nothing else");
    }
}
