//! What stands around a document: the navigation, and the page that leads to all others.

use maud::{Markup, html};

use super::shelf::{Book, Library, SHELVES};
use super::{STYLE, relative};
use crate::page::Page;

/// What stands above every page.
const NAME: &str = "portres";

/// The page of a document.
pub(super) fn page(library: &Library, address: &str, title: &str, body: &Markup) -> String {
    let header = html! {
        header.site {
            a.home href=(relative(address, "index.html")) { (NAME) }
            span.faint { "an executable specification of Windows port reservation" }
            a.menu href="#navigation" { "Contents" }
        }
    };
    let page = Page { title, style: STYLE, body, script: "" };
    page.to_html_within(&header, &navigation(library, address))
}

/// All documents; those of the guide and of the reference where one of them is read.
fn navigation(library: &Library, here: &str) -> Markup {
    let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_near = |book: &Book| book.address.rsplit_once('/').is_some_and(|(f, _)| f == folder);
    html! {
        nav.site #navigation aria-label="Documents" {
            @for (i, shelf) in SHELVES.iter().enumerate() {
                h2 { (shelf.title) }
                ul {
                    @for book in library.books.iter().filter(|book| book.shelf == i) {
                        @if !book.is_part || is_near(book) {
                            li class=[book.is_part.then_some("part")] { (link(book, here)) }
                        }
                    }
                }
            }
        }
    }
}

fn link(book: &Book, here: &str) -> Markup {
    let is_here = book.address == here;
    html! {
        a href=(relative(here, &book.address)) aria-current=[is_here.then_some("page")] { (book.title) }
    }
}

/// What people come for, and where it stands.
const DOORS: &[(&str, &str, &str)] = &[
    (
        "guide/index.html",
        "Learn the rules",
        "Eight chapters, each from a puzzling symptom: predict, run, read the clause, find what is wrong.",
    ),
    (
        "reference/index.html",
        "Look a call or an error up",
        "The order of checks, every error and every way to get it, what is open and what is known about it.",
    ),
    (
        "rules.html#direct-answers",
        "Get a direct answer",
        "Who may bind into my reservation? What needs an administrator? What ends a reservation?",
    ),
    (
        "simulator.html",
        "Test your own code",
        "A simulated machine on any platform, and a kit that runs a test under every reading.",
    ),
    (
        "trace-format.html",
        "Record and check",
        "The format of traces and scripts, and the protocol that the server speaks.",
    ),
    (
        "architecture.html",
        "See how it is built",
        "One relation, three readers; what is open; what is deliberately absent.",
    ),
];

pub(super) fn home(library: &Library) -> String {
    let body = html! {
        p.lead {
            "What Windows does when TCP and UDP ports are reserved, released and bound, written down once, and run: a model, a "
            "simulator to test against on any platform, and an oracle that judges recorded traces. It says where it knows, "
            "where it infers, and where nobody knows."
        }
        ul.doors {
            @for (to, what, says) in DOORS {
                li {
                    a href=(to) { (what) }
                    p { (says) }
                }
            }
        }
        h2 { "All documents" }
        div.shelves {
            @for (i, shelf) in SHELVES.iter().enumerate() {
                section {
                    h3 { (shelf.title) }
                    ul {
                        @for book in library.books.iter().filter(|b| b.shelf == i && !b.is_part) {
                            li { (link(book, "index.html")) }
                        }
                    }
                }
            }
        }
        p.faint { a href="elsewhere.html" { "Links to elsewhere" } " are listed, and none is needed to read this." }
    };
    page(library, "index.html", "Windows port reservation", &body)
}
