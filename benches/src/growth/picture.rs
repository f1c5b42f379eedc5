//! Curves as a picture, both axes logarithmic.

use plotters::coord::combinators::IntoLogRange;
use plotters::prelude::*;

use super::Plot;

/// A picture that could not be drawn.
pub type PictureError = Box<dyn std::error::Error + Send + Sync>;

const SIZE: (u32, u32) = (760, 460);

/// Told apart in light and in dark, and by those who see few colours.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(148, 130, 20),
    RGBColor(110, 110, 110),
];

/// What is drawn in these colours gets others in the dark.
const INK: RGBColor = RGBColor(31, 35, 40);
const PAPER: RGBColor = RGBColor(254, 254, 254);
const RULED: RGBColor = RGBColor(225, 228, 232);

const DARK: &str = "<style>@media (prefers-color-scheme: dark) {\
    .growth [fill=\"#FEFEFE\"] { fill: #14171b } .growth [fill=\"#1F2328\"] { fill: #e3e6ea } \
    .growth [stroke=\"#1F2328\"] { stroke: #e3e6ea } .growth [stroke=\"#E1E4E8\"] { stroke: #333940 } \
    }</style>";

/// Draws a plot as SVG that needs nothing else.
///
/// # Errors
/// If it has no points.
pub fn draw(plot: &Plot) -> Result<String, PictureError> {
    let points = || plot.curves.iter().flat_map(|c| &c.points);
    let span = |of: fn(&(f64, f64)) -> f64| {
        let least = points().map(of).fold(f64::INFINITY, f64::min);
        let most = points().map(of).fold(0.0, f64::max);
        (least, most)
    };
    let ((left, right), (low, high)) = (span(|p| p.0), span(|p| p.1));
    if !(left > 0.0 && low > 0.0 && right.is_finite() && high.is_finite()) {
        return Err(format!("{}: expected points above 0", plot.id).into());
    }
    let mut picture = String::new();
    {
        let root = SVGBackend::with_string(&mut picture, SIZE).into_drawing_area();
        root.fill(&PAPER)?;
        let text = |size: u32| ("sans-serif", size).into_font().color(&INK);
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .caption(&plot.title, text(18))
            .x_label_area_size(46)
            .y_label_area_size(72)
            // room for the key above the curves
            .build_cartesian_2d(
                (left / 1.2..right * 1.2).log_scale(),
                (low / 1.6..high * 4.0).log_scale(),
            )?;
        chart
            .configure_mesh()
            .x_desc(&plot.size)
            .y_desc(&plot.cost)
            .x_label_formatter(&|x| number(*x))
            .y_label_formatter(&|y| number(*y))
            .label_style(text(13))
            .axis_desc_style(text(14))
            .axis_style(INK)
            .bold_line_style(RULED)
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (curve, colour) in plot.curves.iter().zip(COLOURS.iter().cycle()) {
            let stroke = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), stroke))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 22, y)], stroke));
            let dots = curve.points.iter().map(|at| Circle::new(*at, 3, colour.filled()));
            chart.draw_series(dots)?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(PAPER)
            .border_style(RULED)
            .label_font(text(13))
            .draw()?;
        root.present()?;
    }
    let title = plot.title.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let begun = format!("<svg class=\"growth\" role=\"img\" aria-label=\"{title}\" ");
    let named = picture.replacen("<svg ", &begun, 1);
    let end = named.find('>').ok_or("expected an element")? + 1;
    Ok(format!("{}\n{DARK}{}", &named[..end], &named[end..]))
}

/// A number as one says it: `10`, `1000`, `1e5`, `0.02`.
fn number(n: f64) -> String {
    if n >= 1e5 {
        format!("{n:e}")
    } else if n >= 1.0 {
        format!("{n:.0}")
    } else {
        format!("{n}")
    }
}
