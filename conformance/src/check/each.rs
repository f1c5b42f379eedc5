//! Judging every trace of a stream.

use std::io::BufRead;

use super::{Follower, Report, Settings};
use crate::trace::{Item, Reader, TraceError};

/// Judges every trace of a stream, in order.
///
/// # Errors
/// If the stream is not one of traces; nothing is said about the trace in which the error stands.
pub fn check(from: impl BufRead, settings: &Settings<'_>) -> Result<Vec<Report>, TraceError> {
    let mut reports = Vec::new();
    check_each(from, settings, |report| reports.push(report))?;
    Ok(reports)
}

/// Judges every trace of a stream and hands each report on as soon as the trace has ended.
///
/// # Errors
/// As [`check`].
pub fn check_each(
    from: impl BufRead,
    settings: &Settings<'_>,
    each: impl FnMut(Report),
) -> Result<(), TraceError> {
    check_read(Reader::new(from), settings, each)
}

/// Judges every trace that a reader gives and hands each report on as soon as the trace has ended.
///
/// # Errors
/// As [`check`].
pub fn check_read(
    mut reader: Reader<impl BufRead>,
    settings: &Settings<'_>,
    mut each: impl FnMut(Report),
) -> Result<(), TraceError> {
    let mut follower: Option<Follower<'_>> = None;
    loop {
        match reader.advance() {
            Ok(None) => break,
            Ok(Some(Item::Event(event))) => {
                let follower = follower.as_mut().expect("the reader gives a header first");
                follower.follow(event)?;
            }
            Ok(Some(Item::Header(header))) => {
                if let Some(done) = follower.take() {
                    each(done.finish());
                }
                follower = Some(Follower::new(header, settings)?);
            }
            Ok(Some(Item::Comment(_))) => {}
            Err(error) => {
                // the trace before has ended well
                if let Some(done) = follower.take().filter(|_| reader.is_beginning()) {
                    each(done.finish());
                }
                return Err(error);
            }
        }
    }
    if let Some(done) = follower {
        each(done.finish());
    }
    Ok(())
}
