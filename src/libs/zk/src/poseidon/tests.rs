//! The tables equal their derivation, and the hashes equal two independent implementations.

use super::{derivation, hash2, hash4, tables};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use light_poseidon::{Poseidon, PoseidonHasher};
use proptest::{array::uniform32, prelude::ProptestConfig, proptest};
use std::{fs, path::Path};

fn light_poseidon(inputs: &[Fr]) -> Fr {
    Poseidon::<Fr>::new_circom(inputs.len()).and_then(|mut hasher| hasher.hash(inputs)).expect("the width is supported")
}

#[test]
fn should_equal_the_derivation_when_tables_are_committed() {
    let (width_3, width_5) = (derivation::derive(), derivation::derive());
    if std::env::var_os("CALISEC_BLESS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/poseidon/tables");
        fs::write(folder.join("width_3.rs"), derivation::source(&width_3)).unwrap();
        fs::write(folder.join("width_5.rs"), derivation::source(&width_5)).unwrap();
        return;
    }
    assert_eq!(width_3, tables::WIDTH_3);
    assert_eq!(width_5, tables::WIDTH_5);
}

#[test]
fn should_equal_circomlib_when_inputs_are_its_published_examples() {
    assert_eq!(
        hash2(Fr::from(1u64), Fr::from(2u64)).to_string(),
        "7853200120776062878684798364095072458815029376092732009249414926327459813530"
    );
    assert_eq!(
        hash4([1u64, 2, 3, 4].map(Fr::from)).to_string(),
        "18821383157269793795438455681495246036402687001665670618754263018637548127333"
    );
}

#[test]
fn should_equal_light_poseidon_when_inputs_are_extreme() {
    let extremes = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(u64::MAX)];
    for a in extremes {
        for b in extremes {
            assert_eq!(hash2(a, b), light_poseidon(&[a, b]), "{a} {b}");
            assert_eq!(hash4([a, b, b, a]), light_poseidon(&[a, b, b, a]), "{a} {b}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn should_equal_light_poseidon_when_inputs_are_random(
        a in uniform32(0u8..), b in uniform32(0u8..), c in uniform32(0u8..), d in uniform32(0u8..),
    ) {
        let [a, b, c, d] = [a, b, c, d].map(|bytes| Fr::from_be_bytes_mod_order(&bytes));
        assert_eq!(hash2(a, b), light_poseidon(&[a, b]));
        assert_eq!(hash4([a, b, c, d]), light_poseidon(&[a, b, c, d]));
    }
}
