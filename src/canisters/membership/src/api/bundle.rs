//! Decisions that whoever asks makes without the canister.

use super::access::check_deed;
use super::{known_context, policy};
use crate::audit::certified_tree;
use crate::decision::Deed;
use crate::state::State;
use crate::storage::action_code;
use calisec_certification::encode_tree;
use calisec_certification::facts::{claim_kinds_key, claims_key, context_key, grants_key, principal_key, role_key};
use calisec_runtime::Env;
use calisec_types::membership::{
    DecideArg, DecisionBundle, DeviceFact, IdentityFact, LinkFact, MAX_BUNDLE_BYTES, MembershipError, MembershipReason,
    Subject,
};
use candid::{Encode, Principal};
use serde_bytes::ByteBuf;

/// Bytes that a text takes in Candid beside itself.
const TEXT_OVERHEAD: usize = 5;

/// What [`super::decide`] would rest on, certified.
///
/// # Errors
/// [`MembershipReason::UnknownContext`], [`MembershipReason::ResourceMismatch`] and [`MembershipReason::InvalidName`].
pub fn decision_bundle<E: Env>(env: &E, state: &State, arg: &DecideArg) -> Result<DecisionBundle, MembershipError> {
    check_deed(Deed::from(arg))?;
    let context = known_context(state, arg.context)?;
    let group = context.group;
    let mut keys = vec![context_key(&group, &arg.context)];
    let mut identities = Vec::new();
    let mut next = match arg.subject {
        Subject::Account(account) => Some(account.principal()),
        Subject::Principal(principal) => Some(principal),
    };
    while let Some(principal) = next {
        keys.push(principal_key(&group, &principal));
        let identity = state.identity_fact(group, principal);
        // Of an account it matters whether it is a member, not whom its key acts for.
        next = identity.as_ref().and_then(leads_to).filter(|_| matches!(arg.subject, Subject::Principal(_)));
        identities.extend(identity);
    }
    let (mut role, mut grants, mut owner) = (None, Vec::new(), None);
    if let Some(IdentityFact::Member(member)) = identities.last() {
        keys.push(role_key(&group, &member.role));
        role = state.role_fact(group, &member.role);
        if let Some(note) = &arg.note {
            keys.push(grants_key((&group, &member.account), &arg.context, arg.action, (&note.registry, note.note)));
            let what = (arg.context, note.registry, (action_code(arg.action), note.note));
            grants = state.grant_facts((group, member.account), what);
            if note.owner != member.account.principal() {
                keys.push(principal_key(&group, &note.owner));
                owner = state.identity_fact(group, note.owner);
            }
        }
    }
    let (mut claim_kinds, mut claims) = (Vec::new(), Vec::new());
    if let Some(IdentityFact::Member(member)) = identities.last()
        && state.parsed_policies(arg.context, &context).map_err(MembershipReason::Internal)?.mention_claims()
    {
        keys.extend([claim_kinds_key(&group, &arg.context), claims_key((&group, &member.account), &arg.context)]);
        claim_kinds = state.claim_kind_facts(arg.context);
        claims = state.claim_facts((group, member.account), arg.context);
    }
    let tree = certified_tree(state.audit_log().head(), state.facts_witness(&keys));
    let mut bundle = DecisionBundle {
        context: context.fact(),
        identities,
        role,
        grants,
        claim_kinds,
        claims,
        owner,
        policy: None,
        witness: ByteBuf::from(encode_tree(&tree)),
        certificate: env.certificate().map(ByteBuf::from),
    };
    bundle.policy = policy_that_fits(state, arg, &bundle)?;
    Ok(bundle)
}

/// The principal that an identity counts with.
fn leads_to(identity: &IdentityFact) -> Option<Principal> {
    match identity {
        IdentityFact::Link(LinkFact { device: Some(key), .. }) => Some(key.principal()),
        IdentityFact::Link(LinkFact { account, device: None }) | IdentityFact::Device(DeviceFact { account, .. }) => {
            Some(account.principal())
        }
        IdentityFact::Member(_) | IdentityFact::GivenUp(_) => None,
    }
}

/// The policies in force, unless the reply would be too long with them.
fn policy_that_fits(
    state: &State,
    arg: &DecideArg,
    bundle: &DecisionBundle,
) -> Result<Option<String>, MembershipError> {
    let without =
        Encode!(&Ok::<_, MembershipError>(bundle)).map_err(|error| MembershipReason::Internal(error.to_string()))?;
    let cedar = policy(state, arg.context)?.cedar;
    Ok((without.len() + TEXT_OVERHEAD + cedar.len() <= MAX_BUNDLE_BYTES).then_some(cedar))
}
