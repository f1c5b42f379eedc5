//! What `netsh interface ipv4 show …` prints, read by its numbers alone: its words are in the system's language.

/// A row of `show excludedportrange`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub(super) struct Row {
    /// The first port.
    pub(super) first: u16,
    /// The last one.
    pub(super) last: u16,
    /// Whether a star marks it: an administered exclusion.
    pub(super) starred: bool,
}

/// The rows of `show excludedportrange`; `None` if this is no such table. An empty table has its line of dashes.
pub(super) fn exclusions(output: &[u8]) -> Option<Vec<Row>> {
    let text = String::from_utf8_lossy(output);
    let mut table = None;
    for line in text.lines() {
        if let Some(row) = row(line) {
            table.get_or_insert_with(Vec::new).push(row);
        } else if is_rule(line) {
            table.get_or_insert_with(Vec::new);
        }
    }
    table
}

/// The range of `show dynamicport`, as first port and number of ports; `None` if the two numbers are not there.
pub(super) fn dynamic(output: &[u8]) -> Option<(u16, u16)> {
    let text = String::from_utf8_lossy(output);
    let mut numbers = text.lines().filter_map(last_number);
    let range = (numbers.next()?, numbers.next()?);
    numbers.next().is_none().then_some(range)
}

/// Two numbers, and a star or nothing behind them.
fn row(line: &str) -> Option<Row> {
    let mut words = line.split_whitespace();
    let (first, last) = (number(words.next()?)?, number(words.next()?)?);
    let starred = match words.next() {
        None => false,
        Some("*") if words.next().is_none() => true,
        Some(_) => return None,
    };
    (0 < first && first <= last).then_some(Row { first, last, starred })
}

/// The line under the headings: dashes in two columns.
fn is_rule(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let mut dashes = || words.next().is_some_and(|w| w.len() > 2 && w.bytes().all(|b| b == b'-'));
    dashes() && dashes() && words.next().is_none()
}

/// The number that ends a line such as `Start Port      : 49152`.
fn last_number(line: &str) -> Option<u16> {
    let between = |c: char| c.is_whitespace() || c == ':' || c == '：';
    let (words, last) = line.trim_end().rsplit_once(between)?;
    (!words.is_empty()).then(|| number(last)).flatten()
}

fn number(word: &str) -> Option<u16> {
    word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: &str = "\r\nPortausschlussbereiche f\u{fc}r das Protokoll tcp\r\n\r\nStartport      Endport\r\n\
         ----------    --------\r\n      5357        5357\r\n     50000       50059     *\r\n\r\n\
         * - Verwaltete Portausschl\u{fc}sse.\r\n\r\n";

    #[test]
    fn rows_are_two_numbers_and_an_optional_star() {
        let row = |first, last, starred| Row { first, last, starred };
        let rows = Some(vec![row(5357, 5357, false), row(50_000, 50_059, true)]);
        assert_eq!(exclusions(GERMAN.as_bytes()), rows);
    }

    #[test]
    fn bytes_that_are_no_utf8_do_not_matter() {
        let bytes: Vec<u8> = GERMAN.chars().map(|c| u8::try_from(c).expect("Latin-1")).collect();
        assert_eq!(exclusions(&bytes).map(|rows| rows.len()), Some(2));
    }

    #[test]
    fn an_empty_table_is_not_the_same_as_no_table() {
        let empty = "协议 tcp 端口排除范围\n\n开始端口    结束端口\n----------    --------\n\n* - 管理的端口排除。\n";
        assert_eq!(exclusions(empty.as_bytes()), Some(Vec::new()));
        assert_eq!(exclusions(b""), None);
        assert_eq!(
            exclusions(
                b"The following command was not found: int ipv4 show excludedportrange.\r\n"
            ),
            None
        );
    }

    #[test]
    fn impossible_rows_are_no_rows() {
        for line in ["0 5", "6 5", "1 70000", "1 2 x", "1 2 * *", "1", "-1 2", "+1 2"] {
            assert_eq!(row(line), None, "{line}");
        }
    }

    #[test]
    fn the_dynamic_range_is_the_two_numbers_that_end_lines() {
        let english = "\r\nProtocol tcp Dynamic Port Range\r\n---------------------------------\r\n\
             Start Port      : 49152\r\nNumber of Ports : 16384\r\n\r\n";
        assert_eq!(dynamic(english.as_bytes()), Some((49_152, 16_384)));
        let chinese = "协议 tcp 动态端口范围\n---------------------------------\n启动端口        : 50000\n端口数          : 1000\n";
        assert_eq!(dynamic(chinese.as_bytes()), Some((50_000, 1_000)));
        assert_eq!(dynamic(b""), None);
        assert_eq!(dynamic(b"Start Port : 49152\n"), None);
        assert_eq!(dynamic(b"Start Port : 99999\nNumber : 1\n"), None);
        assert_eq!(
            dynamic(b"Ports of tcp over ipv4\nStart Port:1025\nNumber:60000\n"),
            Some((1025, 60_000))
        );
    }
}
