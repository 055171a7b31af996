//! Who owns which note, found from either side, and counted.

use crate::account::AccountKey;
use crate::storage::Holding;
use calisec_runtime::Memory;
use calisec_types::ids::{Epoch, NoteId};
use ic_stable_structures::StableBTreeMap;
use std::ops::Bound;

/// Ownership. The three maps say the same; only this type changes them.
pub struct Holdings {
    by_note: StableBTreeMap<NoteId, Holding, Memory>,
    by_owner: StableBTreeMap<(AccountKey, NoteId), (), Memory>,
    balances: StableBTreeMap<AccountKey, u64, Memory>,
}

impl Holdings {
    /// Those in these memories.
    pub(super) fn load(by_note: Memory, by_owner: Memory, balances: Memory) -> Self {
        Self {
            by_note: StableBTreeMap::init(by_note),
            by_owner: StableBTreeMap::init(by_owner),
            balances: StableBTreeMap::init(balances),
        }
    }

    /// Owner and key epoch of a note, if it exists.
    pub fn get(&self, note: NoteId) -> Option<Holding> {
        self.by_note.get(&note)
    }

    /// How many notes there are.
    pub fn supply(&self) -> u64 {
        self.by_note.len()
    }

    /// How many notes an account owns.
    pub fn balance(&self, account: &AccountKey) -> u64 {
        self.balances.get(account).unwrap_or(0)
    }

    /// Ids of all notes after a given one, in order.
    pub fn all(&self, after: Option<NoteId>) -> impl Iterator<Item = NoteId> + '_ {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_note.keys_range((start, Bound::Unbounded))
    }

    /// Ids of an account's notes after a given one, in order.
    pub fn of(&self, account: AccountKey, after: Option<NoteId>) -> impl Iterator<Item = NoteId> + '_ {
        let start = match after {
            Some(note) => Bound::Excluded((account, note)),
            None => Bound::Included((account, NoteId(0))),
        };
        self.by_owner.keys_range((start, Bound::Included((account, NoteId(u64::MAX))))).map(|(_, note)| note)
    }

    /// Gives a new note its first owner.
    pub(super) fn add(&mut self, note: NoteId, owner: AccountKey) {
        self.by_note.insert(note, Holding { owner, key_epoch: Epoch::default() });
        self.credit(note, owner);
    }

    /// Gives a note another owner, in the next key epoch.
    pub(super) fn reassign(&mut self, note: NoteId, Holding { owner, key_epoch }: Holding, to: AccountKey) {
        self.by_note.insert(note, Holding { owner: to, key_epoch: key_epoch.next() });
        self.by_owner.remove(&(owner, note));
        match self.balance(&owner) {
            0 | 1 => self.balances.remove(&owner),
            more => self.balances.insert(owner, more - 1),
        };
        self.credit(note, to);
    }

    fn credit(&mut self, note: NoteId, owner: AccountKey) {
        self.by_owner.insert((owner, note), ());
        let balance = self.balance(&owner);
        self.balances.insert(owner, balance + 1);
    }
}
