//! How long something takes.

use std::time::{Duration, Instant};

use crate::Effort;

/// Nanoseconds of one run: the median of turns that are long enough to be timed.
pub(crate) fn nanoseconds(effort: Effort, mut run: impl FnMut()) -> f64 {
    let (turns, turn) = if effort.quick { (3, 2) } else { (9, 20) };
    let turn = Duration::from_millis(turn);
    let mut timed = |times: u64| {
        let began = Instant::now();
        (0..times).for_each(|_| run());
        began.elapsed()
    };
    let mut times = 1;
    loop {
        let took = timed(times);
        if took >= turn / 4 {
            times = (times as f64 * turn.as_secs_f64() / took.as_secs_f64()).ceil() as u64;
            break;
        }
        times *= 2;
    }
    let mut all: Vec<f64> =
        (0..turns).map(|_| timed(times).as_nanos() as f64 / times as f64).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
