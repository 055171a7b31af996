//! Calimero's hash of a group: SHA-256 over the group, its administrator, its owner, the application its contexts shall
//! run, and every member with its role, in the order of accounts.
//!
//! Source: `crates/governance-store/src/meta.rs` of calimero-network/core.

use calisec_types::ids::{ApplicationId, Digest32, GroupId};
use calisec_types::membership::ListedMember;
use sha2::{Digest, Sha256};

/// What is hashed beside the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    /// The group's id in Calimero.
    pub group: GroupId,
    /// Its administrator's.
    pub admin_account: Digest32,
    /// Its owner's.
    pub owner_account: Digest32,
    /// The application its contexts shall run.
    pub target_application: ApplicationId,
}

/// Puts members in the order in which they are hashed.
///
/// # Errors
/// The account that is listed twice.
pub fn in_order(mut members: Vec<ListedMember>) -> Result<Vec<ListedMember>, Digest32> {
    members.sort_unstable_by_key(|member| member.account);
    match members.windows(2).find(|pair| matches!(pair, [one, other] if one.account == other.account)) {
        Some([twice, ..]) => Err(twice.account),
        Some(_) | None => Ok(members),
    }
}

/// The hash of a group whose members are in order.
#[must_use]
pub fn group_state_hash(facts: &GroupFacts, members: &[ListedMember]) -> Digest32 {
    let GroupFacts { group, admin_account, owner_account, target_application } = facts;
    let mut hasher = Sha256::new();
    for part in [&group.0, &admin_account.0, &owner_account.0, &target_application.0] {
        hasher.update(part);
    }
    for ListedMember { account, role } in members {
        hasher.update(account.0);
        hasher.update([role.code()]);
    }
    Digest32(hasher.finalize().into())
}

#[cfg(test)]
mod tests;
