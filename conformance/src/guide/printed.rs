//! The whole guide as one page: to print, to keep, to hand out.

use maud::html;

use super::{Chapter, chapters};
use crate::page::Page;
use crate::site;
use crate::site::markup::{Rendered, Turning};

/// What this page looks like beside what all pages of documents do.
const STYLE: &str = include_str!("printed.css");

/// The page, which needs nothing else.
#[must_use]
pub fn page() -> String {
    let pages: Vec<(&Chapter, Rendered)> = chapters().iter().map(|c| (c, rendered(c))).collect();
    let body = html! {
        @for (i, (chapter, rendered)) in pages.iter().enumerate() {
            article id=(anchor(chapter)) {
                @if i > 0 { h2.chapter { (rendered.title) } }
                (rendered.body)
            }
        }
    };
    let title = chapters().first().map_or("", Chapter::title);
    Page { title, style: &format!("{}{STYLE}", site::STYLE), body: &body, script: "" }.to_html()
}

/// A chapter, its links leading within the page; what leads to other documents loses its link and keeps its words.
fn rendered(chapter: &Chapter) -> Rendered {
    let prefix = format!("{}-", anchor(chapter));
    let link = &mut |to: &str| inside(chapter, to);
    Turning { link, name: &|_| None, prefix: &prefix, deeper: 1 }.turn(&chapter.text())
}

/// The place on the page that a link of a chapter leads to; an address of the web stays.
fn inside(from: &Chapter, to: &str) -> Option<String> {
    if to.contains("://") {
        return Some(to.into());
    }
    let (file, heading) = to.split_once('#').map_or((to, None), |(file, h)| (file, Some(h)));
    let is_it = |chapter: &&Chapter| chapter.file == file;
    let chapter = if file.is_empty() { from } else { chapters().iter().find(is_it)? };
    let heading = heading.map(|heading| format!("-{heading}")).unwrap_or_default();
    Some(format!("#{}{heading}", anchor(chapter)))
}

fn anchor(chapter: &Chapter) -> String {
    match chapter.number() {
        Some(number) => format!("chapter-{number}"),
        None => chapter.name().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all<'a>(page: &'a str, before: &str) -> Vec<&'a str> {
        page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_link_of_the_printed_guide_leads_within_it() {
        let page = page();
        let ids = all(&page, " id=\"");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "an anchor stands there twice");
        for link in all(&page, " href=\"") {
            assert!(link.strip_prefix('#').is_some_and(|a| unique.contains(a)), "{link}");
        }
    }

    #[test]
    fn every_chapter_is_in_it() {
        let page = page();
        for n in 1..=8 {
            assert!(page.contains(&format!("<article id=\"chapter-{n}\">")), "{n}");
        }
        assert!(page.contains("<article id=\"solutions\">"), "no solutions");
    }
}
