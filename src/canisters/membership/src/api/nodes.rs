//! A context's node, asked for its state by an HTTPS outcall.

use super::{authorise, known_context, process, process_free};
use crate::clients::state_question;
use crate::node::{check_url, read};
use crate::state::{Event, NewFetch, State, with_state_mut};
use crate::storage::{StoredNode, StoredOutcome, StoredSpending};
use calisec_clients::CallError;
use calisec_runtime::{ActingFor, Env, HttpAnswer, HttpGet, InFlightGuard, Outcalls};
use calisec_types::ids::{ContextId, Height, StateRoot, Timestamp};
use calisec_types::membership::{
    Capability, FETCH_CYCLES_PER_CONTEXT_AND_DAY, FETCH_CYCLES_PER_DAY, FETCH_INTERVAL_SECONDS, FetchFailure,
    FetchOutcome, FetchStateArg, FetchedState, MembershipError, MembershipReason, Node, NodeState, SetNodeArg,
};
use candid::Principal;

/// Bytes of a reason that are kept.
const MAX_REASON_BYTES: usize = 200;

/// Says where a node of the context can be asked. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn set_node<E: Env>(env: &E, state: &mut State, arg: &SetNodeArg) -> Result<Node, MembershipError> {
    let SetNodeArg { context, url } = arg;
    if let Some(Err(why)) = url.as_deref().map(check_url) {
        return Err(MembershipReason::InvalidNodeUrl(why.to_owned()).into());
    }
    if !authorise(env, state, *context, Capability::ManageApplication)?.is_administrator() {
        return Err(MembershipReason::NotAdministrator.into());
    }
    if url.is_some() {
        in_calimero(state, *context)?;
    }
    if state.nodes().node(*context).and_then(|node| node.url) != *url {
        process(env, state, *context, Event::NodeSet { url: url.clone() }, None)?;
    }
    Ok(state.nodes().node(*context).unwrap_or_default().into_api(env.now()))
}

/// A context's node, and what came of asking it last.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn node<E: Env>(env: &E, state: &State, context: ContextId) -> Result<Node, MembershipError> {
    known_context(state, context)?;
    Ok(state.nodes().node(context).unwrap_or_default().into_api(env.now()))
}

/// A question under way.
#[derive(Debug)]
pub struct Asking {
    /// What is asked.
    pub question: HttpGet,
    context: ContextId,
    /// What the node calls it.
    in_calimero: ContextId,
    caller: Principal,
    url: String,
    asked_at: Timestamp,
    /// The checkpoint that was the highest final one when the question was sent.
    newest: Option<Height>,
    /// What the answer before said, if it differed.
    differed: Option<(Height, StateRoot)>,
    _guard: InFlightGuard<ContextId>,
}

/// Asks the context's node for its state and compares it with the highest final checkpoint. Who attests checkpoints or manages
/// the application. Whatever comes of it is recorded; nothing is asked again by itself.
///
/// # Errors
/// [`MembershipReason`], and nothing is asked.
pub async fn fetch_state<E: Env, O: Outcalls>(
    env: &E,
    outcalls: &O,
    arg: FetchStateArg,
) -> Result<FetchedState, MembershipError> {
    // What is spent is written down before the question is sent, so a trap or an upgrade in between does not refund it.
    let asking = with_state_mut(|state| begin_fetch(env, state, |question| outcalls.cost(question), arg))?;
    Ok(finish_fetch(env, outcalls, asking).await)
}

/// Asks what was begun, and records what comes of it.
pub(super) async fn finish_fetch<E: Env, O: Outcalls>(env: &E, outcalls: &O, asking: Asking) -> FetchedState {
    let answer = outcalls.get(env.canister_self(), &asking.question).await;
    with_state_mut(|state| end_fetch(env, state, asking, answer))
}

/// Checks that the node may be asked, and pays for it.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn begin_fetch<E: Env>(
    env: &E,
    state: &mut State,
    cost: impl FnOnce(&HttpGet) -> u128,
    arg: FetchStateArg,
) -> Result<Asking, MembershipError> {
    let FetchStateArg { context } = arg;
    if let Err(error) = authorise(env, state, context, Capability::Checkpoint) {
        authorise(env, state, context, Capability::ManageApplication).map_err(|_| error)?;
    }
    let (caller, now) = (env.caller(), env.now());
    let node = state.nodes().node(context).unwrap_or_default();
    let url = node.url.clone().ok_or(MembershipReason::NoNode)?;
    let in_calimero = in_calimero(state, context)?;
    let guard = state.nodes().asking.begin(context).ok_or(MembershipReason::FetchInProgress)?;
    if let Some(retry_at) = node.asked_at.map(|asked_at| asked_at.plus_seconds(FETCH_INTERVAL_SECONDS))
        && now < retry_at
    {
        return Err(MembershipReason::FetchTooSoon { retry_at }.into());
    }
    let question = state_question(&url, in_calimero);
    let cycles = u64::try_from(cost(&question)).unwrap_or(u64::MAX);
    let over = |spending: StoredSpending, limit: u64| spending.on_day_of(now).saturating_add(cycles) > limit;
    if over(node.spending, FETCH_CYCLES_PER_CONTEXT_AND_DAY) || over(state.nodes().spending(), FETCH_CYCLES_PER_DAY) {
        return Err(MembershipReason::FetchBudgetSpent { retry_at: StoredSpending::end_of_day(now) }.into());
    }
    let differed = differed(&node);
    process_free(env, state, context, Event::NodeAsked { cycles }, None);
    let newest = state.checkpoints().of_context(context).newest_final;
    Ok(Asking { question, context, in_calimero, caller, url, asked_at: now, newest, differed, _guard: guard })
}

/// Records what came of a question. Between question and answer anything may have happened: the node has another address,
/// another checkpoint is final, whoever asked is no member any more. Only the first makes the answer worthless.
pub fn end_fetch<E: Env>(
    env: &E,
    state: &mut State,
    asking: Asking,
    answer: Result<HttpAnswer, CallError>,
) -> FetchedState {
    let Asking { context, in_calimero, caller, url, asked_at, newest, differed, .. } = asking;
    let heard = if state.nodes().node(context).and_then(|node| node.url).as_ref() == Some(&url) {
        match answer {
            Ok(HttpAnswer { status, body }) => read(in_calimero, status, &body),
            Err(error) => Err(FetchFailure::NoResponse(shortened(error.to_string()))),
        }
    } else {
        Err(FetchFailure::AddressChanged)
    };
    let outcome = match &heard {
        Ok(said) => compared(state, context, newest, said, differed),
        Err(failure) => FetchOutcome::Failed(failure.clone()),
    };
    let said = heard.ok();
    let on_record = state.checkpoints().application(context).map(|(_, application)| application.application);
    let application_matches = said.zip(on_record).map(|(said, on_record)| said.application == on_record);
    let new = NewFetch { url, asked_at, state: said, outcome: outcome.clone(), application_matches };
    let seq = process_free(&ActingFor::new(env, caller), state, context, Event::NodeAnswered(new), None).seq;
    FetchedState { asked_at, state: said, outcome, application_matches, seq }
}

/// What nodes call a context.
fn in_calimero(state: &State, context: ContextId) -> Result<ContextId, MembershipError> {
    let origin = known_context(state, context)?.origin;
    Ok(origin.context_in_calimero(context).ok_or(MembershipReason::NoCalimeroContext)?)
}

/// Compares with the highest final checkpoint of now, and with that of when the question was sent.
fn compared(
    state: &State,
    context: ContextId,
    asked: Option<Height>,
    said: &NodeState,
    differed: Option<(Height, StateRoot)>,
) -> FetchOutcome {
    let newest = state.checkpoints().of_context(context).newest_final;
    let is_root = |height: &Height| {
        let checkpoint = state.final_checkpoint(context, *height);
        checkpoint.is_some_and(|checkpoint| checkpoint.claim.state_root == said.state_root)
    };
    if let Some(height) = newest.into_iter().chain(asked).find(is_root) {
        return FetchOutcome::Match { height };
    }
    newest.map_or(FetchOutcome::NothingToCompare, |height| FetchOutcome::Mismatch {
        height,
        raised: differed != Some((height, said.state_root)),
    })
}

fn differed(node: &StoredNode) -> Option<(Height, StateRoot)> {
    let last = node.last.as_ref()?;
    match (&last.outcome, last.state) {
        (StoredOutcome::Mismatch(height, _), Some(state)) => Some((*height, state.state_root)),
        _ => None,
    }
}

fn shortened(mut text: String) -> String {
    let end = (0..=MAX_REASON_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
    text
}
