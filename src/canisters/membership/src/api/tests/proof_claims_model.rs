//! Random histories of kinds and claims, against a model that is too simple to be wrong.

use super::facts::assert_certified;
use super::proof_claims::{CIRCUIT, DAY, claim, kind, may_read, receipt, world};
use crate::api;
use crate::test_fixtures::{World, account, context_id};
use calisec_types::ids::{ReceiptId, Timestamp};
use calisec_types::membership::{
    Change, ClaimKind, MembershipReason, ReviewClaimKindArg, claim_period, claim_period_bounds, claim_purpose,
};
use calisec_types::proof_verifier::{CircuitStatus, Receipt};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::proptest;
use std::collections::{BTreeMap, BTreeSet};

const MEMBERS: [u8; 2] = [1, 2];

#[derive(Clone, Debug)]
enum Move {
    SetKind,
    RemoveKind,
    /// Somebody says that the circuit may be revoked; whether it is.
    Review(bool),
    /// A member claims a receipt for this period or the next.
    Claim(u8, bool),
    /// A member claims the receipt with this number once more.
    Again(u8, usize),
    Remove(u8),
    Add(u8),
    Wait(u64),
    Upgrade,
}

fn moves() -> impl Strategy<Value = Move> {
    let member = || (0..MEMBERS.len()).prop_map(|place| MEMBERS[place]);
    prop_oneof![
        3 => Just(Move::SetKind),
        1 => Just(Move::RemoveKind),
        1 => any::<bool>().prop_map(Move::Review),
        8 => (member(), any::<bool>()).prop_map(|(who, is_ahead)| Move::Claim(who, is_ahead)),
        2 => (member(), 0..6usize).prop_map(|(who, number)| Move::Again(who, number)),
        1 => member().prop_map(Move::Remove),
        3 => member().prop_map(Move::Add),
        3 => (1..DAY).prop_map(Move::Wait),
        1 => Just(Move::Upgrade),
    ]
}

struct Model {
    members: BTreeSet<u8>,
    has_kind: bool,
    /// Receipts in the order in which they were claimed.
    made: Vec<(u8, Receipt)>,
    /// Between which moments each claim counts.
    counting: BTreeMap<ReceiptId, (u8, Timestamp, Timestamp)>,
}

impl Model {
    fn may_read(&self, who: u8, now: Timestamp) -> bool {
        let counts = |(of, since, until): &(u8, Timestamp, Timestamp)| *of == who && *since <= now && now <= *until;
        self.has_kind && self.members.contains(&who) && self.counting.values().any(counts)
    }
}

fn play(world: &mut World, model: &mut Model, next: &Move) {
    match *next {
        Move::SetKind => {
            world.change(Change::SetClaimKind { kind: kind() }).expect("sets");
            model.counting.clear();
            model.has_kind = true;
        }
        Move::RemoveKind => {
            let removed = world.change(Change::RemoveClaimKind { name: kind().name });
            assert_eq!(removed.is_ok(), model.has_kind);
            model.has_kind = false;
            model.counting.clear();
        }
        Move::Review(is_revoked) => {
            let arg = ReviewClaimKindArg { context: context_id(1), name: kind().name };
            let Ok(review) = api::begin_review(&world.env, &world.state, arg) else {
                assert!(!model.has_kind);
                return;
            };
            let status = if is_revoked { CircuitStatus::Revoked } else { CircuitStatus::Active };
            let done = api::end_review(&world.env, &mut world.state, &review, status);
            assert_eq!(done.is_ok(), is_revoked);
            if is_revoked {
                model.has_kind = false;
                model.counting.clear();
            }
        }
        Move::Claim(who, is_ahead) => {
            if !model.has_kind {
                return;
            }
            let number = u8::try_from(model.made.len() + 1).expect("few");
            let now = world.env.now.get();
            let period = claim_period(now, DAY) + u64::from(is_ahead);
            let current = receipt(world, who, number);
            let version = api::claim_kinds(&world.state, context_id(1)).expect("answers")[0].version;
            let ClaimKind { name, circuit: CIRCUIT, .. } = kind() else { panic!("another circuit") };
            let shown = Receipt { purpose: claim_purpose(&name, version, period), ..current };
            let claimed = claim(world, who, &shown);
            assert_eq!(claimed.is_ok(), model.members.contains(&who), "{claimed:?}");
            if claimed.is_ok() {
                let (since, until) = claim_period_bounds(period, DAY);
                model.counting.retain(|_, (of, _, end)| (*of, *end) != (who, until));
                model.counting.insert(shown.id, (who, since.max(now), until));
                model.made.push((who, shown));
            }
        }
        Move::Again(who, number) => {
            let Some((of, shown)) = model.made.get(number).cloned() else { return };
            let before = world.fingerprint();
            let again = claim(world, who, &shown);
            // It is answered as before where it counts, and never counts anew.
            let holds = model.counting.get(&shown.id).is_some_and(|(_, _, until)| world.env.now.get() <= *until);
            assert_eq!(again.is_ok(), who == of && model.members.contains(&who) && holds, "{again:?}");
            assert!(!matches!(again, Err(MembershipReason::Internal(_))), "{again:?}");
            assert!(world.fingerprint() == before, "a receipt that was claimed changed something");
        }
        Move::Remove(who) => {
            assert_eq!(world.remove(account(who)).is_ok(), model.members.remove(&who));
            model.counting.retain(|_, (of, ..)| *of != who);
        }
        Move::Add(who) => {
            world.add(account(who), "reader").expect("adds");
            model.members.insert(who);
        }
        Move::Wait(seconds) => world.env.advance_seconds(seconds),
        Move::Upgrade => world.upgrade(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..Default::default() })]

    #[test]
    fn should_count_claims_as_the_model_does_in_the_very_next_message(
        history in proptest::collection::vec(moves(), 1..40)
    ) {
        let mut world = world();
        let mut model =
            Model { members: MEMBERS.into(), has_kind: true, made: Vec::new(), counting: BTreeMap::new() };
        for next in &history {
            play(&mut world, &mut model, next);
            let now = world.env.now.get();
            for who in MEMBERS {
                assert_eq!(may_read(&world, who), model.may_read(who, now), "{who} after {next:?}");
            }
            assert_certified(&world, &[context_id(1)]);
        }
    }
}
