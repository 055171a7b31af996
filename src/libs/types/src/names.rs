//! Names that policies can speak of.

/// Whether a text is 1 to `limit` bytes of `a-z`, `0-9` and `-`: what a policy can name without quoting it.
#[must_use]
pub fn is_name(name: &str, limit: usize) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=limit).contains(&name.len()) && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn should_take_for_names_only_what_needs_no_quoting() {
        assert!(is_name("age-over-18", 32) && is_name("a", 1));
        for not_a_name in ["", "A", "a\"", "a\\", "a b", "\u{e4}", "a\n", "toolong"] {
            assert!(!is_name(not_a_name, 6), "{not_a_name}");
        }
    }
}
