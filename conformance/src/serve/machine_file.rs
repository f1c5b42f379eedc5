//! What the machine is like: the header lines of a trace, or what `netsh` and `netstat` print.

use std::path::Path;

use portres_sim::{Kind, Listing};

use super::ServeError;
use crate::doctor::seed;
use crate::trace::{Event, Header, Item, Reader};

/// Reads a machine: its header, and what its processes have done.
///
/// # Errors
/// If the file is neither.
pub fn read(path: &Path) -> Result<(Header, Vec<Event>), ServeError> {
    let name = path.display();
    let bytes =
        crate::limits::LISTING.read(path).map_err(|e| ServeError(format!("{name}: {e}")))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
    if text.starts_with(b"portres ") || text.starts_with(b"{") || text.starts_with(b"#") {
        return header(&bytes).map_err(|why| ServeError(format!("{name}: {why}")));
    }
    let mut listing = Listing::default();
    listing.read(Kind::Paste, &name.to_string(), &bytes).map_err(|e| {
        ServeError(format!("{e}: expected `portres trace 1`, or what netsh prints"))
    })?;
    let (mut header, mut events) = (Header::default(), Vec::new());
    for item in seed::trace(&listing, &[]) {
        match item {
            Item::Header(of_listing) => header = *of_listing,
            Item::Event(event) => events.push(event),
            Item::Comment(_) => {}
        }
    }
    Ok((header, events))
}

fn header(bytes: &[u8]) -> Result<(Header, Vec<Event>), String> {
    let mut header = None;
    for item in Reader::new(bytes) {
        match item.map_err(|e| e.to_string())? {
            Item::Header(first) if header.is_none() => header = Some(*first),
            Item::Header(again) => return Err(format!("line {}: expected one header", again.line)),
            Item::Event(event) => {
                return Err(format!("line {}: expected header lines alone", event.line));
            }
            Item::Comment(_) => {}
        }
    }
    Ok((header.ok_or("expected the header of a trace")?, Vec::new()))
}
