//! Every kind of call and of reply is among those generated. A new one does not compile before it stands here.

use std::collections::BTreeSet;

use portres_model::{Call, Reply};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

macro_rules! kinds {
    ($list:ident $of:ident $type:ident { $($kind:ident)* }) => {
        const $list: &[&str] = &[$(stringify!($kind)),*];

        fn $of(value: &$type) -> &'static str {
            match value { $($type::$kind { .. } => stringify!($kind),)* }
        }
    };
}

kinds! { CALLS call_kind Call {
    Startup Cleanup Socket Open SetSockOpt GetSockOpt IoctlSocket Bind GetSockName GetPeerName Listen Connect ConnectEx Accept SendTo Disconnect
    CloseSocket Duplicate Inherit Acquire Associate Release Affinity Ioctl Preset Result Completion Cancel EndThread Create
    Delete Lookup AddExcluded DeleteExcluded ShowExcluded SetDynamic ShowDynamic Exit Start Restart Appear Vanish
    Network Settle Complete
} }

// a byte count stands beside a reply and is none
kinds! { REPLIES reply_kind Reply {
    Ok Socket Opened Version Bound Name Reserved Token Value Range Row Failed Unsupported Bytes
} }

#[test]
fn every_kind_of_call_and_reply_is_generated() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut calls, mut replies) = (BTreeSet::new(), BTreeSet::from(["Bytes"]));
    let values = super::call().prop_flat_map(|call| (Just(call), super::reply(call.shape())));
    for _ in 0..4_000 {
        let (call, reply) = values.new_tree(&mut runner).expect("a value").current();
        calls.insert(call_kind(&call));
        replies.insert(reply_kind(&reply));
    }
    let missing = |all: &[&'static str], seen: &BTreeSet<&str>| {
        all.iter().filter(|kind| !seen.contains(*kind)).copied().collect::<Vec<_>>()
    };
    assert_eq!(missing(CALLS, &calls), Vec::<&str>::new());
    assert_eq!(missing(REPLIES, &replies), Vec::<&str>::new());
}
