//! Whole sessions as they are printed. `PORTRES_BLESS=1 cargo test --test shell` writes them anew: read them.

use std::fs;
use std::path::Path;

use super::common::command::portres_with;

#[test]
fn sessions_are_as_they_were_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shell/sessions");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for path in super::common::files(&folder, "lines") {
        let lines = fs::read_to_string(&path).expect("lines");
        let mut told = String::new();
        let ran = portres_with(&["shell"], lines.as_bytes());
        told += &ran.out;
        told += &ran.err;
        told += &format!("exit code {}\n", ran.code);
        let expected = path.with_extension("txt");
        if std::env::var_os("PORTRES_BLESS").is_some() {
            fs::write(&expected, &told).expect("the session");
        }
        let known = fs::read_to_string(&expected).unwrap_or_default().replace('\r', "");
        if known != told {
            wrong.push(format!("{}:\n{told}", path.display()));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "other sessions than in the files:\n{}", wrong.join("\n"));
    assert!(count >= 4, "only {count} sessions");
}
