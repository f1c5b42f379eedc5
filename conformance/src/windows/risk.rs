//! Calls with pointers that lead nowhere: a system that follows one raises an exception, and the process ends.
//!
//! Such a call is made in a process of its own, under the same credentials and with a descriptor of the same socket. If
//! that process dies of an access violation, that is the answer, and the process of the trace lives on.

use portres_model::{Call, Error, Frame, Names, Reply, SocketId, Startup, Who};

use super::credentials::rights_count;
use super::process::Worker;
use super::winsock::{Place, Winsock};
use super::wire::{Request, Response};
use crate::system::SystemError;

impl Winsock {
    /// A call that may be the end of its process.
    pub(super) fn risk(&mut self, request: &Request) -> Result<Response, SystemError> {
        let Request { who, call, .. } = request;
        let mut spare = match self.new_place(who.process)? {
            Place::Worker(worker) => worker,
            Place::OtherRights(worker) if !rights_count(call) => worker,
            Place::OtherRights(_) | Place::Nothing => return Ok(Reply::Unsupported.into()),
        };
        if let Some(socket) = call.socket() {
            if !self.lend(*who, socket, &mut spare)? {
                return Ok(Reply::Unsupported.into());
            }
        }
        let response = spare.ask(request)?;
        let refused = matches!(response.reply, Reply::Failed(error) if error != Error::IoPending);
        if call.frame().and_then(Frame::request).is_some() && !refused {
            // the request has begun, and ends with its process
            return Ok(Reply::Unsupported.into());
        }
        Ok(response)
    }

    /// Gives another process a descriptor of a socket, under the same name; false if that cannot be.
    fn lend(&mut self, who: Who, socket: SocketId, to: &mut Worker) -> Result<bool, SystemError> {
        let call = Call::duplicate(socket, who.process);
        let half = Request { process: Some(to.id), ..Request::new(who, None, call) };
        let Some(protocol) = self.done(&half)?.protocol else { return Ok(false) };
        to.ask(&Request::new(who, None, Call::Startup(Startup::CURRENT)))?;
        let names = Some(Names::Socket(socket));
        let half = Request { protocol: Some(protocol), ..Request::new(who, names, call) };
        Ok(matches!(to.ask(&half)?.reply, Reply::Socket(_)))
    }
}
