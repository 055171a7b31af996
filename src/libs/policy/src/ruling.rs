//! From certified facts to a decision, without a canister.

use crate::grants::{Counting, choose};
use crate::{Facts, HeldClaims, Judge, Policies, Verdict};
use calisec_types::ids::{AccountId, DeviceKey, GrantId, Timestamp};
use calisec_types::membership::{DECISION_VALIDITY_SECONDS, DecideArg, GrantFact, MemberFact, Rights};
use candid::Principal;

/// A member, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Its facts.
    pub member: &'a MemberFact,
    /// What it may do, by its own right or its role's.
    pub rights: Rights,
    /// What it may do at the most by way of the principal that asks.
    pub scope: Rights,
    /// The device that asks for it.
    pub device: Option<DeviceKey>,
    /// The last moment at which that principal acts for it.
    pub until: Option<Timestamp>,
    /// The principal that policies know it by: the note's owner, if that is one of its own.
    pub identity: Principal,
    /// What it was granted for what it asks, in force or not, in the order of ends and ids.
    pub grants: &'a [GrantFact],
    /// What was proved about it and counts now.
    pub claims: &'a HeldClaims,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What the policies say.
    pub verdict: Verdict,
    /// The grant that was put to them, if one counts.
    pub grant: Option<GrantId>,
    /// How long it may be relied upon.
    pub valid_until: Timestamp,
}

impl Policies {
    /// How long a decision under them may be relied upon: not longer than the grant it rests on, nor than the principal that
    /// asks acts for the member, nor than until other claims count or a policy could say something else because time has
    /// passed.
    #[must_use]
    pub fn valid_until(
        &self,
        counting: Option<Counting>,
        acts_until: Option<Timestamp>,
        claims: &HeldClaims,
        now: Timestamp,
    ) -> Timestamp {
        let ends = [counting.and_then(|counting| counting.until), acts_until, claims.until];
        let latest = ends.into_iter().flatten().fold(now.plus_seconds(DECISION_VALIDITY_SECONDS), Ord::min);
        self.steady_until(now, latest)
    }
}

impl Judge {
    /// Decides about a member as the canister does.
    #[must_use]
    pub fn rule(&self, policies: &Policies, question: &DecideArg, asking: Asking<'_>, now: Timestamp) -> Ruling {
        let Asking { member, rights, scope, device, until, identity, grants, claims } = asking;
        let purpose = question.purpose.as_deref();
        let longest_first = grants.iter().rev().map(|grant| (grant.id, grant));
        let counting = question.note.as_ref().and_then(|_| choose(longest_first, now, purpose));
        let facts = Facts {
            context: question.context,
            account: member.account,
            identity,
            role: &member.role,
            since: member.since,
            rights,
            scope,
            claims: &claims.held,
            device: device.map(|key| AccountId(key.0)),
            action: question.action,
            note: question.note.as_ref(),
            is_granted: counting.is_some(),
            purpose,
            now,
        };
        Ruling {
            verdict: self.decide(policies, &facts),
            grant: counting.map(|counting| counting.id),
            valid_until: policies.valid_until(counting, until, claims, now),
        }
    }
}

impl Verdict {
    /// About a subject that is no member.
    #[must_use]
    pub fn not_a_member() -> Self {
        let missing = vec!["not a member of the context: its administrator can add the account".to_owned()];
        Self { allowed: false, determining_policies: Vec::new(), missing }
    }
}
