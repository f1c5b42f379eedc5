//! What goes over the wire, line by line: the files in `serve/wire` are the specification's examples.
//!
//! `> LINE` is what the client sends, `< LINE` what it gets; `#` begins a comment. PORTRES_BLESS=1 writes the replies.

use std::fs;
use std::path::Path;

use super::common::command::portres_with;

#[test]
fn the_wire_is_what_the_golden_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve/wire");
    let files = super::common::files(&folder, "wire");
    assert!(files.len() >= 5, "{}", folder.display());
    for path in files {
        let wanted = fs::read_to_string(&path).expect("a file");
        let args =
            wanted.lines().find_map(|line| line.strip_prefix("# serve --stdio ")).unwrap_or("");
        let (sent, found) = played(&wanted, args);
        if std::env::var_os("PORTRES_BLESS").is_some() {
            fs::write(&path, &found).expect("it is written");
            continue;
        }
        assert_eq!(found, wanted, "{}", path.display());
        assert!(sent > 0);
    }
}

#[test]
fn the_conversation_of_the_documentation_is_one() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/trace-format.md");
    let page = fs::read_to_string(page).expect("a page");
    let blocks = page.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut whole = blocks.filter(|block| block.starts_with("> {\"process\""));
    let conversation = whole.next().expect("a conversation");
    assert_eq!(played(conversation, "").1, conversation);
    assert_eq!(whole.next(), None);
}

/// Sends what the file says, all at once, and puts the replies behind the requests that they answer.
fn played(file: &str, args: &str) -> (usize, String) {
    let sent: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let input = sent.iter().map(|line| format!("{line}\n")).collect::<String>();
    let mut all = vec!["serve", "--stdio"];
    all.extend(args.split_whitespace());
    let ran = portres_with(&all, input.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{file}");
    let mut replies = ran.out.lines().peekable();
    let mut played = String::new();
    for line in file.lines().filter(|line| !line.starts_with("< ")) {
        played += &format!("{line}\n");
        if line.starts_with("> ") {
            let reply = replies.next();
            played += &reply.map(|reply| format!("< {reply}\n")).unwrap_or_default();
            // what comes unasked stands behind the reply during which it came
            while let Some(event) = replies.next_if(|line| line.starts_with("{\"completed\"")) {
                played += &format!("< {event}\n");
            }
        }
    }
    assert_eq!(replies.next(), None, "a reply to nothing");
    (sent.len(), played)
}

#[test]
fn replies_come_in_the_order_of_their_requests() {
    let server = super::server::Server::start(&[]);
    let mut client = server.connect();
    client.udp("s1");
    let mut lines = String::new();
    for port in 2000..3000 {
        lines += &format!(
            "{{\"as\":\"s2\",\"call\":{{\"socket\":{{\"kind\":\"udp\",\"family\":\"v4\"}}}}}}\n\
             {{\"call\":{{\"bind\":{{\"socket\":\"s2\",\"address\":\"0.0.0.0:{port}\"}}}}}}\n\
             {{\"call\":{{\"closesocket\":{{\"socket\":\"s2\"}}}}}}\n"
        );
    }
    client.send(lines.trim_end());
    for port in 2000..3000 {
        assert!(client.line().starts_with(r#"{"reply":{"socket":"s2"}"#));
        assert_eq!(client.line(), format!(r#"{{"reply":{{"bound":{port}}}}}"#));
        assert_eq!(client.line(), r#"{"reply":"ok"}"#);
    }
}
