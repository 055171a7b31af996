//! What is stored today must be read by every later version: these bytes do not change.

use crate::storage::{
    AutomaticExecution, Config, Decision, StoredBallot, StoredChange, StoredChoice, StoredContent, StoredOutcome,
    StoredProposal, StoredTally,
};
use crate::test_fixtures::{MEMBERSHIP, RULES, account, principal, stored_proposal};
use calisec_runtime::Cbor;
use calisec_types::ids::{CircuitId, GrantId, NoteId, Seq, Timestamp, Weight};
use calisec_types::membership::{Action, GrantTerms, Quorum};
use calisec_types::proof_verifier::CircuitStatus;
use ic_stable_structures::Storable;
use minicbor::{Decode, Encode};
use std::borrow::Cow;
use std::fmt::Debug;

fn check<T>(what: &str, value: T, golden: &str)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + Debug + PartialEq + Clone,
{
    let bytes = Cbor(value.clone()).into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, golden, "{what}");
    assert_eq!(Cbor::<T>::from_bytes(Cow::Owned(bytes)).0, value, "{what}");
}

#[test]
fn should_write_the_same_bytes_as_ever_and_read_them_back_when_values_are_stored() {
    check(
        "config",
        Some(Config { membership: MEMBERSHIP, rules: RULES.into(), circuits: None }),
        "824a0000000000000001010185190e10190258191c2018321832",
    );
    check(
        "a new proposal",
        stored_proposal(),
        "885820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c05820010101010101010101010101010101010101010101010101010101010101010185190e10190258191c201832183201840000000a1b17979cfe362a00001b1797a04466e2a00001",
    );
    let outcomes = vec![
        StoredOutcome::Applied { seq: Seq(3), grant: Some(GrantId(4)) },
        StoredOutcome::Applied { seq: Seq(5), grant: None },
        StoredOutcome::Refused { message: "no".into() },
    ];
    let executed = StoredProposal {
        tally: StoredTally { adopt: Weight(1), reject: Weight(2), abstain: Weight(3), electorate: Weight(10) },
        step_count: 4,
        early_decision: Some(Decision { adopted: true, at: Timestamp(5) }),
        journal: Some(outcomes),
        automatic: Some(AutomaticExecution { at: Timestamp(6), attempts: 2 }),
        ..stored_proposal()
    };
    check(
        "a proposal in execution",
        executed,
        "8b5820c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c05820010101010101010101010101010101010101010101010101010101010101010185190e10190258191c201832183201840102030a1b17979cfe362a00001b1797a04466e2a0000482f50583820082030482008105820181626e6f820602",
    );
    check("content", StoredContent { title: "t".into(), summary: "s".into() }, "8261746173");
    let grant = StoredChange::Grant {
        account: account(1),
        action: Action::Mint,
        note: NoteId(2),
        registry: principal(3),
        terms: GrantTerms {
            not_before: None,
            not_after: Some(Timestamp(4)),
            max_uses: Some(5),
            purpose: Some("p".into()),
        },
    };
    check(
        "grant",
        grant,
        "820085582001010101010101010101010101010101010101010101010101010101010101010102581d030303030303030303030303030303030303030303030303030303030384f604056170",
    );
    check(
        "circuit",
        StoredChange::SetCircuitStatus { circuit: CircuitId([1; 32]), status: CircuitStatus::Revoked },
        "8206825820010101010101010101010101010101010101010101010101010101010101010102",
    );
    check("revoke", StoredChange::Revoke { grant: GrantId(1) }, "82018101");
    check("quorum", StoredChange::SetCheckpointQuorum { quorum: Quorum::BasisPoints(6_000) }, "820381820181191770");
    check("policy", StoredChange::SetPolicy { cedar: "c".into() }, "8202816163");
    for (choice, golden) in
        [(StoredChoice::Adopt, "83000102"), (StoredChoice::Reject, "83010102"), (StoredChoice::Abstain, "83020102")]
    {
        check("ballot", StoredBallot { choice, weight: Weight(1), at: Timestamp(2), struck_at: None }, golden);
    }
}
