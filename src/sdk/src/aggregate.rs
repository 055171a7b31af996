//! Training together: commit to updates, publish their weighted sum, check it.
//!
//! ```
//! use calisec_sdk::{Random, aggregate};
//! use calisec_types::aggregates::Contribution;
//! use calisec_types::ids::RoundId;
//! use candid::Principal;
//! use serde_bytes::ByteBuf;
//!
//! let mut random = Random::from_seed([7; 32]);
//! // Each contributor: the commitment goes to the canister, the opening to the publisher only.
//! let (alice, alice_committed) = aggregate::commit(vec![3, -1, 4], &mut random)?;
//! let (bob, bob_committed) = aggregate::commit(vec![1, 5, -9], &mut random)?;
//! let sent = aggregate::encode(&bob);
//!
//! // The publisher sums with the round's weights, and posts.
//! let bob = aggregate::decode(&sent)?;
//! let posted = aggregate::sum(RoundId(1), &[(2, &alice), (1, &bob)])?;
//! assert_eq!(posted.values, [7, 3, -1]);
//!
//! // What the canister checks, anybody can check.
//! let listed = [(1, 2, alice_committed), (2, 1, bob_committed)].map(|(id, weight, commitment)| Contribution {
//!     contributor: Principal::from_slice(&[id]),
//!     weight,
//!     commitment: Some(ByteBuf::from(commitment)),
//! });
//! assert!(aggregate::is_sum(&listed, &posted)?);
//! # Ok::<(), aggregate::AggregateError>(())
//! ```

#[cfg(test)]
mod tests;

use crate::Random;
use calisec_types::aggregates::{Contribution, PostAggregateArg};
use calisec_types::ids::{FieldElement, RoundId};
use calisec_zk::pedersen::{Blinding, COMMITMENT_BYTES, Commitment, PedersenError, verify_sum, weigh};
use zeroize::Zeroizing;

pub use calisec_zk::pedersen::Opening;

const VERSION: u8 = 1;

/// Why an update or an aggregate cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AggregateError {
    /// About values, blindings or commitments.
    #[error(transparent)]
    Pedersen(#[from] PedersenError),
    /// The bytes are no opening that [`encode`] wrote.
    #[error("not an opening: version {VERSION}, then a multiple of eight bytes of values, then 32 bytes are expected")]
    MalformedOpening,
}

/// Commits to an update with a fresh blinding: what to keep and give to the publisher only, and what to give to the canister.
///
/// # Errors
/// [`PedersenError::Dimension`] when there are no values or too many.
pub fn commit(values: Vec<i64>, random: &mut Random) -> Result<(Opening, [u8; COMMITMENT_BYTES]), AggregateError> {
    let opening = Opening::new(values, Blinding::random(random))?;
    let commitment = opening.commit()?.to_bytes();
    Ok((opening, commitment))
}

/// An opening to hand over: version (1), the values (8 each, big-endian), the blinding (32, big-endian). Whoever reads it knows
/// the update, so it travels encrypted.
#[must_use]
pub fn encode(opening: &Opening) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 8 * opening.values().len() + 32));
    bytes.push(VERSION);
    for value in opening.values() {
        bytes.extend_from_slice(&value.to_be_bytes());
    }
    bytes.extend_from_slice(&opening.blinding().to_bytes());
    bytes
}

/// The inverse of [`encode`].
///
/// # Errors
/// [`AggregateError`].
pub fn decode(bytes: &[u8]) -> Result<Opening, AggregateError> {
    let (version, rest) = bytes.split_first().ok_or(AggregateError::MalformedOpening)?;
    let (values, blinding) = rest.split_last_chunk::<32>().ok_or(AggregateError::MalformedOpening)?;
    let (values, []) = values.as_chunks::<8>() else { return Err(AggregateError::MalformedOpening) };
    if *version != VERSION {
        return Err(AggregateError::MalformedOpening);
    }
    let values = values.iter().map(|value| i64::from_be_bytes(*value)).collect();
    Ok(Opening::new(values, Blinding::parse(blinding)?)?)
}

/// What the publisher of a round posts: the weighted sums of values and blindings of everyone who committed.
///
/// # Errors
/// [`PedersenError::Mixed`] or [`PedersenError::Overflow`].
pub fn sum(round: RoundId, openings: &[(u32, &Opening)]) -> Result<PostAggregateArg, AggregateError> {
    let sum = weigh(openings)?;
    Ok(PostAggregateArg { round, values: sum.values().to_vec(), blinding: FieldElement(sum.blinding().to_bytes()) })
}

/// Whether the canister would accept the aggregate for these contributions: to find out who sent a wrong opening before
/// posting, or to check what was posted. Whoever did not commit is left out.
///
/// # Errors
/// When a commitment or the aggregate is malformed.
pub fn is_sum(contributions: &[Contribution], posted: &PostAggregateArg) -> Result<bool, AggregateError> {
    let terms = contributions
        .iter()
        .filter_map(|contribution| Some((contribution.weight, contribution.commitment.as_ref()?)))
        .map(|(weight, commitment)| Commitment::decode(commitment).map(|commitment| (weight, commitment)))
        .collect::<Result<Vec<_>, _>>()?;
    let sum = Opening::new(posted.values.clone(), Blinding::parse(&posted.blinding.0)?)?;
    Ok(verify_sum(&terms, &sum))
}
