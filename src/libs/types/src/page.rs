//! Paging: every list answer is a page, and no page is longer than its cap.

/// Items on a page when the caller asks for none in particular.
pub const DEFAULT_PAGE: u32 = 50;
/// Items on a page at the most, whatever the caller asks for.
pub const MAX_PAGE: u32 = 200;

/// The page length for a request: [`DEFAULT_PAGE`] when absent, never more than [`MAX_PAGE`], and at least one item, so
/// that following `next` always ends.
#[must_use]
pub fn page_length(requested: Option<u32>) -> usize {
    requested.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE) as usize
}
