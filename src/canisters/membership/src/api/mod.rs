//! The methods as plain functions: parse, authorise, let the domain decide, map the error.

mod access;
mod administration;
mod applications;
mod audit;
mod authority;
mod bundle;
mod changes;
mod checkpoints;
mod claims;
mod consent;
mod devices;
mod group_state;
mod inquiries;
mod invites;
mod links;
mod members;
mod nodes;
mod proof_claims;
mod recording;
mod registration;
mod requests;
mod roles;
mod simulation;

pub use access::{decide, decide_and_use, electorate, voting_weight};
pub use administration::{
    accept_administration, cancel_handover, handover, offer_administration, recover_administration,
};
pub use applications::{application, application_current, application_history, set_application};
pub use audit::{audit_entry_proof, audit_head, audit_log};
pub use authority::{Authority, authorise};
pub use bundle::decision_bundle;
pub use changes::{apply, grants, policy, policy_schema, policy_templates, validate_change};
pub use checkpoints::{
    attest, attestations, checkpoint, checkpoint_quorum, checkpoints, divergences, final_checkpoint,
    set_checkpoint_quorum,
};
pub use claims::{add_context, register_claim, registrations};
pub use devices::{add_device, identities, revoke_account, revoke_device, rotate_device, stale_devices};
pub use group_state::check_group_state;
pub use inquiries::{decide_batch, explain, list_resources, list_subjects};
pub use invites::{invites, redeem_invite, revoke_invite};
pub use links::{link_principal, unlink_principal};
pub use members::{add_member, member, members, remove_member, was_member};
pub use nodes::{Asking, begin_fetch, end_fetch, fetch_state, node, set_node};
pub use proof_claims::{
    BegunClaim, Claiming, Review, begin_claim, begin_review, claim_kinds, claim_receipt, claim_request, claims,
    end_claim, end_review, review_claim_kind,
};
pub use recording::{
    audit_openings, audit_rules, discard_openings, record_decision, set_audit_mode, set_recorded_registries,
};
pub use registration::{context, contexts_of_group, register_context};
pub use requests::{BegunRequest, begin_request, request_nonce, submit_request};
pub use roles::{grant_capability, remove_role, revoke_capability, roles, set_role};
pub use simulation::simulate;

use crate::audit::certified_tree;
use crate::state::{Event, Occasion, Outcome, State, Step, Writer};
use crate::storage::{StoredContext, StoredGroup};
use calisec_certification::certified_map::Key;
use calisec_certification::encode_tree;
use calisec_runtime::Env;
use calisec_types::ids::{ContextId, GroupId};
use calisec_types::membership::{MembershipError, MembershipReason, WRITE_CYCLES};
use ic_certification::pruned;
use serde_bytes::ByteBuf;

/// Certifies the head of the audit log and the facts.
pub fn certify<E: Env>(env: &E, state: &State) {
    env.certify(&certified_tree(state.audit_log().head(), pruned(state.facts_root())).digest());
}

/// The certified tree as far as it tells these facts.
fn witness_of(state: &State, keys: &[Key]) -> ByteBuf {
    let facts = state.facts_witness(keys);
    ByteBuf::from(encode_tree(&certified_tree(state.audit_log().head(), facts)))
}

/// Charges for an event that was checked, and lets it happen.
///
/// # Errors
/// [`MembershipReason::WritesSpent`], and nothing is changed.
fn process<E: Env>(
    env: &E,
    state: &mut State,
    context: ContextId,
    event: Event,
    step: Option<Step>,
) -> Result<Outcome, MembershipError> {
    charge(env, state, known_context(state, context)?.group, &event)?;
    Ok(process_free(env, state, context, event, step))
}

/// Takes an event's writes from what may be added to the group for nothing today, or else cycles. What was voted is governance's
/// write, whatever it is.
///
/// # Errors
/// [`MembershipReason::WritesSpent`], and nothing is changed.
fn charge<E: Env>(env: &E, state: &mut State, group: GroupId, event: &Event) -> Result<(), MembershipError> {
    let Some((purse, weight)) = event.cost() else { return Ok(()) };
    let purse = if env.caller() == state.governance() { (Writer::Governance, None) } else { purse };
    let (now, cycles) = (env.now(), WRITE_CYCLES * u128::from(weight));
    match state.write_credit.spent_until(group, purse, now) {
        None => state.write_credit.spend(group, purse, weight, now),
        Some(_) if env.cycles_available() >= cycles && env.accept_cycles(cycles) == cycles => {}
        Some(retry_at) => return Err(MembershipReason::WritesSpent { retry_at, cycles }.into()),
    }
    Ok(())
}

/// Lets an event happen, and certifies the audit log with it.
fn process_free<E: Env>(env: &E, state: &mut State, context: ContextId, event: Event, step: Option<Step>) -> Outcome {
    let occasion = Occasion { at: env.now(), caller: env.caller(), context };
    let outcome = state.apply(&occasion, event, step);
    certify(env, state);
    outcome
}

fn known_context(state: &State, id: ContextId) -> Result<StoredContext, MembershipError> {
    state.context(id).ok_or_else(|| MembershipReason::UnknownContext(id).into())
}

/// A context and its group.
fn known_group(state: &State, id: ContextId) -> Result<(StoredContext, StoredGroup), MembershipError> {
    let context = known_context(state, id)?;
    let group = state.group(context.group).ok_or(MembershipReason::UnknownGroup(context.group))?;
    Ok((context, group))
}

#[cfg(test)]
mod tests;
