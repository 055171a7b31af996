//! Bad input to membership.

use crate::{deploy, random};
use calisec_sdk::identity::Identity;
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::{Minted, signed_registration};
use calisec_tests::Unchanged;
use calisec_types::ids::{AccountId, ContextId, DeviceKey, Digest32, GrantId, KemKey, ProposalId, Revision, Timestamp};
use calisec_types::membership::{
    Action, AddDeviceArg, AddMemberArg, ApplyArg, Capability, CapabilityArg, Change, ContextsArg, DecideArg,
    ElectorateArg, GrantTerms, GrantsArg, MAX_POLICIES, MAX_POLICY_BYTES, MAX_POLICY_DEPTH,
    MAX_REGISTRATION_WINDOW_SECONDS, MembersArg, MembershipReason, RegisterContextArg, RemoveMemberArg, RemoveRoleArg,
    RevokeAccountArg, RevokeDeviceArg, Scope, SetRoleArg, StaleDevicesArg, UnlinkPrincipalArg, ValidateChangeArg,
    VotingWeightArg, WasMemberArg,
};
use calisec_types::signing::ContextRegistration;
use candid::Principal;
use pollster::block_on;
use serde_bytes::ByteBuf;

const ELSEWHERE: ContextId = ContextId([9; 32]);
/// The neutral element of the curve: anything verifies under it.
const SMALL_ORDER_KEY: [u8; 32] = {
    let mut key = [0; 32];
    key[0] = 1;
    key
};

pub fn should_refuse_bad_registrations_of_a_context<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let anyone = scene.anyone().membership();
    let unchanged = Unchanged::from_now(&deployment);

    // Another context, whose registration is good but for one thing.
    let key = Identity::from_seed([8; 32]);
    let good = ContextRegistration { context: key.context(), ..scene.registration_payload() };
    let signed = |payload: &ContextRegistration| signed_registration(&key, payload);
    let mut flipped = signed(&good);
    flipped.signature[10] ^= 1;
    let with_signature =
        |signature: Vec<u8>| RegisterContextArg { signature: ByteBuf::from(signature), ..signed(&good) };
    let later = Timestamp(good.expires_at.0 + 1);
    let mallory = scene.cast.mallory.principal();
    for (what, arg, expected) in [
        ("a changed signature", flipped, MembershipReason::InvalidSignature),
        ("a short signature", with_signature(vec![1; 63]), MembershipReason::InvalidSignature),
        ("a long signature", with_signature(vec![1; 65]), MembershipReason::InvalidSignature),
        ("no signature", with_signature(Vec::new()), MembershipReason::InvalidSignature),
        (
            "a signature for another network",
            signed(&ContextRegistration { network: Digest32([5; 32]), ..good.clone() }),
            MembershipReason::InvalidSignature,
        ),
        (
            "a signature for another canister",
            signed(&ContextRegistration { canister: deployment.ids.governance, ..good.clone() }),
            MembershipReason::InvalidSignature,
        ),
        (
            "another administrator than was signed",
            RegisterContextArg { administrator: mallory, ..signed(&good) },
            MembershipReason::InvalidSignature,
        ),
        (
            "another expiry than was signed",
            RegisterContextArg { expires_at: later, ..signed(&good) },
            MembershipReason::InvalidSignature,
        ),
        (
            "another context than was signed",
            RegisterContextArg { context: scene.cast.bob.context(), ..signed(&good) },
            MembershipReason::InvalidSignature,
        ),
        (
            "nobody as administrator",
            signed(&ContextRegistration { administrator: Principal::anonymous(), ..good.clone() }),
            MembershipReason::Anonymous,
        ),
        ("a context that exists", scene.registration(), MembershipReason::ContextExists(scene.context())),
        (
            "a key of small order",
            RegisterContextArg { context: ContextId(SMALL_ORDER_KEY), ..signed(&good) },
            MembershipReason::InvalidKey,
        ),
        (
            "a key that is not canonical",
            RegisterContextArg { context: ContextId([0xff; 32]), ..signed(&good) },
            MembershipReason::InvalidKey,
        ),
    ] {
        unchanged.refused(what, block_on(anyone.register_context(&arg)), &expected);
    }
    for (what, expires_at) in [
        ("an expiry that is over", deployment.backend.now()),
        ("an expiry too far ahead", deployment.backend.now().plus_seconds(MAX_REGISTRATION_WINDOW_SECONDS + 60)),
    ] {
        let arg = signed(&ContextRegistration { expires_at, ..good.clone() });
        unchanged.refused_as(what, block_on(anyone.register_context(&arg)), |reason| match reason {
            MembershipReason::ExpiryOutOfWindow { now, latest } => {
                *latest == now.plus_seconds(MAX_REGISTRATION_WINDOW_SECONDS)
                    && (expires_at <= *now || expires_at > *latest)
            }
            _ => false,
        });
    }
    assert_eq!(block_on(anyone.register_context(&signed(&good))).expect("answers").expect("is good").id, good.context);
}

pub fn should_refuse_bad_input_to_membership<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    scene.grant_to_bob(&minted).expect("granted");
    let unchanged = Unchanged::from_now(&deployment);
    refuse_bad_members(&scene, &unchanged);
    refuse_bad_changes(&scene, &unchanged, &minted);
    refuse_bad_questions(&scene, &unchanged, &minted);
}

fn refuse_bad_members<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let dana = scene.as_(&scene.cast.dana).membership();
    let newcomer = Identity::from_seed([6; 32]);
    let good = scene.member(&newcomer, "reader");
    let role = |role: &str| AddMemberArg { role: role.to_owned(), ..good.clone() };
    for (what, arg, expected) in [
        (
            "an unknown context",
            AddMemberArg { context: ELSEWHERE, ..good.clone() },
            MembershipReason::UnknownContext(ELSEWHERE),
        ),
        ("an empty role", role(""), MembershipReason::InvalidRole),
        ("a long role", role(&"r".repeat(33)), MembershipReason::InvalidRole),
        ("capitals in a role", role("Reader"), MembershipReason::InvalidRole),
        ("a role with an umlaut", role("größe"), MembershipReason::InvalidRole),
        ("a role that ends a policy", role("x\"];permit(principal,action,resource);//"), MembershipReason::InvalidRole),
        (
            "an account of small order",
            AddMemberArg { account: AccountId(SMALL_ORDER_KEY), ..good.clone() },
            MembershipReason::InvalidKey,
        ),
        (
            "an account that is no key",
            AddMemberArg { account: AccountId([0xff; 32]), ..good.clone() },
            MembershipReason::InvalidKey,
        ),
        (
            "an envelope key of zero",
            AddMemberArg { kem_key: KemKey([0; 32]), ..good.clone() },
            MembershipReason::InvalidKemKey,
        ),
        (
            "an envelope key of small order with the ignored bit set",
            AddMemberArg {
                kem_key: KemKey(std::array::from_fn(|index| if index == 31 { 0x80 } else { 0 })),
                ..good.clone()
            },
            MembershipReason::InvalidKemKey,
        ),
    ] {
        unchanged.refused(what, block_on(dana.add_member(&arg)), &expected);
    }
    let account = scene.cast.bob.account();
    let remove = RemoveMemberArg { context: scene.context(), account };
    for (caller, expected) in [
        (scene.anyone(), MembershipReason::Anonymous),
        (scene.as_(&scene.cast.mallory), MembershipReason::MissingCapability(Capability::ManageMembers)),
        (scene.as_(&scene.cast.alice), MembershipReason::MissingCapability(Capability::ManageMembers)),
    ] {
        unchanged.refused("no right to add", block_on(caller.membership().add_member(&good)), &expected);
        unchanged.refused("no right to remove", block_on(caller.membership().remove_member(&remove)), &expected);
    }
    refuse_bad_roles(scene, unchanged);
    refuse_bad_identities(scene, unchanged);
    let stranger = newcomer.account();
    let unknown = RemoveMemberArg { account: stranger, ..remove };
    unchanged.refused(
        "removing a stranger",
        block_on(dana.remove_member(&unknown)),
        &MembershipReason::UnknownMember(stranger),
    );
    let elsewhere = RemoveMemberArg { context: ELSEWHERE, account };
    unchanged.refused(
        "removing elsewhere",
        block_on(dana.remove_member(&elsewhere)),
        &MembershipReason::UnknownContext(ELSEWHERE),
    );
}

fn refuse_bad_roles<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let dana = scene.as_(&scene.cast.dana).membership();
    let context = scene.context();
    let role = |name: &str| SetRoleArg { context, name: name.to_owned(), capabilities: vec![Capability::Vote; 10_000] };
    let gone = |name: &str| RemoveRoleArg { context, name: name.to_owned() };
    for name in ["", "Reader", &"r".repeat(33), "x\"];permit(principal,action,resource);//"] {
        unchanged.refused("a bad role name", block_on(dana.set_role(&role(name))), &MembershipReason::InvalidRole);
        unchanged.refused("a bad role name", block_on(dana.remove_role(&gone(name))), &MembershipReason::InvalidRole);
    }
    let unknown = MembershipReason::UnknownRole("keeper".to_owned());
    unchanged.refused("a role that is not", block_on(dana.remove_role(&gone("keeper"))), &unknown);
    let administrators = MembershipReason::RoleInUse { members: 0 };
    unchanged.refused("the first role", block_on(dana.remove_role(&gone("administrator"))), &administrators);
    let elsewhere = SetRoleArg { context: ELSEWHERE, ..role("keeper") };
    let nowhere = MembershipReason::UnknownContext(ELSEWHERE);
    unchanged.refused("a role elsewhere", block_on(dana.set_role(&elsewhere)), &nowhere);
    let stranger = scene.cast.mallory.account();
    let capability = CapabilityArg { context, account: stranger, capability: Capability::Mint };
    let unknown = MembershipReason::UnknownMember(stranger);
    unchanged.refused("a stranger's capability", block_on(dana.grant_capability(&capability)), &unknown);
    unchanged.refused("a stranger's capability", block_on(dana.revoke_capability(&capability)), &unknown);
    let bobs = CapabilityArg { account: scene.cast.bob.account(), ..capability };
    for (caller, expected) in [
        (scene.anyone(), MembershipReason::Anonymous),
        (scene.as_(&scene.cast.mallory), MembershipReason::MissingCapability(Capability::ManageMembers)),
        (scene.as_(&scene.cast.bob), MembershipReason::MissingCapability(Capability::ManageMembers)),
    ] {
        let caller = caller.membership();
        unchanged.refused("no right to roles", block_on(caller.set_role(&role("keeper"))), &expected);
        unchanged.refused("no right to roles", block_on(caller.remove_role(&gone("reader"))), &expected);
        unchanged.refused("no right to give", block_on(caller.grant_capability(&bobs)), &expected);
        unchanged.refused("no right to take", block_on(caller.revoke_capability(&bobs)), &expected);
    }
}

fn refuse_bad_identities<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let anyone = scene.anyone().membership();
    let (bob, phone, other) = (&scene.cast.bob, Identity::from_seed([61; 32]), Identity::from_seed([62; 32]));
    let context = scene.context();
    let scope = || Scope { read: true, capabilities: Vec::new() };
    let good = scene.device(bob, &phone, scope(), 1);
    let flipped = |signature: &ByteBuf| {
        let mut signature = signature.clone();
        signature[40] ^= 1;
        signature
    };
    let small = AddDeviceArg { key: DeviceKey(SMALL_ORDER_KEY), ..good.clone() };
    let unsigned = AddDeviceArg { account_signature: None, ..good.clone() };
    let wider = AddDeviceArg { scope: Scope { capabilities: vec![Capability::Vote], ..scope() }, ..good.clone() };
    let spoilt = AddDeviceArg { device_signature: flipped(&good.device_signature), ..good.clone() };
    let elsewhere = AddDeviceArg { context: ELSEWHERE, ..good.clone() };
    let taken = AddDeviceArg { key: DeviceKey(bob.account().0), ..good.clone() };
    for (what, arg, expected) in [
        ("a device of small order", small, MembershipReason::InvalidKey),
        ("a device without the account", unsigned, MembershipReason::NotYours),
        ("a device with a wider scope", wider, MembershipReason::InvalidSignature),
        ("a device with a changed signature", spoilt, MembershipReason::InvalidSignature),
        ("a device elsewhere", elsewhere, MembershipReason::UnknownContext(ELSEWHERE)),
        ("a member's key as a device", taken, MembershipReason::KeyTaken),
        (
            "a stranger's device",
            scene.device(&other, &phone, scope(), 1),
            MembershipReason::UnknownMember(other.account()),
        ),
    ] {
        unchanged.refused(what, block_on(anyone.add_device(&arg)), &expected);
    }
    let unknown = MembershipReason::UnknownDevice(phone.device());
    let rotation = scene.rotation(bob, &phone, &other, 1);
    unchanged.refused("a rotation of no device", block_on(anyone.rotate_device(&rotation)), &unknown);
    let revocation = RevokeDeviceArg { context, account: bob.account(), key: phone.device() };
    unchanged.refused("nobody revokes", block_on(anyone.revoke_device(&revocation)), &MembershipReason::Anonymous);
    let bobs = scene.as_(bob).membership();
    unchanged.refused("a revocation of no device", block_on(bobs.revoke_device(&revocation)), &unknown);
    let account = RevokeAccountArg { context, account: scene.cast.alice.account() };
    let missing = MembershipReason::MissingCapability(Capability::ManageMembers);
    unchanged.refused("another's account", block_on(bobs.revoke_account(&account)), &missing);
    let mallory = scene.as_(&scene.cast.mallory).membership();
    let link = scene.link(bob, other.principal(), 1);
    unchanged.refused(
        "a link for somebody else",
        block_on(mallory.link_principal(&link)),
        &MembershipReason::InvalidSignature,
    );
    unchanged.refused("a link of nobody", block_on(anyone.link_principal(&link)), &MembershipReason::Anonymous);
    let unlink = UnlinkPrincipalArg { context, principal: bob.principal() };
    unchanged.refused(
        "an account key as a link",
        block_on(bobs.unlink_principal(&unlink)),
        &MembershipReason::NotLinked(bob.principal()),
    );
    let stranger = scene.cast.mallory.account();
    let nowhere = MembershipReason::UnknownContext(ELSEWHERE);
    let was = WasMemberArg { context: ELSEWHERE, key: stranger, revision: Revision(1) };
    unchanged.refused("a past elsewhere", block_on(anyone.was_member(&was)), &nowhere);
    let stale = StaleDevicesArg { context: ELSEWHERE, at: None, after: None, limit: Some(u32::MAX) };
    unchanged.refused("stale devices elsewhere", block_on(anyone.stale_devices(&stale)), &nowhere);
    let unknown = MembershipReason::UnknownMember(stranger);
    unchanged.refused("a stranger's devices", block_on(anyone.identities(context, stranger)), &unknown);
}

fn refuse_bad_changes<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>, minted: &Minted) {
    let (context, anyone) = (scene.context(), scene.anyone().membership());
    let change = scene.grant(minted, &scene.cast.bob);
    let apply = ApplyArg { context, proposal: ProposalId(77), step: 0, change: change.clone() };
    for caller in [scene.anyone(), scene.as_(&scene.cast.dana), scene.as_(&scene.cast.alice)] {
        unchanged.refused(
            "a change that was not voted for",
            block_on(caller.membership().apply(&apply)),
            &MembershipReason::NotGovernance,
        );
    }
    // As governance itself, whatever it may have been made to say.
    let governance = scene.deployment.called_by(scene.deployment.ids.governance).membership();
    let stranger = scene.cast.mallory.account();
    let grant = |account, action, not_after| Change::Grant {
        account,
        action,
        note: minted.note.id,
        registry: scene.deployment.ids.note_registry,
        terms: GrantTerms::until(not_after),
    };
    let (bob, past) = (scene.cast.bob.account(), Some(Timestamp(1)));
    for (what, change, expected) in [
        ("a grant to a stranger", grant(stranger, Action::Read, None), MembershipReason::UnknownMember(stranger)),
        ("a grant to mint", grant(bob, Action::Mint, None), MembershipReason::ResourceMismatch(Action::Mint)),
        ("a grant that is over", grant(bob, Action::Read, past), MembershipReason::AlreadyOver),
        (
            "revoking what was never granted",
            Change::Revoke { grant: GrantId(99) },
            MembershipReason::UnknownGrant(GrantId(99)),
        ),
    ] {
        let validate = ValidateChangeArg { context, change: change.clone() };
        unchanged.refused(what, block_on(anyone.validate_change(&validate)), &expected);
        let apply = ApplyArg { context, proposal: ProposalId(77), step: 0, change };
        unchanged.refused(what, block_on(governance.apply(&apply)), &expected);
    }
    for (what, cedar, says) in bad_policies() {
        let is_expected = |reason: &MembershipReason| matches!(reason, MembershipReason::InvalidPolicy(why) if why.contains(says) && why.len() < 2_000);
        let change = Change::SetPolicy { cedar };
        let validate = ValidateChangeArg { context, change: change.clone() };
        unchanged.refused_as(what, block_on(anyone.validate_change(&validate)), is_expected);
        let apply = ApplyArg { context, proposal: ProposalId(77), step: 0, change };
        unchanged.refused_as(what, block_on(governance.apply(&apply)), is_expected);
    }
    let elsewhere = ApplyArg { context: ELSEWHERE, ..apply };
    unchanged.refused(
        "a change of an unknown context",
        block_on(governance.apply(&elsewhere)),
        &MembershipReason::UnknownContext(ELSEWHERE),
    );
    // The first proposal's first step, with another content.
    let conflict = ApplyArg { context, proposal: ProposalId(1), step: 0, change: Change::Revoke { grant: GrantId(1) } };
    unchanged.refused(
        "a step that was applied with another content",
        block_on(governance.apply(&conflict)),
        &MembershipReason::StepConflict { proposal: ProposalId(1), step: 0 },
    );
}

/// What is wrong, the policies, and what the refusal must say.
fn bad_policies() -> Vec<(&'static str, String, &'static str)> {
    let permit = |condition: &str| format!("permit (principal, action, resource) when {{ {condition} }};");
    let nested = |depth: usize| permit(&format!("{}true{}", "(".repeat(depth), ")".repeat(depth)));
    let chain = vec!["true"; 100].join(" && ");
    vec![
        ("no policy language", "let everybody in".to_owned(), ""),
        ("a policy without an end", "permit (principal, action, resource)".to_owned(), ""),
        ("a deep nesting", nested(MAX_POLICY_DEPTH + 1), "nest"),
        ("a nesting that would overflow the stack", nested(10_000), "nest"),
        ("negations without end", permit(&format!("{}true", "!".repeat(5_000))), "nest"),
        ("a long chain", permit(&chain), "nest"),
        ("an unknown role type", permit("principal in Rank::\"general\""), ""),
        ("an unknown attribute", permit("principal.salary > 3"), ""),
        ("a type error", permit("principal.role == 3"), ""),
        ("an unknown action", "permit (principal, action == Action::\"burn\", resource);".to_owned(), ""),
        ("a template", "permit (principal == ?principal, action, resource);".to_owned(), "template"),
        (
            "two policies of one name",
            "@id(\"a\") permit (principal, action, resource); @id(\"a\") forbid (principal, action, resource);"
                .to_owned(),
            "two policies",
        ),
        ("too many policies", "permit (principal, action, resource);".repeat(MAX_POLICIES + 1), "too many"),
        ("too many bytes", " ".repeat(MAX_POLICY_BYTES + 1), "too long"),
    ]
}

fn refuse_bad_questions<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>, minted: &Minted) {
    let (context, anyone) = (scene.context(), scene.anyone().membership());
    let mallory = scene.cast.mallory.principal();
    let unknown = MembershipReason::UnknownContext(ELSEWHERE);
    let read = scene.may_read(minted, &scene.cast.bob);
    unchanged.refused(
        "reading nothing",
        block_on(anyone.decide(&DecideArg { note: None, ..read.clone() })),
        &MembershipReason::ResourceMismatch(Action::Read),
    );
    unchanged.refused(
        "minting a note that exists",
        block_on(anyone.decide(&DecideArg { action: Action::Mint, ..read.clone() })),
        &MembershipReason::ResourceMismatch(Action::Mint),
    );
    unchanged.refused(
        "deciding elsewhere",
        block_on(anyone.decide(&DecideArg { context: ELSEWHERE, ..read.clone() })),
        &unknown,
    );
    unchanged.refused(
        "a bundle about reading nothing",
        block_on(anyone.decision_bundle(&DecideArg { note: None, ..read.clone() })),
        &MembershipReason::ResourceMismatch(Action::Read),
    );
    unchanged.refused(
        "a bundle of elsewhere",
        block_on(anyone.decision_bundle(&DecideArg { context: ELSEWHERE, ..read })),
        &unknown,
    );
    unchanged.refused("a context", block_on(anyone.context(ELSEWHERE)), &unknown);
    unchanged.refused("policies", block_on(anyone.policy(ELSEWHERE)), &unknown);
    let stranger = scene.cast.mallory.account();
    unchanged.refused("a member elsewhere", block_on(anyone.member(ELSEWHERE, stranger)), &unknown);
    unchanged.refused(
        "a stranger",
        block_on(anyone.member(context, stranger)),
        &MembershipReason::UnknownMember(stranger),
    );
    let members = MembersArg { context: ELSEWHERE, after: None, limit: Some(0) };
    unchanged.refused("members", block_on(anyone.members(&members)), &unknown);
    let contexts = ContextsArg { group: ELSEWHERE.own_group(), after: Some(context), limit: Some(u32::MAX) };
    unchanged.refused(
        "contexts of an unknown group",
        block_on(anyone.contexts_of_group(&contexts)),
        &MembershipReason::UnknownGroup(ELSEWHERE.own_group()),
    );
    let grants = GrantsArg { context: ELSEWHERE, after: None, limit: Some(u32::MAX) };
    unchanged.refused("grants", block_on(anyone.grants(&grants)), &unknown);
    unchanged.refused(
        "an electorate for a stranger",
        block_on(anyone.electorate(&ElectorateArg { context, proposer: mallory })),
        &MembershipReason::NotAMember(mallory),
    );
    let electorate = ElectorateArg { context: ELSEWHERE, proposer: mallory };
    unchanged.refused("an electorate elsewhere", block_on(anyone.electorate(&electorate)), &unknown);
    let weight = VotingWeightArg { context, revision: Revision(1), voter: mallory };
    unchanged.refused(
        "a stranger's weight",
        block_on(anyone.voting_weight(&weight)),
        &MembershipReason::NotAMember(mallory),
    );
    let early = VotingWeightArg { revision: Revision(0), voter: scene.cast.bob.principal(), ..weight };
    unchanged.refused(
        "the weight of somebody who came later",
        block_on(anyone.voting_weight(&early)),
        &MembershipReason::NotInElectorate(Revision(0)),
    );
}
