//! The only code that changes the state: one event, checked before, applied here and written to the audit log.

use super::State;
use crate::audit;
use crate::storage::{
    EntryBody, GrantKey, StoredContext, StoredEvent, StoredGrant, StoredGroup, StoredMember, StoredPolicySet,
    StoredStanding, StoredStep, action_code,
};
use calisec_policy::policy_hash;
use calisec_runtime::Cbor;
use calisec_types::ids::{
    AccountId, ContextId, Digest32, GrantId, GroupId, KemKey, NoteId, PolicyVersion, ProposalId, Revision, Seq,
    Timestamp, Weight,
};
use calisec_types::membership::{Action, MAX_GRANTS_PER_MEMBER};
use candid::Principal;

/// The weight of every member.
const MEMBER_WEIGHT: Weight = Weight(1);

/// When, by whom and where something happens.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// When.
    pub at: Timestamp,
    /// Who calls.
    pub caller: Principal,
    /// In which context.
    pub context: ContextId,
}

/// Something that happens. Whoever makes one has checked that it may.
#[derive(Clone, Debug)]
pub enum Event {
    /// A context that did not exist is registered.
    ContextRegistered {
        /// The group it joins, which comes into being if there is none of this id.
        group: GroupId,
        /// Who administers the group.
        administrator: Principal,
        /// The policies it starts with; they parse.
        cedar: String,
    },
    /// A member is added, or its facts change.
    MemberSet {
        /// Who.
        account: AccountId,
        /// With which role.
        role: String,
        /// With which envelope key.
        kem_key: KemKey,
    },
    /// A member is removed.
    MemberRemoved {
        /// Who.
        account: AccountId,
    },
    /// A member is granted something.
    Granted(NewGrant),
    /// A grant that exists is taken back.
    Revoked {
        /// Which.
        grant: GrantId,
        /// By which proposal.
        proposal: ProposalId,
    },
    /// The policies are replaced by others that parse.
    PolicySet {
        /// The policies.
        cedar: String,
        /// By which proposal.
        proposal: ProposalId,
    },
}

/// A grant to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewGrant {
    /// Who may.
    pub account: AccountId,
    /// Do what.
    pub action: Action,
    /// To which note.
    pub note: NoteId,
    /// Kept by which canister.
    pub registry: Principal,
    /// Until when.
    pub not_after: Option<Timestamp>,
    /// The proposal that gives it.
    pub proposal: ProposalId,
}

/// The step of a proposal that makes an event happen: remembered, so that repeating it does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The proposal.
    pub proposal: ProposalId,
    /// Its step.
    pub step: u32,
    /// What is compared when it is repeated.
    pub content: Digest32,
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The write counter after it.
    pub seq: Seq,
    /// The grant it made. Its id is the number of the audit entry that made it, so no id is ever used twice.
    pub grant: Option<GrantId>,
}

impl State {
    /// Lets an event happen: changes the state, remembers the step and appends to the audit log, all or nothing.
    ///
    /// # Panics
    /// When the event was not checked; the message is rolled back.
    pub fn apply(&mut self, occasion: &Occasion, event: Event, step: Option<Step>) -> Outcome {
        let seq = self.seq().next();
        let logged = match event {
            Event::ContextRegistered { group, administrator, cedar } => {
                self.register(occasion, group, administrator, cedar)
            }
            Event::MemberSet { account, role, kem_key } => {
                self.set_member(self.group_of(occasion.context), account, role, kem_key)
            }
            Event::MemberRemoved { account } => self.remove_member(self.group_of(occasion.context), account),
            Event::Granted(grant) => self.add_grant(occasion, GrantId(seq.0), grant),
            Event::Revoked { grant, proposal } => {
                self.remove_grant(occasion.context, grant);
                StoredEvent::Revoked { grant, proposal }
            }
            Event::PolicySet { cedar, proposal } => self.set_policy(occasion.context, cedar, proposal),
        };
        let grant = match &logged {
            StoredEvent::Granted { id, .. } => Some(*id),
            StoredEvent::ContextRegistered { .. }
            | StoredEvent::MemberSet { .. }
            | StoredEvent::MemberRemoved { .. }
            | StoredEvent::Revoked { .. }
            | StoredEvent::PolicySet { .. } => None,
        };
        let outcome = Outcome { seq, grant };
        if let Some(Step { proposal, step, content }) = step {
            self.steps.insert((proposal, step), Cbor(StoredStep { content, seq, grant }));
        }
        let Occasion { at, caller, context } = *occasion;
        let entry = audit::seal(self.audit_head(), &EntryBody { seq, at, caller, context, event: logged });
        self.audit.append(&Cbor(entry)).expect("BUG: no stable memory left for the audit log");
        self.keep_policies_parsed(context);
        outcome
    }

    fn register(
        &mut self,
        occasion: &Occasion,
        group: GroupId,
        administrator: Principal,
        cedar: String,
    ) -> StoredEvent {
        match self.group(group) {
            Some(existing) => {
                assert!(
                    existing.administrator == administrator,
                    "BUG: a context must not change its group's administrator"
                );
            }
            None => {
                let new =
                    StoredGroup { administrator, revision: Revision(0), member_count: 0, total_weight: Weight(0) };
                self.groups.insert(group, Cbor(new));
            }
        }
        let version = PolicyVersion(1);
        let context = StoredContext {
            group,
            policy_version: version,
            policy_hash: policy_hash(&cedar),
            registered_at: occasion.at,
        };
        self.policies.insert((occasion.context, version), Cbor(StoredPolicySet { cedar, proposal: None }));
        self.certify_context(occasion.context, &context);
        self.contexts.insert(occasion.context, Cbor(context));
        self.contexts_of_group.insert((group, occasion.context), ());
        let mut quota = self.quota(administrator);
        quota.held += 1;
        quota.relayed += u64::from(occasion.caller != administrator);
        self.quotas.insert(administrator, Cbor(quota));
        StoredEvent::ContextRegistered { group, administrator }
    }

    fn set_member(&mut self, id: GroupId, account: AccountId, role: String, kem_key: KemKey) -> StoredEvent {
        let mut group = self.known_group(id);
        group.revision = group.revision.next();
        let revision = group.revision;
        let grants = match self.member(id, account) {
            Some(member) => member.grants,
            None => {
                group.member_count += 1;
                group.total_weight.0 += MEMBER_WEIGHT.0;
                self.principals.insert((id, account.principal()), account);
                0
            }
        };
        let member = StoredMember { role: role.clone(), kem_key, weight: MEMBER_WEIGHT, since: revision, grants };
        self.members.insert((id, account), Cbor(member));
        let standing = StoredStanding { weight: Some(MEMBER_WEIGHT), role: Some(role.clone()) };
        self.standings.insert((id, account, revision), Cbor(standing));
        self.totals.insert((id, revision), group.total_weight);
        self.groups.insert(id, Cbor(group));
        StoredEvent::MemberSet { account, role, kem_key }
    }

    fn remove_member(&mut self, id: GroupId, account: AccountId) -> StoredEvent {
        let mut group = self.known_group(id);
        let Cbor(member) = self.members.remove(&(id, account)).expect("BUG: who is removed must be a member");
        group.revision = group.revision.next();
        group.member_count -= 1;
        group.total_weight.0 -= member.weight.0;
        self.principals.remove(&(id, account.principal()));
        self.standings.insert((id, account, group.revision), Cbor(StoredStanding { weight: None, role: None }));
        self.totals.insert((id, group.revision), group.total_weight);
        self.groups.insert(id, Cbor(group));
        let keys = self.grant_keys((id, account));
        self.remove_grants(&keys);
        StoredEvent::MemberRemoved { account, grants_removed: keys.len() as u64 }
    }

    fn add_grant(&mut self, occasion: &Occasion, id: GrantId, grant: NewGrant) -> StoredEvent {
        let NewGrant { account, action, note, registry, not_after, proposal } = grant;
        let context = occasion.context;
        let group = self.group_of(context);
        let holder = (group, account);
        let Cbor(mut member) = self.members.get(&holder).expect("BUG: who is granted something must be a member");
        if member.grants >= MAX_GRANTS_PER_MEMBER {
            // Grants that are over count for nothing, and make room only when room is needed.
            let over: Vec<_> = self.grant_keys(holder);
            let over: Vec<_> = over.into_iter().filter(|(_, _, (end, _))| *end < occasion.at).collect();
            self.remove_grants(&over);
            member.grants -= u32::try_from(over.len()).expect("BUG: more grants than a member may hold");
        }
        member.grants += 1;
        self.members.insert(holder, Cbor(member));
        let stored = StoredGrant { account, action: action_code(action), note, registry, not_after, proposal };
        self.grants_by_holder.insert(stored.key(group, context, id), ());
        self.grants.insert((context, id), Cbor(stored.clone()));
        StoredEvent::Granted { id, grant: stored }
    }

    fn remove_grant(&mut self, context: ContextId, id: GrantId) {
        let Cbor(grant) = self.grants.remove(&(context, id)).expect("BUG: what is revoked must be a grant");
        let group = self.group_of(context);
        self.grants_by_holder.remove(&grant.key(group, context, id));
        let holder = (group, grant.account);
        let Cbor(mut member) = self.members.get(&holder).expect("BUG: who holds a grant must be a member");
        member.grants -= 1;
        self.members.insert(holder, Cbor(member));
    }

    fn remove_grants(&mut self, keys: &[GrantKey]) {
        for key in keys {
            let (_, (context, ..), (_, id)) = *key;
            self.grants_by_holder.remove(key);
            self.grants.remove(&(context, id));
        }
    }

    fn set_policy(&mut self, id: ContextId, cedar: String, proposal: ProposalId) -> StoredEvent {
        let mut context = self.known_context(id);
        context.policy_version = context.policy_version.next();
        context.policy_hash = policy_hash(&cedar);
        let (version, hash) = (context.policy_version, context.policy_hash);
        self.policies.insert((id, version), Cbor(StoredPolicySet { cedar, proposal: Some(proposal) }));
        self.certify_context(id, &context);
        self.contexts.insert(id, Cbor(context));
        StoredEvent::PolicySet { version, hash, proposal }
    }

    /// Queries cannot leave anything in the heap, so updates keep the policies of the contexts they touch parsed.
    fn keep_policies_parsed(&self, id: ContextId) {
        let parsed = self.parsed_policies(id, &self.known_context(id));
        parsed.expect("BUG: the policies in force must parse");
    }

    fn group_of(&self, id: ContextId) -> GroupId {
        self.known_context(id).group
    }

    fn known_group(&self, id: GroupId) -> StoredGroup {
        self.group(id).expect("BUG: the group of a context must be stored")
    }

    fn known_context(&self, id: ContextId) -> StoredContext {
        self.context(id).expect("BUG: the context of an event must be registered")
    }
}
