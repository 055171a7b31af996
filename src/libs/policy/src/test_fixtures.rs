//! Somebody who asks for something.

use crate::Facts;
use calisec_types::ids::{AccountId, ContextId, NoteId};
use calisec_types::membership::{Action, NoteResource};
use candid::Principal;

pub const CONTEXT: ContextId = ContextId([1; 32]);
pub const ACCOUNT: AccountId = AccountId([2; 32]);

pub fn stranger() -> Principal {
    Principal::from_slice(&[5; 29])
}

/// A note; who owns it, the test says.
pub fn note(id: u64, owner: Principal) -> NoteResource {
    NoteResource { registry: Principal::from_slice(&[3; 10]), note: NoteId(id), owner }
}

/// What a reader wants.
pub fn facts(action: Action, note: Option<&NoteResource>, is_granted: bool) -> Facts<'_> {
    Facts {
        context: CONTEXT,
        account: ACCOUNT,
        identity: ACCOUNT.principal(),
        role: "reader",
        action,
        note,
        is_granted,
    }
}
