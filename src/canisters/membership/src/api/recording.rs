//! What is written to the audit log of a context on request, and how much of it everybody sees.

use super::access::Asked;
use super::administration::administered;
use super::{known_context, known_group, process, process_free};
use crate::decision::member_of;
use crate::state::{AuditChange, Event, Recorder, State};
use crate::storage::{StoredAuditMode, StoredContext, StoredEvent, StoredPrincipal};
use calisec_certification::questions::question_digest;
use calisec_runtime::Env;
use calisec_types::ids::{ContextId, Digest32, Seq};
use calisec_types::membership::{
    AuditMode, AuditOpeningsArg, AuditOpeningsPage, AuditRules, Capability, DecideArg, Decision, DiscardOpeningsArg,
    DiscardedOpenings, MAX_RECORDED_REGISTRIES, MembershipError, MembershipReason, SetAuditModeArg,
    SetRecordedRegistriesArg, Subject,
};
use calisec_types::page::{MAX_PAGE, page_length};
use candid::Principal;

/// Decides, and writes the decision to the audit log. The administrator; a canister of which every decision is recorded, about
/// its notes; a member about itself; who manages members about everybody. All of it is counted, what a member has recorded also
/// for itself.
///
/// # Errors
/// Those of [`super::decide`], [`MembershipReason::Anonymous`], [`MembershipReason::MissingCapability`],
/// [`MembershipReason::RecordedTooMuch`] and [`MembershipReason::WritesSpent`]; and nothing is written.
pub fn record_decision<E: Env>(env: &E, state: &mut State, arg: &DecideArg) -> Result<Decision, MembershipError> {
    let recorder = may_record(env, state, arg)?;
    let asked = Asked::of(state, arg, env.now())?;
    let decision = asked.decide(asked.counting());
    record(env, state, arg, decision, recorder)
}

/// Writes a decision to the log if those of the canister that keeps the note are recorded, and as long as there is credit for it:
/// whoever asks a lot keeps nobody from getting a key.
pub(super) fn record_use<E: Env>(env: &E, state: &mut State, arg: &DecideArg, decision: Decision) -> Decision {
    match state.context(arg.context) {
        Some(context) if is_recorded(&context, env.caller()) => {
            record(env, state, arg, decision.clone(), Recorder::Registry).unwrap_or(decision)
        }
        Some(_) | None => decision,
    }
}

fn record<E: Env>(
    env: &E,
    state: &mut State,
    arg: &DecideArg,
    decision: Decision,
    recorder: Recorder,
) -> Result<Decision, MembershipError> {
    let decided = StoredEvent::Decided {
        account: decision.account,
        question: question_digest(arg),
        grant: decision.grant,
        allowed: decision.allowed,
        policy_version: decision.policy_version,
        revision: decision.revision,
    };
    let event = Event::Audit(AuditChange::Decided { decided, recorder });
    let seq = process(env, state, arg.context, event, None)?.seq;
    Ok(Decision { seq, ..decision })
}

fn is_recorded(context: &StoredContext, registry: Principal) -> bool {
    context.audit.as_ref().is_some_and(|rules| rules.registries.contains(&StoredPrincipal(registry)))
}

/// Who has a decision recorded.
fn may_record<E: Env>(env: &E, state: &State, arg: &DecideArg) -> Result<Recorder, MembershipError> {
    let (caller, now) = (env.caller(), env.now());
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let (context, group) = known_group(state, arg.context)?;
    let keeps_the_note = arg.note.as_ref().is_some_and(|note| note.registry == caller);
    if caller == group.administrator {
        return Ok(Recorder::Administrator);
    }
    if keeps_the_note && is_recorded(&context, caller) {
        return Ok(Recorder::Registry);
    }
    let missing = || MembershipReason::MissingCapability(Capability::ManageMembers);
    let recorder = member_of(state, (context.group, &group), Subject::Principal(caller), now).ok_or_else(missing)?;
    let about = member_of(state, (context.group, &group), arg.subject, now).map(|asking| asking.account);
    let manages = recorder.rights.and(recorder.scope).contains(Capability::ManageMembers);
    if !manages && about != Some(recorder.account) {
        return Err(missing().into());
    }
    match state.recording_again_at(context.group, recorder.account, now) {
        Some(retry_at) => Err(MembershipReason::RecordedTooMuch { retry_at }.into()),
        None => Ok(Recorder::Member(recorder.account)),
    }
}

/// Says of which canisters every `decide_and_use` is recorded. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn set_recorded_registries<E: Env>(
    env: &E,
    state: &mut State,
    arg: &SetRecordedRegistriesArg,
) -> Result<AuditRules, MembershipError> {
    let SetRecordedRegistriesArg { context, registries } = arg;
    let (stored, _) = administered(env, state, *context)?;
    let are_canisters = registries.iter().all(|id| ![Principal::anonymous(), env.canister_self()].contains(id));
    if registries.len() > MAX_RECORDED_REGISTRIES || !registries.is_sorted_by(|one, next| one < next) || !are_canisters
    {
        let limit = MAX_RECORDED_REGISTRIES as u64;
        return Err(MembershipReason::InvalidRegistries { limit }.into());
    }
    let registries: Vec<_> = registries.iter().copied().map(StoredPrincipal).collect();
    if stored.audit.unwrap_or_default().registries != registries {
        process(env, state, *context, Event::Audit(AuditChange::RegistriesSet { registries }), None)?;
    }
    audit_rules(state, *context)
}

/// Says what everybody sees of a context's entries from now on. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn set_audit_mode<E: Env>(
    env: &E,
    state: &mut State,
    arg: &SetAuditModeArg,
) -> Result<AuditRules, MembershipError> {
    let SetAuditModeArg { context, mode, seed } = *arg;
    let (stored, _) = administered(env, state, context)?;
    let is_good = match (mode, seed) {
        (AuditMode::Full, seed) => seed.is_none(),
        (AuditMode::Hashed | AuditMode::Redacted, Some(Digest32(seed))) => seed.iter().any(|byte| *byte != seed[0]),
        (AuditMode::Hashed | AuditMode::Redacted, None) => false,
    };
    if !is_good {
        return Err(MembershipReason::InvalidSeed.into());
    }
    let mode = StoredAuditMode::from(mode);
    if seed.is_some() || stored.audit.unwrap_or_default().mode != mode {
        process(env, state, context, Event::Audit(AuditChange::ModeSet { mode, seed }), None)?;
    }
    audit_rules(state, context)
}

/// What is written to the audit log of a context.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn audit_rules(state: &State, id: ContextId) -> Result<AuditRules, MembershipError> {
    Ok(known_context(state, id)?.audit.unwrap_or_default().into())
}

/// What opens a context's hidden entries: all of it for the administrator, of its own calls for everybody else.
///
/// # Errors
/// [`MembershipReason::Anonymous`] and [`MembershipReason::UnknownContext`].
pub fn audit_openings<E: Env>(
    env: &E,
    state: &State,
    arg: &AuditOpeningsArg,
) -> Result<AuditOpeningsPage, MembershipError> {
    let AuditOpeningsArg { context, after, limit } = *arg;
    let caller = env.caller();
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let (_, group) = known_group(state, context)?;
    let mut found = state.openings_after(context, after);
    let looked_at: Vec<_> = found.by_ref().take(page_length(limit)).collect();
    let next = looked_at.last().map(|(seq, _)| *seq).filter(|_| found.next().is_some());
    let is_seen = |payload_caller| caller == group.administrator || caller == payload_caller;
    let seen = looked_at.into_iter().filter(|(_, opening)| is_seen(opening.payload.caller));
    Ok(AuditOpeningsPage { openings: seen.map(|(seq, opening)| opening.into_api(context, seq)).collect(), next })
}

/// Forgets openings, some at a time. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn discard_openings<E: Env>(
    env: &E,
    state: &mut State,
    arg: &DiscardOpeningsArg,
) -> Result<DiscardedOpenings, MembershipError> {
    let DiscardOpeningsArg { context, up_to } = *arg;
    administered(env, state, context)?;
    let mut due = state.openings_after(context, None).map(|(seq, _)| seq).take_while(|seq| *seq <= up_to);
    let entries: Vec<Seq> = due.by_ref().take(MAX_PAGE as usize).collect();
    let (discarded, is_more) = (entries.len() as u64, due.next().is_some());
    drop(due);
    if discarded > 0 {
        process_free(env, state, context, Event::Audit(AuditChange::OpeningsDiscarded { entries }), None);
    }
    Ok(DiscardedOpenings { discarded, is_more })
}
