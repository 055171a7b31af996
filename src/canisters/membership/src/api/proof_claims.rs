//! Receipts of `proof_verifier` become claims of members.
//!
//! The verifier is asked twice: what the receipt says, so that one that would be refused is not consumed, and then to consume it.
//! After each answer everything is looked at again.

use super::{charge, known_context, process, process_free};
use crate::clients::heard;
use crate::proof_claim::{check_inputs, counts_in};
use crate::state::{Event, State, with_state, with_state_mut};
use crate::storage::StoredClaimKind;
use calisec_clients::{ProofVerifierClient, Transport};
use calisec_runtime::{ActingFor, Env, InFlightGuard};
use calisec_types::ids::{AccountId, ContextId, Digest32, ReceiptId, Seq};
use calisec_types::membership::{
    ClaimKindInForce, ClaimReceiptArg, ClaimsArg, ClaimsPage, MembershipError, MembershipReason, ProofClaim,
    ReviewClaimKindArg, parse_claim_purpose,
};
use calisec_types::page::page_length;
use calisec_types::proof_verifier::{CircuitStatus, ConsumeArg, ExpectedReceipt, Receipt};
use candid::Principal;
use sha2::{Digest, Sha256};

/// Domain tag of the key that receipts are consumed with.
const CLAIM_TAG: &[u8] = b"calisec.membership-claim.v1\0";

/// A receipt on its way to being a claim.
#[derive(Debug)]
pub struct Claiming {
    /// Whose receipts count.
    pub verifier: Principal,
    arg: ClaimReceiptArg,
    caller: Principal,
    account: AccountId,
    _guard: InFlightGuard<ReceiptId>,
}

/// What comes of a wish to claim.
#[derive(Debug)]
pub enum BegunClaim {
    /// The receipt is a claim of the member already.
    Held(ProofClaim),
    /// The verifier must be asked.
    Claiming(Claiming),
}

/// Makes a receipt a claim of the member that the caller acts for. Repeating the call is safe at any time.
///
/// # Errors
/// [`MembershipReason`]. With [`MembershipReason::VerifierUnavailable`] and [`MembershipReason::ClaimInProgress`] the same
/// call can be repeated. A receipt that says something else than its kind asks for stays unconsumed.
pub async fn claim_receipt<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    arg: ClaimReceiptArg,
) -> Result<ProofClaim, MembershipError> {
    match with_state(|state| begin_claim(env, state, arg))? {
        BegunClaim::Held(claim) => Ok(claim),
        BegunClaim::Claiming(claiming) => finish_claim(env, transport, claiming).await,
    }
}

/// Has the verifier show and consume the receipt, which becomes a claim.
pub(super) async fn finish_claim<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    claiming: Claiming,
) -> Result<ProofClaim, MembershipError> {
    let verifier = ProofVerifierClient::new(transport, claiming.verifier);
    let receipt = heard(verifier.receipt(claiming.arg.receipt).await)?;
    let request = with_state_mut(|state| claim_request(env, state, &claiming, &receipt))?;
    let consumed = heard(verifier.consume(&request).await)?;
    with_state_mut(|state| end_claim(env, state, &claiming, &consumed))
}

/// Whether the verifier is to be asked about a receipt.
///
/// # Errors
/// [`MembershipReason`].
pub fn begin_claim<E: Env>(env: &E, state: &State, arg: ClaimReceiptArg) -> Result<BegunClaim, MembershipError> {
    let caller = env.caller();
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let account = claimant(env, state, arg.context, caller)?;
    let holder = (known_context(state, arg.context)?.group, account);
    let held = state.claims_of(holder, arg.context).into_iter().find(|claim| claim.receipt == arg.receipt);
    if let Some(claim) = held.filter(|claim| env.now() <= claim.until && is_in_force(state, arg.context, claim)) {
        return Ok(BegunClaim::Held(claim));
    }
    let verifier = state.proof_verifier().ok_or(MembershipReason::NoProofVerifier)?;
    let guard = state.proof_claims().claiming.begin(arg.receipt).ok_or(MembershipReason::ClaimInProgress)?;
    Ok(BegunClaim::Claiming(Claiming { verifier, arg, caller, account, _guard: guard }))
}

/// What the verifier is asked to consume, if the receipt that it showed is one that becomes a claim. The write is charged for here:
/// whom it is refused for want of credit keeps its receipt. The key stands for receipt, context, member and version of the kind:
/// nobody else's claim is ever made of an answer that was lost.
///
/// # Errors
/// [`MembershipReason`].
pub fn claim_request<E: Env>(
    env: &E,
    state: &mut State,
    claiming: &Claiming,
    receipt: &Receipt,
) -> Result<ConsumeArg, MembershipError> {
    let claim = judge(env, state, claiming, receipt)?;
    let group = known_context(state, claiming.arg.context)?.group;
    let event = Event::ReceiptClaimed { account: claiming.account, claim: claim.clone() };
    charge(&ActingFor::new(env, claiming.caller), state, group, &event)?;
    let key = Sha256::new()
        .chain_update(CLAIM_TAG)
        .chain_update(claiming.arg.receipt.0)
        .chain_update(claiming.arg.context.0)
        .chain_update(claiming.account.0)
        .chain_update(claim.version.0.to_be_bytes());
    Ok(ConsumeArg {
        receipt: claiming.arg.receipt,
        expected: ExpectedReceipt {
            circuit: claim.circuit,
            context: claiming.arg.context,
            submitter: claiming.caller,
            purpose: receipt.purpose.clone(),
        },
        idempotency_key: Digest32(key.finalize().into()),
    })
}

/// Makes a consumed receipt a claim, which was charged for. Since the verifier was asked the member may have been removed and
/// the kind replaced.
///
/// # Errors
/// [`MembershipReason`].
pub fn end_claim<E: Env>(
    env: &E,
    state: &mut State,
    claiming: &Claiming,
    consumed: &Receipt,
) -> Result<ProofClaim, MembershipError> {
    let claim = judge(env, state, claiming, consumed)?;
    let event = Event::ReceiptClaimed { account: claiming.account, claim: claim.clone() };
    process_free(&ActingFor::new(env, claiming.caller), state, claiming.arg.context, event, None);
    Ok(claim)
}

/// The claim that a receipt makes, if it does.
fn judge<E: Env>(
    env: &E,
    state: &State,
    claiming: &Claiming,
    receipt: &Receipt,
) -> Result<ProofClaim, MembershipError> {
    let ClaimReceiptArg { context, receipt: id } = claiming.arg;
    if receipt.id != id {
        let why = "the proof verifier answered with another receipt".to_owned();
        return Err(MembershipReason::Internal(why).into());
    }
    // Whoever unlinked or lost a principal is not behind what it proved.
    if claimant(env, state, context, claiming.caller)? != claiming.account {
        return Err(MembershipReason::NotAMember(claiming.caller).into());
    }
    if receipt.submitter != claiming.caller {
        return Err(MembershipReason::NotSubmitter(receipt.submitter).into());
    }
    let refused = |why: &str| MembershipReason::ReceiptRefused(why.to_owned());
    if receipt.context != context {
        return Err(refused("it is for another context").into());
    }
    if receipt.consumer != env.canister_self() {
        return Err(refused("it is for another canister").into());
    }
    if receipt.is_revoked {
        return Err(refused("its circuit is revoked").into());
    }
    let (name, version, period) =
        parse_claim_purpose(&receipt.purpose).ok_or_else(|| refused("its purpose is none of a claim"))?;
    let found = state.claim_kind(context, name).ok_or_else(|| MembershipReason::UnknownClaimKind(name.to_owned()))?;
    if version != found.version {
        return Err(refused("it was made for another version of the kind").into());
    }
    let kind = found.kind;
    if receipt.circuit != kind.circuit || receipt.statement != kind.proves.statement() {
        return Err(refused("it is of another circuit than the kind's").into());
    }
    check_inputs(&kind.proves, &receipt.public_inputs).map_err(refused)?;
    let (since, until) = counts_in(&kind, period, receipt.issued_at, env.now())
        .ok_or_else(|| refused("it was made for another period than this one and the next"))?;
    if state.was_claimed(until, id) {
        return Err(MembershipReason::ReceiptUsed.into());
    }
    Ok(ProofClaim { kind: kind.name, version, circuit: kind.circuit, receipt: id, since, until })
}

fn claimant<E: Env>(
    env: &E,
    state: &State,
    context: ContextId,
    caller: Principal,
) -> Result<AccountId, MembershipError> {
    let group = known_context(state, context)?.group;
    let found = state.resolve(group, caller, env.now()).ok_or(MembershipReason::NotAMember(caller))?;
    Ok(found.account)
}

fn is_in_force(state: &State, context: ContextId, claim: &ProofClaim) -> bool {
    state.claim_kind(context, &claim.kind).is_some_and(|kind| kind.version == claim.version)
}

/// Removes a kind whose circuit was revoked, whoever noticed. All its claims count for nothing from then on.
///
/// # Errors
/// [`MembershipReason`]. With [`MembershipReason::VerifierUnavailable`] and [`MembershipReason::ClaimInProgress`] the same
/// call can be repeated.
pub async fn review_claim_kind<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    arg: ReviewClaimKindArg,
) -> Result<(), MembershipError> {
    let review = with_state(|state| begin_review(env, state, arg))?;
    finish_review(env, transport, review).await
}

/// Has the verifier say whether the circuit is revoked, and removes the kind if it is.
pub(super) async fn finish_review<E: Env, T: Transport>(
    env: &E,
    transport: &T,
    review: Review,
) -> Result<(), MembershipError> {
    let verifier = ProofVerifierClient::new(transport, review.verifier);
    let circuit = heard(verifier.circuit(review.kind.kind.circuit).await)?;
    with_state_mut(|state| end_review(env, state, &review, circuit.status))
}

/// A kind that is being looked at.
#[derive(Debug)]
pub struct Review {
    /// Who knows the circuit.
    pub verifier: Principal,
    kind: StoredClaimKind,
    context: ContextId,
    caller: Principal,
    _guard: InFlightGuard<(ContextId, String)>,
}

/// Whether the verifier is to be asked about a kind's circuit.
///
/// # Errors
/// [`MembershipReason`].
pub fn begin_review<E: Env>(env: &E, state: &State, arg: ReviewClaimKindArg) -> Result<Review, MembershipError> {
    let ReviewClaimKindArg { context, name } = arg;
    let caller = env.caller();
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    known_context(state, context)?;
    let kind = state.claim_kind(context, &name).ok_or_else(|| MembershipReason::UnknownClaimKind(name.clone()))?;
    let verifier = state.proof_verifier().ok_or(MembershipReason::NoProofVerifier)?;
    let guard = state.proof_claims().reviewing.begin((context, name)).ok_or(MembershipReason::ClaimInProgress)?;
    Ok(Review { verifier, kind, context, caller, _guard: guard })
}

/// Removes the kind, unless its circuit counts, or it was removed or replaced meanwhile.
///
/// # Errors
/// [`MembershipReason::CircuitNotRevoked`].
pub fn end_review<E: Env>(
    env: &E,
    state: &mut State,
    review: &Review,
    status: CircuitStatus,
) -> Result<(), MembershipError> {
    let Review { kind: StoredClaimKind { kind, version, .. }, context, caller, .. } = review;
    if status != CircuitStatus::Revoked {
        return Err(MembershipReason::CircuitNotRevoked(kind.circuit).into());
    }
    if state.claim_kind(*context, &kind.name).is_some_and(|now| now.version == *version) {
        let event = Event::ClaimKindRemoved { name: kind.name.clone(), proposal: None };
        process(&ActingFor::new(env, *caller), state, *context, event, None)?;
    }
    Ok(())
}

/// What members of a context can prove.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn claim_kinds(state: &State, context: ContextId) -> Result<Vec<ClaimKindInForce>, MembershipError> {
    known_context(state, context)?;
    let shown = |StoredClaimKind { kind, version, proposal }| ClaimKindInForce { kind, version, proposal };
    Ok(state.claim_kinds(context).into_iter().map(shown).collect())
}

/// A page of a member's claims that count now or will.
///
/// # Errors
/// [`MembershipReason::UnknownContext`] and [`MembershipReason::UnknownMember`].
pub fn claims<E: Env>(env: &E, state: &State, arg: &ClaimsArg) -> Result<ClaimsPage, MembershipError> {
    let ClaimsArg { context, account, after, limit } = *arg;
    let holder = (known_context(state, context)?.group, account);
    state.member(holder.0, account).ok_or(MembershipReason::UnknownMember(account))?;
    let now = env.now();
    let versions: Vec<(String, Seq)> =
        state.claim_kinds(context).into_iter().map(|kind| (kind.kind.name, kind.version)).collect();
    let mut found = state.claims_of(holder, context).into_iter().filter(|claim| {
        let is_in_force = versions.iter().any(|(name, version)| (name, *version) == (&claim.kind, claim.version));
        is_in_force && now <= claim.until && after.is_none_or(|after| claim.receipt.0 > after.0)
    });
    let claims: Vec<_> = found.by_ref().take(page_length(limit)).collect();
    let next = found.next().and(claims.last()).map(|claim| claim.receipt);
    Ok(ClaimsPage { claims, next })
}
