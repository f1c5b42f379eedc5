//! The ports of one protocol, as an index of the world: who has reserved, excluded or bound which.
//!
//! Pages of 512 ports, made when first touched. A page keeps bit sets, the longest run of free ports, the token of each
//! block that starts in it and the first socket bound at each port. Blocks that share ports with an earlier one are
//! kept in a short list beside the pages: reservations may overlap, but they rarely do.

use crate::id::Token;
use crate::port::PortBlock;

const PORTS: usize = 512;
const WORDS: usize = PORTS / 64;
const PAGES: usize = 65_536 / PORTS;

/// What is asked of a port together lies together: of a large world, nothing of a page is in the processor's cache.
#[derive(Clone)]
struct Page {
    words: [Word; WORDS],
    ports: [Port; PORTS],
    /// No run of free ports is longer. Exact when measured; in between, what is taken leaves it too large at most.
    longest: u32,
    /// Changes since it was measured.
    changes: u32,
}

/// A bit for each of 64 ports.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(crate) struct Word {
    pub(crate) reserved: u64,
    pub(crate) excluded: u64,
    pub(crate) bound: u64,
    /// Where the blocks start that do not overlap an earlier one.
    starts: u64,
}

#[derive(Clone, Copy)]
struct Port {
    /// The first socket bound at it, as its slot plus one; 0 for none.
    head: u32,
    /// The block that starts at it, and how long that is.
    token: Token,
    count: u16,
}

/// After how many changes a page is measured again: often enough that searches skip it when they can, seldom enough that
/// a bind does not pay for it.
const MEASURED_EVERY: u32 = 32;

/// What a change does to the ports of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Takes,
    Frees,
}

/// What a search passes over besides bound ports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Skip {
    /// Ports of reservations.
    pub reserved: bool,
    /// Ports of exclusions and system blocks.
    pub excluded: bool,
}

impl Skip {
    /// Both.
    pub const ALL: Skip = Skip { reserved: true, excluded: true };
    /// Neither.
    pub const NONE: Skip = Skip { reserved: false, excluded: false };
}

/// The ports of one protocol. Nothing is kept of them before the first is touched: what is kept is longer than all else that
/// an empty machine has.
#[derive(Clone, Default)]
pub(crate) struct Pool(Option<Box<Table>>);

#[derive(Clone)]
struct Table {
    pages: [Option<Box<Page>>; PAGES],
    /// Pages in which a block starts.
    holding: u128,
    /// Blocks that shared a port with another when they came.
    overlapping: Vec<(PortBlock, Token)>,
}

/// A place in the pages: page, word, bit.
#[derive(Clone, Copy)]
struct Place {
    page: usize,
    word: usize,
    bit: u64,
}

const fn place(port: u16) -> Place {
    let port = port as usize;
    Place { page: port / PORTS, word: port % PORTS / 64, bit: 1 << (port % 64) }
}

/// The part of a block that lies in one word: its page, its word, its bits.
fn words(block: PortBlock) -> impl Iterator<Item = Place> {
    let (first, last) = (block.first() as usize, block.last() as usize);
    // not `..=`, which has to remember whether it is through
    (first / 64..last / 64 + 1).map(move |word| {
        let bit = part_of_word(block, word);
        Place { page: word / WORDS, word: word % WORDS, bit }
    })
}

/// The bits of a word that stand for ports of a block.
#[inline]
pub(crate) fn part_of_word(block: PortBlock, word: usize) -> u64 {
    let (first, last) = (block.first() as usize, block.last() as usize);
    if word < first / 64 || word > last / 64 {
        return 0;
    }
    let low = if word == first / 64 { u64::MAX << (first % 64) } else { u64::MAX };
    let high = if word == last / 64 { u64::MAX >> (63 - last % 64) } else { u64::MAX };
    low & high
}

/// Walks the ports of a part that are not taken, adding to `run`; the one at which the run is long enough.
#[inline]
pub(crate) fn walk(
    part: std::ops::Range<usize>,
    run: &mut usize,
    wanted: usize,
    taken: impl Fn(usize) -> u64,
) -> Option<usize> {
    let mut at = part.start;
    while at < part.end {
        let left = (64 - at % 64).min(part.end - at);
        let taken = taken(at / 64) >> (at % 64);
        let free = (taken.trailing_zeros() as usize).min(left);
        if *run + free >= wanted {
            return Some(at + (wanted - *run) - 1);
        }
        if free > 0 {
            *run += free;
            at += free;
        } else {
            *run = 0;
            at += ((!taken).trailing_zeros() as usize).min(left);
        }
    }
    None
}

/// The reservations that share a port with a block.
pub(crate) struct Meeting<'p> {
    pool: &'p Pool,
    block: PortBlock,
    /// Blocks in order are left that start below this port; 0 when they are through.
    before: u32,
    /// Neither they nor overlapping ones are there.
    nothing: bool,
    /// How many overlapping ones have been looked at.
    others: usize,
}

impl Iterator for Meeting<'_> {
    type Item = (PortBlock, Token);

    #[inline]
    fn next(&mut self) -> Option<(PortBlock, Token)> {
        if self.nothing { None } else { self.search() }
    }
}

impl Meeting<'_> {
    fn search(&mut self) -> Option<(PortBlock, Token)> {
        if let Some(last) = self.before.checked_sub(1) {
            if let Some((found, token)) = self.pool.starting_at_or_before(last as u16) {
                if found.meets(self.block) {
                    self.before = u32::from(found.first());
                    return Some((found, token));
                }
            }
            self.before = 0;
        }
        let others = self.pool.overlapping()[self.others..].iter();
        for &(found, token) in others {
            self.others += 1;
            if found.meets(self.block) {
                return Some((found, token));
            }
        }
        None
    }
}

impl Table {
    #[cold]
    #[inline(never)]
    fn boxed() -> Box<Table> {
        let pages = [const { None }; PAGES];
        Box::new(Table { pages, holding: 0, overlapping: Vec::new() })
    }
}

impl Pool {
    #[inline]
    fn page(&self, page: usize) -> Option<&Page> {
        self.0.as_ref()?.pages[page].as_deref()
    }

    #[inline]
    fn table(&mut self) -> &mut Table {
        self.0.get_or_insert_with(Table::boxed)
    }

    #[inline]
    fn page_mut(&mut self, page: usize) -> &mut Page {
        self.table().pages[page].get_or_insert_with(Page::boxed)
    }

    #[inline]
    fn overlapping(&self) -> &[(PortBlock, Token)] {
        self.0.as_ref().map_or(&[], |table| &table.overlapping)
    }

    /// Changes the bits of a block, word by word, and keeps the runs of its pages.
    fn mark(
        &mut self,
        block: PortBlock,
        what: Change,
        mut change: impl FnMut(&mut Page, usize, u64),
    ) {
        for Place { page, word, bit } in words(block) {
            let touched = self.page_mut(page);
            change(touched, word, bit);
            touched.changed(what, word, bit);
        }
    }

    // Reservations

    pub(crate) fn insert(&mut self, block: PortBlock, token: Token) {
        let mut shared = 0;
        self.mark(block, Change::Takes, |page, word, bits| {
            shared |= page.words[word].reserved & bits;
            page.words[word].reserved |= bits;
        });
        if shared != 0 {
            self.table().overlapping.push((block, token));
            return;
        }
        let Place { page, word, bit } = place(block.first());
        let touched = self.page_mut(page);
        touched.words[word].starts |= bit;
        let start = &mut touched.ports[block.first() as usize % PORTS];
        (start.token, start.count) = (token, block.count());
        self.table().holding |= 1 << page;
    }

    pub(crate) fn remove(&mut self, block: PortBlock, token: Token) {
        // blocks in order never share ports with each other
        let alone = self.overlapping().is_empty();
        if let Some(i) = self.overlapping().iter().position(|o| *o == (block, token)) {
            self.table().overlapping.swap_remove(i);
        } else {
            let Place { page, word, bit } = place(block.first());
            let touched = self.page_mut(page);
            touched.words[word].starts &= !bit;
            if touched.words.iter().all(|word| word.starts == 0) {
                self.table().holding &= !(1 << page);
            }
        }
        // blocks that share ports with it keep them
        let others: Vec<PortBlock> = match alone {
            true => Vec::new(),
            false => self.meeting(block).map(|(b, _)| b).collect(),
        };
        self.mark(block, Change::Frees, |page, word, bits| page.words[word].reserved &= !bits);
        for other in others {
            self.mark(other, Change::Takes, |page, word, bits| page.words[word].reserved |= bits);
        }
    }

    pub(crate) fn reserved(&self, port: u16) -> bool {
        let Place { page, word, bit } = place(port);
        self.page(page).is_some_and(|p| p.words[word].reserved & bit != 0)
    }

    /// The reservations that share a port with the block, last first, overlapping ones at the end.
    #[inline]
    pub(crate) fn meeting(&self, block: PortBlock) -> Meeting<'_> {
        // most blocks lie in one word, and in most of those nothing is reserved
        let (first, last) = (block.first(), block.last());
        let nothing = first / 64 == last / 64 && {
            let Place { page, word, bit } = place(last);
            let bits = bit | (bit - 1) & (u64::MAX << (first % 64));
            self.page(page).is_none_or(|p| p.words[word].reserved & bits == 0)
        };
        Meeting {
            pool: self,
            block,
            before: if nothing { 0 } else { u32::from(last) + 1 },
            nothing,
            others: 0,
        }
    }

    fn starting_at_or_before(&self, port: u16) -> Option<(PortBlock, Token)> {
        let Place { page, word, bit } = place(port);
        let here =
            self.page(page).and_then(|p| p.last_start(word, bit | (bit - 1)).map(|i| (page, i)));
        let (page, index) = here.or_else(|| {
            let below = self.0.as_ref()?.holding & ((1 << page) - 1);
            let page = below.checked_ilog2()? as usize;
            self.page(page)?.last_start(WORDS - 1, u64::MAX).map(|i| (page, i))
        })?;
        let Port { token, count, .. } = self.page(page)?.ports[index];
        Some((PortBlock::new((page * PORTS + index) as u16, count)?, token))
    }

    // Exclusions and system blocks

    pub(crate) fn exclude(&mut self, block: PortBlock) {
        self.mark(block, Change::Takes, |page, word, bits| page.words[word].excluded |= bits);
    }

    pub(crate) fn include(&mut self, block: PortBlock) {
        self.mark(block, Change::Frees, |page, word, bits| page.words[word].excluded &= !bits);
    }

    pub(crate) fn excluded(&self, port: u16) -> bool {
        let Place { page, word, bit } = place(port);
        self.page(page).is_some_and(|p| p.words[word].excluded & bit != 0)
    }

    pub(crate) fn excluded_in(&self, block: PortBlock) -> Option<u16> {
        self.first(block, |page, word| page.words[word].excluded)
    }

    // Bound ports

    /// The first socket bound at the port, as its slot plus one; 0 for none.
    pub(crate) fn head(&self, port: u16) -> u32 {
        self.page(port as usize / PORTS).map_or(0, |p| p.ports[port as usize % PORTS].head)
    }

    pub(crate) fn set_head(&mut self, port: u16, head: u32) {
        let Place { page, word, bit } = place(port);
        let touched = self.page_mut(page);
        let had = std::mem::replace(&mut touched.ports[port as usize % PORTS].head, head);
        if (had == 0) == (head == 0) {
            return;
        }
        touched.words[word].bound ^= bit;
        touched.changed(if head == 0 { Change::Frees } else { Change::Takes }, word, bit);
    }

    pub(crate) fn bound(&self, port: u16) -> bool {
        self.head(port) != 0
    }

    pub(crate) fn bound_in(&self, block: PortBlock) -> Option<u16> {
        self.first(block, |page, word| page.words[word].bound)
    }

    // Searches

    /// What is known of the 64 ports from `word` times 64.
    pub(crate) fn word(&self, word: usize) -> Word {
        self.page(word / WORDS).map_or_else(Word::default, |page| page.words[word % WORDS])
    }

    /// The lowest port of the block in a bit set.
    fn first(&self, block: PortBlock, bits: impl Fn(&Page, usize) -> u64) -> Option<u16> {
        words(block).find_map(|w| {
            let found = bits(self.page(w.page)?, w.word) & w.bit;
            (found != 0)
                .then(|| ((w.page * WORDS + w.word) * 64) as u16 + found.trailing_zeros() as u16)
        })
    }

    /// The lowest port of the block that no socket is bound to and that is not to be skipped.
    pub(crate) fn free_port(&self, block: PortBlock, skip: Skip) -> Option<u16> {
        words(block).find_map(|w| {
            let taken = self.page(w.page).map_or(0, |p| p.taken(w.word, skip));
            let found = !taken & w.bit;
            (found != 0)
                .then(|| ((w.page * WORDS + w.word) * 64) as u16 + found.trailing_zeros() as u16)
        })
    }

    /// The lowest block of `count` ports inside `within`, none of them bound, reserved or excluded.
    pub(crate) fn free_block(&self, within: PortBlock, count: u16) -> Option<PortBlock> {
        let (end, wanted) = (within.last() as usize + 1, count as usize);
        let (mut port, mut run) = (within.first() as usize, 0);
        while port < end {
            let page_end = (port / PORTS + 1) * PORTS;
            let whole = port % PORTS == 0 && page_end <= end;
            match self.page(port / PORTS) {
                None => run += page_end.min(end) - port,
                Some(page)
                    if whole
                        && (page.longest as usize) < wanted
                        && run + page.first_run() < wanted =>
                {
                    run = page.last_run(run);
                }
                // the run reaches into the page far enough, or the page may hold one of its own
                Some(page) => {
                    let begin = port / PORTS * PORTS;
                    let part = port % PORTS..page_end.min(end) - begin;
                    if let Some(last) = page.walk(part, &mut run, wanted) {
                        return PortBlock::new((begin + last + 1 - wanted) as u16, count);
                    }
                }
            }
            port = page_end;
            if run >= wanted {
                let last = port.min(end) - 1;
                return PortBlock::new((last + 1 - run) as u16, count);
            }
        }
        None
    }
}

impl Page {
    #[cold]
    #[inline(never)]
    fn boxed() -> Box<Page> {
        Box::new(Page {
            words: [Word::default(); WORDS],
            ports: [Port { head: 0, token: Token::ZERO, count: 0 }; PORTS],
            longest: PORTS as u32,
            changes: 0,
        })
    }

    fn taken(&self, word: usize, skip: Skip) -> u64 {
        let Word { reserved, excluded, bound, .. } = self.words[word];
        let reserved = if skip.reserved { reserved } else { 0 };
        let excluded = if skip.excluded { excluded } else { 0 };
        bound | reserved | excluded
    }

    /// The index of the last start at or before a place.
    fn last_start(&self, word: usize, mask: u64) -> Option<usize> {
        let in_word = |w: usize, bits: u64| bits.checked_ilog2().map(|bit| w * 64 + bit as usize);
        in_word(word, self.words[word].starts & mask)
            .or_else(|| (0..word).rev().find_map(|w| in_word(w, self.words[w].starts)))
    }

    /// Walks the free ports of a part of the page, as [`walk`] does.
    fn walk(&self, part: std::ops::Range<usize>, run: &mut usize, wanted: usize) -> Option<usize> {
        walk(part, run, wanted, |word| self.taken(word, Skip::ALL))
    }

    /// The free ports of each word. Whoever stops early looks at no more words than it takes.
    fn free(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.words.iter().map(|word| !(word.bound | word.reserved | word.excluded))
    }

    /// The free ports at the beginning of the page.
    fn first_run(&self) -> usize {
        ones(self.free(), u64::trailing_ones)
    }

    /// The free ports at the end of the page, with the run before it if all of the page is free.
    fn last_run(&self, before: usize) -> usize {
        match ones(self.free().rev(), u64::leading_ones) {
            PORTS => before + PORTS,
            run => run,
        }
    }

    /// Keeps `longest` true after bits of a word have changed.
    #[inline]
    fn changed(&mut self, what: Change, word: usize, bits: u64) {
        self.changes += 1;
        if self.changes >= MEASURED_EVERY {
            self.measure();
        } else if what == Change::Frees {
            self.longest = self.longest.max(self.run_around(word, bits));
        }
    }

    #[cold]
    fn measure(&mut self) {
        self.longest = longest_run(self.free());
        self.changes = 0;
    }

    /// At least the length of the run of free ports that bits of a word belong to.
    #[inline(never)]
    fn run_around(&self, word: usize, bits: u64) -> u32 {
        let free = |w: usize| !self.taken(w, Skip::ALL);
        let (low, high) = (bits.trailing_zeros(), 63 - bits.leading_zeros());
        let below = if low == 0 { 0 } else { (free(word) << (64 - low)).leading_ones() };
        let above = if high == 63 { 0 } else { (free(word) >> (high + 1)).trailing_ones() };
        let mut run = (below + (high - low + 1) + above) as usize;
        if below == low {
            run += ones((0..word).rev().map(free), u64::leading_ones);
        }
        if above == 63 - high {
            run += ones((word + 1..WORDS).map(free), u64::trailing_ones);
        }
        run as u32
    }
}

fn ones(words: impl Iterator<Item = u64>, of: fn(u64) -> u32) -> usize {
    let mut sum = 0;
    for word in words {
        sum += of(word) as usize;
        if word != u64::MAX {
            break;
        }
    }
    sum
}

/// The longest run of ones.
fn longest_run(words: impl Iterator<Item = u64>) -> u32 {
    let (mut run, mut longest) = (0, 0);
    for mut word in words {
        if word == u64::MAX {
            run += 64;
            continue;
        }
        longest = longest.max(run + word.trailing_ones());
        run = word.leading_ones();
        // runs inside the word: each round shortens every run by one
        word &= !(u64::MAX.checked_shl(64 - run).unwrap_or(0));
        let mut inside = 0;
        while word != 0 {
            word &= word >> 1;
            inside += 1;
        }
        longest = longest.max(inside);
    }
    longest.max(run)
}

#[cfg(test)]
mod tests;
