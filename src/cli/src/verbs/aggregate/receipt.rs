//! Receipts of aggregates in files.

use super::MAX_FILE_BYTES;
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::verbs::{read_text, write_new};
use calisec_sdk::types::aggregates::{AggregateCertificate, AggregateReceipt};
use calisec_sdk::verify::{self, Trust};
use candid::Principal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;

/// What a receipt in a file begins with.
const FORMAT: &str = "calisec.aggregate-receipt.v1";

/// Verifies that a network certified this receipt.
pub fn verified<'a>(
    certified: &'a AggregateCertificate,
    verifier: Principal,
    trust: &Trust<'_>,
) -> Result<&'a AggregateReceipt, Failure> {
    verify::aggregate(certified, verifier, trust)
        .map_err(|error| Failure::no(format!("the receipt of the aggregate does not verify: {error}")))
}

/// Writes a receipt to a new file.
pub fn write(certified: &AggregateCertificate, proof_verifier: Principal, out: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&Kept::of(certified, proof_verifier));
    write_new(out, text.map_err(|error| Failure::internal(error.to_string()))?.as_bytes())
}

/// A receipt in a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    proof_verifier: Principal,
    receipt: AggregateReceipt,
    position: u64,
    certificate: String,
    witness: String,
}

impl Kept {
    fn of(certified: &AggregateCertificate, proof_verifier: Principal) -> Self {
        Self {
            format: FORMAT.to_owned(),
            proof_verifier,
            receipt: certified.receipt.clone(),
            position: certified.position,
            certificate: hex::encode(certified.certificate.as_deref().map_or(&[][..], |bytes| bytes)),
            witness: hex::encode(&certified.witness),
        }
    }
}

/// Verifies a receipt from a file.
pub fn check(file: &Path, when: When, options: &Options) -> Result<Answer, Failure> {
    let wrong =
        || Failure::usage(format!("{} is no receipt: 'calisec aggregate show --out' makes one", file.display()));
    let kept: Kept = serde_json::from_str(&read_text(file, MAX_FILE_BYTES)?).map_err(|_| wrong())?;
    if kept.format != FORMAT {
        return Err(wrong());
    }
    let certificate = hex::decode(&kept.certificate).map_err(|_| wrong())?;
    let certified = AggregateCertificate {
        receipt: kept.receipt,
        position: kept.position,
        certificate: Some(certificate.clone().into()),
        witness: hex::decode(&kept.witness).map_err(|_| wrong())?.into(),
    };
    evidence::trusting(options, when, &certificate, |trust, session| {
        let receipt = verified(&certified, evidence::canister(options, session, "proof_verifier")?, trust)?;
        Ok(Answer::of(json!({
            "verified": true, "certified_at": evidence::certificate_time(&certificate).ok(), "receipt": receipt,
        })))
    })
}
