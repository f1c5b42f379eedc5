//! Calls: the word with which one begins, and its arguments.

use std::fmt;

use super::argument::{
    Behind, Code, Field, InBuffer, Operand, address, block, flag, name, null, option,
    parse_attributes, parse_code, parse_command, parse_frame, parse_optval, parse_pointer,
    parse_startup, parse_store, process, process_or_none, protocol, range, request, socket, status,
    token, word_if,
};
use super::open::{self, Spelled};
use super::words::{CALLS, FAMILIES, Head, KINDS, OWNERS, word_of};
use super::{Spelling, SpellingError, parse_credentials};
use crate::call::{Call, Command, Startup, Triple};

/// Reads a call.
///
/// # Errors
/// Where the words are none.
pub fn parse_call(words: &mut Spelling<'_>) -> Result<Call, SpellingError> {
    Ok(match words.one_of("a call", CALLS)? {
        Head::Startup => Call::Startup(parse_startup(words)?),
        Head::Cleanup => Call::Cleanup,
        Head::Socket => Call::Socket {
            kind: words.one_of("`tcp`, `udp` or `raw`", KINDS)?,
            family: words.one_of("`v4` or `v6`", FAMILIES)?,
            attributes: parse_attributes(words),
        },
        Head::Open => {
            let Triple { family, kind, protocol } = open::triple(words)?;
            let info = open::info(words)?;
            Call::Open { family, kind, protocol, info, attributes: parse_attributes(words) }
        }
        Head::SetSockOpt => Call::SetSockOpt {
            socket: socket(words)?,
            option: option(words)?,
            value: words.number("a number")?,
            optval: parse_optval(words)?,
        },
        Head::GetSockOpt => Call::GetSockOpt {
            socket: socket(words)?,
            option: option(words)?,
            optval: parse_optval(words)?,
        },
        Head::IoctlSocket => Call::IoctlSocket {
            socket: socket(words)?,
            command: parse_command(words)?,
            argument: parse_pointer(words, "argument")?,
        },
        Head::Bind => {
            Call::Bind { socket: socket(words)?, address: address(words)?, name: name(words)? }
        }
        Head::GetSockName => Call::GetSockName { socket: socket(words)?, name: name(words)? },
        Head::GetPeerName => Call::GetPeerName { socket: socket(words)?, name: name(words)? },
        Head::Listen => Call::Listen { socket: socket(words)? },
        Head::Connect => Call::Connect { socket: socket(words)?, address: address(words)? },
        Head::Disconnect => Call::Disconnect { socket: socket(words)? },
        Head::ConnectEx => Call::ConnectEx {
            socket: socket(words)?,
            address: address(words)?,
            null: null(words, "overlapped")?,
        },
        Head::Accept => Call::Accept { socket: socket(words)? },
        Head::SendTo => Call::SendTo { socket: socket(words)?, address: address(words)? },
        Head::CloseSocket => Call::CloseSocket { socket: socket(words)? },
        Head::Duplicate => Call::Duplicate {
            socket: socket(words)?,
            process: process_or_none(words)?,
            null: null(words, "info")?,
        },
        Head::Inherit => Call::Inherit { socket: socket(words)?, process: process(words)? },
        Head::Acquire => Call::Acquire {
            socket: socket(words)?,
            range: range(words)?,
            frame: parse_frame(words)?,
        },
        Head::Associate => Call::Associate {
            socket: socket(words)?,
            token: token(words)?,
            frame: parse_frame(words)?,
        },
        Head::Release => Call::Release {
            socket: socket(words)?,
            token: token(words)?,
            frame: parse_frame(words)?,
        },
        Head::Affinity => Call::Affinity {
            socket: socket(words)?,
            processor: words.number("the index of a processor")?,
        },
        Head::Ioctl => Call::Ioctl {
            socket: socket(words)?,
            code: words.with("a control code like `FIONREAD` or `0x98000067`", parse_code)?,
            frame: parse_frame(words)?,
        },
        Head::Result => {
            let (request, wait, null) = (request(words)?, flag(words, "wait"), flag(words, "null"));
            Call::Result { request, wait, null }
        }
        Head::Completion => Call::Completion { request: request(words)? },
        Head::Cancel => {
            let socket = socket(words)?;
            let all = matches!(words.peek(), "" | "->");
            Call::Cancel { socket, request: if all { None } else { Some(request(words)?) } }
        }
        Head::Preset => Call::Preset { request: request(words)?, status: status(words)? },
        Head::EndThread => Call::EndThread,
        Head::Create => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::Create { protocol, range, null: flag(words, "null") }
        }
        Head::Delete => Call::Delete { protocol: protocol(words)?, range: range(words)? },
        Head::Lookup => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::Lookup { protocol, range, null: flag(words, "null") }
        }
        Head::AddExcluded => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::AddExcluded { protocol, range, store: parse_store(words)? }
        }
        Head::DeleteExcluded => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::DeleteExcluded { protocol, range, store: parse_store(words)? }
        }
        Head::ShowExcluded => {
            Call::ShowExcluded { protocol: protocol(words)?, range: range(words)? }
        }
        Head::SetDynamic => {
            let (protocol, range) = (protocol(words)?, range(words)?);
            Call::SetDynamic { protocol, range, store: parse_store(words)? }
        }
        Head::ShowDynamic => Call::ShowDynamic { protocol: protocol(words)? },
        Head::Exit => Call::Exit,
        Head::Start => {
            Call::Start { process: process(words)?, credentials: parse_credentials(words)? }
        }
        Head::Restart => Call::Restart,
        Head::Appear => {
            let (protocol, block) = (protocol(words)?, block(words)?);
            Call::Appear { protocol, block, owner: words.one_of("the owner of a block", OWNERS)? }
        }
        Head::Vanish => Call::Vanish { protocol: protocol(words)?, block: block(words)? },
        Head::Network => {
            Call::Network { up: words.one_of("`up` or `down`", &[("up", true), ("down", false)])? }
        }
        Head::Settle => Call::Settle { port: words.number("a port")? },
        Head::Complete => Call::Complete { request: request(words)? },
    })
}

impl Call {
    /// The words with which calls begin.
    pub fn heads() -> impl Iterator<Item = &'static str> {
        CALLS.iter().map(|(word, _)| *word)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Call::Startup(startup) => {
                f.write_str("startup")?;
                if startup.version() != Startup::CURRENT.version() {
                    write!(f, " {}", startup.version())?;
                }
                word_if(f, startup.null, "data=null")
            }
            Call::Cleanup => f.write_str("cleanup"),
            Call::Socket { kind, family, attributes } => {
                write!(f, "socket {kind} {family}")?;
                word_if(f, attributes.non_overlapped, "non-overlapped")?;
                word_if(f, attributes.no_inherit, "no-inherit")
            }
            Call::Open { family, kind, protocol, info, attributes } => {
                write!(f, "open {}", Spelled(Triple { family, kind, protocol }, ' '))?;
                if let Some(info) = info {
                    write!(f, " info={}", Spelled(info, ','))?;
                }
                word_if(f, attributes.non_overlapped, "non-overlapped")?;
                word_if(f, attributes.no_inherit, "no-inherit")
            }
            Call::SetSockOpt { socket, option, value, optval } => {
                write!(f, "setsockopt {socket} {option} {value}{optval}")
            }
            Call::GetSockOpt { socket, option, optval } => {
                write!(f, "getsockopt {socket} {option}{optval}")
            }
            Call::IoctlSocket { socket, command, argument } => {
                write!(f, "ioctlsocket {socket} ")?;
                match command {
                    Command::Block(value) => write!(f, "FIONBIO {value}")?,
                    Command::Unread => f.write_str("FIONREAD")?,
                    Command::AtMark => f.write_str("SIOCATMARK")?,
                }
                write!(f, "{}", Field("argument", argument))
            }
            Call::Bind { socket, address, name } => {
                write!(f, "bind {socket} {address}{}", InBuffer(name))
            }
            Call::GetSockName { socket, name } => {
                write!(f, "getsockname {socket}{}", InBuffer(name))
            }
            Call::GetPeerName { socket, name } => {
                write!(f, "getpeername {socket}{}", InBuffer(name))
            }
            Call::Listen { socket } => write!(f, "listen {socket}"),
            Call::Connect { socket, address } => write!(f, "connect {socket} {address}"),
            Call::Disconnect { socket } => write!(f, "disconnect {socket}"),
            Call::ConnectEx { socket, address, null } => {
                write!(f, "connectex {socket} {address}")?;
                word_if(f, null, "overlapped=null")
            }
            Call::Accept { socket } => write!(f, "accept {socket}"),
            Call::SendTo { socket, address } => write!(f, "sendto {socket} {address}"),
            Call::CloseSocket { socket } => write!(f, "closesocket {socket}"),
            Call::Duplicate { socket, process, null } => {
                write!(f, "duplicate {socket} {process}")?;
                word_if(f, null, "info=null")
            }
            Call::Inherit { socket, process } => write!(f, "inherit {socket} {process}"),
            Call::Acquire { socket, range, frame } => write!(f, "acquire {socket} {range}{frame}"),
            Call::Associate { socket, token, frame } => {
                write!(f, "associate {socket} {}{frame}", Operand(token))
            }
            Call::Release { socket, token, frame } => {
                write!(f, "release {socket} {}{frame}", Operand(token))
            }
            Call::Affinity { socket, processor } => write!(f, "affinity {socket} {processor}"),
            Call::Ioctl { socket, code, frame } => {
                write!(f, "ioctl {socket} {}{frame}", Code(code))
            }
            Call::Result { request, wait, null } => {
                write!(f, "result {request}")?;
                word_if(f, wait, "wait")?;
                word_if(f, null, "null")
            }
            Call::Completion { request } => write!(f, "completion {request}"),
            Call::Cancel { socket, request: Some(request) } => {
                write!(f, "cancel {socket} {request}")
            }
            Call::Cancel { socket, request: None } => write!(f, "cancel {socket}"),
            Call::Preset { request, status } => write!(f, "preset {request} {status}"),
            Call::EndThread => f.write_str("endthread"),
            Call::Create { protocol, range, null } => {
                write!(f, "create {protocol} {range}")?;
                word_if(f, null, "null")
            }
            Call::Delete { protocol, range } => write!(f, "delete {protocol} {range}"),
            Call::Lookup { protocol, range, null } => {
                write!(f, "lookup {protocol} {range}")?;
                word_if(f, null, "null")
            }
            Call::AddExcluded { protocol, range, store } => {
                write!(f, "addexcluded {protocol} {range}{}", Behind(store))
            }
            Call::DeleteExcluded { protocol, range, store } => {
                write!(f, "deleteexcluded {protocol} {range}{}", Behind(store))
            }
            Call::ShowExcluded { protocol, range } => write!(f, "showexcluded {protocol} {range}"),
            Call::SetDynamic { protocol, range, store } => {
                write!(f, "setdynamic {protocol} {range}{}", Behind(store))
            }
            Call::ShowDynamic { protocol } => write!(f, "showdynamic {protocol}"),
            Call::Exit => f.write_str("exit"),
            Call::Start { process, credentials } => write!(f, "start {process} {credentials}"),
            Call::Restart => f.write_str("restart"),
            Call::Appear { protocol, block, owner } => {
                write!(f, "appear {protocol} {block} {}", word_of(OWNERS, &owner))
            }
            Call::Vanish { protocol, block } => write!(f, "vanish {protocol} {block}"),
            Call::Network { up } => f.write_str(if up { "network up" } else { "network down" }),
            Call::Settle { port } => write!(f, "settle {port}"),
            Call::Complete { request } => write!(f, "complete {request}"),
        }
    }
}
