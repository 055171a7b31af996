//! Claims that a real Calimero node signed, on the canister and at the moment they were signed for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calisec_clients::MembershipClient;
use calisec_testkit::actor::Actor;
use calisec_testkit::backend::{Backend, INITIAL_CYCLES, LocalBackend};
use calisec_testkit::modules;
use calisec_types::ids::{AccountId, GroupId, Timestamp};
use calisec_types::membership::{
    MembershipArg, MembershipInit, MembershipReason, OwnershipClaim, RegistrationsArg, claimed_group, context_in_group,
};
use candid::{Decode, Encode, Nat, Principal};
use ic_management_canister_types::{CanisterIdRecord, ProvisionalCreateCanisterWithCyclesArgs};
use pollster::block_on;
use serde_bytes::ByteBuf;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// The canister that the recorded claims are made out to.
const AUDIENCE: &str = "bkyz2-fmaaa-aaaaa-qaaaq-cai";
/// A second after they were signed.
const MOMENT: Timestamp = Timestamp(1_795_159_945_000_000_000);

fn recorded() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/calimero/live_node.json");
    serde_json::from_slice(&std::fs::read(path).expect("the vectors")).expect("JSON")
}

fn claim(recorded: &Value, endpoint: &str) -> OwnershipClaim {
    let bytes = |field: &str| {
        let text = recorded["claims"][endpoint][field].as_str().expect("text");
        ByteBuf::from(STANDARD.decode(text).expect("base64"))
    };
    OwnershipClaim { payload: bytes("signedPayload"), signature: bytes("signature") }
}

/// `membership` with the id that the claims are for, a second after they were signed.
fn network() -> LocalBackend {
    let backend = LocalBackend::new(1);
    let create = ProvisionalCreateCanisterWithCyclesArgs {
        amount: Some(Nat::from(INITIAL_CYCLES)),
        settings: None,
        specified_id: Some(canister()),
        sender_canister_version: None,
    };
    let created = backend
        .update(
            backend.deployer(),
            Principal::management_canister(),
            "provisional_create_canister_with_cycles",
            &Encode!(&create).expect("encodes"),
        )
        .expect("creates");
    assert_eq!(Decode!(&created, CanisterIdRecord).expect("decodes").canister_id, canister());
    let init =
        MembershipArg::Init(MembershipInit { governance: Principal::from_slice(&[9; 10]), proof_verifier: None });
    let module = modules::load("membership").expect("built");
    backend.install(canister(), &module, &Encode!(&init).expect("encodes")).expect("installs");
    backend.advance(Duration::from_nanos(MOMENT.0 - backend.now().0));
    backend
}

fn canister() -> Principal {
    Principal::from_text(AUDIENCE).expect("an id")
}

#[test]
fn should_register_group_and_context_when_a_live_node_signed_for_this_canister() {
    let (backend, recorded) = (network(), recorded());
    let membership = MembershipClient::new(Actor::new(&backend, Principal::anonymous()), canister());
    let of = |field: &str| recorded[field].as_str().expect("text").to_owned();
    let issuer: AccountId = of("device_signing_key_bs58").parse().expect("a key");
    let calimero_group: GroupId = of("group_id_hex").parse().expect("an id");
    let group = claimed_group(issuer, calimero_group);
    let of_context = claim(&recorded, "issue-ownership-proof");
    let of_group = claim(&recorded, "issue-namespace-ownership-proof");
    let context = block_on(membership.register_claim(&of_context)).expect("answers").expect("registers");
    assert_eq!(context.id, context_in_group(group, of("context_id_bs58").parse().expect("an id")));
    let own = block_on(membership.register_claim(&of_group)).expect("answers").expect("registers");
    assert_eq!((own.id.0, own.group, context.group), (group.0, group, group));
    assert_eq!([own.administrator, context.administrator], [issuer.principal(); 2]);
    for replayed in [&of_context, &of_group] {
        let refused = block_on(membership.register_claim(replayed)).expect("answers").expect_err("was used");
        assert_eq!(refused.reason, Some(MembershipReason::ClaimUsed));
    }
    let arg = RegistrationsArg { calimero_id: calimero_group, after: None, limit: None };
    let found = block_on(membership.registrations(&arg)).expect("answers").registrations;
    assert_eq!(found.len(), 2);
}

#[test]
fn should_refuse_a_live_claim_when_it_is_over() {
    let (backend, recorded) = (network(), recorded());
    backend.advance(Duration::from_secs(5 * 60));
    let membership = MembershipClient::new(Actor::new(&backend, Principal::anonymous()), canister());
    let claim = claim(&recorded, "issue-ownership-proof");
    let refused = block_on(membership.register_claim(&claim)).expect("answers").expect_err("is over");
    assert!(matches!(refused.reason, Some(MembershipReason::ClaimOutOfWindow { .. })), "{refused}");
}
