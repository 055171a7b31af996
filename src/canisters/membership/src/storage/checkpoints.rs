//! Applications, checkpoints, divergences.

use crate::checkpoint::{Known, Standing};
use calisec_runtime::principal_cbor;
use calisec_types::ids::{
    AccountId, ApplicationId, ApplicationRevision, Digest32, Height, Revision, Seq, StateRoot, Timestamp,
};
use calisec_types::membership::{
    Application, Attestation, AttestationStatus, Claim, Divergence, DivergenceKind, Evidence, Quorum, Witness,
};
use candid::Principal;

/// An application that a context runs or ran.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredApplication {
    /// The application.
    #[n(0)]
    pub application: ApplicationId,
    /// Its version.
    #[n(1)]
    pub version: String,
    /// SHA-256 of its module.
    #[n(2)]
    pub wasm_hash: Digest32,
    /// Where the module can be had.
    #[n(3)]
    pub source: String,
    /// Since when.
    #[n(4)]
    pub at: Timestamp,
    /// Who said so.
    #[cbor(n(5), with = "principal_cbor")]
    pub by: Principal,
    /// The audit entry.
    #[n(6)]
    pub seq: Seq,
}

impl StoredApplication {
    /// The application as the API shows it.
    #[must_use]
    pub fn into_api(self, revision: ApplicationRevision) -> Application {
        let Self { application, version, wasm_hash, source, at, by, seq } = self;
        Application { application, version, wasm_hash, source, revision, at, by, seq }
    }
}

/// A claim about a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredClaim {
    /// The state root.
    #[n(0)]
    pub state_root: StateRoot,
    /// The application's hash.
    #[n(1)]
    pub app_hash: Digest32,
}

impl From<Claim> for StoredClaim {
    fn from(Claim { state_root, app_hash }: Claim) -> Self {
        Self { state_root, app_hash }
    }
}

impl From<StoredClaim> for Claim {
    fn from(StoredClaim { state_root, app_hash }: StoredClaim) -> Self {
        Self { state_root, app_hash }
    }
}

/// What a context's checkpoints have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredCheckpoints {
    /// How much agreement makes one final.
    #[n(0)]
    pub quorum: Quorum,
    /// How many are open, or have lapsed without anybody noticing.
    #[n(1)]
    pub open: u32,
    /// The highest that is final.
    #[n(2)]
    pub newest_final: Option<Height>,
}

impl Default for StoredCheckpoints {
    fn default() -> Self {
        Self { quorum: Quorum::BasisPoints(5_000), open: 0, newest_final: None }
    }
}

/// When and by whom a claim was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredSaying {
    /// The claim.
    #[n(0)]
    pub claim: StoredClaim,
    /// Who made it.
    #[n(1)]
    pub account: AccountId,
    /// When.
    #[n(2)]
    pub at: Timestamp,
    /// The audit entry.
    #[n(3)]
    pub seq: Seq,
}

impl StoredSaying {
    /// As one side of a divergence.
    #[must_use]
    pub const fn evidence(&self) -> StoredEvidence {
        StoredEvidence {
            account: Some(self.account),
            node: None,
            state_root: self.claim.state_root,
            app_hash: Some(self.claim.app_hash),
            at: self.at,
            seq: self.seq,
        }
    }
}

/// The attestation that made a checkpoint final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredFinality {
    /// The attestation.
    #[n(0)]
    pub by: StoredSaying,
    /// How many were required.
    #[n(1)]
    pub required: u64,
}

/// A height that was attested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredHeight {
    /// The first attestation.
    #[n(0)]
    pub first: StoredSaying,
    /// The membership revision at it.
    #[n(1)]
    pub opened_revision: Revision,
    /// Different claims.
    #[n(2)]
    pub claims: u64,
    /// What made it final.
    #[n(3)]
    pub finality: Option<StoredFinality>,
}

impl StoredHeight {
    /// As far as judging needs it.
    #[must_use]
    pub fn known(&self) -> Known {
        Known {
            final_claim: self.finality.map(|finality| finality.by.claim.into()),
            opened_at: self.first.at,
            opened_revision: self.opened_revision,
        }
    }

    /// What others are compared with.
    #[must_use]
    pub fn expected(&self) -> StoredSaying {
        self.finality.map_or(self.first, |finality| finality.by)
    }
}

/// What an account said of a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredAttestation {
    /// What it said.
    #[n(0)]
    pub claim: StoredClaim,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// The audit entry.
    #[n(2)]
    pub seq: Seq,
    /// Where it stands.
    #[n(3)]
    pub standing: StoredAttestationStanding,
}

/// Where an attestation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum StoredAttestationStanding {
    /// It counts.
    #[n(0)]
    Counts,
    /// It was withdrawn.
    #[n(1)]
    Withdrawn,
    /// There is another.
    #[n(2)]
    Equivocated,
    /// It came late.
    #[n(3)]
    Late,
}

impl From<StoredAttestationStanding> for Standing {
    fn from(standing: StoredAttestationStanding) -> Self {
        match standing {
            StoredAttestationStanding::Counts => Self::Counts,
            StoredAttestationStanding::Withdrawn => Self::Withdrawn,
            StoredAttestationStanding::Equivocated => Self::Equivocated,
            StoredAttestationStanding::Late => Self::Late,
        }
    }
}

impl StoredAttestation {
    /// The attestation as the API shows it.
    #[must_use]
    pub fn into_api(self, account: AccountId) -> Attestation {
        let status = match self.standing {
            StoredAttestationStanding::Counts => AttestationStatus::Counts,
            StoredAttestationStanding::Withdrawn => AttestationStatus::Withdrawn,
            StoredAttestationStanding::Equivocated => AttestationStatus::Equivocated,
            StoredAttestationStanding::Late => AttestationStatus::Late,
        };
        Attestation { account, claim: self.claim.into(), at: self.at, seq: self.seq, status }
    }
}

/// One side of a divergence.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredEvidence {
    /// The account that says so.
    #[n(0)]
    pub account: Option<AccountId>,
    /// Or the node.
    #[n(1)]
    pub node: Option<String>,
    /// The state root.
    #[n(2)]
    pub state_root: StateRoot,
    /// The application's hash.
    #[n(3)]
    pub app_hash: Option<Digest32>,
    /// When.
    #[n(4)]
    pub at: Timestamp,
    /// The audit entry.
    #[n(5)]
    pub seq: Seq,
}

impl StoredEvidence {
    fn into_api(self) -> Evidence {
        let by = match (self.account, self.node) {
            (Some(account), _) => Witness::Account(account),
            (None, node) => Witness::Node(node.unwrap_or_default()),
        };
        Evidence { by, state_root: self.state_root, app_hash: self.app_hash, at: self.at, seq: self.seq }
    }
}

/// Between whom a divergence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum StoredDivergenceKind {
    /// Two accounts.
    #[n(0)]
    Attestations,
    /// An account and what is final.
    #[n(1)]
    AfterFinal,
    /// An account and itself.
    #[n(2)]
    Equivocation,
    /// A node and what is final.
    #[n(3)]
    NodeState,
}

impl From<DivergenceKind> for StoredDivergenceKind {
    fn from(kind: DivergenceKind) -> Self {
        match kind {
            DivergenceKind::Attestations => Self::Attestations,
            DivergenceKind::AfterFinal => Self::AfterFinal,
            DivergenceKind::Equivocation => Self::Equivocation,
            DivergenceKind::NodeState => Self::NodeState,
        }
    }
}

impl From<StoredDivergenceKind> for DivergenceKind {
    fn from(kind: StoredDivergenceKind) -> Self {
        match kind {
            StoredDivergenceKind::Attestations => Self::Attestations,
            StoredDivergenceKind::AfterFinal => Self::AfterFinal,
            StoredDivergenceKind::Equivocation => Self::Equivocation,
            StoredDivergenceKind::NodeState => Self::NodeState,
        }
    }
}

/// A divergence.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredDivergence {
    /// The height.
    #[n(0)]
    pub height: Height,
    /// Between whom.
    #[n(1)]
    pub kind: StoredDivergenceKind,
    /// What was there.
    #[n(2)]
    pub expected: StoredEvidence,
    /// What differs.
    #[n(3)]
    pub found: StoredEvidence,
}

impl StoredDivergence {
    /// The divergence as the API shows it.
    #[must_use]
    pub fn into_api(self, seq: Seq) -> Divergence {
        let (expected, found) = (self.expected.into_api(), self.found.into_api());
        Divergence { seq, height: self.height, kind: self.kind.into(), expected, found }
    }
}
