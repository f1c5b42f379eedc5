//! Answers as they are printed, whole. `PORTRES_BLESS=1 cargo test --test doctor` writes them anew: read them.

use std::fs;
use std::path::Path;
use std::process::Command;

const CASES: &[(&str, &str)] = &[
    ("a-block-of-winnat", "--excluded tcp=LISTS/sila-de-before.txt bind tcp 0.0.0.0:51064"),
    ("a-row-with-a-star", "--excluded LISTS/sila-de-before.txt bind tcp 0.0.0.0:50010"),
    ("a-reservation-over-a-star", "--excluded LISTS/sila-de-before.txt reserve tcp 50010+1"),
    ("a-port-that-somebody-has", "--listening LISTS/sockets.txt bind tcp 127.0.0.1:3000"),
    ("a-url-on-the-port-of-http-sys", "--excluded LISTS/sila-de-before.txt serve-http 5357"),
    ("a-block-that-stays-free", "--excluded LISTS/sila-de-after.txt --ascii free tcp 100"),
    ("a-range-that-has-moved-unseen", "--excluded LISTS/zh-hexo-1099.txt --ascii free tcp 100"),
    ("a-post-without-a-question", "--paste LISTS/pasted.md --ascii"),
    (
        "a-low-dynamic-range",
        "--excluded LISTS/zh-hexo-1099.txt --dynamic LISTS/dynamic-viblo-before.txt bind tcp 1100",
    ),
];

#[test]
fn answers_are_printed_as_they_were_read() {
    let root = super::folder().join("../..");
    let mut wrong = Vec::new();
    for (name, line) in CASES {
        let line = line.replace("LISTS", "fixtures/listings");
        let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
        command.arg("doctor").args(line.split_whitespace()).current_dir(&root);
        let told = super::out(&command.output().expect("portres runs"));
        let told = format!("$ portres doctor {line}\n{told}");
        let path = super::folder().join("answers").join(name).with_extension("txt");
        if std::env::var_os("PORTRES_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("the folder");
            fs::write(&path, &told).expect("the answer");
        }
        let known = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
        if known != told {
            wrong.push(format!("{name}:\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "other answers than in the files:\n{}", wrong.join("\n"));
}
