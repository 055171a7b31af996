use super::{Fr, NonCanonical, NonCanonicalAt, h248, h248_of_digest, parse_all_be32, parse_be32, to_be32};
use ark_ff::{BigInteger, PrimeField};
use proptest::prelude::any;
use proptest::{prop_assert_eq, proptest};
use sha2::{Digest, Sha256};

fn modulus() -> [u8; 32] {
    Fr::MODULUS.to_bytes_be().try_into().expect("32 bytes")
}

#[test]
fn should_refuse_values_when_not_below_the_modulus() {
    let mut above = modulus();
    above[31] += 1;
    let mut below = modulus();
    below[31] -= 1;

    assert_eq!(parse_be32::<Fr>(&modulus()), Err(NonCanonical));
    assert_eq!(parse_be32::<Fr>(&above), Err(NonCanonical));
    assert_eq!(parse_be32::<Fr>(&[0xff; 32]), Err(NonCanonical));
    assert_eq!(parse_be32(&below), Ok(-Fr::from(1u8)));
    assert_eq!(parse_be32(&[0; 32]), Ok(Fr::from(0u8)));
}

#[test]
fn should_be_big_endian_when_encoding() {
    let mut expected = [0u8; 32];
    expected[30] = 1;
    expected[31] = 2;

    assert_eq!(to_be32(&Fr::from(258u32)), expected);
}

#[test]
fn should_name_the_position_when_one_of_a_list_is_not_canonical() {
    assert_eq!(parse_all_be32::<Fr>(&[[0; 32], modulus(), [0xff; 32]]), Err(NonCanonicalAt { index: 1 }));
}

#[test]
fn should_drop_the_last_byte_of_the_digest_when_hashing_to_248_bits() {
    let digest: [u8; 32] = Sha256::digest(b"calisec").into();
    let mut expected = [0u8; 32];
    expected[1..].copy_from_slice(&digest[..31]);

    assert_eq!(to_be32(&h248(b"calisec")), expected);
    assert_eq!(h248_of_digest(digest), h248(b"calisec"));
    assert_eq!(to_be32(&h248_of_digest([0xff; 32]))[0], 0);
}

proptest! {
    #[test]
    fn should_give_the_same_bytes_back_when_a_value_is_accepted(bytes in any::<[u8; 32]>()) {
        if let Ok(element) = parse_be32::<Fr>(&bytes) {
            prop_assert_eq!(to_be32(&element), bytes);
        }
    }
}
