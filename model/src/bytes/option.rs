//! What `getsockopt` leaves in `*optlen`.

use super::exactly;
use crate::call::{Holding, Optval, SocketOption};
use crate::permitted::{Guard, Permitted, Set};
use crate::reply::{Bytes, Reply};
use crate::rule::Rule;

pub(super) fn read(option: SocketOption, optval: Optval, reply: &Reply, all: &mut Permitted) {
    if matches!(reply, Reply::Failed(_)) {
        all.otherwise(Rule::BytesOfFailure, Set::AnyBytes);
        return;
    }
    match length(option, optval.length) {
        Some(length) => {
            exactly(Guard::ALWAYS, Rule::BytesOfOption, Bytes::Wrote(length), all);
        }
        None => all.otherwise(Rule::BytesOfUnseenOption, Set::AnyBytes),
    }
}

/// The length that is reported; `None` where no suite tells.
const fn length(option: SocketOption, asked: Option<i32>) -> Option<u32> {
    use SocketOption::{Broadcast, ExclusiveAddrUse, ReuseAddr, V6Only};
    match (option, asked) {
        (V6Only, _) => Some(1),
        // two bytes are filled, and one is reported (PF-6)
        (ReuseAddr | ExclusiveAddrUse | Broadcast, Some(1 | 2)) => Some(1),
        (ReuseAddr | ExclusiveAddrUse | Broadcast, Some(3)) => None,
        _ => match (option.holds(), asked) {
            (Holding::Boolean | Holding::State, None | Some(4..)) => Some(4),
            _ => None,
        },
    }
}
