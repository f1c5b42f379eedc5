//! Whether a file is the Windows program of this project.

use object::pe::{IMAGE_FILE_DLL, ImageNtHeaders32, ImageNtHeaders64};
use object::read::pe::{ImageNtHeaders, PeFile};
use object::{FileKind, LittleEndian};

/// A file is not the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAProgram {
    /// It is no program for Windows.
    #[error("expected a program for Windows (a PE file), found something else")]
    NoProgram,
    /// It is a library.
    #[error("expected a program for Windows, found a library (a DLL)")]
    Library,
    /// It is another program.
    #[error("expected portres.exe, found another program for Windows")]
    Other,
}

/// What `portres --version` says of its formats: no other program has it in it.
const MARK: &[u8] = b"(trace format 1, script format 1, ";

/// Whether these bytes are `portres.exe`.
///
/// # Errors
/// If they are something else: what.
pub fn is_program(bytes: &[u8]) -> Result<(), NotAProgram> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Pe32) => is_no_library::<ImageNtHeaders32>(bytes)?,
        Ok(FileKind::Pe64) => is_no_library::<ImageNtHeaders64>(bytes)?,
        _ => return Err(NotAProgram::NoProgram),
    }
    match memchr::memmem::find(bytes, MARK) {
        Some(_) => Ok(()),
        None => Err(NotAProgram::Other),
    }
}

fn is_no_library<Headers: ImageNtHeaders>(bytes: &[u8]) -> Result<(), NotAProgram> {
    let file = PeFile::<Headers>::parse(bytes).map_err(|_| NotAProgram::NoProgram)?;
    let characteristics = file.nt_headers().file_header().characteristics.get(LittleEndian);
    if characteristics & IMAGE_FILE_DLL == 0 { Ok(()) } else { Err(NotAProgram::Library) }
}
