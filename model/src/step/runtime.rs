//! # Calls
//! `WSAIoctl` with SIO_ACQUIRE_PORT_RESERVATION, SIO_ASSOCIATE_PORT_RESERVATION, SIO_RELEASE_PORT_RESERVATION.
//! # Errors
//! WSAENOTSOCK; WSAEOPNOTSUPP for a socket that is neither TCP nor UDP; WSAEACCES for a persistent token without
//! privilege; WSAEINVAL for what is not acceptable. The pages name no code for most conflicts.
//! # Open
//! Nearly every refusal: the questions of `acquire`, `associate` and `release`.
//! # Assumed
//! See the rules of standing `assumed`.
//! # Not modelled
//! Limits on number and size (SIL-7d); the padding of the output (SIL-36).

use crate::call::{Buffer, Call, Family, Frame};
use crate::error::Error;
use crate::id::{ProcessId, RequestId, SocketId, Token};
use crate::permitted::{About, Code, FreeBlock, Guard, Offer, Permitted, Refusal, Set};
use crate::port::{PortBlock, PortRange, Protocol};
use crate::question::Question;
use crate::reply::Reply;
use crate::rule::Rule;
use crate::step::held::{Holds, holds, in_force, may_be_crossed, may_be_taken, passing_over_ended};
use crate::step::socket::ask_if_bound;
use crate::step::{ioctl, privilege, put_granted, socket};
use crate::world::{ExclusionKind, Kind, Reservation, Socket, World};

pub(super) fn acquire(
    world: &World,
    by: ProcessId,
    id: SocketId,
    range: PortRange,
    (frame, completing): (Frame, Option<RequestId>),
    all: &mut Permitted,
) {
    let Some((slot, socket, protocol)) = ioctl::reservation(world, by, id, &frame, all) else {
        return;
    };
    let owns = world.owned_by(slot).next().is_some();
    let (rule, question) = (Rule::IoctlRejectsInputPointer, Question::InputPointer);
    all.ask_if(frame.input.is_nowhere(), rule, question);
    let (rule, question) = (Rule::IoctlRejectsOutputPointer, Question::OutputPointer);
    all.ask_if(frame.output.is_nowhere(), rule, question);
    all.ask_if(frame.input.is_short(), Rule::AcquireRejectsShortInput, Question::AcquireShortInput);
    all.ask_if(
        frame.input == Buffer::Long,
        Rule::AcquireRejectsLongInput,
        Question::AcquireLongInput,
    );
    all.ask_if(
        frame.output.is_short(),
        Rule::AcquireRejectsShortOutput,
        Question::AcquireShortOutput,
    );
    ask_if_bound(socket, Rule::AcquireRejectsBound, Question::AcquireOnBound, all);
    all.ask_if(owns, Rule::AcquireRejectsAgain, Question::AcquireAgain);
    if !owns && may_own(world, slot, completing) {
        let again = Code::Asks(Question::AcquireAgain);
        all.may_when(Guard::ALWAYS, Rule::AcquireRejectsAgain, again);
    }
    all.ask_if(
        socket.associations.is_some(),
        Rule::AcquireRejectsAssociated,
        Question::AcquireOnAssociated,
    );
    if !has_input(&frame) {
        return;
    }
    let acquire = Acquire { world, completing, protocol, family: socket.family };
    all.may_always(const { &Refusal::asked(Rule::AcquireMeetsLimit, Question::AcquireLimit) });
    if range.count == 0 {
        all.ask_if(true, Rule::AcquireRejectsZeroCount, Question::AcquireZeroCount);
        let empty = Guard::when(const { Question::AcquireZeroCount.only(&["empty"]) });
        all.otherwise_when(empty, Rule::AcquireGrantsNone, Set::Block(range));
    } else if range.start == 0 {
        acquire.any(range.count, all);
    } else {
        acquire.block(range, all);
    }
}

/// Whether a pending request may have given the socket a reservation unseen.
fn may_own(world: &World, slot: SocketId, completing: Option<RequestId>) -> bool {
    let protocol = world.socket(slot).and_then(|s| s.kind.protocol());
    world.pending().any(|(id, request)| {
        let Call::Acquire { socket, .. } = request.call else { return false };
        // with its descriptor closed, whichever socket it is has the protocol
        let is_of =
            socket == SocketId::INVALID && protocol.is_some() && request.protocol == protocol
                || world.slot_of(request.process, socket) == Some(slot);
        completing != Some(id) && is_of
    })
}

#[derive(Clone, Copy)]
struct Acquire<'w> {
    world: &'w World,
    /// The request that completes, if it is one.
    completing: Option<RequestId>,
    protocol: Protocol,
    family: Family,
}

impl Acquire<'_> {
    /// A block of which the first port is named.
    fn block(self, range: PortRange, all: &mut Permitted) {
        let truncated = const { Question::AcquirePastEnd.only(&["truncated"]) };
        let Some(block) = range.block() else {
            all.ask_if(true, Rule::AcquireRejectsPastEnd, Question::AcquirePastEnd);
            self.grant(
                range.start,
                65_535,
                Guard::when(truncated),
                Rule::AcquireGrantsTruncated,
                all,
            );
            return;
        };
        let exists = if block.last() == 65_535 {
            let short = Guard::when(const { Question::LastPort.only(&["no"]) });
            all.ask_when(short, Rule::AcquireRejectsPastEnd, Question::AcquirePastEnd);
            if block.first() == 65_535 {
                all.must_when(short.and(truncated), Rule::AcquireRejectsPastEnd, Error::WsaInvalid);
            } else {
                self.grant(
                    block.first(),
                    65_534,
                    short.and(truncated),
                    Rule::AcquireGrantsTruncated,
                    all,
                );
            }
            Guard::when(const { Question::LastPort.only(&["yes"]) })
        } else {
            Guard::ALWAYS
        };
        self.grant(block.first(), block.last(), exists, Rule::AcquireGrants, all);
    }

    fn grant(self, first: u16, last: u16, when: Guard, rule: Rule, all: &mut Permitted) {
        let Some(block) = PortBlock::between(first, last) else { return };
        if first < 1024 {
            all.ask_when(when, Rule::AcquireRejectsLowPort, Question::AcquireLowPort);
        }
        self.conflicts(block, when, all);
        all.otherwise_when(when, rule, Set::Block(block.range()));
    }

    #[inline]
    fn conflicts(self, block: PortBlock, when: Guard, all: &mut Permitted) {
        self.meets_reservations(block, when, all);
        self.meets_exclusions(block, when, all);
        self.meets_holders(block, when, all);
        self.meets_unseen(block, when, all);
    }

    #[inline(always)]
    fn meets_reservations(self, block: PortBlock, when: Guard, all: &mut Permitted) {
        for (token, reservation) in self.world.reservations_in(self.protocol, block) {
            let (rule, question) = match reservation.kind {
                Kind::Runtime { .. } => (Rule::AcquireMeetsRuntime, Question::AcquireOverRuntime),
                Kind::Persistent { .. } => {
                    (Rule::AcquireMeetsPersistent, Question::AcquireOverPersistent)
                }
            };
            let when = in_force(reservation, self.family, when);
            ask(when, rule, question, About::Reservation(token), all);
        }
        let crossing = when.and(const { Question::CrossesProtocols.only(&["yes"]) });
        for (token, reservation) in self.world.reservations_in(self.protocol.other(), block) {
            if matches!(reservation.kind, Kind::Runtime { .. }) && !reservation.ended {
                let (rule, question) = (Rule::AcquireMeetsRuntime, Question::AcquireOverRuntime);
                ask(crossing, rule, question, About::Reservation(token), all);
            }
        }
    }

    #[inline(always)]
    fn meets_exclusions(self, block: PortBlock, when: Guard, all: &mut Permitted) {
        for exclusion in self.world.exclusions_in(self.protocol, block) {
            let (rule, question) = match exclusion.kind {
                ExclusionKind::Administered { .. } => {
                    (Rule::AcquireMeetsExclusion, Question::AcquireOverExclusion)
                }
                ExclusionKind::System(_) => {
                    (Rule::AcquireMeetsSystemBlock, Question::AcquireOverSystemBlock)
                }
            };
            ask(when, rule, question, About::Exclusion(exclusion.block), all);
        }
    }

    /// Sockets that are bound in the block, and connections that are left.
    #[inline(always)]
    fn meets_holders(self, block: PortBlock, when: Guard, all: &mut Permitted) {
        let (rule, question, about) = match holds(self.world, self.protocol, block) {
            Holds::Socket(port) => {
                (Rule::AcquireMeetsSocket, Question::AcquireOverBound, About::Port(port))
            }
            Holds::Connection(port) => {
                (Rule::AcquireMeetsAccepted, Question::AcquireOverAccepted, About::Connection(port))
            }
            Holds::Nothing => return,
        };
        ask(when, rule, question, about, all);
    }

    /// What the trace does not show: pending requests, connects that failed, other programs, exclusions that are not listed.
    #[inline(always)]
    fn meets_unseen(self, block: PortBlock, when: Guard, all: &mut Permitted) {
        let runtime = Code::Asks(Question::AcquireOverRuntime);
        let bound = Code::Asks(Question::AcquireOverBound);
        if let Some(taken) = may_be_taken(self.world, self.protocol, block, self.completing, when) {
            all.may_when(taken, Rule::AcquireMeetsPending, runtime);
            all.may_when(taken, Rule::AcquireMeetsPending, bound);
        }
        let crossed = may_be_crossed(self.world, self.protocol, block, self.completing, when);
        if let Some(crossed) = crossed {
            all.may_when(crossed, Rule::AcquireMeetsPending, runtime);
        }
        if self.world.machine().open {
            all.may_when(when, Rule::AcquireMeetsOutsider, runtime);
            all.may_when(when, Rule::AcquireMeetsOutsider, bound);
        }
        if self.world.machine().unlisted_exclusions {
            let excluded = Code::Asks(Question::AcquireOverExclusion);
            all.may_when(when, Rule::AcquireMeetsExclusion, excluded);
        }
        if self.world.may_have_unseen_blocks() {
            let taken = Code::Asks(Question::AcquireOverSystemBlock);
            all.may_when(when, Rule::AcquireMeetsSystemBlock, taken);
        }
    }

    /// A block that the system chooses.
    fn any(self, count: u16, all: &mut Permitted) {
        let pools = const {
            let q = Question::WildcardPool;
            [
                (q.only(&["dynamic"]), None),
                (q.only(&["above-1023"]), PortBlock::between(1024, 65_535)),
                (q.only(&["any"]), PortBlock::between(1, 65_535)),
            ]
        };
        let counts = const {
            let q = Question::WildcardCount;
            [
                (q.only(&["exact"]), false, Rule::AcquireGrantsAny),
                (q.only(&["or-fewer"]), true, Rule::AcquireGrantsFewer),
            ]
        };
        for (pool, within) in pools {
            let within = within.unwrap_or(self.world.dynamic(self.protocol));
            let crossing =
                self.world.reservations_in(self.protocol.other(), within).next().is_some();
            for (reading, or_fewer, rule) in counts {
                let protocol = self.protocol;
                let if_empty = Some((Rule::AcquireFindsNoBlock, Code::Asks(Question::NoFreeBlock)));
                let mut offer = |when: Guard, skip_other| {
                    for (when, skip_ended) in
                        passing_over_ended(self.world, protocol, skip_other, within, when)
                    {
                        let set =
                            FreeBlock { protocol, within, count, or_fewer, skip_other, skip_ended };
                        all.offer(Offer { rule, when, set: Set::FreeBlock(set), if_empty });
                    }
                };
                let when = Guard::when(pool).and(reading);
                if crossing {
                    offer(when.and(const { Question::CrossesProtocols.only(&["no"]) }), false);
                    offer(when.and(const { Question::CrossesProtocols.only(&["yes"]) }), true);
                } else {
                    offer(when, false);
                }
            }
        }
        if self.world.machine().open || self.world.machine().unlisted_exclusions {
            all.may_when(
                Guard::ALWAYS,
                Rule::AcquireFindsNoBlock,
                Code::Asks(Question::NoFreeBlock),
            );
        }
        let everything = PortBlock::between(1, u16::MAX);
        let id = self.completing;
        let taken = |b| may_be_taken(self.world, self.protocol, b, id, Guard::ALWAYS);
        let crossed = |b| may_be_crossed(self.world, self.protocol, b, id, Guard::ALWAYS);
        for when in [everything.and_then(taken), everything.and_then(crossed)].into_iter().flatten()
        {
            let code = Code::Asks(Question::NoFreeBlock);
            all.may_when(when, Rule::AcquireMeetsPending, code);
        }
    }
}

/// A refusal that a question decides.
#[inline(always)]
fn ask(when: Guard, rule: Rule, question: Question, about: About, all: &mut Permitted) {
    all.must(Refusal { rule, when, code: Code::Asks(question), about });
}

/// Whether there is an output that should not be.
fn has_output(frame: &Frame) -> bool {
    matches!(frame.output, Buffer::Long | Buffer::Bad | Buffer::Tiny)
}

/// Whether there is an input that can be looked at.
fn has_input(frame: &Frame) -> bool {
    matches!(frame.input, Buffer::Exact | Buffer::Long)
}

/// Whether a process has a descriptor of the socket.
pub(super) fn holds_descriptor(world: &World, by: ProcessId, slot: SocketId) -> bool {
    world.socket(slot).is_some_and(|s| s.process == by)
        || world.duplicates().iter().any(|d| d.of == slot && d.process == by)
}

pub(super) fn associate(
    world: &World,
    by: ProcessId,
    id: SocketId,
    token: Token,
    frame: Frame,
    all: &mut Permitted,
) {
    let Some((_, socket, protocol)) = ioctl::reservation(world, by, id, &frame, all) else {
        return;
    };
    let (rule, question) = (Rule::IoctlRejectsInputPointer, Question::InputPointer);
    all.ask_if(frame.input.is_nowhere(), rule, question);
    all.ask_if(
        frame.input.is_short(),
        Rule::AssociateRejectsShortInput,
        Question::AssociateShortInput,
    );
    let output = has_output(&frame);
    all.ask_if(output, Rule::AssociateRejectsOutput, Question::AssociateOutput);
    let nowhere = frame.output == Buffer::Bad;
    all.may_if(nowhere, Rule::IoctlRejectsOutputPointer, Error::WsaFault);
    ask_if_bound(socket, Rule::AssociateRejectsBound, Question::AssociateBound, all);
    if let Some(earlier) = socket.associations {
        all.ask_if(true, Rule::AssociateRejectsAgain, Question::AssociateAgain);
        if earlier != (token, token) {
            let same_only =
                Guard::when(const { Question::AssociateAgain.only(&["same-token-only"]) });
            all.must_when(same_only, Rule::AssociateRejectsAgain, Error::WsaInvalid);
        }
    }
    if !has_input(&frame) {
        return;
    }
    associate_token(world, by, (socket, protocol), token, all);
    all.otherwise(Rule::AssociateTies, Set::Ok);
}

/// What the token alone decides.
fn associate_token(
    world: &World,
    by: ProcessId,
    (socket, protocol): (&Socket, Protocol),
    token: Token,
    all: &mut Permitted,
) {
    let Some(reservation) = world.reservation(token).filter(|r| !r.ended) else {
        all.ask_if(true, Rule::AssociateRejectsUnknownToken, Question::AssociateUnknown);
        return;
    };
    match reservation.kind {
        Kind::Persistent { token_known } => {
            let (rule, code) = (Rule::AssociateNeedsPrivilege, Error::WsaAccess);
            privilege::administrator(world, by, rule, Code::Is(code), Guard::ALWAYS, all);
            if !token_known {
                let stale = Code::Asks(Question::AssociateUnknown);
                all.may_when(Guard::ALWAYS, Rule::AssociateRejectsUnknownToken, stale);
            }
        }
        Kind::Runtime { process, family, socket: owner } => {
            if process != by && holds_descriptor(world, by, owner) {
                all.ask_if(true, Rule::AssociateRejectsHolder, Question::AssociateByHolder);
            } else {
                let foreign = process != by;
                all.ask_if(foreign, Rule::AssociateRejectsOtherProcess, Question::AssociateForeign);
            }
            let code = Code::Asks(Question::RuntimePrivilege);
            let rule = Rule::AssociateNeedsPrivilegeForRuntime;
            privilege::administrator(world, by, rule, code, Guard::ALWAYS, all);
            all.ask_if(
                family != socket.family,
                Rule::AssociateRejectsOtherFamily,
                Question::AssociateFamily,
            );
        }
    }
    let other = reservation.protocol != protocol;
    all.ask_if(other, Rule::AssociateRejectsOtherProtocol, Question::AssociateProtocol);
}

pub(super) fn release(
    world: &World,
    by: ProcessId,
    id: SocketId,
    token: Token,
    frame: Frame,
    all: &mut Permitted,
) {
    let Some((slot, _, _)) = ioctl::reservation(world, by, id, &frame, all) else { return };
    let (rule, question) = (Rule::ReleaseRejectsInputPointer, Question::ReleaseInputPointer);
    all.ask_if(frame.input.is_nowhere(), rule, question);
    all.ask_if(frame.input.is_short(), Rule::ReleaseRejectsShortInput, Question::ReleaseShortInput);
    let output = has_output(&frame);
    all.ask_if(output, Rule::ReleaseRejectsOutput, Question::ReleaseOutput);
    let nowhere = frame.output == Buffer::Bad;
    all.may_if(nowhere, Rule::IoctlRejectsOutputPointer, Error::WsaFault);
    if !has_input(&frame) {
        return;
    }
    match world.reservation(token).filter(|r| !r.ended) {
        None => all.ask_if(true, Rule::ReleaseRejectsUnknownToken, Question::ReleaseUnknown),
        Some(Reservation { kind: Kind::Persistent { .. }, .. }) => {
            all.ask_if(true, Rule::ReleaseRejectsPersistent, Question::ReleasePersistent);
        }
        Some(Reservation {
            kind: Kind::Runtime { process, socket, .. }, protocol, block, ..
        }) => {
            let in_use = block.is_some_and(|b| world.bound_in(*protocol, b).is_some());
            let taken = |b| may_be_taken(world, *protocol, b, None, Guard::ALWAYS);
            if let Some(when) = block.filter(|_| !in_use).and_then(taken) {
                let code = Code::Asks(Question::ReleaseInUse);
                all.may_when(when, Rule::ReleaseRejectsInUse, code);
            }
            if *process != by && holds_descriptor(world, by, *socket) {
                all.ask_if(true, Rule::ReleaseRejectsHolder, Question::ReleaseByHolder);
            } else {
                let foreign = *process != by;
                all.ask_if(foreign, Rule::ReleaseRejectsOtherProcess, Question::ReleaseForeign);
            }
            all.ask_if(
                *socket != slot,
                Rule::ReleaseRejectsOtherSocket,
                Question::ReleaseOtherSocket,
            );
            all.ask_if(in_use, Rule::ReleaseRejectsInUse, Question::ReleaseInUse);
        }
    }
    all.otherwise(Rule::ReleaseEnds, Set::Ok);
}

pub(super) fn acquired(world: &mut World, by: ProcessId, id: SocketId, reply: &Reply) {
    let Reply::Reserved { block, token } = *reply else { return };
    let Some((protocol, family)) =
        world.socket(id).and_then(|s| Some((s.kind.protocol()?, s.family)))
    else {
        return;
    };
    let kind = Kind::Runtime { process: by, socket: id, family };
    let reservation = Reservation { protocol, block: block.block(), kind, ended: false, users: 0 };
    put_granted(world, token, reservation);
}

/// A token of nothing stays a token of nothing, whatever gets its name later.
pub(super) fn associated(world: &mut World, id: SocketId, token: Token) {
    let token = if world.reservation(token).is_some() { token } else { Token::UNKNOWN };
    socket::change(world, id, |socket| {
        // after bind it has no effect
        if socket.bound.is_none() {
            let first = socket.associations.map_or(token, |(first, _)| first);
            socket.associations = Some((first, token));
        }
    });
    confirm(world, token);
}

/// A persistent token that was taken is the current one.
fn confirm(world: &mut World, token: Token) {
    let Some(reservation) = world.reservation(token).copied() else { return };
    if let Kind::Persistent { token_known: false } = reservation.kind {
        let kind = Kind::Persistent { token_known: true };
        world.put_reservation(token, Some(Reservation { kind, ..reservation }));
    }
}
