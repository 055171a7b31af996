//! Decisions and votes: who may, and who counts.

use super::recording::record_use;
use super::{known_group, process_free};
use crate::decision::{Asking, Deed, Tribunal, member_of};
use crate::grant::{Counting, check_name};
use crate::state::{Event, Resolved, State, UseKey};
use crate::storage::{StoredContext, StoredGroup, StoredUse, use_content};
use calisec_policy::Verdict;
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, GroupId, Revision, Timestamp, Weight};
use calisec_types::membership::{
    Action, Capability, DECISION_VALIDITY_SECONDS, DecideAndUseArg, DecideArg, Decision, Electorate, ElectorateArg,
    MAX_KIND_BYTES, MAX_PURPOSE_BYTES, MembershipError, MembershipReason, NoteResource, VotingWeight, VotingWeightArg,
};
use candid::Principal;

/// Evaluates the policies of a context. Default deny; who is no member is denied whatever the policies say. Counts no use.
///
/// # Errors
/// [`MembershipReason::UnknownContext`], [`MembershipReason::ResourceMismatch`] and [`MembershipReason::InvalidName`].
pub fn decide<E: Env>(env: &E, state: &State, arg: &DecideArg) -> Result<Decision, MembershipError> {
    let asked = Asked::of(state, arg, env.now())?;
    let counting = asked.counting();
    Ok(asked.decide(counting))
}

/// Decides, and counts a use of the grant that the allow rests on, if its uses are limited. Only the canister that keeps
/// the note. The same key again counts nothing again, and decides anew. Recorded, each time, if the context says so.
///
/// # Errors
/// Those of [`decide`], [`MembershipReason::NotRegistry`] and [`MembershipReason::UseConflict`]; and nothing is counted.
pub fn decide_and_use<E: Env>(env: &E, state: &mut State, arg: &DecideAndUseArg) -> Result<Decision, MembershipError> {
    let decision = use_once(env, state, arg)?;
    Ok(record_use(env, state, &arg.question, decision))
}

fn use_once<E: Env>(env: &E, state: &mut State, arg: &DecideAndUseArg) -> Result<Decision, MembershipError> {
    let DecideAndUseArg { question, key } = arg;
    let registry = env.caller();
    if question.note.as_ref().is_none_or(|note| note.registry != registry) {
        return Err(MembershipReason::NotRegistry.into());
    }
    let content = use_content(question);
    let counted = state.counted_use(question.context, registry, *key);
    if counted.as_ref().is_some_and(|counted| counted.content != content) {
        return Err(MembershipReason::UseConflict.into());
    }
    let asked = Asked::of(state, question, env.now())?;
    let counting = match &counted {
        Some(counted) => asked.counted_before(counted),
        None => asked.counting(),
    };
    let Some(counting) = counting.filter(|counting| counting.is_limited) else { return Ok(asked.decide(counting)) };
    // What is allowed without the grant does not use it up.
    let without = asked.decide(None);
    if without.allowed {
        return Ok(without);
    }
    let mut decision = asked.decide(Some(counting));
    if decision.allowed && counted.is_none() {
        let by = UseKey { registry, key: *key, content };
        let event = Event::GrantUsed { grant: counting.id, by };
        decision.seq = process_free(env, state, question.context, event, None).seq;
    }
    Ok(decision)
}

/// A question, checked, with what is needed to answer it.
pub(super) struct Asked<'a> {
    state: &'a State,
    arg: &'a DecideArg,
    pub(super) context: StoredContext,
    group: StoredGroup,
    /// Who asks and who judges; `None` when the subject is no member.
    pub(super) hearing: Option<(Asking, Tribunal<'a>)>,
    now: Timestamp,
}

impl<'a> Asked<'a> {
    pub(super) fn of(state: &'a State, arg: &'a DecideArg, now: Timestamp) -> Result<Self, MembershipError> {
        check_deed(Deed::from(arg))?;
        let (context, group) = known_group(state, arg.context)?;
        let hearing = match member_of(state, (context.group, &group), arg.subject, now) {
            None => None,
            Some(asking) => {
                let tribunal = Tribunal::of(state, arg.context, context.clone(), now);
                Some((asking, tribunal.map_err(MembershipReason::Internal)?))
            }
        };
        Ok(Self { state, arg, context, group, hearing, now })
    }

    pub(super) fn counting(&self) -> Option<Counting> {
        let (asking, tribunal) = self.hearing.as_ref()?;
        tribunal.counting(asking.account, Deed::from(self.arg), None)
    }

    /// The grant that a repeated request used: it counts once more although it may be used up by now, but not if it was
    /// revoked or is over.
    fn counted_before(&self, counted: &StoredUse) -> Option<Counting> {
        let (asking, _) = self.hearing.as_ref()?;
        let grant = self.state.grant(self.arg.context, counted.grant)?;
        let until = grant.terms.not_after;
        let counts = grant.account == asking.account && until.is_none_or(|end| self.now <= end);
        counts.then_some(Counting { id: counted.grant, until, is_limited: true })
    }

    pub(super) fn decide(&self, counting: Option<Counting>) -> Decision {
        let (account, verdict, valid_until) = match &self.hearing {
            None => (None, Verdict::not_a_member(), self.now.plus_seconds(DECISION_VALIDITY_SECONDS)),
            Some((asking, tribunal)) => {
                let (verdict, valid_until) = tribunal.verdict(asking, Deed::from(self.arg), counting);
                (Some(asking.account), verdict, valid_until)
            }
        };
        let Verdict { allowed, determining_policies, missing } = verdict;
        Decision {
            allowed,
            account,
            determining_policies,
            missing,
            grant: counting.map(|counting| counting.id),
            policy_version: self.context.policy_version,
            revision: self.group.revision,
            seq: self.state.seq(),
            decided_at: self.now,
            valid_until,
        }
    }
}

/// Whether something of that kind can be asked about that resource, and names are names.
pub(super) fn check_deed(deed: Deed<'_>) -> Result<(), MembershipError> {
    match (deed.action, deed.note) {
        (Action::Read, Some(_)) | (Action::Mint, None) => {}
        (action @ Action::Read, None) | (action @ Action::Mint, Some(_)) => {
            return Err(MembershipReason::ResourceMismatch(action).into());
        }
    }
    if let Some(purpose) = deed.purpose {
        check_name("purpose", purpose, MAX_PURPOSE_BYTES)?;
    }
    if let Some(NoteResource { kind: Some(kind), .. }) = deed.note {
        check_name("kind", kind, MAX_KIND_BYTES)?;
    }
    Ok(())
}

/// The electorate for a new proposal, if the proposer is a member who may vote.
///
/// # Errors
/// [`MembershipReason::UnknownContext`], [`MembershipReason::NotAMember`] and [`MembershipReason::MissingCapability`].
pub fn electorate<E: Env>(env: &E, state: &State, arg: &ElectorateArg) -> Result<Electorate, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    let proposer = voter(env, state, (context.group, &group), arg.proposer)?;
    Ok(Electorate { revision: group.revision, total_weight: group.total_weight, proposer })
}

/// The weight of somebody who could vote at a revision and still can.
///
/// # Errors
/// [`MembershipReason::UnknownContext`], [`MembershipReason::NotAMember`], [`MembershipReason::MissingCapability`],
/// [`MembershipReason::RevisionToCome`] and [`MembershipReason::NotInElectorate`].
pub fn voting_weight<E: Env>(env: &E, state: &State, arg: &VotingWeightArg) -> Result<VotingWeight, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    let account = voter(env, state, (context.group, &group), arg.voter)?;
    check_revision(&group, arg.revision)?;
    let standing = state.standing_at((context.group, &group), account, arg.revision);
    let weight = standing.map(|standing| standing.weight()).filter(|weight| *weight > Weight(0));
    let weight = weight.ok_or(MembershipReason::NotInElectorate(arg.revision))?;
    Ok(VotingWeight { account, weight })
}

/// What was is told; what will be nobody knows.
pub(super) fn check_revision(group: &StoredGroup, asked: Revision) -> Result<(), MembershipError> {
    let current = group.revision;
    if asked > current { Err(MembershipReason::RevisionToCome { asked, current }.into()) } else { Ok(()) }
}

/// The account of somebody who may vote now.
fn voter<E: Env>(
    env: &E,
    state: &State,
    (id, group): (GroupId, &StoredGroup),
    principal: Principal,
) -> Result<AccountId, MembershipError> {
    let Resolved { account, member, scope, .. } =
        state.resolve(id, principal, env.now()).ok_or(MembershipReason::NotAMember(principal))?;
    if !group.rights_of(&member).and(scope).contains(Capability::Vote) {
        return Err(MembershipReason::MissingCapability(Capability::Vote).into());
    }
    Ok(account)
}
