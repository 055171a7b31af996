use super::{Facts, HeldClaim, Judge, Verdict, action_name};
use crate::test_fixtures::{NOW, facts, note, stranger};
use crate::{Policies, PolicyValidator, SCHEMA};
use calisec_types::ids::{AccountId, CircuitId, Epoch, Revision, Timestamp};
use calisec_types::membership::{Action, Capability, Effect, Need, NoteResource, Rights};
use cedar_policy::{Entities, Request, Schema};
use std::str::FromStr;

/// What the policies say. Facts that no policy mentions are left out; putting them all must make no difference.
fn judge(cedar: &str, facts: &Facts<'_>) -> Verdict {
    let validator = PolicyValidator::default();
    let verdict = Judge::default().decide(&validator.accept(cedar).expect(cedar), facts);
    let all = validator.accept(&format!("{cedar}\n// {ALL_FACTS}")).expect(cedar);
    assert_eq!(verdict, Judge::default().decide(&all, facts), "{cedar}: facts that were left out make a difference");
    verdict
}

/// In a policy set with an escape every fact counts as mentioned.
const ALL_FACTS: &str = "\\";

fn ask(cedar: &str, action: Action, note: Option<&NoteResource>, is_granted: bool) -> Verdict {
    judge(cedar, &facts(action, note, is_granted))
}

/// A member of which everything is known that can be.
struct Known {
    note: NoteResource,
    claims: [HeldClaim; 1],
}

impl Known {
    fn new() -> Self {
        Self {
            note: NoteResource { kind: Some("dataset".to_owned()), epoch: Some(Epoch(7)), ..note(1, stranger()) },
            claims: [HeldClaim {
                kind: "age-over-18".to_owned(),
                circuit: CircuitId([0xab; 32]),
                since: Timestamp(NOW.0 - 1_000_000_000),
                until: NOW.plus_seconds(60),
            }],
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            since: Revision(3),
            rights: Rights::of(&[Capability::Mint, Capability::Vote]).or(Rights::READ),
            claims: &self.claims,
            scope: Rights::READ,
            device: Some(AccountId([4; 32])),
            purpose: Some("research"),
            ..facts(Action::Read, Some(&self.note), true)
        }
    }
}

#[test]
fn should_put_questions_that_conform_to_the_published_schema() {
    let schema = Schema::from_str(SCHEMA).expect("a schema");
    let (resource, known) = (note(1, stranger()), Known::new());
    let all = Policies::parse(&format!("// {ALL_FACTS}")).expect("parses");
    for question in [
        facts(Action::Mint, None, false),
        facts(Action::Read, Some(&resource), false),
        facts(Action::Read, Some(&resource), true),
        known.facts(),
    ] {
        let (request, entities) = Judge::default().pose(&all, &question).expect("facts");
        assert_eq!(entities.len(), 1 + usize::from(question.note.is_some()));
        let computed = Entities::from_entities(entities.iter().cloned(), None).expect("entities");
        assert_eq!(computed, entities, "Cedar finds more descendants");
        Entities::from_entities(entities.iter().cloned(), Some(&schema)).expect("entities of the schema");
        let parts =
            [request.principal(), request.action(), request.resource()].map(|part| part.cloned().expect("known"));
        let [principal, action, resource] = parts;
        assert_eq!(action.id().as_ref() as &str, action_name(question.action));
        let context = request.context().expect("known").clone();
        Request::new(principal, action, resource, context, Some(&schema)).expect("a request of the schema");
    }
}

#[test]
fn should_know_every_fact_of_the_schema_when_it_is_given() {
    let known = Known::new();
    let (circuit, key) = (CircuitId([0xab; 32]), AccountId([4; 32]));
    for condition in [
        r#"principal.role == "reader" && principal in Role::"reader""#,
        "principal.since == 3",
        r#"principal.capabilities == ["mint", "vote", "read"]"#,
        r#"principal.claims.contains("age-over-18") && !principal.claims.contains("age-over-21")"#,
        r#"principal.hasTag("age-over-18") && principal.getTag("age-over-18").since == 1699999999"#,
        r#"principal.hasTag("age-over-18") && principal.getTag("age-over-18").until == context.now + 60"#,
        &format!(r#"principal.hasTag("age-over-18") && principal.getTag("age-over-18").circuit == "{circuit}""#),
        r#"!principal.hasTag("age-over-21")"#,
        &format!(r#"principal has device && principal.device.key == "{key}" && principal.device.scope == ["read"]"#),
        r#"resource has kind && resource.kind == "dataset""#,
        "resource has epoch && resource.epoch == 7",
        r#"context has purpose && context.purpose == "research""#,
        "context.now == 1700000000",
        "principal.granted == [resource]",
    ] {
        let permit = format!(r#"permit (principal, action == Action::"read", resource) when {{ {condition} }};"#);
        assert!(judge(&permit, &known.facts()).allowed, "{condition}");
    }
}

/// Whoever asks without a fact must not be better off than with it.
#[test]
fn should_deny_when_a_fact_that_is_asked_for_is_absent() {
    let (bare, known) = (note(1, stranger()), Known::new());
    let nothing = Facts { rights: Rights::READ, ..facts(Action::Read, Some(&bare), false) };
    for (condition, lacks) in [
        (r#"principal.capabilities.contains("mint")"#, "does not have the capability `mint`"),
        (r#"principal.claims.contains("age-over-18")"#, "no claim `age-over-18`"),
        (r#"principal.hasTag("age-over-18")"#, "no claim `age-over-18`"),
        (r#"principal has device && principal.device.scope.contains("read")"#, "the fact `device` is not known"),
        (r#"resource has kind && resource.kind == "dataset""#, "the note is no `dataset`"),
        ("resource has epoch && resource.epoch > 6", "the fact `epoch` is not known"),
        (r#"context has purpose && context.purpose == "research""#, "the purpose `research` must be named"),
        ("context.now < 1700000000", "does not hold"),
        ("principal.granted.contains(resource)", "no grant"),
    ] {
        let permit =
            format!(r#"@id("p") permit (principal, action == Action::"read", resource) when {{ {condition} }};"#);
        let verdict = judge(&permit, &nothing);
        assert!(!verdict.allowed, "{condition}");
        assert!(verdict.missing[0].contains(lacks), "{condition}: {:?}", verdict.missing);
        assert_eq!(judge(&permit, &known.facts()).allowed, condition != "context.now < 1700000000", "{condition}");
    }
}

#[test]
fn should_explain_every_clause_when_asked_why() {
    let cedar = r#"
        @id("f") forbid (principal, action, resource) unless { principal has device };
        @id("m") permit (principal, action == Action::"mint", resource);
        @id("p") permit (principal in Role::"reader", action == Action::"read", resource)
        when { principal.granted.contains(resource) || resource.owner == principal.identity }
        when { context.purpose == "research" && context.now > 5 };"#;
    let policies = Policies::parse(cedar).expect("parses");
    let resource = note(1, stranger());
    let explained = Judge::default().explain(&policies, &facts(Action::Read, Some(&resource), false));
    let found: Vec<_> =
        explained.iter().map(|policy| (policy.policy.as_str(), policy.effect, policy.concerns)).collect();
    assert_eq!(found, [("f", Effect::Forbid, true), ("m", Effect::Permit, false), ("p", Effect::Permit, true)]);
    assert_eq!(explained.iter().map(|policy| policy.applies).collect::<Vec<_>>(), [true, false, false]);
    let clauses: Vec<_> = explained[2].clauses.iter().map(|clause| (clause.holds, clause.needs.clone())).collect();
    assert_eq!(
        clauses,
        [
            (true, vec![Need::Role(vec!["reader".to_owned()])]),
            (false, vec![Need::Grant, Need::Ownership]),
            (false, vec![Need::Purpose("research".to_owned())]),
            (true, vec![Need::Condition("context.now > 5".to_owned())]),
        ]
    );
    let error = explained[2].clauses[2].error.as_ref().expect("cannot be evaluated");
    assert!(error.contains("purpose"), "{error}");
    assert!(explained[2].clauses[1].error.is_none());
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
    assert_eq!(missing.len(), 9);
    assert_eq!(missing[8], "or what one of 92 more policies asks for");
}

#[test]
fn should_name_policies_by_their_place_when_they_have_no_name() {
    let cedar = r#"forbid (principal in Role::"x", action, resource); permit (principal, action, resource);"#;
    let policies = Policies::parse(cedar).expect("parses");
    let verdict = Judge::default().decide(&policies, &facts(Action::Mint, None, false));
    assert_eq!((verdict.allowed, verdict.determining_policies), (true, vec!["policy1".to_owned()]));
}

#[test]
fn should_deny_what_is_not_among_the_rights_whatever_the_policies_say() {
    let (everything, resource) = ("permit (principal, action, resource);", note(5, stranger()));
    let mint = Rights::of(&[Capability::Mint]);
    for (desc, action, rights, scope, allowed) in [
        ("all", Action::Mint, Rights::ALL, Rights::ALL, true),
        ("a member without the capability", Action::Mint, Rights::READ, Rights::ALL, false),
        ("a device that may not", Action::Mint, Rights::ALL, Rights::READ, false),
        ("only what is asked for", Action::Mint, mint, mint, true),
        ("a member that may not read", Action::Read, mint, Rights::ALL, false),
        ("a device that may not read", Action::Read, Rights::ALL, mint, false),
        ("reading", Action::Read, Rights::READ, Rights::READ, true),
    ] {
        let asked = facts(action, (action == Action::Read).then_some(&resource), false);
        let verdict = judge(everything, &Facts { rights, scope, ..asked });
        assert_eq!(verdict.allowed, allowed, "{desc}");
        assert_eq!(
            (verdict.missing.is_empty(), verdict.determining_policies.is_empty()),
            (allowed, !allowed),
            "{desc}"
        );
        let policies = Policies::parse(everything).expect("parses");
        assert_eq!(Judge::default().allows(&policies, &Facts { rights, scope, ..asked }), allowed, "{desc}");
    }
}
