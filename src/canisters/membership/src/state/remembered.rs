//! A map that remembers its last answer: the parts of one message ask for the same group, member or principal several times,
//! and each time it would be searched for and decoded anew.

use calisec_runtime::{Cbor, FixedKey, Memory, TrieMap};
use ic_stable_structures::Storable;
use std::cell::RefCell;
use std::ops::Deref;

/// A stable map with its last answer in the heap. Every change goes through it, and a message that traps loses both or
/// neither, so that the answer is always what is stored.
pub(super) struct Remembered<K: FixedKey, V, const INLINE: usize>
where
    Cbor<V>: Storable,
{
    map: TrieMap<K, Cbor<V>, INLINE>,
    last: RefCell<Option<(K, Option<V>)>>,
}

impl<K: FixedKey, V: Clone, const INLINE: usize> Remembered<K, V, INLINE>
where
    Cbor<V>: Storable,
{
    pub(super) fn init(memory: Memory) -> Self {
        Self { map: TrieMap::init(memory), last: RefCell::new(None) }
    }

    /// What is stored under a key.
    pub(super) fn get(&self, key: &K) -> Option<Cbor<V>> {
        if let Some((_, value)) = self.last.borrow().as_ref().filter(|(last, _)| last == key) {
            return value.clone().map(Cbor);
        }
        let value = self.map.get(key).map(|Cbor(value)| value);
        *self.last.borrow_mut() = Some((key.clone(), value.clone()));
        value.map(Cbor)
    }

    pub(super) fn insert(&mut self, key: K, Cbor(value): Cbor<V>) {
        *self.last.get_mut() = Some((key.clone(), Some(value.clone())));
        self.map.insert(key, Cbor(value));
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<Cbor<V>> {
        *self.last.get_mut() = Some((key.clone(), None));
        self.map.remove(key)
    }
}

/// Searches for more than one entry ask what is stored.
impl<K: FixedKey, V, const INLINE: usize> Deref for Remembered<K, V, INLINE>
where
    Cbor<V>: Storable,
{
    type Target = TrieMap<K, Cbor<V>, INLINE>;

    fn deref(&self) -> &Self::Target {
        &self.map
    }
}

#[cfg(test)]
mod tests {
    use super::Remembered;
    use crate::storage::{MEMBERS, Memories};
    use calisec_runtime::{Cbor, TrieMap};
    use ic_stable_structures::DefaultMemoryImpl;
    use proptest::collection::vec;
    use proptest::{prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn should_answer_what_is_stored_whatever_was_asked_and_changed_before(calls in vec((0..3_u8, 0..4_u64, 0..9_u64), 1..60)) {
            let memories = Memories::of(DefaultMemoryImpl::default());
            let mut map = Remembered::<u64, u64, 4>::init(memories.part(MEMBERS));
            for (call, key, value) in calls {
                match call {
                    0 => map.insert(key, Cbor(value)),
                    1 => {
                        let stored = map.map.get(&key);
                        prop_assert_eq!(map.remove(&key), stored);
                    }
                    _ => {}
                }
                for key in [key, value % 4] {
                    prop_assert_eq!(map.get(&key), map.map.get(&key));
                }
            }
            let answers: Vec<_> = (0..4).map(|key| map.get(&key)).collect();
            let reopened = TrieMap::<u64, Cbor<u64>, 4>::init(memories.part(MEMBERS));
            prop_assert_eq!(answers, (0..4).map(|key| reopened.get(&key)).collect::<Vec<_>>());
        }
    }
}
