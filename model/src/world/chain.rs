//! Doubly linked lists of slots, kept beside the tables: a slot is in at most one list of a chain.

/// The first slot of a list, plus one; 0 for an empty list.
pub(super) type Head = u32;

#[derive(Clone, Copy, Default)]
struct Link {
    next: Head,
    before: Head,
}

/// The links of all lists of one kind.
#[derive(Clone, Default)]
pub(super) struct Chain(Vec<Link>);

impl Chain {
    /// Puts a slot in front of a list; gives its new head.
    #[inline(always)]
    pub(super) fn link(&mut self, head: Head, slot: u32) -> Head {
        let place = slot as usize;
        if place >= self.0.len() {
            self.0.resize(place + 1, Link::default());
        }
        self.0[place] = Link { next: head, before: 0 };
        if head != 0 {
            self.0[head as usize - 1].before = slot + 1;
        }
        slot + 1
    }

    /// Takes a slot out of a list; gives its new head.
    #[inline(always)]
    pub(super) fn unlink(&mut self, head: Head, slot: u32) -> Head {
        let Link { next, before } = std::mem::take(&mut self.0[slot as usize]);
        if next != 0 {
            self.0[next as usize - 1].before = before;
        }
        if before == 0 {
            debug_assert_eq!(head, slot + 1, "the first slot of a list is its head");
            return next;
        }
        self.0[before as usize - 1].next = next;
        head
    }

    /// The slots of a list.
    pub(super) fn from(&self, head: Head) -> impl Iterator<Item = u32> + '_ {
        let mut at = head;
        std::iter::from_fn(move || {
            let slot = at.checked_sub(1)?;
            at = self.0[slot as usize].next;
            Some(slot)
        })
    }
}
