//! arkworks' Groth16 verifier on BN254 as it is, and ours, measured by the canister itself.
//!
//! What the same operations cost on a replica is known, so an engine that meters this canister can be checked against it.
//! Each method answers the difference of `performance_counter(0)` around just the operation that it is named after.
//!
//! Interface: `set : (Statement) -> (variant { Ok; Err : text })`, then `decode_proof`, `verify_proof`, and the same of
//! `calisec_zk`, `calisec_decode` and `calisec_verify : () -> (variant { Ok : Measured; Err : text })`.
//! `calisec_batch : (Batch) -> (variant { Ok : MeasuredBatch; Err : text })` decodes and verifies many proofs with keys that
//! it has prepared before it measures, `bls_batch` does so on BLS12-381. `calisec_prepare`, `bls_prepare`, `bls_decode` and
//! `bls_verify` are `: (Statement) -> (variant { Ok : Measured; Err : text })`. Encodings are arkworks', uncompressed.

#[cfg(test)]
mod tests;

use ark_bn254::{Bn254, Fr};
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::CanonicalDeserialize;
use calisec_zk::groth16::batch::{self, BatchItem};
use calisec_zk::groth16::{
    Bls12_381, Bn254 as OurBn254, Curve, DecodedProof, PreparedKey, PublicInputs, RawProof, RawVerifyingKey,
    VerifyingKey as VerifyingKeyOf,
};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::{cell::RefCell, hint::black_box};

/// What to verify.
#[derive(CandidType, Serialize, Deserialize)]
struct Statement {
    verifying_key: ByteBuf,
    proof: ByteBuf,
    /// One field element each.
    public_inputs: Vec<ByteBuf>,
}

/// What an operation cost, and whether it succeeded.
#[derive(CandidType, Serialize, Deserialize)]
struct Measured {
    instructions: u64,
    valid: bool,
}

/// What to verify at once.
#[derive(CandidType, Serialize, Deserialize)]
struct Batch {
    verifying_keys: Vec<ByteBuf>,
    items: Vec<Item>,
}

/// One proof of a batch.
#[derive(CandidType, Serialize, Deserialize)]
struct Item {
    /// Which of the keys.
    key: u32,
    proof: ByteBuf,
    public_inputs: Vec<ByteBuf>,
}

/// What a batch cost, how many of its proofs were rejected, and what it may cost at most with decoding as it was.
#[derive(CandidType, Serialize, Deserialize)]
struct MeasuredBatch {
    instructions: u64,
    rejected: u32,
    bound: u64,
}

/// Everything decoded ahead of measuring.
struct Prepared {
    key: PreparedVerifyingKey<Bn254>,
    encoded_proof: ByteBuf,
    proof: Proof<Bn254>,
    public_inputs: Vec<Fr>,
    our_key: PreparedKey,
    our_proof: DecodedProof,
}

thread_local! {
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

fn main() {}

#[ic_cdk::update]
fn set(statement: Statement) -> Result<(), String> {
    let prepared = prepare(statement)?;
    PREPARED.set(Some(prepared));
    Ok(())
}

#[ic_cdk::update]
fn decode_proof() -> Result<Measured, String> {
    measure(|prepared| decode::<Proof<Bn254>>("proof", &prepared.encoded_proof).is_ok())
}

#[ic_cdk::update]
fn verify_proof() -> Result<Measured, String> {
    measure(verify)
}

#[ic_cdk::update]
fn calisec_decode() -> Result<Measured, String> {
    measure(|prepared| RawProof::ArkUncompressed(&prepared.encoded_proof).decode().is_ok())
}

#[ic_cdk::update]
fn calisec_verify() -> Result<Measured, String> {
    measure(calisec_accepts)
}

#[ic_cdk::update]
fn calisec_batch(batch: Batch) -> Result<MeasuredBatch, String> {
    measure_batch::<OurBn254>(&batch)
}

#[ic_cdk::update]
fn bls_batch(batch: Batch) -> Result<MeasuredBatch, String> {
    measure_batch::<Bls12_381>(&batch)
}

fn measure_batch<C: Curve>(batch: &Batch) -> Result<MeasuredBatch, String> {
    let keys: Vec<PreparedKey<C>> =
        batch.verifying_keys.iter().map(|key| prepare_ours(key)).collect::<Result<_, _>>()?;
    let inputs: Vec<PublicInputs<C::Scalar>> =
        batch.items.iter().map(|item| decode_inputs::<C>(&item.public_inputs)).collect::<Result<_, _>>()?;

    let before = ic_cdk::api::instruction_counter();
    let proofs: Vec<DecodedProof<C>> =
        batch.items.iter().map(|item| decode_ours(&item.proof)).collect::<Result<_, _>>()?;
    let decoded = ic_cdk::api::instruction_counter();
    let items: Vec<BatchItem<'_, C>> = batch
        .items
        .iter()
        .zip(inputs)
        .zip(&proofs)
        .map(|((item, inputs), proof)| {
            let key = keys.get(item.key as usize).ok_or("no such key")?;
            Ok(BatchItem { key, inputs, proof })
        })
        .collect::<Result<_, String>>()?;
    let bound = decoded - before + batch::instruction_bound(items.iter().map(|item| item.key));
    let results = black_box(batch::verify(items)).map_err(|error| error.to_string())?;
    let after = ic_cdk::api::instruction_counter();
    let rejected = results.iter().filter(|result| result.is_err()).count();
    Ok(MeasuredBatch { instructions: after - before, rejected: rejected as u32, bound })
}

#[ic_cdk::update]
fn calisec_prepare(statement: Statement) -> Result<Measured, String> {
    measure_preparing::<OurBn254>(&statement)
}

#[ic_cdk::update]
fn bls_prepare(statement: Statement) -> Result<Measured, String> {
    measure_preparing::<Bls12_381>(&statement)
}

/// From a stored key, as a canister does after an upgrade.
fn measure_preparing<C: Curve>(statement: &Statement) -> Result<Measured, String> {
    let before = ic_cdk::api::instruction_counter();
    let key = VerifyingKeyOf::<C>::from_stored_canonical_bytes(&statement.verifying_key);
    let key = key.map_err(|error| error.to_string())?;
    let valid = black_box(PreparedKey::new(&key)).is_ok();
    Ok(Measured { instructions: ic_cdk::api::instruction_counter() - before, valid })
}

#[ic_cdk::update]
fn bls_decode(statement: Statement) -> Result<Measured, String> {
    let before = ic_cdk::api::instruction_counter();
    let valid = black_box(decode_ours::<Bls12_381>(&statement.proof)).is_ok();
    Ok(Measured { instructions: ic_cdk::api::instruction_counter() - before, valid })
}

#[ic_cdk::update]
fn bls_verify(statement: Statement) -> Result<Measured, String> {
    let key = prepare_ours::<Bls12_381>(&statement.verifying_key)?;
    let inputs = decode_inputs::<Bls12_381>(&statement.public_inputs)?;
    let proof = decode_ours(&statement.proof)?;

    let before = ic_cdk::api::instruction_counter();
    let valid = black_box(key.verify(inputs, &proof)).is_ok();
    Ok(Measured { instructions: ic_cdk::api::instruction_counter() - before, valid })
}

fn prepare(statement: Statement) -> Result<Prepared, String> {
    let key: VerifyingKey<Bn254> = decode("verifying key", &statement.verifying_key)?;
    let public_inputs: Vec<Fr> =
        statement.public_inputs.iter().map(|input| decode("public input", input)).collect::<Result<_, _>>()?;
    // arkworks 0.6 ignores surplus inputs and missing ones.
    if public_inputs.len() + 1 != key.gamma_abc_g1.len() {
        return Err("the verifying key takes another number of public inputs".to_string());
    }
    Ok(Prepared {
        key: prepare_verifying_key(&key),
        our_key: prepare_ours(&statement.verifying_key)?,
        our_proof: decode_ours(&statement.proof)?,
        proof: decode("proof", &statement.proof)?,
        encoded_proof: statement.proof,
        public_inputs,
    })
}

fn verify(prepared: &Prepared) -> bool {
    Groth16::<Bn254>::verify_proof(&prepared.key, &prepared.proof, &prepared.public_inputs).unwrap_or(false)
}

fn prepare_ours<C: Curve>(encoded: &[u8]) -> Result<PreparedKey<C>, String> {
    let key = RawVerifyingKey::ArkUncompressed(encoded).decode_on().map_err(|error| error.to_string())?;
    PreparedKey::new(&key).map_err(|error| error.to_string())
}

fn decode_ours<C: Curve>(encoded: &[u8]) -> Result<DecodedProof<C>, String> {
    RawProof::ArkUncompressed(encoded).decode_on().map_err(|error| error.to_string())
}

fn decode_inputs<C: Curve>(encoded: &[ByteBuf]) -> Result<PublicInputs<C::Scalar>, String> {
    encoded.iter().map(|input| decode("public input", input)).collect::<Result<_, _>>().map(PublicInputs::new)
}

fn calisec_accepts(prepared: &Prepared) -> bool {
    prepared.our_key.verify(PublicInputs::new(prepared.public_inputs.clone()), &prepared.our_proof).is_ok()
}

fn decode<T: CanonicalDeserialize>(what: &str, bytes: &[u8]) -> Result<T, String> {
    T::deserialize_uncompressed(bytes).map_err(|error| format!("{what}: {error}"))
}

fn measure(operation: impl FnOnce(&Prepared) -> bool) -> Result<Measured, String> {
    PREPARED.with_borrow(|prepared| {
        let prepared = black_box(prepared.as_ref().ok_or("call set first")?);
        let before = ic_cdk::api::instruction_counter();
        let valid = black_box(operation(prepared));
        let after = ic_cdk::api::instruction_counter();
        Ok(Measured { instructions: after - before, valid })
    })
}
