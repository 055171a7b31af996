//! Entries of the audit log.

mod convert;

use super::administration::StoredHandover;
use super::audit_rules::StoredAuditMode;
use super::checkpoints::{StoredClaim, StoredDivergenceKind};
use super::identities::StoredPrincipal;
use super::nodes::{StoredNodeState, StoredOutcome};
use super::rules::StoredGrant;
use calisec_runtime::principal_cbor;
use calisec_types::ids::{
    AccountId, ApplicationId, ContextId, DeviceKey, Digest32, GrantId, GroupId, Height, KemKey, PolicyVersion,
    ProposalId, Revision, Seq, Timestamp,
};
use calisec_types::membership::{ClaimKind, Origin, ProofClaim, Quorum, Rights};
use candid::Principal;

/// An entry of the audit log: its bytes, and its hash over them and the entry before.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredEntry {
    /// A [`EntryBody`] in CBOR, as hashed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The entry's hash.
    #[n(1)]
    pub hash: Digest32,
}

/// What an audit entry says.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct EntryBody {
    /// Its place.
    #[n(0)]
    pub seq: Seq,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// Who called.
    #[cbor(n(2), with = "principal_cbor")]
    pub caller: Principal,
    /// Which context.
    #[n(3)]
    pub context: ContextId,
    /// What changed.
    #[n(4)]
    pub event: StoredEvent,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum StoredEvent {
    /// A context was registered.
    #[n(0)]
    ContextRegistered {
        /// The group it belongs to.
        #[n(0)]
        group: GroupId,
        /// Who administers the group.
        #[cbor(n(1), with = "principal_cbor")]
        administrator: Principal,
        /// What it is in Calimero, and whose claim its group stands for.
        #[n(2)]
        origin: Origin,
    },
    /// A member was added, or its facts changed.
    #[n(1)]
    MemberSet {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// With which role.
        #[n(1)]
        role: String,
        /// With which envelope key.
        #[n(2)]
        kem_key: KemKey,
    },
    /// A member was removed.
    #[n(2)]
    MemberRemoved {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// How many grants went with it.
        #[n(1)]
        grants_removed: u64,
        /// How many devices.
        #[n(2)]
        devices_removed: u64,
        /// How many linked principals.
        #[n(3)]
        links_removed: u64,
    },
    /// A grant was made.
    #[n(3)]
    Granted {
        /// Its id.
        #[n(0)]
        id: GrantId,
        /// The grant.
        #[n(1)]
        grant: StoredGrant,
    },
    /// A grant was taken back.
    #[n(4)]
    Revoked {
        /// Which.
        #[n(0)]
        grant: GrantId,
        /// By which proposal.
        #[n(1)]
        proposal: ProposalId,
    },
    /// A grant with limited uses was used.
    #[n(34)]
    GrantUsed {
        /// Which.
        #[n(0)]
        grant: GrantId,
        /// How often by now.
        #[n(1)]
        uses: u64,
    },
    /// The policy set was replaced.
    #[n(5)]
    PolicySet {
        /// The version now in force.
        #[n(0)]
        version: PolicyVersion,
        /// SHA-256 of the policy text.
        #[n(1)]
        hash: Digest32,
        /// By which proposal.
        #[n(2)]
        proposal: ProposalId,
    },
    /// A role was defined or changed.
    #[n(6)]
    RoleSet {
        /// Its name.
        #[n(0)]
        name: String,
        /// What members in it may do.
        #[n(1)]
        capabilities: Rights,
    },
    /// A role was removed.
    #[n(7)]
    RoleRemoved {
        /// Its name.
        #[n(0)]
        name: String,
    },
    /// A member was given a capability of its own.
    #[n(8)]
    CapabilityGranted {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// The bit of what, as [`Rights`] has it.
        #[n(1)]
        capability: Rights,
    },
    /// A member's own capability was taken back.
    #[n(9)]
    CapabilityRevoked {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// The bit of what.
        #[n(1)]
        capability: Rights,
    },
    /// Somebody may become the administrator.
    #[n(16)]
    HandoverStarted(#[n(0)] StoredHandover),
    /// The pending handover was taken back.
    #[n(17)]
    HandoverCancelled {
        /// To whom it was.
        #[cbor(n(0), with = "principal_cbor")]
        to: Principal,
    },
    /// The group has another administrator.
    #[n(18)]
    AdministratorChanged {
        /// Who was it.
        #[cbor(n(0), with = "principal_cbor")]
        from: Principal,
        /// Who is it now.
        #[cbor(n(1), with = "principal_cbor")]
        to: Principal,
    },
    /// A context's application was set.
    #[n(24)]
    ApplicationSet {
        /// The application.
        #[n(0)]
        application: ApplicationId,
        /// Its version.
        #[n(1)]
        version: String,
        /// SHA-256 of its module.
        #[n(2)]
        wasm_hash: Digest32,
        /// Where the module can be had.
        #[n(3)]
        source: String,
    },
    /// What makes a checkpoint final was set.
    #[n(25)]
    CheckpointQuorumSet {
        /// The quorum.
        #[n(0)]
        quorum: Quorum,
    },
    /// A member attested a state.
    #[n(26)]
    Attested {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// Of which height.
        #[n(1)]
        height: Height,
        /// What.
        #[n(2)]
        claim: StoredClaim,
        /// The divergence that it raised.
        #[n(3)]
        divergence: Option<StoredDivergenceKind>,
        /// Whether it made the checkpoint final.
        #[n(4)]
        made_final: bool,
    },

    /// A device was added.
    #[n(10)]
    DeviceAdded {
        /// Whose.
        #[n(0)]
        account: AccountId,
        /// Its key.
        #[n(1)]
        key: DeviceKey,
        /// What it may be used for.
        #[n(2)]
        scope: Rights,
        /// The last moment at which it counts.
        #[n(3)]
        expires_at: Option<Timestamp>,
        /// After how many seconds it must have another key.
        #[n(4)]
        rotate_every: Option<u64>,
        /// Its envelope key: last, because absent values at the end would not be encoded.
        #[n(5)]
        kem_key: KemKey,
    },
    /// A device was given another key.
    #[n(11)]
    DeviceRotated {
        /// Whose.
        #[n(0)]
        account: AccountId,
        /// The key it had.
        #[n(1)]
        old: DeviceKey,
        /// The key it has.
        #[n(2)]
        new: DeviceKey,
        /// Its envelope key.
        #[n(3)]
        kem_key: KemKey,
    },
    /// A device was revoked.
    #[n(12)]
    DeviceRevoked {
        /// Whose.
        #[n(0)]
        account: AccountId,
        /// Its key.
        #[n(1)]
        key: DeviceKey,
        /// How many linked principals went with it.
        #[n(2)]
        links_removed: u64,
    },
    /// An account was revoked for ever.
    #[n(13)]
    AccountRevoked {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// How many grants went with it.
        #[n(1)]
        grants_removed: u64,
        /// How many devices.
        #[n(2)]
        devices_removed: u64,
        /// How many linked principals.
        #[n(3)]
        links_removed: u64,
    },
    /// A principal was linked.
    #[n(14)]
    PrincipalLinked {
        /// To which account.
        #[n(0)]
        account: AccountId,
        /// The device it counts with.
        #[n(1)]
        device: Option<DeviceKey>,
        /// Which.
        #[cbor(n(2), with = "principal_cbor")]
        principal: Principal,
    },
    /// A principal was unlinked.
    #[n(15)]
    PrincipalUnlinked {
        /// From which account.
        #[n(0)]
        account: AccountId,
        /// Which.
        #[cbor(n(1), with = "principal_cbor")]
        principal: Principal,
    },
    /// A member was added by an invite.
    #[n(19)]
    InviteRedeemed {
        /// The invite.
        #[n(0)]
        invite: Digest32,
        /// The key that signed it.
        #[n(1)]
        inviter: AccountId,
        /// Who joined.
        #[n(2)]
        account: AccountId,
        /// With which role.
        #[n(3)]
        role: String,
        /// With which envelope key.
        #[n(4)]
        kem_key: KemKey,
    },
    /// An invite was revoked.
    #[n(20)]
    InviteRevoked {
        /// The invite.
        #[n(0)]
        invite: Digest32,
    },
    /// A context's node has another address.
    #[n(27)]
    NodeSet {
        /// Where.
        #[n(0)]
        url: Option<String>,
    },
    /// A context's node was asked.
    #[n(28)]
    NodeAsked {
        /// What that cost.
        #[n(0)]
        cycles: u64,
    },
    /// Something came of it.
    #[n(29)]
    NodeAnswered {
        /// What the node said.
        #[n(0)]
        state: Option<StoredNodeState>,
        /// How that compares.
        #[n(1)]
        outcome: StoredOutcome,
    },
    /// A decision was recorded.
    #[n(70)]
    Decided {
        /// About whom.
        #[n(0)]
        account: Option<AccountId>,
        /// The hash of the question.
        #[n(1)]
        question: Digest32,
        /// The grant that was put to the policies.
        #[n(2)]
        grant: Option<GrantId>,
        /// Allow or deny.
        #[n(3)]
        allowed: bool,
        /// Under which policy set.
        #[n(4)]
        policy_version: PolicyVersion,
        /// At which membership revision.
        #[n(5)]
        revision: Revision,
    },
    /// Decisions of these canisters are recorded.
    #[n(71)]
    RecordedRegistriesSet {
        /// Of which.
        #[n(0)]
        registries: Vec<StoredPrincipal>,
    },
    /// What everybody sees of entries was set.
    #[n(72)]
    AuditModeSet {
        /// What is seen.
        #[n(0)]
        mode: StoredAuditMode,
    },
    /// Something hidden.
    #[n(73)]
    Sealed {
        /// The number of its kind, if that is seen.
        #[n(0)]
        kind: Option<u16>,
        /// The commitment to caller and event.
        #[n(1)]
        commitment: Digest32,
    },
    /// Openings were forgotten.
    #[n(74)]
    OpeningsDiscarded {
        /// The last entry whose opening was.
        #[n(0)]
        up_to: Seq,
        /// How many.
        #[n(1)]
        discarded: u64,
    },
    /// Members can prove something, or must prove it anew.
    #[n(40)]
    ClaimKindSet {
        /// What.
        #[n(0)]
        kind: ClaimKind,
        /// By which proposal.
        #[n(1)]
        proposal: ProposalId,
    },
    /// A kind of claims was removed.
    #[n(41)]
    ClaimKindRemoved {
        /// Which.
        #[n(0)]
        name: String,
        /// By which proposal; none when its circuit was revoked.
        #[n(1)]
        proposal: Option<ProposalId>,
    },
    /// A receipt became a claim of a member.
    #[n(42)]
    ReceiptClaimed {
        /// Who.
        #[n(0)]
        account: AccountId,
        /// The claim.
        #[n(1)]
        claim: ProofClaim,
    },
}

impl StoredEvent {
    /// Whether it tells how to read the log, which nothing hides.
    #[must_use]
    pub const fn is_about_the_log(&self) -> bool {
        matches!(self, Self::AuditModeSet { .. } | Self::OpeningsDiscarded { .. })
    }
}
