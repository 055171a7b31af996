//! Parsed policy sets, in the heap.

use crate::{DEFAULT_POLICIES, Policies, policy_hash};
use calisec_types::ids::Digest32;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Sets kept at the most.
const MAX_SETS: usize = 1_024;
/// Bytes of policy text kept parsed at the most: a parsed set takes some hundred times its text.
const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// Parsed policy sets by the hash of their text, so that contexts with equal policies share one. What was not used for
/// longest goes first, and of two what is longer: who fills it with long sets drives its own out before others' short ones.
/// An upgrade forgets all; they are parsed again when they are needed.
#[derive(Debug, Default)]
pub struct PolicyCache {
    sets: RefCell<BTreeMap<Digest32, Entry>>,
    uses: Cell<u64>,
}

#[derive(Debug)]
struct Entry {
    policies: Rc<Policies>,
    text_bytes: usize,
    last_use: u64,
}

impl PolicyCache {
    /// The parsed set with this hash; `text` is asked for only when it must be parsed.
    ///
    /// # Errors
    /// Why the text is refused. What was accepted once is refused only if Cedar itself has changed.
    pub fn get(&self, hash: Digest32, text: impl FnOnce() -> String) -> Result<Rc<Policies>, String> {
        let now = self.next_use();
        if let Some(entry) = self.sets.borrow_mut().get_mut(&hash) {
            entry.last_use = now;
            return Ok(Rc::clone(&entry.policies));
        }
        let text = text();
        let policies = Rc::new(Policies::parse(&text)?);
        self.insert(hash, Entry { policies: Rc::clone(&policies), text_bytes: text.len(), last_use: now });
        Ok(policies)
    }

    /// Parses the policies that most contexts have.
    pub fn warm_up(&self) {
        let parsed = self.get(policy_hash(DEFAULT_POLICIES), || DEFAULT_POLICIES.to_owned());
        parsed.expect("BUG: the default policies must parse");
    }

    fn insert(&self, hash: Digest32, entry: Entry) {
        let mut sets = self.sets.borrow_mut();
        let mut text_bytes: usize = sets.values().map(|entry| entry.text_bytes).sum();
        while sets.len() >= MAX_SETS || text_bytes + entry.text_bytes > MAX_TEXT_BYTES {
            let burden = |kept: &Entry| (entry.last_use - kept.last_use).saturating_mul(kept.text_bytes as u64);
            let Some(dearest) = sets.iter().max_by_key(|(_, kept)| burden(kept)).map(|(hash, _)| *hash) else {
                break;
            };
            text_bytes -= sets.remove(&dearest).map_or(0, |kept| kept.text_bytes);
        }
        sets.insert(hash, entry);
    }

    fn next_use(&self) -> u64 {
        self.uses.set(self.uses.get() + 1);
        self.uses.get()
    }

    /// How many sets are parsed, and how much text they come from.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let sets = self.sets.borrow();
        (sets.len(), sets.values().map(|entry| entry.text_bytes).sum())
    }
}
