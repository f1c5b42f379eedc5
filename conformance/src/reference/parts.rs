//! The parts that pages have in common: links, traces, sections.

use portres_model::{Error, Question, Rule};

use super::place::{Place, place};
use crate::explain::Subject;
use crate::explain::shown::{Example, SUCCESS};
use crate::markdown::{code, escaped};

/// A page of the reference that is being written: what is told on it is linked within it.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    /// The page, without an ending.
    pub(super) page: &'a str,
    /// The rules that have a section on it.
    pub(super) rules: &'a [&'static str],
    /// The questions that have one.
    pub(super) questions: &'a [&'static str],
}

impl Here<'_> {
    pub(super) fn rule(&self, id: &str) -> String {
        let Ok(rule) = id.parse::<Rule>() else { return code(id) };
        self.link(id, place(&Subject::Rule(rule)), self.rules.contains(&id))
    }

    pub(super) fn question(&self, id: &str) -> String {
        let Ok(question) = id.parse::<Question>() else { return code(id) };
        self.link(id, place(&Subject::Question(question)), self.questions.contains(&id))
    }

    /// An error by its name, or [`SUCCESS`] in words.
    pub(super) fn reply(&self, name: &str) -> String {
        match Error::from_c_name(name) {
            Some(error) => self.link(name, place(&Subject::Error(error)), false),
            None if name == SUCCESS => "success".into(),
            None => code(name),
        }
    }

    fn link(&self, text: &str, place: Option<Place>, is_here: bool) -> String {
        match place {
            None => code(text),
            Some(Place { page, anchor: Some(anchor) }) if is_here || page == self.page => {
                format!("[{}](#{anchor})", code(text))
            }
            Some(place) => format!("[{}]({})", code(text), place.beside()),
        }
    }
}

/// A link to a fixture, whose name is a sentence.
pub(super) fn fixture(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".trace").unwrap_or(name).replace('-', " ");
    format!("[{name}](../../{path})")
}

/// An event within a line: its columns mean nothing there.
pub(super) fn event(line: &str) -> String {
    code(&line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A section with a trace that is shown.
pub(super) fn trace(heading: &str, says: &str, example: &Example) -> String {
    let text: String = example.trace.iter().map(|l| format!("{}\n", l.trim_end())).collect();
    format!(
        "\n## {heading}\n\n{says}: {}, shortened.\n\n```text\n{text}```\n",
        fixture(&example.from)
    )
}

/// The sections that show a thing by traces.
pub(super) fn traces(it: &crate::explain::Explanation) -> String {
    let mut text = match (&it.example, &it.no_example) {
        (Some(example), _) => trace("A trace that shows it", "This conforms", example),
        (None, Some(why)) => format!("\n## A trace that shows it\n\nNone: {}.\n", escaped(why)),
        (None, None) => String::new(),
    };
    if let Some(miss) = it.near_miss {
        let profile = miss.trace.iter().find_map(|line| line.strip_prefix("profile "));
        let under = profile.map_or("every reading".into(), |name| format!("the profile `{name}`"));
        let says = format!("This looks like it, and diverges by its last event under {under}");
        text += &trace("A near miss", &says, miss);
    }
    text
}

/// Things in one line, the last behind `or`.
pub(super) fn either(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
