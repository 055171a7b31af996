//! Everything the canister remembers, and how it is looked up. [`State::apply`] is the one place that changes it.

mod administration;
mod apply;
mod checkpoints;
mod contexts;
mod credit;
mod facts;
mod grants;
mod identities;
mod invites;
mod log;
mod members;
mod nodes;
mod proof_claims;
mod recording;
mod remembered;
mod requests;

pub use administration::Administration;
pub use apply::{Event, NewGrant, Occasion, Outcome, Step};
pub use checkpoints::{CheckpointStore, NewAttestation};
pub use contexts::{Charge, NewContext};
pub use credit::{Purse, WriteCredit, Writer};
pub use grants::UseKey;
pub use identities::Resolved;
pub use invites::{InviteChange, Joiner};
pub use members::{ADMINISTRATOR_ROLE, Standing, weight_of};
pub use nodes::{NewFetch, NodeStore};
pub use proof_claims::ProofClaims;
pub use recording::{AuditChange, Recorder};

use crate::storage::{
    CONFIG, CONTEXT_BYTES, CONTEXTS, CONTEXTS_OF_GROUP, DUE, Due, GRANTS, GRANTS_BY_HOLDER, GROUP_BYTES, GROUPS,
    Grants, GrantsByHolder, Holder, MEMBER_BYTES, MEMBERS, Memories, POLICIES, PRINCIPAL_BYTES, PRINCIPALS, QUOTAS,
    ROLE_ERAS, STANDINGS, STEPS, Standings, Steps, StoredConfig, StoredContext, StoredGroup, StoredIdentity,
    StoredMember, StoredPolicySet, StoredPrincipal, StoredQuota, StoredRoleEra, StoredStep, StoredUse, USES,
};
use administration::Handovers;
use calisec_policy::{Judge, Policies, PolicyCache, PolicyValidator};
use calisec_runtime::{Cbor, Memory};
use calisec_types::ids::{ContextId, Digest32, GroupId, PolicyVersion, ProposalId, Revision, Seq};
use calisec_types::membership::{AuditEntry, MembershipInit};
use candid::Principal;
use contexts::Registrations;
use facts::Facts;
use ic_stable_structures::{StableBTreeMap, StableCell};
use invites::Invites;
use log::AuditLog;
use recording::Recording;
use remembered::Remembered;
use requests::Requests;
use std::cell::{OnceCell, RefCell};
use std::ops::Bound;
use std::rc::Rc;

type Map<K, V> = StableBTreeMap<K, V, Memory>;

/// The canister's state: stable structures, and what is rebuilt from them in the heap.
pub struct State {
    config: StableCell<Cbor<StoredConfig>, Memory>,
    contexts: Remembered<ContextId, StoredContext, CONTEXT_BYTES>,
    groups: Remembered<GroupId, StoredGroup, GROUP_BYTES>,
    contexts_of_group: Map<(GroupId, ContextId), ()>,
    quotas: Map<Principal, Cbor<StoredQuota>>,
    members: Remembered<Holder, StoredMember, MEMBER_BYTES>,
    principals: Remembered<(GroupId, Principal), StoredIdentity, PRINCIPAL_BYTES>,
    due: Due,
    standings: Standings,
    role_eras: Map<(GroupId, String, Revision), Cbor<StoredRoleEra>>,
    grants: Grants,
    grants_by_holder: GrantsByHolder,
    uses: Map<(ContextId, Principal, Digest32), Cbor<StoredUse>>,
    policies: Map<(ContextId, PolicyVersion), Cbor<StoredPolicySet>>,
    steps: Steps,
    requests: Requests,
    checkpoints: CheckpointStore,
    nodes: NodeStore,
    proof_claims: ProofClaims,
    /// What groups added today.
    pub write_credit: WriteCredit,
    facts: Facts,
    registrations: Registrations,
    handovers: Handovers,
    invites: Invites,
    log: AuditLog,
    recording: Recording,
    policy_cache: PolicyCache,
    validator: OnceCell<PolicyValidator>,
    judge: OnceCell<Judge>,
}

impl State {
    /// The state of a new canister.
    #[must_use]
    pub fn new(memories: &Memories, init: &MembershipInit) -> Self {
        let MembershipInit { governance, proof_verifier } = *init;
        let proof_verifier = proof_verifier.map(StoredPrincipal);
        let mut state = Self::open(memories);
        state.config.set(Cbor(StoredConfig { governance, proof_verifier }));
        state
    }

    /// The state that is in these memories.
    #[must_use]
    pub fn open(memories: &Memories) -> Self {
        let nobody = StoredConfig { governance: Principal::anonymous(), proof_verifier: None };
        Self {
            config: StableCell::init(memories.part(CONFIG), Cbor(nobody)),
            contexts: Remembered::init(memories.part(CONTEXTS)),
            groups: Remembered::init(memories.part(GROUPS)),
            contexts_of_group: Map::init(memories.part(CONTEXTS_OF_GROUP)),
            quotas: Map::init(memories.part(QUOTAS)),
            members: Remembered::init(memories.part(MEMBERS)),
            principals: Remembered::init(memories.part(PRINCIPALS)),
            due: Due::init(memories.part(DUE)),
            standings: Standings::init(memories.part(STANDINGS)),
            role_eras: Map::init(memories.part(ROLE_ERAS)),
            grants: Grants::init(memories.part(GRANTS)),
            grants_by_holder: GrantsByHolder::init(memories.part(GRANTS_BY_HOLDER)),
            uses: Map::init(memories.part(USES)),
            policies: Map::init(memories.part(POLICIES)),
            steps: Steps::init(memories.part(STEPS)),
            requests: Requests::open(memories),
            checkpoints: CheckpointStore::open(memories),
            nodes: NodeStore::open(memories),
            proof_claims: ProofClaims::open(memories),
            write_credit: WriteCredit::default(),
            facts: Facts::open(memories),
            registrations: Registrations::open(memories),
            handovers: Handovers::open(memories),
            invites: Invites::open(memories),
            log: AuditLog::open(memories),
            recording: Recording::open(memories),
            policy_cache: PolicyCache::default(),
            validator: OnceCell::new(),
            judge: OnceCell::new(),
        }
    }

    /// The only canister that changes access rules.
    #[must_use]
    pub fn governance(&self) -> Principal {
        self.config.get().0.governance
    }

    /// Whose receipts become claims.
    #[must_use]
    pub fn proof_verifier(&self) -> Option<Principal> {
        self.config.get().0.proof_verifier.map(|StoredPrincipal(verifier)| verifier)
    }

    /// Names whose receipts become claims.
    pub fn set_proof_verifier(&mut self, verifier: Principal) {
        let config = StoredConfig { proof_verifier: Some(StoredPrincipal(verifier)), ..self.config.get().0.clone() };
        self.config.set(Cbor(config));
    }

    /// The write counter: how many entries the audit log has.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.log.head().seq
    }

    /// A context.
    #[must_use]
    pub fn context(&self, id: ContextId) -> Option<StoredContext> {
        self.contexts.get(&id).map(|Cbor(context)| context)
    }

    /// A group.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<StoredGroup> {
        self.groups.get(&id).map(|Cbor(group)| group)
    }

    /// Contexts of a group after one, in the order of ids.
    pub fn contexts_after(&self, group: GroupId, after: Option<ContextId>) -> impl Iterator<Item = ContextId> {
        let first = after.map_or(Bound::Included((group, FIRST_CONTEXT)), |after| Bound::Excluded((group, after)));
        self.contexts_of_group.keys_range((first, Bound::Included((group, LAST_CONTEXT)))).map(|(_, context)| context)
    }

    /// How many contexts an administrator holds.
    #[must_use]
    pub fn quota(&self, administrator: Principal) -> StoredQuota {
        self.quotas.get(&administrator).map_or_else(StoredQuota::default, |Cbor(quota)| quota)
    }

    /// A policy set.
    #[must_use]
    pub fn policy(&self, context: ContextId, version: PolicyVersion) -> Option<StoredPolicySet> {
        self.policies.get(&(context, version)).map(|Cbor(policy)| policy)
    }

    /// The policies in force, parsed.
    ///
    /// # Errors
    /// When the stored text does not parse, which only another version of Cedar could bring about.
    pub fn parsed_policies(&self, id: ContextId, context: &StoredContext) -> Result<Rc<Policies>, String> {
        self.policy_cache.get(context.policy_hash, || {
            self.policy(id, context.policy_version).expect("BUG: the policy in force must be stored").cedar
        })
    }

    /// The parsed policy sets.
    #[must_use]
    pub const fn policy_cache(&self) -> &PolicyCache {
        &self.policy_cache
    }

    /// Checks policies against the schema, which is parsed when first needed.
    #[must_use]
    pub fn validator(&self) -> &PolicyValidator {
        self.validator.get_or_init(PolicyValidator::default)
    }

    /// Applications, checkpoints and divergences.
    #[must_use]
    pub const fn checkpoints(&self) -> &CheckpointStore {
        &self.checkpoints
    }

    /// Evaluates policies. Made when first needed.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        self.judge.get_or_init(Judge::default)
    }

    /// A step that was applied.
    #[must_use]
    pub fn step(&self, proposal: ProposalId, step: u32) -> Option<StoredStep> {
        self.steps.get(&(proposal, step)).map(|Cbor(step)| step)
    }

    /// The audit log.
    #[must_use]
    pub const fn audit_log(&self) -> &AuditLog {
        &self.log
    }

    /// Audit entries from a number on.
    #[must_use]
    pub fn audit_entries(&self, from: Seq, limit: usize) -> Vec<AuditEntry> {
        self.log.entries(from, limit)
    }
}

const FIRST_CONTEXT: ContextId = ContextId([0; 32]);
const LAST_CONTEXT: ContextId = ContextId([0xff; 32]);

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Puts the state in place: once per installation or upgrade.
pub fn set_state(state: State) {
    STATE.with_borrow_mut(|current| *current = Some(state));
}

/// Reads the state.
///
/// # Panics
/// Before [`set_state`].
pub fn with_state<R>(read: impl FnOnce(&State) -> R) -> R {
    STATE.with_borrow(|state| read(state.as_ref().expect("BUG: the state must be set by init or post_upgrade")))
}

/// Changes the state.
///
/// # Panics
/// Before [`set_state`].
pub fn with_state_mut<R>(change: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(|state| change(state.as_mut().expect("BUG: the state must be set by init or post_upgrade")))
}
