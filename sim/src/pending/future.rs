//! A request as a future. It needs no executor of its own: whoever polls it will do.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use portres_model::{Call, RequestId, Who};

use super::{Completes, Ended, Wants};
use crate::Host;
use crate::host::Answer;

/// What a request gives, once it has completed. Dropped before, it stops waiting; the request goes on.
#[must_use = "futures do nothing unless polled"]
pub struct Finished {
    host: Host,
    by: Who,
    request: RequestId,
    ticket: Option<u64>,
}

impl Host {
    /// [`Host::result`] as a future. Where requests complete after a number of calls, each poll counts as one.
    pub fn finished(&self, by: Who, request: RequestId) -> Finished {
        Finished { host: self.clone(), by, request, ticket: None }
    }
}

impl Future for Finished {
    type Output = Result<Answer, Ended>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Finished { host, by, request, ticket } = self.get_mut();
        let mut machine = host.0.lock();
        let completes = machine.requests.policy.completes;
        machine.pass_time();
        if let Some(entered) = *ticket {
            if let Some(told) = machine.requests.leave(entered) {
                *ticket = None;
                return Poll::Ready(told.map(|answer| answer.expect("a result was asked for")));
            }
            machine.requests.renew(entered, context.waker());
        } else {
            let own = machine.world.request(*request).is_some_and(|r| r.process == by.process);
            if !own || !machine.is_pending(*request) || completes == Completes::WhenAsked {
                let call = Call::Result { request: *request, wait: true, null: false };
                return Poll::Ready(Ok(machine.answer(*by, None, &call)));
            }
            let waker = Some(context.waker().clone());
            *ticket = Some(machine.requests.enter(*by, Wants::Result(*request), waker));
        }
        drop(machine);
        if let Completes::After { .. } = completes {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.host.0.lock().requests.give_up(ticket);
        }
    }
}
