//! A server of its own for a test, and clients.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long a test waits for what must come: it hangs no longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that listens on a port of its own.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// Kept: a server whose output nobody reads must not mind.
    _out: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portres"))
            .arg("serve")
            .args(if args.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] })
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let Some(address) = line.trim_end().strip_prefix("listening on ") else {
            let mut err = String::new();
            let _ = child.stderr.take().expect("a pipe").read_to_string(&mut err);
            panic!("expected where it listens, found `{line}`: {err}");
        };
        Server { address: address.parse().expect("an address"), child, _out: out }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::new(TcpStream::connect(self.address).expect("the server listens"))
    }

    /// A process that is elevated and has Winsock started.
    pub(crate) fn administrator(&self) -> Client {
        Client::administrator(self.address)
    }

    /// Ends the server with a signal, as a person or a service manager does.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(status.expect("there is `kill`").success());
    }

    /// Waits until the server has ended; gives what it said on standard error.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let mut err = String::new();
        let _ = self.child.stderr.take().expect("a pipe").read_to_string(&mut err);
        (self.child.wait().expect("it ends"), err)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A client.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    /// What has been read behind the last line.
    rest: Vec<u8>,
}

impl Client {
    fn new(stream: TcpStream) -> Client {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("an option");
        Client { stream, rest: Vec::new() }
    }

    /// A process that is elevated and has Winsock started.
    pub(crate) fn administrator(at: SocketAddr) -> Client {
        let mut client = Client::new(TcpStream::connect(at).expect("the server listens"));
        let account = r#"{"user":"alice","account":"administrator","token":"elevated"}"#;
        client.ask(&format!(r#"{{"process":{account}}}"#));
        client.ask(r#"{"call":{"startup":{"major":2,"minor":2}}}"#);
        client
    }

    pub(crate) fn send(&mut self, line: &str) {
        self.stream.write_all(format!("{line}\n").as_bytes()).expect("it is sent");
    }

    /// The next line; nothing at the end.
    pub(crate) fn line(&mut self) -> String {
        self.read_line().expect("a line comes")
    }

    /// One descriptor a client: a crowd has many.
    fn read_line(&mut self) -> std::io::Result<String> {
        loop {
            if let Some(end) = self.rest.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Ok(String::from_utf8(line).expect("UTF-8").trim_end().to_string());
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer)? {
                0 => return Ok(String::new()),
                read => self.rest.extend_from_slice(&buffer[..read]),
            }
        }
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.send(line);
        self.line()
    }

    /// Asks for a call, in JSON, and gives the reply in JSON.
    pub(crate) fn call(&mut self, call: &str) -> String {
        self.ask(&format!(r#"{{"call":{call}}}"#))
    }

    /// Opens a UDP socket.
    pub(crate) fn udp(&mut self, name: &str) -> String {
        let call = r#"{"socket":{"kind":"udp","family":"v4"}}"#;
        self.ask(&format!(r#"{{"as":"{name}","call":{call}}}"#))
    }

    /// Opens a UDP socket, acquires a block on it, and gives the token's number.
    pub(crate) fn acquire(&mut self, range: &str) -> String {
        self.udp("s1");
        let reply = self.call(&format!(r#"{{"acquire":{{"socket":"s1","range":"{range}"}}}}"#));
        number(&reply, "token")
    }

    /// Whether nothing more comes.
    pub(crate) fn is_closed(&mut self) -> bool {
        let reset = std::io::ErrorKind::ConnectionReset;
        // what the server has not read makes its close a reset
        self.rest.is_empty()
            && match self.stream.read(&mut [0; 16]) {
                Ok(read) => read == 0,
                Err(error) => error.kind() == reset,
            }
    }

    /// Resets the connection, as the end of a program with unread input does.
    pub(crate) fn reset(self) {
        // unread replies make the close a reset
        drop(self);
    }
}

/// The number of a reply's token, socket or process.
pub(crate) fn number(reply: &str, of: &str) -> String {
    let reply: serde_json::Value = serde_json::from_str(reply).expect("a reply");
    let number = reply["raw"][of].as_str();
    number.unwrap_or_else(|| panic!("a number of a {of} in {reply}")).to_string()
}

/// Tries until it holds: the server learns that a client has gone by itself.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: it never came");
}

/// The memory of the server that is its own, in KiB.
pub(crate) fn memory(server: &Server) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
