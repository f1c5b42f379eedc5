//! The answers, the picture and its table as a page that needs nothing else.

use maud::{Markup, PreEscaped, html};
use portres_sim::{Listing, Row};

use super::super::{Answer, of_row};
use super::{Picture, svg};
use crate::page::Page;

const STYLE: &str =
    "pre { white-space: pre-wrap; } svg { width: 100%; min-width: 40rem; height: auto; }";

/// The text of an HTML document.
#[must_use]
pub fn page(listing: &Listing, answers: &[(Answer, String)], pictures: &[Picture]) -> String {
    let body = html! {
        @for (answer, text) in answers {
            h2 { (answer.question) }
            pre { (text) }
        }
        h2 { "The ports" }
        div.scroll role="group" tabindex="0" aria-label="The ports" { (PreEscaped(svg(pictures))) }
        h2 { "The rows" }
        div.scroll role="group" tabindex="0" aria-label="The rows" { (table(listing)) }
        @if !listing.warnings().is_empty() {
            h2 { "What may be missing" }
            ul { @for warning in listing.warnings() { li { (warning.at) ": " (warning.says) } } }
        }
    };
    Page { title: "Why can't I bind this port?", style: STYLE, body: &body, script: "" }.to_html()
}

fn table(listing: &Listing) -> Markup {
    html! {
        table {
            thead { tr {
                th { "transport" } th { "first" } th { "last" } th { "star" } th { "likely owner" } th { "shown in" }
            } }
            tbody { @for row in listing.rows() { (line(listing, row)) } }
        }
    }
}

fn line(listing: &Listing, row: &Row) -> Markup {
    let (owner, block) = (of_row(listing, row), row.block);
    html! {
        tr {
            td { (row.protocol) }
            td { (block.first()) }
            td { (block.last()) }
            td { @if row.administered { "*" } }
            td { (owner.name) " (" (owner.standing) ")" }
            td { (row.at) }
        }
    }
}
