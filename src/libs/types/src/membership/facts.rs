//! What decisions rest on, as it is certified.

use super::devices::Scope;
use super::proof_claims::{ClaimFact, ClaimKindFact};
use super::roles::Capability;
use super::rules::GrantTerms;
use crate::ids::{AccountId, DeviceKey, Digest32, GrantId, GroupId, KemKey, PolicyVersion, Revision, Timestamp};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What is certified about a context. Not its membership revision: a member who comes or goes changes nothing here.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextFact {
    /// The group whose members are its members.
    pub group: GroupId,
    /// Version of the policy set in force.
    pub policy_version: PolicyVersion,
    /// SHA-256 of its text.
    pub policy_hash: Digest32,
}

/// What is certified about a member of a group.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MemberFact {
    /// Who.
    pub account: AccountId,
    /// Its role.
    pub role: String,
    /// Capabilities it has beside its role's.
    pub capabilities: Vec<Capability>,
    /// The revision since which it is a member with these facts.
    pub since: Revision,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
}

/// What is certified about a role of a group.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleFact {
    /// Its name.
    pub name: String,
    /// What members in it may do.
    pub capabilities: Vec<Capability>,
}

/// What is certified about a device of a member.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DeviceFact {
    /// Whose.
    pub account: AccountId,
    /// Its key.
    pub key: DeviceKey,
    /// What it may be used for.
    pub scope: Scope,
    /// Where key envelopes for it are sealed to.
    pub kem_key: KemKey,
    /// The last moment at which it counts, unless it is given another key: it expires, or its key is overdue.
    pub due: Option<Timestamp>,
}

/// What is certified about a linked principal.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkFact {
    /// To which account.
    pub account: AccountId,
    /// The device it counts with; `null` for the account key.
    pub device: Option<DeviceKey>,
}

/// What is certified about a principal in a group.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum IdentityFact {
    /// It is the principal of a member's account key.
    Member(MemberFact),
    /// It is the principal of a device of a member.
    Device(DeviceFact),
    /// A member linked it.
    Link(LinkFact),
    /// It is of a key of this account that was given up for ever: it acts for nobody.
    GivenUp(AccountId),
}

impl IdentityFact {
    /// Whose it is, or was when it was given up.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        match self {
            Self::Member(MemberFact { account, .. })
            | Self::Device(DeviceFact { account, .. })
            | Self::Link(LinkFact { account, .. })
            | Self::GivenUp(account) => *account,
        }
    }
}

/// What is certified about a grant. All that one member was granted for doing one thing to one note is certified together,
/// in the order of ends and ids.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantFact {
    /// Which.
    pub id: GrantId,
    /// When, how often and what for it counts.
    pub terms: GrantTerms,
    /// How often it was used.
    pub uses: u64,
}

/// What a decision rests on, with proofs: enough to decide without the canister, and without trusting who passed it on.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DecisionBundle {
    /// The context.
    pub context: ContextFact,
    /// The subject's identity, and what it leads to, down to a member: from a linked principal by way of a device to the
    /// member. Empty when the subject is nobody in the group.
    pub identities: Vec<IdentityFact>,
    /// The member's role.
    pub role: Option<RoleFact>,
    /// What the member was granted for this.
    pub grants: Vec<GrantFact>,
    /// The kinds of claims of the context; empty unless the policies are about claims.
    pub claim_kinds: Vec<ClaimKindFact>,
    /// The member's claims in the context, in force or not; empty unless the policies are about claims.
    pub claims: Vec<ClaimFact>,
    /// The identity of the note's owner, if it is another principal than the member's account key's.
    pub owner: Option<IdentityFact>,
    /// The policies in Cedar syntax; `null` when they would make the bundle longer than [`super::MAX_BUNDLE_BYTES`]: then ask
    /// `policy`, whose answer is verified by its hash.
    pub policy: Option<String>,
    /// Hash tree, CBOR, that holds `audit_head`, and under `facts` the hash of each fact above, or its absence.
    pub witness: ByteBuf,
    /// The certificate, CBOR; `null` when called in replicated mode. Its certified data is the root of `witness`.
    pub certificate: Option<ByteBuf>,
}
