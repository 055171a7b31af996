//! Everything durable. [`State::apply`] is the only function that changes it.

mod aggregates;

pub use aggregates::{AggregateEvent, Aggregates};

use crate::aggregate::{StoredAggregate, StoredRound};
use crate::budget::{Budgets, Exhausted};
use crate::curve::CircuitKey;
use crate::keys::PreparedKeys;
use crate::storage::{
    self, LAYOUT_VERSION, NullifierKey, PlacedCircuit, PlacedReceipt, ReceiptPosition, StoredCircuit,
    StoredConsumption, StoredReceipt, StoredStatus,
};
use calisec_certification::aggregates::AGGREGATES_LABEL;
use calisec_certification::mountains::{Hash, MountainRange};
use calisec_certification::receipts::{CIRCUITS_LABEL, RECEIPTS_LABEL, circuit_status_hash, receipt_hash};
use calisec_runtime::{Cbor, Memory};
use calisec_types::ids::{CircuitId, ContextId, Digest32, ReceiptId, RoundId, Timestamp};
use candid::Principal;
use ic_certification::{HashTree, fork, fork_hash, labeled, labeled_hash, pruned};
use ic_stable_structures::memory_manager::MemoryManager;
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableCell, StableLog};
use std::cell::RefCell;
use std::ops::Bound;

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::open(&MemoryManager::init(DefaultMemoryImpl::default())));
}

/// Reads the canister's state.
pub fn with_state<R>(read: impl FnOnce(&State) -> R) -> R {
    STATE.with_borrow(read)
}

/// Works with the canister's state. Never held across an await: this canister awaits nothing.
pub fn with_state_mut<R>(work: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(work)
}

/// The state of the canister: stable structures, a cache of prepared keys, and the budgets of callers.
pub struct State {
    circuits: StableBTreeMap<CircuitId, Cbor<PlacedCircuit>, Memory>,
    verifying_keys: StableBTreeMap<CircuitId, Vec<u8>, Memory>,
    circuits_of_owner: StableBTreeMap<Principal, u64, Memory>,
    receipts: StableBTreeMap<ReceiptId, Cbor<PlacedReceipt>, Memory>,
    nullifiers: StableBTreeMap<NullifierKey, ReceiptId, Memory>,
    receipts_of_context: StableBTreeMap<ReceiptPosition, ReceiptId, Memory>,
    proofs: StableLog<Vec<u8>, Memory, Memory>,
    circuit_tree: MountainRange<Memory>,
    receipt_tree: MountainRange<Memory>,
    governance: StableCell<Principal, Memory>,
    layout: StableCell<u64, Memory>,
    aggregates: Aggregates,
    prepared_keys: PreparedKeys,
    budgets: Budgets,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A circuit that was not registered before.
    CircuitRegistered {
        /// Its id.
        id: CircuitId,
        /// The circuit.
        circuit: StoredCircuit,
        /// Its canonical verifying key; none for STARKs.
        verifying_key: Option<Vec<u8>>,
    },
    /// The canister was installed.
    Installed {
        /// Who may revoke circuits; the anonymous principal when nobody may.
        governance: Principal,
    },
    /// A circuit's status became another.
    CircuitStatusSet {
        /// The circuit.
        id: CircuitId,
        /// Its status from now on.
        status: StoredStatus,
    },
    /// A statement was proved and [`crate::receipt::admit`]ted.
    ReceiptIssued {
        /// The statement.
        id: ReceiptId,
        /// The receipt.
        receipt: StoredReceipt,
        /// Its nullifier.
        nullifier: NullifierKey,
        /// The proof: Groth16 in arkworks' compressed encoding, or a STARK.
        proof: Vec<u8>,
    },
    /// Something about a round of contributions.
    Aggregate(AggregateEvent),
    /// A receipt was consumed for the first time.
    ReceiptConsumed {
        /// The receipt.
        id: ReceiptId,
        /// When and with which key.
        consumption: StoredConsumption,
    },
}

impl State {
    /// Opens what is in the memory, or starts afresh.
    ///
    /// # Panics
    /// When a version with another layout wrote it, so that the upgrade is undone.
    #[must_use]
    pub fn open(memory: &MemoryManager<DefaultMemoryImpl>) -> Self {
        let state = Self {
            circuits: StableBTreeMap::init(memory.get(storage::CIRCUITS)),
            verifying_keys: StableBTreeMap::init(memory.get(storage::VERIFYING_KEYS)),
            circuits_of_owner: StableBTreeMap::init(memory.get(storage::CIRCUITS_OF_OWNER)),
            receipts: StableBTreeMap::init(memory.get(storage::RECEIPTS)),
            nullifiers: StableBTreeMap::init(memory.get(storage::NULLIFIERS)),
            receipts_of_context: StableBTreeMap::init(memory.get(storage::RECEIPTS_OF_CONTEXT)),
            proofs: StableLog::init(memory.get(storage::PROOF_INDEX), memory.get(storage::PROOF_BYTES)),
            circuit_tree: MountainRange::init(memory.get(storage::CIRCUIT_TREE)),
            governance: StableCell::init(memory.get(storage::GOVERNANCE), Principal::anonymous()),
            receipt_tree: MountainRange::init(memory.get(storage::RECEIPT_TREE)),
            layout: StableCell::init(memory.get(storage::LAYOUT), LAYOUT_VERSION),
            aggregates: Aggregates::open(memory),
            prepared_keys: PreparedKeys::default(),
            budgets: Budgets::default(),
        };
        assert!(
            state.layout_version() == LAYOUT_VERSION,
            "BUG: stable memory has layout {}, this version knows {LAYOUT_VERSION}: upgrade to another version",
            state.layout_version()
        );
        state
    }

    /// The layout that stable memory has.
    #[must_use]
    pub fn layout_version(&self) -> u64 {
        *self.layout.get()
    }

    /// Makes what happened so. Decisions were made before: this cannot fail.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::CircuitRegistered { id, circuit, verifying_key } => {
                let owned = self.circuit_count(&circuit.owner);
                self.circuits_of_owner.insert(circuit.owner, owned + 1);
                if let Some(verifying_key) = verifying_key {
                    self.verifying_keys.insert(id, verifying_key);
                }
                let status = StoredStatus::Active;
                let position = self.circuit_tree.push(&circuit_status_hash(&id, status.into()).0);
                self.circuits.insert(id, Cbor(PlacedCircuit { circuit, position, status }));
            }
            Event::Installed { governance } => {
                self.governance.set(governance);
            }
            Event::CircuitStatusSet { id, status } => {
                if let Some(Cbor(mut placed)) = self.circuits.get(&id) {
                    placed.status = status;
                    self.circuit_tree.set(placed.position, &circuit_status_hash(&id, status.into()).0);
                    self.circuits.insert(id, Cbor(placed));
                }
            }
            Event::ReceiptIssued { id, receipt, nullifier, proof } => {
                self.nullifiers.insert(nullifier, id);
                // Stable memory that is full ends the message, and so undoes it.
                let proof = self.proofs.append(&proof).expect("BUG: no stable memory is left for a proof");
                let value = receipt_hash(&receipt.to_api(id, false)).0;
                // A receipt that is issued anew after it expired keeps its place.
                let position = if let Some(Cbor(expired)) = self.receipts.get(&id) {
                    self.receipt_tree.set(expired.position, &value);
                    expired.position
                } else {
                    let position = self.receipt_tree.push(&value);
                    self.receipts_of_context.insert((receipt.context, position), id);
                    position
                };
                self.receipts.insert(id, Cbor(PlacedReceipt { receipt, position, proof }));
            }
            Event::Aggregate(event) => self.aggregates.apply(event),
            Event::ReceiptConsumed { id, consumption } => {
                if let Some(Cbor(mut placed)) = self.receipts.get(&id) {
                    placed.receipt.consumption = Some(consumption);
                    self.receipt_tree.set(placed.position, &receipt_hash(&placed.receipt.to_api(id, false)).0);
                    self.receipts.insert(id, Cbor(placed));
                }
            }
        }
    }

    /// What the canister certifies.
    #[must_use]
    pub fn certified_root(&self) -> Hash {
        let circuits = labeled_hash(CIRCUITS_LABEL.as_bytes(), &self.circuit_tree.root());
        let receipts = labeled_hash(RECEIPTS_LABEL.as_bytes(), &self.receipt_tree.root());
        fork_hash(&self.aggregates_hash(), &fork_hash(&circuits, &receipts))
    }

    fn aggregates_hash(&self) -> Hash {
        labeled_hash(AGGREGATES_LABEL.as_bytes(), &self.aggregates.root())
    }

    /// The tree that leads from the certified root to the receipt of this aggregate.
    #[must_use]
    pub fn aggregate_witness(&self, id: RoundId, round: &StoredRound, aggregate: &StoredAggregate) -> HashTree {
        let circuits = labeled_hash(CIRCUITS_LABEL.as_bytes(), &self.circuit_tree.root());
        let receipts = labeled_hash(RECEIPTS_LABEL.as_bytes(), &self.receipt_tree.root());
        fork(
            labeled(AGGREGATES_LABEL, self.aggregates.witness(id, round, aggregate)),
            pruned(fork_hash(&circuits, &receipts)),
        )
    }

    /// Rounds and aggregates.
    #[must_use]
    pub fn aggregates(&self) -> &Aggregates {
        &self.aggregates
    }

    /// A receipt and its circuit with their positions, and the tree that leads from the certified root to both.
    #[must_use]
    pub fn receipt_witness(&self, id: &ReceiptId) -> Option<(PlacedReceipt, PlacedCircuit, HashTree)> {
        let Cbor(placed) = self.receipts.get(id)?;
        let circuit = self.circuit(&placed.receipt.circuit)?;
        let status = circuit_status_hash(&placed.receipt.circuit, circuit.status.into()).0;
        let value = receipt_hash(&placed.receipt.to_api(*id, false)).0;
        let witness = fork(
            labeled(CIRCUITS_LABEL, self.circuit_tree.witness(circuit.position, &status)),
            labeled(RECEIPTS_LABEL, self.receipt_tree.witness(placed.position, &value)),
        );
        let witness = fork(pruned(self.aggregates_hash()), witness);
        Some((placed, circuit, witness))
    }

    /// A circuit.
    #[must_use]
    pub fn circuit(&self, id: &CircuitId) -> Option<PlacedCircuit> {
        self.circuits.get(id).map(|Cbor(circuit)| circuit)
    }

    /// Who may revoke circuits; the anonymous principal when nobody may.
    #[must_use]
    pub fn governance(&self) -> Principal {
        *self.governance.get()
    }

    /// Whether proofs of this circuit are worth nothing any more.
    #[must_use]
    pub fn is_revoked(&self, circuit: &CircuitId) -> bool {
        self.circuit(circuit).is_some_and(|placed| placed.status == StoredStatus::Revoked)
    }

    /// Circuits in the order of their ids, after the given one.
    pub fn circuits_after(&self, after: Option<CircuitId>) -> impl Iterator<Item = (CircuitId, PlacedCircuit)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.circuits.range((start, Bound::Unbounded)).map(|entry| (*entry.key(), entry.value().0))
    }

    /// How many circuits this owner registered.
    #[must_use]
    pub fn circuit_count(&self, owner: &Principal) -> u64 {
        self.circuits_of_owner.get(owner).unwrap_or(0)
    }

    /// Takes as many proofs out of the caller's budget, which is not durable.
    ///
    /// # Errors
    /// When there are not so many in it.
    pub fn charge(&mut self, caller: Principal, proofs: u64, now: Timestamp) -> Result<(), Exhausted> {
        self.budgets.charge(caller, proofs, now)
    }

    /// The prepared key of a registered circuit.
    ///
    /// # Errors
    /// A description when there is no key or its bytes are damaged, neither of which can happen for a circuit that is
    /// registered.
    pub fn prepared_key(&mut self, id: CircuitId) -> Result<CircuitKey, String> {
        let Self { verifying_keys, prepared_keys, circuits, .. } = self;
        prepared_keys.get_or_prepare(id, || {
            let Cbor(placed) = circuits.get(&id).ok_or_else(|| format!("circuit {id} is not stored"))?;
            let bytes = verifying_keys.get(&id).ok_or_else(|| format!("circuit {id} has no verifying key"))?;
            CircuitKey::prepare(placed.circuit.curve(), &bytes)
                .map_err(|error| format!("stored key of circuit {id}: {error}"))
        })
    }

    /// A receipt.
    #[must_use]
    pub fn receipt(&self, id: &ReceiptId) -> Option<StoredReceipt> {
        self.receipts.get(id).map(|Cbor(placed)| placed.receipt)
    }

    /// The receipt that used a nullifier last.
    #[must_use]
    pub fn nullifier_holder(&self, nullifier: &NullifierKey) -> Option<(ReceiptId, StoredReceipt)> {
        let id = self.nullifiers.get(nullifier)?;
        self.receipt(&id).map(|receipt| (id, receipt))
    }

    /// Receipts of a context in the order they were first issued in, with their positions, after the given position.
    pub fn receipts_after(&self, context: ContextId, after: Option<u64>) -> impl Iterator<Item = (u64, ReceiptId)> {
        let start = after.map_or(Bound::Included((context, 0)), |position| Bound::Excluded((context, position)));
        let end = Bound::Included((context, u64::MAX));
        // A range whose start is excluded and equal to its end is refused by ordered maps.
        let is_past_the_end = after == Some(u64::MAX);
        let start = if is_past_the_end { Bound::Included((context, u64::MAX)) } else { start };
        self.receipts_of_context
            .range((start, end))
            .filter(move |_| !is_past_the_end)
            .map(|entry| (entry.key().1, entry.value()))
    }

    /// A receipt and the proof that earned it.
    #[must_use]
    pub fn proof(&self, id: &ReceiptId) -> Option<(StoredReceipt, Vec<u8>)> {
        let Cbor(placed) = self.receipts.get(id)?;
        Some((placed.receipt, self.proofs.get(placed.proof)?))
    }
}

impl StoredConsumption {
    /// Consumed now with this key.
    #[must_use]
    pub const fn new(at: Timestamp, key: Digest32) -> Self {
        Self { at, key }
    }
}
