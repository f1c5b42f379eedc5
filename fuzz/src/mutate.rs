//! Changes of texts that keep their shape. A fuzzer that changes bytes hardly ever writes `05` for `5`, a blank at the edge of a
//! string or an object without one of its members, and what it does write is mostly refused at its first word.
//!
//! Everything that is read as text is lines of words, and of JSON where it is that; so one mutator serves all. libFuzzer's own
//! changes have every third turn.

mod choice;
mod member;
mod word;

use std::ops::Range;

use choice::Choice;

/// Changes the first `size` bytes of `data` and says how many there are then; `None`: it is libFuzzer's turn.
pub fn text(data: &mut [u8], size: usize, most: usize, seed: u32) -> Option<usize> {
    let mut choice = Choice::new(seed);
    if choice.one_in(3) {
        return None;
    }
    let changed = changed(&data[..size], &mut choice);
    (changed.len() <= most).then(|| put(data, &changed))
}

/// Writes one text into `out` with lines or a word of another, and says how many bytes that are.
pub fn crossed(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut choice = Choice::new(seed);
    let mut lines = lines(one);
    let donors = self::lines(other);
    let (Some(at), Some(from)) = (choice.place(lines.len()), choice.place(donors.len())) else {
        return put(out, one);
    };
    match choice.below(3) {
        0 => {
            let to = (from + 1 + choice.below(4)).min(donors.len());
            lines.splice(at..at, donors[from..to].iter().cloned());
        }
        1 => lines[at] = donors[from].clone(),
        _ => word::borrow(&mut lines[at], &donors[from], &mut choice),
    }
    put(out, &lines.concat())
}

fn put(out: &mut [u8], bytes: &[u8]) -> usize {
    let count = bytes.len().min(out.len());
    out[..count].copy_from_slice(&bytes[..count]);
    count
}

/// With one change, or a few.
fn changed(bytes: &[u8], choice: &mut Choice) -> Vec<u8> {
    let mut lines = lines(bytes);
    for _ in 0..1 + choice.below(3) {
        let Some(any) = choice.place(lines.len()) else { break };
        // the header has what no other line has
        let at = if choice.one_in(5) { 0 } else { any };
        match choice.below(8) {
            0 => move_lines(&mut lines, at, choice),
            1 | 2 => member::change(&mut lines[at], choice),
            3 => {
                let from = choice.below(lines.len());
                let donor = lines[from].clone();
                word::borrow(&mut lines[at], &donor, choice);
            }
            _ => word::change(&mut lines[at], choice),
        }
    }
    lines.concat()
}

/// The lines, each with its end.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

fn move_lines(lines: &mut Vec<Vec<u8>>, at: usize, choice: &mut Choice) {
    let other = choice.below(lines.len());
    match choice.below(8) {
        0 | 1 => _ = lines.remove(at),
        2 | 3 => lines.insert(other, lines[at].clone()),
        4 => lines.swap(at, other),
        // the second connection of the wire
        5 => match lines[at].strip_prefix(b"+") {
            Some(rest) => lines[at] = rest.to_vec(),
            None => lines[at].insert(0, b'+'),
        },
        6 => {
            let ends: [&[u8]; 4] = [b"", b"\r\n", b"\n\n", b" \n"];
            let line = lines[at].trim_ascii_end().to_vec();
            lines[at] = [&line[..], choice.pick(&ends)].concat();
        }
        _ => {
            let to = (at + 1 + choice.below(6)).min(lines.len());
            let some: Vec<_> = lines[at..to].to_vec();
            lines.splice(other..other, some);
        }
    }
}

/// Puts other bytes in the place of some.
fn replace(line: &mut Vec<u8>, place: Range<usize>, with: &[u8]) {
    line.splice(place, with.iter().copied());
}

#[cfg(test)]
mod tests;
