//! Certificates, verified by the public crates that clients use.

use crate::support::{alice, puppets};
use calisec_engine::network::{MessageId, Network};
use candid::Principal;
use ed25519_dalek::{Signature, VerifyingKey};
use ic_cbor::CertificateToCbor;
use ic_certificate_verification::VerifyCertificate;
use ic_certification::{Certificate, LookupResult};

const FIVE_MINUTES_NS: u128 = 300_000_000_000;

fn verify(network: &Network, certificate: &Certificate, canister: Principal) -> Result<(), String> {
    certificate
        .verify(canister.as_slice(), network.root_key_der(), &u128::from(network.time_ns()), &FIVE_MINUTES_NS)
        .map_err(|error| error.to_string())
}

fn found(certificate: &Certificate, path: &[&[u8]]) -> Option<Vec<u8>> {
    match certificate.tree.lookup_path(path) {
        LookupResult::Found(value) => Some(value.to_vec()),
        LookupResult::Absent | LookupResult::Unknown | LookupResult::Error => None,
    }
}

#[test]
fn should_verify_with_the_public_crate_when_a_query_reads_its_certificate() {
    let (mut network, [a, b]) = puppets();
    network.update(alice(), a, "certify", b"certified by a").unwrap();
    network.update(alice(), b, "certify", b"certified by b").unwrap();
    let bytes = network.query(alice(), a, "certificate", &[]).unwrap();
    assert_eq!(bytes[..3], [0xd9, 0xd9, 0xf7], "self-describing CBOR");
    let certificate = Certificate::from_cbor(&bytes).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    let path = |id: &Principal| [b"canister".to_vec(), id.as_slice().to_vec(), b"certified_data".to_vec()];
    let as_slices = |path: &[Vec<u8>; 3]| found(&certificate, &[&path[0], &path[1], &path[2]]);
    assert_eq!(as_slices(&path(&a)), Some(b"certified by a".to_vec()));
    assert_eq!(as_slices(&path(&b)), None, "other canisters are pruned");
}

#[test]
fn should_be_refused_when_any_bit_that_matters_is_changed() {
    let (mut network, [a]) = puppets();
    network.update(alice(), a, "certify", b"truth").unwrap();
    let bytes = network.data_certificate(a);
    let good = Certificate::from_cbor(&bytes).unwrap();
    assert_eq!(verify(&network, &good, a), Ok(()));
    let at = bytes.windows(5).position(|window| window == b"truth").unwrap();
    let signature = bytes.windows(9).position(|window| window == b"signature").unwrap() + 9 + 2;
    for position in [at, at + 4, signature + 1, signature + 40] {
        for bit in [1, 4] {
            let mut tampered = bytes.clone();
            tampered[position] ^= bit;
            let refused = match Certificate::from_cbor(&tampered) {
                Ok(certificate) => verify(&network, &certificate, a).is_err(),
                Err(_) => true,
            };
            assert!(refused, "byte {position}, bit {bit}");
        }
    }
    let stranger = Network::new(calisec_engine::Config { seed: 99, ..Default::default() });
    assert!(verify(&stranger, &good, a).is_err(), "another root key");
}

#[test]
fn should_be_refused_when_too_old() {
    let (mut network, [a]) = puppets();
    let certificate = Certificate::from_cbor(&network.data_certificate(a)).unwrap();
    network.advance_time(std::time::Duration::from_secs(301));
    assert!(verify(&network, &certificate, a).is_err());
}

#[test]
fn should_certify_the_answer_when_the_status_of_a_message_is_read() {
    let (mut network, [a]) = puppets();
    let id = network.submit_update(alice(), a, "echo", b"answer").unwrap();
    let other = network.submit_update(alice(), a, "inc", &[]).unwrap();
    network.await_update(id).unwrap();
    network.await_update(other).unwrap();
    let certificate = Certificate::from_cbor(&network.request_status_certificate(id)).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    assert_eq!(found(&certificate, &[b"request_status", &id.0, b"status"]), Some(b"replied".to_vec()));
    assert_eq!(found(&certificate, &[b"request_status", &id.0, b"reply"]), Some(b"answer".to_vec()));
    assert_eq!(found(&certificate, &[b"request_status", &other.0, b"reply"]), None);
}

#[test]
fn should_show_module_hash_controllers_and_public_key_when_state_is_read() {
    let (mut network, [a]) = puppets();
    let subnet = network.subnet_id();
    let path = |labels: &[&[u8]]| labels.iter().map(|label| label.to_vec()).collect::<Vec<_>>();
    let bytes = network.read_state(&[
        path(&[b"canister", a.as_slice(), b"module_hash"]),
        path(&[b"canister", a.as_slice(), b"controllers"]),
        path(&[b"subnet", subnet.as_slice(), b"public_key"]),
        path(&[b"canister_ranges", subnet.as_slice()]),
    ]);
    let certificate = Certificate::from_cbor(&bytes).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    let hash = network.module_hash(a).unwrap().unwrap();
    assert_eq!(found(&certificate, &[b"canister", a.as_slice(), b"module_hash"]), Some(hash.to_vec()));
    let controllers = found(&certificate, &[b"canister", a.as_slice(), b"controllers"]).unwrap();
    assert_eq!(controllers[..4], [0xd9, 0xd9, 0xf7, 0x81]);
    assert!(controllers.ends_with(alice().as_slice()));
    let key = found(&certificate, &[b"subnet", subnet.as_slice(), b"public_key"]);
    assert_eq!(key.as_deref(), Some(network.root_key_der()));
}

#[test]
fn should_show_several_messages_or_prove_absence_when_asked() {
    let (mut network, [a]) = puppets();
    let ids = [b"one", b"two"].map(|arg| network.submit_update(alice(), a, "echo", arg).unwrap());
    network.run_until_idle(100);
    let path = |id: [u8; 32]| vec![b"request_status".to_vec(), id.to_vec()];
    let certificate = Certificate::from_cbor(&network.read_state(&ids.map(|id| path(id.0)))).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    assert_eq!(found(&certificate, &[b"request_status", &ids[0].0, b"reply"]), Some(b"one".to_vec()));
    assert_eq!(found(&certificate, &[b"request_status", &ids[1].0, b"reply"]), Some(b"two".to_vec()));
    let certificate = Certificate::from_cbor(&network.read_state(&[path([7; 32])])).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    assert_eq!(certificate.tree.lookup_path([b"request_status".as_slice(), &[7; 32]]), LookupResult::Absent);
}

#[test]
fn should_take_a_signed_request_in_once_and_certify_it_by_the_id_that_its_sender_gave_it() {
    let (mut network, [a]) = puppets();
    let id = MessageId([9; 32]);
    network.submit_signed(id, alice(), a, "inc", &[]).unwrap();
    let counted = network.await_update(id).unwrap();
    // Sent again, as agents do that have no answer: it is answered already.
    network.submit_signed(id, alice(), a, "inc", &[]).unwrap();
    network.run_until_idle(100);
    assert_eq!(network.await_update(id).unwrap(), counted);
    assert_ne!(network.update(alice(), a, "inc", &[]).unwrap(), counted, "the counter does not count");
    let certificate = Certificate::from_cbor(&network.request_status_certificate(id)).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    assert_eq!(found(&certificate, &[b"request_status", &id.0, b"reply"]), Some(counted));
}

#[test]
fn should_sign_as_the_node_whose_key_the_state_tells() {
    let (mut network, [a]) = puppets();
    let (node, signature) = network.sign_as_node(b"an answer");
    let subnet = network.subnet_id();
    let path: [&[u8]; 5] = [b"subnet", subnet.as_slice(), b"node", node.as_slice(), b"public_key"];
    let bytes = network.read_state(&[path.map(<[u8]>::to_vec).to_vec()]);
    let certificate = Certificate::from_cbor(&bytes).unwrap();
    assert_eq!(verify(&network, &certificate, a), Ok(()));
    let der = found(&certificate, &path).unwrap();
    assert_eq!(node, Principal::self_authenticating(&der));
    let key = VerifyingKey::from_bytes(der[12..].try_into().unwrap()).unwrap();
    assert!(key.verify_strict(b"an answer", &Signature::from_bytes(&signature)).is_ok());
    assert!(key.verify_strict(b"another", &Signature::from_bytes(&signature)).is_err());
}
