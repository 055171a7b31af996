//! The maps that grow with members, and how much of a value stands beside its key.
//!
//! Each number is the length that values of the kind usually have; those that are longer take further slots. Nobody
//! changes one once something is stored.

use super::{
    GrantKey, GrantStanding, StoredAttestation, StoredClaims, StoredContext, StoredGrant, StoredGroup, StoredHeight,
    StoredIdentity, StoredMember, StoredStanding, StoredStep,
};
use calisec_runtime::{Cbor, TrieMap};
use calisec_types::ids::{
    AccountId, ContextId, DeviceKey, Digest32, GrantId, GroupId, Height, ProposalId, Revision, StateRoot, Timestamp,
};
use candid::Principal;

/// A member of a group.
pub type Holder = (GroupId, AccountId);
/// A height of a context.
pub type At = (ContextId, Height);

/// Of a context.
pub const CONTEXT_BYTES: usize = 160;
/// Of a group with four roles.
pub const GROUP_BYTES: usize = 224;
/// Of a member without devices and links.
pub const MEMBER_BYTES: usize = 72;
/// Of an account key.
pub const PRINCIPAL_BYTES: usize = 48;

/// What is in [`super::CONTEXTS`].
pub type Contexts = TrieMap<ContextId, Cbor<StoredContext>, CONTEXT_BYTES>;
/// What is in [`super::GROUPS`].
pub type Groups = TrieMap<GroupId, Cbor<StoredGroup>, GROUP_BYTES>;
/// What is in [`super::MEMBERS`].
pub type Members = TrieMap<Holder, Cbor<StoredMember>, MEMBER_BYTES>;
/// What is in [`super::PRINCIPALS`].
pub type Principals = TrieMap<(GroupId, Principal), Cbor<StoredIdentity>, PRINCIPAL_BYTES>;
/// What is in [`super::DUE`].
pub type Due = TrieMap<(GroupId, Timestamp, DeviceKey), AccountId, 32>;
/// What is in [`super::STANDINGS`].
pub type Standings = TrieMap<(GroupId, AccountId, Revision), Cbor<StoredStanding>, 32>;
/// What is in [`super::GRANTS`].
pub type Grants = TrieMap<(ContextId, GrantId), Cbor<StoredGrant>, 88>;
/// What is in [`super::GRANTS_BY_HOLDER`].
pub type GrantsByHolder = TrieMap<GrantKey, Cbor<GrantStanding>, 16>;
/// What is in [`super::STEPS`].
pub type Steps = TrieMap<(ProposalId, u32), Cbor<StoredStep>, 56>;
/// What is in [`super::REQUEST_NONCES`].
pub type RequestNonces = TrieMap<AccountId, u64, 8>;
/// What is in [`super::CLAIMS`].
pub type Claims = TrieMap<(Holder, ContextId), Cbor<StoredClaims>, 160>;
/// What is in [`super::HEIGHTS`].
pub type Heights = TrieMap<At, Cbor<StoredHeight>, 160>;
/// What is in [`super::TALLIES`].
pub type Tallies = TrieMap<(ContextId, Height, (StateRoot, Digest32)), u64, 8>;
/// What is in [`super::ATTESTATIONS`].
pub type Attestations = TrieMap<(ContextId, Height, AccountId), Cbor<StoredAttestation>, 96>;
/// What is in [`super::ATTESTERS`].
pub type Attesters = TrieMap<Holder, u32, 4>;
/// What is in [`super::OPEN_ATTESTATIONS`].
pub type OpenAttestations = TrieMap<(Holder, At), (), 0>;
