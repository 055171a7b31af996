//! From a certificate to the data that a canister certified.

use calisec_certification::decode_certificate;
use calisec_types::ids::Timestamp;
use candid::Principal;
use ic_certificate_verification::{CertificateVerificationError, VerifyCertificate};
use ic_certification::{Certificate, LookupResult};
use std::time::Duration;

/// How far a certificate's time may be from the verifier's clock, both ways: what the interface specification recommends.
pub const CERTIFICATE_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// What a verifier relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust<'a> {
    /// The network's root key in DER. For mainnet the one that agents carry, never one that was asked for.
    pub root_key: &'a [u8],
    /// The verifier's time.
    pub now: Timestamp,
}

/// Why a certificate proves nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not the CBOR of a certificate.
    #[error("not a certificate: {0}")]
    Malformed(String),
    /// Not signed by the network, for another canister, or of another time.
    #[error("the certificate does not verify: {0}")]
    Unverified(#[from] CertificateVerificationError),
    /// It is a good certificate of something else.
    #[error("the certificate says nothing about the data of {canister}")]
    NothingCertified {
        /// The canister.
        canister: Principal,
    },
}

/// What `canister` certified, according to a certificate that verifies.
///
/// # Errors
/// [`CertificateError`].
pub fn certified_data(certificate: &[u8], canister: Principal, trust: &Trust<'_>) -> Result<Vec<u8>, CertificateError> {
    let certificate = decode(certificate)?;
    // The verifier decodes the delegation by itself, without a limit on nesting.
    if let Some(delegation) = &certificate.delegation {
        decode(&delegation.certificate)?;
    }
    let now = u128::from(trust.now.0);
    certificate.verify(canister.as_slice(), trust.root_key, &now, &CERTIFICATE_TOLERANCE.as_nanos())?;
    let path = [b"canister", canister.as_slice(), b"certified_data"];
    match certificate.tree.lookup_path(path) {
        LookupResult::Found(data) => Ok(data.to_vec()),
        LookupResult::Absent | LookupResult::Unknown | LookupResult::Error => {
            Err(CertificateError::NothingCertified { canister })
        }
    }
}

fn decode(bytes: &[u8]) -> Result<Certificate, CertificateError> {
    decode_certificate(bytes).map_err(CertificateError::Malformed)
}
