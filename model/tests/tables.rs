//! The tables of SO_REUSEADDR and SO_EXCLUSIVEADDRUSE, cell by cell, against a second transcription.

use std::net::SocketAddr;

use portres_model::{
    AccessToken, Account, Call, Claim, Credentials, Error, Family, Literal, Process, ProcessId,
    Profile, Question, Reply, Share, SocketId, SocketKind, SocketOption, World, apply, permitted,
    second_bind, second_bind_before_2003,
};

const U: Option<Error> = Some(Error::WsaAddressInUse);
const A: Option<Error> = Some(Error::WsaAccess);
const K: Option<Error> = None;

/// Rows are the first bind, columns the second: default W, default S, reuse W, reuse S, exclusive W, exclusive S.
const SAME_USER: [[Option<Error>; 6]; 6] = [
    [U, K, A, K, U, K],
    [K, U, K, A, U, U],
    [U, K, K, K, U, K],
    [K, U, K, K, U, U],
    [U, A, A, A, U, A],
    [K, U, K, A, U, U],
];

const OTHER_USER: [[Option<Error>; 6]; 6] = [
    [U, A, A, A, U, A],
    [K, U, K, A, U, U],
    [U, A, K, K, U, A],
    [K, U, K, K, U, U],
    [U, A, A, A, U, A],
    [K, U, K, A, U, U],
];

/// Windows XP and earlier, whoever binds.
const BEFORE_2003: [[Option<Error>; 6]; 6] = [
    [U, U, K, K, U, U],
    [U, U, K, K, U, U],
    [U, U, K, K, U, U],
    [U, U, K, K, U, U],
    [U, U, A, A, U, U],
    [U, U, A, A, U, U],
];

const CLAIMS: [(Share, bool); 6] = [
    (Share::Default, true),
    (Share::Default, false),
    (Share::Reuse, true),
    (Share::Reuse, false),
    (Share::Exclusive, true),
    (Share::Exclusive, false),
];

#[test]
fn the_table_is_the_page_s() {
    for (i, (share, wildcard)) in CLAIMS.into_iter().enumerate() {
        let first = Claim { share, wildcard };
        for (j, (share, wildcard)) in CLAIMS.into_iter().enumerate() {
            let second = Claim { share, wildcard };
            assert_eq!(
                second_bind(first, second, true),
                SAME_USER[i][j],
                "T2 {first:?} {second:?}"
            );
            assert_eq!(
                second_bind(first, second, false),
                OTHER_USER[i][j],
                "T3 {first:?} {second:?}"
            );
            assert_eq!(
                second_bind_before_2003(first, second),
                BEFORE_2003[i][j],
                "T1 {first:?} {second:?}"
            );
        }
    }
}

/// A world in which a process of each of two users runs.
fn world() -> World {
    let mut world = World::default();
    for (id, user) in [(1, "alice"), (2, "bob")] {
        let user = user.parse().expect("a name");
        let credentials =
            Credentials { user, account: Account::Standard, token: AccessToken::Filtered };
        world.put_process(ProcessId(id), Some(Process { credentials, startups: 1 }));
    }
    world
}

fn address(family: Family, wildcard: bool) -> SocketAddr {
    let text = match (family, wildcard) {
        (Family::V4, true) => "0.0.0.0:5000",
        (Family::V4, false) => "127.0.0.1:5000",
        (Family::V6, true) => "[::]:5000",
        (Family::V6, false) => "[::1]:5000",
    };
    text.parse().expect("an address")
}

fn open(
    world: &mut World,
    by: u32,
    id: u32,
    kind: SocketKind,
    family: Family,
    share: Share,
) -> SocketId {
    let (by, socket) = (ProcessId(by), SocketId(id));
    apply(world, by, &Call::open(kind, family), &Reply::Socket(socket));
    let option = match share {
        Share::Default => return socket,
        Share::Reuse => SocketOption::ReuseAddr,
        Share::Exclusive => SocketOption::ExclusiveAddrUse,
    };
    apply(world, by, &Call::set_option(socket, option, 1), &Reply::Ok);
    socket
}

/// Every reading in which one of the tables holds.
fn readings(table: &str) -> Profile {
    let (mut profile, question) = (Profile::open_to_all(), Question::SharingTable);
    let answers = question.answer(table).expect("a table");
    profile.settle(Literal { question, answers }).expect("a reading");
    profile
}

/// What the second of two binds gives; everything about two plain sockets is certain, so one reply is permitted.
fn second(
    profile: &Profile,
    kind: SocketKind,
    family: Family,
    first: (Share, bool),
    second: (Share, bool),
    by: u32,
) -> Option<Error> {
    let mut world = world();
    let socket = open(&mut world, 1, 1, kind, family, first.0);
    let bind = Call::bind(socket, address(family, first.1));
    apply(&mut world, ProcessId(1), &bind, &Reply::Bound(5000));
    let socket = open(&mut world, by, 2, kind, family, second.0);
    let call = Call::bind(socket, address(family, second.1));
    let all = permitted(&world, ProcessId(by), &call);
    let codes = [Error::WsaAddressInUse, Error::WsaAccess];
    let gives = |reply| all.judge(&world, profile, &reply).is_ok();
    let refused: Vec<Error> = codes.into_iter().filter(|e| gives(Reply::Failed(*e))).collect();
    assert!(refused.len() <= 1 && gives(Reply::Bound(5000)) == refused.is_empty());
    refused.first().copied()
}

#[test]
fn bind_follows_the_tables_for_both_protocols_and_families() {
    let (since_2003, before) = (readings("2003"), readings("xp"));
    let cases = [
        ("T2", &since_2003, 1, SAME_USER),
        ("T3", &since_2003, 2, OTHER_USER),
        ("T1", &before, 1, BEFORE_2003),
        ("T1", &before, 2, BEFORE_2003),
    ];
    for kind in [SocketKind::Tcp, SocketKind::Udp] {
        for family in [Family::V4, Family::V6] {
            for (i, first) in CLAIMS.into_iter().enumerate() {
                for (j, claim) in CLAIMS.into_iter().enumerate() {
                    for (name, profile, by, table) in cases {
                        let told = format!("{name} {kind} {family} {first:?} {claim:?}");
                        let seen = second(profile, kind, family, first, claim, by);
                        assert_eq!(seen, table[i][j], "{told}");
                    }
                }
            }
        }
    }
}
