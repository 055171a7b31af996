//! Memory in pages that snapshots share.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

/// The replica's page: what it tracks and charges writes by.
pub(crate) const PAGE_BYTES: usize = 4_096;
/// Pages per chunk: a snapshot copies one reference per 2 MiB.
const CHUNK_PAGES: usize = 512;
const ZEROS: [u8; PAGE_BYTES] = [0; PAGE_BYTES];

type Page = [u8; PAGE_BYTES];

#[derive(Clone)]
struct Chunk([Option<Arc<Page>>; CHUNK_PAGES]);

/// Bytes that are zero until written to, without an end. Cloning is cheap: pages are copied when they are written.
#[derive(Clone, Default)]
pub(crate) struct Pages {
    chunks: Vec<Option<Arc<Chunk>>>,
}

impl Pages {
    /// Fills `out` with the bytes from `offset` on.
    pub(crate) fn read(&self, offset: u64, out: &mut [u8]) {
        for (page, within, part) in parts(offset, out.len()) {
            let source = self.page(page).unwrap_or(&ZEROS);
            let length = part.len();
            out[part].copy_from_slice(&source[within..within + length]);
        }
    }

    /// Overwrites the bytes from `offset` on.
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) {
        for (page, within, part) in parts(offset, bytes.len()) {
            let length = part.len();
            self.page_mut(page)[within..within + length].copy_from_slice(&bytes[part]);
        }
    }

    /// Takes over `bytes` from the start; only pages that differ are touched. Answers how many did.
    pub(crate) fn absorb(&mut self, bytes: &[u8]) -> u64 {
        let mut changed = 0;
        for (index, bytes) in bytes.chunks(PAGE_BYTES).enumerate() {
            if self.start_of(index, bytes.len()) != bytes {
                self.page_mut(index)[..bytes.len()].copy_from_slice(bytes);
                changed += 1;
            }
        }
        changed
    }

    /// The opposite of [`Pages::absorb`]: makes `bytes` equal to what is kept here. Answers how many pages differed.
    pub(crate) fn restore(&self, bytes: &mut [u8]) -> u64 {
        let mut changed = 0;
        for (index, bytes) in bytes.chunks_mut(PAGE_BYTES).enumerate() {
            let kept = self.start_of(index, bytes.len());
            if kept != bytes {
                bytes.copy_from_slice(kept);
                changed += 1;
            }
        }
        changed
    }

    /// Whether the same bytes are kept; pages that are shared are not looked at.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        (0..self.chunks.len().max(other.chunks.len())).all(|index| {
            let chunk = |pages: &Self| pages.chunks.get(index).cloned().flatten();
            match (chunk(self), chunk(other)) {
                (Some(ours), Some(theirs)) if Arc::ptr_eq(&ours, &theirs) => true,
                (None, None) => true,
                (ours, theirs) => (0..CHUNK_PAGES).all(|page| {
                    let of = |chunk: &Option<Arc<Chunk>>| chunk.as_ref().and_then(|chunk| chunk.0[page].clone());
                    match (of(&ours), of(&theirs)) {
                        (Some(ours), Some(theirs)) => Arc::ptr_eq(&ours, &theirs) || ours == theirs,
                        (None, None) => true,
                        (Some(written), None) | (None, Some(written)) => *written == ZEROS,
                    }
                }),
            }
        })
    }

    /// The pages that were written to, with their numbers.
    pub(crate) fn written(&self) -> impl Iterator<Item = (u64, &Page)> {
        let chunks = self.chunks.iter().enumerate().filter_map(|(index, chunk)| Some((index, chunk.as_ref()?)));
        chunks.flat_map(|(index, chunk)| {
            let pages = chunk.0.iter().enumerate();
            pages.filter_map(move |(page, bytes)| Some(((index * CHUNK_PAGES + page) as u64, bytes.as_deref()?)))
        })
    }

    fn start_of(&self, index: usize, length: usize) -> &[u8] {
        &self.page(index).unwrap_or(&ZEROS)[..length]
    }

    fn page(&self, index: usize) -> Option<&Page> {
        self.chunks.get(index / CHUNK_PAGES)?.as_ref()?.0[index % CHUNK_PAGES].as_deref()
    }

    fn page_mut(&mut self, index: usize) -> &mut Page {
        let chunk = index / CHUNK_PAGES;
        if chunk >= self.chunks.len() {
            self.chunks.resize(chunk + 1, None);
        }
        let chunk = self.chunks[chunk].get_or_insert_with(|| Arc::new(Chunk([const { None }; CHUNK_PAGES])));
        let page = &mut Arc::make_mut(chunk).0[index % CHUNK_PAGES];
        Arc::make_mut(page.get_or_insert_with(|| Arc::new(ZEROS)))
    }
}

/// The pages that `length` bytes at `offset` lie in: page, offset within it, and which of the bytes.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (usize, usize, std::ops::Range<usize>)> {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut done = 0;
    std::iter::from_fn(move || {
        let position = offset + done;
        let within = position % PAGE_BYTES;
        let part = done..length.min(done + PAGE_BYTES - within);
        done = part.end;
        (!part.is_empty()).then_some((position / PAGE_BYTES, within, part))
    })
}

/// A set of pages.
#[derive(Clone, Default)]
pub(crate) struct PageSet {
    words: BTreeMap<u64, u64>,
}

impl PageSet {
    /// Adds `pages`; answers how many of them are new.
    pub(crate) fn insert_all(&mut self, pages: RangeInclusive<u64>) -> u64 {
        let mut added = 0;
        for word in pages.start() / 64..=pages.end() / 64 {
            let first = pages.start().saturating_sub(word * 64);
            let last = (pages.end() - word * 64).min(63);
            let mask = (u64::MAX << first) & (u64::MAX >> (63 - last));
            let bits = self.words.entry(word).or_default();
            added += u64::from((mask & !*bits).count_ones());
            *bits |= mask;
        }
        added
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
    }
}

#[cfg(test)]
mod tests;
