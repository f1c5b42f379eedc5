//! A case of a table as lines of a script: what stands in braces is put in, names and ports become those of this case, and
//! what the case has opened and reserved is closed and given back.

use std::collections::BTreeMap;

/// What stands in braces, and what is put there.
pub(super) type Slots = BTreeMap<String, String>;

/// How many ports are a case's own.
pub(super) const PORTS: u16 = 8;

/// Where a case stands in its script.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// How many names the cases before it have used at most.
    pub(super) names: u32,
    /// The first of its ports.
    pub(super) port: u16,
    /// A process that no other case has.
    pub(super) process: u32,
}

/// The lines of a case.
pub(super) fn lines(case: &str, slots: &Slots, place: Place) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for line in case.lines().map(str::trim).filter(|line| !line.is_empty()) {
        // a call that is only made in some classes stands behind an empty slot in the others
        if let Some(line) = filled(line, slots, place)? {
            lines.push(renamed(&line, place.names));
        }
    }
    let ends = ends(&lines);
    lines.extend(ends);
    Ok(lines)
}

/// The greatest number of a name.
pub(super) fn greatest_name(lines: &[String]) -> u32 {
    lines.iter().flat_map(|line| words(line)).filter_map(number).max().unwrap_or(0)
}

/// The line with its slots filled; `None` if one of them is empty that does not say, by a `?`, that it may be.
pub(super) fn filled(line: &str, slots: &Slots, place: Place) -> Result<Option<String>, String> {
    let (mut text, mut rest) = (String::new(), line);
    while let Some((before, from)) = rest.split_once('{') {
        let (slot, after) = from.split_once('}').ok_or_else(|| format!("`{line}` has no `}}`"))?;
        let (slot, may_be_empty) =
            slot.strip_suffix('?').map_or((slot, false), |slot| (slot, true));
        let value = match port(slot, place.port)? {
            Some(port) => port.to_string(),
            None if slot == "process" => format!("p{}", place.process),
            None => {
                let value = slots.get(slot);
                value.ok_or_else(|| format!("`{line}`: nothing is put into `{{{slot}}}`"))?.clone()
            }
        };
        if value.is_empty() && !may_be_empty {
            return Ok(None);
        }
        // what is put in may have slots of its own, for ports
        let Some(value) = filled(&value, slots, place)? else { return Ok(None) };
        text.extend([before, &value]);
        rest = after;
    }
    text += rest;
    // where an optional word is left out, its blank is
    Ok(Some(text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// `port` and `port+N`: one of the ports of the case.
fn port(slot: &str, first: u16) -> Result<Option<u16>, String> {
    let Some(offset) = slot.strip_prefix("port") else { return Ok(None) };
    let offset = match offset.strip_prefix('+') {
        None if offset.is_empty() => 0,
        None => return Ok(None),
        Some(offset) => offset.parse().map_err(|_| format!("`{{{slot}}}` is no port"))?,
    };
    match offset < PORTS {
        true => Ok(Some(first + offset)),
        false => Err(format!("`{{{slot}}}` is the port of another case: a case has {PORTS}")),
    }
}

/// The words of a line: letters and digits, and what stands between them.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric())
}

/// The number of a word like `s7`, unless it is 0, which names nothing.
fn number(word: &str) -> Option<u32> {
    let digits = word.strip_prefix(['s', 't', 'o'])?;
    digits.parse().ok().filter(|n| *n > 0)
}

fn renamed(line: &str, behind: u32) -> String {
    let (mut text, mut rest) = (String::new(), line);
    loop {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match number(word) {
            Some(n) => text += &format!("{}{}", &word[..1], n + behind),
            None => text += word,
        }
        let Some(between) = after.chars().next() else { return text };
        text.push(between);
        rest = &after[between.len_utf8()..];
    }
}

/// What a case does at its end: nothing of it stays for the next one.
fn ends(lines: &[String]) -> Vec<String> {
    let mut ends = Vec::new();
    let calls: Vec<(&str, &str)> = lines.iter().filter_map(|line| line.split_once(": ")).collect();
    for (at, (who, call)) in calls.iter().enumerate() {
        let behind = &calls[at + 1..];
        let process = |who: &str| who.split('.').next().unwrap_or(who).to_string();
        let ended = |owner: &str| {
            let ends = |(who, call): &&(&str, &str)| {
                *call == "machine: restart"
                    || process(who) == owner && ["exit", "cleanup"].contains(call)
            };
            behind.iter().any(|c| ends(&c))
        };
        let mut end = |owner: String, call: String| {
            if !behind.contains(&(owner.as_str(), call.as_str())) && !ended(&owner) {
                ends.push(format!("{owner}: {call}"));
            }
        };
        let (created, call) = call.split_once(" = ").unwrap_or(("", call));
        match call.split_whitespace().collect::<Vec<_>>()[..] {
            ["socket" | "open" | "accept", ..] if !created.is_empty() => {
                end(process(who), format!("closesocket {created}"));
            }
            ["duplicate" | "inherit", _, to, ..] if to != "p0" => {
                end(to.into(), format!("closesocket {created}"));
            }
            ["create", protocol, range, ..] => {
                end((*who).into(), format!("delete {protocol} {range}"));
            }
            ["addexcluded", protocol, range, ref store @ ..] => {
                let store = store.iter().map(|s| format!(" {s}")).collect::<String>();
                end((*who).into(), format!("deleteexcluded {protocol} {range}{store}"));
            }
            ["appear", protocol, range, ..] => {
                end((*who).into(), format!("vanish {protocol} {range}"));
            }
            ["network", "down"] => end((*who).into(), "network up".into()),
            _ => {}
        }
        // until its result is known, a request may have done what it was asked or not, and so may all that follow it
        if let Some(request) = call.split(' ').find_map(|word| word.strip_prefix("overlapped=o")) {
            let names = if created.is_empty() { String::new() } else { format!("{created} = ") };
            end(process(who), format!("{names}result o{request} wait"));
        }
    }
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { names: 20, port: 20_000, process: 101 };

    fn made(case: &str, slots: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let slots = slots.iter().map(|(slot, value)| (slot.to_string(), value.to_string()));
        lines(case, &slots.collect(), PLACE)
    }

    #[test]
    fn slots_are_filled_and_names_are_those_of_the_case() {
        let lines = made(
            "p1: s1 = socket {ip}\n p1: bind s1 {any}:{port+3}\n p1: s2 = socket {ip}\n \
             p1: bind s2 {any}:port(s1)",
            &[("ip", "tcp v4"), ("any", "0.0.0.0")],
        );
        let expected = [
            "p1: s21 = socket tcp v4",
            "p1: bind s21 0.0.0.0:20003",
            "p1: s22 = socket tcp v4",
            "p1: bind s22 0.0.0.0:port(s21)",
            "p1: closesocket s22",
            "p1: closesocket s21",
        ];
        assert_eq!(lines.expect("a case"), expected);
    }

    #[test]
    fn a_line_with_an_empty_slot_is_left_out() {
        let lines = made("p1: setsockopt s0 {share}\np1: listen s0", &[("share", "")]);
        assert_eq!(lines.expect("a case"), ["p1: listen s0"]);
    }

    #[test]
    fn what_a_case_has_made_is_undone_unless_it_does_so_itself() {
        let lines = made(
            "p1: t1 = create tcp {port}+2\np1: s1 = socket tcp v4\np1: s2 = duplicate s1 {process}\n\
             p1: closesocket s1\np1: addexcluded udp {port}+1 active",
            &[],
        );
        let ends = [
            "p1: deleteexcluded udp 20000+1 active",
            "p101: closesocket s22",
            "p1: delete tcp 20000+2",
        ];
        assert_eq!(lines.expect("a case")[5..], ends);
        let lines = made("p1: s1 = socket tcp v4\np1: exit", &[]).expect("a case");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_case_is_said() {
        let wrong = |case| made(case, &[]).expect_err("it is wrong");
        assert_eq!(
            wrong("p1: bind s1 {any}:0"),
            "`p1: bind s1 {any}:0`: nothing is put into `{any}`"
        );
        assert_eq!(wrong("p1: bind {any"), "`p1: bind {any` has no `}`");
        assert_eq!(wrong("{port+8}"), "`{port+8}` is the port of another case: a case has 8");
    }
}
