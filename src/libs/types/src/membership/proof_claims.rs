//! What was proved about members: receipts of `proof_verifier` that count as claims.

use crate::ids::{AccountId, CircuitId, ContextId, FieldElement, ProposalId, ReceiptId, Seq, Timestamp};
use crate::proof_verifier::StatementKind;
use candid::CandidType;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a claim's name at the most.
pub const MAX_CLAIM_NAME_BYTES: usize = 24;
/// Kinds of claims that a context may have.
pub const MAX_CLAIM_KINDS: usize = 8;
/// Roots that a kind may accept proofs against.
pub const MAX_CLAIM_ROOTS: usize = 16;
/// Bytes of an attribute's name at the most.
pub const MAX_ATTRIBUTE_BYTES: usize = 64;
/// The shortest period of a kind, in seconds.
pub const MIN_CLAIM_PERIOD_SECONDS: u64 = 60;
/// The longest period of a kind, in seconds.
pub const MAX_CLAIM_PERIOD_SECONDS: u64 = 366 * 24 * 60 * 60;

/// Domain tag of an attribute in a statement.
const ATTRIBUTE_TAG: &[u8] = b"calisec.attribute.v1\0";
const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// Something that members of a context can prove, by the name that policies know it by.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
pub struct ClaimKind {
    /// Its name: 1 to [`MAX_CLAIM_NAME_BYTES`] bytes of `a-z`, `0-9`, `-`.
    #[cfg_attr(feature = "storage", n(0))]
    pub name: String,
    /// The circuit that proofs must be of. Whoever made its key can prove anything: name one whose ceremony can be trusted.
    #[cfg_attr(feature = "storage", n(1))]
    pub circuit: CircuitId,
    /// What must be proved.
    #[cfg_attr(feature = "storage", n(2))]
    pub proves: Proves,
    /// How long the periods are that a claim counts in, in seconds, between [`MIN_CLAIM_PERIOD_SECONDS`] and
    /// [`MAX_CLAIM_PERIOD_SECONDS`]. They are counted from 1970-01-01 UTC. One secret proves once in a period, for one account.
    #[cfg_attr(feature = "storage", n(3))]
    pub period_seconds: u64,
}

/// What a receipt must say. Each binds context, submitter and purpose, which is why `Raw` statements are none of them; STARKs
/// are none either, as they tell what they are about.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
pub enum Proves {
    /// A number that an issuer attested lies in a range: `CredentialRange`. A narrower range proves a wider one.
    #[cfg_attr(feature = "storage", n(0))]
    Range {
        /// Roots of the issuers' trees that are trusted, 1 to [`MAX_CLAIM_ROOTS`].
        #[cfg_attr(feature = "storage", n(0))]
        issuer_roots: Vec<FieldElement>,
        /// The attribute's name, 1 to [`MAX_ATTRIBUTE_BYTES`] bytes, e.g. `age`.
        #[cfg_attr(feature = "storage", n(1))]
        attribute: String,
        /// The least number.
        #[cfg_attr(feature = "storage", n(2))]
        low: u64,
        /// The greatest number.
        #[cfg_attr(feature = "storage", n(3))]
        high: u64,
    },
    /// A value that an issuer attested is one of a set: `CredentialSet`.
    #[cfg_attr(feature = "storage", n(1))]
    OneOf {
        /// As at `Range`.
        #[cfg_attr(feature = "storage", n(0))]
        issuer_roots: Vec<FieldElement>,
        /// As at `Range`.
        #[cfg_attr(feature = "storage", n(1))]
        attribute: String,
        /// Root of the set's tree.
        #[cfg_attr(feature = "storage", n(2))]
        set_root: FieldElement,
    },
    /// Owning a leaf of a tree: `ContextMembership`.
    #[cfg_attr(feature = "storage", n(2))]
    Leaf {
        /// Roots of the tree that are accepted, 1 to [`MAX_CLAIM_ROOTS`].
        #[cfg_attr(feature = "storage", n(0))]
        roots: Vec<FieldElement>,
    },
    /// Being one of a Semaphore group: `AnonymousSignal`, so under a key of Semaphore's ceremony. A signal under another key
    /// (`OwnKeySignal`) is none, whichever circuit the kind names.
    #[cfg_attr(feature = "storage", n(3))]
    OneOfGroup {
        /// Depth of Semaphore's circuit, 1 to 32.
        #[cfg_attr(feature = "storage", n(0))]
        depth: u8,
        /// Roots of the group that are accepted, 1 to [`MAX_CLAIM_ROOTS`].
        #[cfg_attr(feature = "storage", n(1))]
        roots: Vec<FieldElement>,
    },
}

impl Proves {
    /// The statement that its proofs are of.
    #[must_use]
    pub const fn statement(&self) -> StatementKind {
        match self {
            Self::Range { .. } => StatementKind::CredentialRange,
            Self::OneOf { .. } => StatementKind::CredentialSet,
            Self::Leaf { .. } => StatementKind::ContextMembership,
            Self::OneOfGroup { depth, .. } => StatementKind::AnonymousSignal { depth: *depth },
        }
    }

    /// The roots it trusts.
    #[must_use]
    pub fn roots(&self) -> &[FieldElement] {
        match self {
            Self::Range { issuer_roots, .. } | Self::OneOf { issuer_roots, .. } => issuer_roots,
            Self::Leaf { roots } | Self::OneOfGroup { roots, .. } => roots,
        }
    }

    /// The attribute it is about, if it is about one.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Self::Range { attribute, .. } | Self::OneOf { attribute, .. } => Some(attribute),
            Self::Leaf { .. } | Self::OneOfGroup { .. } => None,
        }
    }
}

/// A kind of claim, as it is in force.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ClaimKindInForce {
    /// The kind.
    pub kind: ClaimKind,
    /// The audit entry that set it. Claims of another version count for nothing.
    pub version: Seq,
    /// The proposal that set it.
    pub proposal: ProposalId,
}

/// Makes a receipt of `proof_verifier` a claim of the member that the caller acts for. Only who submitted the proof.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimReceiptArg {
    /// The context that the receipt is for.
    pub context: ContextId,
    /// Which; its purpose must be [`claim_purpose`] of a kind in force, and a period that is not over.
    pub receipt: ReceiptId,
}

/// Something that was proved about a member.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
pub struct ProofClaim {
    /// The name of its kind.
    #[cfg_attr(feature = "storage", n(0))]
    pub kind: String,
    /// The version of the kind that it was made under.
    #[cfg_attr(feature = "storage", n(1))]
    pub version: Seq,
    /// The circuit.
    #[cfg_attr(feature = "storage", n(2))]
    pub circuit: CircuitId,
    /// The receipt that it was.
    #[cfg_attr(feature = "storage", n(3))]
    pub receipt: ReceiptId,
    /// From when on it counts.
    #[cfg_attr(feature = "storage", n(4))]
    pub since: Timestamp,
    /// The last moment at which it counts: the end of its period.
    #[cfg_attr(feature = "storage", n(5))]
    pub until: Timestamp,
}

/// Asks for a page of a member's claims.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimsArg {
    /// Which context.
    pub context: ContextId,
    /// Whose.
    pub account: AccountId,
    /// The last receipt of the page before; `null` for the first page.
    pub after: Option<ReceiptId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of a member's claims that count now or will, ordered by receipt.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ClaimsPage {
    /// The claims.
    pub claims: Vec<ProofClaim>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<ReceiptId>,
}

/// Asks `proof_verifier` whether a kind's circuit still counts, and removes the kind if it was revoked. Anyone who signed in.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReviewClaimKindArg {
    /// Which context.
    pub context: ContextId,
    /// The kind's name.
    pub name: String,
}

/// What is certified about a kind of claims. All kinds of a context are certified together, in the order of names.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ClaimKindFact {
    /// Its name.
    pub name: String,
    /// Its version, which no other kind of the context has or had.
    pub version: Seq,
    /// The circuit that its claims are proved with.
    pub circuit: CircuitId,
}

/// What is certified about a claim. All claims of a member in a context are certified together, in the order of receipts.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimFact {
    /// The version of the kind that it was made under, which tells the kind.
    pub version: Seq,
    /// From when on it counts.
    pub since: Timestamp,
    /// The last moment at which it counts.
    pub until: Timestamp,
}

/// What a receipt must be for to become a claim in a period: the purpose to submit the proof with. A proof that binds it counts for
/// no other kind, version or period.
#[must_use]
pub fn claim_purpose(kind: &str, version: Seq, period: u64) -> String {
    format!("claim/{kind}/{version}/{period}")
}

/// What a purpose is for: kind, version and period; `None` when it is no claim's.
#[must_use]
pub fn parse_claim_purpose(purpose: &str) -> Option<(&str, Seq, u64)> {
    let mut parts = purpose.strip_prefix("claim/")?.split('/');
    let (kind, version, period) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    // One text for each: `+1` and `01` are numbers too.
    (claim_purpose(kind, Seq(version), period) == purpose).then_some((kind, Seq(version), period))
}

/// The number of the period that a time is in.
#[must_use]
pub const fn claim_period(at: Timestamp, period_seconds: u64) -> u64 {
    at.0 / (period_seconds * NANOSECONDS_PER_SECOND)
}

/// The first and the last moment of a period.
#[must_use]
pub const fn claim_period_bounds(period: u64, period_seconds: u64) -> (Timestamp, Timestamp) {
    let length = period_seconds * NANOSECONDS_PER_SECOND;
    let start = period.saturating_mul(length);
    (Timestamp(start), Timestamp(start.saturating_add(length - 1)))
}

/// Stands for an attribute in a statement: SHA-256 of a tag and its name, shifted right by eight bits, so that it is below the
/// modulus.
#[must_use]
pub fn attribute_tag(name: &str) -> FieldElement {
    let digest: [u8; 32] = Sha256::new().chain_update(ATTRIBUTE_TAG).chain_update(name).finalize().into();
    let mut tag = [0; 32];
    tag[1..].copy_from_slice(&digest[..31]);
    FieldElement(tag)
}

#[cfg(test)]
mod tests {
    use super::{
        MAX_CLAIM_NAME_BYTES, MAX_CLAIM_PERIOD_SECONDS, MIN_CLAIM_PERIOD_SECONDS, claim_period, claim_period_bounds,
        claim_purpose, parse_claim_purpose,
    };
    use crate::ids::{Seq, Timestamp};
    use crate::proof_verifier::MAX_PURPOSE_BYTES;

    #[test]
    fn should_read_a_purpose_back_only_in_the_one_form_that_is_written() {
        let purpose = claim_purpose("age-over-18", Seq(12), 678);
        assert_eq!(purpose, "claim/age-over-18/12/678");
        assert_eq!(parse_claim_purpose(&purpose), Some(("age-over-18", Seq(12), 678)));
        for other in [
            "mint",
            "claim/",
            "claim/a/1",
            "claim/a/1/2/3",
            "claim/a/01/2",
            "claim/a/+1/2",
            "claim/a/1/2#yes",
            "claim/a/1/2 ",
            "claim/a/b/2",
            "Claim/a/1/2",
        ] {
            assert_eq!(parse_claim_purpose(other), None, "{other}");
        }
    }

    #[test]
    fn should_fit_a_purpose_for_centuries_and_trillions_of_entries() {
        let late = Timestamp(u64::MAX);
        let purpose = claim_purpose(
            &"a".repeat(MAX_CLAIM_NAME_BYTES),
            Seq(10_u64.pow(15)),
            claim_period(late, MIN_CLAIM_PERIOD_SECONDS),
        );
        assert!(purpose.len() <= MAX_PURPOSE_BYTES, "{} bytes", purpose.len());
    }

    #[test]
    fn should_hold_every_moment_in_exactly_one_period() {
        for seconds in [MIN_CLAIM_PERIOD_SECONDS, 86_400, MAX_CLAIM_PERIOD_SECONDS] {
            for at in [0, 1_700_000_000_000_000_000, 1_799_999_999_999_999_999].map(Timestamp) {
                let period = claim_period(at, seconds);
                let (first, last) = claim_period_bounds(period, seconds);
                assert!(first <= at && at <= last);
                assert_eq!(claim_period(last, seconds), period);
                assert_eq!(claim_period_bounds(period + 1, seconds).0, Timestamp(last.0 + 1));
            }
        }
    }
}
