//! From a certificate to the data that a canister certified.

use calisec_certification::decode_certificate;
use calisec_types::ids::Timestamp;
use candid::Principal;
use ic_certificate_verification::{CertificateVerificationError, VerifyCertificate};
use ic_certification::{Certificate, Delegation, HashTree, LookupResult, SubtreeLookupResult};
use minicbor::Decoder;
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

/// What a canister certified, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedData {
    /// What: at most 32 bytes.
    pub data: Vec<u8>,
    /// When: the certificate's time.
    pub at: Timestamp,
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
    /// It is older than the verifier accepts.
    #[error("the certificate is of {at}, the oldest accepted is of {oldest} (nanoseconds): ask again")]
    TooOld {
        /// Its time.
        at: Timestamp,
        /// The oldest that is accepted.
        oldest: Timestamp,
    },
    /// It is signed by a subnet that does not show that the canister is one of its own.
    #[error("the certificate is of a subnet that does not show that {canister} is one of its canisters")]
    ForeignSubnet {
        /// The canister.
        canister: Principal,
    },
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
    certified_within(certificate, canister, trust, CERTIFICATE_TOLERANCE).map(|certified| certified.data)
}

/// What `canister` certified, according to a certificate that verifies and is not older than `max_age`, nor from further
/// ahead than [`CERTIFICATE_TOLERANCE`].
///
/// # Errors
/// [`CertificateError`].
pub fn certified_within(
    certificate: &[u8],
    canister: Principal,
    trust: &Trust<'_>,
    max_age: Duration,
) -> Result<CertifiedData, CertificateError> {
    let certificate = decode(certificate)?;
    if let Some(delegation) = &certificate.delegation {
        check_delegation(delegation, canister)?;
    }
    let now = u128::from(trust.now.0);
    let tolerance = CERTIFICATE_TOLERANCE.max(max_age);
    certificate.verify(canister.as_slice(), trust.root_key, &now, &tolerance.as_nanos())?;
    let at = time_of(&certificate.tree).ok_or_else(|| CertificateError::Malformed("its time is no time".to_owned()))?;
    let age = Duration::from_nanos(trust.now.0.saturating_sub(at.0));
    if age > max_age {
        let oldest = trust.now.0.saturating_sub(u64::try_from(max_age.as_nanos()).unwrap_or(u64::MAX));
        return Err(CertificateError::TooOld { at, oldest: Timestamp(oldest) });
    }
    if Duration::from_nanos(at.0.saturating_sub(trust.now.0)) > CERTIFICATE_TOLERANCE {
        let max_certificate_time = now + CERTIFICATE_TOLERANCE.as_nanos();
        let certificate_time = u128::from(at.0);
        return Err(
            CertificateVerificationError::TimeTooFarInTheFuture { certificate_time, max_certificate_time }.into()
        );
    }
    let path = [b"canister", canister.as_slice(), b"certified_data"];
    match certificate.tree.lookup_path(path) {
        LookupResult::Found(data) => Ok(CertifiedData { data: data.to_vec(), at }),
        LookupResult::Absent | LookupResult::Unknown | LookupResult::Error => {
            Err(CertificateError::NothingCertified { canister })
        }
    }
}

fn decode(bytes: &[u8]) -> Result<Certificate, CertificateError> {
    decode_certificate(bytes).map_err(CertificateError::Malformed)
}

/// The library that verifies decodes a delegation by itself, without a limit on nesting, and does not ask for the ranges of
/// canisters when none are shown: whoever passes a certificate on can prune them.
fn check_delegation(delegation: &Delegation, canister: Principal) -> Result<(), CertificateError> {
    let certificate = decode(&delegation.certificate)?;
    let subnet = delegation.subnet_id.as_slice();
    let is_inside = |ranges: &[u8]| {
        let ranges: Option<Vec<(Principal, Principal)>> = principal_ranges(ranges);
        ranges.is_some_and(|ranges| ranges.iter().any(|(first, last)| (first..=last).contains(&&canister)))
    };
    let newer = [b"canister_ranges".as_slice(), subnet];
    let older = [b"subnet".as_slice(), subnet, b"canister_ranges"];
    let shown = match certificate.tree.lookup_subtree(newer) {
        SubtreeLookupResult::Found(tree) => tree.list_paths().iter().any(|path| {
            matches!(tree.lookup_path(path.iter().map(|label| label.as_bytes())), LookupResult::Found(ranges) if is_inside(ranges))
        }),
        SubtreeLookupResult::Absent | SubtreeLookupResult::Unknown => {
            matches!(certificate.tree.lookup_path(older), LookupResult::Found(ranges) if is_inside(ranges))
        }
    };
    if shown { Ok(()) } else { Err(CertificateError::ForeignSubnet { canister }) }
}

/// A CBOR array of pairs of principals.
fn principal_ranges(bytes: &[u8]) -> Option<Vec<(Principal, Principal)>> {
    let mut decoder = Decoder::new(bytes);
    if decoder.datatype().ok()? == minicbor::data::Type::Tag {
        decoder.tag().ok()?;
    }
    let principal = |decoder: &mut Decoder<'_>| Principal::try_from_slice(decoder.bytes().ok()?).ok();
    let mut ranges = Vec::new();
    for _ in 0..decoder.array().ok()?? {
        if decoder.array().ok()? != Some(2) {
            return None;
        }
        ranges.push((principal(&mut decoder)?, principal(&mut decoder)?));
    }
    Some(ranges)
}

/// A certificate's time: nanoseconds in LEB128.
fn time_of(tree: &HashTree) -> Option<Timestamp> {
    let LookupResult::Found(bytes) = tree.lookup_path([b"time"]) else { return None };
    let mut time = 0u64;
    for (place, byte) in (0..64).step_by(7).zip(bytes) {
        let part = u64::from(byte & 0x7f);
        if part.leading_zeros() < place {
            return None;
        }
        time |= part << place;
        if byte & 0x80 == 0 {
            return Some(Timestamp(time));
        }
    }
    None
}

#[cfg(test)]
mod tests;
