//! Somebody who asks for something.

use crate::Facts;
use calisec_types::ids::{AccountId, ContextId, NoteId, Revision, Timestamp};
use calisec_types::membership::{Action, NoteResource, Rights};
use candid::Principal;

pub const CONTEXT: ContextId = ContextId([1; 32]);
pub const ACCOUNT: AccountId = AccountId([2; 32]);

/// 2023-11-14.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000_000);

pub fn stranger() -> Principal {
    Principal::from_slice(&[5; 29])
}

/// A note; who owns it, the test says.
pub fn note(id: u64, owner: Principal) -> NoteResource {
    NoteResource { registry: Principal::from_slice(&[3; 10]), note: NoteId(id), owner, kind: None, epoch: None }
}

/// What a reader wants.
pub fn facts(action: Action, note: Option<&NoteResource>, is_granted: bool) -> Facts<'_> {
    Facts {
        context: CONTEXT,
        account: ACCOUNT,
        identity: ACCOUNT.principal(),
        role: "reader",
        since: Revision(3),
        rights: Rights::ALL,
        scope: Rights::ALL,
        claims: &[],
        device: None,
        action,
        note,
        is_granted,
        purpose: None,
        now: NOW,
    }
}
