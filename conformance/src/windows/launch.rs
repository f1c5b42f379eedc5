//! Starting a worker: under the token of this process, under another token, or as another user.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation, TRUE};
use windows_sys::Win32::System::Pipes::CreatePipe;
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CreateProcessAsUserW, CreateProcessWithLogonW, PROCESS_INFORMATION,
    STARTF_USESTDHANDLES, STARTUPINFOW,
};

use super::wide::wide;
use super::wire::WORKER_ARGUMENT;

/// A process that has just been started.
pub(super) struct Launched {
    /// The process.
    pub(super) process: OwnedHandle,
    /// Its number.
    pub(super) id: u32,
    /// Its standard input.
    pub(super) to: Box<dyn Write + Send>,
    /// Its standard output.
    pub(super) from: Box<dyn Read + Send>,
}

/// A local user made for tests, and the password.
#[derive(Clone)]
pub(super) struct TestUser {
    /// The name of the account.
    pub(super) name: String,
    /// Its password.
    pub(super) password: std::ffi::OsString,
    /// The environment variable that holds the password; workers do not get it.
    pub(super) variable: String,
}

/// Starts a worker as this process runs itself. It has no console, so Ctrl-C does not reach it.
pub(super) fn plain(program: &Path, hide: Option<&str>) -> io::Result<Launched> {
    let mut command = Command::new(program);
    if let Some(variable) = hide {
        command.env_remove(variable);
    }
    let mut child = command
        .arg(WORKER_ARGUMENT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .creation_flags(CREATE_NO_WINDOW)
        .spawn()?;
    let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("no pipes"));
    };
    let id = child.id();
    Ok(Launched { process: child.into(), id, to: Box::new(to), from: Box::new(from) })
}

/// Starts a worker under a token.
#[expect(unsafe_code, reason = "std starts processes under the caller's token only")]
pub(super) fn with_token(program: &Path, token: &OwnedHandle) -> io::Result<Launched> {
    let (name, mut line) = (wide(program), command_line(program));
    piped(|startup, started| {
        // SAFETY: the token is open; the texts end with zeros, `line` is writable, and all live through the call; the
        // handles in `startup` are open and inheritable; `started` is a PROCESS_INFORMATION to be filled.
        unsafe {
            CreateProcessAsUserW(
                token.as_raw_handle(),
                name.as_ptr(),
                line.as_mut_ptr(),
                null(),
                null(),
                TRUE,
                CREATE_NO_WINDOW,
                null(),
                null(),
                startup,
                started,
            )
        }
    })
}

/// Starts a worker as the test user, in the folder of the program: the user may not have access to the current one.
#[expect(unsafe_code, reason = "std starts processes under the caller's token only")]
pub(super) fn with_logon(program: &Path, user: &TestUser) -> io::Result<Launched> {
    let (name, mut line) = (wide(program), command_line(program));
    let (user, domain, password) = (wide(&user.name), wide("."), wide(&user.password));
    let folder = wide(program.parent().unwrap_or(program));
    piped(|startup, started| {
        // SAFETY: the texts end with zeros, `line` is writable, and all live through the call; the handles in `startup`
        // are open and inheritable; `started` is a PROCESS_INFORMATION to be filled.
        unsafe {
            CreateProcessWithLogonW(
                user.as_ptr(),
                domain.as_ptr(),
                password.as_ptr(),
                0,
                name.as_ptr(),
                line.as_mut_ptr(),
                CREATE_NO_WINDOW,
                null(),
                folder.as_ptr(),
                startup,
                started,
            )
        }
    })
}

/// `"PROGRAM" --portres-worker`; a path has no quotes in it.
fn command_line(program: &Path) -> Vec<u16> {
    let mut line = std::ffi::OsString::from("\"");
    line.push(program);
    line.push("\" ");
    line.push(WORKER_ARGUMENT);
    wide(line)
}

/// Starts a process, by `create`, whose standard input and output are pipes to this one.
#[expect(unsafe_code, reason = "the handles that the process was started with become owned")]
fn piped(
    create: impl FnOnce(&STARTUPINFOW, &mut PROCESS_INFORMATION) -> i32,
) -> io::Result<Launched> {
    let (input, to) = pipe()?;
    let (from, output) = pipe()?;
    inheritable(&input)?;
    inheritable(&output)?;
    let startup = STARTUPINFOW {
        cb: size_of::<STARTUPINFOW>() as u32,
        dwFlags: STARTF_USESTDHANDLES,
        hStdInput: input.as_raw_handle(),
        hStdOutput: output.as_raw_handle(),
        ..STARTUPINFOW::default()
    };
    let mut started = PROCESS_INFORMATION::default();
    if create(&startup, &mut started) == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the process was started, so both handles are open and nobody else's.
    let (process, _thread) = unsafe {
        (
            OwnedHandle::from_raw_handle(started.hProcess),
            OwnedHandle::from_raw_handle(started.hThread),
        )
    };
    let (id, to, from) = (started.dwProcessId, File::from(to), File::from(from));
    Ok(Launched { process, id, to: Box::new(to), from: Box::new(from) })
}

/// A pipe: the end to read and the end to write.
#[expect(unsafe_code, reason = "this Rust has no anonymous pipes")]
fn pipe() -> io::Result<(OwnedHandle, OwnedHandle)> {
    let (mut read, mut write): (HANDLE, HANDLE) = (null_mut(), null_mut());
    // SAFETY: both are handles to be filled.
    if unsafe { CreatePipe(&mut read, &mut write, null(), 0) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the pipe was made, so both handles are open and nobody else's.
    Ok(unsafe { (OwnedHandle::from_raw_handle(read), OwnedHandle::from_raw_handle(write)) })
}

#[expect(unsafe_code, reason = "std makes handles inheritable only for its own processes")]
fn inheritable(handle: &OwnedHandle) -> io::Result<()> {
    // SAFETY: the handle is open as long as it is borrowed.
    match unsafe {
        SetHandleInformation(handle.as_raw_handle(), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT)
    } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
