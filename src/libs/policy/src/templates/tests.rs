use super::{TemplateError, template, templates};
use crate::test_fixtures::{ACCOUNT, NOW, facts, note, stranger};
use crate::{Facts, HeldClaim, Judge, PolicyValidator};
use calisec_types::ids::{CircuitId, Timestamp};
use calisec_types::membership::{Action, NoteResource, ParameterKind};
use candid::Principal;

/// A value of each kind that is as good as any.
fn good(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::PolicyName => "policy-1".to_owned(),
        ParameterKind::Role => "reader".to_owned(),
        ParameterKind::Purpose => "research".to_owned(),
        ParameterKind::NoteKind => "dataset".to_owned(),
        ParameterKind::Claim => "age-over-18".to_owned(),
        ParameterKind::Claims => "a,b,c,d,e".to_owned(),
        ParameterKind::Number => "2".to_owned(),
        ParameterKind::Account => ACCOUNT.to_string(),
        ParameterKind::Principal => Principal::from_slice(&[3; 10]).to_text(),
    }
}

fn claims(kinds: &[&str]) -> Vec<HeldClaim> {
    let held = |kind: &&str| HeldClaim {
        kind: (*kind).to_owned(),
        circuit: CircuitId([1; 32]),
        since: NOW,
        until: NOW.plus_seconds(60),
    };
    kinds.iter().map(held).collect()
}

fn allows(cedar: &str, facts: &Facts<'_>) -> bool {
    let policies = PolicyValidator::default().accept(cedar).expect(cedar);
    Judge::default().decide(&policies, facts).allowed
}

#[test]
fn should_allow_and_deny_rightly_when_a_template_is_filled_in() {
    let own = note(1, ACCOUNT.principal());
    let others = note(1, stranger());
    let dataset = NoteResource { kind: Some("dataset".to_owned()), ..note(1, stranger()) };
    let read = |note| facts(Action::Read, Some(note), false);
    let granted = |note| facts(Action::Read, Some(note), true);
    let writer = |facts| Facts { role: "writer", ..facts };
    let (adult, two, one) = (claims(&["age-over-18"]), claims(&["a", "d", "z"]), claims(&["a", "z"]));
    let at = |seconds: u64| Facts { now: Timestamp(seconds * 1_000_000_000), ..read(&others) };
    let two_of_five: &[_] = &[("id", "p"), ("k", "2"), ("claims", "a,b,c,d,e")];
    let between: &[_] = &[("id", "p"), ("role", "reader"), ("from", "100"), ("until", "200")];
    let role: &[_] = &[("id", "p"), ("role", "reader")];
    let purpose: &[_] = &[("id", "p"), ("role", "reader"), ("purpose", "research")];
    let age: &[_] = &[("id", "p"), ("claim", "age-over-18"), ("kind", "dataset")];
    for (name, values, desc, facts, expected) in [
        ("role-reads", role, "in the role", read(&others), true),
        ("role-reads", role, "in another", writer(read(&others)), false),
        ("role-reads", role, "another action", facts(Action::Mint, None, false), false),
        ("role-mints", role, "in the role", facts(Action::Mint, None, false), true),
        ("role-mints", role, "in another", writer(facts(Action::Mint, None, false)), false),
        ("holder-reads", &[("id", "p")], "the owner", read(&own), true),
        ("holder-reads", &[("id", "p")], "another", read(&others), false),
        ("grantee-reads", &[("id", "p")], "granted", granted(&others), true),
        ("grantee-reads", &[("id", "p")], "not granted", read(&others), false),
        ("claim-reads", age, "proved", Facts { claims: &adult, ..read(&dataset) }, true),
        ("claim-reads", age, "proved, another kind", Facts { claims: &adult, ..read(&others) }, false),
        ("claim-reads", age, "not proved", read(&dataset), false),
        ("grantee-with-claims-reads", two_of_five, "two", Facts { claims: &two, ..granted(&others) }, true),
        ("grantee-with-claims-reads", two_of_five, "one", Facts { claims: &one, ..granted(&others) }, false),
        ("grantee-with-claims-reads", two_of_five, "no grant", Facts { claims: &two, ..read(&others) }, false),
        ("role-reads-between", between, "before", at(99), false),
        ("role-reads-between", between, "its first second", at(100), true),
        ("role-reads-between", between, "its last second", at(199), true),
        ("role-reads-between", between, "after", at(200), false),
        ("role-reads-for", purpose, "its purpose", Facts { purpose: Some("research"), ..read(&others) }, true),
        ("role-reads-for", purpose, "another", Facts { purpose: Some("resale"), ..read(&others) }, false),
        ("role-reads-for", purpose, "none", read(&others), false),
    ] {
        let cedar = template(name, values).expect(name);
        assert_eq!(allows(&cedar, &facts), expected, "{name}: {desc}");
    }
    let everything = "permit (principal, action, resource);\n";
    let registry = Principal::from_slice(&[3; 10]).to_text();
    for (name, values, hits) in [
        ("nobody-reads", [("id", "p"), ("registry", registry.as_str())], true),
        ("nobody-reads", [("id", "p"), ("registry", "aaaaa-aa")], false),
        ("account-is-barred", [("id", "p"), ("account", &ACCOUNT.to_string())], true),
        ("account-is-barred", [("id", "p"), ("account", "11111111111111111111111111111111")], false),
    ] {
        let cedar = format!("{everything}{}", template(name, &values).expect(name));
        assert_eq!(allows(&cedar, &read(&others)), !hits, "{name}: {values:?}");
    }
}

#[test]
fn should_validate_strictly_whatever_is_chosen() {
    for each in templates() {
        let values: Vec<_> = each.parameters.iter().map(|given| (given.name.clone(), good(given.kind))).collect();
        let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let cedar = template(&each.name, &values).expect(&each.name);
        assert!(!cedar.replace("when {", "").replace('\n', " ").contains("{id}"), "{cedar}");
        assert_eq!(PolicyValidator::default().accept(&cedar).expect(&cedar).set().num_of_policies(), 1, "{cedar}");
        for k in 1..=5 {
            let k = k.to_string();
            let values = [("id", "p"), ("k", k.as_str()), ("claims", "a,b,c,d,e")];
            let cedar = template("grantee-with-claims-reads", &values).expect("fits");
            PolicyValidator::default().accept(&cedar).expect(&cedar);
        }
    }
}

/// Whatever is tried, the value is refused: no kind allows what could end the string, the number or the policy.
#[test]
fn should_refuse_every_value_that_could_say_something_else() {
    let attacks = [
        "",
        "\"",
        "a\"",
        "\\",
        "a\\u{22}",
        "reader\", action, resource); permit (principal, action, resource); //",
        "a\n",
        "a b",
        "A",
        "{id}",
        "{choices}",
        "a//",
        "a*",
        "\u{430}",
        "a\u{0}",
        "1 || true",
        "0x10",
        "-1",
        "+1",
        "01",
        "1_000",
        "9223372036854775808",
        "1e3",
        ",",
        "a,,b",
        "a,a",
        "a,b,c,d,e,f",
        "2vxsx-fae\"",
        "AAAAA-AA",
        " aaaaa-aa",
        "l0OI",
        &"a".repeat(300),
    ];
    let harmless = |kind, attack: &str| match kind {
        ParameterKind::PolicyName | ParameterKind::Role | ParameterKind::Purpose => attack == "01",
        ParameterKind::NoteKind | ParameterKind::Claim | ParameterKind::Claims => {
            ["01", "-1", "1e3", "0x10"].contains(&attack)
        }
        ParameterKind::Number | ParameterKind::Account | ParameterKind::Principal => false,
    };
    let mut refused = 0;
    for each in templates() {
        for attacked in &each.parameters {
            for attack in attacks {
                let values: Vec<_> = each
                    .parameters
                    .iter()
                    .map(|given| if given == attacked { attack.to_owned() } else { good(given.kind) })
                    .collect();
                let names = each.parameters.iter().map(|given| given.name.as_str());
                let values: Vec<_> = names.zip(values.iter().map(String::as_str)).collect();
                match template(&each.name, &values) {
                    Err(TemplateError::BadValue { .. }) => refused += 1,
                    Err(error) => panic!("{attack}: {error}"),
                    Ok(cedar) => {
                        // It is a name like any other: one policy, and nothing permitted that was not before.
                        let is_name = attack
                            .bytes()
                            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
                        assert!(is_name || harmless(attacked.kind, attack), "{attack} got through: {cedar}");
                        let policies = PolicyValidator::default().accept(&cedar).expect(&cedar);
                        assert_eq!(policies.set().num_of_policies(), 1, "{cedar}");
                    }
                }
            }
        }
    }
    assert!(refused > 500, "only {refused} refused");
}

#[test]
fn should_say_which_parameter_is_wrong() {
    assert_eq!(template("nothing", &[]), Err(TemplateError::UnknownTemplate("nothing".to_owned())));
    assert_eq!(template("role-reads", &[("id", "p")]), Err(TemplateError::Missing("role".to_owned())));
    for extra in [("rule", "x"), ("id", "q")] {
        let values = [("id", "p"), ("role", "reader"), extra];
        assert_eq!(template("role-reads", &values), Err(TemplateError::Unexpected(extra.0.to_owned())));
    }
    for k in ["0", "3"] {
        let refused = template("grantee-with-claims-reads", &[("id", "p"), ("k", k), ("claims", "a,b")]);
        assert!(matches!(refused, Err(TemplateError::BadValue { parameter, .. }) if parameter == "k"));
    }
}
