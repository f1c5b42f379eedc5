//! Judging every trace of a stream.

use std::io::BufRead;

use super::{Follower, Report, Settings};
use crate::trace::{Event, Header, Item, Reader, TraceError};

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
    reader: Reader<impl BufRead>,
    settings: &Settings<'_>,
    mut each: impl FnMut(Report),
) -> Result<(), TraceError> {
    let begin = |header: &Header| Follower::new(header, settings);
    each_trace(reader, begin, Follower::follow, |follower| each(follower.finish()))
}

/// Follows every trace that a reader gives: at its header, at each event, and when it has ended.
pub(crate) fn each_trace<F>(
    mut reader: Reader<impl BufRead>,
    mut begin: impl FnMut(&Header) -> Result<F, TraceError>,
    mut follow: impl FnMut(&mut F, &Event) -> Result<(), TraceError>,
    mut end: impl FnMut(F),
) -> Result<(), TraceError> {
    let mut follower: Option<F> = None;
    loop {
        match reader.advance() {
            Ok(None) => break,
            Ok(Some(Item::Event(event))) => {
                follow(follower.as_mut().expect("the reader gives a header first"), event)?;
            }
            Ok(Some(Item::Header(header))) => {
                if let Some(done) = follower.take() {
                    end(done);
                }
                follower = Some(begin(header)?);
            }
            Ok(Some(Item::Comment(_))) => {}
            Err(error) => {
                // the trace before has ended well
                if let Some(done) = follower.take().filter(|_| reader.is_beginning()) {
                    end(done);
                }
                return Err(error);
            }
        }
    }
    if let Some(done) = follower {
        end(done);
    }
    Ok(())
}
