//! Which question a recorded decision answers.

use calisec_types::ids::Digest32;
use calisec_types::membership::{Action, DecideArg, NoteResource, Subject};
use calisec_types::signing::push_principal;
use sha2::{Digest, Sha256};

/// Domain tag of a question.
const QUESTION_TAG: &[u8] = b"calisec.decision-question.v1\0";

/// The hash of a question: SHA-256 over the domain tag and all that is asked, in its order. What may be absent has a byte
/// before it that says whether it is there, and what has no fixed length its length.
#[must_use]
pub fn question_digest(question: &DecideArg) -> Digest32 {
    let DecideArg { context, subject, action, note, purpose } = question;
    let mut bytes = [QUESTION_TAG, &context.0].concat();
    match subject {
        Subject::Account(account) => {
            bytes.push(0);
            bytes.extend_from_slice(&account.0);
        }
        Subject::Principal(principal) => {
            bytes.push(1);
            push_principal(&mut bytes, principal);
        }
    }
    bytes.push(match action {
        Action::Read => 0,
        Action::Mint => 1,
    });
    bytes.push(u8::from(note.is_some()));
    if let Some(NoteResource { registry, note, owner, kind, epoch }) = note {
        push_principal(&mut bytes, registry);
        bytes.extend_from_slice(&note.0.to_be_bytes());
        push_principal(&mut bytes, owner);
        push_name(&mut bytes, kind.as_deref());
        bytes.push(u8::from(epoch.is_some()));
        bytes.extend_from_slice(&epoch.map_or(0, |epoch| epoch.0).to_be_bytes());
    }
    push_name(&mut bytes, purpose.as_deref());
    Digest32(Sha256::digest(&bytes).into())
}

/// Names are checked before they are asked about: at most 64 bytes.
fn push_name(bytes: &mut Vec<u8>, name: Option<&str>) {
    bytes.push(u8::from(name.is_some()));
    let name = name.unwrap_or_default();
    bytes.extend_from_slice(&(name.len() as u64).to_be_bytes());
    bytes.extend_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::question_digest;
    use calisec_types::ids::{AccountId, ContextId, Epoch, NoteId};
    use calisec_types::membership::{Action, DecideArg, NoteResource, Subject};
    use candid::Principal;

    #[test]
    fn should_have_a_digest_of_its_own_when_anything_asked_is_another() {
        let registry = Principal::from_slice(&[1; 10]);
        let note = NoteResource { registry, note: NoteId(1), owner: registry, kind: None, epoch: None };
        let good = DecideArg {
            context: ContextId([1; 32]),
            subject: Subject::Account(AccountId([2; 32])),
            action: Action::Read,
            note: Some(note.clone()),
            purpose: None,
        };
        let of_note = |note: NoteResource| DecideArg { note: Some(note), ..good.clone() };
        let other = Principal::from_slice(&[2; 10]);
        let mut digests: Vec<_> = [
            good.clone(),
            DecideArg { context: ContextId([2; 32]), ..good.clone() },
            DecideArg { subject: Subject::Account(AccountId([3; 32])), ..good.clone() },
            DecideArg { subject: Subject::Principal(registry), ..good.clone() },
            DecideArg { action: Action::Mint, ..good.clone() },
            DecideArg { note: None, ..good.clone() },
            DecideArg { purpose: Some("a".to_owned()), ..good.clone() },
            DecideArg { purpose: Some(String::new()), ..good.clone() },
            of_note(NoteResource { registry: other, ..note.clone() }),
            of_note(NoteResource { note: NoteId(2), ..note.clone() }),
            of_note(NoteResource { owner: other, ..note.clone() }),
            of_note(NoteResource { kind: Some("a".to_owned()), ..note.clone() }),
            of_note(NoteResource { epoch: Some(Epoch(0)), ..note.clone() }),
            of_note(NoteResource { epoch: Some(Epoch(1)), ..note }),
        ]
        .iter()
        .map(question_digest)
        .collect();
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    /// Digests stand in logs for ever: this line is never edited.
    #[test]
    fn should_have_the_pinned_digest_when_the_code_changes() {
        let question = DecideArg {
            context: ContextId([1; 32]),
            subject: Subject::Principal(Principal::from_slice(&[7])),
            action: Action::Mint,
            note: None,
            purpose: Some("research".to_owned()),
        };
        assert_eq!(
            question_digest(&question).to_string(),
            "fa654bc00111a92cb479212ff93805f19cfe05654aaf3f4bd3162d833ce1fc59"
        );
    }
}
