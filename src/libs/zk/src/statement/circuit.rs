//! Which keys are of which statements, and the ids of their circuits.
//!
//! The id of a circuit tells what its proofs mean: no key has one id as two statements. Otherwise whoever registers somebody's
//! key first, as a statement whose inputs nobody checks, would hand out receipts for proofs of any domain.

use super::credential::{CredentialRange, CredentialSet};
use super::{Statement, anonymous_signal, context_membership::ContextMembership, note_commitment::NoteCommitment};
use calisec_types::ids::CircuitId;
use calisec_types::proof_verifier::StatementKind;
use sha2::{Digest, Sha256};

/// Domain tag of the id of a circuit whose inputs mean what its app says.
const RAW_CIRCUIT_TAG: &[u8] = b"calisec.raw-circuit.v1\0";

/// Domain tag of the id of a circuit of signals with a key that is none of Semaphore's.
const OWN_KEY_SIGNAL_TAG: &[u8] = b"calisec.own-key-signal.v1\0";

/// Domain tag of the id of a circuit that is built in.
const STARK_CIRCUIT_TAG: &[u8] = b"calisec.stark-circuit.v1\0";

/// The id of the circuit of a statement that STARKs prove; `tag` tells these apart, see `calisec_stark::Statement::TAG`.
#[must_use]
pub fn stark_circuit_id(tag: &[u8; 32]) -> CircuitId {
    CircuitId(Sha256::new_with_prefix(STARK_CIRCUIT_TAG).chain_update(tag).finalize().into())
}

/// Why a key cannot be registered for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyOfOtherStatement {
    /// It takes another number of public inputs.
    #[error("the statement has {expected} public inputs, the key {actual}")]
    InputCount {
        /// What the statement has.
        expected: usize,
        /// What the key takes.
        actual: usize,
    },
    /// Semaphore has no circuit of this depth.
    #[error("Semaphore has circuits of the depths 1 to 32, not of {0}")]
    NoSuchDepth(u8),
    /// Another key than Semaphore's: nobody knows what its proofs say.
    #[error(
        "Semaphore's key for depth {0} is another one: take the one of its ceremony, or register this one as OwnKeySignal"
    )]
    NotSemaphore(u8),
    /// STARKs need no key.
    #[error("the circuits of STARKs are built in and need no key")]
    BuiltIn,
    /// Semaphore's key, whose inputs mean what Semaphore says.
    #[error("this is Semaphore's key for depth {0}: register it as AnonymousSignal of that depth")]
    Semaphore(u8),
}

/// The id of the circuit with this key, for this statement: `key` is the hash of the key,
/// [`crate::groth16::VerifyingKey::circuit_id`].
///
/// It is that hash for every statement with names for its inputs; their numbers of inputs tell these apart, and
/// Semaphore's keys are known. For [`StatementKind::Raw`], and for [`StatementKind::OwnKeySignal`], which has as many inputs as
/// a note's commitment, it is a hash of that hash.
///
/// ```
/// use calisec_types::{ids::CircuitId, proof_verifier::StatementKind};
/// use calisec_zk::statement::{anonymous_signal, circuit_id};
///
/// let key = CircuitId([1; 32]);
/// assert_eq!(circuit_id(StatementKind::NoteCommitment, key, 4), Ok(key));
/// assert_ne!(circuit_id(StatementKind::Raw, key, 4), Ok(key));
/// assert_ne!(circuit_id(StatementKind::OwnKeySignal, key, 4), Ok(key));
/// let semaphore = anonymous_signal::circuit_id(20)?;
/// assert_eq!(circuit_id(StatementKind::AnonymousSignal { depth: 20 }, semaphore, 4), Ok(semaphore));
/// assert!(circuit_id(StatementKind::AnonymousSignal { depth: 21 }, semaphore, 4).is_err());
/// assert!(circuit_id(StatementKind::NoteCommitment, semaphore, 4).is_err());
/// assert!(circuit_id(StatementKind::OwnKeySignal, semaphore, 4).is_err());
/// # Ok::<(), anonymous_signal::NoKey>(())
/// ```
///
/// # Errors
/// [`KeyOfOtherStatement`].
pub fn circuit_id(
    statement: StatementKind,
    key: CircuitId,
    input_count: usize,
) -> Result<CircuitId, KeyOfOtherStatement> {
    let expected = match statement {
        StatementKind::Raw => return Ok(tagged(RAW_CIRCUIT_TAG, key)),
        StatementKind::StarkNoteCommitment | StatementKind::StarkMembership => {
            return Err(KeyOfOtherStatement::BuiltIn);
        }
        StatementKind::NoteCommitment => NoteCommitment::INPUT_COUNT,
        StatementKind::ContextMembership => ContextMembership::INPUT_COUNT,
        StatementKind::AnonymousSignal { .. } | StatementKind::OwnKeySignal => anonymous_signal::PUBLIC_INPUTS,
        StatementKind::CredentialRange => CredentialRange::INPUT_COUNT,
        StatementKind::CredentialSet => CredentialSet::INPUT_COUNT,
    };
    if input_count != expected {
        return Err(KeyOfOtherStatement::InputCount { expected, actual: input_count });
    }
    if let StatementKind::AnonymousSignal { depth } = statement {
        let semaphore = anonymous_signal::circuit_id(depth).map_err(|_| KeyOfOtherStatement::NoSuchDepth(depth))?;
        return if semaphore == key { Ok(key) } else { Err(KeyOfOtherStatement::NotSemaphore(depth)) };
    }
    if input_count == anonymous_signal::PUBLIC_INPUTS
        && let Some(depth) =
            anonymous_signal::DEPTHS.into_iter().find(|depth| anonymous_signal::circuit_id(*depth) == Ok(key))
    {
        return Err(KeyOfOtherStatement::Semaphore(depth));
    }
    Ok(if statement == StatementKind::OwnKeySignal { tagged(OWN_KEY_SIGNAL_TAG, key) } else { key })
}

fn tagged(tag: &[u8], key: CircuitId) -> CircuitId {
    CircuitId(Sha256::new_with_prefix(tag).chain_update(key.0).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::{CircuitId, KeyOfOtherStatement, StatementKind, anonymous_signal, circuit_id};
    use std::collections::HashSet;

    // SHA-256 of the tag and 32 bytes of one, by `sha256sum`.
    const RAW: &str = "364507c04b4b01640a5d225f2d8399cf7e46fdc6c964432e7dea3f3e92149cb6";
    const OWN_KEY_SIGNAL: &str = "30f2e949d70aea5319c0ca88fb846400f7c7ebf5bee1723751e83597cc156e0f";

    const NAMED: [(StatementKind, usize); 6] = [
        (StatementKind::NoteCommitment, 4),
        (StatementKind::AnonymousSignal { depth: 7 }, 4),
        (StatementKind::OwnKeySignal, 4),
        (StatementKind::ContextMembership, 5),
        (StatementKind::CredentialSet, 7),
        (StatementKind::CredentialRange, 8),
    ];

    #[test]
    fn should_have_one_statement_per_id_when_keys_are_registered_as_others() {
        let keys = [CircuitId([1; 32])].into_iter().chain((1..=32).map(|d| anonymous_signal::circuit_id(d).unwrap()));
        for (key, inputs) in keys.flat_map(|key| (1..=64).map(move |inputs| (key, inputs))) {
            let mut ids: Vec<_> = NAMED.iter().filter_map(|(kind, _)| circuit_id(*kind, key, inputs).ok()).collect();
            ids.push(circuit_id(StatementKind::Raw, key, inputs).unwrap());
            let distinct: HashSet<_> = ids.iter().collect();
            assert_eq!(distinct.len(), ids.len(), "{key} with {inputs} inputs has one id as several statements");
        }
    }

    /// Ids are pinned by consumers elsewhere: these lines are never edited.
    #[test]
    fn should_have_the_pinned_ids_when_the_code_changes() {
        let key = CircuitId([1; 32]);
        for (kind, id) in [
            (StatementKind::NoteCommitment, key.to_string()),
            (StatementKind::Raw, RAW.to_owned()),
            (StatementKind::OwnKeySignal, OWN_KEY_SIGNAL.to_owned()),
        ] {
            assert_eq!(circuit_id(kind, key, 4).unwrap().to_string(), id, "{kind:?}");
        }
    }

    #[test]
    fn should_refuse_a_key_when_it_is_not_of_the_statement() {
        let key = CircuitId([1; 32]);
        for (kind, inputs) in NAMED {
            let wrong = KeyOfOtherStatement::InputCount { expected: inputs, actual: inputs + 1 };
            assert_eq!(circuit_id(kind, key, inputs + 1), Err(wrong));
        }
        for depth in 1..=32 {
            let semaphore = anonymous_signal::circuit_id(depth).unwrap();
            assert_eq!(circuit_id(StatementKind::AnonymousSignal { depth }, semaphore, 4), Ok(semaphore));
            for other in [StatementKind::NoteCommitment, StatementKind::OwnKeySignal] {
                assert_eq!(circuit_id(other, semaphore, 4), Err(KeyOfOtherStatement::Semaphore(depth)));
            }
            let refused = circuit_id(StatementKind::AnonymousSignal { depth }, key, 4);
            assert_eq!(refused, Err(KeyOfOtherStatement::NotSemaphore(depth)));
        }
        for kind in [StatementKind::StarkNoteCommitment, StatementKind::StarkMembership] {
            assert_eq!(circuit_id(kind, key, 4), Err(KeyOfOtherStatement::BuiltIn));
        }
        for depth in [0, 33, 255] {
            let refused = circuit_id(StatementKind::AnonymousSignal { depth }, key, 4);
            assert_eq!(refused, Err(KeyOfOtherStatement::NoSuchDepth(depth)));
        }
    }
}
