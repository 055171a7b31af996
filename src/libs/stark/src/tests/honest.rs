use super::fixtures::{CONTEXT, SIGNAL, member, note, randomness};
use crate::{
    options::{Hash, PROVEN_SECURITY_BITS},
    verifier::verify,
};
use winter_air::proof::Proof;

#[test]
fn should_verify_when_the_owner_of_a_note_proves() {
    for seed in 0..3 {
        let (statement, proof) = note(seed).prove(CONTEXT, SIGNAL, &mut randomness(seed)).unwrap();
        assert_eq!(statement, note(seed).statement(CONTEXT, SIGNAL));
        println!("note commitment: {} bytes", proof.len());
        assert_eq!(verify(&statement, &proof), Ok(()));
    }
}

#[test]
fn should_verify_when_a_member_proves() {
    for seed in [0, 0xa5a5_a5a5, 0xf_ffff] {
        let (statement, proof) = member(seed).prove(CONTEXT, SIGNAL, &mut randomness(seed)).unwrap();
        assert_eq!(statement, member(seed).statement(CONTEXT, SIGNAL));
        println!("membership: {} bytes", proof.len());
        assert_eq!(verify(&statement, &proof), Ok(()));
    }
}

#[test]
fn should_prove_96_bits_without_conjectures_when_options_are_ours() {
    let (_, note) = note(1).prove(CONTEXT, SIGNAL, &mut randomness(1)).unwrap();
    let (_, member) = member(1).prove(CONTEXT, SIGNAL, &mut randomness(1)).unwrap();
    for bytes in [note, member] {
        let security = Proof::from_bytes(&bytes).unwrap().proven_security::<Hash>();
        println!("{} bits, list decoding", security.ldr_bits());
        assert!(security.ldr_bits() >= PROVEN_SECURITY_BITS);
    }
}
