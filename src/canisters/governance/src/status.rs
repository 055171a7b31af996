//! Where a proposal stands: from its record and the clock, at constant cost.

use crate::storage::{Decision, StoredOutcome, StoredProposal};
use calisec_types::governance::Status;
use calisec_types::ids::Timestamp;

impl StoredProposal {
    /// How it was decided; `None` while votes are taken. A moment belongs to what it begins: at the end of voting no vote
    /// is taken any more.
    #[must_use]
    pub fn decision(&self, now: Timestamp) -> Option<Decision> {
        self.early_decision.or_else(|| {
            (now >= self.voting_ends_at)
                .then(|| Decision { adopted: self.tally.passes(&self.rules), at: self.voting_ends_at })
        })
    }

    /// When it may execute if it is adopted at this time.
    #[must_use]
    pub const fn executable_at(&self, adopted_at: Timestamp) -> Timestamp {
        adopted_at.plus_seconds(self.rules.timelock_seconds)
    }

    /// Where it stands. What began to execute does not expire: it was in time.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        if let Some(journal) = &self.journal {
            return status_of_execution(journal, self.step_count);
        }
        match self.decision(now) {
            None => Status::Open,
            Some(Decision { adopted: false, .. }) => Status::Rejected,
            Some(Decision { adopted: true, at }) => {
                let executable_at = self.executable_at(at);
                if now < executable_at.plus_seconds(self.rules.execution_window_seconds) {
                    Status::Adopted { executable_at }
                } else {
                    Status::Expired
                }
            }
        }
    }

    /// The step to be tried next, from 0; `None` when execution has not begun or is over.
    #[must_use]
    pub fn next_step(&self) -> Option<u32> {
        let journal = self.journal.as_ref()?;
        matches!(status_of_execution(journal, self.step_count), Status::Executing).then(|| tried(journal))
    }
}

fn status_of_execution(journal: &[StoredOutcome], step_count: u32) -> Status {
    match journal.last() {
        Some(StoredOutcome::Refused { message }) => {
            Status::Failed { step: tried(journal).saturating_sub(1), message: message.clone() }
        }
        Some(StoredOutcome::Applied { .. } | StoredOutcome::CircuitSet) if tried(journal) >= step_count => {
            Status::Executed
        }
        Some(StoredOutcome::Applied { .. } | StoredOutcome::CircuitSet) | None => Status::Executing,
    }
}

/// Steps that were tried to the end.
fn tried(journal: &[StoredOutcome]) -> u32 {
    u32::try_from(journal.len()).expect("BUG: a journal has one entry per step, of which there are few")
}

#[cfg(test)]
mod tests {
    use crate::storage::{Decision, StoredOutcome, StoredProposal, StoredTally};
    use crate::test_fixtures::{NOW, RULES, stored_proposal};
    use calisec_types::governance::Status;
    use calisec_types::ids::{Seq, Timestamp, Weight};

    fn with_votes(adopt: u64, reject: u64) -> StoredProposal {
        let tally = StoredTally { adopt: Weight(adopt), reject: Weight(reject), ..StoredTally::empty(Weight(10)) };
        StoredProposal { tally, ..stored_proposal() }
    }

    /// The voting period of the fixture's rules.
    const END: Timestamp = NOW.plus_seconds(RULES.voting_period_seconds);
    const EXECUTABLE: Timestamp = END.plus_seconds(RULES.timelock_seconds);
    const LAPSED: Timestamp = EXECUTABLE.plus_seconds(RULES.execution_window_seconds);
    const fn before(at: Timestamp) -> Timestamp {
        Timestamp(at.0 - 1)
    }

    #[test]
    fn should_change_status_exactly_at_the_deadline_when_the_clock_passes_it() {
        let adopted = with_votes(4, 1);
        let early = |adopted| StoredProposal {
            early_decision: Some(Decision { adopted, at: NOW.plus_seconds(1) }),
            ..with_votes(9, 0)
        };
        let early_executable = NOW.plus_seconds(1 + RULES.timelock_seconds);
        let early_lapsed = early_executable.plus_seconds(RULES.execution_window_seconds);
        let cases = [
            ("open", adopted.clone(), before(END), Status::Open),
            ("adopted at the end", adopted.clone(), END, Status::Adopted { executable_at: EXECUTABLE }),
            ("still in its window", adopted.clone(), before(LAPSED), Status::Adopted { executable_at: EXECUTABLE }),
            ("window over", adopted, LAPSED, Status::Expired),
            ("no vote", with_votes(0, 0), END, Status::Rejected),
            ("below the quorum", with_votes(3, 1), END, Status::Rejected),
            ("a tie", with_votes(3, 3), END, Status::Rejected),
            ("rejected early", early(false), NOW.plus_seconds(1), Status::Rejected),
            ("rejected early, much later", early(false), LAPSED, Status::Rejected),
            ("adopted early", early(true), NOW.plus_seconds(1), Status::Adopted { executable_at: early_executable }),
            ("adopted early, window over", early(true), early_lapsed, Status::Expired),
        ];
        for (case, proposal, now, expected) in cases {
            assert_eq!(proposal.status(now), expected, "{case}");
            assert_eq!(proposal.next_step(), None, "{case}");
        }
    }

    #[test]
    fn should_follow_the_journal_whatever_the_clock_says_when_execution_has_begun() {
        let applied = StoredOutcome::Applied { seq: Seq(1), grant: None };
        let refused = StoredOutcome::Refused { message: "no".into() };
        let failed = |step| Status::Failed { step, message: "no".into() };
        let cases = [
            (vec![], Status::Executing, Some(0)),
            (vec![applied.clone()], Status::Executing, Some(1)),
            (vec![refused.clone()], failed(0), None),
            (vec![applied.clone(), refused], failed(1), None),
            (vec![applied.clone(), applied], Status::Executed, None),
        ];
        for (journal, status, next_step) in cases {
            let proposal = StoredProposal { step_count: 2, journal: Some(journal), ..with_votes(9, 0) };
            assert_eq!(proposal.status(LAPSED), status);
            assert_eq!(proposal.next_step(), next_step, "{status:?}");
        }
    }
}
