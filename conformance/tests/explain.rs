//! What can be asked of `portres explain`, and what is said: every form, everything there is, and examples that hold.

mod common;

use std::collections::BTreeSet;

use portres::explain::messages::{Messages, is_known, named, plain};
use portres::explain::shown::{Example, Shown};
use portres::explain::{Explanation, Kind, Subject, calls, explain, read};
use portres::ledger::Ledger;
use portres::trace::{Event, Item, Reader};
use portres::{Profiles, Report, Settings, Verdict, check};
use portres_model::{Call, Error, Question, Rule};
use proptest::prelude::*;

/// What is explained first.
fn first(what: &str) -> String {
    let asked = read(what).unwrap_or_else(|_| panic!("`{what}` is not understood"));
    explain(&asked.subjects[0]).id
}

#[test]
fn an_error_is_known_by_numbers_and_names() {
    for (what, error) in [
        ("10013", "WSAEACCES"),
        ("0x271D", "WSAEACCES"),
        ("wsaeacces", "WSAEACCES"),
        ("EACCES", "WSAEACCES"),
        ("-4092", "WSAEACCES"),
        ("0x8007271D", "WSAEACCES"),
        ("2147952413", "WSAEACCES"),
        ("0x20", "ERROR_SHARING_VIOLATION"),
        ("32", "ERROR_SHARING_VIOLATION"),
        ("0x80070020", "ERROR_SHARING_VIOLATION"),
        ("SHARING_VIOLATION", "ERROR_SHARING_VIOLATION"),
        ("EBUSY", "ERROR_SHARING_VIOLATION"),
        ("EADDRINUSE", "WSAEADDRINUSE"),
        ("0x80072740", "WSAEADDRINUSE"),
        ("-2147014848", "WSAEADDRINUSE"),
        ("AddrInUse", "WSAEADDRINUSE"),
        ("AddressAlreadyInUse", "WSAEADDRINUSE"),
        ("EADDRNOTAVAIL", "WSAEADDRNOTAVAIL"),
        ("ADDRNOTAVAIL", "WSAEADDRNOTAVAIL"),
        ("ERROR_OPERATION_ABORTED", "WSA_OPERATION_ABORTED"),
        ("ENOPROTOOPT", "WSAENOPROTOOPT"),
        ("0xC0000005", "STATUS_ACCESS_VIOLATION"),
        ("183", "ERROR_ALREADY_EXISTS"),
        ("0x8007054f", "ERROR_INTERNAL_ERROR"),
        ("HCN_E_PORT_ALREADY_EXISTS", "HCN_E_PORT_ALREADY_EXISTS"),
        ("12345", "error 12345"),
    ] {
        assert_eq!(first(what), error, "{what}");
    }
}

#[test]
fn an_error_is_known_by_the_messages_of_programs() {
    const WINDOWS: &str =
        "An attempt was made to access a socket in a way forbidden by its access permissions.";
    const USED: &str = "Only one usage of each socket address (protocol/network address/port) is normally permitted.";
    let go = format!("listen tcp 0.0.0.0:50051: bind: {WINDOWS}");
    let rust = format!("{WINDOWS} (os error 10013)");
    let python = format!("[WinError 10013] {}", WINDOWS.to_lowercase());
    let docker =
        format!("Ports are not available: exposing port TCP 0.0.0.0:80 -> 0.0.0.0:0: {go}");
    let two_lines = USED.replace("socket address", "socket\n  address");
    for (what, error) in [
        (go.as_str(), "WSAEACCES"),
        (&rust, "WSAEACCES"),
        (&python, "WSAEACCES"),
        (&docker, "WSAEACCES"),
        (USED, "WSAEADDRINUSE"),
        (&two_lines, "WSAEADDRINUSE"),
        ("Error: listen EACCES: permission denied 0.0.0.0:50051", "WSAEACCES"),
        ("Error: listen EADDRINUSE: address already in use :::10013", "WSAEADDRINUSE"),
        ("{ errno: -4091, syscall: 'listen', address: '::', port: 10013 }", "WSAEADDRINUSE"),
        ("{ code: 'EADDRNOTAVAIL', syscall: 'bind' }", "WSAEADDRNOTAVAIL"),
        ("Os { code: 10013, kind: PermissionDenied, message: \"…\" }", "WSAEACCES"),
        ("System.Net.Sockets.SocketException (10048): …", "WSAEADDRINUSE"),
        (
            "Failed to bind to address http://127.0.0.1:5000: address already in use.",
            "WSAEADDRINUSE",
        ),
        (
            "[Errno 10048] error while attempting to bind on address ('0.0.0.0', 10013): …",
            "WSAEADDRINUSE",
        ),
        ("bind failed: wsa_error 10013", "WSAEACCES"),
        ("java.net.BindException: Address already in use: bind", "WSAEADDRINUSE"),
        (
            "The process cannot access the file because it is being used by another process.",
            "ERROR_SHARING_VIOLATION",
        ),
        ("hnsCall failed in Win32: … (0x20)", "ERROR_SHARING_VIOLATION"),
        (
            "Failed to listen on prefix 'http://+:80/' because it conflicts with an existing registration on the machine.",
            "ERROR_ALREADY_EXISTS",
        ),
        (
            "Error code: CreateInstance/CreateVm/ConfigureNetworking/0x8007054f",
            "ERROR_INTERNAL_ERROR",
        ),
        (
            "hcnCreateLoadBalancer failed in Win32: The specified port already exists. (0x803b0013)",
            "HCN_E_PORT_ALREADY_EXISTS",
        ),
        // other languages: the number, where it is none of a port
        ("Es wurde versucht, auf einen Socket zuzugreifen (os error 10013)", "WSAEACCES"),
        ("通常每个套接字地址只允许使用一次。 10048", "WSAEADDRINUSE"),
        ("p1: bind s1 0.0.0.0:80 -> WSAEACCES", "WSAEACCES"),
    ] {
        assert_eq!(first(what), error, "{what}");
    }
}

#[test]
fn a_number_that_may_be_a_port_is_no_error() {
    for what in
        ["listen tcp :10013: bind: nix", "port 10013 ist belegt", "auf 10048.example", "kaputt 32"]
    {
        assert!(read(what).is_err(), "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_is_too_strange(text in "(.|[0-9:(){}' -]|0x[0-9a-f]{1,9}|error |os error|EACCES|\\PC){0,40}") {
        let understood = read(&text).map(|asked| asked.subjects.len());
        prop_assert!(understood.as_ref().is_ok_and(|n| *n > 0) || understood.is_err_and(|u| u.near.len() <= 3));
    }
}

#[test]
fn a_long_log_is_read_in_no_time() {
    let log = "something went wrong at 12:31:07, nobody knows what\n".repeat(500);
    let began = std::time::Instant::now();
    assert!(read(&log).is_err());
    assert!(read(&"x".repeat(1_000_000)).is_err());
    assert_eq!(first(&format!("{log} (os error 10013)")), "WSAEACCES");
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn what_a_text_may_stand_for_besides_is_said() {
    let asked = read("java.net.BindException: Address already in use: bind").expect("a message");
    assert_eq!(asked.or, [Error::WsaAccess]);
    assert!(read("EACCES").expect("a name").or.contains(&Error::AccessDenied));
    // a number leaves no doubt
    let asked = read("Permission denied: bind (os error 10013)").expect("a message");
    assert_eq!((asked.or.len(), asked.read_as), (0, None));
}

#[test]
fn a_call_is_known_by_its_names() {
    for (what, head) in [
        ("bind", "bind"),
        ("bind()", "bind"),
        ("acquire", "acquire"),
        ("SIO_ACQUIRE_PORT_RESERVATION", "acquire"),
        ("sio_release_port_reservation", "release"),
        ("0x98000066", "associate"),
        ("CreatePersistentTcpPortReservation", "create"),
        ("LookupPersistentUdpPortReservation", "lookup"),
        ("WSASocketW", "socket"),
        (
            "netsh int ipv4 add excludedportrange protocol=tcp startport=80 numberofports=1",
            "addexcluded",
        ),
        ("netsh interface ipv4 show dynamicport tcp", "showdynamic"),
        ("bind s1 0.0.0.0:80", "bind"),
        ("t1 = acquire s1 5000+20", "acquire"),
    ] {
        assert_eq!(first(what), head, "{what}");
    }
}

#[test]
fn every_call_has_its_names() {
    let known: BTreeSet<&str> = Call::heads().collect();
    let named: BTreeSet<&str> = calls::ALL.iter().map(|call| call.head).collect();
    assert_eq!(known, named);
    assert_eq!(named.len(), calls::ALL.len());
    for call in calls::ALL {
        assert!(!call.windows.is_empty() && call.says.ends_with('.'), "{}", call.head);
        for name in call.windows.iter().chain([&call.head]) {
            assert_eq!(calls::of_text(name).map(|c| c.head), Some(call.head), "{name}");
        }
    }
}

fn subjects() -> Vec<Subject> {
    let rules = Rule::ALL.iter().map(|rule| Subject::Rule(*rule));
    let questions = Question::ALL.iter().map(|question| Subject::Question(*question));
    let errors = Error::ALL.iter().map(|error| Subject::Error(*error));
    rules.chain(questions).chain(errors).chain(calls::ALL.iter().map(Subject::Call)).collect()
}

/// What is missing of an explanation.
fn missing(it: &Explanation) -> Vec<&'static str> {
    // what no rule gives has no way, and says so
    let nothing = it.kind == Kind::Error && it.ways.is_empty();
    let says_so = it.no_example.as_deref() == Some("no rule gives it")
        && it.means.contains("No rule gives it");
    let has = [
        ("means", !it.means.is_empty()),
        ("ways", !it.ways.is_empty() || nothing && says_so),
        ("sources", nothing || !it.clauses.is_empty() || !it.evidence.is_empty()),
        (
            "example",
            it.example.is_some() || it.no_example.as_ref().is_some_and(|why| why.len() > 10),
        ),
        ("one of example and reason", it.example.is_some() != it.no_example.is_some()),
    ];
    has.iter().filter(|(_, has)| !has).map(|(what, _)| *what).collect()
}

#[test]
fn everything_is_explained_wholly() {
    let mut found = Vec::new();
    let (mut without, mut all) = (0, 0);
    for subject in subjects() {
        let it = explain(&subject);
        all += 1;
        without += usize::from(it.example.is_none());
        found.extend(missing(&it).iter().map(|what| format!("{:?} {}: no {what}", it.kind, it.id)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    println!("{without} of {all} have a reason instead of an example");
    assert!(without * 10 < all, "{without} of {all} have no example");
}

#[test]
fn the_example_of_an_error_ends_in_it() {
    for error in Error::ALL {
        let it = explain(&Subject::Error(*error));
        let ends = |e: &Example| e.event().contains(&format!("-> {error}"));
        assert!(it.example.is_none_or(ends), "{error}: {:?}", it.example);
    }
}

fn judged(example: &Example) -> Report {
    let profiles = Profiles::built_in();
    let text = example.text();
    let reports = check(text.as_bytes(), &Settings::new(&profiles));
    let mut reports = reports.unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(reports.len(), 1, "{text}");
    reports.swap_remove(0)
}

#[test]
fn examples_hold() {
    let shown = Shown::by_fixtures();
    for reached in &shown.reached {
        let (report, text) = (judged(&reached.example), reached.example.text());
        let rule: Rule = reached.rule.parse().expect("a rule");
        assert_eq!(report.verdict, Verdict::Conforms, "{text}");
        assert!(report.fired.contains(&rule), "{rule} does not show:\n{text}");
    }
    for (rule, example) in &shown.missed {
        let (report, text) = (judged(example), example.text());
        let rule: Rule = rule.parse().expect("a rule");
        assert_eq!(report.expected, Some(true), "{text}");
        let first = report.divergences.first().expect("a divergence");
        assert!(first.refused_by.iter().any(|r| r.rule == rule), "{rule}:\n{text}");
        assert_eq!(first.event, report.events, "{text}");
    }
    for (question, answers) in &shown.answers {
        let question: Question = question.parse().expect("a question");
        for (answer, example) in answers {
            let (report, text) = (judged(example), example.text());
            assert_eq!(report.verdict, Verdict::Conforms, "{text}");
            let left: Vec<&str> = question.names(report.left.open(question)).collect();
            assert_eq!(left, [answer.as_str()], "{question}:\n{text}");
        }
    }
    assert!(shown.reached.len() > 400 && shown.missed.len() > 200 && shown.answers.len() > 100);
}

#[test]
fn examples_are_short_and_come_from_their_fixtures() {
    let shown = Shown::by_fixtures();
    let reached = shown.reached.iter().map(|r| &r.example).chain(shown.missed.values());
    let all: Vec<&Example> =
        reached.chain(shown.answers.values().flat_map(|a| a.values())).collect();
    for example in &all {
        let path = common::folder("..").join(&example.from);
        let (_, fixture) = common::read(&path);
        let is_there = |e: &Event| fixture.iter().any(|f| (f.who, f.part) == (e.who, e.part));
        for item in Reader::new(example.text().as_bytes()) {
            if let Item::Event(event) = item.expect("a trace") {
                assert!(is_there(&event), "{}: {event}", example.from);
            }
        }
        assert!(example.trace.len() <= 16, "{}", example.text());
    }
    let lengths: usize = all.iter().map(|e| e.trace.len() - 2).sum();
    assert!(lengths <= all.len() * 5, "{lengths} lines in {} examples", all.len());
}

#[test]
fn the_table_of_messages_is_right() {
    let messages = Messages::built_in();
    let texts = messages.text.iter().map(|t| (&t.part, &t.codes, &t.source));
    let names = messages.name.iter().map(|n| (&n.name, &n.codes, &n.source));
    let mut told = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (text, codes, source) in texts.chain(names) {
        assert!(seen.insert(plain(text)), "`{text}` stands there twice");
        assert!(messages.sources.contains_key(source), "{text}: {source}");
        assert!(!codes.is_empty(), "{text}");
        for code in codes {
            let error = named(code).filter(|error| is_known(*error));
            told.insert(error.unwrap_or_else(|| panic!("{text}: there is no {code}")));
        }
        assert_eq!(read(text).map(|a| a.subjects.len()).ok(), Some(1), "{text}");
    }
    // an exception has no message of a call
    let untold: Vec<_> = Error::ALL.iter().filter(|error| !told.contains(*error)).collect();
    assert_eq!(untold, [&Error::AccessViolation]);
    for foreign in &messages.foreign {
        assert!(messages.sources.contains_key(&foreign.source), "{}", foreign.name);
        let known = |id: &String| Ledger::built_in().piece(id).is_some();
        assert!(foreign.evidence.iter().all(known), "{}", foreign.name);
        assert_eq!(Error::from_number(foreign.number).c_name(), None, "{}", foreign.name);
        assert_eq!(first(&foreign.name), foreign.name);
    }
}

#[test]
fn a_meaning_is_about_rules_that_give_the_error() {
    for meaning in &Messages::built_in().meaning {
        let it = explain(&Subject::Error(named(&meaning.code).expect("an error")));
        assert_eq!(it.means, meaning.says);
        for rule in &meaning.rules {
            assert!(it.ways.iter().any(|way| way.rule == rule), "{}: {rule}", meaning.code);
        }
    }
}
