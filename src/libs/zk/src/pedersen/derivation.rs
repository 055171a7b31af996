//! Where the generators come from. `CALISEC_BLESS=1 cargo test -p calisec-zk pedersen` rewrites the table.

use super::{GENERATORS, GENERATORS_DOMAIN, MAX_DIMENSION, generators};
use ark_bls12_381::{Fq, G1Affine, G1Projective, g1};
use ark_ec::hashing::curve_maps::wb::WBMap;
use ark_ec::hashing::map_to_curve_hasher::MapToCurve;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;
use ark_serialize::CanonicalSerialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

/// `expand_message_xmd` of RFC 9380 with SHA-256, for tags of at most 255 bytes.
fn expand_message(message: &[u8], domain: &[u8], length: u16) -> Vec<u8> {
    let suffix = [domain, &[u8::try_from(domain.len()).expect("a short tag")]].concat();
    let first = Sha256::new()
        .chain_update([0; 64])
        .chain_update(message)
        .chain_update(length.to_be_bytes())
        .chain_update([0])
        .chain_update(&suffix)
        .finalize();
    let mut expanded = Vec::new();
    let mut block = [0; 32];
    for index in 1..=length.div_ceil(32) as u8 {
        let mixed: Vec<u8> = first.iter().zip(block).map(|(left, right)| left ^ right).collect();
        block = Sha256::new().chain_update(mixed).chain_update([index]).chain_update(&suffix).finalize().into();
        expanded.extend_from_slice(&block);
    }
    expanded.truncate(length.into());
    expanded
}

/// `hash_to_curve` of the suite `BLS12381G1_XMD:SHA-256_SSWU_RO_`.
fn hash_to_curve(message: &[u8], domain: &[u8]) -> G1Affine {
    let uniform = expand_message(message, domain, 128);
    let mapped = uniform.chunks_exact(64).map(|bytes| {
        let element = Fq::from_be_bytes_mod_order(bytes);
        <WBMap<g1::Config> as MapToCurve<G1Projective>>::map_to_curve(element).expect("every element has an image")
    });
    mapped.fold(G1Projective::default(), |sum, point| sum + point).into_affine().clear_cofactor()
}

fn uncompressed(point: &G1Affine) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_uncompressed(&mut bytes).expect("written to memory");
    bytes
}

#[test]
fn should_equal_the_vectors_of_rfc_9380_when_messages_are_hashed_to_the_curve() {
    // Section J.9.1.
    let domain = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
    for (message, point) in [
        (
            "",
            "052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1\
             08ba738453bfed09cb546dbb0783dbb3a5f1f566ed67bb6be0e8c67e2e81a4cc68ee29813bb7994998f3eae0c9c6a265",
        ),
        (
            "abc",
            "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903\
             0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d",
        ),
    ] {
        assert_eq!(hex::encode(uncompressed(&hash_to_curve(message.as_bytes(), domain))), point, "{message:?}");
    }
}

#[test]
fn should_be_hashes_of_their_index_when_the_generators_are_derived_again() {
    let derived: Vec<G1Affine> =
        (0..=MAX_DIMENSION as u32).map(|index| hash_to_curve(&index.to_be_bytes(), GENERATORS_DOMAIN)).collect();
    let table: Vec<u8> = derived.iter().flat_map(uncompressed).collect();
    if env::var_os("CALISEC_BLESS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pedersen/generators.bin"), &table).expect("written");
    }
    assert!(*table == *GENERATORS, "generators.bin is not what is derived");
    assert_eq!(generators(MAX_DIMENSION + 1), derived);

    // Equal up to sign, or to the generator of the group, would be a known relation.
    let abscissas: BTreeSet<Fq> = derived.iter().map(|point| point.x).chain([G1Affine::generator().x]).collect();
    assert_eq!(abscissas.len(), MAX_DIMENSION + 2);
    assert!(derived.iter().all(|point| !point.is_zero() && point.is_in_correct_subgroup_assuming_on_curve()));
}
