//! Every function of the modules of `windows-sys` that are passed on whole is simulated or private. A function that a new
//! version adds would be linked to whatever a C library calls so.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of `windows-sys`, as cargo has it.
fn sources() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // only what this platform builds is sure to be there without a network
    let arguments = ["metadata", "--format-version", "1", "--offline", "--features", "win32"];
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut metadata = Command::new(cargo);
    metadata.args(arguments).args(["--filter-platform", &host(), "--manifest-path"]).arg(manifest);
    let output = metadata.output().expect("cargo runs");
    let metadata = String::from_utf8(output.stdout).expect("text");
    let end = metadata
        .split('"')
        .find(|word| word.contains("windows-sys-") && word.ends_with("Cargo.toml"))
        .unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    Path::new(&end.replace("\\\\", "/")).parent().expect("a folder").join("src/Windows/Win32")
}

/// The platform that this compiler runs on.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let version = String::from_utf8(output.stdout).expect("text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("a platform").to_string()
}

fn functions(module: &str) -> Vec<String> {
    let text = std::fs::read_to_string(sources().join(module).join("mod.rs")).expect("a module");
    let declared = text.lines().filter(|line| line.starts_with("windows_link::link!"));
    let names = declared.filter_map(|line| line.split(" fn ").nth(1)?.split('(').next());
    names.map(|name| name.trim().to_string()).collect()
}

/// What this crate has of a module: what it defines, and what it hides.
fn known(text: &str) -> Vec<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
}

#[test]
fn no_function_is_passed_on_from_windows_sys() {
    let winsock = include_str!("../../src/win32/winsock.rs");
    let modules = include_str!("../../src/win32/windows_sys.rs");
    let cases = [
        ("Networking/WinSock", winsock, 190),
        ("Foundation", modules, 20),
        ("System/IO", modules, 10),
    ];
    for (module, text, at_least) in cases {
        let (all, known) = (functions(module), known(text));
        assert!(all.len() >= at_least, "{module}: {} functions", all.len());
        let loose: Vec<_> = all.iter().filter(|f| !known.contains(&f.as_str())).collect();
        assert!(loose.is_empty(), "{module}: neither simulated nor hidden: {loose:?}");
    }
}
