//! What is acknowledged is kept: no reply rests on a change that is not durable, whoever made it.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use portres::serve::{Change, Keep, KeepError, Kept, Place, ServeError, Settings, run};
use portres_model::{PortBlock, Protocol};

use super::server::Client;

/// Says what is to be committed, and does it when it is told whether that shall succeed.
struct Slow {
    asked: Sender<Vec<Change>>,
    told: Receiver<bool>,
}

impl Keep for Slow {
    fn commit(&mut self, changes: &[Change]) -> Result<(), KeepError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.asked.send(changes.to_vec()).expect("the test listens");
        match self.told.recv() {
            Ok(true) => Ok(()),
            // whoever should tell is gone
            Err(_) => panic!("nobody tells"),
            Ok(false) => Err(KeepError("the disk is full".into())),
        }
    }
}

struct Served {
    address: SocketAddr,
    asked: Receiver<Vec<Change>>,
    tell: Sender<bool>,
    server: JoinHandle<Result<(), ServeError>>,
}

fn serve(kept: Kept) -> Served {
    let ((asks, asked), (tell, told), (says, address)) = (channel(), channel(), channel());
    let server = std::thread::spawn(move || {
        let place = Place::Tcp("127.0.0.1:0".parse().expect("an address"));
        let keep = Box::new(Slow { asked: asks, told });
        run(Settings::default(), &place, Some((keep, kept)), |at| {
            says.send(at.parse().expect("an address")).expect("the test listens");
            Ok(())
        })
    });
    Served { address: address.recv().expect("it listens"), asked, tell, server }
}

fn block(text: &str) -> PortBlock {
    let (start, count) = text.split_once('+').expect("START+COUNT");
    let number = |n: &str| n.parse().expect("a number");
    PortBlock::new(number(start), number(count)).expect("a block")
}

fn create(range: &str) -> String {
    format!(r#"{{"call":{{"create":{{"protocol":"tcp","range":"{range}"}}}}}}"#)
}

/// Nothing comes for a while.
fn is_silent(client: &mut Client) -> bool {
    let short = Some(std::time::Duration::from_millis(200));
    client.stream.set_read_timeout(short).expect("a timeout");
    let silent = client.stream.peek(&mut [0]).is_err();
    client.stream.set_read_timeout(None).expect("a timeout");
    silent
}

#[test]
fn nobody_is_told_what_rests_on_a_change_before_it_is_durable() {
    // what it was made with has been kept before
    let served = serve(Kept { boots: 1, ..Kept::default() });
    let (mut first, mut second) =
        (Client::administrator(served.address), Client::administrator(served.address));
    first.send(&create("50000+10"));
    let changes = served.asked.recv().expect("a commit");
    assert_eq!(changes, [Change::Reserved(Protocol::Tcp, block("50000+10"))]);
    // the second sees the first's reservation, and must not say so yet; what it changes itself is the next commit
    second.send(&create("50005+10"));
    second.send(&create("50100+10"));
    second.send(r#"{"call":{"addexcluded":{"protocol":"udp","range":"4000+10"}}}"#);
    assert!(is_silent(&mut first) && is_silent(&mut second));
    served.tell.send(true).expect("it waits");
    assert!(first.line().contains("token"));
    let mut changes = served.asked.recv().expect("a commit");
    while changes.len() < 2 {
        served.tell.send(true).expect("it waits");
        changes.extend(served.asked.recv().expect("a commit"));
    }
    assert_eq!(
        changes,
        [
            Change::Reserved(Protocol::Tcp, block("50100+10")),
            Change::Excluded(Protocol::Udp, block("4000+10"))
        ]
    );
    served.tell.send(true).expect("it waits");
    assert!(second.line().contains("ERROR_SHARING_VIOLATION"));
    assert!(second.line().contains("token"));
    assert!(second.line().contains("ok"));
    // a commit that fails ends everything, and nobody is told what it held
    first.send(r#"{"call":{"delete":{"protocol":"tcp","range":"50000+10"}}}"#);
    let changes = served.asked.recv().expect("a commit");
    assert_eq!(changes, [Change::Unreserved(Protocol::Tcp, block("50000+10"))]);
    second.send(&create("50000+10"));
    served.tell.send(false).expect("it waits");
    assert!(first.is_closed() && second.is_closed());
    let ended = served.server.join().expect("no panic").expect_err("it ends");
    assert_eq!(ended.to_string(), "the disk is full");
}

#[test]
fn a_keeper_that_panics_ends_the_server() {
    let served = serve(Kept { boots: 1, ..Kept::default() });
    let mut client = Client::administrator(served.address);
    client.send(&create("50000+10"));
    served.asked.recv().expect("a commit");
    drop(served.tell);
    assert!(client.is_closed(), "it is told what is not kept");
    let ended = served.server.join().expect("no panic").expect_err("it ends");
    assert_eq!(
        ended.to_string(),
        "what is persistent cannot be kept any more, by a bug: nobody tells"
    );
}

#[test]
fn what_was_kept_is_there_when_the_machine_boots() {
    let kept = |boots| Kept {
        boots,
        reservations: [(Protocol::Tcp, block("50000+10"))].into(),
        exclusions: [(Protocol::Udp, block("4000+10"))].into(),
        dynamic: [Some(block("20000+1000")), None],
    };
    let numbers = [1, 2].map(|boots| {
        let served = serve(kept(boots));
        let mut client = Client::administrator(served.address);
        let lookup = r#"{"lookup":{"protocol":"tcp","range":"50000+10"}}"#;
        let number = super::server::number(&client.call(lookup), "token");
        let shown = r#"{"showexcluded":{"protocol":"udp","range":"4000+10"}}"#;
        assert!(client.call(shown).contains("starred"));
        assert!(client.call(r#"{"showdynamic":{"protocol":"tcp"}}"#).contains("20000+1000"));
        assert!(client.call(r#"{"showdynamic":{"protocol":"udp"}}"#).contains("49152+16384"));
        number
    });
    assert_ne!(numbers[0], numbers[1], "tokens change when the server starts again");
}
