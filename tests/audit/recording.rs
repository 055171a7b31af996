//! Decisions that are recorded, and entries that hide what happened.

use crate::{deploy, random};
use calisec_sdk::identity::Identity;
use calisec_sdk::verify::{self, DisclosureError, Trust, question_digest};
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_tests::Unchanged;
use calisec_types::ids::{ContextId, Digest32, Seq};
use calisec_types::membership::{
    AuditEntry, AuditEvent, AuditMode, AuditOpening, AuditOpeningsArg, Capability, DiscardOpeningsArg,
    MembershipReason, SetAuditModeArg, SetRecordedRegistriesArg,
};
use candid::Principal;
use pollster::block_on;

const SEED: Digest32 = Digest32(*b"thirty-two bytes drawn at random");

fn decided<B: Backend>(scene: &Scene<'_, B>) -> Vec<(bool, bool, Digest32)> {
    let (_, log) = scene.verified_audit_log().expect("one chain that ends in the certified head");
    let found = log.iter().filter_map(|entry| match &entry.event {
        AuditEvent::Decided { allowed, account, question, .. } => Some((*allowed, account.is_some(), *question)),
        _ => None,
    });
    found.collect()
}

pub fn should_record_decisions_for_who_may_ask_and_of_who_was_named<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    let minted = scene.until_note(b"a note").expect("a note");
    scene.grant_to_bob(&minted).expect("granted");
    scene.seal_to_bob(&minted).expect("sealed");
    let read = |who: &Identity| block_on(scene.as_(who).note_registry().request_key(minted.note.id)).expect("answers");
    assert!(read(&scene.cast.bob).is_ok());
    assert_eq!(decided(&scene), [], "nobody asked for it");

    // On request: a member about itself. A stranger writes nothing.
    let question = scene.may_read(&minted, &scene.cast.bob);
    let decision = answered(block_on(scene.as_(&scene.cast.bob).membership().record_decision(&question))).expect("his");
    let asked = question_digest(&question);
    assert_eq!(decided(&scene), [(true, true, asked)]);
    assert_eq!(scene.verified_audit_log().expect("a log").0.seq, decision.seq);
    let unchanged = Unchanged::from_now(&deployment);
    let missing = MembershipReason::MissingCapability(Capability::ManageMembers);
    for (who, caller, expected) in [
        ("nobody", scene.anyone(), MembershipReason::Anonymous),
        ("a stranger", scene.as_(&scene.cast.mallory), missing.clone()),
        ("another member", scene.as_(&scene.cast.alice), missing),
    ] {
        unchanged.refused(who, block_on(caller.membership().record_decision(&question)), &expected);
    }

    // Each: the registry's, whatever comes of them.
    let registries = vec![deployment.ids.note_registry];
    let arg = SetRecordedRegistriesArg { context: scene.context(), registries };
    answered(block_on(scene.as_(&scene.cast.dana).membership().set_recorded_registries(&arg))).expect("named");
    assert!(read(&scene.cast.bob).is_ok());
    assert!(read(&scene.cast.carol).is_err());
    let allowed: Vec<_> = decided(&scene).iter().map(|(allowed, is_member, _)| (*allowed, *is_member)).collect();
    assert_eq!(allowed.len(), 3, "{allowed:?}");
    assert_eq!((allowed[1], allowed[2].0), ((true, true), false));
}

pub fn should_hide_entries_that_their_owner_can_open_and_nobody_else<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let (dana, anyone) = (scene.as_(&scene.cast.dana).membership(), scene.anyone().membership());
    let context = scene.context();
    let arg = SetAuditModeArg { context, mode: AuditMode::Redacted, seed: Some(SEED) };
    answered(block_on(dana.set_audit_mode(&arg))).expect("redacts");
    let joiner = Identity::from_seed([77; 32]);
    answered(scene.add_member(&joiner, "reader")).expect("added");
    let hidden = scene.verified_audit_log().expect("a log").0.seq;
    deployment.upgrade_all().expect("upgrades");

    let proof = answered(block_on(anyone.audit_entry_proof(hidden))).expect("is there");
    let root_key = deployment.backend.root_key();
    let trust = Trust { root_key: &root_key, now: deployment.backend.now() };
    let entry =
        verify::audit_entry(&proof, anyone.canister(), &trust).expect("a hidden entry is proved like any other");
    assert_eq!(entry.caller, Principal::management_canister());
    assert!(matches!(entry.event, AuditEvent::Sealed { kind: None, .. }));
    let openings = AuditOpeningsArg { context, after: None, limit: None };
    let opening = answered(block_on(dana.audit_openings(&openings))).expect("hers").openings.remove(0);
    let shows = |entry: &AuditEntry, opening: &AuditOpening| verify::disclosure(entry, opening).cloned();
    let shown = shows(entry, &opening).expect("opens");
    assert!(matches!(shown, AuditEvent::MemberSet { account, .. } if account == joiner.account()));
    let mut other = opening.clone();
    other.salt.0[3] ^= 1;
    assert_eq!(shows(entry, &other), Err(DisclosureError::OtherContent(hidden)));

    let unchanged = Unchanged::from_now(&deployment);
    unchanged.refused("nobody", block_on(anyone.audit_openings(&openings)), &MembershipReason::Anonymous);
    let stranger = scene.as_(&scene.cast.mallory).membership();
    assert_eq!(answered(block_on(stranger.audit_openings(&openings))).expect("answers").openings, []);
    refuse_bad_rules(&scene, &unchanged);

    let discard = DiscardOpeningsArg { context, up_to: hidden };
    assert_eq!(answered(block_on(dana.discard_openings(&discard))).expect("forgets").discarded, 1);
    assert_eq!(answered(block_on(dana.audit_openings(&openings))).expect("answers").openings, []);
    assert!(shows(entry, &opening).is_ok(), "who kept the opening still can show it");
    let (head, log) = scene.verified_audit_log().expect("a log");
    assert_eq!(
        log.last().map(|last| (last.seq, last.event.clone())),
        Some((head.seq, AuditEvent::OpeningsDiscarded { up_to: hidden, discarded: 1 },))
    );
}

fn refuse_bad_rules<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let elsewhere = ContextId([9; 32]);
    let context = scene.context();
    let mode = |context, mode, seed| SetAuditModeArg { context, mode, seed };
    let registries = |registries: &[Principal]| SetRecordedRegistriesArg { context, registries: registries.to_vec() };
    let twice = [scene.cast.bob.principal(); 2];
    let dana = scene.as_(&scene.cast.dana).membership();
    let invalid = MembershipReason::InvalidSeed;
    for (what, arg, expected) in [
        ("a mode elsewhere", mode(elsewhere, AuditMode::Full, None), MembershipReason::UnknownContext(elsewhere)),
        ("nothing to hide with", mode(context, AuditMode::Hashed, None), invalid.clone()),
        ("a seed of zeros", mode(context, AuditMode::Redacted, Some(Digest32([0; 32]))), invalid.clone()),
        ("a seed to hide nothing", mode(context, AuditMode::Full, Some(SEED)), invalid),
    ] {
        unchanged.refused(what, block_on(dana.set_audit_mode(&arg)), &expected);
    }
    let invalid = MembershipReason::InvalidRegistries { limit: 8 };
    unchanged.refused("one twice", block_on(dana.set_recorded_registries(&registries(&twice))), &invalid);
    let nobody = [Principal::anonymous()];
    unchanged.refused("nobody named", block_on(dana.set_recorded_registries(&registries(&nobody))), &invalid);
    let discard = DiscardOpeningsArg { context, up_to: Seq(u64::MAX) };
    for (who, caller, expected) in [
        ("nobody", scene.anyone(), MembershipReason::Anonymous),
        ("a stranger", scene.as_(&scene.cast.mallory), MembershipReason::NotAdministrator),
        ("a member", scene.as_(&scene.cast.alice), MembershipReason::NotAdministrator),
    ] {
        let caller = caller.membership();
        let redacted = mode(context, AuditMode::Redacted, Some(SEED));
        unchanged.refused(who, block_on(caller.set_audit_mode(&redacted)), &expected);
        unchanged.refused(who, block_on(caller.set_recorded_registries(&registries(&[]))), &expected);
        unchanged.refused(who, block_on(caller.discard_openings(&discard)), &expected);
    }
    let anyone = scene.anyone().membership();
    let unknown = MembershipReason::UnknownContext(elsewhere);
    unchanged.refused("rules elsewhere", block_on(anyone.audit_rules(elsewhere)), &unknown);
}
