//! Bad input to membership: what is reported about a context, and what is asked about its members.

use crate::{deploy, random};
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_tests::Unchanged;
use calisec_types::ids::{ApplicationId, ContextId, Digest32, GrantId, Height, NoteId, PolicyVersion, Seq, StateRoot};
use calisec_types::membership::{
    Action, ApplicationCurrentArg, ApplicationHistoryArg, AttestArg, AttestationsArg, Capability, Change,
    CheckGroupStateArg, CheckpointsArg, Claim, DecideAndUseArg, DecideBatchArg, Deed, DivergencesArg, FetchStateArg,
    FinalCheckpointArg, GroupRole, ListResourcesArg, ListSubjectsArg, ListedMember, MAX_QUESTIONS, MAX_SAMPLES,
    MembershipReason, NoteResource, Question, Quorum, SetApplicationArg, SetCheckpointQuorumArg, SetNodeArg,
    SimulateArg, Subject, calimero_account,
};
use pollster::block_on;

const ELSEWHERE: ContextId = ContextId([9; 32]);
const UNKNOWN: MembershipReason = MembershipReason::UnknownContext(ELSEWHERE);

pub fn should_refuse_bad_reports_and_inquiries_to_membership<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let scene = Scene::new(&deployment, random());
    scene.until_members().expect("members");
    let unchanged = Unchanged::from_now(&deployment);
    refuse_bad_applications(&scene, &unchanged);
    refuse_bad_checkpoints(&scene, &unchanged);
    refuse_bad_nodes(&scene, &unchanged);
    refuse_bad_inquiries(&scene, &unchanged);
    refuse_bad_simulations(&scene, &unchanged);
}

fn refuse_bad_applications<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let context = scene.context();
    let good = SetApplicationArg {
        context,
        application: ApplicationId([1; 32]),
        version: "1".to_owned(),
        wasm_hash: Digest32([1; 32]),
        source: String::new(),
    };
    let dana = scene.as_(&scene.cast.dana).membership();
    let version = |version: &str| SetApplicationArg { version: version.to_owned(), ..good.clone() };
    let source = |source: &str| SetApplicationArg { source: source.to_owned(), ..good.clone() };
    for (what, arg, expected) in [
        ("no version", version(""), MembershipReason::InvalidVersion),
        ("a long version", version(&"1".repeat(65)), MembershipReason::InvalidVersion),
        ("a version of two lines", version("1\n2"), MembershipReason::InvalidVersion),
        ("a long source", source(&"s".repeat(513)), MembershipReason::InvalidSource),
        ("a source with a space", source("https://a b"), MembershipReason::InvalidSource),
        ("an application elsewhere", SetApplicationArg { context: ELSEWHERE, ..good.clone() }, UNKNOWN),
    ] {
        unchanged.refused(what, block_on(dana.set_application(&arg)), &expected);
    }
    let missing = MembershipReason::MissingCapability(Capability::ManageApplication);
    for (what, caller, expected) in [
        ("nobody's application", scene.anyone(), MembershipReason::Anonymous),
        ("a member's application", scene.as_(&scene.cast.alice), missing.clone()),
        ("a stranger's application", scene.as_(&scene.cast.mallory), missing),
    ] {
        unchanged.refused(what, block_on(caller.membership().set_application(&good)), &expected);
    }
    let anyone = scene.anyone().membership();
    unchanged.refused("none yet", block_on(anyone.application(context)), &MembershipReason::NoApplication);
    unchanged.refused("elsewhere", block_on(anyone.application(ELSEWHERE)), &UNKNOWN);
    let current = ApplicationCurrentArg { context: ELSEWHERE, wasm_hash: Digest32([1; 32]) };
    unchanged.refused("elsewhere", block_on(anyone.application_current(&current)), &UNKNOWN);
    let history = ApplicationHistoryArg { context: ELSEWHERE, after: None, limit: Some(u32::MAX) };
    unchanged.refused("elsewhere", block_on(anyone.application_history(&history)), &UNKNOWN);
}

fn refuse_bad_checkpoints<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let context = scene.context();
    let claim = Claim { state_root: StateRoot([1; 32]), app_hash: Digest32([1; 32]) };
    let good = AttestArg { context, height: Height(1), claim };
    let missing = MembershipReason::MissingCapability(Capability::Checkpoint);
    for (what, caller, arg, expected) in [
        ("nobody attests", scene.anyone(), good, MembershipReason::Anonymous),
        ("a stranger attests", scene.as_(&scene.cast.mallory), good, missing.clone()),
        ("a reader attests", scene.as_(&scene.cast.bob), good, missing),
        ("an attestation elsewhere", scene.as_(&scene.cast.alice), AttestArg { context: ELSEWHERE, ..good }, UNKNOWN),
        (
            "an administrator that is no member",
            scene.as_(&scene.cast.dana),
            good,
            MembershipReason::NotAMember(scene.cast.dana.principal()),
        ),
    ] {
        unchanged.refused(what, block_on(caller.membership().attest(&arg)), &expected);
    }
    let dana = scene.as_(&scene.cast.dana).membership();
    let quorum = |quorum| SetCheckpointQuorumArg { context, quorum };
    for bad in [Quorum::Count(0), Quorum::BasisPoints(0), Quorum::BasisPoints(10_001)] {
        let answer = block_on(dana.set_checkpoint_quorum(&quorum(bad)));
        unchanged.refused("no quorum", answer, &MembershipReason::InvalidQuorum);
    }
    let missing = MembershipReason::MissingCapability(Capability::ManageMembers);
    for (what, caller, expected) in [
        ("nobody's quorum", scene.anyone(), MembershipReason::Anonymous),
        ("a member's quorum", scene.as_(&scene.cast.alice), missing),
    ] {
        let answer = block_on(caller.membership().set_checkpoint_quorum(&quorum(Quorum::Count(1))));
        unchanged.refused(what, answer, &expected);
    }
    let anyone = scene.anyone().membership();
    unchanged.refused("elsewhere", block_on(anyone.checkpoint_quorum(ELSEWHERE)), &UNKNOWN);
    unchanged.refused("elsewhere", block_on(anyone.checkpoint(ELSEWHERE, None)), &UNKNOWN);
    let unattested = MembershipReason::UnknownHeight(Height(9));
    unchanged.refused("nobody attested it", block_on(anyone.checkpoint(context, Some(Height(9)))), &unattested);
    let nothing_final = MembershipReason::NoFinalCheckpoint;
    unchanged.refused("none is final", block_on(anyone.checkpoint(context, None)), &nothing_final);
    let wanted = FinalCheckpointArg { context: ELSEWHERE, height: None };
    unchanged.refused("elsewhere", block_on(anyone.final_checkpoint(&wanted)), &UNKNOWN);
    let page = CheckpointsArg { context: ELSEWHERE, after: None, limit: Some(0) };
    unchanged.refused("elsewhere", block_on(anyone.checkpoints(&page)), &UNKNOWN);
    let page = AttestationsArg { context: ELSEWHERE, height: Height(1), after: None, limit: Some(0) };
    unchanged.refused("elsewhere", block_on(anyone.attestations(&page)), &UNKNOWN);
    let page = DivergencesArg { context: ELSEWHERE, after: Some(Seq(u64::MAX)), limit: None };
    unchanged.refused("elsewhere", block_on(anyone.divergences(&page)), &UNKNOWN);
    let account = calimero_account(scene.cast.bob.account());
    let listed = ListedMember { account, role: GroupRole::Member };
    let list = |members: Vec<ListedMember>| CheckGroupStateArg {
        context,
        admin_account: account,
        owner_account: account,
        target_application: ApplicationId([1; 32]),
        members,
        claimed_hash: Digest32([1; 32]),
        after: None,
        limit: None,
    };
    let twice = MembershipReason::ListedTwice(account);
    unchanged.refused("a member twice", block_on(anyone.check_group_state(&list(vec![listed; 2]))), &twice);
    let long = MembershipReason::TooManyListed { limit: 10_000 };
    unchanged.refused("a long list", block_on(anyone.check_group_state(&list(vec![listed; 10_001]))), &long);
    let elsewhere = CheckGroupStateArg { context: ELSEWHERE, ..list(vec![listed]) };
    unchanged.refused("a list elsewhere", block_on(anyone.check_group_state(&elsewhere)), &UNKNOWN);
}

fn refuse_bad_nodes<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let context = scene.context();
    let node = |context, url: &str| SetNodeArg { context, url: Some(url.to_owned()) };
    let dana = scene.as_(&scene.cast.dana).membership();
    let long = format!("https://{}", "h".repeat(200));
    for url in [
        "",
        "http://node.example",
        "https://",
        "https://user@node.example",
        "https://node.example:0",
        "https://node.example:70000",
        "https://node.example/a?b",
        "https://node.example/a#b",
        "https://node.example/../a",
        "https://größe.example",
        long.as_str(),
    ] {
        unchanged.refused_as(url, block_on(dana.set_node(&node(context, url))), |reason| {
            matches!(reason, MembershipReason::InvalidNodeUrl(_))
        });
    }
    unchanged.refused("elsewhere", block_on(dana.set_node(&node(ELSEWHERE, "https://node.example"))), &UNKNOWN);
    let good = node(context, "https://node.example");
    let missing = MembershipReason::MissingCapability(Capability::ManageApplication);
    for (what, caller, expected) in [
        ("nobody's node", scene.anyone(), MembershipReason::Anonymous),
        ("a member's node", scene.as_(&scene.cast.alice), missing.clone()),
        ("a stranger's node", scene.as_(&scene.cast.mallory), missing),
    ] {
        unchanged.refused(what, block_on(caller.membership().set_node(&good)), &expected);
    }
    let fetch = FetchStateArg { context };
    unchanged.refused("no node", block_on(dana.fetch_state(&fetch)), &MembershipReason::NoNode);
    let elsewhere = FetchStateArg { context: ELSEWHERE };
    unchanged.refused("a node elsewhere", block_on(dana.fetch_state(&elsewhere)), &UNKNOWN);
    let nobody = block_on(scene.anyone().membership().fetch_state(&fetch));
    unchanged.refused("nobody asks", nobody, &MembershipReason::Anonymous);
    unchanged.refused("a node elsewhere", block_on(scene.anyone().membership().node(ELSEWHERE)), &UNKNOWN);
}

fn refuse_bad_inquiries<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let (context, anyone) = (scene.context(), scene.anyone().membership());
    let subject = Subject::Account(scene.cast.bob.account());
    let mint = Deed { action: Action::Mint, note: None, purpose: None };
    let read = Deed { action: Action::Read, ..mint.clone() };
    let mismatch = MembershipReason::ResourceMismatch(Action::Read);
    let question = Question { subject, action: Action::Mint, note: None, purpose: None };
    let batch = |context, count| DecideBatchArg { context, questions: vec![question.clone(); count] };
    let limit = MembershipReason::TooManyQuestions { limit: MAX_QUESTIONS as u32 };
    let answer = block_on(anyone.decide_batch(&batch(context, MAX_QUESTIONS + 1)));
    unchanged.refused("too many questions", answer, &limit);
    unchanged.refused("questions elsewhere", block_on(anyone.decide_batch(&batch(ELSEWHERE, 1))), &UNKNOWN);

    let mut asked = scene.may_mint(scene.cast.bob.principal());
    asked.purpose = Some("Not a name".to_owned());
    let purpose = MembershipReason::InvalidName { field: "purpose".to_owned(), limit: 64 };
    unchanged.refused("a purpose that is no name", block_on(anyone.explain(&asked)), &purpose);
    asked.purpose = None;
    asked.context = ELSEWHERE;
    unchanged.refused("explaining elsewhere", block_on(anyone.explain(&asked)), &UNKNOWN);

    let subjects =
        |context, deed: &Deed| ListSubjectsArg { context, deed: deed.clone(), after: None, limit: Some(u32::MAX) };
    unchanged.refused("subjects elsewhere", block_on(anyone.list_subjects(&subjects(ELSEWHERE, &mint))), &UNKNOWN);
    unchanged.refused("who reads nothing", block_on(anyone.list_subjects(&subjects(context, &read))), &mismatch);
    let resources = |context, purpose: Option<&str>| ListResourcesArg {
        context,
        subject,
        action: Action::Read,
        purpose: purpose.map(str::to_owned),
        after: None,
        limit: Some(0),
    };
    unchanged.refused("resources elsewhere", block_on(anyone.list_resources(&resources(ELSEWHERE, None))), &UNKNOWN);
    let answer = block_on(anyone.list_resources(&resources(context, Some(""))));
    unchanged.refused("a purpose without letters", answer, &purpose);

    let mut used = scene.may_mint(scene.cast.bob.principal());
    let key = Digest32([4; 32]);
    let answer = block_on(anyone.decide_and_use(&DecideAndUseArg { question: used.clone(), key }));
    unchanged.refused("a use of no note", answer, &MembershipReason::NotRegistry);
    used.action = Action::Read;
    used.note = Some(NoteResource {
        registry: scene.deployment.ids.note_registry,
        note: NoteId(1),
        owner: scene.cast.bob.principal(),
        kind: None,
        epoch: None,
    });
    let answer = block_on(anyone.decide_and_use(&DecideAndUseArg { question: used, key }));
    unchanged.refused("a use that the registry does not count", answer, &MembershipReason::NotRegistry);
}

fn refuse_bad_simulations<B: Backend>(scene: &Scene<'_, B>, unchanged: &Unchanged<'_, B>) {
    let (context, anyone) = (scene.context(), scene.anyone().membership());
    let mint = Deed { action: Action::Mint, note: None, purpose: None };
    let good = SimulateArg {
        context,
        change: Change::SetPolicy { cedar: "permit (principal, action, resource);".to_owned() },
        samples: vec![mint.clone()],
        after: None,
        limit: None,
    };
    let limit = MembershipReason::TooManyQuestions { limit: MAX_SAMPLES as u32 };
    let samples = |samples: Vec<Deed>| SimulateArg { samples, ..good.clone() };
    let change = |change| SimulateArg { change, ..good.clone() };
    for (what, arg, expected) in [
        ("no samples", samples(Vec::new()), limit.clone()),
        ("too many samples", samples(vec![mint.clone(); MAX_SAMPLES + 1]), limit),
        (
            "a sample about nothing",
            samples(vec![Deed { action: Action::Read, ..mint }]),
            MembershipReason::ResourceMismatch(Action::Read),
        ),
        (
            "a grant that is not",
            change(Change::Revoke { grant: GrantId(99) }),
            MembershipReason::UnknownGrant(GrantId(99)),
        ),
        ("a simulation elsewhere", SimulateArg { context: ELSEWHERE, ..good.clone() }, UNKNOWN),
    ] {
        unchanged.refused(what, block_on(anyone.simulate(&arg)), &expected);
    }
    let broken = change(Change::SetPolicy { cedar: "let everybody in".to_owned() });
    unchanged.refused_as("no policy language", block_on(anyone.simulate(&broken)), |reason| {
        matches!(reason, MembershipReason::InvalidPolicy(_))
    });
    let policy = block_on(anyone.policy(context)).expect("answers").expect("is there");
    assert_eq!(policy.version, PolicyVersion(1), "a simulation changes nothing");
}
