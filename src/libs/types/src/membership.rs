//! `membership`: contexts, members, policies, grants and access decisions.

use crate::error::{ApiError, ErrorKind, Reason};
use crate::ids::{
    AccountId, ContextId, Digest32, GrantId, KemKey, NoteId, PolicyVersion, ProposalId, Revision, Seq, Timestamp,
    Weight,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Members of one context at the most.
pub const MAX_MEMBERS: u64 = 1_000_000;
/// Bytes of a role name at the most.
pub const MAX_ROLE_BYTES: usize = 32;
/// Bytes of a context's Cedar policy set at the most.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;
/// Policies of one set at the most.
pub const MAX_POLICIES: usize = 100;
/// How deep operators and brackets of one policy may nest; a chain of operators nests as deep as it is long.
pub const MAX_POLICY_DEPTH: usize = 40;
/// Grants in force that one member of a context may hold: what removing a member may have to undo.
pub const MAX_GRANTS_PER_MEMBER: u32 = 200;
/// Contexts that one administrator may hold.
pub const MAX_CONTEXTS_PER_ADMINISTRATOR: u64 = 100;
/// How many of them others may have registered for it, so that strangers cannot use up its quota.
pub const MAX_RELAYED_CONTEXTS_PER_ADMINISTRATOR: u64 = 50;
/// How far ahead a registration signature may expire, in seconds.
pub const MAX_REGISTRATION_WINDOW_SECONDS: u64 = 24 * 60 * 60;
/// How long a decision may be relied upon, in seconds, unless a grant in it ends earlier.
pub const DECISION_VALIDITY_SECONDS: u64 = 60;

/// Install argument.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MembershipInit {
    /// The only canister that changes access rules.
    pub governance: Principal,
}

/// Registers a context by a signature of its key; see [`crate::signing::ContextRegistration`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterContextArg {
    /// The context: the Ed25519 public key that signed.
    pub context: ContextId,
    /// Who will administer it; part of what is signed, so anyone may relay.
    pub administrator: Principal,
    /// When the signature stops being accepted; at most [`MAX_REGISTRATION_WINDOW_SECONDS`] ahead.
    pub expires_at: Timestamp,
    /// Ed25519 signature, 64 bytes.
    pub signature: ByteBuf,
}

/// A registered context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its id.
    pub id: ContextId,
    /// Who adds and removes members.
    pub administrator: Principal,
    /// Rises with every change of members.
    pub revision: Revision,
    /// Members now.
    pub member_count: u64,
    /// Version of the policy set in force.
    pub policy_version: PolicyVersion,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// A member of a context.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account; an account with one device has that device's Ed25519 key as its id.
    pub account: AccountId,
    /// The principal its calls come from.
    pub principal: Principal,
    /// Its role, a name that policies refer to as `Role::"<name>"`.
    pub role: String,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
    /// Its voting weight.
    pub weight: Weight,
    /// The revision at which it became a member with these facts.
    pub since: Revision,
}

/// Adds a member, or changes the role or envelope key of one. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AddMemberArg {
    /// Which context.
    pub context: ContextId,
    /// The account: an Ed25519 public key on the curve, not of small order.
    pub account: AccountId,
    /// 1 to [`MAX_ROLE_BYTES`] bytes of `a-z`, `0-9`, `-`.
    pub role: String,
    /// X25519 key for envelopes.
    pub kem_key: KemKey,
}

/// Removes a member and everything it was granted. Only the administrator.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RemoveMemberArg {
    /// Which context.
    pub context: ContextId,
    /// Which account.
    pub account: AccountId,
}

/// The state after a write.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The canister's write counter after it.
    pub seq: Seq,
    /// The context's membership revision after it; unchanged if the write changed nothing.
    pub revision: Revision,
}

/// Asks for a page of members.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MembersArg {
    /// Which context.
    pub context: ContextId,
    /// The last account of the page before; `null` for the first page.
    pub after: Option<AccountId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of members, ordered by account.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MembersPage {
    /// The members.
    pub members: Vec<Member>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<AccountId>,
}

/// Who a decision is about.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An account.
    Account(AccountId),
    /// A principal; resolved to the account it is linked to in the context.
    Principal(Principal),
}

/// What the subject wants to do.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read a note: be handed its key.
    Read,
    /// Mint a note in the context.
    Mint,
}

/// What it wants to do it to. The facts come from the caller of `decide`, who answers for them.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct NoteResource {
    /// The canister that keeps the note.
    pub registry: Principal,
    /// The note.
    pub note: NoteId,
    /// Its owner.
    pub owner: Principal,
}

/// A question to the policies.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DecideArg {
    /// Whose policies.
    pub context: ContextId,
    /// Who.
    pub subject: Subject,
    /// Does what.
    pub action: Action,
    /// To which note; `null` for actions on the context itself.
    pub note: Option<NoteResource>,
}

/// The answer. Default deny: no matching permit is a deny, and so is any error while evaluating.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allow or deny.
    pub allowed: bool,
    /// The account the subject resolved to, if it is a member.
    pub account: Option<AccountId>,
    /// The policies (`@id` or `policy<n>`) that decided; empty for a default deny.
    pub determining_policies: Vec<String>,
    /// What would have to be true for an allow, in words.
    pub missing: Vec<String>,
    /// The policy set it was decided under.
    pub policy_version: PolicyVersion,
    /// The membership revision it was decided at.
    pub revision: Revision,
    /// The canister's write counter at the decision.
    pub seq: Seq,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// How long it may be relied upon.
    pub valid_until: Timestamp,
}

/// A permission given by a proposal.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The context.
    pub context: ContextId,
    /// Who may.
    pub account: AccountId,
    /// Do what.
    pub action: Action,
    /// To which note.
    pub note: NoteId,
    /// Kept by which canister.
    pub registry: Principal,
    /// Until when; `null` for until revoked.
    pub not_after: Option<Timestamp>,
    /// The proposal that gave it.
    pub proposal: ProposalId,
}

/// A change of access rules.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Lets a member do something to a note.
    Grant {
        /// Who may; must be a member.
        account: AccountId,
        /// Do what.
        action: Action,
        /// To which note.
        note: NoteId,
        /// Kept by which canister.
        registry: Principal,
        /// Until when; `null` for until revoked.
        not_after: Option<Timestamp>,
    },
    /// Takes a grant back.
    Revoke {
        /// Which.
        grant: GrantId,
    },
    /// Replaces the context's Cedar policy set.
    SetPolicy {
        /// The policies in Cedar syntax, valid against the schema.
        cedar: String,
    },
}

/// Asks whether a change could be applied now.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ValidateChangeArg {
    /// Which context.
    pub context: ContextId,
    /// The change.
    pub change: Change,
}

/// Applies one step of an executed proposal. Only governance.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApplyArg {
    /// Which context.
    pub context: ContextId,
    /// The proposal, first half of the idempotency key.
    pub proposal: ProposalId,
    /// The step, second half of the idempotency key.
    pub step: u32,
    /// The change.
    pub change: Change,
}

/// What a step did. Repeating the step answers the same again and does nothing.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The canister's write counter after it.
    pub seq: Seq,
    /// The grant it made, if it made one.
    pub grant: Option<GrantId>,
}

/// Asks for the electorate of a new proposal.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElectorateArg {
    /// Which context.
    pub context: ContextId,
    /// Who wants to propose.
    pub proposer: Principal,
}

/// Who may vote: one number, the membership revision.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Electorate {
    /// The revision at which the electorate is frozen.
    pub revision: Revision,
    /// The weight of all members at it.
    pub total_weight: Weight,
    /// The proposer's account.
    pub proposer: AccountId,
}

/// Asks for somebody's voting weight.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct VotingWeightArg {
    /// Which context.
    pub context: ContextId,
    /// The revision at which the electorate was frozen.
    pub revision: Revision,
    /// Who wants to vote.
    pub voter: Principal,
}

/// Somebody's voting weight: a member at the frozen revision who is still a member.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct VotingWeight {
    /// The voter's account.
    pub account: AccountId,
    /// Its weight at the frozen revision.
    pub weight: Weight,
}

/// Asks for a page of grants.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantsArg {
    /// Which context.
    pub context: ContextId,
    /// The last grant of the page before; `null` for the first page.
    pub after: Option<GrantId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of grants in force, ordered by id.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantsPage {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<GrantId>,
}

/// The policy set in force.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// Its version.
    pub version: PolicyVersion,
    /// The policies in Cedar syntax.
    pub cedar: String,
    /// The proposal that set it; `null` for the set a context is registered with.
    pub proposal: Option<ProposalId>,
}

/// Something that changed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// A context was registered.
    ContextRegistered {
        /// Who administers it.
        administrator: Principal,
    },
    /// A member was added, or its facts changed.
    MemberSet {
        /// Who.
        account: AccountId,
        /// With which role.
        role: String,
        /// With which envelope key.
        kem_key: KemKey,
    },
    /// A member was removed, and its grants with it.
    MemberRemoved {
        /// Who.
        account: AccountId,
        /// How many grants went with it.
        grants_removed: u64,
    },
    /// A grant was made.
    Granted {
        /// The grant.
        grant: Grant,
    },
    /// A grant was taken back.
    Revoked {
        /// Which.
        grant: GrantId,
        /// By which proposal.
        proposal: ProposalId,
    },
    /// The policy set was replaced.
    PolicySet {
        /// The version now in force.
        version: PolicyVersion,
        /// SHA-256 of the policy text.
        hash: Digest32,
        /// By which proposal.
        proposal: ProposalId,
    },
}

/// An entry of the audit log.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place; entries are numbered from 1 without gaps.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who called.
    pub caller: Principal,
    /// Which context.
    pub context: ContextId,
    /// What changed.
    pub event: AuditEvent,
    /// The hash of the entry before; zeros for the first.
    pub parent: Digest32,
    /// This entry's hash: SHA-256 over the domain tag, `parent` and the entry's stored bytes; see the canister's README.
    pub hash: Digest32,
}

/// Asks for entries of the audit log.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditArg {
    /// First entry wanted (1 is the oldest).
    pub from: Seq,
    /// Page length.
    pub limit: Option<u32>,
}

/// The head of the audit log, certified.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The newest entry's number; 0 for an empty log.
    pub seq: Seq,
    /// The newest entry's hash.
    pub hash: Digest32,
    /// The certificate, CBOR; `null` when called in replicated mode. Its certified data is the root of `witness`.
    pub certificate: Option<ByteBuf>,
    /// Hash tree, CBOR, that holds `audit_head` = `seq` (8 bytes big-endian) followed by `hash`.
    pub witness: ByteBuf,
}

/// Why membership refused.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MembershipReason {
    /// The caller must sign in.
    #[error("the anonymous principal may not do this: call with an identity")]
    Anonymous,
    /// No such context.
    #[error("context {0} is not registered")]
    UnknownContext(ContextId),
    /// The context exists.
    #[error("context {0} is registered already")]
    ContextExists(ContextId),
    /// The signature does not verify under the context key over the registration payload.
    #[error(
        "the signature does not verify: sign the registration payload for this canister and network with the context key"
    )]
    InvalidSignature,
    /// The context id, or an account id, is no acceptable Ed25519 key.
    #[error("not an acceptable Ed25519 public key: off the curve, not canonical, or of small order")]
    InvalidKey,
    /// The envelope key is no acceptable X25519 key.
    #[error("not an acceptable X25519 public key: what is sealed to a key of small order, anyone can open")]
    InvalidKemKey,
    /// The signature's time is over, or too far ahead.
    #[error("the signature must expire between {now} and {latest} (nanoseconds)")]
    ExpiryOutOfWindow {
        /// The canister's time.
        now: Timestamp,
        /// The latest expiry it accepts.
        latest: Timestamp,
    },
    /// The administrator holds too many contexts.
    #[error("an administrator may hold {limit} contexts; fewer when others register them for it")]
    TooManyContexts {
        /// The limit that applies to this caller.
        limit: u64,
    },
    /// Only the context's administrator may do this.
    #[error("only the administrator of the context may do this")]
    NotAdministrator,
    /// Only the governance canister may do this.
    #[error("only the governance canister may do this: make a proposal")]
    NotGovernance,
    /// Not a member.
    #[error("{0} is not a member of the context")]
    UnknownMember(AccountId),
    /// The principal is not a member's.
    #[error("principal {0} is not a member of the context")]
    NotAMember(Principal),
    /// The voter joined after the electorate was frozen.
    #[error("not entitled to vote: the account was no member at revision {0}")]
    NotInElectorate(Revision),
    /// The context is full.
    #[error("a context may have {limit} members")]
    TooManyMembers {
        /// The limit.
        limit: u64,
    },
    /// Not an acceptable role name.
    #[error("a role is 1 to 32 characters of a-z, 0-9 and '-'")]
    InvalidRole,
    /// The policies are not valid.
    #[error("the policy set is not valid: {0}")]
    InvalidPolicy(String),
    /// No such grant.
    #[error("grant {0} does not exist or was revoked")]
    UnknownGrant(GrantId),
    /// The member holds too many grants.
    #[error("a member may hold {limit} grants: revoke one, or let a policy allow it")]
    TooManyGrants {
        /// The limit.
        limit: u32,
    },
    /// The action is not one that is done to this resource.
    #[error("reading is done to a note, and can be granted; minting is done to the context, without a note")]
    ResourceMismatch(Action),
    /// A time that is over.
    #[error("not_after lies in the past")]
    AlreadyOver,
    /// The idempotency key was used for something else.
    #[error("step {step} of proposal {proposal} was applied with another content")]
    StepConflict {
        /// The proposal.
        proposal: ProposalId,
        /// The step.
        step: u32,
    },
    /// A defect.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Reason for MembershipReason {
    fn kind(&self) -> ErrorKind {
        if matches!(self, Self::Internal(_)) { ErrorKind::Internal } else { ErrorKind::Request }
    }
}

/// Error of the membership methods.
pub type MembershipError = ApiError<MembershipReason>;
