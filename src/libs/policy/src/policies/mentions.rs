//! What a policy set speaks of, found in its text: facts that no policy mentions need neither be looked up nor put.

use super::depth::{Token, next_token};
use calisec_types::ids::Timestamp;

const SECOND: u64 = 1_000_000_000;

/// A fact that some policies are about and others are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The principal a member's calls come from.
    Identity,
    /// Its role, as an attribute.
    RoleName,
    /// Its role, as a group it is in.
    RoleGroup,
    /// Since when it is a member.
    Since,
    /// Its capabilities.
    Capabilities,
    /// Its grant.
    Granted,
    /// Its claims.
    Claims,
    /// Its claims with their attributes.
    ClaimTags,
    /// The device it uses.
    Device,
    /// The note's owner.
    Owner,
    /// The canister that keeps the note.
    Registry,
    /// What the note is.
    Kind,
    /// The epoch of its key.
    Epoch,
    /// The purpose and the time.
    Circumstances,
    /// The time.
    Now,
}

/// Each fact with the word that no policy can be about it without.
const WORDS: [(Fact, &str); 15] = [
    (Fact::Identity, "identity"),
    (Fact::RoleName, "role"),
    (Fact::RoleGroup, "Role"),
    (Fact::Since, "since"),
    (Fact::Capabilities, "capabilities"),
    (Fact::Granted, "granted"),
    (Fact::Claims, "claims"),
    (Fact::ClaimTags, "Tag"),
    (Fact::Device, "device"),
    (Fact::Owner, "owner"),
    (Fact::Registry, "registry"),
    (Fact::Kind, "kind"),
    (Fact::Epoch, "epoch"),
    (Fact::Circumstances, "context"),
    (Fact::Now, "now"),
];

/// The facts that a policy set may speak of: at least those it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    facts: u16,
    /// The numbers in it, in order: what the time may be compared with.
    numbers: Vec<u64>,
    /// Whether the time may be compared with other numbers than those: with computed ones, or with facts.
    computes: bool,
}

impl Mentions {
    /// Reads a policy set. With an escape in it a name may be written in many ways, so everything counts as mentioned.
    pub fn of(cedar: &str) -> Self {
        let is_escaped = cedar.contains('\\');
        let mentioned = WORDS.iter().filter(|(_, word)| is_escaped || cedar.contains(word));
        let facts = mentioned.fold(0, |facts, (fact, _)| facts | bit(*fact));
        let mut found = Self { facts, numbers: Vec::new(), computes: false };
        if found.has(Fact::Now) {
            found.computes = [Fact::Since, Fact::ClaimTags, Fact::Epoch].into_iter().any(|fact| found.has(fact));
            found.read_numbers(cedar);
        }
        found
    }

    fn read_numbers(&mut self, cedar: &str) {
        let mut rest = cedar;
        while let Some((token, after)) = next_token(rest) {
            let text = &rest[..rest.len() - after.len()];
            match token {
                Token::Operator => self.computes |= ["+", "-", "*"].contains(&text),
                Token::Word => self.numbers.extend(text.parse::<u64>()),
                Token::Open
                | Token::OpenSquare
                | Token::Close
                | Token::Comma
                | Token::Semicolon
                | Token::Text
                | Token::Space => {}
            }
            rest = after;
        }
        self.numbers.sort_unstable();
        self.numbers.dedup();
    }

    /// Whether some policy may be about it.
    pub const fn has(&self, fact: Fact) -> bool {
        self.facts & bit(fact) != 0
    }

    /// Until when no comparison with the time can come out otherwise than at `now`, at most until `latest`. Policies see
    /// whole seconds: a comparison with a number changes when that second begins, or when it is over.
    pub fn steady_until(&self, now: Timestamp, latest: Timestamp) -> Timestamp {
        if !self.has(Fact::Now) {
            return latest;
        }
        let second = now.0 / SECOND;
        let turn = if self.computes {
            Some(second + 1)
        } else {
            // The first number that is not over; one that is just now changes something when its second is over.
            let first = self.numbers.partition_point(|number| *number < second);
            self.numbers.get(first).map(|number| if *number == second { second + 1 } else { *number })
        };
        let end = turn.and_then(|turn| turn.checked_mul(SECOND)).map_or(latest, |turn| Timestamp(turn - 1));
        latest.min(end)
    }
}

const fn bit(fact: Fact) -> u16 {
    1 << fact as u16
}

#[cfg(test)]
mod tests {
    use super::{Fact, Mentions};
    use calisec_types::ids::Timestamp;

    #[test]
    fn should_find_every_fact_that_a_policy_could_use() {
        let set = Mentions::of(r#"permit (principal, action, resource) when { principal["claims"].contains("a") };"#);
        assert!(set.has(Fact::Claims) && !set.has(Fact::Device) && !set.has(Fact::Now));
        let escaped = Mentions::of(r#"permit (principal, action, resource) when { principal["cl\u{61}ims"] == [] };"#);
        assert!(super::WORDS.iter().all(|(fact, _)| escaped.has(*fact)), "an escaped name hides a fact");
    }

    #[test]
    fn should_end_when_a_comparison_with_the_time_could_turn() {
        let at = |seconds: u64| Timestamp(seconds * 1_000_000_000);
        let latest = at(160);
        for (cedar, now, end) in [
            ("a < 130", at(100), latest),
            ("context.now < 130", at(100), Timestamp(at(130).0 - 1)),
            ("context.now < 130", Timestamp(at(130).0 - 1), Timestamp(at(130).0 - 1)),
            ("context.now == 130", at(130), Timestamp(at(131).0 - 1)),
            ("context.now > 130", at(131), latest),
            ("context.now < 500", at(100), latest),
            ("context.now < 50 || context.now > 120", at(100), Timestamp(at(120).0 - 1)),
            ("context.now + 30 < 150", at(100), Timestamp(at(101).0 - 1)),
            ("context.now == 18446744073709551615", at(100), latest),
            ("context.now < resource.epoch", at(100), Timestamp(at(101).0 - 1)),
            (r#"context.now < principal.getTag("a").until"#, at(100), Timestamp(at(101).0 - 1)),
            ("context.now > 1 // 130\n && \"130\" == \"130\"", at(100), latest),
        ] {
            assert_eq!(Mentions::of(cedar).steady_until(now, latest), end, "{cedar} at {now}");
        }
    }
}
