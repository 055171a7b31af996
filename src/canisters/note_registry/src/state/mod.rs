//! The state, and the one place that changes it.

mod holdings;
#[cfg(test)]
mod tests;

use crate::account::AccountKey;
use crate::storage::{self, Config, EnvelopeRecord, Holding, NoteRecord, ReleaseRecord};
use crate::transfer::{MAX_RECENT_TRANSFERS, RecentTransfers, Refusal, Transfer};
use calisec_runtime::{Cbor, InFlight, Memory};
use calisec_types::ids::{AccountId, ContextId, Epoch, NoteId, ReceiptId, Seq, Timestamp};
use calisec_types::note_registry::{Note, NoteMetadata, Release};
use candid::Principal;
use ic_stable_structures::memory_manager::MemoryManager;
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableCell, StableLog};
use std::cell::RefCell;
use std::ops::Bound;

pub use holdings::Holdings;

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Reads the state.
///
/// # Panics
/// Before the canister is initialised.
pub fn with_state<R>(read: impl FnOnce(&State) -> R) -> R {
    STATE.with_borrow(|state| read(state.as_ref().expect("BUG: the canister is not initialised")))
}

/// Changes the state.
///
/// # Panics
/// Before the canister is initialised.
pub fn with_state_mut<R>(change: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(|state| change(state.as_mut().expect("BUG: the canister is not initialised")))
}

/// Makes this the state.
pub fn set_state(state: State) {
    STATE.set(Some(state));
}

/// What a mint adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    /// What never changes about it.
    pub record: NoteRecord,
    /// The encrypted note.
    pub ciphertext: Vec<u8>,
}

/// Everything the registry knows. All of it is in stable memory but the marks of requests that wait for an answer.
pub struct State {
    config: StableCell<Cbor<Option<Config>>, Memory>,
    transactions: StableCell<u64, Memory>,
    notes: StableLog<Cbor<NoteRecord>, Memory, Memory>,
    ciphertexts: StableLog<Vec<u8>, Memory, Memory>,
    by_receipt: StableBTreeMap<ReceiptId, NoteId, Memory>,
    by_context: StableBTreeMap<(ContextId, NoteId), (), Memory>,
    holdings: Holdings,
    envelopes: StableBTreeMap<(NoteId, AccountId), Cbor<EnvelopeRecord>, Memory>,
    releases: StableLog<Cbor<ReleaseRecord>, Memory, Memory>,
    releases_to: StableBTreeMap<(NoteId, Principal), u64, Memory>,
    recent: RecentTransfers,
    /// Mints that wait for an answer. By caller as well: only the submitter of a proof can mint with its receipt, so
    /// nobody else can keep it busy.
    pub minting: InFlight<(ReceiptId, Principal)>,
    /// Requests for keys that wait for an answer.
    pub requesting: InFlight<(Principal, NoteId)>,
}

impl State {
    /// An empty state.
    pub fn new(memory: DefaultMemoryImpl, config: Config) -> Self {
        let mut state = Self::open(memory);
        state.config.set(Cbor(Some(config)));
        state
    }

    /// The state that is in the memory.
    ///
    /// # Panics
    /// When there is none.
    pub fn load(memory: DefaultMemoryImpl) -> Self {
        let state = Self::open(memory);
        let _ = state.config();
        state
    }

    fn open(memory: DefaultMemoryImpl) -> Self {
        let manager = MemoryManager::init(memory);
        let at = |id| manager.get(id);
        Self {
            config: StableCell::init(at(storage::CONFIG), Cbor(None)),
            transactions: StableCell::init(at(storage::TRANSACTIONS), 0),
            notes: StableLog::init(at(storage::NOTE_INDEX), at(storage::NOTE_DATA)),
            ciphertexts: StableLog::init(at(storage::CIPHERTEXT_INDEX), at(storage::CIPHERTEXT_DATA)),
            by_receipt: StableBTreeMap::init(at(storage::BY_RECEIPT)),
            by_context: StableBTreeMap::init(at(storage::BY_CONTEXT)),
            holdings: Holdings::load(at(storage::HOLDINGS), at(storage::BY_OWNER), at(storage::BALANCES)),
            envelopes: StableBTreeMap::init(at(storage::ENVELOPES)),
            releases: StableLog::init(at(storage::RELEASE_INDEX), at(storage::RELEASE_DATA)),
            releases_to: StableBTreeMap::init(at(storage::RELEASES_TO)),
            recent: RecentTransfers::load(at(storage::RECENT_TRANSFERS), MAX_RECENT_TRANSFERS),
            minting: InFlight::default(),
            requesting: InFlight::default(),
        }
    }

    /// Whom the registry works with.
    ///
    /// # Panics
    /// When the memory holds no state.
    pub fn config(&self) -> Config {
        self.config.get().0.expect("BUG: the stable memory holds no note registry")
    }

    /// Who owns which note.
    pub fn holdings(&self) -> &Holdings {
        &self.holdings
    }

    /// The note a receipt was used for.
    pub fn minted_with(&self, receipt: &ReceiptId) -> Option<NoteId> {
        self.by_receipt.get(receipt)
    }

    /// A note, if it exists.
    pub fn note(&self, id: NoteId) -> Option<Note> {
        let Holding { owner, key_epoch } = self.holdings.get(id)?;
        let record = self.notes.get(entry(id)?)?.0;
        Some(Note {
            id,
            context: record.context,
            owner: owner.to_account(),
            commitment: record.commitment,
            receipt: record.receipt,
            metadata: NoteMetadata { title: record.title, content_type: record.content_type, kind: record.kind },
            ciphertext_hash: record.ciphertext_hash,
            ciphertext_length: record.ciphertext_length,
            key_epoch,
            minter: record.minter,
            minted_at: record.minted_at,
        })
    }

    /// The ciphertext of a note, if it exists.
    pub fn ciphertext(&self, id: NoteId) -> Option<Vec<u8>> {
        self.ciphertexts.get(entry(id)?)
    }

    /// Ids of a context's notes after a given one, in order.
    pub fn notes_of(&self, context: ContextId, after: Option<NoteId>) -> impl Iterator<Item = NoteId> + '_ {
        let start = match after {
            Some(note) => Bound::Excluded((context, note)),
            None => Bound::Included((context, NoteId(0))),
        };
        self.by_context.keys_range((start, Bound::Included((context, NoteId(u64::MAX))))).map(|(_, note)| note)
    }

    /// The envelope for an account, if one was deposited in this key epoch.
    pub fn envelope(&self, note: NoteId, recipient: AccountId, key_epoch: Epoch) -> Option<Vec<u8>> {
        let Cbor(record) = self.envelopes.get(&(note, recipient))?;
        (record.key_epoch == key_epoch).then_some(record.envelope)
    }

    /// Entries of the release log from a given one, oldest first.
    pub fn releases_from(&self, from: Seq) -> impl Iterator<Item = Release> + '_ {
        (from.0.max(1)..=self.releases.len()).filter_map(|seq| {
            let Cbor(record) = self.releases.get(seq - 1)?;
            Some(Release {
                seq: Seq(seq),
                note: record.note,
                recipient: record.recipient,
                key_epoch: record.key_epoch,
                at: record.at,
                policies: record.policies,
                decided_at: record.decided_at,
            })
        })
    }

    /// Adds a note, owned by its minter's default account.
    ///
    /// # Errors
    /// The note that the receipt was used for before.
    ///
    /// # Panics
    /// When the stable memory is full, so that the message is rolled back as a whole.
    pub fn mint(&mut self, new: NewNote) -> Result<NoteId, NoteId> {
        if let Some(note) = self.minted_with(&new.record.receipt) {
            return Err(note);
        }
        let NewNote { record, ciphertext } = new;
        let (context, receipt, owner) = (record.context, record.receipt, AccountKey::default_of(&record.minter));
        let stored = self.ciphertexts.append(&ciphertext).expect("BUG: no stable memory is left for ciphertexts");
        let index = self.notes.append(&Cbor(record)).expect("BUG: no stable memory is left for notes");
        assert_eq!(stored, index, "BUG: notes and ciphertexts are added together");
        let note = NoteId(index).next();
        self.by_receipt.insert(receipt, note);
        self.by_context.insert((context, note), ());
        self.holdings.add(note, owner);
        self.next_transaction();
        Ok(note)
    }

    /// Moves a note to another account and raises its key epoch, which makes every envelope deposited before
    /// unavailable. `recipient_can_hold` is the caller's judgement of the recipient's principal.
    ///
    /// # Errors
    /// [`Refusal`], in the order window, duplicate, existence, ownership, recipient: a repeated transfer finds the note
    /// with its new owner, so a duplicate must be seen first.
    pub fn transfer(&mut self, transfer: &Transfer, recipient_can_hold: bool, now: Timestamp) -> Result<u64, Refusal> {
        let key = transfer.key(now)?;
        if let Some(transaction) = key.and_then(|key| self.recent.find(&key)) {
            return Err(Refusal::Duplicate(transaction));
        }
        let holding = self.holdings.get(transfer.note).ok_or(Refusal::UnknownToken)?;
        if holding.owner != transfer.from {
            return Err(Refusal::Unauthorized);
        }
        if !recipient_can_hold || transfer.to == transfer.from {
            return Err(Refusal::InvalidRecipient);
        }
        if key.is_some() && !self.recent.make_room(now) {
            return Err(Refusal::TooManyRecent);
        }
        self.holdings.reassign(transfer.note, holding, transfer.to);
        let transaction = self.next_transaction();
        if let Some(key) = key {
            self.recent.remember(key, transaction);
        }
        Ok(transaction)
    }

    /// Keeps an envelope for an account in the note's key epoch; replaces the one before.
    pub fn deposit(&mut self, note: NoteId, recipient: AccountId, record: EnvelopeRecord) {
        self.envelopes.insert((note, recipient), Cbor(record));
    }

    /// How often a note's key was released to a principal.
    pub fn releases_to(&self, note: NoteId, to: Principal) -> u64 {
        self.releases_to.get(&(note, to)).unwrap_or(0)
    }

    /// Adds an entry to the release log.
    ///
    /// # Panics
    /// When the stable memory is full, so that the message is rolled back as a whole.
    pub fn log_release(&mut self, to: Principal, record: ReleaseRecord) -> Seq {
        let before = self.releases_to(record.note, to);
        self.releases_to.insert((record.note, to), before + 1);
        let index = self.releases.append(&Cbor(record)).expect("BUG: no stable memory is left for the release log");
        Seq(index).next()
    }

    /// Takes the number of the next transaction, from 0.
    fn next_transaction(&mut self) -> u64 {
        let transaction = *self.transactions.get();
        self.transactions.set(transaction + 1);
        transaction
    }
}

/// Where a note is in the logs.
fn entry(id: NoteId) -> Option<u64> {
    id.0.checked_sub(1)
}
