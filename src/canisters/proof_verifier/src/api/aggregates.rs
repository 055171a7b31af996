//! Rounds of contributions, and the aggregates that are checked against them.

use super::errors::{count, from_budget, from_opening};
use super::{certify, check_length, refuse_anonymous};
use crate::aggregate::StoredRound;
use crate::state::{AggregateEvent, Event, State};
use calisec_certification::aggregates::{commitments_hash, values_hash};
use calisec_certification::encode_tree;
use calisec_runtime::Env;
use calisec_types::aggregates::{
    AggregateCertificate, AggregateReceipt, CommitUpdateArg, ContributionsArg, ContributionsPage, Contributor,
    MAX_CONTRIBUTORS, MAX_DIMENSION, MAX_LABEL_BYTES, MAX_ROUND_SECONDS, MAX_ROUNDS_PER_PUBLISHER, MIN_CONTRIBUTORS,
    OpenRoundArg, PostAggregateArg, Round, RoundsArg, RoundsPage,
};
use calisec_types::ids::{RoundId, Timestamp};
use calisec_types::page::page_length;
use calisec_types::proof_verifier::{ProofError, ProofReason};
use calisec_zk::pedersen::{Blinding, COMMITMENT_BYTES, Commitment, Opening, verify_sum};
use candid::Principal;
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// Values that cost about as much as checking a proof.
const VALUES_PER_CHARGE: usize = 64;
/// Contributors whose storing costs about as much.
const CONTRIBUTORS_PER_CHARGE: usize = 16;

/// Opens a round, whose publisher is the caller.
///
/// # Errors
/// See the interface.
pub fn open_round(state: &mut State, env: &impl Env, arg: OpenRoundArg) -> Result<Round, ProofError> {
    let (caller, now) = (env.caller(), env.now());
    refuse_anonymous(caller)?;
    check_length("label", arg.label.len(), MAX_LABEL_BYTES)?;
    check_length("dimension", arg.dimension as usize, MAX_DIMENSION)?;
    check_length("contributors", arg.contributors.len(), MAX_CONTRIBUTORS)?;
    let contributors = weights(&arg.contributors)?;
    check_round(&arg, now)?;
    if state.aggregates().rounds_of(&caller) >= MAX_ROUNDS_PER_PUBLISHER {
        return Err(ProofReason::TooManyRounds { limit: MAX_ROUNDS_PER_PUBLISHER }.into());
    }
    let charge = 1 + contributors.len() / CONTRIBUTORS_PER_CHARGE;
    state.charge(caller, charge as u64, now).map_err(from_budget)?;

    let id = state.aggregates().next_id();
    let round = StoredRound {
        context: arg.context,
        label: arg.label,
        publisher: caller,
        dimension: arg.dimension,
        contributors: count(contributors.len()),
        quorum: arg.quorum,
        committed: 0,
        opened_at: now,
        closes_at: arg.closes_at,
        aggregate: None,
    };
    let contributors = contributors.into_iter().collect();
    let opened = round.to_api(id);
    state.apply(Event::Aggregate(AggregateEvent::Opened { id, round, contributors }));
    Ok(opened)
}

/// Commits the caller to an update. The same commitment again changes nothing.
///
/// # Errors
/// See the interface.
pub fn commit_update(state: &mut State, env: &impl Env, arg: &CommitUpdateArg) -> Result<Round, ProofError> {
    let (caller, now) = (env.caller(), env.now());
    refuse_anonymous(caller)?;
    check_length("commitment", arg.commitment.len(), COMMITMENT_BYTES)?;
    let round = state.aggregates().round(&arg.round).ok_or(ProofReason::UnknownRound(arg.round))?;
    let own = state.aggregates().contribution(arg.round, caller).ok_or(ProofReason::NotContributor)?;
    if let Some(earlier) = own.commitment().map_err(ProofReason::Internal)? {
        return if earlier.to_bytes() == **arg.commitment {
            Ok(round.to_api(arg.round))
        } else {
            Err(ProofReason::AlreadyCommitted.into())
        };
    }
    if !round.takes_commitments(now) {
        return Err(ProofReason::RoundClosed(round.closes_at).into());
    }
    state.charge(caller, 1, now).map_err(from_budget)?;
    let commitment =
        Commitment::decode(&arg.commitment).map_err(|error| ProofReason::InvalidCommitment(error.to_string()))?;
    // Who copies what another committed to, or negates it, doubles or cancels it without knowing it.
    for (other, contribution) in state.aggregates().contributions(arg.round, None) {
        if contribution.commitment().map_err(ProofReason::Internal)?.is_some_and(|c| c.equals_up_to_sign(&commitment)) {
            return Err(ProofReason::CommitmentTaken(other).into());
        }
    }
    let event = AggregateEvent::Committed { id: arg.round, contributor: caller, commitment };
    state.apply(Event::Aggregate(event));
    round_of(state, arg.round)
}

/// Checks the aggregate against everything that was committed to, and issues its receipt. The same aggregate again gets the
/// same receipt.
///
/// # Errors
/// See the interface.
pub fn post_aggregate(
    state: &mut State,
    env: &impl Env,
    arg: PostAggregateArg,
) -> Result<AggregateReceipt, ProofError> {
    let (caller, now) = (env.caller(), env.now());
    refuse_anonymous(caller)?;
    check_length("values", arg.values.len(), MAX_DIMENSION)?;
    let round = state.aggregates().round(&arg.round).ok_or(ProofReason::UnknownRound(arg.round))?;
    if caller != round.publisher {
        return Err(ProofReason::NotPublisher(round.publisher).into());
    }
    if arg.values.len() != round.dimension as usize {
        let actual = count(arg.values.len());
        return Err(ProofReason::WrongDimension { expected: round.dimension, actual }.into());
    }
    let values_hash = values_hash(&arg.values);
    if let Some(accepted) = &round.aggregate {
        return if accepted.values_hash == values_hash {
            Ok(round.receipt(arg.round, accepted))
        } else {
            Err(ProofReason::RoundAggregated.into())
        };
    }
    if !round.is_complete(now) {
        let StoredRound { committed, contributors, quorum, closes_at, .. } = round;
        return Err(ProofReason::RoundOpen { committed, contributors, quorum, closes_at }.into());
    }
    let blinding = Blinding::parse(&arg.blinding.0).map_err(from_opening)?;
    let charge = 1 + arg.values.len() / VALUES_PER_CHARGE;
    state.charge(caller, charge as u64, now).map_err(from_budget)?;

    let sum = Opening::new(arg.values, blinding).map_err(from_opening)?;
    let contributions: Vec<_> = state.aggregates().contributions(arg.round, None).collect();
    let (mut terms, mut listed) = (Vec::new(), Vec::new());
    for (contributor, contribution) in &contributions {
        if let Some(commitment) = contribution.commitment().map_err(ProofReason::Internal)? {
            terms.push((contribution.weight, commitment));
            listed.push(contribution.to_api(*contributor).map_err(ProofReason::Internal)?);
        }
    }
    if !verify_sum(&terms, &sum) {
        return Err(ProofReason::WrongAggregate.into());
    }
    let commitments_hash = commitments_hash(&listed);
    let event = AggregateEvent::Accepted { id: arg.round, commitments_hash, values_hash, at: now };
    state.apply(Event::Aggregate(event));
    certify(state, env);
    let round = state.aggregates().round(&arg.round).ok_or(ProofReason::UnknownRound(arg.round))?;
    let accepted = round.aggregate.ok_or(ProofReason::NotAggregated(arg.round))?;
    Ok(round.receipt(arg.round, &accepted))
}

/// A round.
///
/// # Errors
/// When there is none.
pub fn round(state: &State, id: RoundId) -> Result<Round, ProofError> {
    round_of(state, id)
}

/// A page of the rounds of a context.
#[must_use]
pub fn rounds(state: &State, arg: &RoundsArg) -> RoundsPage {
    let length = page_length(arg.limit);
    let mut ids: Vec<RoundId> = state.aggregates().rounds_after(arg.context, arg.after).take(length + 1).collect();
    let has_more = ids.len() > length;
    ids.truncate(length);
    let rounds = ids.iter().filter_map(|id| state.aggregates().round(id).map(|round| round.to_api(*id))).collect();
    RoundsPage { rounds, next: ids.last().filter(|_| has_more).copied() }
}

/// A page of the contributors of a round.
///
/// # Errors
/// When there is no such round.
pub fn contributions(state: &State, arg: &ContributionsArg) -> Result<ContributionsPage, ProofError> {
    state.aggregates().round(&arg.round).ok_or(ProofReason::UnknownRound(arg.round))?;
    let length = page_length(arg.limit);
    let mut contributions = state
        .aggregates()
        .contributions(arg.round, arg.after)
        .take(length + 1)
        .map(|(contributor, contribution)| contribution.to_api(contributor).map_err(ProofReason::Internal))
        .collect::<Result<Vec<_>, _>>()?;
    let has_more = contributions.len() > length;
    contributions.truncate(length);
    let next = contributions.last().filter(|_| has_more).map(|last| last.contributor);
    Ok(ContributionsPage { contributions, next })
}

/// The receipt of a round's aggregate with what proves it offline.
///
/// # Errors
/// When there is no such round, or no aggregate of it yet.
pub fn aggregate_certificate(state: &State, env: &impl Env, id: RoundId) -> Result<AggregateCertificate, ProofError> {
    let round = state.aggregates().round(&id).ok_or(ProofReason::UnknownRound(id))?;
    let aggregate = round.aggregate.ok_or(ProofReason::NotAggregated(id))?;
    Ok(AggregateCertificate {
        receipt: round.receipt(id, &aggregate),
        position: aggregate.position,
        certificate: env.certificate().map(ByteBuf::from),
        witness: ByteBuf::from(encode_tree(&state.aggregate_witness(id, &round, &aggregate))),
    })
}

fn round_of(state: &State, id: RoundId) -> Result<Round, ProofError> {
    Ok(state.aggregates().round(&id).ok_or(ProofReason::UnknownRound(id))?.to_api(id))
}

/// Each contributor once, with a weight that counts.
fn weights(contributors: &[Contributor]) -> Result<BTreeMap<Principal, u32>, ProofReason> {
    let mut weights = BTreeMap::new();
    for Contributor { contributor, weight } in contributors {
        if *contributor == Principal::anonymous() {
            return Err(ProofReason::InvalidRound("the anonymous principal cannot contribute".to_owned()));
        }
        if *weight == 0 {
            return Err(ProofReason::InvalidRound(format!("{contributor} has weight 0: leave it out")));
        }
        if weights.insert(*contributor, *weight).is_some() {
            return Err(ProofReason::InvalidRound(format!("{contributor} is named twice: add up the weights")));
        }
    }
    Ok(weights)
}

fn check_round(arg: &OpenRoundArg, now: Timestamp) -> Result<(), ProofReason> {
    let contributors = arg.contributors.len();
    if contributors < MIN_CONTRIBUTORS {
        return Err(ProofReason::InvalidRound(format!(
            "{contributors} contributors: the aggregate of fewer than {MIN_CONTRIBUTORS} would be an update"
        )));
    }
    let quorum = arg.quorum as usize;
    if quorum < MIN_CONTRIBUTORS || quorum > contributors {
        return Err(ProofReason::InvalidRound(format!(
            "the quorum is {quorum}: it must be between {MIN_CONTRIBUTORS} and the {contributors} contributors"
        )));
    }
    if arg.closes_at <= now || arg.closes_at > now.plus_seconds(MAX_ROUND_SECONDS) {
        return Err(ProofReason::InvalidRound(format!(
            "it closes at {}: choose a time after {now} and at most {MAX_ROUND_SECONDS} seconds later",
            arg.closes_at
        )));
    }
    Ok(())
}
