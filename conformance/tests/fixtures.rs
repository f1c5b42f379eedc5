//! Every fixture is judged, and every report of a near miss is the one beside it.
//!
//! `PORTRES_BLESS=1 cargo test --test fixtures` writes the reports anew; the difference is for people to read.

mod common;

use std::fs;

use portres::report::{Standing, details, line};
use portres::{Profiles, Settings, Verdict, check};

fn judge(path: &std::path::Path) -> portres::Report {
    let profiles = Profiles::built_in();
    let text = fs::read(path).expect("a fixture");
    let reports = check(text.as_slice(), &Settings::new(&profiles));
    let mut reports = reports.unwrap_or_else(|e| panic!("{}: {e}", common::name(path)));
    assert_eq!(reports.len(), 1, "{}: one trace a file", common::name(path));
    reports.swap_remove(0)
}

#[test]
fn what_the_sources_allow_conforms() {
    let mut files = common::files(&common::folder("accept"), "trace");
    assert!(files.len() >= 200, "{} accepted fixtures", files.len());
    files.extend(common::files(&common::folder("asserted"), "trace"));
    for path in files {
        let report = judge(&path);
        let told = format!("{}\n{}", common::name(&path), details(&report));
        assert_eq!(report.verdict, Verdict::Conforms, "{told}");
        assert!(report.title.is_some(), "{told}: no title");
    }
}

#[test]
fn near_misses_diverge_as_their_headers_and_reports_say() {
    let mut files = common::files(&common::folder("reject"), "trace");
    assert!(files.len() >= 120, "{} rejected fixtures", files.len());
    files.extend(common::files(&common::folder("asserted-changed"), "trace"));
    for path in files {
        let report = judge(&path);
        let name = common::name(&path);
        assert_eq!(report.standing(), Standing::Good, "{name}\n{}", details(&report));
        assert_eq!(report.expected, Some(true), "{name} expects no divergence");
        let told = format!("{}\n{}", line(&name, &report), details(&report));
        let beside = path.with_extension("report");
        if std::env::var_os("PORTRES_BLESS").is_some() {
            fs::write(&beside, &told).expect("the report is written");
        }
        let known = fs::read_to_string(&beside).unwrap_or_default().replace('\r', "");
        assert_eq!(told, known, "{name}: the report beside it is another");
    }
}

#[test]
fn no_report_stands_without_its_trace() {
    for kind in ["reject", "asserted-changed"] {
        for report in common::files(&common::folder(kind), "report") {
            assert!(report.with_extension("trace").is_file(), "{}", common::name(&report));
        }
    }
}

#[test]
fn a_system_lacks_only_the_calls_that_its_profile_says_it_lacks() {
    let profiles = Profiles::built_in();
    for path in common::files(&common::folder("recorded"), "trace") {
        let (header, events) = common::read(&path);
        let profile = profiles.of(&header).expect("a profile");
        for event in events {
            let portres::trace::Part::Whole { call, reply, .. } = event.part else { continue };
            let head = call.to_string().split(' ').next().unwrap_or_default().to_string();
            let lacks = reply.exactly() == Some(portres_model::Reply::Unsupported);
            let told = format!("{}, line {}: {call}", common::name(&path), event.line);
            assert_eq!(lacks, profile.missing.contains(&head), "{told}");
        }
    }
}
