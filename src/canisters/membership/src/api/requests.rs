//! Signed requests: the other methods, called by a signature instead of by a caller.

use super::nodes::finish_fetch;
use super::proof_claims::{finish_claim, finish_review};
use super::{
    Asking, BegunClaim, Claiming, Review, accept_administration, add_context, add_device, add_member, attest,
    begin_claim, begin_fetch, begin_review, cancel_handover, discard_openings, grant_capability, link_principal,
    offer_administration, record_decision, redeem_invite, remove_member, remove_role, revoke_account,
    revoke_capability, revoke_device, revoke_invite, rotate_device, set_application, set_audit_mode,
    set_checkpoint_quorum, set_node, set_recorded_registries, set_role, unlink_principal,
};
use crate::keys::{self, Refusal};
use crate::request::Header;
use crate::state::{State, with_state_mut};
use calisec_clients::Transport;
use calisec_runtime::{ActingFor, Env, HttpGet, Outcalls};
use calisec_types::ids::{AccountId, Timestamp};
use calisec_types::membership::{
    MAX_REQUEST_BYTES, MAX_REQUEST_WINDOW_SECONDS, MembershipError, MembershipReason, Request, SignedRequest,
};
use candid::{CandidType, encode_one};
use serde_bytes::ByteBuf;

/// What comes of a signed request.
#[derive(Debug)]
pub enum BegunRequest {
    /// It is done, and this is what the method answers, in Candid.
    Done(ByteBuf),
    /// The context's node must be asked.
    Fetching(Asking),
    /// The verifier must be asked about a receipt.
    Claiming(Claiming),
    /// The verifier must be asked about a circuit.
    Reviewing(Review),
}

/// Does what a key signed, as if the key's principal had called the method. Anyone relays it. Answers what the method
/// answers, in Candid. A request that is refused leaves its nonce unused, unless others had to be asked before.
///
/// # Errors
/// [`MembershipReason`], also the method's own, and nothing is changed; but where others were asked, the nonce is used.
pub async fn submit_request<E: Env, O: Outcalls, T: Transport>(
    env: &E,
    outcalls: &O,
    transport: &T,
    arg: &SignedRequest,
) -> Result<ByteBuf, MembershipError> {
    match with_state_mut(|state| begin_request(env, state, |question| outcalls.cost(question), arg))? {
        BegunRequest::Done(reply) => Ok(reply),
        BegunRequest::Fetching(asking) => reply(Ok(finish_fetch(env, outcalls, asking).await)),
        BegunRequest::Claiming(claiming) => reply(finish_claim(env, transport, claiming).await),
        BegunRequest::Reviewing(review) => reply(finish_review(env, transport, review).await),
    }
}

/// Does what a key signed as far as that goes within one message, and uses its nonce, but for a review: whoever relays a request
/// that waits for an answer once more begins nothing.
///
/// # Errors
/// [`MembershipReason`], also the method's own, and nothing is changed.
pub fn begin_request<E: Env>(
    env: &E,
    state: &mut State,
    cost: impl FnOnce(&HttpGet) -> u128,
    arg: &SignedRequest,
) -> Result<BegunRequest, MembershipError> {
    let SignedRequest { payload, signature } = arg;
    if payload.len() > MAX_REQUEST_BYTES {
        return Err(malformed(format!("longer than {MAX_REQUEST_BYTES} bytes")));
    }
    let header = Header::read(payload).ok_or_else(|| malformed("tag or header is not as described".to_owned()))?;
    check_header(env, state, &header)?;
    keys::verify(header.key.as_bytes(), payload, signature).map_err(|refusal| match refusal {
        Refusal::Key => MembershipReason::InvalidKey,
        Refusal::Signature => MembershipReason::InvalidSignature,
    })?;
    let request = header.request().map_err(|error| malformed(error.to_string()))?;
    if request.scope() != header.scope {
        return Err(malformed("the header names another context or group than the argument".to_owned()));
    }
    let begun = execute(&ActingFor::new(env, header.key.principal()), state, cost, request)?;
    // A review is anybody's to ask for, with or without a signature, and changes nothing twice: remembering the keys of strangers
    // would only fill the canister.
    if !matches!(begun, BegunRequest::Reviewing(_)) {
        state.use_nonce(header.key, header.nonce);
    }
    Ok(begun)
}

/// The highest nonce that was used by a key; 0 before the first.
#[must_use]
pub fn request_nonce(state: &State, key: AccountId) -> u64 {
    state.last_nonce(key)
}

fn check_header<E: Env>(env: &E, state: &State, header: &Header<'_>) -> Result<(), MembershipError> {
    let (network, canister) = (env.network(), env.canister_self());
    if (header.network, header.canister) != (network, canister) {
        return Err(MembershipReason::SignedForElsewhere { network, canister }.into());
    }
    check_window(env.now(), header.expires_at)?;
    let last = state.last_nonce(header.key);
    if header.nonce <= last {
        return Err(MembershipReason::NonceTooLow { last }.into());
    }
    Ok(())
}

fn check_window(now: Timestamp, expires_at: Timestamp) -> Result<(), MembershipError> {
    let latest = now.plus_seconds(MAX_REQUEST_WINDOW_SECONDS);
    if expires_at <= now || expires_at > latest {
        return Err(MembershipReason::ExpiryOutOfWindow { now, latest }.into());
    }
    Ok(())
}

fn execute<E: Env>(
    env: &E,
    state: &mut State,
    cost: impl FnOnce(&HttpGet) -> u128,
    request: Request,
) -> Result<BegunRequest, MembershipError> {
    let done = match request {
        Request::FetchState(arg) => return begin_fetch(env, state, cost, arg).map(BegunRequest::Fetching),
        Request::ReviewClaimKind(arg) => return begin_review(env, state, arg).map(BegunRequest::Reviewing),
        Request::ClaimReceipt(arg) => match begin_claim(env, state, arg)? {
            BegunClaim::Claiming(claiming) => return Ok(BegunRequest::Claiming(claiming)),
            BegunClaim::Held(claim) => reply(Ok(claim)),
        },
        Request::AddMember(arg) => reply(add_member(env, state, arg)),
        Request::AddContext(arg) => reply(add_context(env, state, &arg)),
        Request::OfferAdministration(arg) => reply(offer_administration(env, state, &arg)),
        Request::AcceptAdministration(context) => reply(accept_administration(env, state, context)),
        Request::CancelHandover(context) => reply(cancel_handover(env, state, context)),
        Request::RedeemInvite(arg) => reply(redeem_invite(env, state, arg)),
        Request::RevokeInvite(arg) => reply(revoke_invite(env, state, &arg)),
        Request::RemoveMember(arg) => reply(remove_member(env, state, arg)),
        Request::SetRole(arg) => reply(set_role(env, state, &arg)),
        Request::RemoveRole(arg) => reply(remove_role(env, state, &arg)),
        Request::GrantCapability(arg) => reply(grant_capability(env, state, &arg)),
        Request::RevokeCapability(arg) => reply(revoke_capability(env, state, &arg)),
        Request::SetApplication(arg) => reply(set_application(env, state, &arg)),
        Request::Attest(arg) => reply(attest(env, state, &arg)),
        Request::SetCheckpointQuorum(arg) => reply(set_checkpoint_quorum(env, state, &arg)),
        Request::AddDevice(arg) => reply(add_device(env, state, &arg)),
        Request::RotateDevice(arg) => reply(rotate_device(env, state, &arg)),
        Request::RevokeDevice(arg) => reply(revoke_device(env, state, &arg)),
        Request::RevokeAccount(arg) => reply(revoke_account(env, state, &arg)),
        Request::LinkPrincipal(arg) => reply(link_principal(env, state, &arg)),
        Request::UnlinkPrincipal(arg) => reply(unlink_principal(env, state, &arg)),
        Request::SetNode(arg) => reply(set_node(env, state, &arg)),
        Request::RecordDecision(arg) => reply(record_decision(env, state, &arg)),
        Request::SetRecordedRegistries(arg) => reply(set_recorded_registries(env, state, &arg)),
        Request::SetAuditMode(arg) => reply(set_audit_mode(env, state, &arg)),
        Request::DiscardOpenings(arg) => reply(discard_openings(env, state, &arg)),
    };
    done.map(BegunRequest::Done)
}

fn reply<T: CandidType>(answer: Result<T, MembershipError>) -> Result<ByteBuf, MembershipError> {
    answer.map(|answer| ByteBuf::from(encode_one(answer).expect("BUG: an answer must encode")))
}

fn malformed(why: String) -> MembershipError {
    MembershipReason::MalformedRequest(why).into()
}
