//! Decisions and votes: who may, and who counts.

use super::known_group;
use crate::state::{Resolved, State};
use crate::storage::StoredGroup;
use calisec_policy::{Facts, Verdict};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, GroupId, Timestamp, Weight};
use calisec_types::membership::{
    Action, Capability, DECISION_VALIDITY_SECONDS, DecideArg, Decision, Electorate, ElectorateArg, MembershipError,
    MembershipReason, Rights, Subject, VotingWeight, VotingWeightArg,
};
use candid::Principal;

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
    let (account, verdict, valid_until) = match member_of(state, context.group, arg.subject, now) {
        None => (None, not_a_member(), latest),
        Some(Resolved { account, member, scope }) => {
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
            let mut verdict = state.judge().decide(&policies, &facts);
            limit(&mut verdict, arg.action, group.rights_of(&member), scope);
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

fn member_of(state: &State, group: GroupId, subject: Subject, now: Timestamp) -> Option<Resolved> {
    match subject {
        Subject::Account(account) => {
            state.member(group, account).map(|member| Resolved { account, member, scope: Rights::ALL })
        }
        Subject::Principal(principal) => state.resolve(group, principal, now),
    }
}

/// Policies say what of its rights a member may use; no policy gives it more.
fn limit(verdict: &mut Verdict, action: Action, of_member: Rights, of_device: Rights) {
    let (is_in, what): (fn(Rights) -> bool, _) = match action {
        Action::Read => (Rights::reads, "reading"),
        Action::Mint => (|rights| rights.contains(Capability::Mint), "the capability mint"),
    };
    if !is_in(of_member) {
        verdict.missing.push(format!("neither the member nor its role has {what}"));
    }
    if !is_in(of_device) {
        verdict.missing.push(format!("the device may not be used for {what}"));
    }
    if !is_in(of_member.and(of_device)) {
        verdict.allowed = false;
        verdict.determining_policies.clear();
    }
}

fn not_a_member() -> Verdict {
    let missing = vec!["not a member of the context: its administrator can add the account".to_owned()];
    Verdict { allowed: false, determining_policies: Vec::new(), missing }
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
/// [`MembershipReason::UnknownContext`], [`MembershipReason::NotAMember`], [`MembershipReason::MissingCapability`] and
/// [`MembershipReason::NotInElectorate`].
pub fn voting_weight<E: Env>(env: &E, state: &State, arg: &VotingWeightArg) -> Result<VotingWeight, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    let account = voter(env, state, (context.group, &group), arg.voter)?;
    let standing = state.standing_at((context.group, &group), account, arg.revision);
    let weight = standing.map(|standing| standing.weight()).filter(|weight| *weight > Weight(0));
    let weight = weight.ok_or(MembershipReason::NotInElectorate(arg.revision))?;
    Ok(VotingWeight { account, weight })
}

/// The account of somebody who may vote now.
fn voter<E: Env>(
    env: &E,
    state: &State,
    (id, group): (GroupId, &StoredGroup),
    principal: Principal,
) -> Result<AccountId, MembershipError> {
    let Resolved { account, member, scope } =
        state.resolve(id, principal, env.now()).ok_or(MembershipReason::NotAMember(principal))?;
    if !group.rights_of(&member).and(scope).contains(Capability::Vote) {
        return Err(MembershipReason::MissingCapability(Capability::Vote).into());
    }
    Ok(account)
}
