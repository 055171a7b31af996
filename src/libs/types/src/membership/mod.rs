//! `membership`: contexts, members, policies, grants and access decisions.

mod access;
mod administration;
mod applications;
mod audit;
mod audit_rules;
mod checkpoints;
mod claims;
mod contexts;
mod devices;
mod error;
mod explanation;
mod facts;
mod group_state;
mod inquiry;
mod invites;
mod members;
mod nodes;
mod proof_claims;
mod requests;
mod roles;
mod rules;
mod templates;

pub use access::{Action, DecideAndUseArg, DecideArg, Decision, NoteResource, Subject};
pub use administration::{Handover, KeyRecovery, OfferAdministrationArg, RecoverAdministrationArg};
pub use applications::{
    Application, ApplicationCurrentArg, ApplicationHistoryArg, ApplicationPage, CertifiedApplication, SetApplicationArg,
};
pub use audit::{AuditArg, AuditEntry, AuditEntryProof, AuditEvent, AuditHead};
pub use audit_rules::{
    AuditMode, AuditOpening, AuditOpeningsArg, AuditOpeningsPage, AuditRules, DiscardOpeningsArg, DiscardedOpenings,
    SetAuditModeArg, SetRecordedRegistriesArg,
};
pub use checkpoints::{
    AttestArg, Attestation, AttestationStatus, AttestationsArg, AttestationsPage, Attested, CertifiedCheckpoint,
    Checkpoint, CheckpointStatus, CheckpointsArg, CheckpointsPage, Claim, Divergence, DivergenceKind, DivergencesArg,
    DivergencesPage, Evidence, FinalCheckpoint, FinalCheckpointArg, Quorum, SetCheckpointQuorumArg, Verdict, Witness,
};
pub use claims::{
    AddContextArg, OWNERSHIP_CLAIM_TAG, Origin, OwnershipClaim, Registration, RegistrationsArg, RegistrationsPage,
    claimed_group, context_in_group,
};
pub use contexts::{Context, ContextsArg, ContextsPage, RegisterContextArg};
pub use devices::{
    AddDeviceArg, Consent, Device, DueDevice, Identities, Link, LinkPrincipalArg, PastMember, RevokeAccountArg,
    RevokeDeviceArg, RotateDeviceArg, RotationSignature, Scope, StaleDevicesArg, StaleDevicesPage, UnlinkPrincipalArg,
    WasMemberArg,
};
pub use error::{MembershipError, MembershipReason};
pub use explanation::{ClauseExplanation, Effect, Explanation, GrantExplanation, GrantState, Need, PolicyExplanation};
pub use facts::{ContextFact, DecisionBundle, DeviceFact, GrantFact, IdentityFact, LinkFact, MemberFact, RoleFact};
pub use group_state::{CheckGroupStateArg, GroupRole, GroupStateCheck, ListedMember, calimero_account};
pub use inquiry::{
    DecideBatchArg, Deed, GrantedResource, ListResourcesArg, ListSubjectsArg, NoteRef, Question, ResourcesPage,
    SimulateArg, SimulationPage, SubjectsPage, Turn,
};
pub use invites::{
    INVITE_TAG, Invite, InviteState, Invitee, InvitesArg, InvitesPage, REDEMPTION_TAG, RedeemInviteArg,
    RevokeInviteArg, redemption_bytes,
};
pub use members::{
    AddMemberArg, Electorate, ElectorateArg, Member, MembersArg, MembersPage, RemoveMemberArg, VotingWeight,
    VotingWeightArg, Written,
};
pub use nodes::{FetchFailure, FetchOutcome, FetchStateArg, FetchedState, Node, NodeState, SetNodeArg};
pub use proof_claims::{
    ClaimFact, ClaimKind, ClaimKindFact, ClaimKindInForce, ClaimReceiptArg, ClaimsArg, ClaimsPage, MAX_ATTRIBUTE_BYTES,
    MAX_CLAIM_KINDS, MAX_CLAIM_NAME_BYTES, MAX_CLAIM_PERIOD_SECONDS, MAX_CLAIM_ROOTS, MIN_CLAIM_PERIOD_SECONDS,
    ProofClaim, Proves, ReviewClaimKindArg, attribute_tag, claim_period, claim_period_bounds, claim_purpose,
    parse_claim_purpose,
};
pub use requests::{MalformedRequest, Request, SignedRequest};
pub use roles::{Capability, CapabilityArg, RemoveRoleArg, Rights, Role, SetRoleArg};
pub use rules::{Applied, ApplyArg, Change, Grant, GrantTerms, GrantsArg, GrantsPage, PolicySet, ValidateChangeArg};

pub use templates::{ParameterKind, PolicyTemplate, TemplateParameter};

use crate::install::InstallArg;
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// Members of one group at the most.
pub const MAX_MEMBERS: u64 = 1_000_000;
/// Bytes of a role name at the most.
pub const MAX_ROLE_BYTES: usize = 32;
/// Roles of one group at the most.
pub const MAX_ROLES: usize = 32;
/// Questions in one batch at the most.
pub const MAX_QUESTIONS: usize = 100;
/// Members, or notes, that one page of an inquiry looks at at the most.
pub const MAX_LOOKED_AT: u32 = 100;
/// Questions that a simulation asks about every member at the most.
pub const MAX_SAMPLES: usize = 10;
/// Bytes of a purpose at the most.
pub const MAX_PURPOSE_BYTES: usize = 64;
/// Bytes of the kind of a note at the most.
pub const MAX_KIND_BYTES: usize = 32;
/// Devices of one account at the most.
pub const MAX_DEVICES: usize = 16;
/// Principals linked to one account at the most.
pub const MAX_LINKS: usize = 8;
/// Bytes of a context's Cedar policy set at the most.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;
/// Policies of one set at the most.
pub const MAX_POLICIES: usize = 100;
/// How deep operators and brackets of one policy may nest; a chain of operators nests as deep as it is long.
pub const MAX_POLICY_DEPTH: usize = 40;
/// Grants in force that one member of a context may hold: what removing a member may have to undo.
pub const MAX_GRANTS_PER_MEMBER: u32 = 200;
/// Grants that one member may hold for doing one thing to one note: what a bundle has to carry. With more it would be longer than
/// [`MAX_BUNDLE_BYTES`].
pub const MAX_GRANTS_PER_NOTE: u32 = 6;
/// How many of them may have a beginning, a purpose or limited uses: what a decision may have to look at.
pub const MAX_CONDITIONAL_GRANTS_PER_NOTE: u32 = 4;
/// How often a grant that is limited may be used at the most: half of what governance may write in a day.
pub const MAX_GRANT_USES: u64 = 10_000;
/// Uses of a grant that count as one write, when it is given.
pub const GRANT_USES_PER_WRITE: u64 = 4;
/// Contexts that one administrator may hold.
pub const MAX_CONTEXTS_PER_ADMINISTRATOR: u64 = 100;
/// How many of them others may have registered for it, so that strangers cannot use up its quota.
pub const MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR: u64 = 50;
/// How far ahead a registration signature may expire, in seconds.
pub const MAX_REGISTRATION_WINDOW_SECONDS: u64 = 24 * 60 * 60;
/// Contexts that one administrator may hold without paying for them.
pub const FREE_CONTEXTS_PER_ADMINISTRATOR: u64 = 10;
/// How many of them others may have registered for it.
pub const FREE_RELAYED_CONTEXTS_PER_ADMINISTRATOR: u64 = 5;
/// Contexts that the canister registers for nothing in a day, for all administrators together.
pub const FREE_CONTEXTS_PER_DAY: u64 = 500;
/// What registering a context costs when it is not free, in cycles: 25 MB of storage for a year.
pub const REGISTRATION_CYCLES: u128 = 100_000_000_000;
/// Writes that add something to a group, in a day (00:00 to 24:00 UTC) and for nothing: so many of who manages it, of its members
/// for themselves, of governance, of recoveries, and of recorded decisions of registries, each.
pub const FREE_WRITES_PER_GROUP_AND_DAY: u32 = 5_000;
/// How many of its members' writes, and of recorded decisions, one account may take.
pub const FREE_WRITES_PER_ACCOUNT_AND_DAY: u32 = 250;
/// What a further one costs, in cycles: 1 KB of storage for ten years, and room for more.
pub const WRITE_CYCLES: u128 = 50_000_000;
/// How long an offered administration may be accepted, in seconds.
pub const OFFER_SECONDS: u64 = 7 * 24 * 60 * 60;
/// How long the administrator may veto a recovery before it can be accepted, in seconds.
pub const RECOVERY_WAIT_SECONDS: u64 = 7 * 24 * 60 * 60;
/// How long a recovery may be accepted after that, in seconds.
pub const RECOVERY_SECONDS: u64 = 30 * 24 * 60 * 60;
/// How far ahead an invite may expire, in seconds.
pub const MAX_INVITE_SECONDS: u64 = 30 * 24 * 60 * 60;
/// Members that one invite may bring.
pub const MAX_INVITE_USES: u32 = 1_000;
/// Bytes of an ownership claim's payload at the most.
pub const MAX_CLAIM_BYTES: usize = 2 * 1024;
/// How long an ownership claim may last, in seconds: Calimero's nodes sign no longer ones.
pub const MAX_CLAIM_SECONDS: u64 = 5 * 60;
/// How far the clock of a node may be ahead, in seconds.
pub const CLAIM_CLOCK_SKEW_SECONDS: u64 = 30;
/// Bytes of a signed request at the most.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// How far ahead a signed request may expire, in seconds.
pub const MAX_REQUEST_WINDOW_SECONDS: u64 = 24 * 60 * 60;
/// Bytes of an application's version at the most.
pub const MAX_VERSION_BYTES: usize = 64;
/// Bytes of an application's source at the most.
pub const MAX_SOURCE_BYTES: usize = 512;
/// Checkpoints of one context that may be open at a time.
pub const MAX_OPEN_HEIGHTS: u32 = 1_024;
/// Open checkpoints, in all contexts of a group, that one account may have attested: what removing it may have to undo.
pub const MAX_OPEN_ATTESTATIONS: u32 = 64;
/// How long a checkpoint takes attestations before it lapses, in seconds.
pub const CHECKPOINT_PERIOD_SECONDS: u64 = 24 * 60 * 60;
/// Members of a list that is hashed in one call.
pub const MAX_LISTED_MEMBERS: usize = 10_000;
/// Bytes of a node's address at the most.
pub const MAX_NODE_URL_BYTES: usize = 200;
/// How long a context's node is left alone between two questions, in seconds.
pub const FETCH_INTERVAL_SECONDS: u64 = 60;
/// Cycles that questions to one context's node may cost in a day (00:00 to 24:00 UTC).
pub const FETCH_CYCLES_PER_CONTEXT_AND_DAY: u64 = 5_000_000_000;
/// Cycles that questions to the nodes of all contexts may cost in a day.
pub const FETCH_CYCLES_PER_DAY: u64 = 50_000_000_000;
/// Canisters of which a context may have every decision recorded.
pub const MAX_RECORDED_REGISTRIES: usize = 8;
/// Decisions that a member may have recorded in a day, in all contexts of its group.
pub const MAX_RECORDINGS_PER_DAY: u64 = 100;
/// How long a decision may be relied upon, in seconds, unless a grant in it ends earlier.
pub const DECISION_VALIDITY_SECONDS: u64 = 60;
/// Bytes that a decision bundle has at the most if its policies can be left out.
pub const MAX_BUNDLE_BYTES: usize = 8 * 1024;

/// Install and upgrade argument.
pub type MembershipArg = InstallArg<MembershipInit, MembershipSetting>;

/// What an installation sets.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MembershipInit {
    /// The only canister that changes access rules.
    pub governance: Principal,
    /// Whose receipts become claims of members; without it, none do.
    pub proof_verifier: Option<Principal>,
}

/// What an upgrade can set.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipSetting {
    /// Whose receipts become claims of members, where none did. Once set it stays: claims rest on it.
    ProofVerifier(Principal),
}
