//! One of the replies that are permitted under a reading.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portres_model::{
    Bytes, Error, Family, FreeBlock, FreePort, LocalName, Offer, Permitted, PortBlock, PortRange,
    Reading, Refusal, Reply, Rule, Set, SocketId, Token, World, code_under,
};

use crate::draw::Draw;

/// Some reply that the list permits under the reading, and its rule. What may refuse at any time is asked once in `seldom`
/// times. There is one in every state that permitted replies lead to.
pub(crate) fn choose(
    world: &World,
    all: &Permitted,
    reading: &Reading,
    seldom: usize,
    draw: &mut Draw,
) -> Option<(Rule, Reply)> {
    let choice = all.under(reading);
    let told = |(refusal, code): (&Refusal, Error)| (refusal.rule, code);
    let (must, may): (Vec<_>, Vec<_>) =
        (choice.must().map(told).collect(), choice.may().map(told).collect());
    // a request that may pend does so half the time, for what comes of it is seldom seen otherwise
    let pends = may.iter().any(|(_, code)| *code == Error::IoPending);
    let may: &[_] = if draw.one_in(if pends { 2 } else { seldom }) { &may } else { &[] };
    let refusals = [must.as_slice(), may].concat();
    if let Some((rule, error)) = draw.any(&refusals) {
        return Some((rule, Reply::Failed(error)));
    }
    let offers: Vec<_> = choice.offers().collect();
    let from = draw.below(offers.len());
    for offer in offers.iter().cycle().skip(from).take(offers.len()) {
        if let Some(reply) = member(world, &offer.set, draw) {
            return Some((offer.rule, reply));
        }
    }
    offers.iter().find_map(|o| {
        let (rule, code) = o.if_empty?;
        Some((rule, Reply::Failed(code_under(code, reading)?)))
    })
}

/// A reply of a set; `None` if it is empty or holds byte counts.
fn member(world: &World, set: &Set, draw: &mut Draw) -> Option<Reply> {
    let socket = (1..).map(SocketId).find(|s| world.is_vacant(*s)).expect("a vacant slot");
    let token = (1..).map(Token).find(|t| world.reservation(*t).is_none()).expect("a vacant slot");
    Some(match *set {
        Set::Ok => Reply::Ok,
        Set::NewSocket => Reply::Socket(socket),
        Set::Opened(kind, family) => Reply::Opened { socket, kind, family },
        Set::NameOf(family) => Reply::Name(family.wildcard()),
        Set::Value(value) => draw.pick(&[Reply::Value(value), Reply::Ok]),
        Set::AnyValue => Reply::Value(7),
        Set::Port(port) => Reply::Bound(port),
        Set::AnyPort => Reply::Bound(draw.pick(&[0, 1, 5_000])),
        Set::FreePort(free) => Reply::Bound(free_port(world, &free, draw)?),
        Set::Name(name) => Reply::Name(name),
        Set::Address(address) => Reply::Name((address, 0).into()),
        Set::Block(block) => Reply::Reserved { block, token },
        Set::FreeBlock(free) => {
            Reply::Reserved { block: free_block(world, &free, draw)?.range(), token }
        }
        Set::NewToken => Reply::Token(token),
        Set::Token(token) => Reply::Token(token),
        Set::NameIn(block) => Reply::Name((Ipv4Addr::UNSPECIFIED, draw.port(block.ports())).into()),
        Set::PortIn(block) => Reply::Bound(draw.port(block.ports())),
        Set::BlockOfAtMost(count) => {
            let count = draw.port(1..=count.max(1));
            Reply::Reserved { block: PortRange { start: draw.port(5_000..=5_011), count }, token }
        }
        Set::NameAt(local) => Reply::Name((own_address(&local), local.port).into()),
        Set::This(reply) => reply,
        Set::AnyBytes | Set::BytesNotZero => return None,
    })
}

fn own_address(local: &LocalName) -> IpAddr {
    match local.of {
        Family::V4 => Ipv4Addr::LOCALHOST.into(),
        Family::V6 => Ipv6Addr::LOCALHOST.into(),
    }
}

/// A free port: the lowest, the first behind a random one, or one that others have left or reserved.
fn free_port(world: &World, free: &FreePort, draw: &mut Draw) -> Option<u16> {
    let near: Vec<u16> = (4_998..=5_012).filter(|p| free.has(world, *p)).collect();
    if let Some(port) = draw.any(&near) {
        return Some(port);
    }
    let from = draw.port(free.within.ports());
    let part = PortBlock::between(from, free.within.last())?;
    free.lowest(world, part).or_else(|| free.lowest(world, free.within))
}

fn free_block(world: &World, free: &FreeBlock, draw: &mut Draw) -> Option<PortBlock> {
    let starts = (4_998u16..=5_012).chain([1_024, 600]);
    let counts = if free.or_fewer { 1..=free.count } else { free.count..=free.count };
    let near: Vec<PortBlock> = starts
        .flat_map(|start| counts.clone().map(move |count| PortRange { start, count }))
        .filter(|range| free.has(world, *range))
        .filter_map(PortRange::block)
        .collect();
    draw.any(&near).or_else(|| free.lowest(world))
}

/// A byte count of a set, and its rule.
pub(crate) fn count(offer: &Offer, draw: &mut Draw) -> Option<(Rule, Reply)> {
    let wrote = Bytes::Wrote(1 + draw.below(16) as u32);
    let seen = match offer.set {
        Set::This(seen @ Reply::Bytes(_)) => seen,
        Set::AnyBytes => Reply::Bytes(draw.pick(&[Bytes::Untouched, Bytes::Wrote(0), wrote])),
        Set::BytesNotZero => Reply::Bytes(wrote),
        _ => return None,
    };
    Some((offer.rule, seen))
}
