//! What a caller can observe of a call.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::error::Error;
use crate::id::{SocketId, Token};
use crate::port::PortRange;

/// What a call answered. New sockets and tokens are named by whoever observes them; "new" means that the name is vacant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Reply {
    /// Success, and nothing else to see.
    Ok,
    /// A new socket.
    Socket(SocketId),
    /// Bound to this port: `bind` paired with `getsockname`.
    Bound(u16),
    /// The local name.
    Name(SocketAddr),
    /// A runtime reservation: the block granted and its token.
    #[serde(rename_all = "lowercase")]
    Reserved {
        /// The block granted, as the system reports it.
        block: PortRange,
        /// Its token.
        token: Token,
    },
    /// The token of a persistent reservation.
    Token(Token),
    /// Refused.
    Failed(Error),
    /// Said by a system that cannot do the call at all: counted, never judged.
    Unsupported,
}

/// The shape of a call's success.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// [`Reply::Ok`].
    Ok,
    /// [`Reply::Socket`].
    Socket,
    /// [`Reply::Bound`].
    Bound,
    /// [`Reply::Name`].
    Name,
    /// [`Reply::Reserved`].
    Reserved,
    /// [`Reply::Token`].
    Token,
}

impl Shape {
    /// The words for it in messages.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Shape::Ok => "`ok`",
            Shape::Socket => "`ok`, with `sN =` before the call",
            Shape::Bound => "a port",
            Shape::Name => "ADDRESS:PORT",
            Shape::Reserved => "a block START+COUNT, with `tN =` before the call",
            Shape::Token => "`ok`, with `tN =` before the call",
        }
    }
}

impl Call {
    /// What a success of this call looks like.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        match self {
            Call::Startup(_)
            | Call::Cleanup
            | Call::SetSockOpt { .. }
            | Call::Listen { .. }
            | Call::CloseSocket { .. }
            | Call::Associate { .. }
            | Call::Release { .. }
            | Call::Delete { .. }
            | Call::Exit
            | Call::Start { .. }
            | Call::Restart => Shape::Ok,
            Call::Socket { .. } => Shape::Socket,
            Call::Bind { .. } => Shape::Bound,
            Call::GetSockName { .. } => Shape::Name,
            Call::Acquire { .. } => Shape::Reserved,
            Call::Create { .. } | Call::Lookup { .. } => Shape::Token,
        }
    }
}

impl Reply {
    /// The shape of a success; `None` for a refusal or a call that the system cannot do.
    #[must_use]
    pub const fn shape(&self) -> Option<Shape> {
        match self {
            Reply::Ok => Some(Shape::Ok),
            Reply::Socket(_) => Some(Shape::Socket),
            Reply::Bound(_) => Some(Shape::Bound),
            Reply::Name(_) => Some(Shape::Name),
            Reply::Reserved { .. } => Some(Shape::Reserved),
            Reply::Token(_) => Some(Shape::Token),
            Reply::Failed(_) | Reply::Unsupported => None,
        }
    }

    /// Whether a call can answer this at all: a refusal, or a success of its shape.
    #[must_use]
    pub fn fits(&self, call: &Call) -> bool {
        self.shape().is_none_or(|shape| shape == call.shape())
    }
}
