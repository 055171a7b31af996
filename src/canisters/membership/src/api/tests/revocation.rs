//! Random histories of members, roles, capabilities, devices, links and grants, against a model that is too simple to be wrong:
//! after every message, whoever may not is denied on every path, and whoever may is not.

use super::facts::assert_certified;
use crate::api;
use crate::test_fixtures::{World, account, administrator, context_id, device, grant_change, note, stranger};
use calisec_types::ids::{AccountId, GrantId, Revision, Timestamp};
use calisec_types::membership::{Action, Capability, CapabilityArg, Change, Rights, SetRoleArg, Subject, WasMemberArg};
use candid::Principal;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::proptest;
use std::collections::{BTreeMap, BTreeSet};

const ACCOUNTS: u8 = 3;
const KEYS: u8 = 6;
const PRINCIPALS: u8 = 3;
const NOTES: u64 = 2;
const ROLES: [&str; 3] = ["contributor", "keeper", "reader"];

#[derive(Clone, Debug)]
enum Move {
    Add(u8, usize),
    Remove(u8),
    RevokeAccount(u8),
    SetRole(usize, u8),
    Give(u8, usize),
    Take(u8, usize),
    Device { owner: u8, key: u8, scope: u8, expires: Option<u64>, every: Option<u64> },
    Rotate { owner: u8, old: u8, new: u8, by_account: bool },
    RevokeDevice(u8, u8),
    Link(u8, u8, Option<u8>),
    Unlink(u8),
    Grant(u8, u64, Option<u64>),
    RevokeGrant(usize),
    Wait(u64),
    Upgrade,
}

fn moves() -> impl Strategy<Value = Move> {
    let seconds = || proptest::option::of(60..200u64);
    let capability = 0..Capability::ALL.len();
    prop_oneof![
        6 => (0..ACCOUNTS, 0..ROLES.len()).prop_map(|(who, role)| Move::Add(who, role)),
        2 => (0..ACCOUNTS).prop_map(Move::Remove),
        1 => (0..ACCOUNTS).prop_map(Move::RevokeAccount),
        2 => (0..ROLES.len(), any::<u8>()).prop_map(|(role, bits)| Move::SetRole(role, bits)),
        2 => (0..ACCOUNTS, capability.clone()).prop_map(|(who, what)| Move::Give(who, what)),
        2 => (0..ACCOUNTS, capability).prop_map(|(who, what)| Move::Take(who, what)),
        6 => (0..ACCOUNTS, 0..KEYS, any::<u8>(), seconds(), seconds())
            .prop_map(|(owner, key, scope, expires, every)| Move::Device { owner, key, scope, expires, every }),
        3 => (0..ACCOUNTS, 0..KEYS, 0..KEYS, any::<bool>())
            .prop_map(|(owner, old, new, by_account)| Move::Rotate { owner, old, new, by_account }),
        2 => (0..ACCOUNTS, 0..KEYS).prop_map(|(owner, key)| Move::RevokeDevice(owner, key)),
        4 => (0..PRINCIPALS, 0..ACCOUNTS, proptest::option::of(0..KEYS)).prop_map(|(who, to, by)| Move::Link(who, to, by)),
        2 => (0..PRINCIPALS).prop_map(Move::Unlink),
        3 => (0..ACCOUNTS, 0..NOTES, seconds()).prop_map(|(who, note, end)| Move::Grant(who, note, end)),
        2 => (0..8usize).prop_map(Move::RevokeGrant),
        2 => (1..120u64).prop_map(Move::Wait),
        1 => Just(Move::Upgrade),
    ]
}

/// Rights as a set, without the code under test: capabilities by their place, and reading as one more.
fn rights(bits: u8) -> BTreeSet<usize> {
    (0..=READING).filter(|place| bits >> place & 1 == 1).collect()
}

const READING: usize = Capability::ALL.len();
const MINT: usize = 3;
const VOTE: usize = 4;

fn capabilities(set: &BTreeSet<usize>) -> Vec<Capability> {
    Capability::ALL.into_iter().enumerate().filter(|(place, _)| set.contains(place)).map(|(_, it)| it).collect()
}

fn someone(seed: u8) -> Principal {
    Principal::self_authenticating([seed; 62])
}

#[derive(Clone)]
struct Device {
    owner: u8,
    scope: BTreeSet<usize>,
    expires: Option<Timestamp>,
    every: Option<u64>,
    rotated: Timestamp,
}

impl Device {
    fn counts(&self, now: Timestamp) -> bool {
        let overdue = self.every.is_some_and(|seconds| now > self.rotated.plus_seconds(seconds));
        !overdue && self.expires.is_none_or(|end| now <= end)
    }
}

struct Model {
    roles: BTreeMap<usize, BTreeSet<usize>>,
    members: BTreeMap<u8, (usize, BTreeSet<usize>)>,
    burned: BTreeSet<u8>,
    devices: BTreeMap<u8, Device>,
    dead: BTreeSet<u8>,
    links: BTreeMap<u8, (u8, Option<u8>)>,
    grants: BTreeMap<GrantId, (u8, u64, Option<Timestamp>)>,
    made: Vec<GrantId>,
    /// Who could vote at every revision.
    voters: Vec<BTreeMap<u8, bool>>,
}

impl Model {
    fn new() -> Self {
        let roles = [(0, rights(0b11_1000)), (1, rights(0)), (2, rights(0b01_0000))];
        let nothing = BTreeMap::new();
        Self {
            roles: BTreeMap::from(roles),
            members: nothing,
            burned: BTreeSet::new(),
            devices: BTreeMap::new(),
            dead: BTreeSet::new(),
            links: BTreeMap::new(),
            grants: BTreeMap::new(),
            made: Vec::new(),
            voters: vec![BTreeMap::new()],
        }
    }

    /// Everything that an account may do.
    fn of_account(&self, who: u8) -> Option<BTreeSet<usize>> {
        let (role, own) = self.members.get(&who)?;
        let mut all: BTreeSet<_> = self.roles[role].union(own).copied().collect();
        all.insert(READING);
        Some(all)
    }

    fn of_device(&self, key: u8, now: Timestamp) -> Option<(u8, BTreeSet<usize>)> {
        let device = self.devices.get(&key).filter(|device| device.counts(now))?;
        let all = self.of_account(device.owner)?;
        Some((device.owner, all.intersection(&device.scope).copied().collect()))
    }

    fn of_link(&self, who: u8, now: Timestamp) -> Option<(u8, BTreeSet<usize>)> {
        match *self.links.get(&who)? {
            (to, None) => Some((to, self.of_account(to)?)),
            (_, Some(key)) => self.of_device(key, now),
        }
    }

    fn changed(&mut self) {
        let voters = self.members.keys().map(|who| {
            let all = self.of_account(*who).expect("a member");
            (*who, all.contains(&VOTE))
        });
        let voters = voters.collect();
        self.voters.push(voters);
    }

    /// A member goes, and everything of it.
    fn drop(&mut self, who: u8) {
        self.members.remove(&who);
        let gone: Vec<_> = self.devices.iter().filter(|(_, it)| it.owner == who).map(|(key, _)| *key).collect();
        for key in gone {
            self.devices.remove(&key);
            self.dead.insert(key);
        }
        self.links.retain(|_, (to, _)| *to != who);
        self.grants.retain(|_, (holder, ..)| *holder != who);
    }

    fn is_fresh(&self, key: u8) -> bool {
        !self.devices.contains_key(&key) && !self.dead.contains(&key)
    }
}

fn play(world: &mut World, model: &mut Model, next: &Move) {
    let now = world.env.now.get();
    let before = model.voters.len();
    let done = match next.clone() {
        Move::Add(who, role) => {
            let may = !model.burned.contains(&who) && model.roles.contains_key(&role);
            let done = world.add(account(who), ROLES[role]).is_ok();
            assert_eq!(done, may);
            let own = model.members.get(&who).map(|(_, own)| own.clone()).unwrap_or_default();
            if may && model.members.insert(who, (role, own.clone())) != Some((role, own)) {
                model.changed();
            }
            return;
        }
        Move::Remove(who) => {
            let is_member = model.members.contains_key(&who);
            assert_eq!(world.remove(account(who)).is_ok(), is_member);
            if is_member {
                model.drop(who);
            }
            is_member
        }
        Move::RevokeAccount(who) => {
            let is_member = model.members.contains_key(&who);
            let by = if now.0.is_multiple_of(2) { administrator() } else { account(who).principal() };
            assert_eq!(world.revoke_account(by, who).is_ok(), is_member);
            if is_member {
                model.drop(who);
                model.burned.insert(who);
            }
            is_member
        }
        Move::SetRole(role, bits) => {
            let set: BTreeSet<_> = rights(bits).into_iter().filter(|place| *place != READING).collect();
            let name = ROLES[role].to_owned();
            let arg = SetRoleArg { context: context_id(1), name, capabilities: capabilities(&set) };
            world.set_role(administrator(), &arg).expect("the administrator may");
            model.roles.insert(role, set.clone()) != Some(set)
        }
        Move::Give(who, what) | Move::Take(who, what) => {
            let gives = matches!(next, Move::Give(..));
            let arg =
                CapabilityArg { context: context_id(1), account: account(who), capability: Capability::ALL[what] };
            let done = if gives { world.give(administrator(), &arg) } else { world.take(administrator(), &arg) };
            assert_eq!(done.is_ok(), model.members.contains_key(&who));
            let own = model.members.get_mut(&who).map(|(_, own)| own);
            own.is_some_and(|own| if gives { own.insert(what) } else { own.remove(&what) })
        }
        Move::Device { owner, key, scope, expires, every } => {
            let scope = rights(scope);
            let expires = expires.map(|seconds| now.plus_seconds(seconds));
            let wire =
                calisec_types::membership::Scope { read: scope.contains(&READING), capabilities: capabilities(&scope) };
            let arg = world.binding((owner, key), wire, (expires, every), |_| ());
            world.env.call_as(Principal::anonymous());
            let done = world.add_device(&arg).is_ok();
            assert_eq!(done, model.members.contains_key(&owner) && model.is_fresh(key));
            if done {
                model.devices.insert(key, Device { owner, scope, expires, every, rotated: now });
            }
            done
        }
        Move::Rotate { owner, old, new, by_account } => {
            let device = model.devices.get(&old).filter(|device| device.owner == owner).cloned();
            let counts = device.as_ref().is_some_and(|device| by_account || device.counts(now));
            let may = counts && model.is_fresh(new);
            assert_eq!(world.rotate(owner, (old, new), by_account).is_ok(), may);
            if let Some(device) = device.filter(|_| may) {
                model.devices.remove(&old);
                model.dead.insert(old);
                model.devices.insert(new, Device { rotated: now, ..device });
                for (_, by) in model.links.values_mut().filter(|(_, by)| *by == Some(old)) {
                    *by = Some(new);
                }
            }
            may
        }
        Move::RevokeDevice(owner, key) => {
            let may = model.devices.get(&key).is_some_and(|device| device.owner == owner);
            assert_eq!(world.revoke_device(account(owner).principal(), owner, key).is_ok(), may);
            if may {
                model.devices.remove(&key);
                model.dead.insert(key);
                model.links.retain(|_, (_, by)| *by != Some(key));
            }
            may
        }
        Move::Link(who, to, by) => {
            let counts = by.is_none_or(|key| {
                model.devices.get(&key).is_some_and(|device| device.owner == to && device.counts(now))
            });
            let may = model.members.contains_key(&to) && !model.links.contains_key(&who) && counts;
            assert_eq!(world.link(someone(who), to, by).is_ok(), may);
            if may {
                model.links.insert(who, (to, by));
            }
            may
        }
        Move::Unlink(who) => {
            let was = model.links.remove(&who).is_some();
            assert_eq!(world.unlink(someone(who), someone(who)).is_ok(), was);
            was
        }
        Move::Grant(who, of, seconds) => {
            let end = seconds.map(|seconds| now.plus_seconds(seconds));
            let done = world.change(grant_change(account(who), of, end));
            assert_eq!(done.is_ok(), model.members.contains_key(&who));
            if let Some(id) = done.ok().and_then(|done| done.grant) {
                model.grants.insert(id, (who, of, end));
                model.made.push(id);
            }
            false
        }
        Move::RevokeGrant(index) => {
            if let Some(id) = model.made.get(index).copied() {
                let existed = model.grants.remove(&id).is_some();
                assert_eq!(world.change(Change::Revoke { grant: id }).is_ok(), existed);
            }
            false
        }
        Move::Wait(seconds) => {
            world.env.advance_seconds(seconds);
            false
        }
        Move::Upgrade => {
            world.upgrade();
            false
        }
    };
    assert_eq!(model.voters.len(), before);
    if done {
        model.changed();
    }
}

fn compare(world: &World, model: &Model) {
    let now = world.env.now.get();
    assert_eq!(world.revision(), Revision(model.voters.len() as u64 - 1), "a revision for every real change");
    let voters = model.voters.last().expect("one at least");
    let total = world.state.group(context_id(1).own_group()).expect("a group").total_weight;
    assert_eq!(total.0, voters.values().filter(|votes| **votes).count() as u64);
    for who in 0..ACCOUNTS {
        check(world, model, account(who).principal(), model.of_account(who).map(|all| (who, all)));
    }
    for key in 0..KEYS {
        check(world, model, device(key).principal(), model.of_device(key, now));
    }
    for who in 0..PRINCIPALS {
        check(world, model, someone(who), model.of_link(who, now));
    }
    check(world, model, stranger(), None);
    for (revision, voters) in model.voters.iter().enumerate() {
        for who in 0..ACCOUNTS {
            let arg = WasMemberArg { context: context_id(1), key: account(who), revision: Revision(revision as u64) };
            let was = api::was_member(&world.state, &arg).expect("answers");
            let weight = was.map(|was| was.weight.0 == 1);
            assert_eq!(weight, voters.get(&who).copied(), "account {who} at {revision}");
        }
    }
}

/// One principal on every path.
fn check(world: &World, model: &Model, principal: Principal, expected: Option<(u8, BTreeSet<usize>)>) {
    let now = world.env.now.get();
    let (who, all) = expected.map_or((None, BTreeSet::new()), |(who, all)| (Some(who), all));
    for (place, capability) in Capability::ALL.into_iter().enumerate() {
        assert_eq!(world.may(principal, capability), all.contains(&place), "{principal}: {capability}");
    }
    let subject = Subject::Principal(principal);
    let mint = world.decide(subject, Action::Mint, None);
    // The default policies let contributors mint, and no policy gives more than rights.
    let contributes = who.is_some_and(|who| model.members[&who].0 == 0);
    assert_eq!(mint.allowed, contributes && all.contains(&MINT), "{principal} mints: {mint:?}");
    assert_eq!(mint.account, who.map(account));
    assert!(mint.valid_until >= now);
    for id in 0..NOTES {
        let granted = model
            .grants
            .values()
            .any(|(holder, of, end)| Some(*holder) == who && *of == id && end.is_none_or(|end| now <= end));
        let read = world.decide(subject, Action::Read, Some(note(id, stranger())));
        assert_eq!(read.allowed, granted && all.contains(&READING), "{principal} reads {id}: {read:?}");
    }
    for revision in [model.voters.len() - 1, model.voters.len() / 2] {
        let could = who.is_some_and(|who| model.voters[revision].get(&who) == Some(&true));
        let votes = world.weight(principal, Revision(revision as u64)).is_ok();
        assert_eq!(votes, could && all.contains(&VOTE), "{principal} votes at {revision}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..Default::default() })]

    #[test]
    fn should_allow_and_deny_as_the_model_does_in_the_very_next_message(
        history in proptest::collection::vec(moves(), 1..48)
    ) {
        let mut world = World::with_context();
        let mut model = Model::new();
        let keeper = SetRoleArg { context: context_id(1), name: "keeper".to_owned(), capabilities: Vec::new() };
        world.set_role(administrator(), &keeper).expect("defines");
        model.changed();
        for next in &history {
            play(&mut world, &mut model, next);
            compare(&world, &model);
        }
        assert_certified(&world, &[context_id(1)]);
        assert_eq!(Rights::of(&Capability::ALL).capabilities().len(), READING);
        assert_ne!(account(0), AccountId(device(0).0));
    }
}
