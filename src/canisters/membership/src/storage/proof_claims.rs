//! Kinds of claims, and claims.

use calisec_types::ids::{ProposalId, Seq};
use calisec_types::membership::{ClaimKind, ProofClaim};

/// The kinds of claims of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredClaimKinds {
    /// The kinds, in the order of names; at most `MAX_CLAIM_KINDS`.
    #[n(0)]
    pub kinds: Vec<StoredClaimKind>,
}

/// A kind in force.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredClaimKind {
    /// The kind.
    #[n(0)]
    pub kind: ClaimKind,
    /// The audit entry that set it.
    #[n(1)]
    pub version: Seq,
    /// The proposal that set it.
    #[n(2)]
    pub proposal: ProposalId,
}

/// A member's claims in a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredClaims {
    /// The claims, in the order of receipts: for each kind at most one of this period and one of the next.
    #[n(0)]
    pub claims: Vec<ProofClaim>,
}
