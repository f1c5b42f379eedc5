//! What helps is true: the doctor's own answers bear it out.

use portres::Profiles;
use portres::doctor::Doctor;
use portres_model::Protocol;
use portres_sim::{Kind, Listing};

use super::{answer, ask, replies};

const EMPTY: &str = "Protocol tcp Port Exclusion Ranges\n----------    --------\n\n* - .\n";
const ROWS: &str = "Protocol tcp Port Exclusion Ranges\n----------    --------\n     45456       45457     *\n     \
                    50060       50159\n\n* - .\n";

fn machine(rows: &str, sockets: &str) -> Listing {
    let mut listing = Listing::default();
    listing.read(Kind::Excluded(None), "rows.txt", rows.as_bytes()).expect("a list");
    if !sockets.is_empty() {
        listing.read(Kind::Listening, "sockets.txt", sockets.as_bytes()).expect("sockets");
    }
    listing
}

fn commands(listing: &Listing, question: &str) -> Vec<String> {
    answer(listing, question).advice.into_iter().map(|step| step.command).collect()
}

#[test]
fn an_exclusion_that_would_be_refused_is_not_advised() {
    let free = machine(ROWS, "");
    let used = machine(ROWS, "  TCP    127.0.0.1:50200    0.0.0.0:0    LISTENING    777\n");
    let bind = "bind tcp 0.0.0.0:50200";
    for (listing, may) in [(&free, true), (&used, false)] {
        assert_eq!(replies(&answer(listing, bind)), ["ok"]);
        assert_eq!(replies(&answer(listing, "exclude tcp 50200+1")) == ["ok"], may);
        let advised = commands(listing, bind).iter().any(|c| c.contains("add excludedportrange"));
        assert_eq!(advised, may);
    }
}

#[test]
fn other_ports_are_no_help_against_what_is_wrong_with_an_address() {
    let listing = machine(ROWS, "");
    for question in ["bind tcp 255.255.255.255:50", "bind tcp [::ffff:127.0.0.1]:50100"] {
        let answer = answer(&listing, question);
        assert!(replies(&answer).contains(&"WSAEADDRNOTAVAIL"), "{answer:?}");
        assert!(answer.advice.is_empty(), "{:?}", answer.advice);
        assert!(
            answer.notes.iter().any(|n| n.contains("it is not the port")),
            "{:?}",
            answer.notes
        );
    }
    // rights are no reason to keep the port
    let told = commands(&listing, "reserve tcp 50100+1 --persistent --as standard");
    assert_eq!(told.first().map(String::as_str), Some("run it elevated"));
    assert!(told.iter().any(|command| command.starts_with("use port ")), "{told:?}");
}

#[test]
fn a_row_with_a_star_is_not_safe_from_wsl() {
    let listing = machine(ROWS, "");
    let told = answer(&listing, "bind tcp 0.0.0.0:45456");
    assert_eq!(replies(&told), ["ok"]);
    assert!(told.safe.iter().all(|safe| safe.start != 45_456), "{:?}", told.safe);
    assert!(told.advice.iter().any(|step| step.command == "wsl --shutdown"), "{:?}", told.advice);
}

#[test]
fn the_scope_of_an_address_is_kept() {
    let listing = machine(EMPTY, "  UDP    [fe80::1%5]:1900    *:*    3292\n");
    for (question, reply) in [
        ("bind tcp [fe80::1%5]:6000", "ok"),
        ("bind tcp [fe80::1]:6000", "ok"),
        // of this one no listing tells
        ("bind tcp [fe80::2%3]:6000", "ok"),
        ("bind tcp [fe80::1%3]:6000", "WSAEADDRNOTAVAIL"),
    ] {
        assert_eq!(replies(&answer(&listing, question)), [reply], "{question}");
    }
}

#[test]
fn a_call_that_the_system_lacks_is_not_granted() {
    let (listing, profiles) = (machine(EMPTY, ""), Profiles::built_in());
    for (profile, question, reply) in [
        ("windows-xp", "reserve tcp 6000+1 --persistent", "ERROR_NOT_SUPPORTED"),
        ("windows-xp", "exclude tcp 6000+1", "ERROR_NOT_SUPPORTED"),
        ("wine-8", "reserve tcp 6000+1 --persistent", "ERROR_NOT_SUPPORTED"),
        ("likely", "reserve tcp 6000+1 --persistent", "ok"),
        ("windows-xp", "bind tcp 0.0.0.0:6000", "ok"),
    ] {
        let doctor = Doctor::new(&listing, profiles.get(profile).expect("a profile"));
        assert_eq!(replies(&doctor.answer(&ask(question))), [reply], "{profile}: {question}");
    }
}

#[test]
fn an_empty_list_is_shown() {
    let absent = |listing: &Listing| answer(listing, "bind tcp 0.0.0.0:6000").notes.remove(0);
    let rows = "rows of tcp (--excluded tcp=FILE)";
    assert!(!absent(&machine(EMPTY, "")).contains(rows));
    assert!(machine(EMPTY, "").shows_rows_of(Protocol::Tcp));
    let mut other = Listing::default();
    assert!(absent(&other).contains(rows));
    let udp = EMPTY.replace("tcp", "udp");
    other.read(Kind::Paste, "post.txt", udp.as_bytes()).expect("an empty list");
    assert!(absent(&other).contains(rows));

    let urls = "URLs of http.sys (--http FILE)";
    assert!(absent(&other).contains(urls));
    other.read(Kind::Http, "http.txt", b"-----------\nRequest queues: 0\n").expect("a state");
    assert!(!absent(&other).contains(urls));
}
