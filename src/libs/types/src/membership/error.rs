//! Why membership refuses.

use super::access::Action;
use super::roles::Capability;
use crate::error::{ApiError, ErrorKind, Reason};
use crate::ids::{
    AccountId, CircuitId, ContextId, DeviceKey, Digest32, GrantId, GroupId, Height, ProposalId, Revision, Seq,
    Timestamp,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

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
    /// The signature does not verify under the key that the payload names.
    #[error("the signature does not verify: sign the payload for this canister and network with the key it names")]
    InvalidSignature,
    /// The context id, or an account id, is no acceptable Ed25519 key.
    #[error(
        "not an acceptable Ed25519 public key: off the curve, not canonical, or of small order. An account is its root key \
         (accountRootPublicKey of a node), not the id that Calimero lists it by"
    )]
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
    /// Only the group's administrator may do this.
    #[error("only the administrator of the group may do this")]
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
    /// A revision that is yet to come.
    #[error("the group is at revision {current} and has no revision {asked} yet: ask about one up to that")]
    RevisionToCome {
        /// What was asked about.
        asked: Revision,
        /// The group's revision.
        current: Revision,
    },
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
    /// No such group.
    #[error("group {0} is not registered: register a context of it")]
    UnknownGroup(GroupId),
    /// The group of the context's own id exists.
    #[error("group {0} is registered already: register the context as one of its contexts")]
    GroupExists(GroupId),
    /// The bytes of an ownership claim do not say what they must.
    #[error("not an ownership claim: {0}")]
    MalformedClaim(String),
    /// The claim is made out to somebody else.
    #[error("the claim is for another audience: ask the node for one for '{0}'")]
    ClaimForElsewhere(String),
    /// The claim's time is over, or it has none of the length that nodes give.
    #[error("the claim lasts from {issued_at} to {expires_at}, and now is {now}: ask the node for a new one")]
    ClaimOutOfWindow {
        /// The canister's time.
        now: Timestamp,
        /// When the claim begins.
        issued_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// The claim was used.
    #[error("the claim was used: ask the node for one with a new nonce")]
    ClaimUsed,
    /// The claim's subject is not what it must be.
    #[error("the claim's subject must be '{0}:' and a principal")]
    ClaimSubject(String),
    /// The claim names another administrator than the group has.
    #[error("the group is administered by {0}: name it in the claim, or let it add the context")]
    GroupAdministeredBy(Principal),
    /// The registration is not free.
    #[error(
        "what is free of charge is used up: register through a canister that attaches {cycles} cycles, or try again later"
    )]
    RegistrationCosts {
        /// What to attach.
        cycles: u128,
    },
    /// The group's free writes of the day are spent, or the account's.
    #[error(
        "the free writes of today are spent: try again at {retry_at} (nanoseconds), or have a canister relay a signed \
         request and attach {cycles} cycles"
    )]
    WritesSpent {
        /// When the next day begins.
        retry_at: Timestamp,
        /// What to attach.
        cycles: u128,
    },
    /// Nothing is pending.
    #[error("no handover is pending: the administrator offers one, or the key behind the group starts a recovery")]
    NoHandover,
    /// A handover is pending already.
    #[error("a handover to {to} is pending until {until}: the administrator can cancel it")]
    HandoverPending {
        /// To whom.
        to: Principal,
        /// Until when.
        until: Timestamp,
    },
    /// The handover may not be accepted now.
    #[error("the handover may be accepted from {not_before} to {until} (nanoseconds)")]
    HandoverWindow {
        /// From when on.
        not_before: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// The handover is to somebody else.
    #[error("the handover is to {0}: call as that principal")]
    NotTheSuccessor(Principal),
    /// Nobody who could become the administrator.
    #[error(
        "not somebody who can administer or take over: neither the anonymous principal, nor aaaaa-aa, nor who \
         administers already"
    )]
    InvalidSuccessor,
    /// The invite is somebody else's, or the caller is not the account that joins.
    #[error(
        "the invite is not for this account: call as the account that joins, with a proof exactly if the invite is open"
    )]
    NotInvited,
    /// The invite was revoked, or a member that it brought was removed.
    #[error("the invite was revoked, or a member that it brought was removed: ask for another one")]
    InviteRevoked,
    /// The invite brought as many members as it may.
    #[error("the invite is used up: ask for another one")]
    InviteUsedUp,
    /// Something changed since the invite was signed.
    #[error("what the inviter may changed, or the account left, since the invite was signed: ask for a new one")]
    InviteVoid,
    /// Not an acceptable number of uses.
    #[error("an invite has 1 to {limit} uses")]
    InvalidUses {
        /// The limit.
        limit: u32,
    },
    /// The account is a member.
    #[error("{0} is a member already")]
    AlreadyMember(AccountId),
    /// The bytes of a signed request do not say what they must.
    #[error("not a signed request: {0}")]
    MalformedRequest(String),
    /// The request was signed for somewhere else.
    #[error("signed for another network or canister: here it is network {network}, canister {canister}")]
    SignedForElsewhere {
        /// This network.
        network: Digest32,
        /// This canister.
        canister: Principal,
    },
    /// The nonce was used, or one above it.
    #[error("the nonces of a key rise: sign again with one above {last}")]
    NonceTooLow {
        /// The highest that was used.
        last: u64,
    },
    /// The caller has not the capability that this takes.
    #[error("this takes the capability {0}: ask the administrator of the group, or who manages members, for it")]
    MissingCapability(Capability),
    /// No such role.
    #[error("the group has no role {0}: define it, or take one of `roles`")]
    UnknownRole(String),
    /// The role cannot be removed.
    #[error("the role is in use by {members} members, or it is the administrators': give them another role first")]
    RoleInUse {
        /// How many have it.
        members: u64,
    },
    /// The group has too many roles.
    #[error("a group may have {limit} roles: remove one that no member has")]
    TooManyRoles {
        /// The limit.
        limit: u64,
    },
    /// The key or principal is somebody's in the group already.
    #[error("the key or principal acts for an account of the group already: take another, or remove it there first")]
    KeyTaken,
    /// The key was given up for ever.
    #[error("the key was rotated away or revoked in this group and never comes back: make a new one")]
    KeyRevoked,
    /// The account has no such device.
    #[error("the account has no device {0}: it was revoked, got another key, or is somebody else's")]
    UnknownDevice(DeviceKey),
    /// The device does not count any more.
    #[error("device {0} expired or is overdue for another key: let the account key sign")]
    DeviceNotLive(DeviceKey),
    /// The account has too many devices.
    #[error("an account may have {limit} devices: revoke one")]
    TooManyDevices {
        /// The limit.
        limit: u64,
    },
    /// The account has too many links.
    #[error("{limit} principals may be linked to an account: unlink one")]
    TooManyLinks {
        /// The limit.
        limit: u64,
    },
    /// The principal is linked to no account of the group.
    #[error("principal {0} is linked to no account of the group")]
    NotLinked(Principal),
    /// The caller is neither the account key nor anybody else who may do this.
    #[error("the account key, the device itself, or who manages members may do this: call with one of them")]
    NotYours,
    /// Not an acceptable time between keys.
    #[error("rotate_every must be between 60 seconds and ten years, or null")]
    InvalidRotation,

    /// A purpose, or the kind of a note, is no name.
    #[error("{field} is 1 to {limit} characters of a-z, 0-9 and '-'")]
    InvalidName {
        /// Which field.
        field: String,
        /// Bytes at the most.
        limit: u64,
    },
    /// A grant that could never count.
    #[error("the grant could never count: not_before must lie before not_after, max_uses between 1 and {max_uses}")]
    NeverInForce {
        /// Uses at the most.
        max_uses: u64,
    },
    /// The member holds too many grants for the note.
    #[error(
        "a member may hold {limit} such grants for one note, fewer that have a beginning, a purpose or limited uses than of \
         all: revoke one, or let a policy allow it"
    )]
    TooManyGrantsForNote {
        /// The limit.
        limit: u32,
    },
    /// Only the canister that keeps the note counts uses.
    #[error("only the canister that keeps the note may count a use: ask with `decide`")]
    NotRegistry,
    /// The idempotency key of a use was used for another question.
    #[error("this key counted a use for another question: choose another key")]
    UseConflict,
    /// Too many questions at once, or none where there must be one.
    #[error("between 1 and {limit} questions are answered at once: ask the others in another call")]
    TooManyQuestions {
        /// The limit.
        limit: u32,
    },

    /// Not an acceptable version.
    #[error("a version is 1 to 64 printable ASCII characters")]
    InvalidVersion,
    /// Not an acceptable source.
    #[error("a source is at most 512 printable ASCII characters without spaces; leave it empty if there is none")]
    InvalidSource,
    /// No application was set.
    #[error("no application of the context is on record: say which it is with set_application")]
    NoApplication,
    /// Not an acceptable quorum.
    #[error("a quorum is a count of at least 1, or 1 to 10000 basis points")]
    InvalidQuorum,
    /// No attestation of this height.
    #[error("nobody has attested height {0}")]
    UnknownHeight(Height),
    /// No checkpoint is final.
    #[error("no checkpoint of the context is final yet")]
    NoFinalCheckpoint,
    /// The checkpoint takes no more attestations.
    #[error("the checkpoint at height {0} was not final in time and has lapsed: attest a later height")]
    HeightLapsed(Height),
    /// The account has attested two different claims for this height already.
    #[error("the account attested different claims for height {0}: it cannot attest this height any more")]
    AlreadyEquivocated(Height),
    /// Too many checkpoints are open.
    #[error("{limit} checkpoints of the context are open: attest one of them, or wait until one is final or lapses")]
    TooManyOpenHeights {
        /// The limit.
        limit: u32,
    },
    /// The account has attested too many open checkpoints.
    #[error("the account has attested {limit} checkpoints that are open: wait until one is final or lapses")]
    TooManyOpenAttestations {
        /// The limit.
        limit: u32,
    },
    /// The list is too long.
    #[error("a list may have {limit} members")]
    TooManyListed {
        /// The limit.
        limit: u64,
    },
    /// The list names an account twice.
    #[error("the list names account {0} twice")]
    ListedTwice(Digest32),
    /// Not an acceptable address.
    #[error("not an acceptable address of a node: {0}")]
    InvalidNodeUrl(String),
    /// The context is a group's own, which nodes know no context of.
    #[error("the context is a claimed group's own: nodes have none of that id. Name one of the group's contexts")]
    NoCalimeroContext,
    /// The context has no node.
    #[error("the context has no node that could be asked: the administrator names one with set_node")]
    NoNode,
    /// The context's node is being asked.
    #[error("the node is being asked already: wait for its answer")]
    FetchInProgress,
    /// The context's node was asked a moment ago.
    #[error("the node was asked a moment ago: ask again at {retry_at} (nanoseconds)")]
    FetchTooSoon {
        /// When it may be asked again.
        retry_at: Timestamp,
    },
    /// What may be spent on questions in a day is spent.
    #[error("today's cycles for questions to nodes are spent: ask again at {retry_at} (nanoseconds)")]
    FetchBudgetSpent {
        /// When the next day begins.
        retry_at: Timestamp,
    },

    /// No such entry of the audit log.
    #[error("the audit log has no entry {0}: entries are numbered from 1 up to the head")]
    UnknownAuditEntry(Seq),
    /// The member had as many decisions recorded as it may.
    #[error(
        "a member may have 100 decisions recorded in a day: ask again at {retry_at} (nanoseconds), or decide without"
    )]
    RecordedTooMuch {
        /// When it may have another one recorded.
        retry_at: Timestamp,
    },
    /// Not an acceptable list of canisters.
    #[error(
        "at most {limit} canisters, in the order of their ids, each once; neither this canister nor the anonymous principal"
    )]
    InvalidRegistries {
        /// The limit.
        limit: u64,
    },
    /// A mode that hides has no seed, or one that nobody drew at random, or one that hides nothing has one.
    #[error("to hide entries takes 32 fresh random bytes as a seed; to show them takes none")]
    InvalidSeed,
    /// The canister knows no verifier of proofs.
    #[error(
        "this canister knows no proof_verifier, so nothing can be proved to it: its controllers name one by upgrading it with \
         variant {{ Upgrade = vec {{ variant {{ ProofVerifier = principal \"...\" }} }} }}"
    )]
    NoProofVerifier,
    /// No such kind of claims.
    #[error("the context has no claims of the kind {0}: a proposal sets kinds")]
    UnknownClaimKind(String),
    /// Not an acceptable kind.
    #[error("the kind of claims is refused: {0}")]
    InvalidClaimKind(String),
    /// The context has too many kinds of claims.
    #[error("a context may have {limit} kinds of claims: remove one")]
    TooManyClaimKinds {
        /// The limit.
        limit: u32,
    },
    /// The receipt is somebody else's.
    #[error("the proof was submitted by {0}: call as that principal")]
    NotSubmitter(Principal),
    /// The receipt is not one that becomes a claim.
    #[error("the receipt is refused: {0}")]
    ReceiptRefused(String),
    /// The receipt was a claim.
    #[error("the receipt was a claim before, of a member that was removed or of a kind that was: prove it again")]
    ReceiptUsed,
    /// The kind's circuit counts.
    #[error("circuit {0} is not revoked: the kind stays")]
    CircuitNotRevoked(CircuitId),
    /// The same question is being asked.
    #[error("the same request is being processed: retry when it is done")]
    ClaimInProgress,
    /// The verifier did not answer; nothing is lost, the same call can be repeated.
    #[error("proof_verifier did not answer: {0}; repeat the call")]
    VerifierUnavailable(String),

    /// A defect.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Reason for MembershipReason {
    fn kind(&self) -> ErrorKind {
        if matches!(self, Self::Internal(_)) {
            ErrorKind::Internal
        } else if matches!(
            self,
            Self::FetchInProgress
                | Self::FetchTooSoon { .. }
                | Self::FetchBudgetSpent { .. }
                | Self::RecordedTooMuch { .. }
                | Self::ClaimInProgress
                | Self::WritesSpent { .. }
                | Self::VerifierUnavailable(_)
        ) {
            ErrorKind::Temporary
        } else {
            ErrorKind::Request
        }
    }
}

/// Error of the membership methods.
pub type MembershipError = ApiError<MembershipReason>;
