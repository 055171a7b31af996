use super::{NO_PARENT, seal, step_content};
use crate::storage::{EntryBody, StoredEvent};
use crate::test_fixtures::{START, account, administrator, context_id, grant_change};
use calisec_types::ids::{GrantId, KemKey, ProposalId, Seq};
use calisec_types::membership::Change;

/// Hashes that are out in the world: an entry must be stored, and a step compared, in the same bytes for ever.
#[test]
fn should_hash_as_earlier_versions_did() {
    let event = StoredEvent::MemberSet { account: account(1), role: "reader".to_owned(), kem_key: KemKey([9; 32]) };
    let body = EntryBody { seq: Seq(1), at: START, caller: administrator(), context: context_id(1), event };
    let entry = seal(NO_PARENT, &body);
    assert_eq!(entry.hash.to_string(), "373f5c7e45134134b8a2f5fbc14b70dbb05d316279b05a87f93e84f3ef253a8d");
    let revoke = Change::Revoke { grant: GrantId(3) };
    assert_eq!(
        step_content(context_id(1), ProposalId(1), &revoke).to_string(),
        "2f42f20e63c72fc83bd30dc788ce2522aa794c391e86b2ba95f2949d13605002"
    );
}

#[test]
fn should_tell_steps_apart_when_their_content_differs() {
    let (here, elsewhere) = (context_id(1), context_id(2));
    let contents = [
        step_content(here, ProposalId(1), &grant_change(account(1), 1, None)),
        step_content(here, ProposalId(1), &grant_change(account(1), 2, None)),
        step_content(here, ProposalId(1), &grant_change(account(2), 1, None)),
        step_content(here, ProposalId(1), &grant_change(account(1), 1, Some(START))),
        step_content(elsewhere, ProposalId(1), &grant_change(account(1), 1, None)),
        step_content(here, ProposalId(1), &Change::Revoke { grant: GrantId(1) }),
        step_content(here, ProposalId(1), &Change::SetPolicy { cedar: "1".to_owned() }),
    ];
    for (index, content) in contents.iter().enumerate() {
        assert!(!contents[..index].contains(content), "{index}");
    }
}
