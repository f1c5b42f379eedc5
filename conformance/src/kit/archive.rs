//! The archive.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::suite::Suite;
use crate::report::counted;

/// The folder in the archive in which all lies.
pub const FOLDER: &str = "portres-record-kit";

/// The file of traces that `run.cmd` leaves beside itself.
pub const RESULT: &str = "portres-recorded.jsonl";

/// How many scripts a machine records in a minute at least: each lists the exclusions by `netsh` and starts processes.
const SCRIPTS_A_MINUTE: usize = 30;

/// Writes the kit: the program, the scripts, what runs them, and the page. The same input gives the same bytes.
///
/// # Errors
/// If the output fails.
pub fn archive(to: impl Write + Seek, program: &[u8], suite: &Suite) -> io::Result<()> {
    let mut zip = ZipWriter::new(to);
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut put = |name: &str, mode: u32, bytes: &[u8]| {
        zip.start_file(format!("{FOLDER}/{name}"), plain.unix_permissions(mode))?;
        zip.write_all(bytes)
    };
    put("README.txt", 0o644, in_dos(&page(suite)).as_bytes())?;
    put("run.cmd", 0o755, in_dos(&in_place(include_str!("run.cmd"), suite)).as_bytes())?;
    put("portres.exe", 0o755, program)?;
    for script in &suite.scripts {
        put(&format!("scripts/{}", script.name), 0o644, script.text.as_bytes())?;
    }
    zip.finish()?;
    Ok(())
}

/// The page that says what the kit does.
fn page(suite: &Suite) -> String {
    in_place(include_str!("page.txt"), suite)
}

fn in_place(text: &str, suite: &Suite) -> String {
    let minutes = suite.scripts.len().div_ceil(SCRIPTS_A_MINUTE).max(1) as u64;
    text.replace("{version}", crate::VERSION)
        .replace("{scripts}", &counted(suite.scripts.len() as u64, "script"))
        .replace("{calls}", &counted(suite.calls() as u64, "call"))
        .replace("{minutes}", &counted(minutes, "minute"))
        .replace("{result}", RESULT)
}

/// With the ends of lines that `cmd` and the oldest editors need.
fn in_dos(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
