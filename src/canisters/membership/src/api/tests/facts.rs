use crate::api;
use crate::storage::{StoredIdentity, action_of};
use crate::test_fixtures::{World, account, context_id, device, registry, stranger};
use calisec_certification::certified_map::CertifiedMap;
use calisec_certification::decode_tree;
use calisec_certification::facts::{
    FACTS_LABEL, FactKind, claim_kinds_content, claim_kinds_key, claims_content, claims_key, context_content,
    context_key, fact_hash, grants_content, grants_key, identity_content, principal_key, role_content, role_key,
};
use calisec_types::ids::ContextId;
use calisec_types::membership::{Capability, CapabilityArg, Change, IdentityFact, RemoveRoleArg, Scope, SetRoleArg};
use candid::Principal;
use ic_certification::{LookupResult, SubtreeLookupResult, pruned};
use ic_stable_structures::VectorMemory;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The keys that tests use: those that are given up for ever stand in no list of the state's.
static KEYS: LazyLock<Vec<Principal>> =
    LazyLock::new(|| (0..10).flat_map(|seed| [account(seed).principal(), device(seed).principal()]).collect());

/// What must be certified of these contexts, computed from what the state says now and not from its history.
fn expected_facts(world: &World, contexts: &[ContextId]) -> BTreeMap<[u8; 32], [u8; 32]> {
    let mut facts = BTreeMap::new();
    let mut expect = |kind, key, content: &[u8]| facts.insert(key, fact_hash(kind, content).0);
    for id in contexts {
        let context = world.state.context(*id).expect("registered");
        let (group, mut members) = (context.group, Vec::new());
        expect(FactKind::Context, context_key(&group, id), &context_content(&context.fact()));
        for role in &world.state.group(group).expect("a group").roles {
            expect(FactKind::Role, role_key(&group, &role.name), &role_content(&role.fact()));
        }
        let kinds = world.state.claim_kind_facts(*id);
        if !kinds.is_empty() {
            expect(FactKind::ClaimKinds, claim_kinds_key(&group, id), &claim_kinds_content(&kinds));
        }
        for (account, member) in world.state.members_after(group, None) {
            members.push((group, account));
            let claims = world.state.claim_facts((group, account), *id);
            if !claims.is_empty() {
                expect(FactKind::Claims, claims_key((&group, &account), id), &claims_content(&claims));
            }
            let key = principal_key(&group, &account.principal());
            expect(FactKind::Principal, key, &identity_content(&IdentityFact::Member(member.fact(account))));
            let devices = member.devices.iter().map(|key| key.principal());
            for principal in devices.chain(member.links.iter().map(|link| link.0)) {
                let identity = world.state.identity(group, principal).expect("an identity");
                let fact = identity.fact().expect("no account key");
                expect(FactKind::Principal, principal_key(&group, &principal), &identity_content(&fact));
            }
        }
        for principal in KEYS.iter() {
            if let Some(identity @ StoredIdentity::Dead(_)) = world.state.identity(group, *principal) {
                let fact = identity.fact().expect("no account key");
                expect(FactKind::Principal, principal_key(&group, principal), &identity_content(&fact));
            }
        }
        for (grant, stored) in world.state.grants_after(*id, None) {
            let holder = (group, stored.account);
            assert!(members.contains(&holder), "{grant} is nobody's");
            let what = (*id, stored.registry, (stored.action, stored.note));
            let key =
                grants_key((&group, &stored.account), id, action_of(stored.action), (&stored.registry, stored.note));
            expect(FactKind::Grants, key, &grants_content(&world.state.grant_facts(holder, what)));
        }
    }
    facts
}

/// Fails unless exactly what the state says is certified.
pub fn assert_certified(world: &World, contexts: &[ContextId]) {
    let mut expected = CertifiedMap::init(VectorMemory::default());
    for (key, hash) in expected_facts(world, contexts) {
        expected.insert(&key, &hash);
    }
    assert_eq!(world.state.facts_root(), expected.root(), "the facts certified are not those of the state");
}

#[test]
fn should_certify_exactly_what_the_state_says_after_every_kind_of_change() {
    let mut world = World::with_context();
    let check = |world: &World| assert_certified(world, &[context_id(1)]);
    check(&world);
    world.add(account(1), "reader").expect("adds");
    world.add(account(2), "reader").expect("adds");
    check(&world);
    world.add(account(1), "contributor").expect("changes");
    check(&world);
    let context = context_id(1);
    for capabilities in [vec![Capability::Mint], vec![]] {
        let arg = SetRoleArg { context, name: "auditor".to_owned(), capabilities };
        api::set_role(&world.env, &mut world.state, &arg).expect("sets");
        check(&world);
    }
    let arg = CapabilityArg { context, account: account(2), capability: Capability::Mint };
    api::grant_capability(&world.env, &mut world.state, &arg).expect("gives");
    check(&world);
    api::revoke_capability(&world.env, &mut world.state, &arg).expect("takes");
    check(&world);
    let arg = RemoveRoleArg { context, name: "auditor".to_owned() };
    api::remove_role(&world.env, &mut world.state, &arg).expect("removes");
    check(&world);
    world.grant(account(2), 1, None);
    world.remove(account(2)).expect("removes");
    check(&world);
    world.change(Change::SetPolicy { cedar: String::new() }).expect("applies");
    check(&world);
    world.upgrade();
    check(&world);
}

#[test]
fn should_certify_what_policies_a_context_has_when_it_is_registered_and_when_they_change() {
    let mut world = World::with_context();
    let group = world.state.context(context_id(1)).expect("registered").group;
    let (own, other) = (context_key(&group, &context_id(1)), context_key(&group, &context_id(2)));
    let mut roots = Vec::new();
    for change in [None, Some(Change::SetPolicy { cedar: "permit (principal, action, resource);".to_owned() })] {
        if let Some(change) = change {
            world.change(change).expect("applies");
        }
        let context = world.state.context(context_id(1)).expect("registered");
        let expected = fact_hash(FactKind::Context, &context_content(&context.fact()));
        let witness = world.state.facts_witness(&[own, other]);
        assert_eq!(witness.lookup_path([own]), LookupResult::Found(&expected.0));
        assert_eq!(witness.lookup_path([other]), LookupResult::Absent);
        assert_eq!(witness.digest(), world.state.facts_root());
        roots.push(world.state.facts_root());
    }
    assert_ne!(roots[0], roots[1]);
    world.upgrade();
    assert_eq!(world.state.facts_root(), roots[1]);

    let head = api::audit_head(&world.env, &world.state);
    let tree = decode_tree(&head.witness).expect("a tree");
    assert_eq!(Some(tree.digest()), *world.env.certified.borrow());
    assert_eq!(tree.lookup_subtree([FACTS_LABEL.as_bytes()]), SubtreeLookupResult::Found(pruned(roots[1])));
}

#[test]
fn should_certify_what_every_principal_is_when_devices_and_links_come_and_go() {
    let mut world = World::with_context();
    for who in 1..=2 {
        world.add(account(who), "contributor").expect("adds");
    }
    let context = [context_id(1)];
    let everything = || Scope { read: true, capabilities: Capability::ALL.to_vec() };
    world.device(1, 1, everything()).expect("adds");
    world.device(1, 2, Scope { read: true, capabilities: vec![] }).expect("adds");
    assert_certified(&world, &context);
    world.link(stranger(), 1, Some(1)).expect("links");
    world.link(registry(), 1, None).expect("links");
    assert_certified(&world, &context);
    world.rotate(1, (1, 3), true).expect("rotates");
    assert_certified(&world, &context);
    world.unlink(registry(), registry()).expect("unlinks");
    assert_certified(&world, &context);
    world.revoke_device(account(1).principal(), 1, 3).expect("revokes");
    assert_certified(&world, &context);
    world.revoke_account(account(1).principal(), 1).expect("revokes");
    assert_certified(&world, &context);
    world.upgrade();
    assert_certified(&world, &context);
}
