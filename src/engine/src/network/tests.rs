use super::call_context::{CallContexts, Callback, Owed};
use super::fees;
use super::message::{Input, Origin, Request, Response};
use super::queues::{Inputs, QUEUE_CAPACITY};
use crate::certification::MessageId;
use crate::error::{ErrorCode, Reject, RejectCode};
use crate::execution::Costs;
use candid::Principal;
use proptest::{prop_assert, prop_assert_eq, proptest};

const SELF: Principal = Principal::from_slice(&[1]);
const CALLEE: Principal = Principal::from_slice(&[2]);

fn user() -> Origin {
    Origin::Ingress { id: MessageId([0; 32]), sender: Principal::anonymous() }
}

fn callback(context: u64) -> Callback {
    Callback {
        context,
        callee: CALLEE,
        method: "m".into(),
        on_reply: None,
        on_reject: None,
        on_cleanup: None,
        deadline_ns: 0,
        prepaid_execution: 0,
        prepaid_transmission: 0,
        answered: false,
    }
}

fn request(sender: u8, method: &str) -> Request {
    Request {
        origin: Origin::Canister { caller: Principal::from_slice(&[sender]), callback: 1, deadline_ns: 0 },
        callee: SELF,
        method: method.into(),
        arg: vec![],
        cycles: 0,
        forced_trap: false,
    }
}

fn response(respondent: u8, callback: u64) -> Response {
    Response {
        caller: SELF,
        callback,
        respondent: Principal::from_slice(&[respondent]),
        method: "m".into(),
        answer: Ok(vec![]),
        refund: 0,
    }
}

#[test]
fn should_refund_what_was_not_accepted_when_a_context_is_answered() {
    let mut calls = CallContexts::default();
    let id = calls.open(user(), "m".into(), 10);
    calls.accept_cycles(id, 4);
    let owed = calls.conclude(SELF, id, Some(Ok(vec![7])), None);
    assert_eq!(owed, Some(Owed { origin: user(), method: "m".into(), answer: Ok(vec![7]), refund: 6 }));
    assert!(calls.is_empty());
}

#[test]
fn should_wait_for_the_last_callback_when_nothing_was_answered() {
    let mut calls = CallContexts::default();
    let id = calls.open(user(), "m".into(), 0);
    let callbacks = [calls.register(callback(id)), calls.register(callback(id))];
    let trapped = Reject::new(ErrorCode::CanisterTrapped, "trapped");
    assert_eq!(calls.conclude(SELF, id, None, None), None, "two calls are open");
    calls.take_callback(callbacks[0]).unwrap();
    assert_eq!(calls.conclude(SELF, id, None, Some(trapped.clone())), None, "one call is open");
    calls.take_callback(callbacks[1]).unwrap();
    assert_eq!(calls.conclude(SELF, id, None, Some(trapped.clone())).unwrap().answer, Err(trapped));
    assert!(calls.take_callback(callbacks[1]).is_none());
    assert!(calls.is_empty());
}

#[test]
fn should_answer_once_when_the_answer_comes_before_the_last_callback() {
    let mut calls = CallContexts::default();
    let id = calls.open(user(), "m".into(), 3);
    let open = calls.register(callback(id));
    assert!(calls.conclude(SELF, id, Some(Ok(vec![])), None).is_some());
    assert!(!calls.is_empty());
    calls.take_callback(open).unwrap();
    assert_eq!(calls.conclude(SELF, id, None, None), None);
    assert!(calls.is_empty());
}

#[test]
fn should_reject_the_unanswered_only_when_all_are_deleted() {
    let mut calls = CallContexts::default();
    let (one, two) = (calls.open(user(), "one".into(), 5), calls.open(user(), "two".into(), 0));
    let open = calls.register(callback(one));
    calls.register(callback(two));
    calls.conclude(SELF, two, Some(Ok(vec![])), None);
    let owed = calls.delete_all();
    assert_eq!(owed.iter().map(|owed| (owed.method.as_str(), owed.refund)).collect::<Vec<_>>(), [("one", 5)]);
    assert!(calls.context(one).deleted);
    calls.take_callback(open).unwrap();
    assert_eq!(calls.conclude(SELF, one, None, None), None);
}

#[test]
fn should_take_turns_when_several_senders_wait() {
    let mut inputs = Inputs::default();
    inputs.push_request(request(1, "a1")).unwrap();
    inputs.push_request(request(1, "a2")).unwrap();
    inputs.push_request(request(2, "b1")).unwrap();
    inputs.push_ingress(Request { origin: user(), ..request(0, "i1") });
    inputs.push_response(response(1, 9));
    let order: Vec<String> = std::iter::from_fn(|| inputs.pop())
        .map(|input| match input {
            Input::Request(request) => request.method,
            Input::Response(response) => response.callback.to_string(),
        })
        .collect();
    assert_eq!(order, ["i1", "a1", "b1", "a2", "9"]);
    assert!(inputs.is_empty());
}

#[test]
fn should_refuse_requests_but_never_responses_when_a_queue_is_full() {
    let mut inputs = Inputs::default();
    for _ in 0..QUEUE_CAPACITY {
        inputs.push_request(request(1, "m")).unwrap();
    }
    assert!(inputs.push_request(request(1, "m")).is_err());
    assert!(inputs.push_request(request(2, "m")).is_ok());
    inputs.push_response(response(1, 1));
    assert_eq!(inputs.drain_requests().len(), QUEUE_CAPACITY + 1);
    assert!(matches!(inputs.pop(), Some(Input::Response(_))));
    assert!(inputs.is_empty());
}

#[test]
fn should_charge_what_the_replica_charges_on_thirteen_nodes() {
    let costs = Costs::default();
    assert_eq!(fees::execution(&costs, 0), 5_000_000);
    assert_eq!(fees::execution(&costs, 1_000_000), 6_000_000);
    assert_eq!(fees::request(&costs, "transfer", &[0; 92]), 260_000 + 100_000);
    assert_eq!(fees::ingress(&costs, "vote", &[0; 6]), 1_200_000 + 20_000);
    // One GiB for 30 days: 127,000 cycles a second.
    let idle = fees::idle_per_day(1 << 30, 0);
    assert_eq!(idle, 127_000 * 86_400);
    assert_eq!(fees::freezing_reserve(idle, 30 * 86_400), idle * 30);
}

#[test]
fn should_class_errors_as_the_replica_does() {
    let rows = [
        (ErrorCode::SubnetOversubscribed, RejectCode::SysFatal),
        (ErrorCode::CanisterOutOfCycles, RejectCode::SysTransient),
        (ErrorCode::CanisterNotFound, RejectCode::DestinationInvalid),
        (ErrorCode::CanisterRejectedMessage, RejectCode::CanisterReject),
        (ErrorCode::CanisterStopped, RejectCode::CanisterError),
        (ErrorCode::DeadlineExpired, RejectCode::SysUnknown),
    ];
    for (error, reject) in rows {
        assert_eq!(error.reject_code(), reject, "{error}");
    }
}

proptest! {
    /// Whatever the order of answers and traps: one answer, all unaccepted cycles back, nothing left.
    #[test]
    fn should_answer_exactly_once_when_messages_end_in_any_way(endings in proptest::collection::vec(0_u8..3, 1..12)) {
        let mut calls = CallContexts::default();
        let id = calls.open(user(), "m".into(), 100);
        let open: Vec<u64> = (1..endings.len()).map(|_| calls.register(callback(id))).collect();
        let mut owed = Vec::new();
        for (index, ending) in endings.iter().enumerate() {
            if index > 0 {
                prop_assert!(calls.take_callback(open[index - 1]).is_some());
            }
            let answer = (*ending == 0).then(|| Ok(vec![]));
            let failure = (*ending == 1).then(|| Reject::new(ErrorCode::CanisterTrapped, "trapped"));
            owed.extend(calls.conclude(SELF, id, answer, failure));
        }
        prop_assert_eq!(owed.len(), 1);
        prop_assert_eq!(owed[0].refund, 100);
        prop_assert_eq!(owed[0].answer.is_ok(), endings.contains(&0));
        prop_assert!(calls.is_empty());
    }
}
