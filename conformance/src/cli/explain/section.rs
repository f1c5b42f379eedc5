//! A section of a page, and what is left out of it where the page would be long.

use std::fmt::Write;

use super::lines::{Width, count, wrapped};
use crate::cli::listing::NAME;

/// An entry: its name, what is shown of it, and what only a page with everything shows.
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) brief: String,
    pub(super) more: String,
}

/// Entries that belong together, under a name if it is not empty.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
}

pub(super) struct Section {
    pub(super) title: String,
    /// What one entry and what several are called where some are left out.
    pub(super) what: [&'static str; 2],
    pub(super) groups: Vec<Group>,
    /// For how many lines there is room when something must be left out.
    pub(super) room: usize,
    /// Whether what is left out is named; it is counted otherwise.
    pub(super) names: bool,
}

impl Section {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.entries.is_empty())
    }

    pub(super) fn whole(&self) -> String {
        let mut text = self.heading();
        for group in &self.groups {
            text += &group.heading();
            group.entries.iter().for_each(|entry| {
                text += &entry.brief;
                text += &entry.more;
            });
        }
        text
    }

    /// As many entries as there is room for, and how many are left out.
    pub(super) fn part(&self, width: Width) -> (String, usize) {
        let all = self.groups.iter().map(|group| group.entries.len()).sum::<usize>();
        let fits = |first: &usize| count(&self.of_first(*first, width)) <= self.room + 2;
        let least = usize::from(!self.names);
        let first = (least..=all).rev().find(fits).unwrap_or(least);
        (self.of_first(first, width), all - first.min(all))
    }

    /// The first so many entries, and the others by their names or their number.
    fn of_first(&self, first: usize, width: Width) -> String {
        let (mut text, mut left) = (self.heading(), first);
        for group in &self.groups {
            let some = group.entries.len().min(left);
            left -= some;
            let (told, named) = group.entries.split_at(some);
            if some > 0 {
                text += &group.heading();
                told.iter().for_each(|entry| text += &entry.brief);
            }
            text += &self.others(group, named, some > 0, width);
        }
        text
    }

    fn others(&self, group: &Group, others: &[Entry], goes_on: bool, width: Width) -> String {
        if others.is_empty() {
            return String::new();
        }
        let indent = if group.name.is_empty() || !goes_on { 2 } else { 4 };
        if !self.names {
            return format!("{:indent$}… and {} more\n", "", others.len());
        }
        let ids: Vec<&str> = others.iter().map(|entry| entry.id.as_str()).collect();
        let before = match (goes_on, group.name.as_str()) {
            (true, _) => "also".to_string(),
            (false, "") => "by name".into(),
            (false, name) => name.into(),
        };
        wrapped(width, indent, &format!("{before}: {}", ids.join(", ")))
    }

    fn heading(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "\n{NAME}{}{NAME:#}", self.title);
        text
    }
}

impl Group {
    fn heading(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!("  {}\n", self.name) }
    }
}
