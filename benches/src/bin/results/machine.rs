//! The machine on which was measured.

use std::fs::read_to_string;
use std::process::Command;

/// What it is, in pairs of names and texts.
pub(crate) fn here() -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    vec![
        ("processor", field("/proc/cpuinfo", "model name", ':')),
        ("cores", cores.to_string()),
        ("memory", memory()),
        ("system", system()),
        ("compiler", compiler()),
    ]
}

fn field(file: &str, name: &str, behind: char) -> String {
    let text = read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(behind)).map(|(_, value)| value);
    value.map_or("not known".into(), |value| value.trim().trim_matches('"').to_string())
}

fn memory() -> String {
    let kib = field("/proc/meminfo", "MemTotal", ':');
    let kib = kib.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
    kib.map_or("not known".into(), |kib| format!("{:.1} GiB", kib / 1024.0 / 1024.0))
}

fn system() -> String {
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (name, kernel) = (field("/etc/os-release", "PRETTY_NAME", '='), kernel.trim());
    if kernel.is_empty() {
        format!("{name}, {}", std::env::consts::OS)
    } else {
        format!("{name}, Linux {kernel}")
    }
}

fn compiler() -> String {
    let told = Command::new("rustc").arg("-V").output();
    told.map_or("not known".into(), |told| String::from_utf8_lossy(&told.stdout).trim().into())
}
