//! Who sent a request. Source: interface specification, "Authentication".

use calisec_sdk::types::ids::ED25519_DER_PREFIX;
use candid::Principal;
use ed25519_dalek::{Signature, VerifyingKey};
use ic_transport_types::{Envelope, EnvelopeContent};
use std::time::Duration;

/// What is put before a request's id when it is signed.
const REQUEST_SEPARATOR: &[u8] = b"\x0Aic-request";
/// How far ahead a request may expire: five minutes, and one for clocks that differ.
const MAX_VALIDITY: Duration = Duration::from_secs(6 * 60);

/// Reads a request and checks that its sender sent it now; answers what it asks for, or what is wrong with it. `now_ns` is this computer's
/// time.
///
/// Ed25519 keys, which `calisec` signs with; no other kinds, and no delegations.
pub fn read(body: &[u8], now_ns: u64) -> Result<EnvelopeContent, String> {
    let envelope: Envelope<'_> =
        serde_cbor::from_slice(body).map_err(|error| format!("this is no request in CBOR: {error}"))?;
    let content = envelope.content.into_owned();
    let latest = now_ns.saturating_add(u64::try_from(MAX_VALIDITY.as_nanos()).unwrap_or(u64::MAX));
    if !(now_ns..=latest).contains(&content.ingress_expiry()) {
        return Err(format!(
            "the request expires at {}, which is not within the next six minutes",
            content.ingress_expiry()
        ));
    }
    if envelope.sender_delegation.is_some() {
        return Err("delegations are not served here: sign with the key itself".to_owned());
    }
    match (envelope.sender_pubkey, envelope.sender_sig) {
        (None, None) if *content.sender() == Principal::anonymous() => Ok(content),
        (Some(key), Some(signature)) if *content.sender() == Principal::self_authenticating(&key) => {
            let signed = [REQUEST_SEPARATOR, content.to_request_id().as_slice()].concat();
            if is_signed(&key, &signed, &signature) {
                Ok(content)
            } else {
                Err("the signature is not that of an Ed25519 key over this request".to_owned())
            }
        }
        _ => Err("the sender is not the principal of the key that signed".to_owned()),
    }
}

fn is_signed(der: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = der.strip_prefix(&ED25519_DER_PREFIX).and_then(|key| <[u8; 32]>::try_from(key).ok());
    let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
    let signature = <[u8; 64]>::try_from(signature).map(|bytes| Signature::from_bytes(&bytes));
    matches!((key, signature), (Some(key), Ok(signature)) if key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{ED25519_DER_PREFIX, REQUEST_SEPARATOR, read};
    use candid::Principal;
    use ed25519_dalek::{Signer, SigningKey};
    use ic_transport_types::{Delegation, Envelope, EnvelopeContent, SignedDelegation};
    use std::borrow::Cow;

    const NOW: u64 = 1_700_000_000_000_000_000;
    const SECOND: u64 = 1_000_000_000;

    fn der(key: &SigningKey) -> Vec<u8> {
        [&ED25519_DER_PREFIX[..], key.verifying_key().as_bytes()].concat()
    }

    fn call(sender: Principal, ingress_expiry: u64) -> EnvelopeContent {
        EnvelopeContent::Call {
            nonce: Some(vec![1]),
            ingress_expiry,
            sender,
            canister_id: Principal::from_slice(&[1; 10]),
            method_name: "add_member".to_owned(),
            arg: vec![2, 3],
            sender_info: None,
        }
    }

    fn signed(content: &EnvelopeContent, key: &SigningKey) -> Envelope<'static> {
        let message = [REQUEST_SEPARATOR, content.to_request_id().as_slice()].concat();
        Envelope {
            content: Cow::Owned(content.clone()),
            sender_pubkey: Some(der(key)),
            sender_sig: Some(key.sign(&message).to_bytes().to_vec()),
            sender_delegation: None,
        }
    }

    #[test]
    fn should_take_a_request_only_from_who_signed_it_and_only_now() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let sender = Principal::self_authenticating(der(&key));
        let content = call(sender, NOW + 60 * SECOND);
        let good = signed(&content, &key);
        assert_eq!(read(&good.encode_bytes(), NOW).expect("signed").to_request_id(), content.to_request_id());

        let of = |envelope: Envelope<'_>| read(&envelope.encode_bytes(), NOW).map(|_| ());
        let mut spoilt = good.clone();
        spoilt.sender_sig.as_mut().expect("signed")[5] ^= 1;
        let mut lengthened = good.clone();
        lengthened.sender_sig.as_mut().expect("signed").push(0);
        let another_call = call(sender, NOW + 61 * SECOND);
        for (what, envelope, expected) in [
            ("a flipped bit", spoilt, "signature"),
            ("a longer signature", lengthened, "signature"),
            ("another request", Envelope { content: Cow::Owned(another_call), ..good.clone() }, "signature"),
            ("somebody else's name", signed(&content, &other), "not the principal"),
            ("no signature", Envelope { sender_sig: None, ..good.clone() }, "not the principal"),
            (
                "a name without a key",
                Envelope { sender_pubkey: None, sender_sig: None, ..good.clone() },
                "not the principal",
            ),
            ("yesterday's", signed(&call(sender, NOW - SECOND), &key), "expires"),
            ("next year's", signed(&call(sender, NOW + 3_600 * SECOND), &key), "expires"),
        ] {
            let refusal = of(envelope).expect_err(what);
            assert!(refusal.contains(expected), "{what}: {refusal}");
        }
        let delegation = Delegation { pubkey: der(&other), expiration: NOW + SECOND, targets: None, permissions: None };
        let delegated = vec![SignedDelegation { delegation, signature: vec![0; 64] }];
        let refusal = of(Envelope { sender_delegation: Some(delegated), ..good }).expect_err("a delegation");
        assert!(refusal.contains("delegations"), "{refusal}");
    }

    #[test]
    fn should_take_a_request_of_nobody_when_nobody_signed_it() {
        let content = Cow::Owned(call(Principal::anonymous(), NOW));
        let envelope = Envelope { content, sender_pubkey: None, sender_sig: None, sender_delegation: None };
        assert!(read(&envelope.encode_bytes(), NOW).is_ok());
        assert!(read(b"", NOW).is_err() && read(&[0xff; 100], NOW).is_err());
    }
}
