//! The site of the documentation is whole, links to nothing that is not there, and needs nothing but itself; and the documents
//! read well on a forge, too: their links lead to files and headings.

mod command;
mod forge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use portres::site::{self, SHELVES, Site};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| site::build(&project()).expect("the site"))
}

/// The values of an attribute, found otherwise than the site finds them.
fn values(page: &str, attribute: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let mut rest = tag;
        while let Some((before, behind)) = rest.split_once("=\"") {
            let (value, behind) = behind.split_once('"').expect("the end of a value");
            if before.rsplit(char::is_whitespace).next() == Some(attribute) {
                found.push(value.replace("&amp;", "&"));
            }
            rest = behind;
        }
    }
    found
}

#[test]
fn every_document_of_the_project_is_on_a_shelf() {
    let parts = ["docs/guide/", "docs/reference/"];
    let on_a_shelf: BTreeSet<&str> =
        SHELVES.iter().flat_map(|shelf| shelf.books).map(|(file, ..)| *file).collect();
    let documents = site::documents(&project()).expect("the project");
    assert!(documents.len() > 100, "{} documents", documents.len());
    let lost: Vec<&String> = documents
        .iter()
        .filter(|file| !on_a_shelf.contains(file.as_str()))
        .filter(|file| !parts.iter().any(|part| file.starts_with(part)))
        .collect();
    assert!(lost.is_empty(), "on no shelf of the site: {lost:?}");
    for file in documents.iter().filter(|file| parts.iter().any(|part| file.starts_with(part))) {
        let address = file.strip_prefix("docs/").expect("below docs").replace(".md", ".html");
        let is_page = site().pages.contains_key(&address) || file.ends_with("SUMMARY.md");
        assert!(is_page, "{file} has no page");
    }
}

#[test]
fn no_link_of_the_site_is_dead() {
    let dead: Vec<String> = site().dead.iter().map(ToString::to_string).collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    let ids: BTreeMap<&String, BTreeSet<String>> =
        site().pages.iter().map(|(a, p)| (a, values(p, "id").into_iter().collect())).collect();
    let mut followed = 0;
    for (address, page) in &site().pages {
        let base = Path::new(address).parent().expect("a folder");
        for link in values(page, "href").into_iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let mut to = if path.is_empty() { PathBuf::from(address) } else { base.join(path) };
            while let Some(at) = to.components().position(|c| c.as_os_str() == "..") {
                let parts: Vec<_> = to.components().collect();
                let kept = parts[..at - 1].iter().chain(&parts[at + 1..]);
                to = kept.collect();
            }
            let ids = ids.get(&to.to_string_lossy().replace('\\', "/"));
            let ids = ids.unwrap_or_else(|| panic!("{address}: {link} leads to no page"));
            assert!(anchor.is_empty() || ids.contains(anchor), "{address}: {link}: no such anchor");
            followed += 1;
        }
    }
    assert!(followed > 10_000, "only {followed} links");
}

#[test]
fn no_anchor_stands_twice_on_a_page() {
    for (address, page) in &site().pages {
        let (ids, mut known) = (values(page, "id"), BTreeSet::new());
        let twice: Vec<&String> = ids.iter().filter(|id| !known.insert(*id)).collect();
        assert!(twice.is_empty(), "{address}: {twice:?}");
    }
}

/// A page is read from a folder or any server, without network.
#[test]
fn no_page_fetches_anything() {
    for (address, page) in &site().pages {
        for attribute in ["src", "srcset", "action", "data"] {
            assert!(values(page, attribute).is_empty(), "{address} has {attribute}");
        }
        let head = page.split("</head>").next().expect("a head");
        for fetched in ["<link", "@import", "url(", "<script"] {
            assert!(!head.contains(fetched), "{address} has {fetched}");
        }
    }
}

#[test]
fn every_page_can_be_reached_from_the_first() {
    let mut reached = BTreeSet::from(["index.html".to_string()]);
    let mut left = vec!["index.html".to_string()];
    while let Some(address) = left.pop() {
        let folder = address.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
        for link in values(&site().pages[&address], "href") {
            let path = link.split('#').next().expect("a part");
            if path.is_empty() || link.contains("://") {
                continue;
            }
            let mut to = folder.clone().unwrap_or_default() + path;
            while let Some(at) = to.find("../") {
                let before = to[..at].trim_end_matches('/').rsplit_once('/').map_or("", |(b, _)| b);
                let slash = if before.is_empty() { "" } else { "/" };
                to = format!("{before}{slash}{}", &to[at + 3..]);
            }
            if reached.insert(to.clone()) {
                left.push(to);
            }
        }
    }
    let pages: BTreeSet<String> = site().pages.keys().cloned().collect();
    assert_eq!(pages.difference(&reached).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn names_in_code_lead_to_the_reference() {
    let page = &site().pages["guide/1-nobody-listens.html"];
    assert!(
        page.contains("<a href=\"../reference/bind.html#question-bindsystem-block\">")
            || page.contains("<a href=\"../reference/bind.html#bindsystem-block\">"),
        "bind.system-block is no link"
    );
    let about = &site().pages["about.html"];
    assert!(
        about.contains("<a href=\"partial-sight.html\"><code>docs/partial-sight.md</code></a>")
    );
    assert!(
        about.contains("<a href=\"reference/acquire.html\"><code>SIO_ACQUIRE_PORT_RESERVATION")
    );
}
