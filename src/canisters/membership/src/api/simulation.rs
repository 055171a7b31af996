//! What a change of access rules would change, before anybody votes on it.

use super::access::check_deed;
use super::changes::check;
use super::inquiries::{Stretch, is_long};
use super::known_group;
use crate::decision::{Asking, Deed, Tribunal};
use crate::grant;
use crate::state::State;
use crate::storage::GrantStanding;
use calisec_policy::Policies;
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, GrantId, Timestamp};
use calisec_types::membership::{
    Change, GrantState, GrantTerms, MAX_SAMPLES, MembershipError, MembershipReason, SimulateArg, SimulationPage, Turn,
};

/// Whose access a change would change, of a stretch of members and of the samples given.
///
/// # Errors
/// Why the change could not be applied, what is wrong with a sample, and [`MembershipReason::TooManyQuestions`].
pub fn simulate<E: Env>(env: &E, state: &State, arg: &SimulateArg) -> Result<SimulationPage, MembershipError> {
    let SimulateArg { context: id, change, samples, after, limit } = arg;
    if samples.is_empty() || samples.len() > MAX_SAMPLES {
        return Err(MembershipReason::TooManyQuestions { limit: MAX_SAMPLES as u32 }.into());
    }
    for sample in samples {
        check_deed(Deed::from(sample))?;
    }
    let now = env.now();
    super::changes::check_length(change)?;
    check(state, *id, change, now)?;
    let (context, group) = known_group(state, *id)?;
    let stretch = Stretch::of(state, context.group, *after, *limit);
    let today = Tribunal::of(state, *id, context, now).map_err(MembershipReason::Internal)?;
    let tomorrow = match change {
        Change::SetPolicy { cedar } => {
            today.with_policies(Policies::parse(cedar).map_err(MembershipReason::InvalidPolicy)?)
        }
        Change::SetClaimKind { kind } => today.without_claims(&kind.name),
        Change::RemoveClaimKind { name } => today.without_claims(name),
        Change::Grant { .. } | Change::Revoke { .. } | Change::SetCheckpointQuorum { .. } => today.clone(),
    };
    let (mut turns, mut looked_at, mut last) = (Vec::new(), 0, None);
    for (account, member) in stretch.members {
        if last.is_some() && is_long(env) {
            return Ok(SimulationPage { turns, looked_at, next: last });
        }
        looked_at += 1;
        last = Some(account);
        let asking = Asking::itself(&group, account, member);
        for (sample, deed) in (0..).zip(samples) {
            let deed = Deed::from(deed);
            let is_granted = today.counting(account, deed, None).is_some();
            let will_be_granted =
                grants(change, account, deed, now) || today.counting(account, deed, revoked_by(change)).is_some();
            let allowed_now = today.allows(&asking, deed, is_granted);
            if tomorrow.allows(&asking, deed, will_be_granted) != allowed_now {
                turns.push(Turn { account, sample, allowed_now });
            }
        }
    }
    Ok(SimulationPage { turns, looked_at, next: stretch.next })
}

fn revoked_by(change: &Change) -> Option<GrantId> {
    match change {
        Change::Revoke { grant } => Some(*grant),
        Change::Grant { .. }
        | Change::SetPolicy { .. }
        | Change::SetCheckpointQuorum { .. }
        | Change::SetClaimKind { .. }
        | Change::RemoveClaimKind { .. } => None,
    }
}

/// Whether a change gives a grant to this account that counts for the deed.
fn grants(change: &Change, to: AccountId, deed: Deed<'_>, now: Timestamp) -> bool {
    match (change, deed.note) {
        (Change::Grant { account, action, note, registry, terms }, Some(resource)) => {
            let is_it = (*account, *action, *note, *registry) == (to, deed.action, resource.note, resource.registry);
            is_it && counts(terms.clone(), deed, now)
        }
        (Change::Grant { .. }, None)
        | (
            Change::Revoke { .. }
            | Change::SetPolicy { .. }
            | Change::SetCheckpointQuorum { .. }
            | Change::SetClaimKind { .. }
            | Change::RemoveClaimKind { .. },
            _,
        ) => false,
    }
}

fn counts(terms: GrantTerms, deed: Deed<'_>, now: Timestamp) -> bool {
    let standing = GrantStanding { terms, uses: 0 };
    grant::state_of(&standing, now, deed.purpose) == GrantState::InForce
}
