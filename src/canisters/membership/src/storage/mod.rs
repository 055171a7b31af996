//! Where everything is in stable memory, and in which form.
//!
//! A number in the table is never reused: a retired one stays, with the date and the reason. Stored records are CBOR with
//! explicit indices; a later version adds optional indices and reuses none. The maps of `tries` were B-trees until 2026-11-20,
//! before any release: a trie refuses to open one.

mod administration;
mod audit;
mod audit_rules;
mod checkpoints;
mod contexts;
mod identities;
mod invites;
mod members;
mod nodes;
mod proof_claims;
mod rules;
mod steps;
mod tries;
mod uses;

pub use administration::StoredHandover;
pub use audit::{EntryBody, StoredEntry, StoredEvent};
pub use audit_rules::{StoredAuditMode, StoredAuditRules, StoredOpening, StoredPayload};
pub use checkpoints::{
    StoredApplication, StoredAttestation, StoredAttestationStanding, StoredCheckpoints, StoredClaim, StoredDivergence,
    StoredDivergenceKind, StoredEvidence, StoredFinality, StoredHeight, StoredSaying,
};
pub use contexts::{StoredContext, StoredGroup, StoredQuota};
pub use identities::{StoredDead, StoredDevice, StoredIdentity, StoredLink, StoredPrincipal};
pub use invites::StoredInvite;
pub use members::{StoredMember, StoredRole, StoredRoleEra, StoredStanding};
pub use nodes::{StoredFetch, StoredNode, StoredNodeState, StoredOutcome, StoredSpending};
pub use proof_claims::{StoredClaimKind, StoredClaimKinds, StoredClaims};
pub use rules::{ActionNote, GrantKey, GrantStanding, NO_END, StoredGrant, StoredPolicySet, action_code, action_of};
pub use steps::{StepContent, StoredStep};
pub use tries::{
    At, Attestations, Attesters, CONTEXT_BYTES, Claims, Contexts, Due, GROUP_BYTES, Grants, GrantsByHolder, Groups,
    Heights, Holder, MEMBER_BYTES, Members, OpenAttestations, PRINCIPAL_BYTES, Principals, RequestNonces, Standings,
    Steps, Tallies,
};
pub use uses::{StoredUse, use_content};

use calisec_runtime::{Memory, principal_cbor};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager};

/// Pages of 64 KiB that a structure grows by: 2 MiB. Fixed for ever; it bounds stable memory to 64 GiB.
const BUCKET_PAGES: u16 = 32;

/// What the canister was installed with, and upgrades set.
pub const CONFIG: u8 = 0;
/// Context -> [`StoredContext`].
pub const CONTEXTS: u8 = 1;
/// Administrator -> [`StoredQuota`].
pub const QUOTAS: u8 = 2;
/// (group, account) -> [`StoredMember`]: members now.
pub const MEMBERS: u8 = 3;
/// (group, principal) -> [`StoredIdentity`]: whom a principal acts for.
pub const PRINCIPALS: u8 = 4;
/// (group, account, revision) -> [`StoredStanding`]: what an account was from that revision on, and is not any more.
pub const STANDINGS: u8 = 5;
/// Retired on 2026-11-20, before any release: total weights by revision. An electorate takes the group's.
pub const RETIRED_TOTALS: u8 = 6;
/// (context, grant) -> [`StoredGrant`].
pub const GRANTS: u8 = 7;
/// [`GrantKey`] -> [`GrantStanding`]: grants by holder and note, the longest lasting one last.
pub const GRANTS_BY_HOLDER: u8 = 8;
/// (context, version) -> [`StoredPolicySet`].
pub const POLICIES: u8 = 9;
/// (proposal, step) -> [`StoredStep`].
pub const STEPS: u8 = 10;
/// Index of the audit log.
pub const AUDIT_INDEX: u8 = 11;
/// Entries of the audit log: [`StoredEntry`].
pub const AUDIT_DATA: u8 = 12;
/// Group -> [`StoredGroup`].
pub const GROUPS: u8 = 13;
/// (group, context) -> (): which contexts belong to a group.
pub const CONTEXTS_OF_GROUP: u8 = 14;
/// (group, role, revision) -> [`StoredRoleEra`]: what a role could do from that revision on, and cannot any more.
pub const ROLE_ERAS: u8 = 15;
/// (group, time, device) -> account: devices by the last moment at which they count.
pub const DUE: u8 = 16;

/// Ed25519 key -> the highest nonce of a signed request that was accepted. Never deleted.
pub const REQUEST_NONCES: u8 = 25;
/// (context, revision) -> [`StoredApplication`].
pub const APPLICATIONS: u8 = 33;
/// Context -> [`StoredCheckpoints`].
pub const CHECKPOINTS: u8 = 34;
/// (context, height) -> [`StoredHeight`].
pub const HEIGHTS: u8 = 35;
/// (context, height, claim) -> attestations that count; 0 for a claim nobody holds any more.
pub const TALLIES: u8 = 36;
/// (context, height, account) -> [`StoredAttestation`].
pub const ATTESTATIONS: u8 = 37;
/// (group, account) -> how many entries the account has in the part after this.
pub const ATTESTERS: u8 = 38;
/// ((group, account), (context, height)) -> (): what removing the account takes back; closed heights leave late.
pub const OPEN_ATTESTATIONS: u8 = 39;
/// (context, opened at, height) -> (): open heights, and lapsed ones that nobody has noticed.
pub const OPEN_HEIGHTS: u8 = 40;
/// (context, audit entry) -> [`StoredDivergence`].
pub const DIVERGENCES: u8 = 41;
/// Context -> [`StoredNode`].
pub const NODES: u8 = 42;
/// [`StoredSpending`] on all nodes.
pub const FETCH_POOL: u8 = 43;
/// Group -> the revision at which a role lost the right to attest most recently.
pub const ATTESTATION_BREAKS: u8 = 44;

/// What is certified of what decisions rest on: a `CertifiedMap` by the keys of `calisec_certification::facts`.
pub const FACTS: u8 = 55;
/// Hash of a used claim -> when it is over.
pub const CLAIM_NONCES: u8 = 26;
/// (end, hash of a used claim) -> (): what may be forgotten.
pub const CLAIM_NONCES_BY_END: u8 = 27;
/// (a group's or context's id in Calimero, context) -> ().
pub const CONTEXTS_BY_NAME: u8 = 28;
/// (context, registry, key) -> [`StoredUse`]: uses of grants that were counted.
pub const USES: u8 = 45;
/// Group -> [`StoredHandover`]: the pending one.
pub const HANDOVERS: u8 = 29;
/// (group, invite) -> [`StoredInvite`]: those that were used or revoked.
pub const INVITES: u8 = 30;
/// (end, group, invite) -> (): what may be forgotten.
pub const INVITES_BY_END: u8 = 31;

/// The hashes of the audit log's entries, as a mountain range.
pub const AUDIT_RANGE: u8 = 70;
/// Context -> the key that its next salt is made from.
pub const AUDIT_KEYS: u8 = 71;
/// (context, audit entry) -> [`StoredOpening`]: those that were not discarded.
pub const AUDIT_OPENINGS: u8 = 72;
/// (group, account) -> when as many decisions may be recorded for it as in a whole day.
pub const RECORDINGS: u8 = 73;
/// Context -> [`StoredClaimKinds`].
pub const CLAIM_KINDS: u8 = 60;
/// ((group, account), context) -> [`StoredClaims`].
pub const CLAIMS: u8 = 61;
/// (end of the claim, receipt) -> (): receipts that were claims, until they could not be any more.
pub const CLAIMED_RECEIPTS: u8 = 62;

/// The canister's stable memory, cut into the parts of the table above.
pub struct Memories(MemoryManager<DefaultMemoryImpl>);

impl Memories {
    /// Cuts up a memory, or finds what an earlier version left in it.
    #[must_use]
    pub fn of(memory: DefaultMemoryImpl) -> Self {
        Self(MemoryManager::init_with_bucket_size(memory, BUCKET_PAGES))
    }

    /// The part with this number.
    #[must_use]
    pub fn part(&self, number: u8) -> Memory {
        self.0.get(MemoryId::new(number))
    }
}

/// What the canister was installed with, and upgrades set.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredConfig {
    /// The only canister that changes access rules.
    #[cbor(n(0), with = "principal_cbor")]
    pub governance: Principal,
    /// Whose receipts become claims.
    #[n(1)]
    pub proof_verifier: Option<StoredPrincipal>,
}
