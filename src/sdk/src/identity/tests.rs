//! Keys, principals and signatures against published values.

use super::{Identity, NotTheContextKey, OwnershipClaimPayload};
use calisec_types::{
    ids::{ContextId, Digest32, GroupId, Timestamp},
    signing::ContextRegistration,
};
use candid::Principal;
use ed25519_dalek::{Signature, VerifyingKey};

/// RFC 8032, section 7.1, test 1.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC_KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn identity() -> Identity {
    Identity::from_seed(hex::decode(SEED).unwrap().try_into().unwrap())
}

fn registration(context: ContextId) -> ContextRegistration {
    ContextRegistration {
        network: Digest32([3; 32]),
        canister: Principal::from_slice(&[1]),
        context,
        administrator: Principal::from_slice(&[2]),
        expires_at: Timestamp(4),
    }
}

#[test]
fn should_have_the_published_public_key_when_made_from_the_published_seed() {
    assert_eq!(hex::encode(identity().account().0), PUBLIC_KEY);
    assert_eq!(hex::encode(identity().to_seed().as_slice()), SEED);
}

#[test]
fn should_call_as_the_principal_of_its_der_key_when_it_signs_calls() {
    let der = [hex::decode("302a300506032b6570032100").unwrap(), hex::decode(PUBLIC_KEY).unwrap()].concat();
    assert_eq!(identity().principal(), Principal::self_authenticating(der));
}

#[test]
fn should_verify_when_a_registration_is_signed_by_its_context_key() {
    let payload = registration(identity().context());
    let signature = identity().sign_context_registration(&payload).unwrap();
    let key = VerifyingKey::from_bytes(&identity().account().0).unwrap();
    let verifies = |payload: &ContextRegistration| {
        key.verify_strict(&payload.to_signed_bytes(), &Signature::from_bytes(&signature)).is_ok()
    };
    assert!(verifies(&payload));
    assert!(!verifies(&ContextRegistration { expires_at: Timestamp(5), ..payload }));
}

#[test]
fn should_refuse_to_sign_when_the_registration_is_of_another_context() {
    let context = ContextId([9; 32]);
    assert_eq!(identity().sign_context_registration(&registration(context)), Err(NotTheContextKey { context }));
}

#[test]
fn should_agree_on_a_secret_when_two_identities_exchange_kem_keys() {
    let (alice, bob) = (Identity::from_seed([1; 32]), Identity::from_seed([2; 32]));
    let one = alice.agree(&bob.kem_key().0.into());
    let other = bob.agree(&alice.kem_key().0.into());
    assert!(one.as_bytes() == other.as_bytes());
    assert_ne!(alice.kem_key().0, alice.account().0);
}

#[test]
fn should_show_the_account_only_when_debugged() {
    let shown = format!("{:?}", identity());
    assert_eq!(shown, format!("Identity {{ account: {:?}, .. }}", identity().account()));
}

/// The constructed vector of Calimero's format: same key, same text, same signature.
#[test]
fn should_sign_claims_as_a_node_does_when_it_has_the_nodes_key() {
    let claim = Identity::from_seed([5; 32]).sign_ownership_claim(&OwnershipClaimPayload {
        audience: "icp:bkyz2-fmaaa-aaaaa-qaaaq-cai".to_owned(),
        group: GroupId([0x22; 32]),
        context: Some(ContextId([0x33; 32])),
        subject: "bind:2vxsx-fae".to_owned(),
        nonce: "00112233445566778899aabbccddeeff".to_owned(),
        issued_at_ms: 1_700_000_000_000,
        expires_at_ms: 1_700_000_300_000,
    });
    let expected = "68c5dc1639c4f570fcecdc02eaff04510ca03f6e50ac3ad51bbb9599d19b59cdce7714805d0a7b0485481fa69fdf0c48f4cf441d0699172d7b3feba4be006c02";
    assert_eq!(hex::encode(&claim.signature), expected);
}
