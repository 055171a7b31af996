//! Encoders of both curves. They follow the descriptions of the formats, not the decoders.

use super::curve::{Base2, Curve, G1, G2};
use super::simulator::SetUp;
use super::{DecodedProof, VerifyingKey};
use ark_ff::{BigInteger, PrimeField, Zero};
use ark_serialize::{CanonicalSerialize, Compress};
use serde_json::{Value, json};

/// arkworks' encoding of a key.
pub(super) fn ark_key_bytes<C: Curve>(key: &VerifyingKey<C>, compress: Compress) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.alpha.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    for point in [key.beta, key.gamma, key.delta] {
        point.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    }
    key.inputs.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    bytes
}

/// arkworks' encoding of a proof.
pub(super) fn ark_proof_bytes<C: Curve>(proof: &DecodedProof<C>, compress: Compress) -> Vec<u8> {
    let mut bytes = Vec::new();
    proof.a.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    proof.b.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    proof.c.serialize_with_mode(&mut bytes, compress).expect("written to memory");
    bytes
}

/// `verification_key.json`.
pub(super) fn key_json<C: Curve>(key: &VerifyingKey<C>) -> String {
    json!({
        "protocol": "groth16",
        "curve": C::SNARKJS_NAME,
        "nPublic": key.inputs.len() - 1,
        "vk_alpha_1": g1_json::<C>(key.alpha),
        "vk_beta_2": g2_json::<C>(key.beta),
        "vk_gamma_2": g2_json::<C>(key.gamma),
        "vk_delta_2": g2_json::<C>(key.delta),
        "IC": key.inputs.iter().map(|point| g1_json::<C>(*point)).collect::<Vec<_>>(),
    })
    .to_string()
}

/// `proof.json`.
pub(super) fn proof_json<C: Curve>(proof: &DecodedProof<C>) -> String {
    json!({
        "protocol": "groth16",
        "curve": C::SNARKJS_NAME,
        "pi_a": g1_json::<C>(proof.a),
        "pi_b": g2_json::<C>(proof.b),
        "pi_c": g1_json::<C>(proof.c),
    })
    .to_string()
}

fn g1_json<C: Curve>(point: G1<C>) -> Value {
    json!([point.x.to_string(), point.y.to_string(), "1"])
}

fn g2_json<C: Curve>(point: G2<C>) -> Value {
    let pair = |value: Base2<C>| json!([value.c0.to_string(), value.c1.to_string()]);
    json!([pair(point.x), pair(point.y), ["1", "0"]])
}

fn word<F: PrimeField>(element: F) -> Vec<u8> {
    element.into_bigint().to_bytes_be()
}

/// Above half of the modulus.
fn is_large<F: PrimeField>(element: F) -> bool {
    element.into_bigint() > F::MODULUS_MINUS_ONE_DIV_TWO
}

fn flagged<C: Curve>(mut bytes: Vec<u8>, larger: bool) -> Vec<u8> {
    bytes[0] |= if larger { C::FLAGS.larger_ordinate } else { C::FLAGS.smaller_ordinate };
    bytes
}

/// A point of G1 as gnark writes it.
pub(super) fn gnark_g1<C: Curve>(point: G1<C>, raw: bool) -> Vec<u8> {
    if raw { [word(point.x), word(point.y)].concat() } else { flagged::<C>(word(point.x), is_large(point.y)) }
}

/// A point of G2 as gnark writes it.
pub(super) fn gnark_g2<C: Curve>(point: G2<C>, raw: bool) -> Vec<u8> {
    let x = [word(point.x.c1), word(point.x.c0)].concat();
    if raw {
        return [x, word(point.y.c1), word(point.y.c0)].concat();
    }
    let decisive = if point.y.c1.is_zero() { point.y.c0 } else { point.y.c1 };
    flagged::<C>(x, is_large(decisive))
}

/// gnark's key up to the ending, with beta and delta in G1 as given.
pub(super) fn gnark_key<C: Curve>(key: &VerifyingKey<C>, beta: G1<C>, delta: G1<C>, raw: bool) -> Vec<u8> {
    let mut bytes = [
        gnark_g1::<C>(key.alpha, raw),
        gnark_g1::<C>(beta, raw),
        gnark_g2::<C>(key.beta, raw),
        gnark_g2::<C>(key.gamma, raw),
        gnark_g1::<C>(delta, raw),
        gnark_g2::<C>(key.delta, raw),
        (key.inputs.len() as u32).to_be_bytes().to_vec(),
    ]
    .concat();
    bytes.extend(key.inputs.iter().flat_map(|point| gnark_g1::<C>(*point, raw)));
    bytes
}

/// gnark's key of a set-up, up to the ending.
pub(super) fn gnark_key_of<C: Curve>(set_up: &SetUp<C>, raw: bool) -> Vec<u8> {
    let (beta, delta) = set_up.beta_and_delta_in_g1();
    gnark_key(&set_up.verifying_key(), beta, delta, raw)
}

/// gnark's proof up to the ending.
pub(super) fn gnark_proof<C: Curve>(proof: &DecodedProof<C>, raw: bool) -> Vec<u8> {
    [gnark_g1::<C>(proof.a, raw), gnark_g2::<C>(proof.b, raw), gnark_g1::<C>(proof.c, raw)].concat()
}
