//! A file that a document links to and that is none itself: its lines, each with an anchor; of a picture what it shows.

use maud::{Markup, PreEscaped, html};

/// The page of a file.
pub(super) fn address(file: &str) -> String {
    format!("files/{file}.html")
}

pub(super) fn body(file: &str, text: &str) -> Markup {
    if file.ends_with(".svg") {
        return html! { div.scroll tabindex="0" { (PreEscaped(text)) } };
    }
    html! {
        pre.source tabindex="0" {
            code {
                @for (i, line) in text.lines().enumerate() {
                    span id={ "l" (i + 1) } { (line) } "\n"
                }
            }
        }
    }
}
