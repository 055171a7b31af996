use super::{Refusal, acceptable_key, is_acceptable_kem_key, verify};
use calisec_types::ids::KemKey;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

#[test]
fn should_refuse_a_key_when_it_is_off_the_curve_not_canonical_or_of_small_order() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut identity_with_sign = identity;
    identity_with_sign[31] = 0x80;
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    minus_one[31] = 0x7f;
    let mut above_the_modulus = [0xff; 32];
    above_the_modulus[0] = 0xf0;
    above_the_modulus[31] = 0x7f;
    let order_eight = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let mut off_the_curve = [0; 32];
    off_the_curve[0] = 2;
    for (desc, key) in [
        ("identity", identity),
        ("identity with a sign", identity_with_sign),
        ("order 2", minus_one),
        ("order 4", [0; 32]),
        ("order 8", order_eight),
        ("y = 3 written as p + 3", above_the_modulus),
        ("off the curve", off_the_curve),
    ] {
        assert_eq!(acceptable_key(&key).expect_err(desc), Refusal::Key, "{desc}");
        assert_eq!(verify(&key, b"anything", &[0; 64]), Err(Refusal::Key), "{desc}");
    }
}

/// Every encoding whose coordinate is at or above the modulus, and those just below it.
#[test]
fn should_accept_one_encoding_of_a_point_only() {
    for sign in [0, 0x80] {
        for low in 0xd0..=0xff_u8 {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, 0x7f | sign);
            let canonical = VerifyingKey::from_bytes(&key).is_ok_and(|it| it.to_edwards().compress().0 == key);
            let expected = canonical && !VerifyingKey::from_bytes(&key).is_ok_and(|it| it.is_weak());
            assert_eq!(acceptable_key(&key).is_ok(), expected, "{low:02x} {sign:02x}");
        }
    }
}

#[test]
fn should_refuse_a_signature_when_any_bit_of_it_is_flipped() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let signature = key.sign(b"message").to_bytes();
    assert_eq!(verify(key.verifying_key().as_bytes(), b"message", &signature), Ok(()));
    for bit in 0..512 {
        let mut flipped = signature;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(key.verifying_key().as_bytes(), b"message", &flipped).is_err(), "bit {bit}");
    }
    assert_eq!(verify(key.verifying_key().as_bytes(), b"message", &signature[..63]), Err(Refusal::Signature));
}

#[test]
fn should_refuse_an_envelope_key_when_it_is_of_small_order() {
    let mut one_with_top_bit = [0; 32];
    one_with_top_bit[0] = 1;
    one_with_top_bit[31] = 0x80;
    assert!(!is_acceptable_kem_key(&KemKey([0; 32])));
    assert!(!is_acceptable_kem_key(&KemKey(one_with_top_bit)));
    assert!(is_acceptable_kem_key(&KemKey([9; 32])));
}
