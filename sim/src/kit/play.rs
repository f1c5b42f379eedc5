//! Carrying intents out, and making the calls of a script.

use std::cell::RefCell;
use std::fmt;

use portres_model::{Call, Names, ProcessId, Startup};

use super::case::Case;
use super::resolve;
use super::script::{Line, Script};
use super::verdict::Verdict;
use crate::host::{Answer, Host};

/// Calls to be made on a host: of a case that was drawn, or of a script that was kept.
pub struct Sequence<'a> {
    of: Of<'a>,
    /// The calls made when it was last played.
    made: RefCell<Vec<Line>>,
}

enum Of<'a> {
    Case(&'a Case),
    Script(&'a Script),
}

/// A call that was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made {
    /// Who made it.
    pub by: ProcessId,
    /// The call.
    pub call: Call,
    /// What it was answered.
    pub answer: Answer,
}

impl<'a> Sequence<'a> {
    /// What a case intends.
    #[must_use]
    pub fn of_case(case: &'a Case) -> Sequence<'a> {
        Sequence { of: Of::Case(case), made: RefCell::default() }
    }

    /// What a script says. A call whose socket or token never came to be is left out.
    #[must_use]
    pub fn of_script(script: &'a Script) -> Sequence<'a> {
        Sequence { of: Of::Script(script), made: RefCell::default() }
    }

    /// Makes the calls, one after another, and shows each with its answer, until something is wrong with one.
    ///
    /// # Errors
    /// With what was said of a call.
    pub fn play<T: Verdict>(
        &self,
        host: &Host,
        mut see: impl FnMut(&Made) -> T,
    ) -> Result<(), String> {
        self.made.borrow_mut().clear();
        let mut see = |made: &Made| see(made).told();
        match self.of {
            Of::Case(case) => self.play_case(case, host, &mut see),
            Of::Script(script) => {
                script.lines.iter().try_for_each(|line| match lacks(host, line) {
                    true => Ok(()),
                    false => self.make(host, *line, &mut see),
                })
            }
        }
    }

    /// The calls made when it was last played.
    #[must_use]
    pub fn calls(&self) -> Vec<Line> {
        self.made.borrow().clone()
    }

    fn play_case(
        &self,
        case: &Case,
        host: &Host,
        see: &mut dyn FnMut(&Made) -> Result<(), String>,
    ) -> Result<(), String> {
        let ids: Vec<ProcessId> = case.programs.iter().map(|_| host.new_process()).collect();
        for turn in &case.turns {
            let Some(place) = usize::from(turn.program.0).checked_rem(ids.len()) else { break };
            let by = ids[place];
            if host.look(|world| world.process(by).is_none()) {
                let start = Call::Start { process: by, credentials: case.programs[place] };
                self.make(host, line(ProcessId::MACHINE, start), see)?;
                self.make(host, line(by, Call::Startup(Startup::CURRENT)), see)?;
            }
            if let Some(call) = host.look(|world| resolve::call(world, by, turn.intent)) {
                let by = if call.is_of_machine() { ProcessId::MACHINE } else { by };
                self.make(host, line(by, call), see)?;
            }
        }
        Ok(())
    }

    fn make(
        &self,
        host: &Host,
        line: Line,
        see: &mut dyn FnMut(&Made) -> Result<(), String>,
    ) -> Result<(), String> {
        let Line { by, names, call } = line;
        let answer = host.call_naming(by, names, &call);
        let names = answer.reply.names().or(names);
        self.made.borrow_mut().push(Line { by, names, call });
        see(&Made { by, call, answer })
    }
}

fn line(by: ProcessId, call: Call) -> Line {
    Line { by, names: None, call }
}

/// Whether a call uses what is not there, or has a name for something that is taken: earlier calls went otherwise than when
/// the script was written.
fn lacks(host: &Host, line: &Line) -> bool {
    let Line { by, names, call } = *line;
    host.look(|world| {
        let taken = match names {
            Some(Names::Socket(socket)) => !world.is_vacant(socket),
            // looking a reservation up gives the name that its token has
            Some(Names::Token(token)) => {
                world.reservation(token).is_some() && !matches!(call, Call::Lookup { .. })
            }
            None => false,
        };
        taken
            || call.socket().is_some_and(|socket| world.socket_of(by, socket).is_none())
            || call.token().is_some_and(|token| world.reservation(token).is_none())
    })
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Made { by, call, answer: Answer { reply, rule } } = *self;
        let line = Line { by, names: reply.names(), call };
        write!(f, "{line} -> {reply} [{rule}]")
    }
}
