//! The answers, the picture and its table as a page that needs nothing else.

use std::fmt::Write;

use portres_sim::{Listing, Row};

use super::super::{Answer, of_row};
use super::svg::escaped;
use super::{Picture, svg};

const STYLE: &str = "body{font-family:sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}\
pre{white-space:pre-wrap;border-left:4px solid #000;padding-left:1rem}\
table{border-collapse:collapse}th,td{border:1px solid #000;padding:.2rem .6rem;text-align:left}svg{width:100%;height:auto}";

/// The text of an HTML document.
#[must_use]
pub fn page(listing: &Listing, answers: &[(Answer, String)], pictures: &[Picture]) -> String {
    let mut body = String::new();
    for (answer, text) in answers {
        let _ =
            writeln!(body, "<h2>{}</h2>\n<pre>{}</pre>", escaped(&answer.question), lines(text));
    }
    let _ = writeln!(body, "<h2>The ports</h2>\n{}", svg(pictures));
    let _ = writeln!(body, "<h2>The rows</h2>\n{}", table(listing));
    let warnings: String = listing
        .warnings()
        .iter()
        .map(|w| format!("<li>{}: {}</li>\n", escaped(&w.at.to_string()), escaped(&w.says)))
        .collect();
    if !warnings.is_empty() {
        let _ = writeln!(body, "<h2>What may be missing</h2>\n<ul>\n{warnings}</ul>");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Why can't I bind this port?</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>Why can't I bind this port?</h1>\n{body}</body>\n</html>\n"
    )
}

/// Lines stay lines.
fn lines(text: &str) -> String {
    text.lines().map(|line| escaped(line) + "\n").collect()
}

fn table(listing: &Listing) -> String {
    let line = |row: &Row| {
        let owner = of_row(listing, row);
        let block = row.block;
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} ({})</td><td>{}</td></tr>\n",
            row.protocol,
            block.first(),
            block.last(),
            if row.administered { "*" } else { "" },
            owner.name,
            owner.standing,
            escaped(&row.at.to_string())
        )
    };
    let rows: String = listing.rows().iter().map(line).collect();
    format!(
        "<table>\n<thead><tr><th>transport</th><th>first</th><th>last</th><th>star</th>\
         <th>likely owner</th><th>shown in</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>"
    )
}
