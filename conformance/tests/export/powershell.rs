//! Programs in PowerShell: a grammar of the language reads them, a compiler takes their C#, and its calls suit its functions.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use portres::export::{Language, export};

use super::{accepted, common, preamble, without_preamble};

/// `PORTRES_POWERSHELL` names a Python that has `tree-sitter-powershell`: it reads the programs of all accepted fixtures.
#[test]
fn programs_are_powershell() {
    let Some(python) = std::env::var_os("PORTRES_POWERSHELL") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let files = accepted();
    for (i, path) in files.iter().enumerate() {
        let (header, events) = common::read(path);
        let text = export(Language::PowerShell, &header, &events).text;
        fs::write(folder.path().join(format!("{i}.ps1")), text).expect("a file");
    }
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/powershell.py");
    let read = |folder: &Path| {
        let ran = Command::new(&python).arg(&reader).arg(folder).output().expect("Python");
        let said = [ran.stdout, ran.stderr].concat();
        (ran.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    let (good, said) = read(folder.path());
    assert!(good, "{said}");
    assert!(said.starts_with(&format!("{} files, ", files.len())), "{said}");
    // and it would find what is wrong
    let broken = tempfile::tempdir().expect("a folder");
    fs::write(broken.path().join("a.ps1"), "Step 'a' 'b' ([T]::F('c')\n").expect("a file");
    let (good, said) = read(broken.path());
    assert!(!good && said.contains("a.ps1:1"), "{said}");
}

/// The C# of a program, which PowerShell compiles when it runs.
fn c_sharp() -> &'static str {
    let text = preamble(Language::PowerShell);
    let (_, behind) = text.split_once("@'\n").expect("a text begins");
    behind.split_once("\n'@").expect("a text ends").0
}

/// A statement of a program in PowerShell as one of C#, which looks up the function and its arguments when it is compiled.
fn statement(line: &str) -> String {
    let line = line.replace("<#", "/*").replace("#>", "*/").replace('$', "").replace('\'', "\"");
    match line.strip_prefix("Step ") {
        Some(rest) => {
            let (texts, call) = rest.split_once("\" ([PortresTrace]::").expect("a call");
            let texts = texts.replacen("\" \"", "\", \"", 1);
            let call = call.strip_suffix(')').expect("a closing parenthesis");
            format!("Step({texts}\", PortresTrace.{call});")
        }
        None => {
            let call = line.strip_prefix("null = [PortresTrace]::").expect("a call");
            format!("PortresTrace.{call};")
        }
    }
}

/// `PORTRES_MONO=1` compiles the C# with mono, as the version of the language that Windows PowerShell 5.1 knows, and with it
/// the calls of all accepted fixtures, spelled in C#.
#[test]
fn the_c_sharp_in_them_compiles_and_suits_the_calls() {
    if std::env::var_os("PORTRES_MONO").is_none() {
        return;
    }
    let mut text = format!("{}\nstatic class Calls\n{{\n", c_sharp());
    text.push_str("    static void Step(string call, string recorded, string reply) {}\n");
    text.push_str("    static void Main() {}\n");
    let mut calls = 0;
    for (i, path) in accepted().iter().enumerate() {
        let (header, events) = common::read(path);
        let exported = export(Language::PowerShell, &header, &events);
        let (_, lines) = without_preamble(Language::PowerShell, &exported.text);
        writeln!(text, "    static void P{i}()\n    {{").expect("a string");
        for line in lines.lines().filter(|l| l.starts_with("Step ") || l.starts_with("$null")) {
            writeln!(text, "        {}", statement(line)).expect("a string");
        }
        text.push_str("    }\n");
        calls += exported.calls;
    }
    text.push_str("}\n");
    assert!(text.matches("        Step(").count() == calls && calls > 1000, "{calls} calls");
    let folder = tempfile::tempdir().expect("a folder");
    let compile = |name: &str, text: &str| {
        let from = folder.path().join(name);
        fs::write(&from, text).expect("a file");
        let mut mcs = Command::new("mcs");
        mcs.args(["-langversion:5", "-warn:4", "-warnaserror", "-nologo"]).arg(&from);
        let ran = mcs.output().expect("mcs is there");
        (
            ran.status.success(),
            String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned(),
        )
    };
    let (good, said) = compile("calls.cs", &text);
    assert!(good, "{said}");
    // and it would find what is wrong
    let (good, said) =
        compile("wrong.cs", &text.replacen("PortresTrace.BindTo(", "PortresTrace.ListenOn(", 1));
    assert!(!good && said.contains("ListenOn"), "{said}");
}
