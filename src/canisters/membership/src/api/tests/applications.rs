use crate::api;
use crate::test_fixtures::{START, World, account, administrator, context_id, reason, stranger};
use calisec_certification::decode_tree;
use calisec_certification::facts::{FactKind, application_content, application_key, fact_hash};
use calisec_types::ids::{ApplicationId, ApplicationRevision, ContextId, Digest32, Seq};
use calisec_types::membership::{
    Application, ApplicationCurrentArg, ApplicationHistoryArg, AuditEvent, Capability, CapabilityArg, MembershipReason,
    SetApplicationArg,
};
use candid::Principal;
use ic_certification::LookupResult;

fn arg(seed: u8) -> SetApplicationArg {
    SetApplicationArg {
        context: context_id(1),
        application: ApplicationId([7; 32]),
        version: format!("1.0.{seed}"),
        wasm_hash: Digest32([seed; 32]),
        source: "https://example.org/app.wasm".to_owned(),
    }
}

fn set(world: &mut World, caller: Principal, arg: &SetApplicationArg) -> Result<Application, MembershipReason> {
    world.env.call_as(caller);
    api::set_application(&world.env, &mut world.state, arg).map_err(reason)
}

#[test]
fn should_raise_the_revision_and_write_history_only_when_something_changed() {
    let mut world = World::with_context();
    assert_eq!(api::application(&world.state, context_id(1)).map_err(reason), Err(MembershipReason::NoApplication));
    let first = set(&mut world, administrator(), &arg(1)).expect("sets");
    let expected = Application {
        application: ApplicationId([7; 32]),
        version: "1.0.1".to_owned(),
        wasm_hash: Digest32([1; 32]),
        source: "https://example.org/app.wasm".to_owned(),
        revision: ApplicationRevision(1),
        at: START,
        by: administrator(),
        seq: Seq(2),
    };
    assert_eq!(first, expected);
    let before = world.fingerprint();
    assert_eq!(set(&mut world, administrator(), &arg(1)), Ok(first), "saying it again changes nothing");
    assert!(world.fingerprint() == before);
    for (field, changed) in [
        ("version", SetApplicationArg { version: "2".to_owned(), ..arg(1) }),
        ("module", SetApplicationArg { wasm_hash: Digest32([9; 32]), ..arg(1) }),
        ("application", SetApplicationArg { application: ApplicationId([8; 32]), ..arg(1) }),
        ("source", SetApplicationArg { source: String::new(), ..arg(1) }),
    ] {
        let revision = set(&mut world, administrator(), &changed).expect("sets").revision;
        assert_eq!(revision, set(&mut world, administrator(), &changed).expect("sets").revision, "{field}");
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = ApplicationHistoryArg { context: context_id(1), after, limit: Some(2) };
        let page = api::application_history(&world.state, &page).expect("a page");
        assert!(page.applications.len() <= 2);
        seen.extend(page.applications.iter().map(|application| application.revision.0));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let entry = world.state.audit_entries(Seq(2), 1).remove(0);
    let SetApplicationArg { application, version, wasm_hash, source, .. } = arg(1);
    assert_eq!(entry.event, AuditEvent::ApplicationSet { application, version, wasm_hash, source });
}

#[test]
fn should_tell_with_proof_which_module_is_current() {
    let mut world = World::with_context();
    let current = |world: &World, context: ContextId, hash: u8| {
        let arg = ApplicationCurrentArg { context, wasm_hash: Digest32([hash; 32]) };
        api::application_current(&world.env, &world.state, &arg).map_err(reason)
    };
    let told = |world: &World, witness: &[u8]| {
        let tree = decode_tree(witness).expect("a tree");
        assert_eq!(Some(tree.digest()), *world.env.certified.borrow(), "the witness is of what is certified");
        let path: [&[u8]; 2] = [b"facts", &application_key(&context_id(1))];
        match tree.lookup_path(path) {
            LookupResult::Found(hash) => Some(hash.to_vec()),
            LookupResult::Absent => None,
            LookupResult::Unknown | LookupResult::Error => panic!("the witness says nothing"),
        }
    };
    let none = current(&world, context_id(1), 1).expect("answers");
    assert_eq!((none.is_current, none.application), (false, None));
    assert_eq!(told(&world, &none.witness), None, "that there is none is proved as well");
    set(&mut world, administrator(), &arg(1)).expect("sets");
    set(&mut world, administrator(), &arg(2)).expect("sets");
    for (hash, is_current) in [(1, false), (2, true), (3, false)] {
        let answer = current(&world, context_id(1), hash).expect("answers");
        assert_eq!(answer.is_current, is_current);
        let application = answer.application.expect("it was set");
        let expected = fact_hash(FactKind::Application, &application_content(&application));
        assert_eq!(told(&world, &answer.witness), Some(expected.0.to_vec()));
    }
    world.upgrade();
    assert!(current(&world, context_id(1), 2).expect("answers").is_current);
    let nowhere = ContextId([0; 32]);
    assert_eq!(current(&world, nowhere, 1).map(|_| ()), Err(MembershipReason::UnknownContext(nowhere)));
}

#[test]
fn should_let_only_those_set_it_who_manage_the_application() {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    let missing = MembershipReason::MissingCapability(Capability::ManageApplication);
    let member = account(1).principal();
    let before = world.fingerprint();
    let nowhere = ContextId([0; 32]);
    for (desc, caller, arg, expected) in [
        ("nobody", Principal::anonymous(), arg(1), MembershipReason::Anonymous),
        ("a stranger", stranger(), arg(1), missing.clone()),
        ("a member", member, arg(1), missing.clone()),
        (
            "no such context",
            administrator(),
            SetApplicationArg { context: nowhere, ..arg(1) },
            MembershipReason::UnknownContext(nowhere),
        ),
        (
            "no version",
            administrator(),
            SetApplicationArg { version: String::new(), ..arg(1) },
            MembershipReason::InvalidVersion,
        ),
        (
            "a long source",
            administrator(),
            SetApplicationArg { source: "a".repeat(513), ..arg(1) },
            MembershipReason::InvalidSource,
        ),
    ] {
        assert_eq!(set(&mut world, caller, &arg), Err(expected), "{desc}");
        assert!(world.fingerprint() == before, "{desc} changed something");
    }
    world.env.call_as(administrator());
    let grant =
        CapabilityArg { context: context_id(1), account: account(1), capability: Capability::ManageApplication };
    api::grant_capability(&world.env, &mut world.state, &grant).expect("grants");
    assert_eq!(set(&mut world, member, &arg(1)).map(|set| set.by), Ok(member));
    world.remove(account(1)).expect("removes");
    assert_eq!(set(&mut world, member, &arg(2)), Err(missing), "removal takes effect at once");
}
