//! Stable memory at one moment.

use super::pages::Pages;
use std::fmt;

/// Stable memory at one moment. It shares its pages with the canister, so that taking and comparing images costs what was
/// written in between, not what is stored.
#[derive(Clone, Default)]
pub struct StableImage {
    pages: Pages,
    bytes: u64,
}

impl StableImage {
    pub(super) const fn new(pages: Pages, bytes: u64) -> Self {
        Self { pages, bytes }
    }
}

impl PartialEq for StableImage {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.pages.equals(&other.pages)
    }
}

impl Eq for StableImage {}

impl fmt::Debug for StableImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StableImage").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
