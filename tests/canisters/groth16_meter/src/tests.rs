//! The committed arkworks encoding is the committed snarkjs proof, and it verifies.

use super::{Statement, calisec_accepts, prepare, verify};
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_groth16::{Proof, VerifyingKey};
use ark_serialize::CanonicalSerialize;
use serde_bytes::ByteBuf;
use serde_json::{Value, json};
use std::{fs, path::PathBuf, str::FromStr};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors/semaphore/depth20")
}

fn read(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

fn base(value: &Value) -> Fq {
    Fq::from_str(value.as_str().unwrap()).unwrap()
}

fn g1(value: &Value) -> G1Affine {
    G1Affine::new(base(&value[0]), base(&value[1]))
}

fn g2(value: &Value) -> G2Affine {
    let coordinate = |value: &Value| Fq2::new(base(&value[0]), base(&value[1]));
    G2Affine::new(coordinate(&value[0]), coordinate(&value[1]))
}

fn encode(value: &impl CanonicalSerialize) -> String {
    let mut bytes = Vec::new();
    value.serialize_uncompressed(&mut bytes).unwrap();
    hex::encode(bytes)
}

fn converted() -> Value {
    let (key, proof, inputs) = (read("verification_key.json"), read("proof.json"), read("public.json"));
    let key = VerifyingKey::<Bn254> {
        alpha_g1: g1(&key["vk_alpha_1"]),
        beta_g2: g2(&key["vk_beta_2"]),
        gamma_g2: g2(&key["vk_gamma_2"]),
        delta_g2: g2(&key["vk_delta_2"]),
        gamma_abc_g1: key["IC"].as_array().unwrap().iter().map(g1).collect(),
    };
    let proof = Proof::<Bn254> { a: g1(&proof["pi_a"]), b: g2(&proof["pi_b"]), c: g1(&proof["pi_c"]) };
    let inputs: Vec<String> = inputs
        .as_array()
        .unwrap()
        .iter()
        .map(|input| encode(&Fr::from_str(input.as_str().unwrap()).unwrap()))
        .collect();
    json!({ "verifying_key": encode(&key), "proof": encode(&proof), "public_inputs": inputs })
}

fn statement(encoded: &Value) -> Statement {
    let bytes = |value: &Value| ByteBuf::from(hex::decode(value.as_str().unwrap()).unwrap());
    Statement {
        verifying_key: bytes(&encoded["verifying_key"]),
        proof: bytes(&encoded["proof"]),
        public_inputs: encoded["public_inputs"].as_array().unwrap().iter().map(bytes).collect(),
    }
}

#[test]
fn should_equal_the_snarkjs_files_when_encoded_for_arkworks() {
    let converted = converted();
    if std::env::var_os("CALISEC_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&converted).unwrap() + "\n";
        fs::write(folder().join("arkworks.json"), text).unwrap();
    }
    assert_eq!(read("arkworks.json"), converted);
}

#[test]
fn should_verify_when_the_statement_is_the_committed_one() {
    let prepared = prepare(statement(&converted())).unwrap();
    assert!(verify(&prepared));
    assert!(calisec_accepts(&prepared));
}

#[test]
fn should_not_verify_when_an_input_is_another_one() {
    let mut encoded = converted();
    encoded["public_inputs"][1] = encoded["public_inputs"][2].clone();
    let prepared = prepare(statement(&encoded)).unwrap();
    assert!(!verify(&prepared));
    assert!(!calisec_accepts(&prepared));
}

#[test]
fn should_refuse_a_statement_when_an_input_is_missing_or_bytes_are_cut() {
    let mut encoded = converted();
    encoded["public_inputs"].as_array_mut().unwrap().pop();
    assert!(prepare(statement(&encoded)).is_err());
    let mut cut = statement(&converted());
    cut.proof.truncate(255);
    assert!(prepare(cut).is_err());
}
