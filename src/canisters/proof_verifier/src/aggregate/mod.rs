//! Rounds of contributions to an aggregate: what is stored of them, and when a commitment or an aggregate is due.

#[cfg(test)]
mod tests;

use calisec_types::aggregates::{AggregateReceipt, Contribution, Round};
use calisec_types::ids::{ContextId, Digest32, RoundId, Timestamp};
use calisec_zk::pedersen::Commitment;
use candid::Principal;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use serde_bytes::ByteBuf;

/// A round. Its id is the key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredRound {
    /// The context.
    #[n(0)]
    pub context: ContextId,
    /// For humans and programs.
    #[n(1)]
    pub label: String,
    /// Who opened it.
    #[cbor(n(2), with = "calisec_runtime::principal_cbor")]
    pub publisher: Principal,
    /// How many values an update has.
    #[n(3)]
    pub dimension: u32,
    /// How many may commit.
    #[n(4)]
    pub contributors: u32,
    /// How many must.
    #[n(5)]
    pub quorum: u32,
    /// How many did.
    #[n(6)]
    pub committed: u32,
    /// When it was opened.
    #[n(7)]
    pub opened_at: Timestamp,
    /// Until when updates can be committed to.
    #[n(8)]
    pub closes_at: Timestamp,
    /// The accepted aggregate.
    #[n(9)]
    pub aggregate: Option<StoredAggregate>,
}

/// An accepted aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredAggregate {
    /// See [`AggregateReceipt::commitments_hash`].
    #[n(0)]
    pub commitments_hash: Digest32,
    /// See [`AggregateReceipt::values_hash`].
    #[n(1)]
    pub values_hash: Digest32,
    /// When it was accepted.
    #[n(2)]
    pub accepted_at: Timestamp,
    /// Its position in the hash tree.
    #[n(3)]
    pub position: u64,
}

/// A contributor of a round. Round and principal are the key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StoredContribution {
    /// What the update is multiplied by.
    #[n(0)]
    pub weight: u32,
    /// The commitment as [`Commitment::to_stored`] writes it.
    #[n(1)]
    pub commitment: Option<ByteVec>,
}

impl StoredRound {
    /// The round as the interface has it.
    #[must_use]
    pub fn to_api(&self, id: RoundId) -> Round {
        Round {
            id,
            context: self.context,
            label: self.label.clone(),
            publisher: self.publisher,
            dimension: self.dimension,
            contributors: self.contributors,
            quorum: self.quorum,
            committed: self.committed,
            opened_at: self.opened_at,
            closes_at: self.closes_at,
            aggregated_at: self.aggregate.map(|aggregate| aggregate.accepted_at),
        }
    }

    /// The receipt of this aggregate of the round.
    #[must_use]
    pub fn receipt(&self, id: RoundId, aggregate: &StoredAggregate) -> AggregateReceipt {
        AggregateReceipt {
            round: id,
            context: self.context,
            label: self.label.clone(),
            publisher: self.publisher,
            dimension: self.dimension,
            contributors: self.committed,
            commitments_hash: aggregate.commitments_hash,
            values_hash: aggregate.values_hash,
            accepted_at: aggregate.accepted_at,
        }
    }

    /// Whether updates can be committed to.
    #[must_use]
    pub fn takes_commitments(&self, now: Timestamp) -> bool {
        now < self.closes_at && self.aggregate.is_none()
    }

    /// Whether the sum of what was committed to is final, and of enough contributors.
    #[must_use]
    pub fn is_complete(&self, now: Timestamp) -> bool {
        self.committed == self.contributors || (now >= self.closes_at && self.committed >= self.quorum)
    }
}

impl StoredContribution {
    /// The commitment, if there is one.
    ///
    /// # Errors
    /// A description, when what is stored was damaged.
    pub fn commitment(&self) -> Result<Option<Commitment>, String> {
        let Some(stored) = &self.commitment else { return Ok(None) };
        Commitment::from_stored(stored).map(Some).map_err(|error| format!("stored commitment: {error}"))
    }

    /// The contribution as the interface has it.
    ///
    /// # Errors
    /// See [`StoredContribution::commitment`].
    pub fn to_api(&self, contributor: Principal) -> Result<Contribution, String> {
        let commitment = self.commitment()?.map(|commitment| ByteBuf::from(commitment.to_bytes()));
        Ok(Contribution { contributor, weight: self.weight, commitment })
    }
}
