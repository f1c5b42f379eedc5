//! Every row of every listing, at its ends and at the free ports beside it.

use std::collections::BTreeMap;

use portres::doctor::{Fate, seed};
use portres::trace::{Item, Observed, Part};
use portres_model::{
    Call, Effect, ExclusionKind, Owner, Permitted, ProcessId, Profile, Reply, permitted,
};
use portres_sim::{Host, Listing, Policy};

use super::{answer, ask, listing, replies, text};

struct Posted {
    protocol: String,
    start: u16,
    end: u16,
    starred: bool,
}

fn posted() -> BTreeMap<String, Vec<Posted>> {
    let mut files: BTreeMap<String, Vec<Posted>> = BTreeMap::new();
    for line in text("rows.csv").lines().skip(1) {
        let words: Vec<&str> = line.split(',').collect();
        let port = |word: &str| word.parse().expect("a port");
        files.entry(words[0].into()).or_default().push(Posted {
            protocol: words[1].into(),
            start: port(words[2]),
            end: port(words[3]),
            starred: words[4] == "1",
        });
    }
    assert_eq!(files.values().map(Vec::len).sum::<usize>(), 404);
    files
}

const ADDRESSES: [&str; 3] = ["0.0.0.0:PORT", "127.0.0.1:PORT", "[::]:PORT --dual-stack"];

/// The row, as the answer names it, stands in the line that it names.
fn names(file: &str, row: &Posted, because: &portres::doctor::Cause) {
    let star = if row.starred { " *" } else { "" };
    assert_eq!(because.row, format!("{}-{}{star}", row.start, row.end), "{file}");
    assert_eq!(because.file, file);
    let text = text(file);
    let line = text.lines().nth(because.line as usize - 1).expect("the line");
    let ends = [row.start.to_string(), row.end.to_string()];
    assert!(line.split_whitespace().take(2).eq(ends.iter()), "{file}:{}: {line}", because.line);
}

#[test]
fn a_plain_bind_is_refused_in_a_row_without_a_star_and_nowhere_else() {
    for (file, rows) in posted() {
        let listing = listing(&file);
        let held = |port: u16| rows.iter().any(|r| (r.start..=r.end).contains(&port));
        for row in &rows {
            for port in [row.start, row.end] {
                for address in ADDRESSES {
                    let address = address.replace("PORT", &port.to_string());
                    let answer = answer(&listing, &format!("bind {} {address}", row.protocol));
                    let outcome = &answer.outcomes[0];
                    let told = replies(&answer);
                    if row.starred {
                        assert_eq!(told, ["ok"], "{file}: {}", answer.question);
                        assert_eq!(answer.fate(), Fate::Granted);
                    } else {
                        assert_eq!(told, ["WSAEACCES"], "{file}: {}", answer.question);
                        assert_eq!(answer.fate(), Fate::Refused);
                        assert_eq!(outcome.rule, Some("bind.system-block"));
                        assert_eq!(outcome.standing, "observed");
                    }
                    names(&file, row, &outcome.because[0]);
                    assert_eq!(answer.rows.len(), 1, "{file}: {}", answer.question);
                }
            }
            let beside = [row.start.checked_sub(1), row.end.checked_add(1)];
            for port in beside.into_iter().flatten().filter(|port| *port > 0 && !held(*port)) {
                for address in ADDRESSES {
                    let address = address.replace("PORT", &port.to_string());
                    let answer = answer(&listing, &format!("bind {} {address}", row.protocol));
                    assert_eq!(replies(&answer), ["ok"], "{file}: {}", answer.question);
                    // nothing that is shown has it
                    let owner = answer.owner.as_ref().map(|o| o.name);
                    assert!(
                        answer.rows.is_empty() && matches!(owner, None | Some("wsl")),
                        "{file}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_reservation_over_a_starred_row_is_refused() {
    let mut seen = 0;
    for (file, rows) in posted() {
        let listing = listing(&file);
        for row in rows.iter().filter(|row| row.starred) {
            for port in [row.start, row.end] {
                let answer = answer(&listing, &format!("reserve {} {port}+1", row.protocol));
                assert_eq!(replies(&answer), ["WSAEADDRINUSE"], "{file}: {port}");
                let outcome = &answer.outcomes[0];
                assert_eq!(outcome.rule, Some("acquire.over-excluded"));
                assert!(outcome.sources.contains(&"EV-17"));
                names(&file, row, &outcome.because[0]);
                seen += 1;
            }
        }
    }
    assert!(seen >= 60, "{seen}");
}

#[test]
fn netsh_and_http_sys_are_refused_by_every_row_but_their_own() {
    for (file, rows) in posted() {
        let listing = listing(&file);
        for row in &rows {
            let answer_to = |line: String| answer(&listing, &line);
            let excluded = answer_to(format!("exclude {} {}+1", row.protocol, row.end));
            assert_eq!(replies(&excluded), ["ERROR_SHARING_VIOLATION"], "{file}");
            names(&file, row, &excluded.outcomes[0].because[0]);
            if row.protocol == "udp" {
                continue;
            }
            let served = answer_to(format!("serve-http {}", row.end));
            let its_own =
                served.notes.iter().any(|n| n.contains("the URLs of a port of http.sys share it"));
            if its_own {
                assert_eq!(replies(&served), ["ok"], "{file}: {}", row.end);
                assert_eq!(served.otherwise[0].reply, "ERROR_SHARING_VIOLATION");
                assert_eq!(row.start, row.end);
            } else {
                assert_eq!(replies(&served), ["ERROR_SHARING_VIOLATION"], "{file}: {}", row.end);
                names(&file, row, &served.outcomes[0].because[0]);
            }
        }
    }
}

#[test]
fn who_has_a_row_is_told_with_its_standing() {
    let of = |file: &str, port: u16| {
        let listing = listing(file);
        let row = listing.row_at(portres_model::Protocol::Tcp, port).expect("a row").clone();
        let owner = portres::doctor::of_row(&listing, &row);
        (owner.name, owner.standing)
    };
    assert_eq!(of("sila-de-before.txt", 51_064), ("winnat", "observed"));
    assert_eq!(of("docker-1707-before.txt", 58_700), ("winnat", "observed"));
    assert_eq!(of("k8s-117783-64port.txt", 33_300), ("hns", "observed"));
    assert_eq!(of("sila-de-before.txt", 5357), ("http.sys", "observed"));
    assert_eq!(of("sila-de-before.txt", 50_000), ("hns", "observed"));
    assert_eq!(of("zh-idea-after-dynamic-reset.txt", 50_051), ("administered", "observed"));
    assert_eq!(of("sila-de-before.txt", 49_153), ("unknown", "assumed"));
}

fn call(line: &str) -> Call {
    portres_model::parse_call(&mut portres_model::Spelling::new(line)).expect("a call")
}

/// Applies the steps that can be, and asks again.
#[test]
fn what_is_advised_helps() {
    let listing = listing("sila-de-before.txt");
    let told = answer(&listing, "bind tcp 0.0.0.0:51064");
    let commands: Vec<&str> = told.advice.iter().map(|a| a.command.as_str()).collect();
    assert_eq!(commands[0], "net stop winnat");
    assert!(
        commands[1].contains("startport=51064 numberofports=1 store=persistent"),
        "{commands:?}"
    );
    assert_eq!(commands[2], "net start winnat");
    let mut world = listing.world();
    world.retain_exclusions(|e| {
        !(e.block.count() == 100 && matches!(e.kind, ExclusionKind::System(_)))
    });
    let elevated = portres::doctor::Caller::Elevated.credentials();
    world.put_process(
        ProcessId(1),
        Some(portres_model::Process { credentials: elevated, startups: 1 }),
    );
    let excludes = call("addexcluded tcp 51064+1");
    let profile = Profile::likely();
    let judged = |all: &Permitted, world: &_, reply| all.judge(world, &profile, reply).is_ok();
    let all = permitted(&world, ProcessId(1), &excludes);
    assert!(judged(&all, &world, &Reply::Ok));
    portres_model::apply(&mut world, ProcessId(1), &excludes, &Reply::Ok);
    let protocol = portres_model::Protocol::Tcp;
    let block = "51005+100".parse().expect("a block");
    let appears = Call::Appear { protocol, block, owner: Owner::WinNat };
    let all = permitted(&world, ProcessId::MACHINE, &appears);
    assert!(!judged(&all, &world, &Reply::Ok), "WinNAT passes it over");
    let host = Host::new(world, &profile, Policy::Lowest, 1);
    let open = call("socket tcp v4");
    let _ = host.call(ProcessId(2), &open);
    let bind = call("bind s1 0.0.0.0:51064");
    assert_eq!(host.call(ProcessId(2), &bind).reply, Reply::Bound(51_064));
}

/// What is granted today may be taken tomorrow: in the dynamic range it is to be excluded, elsewhere nothing is to be done.
#[test]
fn what_is_granted_is_kept() {
    let listing = listing("sila-de-before.txt");
    let commands = |line: &str| -> Vec<String> {
        answer(&listing, line).advice.into_iter().map(|a| a.command).collect()
    };
    let dynamic = commands("bind tcp 0.0.0.0:50200");
    assert!(
        dynamic[0].contains("add excludedportrange protocol=tcp startport=50200"),
        "{dynamic:?}"
    );
    assert!(!commands("reserve tcp 50200+1").iter().any(|c| c.contains("excludedportrange")));
    assert_eq!(commands("bind tcp 0.0.0.0:20000"), [""; 0]);
    assert_eq!(commands("bind tcp 0.0.0.0:50010"), [""; 0]);
    assert_eq!(commands("bind tcp 0.0.0.0:0"), [""; 0]);
}

#[test]
fn what_is_called_safe_is_free_and_outside_the_dynamic_range() {
    for (file, rows) in posted() {
        let listing = listing(&file);
        let (first, of) = (&rows[0], &rows[0].protocol);
        for line in [format!("free {of} 100"), format!("bind {of} 0.0.0.0:{}", first.start)] {
            let told = answer(&listing, &line);
            let starred = first.starred && line.starts_with("bind");
            // WinNAT takes its blocks from the dynamic range: one below it shows that it has moved
            let moved =
                rows.iter().any(|r| !r.starred && r.end - r.start == 99 && r.start < 49_152);
            if moved {
                assert_eq!(told.safe.is_empty(), !starred, "{file}: {line}");
                assert!(told.notes.iter().any(|n| n.contains("has moved")), "{file}: {line}");
                continue;
            }
            assert!(!told.safe.is_empty(), "{file}: {line}");
            for block in told.safe.iter().filter_map(portres::doctor::Safe::block) {
                let meets = rows.iter().any(|r| block.first() <= r.end && r.start <= block.last());
                assert_eq!(meets, starred, "{file}: {line}: {block}");
                assert!(
                    block.first() > 1023 && (starred || block.last() < 49_152),
                    "{file}: {block}"
                );
            }
        }
    }
    let unknown = answer(&listing("zh-hexo-1099.txt"), "free tcp 100");
    assert_eq!((replies(&unknown), unknown.outcomes[0].rule), (vec!["none"], None));
    assert_eq!(unknown.advice[0].command, "netsh interface ipv4 show dynamicport tcp");
    let mut shown = listing("zh-hexo-1099.txt");
    let range = text("dynamic-viblo-before.txt");
    shown.read(portres_sim::Kind::Dynamic, "dynamic", range.as_bytes()).expect("a range");
    let known = answer(&shown, "free tcp 100");
    assert_eq!((replies(&known), known.safe[0].start), (vec!["ok"], 15_001));
    let mut moved = Listing::default();
    let whole = text("dynamic-runner-images-1442-after.txt");
    moved.read(portres_sim::Kind::Dynamic, "dynamic", whole.as_bytes()).expect("a range");
    let none = answer(&moved, "free tcp 100");
    assert_eq!((replies(&none), none.fate()), (vec!["none"], Fate::Refused));
    assert!(none.advice[0].command.contains("set dynamicport tcp start=49152 num=16384"));
}

/// The machine as a trace is one that the oracle accepts, and the simulator answers what the doctor says.
#[test]
fn a_machine_seeds_check_and_the_simulator() {
    for (file, rows) in posted() {
        let mut listing = listing(&file);
        listing
            .read(portres_sim::Kind::Listening, "sockets", text("sockets.txt").as_bytes())
            .expect("sockets");
        listing.read(portres_sim::Kind::Http, "http", text("http.txt").as_bytes()).expect("http");
        let row = &rows[rows.len() / 2];
        let line = format!("bind {} 0.0.0.0:{}", row.protocol, row.start);
        let told = answer(&listing, &line);
        let items = seed::trace(&listing, &[ask(&line), ask("reserve udp 50000+1 --persistent")]);
        let mut trace = Vec::new();
        for item in &items {
            portres::trace::write_item(&mut trace, portres::trace::Spelled::Text, item)
                .expect("written");
        }
        let profiles = portres::Profiles::built_in();
        let reports = portres::check(&trace[..], &portres::Settings::new(&profiles));
        let reports = reports.unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(
            reports[0].verdict,
            portres::Verdict::Conforms,
            "{file}: {:?}",
            reports[0].divergences
        );

        let Item::Header(header) = &items[0] else { panic!("no header") };
        let host = Host::new(header.world(), &Profile::likely(), Policy::Lowest, 1);
        let mut last = None;
        for item in &items[1..] {
            let Item::Event(event) = item else { continue };
            let Part::Whole { call, reply, .. } = event.part else { continue };
            let given = host.call(event.who.process, &call).reply;
            match reply {
                Observed::Exactly(reply) => assert_eq!(given, reply, "{file}: {event}"),
                Observed::Unknown => last = last.or(Some(given)),
                other => panic!("{file}: {event}: {other:?}"),
            }
        }
        let wanted = match last.expect("the question's own call") {
            Reply::Failed(error) => error.to_string(),
            _ => "ok".into(),
        };
        assert_eq!(replies(&told), [wanted], "{file}: {line}");
    }
}

/// Of what no listing shows of a socket, every form is asked; what is told holds in one of them.
#[test]
fn a_socket_is_asked_about_in_every_form() {
    let mut listing = Listing::default();
    listing
        .read(portres_sim::Kind::Listening, "sockets", text("sockets.txt").as_bytes())
        .expect("sockets");
    let told = answer(&listing, "bind tcp 127.0.0.1:8765");
    assert_eq!(replies(&told), ["WSAEADDRINUSE"]);
    assert_eq!(told.owner.as_ref().and_then(|o| o.process), Some(9120));
    assert!(told.advice[0].command.contains("9120"));
    let mixed = answer(&listing, "bind tcp 127.0.0.1:445");
    assert_eq!((mixed.fate(), replies(&mixed)), (Fate::Mixed, vec!["ok", "WSAEACCES"]));
    let when: Vec<&String> = mixed.outcomes.iter().flat_map(|o| &o.when).collect();
    assert!(when.iter().any(|w| w.contains("SO_EXCLUSIVEADDRUSE")), "{when:?}");
    let other_stack = answer(&listing, "bind tcp [::]:445");
    assert_eq!(replies(&other_stack), ["ok"]);
    let both = answer(&listing, "bind tcp [::]:445 --dual-stack");
    assert_eq!(
        (replies(&both), both.outcomes[0].rule),
        (vec!["WSAEADDRINUSE"], Some("bind.dual-stack"))
    );
    let free = answer(&listing, "bind tcp 127.0.0.1:8766");
    assert!(free.outcomes[0].when.is_empty() && replies(&free) == ["ok"]);
}

/// An address that no listing shows is taken for one of the machine, but for those that no machine has.
#[test]
fn an_address_is_taken_for_one_of_the_machine() {
    let listing = listing("sila-de-before.txt");
    let told = answer(&listing, "bind tcp 192.0.2.7:6000");
    assert_eq!(replies(&told), ["ok"]);
    assert!(told.notes.iter().any(|n| n == "192.0.2.7 is taken for an address of this machine"));
    for address in ["255.255.255.255", "224.0.0.1"] {
        let told = answer(&listing, &format!("bind tcp {address}:6000"));
        assert_eq!(replies(&told), ["WSAEADDRNOTAVAIL"], "{address}");
    }
    let told = answer(&listing, "bind tcp 192.0.2.7:51064");
    assert_eq!(replies(&told), ["WSAEACCES"]);
}

/// The range of WSL's mirrored mode stands in no list: what it would give stands apart.
#[test]
fn a_port_that_wsl_may_have_is_told() {
    let listing = listing("httptoolkit-server-137.txt");
    let told = answer(&listing, "bind tcp 127.0.0.1:45456");
    assert_eq!(replies(&told), ["ok"]);
    let other = told.otherwise.iter().find(|o| o.reply == "WSAEADDRINUSE").expect("another");
    assert_eq!((other.rule, other.code), (Some("bind.mirrored-range"), Some(10_048)));
    assert!(other.when[0].contains("mirrored mode"), "{:?}", other.when);
    assert_eq!(told.owner.as_ref().map(|o| (o.name, o.standing)), Some(("wsl", "assumed")));
    assert_eq!(told.advice[0].command, "wsl --shutdown");
    let beside = answer(&listing, "bind tcp 127.0.0.1:36000");
    assert!(beside.otherwise.is_empty() && beside.owner.is_none());
}

/// http.sys is not in its own way, as far as a listing shows that it has the port.
#[test]
fn a_url_shares_the_port_of_http_sys() {
    let mut machine = Listing::default();
    machine.read(portres_sim::Kind::Http, "http", text("http.txt").as_bytes()).expect("http");
    machine
        .read(portres_sim::Kind::Listening, "sockets", text("sockets.txt").as_bytes())
        .expect("sockets");
    let told = answer(&machine, "serve-http 5985");
    assert_eq!((replies(&told), told.otherwise.len()), (vec!["ok"], 0), "a URL is registered");
    let told = answer(&machine, "serve-http 80");
    assert_eq!((replies(&told), told.otherwise.len()), (vec!["ok"], 1), "the system listens");
    assert_eq!(replies(&answer(&machine, "serve-http 3000")), ["ERROR_SHARING_VIOLATION"]);
    let bind = answer(&machine, "bind tcp 0.0.0.0:5985");
    assert_eq!(replies(&bind), ["WSAEACCES"]);
    assert_eq!(bind.owner.as_ref().map(|o| (o.name, o.standing)), Some(("http.sys", "shown")));
}

/// A block that meets rows of several owners names them all, and what helps against each.
#[test]
fn every_row_in_the_way_is_named() {
    let listing = listing("sila-de-before.txt");
    let told = answer(&listing, "exclude tcp 49990+200");
    let rows: Vec<&str> = told.rows.iter().map(|r| r.row.as_str()).collect();
    assert_eq!(rows, ["50000-50059 *", "50060-50159"]);
    let commands: Vec<&str> = told.advice.iter().map(|a| a.command.as_str()).collect();
    assert!(
        commands[0]
            .contains("delete excludedportrange protocol=tcp startport=50000 numberofports=60")
    );
    assert!(commands.contains(&"net stop winnat") && commands.contains(&"net start winnat"));
}

#[test]
fn a_star_that_may_be_lost_is_said() {
    let lost = text("katana-515.txt").replace("     *", "");
    let mut listing = Listing::default();
    listing.read(portres_sim::Kind::Excluded(None), "lost", lost.as_bytes()).expect("a list");
    let told = answer(&listing, "bind tcp 0.0.0.0:50010");
    assert_eq!(replies(&told), ["WSAEACCES"]);
    let other = told.otherwise.iter().find(|o| o.reply == "ok").expect("the other row");
    assert!(other.when[0].contains("lost its star") && !told.complete, "{:?}", other.when);
}

/// What is open stands under `otherwise`, and nothing that the profile permits does.
#[test]
fn other_readings_stand_apart() {
    let listing = listing("sila-de-before.txt");
    let told = answer(&listing, "reserve tcp 51064+1");
    assert_eq!(replies(&told), ["WSAEADDRINUSE"]);
    let others: Vec<&str> = told.otherwise.iter().map(|o| o.reply.as_str()).collect();
    assert!(others.contains(&"WSAEACCES") && others.contains(&"ok"), "{others:?}");
    assert!(!others.contains(&"WSAEADDRINUSE"));
    let question = portres_model::Question::AcquireOverSystemBlock;
    let named = question.answers().iter().filter(|a| matches!(a.effect, Effect::Refuse(_))).count();
    assert_eq!(named, 2);
    assert!(told.otherwise.iter().all(|o| !o.when.is_empty()), "each says under which answers");
}
