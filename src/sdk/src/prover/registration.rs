//! Registering circuits.

use super::CircuitKey;
use crate::circuit::Circuit;
use calisec_types::ids::Digest32;
use calisec_types::proof_verifier::{Curve, EncodedVerifyingKey, RegisterCircuitArg, StatementKind};
use calisec_zk::statement::anonymous_signal::{NoKey, canonical_key};

impl<C: Circuit> CircuitKey<C> {
    /// For `proof_verifier.register_circuit`. `ceremony` is the SHA-256 of the transcript of the set-up, when there is one.
    #[must_use]
    pub fn to_register_arg(&self, name: &str, ceremony: Option<Digest32>) -> RegisterCircuitArg {
        RegisterCircuitArg {
            name: name.to_owned(),
            statement: C::KIND,
            curve: Curve::Bn254,
            verifying_key: self.to_encoded_verifying_key(),
            ceremony,
        }
    }
}

/// The same for Semaphore's circuit of a depth, whose proofs its JavaScript library makes.
///
/// ```
/// use calisec_sdk::{prover::semaphore_register_arg, types::proof_verifier::StatementKind};
///
/// let arg = semaphore_register_arg(20)?;
/// assert_eq!(arg.statement, StatementKind::AnonymousSignal { depth: 20 });
/// assert!(semaphore_register_arg(33).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`NoKey`] for other depths than 1 to 32.
pub fn semaphore_register_arg(depth: u8) -> Result<RegisterCircuitArg, NoKey> {
    Ok(RegisterCircuitArg {
        name: format!("Semaphore v4, depth {depth}"),
        statement: StatementKind::AnonymousSignal { depth },
        curve: Curve::Bn254,
        verifying_key: EncodedVerifyingKey::ArkUncompressed(canonical_key(depth)?.into()),
        ceremony: None,
    })
}
