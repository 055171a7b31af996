//! Changes of access rules, by governance only.

use super::{known_context, process};
use crate::audit::step_content;
use crate::checkpoint::is_quorum;
use crate::grant;
use crate::proof_claim::check_kind;
use crate::state::{Event, NewGrant, State, Step};
use crate::storage::action_code;
use calisec_policy::{SCHEMA, templates};
use calisec_runtime::Env;
use calisec_types::ids::{ContextId, ProposalId, Timestamp};
use calisec_types::membership::{
    Action, Applied, ApplyArg, Change, GrantsArg, GrantsPage, MAX_CLAIM_KINDS, MAX_CLAIM_NAME_BYTES,
    MAX_CONDITIONAL_GRANTS_PER_NOTE, MAX_GRANTS_PER_MEMBER, MAX_GRANTS_PER_NOTE, MAX_POLICY_BYTES, MembershipError,
    MembershipReason, PolicySet, PolicyTemplate, ValidateChangeArg,
};
use calisec_types::page::page_length;

/// Applies one step of an executed proposal. A step that was applied answers the same again; one that was refused was
/// not applied, and may be tried again.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn apply<E: Env>(env: &E, state: &mut State, arg: ApplyArg) -> Result<Applied, MembershipError> {
    if env.caller() != state.governance() {
        return Err(MembershipReason::NotGovernance.into());
    }
    let ApplyArg { context, proposal, step, change } = arg;
    check_length(&change)?;
    let content = step_content(context, proposal, &change);
    if let Some(applied) = state.step(proposal, step) {
        if applied.content != content {
            return Err(MembershipReason::StepConflict { proposal, step }.into());
        }
        return Ok(Applied { seq: applied.seq, grant: applied.grant });
    }
    check(state, context, &change, env.now())?;
    let event = to_event(change, proposal);
    let outcome = process(env, state, context, event, Some(Step { proposal, step, content }))?;
    Ok(Applied { seq: outcome.seq, grant: outcome.grant })
}

/// Whether a change could be applied now.
///
/// # Errors
/// [`MembershipReason`]: why not.
pub fn validate_change<E: Env>(env: &E, state: &State, arg: &ValidateChangeArg) -> Result<(), MembershipError> {
    check_length(&arg.change)?;
    check(state, arg.context, &arg.change, env.now())
}

pub(super) fn check_length(change: &Change) -> Result<(), MembershipError> {
    match change {
        Change::SetPolicy { cedar } if cedar.len() > MAX_POLICY_BYTES => {
            let why = format!("{} bytes are too long: {MAX_POLICY_BYTES} are accepted", cedar.len());
            Err(MembershipReason::InvalidPolicy(why).into())
        }
        Change::SetPolicy { .. }
        | Change::Grant { .. }
        | Change::Revoke { .. }
        | Change::SetCheckpointQuorum { .. }
        | Change::SetClaimKind { .. }
        | Change::RemoveClaimKind { .. } => Ok(()),
    }
}

pub(super) fn check(state: &State, context: ContextId, change: &Change, now: Timestamp) -> Result<(), MembershipError> {
    let group = known_context(state, context)?.group;
    match change {
        Change::Grant { account, action, note, registry, terms } => {
            if *action != Action::Read {
                return Err(MembershipReason::ResourceMismatch(*action).into());
            }
            let member = state.member(group, *account).ok_or(MembershipReason::UnknownMember(*account))?;
            grant::check_terms(terms, now)?;
            // Only at the limit are those counted that are not spent yet.
            let (holder, limit) = ((group, *account), MAX_GRANTS_PER_MEMBER);
            if member.grants >= limit && state.grants_to_count(holder, now) >= limit as usize {
                return Err(MembershipReason::TooManyGrants { limit }.into());
            }
            let held = state.grants_for(holder, (context, *registry, (action_code(*action), *note)), now);
            let held: Vec<_> = held.filter(|(_, held)| !grant::is_spent(held, now)).collect();
            // A decision stops at the first grant that counts anyway, and a bundle carries all of them.
            let conditional = held.iter().filter(|(_, held)| grant::is_conditional(&held.terms)).count();
            let limit = MAX_CONDITIONAL_GRANTS_PER_NOTE;
            if grant::is_conditional(terms) && conditional >= limit as usize {
                return Err(MembershipReason::TooManyGrantsForNote { limit }.into());
            }
            let limit = MAX_GRANTS_PER_NOTE;
            if held.len() >= limit as usize {
                return Err(MembershipReason::TooManyGrantsForNote { limit }.into());
            }
        }
        Change::Revoke { grant } => {
            state.grant(context, *grant).ok_or(MembershipReason::UnknownGrant(*grant))?;
        }
        Change::SetPolicy { cedar } => {
            state.validator().accept(cedar).map_err(MembershipReason::InvalidPolicy)?;
        }
        Change::SetCheckpointQuorum { quorum } => {
            if !is_quorum(*quorum) {
                return Err(MembershipReason::InvalidQuorum.into());
            }
        }
        Change::SetClaimKind { kind } => {
            grant::check_name("name", &kind.name, MAX_CLAIM_NAME_BYTES)?;
            check_kind(kind).map_err(MembershipReason::InvalidClaimKind)?;
            let others = state.claim_kinds(context).iter().filter(|other| other.kind.name != kind.name).count();
            if others >= MAX_CLAIM_KINDS {
                return Err(MembershipReason::TooManyClaimKinds { limit: MAX_CLAIM_KINDS as u32 }.into());
            }
        }
        Change::RemoveClaimKind { name } => {
            state.claim_kind(context, name).ok_or_else(|| MembershipReason::UnknownClaimKind(name.clone()))?;
        }
    }
    Ok(())
}

fn to_event(change: Change, proposal: ProposalId) -> Event {
    match change {
        Change::Grant { account, action, note, registry, terms } => {
            Event::Granted(NewGrant { account, action, note, registry, terms, proposal })
        }
        Change::Revoke { grant } => Event::Revoked { grant, proposal },
        Change::SetPolicy { cedar } => Event::PolicySet { cedar, proposal },
        Change::SetCheckpointQuorum { quorum } => Event::CheckpointQuorumSet { quorum },
        Change::SetClaimKind { kind } => Event::ClaimKindSet { kind, proposal },
        Change::RemoveClaimKind { name } => Event::ClaimKindRemoved { name, proposal: Some(proposal) },
    }
}

/// A page of grants. Grants that are over or used up are left out, so a page may be short and still have a next one.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn grants<E: Env>(env: &E, state: &State, arg: &GrantsArg) -> Result<GrantsPage, MembershipError> {
    known_context(state, arg.context)?;
    let now = env.now();
    let mut found = state.grants_after(arg.context, arg.after);
    let page: Vec<_> = found.by_ref().take(page_length(arg.limit)).collect();
    let next = found.next().and(page.last()).map(|(id, _)| *id);
    let counting = page.into_iter().filter(|(_, grant)| !grant::is_spent(&grant.standing(), now));
    let grants = counting.map(|(id, grant)| grant.to_api(arg.context, id)).collect();
    Ok(GrantsPage { grants, next })
}

/// The policy set in force.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn policy(state: &State, context: ContextId) -> Result<PolicySet, MembershipError> {
    let version = known_context(state, context)?.policy_version;
    let stored = state
        .policy(context, version)
        .ok_or_else(|| MembershipReason::Internal("the policy in force is not stored".to_owned()))?;
    Ok(PolicySet { version, cedar: stored.cedar, proposal: stored.proposal })
}

/// The Cedar schema that policies are validated against.
#[must_use]
pub fn policy_schema() -> String {
    SCHEMA.to_owned()
}

/// Policies for common cases, to be filled in by clients.
#[must_use]
pub fn policy_templates() -> Vec<PolicyTemplate> {
    templates()
}
