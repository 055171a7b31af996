//! Many proofs in one message.

use super::errors::{from_decode, from_verify};
use super::payment::Payer;
use super::proofs::{Claim, Verified, check, claim, issue};
use super::{certify, check_length, refuse_anonymous};
use crate::curve::{CircuitKey, Inputs as GrothInputs};
use crate::state::State;
use crate::statement::Inputs;
use crate::storage::StoredCurve;
use calisec_runtime::Env;
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::{MAX_SUBMISSIONS, ProofError, ProofReason, Receipt, SubmitArg, SubmitManyArg};
use calisec_zk::groth16::batch::{self, BatchItem};
use calisec_zk::groth16::{DecodedProof, PreparedKey, PublicInputs, RawProof};
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
/// Verifying a STARK and issuing its receipt.
const PER_STARK: u64 = 25_000_000;
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
    let payer = Payer::of(state, env, &arg.submissions)?;

    let mut answers = Vec::with_capacity(arg.submissions.len());
    let mut submissions = arg.submissions.into_iter();
    let mut spent = 0;
    loop {
        let part: Vec<SubmitArg> = submissions.by_ref().take(PART).collect();
        if part.is_empty() {
            break;
        }
        let part = submit_part(state, env, payer, part, &mut spent);
        answers.extend(part.into_iter().map(|answer| answer.map_err(Into::into)));
    }
    certify(state, env);
    Ok(answers)
}

/// A submission that was read.
enum Read {
    /// To be verified with the others.
    Groth16(Claim, PublicInputs, Box<DecodedProof>),
    /// Verified alone.
    Verified(Claim, Verified),
}

/// What reading a part brought up and took.
#[derive(Default)]
struct Part {
    keys: BTreeMap<CircuitId, Rc<CircuitKey>>,
    groth16: u64,
    starks: u64,
}

impl Part {
    /// What reading took at most.
    fn overhead(&self) -> u64 {
        self.groth16 * PER_ITEM + self.starks * PER_STARK + self.keys.len() as u64 * PER_KEY
    }

    /// What all of it takes at most when every proof is good.
    fn good(&self) -> u64 {
        self.groth16 * GOOD_ITEM + self.starks * PER_STARK + self.keys.len() as u64 * GOOD_KEY
    }
}

fn submit_part(
    state: &mut State,
    env: &impl Env,
    payer: Payer,
    submissions: Vec<SubmitArg>,
    spent: &mut u64,
) -> Vec<Result<Receipt, ProofReason>> {
    let mut part = Part::default();
    let mut entries: Vec<_> = submissions.into_iter().map(|arg| read(state, env, payer, arg, &mut part)).collect();

    let used: Vec<&PreparedKey> =
        groth16(&entries).filter_map(|(claim, ..)| on_bn254(part.keys.get(&claim.arg.circuit)?)).collect();
    let worst = part.overhead() + batch::instruction_bound(used.iter().copied());
    if *spent + worst > MESSAGE {
        refuse_unverified(&mut entries);
    }

    let items = groth16(&entries)
        .filter_map(|(claim, inputs, proof)| {
            let key = on_bn254(part.keys.get(&claim.arg.circuit)?)?;
            Some(BatchItem { key, inputs: inputs.clone(), proof })
        })
        .collect();
    // A part has neither more proofs nor more circuits than a batch may have.
    let mut results = batch::verify(items).unwrap_or_default().into_iter();
    let mut is_good = true;
    let answers = entries
        .into_iter()
        .map(|entry| match entry? {
            Read::Verified(claim, verified) => issue(state, env, claim, verified),
            Read::Groth16(claim, _, proof) => {
                let Some(result) = results.next() else {
                    return Err(ProofReason::Internal("a proof of the batch has no result".to_owned()));
                };
                is_good &= result.is_ok();
                issue(state, env, claim, Verified::groth16(&result.map_err(from_verify)?, &proof))
            }
        })
        .collect();
    *spent += if is_good { part.good() } else { worst };
    answers
}

/// [`read`] lets nothing else through.
fn on_bn254(key: &Rc<CircuitKey>) -> Option<&PreparedKey> {
    match key.as_ref() {
        CircuitKey::Bn254(key) => Some(key.as_ref()),
        CircuitKey::Bls12_381(_) => None,
    }
}

fn groth16(entries: &[Result<Read, ProofReason>]) -> impl Iterator<Item = (&Claim, &PublicInputs, &DecodedProof)> {
    entries.iter().flatten().filter_map(|read| match read {
        Read::Groth16(claim, inputs, proof) => Some((claim, inputs, proof.as_ref())),
        Read::Verified(..) => None,
    })
}

/// Nothing of the part is verified together: in the worst case the message would not end.
fn refuse_unverified(entries: &mut [Result<Read, ProofReason>]) {
    for entry in entries.iter_mut().filter(|entry| matches!(entry, Ok(Read::Groth16(..)))) {
        *entry = Err(ProofReason::BatchTooCostly);
    }
}

/// Reads one submission, and prepares its key. Counts and charges what is worth work.
fn read(state: &mut State, env: &impl Env, payer: Payer, arg: SubmitArg, part: &mut Part) -> Result<Read, ProofReason> {
    let claim = claim(state, env, arg)?;
    let circuit = claim.arg.circuit;
    let inputs = match &claim.inputs {
        Inputs::Stark(_) => {
            payer.charge(state, env, &claim.inputs)?;
            part.starks += 1;
            let verified = check(state, circuit, &claim.inputs, &claim.arg.proof)?;
            return Ok(Read::Verified(claim, verified));
        }
        // Its proofs have no equation that could be combined.
        Inputs::Groth16(GrothInputs::Bls12_381(_)) => {
            return Err(ProofReason::CurveNotSupported(StoredCurve::Bls12_381.into()));
        }
        Inputs::Groth16(GrothInputs::Bn254(inputs)) => inputs.clone(),
    };
    if !part.keys.contains_key(&circuit) && part.keys.len() >= PART_CIRCUITS {
        return Err(ProofReason::BatchTooCostly);
    }
    payer.charge(state, env, &claim.inputs)?;
    part.groth16 += 1;
    let proof = RawProof::try_from(&claim.arg.proof).and_then(RawProof::decode).map_err(from_decode)?;
    if let Entry::Vacant(missing) = part.keys.entry(circuit) {
        missing.insert(state.prepared_key(circuit).map_err(ProofReason::Internal)?);
    }
    Ok(Read::Groth16(claim, inputs, Box::new(proof)))
}
