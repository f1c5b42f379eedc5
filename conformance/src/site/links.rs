//! Links that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A link that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dead {
    /// The page or the document in which it stands.
    pub page: String,
    /// The link.
    pub link: String,
}

impl fmt::Display for Dead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: a dead link to `{}`", self.page, self.link)
    }
}

/// The dead links between pages: those to no page, and those to no anchor of one.
#[must_use]
pub fn dead(pages: &BTreeMap<String, String>) -> Vec<Dead> {
    let anchors: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(address, page)| (address.as_str(), values(page, "id").collect()))
        .collect();
    let mut dead = Vec::new();
    for (address, page) in pages {
        for link in values(page, "href").collect::<BTreeSet<&str>>() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').map_or((link, None), |(p, a)| (p, Some(a)));
            let to =
                if path.is_empty() { Some(address.clone()) } else { super::joined(address, path) };
            let there = to.as_deref().and_then(|to| anchors.get(to));
            let leads = there.is_some_and(|ids| anchor.is_none_or(|anchor| ids.contains(anchor)));
            if !leads {
                dead.push(Dead { page: address.clone(), link: link.into() });
            }
        }
    }
    dead
}

/// The values of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let before = format!(" {attribute}=\"");
    let starts: Vec<usize> = page.match_indices(&before).map(|(at, b)| at + b.len()).collect();
    starts.into_iter().filter_map(|at| page[at..].split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_no_page_and_to_no_anchor_is_dead() {
        let pages = [
            ("a.html", "<a href=\"b/c.html#x\"></a> <a href=\"#y\"></a> <a href=\"d.html\"></a>"),
            (
                "b/c.html",
                "<p id=\"x\"></p> <a href=\"../a.html\"></a> <a href=\"../a.html#z\"></a>",
            ),
        ];
        let pages = pages.map(|(a, p)| (a.to_string(), p.to_string())).into();
        let found: Vec<String> = dead(&pages).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "a.html: a dead link to `#y`",
                "a.html: a dead link to `d.html`",
                "b/c.html: a dead link to `../a.html#z`",
            ]
        );
    }
}
