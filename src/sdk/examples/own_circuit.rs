//! A circuit of one's own in arkworks, from constraints to what `proof_verifier` takes: `Raw` statements on BLS12-381.
//!
//! It proves "I know two factors of this number, neither of which is one", for a number and a *binding* that says where
//! the proof may be used. The verifier compares nothing of a `Raw` statement with the submission, so the consumer does: it
//! computes the binding again from what it expects. See `docs/bring-your-own-circuit.md`.

use ark_bls12_381::{Bls12_381 as Engine, Fr};
use ark_ff::PrimeField;
use ark_groth16::Groth16;
use ark_r1cs_std::alloc::AllocVar;
use ark_r1cs_std::eq::EqGadget;
use ark_r1cs_std::fields::FieldVar;
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use ark_serialize::CanonicalSerialize;
use ark_snark::SNARK;
use calisec_sdk::Random;
use calisec_types::ids::{CircuitId, ContextId, FieldElement};
use calisec_types::proof_verifier::{
    Curve, EncodedProof, EncodedVerifyingKey, RegisterCircuitArg, StatementKind, SubmitArg,
};
use calisec_zk::groth16::{Bls12_381, PreparedKey, PublicInputs, RawProof, RawVerifyingKey};
use calisec_zk::statement::circuit_id;
use candid::Principal;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use std::error::Error;

#[derive(Clone, Copy)]
struct Factors {
    number: Option<Fr>,
    binding: Option<Fr>,
    factors: Option<[Fr; 2]>,
}

impl ConstraintSynthesizer<Fr> for Factors {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let missing = SynthesisError::AssignmentMissing;
        let number = FpVar::new_input(cs.clone(), || self.number.ok_or(missing))?;
        let binding = FpVar::new_input(cs.clone(), || self.binding.ok_or(missing))?;
        let left = FpVar::new_witness(cs.clone(), || self.factors.map(|[left, _]| left).ok_or(missing))?;
        let right = FpVar::new_witness(cs, || self.factors.map(|[_, right]| right).ok_or(missing))?;
        (&left * &right).enforce_equal(&number)?;
        left.enforce_not_equal(&FpVar::one())?;
        right.enforce_not_equal(&FpVar::one())?;
        // Otherwise a tool might leave it out, and the proof would be good for any binding.
        let _squared = binding.square()?;
        Ok(())
    }
}

/// Everything that a proof shall be good for, in a field element: 31 bytes of a hash are below the modulus.
fn binding(verifier: &Principal, context: &ContextId, consumer: &Principal, submitter: &Principal) -> Fr {
    let mut hash = Sha256::new_with_prefix(b"my-app.factors.v1\0");
    hash.update(context.0);
    for principal in [verifier, consumer, submitter] {
        hash.update([principal.as_slice().len() as u8]);
        hash.update(principal.as_slice());
    }
    Fr::from_be_bytes_mod_order(&hash.finalize()[..31])
}

fn encoded(value: &impl CanonicalSerialize) -> Result<ByteBuf, Box<dyn Error>> {
    let mut bytes = Vec::new();
    value.serialize_compressed(&mut bytes)?;
    Ok(ByteBuf::from(bytes))
}

fn main() -> Result<(), Box<dyn Error>> {
    // From the operating system for anything real, and a ceremony instead of one party's set-up.
    let mut random = Random::from_seed([7; 32]);
    let empty = Factors { number: None, binding: None, factors: None };
    let (proving_key, verifying_key) = Groth16::<Engine>::circuit_specific_setup(empty, &mut random)?;

    // Once: `verifier.register_circuit(&registration)`. Consumers pin the id that it answers with.
    let registration = RegisterCircuitArg {
        name: "factors".to_owned(),
        statement: StatementKind::Raw,
        curve: Curve::Bls12_381,
        verifying_key: EncodedVerifyingKey::ArkCompressed(encoded(&verifying_key)?),
        ceremony: None,
    };
    let key = RawVerifyingKey::from(&registration.verifying_key).decode_on::<Bls12_381>()?;
    let circuit: CircuitId = circuit_id(StatementKind::Raw, key.circuit_id(), key.input_count())?;

    // Per proof: `verifier.submit(&submission)`, by the submitter.
    let context = ContextId([2; 32]);
    let [verifier, consumer, submitter] = [[1u8], [3], [4]].map(|bytes| Principal::from_slice(&bytes));
    let inputs = [Fr::from(3_127u64), binding(&verifier, &context, &consumer, &submitter)];
    let claim = Factors {
        number: Some(inputs[0]),
        binding: Some(inputs[1]),
        factors: Some([Fr::from(53u64), Fr::from(59u64)]),
    };
    let proof = Groth16::<Engine>::prove(&proving_key, claim, &mut random)?;
    let inputs = PublicInputs::new(inputs.to_vec());
    let submission = SubmitArg {
        circuit,
        context,
        consumer,
        purpose: "factors".to_owned(),
        public_inputs: inputs.to_be32().into_iter().map(FieldElement).collect(),
        proof: EncodedProof::ArkCompressed(encoded(&proof)?),
    };

    // What the canister does with it, here: the same code checks key, inputs and proof.
    let decoded = RawProof::try_from(&submission.proof)?.decode_on::<Bls12_381>()?;
    let prepared = PreparedKey::new(&key)?;
    prepared.verify(inputs.clone(), &decoded)?;
    let elsewhere = binding(&verifier, &context, &consumer, &verifier);
    let copied = PublicInputs::new(vec![inputs.elements()[0], elsewhere]);
    assert!(prepared.verify(copied, &decoded).is_err(), "the proof is bound to its submitter");
    println!("circuit {circuit}");
    println!("key {} bytes, proof {} bytes", key.to_canonical_bytes().len(), decoded.to_compressed_bytes().len());
    Ok(())
}

#[test]
fn should_run_to_the_end_when_it_is_tried() {
    main().expect("the example works");
}
