//! An interrupted command leaves nothing half written, and no temporary file.
//!
//! What is not finished stands in a list. Whoever changes something of it holds the list, and so does the thread that a signal
//! wakes: it removes what stands there and ends the program without letting go, so that nothing comes after it.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is not finished, the newest last.
static UNFINISHED: Mutex<Vec<(u64, Unfinished)>> = Mutex::new(Vec::new());

/// What an interrupt is about to this command, where it does not end it.
static INSTEAD: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// A thing that goes where the command is interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// A file.
    File(PathBuf),
    /// A folder with all that is in it.
    Folder(PathBuf),
    /// A folder that was made for files: it stays if something else has come into it.
    Made(PathBuf),
}

impl Unfinished {
    fn remove(&self) {
        // what cannot be removed can be told to nobody who would do more about it
        match self {
            Unfinished::File(path) => drop(fs::remove_file(path)),
            Unfinished::Folder(path) => drop(fs::remove_dir_all(path)),
            Unfinished::Made(path) => drop(fs::remove_dir(path)),
        }
    }
}

/// Holds interrupts off while it lives: for what must be done whole. It is short.
pub(super) struct Undisturbed(MutexGuard<'static, Vec<(u64, Unfinished)>>);

/// Holds interrupts off.
pub(super) fn undisturbed() -> Undisturbed {
    Undisturbed(UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Undisturbed {
    /// Lists what has just been made.
    pub(super) fn unfinished(&mut self, what: Unfinished) -> Listed {
        let number = self.0.last().map_or(0, |(number, _)| number + 1);
        self.0.push((number, what));
        Listed { number, done: false }
    }

    /// Takes something off the list, which is finished or gone.
    pub(super) fn done(&mut self, mut what: Listed) {
        self.take_off(what.number);
        what.done = true;
    }

    fn take_off(&mut self, number: u64) -> Option<Unfinished> {
        let place = self.0.iter().position(|(listed, _)| *listed == number)?;
        Some(self.0.remove(place).1)
    }
}

/// Something that stands in the list. Dropped before it is done, it is removed: what it was for has failed.
pub(super) struct Listed {
    number: u64,
    done: bool,
}

impl Drop for Listed {
    fn drop(&mut self) {
        if !self.done {
            let mut list = undisturbed();
            if let Some(what) = list.take_off(self.number) {
                what.remove();
            }
        }
    }
}

/// Removes all that is not finished, the newest first, and ends the program.
fn give_up(end: impl FnOnce()) {
    let list = undisturbed();
    list.0.iter().rev().for_each(|(_, what)| what.remove());
    end();
}

/// Has an interrupt at the keyboard do this instead of ending the command.
pub(super) fn instead(what: impl Fn() + Send + 'static) {
    *INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(what));
}

/// Whether an interrupt at the keyboard is something else to this command; then that is done.
fn is_something_else() -> bool {
    let instead = INSTEAD.lock().unwrap_or_else(PoisonError::into_inner);
    instead.as_ref().map(|what| what()).is_some()
}

/// Watches for what ends a program, and for files that become too large. A server ends in its own way.
#[cfg(unix)]
pub(super) fn watch(is_server: bool) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    let ignored = ignored();
    let ends = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|_| !is_server);
    let watched = ends.filter(|signal| !ignored.contains(signal)).chain([SIGXFSZ]);
    let Ok(mut signals) = signal_hook::iterator::Signals::new(watched) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // that a file may not become larger is an error like others where a program takes the signal
            if signal == SIGXFSZ || (signal == SIGINT && is_something_else()) {
                continue;
            }
            // whoever waits for the program sees the signal by which it ended
            give_up(|| drop(signal_hook::low_level::emulate_default_handler(signal)));
        }
    });
}

/// The signals that whoever started the program has it ignore, as `nohup` does: they stay ignored. Where the system does not
/// tell, none but the hangup.
#[cfg(unix)]
fn ignored() -> Vec<i32> {
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return vec![signal_hook::consts::SIGHUP];
    };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|signal| mask >> (signal - 1) & 1 == 1).collect()
}

/// Watches for Ctrl-C and Ctrl-Break. What is asked for later is asked first, so what undoes changes of the machine still does.
#[cfg(windows)]
pub(super) fn watch(is_server: bool) {
    /// What a program ends with that Ctrl-C has ended.
    const STATUS_CONTROL_C_EXIT: i32 = 0xC000_013A_u32 as i32;
    if is_server {
        return;
    }
    let interrupted = || {
        if !is_something_else() {
            give_up(|| std::process::exit(STATUS_CONTROL_C_EXIT));
        }
    };
    // without it an interrupt ends the program as it would have
    drop(ctrlc::set_handler(interrupted));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_leaves_nothing_and_what_is_done_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let file = |name: &str| {
            let mut list = undisturbed();
            fs::write(at(name), "half").expect("a file");
            list.unfinished(Unfinished::File(at(name)))
        };
        let (kept, failed) = (file("kept"), file("failed"));
        undisturbed().done(kept);
        drop(failed);
        assert!(at("kept").exists() && !at("failed").exists());
        fs::create_dir(at("made")).expect("a folder");
        fs::write(at("made/mine"), "somebody's").expect("a file");
        let made = undisturbed().unfinished(Unfinished::Made(at("made")));
        drop(made);
        assert!(at("made/mine").exists(), "only what is empty goes");
    }
}
