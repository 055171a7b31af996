//! Which of a member's claims count.

use crate::HeldClaim;
use crate::policies::{Fact, Policies};
use calisec_types::ids::Timestamp;
use calisec_types::membership::{ClaimFact, ClaimKindFact};

/// The claims of a member that count at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldClaims {
    /// The claims.
    pub held: Vec<HeldClaim>,
    /// Until when no other ones do; `None` when time alone changes nothing.
    pub until: Option<Timestamp>,
}

impl HeldClaims {
    /// Those that count now: of a kind as it is in force, and in their period.
    #[must_use]
    pub fn of(kinds: &[ClaimKindFact], claims: &[ClaimFact], now: Timestamp) -> Self {
        let mut found = Self::default();
        for &ClaimFact { version, since, until } in claims {
            let Some(ClaimKindFact { name, circuit, .. }) = kinds.iter().find(|kind| kind.version == version) else {
                continue;
            };
            let turn = if now < since {
                Some(Timestamp(since.0 - 1))
            } else if now <= until {
                let held = HeldClaim { kind: name.clone(), circuit: *circuit, since, until };
                // Policies see one claim of a kind: that which lasts longest.
                match found.held.iter_mut().find(|other| other.kind == *name) {
                    Some(other) if other.until >= held.until => {}
                    Some(other) => *other = held,
                    None => found.held.push(held),
                }
                Some(until)
            } else {
                None
            };
            found.until = [found.until, turn].into_iter().flatten().min();
        }
        found
    }
}

impl Policies {
    /// Whether some policy may be about claims. If none is, they need not be looked up.
    #[must_use]
    pub const fn mention_claims(&self) -> bool {
        self.mentions(Fact::Claims) || self.mentions(Fact::ClaimTags)
    }
}

#[cfg(test)]
mod tests {
    use super::HeldClaims;
    use calisec_types::ids::{CircuitId, Seq, Timestamp};
    use calisec_types::membership::{ClaimFact, ClaimKindFact};

    const fn claim(version: u64, since: u64, until: u64) -> ClaimFact {
        ClaimFact { version: Seq(version), since: Timestamp(since), until: Timestamp(until) }
    }

    #[test]
    fn should_count_a_claim_exactly_in_its_period_and_under_its_version() {
        let kind = |name: &str, version| ClaimKindFact {
            name: name.to_owned(),
            version: Seq(version),
            circuit: CircuitId([1; 32]),
        };
        let kinds = [kind("age", 3), kind("job", 4)];
        for (claims, now, counted, until) in [
            (vec![claim(3, 10, 20)], 9, 0, Some(9)),
            (vec![claim(3, 10, 20)], 10, 1, Some(20)),
            (vec![claim(3, 10, 20)], 20, 1, Some(20)),
            (vec![claim(3, 10, 20)], 21, 0, None),
            (vec![claim(2, 10, 20)], 15, 0, None),
            (vec![claim(3, 10, 20), claim(4, 10, 20)], 15, 2, Some(20)),
            (vec![claim(3, 10, 20), claim(3, 21, 30)], 20, 1, Some(20)),
            (vec![claim(3, 10, 20), claim(3, 21, 30)], 21, 1, Some(30)),
            (vec![], 15, 0, None),
        ] {
            let found = HeldClaims::of(&kinds, &claims, Timestamp(now));
            assert_eq!((found.held.len(), found.until), (counted, until.map(Timestamp)), "{claims:?} at {now}");
        }
    }
}
