//! Sessions: calls, picking, taking back, other processes, machines, profiles, traces.

use portres::shell::{MOST_CALLS, Said, Session, first_lines};
use portres::trace::{Item, Reader, Spelled, write_item};
use portres::{Profiles, Settings, Verdict, check};

use super::{ASSOCIATED, text, typed, wrong};

fn trace(session: &Session) -> String {
    let mut lines = Vec::new();
    for item in session.trace() {
        write_item(&mut lines, Spelled::Text, &item).expect("memory");
    }
    String::from_utf8(lines).expect("UTF-8")
}

fn events(session: &Session) -> Vec<String> {
    let events = session.trace().into_iter().filter_map(|item| match item {
        Item::Event(event) => Some(event.to_string()),
        _ => None,
    });
    events.collect()
}

fn items(text: &str) -> Vec<Item> {
    Reader::new(text.as_bytes()).collect::<Result<_, _>>().expect("a trace")
}

#[test]
fn the_six_lines_of_help_lead_to_a_reserved_associated_and_bound_port() {
    let lines: Vec<&str> = first_lines().collect();
    assert_eq!(lines.len(), 6);
    let (mut session, _) = typed(&[]);
    let help = text(session.line("help").expect("help"));
    lines.iter().for_each(|line| assert!(help.contains(&format!("  {line}  ")), "{line}\n{help}"));
    let (_, state) = typed(&lines);
    assert!(
        state.contains("s1   udp v4, of p1, associated with t1, bound to 0.0.0.0:5000"),
        "{state}"
    );
    assert!(state.contains("t1   udp 5000+20, runtime, of p1 by s1"), "{state}");
}

#[test]
fn an_answer_comes_with_its_rule_and_what_else_is_legal() {
    let (mut session, _) = typed(&ASSOCIATED);
    let told = text(session.line("bind s1 0.0.0.0:0").expect("a call"));
    assert!(told.starts_with("p1: bind s1 0.0.0.0:0                    -> 5000\n"), "{told}");
    assert!(told.contains("bind.takes-reserved (documented: ASSOC-3"), "{told}");
    let why = text(session.line("why").expect("why"));
    assert!(why.contains("    ASSOC-3: "), "{why}");
}

#[test]
fn why_not_tells_what_refuses_and_what_is_legal() {
    let (mut session, _) = typed(&ASSOCIATED);
    session.line("bind s1 0.0.0.0:0").expect("a call");
    let why = text(session.line("why not 5020").expect("why not"));
    assert!(why.contains("5020: impossible"), "{why}");
    assert!(why.contains("bind.takes-reserved"), "{why}");
    let why = text(session.line("why not 5000").expect("why not"));
    assert!(why.contains("that is what it answered"), "{why}");
    let why = text(session.line("why not 5019").expect("why not"));
    assert!(why.contains("5019 is legal, too"), "{why}");
    assert_eq!(session.calls(), 4, "asking changes nothing");
}

#[test]
fn another_legal_reply_can_be_picked_and_an_impossible_one_cannot() {
    let (mut session, _) = typed(&ASSOCIATED);
    session.line("bind s1 0.0.0.0:0").expect("a call");
    let told = text(session.line("pick 5007").expect("a pick"));
    assert!(told.contains("-> 5007"), "{told}");
    let before = trace(&session);
    let Ok(Said::Impossible(why)) = session.line("pick WSAEACCES") else {
        panic!("it is possible")
    };
    assert!(why.contains("nothing refuses the call"), "{why}");
    assert_eq!(trace(&session), before);
    let state = text(session.line("state").expect("the state"));
    assert!(state.contains("bound to 0.0.0.0:5007"), "{state}");
}

#[test]
fn a_pick_by_its_number_is_what_the_list_shows_and_is_learnt() {
    let (mut session, _) = typed(&ASSOCIATED);
    session.line("p2: socket udp v4").expect("a call");
    session.line("p2: bind s2 127.0.0.1:5005").expect("a call");
    let list = text(session.line("pick").expect("a list"));
    let line = list.lines().find(|line| line.contains("WSAEADDRINUSE")).expect(&list);
    let number = line.trim_start_matches([' ', '*']).split(' ').next().expect("a number");
    let told = text(session.line(&format!("pick {number}")).expect("a pick"));
    assert!(told.contains("-> WSAEADDRINUSE"), "{told}");
    let profile = text(session.line("profile").expect("the profile"));
    assert!(
        profile.contains("learnt: bind.reserved-by-other-process is in-use")
            || profile.contains("learnt: "),
        "{profile}"
    );
    // from now on the machine is one that answers so
    let told = text(session.line("p2: bind s2 127.0.0.1:5006").expect("a call"));
    assert!(told.contains("-> WSAEADDRINUSE"), "{told}");
}

#[test]
fn back_and_again_lead_to_the_same_trace() {
    let (mut session, _) = typed(&ASSOCIATED);
    session.line("bind s1 0.0.0.0:0").expect("a call");
    session.line("pick 5007").expect("a pick");
    let whole = trace(&session);
    assert!(text(session.line("back 2").expect("back")).contains("acquire"), "the acquire is left");
    assert_eq!(session.calls(), 2);
    session.line("again").expect("again");
    session.line("again").expect("again");
    assert_eq!(trace(&session), whole);
    assert!(wrong(&mut session, "again").contains("nothing was taken back"));
    assert!(wrong(&mut session, "back 5").contains("4 calls can be taken back, not 5"));
    session.line("back").expect("back");
    session.line("bind s1 0.0.0.0:0").expect("a call");
    assert!(
        wrong(&mut session, "again").contains("nothing was taken back"),
        "a new call is another way"
    );
}

#[test]
fn what_is_taken_back_is_learnt_no_more() {
    let (mut session, _) = typed(&ASSOCIATED);
    let before = text(session.line("profile").expect("the profile"));
    session.line("p2: socket udp v4").expect("a call");
    session.line("p2: bind s2 127.0.0.1:5005").expect("a call");
    assert_ne!(text(session.line("profile").expect("the profile")), before);
    session.line("back 2").expect("back");
    assert_eq!(text(session.line("profile").expect("the profile")), before);
}

#[test]
fn a_user_gets_a_process_with_winsock_started_once() {
    let (mut session, told) = typed(&["as bob administrator elevated"]);
    assert!(told.contains("machine: start p2 user=bob administrator elevated"), "{told}");
    assert_eq!(session.by().to_string(), "p2");
    let told = text(session.line("create tcp 5000+20").expect("a call"));
    assert!(told.contains("p2: t1 = create tcp 5000+20") && told.contains("-> ok"), "{told}");
    session.line("as p1").expect("p1");
    let told = text(session.line("create tcp 6000+20").expect("a call"));
    assert!(told.contains("ERROR_ACCESS_DENIED"), "{told}");
    assert_eq!(text(session.line("as bob").expect("bob")), "p2: user=bob administrator elevated\n");
    assert!(
        wrong(&mut session, "as bob adminstrator").contains("an account"),
        "a misspelt account"
    );
}

#[test]
fn a_call_of_the_machine_needs_no_caller_and_a_token_does_not_outlive_it() {
    let (mut session, told) = typed(&[ASSOCIATED[0], ASSOCIATED[1], "restart"]);
    assert!(told.starts_with("machine: restart"), "{told}");
    let state = text(session.line("state").expect("the state"));
    assert!(!state.contains("5000+20"), "{state}");
    let told = text(session.line("socket udp v4").expect("a call"));
    assert!(told.contains("s2 = socket"), "a name is not given twice: {told}");
}

#[test]
fn a_reply_that_was_typed_is_judged() {
    let (mut session, _) = typed(&ASSOCIATED);
    let said = session.line("bind s1 0.0.0.0:0 -> 5020").expect("a call");
    let Said::Impossible(why) = said else { panic!("{said:?}") };
    assert!(why.contains("it permits only a free udp port of 5000+20"), "{why}");
    assert_eq!(session.calls(), 3);
    let told = text(session.line("bind s1 0.0.0.0:0 -> 5011 # observed").expect("a call"));
    assert!(told.contains("-> 5011  # observed"), "{told}");
    // a count that stands beside a reply is judged as check judges it
    let said = session.line("p2: socket udp v4").expect("a call");
    drop(said);
    let said = session.line("p2: t2 = acquire s2 6000+4 -> 6000+4 bytes=3").expect("a call");
    assert!(matches!(said, Said::Impossible(_)), "{said:?}");
    session.line("p2: t2 = acquire s2 6000+4 -> 6000+4 bytes=16").expect("a call");
    assert_eq!(session.calls(), 6);
}

#[test]
fn a_pending_request_can_be_picked_and_completed() {
    let (mut session, _) = typed(&["socket udp v4", "t1 = acquire s1 5000+20 overlapped=o1"]);
    let told = text(session.line("pick WSA_IO_PENDING").expect("a pick"));
    assert!(told.contains("WSA_IO_PENDING"), "{told}");
    let state = text(session.line("state").expect("the state"));
    assert!(state.contains("o1   pending: acquire"), "{state}");
    let told = text(session.line("t1 = result o1 wait").expect("a result"));
    assert!(told.contains("-> 5000+20"), "{told}");
}

#[test]
fn a_session_is_a_trace_that_conforms_and_can_be_loaded() {
    let lines = [
        "excluded tcp 50000+60",
        "block tcp 50060+100 winnat",
        "title a session",
        "profile likely",
        "socket tcp v4",
        "bind s1 0.0.0.0:50100",
        "as bob administrator elevated",
        "t1 = create udp 6000+10",
        "restart",
        "lookup udp 6000+10",
    ];
    let (session, _) = typed(&lines);
    let text_of_it = trace(&session);
    let profiles = Profiles::built_in();
    let reports = check(text_of_it.as_bytes(), &Settings::new(&profiles)).expect("a trace");
    assert_eq!(reports[0].verdict, Verdict::Conforms, "{text_of_it}");
    assert_eq!(reports[0].profile, "likely");
    let (mut other, _) = typed(&["socket udp v4"]);
    let told = text(other.load(&items(&text_of_it)).expect("it loads"));
    assert_eq!(told, "7 calls, under likely\n");
    assert_eq!(trace(&other), text_of_it);
    assert!(
        text(other.line("check").expect("check")).contains("conforms (7 events), under likely")
    );
}

#[test]
fn a_trace_that_diverges_is_loaded_up_to_there() {
    let behind =
        "portres trace 1\n\np1: s1 = socket udp v4 -> ok\np1: bind s1 127.0.0.1:5000 -> 5001\n";
    let (mut session, _) = typed(&[]);
    let said = session.load(&items(behind)).expect("a trace");
    let Said::Impossible(why) = said else { panic!("{said:?}") };
    assert!(why.starts_with("line 4: p1: bind s1 127.0.0.1:5000"), "{why}");
    assert!(why.ends_with("1 call before it: the shell goes on there\n"), "{why}");
    assert_eq!(events(&session).len(), 1);
}

#[test]
fn what_cannot_be_followed_changes_nothing() {
    let (mut session, _) = typed(&ASSOCIATED);
    let before = trace(&session);
    let bad = [
        ("portres trace 1\n\np1: s1 = socket udp v4\n", "line 3: the reply is not known whole"),
        ("portres trace 1\n\np1: call 1 s1 = socket udp v4\n", "line 3: calls overlap here"),
        (
            "portres trace 1\n\np1: s1 = socket udp v4 -> ok\nportres trace 1\n",
            "line 4: expected one trace",
        ),
        (
            "portres trace 1\nprofile nobody\n\np1: s1 = socket udp v4 -> ok\n",
            "the profile `nobody`",
        ),
    ];
    for (text, has) in bad {
        let error = session.load(&items(text)).expect_err(text).to_string();
        assert!(error.contains(has), "{error}");
        assert_eq!(trace(&session), before);
    }
}

#[test]
fn what_runs_long_can_be_stopped() {
    let mut text = String::from("portres trace 1\n\n");
    (1..100).for_each(|n| text += &format!("p1: s{n} = socket udp v4 -> ok\n"));
    let (mut session, _) = typed(&ASSOCIATED);
    let before = trace(&session);
    session.stop().store(true, std::sync::atomic::Ordering::Relaxed);
    let error = session.load(&items(&text)).expect_err("it was stopped").to_string();
    assert_eq!(error, "stopped");
    assert_eq!(trace(&session), before);
    // the next line begins afresh
    assert!(session.line("check").is_ok());
}

#[test]
fn a_session_has_an_end() {
    let mut long = String::from("portres trace 1\n\np1: s1 = socket udp v4 -> ok\n");
    (1..MOST_CALLS).for_each(|_| long += "p1: setsockopt s1 SO_BROADCAST 1 -> ok\n");
    let (mut session, _) = typed(&[]);
    session.load(&items(&long)).expect("as many as there may be");
    assert_eq!(session.calls(), MOST_CALLS);
    let error = wrong(&mut session, "closesocket s1");
    assert!(error.contains("a session has at most 10000 calls"), "{error}");
    session.line("back").expect("one is taken back");
    session.line("closesocket s1").expect("now there is room");
}

#[test]
fn a_machine_is_set_before_its_first_call() {
    let (mut session, _) = typed(&["dynamic udp 50000+100", "world open", "socket udp v4"]);
    let told = text(session.line("bind s1 0.0.0.0:0").expect("a call"));
    assert!(told.contains("-> 50000"), "{told}");
    let error = wrong(&mut session, "dynamic udp 60000+100");
    assert!(error.contains("before the first call: `new` begins anew"), "{error}");
    let world = text(session.line("world").expect("the world"));
    assert_eq!(world, "portres trace 1\nworld open\ndynamic udp 50000+100\n");
    session.line("new").expect("anew");
    assert_eq!(text(session.line("world").expect("the world")), "portres trace 1\nworld closed\n");
}

#[test]
fn another_profile_judges_what_has_happened_again() {
    let (mut session, _) = typed(&ASSOCIATED);
    session.line("p2: socket udp v4").expect("a call");
    session.line("p2: bind s2 127.0.0.1:5005").expect("a call");
    session.line("profile likely").expect("it is what the likeliest reading says");
    session.line("profile documented").expect("everything is");
    session.line("pick WSAEADDRINUSE").expect("a pick");
    let before = trace(&session);
    let error = wrong(&mut session, "profile likely");
    assert!(error.contains("under `likely` this could not have happened: `p2: bind"), "{error}");
    assert_eq!(trace(&session), before);
    session.line("new").expect("anew");
    session.line("profile wine-8").expect("wine");
    session.line("socket udp v4").expect("a call");
    let told = text(session.line("create udp 5000+1").expect("a call"));
    assert!(told.contains("call.missing") || told.contains("-> "), "{told}");
}

#[test]
fn a_line_that_says_nothing_is_told_where_and_what_was_expected() {
    let (mut session, _) = typed(&["socket udp v4"]);
    let cases = [
        ("sokcet udp v4", "expected a call or a command (`help` lists them), found `sokcet`"),
        ("bind s1 0.0.0.0", "expected ADDRESS:PORT, the port 0 to 65535, found `0.0.0.0`"),
        ("bind s9 0.0.0.0:0", "the socket s9 was never opened"),
        ("associate s1 t1", "the token t1 was never given"),
        ("s1 = socket udp v4", "the name s1 is that of an open socket"),
        ("t1 = socket udp v4", "creates nothing that is named t1"),
        ("call 7 bind s1 0.0.0.0:0", "expected a call or a command"),
        ("p1: call 7 bind s1 0.0.0.0:0", "one call is made at a time"),
        ("bind s1 0.0.0.0:0 -> fails", "expected one whole reply"),
        ("bind s1 0.0.0.0:0 -> unsupported", "expected a reply, found `unsupported`"),
        ("result o1", "the request o1 was never made"),
        ("p1: restart", "is made by `machine`"),
        ("why nto 5", "expected `why` or `why not REPLY`, found `nto`"),
        ("why not", "expected a reply behind `why not`"),
        ("why not sometimes", "expected the reply to `socket`"),
        ("pick ok ok", "expected the end of the line, found `ok`"),
        ("back 0", "expected how many calls"),
        ("state now", "expected the end of the line, found `now`"),
        ("profile likly", "expected a profile, found `likly`"),
        ("as machine", "expected a process like `p1`"),
        ("as b@b", "`user=` and a name"),
        ("explain bind.systemblock", "expected an error, a rule"),
        ("help bnid", "expected a call or a command, found `bnid`"),
        ("save", "expected the name of a file"),
        ("world ajar", "expected `closed` or `open`, found `ajar`"),
        ("process p0", "expected a process like `p1`"),
        ("\u{1b}[2J", "found `\\u{1b}[2J`"),
    ];
    for (line, has) in cases {
        let error = wrong(&mut session, line);
        assert!(error.contains(has), "`{line}`: {error}");
        assert!(!error.contains(char::is_control), "{error:?}");
    }
    assert_eq!(session.calls(), 1);
    let error = session.line("bnid s1 0.0.0.0:0").expect_err("a misspelling");
    let (word, known) = error.suggestion.expect("words");
    assert!(word == "bnid" && known.iter().any(|word| word == "bind"));
    assert_eq!(session.line("bind s1 0.0.0.0").expect_err("no port").column, 9);
}

#[test]
fn nothing_is_asked_of_an_empty_line_or_before_the_first_call() {
    let (mut session, told) = typed(&["", "   ", "# a comment"]);
    assert_eq!(told, "");
    for line in ["why", "pick", "why not WSAEACCES"] {
        assert!(wrong(&mut session, line).contains("no call has been made yet"), "{line}");
    }
    assert!(text(session.line("check").expect("check")).contains("undecided"));
    assert_eq!(session.line("quit"), Ok(Said::Quit));
    assert_eq!(session.line("save a.trace"), Ok(Said::Save("a.trace".into())));
    assert_eq!(session.line("load b c.trace"), Ok(Said::Load("b c.trace".into())));
}
