//! Gathers the facts of a question from the state and has the policies judge them. Bounded: a member, its grants for one
//! note, and nothing else is looked at.

use crate::grant::{self, Counting};
use crate::state::{Resolved, State};
use crate::storage::{StoredContext, StoredGroup, StoredMember, action_code};
use calisec_policy::{Fact, Facts, HeldClaim, HeldClaims, Policies, Verdict};
use calisec_types::ids::{AccountId, ContextId, DeviceKey, GrantId, GroupId, Timestamp};
use calisec_types::membership::{self, Action, DecideArg, NoteResource, PolicyExplanation, Rights, Subject};
use candid::Principal;
use std::rc::Rc;

/// What is to be done, to what, what for.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// What.
    pub action: Action,
    /// To which note; `None` for the context.
    pub note: Option<&'a NoteResource>,
    /// What for.
    pub purpose: Option<&'a str>,
}

impl<'a> From<&'a DecideArg> for Deed<'a> {
    fn from(arg: &'a DecideArg) -> Self {
        Self { action: arg.action, note: arg.note.as_ref(), purpose: arg.purpose.as_deref() }
    }
}

impl<'a> From<&'a membership::Deed> for Deed<'a> {
    fn from(deed: &'a membership::Deed) -> Self {
        Self { action: deed.action, note: deed.note.as_ref(), purpose: deed.purpose.as_deref() }
    }
}

/// A member of the context's group, and what it may do at the most.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Who.
    pub account: AccountId,
    /// What is stored of it.
    pub member: StoredMember,
    /// What it may do by its own right or its role's.
    pub rights: Rights,
    /// What may be done with the principal that asks for it.
    pub scope: Rights,
    /// The device that asks for it.
    pub device: Option<DeviceKey>,
    /// The last moment at which that principal acts for it, if nothing changes.
    pub until: Option<Timestamp>,
}

impl Asking {
    /// A member as such, whatever it asks with.
    #[must_use]
    pub fn itself(group: &StoredGroup, account: AccountId, member: StoredMember) -> Self {
        Self::resolved(group, Resolved::account(account, member))
    }

    /// The member that a principal acts for.
    #[must_use]
    pub fn resolved(group: &StoredGroup, found: Resolved) -> Self {
        let Resolved { account, member, device, scope, until, .. } = found;
        Self { account, rights: group.rights_of(&member), member, scope, device, until }
    }
}

/// The member that a question is about.
#[must_use]
pub fn member_of(
    state: &State,
    (id, group): (GroupId, &StoredGroup),
    subject: Subject,
    now: Timestamp,
) -> Option<Asking> {
    match subject {
        Subject::Account(account) => state.member(id, account).map(|member| Asking::itself(group, account, member)),
        Subject::Principal(principal) => state.resolve(id, principal, now).map(|found| Asking::resolved(group, found)),
    }
}

/// The policies of a context at a time, ready to be asked about members.
#[derive(Clone)]
pub struct Tribunal<'a> {
    state: &'a State,
    id: ContextId,
    context: StoredContext,
    policies: Rc<Policies>,
    /// A kind of claims that is left aside.
    void: Option<&'a str>,
    now: Timestamp,
}

impl<'a> Tribunal<'a> {
    /// With the policies in force.
    ///
    /// # Errors
    /// When the stored text does not parse, which only another version of Cedar could bring about.
    pub fn of(state: &'a State, id: ContextId, context: StoredContext, now: Timestamp) -> Result<Self, String> {
        let policies = state.parsed_policies(id, &context)?;
        Ok(Self { state, id, context, policies, void: None, now })
    }

    /// With other policies.
    #[must_use]
    pub fn with_policies(&self, policies: Policies) -> Self {
        Self { policies: Rc::new(policies), ..self.clone() }
    }

    /// As if there were no claims of a kind.
    #[must_use]
    pub fn without_claims(&self, kind: &'a str) -> Self {
        Self { void: Some(kind), ..self.clone() }
    }

    /// The claims of a member that count, unless no policy is about any.
    fn claims(&self, account: AccountId) -> HeldClaims {
        if !self.policies.mention_claims() {
            return HeldClaims::default();
        }
        self.state.claims_in_force((self.context.group, account), self.id, self.void, self.now)
    }

    /// The grant of a member that counts for a deed; `but` one is left aside.
    #[must_use]
    pub fn counting(&self, account: AccountId, deed: Deed<'_>, but: Option<GrantId>) -> Option<Counting> {
        let note = deed.note?;
        let what = (self.id, note.registry, (action_code(deed.action), note.note));
        let held = self.state.grants_for((self.context.group, account), what, self.now);
        grant::choose(held.filter(|(id, _)| Some(*id) != but), self.now, deed.purpose)
    }

    /// What the policies say, and how long that may be relied upon.
    #[must_use]
    pub fn verdict(&self, asking: &Asking, deed: Deed<'_>, counting: Option<Counting>) -> (Verdict, Timestamp) {
        let claims = self.claims(asking.account);
        let facts = self.facts(asking, deed, counting.is_some(), &claims.held);
        let valid_until = self.policies.valid_until(counting, asking.until, &claims, self.now);
        (self.state.judge().decide(&self.policies, &facts), valid_until)
    }

    /// Whether the policies allow it.
    #[must_use]
    pub fn allows(&self, asking: &Asking, deed: Deed<'_>, is_granted: bool) -> bool {
        let claims = self.claims(asking.account);
        self.state.judge().allows(&self.policies, &self.facts(asking, deed, is_granted, &claims.held))
    }

    /// Every policy in parts.
    #[must_use]
    pub fn explain(&self, asking: &Asking, deed: Deed<'_>, is_granted: bool) -> Vec<PolicyExplanation> {
        let claims = self.claims(asking.account);
        self.state.judge().explain(&self.policies, &self.facts(asking, deed, is_granted, &claims.held))
    }

    /// The principal that policies know a member by: the note's owner, if that is one of the member's, or was until its key
    /// was given up; else that of the account key. What somebody owns by one of its devices is its own.
    fn identity(&self, account: AccountId, note: Option<&NoteResource>) -> Principal {
        match note {
            // Nothing depends on it, and looking it up is a search and a hash.
            _ if !self.policies.mentions(Fact::Identity) => Principal::anonymous(),
            Some(note) if self.state.belongs_to(self.context.group, note.owner, account) => note.owner,
            Some(_) | None => account.principal(),
        }
    }

    fn facts<'b>(&self, asking: &'b Asking, deed: Deed<'b>, is_granted: bool, claims: &'b [HeldClaim]) -> Facts<'b> {
        let Asking { account, member, rights, scope, device, until: _ } = asking;
        Facts {
            context: self.id,
            account: *account,
            identity: self.identity(*account, deed.note),
            role: &member.role,
            since: member.since,
            rights: *rights,
            claims,
            scope: *scope,
            device: device.map(|key| AccountId(key.0)),
            action: deed.action,
            note: deed.note,
            is_granted,
            purpose: deed.purpose,
            now: self.now,
        }
    }
}
