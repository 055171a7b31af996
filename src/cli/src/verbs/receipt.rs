//! `calisec receipt`.

use super::{Page, read_text, reading, write_new};
use crate::evidence::{self, When};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::{ContextId, ReceiptId};
use calisec_sdk::types::proof_verifier::{CircuitStatus, Receipt, ReceiptCertificate, ReceiptsArg};
use calisec_sdk::verify::{self, Trust};
use candid::Principal;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// What a receipt in a file begins with.
const FORMAT: &str = "calisec.receipt.v1";
/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// What is done with receipts.
#[derive(Subcommand)]
pub enum Verb {
    /// Show a receipt; --out keeps it with its certificate.
    ///
    /// Example: calisec receipt show <receipt> --out receipt.json
    Show {
        /// Its id, in hex.
        #[arg(value_parser = parse::receipt)]
        receipt: ReceiptId,
        /// A file to make, for 'calisec receipt check'.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the receipts of a context.
    ///
    /// Example: calisec receipt list <context>
    List {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<u64>,
    },
    /// Verify a receipt from a file against the root key of its network. Exits with 6 if it does not verify.
    ///
    /// Example: calisec receipt check receipt.json --network ic --any-age
    Check {
        /// A file of 'calisec receipt show --out'.
        file: PathBuf,
        #[command(flatten)]
        when: When,
    },
}

#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    proof_verifier: Principal,
    receipt: Receipt,
    position: u64,
    circuit_status: CircuitStatus,
    circuit_position: u64,
    certificate: String,
    witness: String,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Show { receipt, out } => reading(options, |session| {
            let verifier = session.proof_verifier()?;
            let certified = session.ask(verifier.receipt_certificate(receipt))?;
            session.trusting(|trust| check(&certified, verifier.canister(), trust))?;
            if let Some(out) = out {
                let kept = Kept::of(&certified, verifier.canister());
                let text = serde_json::to_string_pretty(&kept).map_err(|error| Failure::internal(error.to_string()))?;
                write_new(&out, text.as_bytes())?;
            }
            Ok(Answer::of(certified.receipt))
        }),
        Verb::List { context, page } => reading(options, |session| {
            let verifier = session.proof_verifier()?;
            page.show("receipts", |after, limit| {
                let page = session.ask(verifier.receipts(&ReceiptsArg { context, after, limit }))?;
                Ok((page.receipts, page.next))
            })
        }),
        Verb::Check { file, when } => {
            let text = read_text(&file, MAX_FILE_BYTES)?;
            let kept: Kept =
                serde_json::from_str(&text).ok().filter(|kept: &Kept| kept.format == FORMAT).ok_or_else(|| {
                    Failure::usage(format!("{} is no receipt: 'calisec receipt show --out' makes one", file.display()))
                })?;
            let certified = kept.to_certificate()?;
            let certificate = certified.certificate.as_ref().map(|bytes| bytes.to_vec()).unwrap_or_default();
            evidence::trusting(options, when, &certificate, |trust, session| {
                let verifier = evidence::canister(options, session, "proof_verifier")?;
                check(&certified, verifier, trust)?;
                let receipt = &certified.receipt;
                Ok(Answer::of(json!({
                    "verified": true, "certified_at": evidence::certificate_time(&certificate).ok(), "receipt": receipt.id,
                    "circuit": receipt.circuit, "circuit_status": certified.circuit_status, "context": receipt.context,
                    "consumer": receipt.consumer, "purpose": receipt.purpose, "submitter": receipt.submitter,
                    "issued_at": receipt.issued_at, "consumed_at": receipt.consumed_at,
                })))
            })
        }
    }
}

fn check(certified: &ReceiptCertificate, verifier: Principal, trust: &Trust<'_>) -> Result<(), Failure> {
    verify::receipt(certified, verifier, trust)
        .map(|_| ())
        .map_err(|error| Failure::no(format!("the receipt does not verify: {error}")))
}

impl Kept {
    fn of(certified: &ReceiptCertificate, proof_verifier: Principal) -> Self {
        Self {
            format: FORMAT.to_owned(),
            proof_verifier,
            receipt: certified.receipt.clone(),
            position: certified.position,
            circuit_status: certified.circuit_status,
            circuit_position: certified.circuit_position,
            certificate: hex::encode(certified.certificate.as_deref().map_or(&[][..], |bytes| bytes)),
            witness: hex::encode(&certified.witness),
        }
    }

    fn to_certificate(&self) -> Result<ReceiptCertificate, Failure> {
        let bytes = |text: &str| {
            hex::decode(text).map_err(|_| Failure::usage("the certificate or the witness in the file is not in hex"))
        };
        Ok(ReceiptCertificate {
            receipt: self.receipt.clone(),
            position: self.position,
            circuit_status: self.circuit_status,
            circuit_position: self.circuit_position,
            certificate: Some(bytes(&self.certificate)?.into()),
            witness: bytes(&self.witness)?.into(),
        })
    }
}
