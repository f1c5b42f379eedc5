//! How far a long run has come, on a terminal.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use portres::stream::Progress;

/// How long nothing is shown, and how often what is shown is brought up to date.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(250);

/// Shows how far a run has come, where standard error is a terminal.
pub(super) struct Bar {
    shown: Arc<Mutex<Option<ProgressBar>>>,
    /// Dropped at the end.
    end: Option<Sender<()>>,
    ticker: Option<std::thread::JoinHandle<()>>,
}

impl Bar {
    /// A bar for so many bytes, if their number is known.
    pub(super) fn new(progress: &Arc<Progress>, all: Option<u64>) -> Bar {
        let shown = Arc::new(Mutex::new(None));
        let mut bar = Bar { shown: Arc::clone(&shown), end: None, ticker: None };
        if !std::io::stderr().is_terminal() {
            return bar;
        }
        let (end, ended) = channel::<()>();
        let progress = Arc::clone(progress);
        bar.end = Some(end);
        bar.ticker = Some(std::thread::spawn(move || {
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = TICK;
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.get_or_insert_with(|| drawn(all)).set_position(progress.bytes());
            }
        }));
        bar
    }

    /// Prints while the bar is not there, if both stand on the terminal.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        if self.ticker.is_none() || !std::io::stdout().is_terminal() {
            return print();
        }
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match shown.as_ref() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(ticker) = self.ticker.take() {
            // a bar that could not be drawn is no reason to fail
            drop(ticker.join());
        }
        if let Some(bar) = self.shown.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

fn drawn(all: Option<u64>) -> ProgressBar {
    let (bar, template) = match all {
        Some(all) => (
            ProgressBar::new(all),
            "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {bytes_per_sec}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
