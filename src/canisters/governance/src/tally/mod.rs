//! Counting: who is ahead, and when the outcome is certain.

#[cfg(test)]
mod tests;

use crate::storage::{StoredChoice, StoredRules, StoredTally};
use calisec_types::ids::Weight;

impl StoredTally {
    /// Nothing counted yet in an electorate of this weight.
    #[must_use]
    pub const fn empty(electorate: Weight) -> Self {
        Self { adopt: Weight(0), reject: Weight(0), abstain: Weight(0), electorate }
    }

    /// The weight that has not voted. The weight of members who left since the electorate was frozen stays in it: whoever
    /// leaves makes a quorum harder to reach, never easier.
    #[must_use]
    pub const fn outstanding(&self) -> Weight {
        Weight(
            self.electorate.0.saturating_sub(self.adopt.0).saturating_sub(self.reject.0).saturating_sub(self.abstain.0),
        )
    }

    /// This count with one more vote; `None` when more would have voted than there are.
    #[must_use]
    pub const fn with(self, choice: StoredChoice, weight: Weight) -> Option<Self> {
        if weight.0 > self.outstanding().0 {
            return None;
        }
        // Cannot overflow: the sum of the three stays within the electorate's weight.
        Some(match choice {
            StoredChoice::Adopt => Self { adopt: Weight(self.adopt.0 + weight.0), ..self },
            StoredChoice::Reject => Self { reject: Weight(self.reject.0 + weight.0), ..self },
            StoredChoice::Abstain => Self { abstain: Weight(self.abstain.0 + weight.0), ..self },
        })
    }

    /// This count without a vote that is in it. Its weight is outstanding again: it can still not be cast, so a quorum is never
    /// easier to reach.
    #[must_use]
    pub const fn without(self, choice: StoredChoice, weight: Weight) -> Self {
        match choice {
            StoredChoice::Adopt => Self { adopt: Weight(self.adopt.0 - weight.0), ..self },
            StoredChoice::Reject => Self { reject: Weight(self.reject.0 - weight.0), ..self },
            StoredChoice::Abstain => Self { abstain: Weight(self.abstain.0 - weight.0), ..self },
        }
    }

    /// Whether the proposal is adopted if nobody else votes: the quorum is reached, and the share of adopt among adopt and
    /// reject exceeds what the rules ask for. Without a vote for it a proposal is never adopted.
    #[must_use]
    pub fn passes(&self, rules: &StoredRules) -> bool {
        self.quorum_is_reached(rules) && is_approved(self.adopt.0, self.reject.0, rules)
    }

    /// The outcome that no further vote can change, if there is one; who cast a vote cannot take it back.
    ///
    /// A quorum once reached stays reached unless a ballot is struck, which is looked at then; and what is still outstanding helps adoption most when all of it adopts and
    /// least when all of it rejects, so the two extremes decide for everything between them.
    #[must_use]
    pub fn certain_outcome(&self, rules: &StoredRules) -> Option<bool> {
        let outstanding = self.outstanding().0;
        if self.quorum_is_reached(rules) && is_approved(self.adopt.0, self.reject.0 + outstanding, rules) {
            return Some(true);
        }
        // If everybody else adopted, the whole electorate would have voted: the quorum would be reached.
        if !is_approved(self.adopt.0 + outstanding, self.reject.0, rules) {
            return Some(false);
        }
        None
    }

    fn quorum_is_reached(&self, rules: &StoredRules) -> bool {
        let cast = u128::from(self.electorate.0 - self.outstanding().0);
        cast * 100 >= u128::from(rules.quorum_percent) * u128::from(self.electorate.0)
    }
}

fn is_approved(adopt: u64, reject: u64, rules: &StoredRules) -> bool {
    let (adopt, reject) = (u128::from(adopt), u128::from(reject));
    adopt * 100 > u128::from(rules.approval_percent) * (adopt + reject)
}
