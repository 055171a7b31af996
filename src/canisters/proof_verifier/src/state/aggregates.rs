//! Rounds, contributions and accepted aggregates.

use crate::aggregate::{StoredAggregate, StoredContribution, StoredRound};
use crate::storage;
use calisec_certification::aggregates::aggregate_hash;
use calisec_certification::mountains::{Hash, MountainRange};
use calisec_runtime::{Cbor, Memory};
use calisec_types::ids::{ContextId, Digest32, RoundId, Timestamp};
use calisec_zk::pedersen::Commitment;
use candid::Principal;
use ic_certification::HashTree;
use ic_stable_structures::memory_manager::MemoryManager;
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap};
use minicbor::bytes::ByteVec;
use std::ops::Bound;

/// What happened to a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AggregateEvent {
    /// It was opened, with these contributors and weights.
    Opened {
        /// Its id.
        id: RoundId,
        /// The round.
        round: StoredRound,
        /// Who may contribute.
        contributors: Vec<(Principal, u32)>,
    },
    /// A contributor committed for the first time.
    Committed {
        /// The round.
        id: RoundId,
        /// Who.
        contributor: Principal,
        /// To what.
        commitment: Commitment,
    },
    /// Its aggregate was accepted.
    Accepted {
        /// The round.
        id: RoundId,
        /// Hash of the commitments.
        commitments_hash: Digest32,
        /// Hash of the values.
        values_hash: Digest32,
        /// When.
        at: Timestamp,
    },
}

/// Everything durable about aggregates.
pub struct Aggregates {
    rounds: StableBTreeMap<RoundId, Cbor<StoredRound>, Memory>,
    contributions: StableBTreeMap<(RoundId, Principal), Cbor<StoredContribution>, Memory>,
    rounds_of_context: StableBTreeMap<(ContextId, RoundId), (), Memory>,
    rounds_of_publisher: StableBTreeMap<Principal, u64, Memory>,
    tree: MountainRange<Memory>,
}

impl Aggregates {
    pub(super) fn open(memory: &MemoryManager<DefaultMemoryImpl>) -> Self {
        Self {
            rounds: StableBTreeMap::init(memory.get(storage::ROUNDS)),
            contributions: StableBTreeMap::init(memory.get(storage::CONTRIBUTIONS)),
            rounds_of_context: StableBTreeMap::init(memory.get(storage::ROUNDS_OF_CONTEXT)),
            rounds_of_publisher: StableBTreeMap::init(memory.get(storage::ROUNDS_OF_PUBLISHER)),
            tree: MountainRange::init(memory.get(storage::AGGREGATE_TREE)),
        }
    }

    pub(super) fn apply(&mut self, event: AggregateEvent) {
        match event {
            AggregateEvent::Opened { id, round, contributors } => {
                for (contributor, weight) in contributors {
                    let contribution = StoredContribution { weight, commitment: None };
                    self.contributions.insert((id, contributor), Cbor(contribution));
                }
                self.rounds_of_context.insert((round.context, id), ());
                let opened = self.rounds_of(&round.publisher);
                self.rounds_of_publisher.insert(round.publisher, opened + 1);
                self.rounds.insert(id, Cbor(round));
            }
            AggregateEvent::Committed { id, contributor, commitment } => {
                let key = (id, contributor);
                if let (Some(Cbor(mut round)), Some(Cbor(contribution))) =
                    (self.rounds.get(&id), self.contributions.get(&key))
                {
                    let commitment = Some(ByteVec::from(commitment.to_stored().to_vec()));
                    self.contributions.insert(key, Cbor(StoredContribution { commitment, ..contribution }));
                    round.committed += 1;
                    self.rounds.insert(id, Cbor(round));
                }
            }
            AggregateEvent::Accepted { id, commitments_hash, values_hash, at } => {
                if let Some(Cbor(mut round)) = self.rounds.get(&id) {
                    let position = self.tree.len();
                    let aggregate = StoredAggregate { commitments_hash, values_hash, accepted_at: at, position };
                    self.tree.push(&aggregate_hash(&round.receipt(id, &aggregate)).0);
                    round.aggregate = Some(aggregate);
                    self.rounds.insert(id, Cbor(round));
                }
            }
        }
    }

    /// The id that the next round will have.
    #[must_use]
    pub fn next_id(&self) -> RoundId {
        self.rounds.last_key_value().map_or(RoundId(1), |(id, _)| id.next())
    }

    /// A round.
    #[must_use]
    pub fn round(&self, id: &RoundId) -> Option<StoredRound> {
        self.rounds.get(id).map(|Cbor(round)| round)
    }

    /// How many rounds this publisher opened.
    #[must_use]
    pub fn rounds_of(&self, publisher: &Principal) -> u64 {
        self.rounds_of_publisher.get(publisher).unwrap_or(0)
    }

    /// A contributor of a round.
    #[must_use]
    pub fn contribution(&self, id: RoundId, contributor: Principal) -> Option<StoredContribution> {
        self.contributions.get(&(id, contributor)).map(|Cbor(contribution)| contribution)
    }

    /// The contributors of a round in the order of their principals, after the given one.
    pub fn contributions(
        &self,
        id: RoundId,
        after: Option<Principal>,
    ) -> impl Iterator<Item = (Principal, StoredContribution)> {
        // The management canister's principal is empty, and so the first.
        let start =
            after.map_or(Bound::Included((id, Principal::management_canister())), |last| Bound::Excluded((id, last)));
        self.contributions
            .range((start, Bound::Unbounded))
            .take_while(move |entry| entry.key().0 == id)
            .map(|entry| (entry.key().1, entry.value().0))
    }

    /// The rounds of a context, oldest first, after the given one.
    pub fn rounds_after(&self, context: ContextId, after: Option<RoundId>) -> impl Iterator<Item = RoundId> {
        let start = after.map_or(Bound::Included((context, RoundId(0))), |last| Bound::Excluded((context, last)));
        self.rounds_of_context
            .range((start, Bound::Unbounded))
            .take_while(move |entry| entry.key().0 == context)
            .map(|entry| entry.key().1)
    }

    /// The root of the tree of receipts.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The tree that leads from [`Aggregates::root`] to the receipt of this aggregate.
    #[must_use]
    pub fn witness(&self, id: RoundId, round: &StoredRound, aggregate: &StoredAggregate) -> HashTree {
        self.tree.witness(aggregate.position, &aggregate_hash(&round.receipt(id, aggregate)).0)
    }
}
