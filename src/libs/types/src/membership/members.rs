//! Members, electorates and voting weights.

use super::roles::Capability;
use crate::ids::{AccountId, ContextId, KemKey, Revision, Seq, Weight};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// A member of a group.
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
    /// Everything it may do: what its role may, and what it may itself.
    pub capabilities: Vec<Capability>,
    /// Capabilities it has of its own, whatever its role says.
    pub own_capabilities: Vec<Capability>,
    /// Its voting weight.
    pub weight: Weight,
    /// The revision at which it became a member with these facts.
    pub since: Revision,
}

/// Adds a member, or changes the role or envelope key of one. Who manages members.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AddMemberArg {
    /// Which context.
    pub context: ContextId,
    /// The account: an Ed25519 public key on the curve, not of small order.
    pub account: AccountId,
    /// A role of the group, none of whose capabilities the caller lacks.
    pub role: String,
    /// X25519 key for envelopes.
    pub kem_key: KemKey,
}

/// Removes a member and everything it was granted. Who manages members.
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
    /// The group's membership revision after it; unchanged if the write changed nothing.
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
