use super::{Counting, check_terms, choose, state_of};
use crate::storage::GrantStanding;
use calisec_types::ids::{GrantId, Timestamp};
use calisec_types::membership::{GrantState, GrantTerms, MAX_GRANT_USES, MembershipReason};

const NOW: Timestamp = Timestamp(1_000);

fn standing(
    before: Option<u64>,
    after: Option<u64>,
    uses: u64,
    most: Option<u64>,
    purpose: Option<&str>,
) -> GrantStanding {
    let terms = GrantTerms {
        not_before: before.map(Timestamp),
        not_after: after.map(Timestamp),
        max_uses: most,
        purpose: purpose.map(str::to_owned),
    };
    GrantStanding { terms, uses }
}

#[test]
fn should_count_exactly_when_every_term_is_met() {
    for (desc, grant, asked, expected) in [
        ("no terms", standing(None, None, 0, None, None), None, GrantState::InForce),
        ("no terms, a purpose", standing(None, None, 0, None, None), Some("research"), GrantState::InForce),
        ("its first moment", standing(Some(1_000), None, 0, None, None), None, GrantState::InForce),
        ("just before it", standing(Some(1_001), None, 0, None, None), None, GrantState::NotYet),
        ("its last moment", standing(None, Some(1_000), 0, None, None), None, GrantState::InForce),
        ("just after it", standing(None, Some(999), 0, None, None), None, GrantState::Over),
        ("its last use", standing(None, None, 2, Some(3), None), None, GrantState::InForce),
        ("used up", standing(None, None, 3, Some(3), None), None, GrantState::UsedUp),
        ("used more often than it may", standing(None, None, 4, Some(3), None), None, GrantState::UsedUp),
        ("over and used up", standing(None, Some(999), 3, Some(3), None), None, GrantState::Over),
        ("its purpose", standing(None, None, 0, None, Some("research")), Some("research"), GrantState::InForce),
        ("no purpose", standing(None, None, 0, None, Some("research")), None, GrantState::OtherPurpose),
        ("another purpose", standing(None, None, 0, None, Some("research")), Some("resale"), GrantState::OtherPurpose),
        (
            "a longer purpose",
            standing(None, None, 0, None, Some("research")),
            Some("research-"),
            GrantState::OtherPurpose,
        ),
    ] {
        assert_eq!(state_of(&grant, NOW, asked), expected, "{desc}");
    }
}

#[test]
fn should_choose_an_unlimited_grant_and_else_the_one_that_ends_first() {
    let list = |grants: Vec<GrantStanding>| (1..).map(GrantId).zip(grants).collect::<Vec<_>>();
    let unlimited = |end| standing(None, Some(end), 0, None, None);
    let limited = |end| standing(None, Some(end), 0, Some(1), None);
    let chosen = |grants| choose(list(grants), NOW, None).map(|Counting { id, is_limited, .. }| (id.0, is_limited));
    assert_eq!(chosen(vec![]), None);
    assert_eq!(chosen(vec![limited(3_000), limited(2_000)]), Some((2, true)));
    assert_eq!(chosen(vec![limited(4_000), unlimited(3_000), unlimited(2_000), limited(1_500)]), Some((2, false)));
    assert_eq!(chosen(vec![standing(None, None, 1, Some(1), None), limited(2_000)]), Some((2, true)));
    assert_eq!(chosen(vec![standing(Some(2_000), None, 0, None, None)]), None);
}

#[test]
fn should_refuse_terms_that_could_never_be_met() {
    let never = Err(MembershipReason::NeverInForce { max_uses: MAX_GRANT_USES });
    let name = Err(MembershipReason::InvalidName { field: "purpose".to_owned(), limit: 64 });
    let terms = |before: Option<u64>, after: Option<u64>, most, purpose: Option<&str>| {
        standing(before, after, 0, most, purpose).terms
    };
    for (desc, terms, expected) in [
        ("always", GrantTerms::default(), Ok(())),
        ("a window", terms(Some(1_500), Some(1_501), Some(1), Some("a")), Ok(())),
        ("an empty window", terms(Some(1_500), Some(1_500), None, None), never.clone()),
        ("a window that ends before it begins", terms(Some(1_501), Some(1_500), None, None), never.clone()),
        ("over", terms(None, Some(1_000), None, None), Err(MembershipReason::AlreadyOver)),
        ("no use", terms(None, None, Some(0), None), never.clone()),
        ("as many uses as may be", terms(None, None, Some(MAX_GRANT_USES), None), Ok(())),
        ("too many uses", terms(None, None, Some(MAX_GRANT_USES + 1), None), never),
        ("an empty purpose", terms(None, None, None, Some("")), name.clone()),
        ("a purpose with a space", terms(None, None, None, Some("a b")), name.clone()),
        ("a long purpose", terms(None, None, None, Some(&"a".repeat(65))), name),
    ] {
        assert_eq!(check_terms(&terms, NOW), expected, "{desc}");
    }
}
