//! What the public inputs of a submission claim: whether that is about this domain, which receipt it earns and which nullifier
//! it uses up.

#[cfg(test)]
mod tests;

use crate::curve::Inputs as GrothInputs;
use crate::stark::{StarkClaim, WORDS};
use crate::storage::{NullifierKey, StoredCircuit, StoredStatement};
use calisec_types::ids::{CircuitId, FieldElement, ReceiptId};
use calisec_types::proof_verifier::{PRICE_BN254_CYCLES, PRICE_STARK_CYCLES};
use calisec_zk::field::{NonCanonicalAt, to_be32};
use calisec_zk::groth16::PublicInputs;
use calisec_zk::statement::anonymous_signal::AnonymousSignal;
use calisec_zk::statement::context_membership::ContextMembership;
use calisec_zk::statement::credential::{CredentialRange, CredentialSet};
use calisec_zk::statement::note_commitment::NoteCommitment;
use calisec_zk::statement::{Domain, Malformed, Mismatch, Statement, receipt_id};
use sha2::{Digest, Sha256};

/// Domain tag of the id of a raw statement's receipt.
const RAW_RECEIPT_TAG: &[u8] = b"calisec.raw-receipt.v1\0";

/// In place of a circuit where the nullifiers of all of Semaphore's circuits count: hashes to no key.
const SEMAPHORE: CircuitId = CircuitId(*b"calisec.semaphore-nullifiers.v1\0");

/// What a STARK takes out of the budget, in proportion to its price.
const STARK_CHARGE: u64 = PRICE_STARK_CYCLES / PRICE_BN254_CYCLES;

/// What the inputs claim, when they are about the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Of statement and domain.
    pub receipt: ReceiptId,
    /// What it uses up.
    pub nullifier: NullifierKey,
}

/// Why the inputs claim nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclaimed {
    /// They are no such statement.
    Malformed(Malformed),
    /// They are about another domain.
    Mismatch(Mismatch),
    /// The statement is of BN254, they are not.
    OtherCurve,
}

/// The public inputs of a proof, as its system takes them.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// Elements of the scalar field of the circuit's curve.
    Groth16(GrothInputs),
    /// What a STARK claims.
    Stark(StarkClaim),
}

/// Why there are no such inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadInputs {
    /// Another number of them.
    Count {
        /// What the circuit takes.
        expected: u32,
        /// What was given.
        actual: usize,
    },
    /// One of them is not canonical.
    NonCanonical(NonCanonicalAt),
}

impl Inputs {
    /// Reads the inputs that a circuit takes.
    ///
    /// # Errors
    /// [`BadInputs`].
    pub fn parse(circuit: &StoredCircuit, encodings: &[FieldElement]) -> Result<Self, BadInputs> {
        let wrong = BadInputs::Count { expected: circuit.public_inputs, actual: encodings.len() };
        if encodings.len() != circuit.public_inputs as usize {
            return Err(wrong);
        }
        let words = || encodings.try_into().map_err(|_| wrong);
        let inputs = match circuit.statement {
            StoredStatement::StarkNoteCommitment => StarkClaim::note_commitment(words()?).map(Self::Stark),
            StoredStatement::StarkMembership => StarkClaim::membership(words()?).map(Self::Stark),
            StoredStatement::NoteCommitment
            | StoredStatement::Raw
            | StoredStatement::ContextMembership
            | StoredStatement::AnonymousSignal { .. }
            | StoredStatement::OwnKeySignal
            | StoredStatement::CredentialRange
            | StoredStatement::CredentialSet => {
                let encodings: Vec<[u8; 32]> = encodings.iter().map(|input| input.0).collect();
                GrothInputs::parse(circuit.curve(), &encodings).map(Self::Groth16)
            }
        };
        inputs.map_err(BadInputs::NonCanonical)
    }

    /// What checking a proof takes out of the caller's budget.
    #[must_use]
    pub const fn charge(&self) -> u64 {
        match self {
            Self::Groth16(inputs) => inputs.curve().charge(),
            // It is cheap to check, but kept: 30 kB.
            Self::Stark(_) => STARK_CHARGE,
        }
    }

    /// Reads the inputs as the circuit's statement and compares all of them that follow from the domain.
    ///
    /// # Errors
    /// [`Unclaimed`].
    pub fn claimed(
        &self,
        statement: StoredStatement,
        circuit: CircuitId,
        domain: &Domain<'_>,
    ) -> Result<Claimed, Unclaimed> {
        let inputs = match self {
            Self::Stark(claim) => return claim.claimed(circuit, domain),
            Self::Groth16(inputs) => inputs,
        };
        let on_bn254 = match inputs {
            GrothInputs::Bn254(inputs) => Ok(inputs),
            GrothInputs::Bls12_381(_) => Err(Unclaimed::OtherCurve),
        };
        let nullifier = match statement {
            StoredStatement::Raw => {
                // It has no nullifier that we know of: each statement is its own.
                let receipt = raw_receipt_id(&circuit, domain, inputs);
                return Ok(Claimed { receipt, nullifier: (circuit, FieldElement(receipt.0)) });
            }
            StoredStatement::NoteCommitment => nullifier::<NoteCommitment>(on_bn254?, domain),
            StoredStatement::ContextMembership => nullifier::<ContextMembership>(on_bn254?, domain),
            StoredStatement::AnonymousSignal { .. } | StoredStatement::OwnKeySignal => {
                nullifier::<AnonymousSignal>(on_bn254?, domain)
            }
            StoredStatement::CredentialRange => nullifier::<CredentialRange>(on_bn254?, domain),
            StoredStatement::CredentialSet => nullifier::<CredentialSet>(on_bn254?, domain),
            // Elements are not words: `parse` makes no such inputs.
            StoredStatement::StarkNoteCommitment | StoredStatement::StarkMembership => {
                Err(Unclaimed::Malformed(Malformed::WrongInputCount { expected: WORDS, actual: 0 }))
            }
        }?;
        let receipt = receipt_id(&circuit, on_bn254?.elements());
        Ok(Claimed { receipt, nullifier: nullifier_key(statement, circuit, nullifier) })
    }
}

/// Where a nullifier counts: in its circuit, so that whoever registers a circuit of their own cannot use up the nullifiers of
/// another; but in all of Semaphore's circuits together, or one identity could act once per depth. Nobody can register a circuit
/// of their own among these: whoever made its key could forge a proof with the nullifier of anybody there.
fn nullifier_key(statement: StoredStatement, circuit: CircuitId, nullifier: FieldElement) -> NullifierKey {
    match statement {
        StoredStatement::AnonymousSignal { .. } => (SEMAPHORE, nullifier),
        StoredStatement::NoteCommitment
        | StoredStatement::Raw
        | StoredStatement::ContextMembership
        | StoredStatement::OwnKeySignal
        | StoredStatement::CredentialRange
        | StoredStatement::CredentialSet
        | StoredStatement::StarkNoteCommitment
        | StoredStatement::StarkMembership => (circuit, nullifier),
    }
}

fn nullifier<S: Statement>(inputs: &PublicInputs, domain: &Domain<'_>) -> Result<FieldElement, Unclaimed> {
    let statement = S::parse(inputs.elements()).map_err(Unclaimed::Malformed)?;
    statement.check(domain).map_err(Unclaimed::Mismatch)?;
    Ok(FieldElement(to_be32(&statement.nullifier())))
}

/// The inputs of a raw statement need not bind the domain, so the id does: who sees a proof on its way can submit it, but
/// for a receipt that names them and keeps nobody else from theirs.
fn raw_receipt_id(circuit: &CircuitId, domain: &Domain<'_>, inputs: &GrothInputs) -> ReceiptId {
    let mut bytes = RAW_RECEIPT_TAG.to_vec();
    bytes.extend_from_slice(&circuit.0);
    bytes.extend_from_slice(&to_be32(&domain.signal()));
    for input in inputs.to_be32() {
        bytes.extend_from_slice(&input);
    }
    ReceiptId(Sha256::digest(&bytes).into())
}
