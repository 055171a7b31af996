//! Asking a context's node: who may, what it costs, what its answers come to, and what may happen meanwhile.

use crate::api::{self, Asking};
use crate::test_fixtures::{FETCH_PRICE, START, World, account, administrator, context_id, reason, stranger, vectors};
use calisec_clients::CallError;
use calisec_runtime::HttpAnswer;
use calisec_types::ids::{ApplicationId, ContextId, Digest32, Height, StateRoot, Timestamp};
use calisec_types::membership::{
    AttestArg, Capability, Claim, Divergence, DivergenceKind, DivergencesArg, FETCH_CYCLES_PER_CONTEXT_AND_DAY,
    FETCH_CYCLES_PER_DAY, FETCH_INTERVAL_SECONDS, FetchFailure, FetchOutcome, FetchStateArg, FetchedState,
    MembershipReason, SetApplicationArg, SetNodeArg, Witness,
};
use candid::Principal;

const URL: &str = "https://node.example.org";
const APPLICATION: ApplicationId = ApplicationId([7; 32]);

/// A context with a node and one contributor, account 1.
fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "contributor").expect("adds");
    set_node(&mut world, Some(URL)).expect("sets");
    world
}

fn set_node(world: &mut World, url: Option<&str>) -> Result<(), MembershipReason> {
    world.env.call_as(administrator());
    let arg = SetNodeArg { context: context_id(1), url: url.map(str::to_owned) };
    api::set_node(&world.env, &mut world.state, &arg).map(|_| ()).map_err(reason)
}

fn ask_at(world: &mut World, context: ContextId, who: Principal, price: u128) -> Result<Asking, MembershipReason> {
    world.env.call_as(who);
    api::begin_fetch(&world.env, &mut world.state, |_| price, FetchStateArg { context }).map_err(reason)
}

fn ask(world: &mut World) -> Asking {
    ask_at(world, context_id(1), account(1).principal(), FETCH_PRICE).expect("asks")
}

fn answer(root: u8) -> Result<HttpAnswer, CallError> {
    let (context, root) = (context_id(1), StateRoot([root; 32]));
    let body = format!(
        "{{\"data\":{{\"id\":\"{context}\",\"applicationId\":\"{APPLICATION}\",\"contextStateHash\":\"{root}\"}}}}"
    );
    Ok(HttpAnswer { status: 200, body: body.into_bytes() })
}

fn hear(world: &mut World, asking: Asking, answer: Result<HttpAnswer, CallError>) -> FetchedState {
    world.env.call_as(Principal::management_canister());
    let heard = api::end_fetch(&world.env, &mut world.state, asking, answer);
    world.env.advance_seconds(FETCH_INTERVAL_SECONDS);
    heard
}

fn finalise(world: &mut World, height: u64, root: u8) {
    world.env.call_as(account(1).principal());
    let claim = Claim { state_root: StateRoot([root; 32]), app_hash: Digest32([1; 32]) };
    let arg = AttestArg { context: context_id(1), height: Height(height), claim };
    assert!(api::attest(&world.env, &mut world.state, &arg).expect("attests").is_final);
}

fn divergences(world: &World) -> Vec<Divergence> {
    let arg = DivergencesArg { context: context_id(1), after: None, limit: None };
    api::divergences(&world.state, &arg).expect("answers").divergences
}

#[test]
fn should_compare_the_answer_with_the_highest_final_checkpoint() {
    let mut world = world();
    let asking = ask(&mut world);
    assert_eq!(asking.question.url, format!("{URL}/admin-api/contexts/{}", context_id(1)));
    let first = hear(&mut world, asking, answer(1));
    assert_eq!((first.outcome, first.application_matches), (FetchOutcome::NothingToCompare, None));
    finalise(&mut world, 5, 1);
    world.env.call_as(administrator());
    let arg = SetApplicationArg {
        context: context_id(1),
        application: APPLICATION,
        version: "1".to_owned(),
        wasm_hash: Digest32([1; 32]),
        source: String::new(),
    };
    api::set_application(&world.env, &mut world.state, &arg).expect("sets");
    let asking = ask(&mut world);
    let same = hear(&mut world, asking, answer(1));
    assert_eq!((same.outcome, same.application_matches), (FetchOutcome::Match { height: Height(5) }, Some(true)));
    assert_eq!(divergences(&world), []);
    let asking = ask(&mut world);
    let other = hear(&mut world, asking, answer(2));
    assert_eq!(other.outcome, FetchOutcome::Mismatch { height: Height(5), raised: true });
    let [found] = divergences(&world).try_into().expect("one");
    assert_eq!((found.seq, found.height, found.kind), (other.seq, Height(5), DivergenceKind::NodeState));
    assert_eq!((found.expected.by, found.expected.state_root), (Witness::Account(account(1)), StateRoot([1; 32])));
    assert_eq!((found.found.by, found.found.app_hash), (Witness::Node(URL.to_owned()), None));
    assert_eq!(found.found.state_root, StateRoot([2; 32]));
    let node = api::node(&world.env, &world.state, context_id(1)).expect("answers");
    assert_eq!(node.last.expect("asked").outcome, FetchOutcome::Mismatch { height: Height(5), raised: true });
    let entry = world.state.audit_entries(other.seq, 1).remove(0);
    assert_eq!(entry.caller, account(1).principal(), "the log names who asked");
}

#[test]
fn should_not_raise_the_same_divergence_again() {
    let mut world = world();
    finalise(&mut world, 5, 1);
    for (root, raised) in [(2, true), (2, false), (2, false), (3, true), (2, true)] {
        let asking = ask(&mut world);
        let heard = hear(&mut world, asking, answer(root));
        assert_eq!(heard.outcome, FetchOutcome::Mismatch { height: Height(5), raised }, "root {root}");
    }
    assert_eq!(divergences(&world).len(), 3);
}

#[test]
fn should_record_a_failure_and_not_ask_again() {
    let mut world = world();
    finalise(&mut world, 5, 1);
    let long = "\u{e9}".repeat(1_000);
    let rejected = |message: &str| Err(CallError::Rejected { code: 2, message: message.to_owned() });
    let other = answer(1).map(|answer| {
        let body = String::from_utf8(answer.body).expect("text");
        let body = body.replace(&context_id(1).to_string(), &context_id(2).to_string());
        HttpAnswer { body: body.into_bytes(), ..answer }
    });
    for (desc, answer, expected) in [
        (
            "timed out",
            rejected("Canister http request timed out"),
            FetchFailure::NoResponse("rejected (2): Canister http request timed out".to_owned()),
        ),
        ("a long reason", rejected(&long), FetchFailure::NoResponse(format!("rejected (2): {}", "\u{e9}".repeat(93)))),
        ("an error", Ok(HttpAnswer { status: 500, body: Vec::new() }), FetchFailure::Status(500)),
        ("no JSON", Ok(HttpAnswer { status: 200, body: Vec::new() }), FetchFailure::Malformed),
        ("another context", other, FetchFailure::OtherContext(context_id(2))),
    ] {
        let asking = ask(&mut world);
        let heard = hear(&mut world, asking, answer);
        assert_eq!((heard.state, heard.outcome), (None, FetchOutcome::Failed(expected)), "{desc}");
    }
    assert_eq!(divergences(&world), [], "who says nothing differs in nothing");
}

#[test]
fn should_let_only_members_who_answer_for_it_spend_the_cycles() {
    let mut world = world();
    world.add(account(9), "reader").expect("adds");
    let missing = MembershipReason::MissingCapability(Capability::Checkpoint);
    let before = world.fingerprint();
    let nowhere = ContextId([0; 32]);
    for (desc, context, who, expected) in [
        ("nobody", context_id(1), Principal::anonymous(), MembershipReason::Anonymous),
        ("a stranger", context_id(1), stranger(), missing.clone()),
        ("a reader", context_id(1), account(9).principal(), missing),
        ("no context", nowhere, administrator(), MembershipReason::UnknownContext(nowhere)),
    ] {
        assert_eq!(ask_at(&mut world, context, who, FETCH_PRICE).map(|_| ()), Err(expected), "{desc}");
    }
    assert!(world.fingerprint() == before);
    assert!(ask_at(&mut world, context_id(1), administrator(), FETCH_PRICE).is_ok());
    for (desc, who, url, expected) in [
        (
            "a member",
            account(1).principal(),
            URL,
            Err(MembershipReason::MissingCapability(Capability::ManageApplication)),
        ),
        ("nobody", Principal::anonymous(), URL, Err(MembershipReason::Anonymous)),
        (
            "a secret",
            administrator(),
            "https://a:b@c.d",
            Err(MembershipReason::InvalidNodeUrl("it names a user".to_owned())),
        ),
    ] {
        world.env.call_as(who);
        let arg = SetNodeArg { context: context_id(1), url: Some(url.to_owned()) };
        let refused: Result<(), _> = api::set_node(&world.env, &mut world.state, &arg).map(|_| ()).map_err(reason);
        assert_eq!(refused, expected, "{desc}");
    }
}

#[test]
fn should_ask_once_at_a_time_once_a_minute_and_within_the_budgets() {
    let mut world = world();
    let asking = ask(&mut world);
    let who = account(1).principal();
    let again = |world: &mut World, price: u128| ask_at(world, context_id(1), who, price).map(|_| ());
    assert_eq!(again(&mut world, FETCH_PRICE), Err(MembershipReason::FetchInProgress));
    drop(asking);
    let retry_at = START.plus_seconds(FETCH_INTERVAL_SECONDS);
    assert_eq!(again(&mut world, FETCH_PRICE), Err(MembershipReason::FetchTooSoon { retry_at }), "also after a trap");
    set_node(&mut world, None).expect("sets");
    set_node(&mut world, Some("https://other.example.org")).expect("sets");
    assert_eq!(
        again(&mut world, FETCH_PRICE),
        Err(MembershipReason::FetchTooSoon { retry_at }),
        "whatever the address"
    );
    let left = u128::from(FETCH_CYCLES_PER_CONTEXT_AND_DAY) - FETCH_PRICE;
    world.env.advance_seconds(FETCH_INTERVAL_SECONDS);
    let day = 24 * 60 * 60 * 1_000_000_000;
    let retry_at = Timestamp((START.0 / day + 1) * day);
    let spent = Err(MembershipReason::FetchBudgetSpent { retry_at });
    let before = world.fingerprint();
    assert_eq!(again(&mut world, left + 1), spent);
    assert_eq!(again(&mut world, u128::MAX), spent);
    assert!(world.fingerprint() == before, "what is refused costs nothing");
    assert_eq!(again(&mut world, left), Ok(()));
    let node = api::node(&world.env, &world.state, context_id(1)).expect("answers");
    assert_eq!((node.spent_cycles, node.last), (FETCH_CYCLES_PER_CONTEXT_AND_DAY, None));
    world.env.advance_seconds(FETCH_INTERVAL_SECONDS);
    assert_eq!(again(&mut world, 1), spent);
    world.env.now.set(retry_at);
    assert_eq!(again(&mut world, FETCH_PRICE), Ok(()), "a new day");
}

#[test]
fn should_not_let_many_contexts_together_spend_more_than_the_day_allows() {
    let mut world = world();
    let contexts = FETCH_CYCLES_PER_DAY / FETCH_CYCLES_PER_CONTEXT_AND_DAY;
    let group = context_id(1).own_group();
    for seed in 2..=u8::try_from(contexts + 1).expect("few") {
        world.join(seed, group);
        world.env.call_as(administrator());
        let arg = SetNodeArg { context: context_id(seed), url: Some(URL.to_owned()) };
        api::set_node(&world.env, &mut world.state, &arg).expect("sets");
    }
    let who = account(1).principal();
    for seed in 1..=u8::try_from(contexts).expect("few") {
        let all = u128::from(FETCH_CYCLES_PER_CONTEXT_AND_DAY);
        assert!(ask_at(&mut world, context_id(seed), who, all).is_ok(), "context {seed}");
    }
    let last = context_id(u8::try_from(contexts + 1).expect("few"));
    let refused = ask_at(&mut world, last, who, 1).map(|_| ());
    assert!(matches!(refused, Err(MembershipReason::FetchBudgetSpent { .. })), "{refused:?}");
}

#[test]
fn should_judge_the_answer_by_what_holds_when_it_comes() {
    // Another address: the old one's answer counts for nothing.
    let mut world = world();
    finalise(&mut world, 5, 1);
    let asking = ask(&mut world);
    set_node(&mut world, Some("https://other.example.org")).expect("sets");
    let heard = hear(&mut world, asking, answer(2));
    assert_eq!(heard.outcome, FetchOutcome::Failed(FetchFailure::AddressChanged));
    assert_eq!(divergences(&world), []);
    // No address any more.
    let asking = ask(&mut world);
    set_node(&mut world, None).expect("sets");
    assert_eq!(hear(&mut world, asking, answer(1)).outcome, FetchOutcome::Failed(FetchFailure::AddressChanged));
    assert_eq!(
        ask_at(&mut world, context_id(1), administrator(), FETCH_PRICE).map(|_| ()),
        Err(MembershipReason::NoNode)
    );
    // Another checkpoint: the node answered before or after it, and is right in either case.
    set_node(&mut world, Some(URL)).expect("sets");
    for (root, height, next) in [(1, 5, 2), (3, 7, 3)] {
        let asking = ask(&mut world);
        finalise(&mut world, height + u64::from(root == 1), next);
        let heard = hear(&mut world, asking, answer(root));
        assert_eq!(heard.outcome, FetchOutcome::Match { height: Height(height) }, "root {root}");
    }
    // Whoever asked is removed: what was paid for is recorded.
    let asking = ask(&mut world);
    world.remove(account(1)).expect("removes");
    assert_eq!(hear(&mut world, asking, answer(3)).outcome, FetchOutcome::Match { height: Height(7) });
}

#[test]
fn should_be_able_to_ask_again_when_the_canister_was_upgraded_in_between() {
    let mut world = world();
    let asking = ask(&mut world);
    world.upgrade();
    drop(asking);
    let node = api::node(&world.env, &world.state, context_id(1)).expect("answers");
    assert_eq!((node.asked_at, node.last, u128::from(node.spent_cycles)), (Some(START), None, FETCH_PRICE));
    world.env.advance_seconds(FETCH_INTERVAL_SECONDS);
    let asking = ask(&mut world);
    assert_eq!(hear(&mut world, asking, answer(1)).outcome, FetchOutcome::NothingToCompare);
}

/// What nodes call a context that a claim registered is not what it is called here.
#[test]
fn should_ask_for_a_claimed_context_by_its_id_in_calimero_and_for_a_claimed_group_not_at_all() {
    let vector = vectors("live_node.json");
    let in_calimero: ContextId = vector["context_id_bs58"].as_str().expect("text").parse().expect("an id");
    let mut world = World::empty();
    let mut register = |context_id: String| {
        let claim = world.claim(5, |text| {
            text.subject = format!("bind:{}", administrator());
            text.context_id = context_id;
        });
        api::register_claim(&world.env, &mut world.state, &claim).expect("registers").id
    };
    let (context, group) = (register(in_calimero.to_string()), register(String::new()));
    assert_ne!(context, in_calimero);
    world.env.call_as(administrator());
    let node = |context| SetNodeArg { context, url: Some(URL.to_owned()) };
    api::set_node(&world.env, &mut world.state, &node(context)).expect("sets");
    let refusal = api::set_node(&world.env, &mut world.state, &node(group)).map(|_| ()).map_err(reason);
    assert_eq!(refusal, Err(MembershipReason::NoCalimeroContext));
    let asking = ask_at(&mut world, context, administrator(), FETCH_PRICE).expect("asks");
    assert_eq!(asking.question.url, format!("{URL}/admin-api/contexts/{in_calimero}"));
    let body = vector["admin_api"]["GET /admin-api/contexts/:id"].to_string().into_bytes();
    let heard = hear(&mut world, asking, Ok(HttpAnswer { status: 200, body }));
    let said = heard.state.expect("the live node's answer is about this context");
    assert_eq!(said.state_root.to_string(), vector["context_state_hash_bs58_after_one_set"].as_str().expect("text"));
    assert_eq!(heard.outcome, FetchOutcome::NothingToCompare);
}
