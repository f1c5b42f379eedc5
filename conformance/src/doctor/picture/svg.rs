//! The picture as an SVG that stands alone: bars with marks of different shapes, labels, and all of it as a description.

use std::fmt::Write;

use portres_model::PortBlock;

use super::{Mark, Picture};

/// The left edge and the width of a bar.
const LEFT: f64 = 20.0;
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 36.0;

/// The text of an SVG document.
#[must_use]
pub fn svg(pictures: &[Picture]) -> String {
    let mut body = String::new();
    let mut top = 34.0;
    for picture in pictures {
        let all = PortBlock::between(1, 65_535);
        for window in all.into_iter().chain(picture.near()) {
            bar(picture, window, top, &mut body);
            top += HEIGHT + 74.0;
        }
    }
    legend(top, &mut body);
    let height = top + 40.0;
    let about: String = pictures.iter().map(description).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"portres-title portres-about\" \
         viewBox=\"0 0 1000 {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title id=\"portres-title\">Which ports are taken, and by what</title>\n\
         <desc id=\"portres-about\">{about}</desc>\n{PATTERNS}\
         <rect width=\"1000\" height=\"{height}\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

/// Hatching instead of colours.
const PATTERNS: &str = "<defs>\
<pattern id=\"portres-block\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"6\" height=\"6\" fill=\"#fff\"/><rect width=\"3\" height=\"6\" fill=\"#000\"/></pattern>\
<pattern id=\"portres-starred\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
<rect width=\"6\" height=\"6\" fill=\"#fff\"/><circle cx=\"3\" cy=\"3\" r=\"1.4\" fill=\"#000\"/></pattern></defs>\n";

fn bar(picture: &Picture, window: PortBlock, top: f64, body: &mut String) {
    let x = |port: f64| {
        let from = f64::from(window.first());
        LEFT + WIDTH * (port - from) / f64::from(window.count())
    };
    let span = |block: PortBlock| {
        let first = f64::from(block.first().max(window.first()));
        let behind = f64::from(block.last().min(window.last())) + 1.0;
        (x(first), x(behind) - x(first))
    };
    let _ = writeln!(
        body,
        "<text x=\"{LEFT}\" y=\"{:.1}\">{} ports {}-{}</text>",
        top - 12.0,
        picture.protocol,
        window.first(),
        window.last()
    );
    let _ = writeln!(
        body,
        "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\" stroke=\"#000\"/>"
    );
    if picture.dynamic.meets(window) {
        let (at, width) = span(picture.dynamic);
        let _ = writeln!(
            body,
            "<rect x=\"{at:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"#000\" \
             stroke-dasharray=\"4 3\"><title>dynamic range {}-{}</title></rect>",
            top - 5.0,
            HEIGHT + 10.0,
            picture.dynamic.first(),
            picture.dynamic.last()
        );
    }
    for held in picture.spans.iter().filter(|held| held.block.meets(window)) {
        let (at, width) = span(held.block);
        let _ = writeln!(
            body,
            "{}",
            shape(held.mark, (at, width.max(1.0)), (top, HEIGHT), &held.label)
        );
    }
    labels(picture, window, top, span, body);
}

/// What is wide enough has its ports written on it, and what is asked about has a pointer.
fn labels(
    picture: &Picture,
    window: PortBlock,
    top: f64,
    span: impl Fn(PortBlock) -> (f64, f64),
    body: &mut String,
) {
    for held in picture.spans.iter().filter(|held| held.block.meets(window)) {
        let (at, width) = span(held.block);
        if width >= 90.0 {
            let _ = writeln!(
                body,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" stroke=\"#fff\" stroke-width=\"4\" \
                 paint-order=\"stroke\">{}</text>",
                at + width / 2.0,
                top + HEIGHT / 2.0 + 4.0,
                super::super::safe::span(held.block)
            );
        }
    }
    if let Some(asked) = picture.asked.filter(|asked| asked.meets(window)) {
        let (at, width) = span(asked);
        let (middle, below) = (at + width / 2.0, top + HEIGHT + 8.0);
        let _ = writeln!(
            body,
            "<path d=\"M{middle:.1} {below:.1}l-6 12h12z\"/>\
             <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            below + 26.0,
            super::super::safe::span(asked)
        );
    }
}

fn shape(mark: Mark, (at, width): (f64, f64), (top, height): (f64, f64), label: &str) -> String {
    let (middle, label) = (at + width / 2.0, escaped(label));
    let rect = |fill: &str| {
        format!(
            "<rect x=\"{at:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{fill}\" stroke=\"#000\" \
             stroke-width=\"0.5\"><title>{label}</title></rect>"
        )
    };
    match mark {
        Mark::Block => rect("url(#portres-block)"),
        Mark::Reserved => rect("#fff"),
        Mark::Starred => format!(
            "{}<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"16\">*</text>",
            rect("url(#portres-starred)"),
            top + height + 14.0
        ),
        Mark::Single => format!(
            "<path d=\"M{middle:.1} {:.1}v{:.1}\" stroke=\"#000\" stroke-width=\"1.5\"><title>{label}</title></path>",
            top - 3.0,
            height + 6.0
        ),
        Mark::Socket => format!(
            "<circle cx=\"{middle:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"#fff\" stroke=\"#000\"><title>{label}</title></circle>",
            top + height / 2.0
        ),
        Mark::Dynamic | Mark::Outside => String::new(),
    }
}

fn legend(top: f64, body: &mut String) {
    let marks = [Mark::Block, Mark::Single, Mark::Starred, Mark::Socket];
    for (mark, at) in marks.into_iter().zip([20.0, 200.0, 350.0, 500.0]) {
        let small = shape(mark, (at, 14.0), (0.0, 16.0), mark.name());
        let _ = writeln!(
            body,
            "<g transform=\"translate(0 {top:.1})\">{small}<text x=\"{:.1}\" y=\"13\">{}</text></g>",
            at + 22.0,
            mark.name()
        );
    }
    let _ = writeln!(
        body,
        "<g transform=\"translate(0 {top:.1})\"><rect x=\"620\" y=\"0\" width=\"24\" height=\"18\" fill=\"none\" \
         stroke=\"#000\" \
         stroke-dasharray=\"4 3\"/><text x=\"650\" y=\"13\">dynamic range</text>\
         <path d=\"M776 2l-6 12h12z\"/><text x=\"790\" y=\"13\">asked about</text></g>"
    );
}

/// The picture in words.
fn description(picture: &Picture) -> String {
    let mut text = format!(
        "{}: the dynamic range is {}-{}. ",
        picture.protocol,
        picture.dynamic.first(),
        picture.dynamic.last()
    );
    for held in &picture.spans {
        let _ = write!(text, "{}: {}. ", held.mark.name(), escaped(&held.label));
    }
    if let Some(asked) = picture.asked {
        let _ = write!(text, "Asked about: {}. ", super::super::safe::span(asked));
    }
    text
}

/// As text in XML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
