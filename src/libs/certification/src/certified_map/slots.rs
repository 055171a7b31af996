//! Where the nodes lie: slots of one size at computed offsets, and a list of those that are free.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 4 | magic and version |
//! | 8 | 8 | how many entries there are |
//! | 16 | 8 | the root's link |
//! | 24 | 8 | the first free slot, plus one; 0 when there is none |
//! | 32 | 8 | how many slots were ever used |
//! | 40 | 32 | the root's hash |
//! | 128 | 80 each | slots |
//!
//! A fork's slot holds the hashes of its two parts and their links; its bit is in the top byte of the first link. A leaf's
//! holds key and value. A free one holds the next free one, plus one. Numbers are little-endian.

use super::hash::Hash;
use super::{Key, Value};
use ic_stable_structures::Memory;

const MAGIC: [u8; 4] = *b"CMT\x01";
const COUNTS: u64 = 8;
const FIRST_SLOT: u64 = 128;
const SLOT_BYTES: u64 = 80;
const PAGE_BYTES: u64 = 65_536;

/// Where a node is: its slot, doubled, plus one for a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link(u64);

impl Link {
    /// The root of an empty map: what fresh memory holds.
    const NONE: Self = Self(0);
    /// What a link has in a fork's slot besides the bit.
    const MASK: u64 = (1 << 56) - 1;

    // Slots are counted from 1 in links, so that no link is 0.
    const fn fork(slot: u64) -> Self {
        Self((slot + 1) << 1)
    }
    const fn leaf(slot: u64) -> Self {
        Self(((slot + 1) << 1) | 1)
    }
    pub const fn is_leaf(self) -> bool {
        self.0 & 1 == 1
    }
    const fn slot(self) -> u64 {
        (self.0 >> 1) - 1
    }
}

/// Which part of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

impl Side {
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
    const fn index(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }
}

/// A fork as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Fork([u8; SLOT_BYTES as usize]);

impl Fork {
    /// Splits at `bit`; the part on `side` comes first, then the other.
    pub fn new(bit: u8, side: Side, own: (Link, Hash), other: (Link, Hash)) -> Self {
        let mut fork = Self([0; SLOT_BYTES as usize]);
        fork.0[71] = bit;
        fork.set(side, own);
        fork.set(side.other(), other);
        fork
    }

    /// The bit that keys on the right have set, and keys on the left have not; 0 is the first.
    pub const fn bit(&self) -> u8 {
        self.0[71]
    }

    /// Where the key belongs.
    pub fn side(&self, key: &Key) -> Side {
        side_at(key, self.bit())
    }

    pub fn link(&self, side: Side) -> Link {
        let start = 64 + 8 * side.index();
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[start..start + 8]);
        Link(u64::from_le_bytes(bytes) & Link::MASK)
    }

    pub fn hash(&self, side: Side) -> Hash {
        let start = 32 * side.index();
        let mut hash = [0; 32];
        hash.copy_from_slice(&self.0[start..start + 32]);
        hash
    }

    /// Both hashes.
    pub fn hashes(&self) -> &[u8; 64] {
        self.0.first_chunk().expect("BUG: a slot has room for two hashes")
    }

    pub fn set_hash(&mut self, side: Side, hash: &Hash) {
        self.0[32 * side.index()..][..32].copy_from_slice(hash);
    }

    pub fn set(&mut self, side: Side, (link, hash): (Link, Hash)) {
        self.set_hash(side, &hash);
        // The top byte is the bit's.
        self.0[64 + 8 * side.index()..][..7].copy_from_slice(&link.0.to_le_bytes()[..7]);
    }
}

/// Where a key belongs in a fork that splits at this bit.
pub fn side_at(key: &Key, bit: u8) -> Side {
    if key[usize::from(bit / 8)] & (0x80 >> (bit % 8)) == 0 { Side::Left } else { Side::Right }
}

/// What the header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    entries: u64,
    root: Link,
    free: u64,
    used: u64,
    root_hash: Hash,
}

/// The nodes.
pub struct Slots<M: Memory> {
    memory: M,
    header: Header,
}

impl<M: Memory> Slots<M> {
    /// Opens what is in the memory, or starts afresh with this hash of nothing.
    pub fn init(memory: M, empty: Hash) -> Self {
        if memory.size() == 0 {
            assert!(memory.grow(1) != -1, "BUG: no stable memory left");
            memory.write(0, &MAGIC);
            let header = Header { entries: 0, root: Link::NONE, free: 0, used: 0, root_hash: empty };
            let slots = Self { memory, header };
            slots.write_header();
            return slots;
        }
        let mut bytes = [0; 72];
        memory.read(0, &mut bytes);
        assert!(bytes[..4] == MAGIC, "BUG: the memory holds something else than a certified map");
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| bytes[at + index]));
        let root_hash = std::array::from_fn(|index| bytes[40 + index]);
        let header =
            Header { entries: number(8), root: Link(number(16)), free: number(24), used: number(32), root_hash };
        Self { memory, header }
    }

    pub const fn entries(&self) -> u64 {
        self.header.entries
    }

    pub const fn root_hash(&self) -> Hash {
        self.header.root_hash
    }

    pub fn root(&self) -> Option<Link> {
        (self.header.root != Link::NONE).then_some(self.header.root)
    }

    /// Makes this the root. Completes a change: until then nothing but slots is written.
    pub fn set_root(&mut self, root: Option<Link>, hash: Hash, entries: u64) {
        let root = root.unwrap_or(Link::NONE);
        self.header = Header { root, root_hash: hash, entries, ..self.header };
        self.write_header();
    }

    pub fn fork(&self, link: Link) -> Fork {
        let mut fork = Fork([0; SLOT_BYTES as usize]);
        self.memory.read(offset(link.slot()), &mut fork.0);
        fork
    }

    pub fn leaf(&self, link: Link) -> (Key, Value) {
        let mut bytes = [0; 64];
        self.memory.read(offset(link.slot()), &mut bytes);
        let (mut key, mut value) = ([0; 32], [0; 32]);
        key.copy_from_slice(&bytes[..32]);
        value.copy_from_slice(&bytes[32..]);
        (key, value)
    }

    pub fn add_leaf(&mut self, key: &Key, value: &Value) -> Link {
        let slot = self.claim();
        let mut bytes = [0; SLOT_BYTES as usize];
        bytes[..32].copy_from_slice(key);
        bytes[32..64].copy_from_slice(value);
        self.memory.write(offset(slot), &bytes);
        Link::leaf(slot)
    }

    pub fn add_fork(&mut self, fork: &Fork) -> Link {
        let slot = self.claim();
        self.memory.write(offset(slot), &fork.0);
        Link::fork(slot)
    }

    pub fn set_value(&mut self, leaf: Link, value: &Value) {
        self.memory.write(offset(leaf.slot()) + 32, value);
    }

    pub fn write_fork(&mut self, link: Link, fork: &Fork) {
        self.memory.write(offset(link.slot()), &fork.0);
    }

    /// Writes only the hash of one part: what most changes change.
    pub fn write_hash(&mut self, fork: Link, side: Side, hash: &Hash) {
        self.memory.write(offset(fork.slot()) + 32 * side.index() as u64, hash);
    }

    /// Gives a node's slot back.
    pub fn free(&mut self, link: Link) {
        self.memory.write(offset(link.slot()), &self.header.free.to_le_bytes());
        self.header.free = link.slot() + 1;
    }

    fn claim(&mut self) -> u64 {
        if let Some(slot) = self.header.free.checked_sub(1) {
            let mut next = [0; 8];
            self.memory.read(offset(slot), &mut next);
            self.header.free = u64::from_le_bytes(next);
            return slot;
        }
        let slot = self.header.used;
        self.header.used += 1;
        let pages = offset(self.header.used).div_ceil(PAGE_BYTES);
        if let Some(missing) = pages.checked_sub(self.memory.size()).filter(|missing| *missing > 0) {
            assert!(self.memory.grow(missing) != -1, "BUG: no stable memory left");
        }
        slot
    }

    fn write_header(&self) {
        let Header { entries, root, free, used, root_hash } = self.header;
        let mut bytes = [0; 64];
        for (place, number) in bytes.chunks_exact_mut(8).zip([entries, root.0, free, used]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes[32..].copy_from_slice(&root_hash);
        self.memory.write(COUNTS, &bytes);
    }

    #[cfg(test)]
    pub const fn used(&self) -> u64 {
        self.header.used
    }
}

const fn offset(slot: u64) -> u64 {
    FIRST_SLOT + SLOT_BYTES * slot
}
