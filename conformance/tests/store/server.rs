//! A server, and connections to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running `portres serve`.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
}

/// The command, listening on any port.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portres"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
    command.env_remove("NO_COLOR").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The command, with a store.
pub(crate) fn with_store(store: &Path) -> Command {
    command(&["--store", store.to_str().expect("UTF-8")])
}

/// Runs a server that ends by itself: its exit code, and what it said. One that listens is ended.
pub(crate) fn outcome(mut command: Command) -> (i32, String, String) {
    let mut child = command.spawn().expect("the command starts");
    let (mut out, mut err) = (String::new(), String::new());
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    lines.read_line(&mut out).expect("UTF-8");
    if !out.is_empty() {
        child.kill().expect("it is ours");
    }
    child.stderr.take().expect("a pipe").read_to_string(&mut err).expect("UTF-8");
    (child.wait().expect("it ends").code().unwrap_or(-1), out, err)
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: Command) -> Server {
        Server::try_start(command).unwrap_or_else(|why| panic!("it does not listen: {why}"))
    }

    /// Starts it and waits until it listens; what it says on standard error if it does not.
    pub(crate) fn try_start(mut command: Command) -> Result<Server, String> {
        let mut child = command.spawn().expect("the command starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut line).expect("a line");
        let Some(address) = line.trim_end().strip_prefix("listening on ") else {
            let mut why = String::new();
            drop(child.stderr.take().expect("a pipe").read_to_string(&mut why));
            drop(child.wait());
            return Err(why);
        };
        let address = address.to_string();
        Ok(Server { child, address })
    }

    /// Kills it at once, as SIGKILL does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is ours");
        drop(self.child.wait());
    }

    /// Waits until it has ended by itself: its exit code and what it said about it.
    pub(crate) fn ended(mut self) -> (i32, String) {
        let mut why = String::new();
        let mut err = self.child.stderr.take().expect("a pipe");
        err.read_to_string(&mut why).expect("UTF-8");
        (self.child.wait().expect("it ends").code().expect("no signal"), why)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A connection of an administrator's process.
pub(crate) struct Connection {
    to: TcpStream,
    from: BufReader<TcpStream>,
}

impl Connection {
    /// Connects and says who it is; `None` if the server has gone.
    pub(crate) fn new(address: &str) -> Option<Connection> {
        let to = TcpStream::connect(address).ok()?;
        to.set_nodelay(true).ok()?;
        let from = BufReader::new(to.try_clone().ok()?);
        let mut connection = Connection { to, from };
        let who = r#"{"process":{"user":"alice","account":"administrator","token":"elevated"}}"#;
        let begun = [who, r#"{"call":{"startup":{"major":2,"minor":2}}}"#];
        connection.send(begun)?;
        begun.iter().try_for_each(|_| connection.receive().map(drop))?;
        Some(connection)
    }

    /// Sends lines; `None` if the server has gone.
    pub(crate) fn send<L: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = L>) -> Option<()> {
        let mut bytes = Vec::new();
        for line in lines {
            bytes.extend_from_slice(line.as_ref().as_bytes());
            bytes.push(b'\n');
        }
        self.to.write_all(&bytes).ok()
    }

    /// The next line; `None` if the server has gone. A line without an end is none.
    pub(crate) fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.from.read_line(&mut line).ok()?;
        line.ends_with('\n').then(|| serde_json::from_str(&line).expect("JSON"))
    }

    /// Makes calls and gives the answers.
    pub(crate) fn ask(&mut self, lines: &[String]) -> Vec<Value> {
        let mut answers = Vec::new();
        // not more at a time than fits on the way
        for lines in lines.chunks(100) {
            self.send(lines).expect("the server is there");
            answers.extend(lines.iter().map(|_| self.receive().expect("the server is there")));
        }
        answers
    }
}
