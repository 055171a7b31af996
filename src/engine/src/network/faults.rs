//! Faults on demand, reproducible from a seed.
//!
//! A rule says which request or answer it strikes ([`Match`]) and what happens ([`Fault`]). Only what the Internet
//! Computer could do to a caller is carried out: a guaranteed response, for instance, is never lost, so dropping one is
//! recorded as not applied instead of testing canisters against an impossible world.

use crate::error::{ErrorCode, Reject};
use candid::Principal;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::time::Duration;

/// Which requests, or their answers, a rule strikes. Empty: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    caller: Option<Principal>,
    callee: Option<Principal>,
    method: Option<String>,
    nth: Option<u64>,
}

impl Match {
    /// Every request.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Only requests of this user or canister.
    #[must_use]
    pub fn caller(self, caller: Principal) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// Only requests to this canister.
    #[must_use]
    pub fn callee(self, callee: Principal) -> Self {
        Self { callee: Some(callee), ..self }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(self, method: impl Into<String>) -> Self {
        Self { method: Some(method.into()), ..self }
    }

    /// Only the `nth` of those that match otherwise, counted from 1; without it, each of them.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self { nth: Some(nth), ..self }
    }

    fn fits(&self, at: &Where) -> bool {
        self.caller.is_none_or(|caller| caller == at.caller)
            && self.callee.is_none_or(|callee| callee == at.callee)
            && self.method.as_ref().is_none_or(|method| *method == at.method)
    }
}

/// When an [`Action`] happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the request reaches the callee.
    BeforeRequest,
    /// After the callee has answered, before the answer reaches the caller.
    BeforeAnswer,
}

/// What the network does to a canister between two messages, with its controllers' authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stops the canister; it is stopped once its open calls are answered.
    Stop(Principal),
    /// Starts the canister.
    Start(Principal),
    /// Upgrades the canister.
    Upgrade {
        /// Which.
        canister: Principal,
        /// The new module.
        wasm: Vec<u8>,
        /// The argument of `canister_post_upgrade`.
        arg: Vec<u8>,
    },
    /// Takes all cycles of the canister.
    ExhaustCycles(Principal),
}

/// What happens to a request or to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request never reaches the callee. A bounded-wait caller learns at its deadline that the outcome is unknown;
    /// a user's message gets no answer. Not applied to calls with a guaranteed response.
    DropRequest,
    /// The callee executes, its answer is lost: the caller gets `SysUnknown`, and cycles that were to come back are
    /// gone. A user's message gets no answer, though `ingress_status` knows it. Not applied to guaranteed responses.
    DropAnswer,
    /// The request reaches the callee twice, as if the sender had retried after losing the first answer: the answer of
    /// the first copy, which carries no cycles, is dropped; the caller gets the answer of the second. Not applied to
    /// guaranteed responses, which nobody retries.
    Duplicate,
    /// The request reaches the callee this much later.
    DelayRequest(Duration),
    /// The answer reaches the caller this much later. A bounded-wait call may expire meanwhile.
    DelayAnswer(Duration),
    /// The request is refused before it reaches the callee, as by a full queue or a frozen callee.
    RejectRequest(Reject),
    /// The callee executes and its effects stay, but the caller gets this reject, as when the callee traps after an
    /// inner await.
    RejectAnswer(Reject),
    /// The callee traps on this request: nothing it would have done happens.
    TrapCallee,
    /// The message goes on as usual, but something happens to a canister first.
    Meanwhile(Moment, Action),
}

impl Fault {
    const fn strikes_answers(&self) -> bool {
        matches!(
            self,
            Self::DropAnswer | Self::DelayAnswer(_) | Self::RejectAnswer(_) | Self::Meanwhile(Moment::BeforeAnswer, _)
        )
    }
}

/// How often the random mode strikes, per thousand requests or answers, and how long it delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frequencies {
    /// [`Fault::DropRequest`].
    pub drop_request: u32,
    /// [`Fault::Duplicate`].
    pub duplicate: u32,
    /// [`Fault::RejectRequest`] with `IC0201`, queue full.
    pub reject_request: u32,
    /// [`Fault::TrapCallee`].
    pub trap_callee: u32,
    /// [`Fault::DropAnswer`].
    pub drop_answer: u32,
    /// [`Fault::DelayAnswer`] by a random time up to `longest_delay`.
    pub delay_answer: u32,
    /// The longest random delay.
    pub longest_delay: Duration,
}

/// The request or answer that was struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where {
    /// Who called.
    pub caller: Principal,
    /// Who was called.
    pub callee: Principal,
    /// The method.
    pub method: String,
}

impl Where {
    /// The random mode leaves the management canister alone: rules may strike it.
    fn is_management(&self) -> bool {
        self.callee == Principal::management_canister()
    }
}

/// One fault that struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// The network's time.
    pub time_ns: u64,
    /// Which message.
    pub at: Where,
    /// What.
    pub fault: Fault,
    /// `false` when the Internet Computer could not have done this to this message, so it was not done.
    pub applied: bool,
}

#[derive(Debug)]
struct Rule {
    matching: Match,
    fault: Fault,
    seen: u64,
}

/// The faults a network will inject, and those it has injected.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
    random: Option<(ChaCha20Rng, Frequencies)>,
    injected: Vec<Injected>,
}

impl Faults {
    /// Adds a rule. Rules apply in the order in which they were added.
    pub fn on(&mut self, matching: Match, fault: Fault) -> &mut Self {
        self.rules.push(Rule { matching, fault, seen: 0 });
        self
    }

    /// Strikes at random, always the same way for the same seed and the same calls.
    pub fn randomly(&mut self, seed: u64, frequencies: Frequencies) -> &mut Self {
        self.random = Some((ChaCha20Rng::seed_from_u64(seed), frequencies));
        self
    }

    /// Removes every rule and the random mode; the record stays.
    pub fn clear(&mut self) {
        self.rules.clear();
        self.random = None;
    }

    /// What struck so far.
    #[must_use]
    pub fn injected(&self) -> &[Injected] {
        &self.injected
    }

    pub(super) fn record(&mut self, time_ns: u64, at: Where, fault: Fault, applied: bool) {
        self.injected.push(Injected { time_ns, at, fault, applied });
    }

    pub(super) fn strike_request(&mut self, at: &Where) -> Vec<Fault> {
        let mut faults = self.matching(at, false);
        if let Some((random, often)) = self.random.as_mut().filter(|_| !at.is_management()) {
            let full = Reject::new(ErrorCode::CanisterQueueFull, "Maximum queue capacity reached (injected fault)");
            faults.extend(pick(
                random,
                [
                    (often.drop_request, Fault::DropRequest),
                    (often.duplicate, Fault::Duplicate),
                    (often.reject_request, Fault::RejectRequest(full)),
                    (often.trap_callee, Fault::TrapCallee),
                ],
            ));
        }
        faults
    }

    pub(super) fn strike_answer(&mut self, at: &Where) -> Vec<Fault> {
        let mut faults = self.matching(at, true);
        if let Some((random, often)) = self.random.as_mut().filter(|_| !at.is_management()) {
            let longest = u64::try_from(often.longest_delay.as_nanos()).unwrap_or(u64::MAX);
            let delay = Duration::from_nanos(random.next_u64() % longest.saturating_add(1).max(1));
            faults.extend(pick(
                random,
                [(often.drop_answer, Fault::DropAnswer), (often.delay_answer, Fault::DelayAnswer(delay))],
            ));
        }
        faults
    }

    fn matching(&mut self, at: &Where, answers: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        for rule in &mut self.rules {
            if rule.fault.strikes_answers() == answers && rule.matching.fits(at) {
                rule.seen += 1;
                if rule.matching.nth.is_none_or(|nth| nth == rule.seen) {
                    faults.push(rule.fault.clone());
                }
            }
        }
        faults
    }
}

/// At most one of the faults, each with its frequency per thousand; always draws exactly one number.
fn pick<const N: usize>(random: &mut ChaCha20Rng, choices: [(u32, Fault); N]) -> Option<Fault> {
    let mut draw = random.next_u32() % 1000;
    for (per_mille, fault) in choices {
        if draw < per_mille {
            return Some(fault);
        }
        draw -= per_mille;
    }
    None
}
