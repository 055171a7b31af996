//! What the endpoints do, each as a plain function: parse, authorise, decide, map the error.

pub mod icrc7;
pub mod keys;
pub mod mint;
pub mod notes;

use calisec_types::note_registry::NoteReason;
use candid::Principal;

/// Refuses the anonymous principal.
fn require_identity(caller: Principal) -> Result<Principal, NoteReason> {
    if caller == Principal::anonymous() { Err(NoteReason::Anonymous) } else { Ok(caller) }
}

/// Refuses a field whose length is out of bounds.
fn require_length(field: &str, length: usize, minimum: usize, limit: usize) -> Result<(), NoteReason> {
    if (minimum..=limit).contains(&length) {
        return Ok(());
    }
    let as_u64 = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
    Err(NoteReason::BadLength {
        field: field.to_owned(),
        length: as_u64(length),
        minimum: as_u64(minimum),
        limit: as_u64(limit),
    })
}
