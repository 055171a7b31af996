//! HTTPS outcalls: the host answers for the servers.

use crate::support::{alice, call, puppet, puppets};
use calisec_engine::network::{
    Action, Fault, HttpHeader, HttpMethod, HttpResponse, Match, MessageId, Moment, NODES, Network, Outcall,
    OutcallAnswer, OutcallError,
};
use calisec_engine::{Reject, RejectCode};
use candid::{CandidType, Encode, Principal, decode_one};
use ic_management_canister_types::{
    HttpRequestArgs, HttpRequestResult, TransformArgs, TransformContext, TransformFunc,
};
use std::time::Duration;

const MANAGEMENT: Principal = Principal::management_canister();
const URL: &str = "https://node.example/admin-api/contexts/8kPY";
/// What the outcall of [`args`] costs: 13 nodes, 44 bytes of URL, 1,000 of response.
const FEE: u128 = 13 * (3_000_000 + 60_000 * 13 + 400 * 44 + 800 * 1_000);

fn args() -> HttpRequestArgs {
    HttpRequestArgs { url: URL.to_owned(), max_response_bytes: Some(1_000), ..HttpRequestArgs::default() }
}

fn transformed_by(canister: Principal, method: &str) -> HttpRequestArgs {
    let function = TransformFunc::new(canister, method.to_owned());
    HttpRequestArgs { transform: Some(TransformContext { function, context: vec![5, 6] }), ..args() }
}

/// Sends the outcall through the puppet, with 100 M cycles, and runs until it waits or is answered.
fn send(network: &mut Network, puppet: Principal, args: &impl CandidType) -> MessageId {
    let arg = call(MANAGEMENT, "http_request").cycles(100_000_000).payload(Encode!(args).unwrap()).bytes();
    let id = network.submit_update(alice(), puppet, "call", &arg).unwrap();
    network.run_until_idle(10);
    id
}

fn only(network: &Network) -> Outcall {
    let [outcall] = network.pending_outcalls().try_into().expect("one outcall waits");
    outcall
}

fn response(body: &[u8]) -> HttpResponse {
    let header = HttpHeader { name: "date".to_owned(), value: "today".to_owned() };
    HttpResponse { status: 200, headers: vec![header], body: body.to_vec() }
}

/// The reply, or the reject's code and text, that the puppet saw.
fn seen(network: &mut Network, id: MessageId) -> Result<Vec<u8>, (u8, String)> {
    let answer = network.await_update(id).unwrap();
    match answer[0] {
        b'Y' => Ok(answer[1..].to_vec()),
        _ => Err((answer[1], String::from_utf8(answer[2..].to_vec()).unwrap())),
    }
}

fn answer(network: &mut Network, answer: OutcallAnswer) {
    let id = only(network).id;
    network.answer_outcall(id, answer).unwrap();
    assert_eq!(network.answer_outcall(id, OutcallAnswer::Response(response(b""))), Err(OutcallError::Unknown(id)));
}

#[test]
fn should_hand_the_request_to_the_host_and_the_response_to_the_caller() {
    let (mut network, [a]) = puppets();
    let header = HttpHeader { name: "accept".to_owned(), value: "application/json".to_owned() };
    let asked = HttpRequestArgs {
        method: HttpMethod::POST,
        headers: vec![header.clone()],
        body: Some(b"question".to_vec()),
        ..args()
    };
    let id = send(&mut network, a, &asked);
    let outcall = only(&network);
    assert_eq!((outcall.canister, outcall.url.as_str(), outcall.method), (a, URL, HttpMethod::POST));
    assert_eq!((outcall.headers, outcall.body), (vec![header], b"question".to_vec()));
    assert_eq!((outcall.max_response_bytes, outcall.sent_ns <= network.time_ns()), (1_000, true));
    answer(&mut network, OutcallAnswer::Response(response(b"answer")));
    let result: HttpRequestResult = decode_one(&seen(&mut network, id).unwrap()).unwrap();
    assert_eq!((result.status, result.body), (200_u16.into(), b"answer".to_vec()));
    assert_eq!(result.headers, response(b"").headers);
    assert_eq!(network.pending_outcalls(), []);
}

#[test]
fn should_show_the_caller_what_its_transform_made_of_the_response() {
    let (mut network, [a]) = puppets();
    let id = send(&mut network, a, &transformed_by(a, "echo_query"));
    answer(&mut network, OutcallAnswer::Response(response(b"answer")));
    let args: TransformArgs = decode_one(&seen(&mut network, id).unwrap()).unwrap();
    assert_eq!((args.context, args.response.body), (vec![5, 6], b"answer".to_vec()));
    let query = network.executions().find(|execution| execution.method == "echo_query").expect("the transform ran");
    assert_eq!((query.caller, query.cycles_charged), (MANAGEMENT, 0));
}

#[test]
fn should_agree_on_different_responses_only_when_the_transform_makes_them_the_same() {
    let by_node = |different: usize| {
        let body = |node: usize| if node < different { format!("{node}") } else { "same".to_owned() };
        OutcallAnswer::ByNode((0..NODES).map(|node| response(body(node).as_bytes())).collect())
    };
    let cases = [
        ("all differ, transformed", "constant", NODES, true),
        ("all differ", "echo_query", NODES, false),
        ("four differ", "echo_query", 4, true),
        ("five differ", "echo_query", 5, false),
    ];
    for (desc, transform, different, agreed) in cases {
        let (mut network, [a]) = puppets();
        let id = send(&mut network, a, &transformed_by(a, transform));
        answer(&mut network, by_node(different));
        match seen(&mut network, id) {
            Ok(_) => assert!(agreed, "{desc}"),
            Err((code, text)) => {
                assert!(!agreed, "{desc}: {text}");
                assert_eq!(code, 2, "{desc}");
                assert!(text.starts_with("No consensus could be reached"), "{desc}: {text}");
            }
        }
    }
    let (mut network, [a]) = puppets();
    send(&mut network, a, &args());
    let outcall = only(&network).id;
    let refused = network.answer_outcall(outcall, OutcallAnswer::ByNode(vec![response(b"")]));
    assert_eq!(refused, Err(OutcallError::NotOnePerNode(1)));
    assert_eq!(only(&network).id, outcall, "a wrong answer answers nothing");
}

#[test]
fn should_reject_a_response_when_it_or_what_the_transform_makes_of_it_is_too_large() {
    let headers = |bytes: usize| HttpResponse {
        headers: vec![HttpHeader { name: String::new(), value: "x".repeat(bytes) }],
        ..HttpResponse::default()
    };
    let body = |bytes: usize| HttpResponse { body: vec![0; bytes], ..HttpResponse::default() };
    let (mut network, [a]) = puppets();
    let plain = args();
    let echoing = transformed_by(a, "echo_query");
    for (desc, asked, response, expected) in [
        ("body at the limit", &plain, body(1_000), None),
        ("body", &plain, body(1_001), Some("Http body exceeds size limit of 1000 bytes.")),
        ("headers at the limit", &plain, headers(1_000), None),
        ("headers", &plain, headers(1_001), Some("Header size exceeds specified response size limit 1000")),
        (
            "headers and body",
            &plain,
            HttpResponse { body: vec![0; 500], ..headers(501) },
            Some("Http body exceeds size limit of 1000 bytes."),
        ),
        ("a transform that adds", &echoing, body(1_000), Some("Transformed http response exceeds limit: 1000")),
    ] {
        let id = send(&mut network, a, asked);
        answer(&mut network, OutcallAnswer::Response(response));
        let expected = expected.map(|text| (1, text.to_owned()));
        assert_eq!(seen(&mut network, id).err(), expected, "{desc}");
    }
}

#[test]
fn should_reject_as_the_transform_failed_when_it_fails() {
    let (mut network, [a]) = puppets();
    for (transform, code, part) in [
        ("explode_in_query", 5, "boom"),
        ("refuse_in_query", 4, "boom"),
        ("no_such_query", 5, "has no query method 'no_such_query'"),
        ("echo", 5, "has no query method 'echo'"),
    ] {
        let id = send(&mut network, a, &transformed_by(a, transform));
        answer(&mut network, OutcallAnswer::Response(response(b"answer")));
        let (found, text) = seen(&mut network, id).unwrap_err();
        assert_eq!(found, code, "{transform}: {text}");
        if part != "boom" {
            assert!(text.contains(part), "{transform}: {text}");
        }
    }
}

#[test]
fn should_time_out_after_a_minute_when_nobody_answers() {
    let (mut network, [a]) = puppets();
    let start = network.time_ns();
    let id = send(&mut network, a, &args());
    network.advance_time(Duration::from_secs(59));
    network.run_until_idle(10);
    let waiting = only(&network).id;
    let timed_out = (2, "Canister http request timed out".to_owned());
    assert_eq!(seen(&mut network, id), Err(timed_out), "waiting moves an idle clock");
    assert_eq!((network.time_ns() - start) / 1_000_000_000, 60);
    let late = network.answer_outcall(waiting, OutcallAnswer::Response(response(b"")));
    assert_eq!(late, Err(OutcallError::Unknown(waiting)));
}

#[test]
fn should_pass_on_why_no_node_reached_the_server() {
    let (mut network, [a]) = puppets();
    let id = send(&mut network, a, &args());
    let refused = Reject { code: RejectCode::SysTransient, error_code: None, message: "Connecting failed".to_owned() };
    answer(&mut network, OutcallAnswer::Failure(refused));
    assert_eq!(seen(&mut network, id), Err((2, "Connecting failed".to_owned())));
}

#[test]
fn should_charge_what_cost_http_request_says_and_give_back_the_rest() {
    let (mut network, [a]) = puppets();
    let too_little = call(MANAGEMENT, "http_request").payload(Encode!(&args()).unwrap());
    let too_little = too_little.cycles(u64::try_from(FEE - 1).unwrap()).bytes();
    let spent = |network: &mut Network, id: MessageId| {
        network.await_update(id).unwrap();
        network.consumed_cycles()
    };
    let id = network.submit_update(alice(), a, "call", &too_little).unwrap();
    let (code, text) = seen(&mut network, id).unwrap_err();
    let words = format!("http_request request sent with {} cycles, but {FEE} cycles are required.", FEE - 1);
    assert_eq!((code, text), (4, words));
    let all = |network: &Network| network.consumed_cycles() + network.lost_cycles() + network.cycles(a).unwrap();
    let (before, consumed) = (all(&network), network.consumed_cycles());
    let id = send(&mut network, a, &args());
    assert!(network.consumed_cycles() - consumed >= FEE);
    answer(&mut network, OutcallAnswer::Response(response(b"")));
    let after = spent(&mut network, id) - consumed;
    assert!((FEE..FEE + 60_000_000).contains(&after), "{after}");
    assert_eq!(all(&network), before, "no cycles appear or disappear");
}

#[test]
fn should_refuse_a_request_that_a_subnet_refuses() {
    #[derive(CandidType)]
    struct Newer {
        url: String,
        method: HttpMethod,
        headers: Vec<HttpHeader>,
        pricing_version: Option<u32>,
    }
    let (mut network, [a, b]) = puppets();
    let header = |name: usize, value: usize| HttpHeader { name: "n".repeat(name), value: "v".repeat(value) };
    let newer = Newer { url: URL.to_owned(), method: HttpMethod::GET, headers: vec![], pricing_version: Some(2) };
    let with = |headers| HttpRequestArgs { headers, ..args() };
    let cases = [
        ("no URL scheme", HttpRequestArgs { url: "http://node.example".to_owned(), ..args() }, 1, "https scheme"),
        ("long URL", HttpRequestArgs { url: "u".repeat(8_193), ..args() }, 4, "url size 8193 exceeds 8192"),
        ("too much", HttpRequestArgs { max_response_bytes: Some(2_000_001), ..args() }, 4, "got 2000001"),
        ("put", HttpRequestArgs { method: HttpMethod::PUT, ..args() }, 4, "non-replicated"),
        ("one node", HttpRequestArgs { is_replicated: Some(false), ..args() }, 4, "Unsupported("),
        ("many headers", with(vec![header(1, 1); 65]), 4, "65 exceeds 64"),
        ("long name", with(vec![header(8_193, 1)]), 4, "name 8193 exceeds 8192"),
        ("long value", with(vec![header(1, 8_193)]), 4, "value 8193 exceeds 8192"),
        ("large headers", with(vec![header(1, 8_000); 7]), 4, "56007 exceeds 49152"),
        ("a stranger's transform", transformed_by(b, "echo_query"), 4, "transform principal id expected to be"),
    ];
    let requests = cases.into_iter().map(|(desc, args, code, part)| (desc, Encode!(&args).unwrap(), code, part));
    let others = [
        ("priced by use", Encode!(&newer).unwrap(), 4, "Unsupported("),
        ("no Candid", b"no candid".to_vec(), 4, "Error decoding candid"),
    ];
    for (desc, payload, code, part) in requests.chain(others) {
        let arg = call(MANAGEMENT, "http_request").cycles(100_000_000).payload(payload).bytes();
        let id = network.submit_update(alice(), a, "call", &arg).unwrap();
        let (found, text) = seen(&mut network, id).unwrap_err();
        assert_eq!(found, code, "{desc}: {text}");
        assert!(text.contains(part), "{desc}: {text}");
        assert_eq!(network.pending_outcalls(), [], "{desc}");
    }
}

#[test]
fn should_strike_outcalls_as_other_calls_when_faults_are_asked_for() {
    let at = || Match::any().callee(MANAGEMENT).method("http_request");
    let later = Duration::from_secs(10);
    let busy = Reject { code: RejectCode::SysTransient, error_code: None, message: "busy".to_owned() };
    for (fault, expected) in [
        (Fault::RejectRequest(busy.clone()), Err((2, "busy".to_owned()))),
        (Fault::RejectAnswer(busy), Err((2, "busy".to_owned()))),
        (Fault::DelayAnswer(later), Ok(())),
        (Fault::TrapCallee, Ok(())),
        (Fault::DropAnswer, Ok(())),
    ] {
        let (mut network, [a]) = puppets();
        network.faults_mut().on(at(), fault.clone());
        let id = send(&mut network, a, &args());
        if let [outcall] = network.pending_outcalls().as_slice() {
            let answered = OutcallAnswer::Response(response(b"answer"));
            network.answer_outcall(outcall.id, answered).unwrap();
        }
        assert_eq!(seen(&mut network, id).map(|_| ()), expected, "{fault:?}");
    }
}

#[test]
fn should_fail_the_transform_when_the_canister_is_stopped_or_upgraded_away_meanwhile() {
    let (mut network, [a]) = puppets();
    let id = send(&mut network, a, &transformed_by(a, "echo_query"));
    network.begin_stopping(alice(), a).unwrap();
    answer(&mut network, OutcallAnswer::Response(response(b"answer")));
    network.run_until_idle(10);
    let (code, text) = seen(&mut network, id).unwrap_err();
    assert_eq!(code, 5, "{text}");

    let (mut network, [a]) = puppets();
    let id = send(&mut network, a, &transformed_by(a, "echo_query"));
    let upgrade = Action::Upgrade { canister: a, wasm: puppet(), arg: vec![] };
    network.faults_mut().on(Match::any().method("http_request"), Fault::Meanwhile(Moment::BeforeAnswer, upgrade));
    answer(&mut network, OutcallAnswer::Response(response(b"answer")));
    assert!(seen(&mut network, id).is_ok(), "the same module goes on with the callback");

    let (mut network, [a]) = puppets();
    let id = send(&mut network, a, &args());
    network.uninstall(alice(), a).unwrap();
    let rejected = network.await_update(id).unwrap_err();
    assert!(rejected.message.contains("uninstalled"), "{rejected}");
    answer(&mut network, OutcallAnswer::Response(response(b"to nobody")));
    network.run_until_idle(10);
    assert_eq!(network.pending_outcalls(), []);
}
