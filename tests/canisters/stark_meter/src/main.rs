//! The verifier of STARK statements, measured by the canister itself.
//!
//! Interface: `verify_note_commitment`, `verify_membership : (Claim) -> (variant { Ok : Measured; Err : text })`.
//! Each answers the difference of `performance_counter(0)` around just the verification, from the proof's bytes.

use calisec_stark::{Membership, NoteCommitment, Statement, Word};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::hint::black_box;

/// What to verify.
#[derive(CandidType, Serialize, Deserialize)]
struct Claim {
    /// Four words of 32 bytes.
    public_words: Vec<ByteBuf>,
    proof: ByteBuf,
}

/// What it cost, and whether the proof was accepted; the reason when it was not.
#[derive(CandidType, Serialize, Deserialize)]
struct Measured {
    instructions: u64,
    refusal: Option<String>,
}

fn main() {}

#[ic_cdk::update]
fn verify_note_commitment(claim: Claim) -> Result<Measured, String> {
    let [commitment, nullifier, context_tag, signal] = words(&claim)?;
    Ok(measure(&NoteCommitment { commitment, nullifier, context_tag, signal }, &claim.proof))
}

#[ic_cdk::update]
fn verify_membership(claim: Claim) -> Result<Measured, String> {
    let [root, nullifier, context_tag, signal] = words(&claim)?;
    Ok(measure(&Membership { root, nullifier, context_tag, signal }, &claim.proof))
}

fn words(claim: &Claim) -> Result<[Word; 4], String> {
    let words: Vec<Word> = claim
        .public_words
        .iter()
        .map(|bytes| {
            let bytes = bytes.as_slice().try_into().map_err(|_| "a word has 32 bytes")?;
            Word::from_bytes(bytes).map_err(|error| error.to_string())
        })
        .collect::<Result<_, String>>()?;
    words.try_into().map_err(|_| "four words, please".to_string())
}

fn measure<S: Statement>(statement: &S, proof: &[u8]) -> Measured {
    let before = ic_cdk::api::instruction_counter();
    let verdict = black_box(calisec_stark::verify(black_box(statement), black_box(proof)));
    let after = ic_cdk::api::instruction_counter();
    Measured { instructions: after - before, refusal: verdict.err().map(|refusal| refusal.to_string()) }
}
