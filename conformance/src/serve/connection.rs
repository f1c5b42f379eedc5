//! One connection: lines in, lines out, in order; its end is the end of its process.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep_until};

use super::Shared;
use super::own::Own;
use super::seat::Seat;
use super::wire::{self, Fault, Line, write, write_fault};

/// How much is read, and so answered, at a time: one client's pipeline does not keep the others waiting for longer.
const AT_ONCE: usize = 16 * 1024;

/// What the connection is.
enum Session {
    /// Nothing has been said.
    New,
    /// A process of the machine.
    Seat(Box<Seat>),
    /// A machine of its own.
    Own(Box<Own>),
}

/// Where a connection stands.
struct Connection<S> {
    stream: S,
    shared: Arc<Shared>,
    session: Session,
    /// A line that has not ended yet.
    partial: Vec<u8>,
    /// What has not been sent.
    out: Vec<u8>,
    /// Whether the connection ends when that is sent.
    closing: bool,
    /// When something last went in or out.
    active: Instant,
}

/// Why the waiting is over.
enum Woken {
    Read(io::Result<usize>),
    Due,
    Restarted,
    Stopping,
}

/// Serves a client until one of both has enough.
pub(super) async fn serve<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = Connection {
        stream,
        shared,
        session: Session::New,
        partial: Vec::new(),
        out: Vec::new(),
        closing: false,
        active: Instant::now(),
    };
    // a client that goes away is no error of the server
    let _ = connection.run().await;
}

/// Tells a client that it cannot be served.
pub(super) async fn refuse<S: AsyncWrite + Unpin>(mut stream: S, why: &Fault) {
    let mut line = Vec::new();
    write_fault(&mut line, why);
    let _ = stream.write_all(&line).await;
    let _ = stream.shutdown().await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run(&mut self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let mut restarts = shared.machine.restarts();
        let mut stopping = shared.stopping.subscribe();
        let mut sleep = pin!(sleep_until(self.deadline().into()));
        while !self.closing {
            match self.wait(&mut sleep, &mut restarts, &mut stopping).await {
                Woken::Read(Ok(0)) => self.closing = true,
                Woken::Read(Ok(_)) => self.active = Instant::now(),
                Woken::Read(Err(error)) => return Err(error),
                Woken::Due => self.due(),
                Woken::Restarted => self.restarted(*restarts.borrow()),
                Woken::Stopping => self.fault(&Fault::ended("the server ends")),
            }
            self.flush().await?;
        }
        self.stream.shutdown().await
    }

    /// When something happens although nobody says anything.
    fn deadline(&self) -> Instant {
        let idle = self.shared.machine.limits.idle.map(|idle| self.active + idle);
        let due = match &self.session {
            Session::Seat(seat) => seat.next_due(),
            Session::New | Session::Own(_) => None,
        };
        let far = Instant::now() + std::time::Duration::from_secs(86_400);
        [idle, due].into_iter().flatten().min().unwrap_or(far)
    }

    async fn wait(
        &mut self,
        sleep: &mut Pin<&mut Sleep>,
        restarts: &mut watch::Receiver<u64>,
        stopping: &mut watch::Receiver<bool>,
    ) -> Woken {
        let deadline = self.deadline();
        // it is set back only where it would come too late: a busy connection leaves it alone
        if deadline < sleep.deadline().into_std() || sleep.is_elapsed() {
            sleep.as_mut().reset(deadline.into());
        }
        let is_process = matches!(self.session, Session::Seat(_));
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => Woken::Stopping,
            _ = restarts.changed(), if is_process => Woken::Restarted,
            () = sleep.as_mut() => Woken::Due,
            read = self.read() => Woken::Read(read),
        }
    }

    /// Reads what there is and answers the lines in it; 0 at the end.
    async fn read(&mut self) -> io::Result<usize> {
        poll_fn(|context| {
            let mut buffer = [MaybeUninit::uninit(); AT_ONCE];
            let mut buffer = ReadBuf::uninit(&mut buffer);
            std::task::ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            self.take(buffer.filled());
            std::task::Poll::Ready(Ok(buffer.filled().len()))
        })
        .await
    }

    /// Takes what was read apart into lines. What stands behind the last line's end is kept; at the end of the input it is
    /// the line of a client that died over it, and nobody's call.
    fn take(&mut self, mut read: &[u8]) {
        let most = self.shared.machine.limits.line;
        while let Some(end) = read.iter().position(|b| *b == b'\n').filter(|_| !self.closing) {
            let (line, rest) = (&read[..end], &read[end + 1..]);
            read = rest;
            if self.partial.len() + line.len() > most {
                return self.too_long(most);
            }
            if self.partial.is_empty() {
                self.line(line);
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole);
            }
        }
        if self.partial.len() + read.len() > most {
            return self.too_long(most);
        }
        self.partial.extend_from_slice(read);
    }

    fn too_long(&mut self, most: usize) {
        let says = format!("a line has at most {most} bytes");
        self.fault(&Fault::limit("line", most, says).closing());
    }

    fn line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let begins = matches!(self.session, Session::New);
        if let Err(mut fault) = wire::read(line).and_then(|line| self.answer(line)) {
            // whoever begins so speaks something else, HTTP for one
            fault.closes |= begins;
            self.fault(&fault);
        }
    }

    fn answer(&mut self, line: Line) -> Result<(), Fault> {
        let shared = Arc::clone(&self.shared);
        match (line, &mut self.session) {
            (Line::Header(header), session @ Session::New) => {
                let (own, greeting) = shared.own(&header)?;
                *session = Session::Own(Box::new(own));
                write(&mut self.out, &greeting);
            }
            (Line::Process(credentials), session @ Session::New) => {
                let seat = Seat::new(&shared.machine, Some(credentials))?;
                write(&mut self.out, &seat.introduced());
                *session = Session::Seat(Box::new(seat));
            }
            (Line::Header(_), _) => {
                return Err(Fault::unreadable("a header is the first line of a connection"));
            }
            (Line::Process(_), _) => {
                return Err(Fault::unreadable(
                    "who the process is stands on the first line of a connection",
                ));
            }
            (Line::Call(request), Session::Own(own)) => {
                let response = own.call(&request)?;
                write(&mut self.out, &response);
            }
            (Line::Call(request), session) => {
                if let Session::New = session {
                    *session = Session::Seat(Box::new(Seat::new(&shared.machine, None)?));
                }
                if let Session::Seat(seat) = session {
                    let response = seat.call(&request)?;
                    write(&mut self.out, &response);
                    let told = seat.completed(Instant::now());
                    told.iter().for_each(|told| write(&mut self.out, told));
                    self.closing = seat.has_exited();
                }
            }
        }
        Ok(())
    }

    fn fault(&mut self, fault: &Fault) {
        write_fault(&mut self.out, fault);
        self.closing |= fault.closes;
    }

    fn due(&mut self) {
        if let Session::Seat(seat) = &mut self.session {
            let told = seat.completed(Instant::now());
            told.iter().for_each(|told| write(&mut self.out, told));
        }
        if let Some(idle) = self.shared.machine.limits.idle {
            if self.active.elapsed() >= idle {
                let seconds = idle.as_secs();
                let says = format!("the connection was silent for {seconds} s");
                self.fault(&Fault::limit("idle", seconds as usize, says).closing());
            }
        }
    }

    /// The machine has restarted, perhaps before the process began.
    fn restarted(&mut self, restarts: u64) {
        if matches!(&self.session, Session::Seat(seat) if seat.begun.restarts != restarts) {
            self.fault(&Fault::ended("the machine has restarted, and the process with it"));
        }
    }

    /// Sends what there is to send, once everything that it rests on is durable.
    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        if let (Some(keeper), Session::Seat(seat)) = (&self.shared.machine.keeper, &self.session) {
            if !keeper.durable(seat.rests_on).await {
                self.closing = true;
                return Err(io::Error::other("what the replies rest on cannot be kept"));
            }
        }
        let out = std::mem::take(&mut self.out);
        let sent = self.stream.write_all(&out);
        match self.shared.machine.limits.idle {
            Some(idle) => tokio::time::timeout(idle, sent).await??,
            None => sent.await?,
        }
        self.stream.flush().await?;
        self.active = Instant::now();
        Ok(())
    }
}
