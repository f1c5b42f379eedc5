//! Which system this is: Windows with its build, or Wine with its version.

use std::ffi::{CStr, c_char};

use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

use super::registry;
use super::wide::wide;

const WINDOWS: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const ENVIRONMENT: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
const POLICIES: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";

/// The name of the system and its version: `windows 10.0.19045.3448`, `wine 8.0`.
pub(super) fn name_and_version() -> (&'static str, String) {
    match wine() {
        Some(version) => ("wine", version),
        None => ("windows", windows()),
    }
}

/// The architecture of the machine, in Rust's words; of this program, if the system does not say.
pub(super) fn arch() -> String {
    match registry::text(ENVIRONMENT, "PROCESSOR_ARCHITECTURE").as_deref() {
        Some("AMD64") => "x86_64",
        Some("ARM64") => "aarch64",
        Some("x86") => "x86",
        Some(_) | None => std::env::consts::ARCH,
    }
    .into()
}

/// Whether User Account Control is on.
pub(super) fn uac() -> &'static str {
    match registry::number(POLICIES, "EnableLUA") {
        Some(0) => "off",
        Some(_) => "on",
        None => "unknown",
    }
}

/// Major, minor, build and revision, as far as the registry says them.
fn windows() -> String {
    let number = |value| registry::number(WINDOWS, value);
    let build =
        registry::text(WINDOWS, "CurrentBuildNumber").and_then(|text| text.parse::<u32>().ok());
    let (Some(major), Some(minor)) =
        (number("CurrentMajorVersionNumber"), number("CurrentMinorVersionNumber"))
    else {
        // before Windows 10
        let version = registry::text(WINDOWS, "CurrentVersion").unwrap_or_else(|| "0.0".into());
        return word(&format!("{version}.{}", build.unwrap_or(0)));
    };
    let version = format!("{major}.{minor}.{}", build.unwrap_or(0));
    number("UBR").map_or(version.clone(), |revision| format!("{version}.{revision}"))
}

/// The version of Wine, if this is Wine.
#[expect(unsafe_code, reason = "the function that tells exists in Wine only")]
fn wine() -> Option<String> {
    let name = wide("ntdll.dll");
    // SAFETY: the name ends with a zero and lives through the call. The library is never unloaded.
    let library = unsafe { GetModuleHandleW(name.as_ptr()) };
    if library.is_null() {
        return None;
    }
    // SAFETY: the library is loaded and the name ends with a zero.
    let found = unsafe { GetProcAddress(library, c"wine_get_version".as_ptr().cast()) }?;
    // SAFETY: this is the signature of the function of this name: it takes nothing and gives a text that stays.
    let version = unsafe {
        type Version = unsafe extern "C" fn() -> *const c_char;
        let version = std::mem::transmute::<unsafe extern "system" fn() -> isize, Version>(found)();
        if version.is_null() { None } else { Some(CStr::from_ptr(version)) }
    };
    Some(version.map_or_else(|| "unknown".into(), |version| word(&version.to_string_lossy())))
}

/// The first word of a text; versions are one word in traces.
fn word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or("unknown").to_string()
}
