//! # Calls
//! None: a system component (WinNAT, http.sys, HNS, WSL in mirrored mode) takes a block of ports, or gives one back.
//! # Errors
//! ERROR_SHARING_VIOLATION, as http.sys and HNS report it, where the block is in use, excluded or taken.
//! # Open
//! Nothing.
//! # Assumed
//! Nothing.
//! # Not modelled
//! Which block a component chooses, and when.

use crate::error::Error;
use crate::permitted::{About, Code, Guard, Permitted, Refusal, Set};
use crate::port::{PortBlock, Protocol};
use crate::rule::Rule;
use crate::step::held::{Holds, holds, may_be_taken};
use crate::world::{Exclusion, ExclusionKind, Owner, World};

pub(super) fn appear(
    world: &World,
    protocol: Protocol,
    block: PortBlock,
    owner: Owner,
    all: &mut Permitted,
) {
    let code = Code::Is(Error::SharingViolation);
    let mut refuse = |rule, about| all.must(Refusal { rule, when: Guard::ALWAYS, code, about });
    let held = holds(world, protocol, block);
    if let Holds::Socket(port) = held {
        refuse(Rule::BlockMeetsSocket, About::Port(port));
    }
    for exclusion in world.exclusions_in(protocol, block) {
        match exclusion.kind {
            ExclusionKind::System(_) => {
                refuse(Rule::BlockMeetsBlock, About::Exclusion(exclusion.block));
            }
            // the range of mirrored mode is taken all the same (EV-74)
            ExclusionKind::Administered { .. } if owner == Owner::Wsl => {}
            ExclusionKind::Administered { .. } => {
                refuse(Rule::BlockMeetsExclusion, About::Exclusion(exclusion.block));
            }
        }
    }
    // connections that are left, reservations, and what nobody has seen may be in the way
    let perhaps = matches!(held, Holds::Connection(_))
        || world.may_have_unseen_blocks()
        || world.reservations_in(protocol, block).next().is_some();
    let unseen = || may_be_taken(world, protocol, block, None, Guard::ALWAYS);
    if let Some(when) = perhaps.then_some(Guard::ALWAYS).or_else(unseen) {
        all.may_when(when, Rule::BlockMeetsSocket, Code::Is(Error::SharingViolation));
    }
    all.otherwise(Rule::BlockAppears, Set::Ok);
}

pub(super) fn vanish(world: &World, protocol: Protocol, block: PortBlock, all: &mut Permitted) {
    let there = world.exclusions().iter().any(|e| is_block(e, protocol, block));
    let unseen = world.may_have_unseen_blocks();
    all.must_if(!there && !unseen, Rule::VanishFindsNothing, Error::NotFound);
    all.may_if(!there && unseen, Rule::VanishFindsNothing, Error::NotFound);
    all.otherwise(Rule::BlockVanishes, Set::Ok);
}

pub(super) fn appeared(world: &mut World, protocol: Protocol, block: PortBlock, owner: Owner) {
    world.exclude(Exclusion { protocol, block, kind: ExclusionKind::System(owner) });
}

pub(super) fn vanished(world: &mut World, protocol: Protocol, block: PortBlock) {
    world.retain_exclusions(|e| !is_block(e, protocol, block));
}

fn is_block(exclusion: &Exclusion, protocol: Protocol, block: PortBlock) -> bool {
    exclusion.protocol == protocol
        && exclusion.block == block
        && matches!(exclusion.kind, ExclusionKind::System(_))
}
