//! What is certified of what decisions rest on.
//!
//! Whatever changes something that [`calisec_certification::facts`] has a kind for certifies it in the same event.

use super::State;
use crate::storage::{FACTS, Memories, StoredContext, StoredMember, StoredRole};
use calisec_certification::certified_map::{CertifiedMap, Key};
use calisec_certification::facts::{FactKind, context_content, fact_hash, fact_key, member_content, role_content};
use calisec_runtime::Memory;
use calisec_types::ids::{AccountId, ContextId, GroupId};
use calisec_types::membership::{ContextFact, MemberFact, RoleFact};
use ic_certification::HashTree;

/// The hashes of all facts.
pub(super) struct Facts(CertifiedMap<Memory>);

impl Facts {
    pub(super) fn open(memories: &Memories) -> Self {
        Self(CertifiedMap::init(memories.part(FACTS)))
    }
}

impl StoredContext {
    /// What is certified of it.
    #[must_use]
    pub const fn fact(&self) -> ContextFact {
        ContextFact { group: self.group, policy_version: self.policy_version, policy_hash: self.policy_hash }
    }
}

impl StoredMember {
    /// What is certified of it.
    #[must_use]
    pub fn fact(&self, account: AccountId) -> MemberFact {
        let Self { role, kem_key, own, since, .. } = self;
        MemberFact { account, role: role.clone(), capabilities: own.capabilities(), since: *since, kem_key: *kem_key }
    }
}

impl StoredRole {
    /// What is certified of it.
    #[must_use]
    pub fn fact(&self) -> RoleFact {
        RoleFact { name: self.name.clone(), capabilities: self.capabilities.capabilities() }
    }
}

impl State {
    /// The hash of all facts.
    #[must_use]
    pub const fn facts_root(&self) -> [u8; 32] {
        self.facts.0.root()
    }

    /// A tree with that hash which tells, of each of these keys, the fact's hash or that there is none.
    #[must_use]
    pub fn facts_witness(&self, keys: &[Key]) -> HashTree {
        self.facts.0.witness(keys)
    }

    /// Certifies a fact, or that there is none. `scope` is the group or context it belongs to, `id` what tells it from others
    /// of its kind there.
    pub(super) fn certify_fact(&mut self, kind: FactKind, scope: &[u8; 32], id: &[&[u8]], content: Option<&[u8]>) {
        let key = fact_key(kind, scope, id);
        match content {
            Some(content) => self.facts.0.insert(&key, &fact_hash(kind, content).0),
            None => self.facts.0.remove(&key),
        };
    }

    pub(super) fn certify_context(&mut self, id: ContextId, context: &StoredContext) {
        self.certify_fact(FactKind::Context, &id.0, &[], Some(&context_content(&context.fact())));
    }

    pub(super) fn certify_member(&mut self, group: GroupId, account: AccountId, member: Option<&StoredMember>) {
        let content = member.map(|member| member_content(&member.fact(account)));
        let principal = account.principal();
        self.certify_fact(FactKind::Principal, &group.0, &[principal.as_slice()], content.as_deref());
    }

    pub(super) fn certify_role(&mut self, group: GroupId, name: &str, role: Option<&StoredRole>) {
        let content = role.map(|role| role_content(&role.fact()));
        self.certify_fact(FactKind::Role, &group.0, &[name.as_bytes()], content.as_deref());
    }
}
