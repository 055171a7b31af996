//! Stable memory at one moment.

use super::pages::{PAGE_BYTES, Pages};
use std::fmt;

/// What a page of an image has.
pub const IMAGE_PAGE_BYTES: usize = PAGE_BYTES;
/// Stable memory grows by this much.
const WASM_PAGE_BYTES: u64 = 65_536;

/// Pages that are no stable memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedImage {
    /// Stable memory consists of whole wasm pages of 64 KiB, 500 GiB of them at most.
    #[error("stable memory cannot have {0} bytes")]
    Size(u64),
    /// A page lies outside.
    #[error("page {0} lies outside of the stable memory")]
    Outside(u64),
}

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

    pub(super) const fn pages(&self) -> &Pages {
        &self.pages
    }

    /// How large the stable memory is.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The pages that were written to, with their numbers, in order; all others are zeros.
    pub fn written(&self) -> impl Iterator<Item = (u64, &[u8; IMAGE_PAGE_BYTES])> {
        self.pages.written()
    }

    /// Stable memory of so many bytes, all zeros but these pages.
    ///
    /// # Errors
    /// [`MalformedImage`].
    pub fn from_written<'a>(
        bytes: u64,
        written: impl IntoIterator<Item = (u64, &'a [u8; IMAGE_PAGE_BYTES])>,
    ) -> Result<Self, MalformedImage> {
        if !bytes.is_multiple_of(WASM_PAGE_BYTES) || bytes > crate::network::STABLE_BYTES {
            return Err(MalformedImage::Size(bytes));
        }
        let mut pages = Pages::default();
        for (number, page) in written {
            if number >= bytes / IMAGE_PAGE_BYTES as u64 {
                return Err(MalformedImage::Outside(number));
            }
            pages.write(number * IMAGE_PAGE_BYTES as u64, page);
        }
        Ok(Self { pages, bytes })
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
