//! The audit log.

use super::administration::Handover;
use super::audit_rules::AuditMode;
use super::checkpoints::{Claim, DivergenceKind, Quorum};
use super::claims::Origin;
use super::devices::Scope;
use super::nodes::{FetchOutcome, NodeState};
use super::proof_claims::{ClaimKind, ProofClaim};
use super::roles::Capability;
use super::rules::Grant;
use crate::ids::{
    AccountId, ApplicationId, ContextId, DeviceKey, Digest32, GrantId, GroupId, Height, KemKey, PolicyVersion,
    ProposalId, Revision, Seq, Timestamp,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Something that changed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// A context was registered.
    ContextRegistered {
        /// The group it belongs to, which is new if it had no context before.
        group: GroupId,
        /// Who administers the group.
        administrator: Principal,
        /// What it is in Calimero, and whose claim its group stands for.
        origin: Origin,
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
    /// A member was removed, and everything of it as well.
    MemberRemoved {
        /// Who.
        account: AccountId,
        /// How many grants went with it.
        grants_removed: u64,
        /// How many devices, whose keys never come back.
        devices_removed: u64,
        /// How many linked principals.
        links_removed: u64,
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
    /// A grant with limited uses was used.
    GrantUsed {
        /// Which.
        grant: GrantId,
        /// How often by now.
        uses: u64,
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
    /// A role was defined, or what members in it may do was changed.
    RoleSet {
        /// Its name.
        name: String,
        /// What members in it may do.
        capabilities: Vec<Capability>,
    },
    /// A role was removed.
    RoleRemoved {
        /// Its name.
        name: String,
    },
    /// A member was given a capability of its own.
    CapabilityGranted {
        /// Who.
        account: AccountId,
        /// What.
        capability: Capability,
    },
    /// A member's own capability was taken back.
    CapabilityRevoked {
        /// Who.
        account: AccountId,
        /// What.
        capability: Capability,
    },
    /// Somebody may become the administrator, by an offer or a recovery. What was pending is not any more.
    HandoverStarted {
        /// To whom, and when.
        handover: Handover,
    },
    /// The pending handover was taken back.
    HandoverCancelled {
        /// To whom it was.
        to: Principal,
    },
    /// The group has another administrator.
    AdministratorChanged {
        /// Who was it.
        from: Principal,
        /// Who is it now.
        to: Principal,
    },
    /// The context's application was set.
    ApplicationSet {
        /// The application.
        application: ApplicationId,
        /// Its version.
        version: String,
        /// SHA-256 of its module.
        wasm_hash: Digest32,
        /// Where the module can be had.
        source: String,
    },
    /// What makes a checkpoint of the context final was set.
    CheckpointQuorumSet {
        /// The quorum.
        quorum: Quorum,
    },
    /// A member attested what the context's state was.
    Attested {
        /// Who.
        account: AccountId,
        /// Of which height.
        height: Height,
        /// What.
        claim: Claim,
        /// Whether that made the checkpoint final.
        made_final: bool,
        /// Whether, and between whom, it raised a divergence.
        divergence: Option<DivergenceKind>,
    },

    /// A device was added.
    DeviceAdded {
        /// Whose.
        account: AccountId,
        /// Its key.
        key: DeviceKey,
        /// What it may be used for.
        scope: Scope,
        /// Its envelope key.
        kem_key: KemKey,
        /// The last moment at which it counts.
        expires_at: Option<Timestamp>,
        /// After how many seconds it must have another key.
        rotate_every: Option<u64>,
    },
    /// A device was given another key.
    DeviceRotated {
        /// Whose.
        account: AccountId,
        /// The key it had.
        old: DeviceKey,
        /// The key it has.
        new: DeviceKey,
        /// Its envelope key from now on.
        kem_key: KemKey,
    },
    /// A device was revoked, and what it had linked.
    DeviceRevoked {
        /// Whose.
        account: AccountId,
        /// Its key.
        key: DeviceKey,
        /// How many linked principals went with it.
        links_removed: u64,
    },
    /// An account was revoked for ever, and removed with everything of it.
    AccountRevoked {
        /// Who.
        account: AccountId,
        /// How many grants went with it.
        grants_removed: u64,
        /// How many devices.
        devices_removed: u64,
        /// How many linked principals.
        links_removed: u64,
    },
    /// A principal was linked to an account.
    PrincipalLinked {
        /// To which account.
        account: AccountId,
        /// Which.
        principal: Principal,
        /// The device that it counts with.
        device: Option<DeviceKey>,
    },
    /// A principal was unlinked.
    PrincipalUnlinked {
        /// From which account.
        account: AccountId,
        /// Which.
        principal: Principal,
    },
    /// A member was added by an invite.
    InviteRedeemed {
        /// The invite.
        invite: Digest32,
        /// The key that signed it.
        inviter: AccountId,
        /// Who joined.
        account: AccountId,
        /// With which role.
        role: String,
        /// With which envelope key.
        kem_key: KemKey,
    },
    /// An invite was revoked.
    InviteRevoked {
        /// The invite.
        invite: Digest32,
    },
    /// The context's node has another address.
    NodeSet {
        /// Where it can be asked; `null` for nowhere.
        url: Option<String>,
    },
    /// The context's node was asked.
    NodeAsked {
        /// What that cost.
        cycles: u64,
    },
    /// Something came of asking the context's node.
    NodeAnswered {
        /// What it said; `null` when nothing was learned.
        state: Option<NodeState>,
        /// How that compares.
        outcome: FetchOutcome,
    },
    /// A decision was made, and recorded because somebody asked for it.
    Decided {
        /// Whose request it was about; `null` for who is no member.
        account: Option<AccountId>,
        /// The hash of the question; `calisec_certification::questions` computes it.
        question: Digest32,
        /// The grant that was put to the policies.
        grant: Option<GrantId>,
        /// Allow or deny.
        allowed: bool,
        /// The policy set it was decided under.
        policy_version: PolicyVersion,
        /// The membership revision it was decided at.
        revision: Revision,
    },
    /// Decisions of these canisters, and no others, are recorded from now on.
    RecordedRegistriesSet {
        /// Of which.
        registries: Vec<Principal>,
    },
    /// What everybody sees of the context's entries was set. Never hidden.
    AuditModeSet {
        /// What is seen.
        mode: AuditMode,
    },
    /// Something that the context's mode hides.
    Sealed {
        /// The number of the kind of event; `null` if that is hidden too, and with it the caller: the entry names the
        /// management canister, which never calls.
        kind: Option<u16>,
        /// SHA-256 over `calisec.audit-payload.v1\0`, a salt, and caller and event; see the canister's README.
        commitment: Digest32,
    },
    /// Openings of hidden entries were forgotten here. Never hidden.
    OpeningsDiscarded {
        /// The last entry whose opening was.
        up_to: Seq,
        /// How many.
        discarded: u64,
    },
    /// Members can prove something, or must prove it anew.
    ClaimKindSet {
        /// What.
        kind: ClaimKind,
        /// By which proposal.
        proposal: ProposalId,
    },
    /// Something cannot be proved any more, and claims of it count for nothing.
    ClaimKindRemoved {
        /// What.
        name: String,
        /// By which proposal; `null` when its circuit was revoked.
        proposal: Option<ProposalId>,
    },
    /// A receipt became a claim of a member.
    ReceiptClaimed {
        /// Who.
        account: AccountId,
        /// The claim.
        claim: ProofClaim,
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
    /// The root of the mountain range over the hashes of all entries.
    pub root: Digest32,
    /// The certificate, CBOR; `null` when called in replicated mode. Its certified data is the root of `witness`.
    pub certificate: Option<ByteBuf>,
    /// Hash tree, CBOR, that holds `audit_head` = `seq` (8 bytes big-endian) followed by `hash` and `root`.
    pub witness: ByteBuf,
}

/// An entry of the audit log, and that it is in it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuditEntryProof {
    /// The entry.
    pub entry: AuditEntry,
    /// The hashes that lead from the entry's up to the head's `root`, at most 2 log2 of the log's length: first those beside
    /// it within its mountain, then the bag of all older mountains if there are any, then each later mountain.
    pub path: Vec<Digest32>,
    /// The head that the path leads to.
    pub head: AuditHead,
}
