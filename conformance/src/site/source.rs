//! A file that a document links to and that is none itself: its lines, each with an anchor.

use maud::{Markup, html};

/// The page of a file.
pub(super) fn address(file: &str) -> String {
    format!("files/{file}.html")
}

pub(super) fn body(text: &str) -> Markup {
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
