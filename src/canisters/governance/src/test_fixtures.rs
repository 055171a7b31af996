//! A membership canister that tests script, and a world around it.

use crate::lifecycle;
use crate::state::with_state;
use crate::storage::{StoredProposal, StoredTally};
use crate::{api, execution};
use calisec_clients::{CallError, Transport};
use calisec_runtime::StubEnv;
use calisec_types::error::{ApiError, ErrorKind};
use calisec_types::governance::{
    Choice, CircuitsInit, GovernanceError, GovernanceInit, GovernanceReason, Measure, Proposal, ProposeArg, Rules,
    Status, StrikeBallotArg, Tally, VoteArg,
};
use calisec_types::ids::{
    AccountId, CircuitId, ContextId, GrantId, NoteId, ProposalId, Revision, Seq, Timestamp, Weight,
};
use calisec_types::membership::{
    Action, Applied, ApplyArg, Change, Electorate, ElectorateArg, GrantTerms, MembershipError, MembershipReason,
    ValidateChangeArg, VotingWeight, VotingWeightArg,
};
use calisec_types::proof_verifier::{
    Circuit, CircuitStatus, ProofError, ProofReason, SetCircuitStatusArg, StatementKind,
};
use candid::{CandidType, Principal, decode_one, encode_one};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000_000);
pub const RULES: Rules = Rules {
    voting_period_seconds: 3600,
    timelock_seconds: 600,
    execution_window_seconds: 7200,
    quorum_percent: 50,
    approval_percent: 50,
};
pub const MEMBERSHIP: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
pub const VERIFIER: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 3, 1, 1]);
pub const CIRCUIT: CircuitId = CircuitId([0xc1; 32]);
const GOVERNANCE: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 2, 1, 1]);
pub const CONTEXT: ContextId = ContextId([0xc0; 32]);

pub const fn principal(number: u8) -> Principal {
    Principal::from_slice(&[number; 29])
}

pub const fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

pub fn grant_to(number: u8) -> Change {
    Change::Grant {
        account: account(number),
        action: Action::Read,
        note: NoteId(7),
        registry: principal(200),
        terms: GrantTerms::default(),
    }
}

pub fn stored_proposal() -> StoredProposal {
    StoredProposal {
        context: CONTEXT,
        proposer: account(1),
        rules: RULES.into(),
        revision: Revision(1),
        tally: StoredTally::empty(Weight(10)),
        created_at: NOW,
        voting_ends_at: NOW.plus_seconds(RULES.voting_period_seconds),
        step_count: 1,
        early_decision: None,
        journal: None,
        automatic: None,
    }
}

/// What happens to one call instead of a plain answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The call does not arrive.
    Lost(CallError),
    /// The call arrives, its answer does not.
    AnswerLost(CallError),
    /// The answer is not Candid of the expected type.
    Garbage,
    /// Membership answers with an error of this kind.
    Error(ErrorKind),
}

#[derive(Clone, Copy, Debug)]
pub struct FakeMember {
    pub account: AccountId,
    pub weight: u64,
    pub since: Revision,
}

/// The membership canister: members, steps that were applied, and faults.
#[derive(Debug, Default)]
pub struct FakeMembership {
    pub members: BTreeMap<Principal, FakeMember>,
    pub revision: Revision,
    /// Faults of the next calls; `None` lets one pass.
    pub faults: VecDeque<Option<Fault>>,
    /// Calls wait while it is set, after this many that do not.
    pub held: Option<usize>,
    /// Names of the methods called.
    pub calls: Vec<String>,
    /// Steps by idempotency key.
    pub applied: BTreeMap<(ProposalId, u32), (Change, Applied)>,
    /// Changes in the order in which they took effect.
    pub effects: Vec<Change>,
    /// Grants to this account are refused.
    pub refused: Option<AccountId>,
    /// The verifier's one circuit: what its status is, and how often it was set.
    pub circuit: Option<(CircuitStatus, u32)>,
}

impl FakeMembership {
    fn member(&self, principal: Principal) -> Result<FakeMember, MembershipError> {
        let by_key = || self.members.values().find(|member| member.account.principal() == principal);
        let member = self.members.get(&principal).or_else(by_key).copied();
        member.ok_or_else(|| MembershipReason::NotAMember(principal).into())
    }

    fn electorate(&self, arg: &ElectorateArg) -> Result<Electorate, MembershipError> {
        let proposer = self.member(arg.proposer)?.account;
        let weights: BTreeMap<_, _> = self.members.values().map(|member| (member.account, member.weight)).collect();
        Ok(Electorate { revision: self.revision, total_weight: Weight(weights.values().sum()), proposer })
    }

    fn voting_weight(&self, arg: &VotingWeightArg) -> Result<VotingWeight, MembershipError> {
        let member = self.member(arg.voter)?;
        if member.since > arg.revision {
            return Err(MembershipReason::NotInElectorate(arg.revision).into());
        }
        Ok(VotingWeight { account: member.account, weight: Weight(member.weight) })
    }

    fn validate(&self, change: &Change) -> Result<(), MembershipError> {
        match change {
            Change::Grant { account, .. } if self.refused == Some(*account) => {
                Err(MembershipReason::UnknownMember(*account).into())
            }
            Change::Grant { .. }
            | Change::Revoke { .. }
            | Change::SetPolicy { .. }
            | Change::SetCheckpointQuorum { .. }
            | Change::SetClaimKind { .. }
            | Change::RemoveClaimKind { .. } => Ok(()),
        }
    }

    fn apply(&mut self, arg: ApplyArg) -> Result<Applied, MembershipError> {
        if let Some((change, applied)) = self.applied.get(&(arg.proposal, arg.step)) {
            assert_eq!(change, &arg.change, "the same key is used for the same step");
            return Ok(*applied);
        }
        self.validate(&arg.change)?;
        self.effects.push(arg.change.clone());
        let seq = self.effects.len() as u64;
        let applied = Applied { seq: Seq(seq), grant: Some(GrantId(100 + seq)) };
        self.applied.insert((arg.proposal, arg.step), (arg.change, applied));
        Ok(applied)
    }

    fn circuit(&self, id: CircuitId) -> Result<Circuit, ProofError> {
        let (status, _) = self.circuit.filter(|_| id == CIRCUIT).ok_or(ProofReason::UnknownCircuit(id))?;
        Ok(Circuit {
            id,
            name: "a circuit".to_owned(),
            statement: StatementKind::NoteCommitment,
            curve: None,
            public_inputs: 4,
            ceremony: None,
            owner: principal(1),
            registered_at: NOW,
            status,
        })
    }

    fn set_circuit_status(&mut self, arg: SetCircuitStatusArg) -> Result<Circuit, ProofError> {
        let (status, times) = self.circuit.as_mut().ok_or(ProofReason::UnknownCircuit(arg.circuit))?;
        if *status == CircuitStatus::Revoked && arg.status != CircuitStatus::Revoked {
            return Err(ProofReason::NotAuthorised.into());
        }
        (*status, *times) = (arg.status, *times + 1);
        self.circuit(arg.circuit)
    }

    fn answer(&mut self, method: &str, arg: &[u8]) -> Vec<u8> {
        match method {
            "electorate" => encoded(&self.electorate(&decode_one(arg).expect("argument"))),
            "voting_weight" => encoded(&self.voting_weight(&decode_one(arg).expect("argument"))),
            "validate_change" => {
                encoded(&self.validate(&decode_one::<ValidateChangeArg>(arg).expect("argument").change))
            }
            "apply" => encoded(&self.apply(decode_one(arg).expect("argument"))),
            "circuit" => encoded(&self.circuit(decode_one(arg).expect("argument"))),
            "set_circuit_status" => encoded(&self.set_circuit_status(decode_one(arg).expect("argument"))),
            other => panic!("governance has no business calling {other}"),
        }
    }

    fn serve(&mut self, method: &str, arg: &[u8]) -> Result<Vec<u8>, CallError> {
        self.calls.push(method.to_owned());
        match self.faults.pop_front().flatten() {
            None => Ok(self.answer(method, arg)),
            Some(Fault::Lost(error)) => Err(error),
            Some(Fault::AnswerLost(error)) => {
                drop(self.answer(method, arg));
                Err(error)
            }
            Some(Fault::Garbage) => Ok(b"DIDL\x00\x01\x7d\x05".to_vec()),
            Some(Fault::Error(kind)) => {
                let error: MembershipError = ApiError { kind, reason: None, message: format!("scripted {kind:?}") };
                Ok(encoded(&Err::<(), _>(error)))
            }
        }
    }
}

fn encoded<T: CandidType>(answer: &T) -> Vec<u8> {
    encode_one(answer).expect("answers encode")
}

/// A governance canister with five members of weight 1, numbered 1 to 5, and the clock at [`NOW`].
pub struct World {
    pub env: StubEnv,
    pub membership: RefCell<FakeMembership>,
}

impl Transport for World {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let is_of_verifier = ["circuit", "set_circuit_status"].contains(&method);
        assert_eq!(canister, if is_of_verifier { VERIFIER } else { MEMBERSHIP });
        poll_fn(|_| match &mut self.membership.borrow_mut().held {
            Some(0) => Poll::Pending,
            Some(passing) => {
                *passing -= 1;
                Poll::Ready(())
            }
            None => Poll::Ready(()),
        })
        .await;
        self.membership.borrow_mut().serve(method, &arg)
    }
    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.update(canister, method, arg).await
    }
}

impl World {
    pub fn new() -> Self {
        Self::with_rules(RULES)
    }

    pub fn with_rules(rules: Rules) -> Self {
        let circuits = Some(CircuitsInit { proof_verifier: VERIFIER, context: CONTEXT });
        lifecycle::init(&GovernanceInit { membership: MEMBERSHIP, rules, circuits });
        let world = Self {
            env: StubEnv::new(GOVERNANCE, Principal::anonymous(), NOW),
            membership: RefCell::new(FakeMembership { revision: Revision(1), ..FakeMembership::default() }),
        };
        for number in 1..=5 {
            world.join(number);
        }
        world
    }

    /// Makes a member of the principal and account with this number.
    pub fn join(&self, number: u8) {
        let mut membership = self.membership.borrow_mut();
        membership.revision = membership.revision.next();
        let member = FakeMember { account: account(number), weight: 1, since: membership.revision };
        membership.members.insert(principal(number), member);
    }

    pub fn leave(&self, number: u8) {
        let mut membership = self.membership.borrow_mut();
        membership.revision = membership.revision.next();
        membership.members.remove(&principal(number));
    }

    pub fn fail_next(&self, fault: Fault) {
        self.membership.borrow_mut().faults.push_back(Some(fault));
    }

    /// Lets this many calls pass before the next fault.
    pub fn pass(&self, calls: usize) {
        self.membership.borrow_mut().faults.extend(std::iter::repeat_n(None, calls));
    }

    pub fn hold(&self, held: bool) {
        self.membership.borrow_mut().held = held.then_some(0);
    }

    /// Holds every call after the next ones.
    pub fn hold_after(&self, calls: usize) {
        self.membership.borrow_mut().held = Some(calls);
    }

    pub fn effects(&self) -> Vec<Change> {
        self.membership.borrow().effects.clone()
    }

    pub fn start_propose(
        &self,
        caller: u8,
        steps: Vec<impl Into<Measure>>,
    ) -> Running<'_, Result<Proposal, GovernanceError>> {
        self.env.call_as(principal(caller));
        let steps = steps.into_iter().map(Into::into).collect();
        let arg = ProposeArg { context: CONTEXT, title: "Title".into(), summary: "Summary".into(), steps };
        Running::start(api::propose(&self.env, self, arg))
    }

    pub fn propose(&self, caller: u8, steps: Vec<impl Into<Measure>>) -> Result<Proposal, GovernanceReason> {
        self.start_propose(caller, steps).answer()
    }

    /// A proposal of member 1 with one step.
    pub fn proposal(&self) -> ProposalId {
        self.propose(1, vec![grant_to(9)]).expect("member 1 may propose").id
    }

    pub fn start_vote(
        &self,
        caller: u8,
        proposal: ProposalId,
        choice: Choice,
    ) -> Running<'_, Result<Tally, GovernanceError>> {
        self.env.call_as(principal(caller));
        Running::start(api::vote(&self.env, self, VoteArg { proposal, choice }))
    }

    pub fn vote(&self, caller: u8, proposal: ProposalId, choice: Choice) -> Result<Tally, GovernanceReason> {
        self.start_vote(caller, proposal, choice).answer()
    }

    pub fn start_strike(&self, proposal: ProposalId, voter: u8) -> Running<'_, Result<Tally, GovernanceError>> {
        self.env.call_as(principal(99));
        Running::start(api::strike_ballot(&self.env, self, StrikeBallotArg { proposal, voter: account(voter) }))
    }

    pub fn strike(&self, proposal: ProposalId, voter: u8) -> Result<Tally, GovernanceReason> {
        self.start_strike(proposal, voter).answer()
    }

    pub fn start_execute(&self, proposal: ProposalId) -> Running<'_, Result<Proposal, GovernanceError>> {
        self.env.call_as(principal(99));
        Running::start(api::execute(&self.env, self, proposal))
    }

    pub fn execute(&self, proposal: ProposalId) -> Result<Proposal, GovernanceReason> {
        self.start_execute(proposal).answer()
    }

    /// As the timer does.
    pub fn execute_automatically(&self, proposal: ProposalId) -> Result<Proposal, GovernanceReason> {
        self.env.call_as(GOVERNANCE);
        Running::start(execution::run(&self.env, self, proposal)).finish()
    }

    /// A proposal with these steps that three of five adopted, at the end of its timelock.
    pub fn executable(&self, steps: Vec<impl Into<Measure>>) -> ProposalId {
        let id = self.propose(1, steps).expect("member 1 may propose").id;
        for voter in 1..=3 {
            self.vote(voter, id, Choice::Adopt).expect("votes are taken");
        }
        self.env.advance_seconds(RULES.timelock_seconds);
        id
    }

    pub fn status(&self, proposal: ProposalId) -> Status {
        api::proposal(&self.env, proposal).expect("the proposal exists").status
    }

    /// Everything the canister remembers, in words.
    pub fn snapshot(&self) -> String {
        let now = self.env.now.get();
        with_state(|state| {
            let mut words = format!("{:?} {:?}", state.config(), state.next_automatic_execution());
            for id in (1..state.next_proposal().0).map(ProposalId) {
                let open = state.proposal(id).map(|p| state.open_proposals(p.context, p.proposer, now));
                words += &format!(
                    "\n{:?} {:?} {:?} {:?} {open:?}",
                    state.proposal(id),
                    state.content(id),
                    state.view(id, now),
                    state.ballots_page(id, None, 1000)
                );
            }
            words
        })
    }
}

/// A message being processed, which the test moves on by hand.
pub struct Running<'a, O> {
    future: Option<Pin<Box<dyn Future<Output = O> + 'a>>>,
    output: Option<O>,
}

impl<'a, O> Running<'a, O> {
    /// Runs to the first call that is held, or to the end.
    pub fn start(future: impl Future<Output = O> + 'a) -> Self {
        let mut running = Self { future: Some(Box::pin(future)), output: None };
        running.step();
        running
    }

    /// Runs to the next call that is held, or to the end; whether it is the end.
    pub fn step(&mut self) -> bool {
        if let Some(future) = &mut self.future
            && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            (self.future, self.output) = (None, Some(output));
        }
        self.output.is_some()
    }

    /// Runs to the end.
    pub fn finish(mut self) -> O {
        self.step();
        self.output.expect("no call is held")
    }
}

impl<T> Running<'_, Result<T, GovernanceError>> {
    /// Runs to the end; an error must carry its reason.
    pub fn answer(self) -> Result<T, GovernanceReason> {
        reason(self.finish())
    }
}

/// The reason of an error, which must be there and agree with the rest of the error.
pub fn reason<T>(answer: Result<T, GovernanceError>) -> Result<T, GovernanceReason> {
    answer.map_err(|error| {
        let reason = error.reason.clone().expect("errors carry a reason");
        assert_eq!(GovernanceError::from(reason.clone()), error);
        reason
    })
}

/// Runs each row of a table on a canister of its own, which is a thread of its own.
pub fn on_fresh_canister(test: impl FnOnce() + Send) {
    std::thread::scope(|scope| scope.spawn(test).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}
