//! When a checkpoint is final, and what a new attestation is to those that were made before. Pure: facts in, judgement out.

use calisec_types::ids::{Revision, Timestamp};
use calisec_types::membership::{CHECKPOINT_PERIOD_SECONDS, Claim, Quorum};

/// A hundred percent in basis points.
const ALL: u128 = 10_000;

/// Attestations that make a checkpoint final when so many members may attest: at least one, and never more than all unless
/// a count says so.
#[must_use]
pub fn required(quorum: Quorum, attesters: u64) -> u64 {
    match quorum {
        Quorum::Count(count) => count.max(1),
        Quorum::BasisPoints(points) => {
            let part = u128::from(attesters) * u128::from(points) / ALL;
            // More than the part, so that two different claims can never both have half.
            u64::try_from(part).unwrap_or(u64::MAX).saturating_add(1).min(attesters).max(1)
        }
    }
}

/// Whether a quorum can be asked for.
#[must_use]
pub const fn is_quorum(quorum: Quorum) -> bool {
    match quorum {
        Quorum::Count(count) => count >= 1,
        Quorum::BasisPoints(points) => points >= 1 && points <= 10_000,
    }
}

/// A height that was attested before, as far as judging needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The claim that is final.
    pub final_claim: Option<Claim>,
    /// When it was attested first.
    pub opened_at: Timestamp,
    /// The membership revision then.
    pub opened_revision: Revision,
}

impl Known {
    /// Whether it takes no more attestations, final or not: its time is over, or a role has lost the right to attest since,
    /// so that nobody knows whose attestations in it would still count.
    #[must_use]
    pub fn has_lapsed(&self, now: Timestamp, broken_at: Revision) -> bool {
        let end = self.opened_at.plus_seconds(CHECKPOINT_PERIOD_SECONDS);
        self.final_claim.is_none() && (now > end || self.opened_revision < broken_at)
    }
}

/// Where an account's attestation of a height stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts, or did when the height became final.
    Counts,
    /// Its account was removed, or lost the right to attest.
    Withdrawn,
    /// Its account attested something else as well.
    Equivocated,
    /// It came when the height was final.
    Late,
}

/// What a new attestation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The first of its height.
    Opens,
    /// One more of an open height, or one that was withdrawn, made again.
    Counts,
    /// What the account said before.
    Repeats,
    /// Of a final height, with the final claim.
    Confirms,
    /// Of a final height, with another claim.
    Contradicts,
    /// Something else than what the account said before.
    Equivocates,
}

/// Why an attestation is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its height takes no more.
    Lapsed,
    /// Its account has made different ones of this height already.
    AlreadyEquivocated,
}

/// Judges a claim about a height by an account that has attested `before`, if it has.
///
/// # Errors
/// [`Refusal`].
pub fn judge(
    claim: Claim,
    known: Option<&Known>,
    before: Option<(Claim, Standing)>,
    (now, broken_at): (Timestamp, Revision),
) -> Result<Judgement, Refusal> {
    let Some(known) = known else { return Ok(Judgement::Opens) };
    if known.has_lapsed(now, broken_at) {
        return Err(Refusal::Lapsed);
    }
    match before {
        Some((_, Standing::Equivocated)) => Err(Refusal::AlreadyEquivocated),
        Some((said, _)) if said != claim => Ok(Judgement::Equivocates),
        Some((_, Standing::Counts | Standing::Late)) => Ok(Judgement::Repeats),
        Some((_, Standing::Withdrawn)) | None => Ok(match known.final_claim {
            None => Judgement::Counts,
            Some(final_claim) if final_claim == claim => Judgement::Confirms,
            Some(_) => Judgement::Contradicts,
        }),
    }
}

#[cfg(test)]
mod tests;
