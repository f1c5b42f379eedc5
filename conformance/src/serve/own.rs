//! A machine of a connection's own: what drives a trace sends its header first, and speaks for every process in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portres_model::{Call, Names, ProcessId, Profile, RequestId, SocketId, Token, Who, World};
use portres_sim::{Host, Policy};

use super::limits::Limits;
use super::recording::Recorder;
use super::spool::Aside;
use super::wire::{Fault, Greeting, Raw, Request, Response};
use crate::record;
use crate::system::said;
use crate::trace::{Event, Header, Item, Spelled, write_item};

/// The machine of a header. All names are the client's.
pub(super) struct Own {
    host: Host,
    limits: Limits,
    recording: Option<(Aside, Arc<Recorder>)>,
    /// How many there are.
    count: Arc<AtomicUsize>,
}

impl Own {
    /// The machine, and what it says of itself.
    pub(super) fn new(
        header: &Header,
        profile: &Profile,
        policy: Policy,
        seed: u64,
        limits: Limits,
        recorder: Option<&Arc<Recorder>>,
        count: &Arc<AtomicUsize>,
    ) -> Result<(Own, Greeting), Fault> {
        let names = header.processes.iter().map(|p| p.process.0);
        for name in names.chain(header.reserved.iter().map(|r| r.token.0)) {
            within(&limits, name)?;
        }
        let most = limits.machines;
        if count.fetch_add(1, Ordering::AcqRel) >= most {
            count.fetch_sub(1, Ordering::AcqRel);
            let says = format!("the server has at most {most} machines of clients' own");
            return Err(Fault::limit("machines", most, says));
        }
        let count = Arc::clone(count);
        let host = Host::new(header.world(), profile, policy, seed);
        let mut line = Vec::new();
        let recording = recorder.map(|recorder| {
            let mut aside = recorder.own.begin();
            aside.put(&Item::Header(Box::new(record::header(said(header), header))));
            (aside, Arc::clone(recorder))
        });
        let item = Item::Header(Box::new(said(header)));
        write_item(&mut line, Spelled::JsonLines, &item).expect("a vector takes everything");
        let text = String::from_utf8(line).expect("a line is text");
        let header = serde_json::value::RawValue::from_string(text.trim_end().to_string());
        let header = header.expect("a header has a JSON form");
        Ok((Own { host, limits, recording, count }, Greeting { header }))
    }

    /// Makes a call.
    pub(super) fn call(&mut self, request: &Request) -> Result<Response, Fault> {
        let Request { who, names, call, raw } = request;
        let who = who.ok_or_else(|| {
            Fault::unreadable("expected `who`: a machine of one's own has many processes")
        })?;
        if *raw != Raw::default() {
            return Err(Fault::unreadable("a machine of one's own has names alone, no `raw`"));
        }
        if call.is_of_machine() != (who == Who::MACHINE) {
            let by = if call.is_of_machine() { "`machine`" } else { "a process like `p1`" };
            return Err(Fault::unreadable(format!("the call `{call}` is made by {by}")));
        }
        within(&self.limits, who.process.0)?;
        if let Call::Start { process, .. } | Call::Inherit { process, .. } = call {
            if *process == ProcessId::MACHINE {
                return Err(Fault::unreadable("expected a process like `p1`, found `p0`"));
            }
        }
        if let Call::Start { process, .. } | Call::Duplicate { process, .. } = call {
            within(&self.limits, process.0)?;
        }
        if let Some(RequestId(name)) = call.introduces() {
            within(&self.limits, name)?;
        }
        let names = self.vacant(*names)?;
        let reply = self.host.call_from(who, names, call).reply;
        let bytes = self.host.bytes_returned(who.process, call, &reply);
        if let Some((aside, _)) = &mut self.recording {
            aside.put(&Item::Event(Event { bytes, ..Event::whole(who, *call, reply) }));
        }
        Ok(Response { reply, bytes, raw: Raw::default() })
    }

    /// The name that is proposed, if nothing has it.
    fn vacant(&self, names: Option<Names>) -> Result<Option<Names>, Fault> {
        let vacant: fn(&World, Names) -> bool = |world, names| match names {
            Names::Socket(socket) => socket != SocketId::INVALID && world.is_vacant(socket),
            Names::Token(token) => token != Token::ZERO && world.reservation(token).is_none(),
        };
        if let Some(Names::Socket(SocketId(name)) | Names::Token(Token(name))) = names {
            within(&self.limits, name)?;
        }
        Ok(names.filter(|names| self.host.look(|world| vacant(world, *names))))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
        if let Some((aside, recorder)) = &mut self.recording {
            recorder.end_own(aside);
        }
    }
}

/// Tables are dense: a name costs the memory of all below it.
fn within(limits: &Limits, name: u32) -> Result<(), Fault> {
    let most = limits.sockets;
    if name as usize <= most {
        return Ok(());
    }
    let says = format!("on a machine of one's own, names run to {most}");
    Err(Fault::limit("names", most, says))
}
