//! The text of a file, in whichever encoding a console or an editor has written it.

/// The text. What is not UTF-8 or UTF-16 is read as far as it is ASCII: the numbers and the star are.
pub(super) fn text(bytes: &[u8]) -> Result<String, &'static str> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match zeros(bytes) {
            (0, 0) => String::from_utf8_lossy(bytes).into_owned(),
            (even, odd) if is_wide(odd, even, bytes) => utf16(bytes, u16::from_le_bytes),
            (even, odd) if is_wide(even, odd, bytes) => utf16(bytes, u16::from_be_bytes),
            _ => return Err(BINARY),
        },
    };
    let text = without_escapes(&text);
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x08');
    match text.chars().any(control) {
        true => Err(BINARY),
        false => Ok(text),
    }
}

const BINARY: &str = "expected a listing, found no text: the file is binary";

/// How many bytes at even and at odd places are zero.
fn zeros(bytes: &[u8]) -> (usize, usize) {
    let count = |from: usize| bytes.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    (count(0), count(1))
}

/// Whether digits and blanks make a good part of it: their upper half is zero, and hardly any lower half is.
fn is_wide(upper: usize, lower: usize, bytes: &[u8]) -> bool {
    upper * 8 >= bytes.len() && lower * 8 <= upper
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Without the sequences that colour a terminal.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let wanted = "协议 tcp\r\n     50000       50059     *\r\n";
        let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            wanted.encode_utf16().flat_map(order).collect()
        };
        let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            wanted.as_bytes().to_vec(),
            with(&[0xef, 0xbb, 0xbf], wanted.as_bytes()),
            with(&[0xff, 0xfe], &wide(u16::to_le_bytes)),
            with(&[0xfe, 0xff], &wide(u16::to_be_bytes)),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
            with(b"\x1b[31m", wanted.as_bytes()),
        ] {
            assert_eq!(text(&bytes).as_deref(), Ok(wanted), "{bytes:?}");
        }
    }

    #[test]
    fn other_code_pages_keep_their_digits_and_binaries_are_refused() {
        let kept = text(b"\xd0\xad\xd2\xe9 tcp\n 80 80\n").expect("text");
        assert!(kept.ends_with("tcp\n 80 80\n"), "{kept:?}");
        assert_eq!(text(b"\x7fELF\x02\x01\x01\x00\x00\x00\x00 80 80\n"), Err(BINARY));
        assert_eq!(text(b"MZ\x90\x01\x03 80 80\n"), Err(BINARY));
    }
}
