//! Listings that were posted: every row is read as it stands in the tables beside them, in every encoding and quotation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use portres_model::{ExclusionKind, PortBlock, Profile, Protocol};
use portres_sim::{Host, Kind, Listing, Policy, Row, Unreadable};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/listings").join(name)
}

fn fixture(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn protocol(word: &str) -> Protocol {
    match word {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        other => panic!("{other} is no transport"),
    }
}

/// What the reader must make of a file: transport, block, star.
type Rows = Vec<(Protocol, PortBlock, bool)>;

/// The lists by file: those of rows.csv, and those that are empty.
fn lists() -> BTreeMap<String, Rows> {
    let mut lists = BTreeMap::new();
    for entry in fs::read_dir(path("")).expect("the folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let beside = ["sockets.txt", "sockets-powershell.txt", "http.txt"];
        let list = name.ends_with(".txt") && !name.starts_with("dynamic-");
        if list && !beside.contains(&name.as_str()) {
            lists.insert(name, Rows::new());
        }
    }
    for line in fixture("rows.csv").lines().skip(1) {
        let [file, of, start, end, star] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let port = |digits: &str| digits.parse().expect("a port");
        let block = PortBlock::between(port(start), port(end)).expect("a block");
        lists.get_mut(file).expect("its file").push((protocol(of), block, star == "1"));
    }
    lists
}

fn read(kind: Kind, bytes: &[u8]) -> Result<Listing, Unreadable> {
    let mut listing = Listing::default();
    listing.read(kind, "a file", bytes)?;
    Ok(listing)
}

fn rows(listing: &Listing) -> Rows {
    listing.rows().iter().map(|row| (row.protocol, row.block, row.administered)).collect()
}

#[test]
fn every_posted_row_is_read() {
    let lists = lists();
    assert_eq!((lists.len(), lists.values().map(Vec::len).sum::<usize>()), (40, 404));
    for (file, wanted) in &lists {
        let text = fixture(file);
        let listing =
            read(Kind::Excluded(None), text.as_bytes()).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(&rows(&listing), wanted, "{file}");
        for Row { block, administered, at, .. } in listing.rows() {
            let line = text.lines().nth(at.line as usize - 1).expect("the line");
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(words[..2], [block.first().to_string(), block.last().to_string()], "{at}");
            assert_eq!(words.len() == 3, *administered, "{at}");
        }
        let footer = text.lines().any(|line| line.starts_with("* - "));
        assert_eq!(listing.is_complete(), footer, "{file}: {:?}", listing.warnings());
    }
}

/// What consoles, editors and web pages make of a text.
fn disguises(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let lines = |change: fn(&str) -> String| -> Vec<u8> {
        text.lines().map(change).collect::<String>().into_bytes()
    };
    // words of another code page are no UTF-8
    let code_page = text.chars().map(|c| if c.is_ascii() { c as u8 } else { 0xb5 }).collect();
    vec![
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("UTF-8 with a mark", with(&[0xef, 0xbb, 0xbf], text.as_bytes())),
        ("UTF-16", with(&[0xff, 0xfe], &wide(u16::to_le_bytes))),
        ("UTF-16, big-endian", with(&[0xfe, 0xff], &wide(u16::to_be_bytes))),
        ("UTF-16 without a mark", wide(u16::to_le_bytes)),
        ("a code page", code_page),
        ("a fence", format!("```\n{text}```\n").into_bytes()),
        ("a quotation", lines(|line| format!("> > {line}\n"))),
        ("indentation", lines(|line| format!("\t    {line}\n"))),
        ("no blanks", lines(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")),
        (
            "no empty lines",
            lines(|line| if line.is_empty() { String::new() } else { format!("{line}\n") }),
        ),
        ("empty lines between", lines(|line| format!("{line}\n\n"))),
        ("stars against the numbers", text.replace("     *", "*").into_bytes()),
        ("escaped stars", text.replace("     *", " \\*").into_bytes()),
        ("a log", lines(|line| format!("2026-01-31T12:00:00.1234567Z {line}\n"))),
    ]
}

#[test]
fn encodings_and_quotations_change_nothing() {
    for (file, wanted) in &lists() {
        let text = fixture(file);
        for (disguise, bytes) in disguises(&text) {
            let of = wanted.first().map_or(Protocol::Tcp, |row| row.0);
            let listing = read(Kind::Excluded(Some(of)), &bytes)
                .unwrap_or_else(|e| panic!("{file}, {disguise}: {e}"));
            assert_eq!(&rows(&listing), wanted, "{file}, {disguise}");
            let footer = text.lines().any(|line| line.starts_with("* - "));
            assert_eq!(listing.is_complete(), footer, "{file}, {disguise}");
        }
    }
}

#[test]
fn dynamic_ranges_are_read() {
    let table = fixture("dynamic.csv");
    let mut together = String::new();
    for line in table.lines().skip(1) {
        let [file, of, start, count] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let text = fixture(file);
        let wanted: PortBlock = format!("{start}+{count}").parse().expect("a block");
        for (disguise, bytes) in
            [("nothing", text.clone().into_bytes())].into_iter().chain(disguises(&text))
        {
            let listing =
                read(Kind::Dynamic, &bytes).unwrap_or_else(|e| panic!("{file}, {disguise}: {e}"));
            let found: Vec<_> =
                listing.dynamic_ranges().iter().map(|d| (d.protocol, d.block)).collect();
            assert_eq!(found, [(protocol(of), wanted)], "{file}, {disguise}");
            assert_eq!(listing.world().dynamic(protocol(of)), wanted);
        }
        if file == "dynamic-usbipd-53.txt" || file == "dynamic-viblo-after.txt" {
            together += &text;
        }
    }
    assert_eq!(table.lines().count(), 11);
    let both = together.clone() + &together.replace("tcp", "udp").replace("49152", "50000");
    let both = both.replace("16384\n", "1000\n");
    let listing = read(Kind::Dynamic, both.as_bytes()).expect("four sections");
    let found: Vec<_> = listing.dynamic_ranges().iter().map(|d| d.block.to_string()).collect();
    assert_eq!(found, ["49152+1000", "50000+1000"]);
    assert!(listing.is_complete());
}

#[test]
fn families_that_differ_are_told() {
    let (one, other) = (fixture("dynamic-viblo-before.txt"), fixture("dynamic-viblo-after.txt"));
    let listing = read(Kind::Dynamic, (one + &other).as_bytes()).expect("two sections");
    assert_eq!(
        listing.dynamic(Protocol::Tcp).map(|d| d.block.to_string()).as_deref(),
        Some("1024+13977")
    );
    assert!(!listing.is_complete() && listing.warnings()[0].says.contains("49152+16384"));
}

#[test]
fn the_lists_of_both_families_are_one() {
    let text = fixture("supabase-1010.txt");
    let twice = read(Kind::Excluded(None), (text.clone() + &text).as_bytes()).expect("both");
    assert_eq!(rows(&twice), lists()["supabase-1010.txt"]);
    let mut listing = read(Kind::Excluded(None), text.as_bytes()).expect("one");
    let other = text.replace("     49776       49875", "     49775       49874");
    let refused =
        listing.read(Kind::Excluded(None), "other", other.as_bytes()).expect_err("another");
    assert!(refused.says.contains("of the same machine"), "{refused}");
    assert_eq!(rows(&listing), lists()["supabase-1010.txt"], "a refused file leaves nothing");
}

#[test]
fn sockets_and_registrations_are_read() {
    let listing = read(Kind::Listening, fixture("sockets.txt").as_bytes()).expect("netstat");
    assert_eq!(listing.endpoints().len(), 14);
    let world = listing.world();
    let bound = |port| world.is_bound(Protocol::Tcp, port);
    assert!(bound(3000) && bound(135) && bound(49_712) && !bound(49_833));
    assert!(world.is_bound(Protocol::Udp, 5353) && !bound(5353));
    assert_eq!(world.lingering().iter().map(|l| l.port).collect::<Vec<_>>(), [49_833]);
    assert_eq!(
        world.at_port(Protocol::Tcp, 8765).count(),
        1,
        "an accepted connection is no holder"
    );
    assert_eq!(world.at_port(Protocol::Tcp, 3000).count(), 2, "nor is one at another address");
    assert!(listing.has_pair(Protocol::Tcp, 3000) && !listing.has_pair(Protocol::Tcp, 445));
    assert!(world.is_local("192.168.178.20".parse().expect("an address")));

    let listing =
        read(Kind::Listening, fixture("sockets-powershell.txt").as_bytes()).expect("tables");
    let shown: Vec<_> =
        listing.endpoints().iter().map(|e| (e.local.to_string(), e.process)).collect();
    assert_eq!(shown.len(), 4);
    assert_eq!(shown[0], ("[::]:3000".into(), Some(7312)));
    assert!(listing.endpoints()[3].remote.is_some());

    let mut listing = read(Kind::Http, fixture("http.txt").as_bytes()).expect("http");
    let ports: Vec<_> = listing.registrations().iter().map(|r| r.port).collect();
    assert_eq!(ports, [5985, 47_001]);
    let is_block = |l: &Listing, port| {
        l.world()
            .exclusions()
            .iter()
            .any(|e| e.block.has(port) && matches!(e.kind, ExclusionKind::System(_)))
    };
    assert!(is_block(&listing, 5985));
    let sockets = "TCP 0.0.0.0:5985 0.0.0.0:0 LISTENING 4\n";
    listing.read(Kind::Listening, "sockets", sockets.as_bytes()).expect("a socket");
    assert!(!listing.world().is_bound(Protocol::Tcp, 5985), "the block stands for it");
}

#[test]
fn what_is_pasted_together_is_taken_apart() {
    let listing = read(Kind::Paste, fixture("pasted.md").as_bytes()).expect("a post");
    assert_eq!(rows(&listing).len(), 3);
    assert_eq!(listing.dynamic_ranges().len(), 1);
    assert_eq!(listing.endpoints().len(), 1);
    assert!(listing.is_complete(), "{:?}", listing.warnings());
    let several = [
        "sila-de-before.txt",
        "fixture-en-udp-k15.txt",
        "dynamic-selenium-7284-de.txt",
        "sockets.txt",
        "http.txt",
    ];
    let text: String = several.iter().map(|name| fixture(name)).collect();
    for (disguise, bytes) in disguises(&text) {
        let listing = read(Kind::Paste, &bytes).unwrap_or_else(|e| panic!("{disguise}: {e}"));
        let counted = |of| listing.rows().iter().filter(|row| row.protocol == of).count();
        assert_eq!((counted(Protocol::Tcp), counted(Protocol::Udp)), (15, 2), "{disguise}");
        assert_eq!(listing.dynamic_ranges().len(), 1, "{disguise}");
        assert_eq!(listing.endpoints().len(), 14, "{disguise}");
        assert_eq!(listing.registrations().len(), 2, "{disguise}");
    }
    let empty =
        read(Kind::Paste, fixture("clash-1688-zh-empty.txt").as_bytes()).expect("an empty list");
    assert!(empty.rows().is_empty() && empty.is_complete());
}

#[test]
fn a_host_is_built_from_a_listing() {
    let listing =
        read(Kind::Excluded(None), fixture("ko-winnat-before.txt").as_bytes()).expect("a list");
    let host = Host::new(listing.world(), &Profile::likely(), Policy::Lowest, 1);
    host.look(|world| {
        assert!(world.is_excluded(Protocol::Tcp, 7700) && !world.is_excluded(Protocol::Tcp, 7900))
    });
}

/// Whatever is changed in a text, it is read or refused; what is read is in order.
#[test]
fn whatever_is_read_is_in_order() {
    use rand::{Rng, SeedableRng};
    let mut random = rand::rngs::SmallRng::seed_from_u64(1);
    let names = [
        "sila-de-before.txt",
        "pasted.md",
        "sockets.txt",
        "sockets-powershell.txt",
        "http.txt",
        "dynamic-caomingjun-zh.txt",
    ];
    let kinds = [
        Kind::Paste,
        Kind::Excluded(None),
        Kind::Excluded(Some(Protocol::Udp)),
        Kind::Dynamic,
        Kind::Listening,
        Kind::Http,
    ];
    let texts: Vec<Vec<u8>> = names.iter().map(|name| fixture(name).into_bytes()).collect();
    let mut read_well = 0;
    for _ in 0..20_000 {
        let mut bytes = texts[random.random_range(0..texts.len())].clone();
        for _ in 0..random.random_range(0..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..5) {
                0 => bytes.truncate(at),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"\n *0-:>9\xff"[random.random_range(0..9)]),
                3 => bytes[at] = random.random(),
                _ => bytes.extend_from_within(at..),
            }
            if bytes.is_empty() {
                bytes.push(b'\n');
            }
        }
        let Ok(listing) = read(kinds[random.random_range(0..kinds.len())], &bytes) else {
            continue;
        };
        read_well += 1;
        let pairs = listing.rows().windows(2);
        for pair in pairs.filter(|pair| pair[0].protocol == pair[1].protocol) {
            assert!(pair[0].block.last() < pair[1].block.first(), "{pair:?}");
        }
        let world = listing.world();
        for row in listing.rows() {
            assert_eq!(listing.row_at(row.protocol, row.block.last()), Some(row));
            assert!(world.is_excluded(row.protocol, row.block.first()));
        }
    }
    assert!(read_well > 3000, "{read_well}");
}

/// The longest list there is, and the sockets of a busy machine, take no time worth speaking of.
#[test]
fn long_listings_are_read_at_once() {
    let began = std::time::Instant::now();
    let rows: String = (1..=65_535).map(|port| format!("{port} {port}\n")).collect();
    let list =
        read(Kind::Excluded(None), format!("{HEAD}{rows}{FOOT}").as_bytes()).expect("a list");
    assert_eq!(list.rows().len(), 65_535);
    let sockets: String = (0..200_000)
        .map(|n| {
            format!(
                "TCP 10.{}.{}.1:{} 0.0.0.0:0 LISTENING {n}\n",
                n / 250 / 250,
                n / 250 % 250,
                1 + n % 65_000
            )
        })
        .collect();
    let busy = read(Kind::Listening, sockets.as_bytes()).expect("sockets");
    assert_eq!(busy.holders(true).len(), 200_000);
    assert!(busy.world().is_bound(Protocol::Tcp, 65_000));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

const HEAD: &str =
    "Protocol tcp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n";
const FOOT: &str = "\n* - Administered port exclusions.\n";

#[test]
fn stars_that_have_moved_are_found_and_told() {
    let list = |rows: &str| {
        let text = format!("{HEAD}{rows}{FOOT}");
        read(Kind::Excluded(None), text.as_bytes()).expect("a list")
    };
    for rows in ["50000 50059\n*\n", "* 50000 50059\n"] {
        let listing = list(rows);
        assert!(listing.rows()[0].administered && listing.warnings().len() == 1, "{rows}");
    }
    assert!(list("50000 50059 *\n").is_complete());
    let lost = list("50000 50059\n");
    assert!(!lost.rows()[0].administered && lost.warnings()[0].says.contains("lost"));
    let cut = format!("{HEAD}80 80\n500");
    let cut = read(Kind::Excluded(None), cut.as_bytes()).expect("a list");
    assert_eq!((cut.rows().len(), cut.warnings().len()), (1, 1));
}

#[test]
fn what_is_no_listing_is_refused_with_its_line() {
    let tcp = Kind::Excluded(Some(Protocol::Tcp));
    let lists = |rows: &str| format!("{HEAD}{rows}{FOOT}");
    let udp = HEAD.replace("tcp", "udp");
    for (kind, text, line, says) in [
        (tcp, "nothing but words\n".to_string(), None, "neither rows of two numbers"),
        (tcp, String::new(), None, "neither rows of two numbers"),
        (tcp, lists("80 80\n70 70\n"), Some(6), "ascending order"),
        (tcp, lists("80 90\n85 95\n"), Some(6), "do not overlap"),
        (tcp, lists("80 80\n80 80\n"), Some(6), "do not overlap"),
        (tcp, lists("65530 65536\n"), Some(5), "from 1 to 65535, found 65536"),
        (tcp, lists("99999999999 99999999999\n"), Some(5), "found 99999999999"),
        (tcp, lists("0 5\n"), Some(5), "from 1 to 65535, found 0"),
        (tcp, lists("90 80\n"), Some(5), "an end of at least 90, found 80"),
        (tcp, lists("80\n90 90\n"), Some(5), "two numbers, found one"),
        (tcp, lists("80 80 80\n"), Some(5), "at most a star"),
        (tcp, lists("80 80 is http.sys\n"), Some(5), "at most a star"),
        (tcp, lists("*\n"), Some(5), "a row before the star"),
        (tcp, format!("{udp}80 80\n"), Some(1), "the title of a list of udp"),
        (tcp, "TCP 0.0.0.0:80 0.0.0.0:0 LISTENING 4\n80 80\n".into(), Some(1), "--listening"),
        (Kind::Excluded(None), "80 80\n".into(), Some(1), "found none: say --excluded tcp=FILE"),
        (
            Kind::Excluded(None),
            lists("80 80\n") + &udp + "80 80\n",
            Some(8),
            "lists of tcp and of udp",
        ),
        (Kind::Paste, "80 80\n".into(), Some(1), "names tcp or udp"),
        (Kind::Paste, "nothing but words\n".into(), None, "found no row of numbers"),
        (Kind::Dynamic, "nothing but words\n".into(), None, "no number behind a colon"),
        (Kind::Dynamic, "tcp\nA : 1024\n".into(), Some(2), "found one of them"),
        (Kind::Dynamic, "A : 1024\nB : 5\n".into(), Some(1), "names tcp or udp"),
        (Kind::Dynamic, "tcp\nA : 65000\nB : 1000\n".into(), Some(3), "ends at 65535 at most"),
        (Kind::Dynamic, "tcp\nA : 70000\nB : 1\n".into(), Some(2), "found 70000"),
        (Kind::Dynamic, lists("80 80\n"), Some(5), "--excluded"),
        (Kind::Listening, lists("80 80\n"), None, "no address with a port"),
        (Kind::Http, "nothing but words\n".into(), None, "neither a URL"),
    ] {
        let refused = read(kind, text.as_bytes()).expect_err(&text);
        assert_eq!(refused.line, line, "{text}: {refused}");
        assert!(
            refused.says.contains(says) && refused.says.starts_with("expected "),
            "{text}: {refused}"
        );
    }
    let binary = read(tcp, b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0 80 80\n");
    assert!(binary.expect_err("a binary").says.contains("binary"));
    let large = vec![b' '; Listing::LARGEST as usize + 1];
    assert!(read(tcp, &large).expect_err("too large").says.contains("at most"));
}
