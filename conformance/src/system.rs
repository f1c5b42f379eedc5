//! Systems: whatever answers calls. The simulator, the real Winsock, another program, or a server.

use portres_model::{Bytes, Call, Names, Reply, Who};

use crate::trace::Header;

mod exec;
mod sim;
mod spoken;
mod tcp;

pub use exec::Exec;
pub use sim::Sim;
#[cfg(feature = "serve")]
pub(crate) use sim::said;
pub use tcp::Tcp;

/// A machine that answers calls, one after another.
pub trait System {
    /// Makes the machine ready for a trace with this header; gives what the machine says of itself.
    ///
    /// # Errors
    /// If the machine cannot be had.
    fn start(&mut self, header: &Header) -> Result<Header, SystemError>;

    /// Does one call. `names` proposes a name for what the call may create; a token that is known already comes back under
    /// its known name. What the system cannot do at all it answers with [`Reply::Unsupported`].
    ///
    /// # Errors
    /// If the system died or hangs: the trace ends there.
    fn call(&mut self, who: Who, names: Option<Names>, call: &Call) -> Result<Answer, SystemError>;

    /// Ends the machine and undoes what would last.
    ///
    /// # Errors
    /// If something could not be undone.
    fn finish(&mut self) -> Result<(), SystemError> {
        Ok(())
    }
}

/// What a system answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// What the call left in its byte count, where it has one and the system saw it.
    pub bytes: Option<Bytes>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Answer {
        Answer { reply, bytes: None }
    }
}

/// A system cannot be had, has died, or hangs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SystemError(pub String);

/// How a system is to be opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The seed of the simulator.
    pub seed: u64,
    /// The readings that the simulator may draw from.
    pub profile: portres_model::Profile,
    /// Whether a real machine may be changed in ways that last.
    pub change_this_machine: bool,
    /// A local test user of a real machine and the environment variable that holds its password.
    pub test_user: Option<(String, String)>,
}

/// Opens a system by its name: `sim`, `sim:flaw=ID`, `winsock`, `exec:COMMAND`, `tcp:HOST:PORT`.
///
/// # Errors
/// If there is no such system here.
pub fn open(name: &str, options: &Options) -> Result<Box<dyn System>, SystemError> {
    match name.split_once(':') {
        None if name == "sim" => Ok(Box::new(Sim::new(options.profile.clone(), options.seed))),
        None if name == "winsock" => winsock(options),
        Some(("exec", command)) => Ok(Box::new(Exec::new(command)?)),
        Some(("tcp", address)) => Ok(Box::new(Tcp::new(address)?)),
        Some(("sim", flaw)) => {
            Ok(Box::new(Sim::new(options.profile.clone(), options.seed).with_flaw(flawed(flaw)?)))
        }
        _ => Err(SystemError(format!(
            "unknown system `{name}`: expected `sim`, `winsock` (on Windows), `exec:COMMAND` or \
             `tcp:HOST:PORT`"
        ))),
    }
}

/// The flaw of `flaw=ID`.
fn flawed(spelled: &str) -> Result<portres_sim::Flaw, SystemError> {
    let id = spelled.strip_prefix("flaw=").ok_or_else(|| {
        SystemError(format!("unknown simulator `sim:{spelled}`: expected `sim:flaw=ID`"))
    })?;
    id.parse().map_err(|_| {
        let ids: Vec<_> = portres_sim::Flaw::ALL.iter().map(|flaw| flaw.id()).collect();
        SystemError(format!("unknown flaw `{id}`: expected one of {}", ids.join(", ")))
    })
}

#[cfg(windows)]
fn winsock(options: &Options) -> Result<Box<dyn System>, SystemError> {
    Ok(Box::new(crate::windows::Winsock::new(options)?))
}

#[cfg(not(windows))]
fn winsock(_: &Options) -> Result<Box<dyn System>, SystemError> {
    Err(SystemError(
        "the system `winsock` is the real one: it exists on Windows (and under Wine) only".into(),
    ))
}
