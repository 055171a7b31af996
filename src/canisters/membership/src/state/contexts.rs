//! Contexts come into being, and the claims that bring them are remembered.

use super::members::first_roles;
use super::{Map, Occasion, State};
use crate::storage::{
    CLAIM_NONCES, CLAIM_NONCES_BY_END, CONTEXTS_BY_NAME, Memories, StoredContext, StoredEvent, StoredGroup,
    StoredPolicySet,
};
use calisec_policy::policy_hash;
use calisec_runtime::Cbor;
use calisec_types::ids::{ContextId, Digest32, GroupId, PolicyVersion, Revision, Timestamp, Weight};
use calisec_types::membership::{FREE_CONTEXTS_PER_DAY, Origin, Registration};
use candid::Principal;
use std::ops::Bound;

/// How long it takes until another context may be registered for nothing, in nanoseconds.
const FREE_INTERVAL: u64 = 24 * 60 * 60 * 1_000_000_000 / FREE_CONTEXTS_PER_DAY;
/// Claims that are over and are forgotten whenever one is used: more than come in.
const FORGOTTEN_AT_ONCE: usize = 4;
const LAST_CONTEXT: ContextId = ContextId([0xff; 32]);
const FIRST_CONTEXT: ContextId = ContextId([0; 32]);

/// A context to be registered.
#[derive(Clone, Debug)]
pub struct NewContext {
    /// The group it joins, which comes into being if there is none of this id.
    pub group: GroupId,
    /// Who administers the group.
    pub administrator: Principal,
    /// What it is in Calimero.
    pub origin: Origin,
    /// The policies it starts with; they parse.
    pub cedar: String,
    /// How it counts.
    pub charge: Charge,
}

/// How a context counts in its administrator's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Nobody pays for it.
    pub is_free: bool,
    /// The administrator neither called nor signed.
    pub is_relayed: bool,
}

/// What is remembered about registrations.
pub(super) struct Registrations {
    claims: Map<Digest32, Timestamp>,
    claims_by_end: Map<(Timestamp, Digest32), ()>,
    by_name: Map<(GroupId, ContextId), ()>,
    /// When as many contexts may be registered for nothing as in a whole day. In the heap, like every budget: an upgrade
    /// fills it.
    free_again_at: Timestamp,
}

impl Registrations {
    pub(super) fn open(memories: &Memories) -> Self {
        Self {
            claims: Map::init(memories.part(CLAIM_NONCES)),
            claims_by_end: Map::init(memories.part(CLAIM_NONCES_BY_END)),
            by_name: Map::init(memories.part(CONTEXTS_BY_NAME)),
            free_again_at: Timestamp(0),
        }
    }
}

impl State {
    /// Whether a claim with this hash was used and is not over yet.
    #[must_use]
    pub fn is_claim_used(&self, claim: Digest32) -> bool {
        self.registrations.claims.contains_key(&claim)
    }

    /// A claim was used. It is remembered until it is over; of those that are, some are forgotten.
    pub fn use_claim(&mut self, claim: Digest32, end: Timestamp, now: Timestamp) {
        let over: Vec<_> =
            self.registrations.claims_by_end.keys_range(..(now, Digest32([0; 32]))).take(FORGOTTEN_AT_ONCE).collect();
        for key in over {
            self.registrations.claims_by_end.remove(&key);
            self.registrations.claims.remove(&key.1);
        }
        self.registrations.claims.insert(claim, end);
        self.registrations.claims_by_end.insert((end, claim), ());
    }

    /// How many used claims are remembered.
    #[must_use]
    pub fn used_claims(&self) -> u64 {
        self.registrations.claims.len()
    }

    /// Whether the canister registers another context for nothing.
    #[must_use]
    pub fn has_free_registration(&self, now: Timestamp) -> bool {
        let used = self.registrations.free_again_at.0.saturating_sub(now.0);
        used <= (FREE_CONTEXTS_PER_DAY - 1) * FREE_INTERVAL
    }

    /// Contexts after this one of which a group's or context's id in Calimero is this.
    pub fn registrations_of(&self, name: GroupId, after: Option<ContextId>) -> impl Iterator<Item = Registration> {
        let first = after.map_or(Bound::Included((name, FIRST_CONTEXT)), |after| Bound::Excluded((name, after)));
        self.registrations.by_name.keys_range((first, Bound::Included((name, LAST_CONTEXT)))).map(|(_, id)| {
            let StoredContext { group, origin, .. } = self.known_context(id);
            Registration { context: id, group, origin }
        })
    }

    /// What a group is in Calimero.
    ///
    /// # Panics
    /// When there is no such group: each has a context.
    #[must_use]
    pub fn origin_of(&self, group: GroupId) -> Origin {
        let context = self.contexts_after(group, None).next().expect("BUG: a group must have a context");
        Origin { calimero_context: None, ..self.known_context(context).origin }
    }

    pub(super) fn register(&mut self, occasion: &Occasion, new: NewContext) -> StoredEvent {
        let NewContext { group, administrator, origin, cedar, charge } = new;
        match self.group(group) {
            Some(existing) => {
                assert!(
                    existing.administrator == administrator,
                    "BUG: a context must not change its group's administrator"
                );
            }
            None => {
                let new = StoredGroup {
                    administrator,
                    revision: Revision(0),
                    member_count: 0,
                    total_weight: Weight(0),
                    roles: first_roles(),
                    administered_since: Revision(0),
                };
                for role in &new.roles {
                    self.certify_role(group, &role.name, Some(role));
                }
                self.groups.insert(group, Cbor(new));
            }
        }
        let version = PolicyVersion(1);
        let context = StoredContext {
            group,
            policy_version: version,
            policy_hash: policy_hash(&cedar),
            registered_at: occasion.at,
            origin,
            audit: None,
        };
        self.policies.insert((occasion.context, version), Cbor(StoredPolicySet { cedar, proposal: None }));
        self.certify_context(occasion.context, &context);
        self.contexts.insert(occasion.context, Cbor(context));
        self.contexts_of_group.insert((group, occasion.context), ());
        self.registrations.by_name.insert((origin.calimero_group, occasion.context), ());
        if let Some(context) = origin.calimero_context {
            self.registrations.by_name.insert((GroupId(context.0), occasion.context), ());
        }
        self.count_registration(occasion.at, administrator, charge);
        StoredEvent::ContextRegistered { group, administrator, origin }
    }

    fn count_registration(&mut self, at: Timestamp, administrator: Principal, charge: Charge) {
        let relayed = u64::from(charge.is_relayed);
        let mut quota = self.quota(administrator);
        quota.held += 1;
        quota.relayed += relayed;
        if charge.is_free {
            quota.free += 1;
            quota.free_relayed += relayed;
            let free_again_at = &mut self.registrations.free_again_at;
            *free_again_at = Timestamp((*free_again_at).max(at).0.saturating_add(FREE_INTERVAL));
        }
        self.quotas.insert(administrator, Cbor(quota));
    }
}
