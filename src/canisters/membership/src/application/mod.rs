//! Which texts an application may be described by.

use calisec_types::membership::{MAX_SOURCE_BYTES, MAX_VERSION_BYTES};

/// Whether this is an acceptable version: something, short, printable.
#[must_use]
pub fn is_version(text: &str) -> bool {
    (1..=MAX_VERSION_BYTES).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Whether this is an acceptable source: short, printable and without spaces, as URLs are; or nothing.
#[must_use]
pub fn is_source(text: &str) -> bool {
    text.len() <= MAX_SOURCE_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::{is_source, is_version};

    #[test]
    fn should_accept_short_printable_texts_only() {
        for (text, version, source) in [
            ("", false, true),
            ("1.0.0", true, true),
            ("1.0.0 beta", true, false),
            ("1.0\n", false, false),
            ("\u{e9}", false, false),
            ("https://example.org/app.wasm", true, true),
            (&"a".repeat(64), true, true),
            (&"a".repeat(65), false, true),
            (&"a".repeat(512), false, true),
            (&"a".repeat(513), false, false),
        ] {
            assert_eq!((is_version(text), is_source(text)), (version, source), "{text:?}");
        }
    }
}
