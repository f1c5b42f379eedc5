//! Exclusions of which no list is known: what calls show of them.
//!
//! A port that a stranger has bound lies in no system block that refuses binds, and a block that was granted in no exclusion
//! that refuses to grant it; a port that the system chose lies in neither. A bind that nothing else could have refused has
//! met a system block. In a closed world this holds until the machine restarts or the blocks change.

use portres_model::{
    About, Call, Code, Guard, Permitted, PortBlock, ProcessId, Protocol, Question, Refusal, Reply,
    Rule, Step, World,
};

use super::candidates::Ports;
use super::{Seen, State};

/// Ports of TCP and UDP of which it is known whether they are out of use.
#[derive(Clone, PartialEq, Hash, Default, Debug)]
pub(super) struct Unlisted {
    /// In no system block that refuses a bind.
    open_to_bind: [Ports; 2],
    /// In nothing that refuses an acquire.
    open_to_acquire: [Ports; 2],
    /// In a system block.
    taken: [Ports; 2],
}

impl State {
    /// Takes from the list what is known not to be the case.
    pub(super) fn sharpen(&self, by: ProcessId, call: &Call, all: &mut Permitted) {
        let Some(unlisted) = &self.unlisted else { return };
        match subject(&self.world, by, call) {
            Some(Subject::Bind(protocol, port)) => {
                let block = Rule::BindMeetsSystemBlock;
                if unlisted.open_to_bind[index(protocol)].has(port) {
                    all.may.retain(|r| r.rule != block);
                }
                if unlisted.taken[index(protocol)].has(port) {
                    let code = Code::Asks(Question::StrangerInSystemBlock);
                    let about = PortBlock::of(port).map_or(About::Call, About::Exclusion);
                    all.must.push(Refusal { rule: block, when: Guard::ALWAYS, code, about });
                }
            }
            Some(Subject::Acquire(protocol, block))
                if unlisted.open_to_acquire[index(protocol)].holds(block) =>
            {
                let meets = [Rule::AcquireMeetsExclusion, Rule::AcquireMeetsSystemBlock];
                all.may.retain(|r| !meets.contains(&r.rule));
            }
            Some(Subject::Acquire(..)) | None => {}
        }
    }

    /// Keeps what a reply shows.
    pub(super) fn learn(&mut self, seen: &Seen, step: &Step) {
        let Some(unlisted) = &mut self.unlisted else { return };
        match seen.call {
            // what is known of the start is known of it alone
            Call::Restart => **unlisted = Unlisted::default(),
            Call::Appear { protocol, block, .. } if seen.reply == Reply::Ok => {
                let open = &mut [&mut unlisted.open_to_bind, &mut unlisted.open_to_acquire];
                for ports in open {
                    ports[index(protocol)] = ports[index(protocol)].without(block);
                }
            }
            Call::Vanish { protocol, block } => {
                unlisted.taken[index(protocol)] = unlisted.taken[index(protocol)].without(block);
            }
            Call::AddExcluded { protocol, range, .. } => {
                let ports = &mut unlisted.open_to_acquire[index(protocol)];
                if let Some(block) = range.block() {
                    *ports = ports.without(block);
                }
            }
            _ => {}
        }
        let add = |ports: &mut [Ports; 2], protocol, block: Option<PortBlock>| {
            let ports = &mut ports[index(protocol)];
            *ports = ports.or(&block.into_iter().collect());
        };
        match (subject(&self.world, seen.who.process, &seen.call), seen.reply) {
            (Some(Subject::Bind(protocol, port)), Reply::Bound(bound)) if port == bound => {
                add(&mut unlisted.open_to_bind, protocol, PortBlock::of(port));
            }
            (Some(Subject::Bind(protocol, port)), Reply::Failed(_))
                if step.rules.as_slice() == [Rule::BindMeetsSystemBlock] =>
            {
                add(&mut unlisted.taken, protocol, PortBlock::of(port));
            }
            (Some(Subject::Acquire(protocol, asked)), Reply::Reserved { block, .. }) => {
                let granted = block.block().filter(|block| asked.holds(*block));
                add(&mut unlisted.open_to_acquire, protocol, granted);
            }
            _ => {}
        }
    }
}

/// What an exclusion may be in the way of.
enum Subject {
    /// A bind of a socket without association to a port.
    Bind(Protocol, u16),
    /// An acquire of a block.
    Acquire(Protocol, PortBlock),
}

fn subject(world: &World, by: ProcessId, call: &Call) -> Option<Subject> {
    let (_, socket) = world.socket_of(by, call.socket()?)?;
    let protocol = socket.kind.protocol()?;
    match *call {
        Call::Bind { address, .. } if socket.associations.is_none() && address.port() != 0 => {
            Some(Subject::Bind(protocol, address.port()))
        }
        Call::Acquire { range, .. } => Some(Subject::Acquire(protocol, range.block()?)),
        _ => None,
    }
}

fn index(protocol: Protocol) -> usize {
    usize::from(protocol == Protocol::Udp)
}
