//! Random histories against a model that is too simple to be wrong.

use super::facts::assert_certified;
use crate::api;
use crate::test_fixtures::{START, World, account, context_id, note, reason, stranger};
use calisec_types::ids::{GrantId, Revision, Timestamp};
use calisec_types::membership::{Action, Change, MembershipReason, Subject, VotingWeightArg};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::proptest;
use std::collections::{BTreeMap, BTreeSet};

pub const ACCOUNTS: u8 = 4;
pub const NOTES: u64 = 3;
const ROLES: [&str; 3] = ["administrator", "contributor", "reader"];

#[derive(Clone, Debug)]
pub enum Move {
    Add(u8, usize),
    Remove(u8),
    Grant(u8, u64, Option<u64>),
    Revoke(usize),
    Wait(u64),
    Upgrade,
}

pub fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => (0..ACCOUNTS, 0..ROLES.len()).prop_map(|(who, role)| Move::Add(who, role)),
        2 => (0..ACCOUNTS).prop_map(Move::Remove),
        5 => (0..ACCOUNTS, 0..NOTES, proptest::option::of(1..100u64))
            .prop_map(|(who, note, seconds)| Move::Grant(who, note, seconds)),
        2 => any::<proptest::sample::Index>().prop_map(|index| Move::Revoke(index.index(64))),
        2 => (1..60u64).prop_map(Move::Wait),
        1 => Just(Move::Upgrade),
    ]
}

#[derive(Default)]
pub struct Model {
    roles: BTreeMap<u8, usize>,
    grants: BTreeMap<GrantId, (u8, u64, Option<Timestamp>)>,
    made: Vec<GrantId>,
    /// The members at every revision.
    history: Vec<BTreeSet<u8>>,
}

impl Model {
    fn reads(&self, who: u8, note: u64, now: Timestamp) -> bool {
        let granted = |(holder, of, end): &(u8, u64, Option<Timestamp>)| {
            *holder == who && *of == note && end.is_none_or(|end| now <= end)
        };
        // Note n is owned by account n.
        self.roles.contains_key(&who) && (u64::from(who) == note || self.grants.values().any(granted))
    }

    fn mints(&self, who: u8) -> bool {
        self.roles.get(&who).is_some_and(|role| ROLES[*role] != "reader")
    }

    pub fn remember(&mut self) {
        self.history.push(self.roles.keys().copied().collect());
    }
}

pub fn play(world: &mut World, model: &mut Model, next: &Move) {
    match *next {
        Move::Add(who, role) => {
            world.add(account(who), ROLES[role]).expect("adds");
            if model.roles.insert(who, role) != Some(role) {
                model.remember();
            }
        }
        Move::Remove(who) => {
            let removed = world.remove(account(who)).map(|_| ());
            if model.roles.remove(&who).is_some() {
                assert_eq!(removed, Ok(()));
                model.grants.retain(|_, (holder, ..)| *holder != who);
                model.remember();
            } else {
                assert_eq!(removed, Err(MembershipReason::UnknownMember(account(who))));
            }
        }
        Move::Grant(who, note, seconds) => {
            let end = seconds.map(|seconds| world.env.now.get().plus_seconds(seconds));
            let granted = world.change(crate::test_fixtures::grant_change(account(who), note, end));
            if model.roles.contains_key(&who) {
                let id = granted.expect("grants").grant.expect("a grant has an id");
                model.grants.insert(id, (who, note, end));
                model.made.push(id);
            } else {
                assert_eq!(granted, Err(MembershipReason::UnknownMember(account(who))));
            }
        }
        Move::Revoke(index) => {
            let Some(id) = model.made.get(index).copied() else { return };
            let revoked = world.change(Change::Revoke { grant: id }).map(|_| ());
            let existed = model.grants.remove(&id).is_some();
            assert_eq!(revoked, if existed { Ok(()) } else { Err(MembershipReason::UnknownGrant(id)) });
        }
        Move::Wait(seconds) => world.env.advance_seconds(seconds),
        Move::Upgrade => world.upgrade(),
    }
}

fn compare(world: &World, model: &Model) {
    assert_certified(world, &[context_id(1)]);
    let now = world.env.now.get();
    for who in 0..ACCOUNTS {
        for subject in [Subject::Account(account(who)), Subject::Principal(account(who).principal())] {
            for id in 0..NOTES {
                let owner = u8::try_from(id).map_or(stranger(), |owner| account(owner).principal());
                let decision = world.decide(subject, Action::Read, Some(note(id, owner)));
                assert_eq!(decision.allowed, model.reads(who, id, now), "{who} reads {id}: {decision:?}");
                assert!(decision.valid_until >= now);
            }
            let decision = world.decide(subject, Action::Mint, None);
            assert_eq!(decision.allowed, model.mints(who), "{who} mints: {decision:?}");
        }
        for (revision, members) in model.history.iter().enumerate() {
            let revision = Revision(revision as u64);
            let arg = VotingWeightArg { context: context_id(1), revision, voter: account(who).principal() };
            let weight =
                api::voting_weight(&world.env, &world.state, &arg).map(|weight| weight.weight.0).map_err(reason);
            let expected = if !model.roles.contains_key(&who) {
                Err(MembershipReason::NotAMember(account(who).principal()))
            } else if members.contains(&who) {
                Ok(1)
            } else {
                Err(MembershipReason::NotInElectorate(revision))
            };
            assert_eq!(weight, expected, "{who} votes at {revision}");
        }
    }
    let total = world.state.group(context_id(1).own_group()).expect("a group").total_weight;
    assert_eq!(total.0, model.roles.len() as u64);
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, ..Default::default() })]

    #[test]
    fn should_decide_as_the_model_does_when_members_and_grants_come_and_go(
        history in proptest::collection::vec(moves(), 1..40)
    ) {
        let mut world = World::with_context();
        let mut model = Model::default();
        model.remember();
        assert_eq!(world.env.now.get(), START);
        for next in &history {
            play(&mut world, &mut model, next);
            compare(&world, &model);
        }
    }
}
