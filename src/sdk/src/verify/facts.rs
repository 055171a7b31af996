//! What membership certifies about a context: its application, its final checkpoints.

use super::certificate::{CertificateError, Trust, certified_data};
use calisec_certification::decode_tree;
use calisec_certification::facts::{
    FACTS_LABEL, FactKind, application_content, application_key, checkpoint_content, checkpoint_key, fact_hash,
};
use calisec_types::ids::{ContextId, Digest32, Height};
use calisec_types::membership::{Application, CertifiedApplication, CertifiedCheckpoint, FinalCheckpoint};
use candid::Principal;
use ic_certification::LookupResult;

/// Why a fact is not believed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FactError {
    /// It was asked for in a way that gives no certificate.
    #[error("the answer has no certificate: ask for it with a query, not from a canister or with an update")]
    NoCertificate,
    /// The certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The witness is no hash tree.
    #[error("the witness is malformed: {0}")]
    MalformedWitness(String),
    /// The witness belongs to other data than the canister certified.
    #[error("the root of the witness is not what the canister certified")]
    WrongRoot,
    /// The witness tells another fact than the answer, or nothing about it.
    #[error("the witness does not tell what the answer says")]
    NotTold,
    /// The answer is about another height than was asked for.
    #[error("the answer is about height {0}")]
    OtherHeight(Height),
}

/// The bytes of an answer that prove it.
struct Proof<'a> {
    certificate: Option<&'a [u8]>,
    witness: &'a [u8],
}

/// Verifies which application `membership` says that `context` runs; `None` when none was set. Whether a module is current
/// follows from its hash and this answer alone, whatever `is_current` says.
///
/// # Errors
/// [`FactError`].
pub fn application<'a>(
    answer: &'a CertifiedApplication,
    membership: Principal,
    context: &ContextId,
    trust: &Trust<'_>,
) -> Result<Option<&'a Application>, FactError> {
    let proof = Proof { certificate: answer.certificate.as_deref().map(Vec::as_slice), witness: &answer.witness };
    let told = answer.application.as_ref();
    let hash = told.map(|application| fact_hash(FactKind::Application, &application_content(application)));
    proof.tells(&application_key(context), hash, membership, trust)?;
    Ok(told)
}

/// Verifies that a module with this hash is what `context` runs.
///
/// # Errors
/// [`FactError`].
pub fn application_is_current(
    answer: &CertifiedApplication,
    membership: Principal,
    (context, wasm_hash): (&ContextId, &Digest32),
    trust: &Trust<'_>,
) -> Result<bool, FactError> {
    let application = application(answer, membership, context, trust)?;
    Ok(application.is_some_and(|application| application.wasm_hash == *wasm_hash))
}

/// Verifies a final checkpoint of `context`: of this height, or the highest that is final. `None` when there is none.
///
/// # Errors
/// [`FactError`].
pub fn final_checkpoint(
    answer: &CertifiedCheckpoint,
    membership: Principal,
    (context, height): (&ContextId, Option<Height>),
    trust: &Trust<'_>,
) -> Result<Option<FinalCheckpoint>, FactError> {
    if let (Some(asked), Some(found)) = (height, answer.checkpoint)
        && asked != found.height
    {
        return Err(FactError::OtherHeight(found.height));
    }
    let proof = Proof { certificate: answer.certificate.as_deref().map(Vec::as_slice), witness: &answer.witness };
    let hash = answer.checkpoint.map(|fact| fact_hash(FactKind::Checkpoint, &checkpoint_content(&fact)));
    proof.tells(&checkpoint_key(context, height), hash, membership, trust)?;
    Ok(answer.checkpoint)
}

impl Proof<'_> {
    /// That the canister certified this hash under this key, or that there is none.
    fn tells(
        &self,
        key: &[u8; 32],
        expected: Option<Digest32>,
        canister: Principal,
        trust: &Trust<'_>,
    ) -> Result<(), FactError> {
        let certificate = self.certificate.ok_or(FactError::NoCertificate)?;
        let certified = certified_data(certificate, canister, trust)?;
        let witness = decode_tree(self.witness).map_err(FactError::MalformedWitness)?;
        if witness.digest()[..] != certified[..] {
            return Err(FactError::WrongRoot);
        }
        let path: [&[u8]; 2] = [FACTS_LABEL.as_bytes(), key];
        match (witness.lookup_path(path), expected) {
            (LookupResult::Found(told), Some(hash)) if told == hash.0 => Ok(()),
            (LookupResult::Absent, None) => Ok(()),
            (LookupResult::Found(_) | LookupResult::Absent | LookupResult::Unknown | LookupResult::Error, _) => {
                Err(FactError::NotTold)
            }
        }
    }
}
