//! What `run.cmd` has recorded, here on the simulator.

use std::fs;

use portres::kit::Names;

use super::{portres, portres_of, with_scripts};

const NAMES: [(&str, &str); 4] = [
    ("USERNAME", "zaphod"),
    ("COMPUTERNAME", "HEART-OF-GOLD"),
    ("USERPROFILE", "C:\\Users\\zaphod.betelgeuse"),
    ("HOME", "/nowhere/zaphod"),
];

#[test]
fn every_script_is_recorded_into_one_file_without_names() {
    let folder = with_scripts();
    let record = ["kit", "--record", "scripts", "--on", "sim", "-o", "out.jsonl"];
    let ran = portres_of(folder.path(), &NAMES, &record);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("out.jsonl: 3 traces, "), "{}", ran.err);
    assert!(!ran.err.contains("look at it"), "{}", ran.err);
    let text = fs::read_to_string(folder.path().join("out.jsonl")).expect("the file");
    assert_eq!(text.matches("{\"portres\":\"trace\"").count(), 3);
    let last = "{\"comment\":\"the end of a recording of the kit: 3 traces\"}\n";
    assert!(text.ends_with(last), "{}", text.lines().last().unwrap_or_default());
    let lower = text.to_lowercase();
    for name in ["zaphod", "heart-of-gold", "betelgeuse", "nowhere", "\\\\", ":/", "scripts/"] {
        assert!(!lower.contains(name), "{name}");
    }
    let checked = portres(folder.path(), &["check", "out.jsonl"]);
    assert_eq!(checked.code, 0, "{}", checked.out);
    assert!(checked.out.contains("3 traces, "), "{}", checked.out);
}

#[test]
fn a_word_that_is_a_name_of_the_machine_is_told() {
    let folder = with_scripts();
    let record = ["kit", "--record", "scripts", "--on", "sim", "-o", "out.jsonl"];
    let ran = portres_of(folder.path(), &[("COMPUTERNAME", "Portres-Sim")], &record);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("line 1 has the word `portres-sim`"), "{}", ran.err);
}

#[test]
fn names_are_whole_words_and_parts_of_paths() {
    let told = |names: &[&str], script: &str, text: &str| -> Vec<String> {
        let names = Names::new(names.iter().map(ToString::to_string), [script]);
        let told = names.told_in(text.as_bytes()).expect("a text");
        told.into_iter().map(|told| format!("{}: {}", told.line, told.name)).collect()
    };
    let empty: [&str; 0] = [];
    assert_eq!(told(&["Ada"], "", "{\"user\":\"ada\"}"), ["1: ada"]);
    assert_eq!(told(&["Ada"], "", "adam\nnada\n"), empty);
    assert_eq!(told(&["C:\\Users\\ada"], "", "x\nc/ada/y"), ["2: ada"]);
    assert_eq!(told(&["/Users/ada"], "", "of users"), empty);
    assert_eq!(told(&["alice"], "process p1 user=alice", "alice"), empty);
    assert_eq!(told(&["x", ""], "", "x"), empty);
}

#[cfg(unix)]
#[test]
fn a_script_that_ends_early_is_told_and_the_others_are_recorded() {
    let folder = with_scripts();
    // it speaks for as long as no process is declared, and dies of the rest
    let record = ["kit", "--record", "scripts", "--on", "exec:false", "-o", "out.jsonl"];
    let ran = portres(folder.path(), &record);
    assert!(matches!(ran.code, 2 | 3), "{}", ran.err);
    for script in ["persistent", "settle-acquire", "sockets"] {
        assert!(ran.err.contains(&format!("{script}.script: ")), "{}", ran.err);
    }
}
