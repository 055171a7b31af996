//! Decisions and votes: who may, and who counts.

use super::{known_context, known_group};
use crate::state::State;
use crate::storage::{StoredContext, StoredMember};
use calisec_policy::{Facts, Verdict};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, GroupId};
use calisec_types::membership::{
    Action, DECISION_VALIDITY_SECONDS, DecideArg, Decision, Electorate, ElectorateArg, MembershipError,
    MembershipReason, Subject, VotingWeight, VotingWeightArg,
};

/// Evaluates the policies of a context. Default deny; who is no member is denied whatever the policies say.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::ResourceMismatch`].
pub fn decide<E: Env>(env: &E, state: &State, arg: &DecideArg) -> Result<Decision, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    match (arg.action, &arg.note) {
        (Action::Read, Some(_)) | (Action::Mint, None) => {}
        (action @ Action::Read, None) | (action @ Action::Mint, Some(_)) => {
            return Err(MembershipReason::ResourceMismatch(action).into());
        }
    }
    let now = env.now();
    let latest = now.plus_seconds(DECISION_VALIDITY_SECONDS);
    let (account, verdict, valid_until) = match member_of(state, context.group, arg.subject) {
        None => (None, not_a_member(), latest),
        Some((account, member)) => {
            let granted_until = arg.note.as_ref().and_then(|note| {
                let holder = (context.group, account);
                state.granted_until(holder, arg.action, (arg.context, note.registry, note.note), now)
            });
            let facts = Facts {
                context: arg.context,
                account,
                identity: account.principal(),
                role: &member.role,
                action: arg.action,
                note: arg.note.as_ref(),
                is_granted: granted_until.is_some(),
            };
            let policies = state.parsed_policies(arg.context, &context).map_err(MembershipReason::Internal)?;
            let verdict = state.judge().decide(&policies, &facts);
            (Some(account), verdict, granted_until.map_or(latest, |end| latest.min(end)))
        }
    };
    let Verdict { allowed, determining_policies, missing } = verdict;
    Ok(Decision {
        allowed,
        account,
        determining_policies,
        missing,
        policy_version: context.policy_version,
        revision: group.revision,
        seq: state.seq(),
        decided_at: now,
        valid_until,
    })
}

fn member_of(state: &State, group: GroupId, subject: Subject) -> Option<(AccountId, StoredMember)> {
    let account = match subject {
        Subject::Account(account) => account,
        Subject::Principal(principal) => state.account_of(group, principal)?,
    };
    state.member(group, account).map(|member| (account, member))
}

fn not_a_member() -> Verdict {
    let missing = vec!["not a member of the context: its administrator can add the account".to_owned()];
    Verdict { allowed: false, determining_policies: Vec::new(), missing }
}

/// The electorate for a new proposal, if the proposer is a member.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::NotAMember`].
pub fn electorate(state: &State, arg: &ElectorateArg) -> Result<Electorate, MembershipError> {
    let (StoredContext { group: id, .. }, group) = known_group(state, arg.context)?;
    let proposer = state.account_of(id, arg.proposer).ok_or(MembershipReason::NotAMember(arg.proposer))?;
    Ok(Electorate { revision: group.revision, total_weight: state.total_weight_at(id, group.revision), proposer })
}

/// The weight of somebody who was a member at a revision and still is.
///
/// # Errors
/// [`MembershipReason::UnknownContext`], [`MembershipReason::NotAMember`] and [`MembershipReason::NotInElectorate`].
pub fn voting_weight(state: &State, arg: &VotingWeightArg) -> Result<VotingWeight, MembershipError> {
    let group = known_context(state, arg.context)?.group;
    let account = state.account_of(group, arg.voter).ok_or(MembershipReason::NotAMember(arg.voter))?;
    let weight =
        state.weight_at(group, account, arg.revision).ok_or(MembershipReason::NotInElectorate(arg.revision))?;
    Ok(VotingWeight { account, weight })
}
