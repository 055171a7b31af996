//! Where everything lies: slots of one size at computed offsets, and a list of those that are free.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 4 | magic and version |
//! | 4 | 2 | bytes of a key |
//! | 6 | 2 | bytes of a slot |
//! | 8 | 8 | how many entries there are |
//! | 16 | 4 | the root's link |
//! | 20 | 4 | the first free slot, plus one; 0 when there is none |
//! | 24 | 4 | how many slots were ever used |
//! | 64 | | slots |
//!
//! An entry's slot holds a fork as well: *n* entries have *n - 1* forks between them, so one entry's fork is not used.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | the fork's links: left, right |
//! | 8 | 2 | the bit that keys on the right have set, and keys on the left have not; 0 is the first |
//! | 10 | 2 | length of the value |
//! | 12 | 4 | the first slot with more of the value, plus one; 0 when there is none |
//! | 16 | | the key, then the value's beginning |
//!
//! A slot with more of a value holds the next such slot, plus one, in four bytes, and then the value; a free slot the next free one, plus one.
//! Numbers are little-endian.

use super::key::MAX_KEY_BYTES;
use ic_stable_structures::Memory;
use std::borrow::Cow;

const MAGIC: [u8; 4] = *b"TRM\x01";
const COUNTS: u64 = 8;
const FIRST_SLOT: u64 = 64;
const PAGE_BYTES: u64 = 65_536;

/// Bytes of a fork in its slot.
const FORK_BYTES: usize = 10;
/// Where the key begins in a slot.
const KEY_AT: usize = 16;
/// Bytes of a link, and of a slot's number.
const LINK_BYTES: usize = 4;
const MAX_SLOT_BYTES: usize = 512;
/// Bytes of a value's beginning at the most.
const MAX_INLINE_BYTES: usize = MAX_SLOT_BYTES - KEY_AT - MAX_KEY_BYTES;

/// Where a node is: its slot, counted from 1 so that no link is 0, doubled, plus one for a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link(u32);

impl Link {
    /// The root of an empty map: what fresh memory holds.
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn fork(slot: u32) -> Self {
        Self((slot + 1) << 1)
    }
    pub(super) const fn leaf(slot: u32) -> Self {
        Self(((slot + 1) << 1) | 1)
    }
    pub(super) const fn is_leaf(self) -> bool {
        self.0 & 1 == 1
    }
    pub(super) const fn slot(self) -> u32 {
        (self.0 >> 1) - 1
    }
}

/// Slots that a link can name.
const MAX_SLOTS: u32 = u32::MAX >> 1;

/// Which part of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }
}

/// Where a key belongs in a fork that splits at this bit.
pub(super) fn side_at(key: &[u8], bit: u16) -> Side {
    if key[usize::from(bit / 8)] & (0x80 >> (bit % 8)) == 0 { Side::Left } else { Side::Right }
}

/// A fork as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fork([u8; FORK_BYTES]);

impl Fork {
    /// Splits at `bit`; the part on `side` comes first, then the other.
    pub(super) fn new(bit: u16, side: Side, own: Link, other: Link) -> Self {
        let mut fork = Self([0; FORK_BYTES]);
        for (side, Link(link)) in [(side, own), (side.other(), other)] {
            let start = LINK_BYTES * side.index();
            fork.0[start..start + LINK_BYTES].copy_from_slice(&link.to_le_bytes());
        }
        fork.0[2 * LINK_BYTES..].copy_from_slice(&bit.to_le_bytes());
        fork
    }

    pub(super) const fn bit(&self) -> u16 {
        u16::from_le_bytes([self.0[8], self.0[9]])
    }

    pub(super) const fn link(&self, side: Side) -> Link {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        Link(u32::from_le_bytes(match side {
            Side::Left => [a, b, c, d],
            Side::Right => [e, f, g, h],
        }))
    }
}

/// An entry as it is stored, without the rest of a long value.
pub(super) struct Leaf {
    bytes: [u8; MAX_SLOT_BYTES],
    key_bytes: usize,
}

impl Leaf {
    pub(super) fn key(&self) -> &[u8] {
        &self.bytes[KEY_AT..KEY_AT + self.key_bytes]
    }

    fn length(&self) -> usize {
        usize::from(u16::from_le_bytes([self.bytes[10], self.bytes[11]]))
    }

    fn overflow(&self) -> Option<u32> {
        let [.., a, b, c, d] = self.bytes.first_chunk::<KEY_AT>().expect("BUG: a slot is longer");
        u32::from_le_bytes([*a, *b, *c, *d]).checked_sub(1)
    }
}

/// What changes in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    entries: u64,
    root: Link,
    free: u32,
    used: u32,
}

/// The nodes.
pub(super) struct Slots<M: Memory> {
    memory: M,
    key_bytes: usize,
    slot_bytes: usize,
    counts: Counts,
}

impl<M: Memory> Slots<M> {
    /// Opens what is in the memory, or starts afresh.
    pub(super) fn init(memory: M, key_bytes: usize, inline_bytes: usize) -> Self {
        assert!(inline_bytes <= MAX_INLINE_BYTES, "BUG: entries must be short");
        let slot_bytes = KEY_AT + key_bytes + inline_bytes;
        let mut sizes = [0; 8];
        sizes[..4].copy_from_slice(&MAGIC);
        // Both are at most 512.
        sizes[4..6].copy_from_slice(&(key_bytes as u16).to_le_bytes());
        sizes[6..].copy_from_slice(&(slot_bytes as u16).to_le_bytes());
        if memory.size() == 0 {
            assert!(memory.grow(1) != -1, "BUG: no stable memory left");
            memory.write(0, &sizes);
            // Fresh memory is zeroed, which is what nothing looks like.
            return Self {
                memory,
                key_bytes,
                slot_bytes,
                counts: Counts { entries: 0, root: Link::NONE, free: 0, used: 0 },
            };
        }
        let mut bytes = [0; 28];
        memory.read(0, &mut bytes);
        assert!(bytes[..8] == sizes, "BUG: the memory holds something else than such a map");
        let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]));
        let entries = u64::from_le_bytes(std::array::from_fn(|index| bytes[8 + index]));
        let counts = Counts { entries, root: Link(number(16)), free: number(20), used: number(24) };
        Self { memory, key_bytes, slot_bytes, counts }
    }

    pub(super) const fn entries(&self) -> u64 {
        self.counts.entries
    }

    pub(super) fn root(&self) -> Option<Link> {
        (self.counts.root != Link::NONE).then_some(self.counts.root)
    }

    /// Makes this the root. Completes a change.
    pub(super) fn set_root(&mut self, root: Link, entries: u64) {
        (self.counts.root, self.counts.entries) = (root, entries);
        self.write_header();
    }

    pub(super) fn write_header(&self) {
        let Counts { entries, root, free, used } = self.counts;
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&entries.to_le_bytes());
        for (place, number) in bytes[8..].chunks_exact_mut(4).zip([root.0, free, used]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        self.memory.write(COUNTS, &bytes);
    }

    pub(super) fn fork(&self, slot: u32) -> Fork {
        let mut fork = Fork([0; FORK_BYTES]);
        self.memory.read(self.offset(slot), &mut fork.0);
        fork
    }

    pub(super) fn write_fork(&mut self, slot: u32, fork: &Fork) {
        self.memory.write(self.offset(slot), &fork.0);
    }

    pub(super) fn write_link(&mut self, fork: u32, side: Side, to: Link) {
        self.memory.write(self.offset(fork) + (LINK_BYTES * side.index()) as u64, &to.0.to_le_bytes());
    }

    pub(super) fn leaf(&self, slot: u32) -> Leaf {
        let mut leaf = Leaf { bytes: [0; MAX_SLOT_BYTES], key_bytes: self.key_bytes };
        self.memory.read(self.offset(slot), &mut leaf.bytes[..self.slot_bytes]);
        leaf
    }

    /// Writes an entry beside the fork in its slot. What was there before must have no more slots.
    pub(super) fn write_leaf(&mut self, slot: u32, key: &[u8], value: &[u8]) {
        let length = u16::try_from(value.len()).expect("BUG: a stored value must be shorter than 64 KiB");
        let value_at = KEY_AT + self.key_bytes;
        let (begin, rest) = value.split_at(value.len().min(self.slot_bytes - value_at));
        let mut next = 0u32;
        for part in rest.chunks(self.slot_bytes - LINK_BYTES).rev() {
            let slot = self.claim();
            self.memory.write(self.offset(slot), &next.to_le_bytes());
            self.memory.write(self.offset(slot) + LINK_BYTES as u64, part);
            next = slot + 1;
        }
        let mut bytes = [0; MAX_SLOT_BYTES];
        bytes[10..12].copy_from_slice(&length.to_le_bytes());
        bytes[12..KEY_AT].copy_from_slice(&next.to_le_bytes());
        bytes[KEY_AT..value_at].copy_from_slice(key);
        bytes[value_at..value_at + begin.len()].copy_from_slice(begin);
        self.memory.write(self.offset(slot) + FORK_BYTES as u64, &bytes[FORK_BYTES..value_at + begin.len()]);
    }

    /// The value of an entry.
    pub(super) fn value<'a>(&self, leaf: &'a Leaf) -> Cow<'a, [u8]> {
        let begin = &leaf.bytes[KEY_AT + self.key_bytes..self.slot_bytes];
        let length = leaf.length();
        if length <= begin.len() {
            return Cow::Borrowed(&begin[..length]);
        }
        let mut value = begin.to_vec();
        let mut next = leaf.overflow();
        while let Some(slot) = next {
            let at = value.len();
            value.resize(length.min(at + self.slot_bytes - LINK_BYTES), 0);
            self.memory.read(self.offset(slot) + LINK_BYTES as u64, &mut value[at..]);
            next = self.next(slot);
        }
        Cow::Owned(value)
    }

    /// Gives an entry's further slots back.
    pub(super) fn free_overflow(&mut self, leaf: &Leaf) {
        let mut next = leaf.overflow();
        while let Some(slot) = next {
            next = self.next(slot);
            self.free(slot);
        }
    }

    /// Gives a slot back.
    pub(super) fn free(&mut self, slot: u32) {
        self.memory.write(self.offset(slot), &self.counts.free.to_le_bytes());
        self.counts.free = slot + 1;
    }

    /// Takes a slot.
    pub(super) fn claim(&mut self) -> u32 {
        if let Some(slot) = self.counts.free.checked_sub(1) {
            self.counts.free = self.next(slot).map_or(0, |next| next + 1);
            return slot;
        }
        let slot = self.counts.used;
        assert!(slot < MAX_SLOTS - 1, "BUG: more entries than links can name");
        self.counts.used += 1;
        let pages = self.offset(self.counts.used).div_ceil(PAGE_BYTES);
        if let Some(missing) = pages.checked_sub(self.memory.size()).filter(|missing| *missing > 0) {
            assert!(self.memory.grow(missing) != -1, "BUG: no stable memory left");
        }
        slot
    }

    /// The slot that this one names in its first bytes.
    fn next(&self, slot: u32) -> Option<u32> {
        let mut next = [0; LINK_BYTES];
        self.memory.read(self.offset(slot), &mut next);
        u32::from_le_bytes(next).checked_sub(1)
    }

    const fn offset(&self, slot: u32) -> u64 {
        FIRST_SLOT + self.slot_bytes as u64 * slot as u64
    }

    #[cfg(test)]
    pub(super) const fn used(&self) -> u32 {
        self.counts.used
    }
}
