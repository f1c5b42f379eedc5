//! What checking costs by the number of events.

use std::io::{BufReader, Read};
use std::process::Command;
use std::time::Instant;

use portres::trace::{Openness, Spelled};
use portres::{Profiles, Settings, Verdict, check};
use portres_benches::growth::Plot;
use portres_benches::measured::note;
use portres_benches::trace;

use crate::Effort;
use crate::timing::nanoseconds;

/// How many events are written down; where more are wanted they are read again.
const WRITTEN: usize = 1000;

const FORMS: [(&str, Spelled); 2] = [("JSON lines", Spelled::JsonLines), ("text", Spelled::Text)];

/// A trace of ever so many events, as it is read.
struct Endless {
    text: Vec<u8>,
    /// Where the first event begins, and where what is read next does.
    first: usize,
    at: usize,
    /// How often the events are to be read yet.
    times: usize,
}

impl Endless {
    fn new(spelled: Spelled, events: usize) -> Endless {
        let written = events.min(WRITTEN);
        assert_eq!(events % written, 0, "{events} events are no multiple of {written}");
        let text = trace(spelled, Openness::Closed, written);
        let first = trace(spelled, Openness::Closed, 0).len();
        Endless { text, first, at: 0, times: events / written }
    }
}

impl Read for Endless {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.text.len() && self.times > 1 {
            self.times -= 1;
            self.at = self.first;
        }
        let read = (&self.text[self.at..]).read(to)?;
        self.at += read;
        Ok(read)
    }
}

fn judge(spelled: Spelled, events: usize) {
    let profiles = Profiles::built_in();
    let settings = Settings { profile: profiles.get("likely"), ..Settings::new(&profiles) };
    let from = BufReader::with_capacity(1 << 16, Endless::new(spelled, events));
    let reports = check(from, &settings).expect("a trace");
    let judged = (reports[0].verdict, reports[0].events);
    assert_eq!(judged, (Verdict::Conforms, events as u64));
}

/// One trace of so many events.
pub(crate) fn events(effort: Effort) -> Plot {
    let mut plot = Plot::new("check", "Checking one trace", "events", "ns an event");
    let largest = if effort.quick { 4 } else { 7 };
    for (name, spelled) in FORMS {
        for power in 1..=largest {
            let events = 10usize.pow(power);
            // a run of the largest takes seconds
            let took = if power < 6 {
                nanoseconds(effort, || judge(spelled, events))
            } else {
                let began = Instant::now();
                judge(spelled, events);
                began.elapsed().as_nanos() as f64
            };
            plot.put(name, events as f64, took / events as f64);
        }
    }
    plot
}

/// Checks in a process of its own, if the first argument says so, and prints the most memory that it had, in KiB.
pub(crate) fn as_checker() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [flag, form, events] = args.as_slice() else { return false };
    if flag != "--check" {
        return false;
    }
    let (_, spelled) = FORMS.into_iter().find(|(name, _)| name == form).expect("a form");
    judge(spelled, events.parse().expect("a number"));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    println!("{}", line.split_whitespace().nth(1).unwrap_or("0"));
    true
}

/// The most memory that a process has while it checks.
pub(crate) fn memory(effort: Effort) -> Plot {
    let title = "The most memory of a process that checks one trace, its program included";
    let mut plot = Plot::new("memory", title, "events", "MB");
    // the page asks for a million
    let largest = if effort.quick { 6 } else { 7 };
    let this = std::env::current_exe().expect("this program");
    for (name, _) in FORMS {
        for power in 1..=largest {
            let events = 10usize.pow(power);
            let told = Command::new(&this)
                .args(["--check", name, &events.to_string()])
                .output()
                .expect("this program runs");
            assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
            let kib: f64 = String::from_utf8_lossy(&told.stdout).trim().parse().expect("a number");
            let mb = kib * 1024.0 / 1e6;
            // 0 where the system does not tell
            if mb > 0.0 {
                plot.put(name, events as f64, mb);
                note(format!("memory/{name}/{events}"), mb, "MB");
            }
        }
    }
    plot
}
