//! What an ioctl with a known control code leaves in its byte count (PF-13, PF-14).

use super::{exactly, inline};
use crate::call::{Answers, Buffer, Control, Frame, Left, Output, Routine};
use crate::error::Error;
use crate::permitted::{Guard, Permitted, Set};
use crate::reply::{Bytes, Reply};
use crate::rule::Rule;

/// Lists the counts, and says whether it does: what holds of every ioctl stands elsewhere.
pub(super) fn tells(
    control: &Control,
    frame: &Frame,
    reply: &Reply,
    asynchronous: bool,
    all: &mut Permitted,
) -> bool {
    match reply {
        _ if control.answers == Answers::Never => return false,
        Reply::Failed(Error::WsaFault | Error::WsaInvalid) => {
            return refused(control, frame, asynchronous, all);
        }
        Reply::Failed(_) => return false,
        // set ioctls of the vendor class, which the transport answers
        _ if asynchronous && control.code >> 24 == VENDOR_IN => match frame.routine {
            Routine::None => inline(0, all),
            Routine::Given | Routine::Bad => just(Rule::BytesOfIoctl, Bytes::Wrote(0), all),
        },
        _ => match control.output.bytes() {
            Some(count) => just(Rule::BytesOfIoctl, Bytes::Wrote(count), all),
            None => all.otherwise(Rule::BytesOfIoctl, Set::BytesNotZero),
        },
    }
    true
}

/// `IOC_IN | IOC_VENDOR`, the highest byte of a code.
const VENDOR_IN: u32 = 0x98;

fn just(rule: Rule, bytes: Bytes, all: &mut Permitted) {
    exactly(Guard::ALWAYS, rule, bytes, all);
}

/// A refusal of the buffers, where one of them alone can be its reason.
fn refused(control: &Control, frame: &Frame, asynchronous: bool, all: &mut Permitted) -> bool {
    let wrong = |buffer: Buffer| !matches!(buffer, Buffer::Exact | Buffer::Long);
    let input = control.input != 0 && wrong(frame.input);
    let output = control.output != Output::Nothing && wrong(frame.output);
    let left = match (input, output) {
        (true, false) => control.input_refused,
        (false, true) if frame.output == Buffer::Tiny && control.output_refused == Left::Needed => {
            Left::Zero
        }
        (false, true) => control.output_refused,
        (true, true) | (false, false) => return false,
    };
    let rule = Rule::BytesOfRefusedIoctl;
    match (left, asynchronous) {
        (Left::Unseen, _) => return false,
        // with an overlapped structure SIO_KEEPALIVE_VALS alone was seen (WT-22)
        (_, true) if control.code == Control::KEEPALIVE_VALS => just(rule, Bytes::Untouched, all),
        (_, true) => return false,
        (Left::Untouched, false) => just(rule, Bytes::Untouched, all),
        (Left::Zero, false) => just(rule, Bytes::Wrote(0), all),
        (Left::Needed, false) => all.otherwise(rule, Set::BytesNotZero),
    }
    true
}

/// What a completion routine is told of the bytes: 0, even where the output has some.
pub(super) fn completed(reply: &Reply, all: &mut Permitted) {
    match reply {
        Reply::Failed(error) if *error != Error::WsaOperationNotSupported => {
            all.otherwise(Rule::BytesOfFailure, Set::AnyBytes);
        }
        _ => just(Rule::BytesOfRoutine, Bytes::Wrote(0), all),
    }
}
