//! The machine at the beginning: the lines that a trace's header has, until the first call; and the profile.

use portres_model::Question;

use super::call::Done;
use super::{Session, file, nothing_behind, unknown, wrong};
use crate::report::counted;
use crate::trace::{
    HEADER_LINES, Header, Item, Spelled, TraceError, parse_script_header, write_item,
};
use crate::wrap::paragraph;

/// The words of lines about the machine. `network` is also an event, `profile` and `world` are commands.
pub(super) fn header_lines() -> impl Iterator<Item = &'static str> {
    let others = ["network", "profile", "world", "expect", "recorded"];
    HEADER_LINES.iter().copied().filter(move |word| !others.contains(word))
}

pub(super) fn is_header_line(word: &str) -> bool {
    header_lines().any(|known| known == word)
}

impl Session {
    /// A line about the machine, which stands before the first call.
    pub(super) fn set_machine(&mut self, words: &str) -> Result<String, TraceError> {
        let mut header = self.header.clone();
        parse_script_header(0, words, &mut header)?;
        if !self.made.is_empty() {
            return Err(wrong(
                "lines about the machine stand before the first call: `new` begins anew",
            ));
        }
        self.now.known.clone().start(&header).map_err(wrong)?;
        self.header = header;
        self.name_profile();
        self.restart();
        Ok(String::new())
    }

    /// A trace says by which profile it is to be judged where its header would lead elsewhere.
    pub(super) fn name_profile(&mut self) {
        let name = &self.named.name;
        let is_built_in = crate::Profiles::built_in().get(name).is_some();
        let goes_without_saying = name == "documented" && self.header.system.is_none();
        self.header.profile = (is_built_in && !goes_without_saying).then(|| name.clone());
    }

    /// Shows the machine, or tells whether it is all there is.
    pub(super) fn world_line(&mut self, rest: &str) -> Result<String, TraceError> {
        if !rest.is_empty() {
            return self.set_machine(&format!("world {rest}"));
        }
        let mut lines = Vec::new();
        let header = Item::Header(Box::new(self.header.clone()));
        write_item(&mut lines, Spelled::Text, &header).map_err(|e| wrong(e.to_string()))?;
        Ok(String::from_utf8_lossy(&lines).trim_end().to_string() + "\n")
    }

    /// Tells the readings that are left, or goes by another profile.
    pub(super) fn profile(&mut self, rest: &str) -> Result<String, TraceError> {
        if !rest.is_empty() {
            self.go_by(rest)?;
        }
        let left = &self.now.left;
        let open = |profile: &portres_model::Profile, q: Question| profile.open(q).count_ones();
        let several = Question::ALL.iter().filter(|q| open(left, **q) > 1).count() as u64;
        let says = format!("{}; {} open", self.named.says, counted(several, "question"));
        let mut text = paragraph(&format!("{}: ", self.named.name), &says);
        for question in Question::ALL {
            let answers = left.open(*question);
            if answers != self.named.profile.open(*question) {
                let names: Vec<&str> = question.names(answers).collect();
                text += &paragraph("  learnt: ", &format!("{question} is {}", names.join(" or ")));
            }
        }
        let tied = left.clauses().iter().filter(|c| !self.named.profile.clauses().contains(c));
        for clause in tied {
            let literals: Vec<String> = clause.iter().map(ToString::to_string).collect();
            text += &paragraph("  learnt: ", &literals.join(", or "));
        }
        Ok(text)
    }

    /// Everything again under another profile; nothing changes where a reply is impossible then.
    fn go_by(&mut self, name: &str) -> Result<(), TraceError> {
        let named = self.profiles.get(name);
        let named = named.ok_or_else(|| unknown("a profile", name, self.profiles.names()))?.clone();
        let mut other = self.clone();
        other.named = named;
        other.name_profile();
        other.restart();
        for made in &self.made {
            let wanted = file::whole(&made.event)?;
            if let Done::Impossible(_) = other.make(wanted)? {
                let event = made.event.to_string();
                return Err(wrong(format!(
                    "under `{name}` this could not have happened: `{}`",
                    event.split_whitespace().collect::<Vec<_>>().join(" ")
                )));
            }
        }
        other.now.by = self.now.by;
        *self = other;
        Ok(())
    }

    /// A fresh machine.
    pub(super) fn begin_anew(&mut self, rest: &str) -> Result<String, TraceError> {
        nothing_behind(rest)?;
        self.header = Header::default();
        self.name_profile();
        self.restart();
        Ok("a fresh machine\n".into())
    }
}
