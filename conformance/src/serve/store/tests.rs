use std::collections::BTreeSet;

use portres_model::{PortBlock, Protocol, apply};

use super::disk::{Disk, Failure, Random};
use super::{Change, Database, Keep, Kept, Store, StoreError, open};
use crate::serve::keep::Lasting;
use crate::serve::machine::is_lasting;
use crate::trace::{Event, Item, Observed, Part, Reader};

fn block(start: u16, count: u16) -> PortBlock {
    PortBlock::new(start, count).expect("a block")
}

/// What changes make of what was kept.
fn follow(kept: &mut Kept, changes: &[Change]) {
    for change in changes {
        match *change {
            Change::Reserved(p, b) => _ = kept.reservations.insert((p, b)),
            Change::Unreserved(p, b) => _ = kept.reservations.remove(&(p, b)),
            Change::Excluded(p, b) => _ = kept.exclusions.insert((p, b)),
            Change::Unexcluded(p, b) => _ = kept.exclusions.remove(&(p, b)),
            Change::Dynamic(p, b) => kept.dynamic[usize::from(p == Protocol::Udp)] = Some(b),
        }
    }
}

/// Batches that create and delete; no two leave the same behind.
fn batches(seed: u64, count: usize) -> Vec<Vec<Change>> {
    let mut random = Random(seed);
    let mut kept = Kept::default();
    let mut batches = Vec::new();
    while batches.len() < count {
        let mut after = kept.clone();
        let batch: Vec<_> = (0..=random.below(12)).map(|_| change(&mut random, &after)).collect();
        follow(&mut after, &batch);
        if after != kept {
            kept = after;
            batches.push(batch);
        }
    }
    batches
}

fn change(random: &mut Random, kept: &Kept) -> Change {
    fn any(
        random: &mut Random,
        set: &BTreeSet<(Protocol, PortBlock)>,
    ) -> Option<(Protocol, PortBlock)> {
        let place = random.below(u16::try_from(set.len().max(1)).expect("few"));
        set.iter().nth(usize::from(place)).copied()
    }
    let protocol = Protocol::ALL[usize::from(random.below(2))];
    let fresh = block(1 + random.below(60_000), 1 + random.below(200));
    match random.below(11) {
        0..=3 => Change::Reserved(protocol, fresh),
        4..=6 => Change::Excluded(protocol, fresh),
        7 | 8 => match any(random, &kept.reservations) {
            Some((p, b)) => Change::Unreserved(p, b),
            None => Change::Reserved(protocol, fresh),
        },
        9 => match any(random, &kept.exclusions) {
            Some((p, b)) => Change::Unexcluded(p, b),
            None => Change::Excluded(protocol, fresh),
        },
        _ => Change::Dynamic(protocol, fresh),
    }
}

/// A store on which these batches have been committed, and what it keeps; the boot is counted with the first.
fn store(disk: &Disk, batches: &[Vec<Change>]) -> (Store, Kept) {
    let (mut store, mut kept) = Store::made(disk.clone(), "it").expect("it is made");
    for batch in batches {
        store.commit(batch).expect("it is committed");
        follow(&mut kept, batch);
        kept.boots = 1;
    }
    (store, kept)
}

fn reopened(bytes: Vec<u8>) -> Result<Kept, StoreError> {
    Store::opened(Disk::holding(bytes), "it").map(|(_, kept)| kept)
}

#[test]
fn what_was_committed_is_there_behind_an_end_a_kill_and_a_power_failure() {
    let disk = Disk::holding(Vec::new());
    let (store, kept) = store(&disk, &batches(1, 40));
    assert!(kept.reservations.len() > 20 && kept.exclusions.len() > 20, "{kept:?}");
    assert_eq!(reopened(disk.after_a_kill()).expect("a store"), kept);
    for seed in 0..16 {
        assert_eq!(reopened(disk.after_a_power_failure(seed)).expect("a store"), kept);
    }
    drop(store);
    assert_eq!(reopened(disk.after_a_kill()).expect("a store"), kept);
}

#[test]
fn boots_are_counted_from_the_first_commit_on() {
    let disk = Disk::holding(Vec::new());
    let boots = |disk: &Disk| Store::opened(disk.clone(), "it").expect("a store").1.boots;
    drop(store(&disk, &[]));
    assert_eq!([boots(&disk), boots(&disk)], [0, 0], "nothing has been committed");
    Store::opened(disk.clone(), "it").expect("a store").0.commit(&[]).expect("it is committed");
    assert_eq!([boots(&disk), boots(&disk), boots(&disk)], [1, 2, 3]);
}

/// Every operation fails once. Behind it the store holds what had been acknowledged, and of the batch that failed nothing or
/// all.
#[test]
fn a_disk_that_fails_or_tears_loses_nothing_acknowledged() {
    let batches = batches(2, 6);
    for how in [Failure::Fails, Failure::Tears] {
        let (mut failed, mut with, mut without) = (0, 0, 0);
        for fails_at in 1.. {
            let disk = Disk::failing(Vec::new(), fails_at, how, fails_at);
            let Ok((mut store, mut kept)) = Store::made(disk.clone(), "it") else {
                // it has no name yet: nobody finds it
                continue;
            };
            let mut lost = None;
            for batch in &batches {
                let before = kept.clone();
                follow(&mut kept, batch);
                kept.boots = 1;
                if let Err(error) = store.commit(batch) {
                    assert_eq!(
                        error.to_string(),
                        "the store `it` cannot be written: the disk has failed",
                    );
                    assert!(store.commit(&[]).is_err(), "it goes on behind a failure");
                    lost = Some(before);
                    break;
                }
            }
            drop(store);
            let Some(acknowledged) = lost else { break };
            failed += 1;
            let after = (0..3).map(|seed| disk.after_a_power_failure(seed));
            for bytes in after.chain([disk.after_a_kill()]) {
                let found = reopened(bytes).unwrap_or_else(|e| panic!("{how:?} {fails_at}: {e}"));
                if found == acknowledged {
                    without += 1;
                } else {
                    assert_eq!(found, kept, "{how:?} at operation {fails_at}");
                    with += 1;
                }
            }
        }
        assert!(failed > 40 && with > 0 && without > 0, "{how:?}: {failed}, {with}, {without}");
        println!(
            "{how:?}: {failed} failures; the batch was there {with} times, not {without} times"
        );
    }
}

/// A store that is opened again and again on a disk that fails while it is opened.
#[test]
fn a_disk_that_fails_while_a_store_is_opened_loses_nothing() {
    let disk = Disk::holding(Vec::new());
    let (_open, kept) = store(&disk, &batches(3, 8));
    for how in [Failure::Fails, Failure::Tears] {
        let mut failed = 0;
        for fails_at in 1.. {
            let disk = Disk::failing(disk.after_a_kill(), fails_at, how, fails_at);
            let opened = Store::opened(disk.clone(), "it");
            if disk.operations() < fails_at {
                break;
            }
            drop(opened);
            failed += 1;
            for seed in 0..3 {
                let found = reopened(disk.after_a_power_failure(seed)).expect("a store");
                let boots = found.boots;
                assert!(boots == 1 || boots == 2, "{boots}");
                assert_eq!(Kept { boots: 1, ..found }, kept, "{how:?} at operation {fails_at}");
            }
        }
        assert!(failed > 5, "{how:?}: {failed}");
    }
}

#[test]
fn a_full_disk_ends_the_store_and_loses_nothing() {
    let disk = Disk::failing(Vec::new(), 60, Failure::Full, 0);
    let (mut store, mut kept) = store(&disk, &[]);
    let mut random = Random(4);
    let error = loop {
        let batch: Vec<_> = (0..400).map(|_| change(&mut random, &kept)).collect();
        if let Err(error) = store.commit(&batch) {
            break error;
        }
        follow(&mut kept, &batch);
        kept.boots = 1;
    };
    assert_eq!(error.to_string(), "the store `it` cannot be written: no storage space");
    drop(store);
    assert!(!kept.reservations.is_empty());
    assert_eq!(reopened(disk.after_a_kill()).expect("a store"), kept);
}

/// Whatever is flipped: the store is refused, or what it keeps is what was committed. A sample: one bit of every byte of the
/// header, and of some in its two slots, in what redb knows of its regions, and in the pages with the rows.
#[test]
fn a_flipped_bit_is_noticed_or_does_no_harm() {
    // this bit says which of two roots counts: flipped, it is as if the last transaction had not been finished
    const PRIMARY: (usize, u16) = (9, 0);
    let all = batches(5, 20);
    let disk = Disk::holding(Vec::new());
    let (open, kept) = store(&disk, &all);
    let killed = disk.after_a_kill();
    drop(open);
    let ended = disk.after_a_kill();
    let mut random = Random(5);
    for (state, bytes) in [("killed", killed), ("ended", ended)] {
        let (mut noticed, mut harmless) = (0, 0);
        let pages = (320..bytes.len()).filter(|at| near_something(&bytes, *at));
        let (regions, rows): (Vec<_>, Vec<_>) = pages.partition(|at| *at < 500_000);
        let slots: Vec<_> = (64..320).collect();
        let mut places: Vec<_> = (0..64).collect();
        for (part, count) in [(&slots, 60), (&regions, 20), (&rows, 160)] {
            let any = |random: &mut Random| part.get(random.next() as usize % part.len().max(1));
            places.extend((0..count).filter_map(|_| any(&mut random)));
        }
        let parts = [slots.len(), regions.len(), rows.len()];
        for at in places {
            let bit = random.below(8);
            if (at, bit) == PRIMARY {
                continue;
            }
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            match reopened(damaged) {
                Ok(found) => {
                    assert_eq!(found, kept, "{state}: byte {at}, bit {bit}");
                    harmless += 1;
                }
                Err(error) => {
                    let line = error.to_string();
                    assert!(!line.contains('\n') && line.contains("`it`"), "{line}");
                    noticed += 1;
                }
            }
        }
        println!("{state}: of bytes {parts:?}: noticed {noticed}, harmless {harmless}");
        assert!(noticed > 50, "{state}: noticed {noticed}, harmless {harmless}");
    }
}

/// Whether anything but zeros stands near.
fn near_something(bytes: &[u8], at: usize) -> bool {
    bytes[at.saturating_sub(64)..(at + 64).min(bytes.len())].iter().any(|byte| *byte != 0)
}

#[test]
fn a_store_that_is_cut_short_is_refused() {
    let disk = Disk::holding(Vec::new());
    drop(store(&disk, &batches(6, 20)));
    let bytes = disk.after_a_kill();
    for length in [1, 8, 9, 10, 64, 319, 320, 4_096, 10_000, bytes.len() / 2, bytes.len() - 1] {
        let error = reopened(bytes[..length].to_vec()).expect_err("it is no store");
        let expected = if length < 9 { "is no store of portres" } else { "is damaged" };
        assert!(error.to_string().contains(expected), "{length}: {error}");
    }
}

#[test]
fn other_formats_and_other_databases_are_refused() {
    for found in [0, 2, 7] {
        let disk = Disk::holding(Vec::new());
        Database::make(disk.clone()).expect("it is made").claim_format(found);
        let error = reopened(disk.after_a_kill()).expect_err("another format").to_string();
        let version = crate::VERSION;
        assert_eq!(
            error,
            format!(
                "the store `it` has format {found}, and this is portres {version}, which knows format 1 only; \
                 it was left as it is"
            )
        );
    }
    let disk = Disk::holding(Vec::new());
    drop(Database::open(disk.clone()).expect("it is made"));
    let error = reopened(disk.after_a_kill()).expect_err("not ours").to_string();
    assert_eq!(
        error,
        "`it` is no store of portres: it is another program's redb database; it was left as it is"
    );
}

#[test]
fn a_refused_file_is_left_as_it_is_and_a_new_one_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let (mut first, kept) = open(&path).expect("a new store");
    assert_eq!(kept, Kept::default());
    first.commit(&[Change::Reserved(Protocol::Tcp, block(5000, 20))]).expect("it is committed");
    let locked = open(&path).expect_err("it is in use").to_string();
    assert_eq!(locked, format!("the store `{}` is in use by another server", path.display()));
    drop(first);
    let (_, kept) = open(&path).expect("the same store");
    assert_eq!(kept.reservations, BTreeSet::from([(Protocol::Tcp, block(5000, 20))]));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "something is left");

    // what a server left that was killed while it made the store goes, and nothing else
    let beside = |end: &str| folder.path().join(format!("store{end}"));
    for end in [".portres-unfinished-a1B2c3", ".new-backup"] {
        std::fs::write(beside(end), "redb").expect("it is written");
    }
    drop(open(&path).expect("the same store"));
    assert!(!beside(".portres-unfinished-a1B2c3").exists(), "it is left");
    std::fs::remove_file(beside(".new-backup")).expect("it is somebody's");

    let long = vec![b'x'; 10_000];
    for (bytes, expected) in [
        (&b""[..], "is empty: a store is made where no file is; remove this one"),
        (b"redb", "it does not begin like a redb database; it was left as it is"),
        (&long, "it does not begin like a redb database; it was left as it is"),
    ] {
        std::fs::write(&path, bytes).expect("it is written");
        let line = open(&path).expect_err("no store").to_string();
        assert!(line.ends_with(expected), "{line}");
        assert_eq!(std::fs::read(&path).expect("it is there"), bytes);
    }
    let line = open(folder.path()).expect_err("no file").to_string();
    assert!(line.contains("is a directory: expected a file"), "{line}");
}

/// A call after which the server does not look must leave alone what is kept: in every accepted trace it does.
#[test]
fn what_is_kept_changes_by_calls_after_which_the_server_looks() {
    fn traces(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                traces(&path, found);
            } else if path.extension().is_some_and(|e| e == "trace") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    for folder in ["accept", "asserted"] {
        traces(&fixtures.join(folder), &mut found);
    }
    let mut changed = BTreeSet::new();
    for path in found {
        let text = std::fs::read(&path).expect("a fixture");
        let mut world = portres_model::World::default();
        let mut lasting = Lasting::of(&world);
        for item in Reader::new(&text[..]).map(|item| item.expect("readable")) {
            let (who, call, reply) = match item {
                Item::Header(header) => {
                    world = header.world();
                    lasting = Lasting::of(&world);
                    continue;
                }
                Item::Event(Event {
                    who,
                    part: Part::Whole { call, reply: Observed::Exactly(reply), .. },
                    ..
                }) => (who, call, reply),
                _ => continue,
            };
            let before = Kept::of(&world);
            apply(&mut world, who.process, &call, &reply);
            let after = Kept::of(&world);
            let mut followed = before.clone();
            follow(&mut followed, &lasting.follow(&world));
            assert_eq!(followed, after, "{}: {call}", path.display());
            if after != before {
                assert!(is_lasting(&call), "{}: {call}", path.display());
                changed.insert(call.to_string().split(' ').next().map(str::to_string));
            }
        }
    }
    assert!(changed.len() >= 5, "{changed:?}");
    println!("what is kept was changed by {changed:?}");
}
