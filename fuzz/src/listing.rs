//! The reader of what `netsh`, `netstat` and their kin show, with every kind of listing and in every encoding.

use portres_model::Protocol;
use portres_sim::{Kind, Listing, Unseen};

/// The kinds of listing, by the first byte.
const KINDS: [Kind; 7] = [
    Kind::Paste,
    Kind::Excluded(None),
    Kind::Excluded(Some(Protocol::Tcp)),
    Kind::Excluded(Some(Protocol::Udp)),
    Kind::Dynamic,
    Kind::Listening,
    Kind::Http,
];

/// Reads the bytes behind the first as a listing of the kind that it says, then as one of the next kind, too.
pub fn run(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let kind = |further: usize| KINDS[(usize::from(*first) + further) % KINDS.len()];
    let mut listing = Listing::default();
    for further in 0..2 {
        let before = shown(&listing);
        match listing.read(kind(further), "f", text) {
            Ok(()) => holds(&listing),
            Err(refusal) => {
                assert_eq!(shown(&listing), before, "what was refused has left something");
                let lines = text.iter().filter(|b| **b == b'\n').count() + 1;
                // in UTF-16 other bytes end lines, and a lone CR may
                let ends = lines + text.iter().filter(|b| **b == b'\r').count();
                let line = refusal.line.map_or(1, |line| line as usize);
                assert!((1..=2 * ends).contains(&line), "{refusal}");
                assert!(!refusal.to_string().contains('\n'), "{refusal}");
            }
        }
    }
    in_utf16(kind(0), text);
}

/// What stands in a listing.
fn shown(listing: &Listing) -> String {
    format!("{listing:?}")
}

/// What is true of whatever was read.
fn holds(listing: &Listing) {
    let rows = listing.rows();
    for pair in rows.windows(2) {
        let order = |row: &portres_sim::Row| (row.protocol, row.block.first());
        assert!(order(&pair[0]) < order(&pair[1]), "rows are out of order");
        let apart =
            pair[0].protocol != pair[1].protocol || pair[0].block.last() < pair[1].block.first();
        assert!(apart, "rows overlap: {} and {}", pair[0], pair[1]);
    }
    for row in rows {
        for port in [row.block.first(), row.block.last()] {
            assert_eq!(listing.row_at(row.protocol, port), Some(row));
        }
        assert!(listing.shows_rows_of(row.protocol));
    }
    for dual in [false, true] {
        let world = listing.world_where(&Unseen { dual, ..Unseen::default() });
        for row in rows {
            assert!(
                world.is_excluded(row.protocol, row.block.first()),
                "{row} is not in the world"
            );
        }
    }
    again(listing);
}

/// Its rows, written as `netsh` writes them, are read as the same rows.
fn again(listing: &Listing) {
    for protocol in Protocol::ALL {
        let rows = || listing.rows().iter().filter(|row| row.protocol == protocol);
        if rows().next().is_none() {
            continue;
        }
        let mut text = String::from("Start Port    End Port\n----------    --------\n");
        for row in rows() {
            let star = if row.administered { "     *" } else { "" };
            text += &format!("{:>10}  {:>10}{star}\n", row.block.first(), row.block.last());
        }
        text += "\n* - Administered port exclusions.\n";
        let mut read = Listing::default();
        read.read(Kind::Excluded(Some(protocol)), "f", text.as_bytes())
            .unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
        let plain = |row: &portres_sim::Row| (row.block, row.administered);
        assert!(rows().map(plain).eq(read.rows().iter().map(plain)), "{text}");
    }
}

/// PowerShell writes files in UTF-16: they say the same.
fn in_utf16(kind: Kind, text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if text.starts_with('\u{feff}') || text.contains('\0') {
        return;
    }
    let wide = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(to).collect()
    };
    let read = |bytes: &[u8]| {
        let mut listing = Listing::default();
        let told = listing.read(kind, "f", bytes);
        (shown(&listing), told)
    };
    let plain = read(text.as_bytes());
    assert_eq!(plain, read(&wide(u16::to_le_bytes)), "in UTF-16LE");
    assert_eq!(plain, read(&wide(u16::to_be_bytes)), "in UTF-16BE");
}
