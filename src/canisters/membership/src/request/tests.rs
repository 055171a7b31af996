use super::Header;
use crate::test_fixtures::{account, administrator, canister, context_id};
use calisec_types::ids::{Digest32, Timestamp};
use calisec_types::membership::{MalformedRequest, RemoveMemberArg, Request};
use calisec_types::signing::{RequestPayload, SIGNED_REQUEST_TAG};
use candid_parser::utils::CandidSource;
use std::path::Path;

/// Updates that no signature can ask for, and why.
const EXEMPT: [(&str, &str); 6] = [
    ("recover_administration", "carries a signature of its own; the caller does not matter"),
    ("register_claim", "carries a signature of its own; the caller does not matter"),
    ("register_context", "carries a signature of its own; the caller does not matter"),
    ("apply", "called by the governance canister, which has no key"),
    ("submit_request", "carries the signature"),
    ("decide_and_use", "only a canister calls it"),
];

fn payload() -> RequestPayload {
    RequestPayload {
        network: Digest32([7; 32]),
        canister: canister(),
        key: account(1),
        nonce: 0x0102_0304_0506_0708,
        expires_at: Timestamp(9),
        request: Request::RemoveMember(RemoveMemberArg { context: context_id(1), account: account(2) }),
    }
}

#[test]
fn should_cover_every_update_when_signatures_are_as_good_as_calls() {
    let declared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../candid/membership.did");
    let (types, service) = CandidSource::File(&declared).load().expect("the interface parses");
    let service = service.expect("a service");
    let methods = types.as_service(&service).expect("a service");
    let mut updates: Vec<&str> = methods
        .iter()
        .filter(|(_, method)| !types.as_func(method).expect("a method").is_query())
        .map(|(name, _)| name.as_str())
        .collect();
    let mut covered: Vec<&str> = Request::METHODS.iter().copied().chain(EXEMPT.map(|(method, _)| method)).collect();
    updates.sort_unstable();
    covered.sort_unstable();
    assert_eq!(covered, updates, "give each update a variant of `Request`, or a reason why it has none, once");
}

#[test]
fn should_read_what_was_written_when_a_request_is_signed() {
    let written = payload();
    let bytes = written.to_signed_bytes();
    let header = Header::read(&bytes).expect("reads");
    assert_eq!((header.network, header.canister, header.key), (written.network, written.canister, written.key));
    assert_eq!(header.scope, Digest32(context_id(1).0));
    assert_eq!((header.nonce, header.expires_at), (written.nonce, written.expires_at));
    assert_eq!(header.request(), Ok(written.request));
}

/// The layout, as another implementation would write it.
#[test]
fn should_put_every_field_where_the_interface_says_when_a_request_is_written() {
    let written = payload();
    let mut expected = b"calisec.signed-request.v1\0".to_vec();
    expected.extend([7; 32]);
    expected.push(10);
    expected.extend(canister().as_slice());
    expected.extend(account(1).0);
    expected.extend(context_id(1).0);
    expected.extend([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 9, 13]);
    expected.extend(b"remove_member");
    expected
        .extend(candid::encode_one(RemoveMemberArg { context: context_id(1), account: account(2) }).expect("encodes"));
    assert_eq!(written.to_signed_bytes(), expected);
}

#[test]
fn should_read_nothing_when_a_header_is_cut_short_or_of_another_tag() {
    let bytes = payload().to_signed_bytes();
    let header_length = SIGNED_REQUEST_TAG.len() + 32 + 11 + 32 + 32 + 16 + 14;
    for length in 0..header_length {
        assert_eq!(Header::read(&bytes[..length]), None, "{length} bytes");
    }
    assert!(Header::read(&bytes[..header_length]).expect("a header").request().is_err());
    let mut another = bytes.clone();
    another[SIGNED_REQUEST_TAG.len() - 2] = b'2';
    assert_eq!(Header::read(&another), None);
    let mut long_principal = bytes;
    long_principal[SIGNED_REQUEST_TAG.len() + 32] = 30;
    assert_eq!(Header::read(&long_principal), None);
}

#[test]
fn should_refuse_a_method_or_argument_when_it_is_unknown() {
    let arg = candid::encode_one(administrator()).expect("encodes");
    assert_eq!(Request::decode(b"apply", &arg), Err(MalformedRequest::UnknownMethod));
    assert_eq!(Request::decode(b"", &arg), Err(MalformedRequest::UnknownMethod));
    assert_eq!(Request::decode(b"add_member", &arg), Err(MalformedRequest::Argument("add_member")));
    assert_eq!(Request::decode(b"add_member", b""), Err(MalformedRequest::Argument("add_member")));
    // A type table that claims more than anybody should have to read.
    let mut bomb = b"DIDL\x01\x6d\x7f\x01\x00".to_vec();
    bomb.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(Request::decode(b"add_member", &bomb), Err(MalformedRequest::Argument("add_member")));
}
