//! What can be typed.

use std::fmt::Write;

use portres_model::Call;

use super::{COMMANDS, Session, unknown};
use crate::explain::{self, Subject, calls};
use crate::trace::TraceError;
use crate::wrap::paragraph;

/// What leads to a port that is reserved, associated and bound, as help shows it.
const FIRST_LINES: &str = "  socket udp v4             opens s1
  acquire s1 5000+20        reserves 20 ports from 5000: the token is t1
  associate s1 t1           ties the socket to the reservation
  bind s1 0.0.0.0:0         takes a port of it
  why                       the rule and the clause behind that
  state                     what there is now, and the ports as a picture
";

/// The lines that help shows first, without what stands beside them.
pub fn first_lines() -> impl Iterator<Item = &'static str> {
    FIRST_LINES.lines().filter_map(|line| line.trim_start().split("   ").next())
}

impl Session {
    /// Everything that can be typed, or how one call is.
    pub(super) fn help(&self, rest: &str) -> Result<String, TraceError> {
        if rest.is_empty() {
            return Ok(everything());
        }
        if let Some((word, _, behind, says)) = COMMANDS.iter().find(|(word, ..)| *word == rest) {
            return Ok(format!("{word} {behind}\n  {says}\n"));
        }
        let known = || COMMANDS.iter().map(|(word, ..)| *word).chain(Call::heads());
        let call = calls::of_head(rest);
        let call = call.ok_or_else(|| unknown("a call or a command", rest, known()))?;
        let mut text =
            paragraph(&format!("{} ({}): ", call.head, call.windows.join(", ")), call.says);
        let whole = explain::explain(&Subject::Call(call));
        let errors: Vec<&str> = whole.errors.iter().map(|code| code.error.as_str()).collect();
        if !errors.is_empty() {
            text += &paragraph("  its errors: ", &errors.join(", "));
        }
        let shown = whole.example.map(|example| example.event());
        let _ = shown.map(|event| writeln!(text, "  for example: {event}"));
        text += &format!("  `explain {}` tells its rules\n", call.head);
        Ok(text)
    }
}

fn everything() -> String {
    let mut text = String::from(
        "A machine that answers as Windows may. Type a call as traces have it, and see the reply and its rule:\n\n",
    );
    text += FIRST_LINES;
    text += "\nCommands\n";
    for (word, _, behind, says) in COMMANDS {
        let left = format!("{word} {behind}");
        let _ = writeln!(text, "  {left:25} {says}");
    }
    let heads: Vec<&str> = Call::heads().collect();
    text += &paragraph("\nCalls: ", &heads.join(", "));
    text += "\
\nA call is made by the process that the prompt names, or by the one before it: `p2: socket tcp v4`, `machine: restart`.
Behind `->` stands a reply that was observed: it is taken if some reading allows it, and explained if none does.
Before the first call lines about the machine can be typed: `excluded tcp 50000+60`, `block tcp 50060+100 winnat`,
`dynamic udp 49152+16384`, `process p2 user=bob administrator`, `address 192.0.2.7` (docs/trace-format.md).
";
    text
}
