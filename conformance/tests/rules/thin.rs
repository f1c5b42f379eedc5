//! Fixtures, and what is left of one when everything is taken out that it can do without.

use portres::explain::shown::Example;
use portres::trace::{Event, Expectation, Header, Item, Listed, Network, Openness, Resources};
use portres::trace::{Spelled, write_item};
use portres_model::Rule;

#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) path: String,
    pub(crate) header: Header,
    pub(crate) events: Vec<Event>,
}

impl Fixture {
    pub(crate) fn new(path: String, (header, events): (Header, Vec<Event>)) -> Fixture {
        Fixture { path, header, events }
    }

    /// What its header weighs beside its events.
    pub(crate) fn cost(&self) -> usize {
        let h = &self.header;
        let lists = [h.processes.len(), h.excluded.len(), h.blocks.len(), h.reserved.len()];
        lists.iter().sum::<usize>() + h.addresses.len() + h.dynamic.len()
    }

    /// Its first events.
    pub(crate) fn cut(&self, events: usize) -> Fixture {
        Fixture { events: self.events[..events].to_vec(), ..self.clone() }
    }

    /// The same as a near miss of this rule in its last event.
    pub(crate) fn expecting(mut self, rule: Rule) -> Fixture {
        self.header.expect = vec![Expectation { event: self.events.len() as u64, rule }];
        self
    }
}

pub(crate) fn text(header: &Header, events: &[Event]) -> String {
    let mut text = Vec::new();
    write_item(&mut text, Spelled::Text, &Item::Header(Box::new(header.clone()))).expect("memory");
    for event in events {
        write_item(&mut text, Spelled::Text, &Item::Event(event.clone())).expect("memory");
    }
    String::from_utf8(text).expect("UTF-8")
}

/// The longest line of an example.
const LONGEST: usize = 96;

/// Takes out event after event, and line after line of the header, as long as the rest still shows it.
pub(crate) fn thin(fixture: &Fixture, shows: impl Fn(&Header, &[Event]) -> bool) -> Example {
    let Fixture { path, header, events } = fixture;
    let mut events = events.clone();
    for event in &mut events {
        event.raw = None;
        if event.to_string().len() > LONGEST {
            event.note = None;
        }
    }
    let told =
        Header { title: None, source: None, recorded: None, notes: Vec::new(), ..header.clone() };
    let mut header = told;
    assert!(shows(&header, &events), "{path}: {}", text(&header, &events));
    loop {
        let before = events.len();
        for place in (0..events.len()).rev() {
            let mut fewer = events.clone();
            fewer.remove(place);
            if !fewer.is_empty() && shows(&header, &fewer) {
                events = fewer;
            }
        }
        if events.len() == before {
            break;
        }
    }
    for event in 0..events.len() {
        let mut plain = events.clone();
        plain[event].bytes = None;
        if plain != events && shows(&header, &plain) {
            events = plain;
        }
    }
    while let Some(less) = lesser(&header).into_iter().find(|less| shows(less, &events)) {
        header = less;
    }
    if let [expectation] = header.expect.as_mut_slice() {
        expectation.event = events.len() as u64;
    }
    let text = text(&header, &events);
    // nobody needs to be told what is so where nothing is said
    let lines = text.lines().filter(|line| *line != "world closed");
    Example { from: path.clone(), trace: lines.map(str::to_string).collect() }
}

/// Headers with one thing less.
fn lesser(header: &Header) -> Vec<Header> {
    let mut found = Vec::new();
    let mut with = |less: fn(&mut Header)| {
        let mut changed = header.clone();
        less(&mut changed);
        if changed != *header {
            found.push(changed);
        }
    };
    with(|h| h.system = None);
    with(|h| h.profile = None);
    with(|h| h.world = Openness::Closed);
    with(|h| h.exclusions = Listed::Listed);
    with(|h| h.resources = Resources::Ample);
    with(|h| h.network = Network::Up);
    macro_rules! without_one {
        ($($list:ident)*) => { $(for place in 0..header.$list.len() {
            let mut changed = header.clone();
            changed.$list.remove(place);
            found.push(changed);
        })* };
    }
    without_one!(processes addresses dynamic excluded blocks reserved);
    found
}
