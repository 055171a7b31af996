//! Many proofs in one message.

use super::errors::{from_budget, from_decode, from_verify};
use super::proofs::{Claim, claim, issue};
use super::{certify, check_length, refuse_anonymous};
use crate::curve::{CircuitKey, Inputs, Proof};
use crate::state::State;
use crate::storage::StoredCurve;
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{MAX_SUBMISSIONS, ProofError, ProofReason, Receipt, SubmitArg, SubmitManyArg};
use calisec_zk::groth16::PreparedKey;
use calisec_zk::groth16::batch::{self, BatchItem};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

/// Proofs that are verified together. More would save little per proof, and would leave more undone when a part is refused.
const PART: usize = 128;
/// Circuits that they may be of.
const PART_CIRCUITS: usize = 8;
/// Instructions that all parts together may take, below the 40 G of a message.
const MESSAGE: u64 = 37_000_000_000;
/// Decoding a proof and issuing its receipt.
const PER_ITEM: u64 = 11_000_000;
/// Preparing a key that is not in the cache.
const PER_KEY: u64 = 300_000_000;
/// What a proof takes at most when all of its part are good, and a circuit in such a part.
const GOOD_ITEM: u64 = 25_000_000;
const GOOD_KEY: u64 = 400_000_000;

/// Checks proofs together and answers for each in its place. Bad ones are found, and bounded in what they cost, by
/// [`batch::verify`]; the good ones have their receipts whatever the others are.
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

    let mut answers = Vec::with_capacity(arg.submissions.len());
    let mut submissions = arg.submissions.into_iter();
    let mut spent = 0;
    loop {
        let part: Vec<SubmitArg> = submissions.by_ref().take(PART).collect();
        if part.is_empty() {
            break;
        }
        answers.extend(submit_part(state, env, part, &mut spent).into_iter().map(|answer| answer.map_err(Into::into)));
    }
    certify(state, env);
    Ok(answers)
}

fn submit_part(
    state: &mut State,
    env: &impl Env,
    part: Vec<SubmitArg>,
    spent: &mut u64,
) -> Vec<Result<Receipt, ProofReason>> {
    let (mut keys, mut count) = (BTreeMap::new(), 0);
    let mut read: Vec<_> = part.into_iter().map(|arg| read(state, env, arg, &mut keys, &mut count)).collect();

    let used: Vec<&PreparedKey> =
        read.iter().flatten().filter_map(|(claim, _)| on_bn254(keys.get(&claim.arg.circuit)?)).collect();
    let overhead = count * PER_ITEM + keys.len() as u64 * PER_KEY;
    let worst = overhead + batch::instruction_bound(used.iter().copied());
    if *spent + worst > MESSAGE {
        refuse_all(&mut read);
    }

    let items = read
        .iter()
        .flatten()
        .filter_map(|(claim, proof)| {
            let (Inputs::Bn254(inputs), Proof::Bn254(proof)) = (&claim.inputs, proof) else { return None };
            Some(BatchItem { key: on_bn254(keys.get(&claim.arg.circuit)?)?, inputs: inputs.clone(), proof })
        })
        .collect();
    // A part has neither more proofs nor more circuits than a batch may have.
    let mut verified = batch::verify(items).unwrap_or_default().into_iter();
    let mut is_good = true;
    let answers = read
        .into_iter()
        .map(|entry| {
            let (claim, proof) = entry?;
            let Some(verified) = verified.next() else {
                return Err(ProofReason::Internal("a proof of the batch has no result".to_owned()));
            };
            is_good &= verified.is_ok();
            verified.map_err(from_verify)?;
            issue(state, env, claim, proof.to_compressed_bytes())
        })
        .collect();
    *spent += if is_good { count * GOOD_ITEM + keys.len() as u64 * GOOD_KEY } else { worst };
    answers
}

/// [`read`] lets nothing else through.
fn on_bn254(key: &Rc<CircuitKey>) -> Option<&PreparedKey> {
    match key.as_ref() {
        CircuitKey::Bn254(key) => Some(key.as_ref()),
        CircuitKey::Bls12_381(_) => None,
    }
}

/// Nothing of the part is verified: in the worst case the message would not end.
fn refuse_all<T>(read: &mut [Result<T, ProofReason>]) {
    for entry in read.iter_mut().filter(|entry| entry.is_ok()) {
        *entry = Err(ProofReason::BatchTooCostly);
    }
}

/// Reads one submission, and prepares its key. Counts and charges what is worth work.
fn read(
    state: &mut State,
    env: &impl Env,
    arg: SubmitArg,
    keys: &mut BTreeMap<CircuitId, Rc<CircuitKey>>,
    count: &mut u64,
) -> Result<(Claim, Proof), ProofReason> {
    let claim = claim(state, env, arg)?;
    // Its proofs have no equation that could be combined.
    if claim.curve != StoredCurve::Bn254 {
        return Err(ProofReason::CurveNotSupported(claim.curve.into()));
    }
    let circuit = claim.arg.circuit;
    if !keys.contains_key(&circuit) && keys.len() >= PART_CIRCUITS {
        return Err(ProofReason::BatchTooCostly);
    }
    state.charge(env.caller(), 1, env.now()).map_err(from_budget)?;
    *count += 1;
    let proof = Proof::decode(claim.curve, &claim.arg.proof).map_err(from_decode)?;
    if let Entry::Vacant(missing) = keys.entry(circuit) {
        missing.insert(state.prepared_key(circuit).map_err(ProofReason::Internal)?);
    }
    Ok((claim, proof))
}
