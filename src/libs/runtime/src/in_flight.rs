//! Marks what is being worked on across an await.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Keys of requests that wait for another canister. Lives in the heap: an upgrade forgets it, and with it every callback
/// that could release a key.
#[derive(Clone, Debug)]
pub struct InFlight<K>(Rc<RefCell<BTreeSet<K>>>);

impl<K> Default for InFlight<K> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(BTreeSet::new())))
    }
}

impl<K: Ord + Clone> InFlight<K> {
    /// Marks the key until the guard is dropped, also when a callback traps; `None` when it is marked already.
    #[must_use]
    pub fn begin(&self, key: K) -> Option<InFlightGuard<K>> {
        self.0.borrow_mut().insert(key.clone()).then(|| InFlightGuard { keys: self.clone(), key })
    }
}

/// Releases its key when dropped.
#[derive(Debug)]
pub struct InFlightGuard<K: Ord + Clone> {
    keys: InFlight<K>,
    key: K,
}

impl<K: Ord + Clone> Drop for InFlightGuard<K> {
    fn drop(&mut self) {
        self.keys.0.borrow_mut().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::InFlight;

    #[test]
    fn should_refuse_a_key_until_its_guard_is_dropped() {
        let keys = InFlight::default();
        let guard = keys.begin(1).expect("free");
        assert!(keys.begin(1).is_none());
        assert!(keys.begin(2).is_some());
        drop(guard);
        assert!(keys.begin(1).is_some());
    }
}
