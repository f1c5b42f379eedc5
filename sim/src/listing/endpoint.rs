//! Sockets that hold ports, and URLs for which http.sys does.

use super::shape::{Line, Shape};
use super::{Endpoint, Reading, Registration, Unreadable};

impl Reading<'_> {
    /// A file of sockets.
    pub(super) fn listening(&mut self, lines: &[Line<'_>]) -> Result<(), Unreadable> {
        if self.endpoint_lines(lines)? == 0 {
            return Err(self.refuse_file(
                "expected sockets as netstat -ano or Get-NetTCPConnection shows them, found no address with a port",
            ));
        }
        Ok(())
    }

    /// The sockets among some lines; tells how many there are.
    pub(super) fn endpoint_lines(&mut self, lines: &[Line<'_>]) -> Result<usize, Unreadable> {
        let mut found = 0;
        for line in lines {
            match &line.shape {
                Shape::Socket(socket) if socket.local.port() == 0 => {
                    return Err(
                        self.refuse(line.number, "expected a local port from 1 to 65535, found 0")
                    );
                }
                Shape::Socket(socket) => {
                    found += 1;
                    let at = self.at(line.number);
                    self.into.endpoints.push(Endpoint {
                        protocol: socket.protocol,
                        local: socket.local,
                        remote: socket.remote,
                        process: socket.process,
                        program: None,
                        at,
                    });
                }
                Shape::CutSocket => {
                    let says = "the address of this socket is cut: the socket is left out";
                    self.warn(line.number, says);
                }
                // netstat -b puts the program below its socket
                Shape::Program(name) if found > 0 => {
                    if let Some(last) = self.into.endpoints.last_mut() {
                        last.program.get_or_insert_with(|| (*name).to_string());
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The state of http.sys: nothing may be registered.
    pub(super) fn http(&mut self, lines: &[Line<'_>]) -> Result<(), Unreadable> {
        let found = self.registration_lines(lines)?;
        if found == 0 && !lines.iter().any(|l| matches!(l.shape, Shape::Rule(_) | Shape::Value(_)))
        {
            return Err(self.refuse_file(
                "expected the service state of http.sys, found neither a URL with a port nor a rule",
            ));
        }
        self.into.http = true;
        Ok(())
    }

    /// The URLs among some lines; tells how many there are.
    pub(super) fn registration_lines(&mut self, lines: &[Line<'_>]) -> Result<usize, Unreadable> {
        let before = self.into.registrations.len();
        for line in lines {
            let Shape::Urls(urls) = &line.shape else { continue };
            for (url, port) in urls.iter().copied() {
                if port == 0 {
                    return Err(
                        self.refuse(line.number, "expected a port from 1 to 65535, found 0")
                    );
                }
                let at = self.at(line.number);
                self.into.registrations.push(Registration { url: url.into(), port, at });
            }
        }
        Ok(self.into.registrations.len() - before)
    }
}
