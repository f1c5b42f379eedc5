//! Every language has the functions that programs call, and no others.

use std::collections::BTreeSet;

use portres::export::{Language, export};

use super::{accepted, common, marks, preamble, without_preamble};

/// The functions that the programs of all accepted fixtures call.
fn called(language: Language) -> BTreeSet<String> {
    let [step, _] = marks(language);
    let mut called = BTreeSet::new();
    for path in accepted() {
        let (header, events) = common::read(&path);
        let (_, calls) = without_preamble(language, &export(language, &header, &events).text);
        for line in calls.lines().filter(|line| line.starts_with(step.trim_start_matches('\n'))) {
            called.insert(function(language, line).to_string());
        }
    }
    called
}

/// The function that a line calls, behind what is quoted.
fn function(language: Language, line: &str) -> &str {
    let quote = if language == Language::PowerShell { '\'' } else { '"' };
    let behind = line.splitn(5, quote).nth(4).expect("two texts");
    let behind = behind.trim_start_matches([',', ' ', '(']);
    let behind = behind.strip_prefix("[PortresTrace]::").unwrap_or(behind);
    behind.split('(').next().expect("a name")
}

/// The functions of a preamble that spell a reply and that programs can call, by what stands before their names.
fn defined(language: Language, name: &str) -> bool {
    let before = match language {
        Language::C => "static const char *",
        Language::Rust => "\nfn ",
        Language::PowerShell => "public static string ",
    };
    preamble(language).contains(&format!("{before}{name}("))
}

fn in_camel_case(name: &str) -> String {
    name.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}

#[test]
fn every_language_has_what_programs_call_and_no_more() {
    let names = called(Language::Rust);
    assert_eq!(called(Language::C), names);
    let in_powershell: BTreeSet<String> = names.iter().map(|name| in_camel_case(name)).collect();
    assert_eq!(called(Language::PowerShell), in_powershell);
    for name in &names {
        assert!(defined(Language::C, name) && defined(Language::Rust, name), "{name}");
    }
    let public: BTreeSet<String> = preamble(Language::PowerShell)
        .split("public static string ")
        .skip(1)
        .map(|rest| rest.split('(').next().expect("a name").to_string())
        .collect();
    assert_eq!(public, in_powershell);
}
