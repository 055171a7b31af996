//! An installed registry, and other canisters whose answers a test gives by hand.

use crate::account::AccountKey;
use crate::lifecycle;
use crate::state::{NewNote, with_state_mut};
use crate::storage::NoteRecord;
use calisec_clients::{CallError, Transport};
use calisec_runtime::StubEnv;
use calisec_types::error::ApiError;
use calisec_types::ids::{
    AccountId, CircuitId, ContextId, Digest32, FieldElement, NoteId, PolicyVersion, ReceiptId, Revision, Seq, Timestamp,
};
use calisec_types::membership::{Decision, MembershipReason};
use calisec_types::note_registry::{MintArg, NoteError, NoteMetadata, NoteReason, NoteRegistryInit};
use calisec_types::proof_verifier::{ConsumeArg, ProofReason, Receipt, StatementKind};
use candid::utils::ArgumentDecoder;
use candid::{CandidType, Principal, decode_args, encode_one};
use ic_stable_structures::DefaultMemoryImpl;
use serde_bytes::ByteBuf;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub const REGISTRY: Principal = Principal::from_slice(&[1, 1]);
pub const MEMBERSHIP: Principal = Principal::from_slice(&[2, 1]);
pub const VERIFIER: Principal = Principal::from_slice(&[3, 1]);
pub const ALICE: Principal = Principal::from_slice(&[10, 2]);
pub const BOB: Principal = Principal::from_slice(&[11, 2]);
pub const CAROL: Principal = Principal::from_slice(&[12, 2]);
pub const CIRCUIT: CircuitId = CircuitId([4; 32]);
pub const CONTEXT: ContextId = ContextId([5; 32]);
pub const NOW: Timestamp = Timestamp(1_800_000_000_000_000_000);

/// An installed registry, the memory under it, and an environment in which Alice calls.
pub struct Installed {
    pub memory: DefaultMemoryImpl,
    pub env: StubEnv,
    pub peers: Peers,
}

pub fn install() -> Installed {
    let memory = DefaultMemoryImpl::default();
    let arg = NoteRegistryInit { membership: MEMBERSHIP, proof_verifier: VERIFIER, mint_circuit: CIRCUIT };
    lifecycle::init(memory.clone(), &arg).expect("a good argument");
    Installed { memory, env: StubEnv::new(REGISTRY, ALICE, NOW), peers: Peers::default() }
}

impl Installed {
    pub fn upgrade(&self) {
        lifecycle::post_upgrade(self.memory.clone());
    }

    /// Every byte of the stable memory.
    pub fn stable_bytes(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    /// That not one byte of the stable memory differs. Not `assert_eq`, which would print a hundred megabytes.
    pub fn assert_unchanged(&self, before: &[u8], case: &str) {
        assert!(self.memory.borrow().as_slice() == before, "{case}: the stable memory changed");
    }
}

/// A call that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub canister: Principal,
    pub method: String,
    pub arg: Vec<u8>,
}

impl Sent {
    pub fn decode<A: for<'a> ArgumentDecoder<'a>>(&self) -> A {
        decode_args(&self.arg).expect("the argument decodes")
    }
}

/// Membership and the proof verifier: a call waits until the test answers it.
#[derive(Default)]
pub struct Peers {
    sent: RefCell<Vec<Sent>>,
    answers: RefCell<BTreeMap<usize, Result<Vec<u8>, CallError>>>,
    answered: Cell<usize>,
}

impl Peers {
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// Answers the oldest call without an answer, which must be of this method.
    pub fn answer(&self, method: &str, outcome: Result<Vec<u8>, CallError>) {
        let index = self.answered.replace(self.answered.get() + 1);
        let call = self.sent.borrow().get(index).cloned().expect("a call waits");
        assert_eq!(call.method, method);
        self.answers.borrow_mut().insert(index, outcome);
    }

    pub fn decides(&self, answer: Result<Decision, ApiError<MembershipReason>>) {
        let waiting = self.sent.borrow().get(self.answered.get()).map(|call| call.method.clone());
        let method = waiting.expect("a call waits");
        assert!(["decide", "decide_and_use"].contains(&method.as_str()), "{method}");
        self.answer(&method, Ok(reply(&answer)));
    }

    pub fn allows(&self, account: Option<AccountId>) {
        self.decides(Ok(allow(account)));
    }

    pub fn consumes(&self, answer: Result<Receipt, ApiError<ProofReason>>) {
        self.answer("consume", Ok(reply(&answer)));
    }

    /// Answers `consume` as the verifier does when it accepts.
    pub fn accepts(&self) {
        self.consumes(Ok(receipt_for(&self.last_consumption())));
    }

    pub fn last_consumption(&self) -> ConsumeArg {
        let call = self.sent.borrow().last().cloned().expect("a call");
        assert_eq!((call.canister, call.method.as_str()), (VERIFIER, "consume"));
        call.decode::<(ConsumeArg,)>().0
    }

    async fn call(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let index = self.sent.borrow().len();
        self.sent.borrow_mut().push(Sent { canister, method: method.to_owned(), arg });
        poll_fn(|_| self.answers.borrow_mut().remove(&index).map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl Transport for Peers {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.call(canister, method, arg).await
    }
    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.call(canister, method, arg).await
    }
}

pub fn reply<T: CandidType>(value: &T) -> Vec<u8> {
    encode_one(value).expect("encodes")
}

/// A message that runs up to its next await each time it is polled.
pub struct Message<'a, T>(Pin<Box<dyn Future<Output = T> + 'a>>);

impl<'a, T: std::fmt::Debug> Message<'a, T> {
    /// Runs a new message up to its first await.
    pub fn start(future: impl Future<Output = T> + 'a) -> Self {
        let mut message = Self(Box::pin(future));
        message.goes_on();
        message
    }

    /// Runs it up to its next await.
    pub fn goes_on(&mut self) {
        if let Poll::Ready(answer) = self.poll() {
            panic!("expected to wait, but it answered {answer:?}");
        }
    }

    /// Runs it to its end.
    pub fn ends(mut self) -> T {
        match self.poll() {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("expected an answer, but it waits"),
        }
    }

    fn poll(&mut self) -> Poll<T> {
        self.0.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// The answer of a message that never waits.
pub fn at_once<T: std::fmt::Debug>(future: impl Future<Output = T>) -> T {
    Message(Box::pin(future)).ends()
}

pub fn reason<T: std::fmt::Debug>(answer: Result<T, NoteError>) -> NoteReason {
    answer.expect_err("a refusal").reason.expect("a reason")
}

pub fn allow(account: Option<AccountId>) -> Decision {
    Decision {
        allowed: true,
        account,
        determining_policies: vec!["members-read".to_owned()],
        missing: Vec::new(),
        grant: None,
        policy_version: PolicyVersion(1),
        revision: Revision(3),
        seq: Seq(17),
        decided_at: NOW,
        valid_until: NOW.plus_seconds(60),
    }
}

pub fn deny() -> Decision {
    Decision { allowed: false, missing: vec!["a role".to_owned()], determining_policies: Vec::new(), ..allow(None) }
}

/// A name, what came instead of an answer, and whether the registry says that the call can be repeated.
type CallFailure = (&'static str, Result<Vec<u8>, CallError>, bool);

/// What can come instead of an answer.
pub fn call_failures() -> Vec<CallFailure> {
    let message = || "because".to_owned();
    vec![
        ("trap", Err(CallError::Rejected { code: 5, message: message() }), true),
        ("stopped", Err(CallError::Rejected { code: 3, message: message() }), true),
        ("unknown outcome", Err(CallError::OutcomeUnknown { message: message() }), true),
        ("not sent", Err(CallError::NotSent { message: message() }), true),
        ("another version", Ok(reply(&"what is this")), false),
    ]
}

pub fn mint_arg(receipt: u8) -> MintArg {
    MintArg {
        context: CONTEXT,
        receipt: ReceiptId([receipt; 32]),
        metadata: NoteMetadata {
            title: "Minutes".to_owned(),
            content_type: "text/plain".to_owned(),
            kind: Some("dataset".to_owned()),
        },
        ciphertext: ByteBuf::from(vec![receipt; 100]),
    }
}

pub fn receipt_for(asked: &ConsumeArg) -> Receipt {
    Receipt {
        id: asked.receipt,
        circuit: asked.expected.circuit,
        statement: StatementKind::NoteCommitment,
        public_inputs: [60, 61, 62, 63].map(|byte| FieldElement([byte; 32])).to_vec(),
        context: asked.expected.context,
        consumer: REGISTRY,
        purpose: asked.expected.purpose.clone(),
        submitter: asked.expected.submitter,
        issued_at: NOW,
        expires_at: NOW.plus_seconds(1_000),
        consumed_at: Some(NOW),
        is_revoked: false,
    }
}

/// What a mint adds to the state, past all checks.
pub fn new_note(minter: Principal, receipt: [u8; 32]) -> NewNote {
    let ciphertext = receipt[..9].to_vec();
    NewNote {
        record: NoteRecord {
            context: CONTEXT,
            commitment: FieldElement([6; 32]),
            receipt: ReceiptId(receipt),
            title: "Minutes".to_owned(),
            content_type: "text/plain".to_owned(),
            ciphertext_hash: Digest32([8; 32]),
            ciphertext_length: 9,
            minter,
            minted_at: NOW,
            kind: Some("dataset".to_owned()),
        },
        ciphertext,
    }
}

/// A note that exists, owned by its minter.
pub fn minted(minter: Principal, receipt: u8) -> NoteId {
    with_state_mut(|state| state.mint(new_note(minter, [receipt; 32]))).expect("a new receipt")
}

pub fn key_of(owner: Principal) -> AccountKey {
    AccountKey::default_of(&owner)
}
