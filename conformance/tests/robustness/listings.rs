//! What netsh and netstat print, damaged.

use super::Case;

const ROWS: &str = "\nProtocol tcp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n     50000       50059     *\n\n* - Administered port exclusions.\n";

fn rows(input: &str, content: impl AsRef<[u8]>) -> Case {
    Case::new(input, &["doctor", "--excluded", "tcp=l.txt", "bind", "tcp", "0.0.0.0:50001"])
        .file("l.txt", content)
}

pub(super) fn cases() -> Vec<Case> {
    let utf_16: Vec<u8> = ROWS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        rows("an empty list", ""),
        rows("something else", "Dear reader,\n"),
        rows("NUL bytes", [0; 64]),
        rows("UTF-16 with its mark", [b"\xff\xfe".as_slice(), &utf_16].concat()).code(0),
        rows(
            "half of a UTF-16 character at the end",
            [b"\xff\xfe".as_slice(), &utf_16[..utf_16.len() - 1]].concat(),
        )
        .code(0),
        rows("an end before its start", ROWS.replace("50059", "49999")),
        rows("a port past 65535", ROWS.replace("50059", "70000")),
        rows("a number past 2^64", ROWS.replace("50059", "99999999999999999999999")),
        rows("a list cut within a row", &ROWS[..ROWS.find("50059").expect("the row") + 3]),
        rows("a row of a hundred columns", ROWS.replace("50059", &"50059 ".repeat(100))),
        rows("a row of 100 000 characters", ROWS.replace("50059", &"9".repeat(100_000))),
        Case::new(
            "a question about no port",
            &["doctor", "--excluded", "tcp=l.txt", "bind", "tcp", "0.0.0.0"],
        )
        .file("l.txt", ROWS),
        Case::new("a list that does not exist", &["doctor", "--excluded", "tcp=none.txt"]),
        Case::new("pasted nonsense", &["doctor", "--paste", "-"]).stdin("Dear reader,\n"),
        Case::new("a paste of NUL bytes", &["doctor", "--paste", "-"]).stdin([0; 4096]),
    ]
}
