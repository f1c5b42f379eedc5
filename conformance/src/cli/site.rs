//! `portres site`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use portres::report::counted;
use portres::site::{self, Dead, Site};

use super::Outcome;
use super::args::Site as Args;
use super::draft::Fresh;

/// How many dead links a message names.
const MOST_NAMED: usize = 5;

/// What only a site of this command has in its first page.
const MARK: &str = "<meta name=\"generator\" content=\"portres ";

pub(super) fn run(args: &Args) -> Outcome {
    let site = site::build(&args.project).map_err(|error| error.to_string())?;
    if !site.dead.is_empty() {
        return Err(refused(&site.dead).into());
    }
    may_be_replaced(&args.output)?;
    write_whole(&args.output, &site)
        .map_err(|error| format!("{}: {error}", args.output.display()))?;
    let (pages, elsewhere) = (site.pages.len() as u64, site.elsewhere.len() as u64);
    writeln!(
        anstream::stdout(),
        "{}: {}, no dead link; elsewhere.html lists {}",
        args.output.join("index.html").display(),
        counted(pages, "page"),
        counted(elsewhere, "external link")
    )?;
    Ok(0)
}

fn refused(dead: &[Dead]) -> String {
    let named: Vec<String> = dead.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = match dead.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", named.join("; "))
}

/// Nothing but an earlier site, an empty folder or nothing at all is written over.
fn may_be_replaced(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    let is_site =
        || fs::read_to_string(folder.join("index.html")).is_ok_and(|page| page.contains(MARK));
    if entries.count() == 0 || is_site() {
        return Ok(());
    }
    Err(format!("{shown}: expected a new folder, an empty one or an earlier site of this command"))
}

/// Writes all pages beside the folder, and puts them in its place at once.
fn write_whole(folder: &Path, site: &Site) -> io::Result<()> {
    let fresh = Fresh::beside(folder)?;
    site.pages.iter().try_for_each(|(address, page)| fresh.write(address, page))?;
    fresh.take_the_place_of(folder)
}
