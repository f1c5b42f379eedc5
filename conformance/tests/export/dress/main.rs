//! Runs the programs of traces, each on a simulated machine that is as the trace has it and behaves as it leaves possible.

mod programs;

#[cfg(not(windows))]
fn main() {
    use std::fs;

    use portres::trace::{Event, Header, Item, Reader};
    use portres::{Profiles, Settings, check};
    use portres_sim::model::{Credentials, ProcessId};
    use portres_sim::win32::Machine;
    use portres_sim::{Host, Policy};

    let profiles = Profiles::built_in();
    for (path, program) in programs::ALL {
        let text = fs::read(path).expect("a trace");
        let items = Reader::new(&text[..]).map(|item| item.expect("a trace"));
        let (mut header, mut events): (Header, Vec<Event>) = Default::default();
        for item in items {
            match item {
                Item::Header(first) => header = *first,
                Item::Event(event) => events.push(event),
                Item::Comment(_) => {}
            }
        }
        let left = &check(&text[..], &Settings::new(&profiles)).expect("a trace")[0].left;
        let machine = Machine::new(Host::new(header.world(), left, Policy::Lowest, 0));
        let process = events.iter().map(|e| e.who.process).find(|p| *p != ProcessId::MACHINE);
        let declared = header.processes.iter().find(|d| Some(d.process) == process);
        let running = match declared {
            Some(declared) => machine.process(declared.process),
            None => machine.start(Credentials::default()),
        };
        println!("== {path}");
        running.run(program);
    }
}

#[cfg(windows)]
fn main() {
    for (_, program) in programs::ALL {
        program();
    }
}
