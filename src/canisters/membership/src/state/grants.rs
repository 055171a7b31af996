//! Grants: how they are looked up, and how they come and go.

use super::facts::GrantedFor;
use super::{FIRST_CONTEXT, NewGrant, Occasion, State};
use crate::grant;
use crate::storage::{ActionNote, GrantKey, GrantStanding, NO_END, StoredEvent, StoredGrant, StoredUse, action_code};
use calisec_runtime::Cbor;
use calisec_types::ids::{AccountId, ContextId, Digest32, GrantId, GroupId, NoteId, Timestamp};
use calisec_types::membership::MAX_GRANTS_PER_MEMBER;
use candid::Principal;
use std::ops::Bound;

/// The canister that counts a use, and the idempotency key it does it by.
#[derive(Clone, Copy, Debug)]
pub struct UseKey {
    /// The canister.
    pub registry: Principal,
    /// Its key.
    pub key: Digest32,
    /// What is compared when the key is used again.
    pub content: Digest32,
}

impl State {
    /// A grant, over or not.
    #[must_use]
    pub fn grant(&self, context: ContextId, id: GrantId) -> Option<StoredGrant> {
        self.grants.get(&(context, id)).map(|Cbor(grant)| grant)
    }

    /// Grants after an id, in the order of ids, over or not.
    pub fn grants_after(
        &self,
        context: ContextId,
        after: Option<GrantId>,
    ) -> impl Iterator<Item = (GrantId, StoredGrant)> {
        let first = after.map_or(Bound::Included((context, GrantId(0))), |after| Bound::Excluded((context, after)));
        self.grants
            .range((first, Bound::Included((context, GrantId(u64::MAX)))))
            .map(|((_, id), Cbor(grant))| (id, grant))
    }

    /// A holder's grants for doing something to a note, the longest lasting first, unless they are over by `now`.
    pub fn grants_for(
        &self,
        holder: (GroupId, AccountId),
        what: (ContextId, Principal, ActionNote),
        now: Timestamp,
    ) -> impl Iterator<Item = (GrantId, GrantStanding)> {
        let all = (holder, what, (now, GrantId(0)))..=(holder, what, (NO_END, GrantId(u64::MAX)));
        let longest_first = self.grants_by_holder.range(all).rev();
        longest_first.map(|((.., (_, id)), Cbor(standing))| (id, standing))
    }

    /// Everything stored for a holder and one note: at most `MAX_GRANTS_PER_NOTE` grants.
    fn grants_held_for(&self, holder: (GroupId, AccountId), what: GrantedFor) -> Vec<(GrantKey, GrantStanding)> {
        let all = (holder, what, (Timestamp(0), GrantId(0)))..=(holder, what, (NO_END, GrantId(u64::MAX)));
        self.grants_by_holder.range(all).map(|(key, Cbor(standing))| (key, standing)).collect()
    }

    /// Everything stored for a holder: at most `MAX_GRANTS_PER_MEMBER` grants.
    fn grants_held(&self, holder: (GroupId, AccountId)) -> Vec<(GrantKey, GrantStanding)> {
        let least = (FIRST_CONTEXT, Principal::management_canister(), (0, NoteId(0)));
        let first = (holder, least, (Timestamp(0), GrantId(0)));
        let held = self.grants_by_holder.range(first..).take_while(|((of, ..), _)| *of == holder);
        held.map(|(key, Cbor(standing))| (key, standing)).collect()
    }

    /// The same with those that are over.
    pub fn all_grants_for(
        &self,
        holder: (GroupId, AccountId),
        what: (ContextId, Principal, ActionNote),
    ) -> impl Iterator<Item = (GrantId, GrantStanding)> {
        self.grants_for(holder, what, Timestamp(0))
    }

    /// The notes that a holder has grants for, over or not, after one; each once. At most `MAX_GRANTS_PER_MEMBER` grants are
    /// looked at.
    pub fn notes_granted_after(
        &self,
        holder: (GroupId, AccountId),
        context: ContextId,
        after: Option<(Principal, ActionNote)>,
    ) -> impl Iterator<Item = (Principal, ActionNote)> {
        let last = (NO_END, GrantId(u64::MAX));
        let least = (context, Principal::management_canister(), (0, NoteId(0)));
        let first = match after {
            Some((registry, what)) => Bound::Excluded((holder, (context, registry, what), last)),
            None => Bound::Included((holder, least, (Timestamp(0), GrantId(0)))),
        };
        let held = self.grants_by_holder.keys_range((first, Bound::Unbounded));
        let held = held.take_while(move |key| key.0 == holder && key.1.0 == context);
        let mut before = None;
        held.map(|(_, (_, registry, what), _)| (registry, what))
            .filter(move |note| before.replace(*note) != Some(*note))
    }

    /// How many grants of a holder are neither over nor used up.
    #[must_use]
    pub fn grants_to_count(&self, holder: (GroupId, AccountId), now: Timestamp) -> usize {
        self.grants_held(holder).iter().filter(|(_, standing)| !grant::is_spent(standing, now)).count()
    }

    /// A use that was counted.
    #[must_use]
    pub fn counted_use(&self, context: ContextId, registry: Principal, key: Digest32) -> Option<StoredUse> {
        self.uses.get(&(context, registry, key)).map(|Cbor(counted)| counted)
    }

    /// Stores a grant.
    pub(super) fn add_grant(&mut self, occasion: &Occasion, id: GrantId, grant: NewGrant) -> StoredEvent {
        let NewGrant { account, action, note, registry, terms, proposal } = grant;
        let context = occasion.context;
        let group = self.group_of(context);
        let holder = (group, account);
        let Cbor(mut member) = self.members.get(&holder).expect("BUG: who is granted something must be a member");
        // Grants that are spent count for nothing: those for the note make room for each new one, which keeps decisions and bundles
        // short; the others only when room is needed.
        let held = if member.grants >= MAX_GRANTS_PER_MEMBER {
            self.grants_held(holder)
        } else {
            self.grants_held_for(holder, (context, registry, (action_code(action), note)))
        };
        let spent = held.into_iter().filter(|(_, held)| grant::is_spent(held, occasion.at));
        let spent: Vec<_> = spent.map(|(key, _)| key).collect();
        self.remove_grants(&spent);
        member.grants -= u32::try_from(spent.len()).expect("BUG: more grants than a member may hold");
        member.grants += 1;
        self.members.insert(holder, Cbor(member));
        let stored = StoredGrant { account, action: action_code(action), note, registry, terms, proposal, uses: 0 };
        self.store_grant(group, context, id, &stored);
        StoredEvent::Granted { id, grant: stored }
    }

    /// Takes a grant back.
    pub(super) fn remove_grant(&mut self, context: ContextId, id: GrantId) {
        let Cbor(grant) = self.grants.remove(&(context, id)).expect("BUG: what is revoked must be a grant");
        let group = self.group_of(context);
        let key = grant.key(group, context, id);
        self.grants_by_holder.remove(&key);
        self.certify_grants(&[key]);
        let holder = (group, grant.account);
        let Cbor(mut member) = self.members.get(&holder).expect("BUG: who holds a grant must be a member");
        member.grants -= 1;
        self.members.insert(holder, Cbor(member));
    }

    /// Removes everything a member was granted, and tells how much that was.
    pub(super) fn remove_grants_of(&mut self, holder: (GroupId, AccountId)) -> u64 {
        let keys: Vec<_> = self.grants_held(holder).into_iter().map(|(key, _)| key).collect();
        self.remove_grants(&keys);
        keys.len() as u64
    }

    /// Counts a use of a grant.
    pub(super) fn use_grant(&mut self, context: ContextId, id: GrantId, by: UseKey) -> StoredEvent {
        let mut grant = self.grant(context, id).expect("BUG: what is used must be a grant");
        grant.uses += 1;
        let group = self.group_of(context);
        self.store_grant(group, context, id, &grant);
        let UseKey { registry, key, content } = by;
        self.uses.insert((context, registry, key), Cbor(StoredUse { content, grant: id }));
        StoredEvent::GrantUsed { grant: id, uses: grant.uses }
    }

    fn store_grant(&mut self, group: GroupId, context: ContextId, id: GrantId, grant: &StoredGrant) {
        let key = grant.key(group, context, id);
        self.grants_by_holder.insert(key, Cbor(grant.standing()));
        self.certify_grants(&[key]);
        self.grants.insert((context, id), Cbor(grant.clone()));
    }

    fn remove_grants(&mut self, keys: &[GrantKey]) {
        for key in keys {
            let (_, (context, ..), (_, id)) = *key;
            self.grants_by_holder.remove(key);
            self.grants.remove(&(context, id));
        }
        self.certify_grants(keys);
    }
}
