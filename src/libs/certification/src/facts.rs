//! Where `membership` keeps what decisions rest on, and how it is hashed.
//!
//! Its certified data is the root of a tree in which path `audit_head` holds the head of the audit log and `facts` a map
//! (`certified_map`, with the feature `storage`) from a key to the hash of a fact. Key and fact are hashed from their kind and
//! from parts of which each carries its length, so nothing can be taken for something else, or for the same thing elsewhere.

use calisec_types::ids::{ContextId, Digest32, GroupId};
use calisec_types::membership::{ContextFact, MemberFact, Rights, RoleFact};
use candid::Principal;
use minicbor::Encoder;
use minicbor::encode::Error as EncodeError;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

/// Under which label the facts stand.
pub const FACTS_LABEL: &str = "facts";
/// Under which label the head of the audit log stands.
pub const AUDIT_HEAD_LABEL: &str = "audit_head";

/// Domain tag of a key.
const KEY_TAG: &[u8] = b"calisec.fact-key.v1\0";
/// Domain tag of a fact.
const FACT_TAG: &[u8] = b"calisec.fact.v1\0";

/// What a fact is about. A number is never used for another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// A context: its group, and the policies in force.
    Context,
    /// A principal in a group: a member, or whom it acts for.
    Principal,
    /// A role of a group, and what members in it may do.
    Role,
    /// What a member was granted for one note in a context.
    Grants,
    /// What was proved about a member.
    Claims,
    /// The application that a context runs.
    Application,
    /// The last final checkpoint of a context.
    Checkpoint,
}

impl FactKind {
    const fn number(self) -> u8 {
        match self {
            Self::Context => 0,
            Self::Principal => 1,
            Self::Role => 2,
            Self::Grants => 3,
            Self::Claims => 4,
            Self::Application => 5,
            Self::Checkpoint => 6,
        }
    }
}

/// The key of a fact: `scope` is the group or context it belongs to, `id` what tells it from others of its kind there.
#[must_use]
pub fn fact_key(kind: FactKind, scope: &[u8; 32], id: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(KEY_TAG).chain_update([kind.number()]).chain_update(scope);
    for part in id {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The hash of a fact.
#[must_use]
pub fn fact_hash(kind: FactKind, content: &[u8]) -> Digest32 {
    let hash = Sha256::new().chain_update(FACT_TAG).chain_update([kind.number()]).chain_update(content);
    Digest32(hash.finalize().into())
}

/// The key of what is certified about a context.
#[must_use]
pub fn context_key(context: &ContextId) -> [u8; 32] {
    fact_key(FactKind::Context, &context.0, &[])
}

/// What is hashed of a context.
#[must_use]
pub fn context_content(fact: &ContextFact) -> Vec<u8> {
    let ContextFact { group, policy_version, policy_hash } = fact;
    cbor(|to| to.array(3)?.bytes(&group.0)?.u64(policy_version.0)?.bytes(&policy_hash.0)?.ok())
}

/// The key of what is certified about a principal in a group. A member stands at the principal of its own key, so that
/// whoever asks about an account or about a principal asks for one key.
#[must_use]
pub fn principal_key(group: &GroupId, principal: &Principal) -> [u8; 32] {
    fact_key(FactKind::Principal, &group.0, &[principal.as_slice()])
}

/// What is hashed of a member.
#[must_use]
pub fn member_content(fact: &MemberFact) -> Vec<u8> {
    let MemberFact { account, role, capabilities, since, kem_key } = fact;
    let own = Rights::of(capabilities).bits();
    cbor(|to| to.array(5)?.bytes(&account.0)?.str(role)?.u8(own)?.u64(since.0)?.bytes(&kem_key.0)?.ok())
}

/// The key of what is certified about a role of a group.
#[must_use]
pub fn role_key(group: &GroupId, name: &str) -> [u8; 32] {
    fact_key(FactKind::Role, &group.0, &[name.as_bytes()])
}

/// What is hashed of a role.
#[must_use]
pub fn role_content(fact: &RoleFact) -> Vec<u8> {
    let RoleFact { name, capabilities } = fact;
    cbor(|to| to.array(2)?.str(name)?.u8(Rights::of(capabilities).bits())?.ok())
}

type Encoded = Result<(), EncodeError<Infallible>>;

fn cbor(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Encoded) -> Vec<u8> {
    let mut bytes = Vec::new();
    match write(&mut Encoder::new(&mut bytes)) {
        Ok(()) => bytes,
        Err(error) => unreachable!("writing to a vector cannot fail: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{FactKind, context_content, context_key, fact_hash, fact_key};
    use calisec_types::ids::{ContextId, Digest32, GroupId, PolicyVersion};
    use calisec_types::membership::ContextFact;

    const KINDS: [FactKind; 7] = [
        FactKind::Context,
        FactKind::Principal,
        FactKind::Role,
        FactKind::Grants,
        FactKind::Claims,
        FactKind::Application,
        FactKind::Checkpoint,
    ];

    /// Verifiers elsewhere compute the same: these lines are never edited.
    #[test]
    fn should_have_the_pinned_key_and_hash_when_the_code_changes() {
        let fact =
            ContextFact { group: GroupId([1; 32]), policy_version: PolicyVersion(2), policy_hash: Digest32([3; 32]) };
        let hash = fact_hash(FactKind::Context, &context_content(&fact)).to_string();
        assert_eq!(hash, "b741b6f935d5348bc91f6459fb42ab2686f244f573089ce3103db0f9d7639c3b");
        assert_eq!(
            Digest32(context_key(&ContextId([4; 32]))).to_string(),
            "9f534099d683c20bc45d9e790d577090c1da56f680c18ba95068d36ebe5ae6d5"
        );
    }

    #[test]
    fn should_have_a_key_and_a_hash_of_its_own_when_anything_about_a_fact_is_another() {
        let ids: [&[&[u8]]; 6] = [&[], &[b""], &[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""]];
        let mut seen: Vec<_> = KINDS
            .iter()
            .flat_map(|kind| [[1; 32], [2; 32]].map(|scope| (kind, scope)))
            .flat_map(|(kind, scope)| ids.map(|id| fact_key(*kind, &scope, id)))
            .chain(KINDS.iter().map(|kind| fact_hash(*kind, &[1; 32]).0))
            .collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
