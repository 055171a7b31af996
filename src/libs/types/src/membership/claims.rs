//! Ownership claims that Calimero's nodes sign, and what they register.

use crate::ids::{AccountId, ContextId, GroupId};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// What a node signs before the payload of an ownership claim.
pub const OWNERSHIP_CLAIM_TAG: &[u8] = b"calimero.ownership-claim.v1\0";
/// Domain tag of the id of a group that a claim registers.
const CLAIMED_GROUP_TAG: &[u8] = b"calisec.claimed-group.v1\0";
/// Domain tag of the id of a context within such a group.
const CONTEXT_IN_GROUP_TAG: &[u8] = b"calisec.context-in-group.v1\0";

/// A claim as a node's `issue-ownership-proof` and `issue-namespace-ownership-proof` answer it, out of base64.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OwnershipClaim {
    /// The signed payload: JSON, exactly as the node gave it.
    pub payload: ByteBuf,
    /// Ed25519 signature by the issuer that the payload names, 64 bytes.
    pub signature: ByteBuf,
}

/// Adds a context to a group, on the account of its administrator. Takes `ManageApplication`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddContextArg {
    /// The group.
    pub group: GroupId,
    /// The context's id in Calimero; here it has the id that [`context_in_group`] computes.
    pub context: ContextId,
}

/// What a registered context is in Calimero, and whose claim its group stands for.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
pub struct Origin {
    /// The node key whose claim registered the group; `null` for a group that its own key registered. It need not have signed for
    /// this context: whoever may `ManageApplication` adds contexts.
    #[cfg_attr(feature = "storage", n(0))]
    pub issuer: Option<AccountId>,
    /// The group's id in Calimero.
    #[cfg_attr(feature = "storage", n(2))]
    pub calimero_group: GroupId,
    /// The context's id in Calimero; `null` for the group's own context.
    #[cfg_attr(feature = "storage", n(1))]
    pub calimero_context: Option<ContextId>,
}

impl Origin {
    /// Of a group that its own key registered, and of its own context.
    #[must_use]
    pub const fn own(group: GroupId) -> Self {
        Self { issuer: None, calimero_group: group, calimero_context: None }
    }

    /// What nodes call the context that is called `id` here: its own key's context is that key's; `None` for the context of a
    /// claimed group, which is none in Calimero.
    #[must_use]
    pub fn context_in_calimero(&self, id: ContextId) -> Option<ContextId> {
        self.calimero_context.or_else(|| self.issuer.is_none().then_some(id))
    }
}

/// A registered context.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its id here.
    pub context: ContextId,
    /// Its group's id here.
    pub group: GroupId,
    /// What it is in Calimero.
    pub origin: Origin,
}

/// Asks who registered something.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistrationsArg {
    /// The id that a group or a context has in Calimero: its 32 bytes.
    pub calimero_id: GroupId,
    /// The last context of the page before; `null` for the first page.
    pub after: Option<ContextId>,
    /// Page length.
    pub limit: Option<u32>,
}

/// A page of registrations, ordered by context. Anybody can register any id of Calimero: look at the issuer.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegistrationsPage {
    /// The registrations.
    pub registrations: Vec<Registration>,
    /// Pass it as `after` for the next page; `null` on the last one.
    pub next: Option<ContextId>,
}

/// The id of the group that claims of this issuer register for a group of Calimero: nobody else's claims do.
#[must_use]
pub fn claimed_group(issuer: AccountId, calimero_group: GroupId) -> GroupId {
    let hash = Sha256::new().chain_update(CLAIMED_GROUP_TAG).chain_update(issuer.0).chain_update(calimero_group.0);
    GroupId(hash.finalize().into())
}

/// The id of a context of Calimero within a registered group. The group's own context has the group's 32 bytes instead.
#[must_use]
pub fn context_in_group(group: GroupId, calimero_context: ContextId) -> ContextId {
    let hash = Sha256::new().chain_update(CONTEXT_IN_GROUP_TAG).chain_update(group.0).chain_update(calimero_context.0);
    ContextId(hash.finalize().into())
}
