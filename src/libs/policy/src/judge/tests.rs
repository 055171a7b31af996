use super::{Judge, Verdict, action_name};
use crate::test_fixtures::{facts, note, stranger};
use crate::{Policies, PolicyValidator, SCHEMA};
use calisec_types::membership::{Action, NoteResource};
use cedar_policy::{Entities, Request, Schema};
use std::str::FromStr;

fn ask(cedar: &str, action: Action, note: Option<&NoteResource>, is_granted: bool) -> Verdict {
    let policies = PolicyValidator::default().accept(cedar).expect(cedar);
    Judge::default().decide(&policies, &facts(action, note, is_granted))
}

#[test]
fn should_put_questions_that_conform_to_the_published_schema() {
    let schema = Schema::from_str(SCHEMA).expect("a schema");
    let resource = note(1, stranger());
    for question in [
        facts(Action::Mint, None, false),
        facts(Action::Read, Some(&resource), false),
        facts(Action::Read, Some(&resource), true),
    ] {
        let (request, entities) = Judge::default().pose(&question).expect("facts");
        Entities::from_entities(entities.iter().cloned(), Some(&schema)).expect("entities of the schema");
        let parts =
            [request.principal(), request.action(), request.resource()].map(|part| part.cloned().expect("known"));
        let [principal, action, resource] = parts;
        assert_eq!(action.id().as_ref() as &str, action_name(question.action));
        let context = cedar_policy::Context::empty();
        Request::new(principal, action, resource, context, Some(&schema)).expect("a request of the schema");
    }
}

#[test]
fn should_deny_when_a_forbid_applies_whatever_is_permitted() {
    let cedar = r#"
        @id("all") permit (principal, action, resource);
        @id("not-that-one") forbid (principal, action == Action::"read", resource)
        when { resource == Note::"rrkah-fqaaa-aaaaa-aaaaq-cai/5" };"#;
    let mut resource = note(5, stranger());
    assert!(ask(cedar, Action::Read, Some(&resource), false).allowed);
    resource.registry = candid::Principal::from_text("rrkah-fqaaa-aaaaa-aaaaq-cai").expect("a principal");
    let verdict = ask(cedar, Action::Read, Some(&resource), true);
    assert!(!verdict.allowed);
    assert_eq!(verdict.determining_policies, ["not-that-one"]);
    assert_eq!(verdict.missing, ["not-that-one forbids it"]);
}

#[test]
fn should_deny_when_a_policy_cannot_be_evaluated() {
    let cedar = r#"
        @id("all") permit (principal, action, resource);
        @id("overflows") forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };"#;
    let verdict = ask(cedar, Action::Mint, None, false);
    assert_eq!(
        verdict,
        Verdict {
            allowed: false,
            determining_policies: Vec::new(),
            missing: vec!["overflows cannot be evaluated, so nothing is allowed".to_owned()],
        }
    );
}

#[test]
fn should_name_the_parts_that_do_not_hold_when_policies_of_any_kind_deny() {
    let resource = note(5, stranger());
    for (desc, cedar, granted, missing) in [
        ("none at all", "", false, vec!["no policy permits anyone to read a note"]),
        (
            "only what fails of several conditions",
            r#"@id("p") permit (principal in Role::"reader", action == Action::"read", resource)
               when { principal.granted.contains(resource) && principal.role == "auditor" };"#,
            true,
            vec!["p: role `reader` may not read a note here: role `auditor` is asked for"],
        ),
        (
            "everything that fails",
            r#"@id("p") permit (principal in Role::"trainer", action in [Action::"read"], resource is Note)
               when { principal.granted.contains(resource) } unless { principal.role like "read*" };"#,
            false,
            vec![
                "p: role `reader` may not read a note here: role `trainer` is asked for; and no grant for this note is \
                 in force; and `not principal.role like \"read*\"` does not hold",
            ],
        ),
        (
            "alternatives",
            r#"@id("p") permit (principal, action == Action::"read", resource)
               when { resource.owner == principal.identity || principal.granted.contains(resource) };"#,
            false,
            vec!["p: the member does not own the note, and no grant for this note is in force"],
        ),
        (
            "every policy of the action and none of another",
            r#"@id("b") permit (principal, action == Action::"read", resource) when { principal.role == "b" };
               @id("a") permit (principal, action == Action::"read", resource) when { principal.role == "a" };
               @id("c") permit (principal, action == Action::"mint", resource) when { principal.role == "c" };"#,
            false,
            vec![
                "a: role `reader` may not read a note here: role `a` is asked for",
                "b: role `reader` may not read a note here: role `b` is asked for",
            ],
        ),
    ] {
        let verdict = ask(cedar, Action::Read, Some(&resource), granted);
        assert!(!verdict.allowed, "{desc}");
        assert_eq!(verdict.missing, missing, "{desc}");
    }
}

#[test]
fn should_say_no_more_than_can_be_read_when_many_policies_deny() {
    let one = |number| format!(r#"permit (principal in Role::"r{number}", action, resource);"#);
    let cedar: String = (0..100).map(one).collect();
    let missing = ask(&cedar, Action::Mint, None, false).missing;
    assert_eq!(missing.len(), 17);
    assert_eq!(missing[16], "or what one of 84 more policies asks for");
}

#[test]
fn should_name_policies_by_their_place_when_they_have_no_name() {
    let cedar = r#"forbid (principal in Role::"x", action, resource); permit (principal, action, resource);"#;
    let policies = Policies::parse(cedar).expect("parses");
    let verdict = Judge::default().decide(&policies, &facts(Action::Mint, None, false));
    assert_eq!((verdict.allowed, verdict.determining_policies), (true, vec!["policy1".to_owned()]));
}
