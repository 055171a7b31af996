use crate::api;
use crate::audit::{NO_PARENT, expected_hash};
use crate::test_fixtures::{World, account, administrator, governance, grant_change};
use calisec_certification::decode_tree;
use calisec_certification::facts::AUDIT_HEAD_LABEL;
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::{AuditArg, AuditEvent, Change};
use ic_certification::LookupResult;

/// Every kind of event once, and then some.
fn eventful_world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    let grant = world.grant(account(1), 7, None);
    world.change(Change::Revoke { grant }).expect("revokes");
    let cedar = "permit (principal, action, resource);".to_owned();
    world.change(Change::SetPolicy { cedar }).expect("sets");
    world.grant(account(1), 8, None);
    world.remove(account(1)).expect("removes");
    world
}

#[test]
fn should_chain_every_entry_to_the_one_before_and_certify_the_head() {
    let world = eventful_world();
    let (mut parent, mut from) = (NO_PARENT, Seq(0));
    let mut kinds = Vec::new();
    loop {
        let page = api::audit_log(&world.state, AuditArg { from, limit: Some(2) });
        let Some(last) = page.last() else { break };
        from = last.seq.next();
        for entry in &page {
            assert_eq!(entry.parent, parent);
            assert_eq!(entry.hash, expected_hash(entry), "{entry:?}");
            parent = entry.hash;
            kinds.push((entry.seq.0, entry.caller == administrator(), entry.event.clone()));
        }
    }
    let head = api::audit_head(&world.env, &world.state);
    assert_eq!((head.seq, head.hash), (Seq(7), parent));
    assert!(matches!(kinds[0], (1, true, AuditEvent::ContextRegistered { .. })));
    assert!(matches!(kinds[1], (2, true, AuditEvent::MemberSet { .. })));
    assert!(matches!(kinds[2], (3, false, AuditEvent::Granted { .. })));
    assert!(matches!(kinds[3], (4, false, AuditEvent::Revoked { .. })));
    assert!(matches!(kinds[4], (5, false, AuditEvent::PolicySet { .. })));
    assert!(matches!(kinds[6], (7, true, AuditEvent::MemberRemoved { grants_removed: 1, .. })));

    let witness = decode_tree(&head.witness).expect("a hash tree");
    assert_eq!(Some(witness.digest()), *world.env.certified.borrow());
    let mut expected = 7u64.to_be_bytes().to_vec();
    expected.extend_from_slice(&parent.0);
    expected.extend_from_slice(&head.root.0);
    assert_eq!(witness.lookup_path([AUDIT_HEAD_LABEL.as_bytes()]), LookupResult::Found(&expected));
}

#[test]
fn should_show_it_when_an_entry_is_altered() {
    let world = eventful_world();
    let entry = api::audit_log(&world.state, AuditArg { from: Seq(3), limit: Some(1) }).remove(0);
    let mut altered = [entry.clone(), entry.clone(), entry.clone(), entry.clone(), entry.clone()];
    altered[0].seq = Seq(4);
    altered[1].at.0 += 1;
    altered[2].caller = administrator();
    altered[3].parent = Digest32([1; 32]);
    if let AuditEvent::Granted { grant } = &mut altered[4].event {
        grant.account = account(2);
    }
    for entry in altered {
        assert_ne!(entry.hash, expected_hash(&entry), "{entry:?}");
    }
}

#[test]
fn should_certify_an_empty_log_when_the_canister_is_new() {
    let world = World::empty();
    let head = api::audit_head(&world.env, &world.state);
    assert_eq!((head.seq, head.hash, head.certificate), (Seq(0), NO_PARENT, None));
    let witness = decode_tree(&head.witness).expect("a hash tree");
    assert_eq!(Some(witness.digest()), *world.env.certified.borrow());
    assert!(api::audit_log(&world.state, AuditArg { from: Seq(1), limit: None }).is_empty());
    assert!(api::audit_log(&world.state, AuditArg { from: Seq(u64::MAX), limit: None }).is_empty());
}

#[test]
fn should_log_nothing_when_nothing_changed() {
    let mut world = eventful_world();
    world.add(account(2), "reader").expect("adds");
    world.env.call_as(governance());
    let applied = world.change(grant_change(account(2), 1, None)).expect("grants");
    let before = world.state.audit_log().head().hash;
    world.add(account(2), "reader").expect("changes nothing");
    assert_eq!((world.state.audit_log().head().hash, world.state.seq()), (before, applied.seq));
}
