//! Everything the canister remembers.
//!
//! [`State::apply`] is the only place that changes it. All of it lies in stable memory, so an upgrade has nothing to save
//! and nothing to rebuild.

mod event;
mod pages;
#[cfg(test)]
mod tests;

pub use event::Event;
pub use pages::Page;

use crate::storage::{
    AUTOMATIC_EXECUTIONS, AutomaticExecution, BALLOTS, BUCKET_PAGES, CONFIG, CONTENTS, Config, Decision,
    OPEN_OF_PROPOSER, PROPOSALS, PROPOSALS_OF_CONTEXT, STEPS, StoredBallot, StoredChange, StoredCircuits,
    StoredContent, StoredProposal,
};
use calisec_runtime::{Cbor, InFlight, InFlightGuard, Memory};
use calisec_types::governance::GovernanceReason;
use calisec_types::ids::{AccountId, ContextId, ProposalId, Timestamp};
use candid::Principal;
use ic_stable_structures::memory_manager::MemoryManager;
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableBTreeSet, StableCell};
use std::cell::RefCell;

/// An account in a context, whose open proposals are counted together.
type Proposer = (ContextId, AccountId);
/// In the order in which the voting on a proposer's proposals ends.
type OpenProposal = (Proposer, (Timestamp, ProposalId));

/// The state.
pub struct State {
    config: StableCell<Cbor<Option<Config>>, Memory>,
    proposals: StableBTreeMap<ProposalId, Cbor<StoredProposal>, Memory>,
    contents: StableBTreeMap<ProposalId, Cbor<StoredContent>, Memory>,
    steps: StableBTreeMap<(ProposalId, u32), Cbor<StoredChange>, Memory>,
    ballots: StableBTreeMap<(ProposalId, AccountId), Cbor<StoredBallot>, Memory>,
    proposals_of_context: StableBTreeSet<(ContextId, ProposalId), Memory>,
    open_of_proposer: StableBTreeSet<OpenProposal, Memory>,
    automatic_executions: StableBTreeSet<(Timestamp, ProposalId), Memory>,
}

impl State {
    /// The state of a canister that is being installed.
    #[must_use]
    pub fn install(memory: &MemoryManager<DefaultMemoryImpl>, config: Config) -> Self {
        let mut state = Self::load(memory);
        state.config.set(Cbor(Some(config)));
        state
    }

    /// The state that stable memory holds.
    #[must_use]
    pub fn load(memory: &MemoryManager<DefaultMemoryImpl>) -> Self {
        Self {
            config: StableCell::init(memory.get(CONFIG), Cbor(None)),
            proposals: StableBTreeMap::init(memory.get(PROPOSALS)),
            contents: StableBTreeMap::init(memory.get(CONTENTS)),
            steps: StableBTreeMap::init(memory.get(STEPS)),
            ballots: StableBTreeMap::init(memory.get(BALLOTS)),
            proposals_of_context: StableBTreeSet::init(memory.get(PROPOSALS_OF_CONTEXT)),
            open_of_proposer: StableBTreeSet::init(memory.get(OPEN_OF_PROPOSER)),
            automatic_executions: StableBTreeSet::init(memory.get(AUTOMATIC_EXECUTIONS)),
        }
    }

    /// Who decides about circuits from now on.
    pub fn set_circuits(&mut self, circuits: StoredCircuits) {
        let config = Config { circuits: Some(circuits), ..self.config() };
        self.config.set(Cbor(Some(config)));
    }

    /// What the canister was installed with, and upgrades set.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.get().0.expect("BUG: the install argument is stored before anything else")
    }

    /// A proposal.
    #[must_use]
    pub fn proposal(&self, id: ProposalId) -> Option<StoredProposal> {
        self.proposals.get(&id).map(|Cbor(proposal)| proposal)
    }

    /// What a proposal says.
    #[must_use]
    pub fn content(&self, id: ProposalId) -> Option<StoredContent> {
        self.contents.get(&id).map(|Cbor(content)| content)
    }

    /// A step of a proposal.
    #[must_use]
    pub fn step(&self, id: ProposalId, step: u32) -> Option<StoredChange> {
        self.steps.get(&(id, step)).map(|Cbor(change)| change)
    }

    /// The vote an account cast.
    #[must_use]
    pub fn ballot(&self, id: ProposalId, voter: AccountId) -> Option<StoredBallot> {
        self.ballots.get(&(id, voter)).map(|Cbor(ballot)| ballot)
    }

    /// The id of the proposal that is made next. Proposals are never removed, so no id is ever given twice.
    #[must_use]
    pub fn next_proposal(&self) -> ProposalId {
        self.proposals.last_key_value().map_or(ProposalId(1), |(last, _)| last.next())
    }

    /// How many proposals of the proposer in the context take votes. Looks at no more than there may be.
    #[must_use]
    pub fn open_proposals(&self, context: ContextId, proposer: AccountId, now: Timestamp) -> u64 {
        let owner = (context, proposer);
        // An entry is removed by an early decision; otherwise it counts until its voting ends.
        let still_open = (owner, (Timestamp(now.0.saturating_add(1)), ProposalId(0)))..=last_open(owner);
        u64::try_from(self.open_of_proposer.range(still_open).count()).unwrap_or(u64::MAX)
    }

    /// When the timer has to look at a proposal next.
    #[must_use]
    pub fn next_automatic_execution(&self) -> Option<Timestamp> {
        self.automatic_executions.first().map(|(at, _)| at)
    }

    /// The first proposals, at most `limit`, that the timer has to look at by now.
    #[must_use]
    pub fn due_for_execution(&self, now: Timestamp, limit: usize) -> Vec<ProposalId> {
        self.automatic_executions.iter().take_while(|(at, _)| *at <= now).take(limit).map(|(_, id)| id).collect()
    }

    /// Changes the state.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Proposed { proposal, content, steps } => self.propose(*proposal, content, steps),
            Event::Voted { proposal, voter, ballot } => self.vote(proposal, voter, ballot),
            Event::BallotStruck { proposal, voter, at } => self.strike(proposal, voter, at),
            Event::ExecutionBegun { proposal: id } => {
                let mut proposal = self.existing(id);
                proposal.journal.get_or_insert_default();
                self.store(id, proposal);
            }
            Event::StepFinished { proposal: id, outcome } => {
                let mut proposal = self.existing(id);
                proposal.journal.get_or_insert_default().push(outcome);
                if proposal.next_step().is_none() {
                    self.plan(id, &mut proposal, None);
                }
                self.store(id, proposal);
            }
            Event::AutomaticExecutionPlanned { proposal: id, plan } => {
                let mut proposal = self.existing(id);
                self.plan(id, &mut proposal, plan);
                self.store(id, proposal);
            }
        }
    }

    fn propose(&mut self, mut proposal: StoredProposal, content: StoredContent, steps: Vec<StoredChange>) {
        let id = self.next_proposal();
        let owner = (proposal.context, proposal.proposer);
        self.forget_closed(owner, proposal.created_at);
        self.open_of_proposer.insert((owner, (proposal.voting_ends_at, id)));
        self.proposals_of_context.insert((proposal.context, id));
        self.contents.insert(id, Cbor(content));
        for (step, change) in (0..).zip(steps) {
            self.steps.insert((id, step), Cbor(change));
        }
        // If no vote decides it earlier, it is decided when voting ends.
        self.plan_for_end_of_voting(id, &mut proposal);
        self.store(id, proposal);
    }

    fn vote(&mut self, id: ProposalId, voter: AccountId, ballot: StoredBallot) {
        let mut proposal = self.existing(id);
        proposal.tally = proposal
            .tally
            .with(ballot.choice, ballot.weight)
            .expect("BUG: a vote is recorded after checking that its weight is outstanding");
        let before = self.ballots.insert((id, voter), Cbor(ballot));
        assert!(before.is_none(), "BUG: a vote is recorded after checking that there is none");
        self.decide_early(id, &mut proposal, ballot.at);
        self.store(id, proposal);
    }

    /// Takes a ballot out of the count. What was certain because of it is open again, or decided by what else was counted when
    /// voting ended.
    fn strike(&mut self, id: ProposalId, voter: AccountId, now: Timestamp) {
        let mut proposal = self.existing(id);
        let ballot = self.ballot(id, voter).expect("BUG: a ballot is struck after checking that there is one");
        assert!(ballot.struck_at.is_none(), "BUG: a ballot is struck after checking that it counts");
        self.ballots.insert((id, voter), Cbor(StoredBallot { struck_at: Some(now), ..ballot }));
        proposal.tally = proposal.tally.without(ballot.choice, ballot.weight);
        if proposal.early_decision.is_some() && proposal.tally.certain_outcome(&proposal.rules) != Some(true) {
            proposal.early_decision = None;
            self.plan_for_end_of_voting(id, &mut proposal);
        }
        match proposal.decision(now) {
            None => {
                let owner = (proposal.context, proposal.proposer);
                self.open_of_proposer.insert((owner, (proposal.voting_ends_at, id)));
                self.decide_early(id, &mut proposal, now);
            }
            Some(Decision { adopted: false, .. }) => self.plan(id, &mut proposal, None),
            Some(Decision { adopted: true, .. }) => {}
        }
        self.store(id, proposal);
    }

    /// Decides a proposal on which votes are taken, if no further vote can change the outcome.
    fn decide_early(&mut self, id: ProposalId, proposal: &mut StoredProposal, now: Timestamp) {
        if let Some(adopted) = proposal.tally.certain_outcome(&proposal.rules) {
            proposal.early_decision = Some(Decision { adopted, at: now });
            let owner = (proposal.context, proposal.proposer);
            self.open_of_proposer.remove(&(owner, (proposal.voting_ends_at, id)));
            let at = proposal.executable_at(now);
            self.plan(id, proposal, adopted.then_some(AutomaticExecution { at, attempts: 0 }));
        }
    }

    fn plan_for_end_of_voting(&mut self, id: ProposalId, proposal: &mut StoredProposal) {
        let at = proposal.executable_at(proposal.voting_ends_at);
        self.plan(id, proposal, Some(AutomaticExecution { at, attempts: 0 }));
    }

    /// Removes the proposer's entries whose voting is over. There are never more entries than open proposals are allowed,
    /// because each proposal removes the old ones before it adds one.
    fn forget_closed(&mut self, owner: Proposer, now: Timestamp) {
        let closed = (owner, (Timestamp(0), ProposalId(0)))..=(owner, (now, ProposalId(u64::MAX)));
        let entries: Vec<_> = self.open_of_proposer.range(closed).collect();
        for entry in entries {
            self.open_of_proposer.remove(&entry);
        }
    }

    /// Keeps the record's plan and the timer's order the same.
    fn plan(&mut self, id: ProposalId, proposal: &mut StoredProposal, plan: Option<AutomaticExecution>) {
        if let Some(AutomaticExecution { at, .. }) = std::mem::replace(&mut proposal.automatic, plan) {
            self.automatic_executions.remove(&(at, id));
        }
        if let Some(AutomaticExecution { at, .. }) = plan {
            self.automatic_executions.insert((at, id));
        }
    }

    fn existing(&self, id: ProposalId) -> StoredProposal {
        self.proposal(id).expect("BUG: only proposals that exist change")
    }

    fn store(&mut self, id: ProposalId, proposal: StoredProposal) {
        self.proposals.insert(id, Cbor(proposal));
    }
}

const fn last_open(owner: Proposer) -> OpenProposal {
    (owner, (Timestamp(u64::MAX), ProposalId(u64::MAX)))
}

/// What a message works on while it waits for membership.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Somebody makes a proposal: one at a time, so that calls to membership are not multiplied.
    Propose(Principal),
    /// Somebody votes.
    Vote(ProposalId, Principal),
    /// Somebody's ballot is struck.
    Strike(ProposalId, AccountId),
    /// A proposal is executed, by the timer or by anybody.
    Execute(ProposalId),
}

thread_local! {
    static MEMORY: MemoryManager<DefaultMemoryImpl> = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), BUCKET_PAGES);
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
    static IN_FLIGHT: InFlight<Work> = InFlight::default();
}

/// Makes the state the canister's.
pub fn set_state(make: impl FnOnce(&MemoryManager<DefaultMemoryImpl>) -> State) {
    let state = MEMORY.with(make);
    STATE.set(Some(state));
}

/// Reads the state.
pub fn with_state<R>(read: impl FnOnce(&State) -> R) -> R {
    STATE.with_borrow(|state| read(state.as_ref().expect("BUG: a canister has a state once it is installed")))
}

/// Changes the state.
pub fn with_state_mut<R>(change: impl FnOnce(&mut State) -> R) -> R {
    STATE.with_borrow_mut(|state| change(state.as_mut().expect("BUG: a canister has a state once it is installed")))
}

/// Marks work until the guard is dropped, also when a callback traps.
///
/// # Errors
/// [`GovernanceReason::InProgress`] when it is marked already.
pub fn begin(work: Work) -> Result<InFlightGuard<Work>, GovernanceReason> {
    IN_FLIGHT.with(|in_flight| in_flight.begin(work)).ok_or(GovernanceReason::InProgress)
}
