//! Questions about many members or many notes, and about reasons. Each page looks at a bounded number of them.

use super::access::{Asked, check_deed};
use super::known_group;
use crate::decision::{Asking, Deed, Tribunal, member_of};
use crate::grant;
use crate::state::State;
use crate::storage::{StoredContext, StoredGroup, action_code};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, GroupId, NoteId};
use calisec_types::membership::{
    DecideArg, DecideBatchArg, Decision, Explanation, GrantExplanation, GrantedResource, ListResourcesArg,
    ListSubjectsArg, MAX_LOOKED_AT, MAX_QUESTIONS, MembershipError, MembershipReason, NoteRef, NoteResource, Question,
    ResourcesPage, SubjectsPage,
};
use candid::Principal;

/// Instructions after which a page ends and a batch is cut. The most that one more step can take, under the dearest policies
/// that are accepted, is left of a query's.
const LONG: u64 = 2_000_000_000;

/// Whether enough was done in one message.
pub(super) fn is_long<E: Env>(env: &E) -> bool {
    env.instructions() >= LONG
}

/// Answers every question on its own, in their order.
///
/// # Errors
/// [`MembershipReason::TooManyQuestions`] and [`MembershipReason::UnknownContext`]; what is wrong with a question is said
/// in its place, and where dear policies leave no time for it, how many had been answered.
pub fn decide_batch<E: Env>(
    env: &E,
    state: &State,
    arg: DecideBatchArg,
) -> Result<Vec<Result<Decision, MembershipError>>, MembershipError> {
    let DecideBatchArg { context, questions } = arg;
    if questions.len() > MAX_QUESTIONS {
        return Err(MembershipReason::TooManyQuestions { limit: MAX_QUESTIONS as u32 }.into());
    }
    known_group(state, context)?;
    let mut answered = 0;
    let decide = |question| {
        if answered > 0 && is_long(env) {
            return Err(MembershipReason::TooManyQuestions { limit: answered }.into());
        }
        answered += 1;
        let Question { subject, action, note, purpose } = question;
        super::decide(env, state, &DecideArg { context, subject, action, note, purpose })
    };
    Ok(questions.into_iter().map(decide).collect())
}

/// Decides, and tells of every policy which of its clauses hold, and of every grant whether it counts.
///
/// # Errors
/// Those of [`super::decide`].
pub fn explain<E: Env>(env: &E, state: &State, arg: &DecideArg) -> Result<Explanation, MembershipError> {
    let now = env.now();
    let asked = Asked::of(state, arg, now)?;
    let counting = asked.counting();
    let decision = asked.decide(counting);
    let Some((asking, tribunal)) = &asked.hearing else {
        return Ok(Explanation { decision, policies: Vec::new(), grants: Vec::new() });
    };
    let deed = Deed::from(arg);
    let policies = tribunal.explain(asking, deed, counting.is_some());
    let grants = deed.note.map_or_else(Vec::new, |note| {
        let what = (arg.context, note.registry, (action_code(arg.action), note.note));
        let held = state.all_grants_for((asked.context.group, asking.account), what);
        let explain = |(id, standing)| {
            let state_of = grant::state_of(&standing, now, deed.purpose);
            let grant = state.grant(arg.context, id)?.to_api(arg.context, id);
            Some(GrantExplanation { grant, state: state_of })
        };
        held.filter_map(explain).collect()
    });
    Ok(Explanation { decision, policies, grants })
}

/// Which members may do something.
///
/// # Errors
/// Those of [`super::decide`].
pub fn list_subjects<E: Env>(env: &E, state: &State, arg: &ListSubjectsArg) -> Result<SubjectsPage, MembershipError> {
    let deed = Deed::from(&arg.deed);
    check_deed(deed)?;
    let (context, group) = known_group(state, arg.context)?;
    let stretch = Stretch::of(state, context.group, arg.after, arg.limit);
    let tribunal = Tribunal::of(state, arg.context, context, env.now()).map_err(MembershipReason::Internal)?;
    let may = |asking: &Asking| tribunal.allows(asking, deed, tribunal.counting(asking.account, deed, None).is_some());
    let (mut subjects, mut looked_at, mut next) = (Vec::new(), 0, None);
    for (account, member) in stretch.members {
        if next.is_some() && is_long(env) {
            return Ok(SubjectsPage { subjects, looked_at, next });
        }
        if may(&Asking::itself(&group, account, member)) {
            subjects.push(account);
        }
        looked_at += 1;
        next = Some(account);
    }
    Ok(SubjectsPage { subjects, looked_at, next: stretch.next })
}

/// Which of the notes that a member was granted it may do something to.
///
/// # Errors
/// Those of [`super::decide`].
pub fn list_resources<E: Env>(
    env: &E,
    state: &State,
    arg: &ListResourcesArg,
) -> Result<ResourcesPage, MembershipError> {
    let ListResourcesArg { context: id, subject, action, purpose, after, limit } = arg;
    let nobodys = |NoteRef { registry, note }| NoteResource {
        registry,
        note,
        owner: Principal::anonymous(),
        kind: None,
        epoch: None,
    };
    let example = nobodys(NoteRef { registry: Principal::management_canister(), note: NoteId(0) });
    check_deed(Deed { action: *action, note: Some(&example), purpose: purpose.as_deref() })?;
    let (context, group): (StoredContext, StoredGroup) = known_group(state, *id)?;
    let now = env.now();
    let Some(asking) = member_of(state, (context.group, &group), *subject, now) else {
        return Ok(ResourcesPage { resources: Vec::new(), next: None });
    };
    let holder = (context.group, asking.account);
    let tribunal = Tribunal::of(state, *id, context, now).map_err(MembershipReason::Internal)?;
    let after = after.map(|NoteRef { registry, note }| (registry, (action_code(*action), note)));
    let mut held =
        state.notes_granted_after(holder, *id, after).map(|(registry, (_, note))| NoteRef { registry, note });
    let notes: Vec<NoteRef> = held.by_ref().take(looked_at_most(*limit)).collect();
    let next = held.next().and(notes.last()).copied();
    let may = |note: NoteRef| {
        let resource = nobodys(note);
        let deed = Deed { action: *action, note: Some(&resource), purpose: purpose.as_deref() };
        let counting = tribunal.counting(asking.account, deed, None)?;
        tribunal.allows(&asking, deed, true).then_some(GrantedResource { note, grant: counting.id })
    };
    let (mut resources, mut last) = (Vec::new(), None);
    for note in notes {
        if last.is_some() && is_long(env) {
            return Ok(ResourcesPage { resources, next: last });
        }
        resources.extend(may(note));
        last = Some(note);
    }
    Ok(ResourcesPage { resources, next })
}

/// Members that one page looks at.
pub(super) struct Stretch {
    pub members: Vec<(AccountId, crate::storage::StoredMember)>,
    pub next: Option<AccountId>,
}

impl Stretch {
    pub(super) fn of(state: &State, group: GroupId, after: Option<AccountId>, limit: Option<u32>) -> Self {
        let mut found = state.members_after(group, after);
        let members: Vec<_> = found.by_ref().take(looked_at_most(limit)).collect();
        let next = found.next().and(members.last()).map(|(account, _)| *account);
        Self { members, next }
    }
}

fn looked_at_most(limit: Option<u32>) -> usize {
    limit.unwrap_or(MAX_LOOKED_AT).clamp(1, MAX_LOOKED_AT) as usize
}
