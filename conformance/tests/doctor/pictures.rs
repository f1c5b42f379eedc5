//! The pictures: they show every row, say in words what they show, and mean nothing by colour.

use std::collections::BTreeSet;
use std::fs;

use portres::doctor::picture::{Mark, Picture, svg};
use portres_model::{PortBlock, Protocol};
use portres_sim::Listing;

use super::{doctor, ends, fixture, listing, text};

const LIST: &str = "sila-de-before.txt";

/// Each element that begins ends, in order; gives the names of all.
fn well_formed(document: &str) -> Vec<String> {
    let (mut open, mut names) = (Vec::new(), Vec::new());
    let mut rest = document;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, behind) = after.split_once('>').expect("the end of a tag");
        rest = behind;
        let name: String = tag.chars().take_while(|c| c.is_alphanumeric()).collect();
        if let Some(closing) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(closing), "{closing} ends what did not begin");
        } else if !tag.starts_with('!') {
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            names.push(name.clone());
            if !tag.ends_with('/') && name != "meta" {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?} do not end");
    names
}

/// Every colour that a document names.
fn colours(document: &str) -> BTreeSet<String> {
    let behind = document.split('#').skip(1);
    let hex = |part: &str| part.chars().take_while(char::is_ascii_hexdigit).collect::<String>();
    behind.map(hex).filter(|c| c.len() == 3 || c.len() == 6).collect()
}

#[test]
fn an_svg_and_a_page_show_every_row() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (picture, page) = (path("ports.svg"), path("ports.html"));
    let list = fixture(LIST);
    let sockets = fixture("sockets.txt");
    ends(
        &doctor(&[
            "--excluded",
            &list,
            "--listening",
            &sockets,
            "--svg",
            &picture,
            "--html",
            &page,
            "bind",
            "tcp",
            "0.0.0.0:51064",
        ]),
        1,
    );
    let read = |path: &str| fs::read_to_string(path).expect("it was written");
    let (picture, page) = (read(&picture), read(&page));
    let names = well_formed(&picture);
    assert_eq!(names.iter().filter(|n| *n == "desc").count(), 1);
    well_formed(&page);
    for row in listing(LIST).rows() {
        let (first, last) = (row.block.first(), row.block.last());
        assert!(picture.contains(&format!("{first}-{last}")), "{row} is not in the picture");
        assert!(
            page.contains(&format!("<td>{first}</td><td>{last}</td>")),
            "{row} is not in the table"
        );
    }
    assert!(picture.contains("Asked about: 51064") && page.contains("WSAEACCES"));
    let plain = BTreeSet::from(["000".to_string(), "fff".into()]);
    assert_eq!(colours(&picture), plain, "the picture has no colours");
    let below = page.rsplit("</style>").next().expect("what is below the style");
    assert_eq!(colours(&below.replace("&#", "")), plain, "nor has it in the page");
    assert!(
        !page.contains("http://") || page.matches("http://").count() == 1,
        "nothing is fetched"
    );
}

#[test]
fn what_a_file_is_called_stays_text() {
    let mut listing = Listing::default();
    let name = "<script>&\"x\".txt";
    listing.read(portres_sim::Kind::Excluded(None), name, text(LIST).as_bytes()).expect("a list");
    let picture = Picture::of(&listing, Protocol::Tcp, PortBlock::of(50_051));
    let document = svg(&[picture]);
    assert!(
        document.contains("&lt;script&gt;&amp;&quot;x&quot;.txt") && !document.contains("<script")
    );
    well_formed(&document);
}

#[test]
fn the_line_has_a_sign_for_everything() {
    let list = fixture(LIST);
    let sockets = fixture("sockets.txt");
    let args =
        ["--excluded", &list, "--listening", &sockets, "--ascii", "bind", "tcp", "0.0.0.0:50061"];
    let told = ends(&doctor(&args), 1);
    let line: Vec<&str> = told.lines().collect();
    let at = line
        .iter()
        .position(|l| l.starts_with("  tcp ports 1-65535, 1024 a sign"))
        .expect("the line");
    assert_eq!(line[at + 1], "  o.o..|..o....................................|.|*#---------#----");
    assert_eq!(line[at + 2].trim_end(), format!("  {}^", " ".repeat(48)));
    let near = line
        .iter()
        .position(|l| l.starts_with("  tcp ports 49805-50316, 8 a sign"))
        .expect("the other");
    let wanted = "-----##############-----********#############-------------------";
    assert_eq!(line[near + 1].trim(), wanted);
    assert_eq!(line[near + 2].find('^'), Some(2 + 32));
    let last = told.lines().last().expect("the legend");
    for mark in Mark::ALL {
        // what is reserved no listing tells apart from other rows
        assert_eq!(last.contains(mark.name()), mark != Mark::Reserved, "{last}");
    }
    assert!(told[told.find("tcp ports").expect("the line")..].is_ascii(), "{told}");
}

/// At every port of every cell the line shows the most striking of what is there.
#[test]
fn a_cell_shows_what_is_in_it() {
    let picture = Picture::of(&listing(LIST), Protocol::Tcp, None);
    let mark = |first, last| picture.mark(PortBlock::between(first, last).expect("a block"));
    assert_eq!(mark(1, 1024), Mark::Outside);
    assert_eq!(mark(49_155, 49_850), Mark::Dynamic);
    assert_eq!(mark(5000, 5400), Mark::Single);
    assert_eq!(mark(49_152, 49_851), Mark::Block);
    assert_eq!(mark(49_851, 50_000), Mark::Starred);
    assert_eq!(mark(51_104, 51_104), Mark::Block);
    assert_eq!(mark(51_105, 51_105), Mark::Dynamic);
}
