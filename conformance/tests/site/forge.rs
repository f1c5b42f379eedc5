//! The documents as a forge shows them.

use std::collections::BTreeSet;
use std::path::Path;

use portres::site::{self, anchors, markup};
use pulldown_cmark::{Event, Tag};

use crate::project;

/// The links of a document.
fn links(text: &str) -> Vec<String> {
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    };
    markup::events(text).filter_map(link).map(|link| link.to_string()).collect()
}

/// Why a link of a document leads nowhere.
fn wrong(folder: &Path, own: &BTreeSet<String>, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, a)| (path, Some(a)));
    let file = folder.join(path);
    if !path.is_empty() && !file.exists() {
        return Some(format!("`{link}` leads to no file"));
    }
    let anchor = anchor?;
    let there = if path.is_empty() {
        own.clone()
    } else {
        anchors(&std::fs::read_to_string(file).ok()?).into_iter().collect()
    };
    (!there.contains(anchor)).then(|| format!("`{link}`: no heading has this anchor"))
}

#[test]
fn every_link_of_every_document_leads_somewhere() {
    let (mut followed, mut lost) = (0, Vec::new());
    let mut known = std::collections::BTreeMap::new();
    for file in site::documents(&project()).expect("the project") {
        let path = project().join(&file);
        let text = std::fs::read_to_string(&path).expect("a document");
        let own: BTreeSet<String> = anchors(&text).into_iter().collect();
        let folder = path.parent().expect("a folder");
        for link in links(&text) {
            followed += 1;
            let key = (folder.to_path_buf(), link.clone());
            if link.starts_with('#') {
                lost.extend(wrong(folder, &own, &link).map(|why| format!("{file}: {why}")));
            } else {
                let why = known.entry(key).or_insert_with(|| wrong(folder, &own, &link));
                lost.extend(why.as_ref().map(|why| format!("{file}: {why}")));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    assert!(followed > 5_000, "only {followed} links");
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.md"), "# A title\n\n<a id=\"x\"></a>\n").expect("a file");
    let own = BTreeSet::from(["here".to_string()]);
    let wrong = |link: &str| wrong(folder.path(), &own, link);
    assert_eq!(wrong("a.md"), None);
    assert_eq!(wrong("a.md#a-title"), None);
    assert_eq!(wrong("a.md#x"), None);
    assert_eq!(wrong("#here"), None);
    assert_eq!(wrong("https://example.org/none"), None);
    assert!(wrong("b.md").is_some());
    assert!(wrong("a.md#b").is_some());
    assert!(wrong("#there").is_some());
}
