//! Uses of grants that were counted.

use super::rules::action_code;
use calisec_types::ids::{Digest32, GrantId};
use calisec_types::membership::{DecideArg, Subject};
use calisec_types::signing::push_principal;
use sha2::{Digest, Sha256};

/// Domain tag of the hash that the question of a counted use is compared by.
const USE_TAG: &[u8] = b"calisec.membership-use.v1\0";

/// A use that was counted.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct StoredUse {
    /// [`use_content`] of the question.
    #[n(0)]
    pub content: Digest32,
    /// The grant that was used.
    #[n(1)]
    pub grant: GrantId,
}

/// What tells whether a key is repeated with the same question. Facts of the note that may change are left out: who owns
/// it and its epoch may be others when the question is repeated.
#[must_use]
pub fn use_content(question: &DecideArg) -> Digest32 {
    let mut bytes = USE_TAG.to_vec();
    bytes.extend_from_slice(&question.context.0);
    match question.subject {
        Subject::Account(account) => {
            bytes.push(0);
            bytes.extend_from_slice(&account.0);
        }
        Subject::Principal(principal) => {
            bytes.push(1);
            push_principal(&mut bytes, &principal);
        }
    }
    bytes.push(action_code(question.action));
    if let Some(note) = &question.note {
        push_principal(&mut bytes, &note.registry);
        bytes.extend_from_slice(&note.note.0.to_be_bytes());
    }
    bytes.extend_from_slice(question.purpose.as_deref().unwrap_or_default().as_bytes());
    Digest32(Sha256::digest(&bytes).into())
}
