//! Methods of `membership` that are no part of the story.

use crate::endpoints::Rows;
use crate::good;
use crate::metered::Metered;
use calisec_sdk::identity::Identity;
use calisec_testkit::Scene;
use calisec_testkit::scene::{Minted, answered};
use calisec_types::ids::{ApplicationId, Digest32, Height, Seq, StateRoot};
use calisec_types::membership::{
    Action, ApplicationCurrentArg, AttestArg, Capability, CapabilityArg, Change, Claim, DecideArg, DecideBatchArg,
    Deed, FinalCheckpointArg, ListResourcesArg, ListSubjectsArg, Question, Quorum, RevokeDeviceArg, Scope,
    SetApplicationArg, SetCheckpointQuorumArg, SetNodeArg, SetRecordedRegistriesArg, SetRoleArg, SimulateArg,
    StaleDevicesArg, Subject, UnlinkPrincipalArg,
};
use candid::Principal;
use pollster::block_on;

const METHODS: &str = "membership";

/// Their rows; two members are left of the story, and the default policies.
pub fn rest(scene: &Scene<'_, Metered>, minted: &Minted, rows: &mut Rows<'_>) {
    roles(scene, rows);
    devices(scene, rows);
    checkpoints(scene, rows);
    inquiries(scene, minted, rows);
    on_record(scene, minted, rows);
}

fn roles(scene: &Scene<'_, Metered>, rows: &mut Rows<'_>) {
    let (context, dana) = (scene.context(), scene.as_(&scene.cast.dana).membership());
    let role = SetRoleArg { context, name: "auditor".to_owned(), capabilities: vec![Capability::Vote] };
    rows.add(METHODS, "set_role", "a new one", || good!(dana.set_role(&role)));
    let own = CapabilityArg { context, account: scene.cast.carol.account(), capability: Capability::Mint };
    rows.add(METHODS, "grant_capability", "", || good!(dana.grant_capability(&own)));
    rows.add(METHODS, "revoke_capability", "", || good!(dana.revoke_capability(&own)));
    rows.add(METHODS, "roles", "four", || good!(scene.anyone().membership().roles(context)));
}

fn devices(scene: &Scene<'_, Metered>, rows: &mut Rows<'_>) {
    let (context, anyone, carol) = (scene.context(), scene.anyone().membership(), &scene.cast.carol);
    let [old, new] = [31, 32].map(|seed| Identity::from_seed([seed; 32]));
    let scope = Scope { read: true, capabilities: vec![Capability::Vote] };
    let add = scene.device(carol, &old, scope, 1);
    rows.add(METHODS, "add_device", "two signatures", || good!(anyone.add_device(&add)));
    let rotate = scene.rotation(carol, &old, &new, 2);
    rows.add(METHODS, "rotate_device", "two signatures", || good!(anyone.rotate_device(&rotate)));
    let stranger = Principal::self_authenticating([9; 44]);
    let link = scene.link(carol, stranger, 3);
    let linked = scene.deployment.called_by(stranger).membership();
    rows.add(METHODS, "link_principal", "", || good!(linked.link_principal(&link)));
    rows.add(METHODS, "identities", "a device and a link", || good!(anyone.identities(context, carol.account())));
    let stale = StaleDevicesArg { context, at: None, after: None, limit: None };
    rows.add(METHODS, "stale_devices", "none", || good!(anyone.stale_devices(&stale)));
    let unlink = UnlinkPrincipalArg { context, principal: stranger };
    rows.add(METHODS, "unlink_principal", "", || good!(linked.unlink_principal(&unlink)));
    let revoke = RevokeDeviceArg { context, account: carol.account(), key: new.device() };
    let dana = scene.as_(&scene.cast.dana).membership();
    rows.add(METHODS, "revoke_device", "", || good!(dana.revoke_device(&revoke)));
}

fn checkpoints(scene: &Scene<'_, Metered>, rows: &mut Rows<'_>) {
    let (context, anyone) = (scene.context(), scene.anyone().membership());
    let dana = scene.as_(&scene.cast.dana).membership();
    let wasm_hash = Digest32([3; 32]);
    let application = SetApplicationArg {
        context,
        application: ApplicationId([2; 32]),
        version: "1.0.0".to_owned(),
        wasm_hash,
        source: "https://example.org/app.wasm".to_owned(),
    };
    rows.add(METHODS, "set_application", "", || good!(dana.set_application(&application)));
    let current = ApplicationCurrentArg { context, wasm_hash };
    rows.add(METHODS, "application_current", "", || good!(anyone.application_current(&current)));
    let quorum = SetCheckpointQuorumArg { context, quorum: Quorum::Count(1) };
    rows.add(METHODS, "set_checkpoint_quorum", "", || good!(dana.set_checkpoint_quorum(&quorum)));
    let claim = Claim { state_root: StateRoot([1; 32]), app_hash: wasm_hash };
    let attest = AttestArg { context, height: Height(1), claim };
    let alice = scene.as_(&scene.cast.alice).membership();
    rows.add(METHODS, "attest", "final by it", || good!(alice.attest(&attest)));
    let last = FinalCheckpointArg { context, height: None };
    rows.add(METHODS, "final_checkpoint", "", || good!(anyone.final_checkpoint(&last)));
    let node = SetNodeArg { context, url: Some("https://node.example.org".to_owned()) };
    rows.add(METHODS, "set_node", "", || good!(dana.set_node(&node)));
}

fn on_record(scene: &Scene<'_, Metered>, minted: &Minted, rows: &mut Rows<'_>) {
    let alice = scene.as_(&scene.cast.alice).membership();
    let ask = scene.may_read(minted, &scene.cast.alice);
    rows.add(METHODS, "record_decision", "default policies", || good!(alice.record_decision(&ask)));
    rows.add(METHODS, "audit_entry_proof", "", || good!(scene.anyone().membership().audit_entry_proof(Seq(1))));
    let dana = scene.as_(&scene.cast.dana).membership();
    let registries = vec![scene.deployment.ids.note_registry];
    let record = SetRecordedRegistriesArg { context: scene.context(), registries };
    rows.add(METHODS, "set_recorded_registries", "one", || good!(dana.set_recorded_registries(&record)));
}

fn inquiries(scene: &Scene<'_, Metered>, minted: &Minted, rows: &mut Rows<'_>) {
    let (context, anyone) = (scene.context(), scene.anyone().membership());
    let ask @ DecideArg { subject, .. } = scene.may_read(minted, &scene.cast.alice);
    rows.add(METHODS, "decision_bundle", "default policies", || good!(anyone.decision_bundle(&ask)));
    rows.add(METHODS, "explain", "default policies", || good!(anyone.explain(&ask)));
    let question = Question { subject, action: Action::Read, note: ask.note.clone(), purpose: None };
    let batch = DecideBatchArg { context, questions: vec![question; 20] };
    rows.add(METHODS, "decide_batch", "twenty questions", || good!(anyone.decide_batch(&batch)));
    let deed = Deed { action: Action::Read, note: ask.note, purpose: None };
    let who = ListSubjectsArg { context, deed: deed.clone(), after: None, limit: None };
    rows.add(METHODS, "list_subjects", "a few members", || good!(anyone.list_subjects(&who)));
    let subject = Subject::Account(scene.cast.carol.account());
    let what = ListResourcesArg { context, subject, action: Action::Read, purpose: None, after: None, limit: None };
    rows.add(METHODS, "list_resources", "no grant", || good!(anyone.list_resources(&what)));
    let change = Change::SetPolicy { cedar: "permit (principal, action, resource);".to_owned() };
    let simulate = SimulateArg { context, change, samples: vec![deed], after: None, limit: None };
    rows.add(METHODS, "simulate", "a policy for a few members", || good!(anyone.simulate(&simulate)));
}
