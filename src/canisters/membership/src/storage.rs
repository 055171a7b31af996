//! Where everything is in stable memory, and in which form.
//!
//! A number in the table is never reused: a retired one stays, with the date and the reason. Stored records are CBOR with
//! explicit indices; a later version adds optional indices and reuses none.

use calisec_runtime::{Memory, principal_cbor};
use calisec_types::ids::{
    AccountId, ContextId, Digest32, GrantId, KemKey, NoteId, PolicyVersion, ProposalId, Revision, Seq, Timestamp,
    Weight,
};
use calisec_types::membership::{Action, AuditEvent, Change, Grant};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager};

/// Pages of 64 KiB that a structure grows by: 2 MiB. Fixed for ever; it bounds stable memory to 64 GiB.
const BUCKET_PAGES: u16 = 32;

/// The install argument.
pub const CONFIG: u8 = 0;
/// Context -> [`StoredContext`].
pub const CONTEXTS: u8 = 1;
/// Administrator -> [`StoredQuota`].
pub const QUOTAS: u8 = 2;
/// (context, account) -> [`StoredMember`]: members now.
pub const MEMBERS: u8 = 3;
/// (context, principal) -> account: members now.
pub const PRINCIPALS: u8 = 4;
/// (context, account, revision) -> [`StoredStanding`]: what an account was from that revision on.
pub const STANDINGS: u8 = 5;
/// (context, revision) -> total weight from that revision on.
pub const TOTALS: u8 = 6;
/// (context, grant) -> [`StoredGrant`].
pub const GRANTS: u8 = 7;
/// [`GrantKey`] -> (): grants by holder and note, the longest lasting one last.
pub const GRANTS_BY_HOLDER: u8 = 8;
/// (context, version) -> [`StoredPolicySet`].
pub const POLICIES: u8 = 9;
/// (proposal, step) -> [`StoredStep`].
pub const STEPS: u8 = 10;
/// Index of the audit log.
pub const AUDIT_INDEX: u8 = 11;
/// Entries of the audit log: [`StoredEntry`].
pub const AUDIT_DATA: u8 = 12;

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

/// Key of [`GRANTS_BY_HOLDER`]: (context, account), (registry, action, note), (end, grant). A grant without an end has
/// [`NO_END`], so that the last key of a prefix is the grant that lasts longest.
pub type GrantKey = ((ContextId, AccountId), (Principal, u8, NoteId), (Timestamp, GrantId));

/// The end of a grant that lasts until it is revoked.
pub const NO_END: Timestamp = Timestamp(u64::MAX);

/// The install argument.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredConfig {
    /// The only canister that changes access rules.
    #[cbor(n(0), with = "principal_cbor")]
    pub governance: Principal,
}

/// A registered context.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredContext {
    /// Who adds and removes members.
    #[cbor(n(0), with = "principal_cbor")]
    pub administrator: Principal,
    /// Membership revision.
    #[n(1)]
    pub revision: Revision,
    /// Members now.
    #[n(2)]
    pub member_count: u64,
    /// Weight of all members now.
    #[n(3)]
    pub total_weight: Weight,
    /// Version of the policy set in force.
    #[n(4)]
    pub policy_version: PolicyVersion,
    /// SHA-256 of its text: finds the parsed set without loading the text.
    #[n(5)]
    pub policy_hash: Digest32,
    /// When it was registered.
    #[n(6)]
    pub registered_at: Timestamp,
}

/// How many contexts an administrator holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredQuota {
    /// All of them.
    #[n(0)]
    pub held: u64,
    /// Those that others registered for it.
    #[n(1)]
    pub relayed: u64,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredMember {
    /// Its role.
    #[n(0)]
    pub role: String,
    /// Its envelope key.
    #[n(1)]
    pub kem_key: KemKey,
    /// Its voting weight.
    #[n(2)]
    pub weight: Weight,
    /// The revision at which it became a member with these facts.
    #[n(3)]
    pub since: Revision,
    /// Grants stored for it, over or not.
    #[n(4)]
    pub grants: u32,
}

/// What an account was from a revision on.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredStanding {
    /// Its voting weight; `None` when it was no member any more.
    #[n(0)]
    pub weight: Option<Weight>,
    /// Its role, while a member.
    #[n(1)]
    pub role: Option<String>,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredGrant {
    /// Who may.
    #[n(0)]
    pub account: AccountId,
    /// Do what: [`action_code`].
    #[n(1)]
    pub action: u8,
    /// To which note.
    #[n(2)]
    pub note: NoteId,
    /// Kept by which canister.
    #[cbor(n(3), with = "principal_cbor")]
    pub registry: Principal,
    /// Until when.
    #[n(4)]
    pub not_after: Option<Timestamp>,
    /// The proposal that gave it.
    #[n(5)]
    pub proposal: ProposalId,
}

impl StoredGrant {
    /// The grant as the API shows it.
    #[must_use]
    pub fn to_api(&self, context: ContextId, id: GrantId) -> Grant {
        Grant {
            id,
            context,
            account: self.account,
            action: action_of(self.action),
            note: self.note,
            registry: self.registry,
            not_after: self.not_after,
            proposal: self.proposal,
        }
    }

    /// Its place in [`GRANTS_BY_HOLDER`].
    #[must_use]
    pub fn key(&self, context: ContextId, id: GrantId) -> GrantKey {
        let end = self.not_after.unwrap_or(NO_END);
        ((context, self.account), (self.registry, self.action, self.note), (end, id))
    }
}

/// A policy set.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredPolicySet {
    /// The policies in Cedar syntax.
    #[n(0)]
    pub cedar: String,
    /// The proposal that set it.
    #[n(1)]
    pub proposal: Option<ProposalId>,
}

/// A step of a proposal that was applied.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredStep {
    /// SHA-256 of what was applied, to which context.
    #[n(0)]
    pub content: Digest32,
    /// The write counter after it.
    #[n(1)]
    pub seq: Seq,
    /// The grant it made.
    #[n(2)]
    pub grant: Option<GrantId>,
}

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
        /// Who administers it.
        #[cbor(n(0), with = "principal_cbor")]
        administrator: Principal,
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
}

impl From<&AuditEvent> for StoredEvent {
    fn from(event: &AuditEvent) -> Self {
        match event {
            AuditEvent::ContextRegistered { administrator } => {
                Self::ContextRegistered { administrator: *administrator }
            }
            AuditEvent::MemberSet { account, role, kem_key } => {
                Self::MemberSet { account: *account, role: role.clone(), kem_key: *kem_key }
            }
            AuditEvent::MemberRemoved { account, grants_removed } => {
                Self::MemberRemoved { account: *account, grants_removed: *grants_removed }
            }
            AuditEvent::Granted { grant } => Self::Granted {
                id: grant.id,
                grant: StoredGrant {
                    account: grant.account,
                    action: action_code(grant.action),
                    note: grant.note,
                    registry: grant.registry,
                    not_after: grant.not_after,
                    proposal: grant.proposal,
                },
            },
            AuditEvent::Revoked { grant, proposal } => Self::Revoked { grant: *grant, proposal: *proposal },
            AuditEvent::PolicySet { version, hash, proposal } => {
                Self::PolicySet { version: *version, hash: *hash, proposal: *proposal }
            }
        }
    }
}

impl StoredEvent {
    /// The event as the API shows it.
    #[must_use]
    pub fn into_api(self, context: ContextId) -> AuditEvent {
        match self {
            Self::ContextRegistered { administrator } => AuditEvent::ContextRegistered { administrator },
            Self::MemberSet { account, role, kem_key } => AuditEvent::MemberSet { account, role, kem_key },
            Self::MemberRemoved { account, grants_removed } => AuditEvent::MemberRemoved { account, grants_removed },
            Self::Granted { id, grant } => AuditEvent::Granted { grant: grant.to_api(context, id) },
            Self::Revoked { grant, proposal } => AuditEvent::Revoked { grant, proposal },
            Self::PolicySet { version, hash, proposal } => AuditEvent::PolicySet { version, hash, proposal },
        }
    }
}

/// What a step of a proposal is compared by: a [`Change`] with its context, in an encoding of its own, so that neither
/// a new kind of change nor another Candid library alters the hash of an old one.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode)]
pub struct StepContent<'a> {
    #[n(0)]
    context: ContextId,
    #[n(1)]
    change: StepChange<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode)]
enum StepChange<'a> {
    #[n(0)]
    Grant(#[n(0)] StoredGrant),
    #[n(1)]
    Revoke(#[n(0)] GrantId),
    #[n(2)]
    SetPolicy(#[n(0)] &'a str),
}

impl<'a> StepContent<'a> {
    /// What this step does.
    #[must_use]
    pub fn of(context: ContextId, proposal: ProposalId, change: &'a Change) -> Self {
        let change = match change {
            Change::Grant { account, action, note, registry, not_after } => StepChange::Grant(StoredGrant {
                account: *account,
                action: action_code(*action),
                note: *note,
                registry: *registry,
                not_after: *not_after,
                proposal,
            }),
            Change::Revoke { grant } => StepChange::Revoke(*grant),
            Change::SetPolicy { cedar } => StepChange::SetPolicy(cedar),
        };
        Self { context, change }
    }
}

/// The number an action is stored by.
#[must_use]
pub const fn action_code(action: Action) -> u8 {
    match action {
        Action::Read => 0,
        Action::Mint => 1,
    }
}

/// The action with this number.
///
/// # Panics
/// On a number that [`action_code`] never gave.
#[must_use]
pub fn action_of(code: u8) -> Action {
    match code {
        0 => Action::Read,
        1 => Action::Mint,
        other => panic!("BUG: no action is stored as {other}"),
    }
}
