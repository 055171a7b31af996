//! What is certified of what decisions rest on.
//!
//! Whatever changes something that [`calisec_certification::facts`] has a kind for certifies it in the same event.

use super::State;
use crate::storage::{
    ActionNote, FACTS, GrantKey, GrantStanding, Memories, NO_END, StoredContext, StoredIdentity, StoredMember,
    StoredRole, action_of,
};
use calisec_certification::certified_map::{CertifiedMap, Key};
use calisec_certification::facts::{
    FactKind, context_content, context_key, fact_hash, grants_content, grants_key, identity_content, principal_key,
    role_content, role_key,
};
use calisec_runtime::{Cbor, Memory};
use calisec_types::ids::{AccountId, ContextId, GrantId, GroupId, Timestamp};
use calisec_types::membership::{ContextFact, DeviceFact, GrantFact, IdentityFact, LinkFact, MemberFact, RoleFact};
use candid::Principal;
use ic_certification::HashTree;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;

/// What a grant is for.
pub type GrantedFor = (ContextId, Principal, ActionNote);

/// The hashes of all facts.
pub(super) struct Facts {
    map: CertifiedMap<Memory>,
    /// What the present event changes of them: put in at its end, all at once.
    changed: BTreeMap<Key, Option<[u8; 32]>>,
}

impl Facts {
    pub(super) fn open(memories: &Memories) -> Self {
        Self { map: CertifiedMap::init(memories.part(FACTS)), changed: BTreeMap::new() }
    }

    /// Puts in what an event changed.
    pub(super) fn settle(&mut self) {
        self.map.change(&mem::take(&mut self.changed));
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

impl StoredIdentity {
    /// What is certified of it, unless it is a member's account key: of that, the member's facts are.
    #[must_use]
    pub fn fact(&self) -> Option<IdentityFact> {
        match self {
            Self::Account(_) => None,
            Self::Device(device) => Some(IdentityFact::Device(DeviceFact {
                account: device.account,
                key: device.key,
                scope: device.scope.into(),
                kem_key: device.kem_key,
                due: device.due(),
            })),
            Self::Link(link) => Some(IdentityFact::Link(LinkFact { account: link.account, device: link.device })),
            Self::Dead(dead) => Some(IdentityFact::GivenUp(dead.account)),
        }
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
        self.facts.map.root()
    }

    /// A tree with that hash which tells, of each of these keys, the fact's hash or that there is none.
    #[must_use]
    pub fn facts_witness(&self, keys: &[Key]) -> HashTree {
        self.facts.map.witness(keys)
    }

    /// What is certified of a principal in a group.
    #[must_use]
    pub fn identity_fact(&self, group: GroupId, principal: Principal) -> Option<IdentityFact> {
        match self.identity(group, principal)? {
            StoredIdentity::Account(account) => {
                self.member(group, account).map(|member| IdentityFact::Member(member.fact(account)))
            }
            other => other.fact(),
        }
    }

    /// What is certified of a role.
    #[must_use]
    pub fn role_fact(&self, group: GroupId, name: &str) -> Option<RoleFact> {
        self.group(group)?.role(name).map(StoredRole::fact)
    }

    /// Certifies a fact, or that there is none, at its key, from the end of the event on.
    pub(super) fn certify_fact(&mut self, kind: FactKind, key: Key, content: Option<&[u8]>) {
        self.facts.changed.insert(key, content.map(|content| fact_hash(kind, content).0));
    }

    pub(super) fn certify_context(&mut self, id: ContextId, context: &StoredContext) {
        let key = context_key(&context.group, &id);
        self.certify_fact(FactKind::Context, key, Some(&context_content(&context.fact())));
    }

    /// Certifies what a principal is in a group, or that it is nobody there.
    pub(super) fn certify_identity(&mut self, group: GroupId, principal: Principal, fact: Option<&IdentityFact>) {
        let content = fact.map(identity_content);
        self.certify_fact(FactKind::Principal, principal_key(&group, &principal), content.as_deref());
    }

    pub(super) fn certify_member(&mut self, group: GroupId, account: AccountId, member: &StoredMember) {
        let fact = IdentityFact::Member(member.fact(account));
        self.certify_identity(group, account.principal(), Some(&fact));
    }

    pub(super) fn certify_role(&mut self, group: GroupId, name: &str, role: Option<&StoredRole>) {
        let content = role.map(|role| role_content(&role.fact()));
        self.certify_fact(FactKind::Role, role_key(&group, name), content.as_deref());
    }

    /// What is certified of what a holder was granted for one note.
    #[must_use]
    pub fn grant_facts(&self, holder: (GroupId, AccountId), what: GrantedFor) -> Vec<GrantFact> {
        let any = (holder, what, (Timestamp(0), GrantId(0)))..=(holder, what, (NO_END, GrantId(u64::MAX)));
        let held = self.grants_by_holder.range(any);
        held.map(|((.., (_, id)), Cbor(GrantStanding { terms, uses }))| GrantFact { id, terms, uses }).collect()
    }

    /// Certifies what holders have now of what these grants, made or taken away, are for.
    pub(super) fn certify_grants(&mut self, changed: &[GrantKey]) {
        let changed: BTreeSet<_> = changed.iter().map(|(holder, what, _)| (*holder, *what)).collect();
        for (holder, what) in changed {
            let (group, account) = holder;
            let (context, registry, (action, note)) = what;
            let key = grants_key((&group, &account), &context, action_of(action), (&registry, note));
            let facts = self.grant_facts(holder, what);
            let content = (!facts.is_empty()).then(|| grants_content(&facts));
            self.certify_fact(FactKind::Grants, key, content.as_deref());
        }
    }
}
