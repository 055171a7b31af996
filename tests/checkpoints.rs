//! Checkpoints on the real module (F8): finality, divergence, equivocation, proofs; and a node asked by HTTPS outcall.

use calisec_sdk::Random;
use calisec_sdk::identity::{Identity, OwnershipClaimPayload};
use calisec_sdk::verify::{self, FactError, Trust};
use calisec_testkit::backend::{Backend, WebAnswer, WebRequest, WebResponse};
use calisec_testkit::scene::answered;
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_tests::journeys;
use calisec_types::ids::{AccountId, ApplicationId, ContextId, Digest32, Height, StateRoot};
use calisec_types::membership::{
    AddMemberArg, ApplicationCurrentArg, AttestArg, Attested, CheckGroupStateArg, Claim, Divergence, DivergenceKind,
    DivergencesArg, FetchFailure, FetchOutcome, FetchStateArg, FetchedState, FinalCheckpointArg, GroupRole,
    ListedMember, MembershipError, Quorum, SetApplicationArg, SetCheckpointQuorumArg, SetNodeArg, Verdict,
};
use candid::{decode_one, encode_one};
use pollster::block_on;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

const H: Height = Height(7);
const URL: &str = "https://node.example.org/calimero";
const APPLICATION: ApplicationId = ApplicationId([7; 32]);

fn main() -> ExitCode {
    calisec_tests::run(journeys![
        should_be_final_at_the_quorum_and_prove_it_to_who_was_not_there,
        should_keep_divergence_and_equivocation_on_record,
        should_compare_a_nodes_answer_with_the_checkpoint,
        should_agree_on_what_every_node_of_the_subnet_is_told_differently,
        should_record_every_failure_and_go_on,
        should_agree_with_a_live_node_when_a_claim_registered_its_group_and_context,
    ])
}

fn deploy<B: Backend>(backend: B) -> Deployment<B> {
    Setup::default().on(backend).expect("the four canisters install")
}

fn claim(seed: u8) -> Claim {
    Claim { state_root: StateRoot([seed; 32]), app_hash: Digest32([1; 32]) }
}

/// A context in which Alice, Bob and Carol may attest.
fn scene<B: Backend>(deployment: &Deployment<B>) -> Scene<'_, B> {
    let scene = Scene::new(deployment, Random::from_seed([3; 32]));
    scene.until_members().expect("members");
    for who in [&scene.cast.alice, &scene.cast.bob, &scene.cast.carol] {
        let arg = scene.member(who, "contributor");
        block_on(scene.as_(&scene.cast.dana).membership().add_member(&arg)).expect("answers").expect("adds");
    }
    scene
}

fn attest<B: Backend>(scene: &Scene<'_, B>, who: &Identity, seed: u8) -> Attested {
    let arg = AttestArg { context: scene.context(), height: H, claim: claim(seed) };
    block_on(scene.as_(who).membership().attest(&arg)).expect("answers").expect("attests")
}

fn divergences<B: Backend>(scene: &Scene<'_, B>) -> Vec<Divergence> {
    let arg = DivergencesArg { context: scene.context(), after: None, limit: None };
    block_on(scene.anyone().membership().divergences(&arg)).expect("answers").expect("a page").divergences
}

fn should_be_final_at_the_quorum_and_prove_it_to_who_was_not_there<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = scene(&deployment);
    let (cast, context) = (&scene.cast, scene.context());
    let anyone = scene.anyone().membership();
    let (id, root_key) = (anyone.canister(), deployment.backend.root_key());
    let proved = |height: Option<Height>| {
        let arg = FinalCheckpointArg { context, height };
        let answer = block_on(anyone.final_checkpoint(&arg)).expect("answers").expect("exists");
        let trust = Trust { root_key: &root_key, now: deployment.backend.now() };
        verify::final_checkpoint(&answer, id, (&context, height), &trust).expect("verifies")
    };
    assert_eq!(proved(None), None);
    assert!(!attest(&scene, &cast.alice, 1).is_final);
    assert_eq!(proved(Some(H)), None);
    let second = attest(&scene, &cast.bob, 1);
    assert_eq!((second.is_final, second.count, second.required), (true, 2, 2));
    let fact = proved(None).expect("final");
    assert_eq!((fact.height, fact.claim, fact.required, fact.seq), (H, claim(1), 2, second.seq));
    assert_eq!(proved(Some(H)), Some(fact));
    deployment.upgrade_all().expect("upgrades");
    assert_eq!(proved(None), Some(fact));

    let application = SetApplicationArg {
        context,
        application: APPLICATION,
        version: "1.0.0".to_owned(),
        wasm_hash: Digest32([1; 32]),
        source: "https://example.org/app.wasm".to_owned(),
    };
    block_on(scene.as_(&cast.dana).membership().set_application(&application)).expect("answers").expect("sets");
    let trust = Trust { root_key: &root_key, now: deployment.backend.now() };
    for (hash, is_current) in [(1, true), (2, false)] {
        let wasm_hash = Digest32([hash; 32]);
        let arg = ApplicationCurrentArg { context, wasm_hash };
        let answer = block_on(anyone.application_current(&arg)).expect("answers").expect("exists");
        assert_eq!(answer.is_current, is_current);
        let verified = verify::application_is_current(&answer, id, (&context, &wasm_hash), &trust);
        assert_eq!(verified.expect("verifies"), is_current);
        // What a lying relay could change.
        let mut other = answer.clone();
        other.application.as_mut().expect("set").wasm_hash = Digest32([9; 32]);
        let lie = verify::application(&other, id, &context, &trust);
        assert!(matches!(lie, Err(FactError::NotTold)), "{lie:?}");
        let mut hidden = answer.clone();
        hidden.application = None;
        assert!(verify::application(&hidden, id, &context, &trust).is_err());
        let elsewhere = scene.cast.mallory.context();
        assert!(verify::application(&answer, id, &elsewhere, &trust).is_err(), "of another context");
        let mut bare = answer;
        bare.certificate = None;
        assert!(matches!(verify::application(&bare, id, &context, &trust), Err(FactError::NoCertificate)));
    }
    let arg = FinalCheckpointArg { context, height: Some(H) };
    let mut lie = block_on(anyone.final_checkpoint(&arg)).expect("answers").expect("exists");
    lie.checkpoint.as_mut().expect("final").claim = claim(2);
    let refused = verify::final_checkpoint(&lie, id, (&context, Some(H)), &trust);
    assert!(matches!(refused, Err(FactError::NotTold)), "{refused:?}");
    lie.checkpoint = None;
    assert!(verify::final_checkpoint(&lie, id, (&context, Some(H)), &trust).is_err(), "it cannot be hidden");
}

fn should_keep_divergence_and_equivocation_on_record<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = scene(&deployment);
    let cast = &scene.cast;
    attest(&scene, &cast.alice, 1);
    let second = attest(&scene, &cast.bob, 2);
    assert_eq!((second.is_final, second.divergence), (false, Some(second.seq)));
    let changed = attest(&scene, &cast.bob, 1);
    assert_eq!((changed.verdict, changed.is_final, changed.count), (Verdict::Equivocated, false, 1));
    assert!(attest(&scene, &cast.carol, 1).is_final);
    let kinds: Vec<_> = divergences(&scene).iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [DivergenceKind::Attestations, DivergenceKind::Equivocation]);
}

fn set_node<B: Backend>(scene: &Scene<'_, B>) {
    let arg = SetNodeArg { context: scene.context(), url: Some(URL.to_owned()) };
    block_on(scene.as_(&scene.cast.dana).membership().set_node(&arg)).expect("answers").expect("sets");
}

/// Alice has the node asked; `web` answers for it. Then a minute passes.
fn fetch<B: Backend>(scene: &Scene<'_, B>, web: &mut dyn FnMut(&WebRequest) -> WebAnswer) -> FetchedState {
    fetch_of(scene, scene.context(), web)
}

fn fetch_of<B: Backend>(
    scene: &Scene<'_, B>,
    context: ContextId,
    web: &mut dyn FnMut(&WebRequest) -> WebAnswer,
) -> FetchedState {
    let arg = encode_one(FetchStateArg { context }).expect("encodes");
    let (backend, canister) = (&scene.deployment.backend, scene.deployment.ids.membership);
    let reply = backend.update_with_web(scene.cast.alice.principal(), canister, "fetch_state", &arg, web);
    let answer: Result<FetchedState, MembershipError> = decode_one(&reply.expect("answers")).expect("decodes");
    backend.advance(Duration::from_secs(61));
    answer.expect("asks")
}

/// What merod answers; of `heads` heads of its history, the first is `head`.
fn merod<B: Backend>(scene: &Scene<'_, B>, root: u8, (heads, head): (usize, u8)) -> WebResponse {
    let (context, root) = (scene.context(), StateRoot([root; 32]));
    let bytes = vec![head.to_string(); 32].join(",");
    let heads = vec![format!("[{bytes}]"); heads].join(",");
    let body = format!(
        "{{\"data\":{{\"id\":\"{context}\",\"applicationId\":\"{APPLICATION}\",\"contextStateHash\":\"{root}\",\
         \"dagHeads\":[{heads}],\"applicationVersion\":\"1.0.0\"}}}}"
    );
    let headers =
        vec![("date".to_owned(), format!("{head}")), ("content-type".to_owned(), "application/json".to_owned())];
    WebResponse { headers, ..WebResponse::ok(body) }
}

fn should_compare_a_nodes_answer_with_the_checkpoint<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = scene(&deployment);
    set_node(&scene);
    let mut asked = Vec::new();
    let first = fetch(&scene, &mut |request| {
        asked.push(request.clone());
        WebAnswer::Response(merod(&scene, 1, (1, 1)))
    });
    assert_eq!(first.outcome, FetchOutcome::NothingToCompare);
    let [request] = asked.try_into().expect("asked once");
    assert_eq!(request.url, format!("{URL}/admin-api/contexts/{}", scene.context()));
    assert_eq!((request.headers, request.body.len()), (vec![], 0), "no secrets");
    assert_eq!(request.max_response_bytes, Some(8 * 1024));
    attest(&scene, &scene.cast.alice, 1);
    attest(&scene, &scene.cast.bob, 1);
    let same = fetch(&scene, &mut |_| WebAnswer::Response(merod(&scene, 1, (2, 9))));
    assert_eq!(same.outcome, FetchOutcome::Match { height: H });
    assert_eq!(same.state.expect("a state").application, APPLICATION);
    let other = fetch(&scene, &mut |_| WebAnswer::Response(merod(&scene, 2, (1, 1))));
    assert_eq!(other.outcome, FetchOutcome::Mismatch { height: H, raised: true });
    let [found] = divergences(&scene).try_into().expect("one");
    assert_eq!((found.kind, found.seq), (DivergenceKind::NodeState, other.seq));
}

/// Every node of the subnet is told other heads and another date: the transform keeps what they must agree on.
fn should_agree_on_what_every_node_of_the_subnet_is_told_differently<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = scene(&deployment);
    set_node(&scene);
    let heads = |root: fn(u8) -> u8| (0..13).map(|node| merod(&scene, root(node), (1, node))).collect();
    let agreed = fetch(&scene, &mut |_| WebAnswer::ByNode(heads(|_| 1)));
    assert_eq!(agreed.state.map(|state| state.state_root), Some(StateRoot([1; 32])));
    let split = fetch(&scene, &mut |_| WebAnswer::ByNode(heads(|node| node)));
    let FetchOutcome::Failed(FetchFailure::NoResponse(why)) = split.outcome else { panic!("{split:?}") };
    assert!(why.contains("No consensus could be reached"), "{why}");
}

fn should_record_every_failure_and_go_on<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = scene(&deployment);
    set_node(&scene);
    attest(&scene, &scene.cast.alice, 1);
    attest(&scene, &scene.cast.bob, 1);
    let failed = |answer: WebAnswer| {
        let fetched = fetch(&scene, &mut |_| answer.clone());
        let FetchOutcome::Failed(failure) = fetched.outcome else { panic!("{fetched:?}") };
        assert_eq!(fetched.state, None);
        failure
    };
    let response = |status: u16, body: &str| WebResponse { status, ..WebResponse::ok(body) };
    let body = merod(&scene, 1, (1, 1)).body;
    let page = String::from_utf8(body).expect("text");
    let other = page.replace(&scene.context().to_string(), &scene.cast.mallory.context().to_string());
    for (desc, answer, expected) in [
        ("an error", response(500, &page), FetchFailure::Status(500)),
        ("a page", response(200, "<html>welcome</html>"), FetchFailure::Malformed),
        ("nothing", response(200, ""), FetchFailure::Malformed),
        ("another context", response(200, &other), FetchFailure::OtherContext(scene.cast.mallory.context())),
    ] {
        assert_eq!(failed(WebAnswer::Response(answer)), expected, "{desc}");
    }
    for (desc, answer, part) in [
        ("unreachable", WebAnswer::Failure(2, "Connection refused".to_owned()), "Connection refused"),
        ("silent", WebAnswer::Silence, "timed out"),
    ] {
        let FetchFailure::NoResponse(why) = failed(answer) else { panic!("{desc}") };
        assert!(why.contains(part), "{desc}: {why}");
    }
    if deployment.backend.name() == "embedded engine" {
        // PocketIC takes what it is given, whatever its size.
        let FetchFailure::NoResponse(why) = failed(WebAnswer::Response(merod(&scene, 1, (100, 200)))) else {
            panic!("too large")
        };
        assert!(why.contains("exceeds size limit"), "{why}");
    }
    let fine = fetch(&scene, &mut |_| WebAnswer::Response(merod(&scene, 1, (1, 1))));
    assert_eq!(fine.outcome, FetchOutcome::Match { height: H });
    assert_eq!(divergences(&scene), []);
}

/// What a live node answered, about a group and a context that were registered by a claim: both have other ids here.
fn should_agree_with_a_live_node_when_a_claim_registered_its_group_and_context<B: Backend>(backend: B) {
    let live: Value = serde_json::from_str(include_str!("vectors/calimero/live_node.json")).expect("JSON");
    let text = |field: &str| live[field].as_str().expect("text").to_owned();
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, Random::from_seed([3; 32]));
    let (dana, alice) = (&scene.cast.dana, &scene.cast.alice);
    let claim = OwnershipClaimPayload {
        group: text("group_id_hex").parse().expect("an id"),
        context: Some(text("context_id_bs58").parse().expect("an id")),
        ..scene.claim_payload()
    };
    let anyone = scene.anyone().membership();
    let claim = scene.cast.mallory.sign_ownership_claim(&claim);
    let context = answered(block_on(anyone.register_claim(&claim))).expect("registers").id;

    // The node's list of members, one of whom is registered by its root key.
    let membership = scene.as_(dana).membership();
    let root = &live["admin_api"]["GET /admin-api/identity"]["data"]["accountRootPublicKey"];
    let root: Digest32 = root.as_str().expect("text").parse().expect("hex");
    let add = |account, role: &str| {
        let arg = AddMemberArg { context, account, role: role.to_owned(), kem_key: alice.kem_key() };
        answered(block_on(membership.add_member(&arg))).expect("adds");
    };
    add(AccountId(root.0), "reader");
    let account: Digest32 = text("account_hex").parse().expect("hex");
    let list = CheckGroupStateArg {
        context,
        admin_account: account,
        owner_account: account,
        target_application: text("target_application_id_bs58").parse().expect("an application"),
        members: vec![ListedMember { account, role: GroupRole::Admin }],
        claimed_hash: text("group_state_hash_hex").parse().expect("hex"),
        after: None,
        limit: None,
    };
    let checked = answered(block_on(anyone.check_group_state(&list))).expect("answers");
    assert_eq!((checked.matches, checked.missing, checked.found), (true, vec![], vec![account]));

    // Its state, asked by the id that it knows and final before it was asked.
    add(alice.account(), "contributor");
    let quorum = SetCheckpointQuorumArg { context, quorum: Quorum::Count(1) };
    answered(block_on(membership.set_checkpoint_quorum(&quorum))).expect("sets");
    let state_root = text("context_state_hash_bs58_after_one_set").parse().expect("a root");
    let arg = AttestArg { context, height: H, claim: Claim { state_root, app_hash: Digest32([1; 32]) } };
    assert!(answered(block_on(scene.as_(alice).membership().attest(&arg))).expect("attests").is_final);
    let node = SetNodeArg { context, url: Some(URL.to_owned()) };
    answered(block_on(membership.set_node(&node))).expect("sets");
    let fetched = fetch_of(&scene, context, &mut |request| {
        assert_eq!(request.url, format!("{URL}/admin-api/contexts/{}", text("context_id_bs58")));
        WebAnswer::Response(WebResponse::ok(live["admin_api"]["GET /admin-api/contexts/:id"].to_string()))
    });
    assert_eq!(fetched.outcome, FetchOutcome::Match { height: H });
}
