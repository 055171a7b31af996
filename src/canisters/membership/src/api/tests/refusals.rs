use crate::api;
use crate::test_fixtures::{
    START, World, account, administrator, context_id, governance, grant_change, reason, stranger,
};
use calisec_types::ids::{ContextId, GrantId, KemKey, NoteId, ProposalId};
use calisec_types::membership::{
    Action, AddMemberArg, ApplyArg, Capability, Change, GrantTerms, MAX_POLICY_BYTES, MembershipReason, RemoveMemberArg,
};
use candid::Principal;
use serde_bytes::ByteBuf;

fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    world
}

#[test]
fn should_change_nothing_when_a_registration_is_refused() {
    let mut world = world();
    let before = world.fingerprint();
    let valid = world.registration(2);
    let mut short = valid.clone();
    short.signature = ByteBuf::from(vec![0; 63]);
    let mut long = valid.clone();
    long.signature = ByteBuf::from(vec![0; 1_000_000]);
    let mut anonymous = world.sign(2, |payload| payload.administrator = Principal::anonymous());
    anonymous.administrator = Principal::anonymous();
    let mut nobody = world.sign(2, |payload| payload.administrator = Principal::management_canister());
    nobody.administrator = Principal::management_canister();
    let mut off_the_curve = valid;
    off_the_curve.context = ContextId({
        let mut key = [0; 32];
        key[0] = 2;
        key
    });
    for (desc, arg, expected) in [
        ("short signature", short, MembershipReason::InvalidSignature),
        ("long signature", long, MembershipReason::InvalidSignature),
        ("anonymous administrator", anonymous, MembershipReason::Anonymous),
        ("administrator who calls nobody", nobody, MembershipReason::InvalidSuccessor),
        ("key off the curve", off_the_curve, MembershipReason::InvalidKey),
    ] {
        assert_eq!(world.register(&arg), Err(expected), "{desc}");
        assert!(world.fingerprint() == before, "{desc} changed something");
    }
}

#[test]
fn should_change_nothing_when_a_member_is_refused() {
    let mut world = world();
    let before = world.fingerprint();
    let valid = AddMemberArg {
        context: context_id(1),
        account: account(2),
        role: "reader".to_owned(),
        kem_key: KemKey([9; 32]),
    };
    let with_role = |role: &str| AddMemberArg { role: role.to_owned(), ..valid.clone() };
    let nowhere = ContextId([0; 32]);
    for (desc, caller, arg, expected) in [
        ("anonymous", Principal::anonymous(), valid.clone(), MembershipReason::Anonymous),
        ("stranger", stranger(), valid.clone(), MembershipReason::MissingCapability(Capability::ManageMembers)),
        ("governance", governance(), valid.clone(), MembershipReason::MissingCapability(Capability::ManageMembers)),
        (
            "the member",
            account(1).principal(),
            valid.clone(),
            MembershipReason::MissingCapability(Capability::ManageMembers),
        ),
        (
            "unknown context",
            administrator(),
            AddMemberArg { context: nowhere, ..valid.clone() },
            MembershipReason::UnknownContext(nowhere),
        ),
        ("no role", administrator(), with_role(""), MembershipReason::InvalidRole),
        ("long role", administrator(), with_role(&"a".repeat(33)), MembershipReason::InvalidRole),
        ("huge role", administrator(), with_role(&"a".repeat(1_000_000)), MembershipReason::InvalidRole),
        ("role in capitals", administrator(), with_role("Reader"), MembershipReason::InvalidRole),
        ("role with a quote", administrator(), with_role("a\"b"), MembershipReason::InvalidRole),
        ("role beyond ASCII", administrator(), with_role("l\u{e9}cteur"), MembershipReason::InvalidRole),
        (
            "envelope key of small order",
            administrator(),
            AddMemberArg { kem_key: KemKey([0; 32]), ..valid.clone() },
            MembershipReason::InvalidKemKey,
        ),
        (
            "envelope key of small order for a member",
            administrator(),
            AddMemberArg { account: account(1), kem_key: KemKey([0; 32]), ..valid.clone() },
            MembershipReason::InvalidKemKey,
        ),
    ] {
        world.env.call_as(caller);
        let refusal = api::add_member(&world.env, &mut world.state, arg).map_err(reason);
        assert_eq!(refusal, Err(expected), "{desc}");
        assert!(world.fingerprint() == before, "{desc} changed something");
    }
    for (desc, caller, context, who, expected) in [
        ("anonymous", Principal::anonymous(), context_id(1), account(1), MembershipReason::Anonymous),
        (
            "stranger",
            stranger(),
            context_id(1),
            account(1),
            MembershipReason::MissingCapability(Capability::ManageMembers),
        ),
        ("unknown", administrator(), context_id(1), account(2), MembershipReason::UnknownMember(account(2))),
        ("unknown context", administrator(), nowhere, account(1), MembershipReason::UnknownContext(nowhere)),
    ] {
        world.env.call_as(caller);
        let arg = RemoveMemberArg { context, account: who };
        let refusal = api::remove_member(&world.env, &mut world.state, arg).map_err(reason);
        assert_eq!(refusal, Err(expected), "{desc}");
        assert!(world.fingerprint() == before, "{desc} changed something");
    }
}

#[test]
fn should_change_nothing_when_a_change_is_refused() {
    let mut world = world();
    let before = world.fingerprint();
    let nowhere = ContextId([0; 32]);
    let mint = Change::Grant {
        account: account(1),
        action: Action::Mint,
        note: NoteId(1),
        registry: stranger(),
        terms: GrantTerms::default(),
    };
    let read = grant_change(account(1), 1, None);
    let policy = |cedar: String| Change::SetPolicy { cedar };
    let here = context_id(1);
    let too_long = format!("{} bytes are too long: {MAX_POLICY_BYTES} are accepted", MAX_POLICY_BYTES + 1);
    for (desc, caller, context, change, expected) in [
        ("anonymous", Principal::anonymous(), here, read.clone(), Some(MembershipReason::NotGovernance)),
        ("administrator", administrator(), here, read.clone(), Some(MembershipReason::NotGovernance)),
        ("unknown context", governance(), nowhere, read, Some(MembershipReason::UnknownContext(nowhere))),
        (
            "no member",
            governance(),
            here,
            grant_change(account(2), 1, None),
            Some(MembershipReason::UnknownMember(account(2))),
        ),
        ("over", governance(), here, grant_change(account(1), 1, Some(START)), Some(MembershipReason::AlreadyOver)),
        ("minting", governance(), here, mint, Some(MembershipReason::ResourceMismatch(Action::Mint))),
        (
            "no such grant",
            governance(),
            here,
            Change::Revoke { grant: GrantId(1) },
            Some(MembershipReason::UnknownGrant(GrantId(1))),
        ),
        (
            "too long",
            governance(),
            here,
            policy(" ".repeat(MAX_POLICY_BYTES + 1)),
            Some(MembershipReason::InvalidPolicy(too_long)),
        ),
        ("no Cedar", governance(), here, policy("allow everything".to_owned()), None),
        ("not of the schema", governance(), here, policy("permit (principal is User, action, resource);".into()), None),
        ("a nesting bomb", governance(), here, policy(bomb()), None),
    ] {
        world.env.call_as(caller);
        let arg = ApplyArg { context, proposal: ProposalId(1), step: 0, change };
        let refusal = api::apply(&world.env, &mut world.state, arg).map_err(reason).expect_err(desc);
        match expected {
            Some(expected) => assert_eq!(refusal, expected, "{desc}"),
            None => assert!(matches!(refusal, MembershipReason::InvalidPolicy(_)), "{desc}: {refusal}"),
        }
        assert!(world.fingerprint() == before, "{desc} changed something");
    }
}

/// As deep as the limit on length allows.
fn bomb() -> String {
    let depth = (MAX_POLICY_BYTES - 100) / 2;
    format!("permit (principal, action, resource) when {{ {}true{} }};", "(".repeat(depth), ")".repeat(depth))
}
