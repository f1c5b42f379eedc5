//! Tokens that are no reservation's name.

use portres_model::{
    Call, Family, Frame, PortRange, ProcessId, Reply, SocketId, SocketKind, Token, World, apply,
};

#[test]
fn nothing_is_reserved_under_a_token_that_names_nothing() {
    let (by, socket) = (ProcessId(1), SocketId(1));
    let mut world = World::default();
    apply(&mut world, by, &Call::open(SocketKind::Udp, Family::V4), &Reply::Socket(socket));
    let block = PortRange { start: 5000, count: 20 };
    let call = Call::Acquire { socket, range: block, frame: Frame::default() };
    for (token, kept) in [(Token::ZERO, false), (Token::UNKNOWN, false), (Token(1), true)] {
        let mut world = world.clone();
        apply(&mut world, by, &call, &Reply::Reserved { block, token });
        assert_eq!(world.reservation(token).is_some(), kept, "{token}");
    }
}
