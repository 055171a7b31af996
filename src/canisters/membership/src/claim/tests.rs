use super::{Claim, Here, Refused};
use crate::keys::Refusal;
use crate::test_fixtures::{ClaimText, canister, context_key, sign_claim};
use calisec_types::ids::{ContextId, Digest32, GroupId, Timestamp};
use calisec_types::membership::{MAX_CLAIM_BYTES, claimed_group, context_in_group};
use candid::Principal;
use proptest::prelude::{any, prop};
use proptest::{prop_assert, proptest};
use serde_bytes::ByteBuf;

fn here() -> Here {
    Here { network: Digest32([7; 32]), canister: canister(), now: Timestamp(1_700_000_000_000_000_000) }
}

fn text() -> ClaimText {
    ClaimText::new(canister(), here().now)
}

fn verified(text: &ClaimText) -> Result<Claim, Refused> {
    Claim::verify(&sign_claim(5, &text.to_json()), &here())
}

fn complaint(json: &str) -> String {
    match Claim::verify(&sign_claim(5, json), &here()) {
        Err(Refused::Malformed(why)) => why,
        other => panic!("{json}: {other:?}"),
    }
}

#[test]
fn should_read_every_field_when_a_claim_verifies() {
    let claim = verified(&text()).expect("verifies");
    assert_eq!(claim.issuer.0, context_key(5).verifying_key().to_bytes());
    assert_eq!((claim.calimero_group, claim.calimero_context), (GroupId([0x22; 32]), Some(ContextId([0x33; 32]))));
    assert_eq!(claim.subject, "bind:2vxsx-fae");
    assert_eq!(claim.expires_at, here().now.plus_seconds(300));
    assert_eq!(claim.group(), claimed_group(claim.issuer, GroupId([0x22; 32])));
    assert_eq!(claim.context(), context_in_group(claim.group(), ContextId([0x33; 32])));
    let alone = verified(&ClaimText { context_id: String::new(), ..text() }).expect("verifies");
    assert_eq!((alone.calimero_context, alone.context()), (None, ContextId(alone.group().0)));
}

#[test]
fn should_refuse_json_when_it_is_not_what_nodes_write() {
    let good = text().to_json();
    let without = |field: &str| {
        let start = good.find(&format!("\"{field}\"")).expect("the field");
        let end = good[start..].find(",\"").map_or(good.len() - 1, |comma| start + comma + 1);
        format!("{}{}", &good[..start], &good[end..]).replace(",}", "}")
    };
    for field in ["v", "audience", "group_id", "issuer_identity", "context_id", "subject", "nonce", "issued_at_ms"] {
        assert!(complaint(&without(field)).contains("missing field"), "without {field}");
        let twice = good.replacen('{', &format!("{{\"{field}\":{},", if field == "v" { "1" } else { "\"1\"" }), 1);
        let why = complaint(&twice);
        assert!(why.contains("duplicate field") || why.contains("invalid type"), "{field} twice: {why}");
    }
    for (desc, json) in [
        ("unknown field", good.replacen('{', "{\"admin\":true,", 1)),
        ("another version", good.replacen("\"v\":1", "\"v\":2", 1)),
        ("a version in quotes", good.replacen("\"v\":1", "\"v\":\"1\"", 1)),
        ("a fraction", good.replacen("\"v\":1", "\"v\":1.0", 1)),
        ("a negative time", good.replacen("\"issued_at_ms\":", "\"issued_at_ms\":-", 1)),
        ("an exponent", good.replacen("\"issued_at_ms\":1700000000000", "\"issued_at_ms\":17e11", 1)),
        ("something after it", format!("{good}{{}}")),
        ("something before it", format!(" {good}")),
        ("an array", "[1,\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",1,2]".to_owned()),
        ("half of it", good[..good.len() / 2].to_owned()),
        ("nothing", String::new()),
        ("null", "null".to_owned()),
        ("too long", good.replacen("bind:", &"b".repeat(MAX_CLAIM_BYTES), 1)),
        ("a long unknown field", good.replacen('{', &format!("{{\"{}\":1,", "ä".repeat(700)), 1)),
    ] {
        let why = complaint(&json);
        assert!(why.len() < 500, "{desc}: a complaint of {} bytes", why.len());
    }
    for (desc, bad) in [
        ("a short group", ClaimText { group_id: "22".repeat(31), ..text() }),
        ("a group that is no hex", ClaimText { group_id: "zz".repeat(32), ..text() }),
        ("a context that is no base58", ClaimText { context_id: "0OIl".to_owned(), ..text() }),
        ("a short context", ClaimText { context_id: "2".to_owned(), ..text() }),
        ("an issuer in hex", ClaimText { issuer_identity: "22".repeat(32), ..text() }),
        ("a short nonce", ClaimText { nonce: "0".repeat(31), ..text() }),
        ("a long nonce", ClaimText { nonce: "0".repeat(129), ..text() }),
        ("a nonce that is no hex", ClaimText { nonce: "x".repeat(32), ..text() }),
        ("a time beyond all times", ClaimText { expires_at_ms: u64::MAX, ..text() }),
    ] {
        assert!(!complaint(&bad.to_json()).is_empty(), "{desc}");
    }
}

#[test]
fn should_refuse_a_claim_when_it_is_for_another_audience() {
    let ours = format!("icp:{}", canister());
    let network = "07".repeat(32);
    for (audience, expected) in [
        (ours.clone(), true),
        (format!("{ours}#{network}"), true),
        (format!("{ours}#{}", "08".repeat(32)), false),
        (format!("{ours}#"), false),
        (format!("{ours}#{network}#"), false),
        (format!("{ours} "), false),
        (canister().to_text(), false),
        (format!("near:{}", canister()), false),
        (format!("icp:{}", Principal::from_slice(&[9; 10])), false),
        (String::new(), false),
    ] {
        let verified = verified(&ClaimText { audience: audience.clone(), ..text() });
        assert_eq!(verified.is_ok(), expected, "{audience}");
        if !expected {
            assert_eq!(verified, Err(Refused::Audience), "{audience}");
        }
    }
}

#[test]
fn should_refuse_a_claim_when_it_is_over_not_begun_or_too_long() {
    let now = here().now.0 / 1_000_000;
    for (desc, issued, expires, expected) in [
        ("as nodes write it", now, now + 300_000, true),
        ("just before its end", now - 299_999, now + 1, true),
        ("at its end", now - 300_000, now, false),
        ("long over", now - 900_000, now - 600_000, false),
        ("a clock that is ahead", now + 30_000, now + 330_000, true),
        ("a clock that is far ahead", now + 30_001, now + 330_001, false),
        ("longer than five minutes", now, now + 300_001, false),
        ("backwards", now + 20_000, now + 10_000, false),
        ("of no length", now + 1, now + 1, false),
        ("since the epoch", 0, now + 1, false),
    ] {
        let refused = verified(&ClaimText { issued_at_ms: issued, expires_at_ms: expires, ..text() });
        assert_eq!(refused.is_ok(), expected, "{desc}");
        assert!(expected || matches!(refused, Err(Refused::Window { .. })), "{desc}: {refused:?}");
    }
}

#[test]
fn should_refuse_a_claim_when_another_key_signed_it_or_the_key_is_weak() {
    let json = text().to_json();
    assert_eq!(Claim::verify(&sign_claim(6, &json), &here()), Err(Refused::Signature(Refusal::Signature)));
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = ClaimText { issuer_identity: ContextId(identity).to_string(), ..text() };
    let mut claim = sign_claim(5, &weak.to_json());
    claim.signature = ByteBuf::from(vec![0; 64]);
    claim.signature[0] = 1;
    assert_eq!(Claim::verify(&claim, &here()), Err(Refused::Signature(Refusal::Key)));
}

#[test]
fn should_find_the_principal_in_a_subject_when_there_is_one() {
    let issuer = verified(&text()).expect("verifies").issuer;
    let somebody = Principal::from_slice(&[5; 29]);
    for (subject, purpose, expected) in [
        (format!("bind:{somebody}"), "bind", Some(somebody)),
        ("bind:2vxsx-fae".to_owned(), "bind", Some(issuer.principal())),
        ("recover:2vxsx-fae".to_owned(), "bind", None),
        (format!("bind:{somebody}"), "recover", None),
        ("bind:aaaaa-aa".to_owned(), "bind", None),
        (format!("bind: {somebody}"), "bind", None),
        (format!("bind{somebody}"), "bind", None),
        (somebody.to_text(), "bind", None),
        ("bind:".to_owned(), "bind", None),
        (String::new(), "bind", None),
    ] {
        let claim = verified(&ClaimText { subject: subject.clone(), ..text() }).expect("verifies");
        assert_eq!(claim.principal_for(purpose), expected, "{subject}");
    }
}

proptest! {
    #[test]
    fn should_answer_an_error_when_bytes_are_arbitrary(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        signature in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let mut claim = sign_claim(5, &text().to_json());
        claim.signature = ByteBuf::from(signature);
        prop_assert!(Claim::verify(&claim, &here()).is_err());
        claim.payload = ByteBuf::from(payload);
        prop_assert!(Claim::verify(&claim, &here()).is_err());
    }
}
