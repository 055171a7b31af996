//! Many proofs in one message.

use super::errors::{from_decode, from_verify};
use super::payment::Payer;
use super::proofs::{Claim, Verified, check, claim, issue};
use super::{certify, check_length, refuse_anonymous};
use crate::curve::{CircuitKey, Proof, Unverified, instruction_bound, verify_all};
use crate::state::State;
use crate::statement::Inputs;
use crate::storage::StoredCurve;
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{MAX_SUBMISSIONS, ProofError, ProofReason, Receipt, SubmitArg, SubmitManyArg};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Proofs that are verified together: as many on BN254, half of it on BLS12-381, where each costs twice as much. More would save
/// little per proof, and would leave more undone when a part is refused.
const PART: u64 = 128;
/// Circuits that they may be of.
const PART_CIRCUITS: usize = 8;
/// Instructions that all parts together may take: of the 40 G of a message, what reading it and answering takes is left out.
const MESSAGE: u64 = 38_500_000_000;
/// Verifying a STARK and issuing its receipt.
const PER_STARK: u64 = 25_000_000;

/// Instructions on one curve. The good ones are what all takes at most when all proofs of a part are good.
struct Costs {
    /// Decoding a proof and issuing its receipt.
    proof: u64,
    good_proof: u64,
    /// Preparing a key that is not in the cache, and for each of its inputs.
    key: u64,
    key_input: u64,
    /// What a circuit takes in the equation of a part, on top of preparing it.
    good_key: u64,
}

const ON_BN254: Costs =
    Costs { proof: 11_000_000, good_proof: 25_000_000, key: 60_000_000, key_input: 6_000_000, good_key: 100_000_000 };
const ON_BLS12_381: Costs =
    Costs { proof: 32_000_000, good_proof: 54_000_000, key: 100_000_000, key_input: 11_000_000, good_key: 200_000_000 };

const fn costs(curve: StoredCurve) -> &'static Costs {
    match curve {
        StoredCurve::Bn254 => &ON_BN254,
        StoredCurve::Bls12_381 => &ON_BLS12_381,
    }
}

/// Checks proofs together and answers for each in its place. Bad ones are found, and bounded in what they cost, by
/// [`calisec_zk::groth16::batch::verify`]; the good ones have their receipts whatever the others are.
///
/// # Errors
/// When nothing of it is looked at; see the interface.
pub fn submit_many(
    state: &mut State,
    env: &impl Env,
    arg: SubmitManyArg,
) -> Result<Vec<Result<Receipt, ProofError>>, ProofError> {
    refuse_anonymous(env.caller())?;
    check_length("submissions", arg.submissions.len(), MAX_SUBMISSIONS)?;
    let payer = Payer::of(state, env, &arg.submissions)?;

    let mut answers = Vec::with_capacity(arg.submissions.len());
    let mut message = Message::default();
    for part in parts(state, arg.submissions) {
        let part = submit_part(state, env, payer, part, &mut message);
        answers.extend(part.into_iter().map(|answer| answer.map_err(Into::into)));
    }
    certify(state, env);
    Ok(answers)
}

/// Cuts submissions into what is verified together.
fn parts(state: &State, submissions: Vec<SubmitArg>) -> Vec<Vec<SubmitArg>> {
    let mut weights: BTreeMap<CircuitId, u64> = BTreeMap::new();
    let (mut parts, mut weight_of_last) = (Vec::<Vec<SubmitArg>>::new(), 0);
    for submission in submissions {
        let id = submission.circuit;
        // Those of no circuit are refused one by one.
        let weight = *weights
            .entry(id)
            .or_insert_with(|| state.circuit(&id).map_or(1, |placed| placed.circuit.curve().charge()));
        match parts.last_mut().filter(|_| weight_of_last + weight <= PART) {
            Some(last) => last.push(submission),
            None => {
                parts.push(vec![submission]);
                weight_of_last = 0;
            }
        }
        weight_of_last += weight;
    }
    parts
}

/// A submission that was read.
enum Read {
    /// To be verified with the others.
    Groth16(Claim, Unverified),
    /// Verified alone.
    Verified(Claim, Verified),
}

/// What the parts so far brought up and took.
#[derive(Default)]
struct Message {
    keys: BTreeMap<CircuitId, CircuitKey>,
    spent: u64,
}

/// What reading a part brought up and took.
#[derive(Default)]
struct Part {
    circuits: BTreeSet<CircuitId>,
    /// What reading took at most.
    overhead: u64,
    /// What all of it takes at most when every proof is good.
    good: u64,
}

impl Part {
    /// Takes what a step of reading takes at most, after what the parts before have spent, or refuses to before it is done: a message
    /// that does not end charges nobody.
    fn take(&mut self, spent: u64, instructions: u64) -> Result<(), ProofReason> {
        if spent + self.overhead + instructions > MESSAGE {
            return Err(ProofReason::BatchTooCostly);
        }
        self.overhead += instructions;
        Ok(())
    }
}

fn submit_part(
    state: &mut State,
    env: &impl Env,
    payer: Payer,
    submissions: Vec<SubmitArg>,
    message: &mut Message,
) -> Vec<Result<Receipt, ProofReason>> {
    let mut part = Part::default();
    let mut entries: Vec<_> =
        submissions.into_iter().map(|arg| read(state, env, payer, arg, message, &mut part)).collect();

    let worst = part.overhead + instruction_bound(&unverified(&entries));
    let is_affordable = message.spent + worst <= MESSAGE;
    if !is_affordable {
        refuse_unverified(&mut entries);
    }

    // A part has neither more proofs nor more circuits than a batch may have.
    let mut results = verify_all(&unverified(&entries)).unwrap_or_default().into_iter();
    let mut is_good = true;
    let answers = entries
        .into_iter()
        .map(|entry| match entry? {
            Read::Verified(claim, verified) => issue(state, env, claim, verified),
            Read::Groth16(claim, _) => {
                let Some(result) = results.next() else {
                    return Err(ProofReason::Internal("a proof of the batch has no result".to_owned()));
                };
                is_good &= result.is_ok();
                issue(state, env, claim, result.map_err(from_verify)?.into())
            }
        })
        .collect();
    message.spent += match (is_affordable, is_good) {
        (false, _) => part.overhead,
        (true, true) => part.good,
        (true, false) => worst,
    };
    answers
}

fn unverified(entries: &[Result<Read, ProofReason>]) -> Vec<&Unverified> {
    entries
        .iter()
        .flatten()
        .filter_map(|read| match read {
            Read::Groth16(_, unverified) => Some(unverified),
            Read::Verified(..) => None,
        })
        .collect()
}

/// Nothing of the part is verified together: in the worst case the message would not end.
fn refuse_unverified(entries: &mut [Result<Read, ProofReason>]) {
    for entry in entries.iter_mut().filter(|entry| matches!(entry, Ok(Read::Groth16(..)))) {
        *entry = Err(ProofReason::BatchTooCostly);
    }
}

/// Reads one submission, and prepares its key. Counts and charges what is worth work.
fn read(
    state: &mut State,
    env: &impl Env,
    payer: Payer,
    arg: SubmitArg,
    message: &mut Message,
    part: &mut Part,
) -> Result<Read, ProofReason> {
    let claim = claim(state, env, arg)?;
    let circuit = claim.arg.circuit;
    let inputs = match &claim.inputs {
        Inputs::Stark(_) => {
            part.take(message.spent, PER_STARK)?;
            payer.charge(state, env, &claim.inputs)?;
            part.good += PER_STARK;
            let verified = check(state, circuit, &claim.inputs, &claim.arg.proof)?;
            return Ok(Read::Verified(claim, verified));
        }
        Inputs::Groth16(inputs) => inputs.clone(),
    };
    if !part.circuits.contains(&circuit) && part.circuits.len() >= PART_CIRCUITS {
        return Err(ProofReason::BatchTooCostly);
    }
    let costs = costs(inputs.curve());
    part.take(message.spent, costs.proof)?;
    payer.charge(state, env, &claim.inputs)?;
    part.good += costs.good_proof;
    let proof = Proof::decode(inputs.curve(), &claim.arg.proof).map_err(from_decode)?;
    if part.circuits.insert(circuit) {
        part.good += costs.good_key;
    }
    let key = match message.keys.entry(circuit) {
        Entry::Occupied(present) => present.get().clone(),
        Entry::Vacant(missing) => {
            let preparing = costs.key + costs.key_input * claim.arg.public_inputs.len() as u64;
            part.take(message.spent, preparing)?;
            part.good += preparing;
            missing.insert(state.prepared_key(circuit).map_err(ProofReason::Internal)?).clone()
        }
    };
    let unverified = Unverified::new(key, inputs, proof).map_err(from_verify)?;
    Ok(Read::Groth16(claim, unverified))
}
