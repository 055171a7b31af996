use super::depth::{Shape, measure};
use crate::test_fixtures::facts;
use crate::{
    DEFAULT_POLICIES, Judge, MAX_PATTERN_CHARS, MAX_POLICY_NAME_BYTES, MAX_STRING_BYTES, Policies, PolicyCache,
    PolicyValidator, SCHEMA, policy_hash,
};
use calisec_types::membership::{Action, MAX_POLICIES, MAX_POLICY_BYTES, MAX_POLICY_DEPTH};
use std::rc::Rc;

fn refusal(cedar: &str) -> String {
    PolicyValidator::default().accept(cedar).map(|_| ()).expect_err(cedar)
}

#[test]
fn should_accept_the_default_policies_and_name_them() {
    let policies = PolicyValidator::default().accept(DEFAULT_POLICIES).expect("valid");
    let explained = Judge::default().explain(&policies, &facts(Action::Mint, None, false));
    let names: Vec<_> = explained.iter().map(|policy| policy.policy.as_str()).collect();
    assert_eq!(names, ["contributor-mints", "grantee-reads", "owner-reads"]);
    assert!(SCHEMA.contains("entity Account in [Role]"));
}

#[test]
fn should_refuse_policies_when_they_are_not_strictly_valid() {
    for (desc, cedar, why) in [
        ("no Cedar", "permit everything", "unexpected token"),
        ("an unknown type", "permit (principal is User, action, resource);", "User"),
        ("an unknown action", r#"permit (principal, action == Action::"delete", resource);"#, "delete"),
        (
            "an attribute that contexts lack",
            r#"permit (principal, action, resource) when { resource.owner == principal.identity };"#,
            "owner",
        ),
        (
            "types that cannot be equal",
            r#"permit (principal, action == Action::"read", resource) when { principal.role == 1 };"#,
            "not compatible",
        ),
        ("a template", "permit (principal == ?principal, action, resource);", "template"),
        (
            "two of one name",
            r#"@id("a") permit (principal, action, resource); @id("a") forbid (principal, action, resource);"#,
            "two policies are called a",
        ),
        (
            "the name of another's place",
            r#"permit (principal, action, resource); @id("policy0") forbid (principal, action, resource);"#,
            "two policies are called policy0",
        ),
    ] {
        let refusal = refusal(cedar);
        assert!(refusal.contains(why), "{desc}: {refusal}");
    }
}

#[test]
fn should_refuse_policies_when_they_are_too_long_too_many_or_too_deep() {
    let one = "permit (principal, action, resource);\n";
    assert!(PolicyValidator::default().accept(&one.repeat(MAX_POLICIES)).is_ok());
    assert!(refusal(&one.repeat(MAX_POLICIES + 1)).contains("101 policies are too many"));
    assert!(refusal(&" ".repeat(MAX_POLICY_BYTES + 1)).contains("32769 bytes are too long"));
    let longest = refusal(&"@".repeat(MAX_POLICY_BYTES));
    assert!(longest.len() <= 1100, "{} bytes of explanation", longest.len());
}

#[test]
fn should_refuse_policies_when_evaluating_them_could_take_more_than_their_length_says() {
    let when = |condition: &str| format!("forbid (principal, action, resource) when {{ {condition} }};");
    let named = |bytes: usize| format!("@id(\"{}\")\npermit (principal, action, resource);", "n".repeat(bytes));
    let matched = |pattern: &str| when(&format!("principal.role like \"{pattern}\""));
    let equal = |bytes: usize| when(&format!("principal.role == \"{}\"", "a".repeat(bytes)));
    for accepted in [
        named(MAX_POLICY_NAME_BYTES),
        matched(&format!("*{}", "a".repeat(MAX_PATTERN_CHARS - 1))),
        equal(MAX_STRING_BYTES),
    ] {
        PolicyValidator::default().accept(&accepted).expect("within the limits");
    }
    let quadratic = format!("\"{}\" like \"*{}b*\"", "a".repeat(20_500), "a".repeat(10_300));
    for (desc, cedar, why) in [
        ("a long text matched with a long pattern", when(&quadratic), "64 are accepted"),
        ("a long pattern", matched(&"*".repeat(MAX_PATTERN_CHARS + 1)), "65 characters: 64 are accepted"),
        ("a long string", equal(MAX_STRING_BYTES + 1), "129 bytes: 128 are accepted"),
        (
            "a long string in a set in a branch",
            when(&format!("if true then false else [\"{}\"].contains(principal.role)", "a".repeat(129))),
            "129 bytes: 128 are accepted",
        ),
        ("a long name", named(MAX_POLICY_NAME_BYTES + 1), "65 bytes: 64 are accepted"),
        ("an address", when("ip(\"127.0.0.1\").isLoopback()"), "is not accepted"),
        ("a decimal", when("decimal(\"1.0\") == decimal(\"2.0\")"), "`decimal` is not accepted"),
        (
            "a time box of dates",
            when("context.now < datetime(\"2026-11-20\").durationSince(datetime(\"1970-01-01\")).toSeconds()"),
            "in seconds since 1970",
        ),
        ("a duration", when("context.now < duration(\"20d\").toSeconds()"), "in seconds since 1970"),
    ] {
        let refusal = refusal(&cedar);
        assert!(refusal.contains(why), "{desc}: {refusal}");
    }
}

/// Every way to nest; each of `count` operators or brackets in another.
fn nested(count: usize) -> Vec<(&'static str, String)> {
    let (open, close) = ("(".repeat(count), ")".repeat(count));
    vec![
        ("parentheses", format!("{open}true{close}")),
        ("or", format!("true{}", " || true".repeat(count))),
        ("and", format!("true{}", " && true".repeat(count))),
        ("plus", format!("1{} == 1", " + 1".repeat(count))),
        ("minus", format!("1{} == 1", " - 1".repeat(count))),
        ("times", format!("1{} == 1", " * 1".repeat(count))),
        ("not", format!("{}true{close}", "!(".repeat(count))),
        ("else", format!("{}true", "if true then true else ".repeat(count))),
        ("condition", format!("{}true{}", "if ".repeat(count), " then true else true".repeat(count))),
        ("sets", format!("{}1{} == [1]", "[".repeat(count), "]".repeat(count))),
        ("records", format!("{}1{} == {{}}", "{a: ".repeat(count), "}".repeat(count))),
        ("attributes", format!("principal{} == 1", ".a".repeat(count))),
        ("attributes by name", format!("principal{} == 1", r#"["a"]"#.repeat(count))),
        ("methods", format!("[1]{}", ".contains(1)".repeat(count))),
        ("has", format!("principal has a{}", ".a".repeat(count))),
        ("after a comment", format!("// )))\n{open}true{close}")),
        ("after a string", format!("\")\\\")\" == \"\" || {open}true{close}")),
        ("never closed", open),
    ]
}

#[test]
fn should_refuse_a_nesting_bomb_without_parsing_it_when_it_nests_too_deep() {
    for (desc, condition) in nested(MAX_POLICY_DEPTH) {
        let bomb = format!("permit (principal, action, resource) when {{ {condition} }};");
        let refusal = refusal(&bomb);
        assert!(refusal.contains("nest"), "{desc}: {refusal}");
    }
    let conditions = "when { true } ".repeat(MAX_POLICY_DEPTH + 1);
    assert!(refusal(&format!("permit (principal, action, resource) {conditions};")).contains("nest"));
    for (desc, condition) in nested(7000 / 2) {
        let Err(refusal) = Policies::parse(&condition) else { panic!("{desc} is no policy") };
        assert!(refusal.contains("nest") || refusal.contains("too long"), "{desc}: {refusal}");
    }
}

/// A canister has 1 MiB of stack and cannot see how much of it is left. Debug builds take more than a canister does.
#[test]
fn should_parse_validate_and_explain_within_a_small_stack_when_policies_nest_as_deep_as_allowed() {
    let check = || {
        let validator = PolicyValidator::default();
        for (desc, condition) in nested(MAX_POLICY_DEPTH / 2 - 4) {
            let cedar = format!(r#"permit (principal, action == Action::"mint", resource) when {{ {condition} }};"#);
            if let Err(refusal) = validator.accept(&cedar) {
                assert!(!refusal.contains("nest") && !refusal.contains("recursion"), "{desc}: {refusal}");
            }
            if let Ok(policies) = Policies::parse(&cedar) {
                let explained = Judge::default().explain(&policies, &facts(Action::Mint, None, false));
                assert!(!explained[0].clauses.is_empty(), "{desc}");
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(check).expect("a thread");
    thread.join().expect("enough stack");
}

#[test]
fn should_bound_the_depth_from_above_when_it_measures_tokens() {
    for (cedar, depth, policies) in [
        ("", 0, 0),
        ("permit (principal, action, resource);", 1, 1),
        ("permit (a, b, c); forbid (a, b, c);", 1, 2),
        ("when { a && b || c }", 4, 0),
        ("[a, b, c, d, e, f]", 1, 0),
        ("[a + b, c + d]", 2, 0),
        ("(a) && (b)", 2, 0),
        ("\"((((\" // ((((\n x", 0, 0),
        ("a::b::c", 0, 0),
        ("a <= b != c", 2, 0),
        ("!!a", 2, 0),
        ("a[b][c]", 3, 0),
        ("a [b] // [\n [c]", 3, 0),
        ("f(a)(b)", 2, 0),
        ("1[a]", 2, 0),
        ("((", 2, 0),
        ("))", 2, 0),
        ("\u{e9}(\u{e9})", 1, 0),
        ("\"unclosed ((", 0, 0),
    ] {
        assert_eq!(measure(cedar), Shape { depth, policies }, "{cedar}");
    }
}

#[test]
fn should_forget_what_was_not_used_for_longest_when_the_cache_is_full() {
    let cache = PolicyCache::default();
    let text = |number: usize| format!("@id(\"p{number}\") permit (principal, action, resource);");
    let get = |number: usize| cache.get(policy_hash(&text(number)), || text(number)).expect("parses");
    let first = get(0);
    for number in 1..1_023 {
        get(number);
    }
    assert!(Rc::ptr_eq(&first, &get(0)), "it fits");
    get(1_023);
    get(1_024);
    assert_eq!(cache.size().0, 1_024);
    assert!(Rc::ptr_eq(&first, &get(0)), "it was used meanwhile");
}

/// Somebody with many contexts and long policies: another's short ones, used now and then, stay parsed.
#[test]
fn should_keep_short_sets_that_are_used_when_others_fill_the_cache_with_long_ones() {
    let cache = PolicyCache::default();
    let short =
        || cache.get(policy_hash("short"), || "permit (principal, action, resource);".to_owned()).expect("parses");
    let kept = short();
    let padding = " ".repeat(MAX_POLICY_BYTES - 100);
    let long = |number: usize| format!("@id(\"p{number}\") permit (principal, action, resource);{padding}");
    for number in 0..300 {
        cache.get(policy_hash(&long(number)), || long(number)).expect("parses");
        if number % 50 == 0 {
            assert!(Rc::ptr_eq(&kept, &short()), "driven out by {number} long ones");
        }
    }
    let (_, bytes) = cache.size();
    assert!(bytes <= 2 * 1024 * 1024, "{bytes} bytes of text");
}
