use crate::api;
use crate::test_fixtures::{World, context_id};
use calisec_certification::decode_tree;
use calisec_certification::facts::{FACTS_LABEL, FactKind, context_content, context_key, fact_hash};
use calisec_types::membership::Change;
use ic_certification::{LookupResult, SubtreeLookupResult, pruned};

#[test]
fn should_certify_what_policies_a_context_has_when_it_is_registered_and_when_they_change() {
    let mut world = World::with_context();
    let (own, other) = (context_key(&context_id(1)), context_key(&context_id(2)));
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
