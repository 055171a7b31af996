//! `calisec verify` and `calisec submit`: proofs in files.

use super::{read_text, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use calisec_sdk::types::ids::{CircuitId, ContextId, FieldElement};
use calisec_sdk::types::proof_verifier::{EncodedProof, ProofReason, SubmitArg, VerifyArg};
use candid::Principal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a proof in a file begins with.
const FORMAT: &str = "calisec.proof.v1";
/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What `calisec verify` takes.
///
/// Example: calisec verify letter.proof.json
#[derive(clap::Args)]
pub struct VerifyArguments {
    /// A file that 'calisec prove' made.
    file: PathBuf,
}

/// What `calisec submit` takes.
///
/// Example: calisec submit letter.proof.json
#[derive(clap::Args)]
pub struct SubmitArguments {
    /// A file that 'calisec prove' made.
    file: PathBuf,
}

/// A proof in a file. Nothing in it is secret.
#[derive(Serialize, Deserialize)]
pub struct ProofFile {
    format: String,
    circuit: CircuitId,
    context: ContextId,
    consumer: Principal,
    purpose: String,
    /// Who may submit it.
    submitter: Principal,
    public_inputs: Vec<FieldElement>,
    encoding: Encoding,
    proof: String,
}

/// How the proof is encoded; in the file it stands in hex, but for snarkjs's, which is text.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Encoding {
    ArkUncompressed,
    ArkCompressed,
    Evm,
    Snarkjs,
    Gnark,
    GnarkRaw,
    Stark,
}

impl ProofFile {
    /// Of what is going to be submitted.
    pub fn of(arg: &SubmitArg, submitter: Principal) -> Self {
        let (encoding, bytes) = match &arg.proof {
            EncodedProof::ArkUncompressed(bytes) => (Encoding::ArkUncompressed, bytes),
            EncodedProof::ArkCompressed(bytes) => (Encoding::ArkCompressed, bytes),
            EncodedProof::Evm(bytes) => (Encoding::Evm, bytes),
            EncodedProof::GnarkCompressed(bytes) => (Encoding::Gnark, bytes),
            EncodedProof::GnarkRaw(bytes) => (Encoding::GnarkRaw, bytes),
            EncodedProof::Stark(bytes) => (Encoding::Stark, bytes),
            EncodedProof::SnarkjsJson(text) => return Self::with(arg, submitter, Encoding::Snarkjs, text.clone()),
        };
        Self::with(arg, submitter, encoding, hex::encode(bytes))
    }

    fn with(arg: &SubmitArg, submitter: Principal, encoding: Encoding, proof: String) -> Self {
        Self {
            format: FORMAT.to_owned(),
            circuit: arg.circuit,
            context: arg.context,
            consumer: arg.consumer,
            purpose: arg.purpose.clone(),
            submitter,
            public_inputs: arg.public_inputs.clone(),
            encoding,
            proof,
        }
    }

    /// The file's text.
    pub fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map_err(|error| Failure::internal(error.to_string()))
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let text = read_text(path, MAX_FILE_BYTES)?;
        let wrong = |why: String| {
            Failure::usage(format!("{} is no proof file: {why}; 'calisec prove' makes one", path.display()))
        };
        let file: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if file.format != FORMAT {
            return Err(wrong(format!("its format is not {FORMAT}")));
        }
        Ok(file)
    }

    fn proof(&self) -> Result<EncodedProof, Failure> {
        if let Encoding::Snarkjs = self.encoding {
            return Ok(EncodedProof::SnarkjsJson(self.proof.clone()));
        }
        let bytes = hex::decode(&self.proof).map_err(|_| Failure::usage("the proof in the file is not in hex"))?.into();
        Ok(match self.encoding {
            Encoding::ArkUncompressed => EncodedProof::ArkUncompressed(bytes),
            Encoding::ArkCompressed => EncodedProof::ArkCompressed(bytes),
            Encoding::Evm => EncodedProof::Evm(bytes),
            Encoding::Gnark => EncodedProof::GnarkCompressed(bytes),
            Encoding::GnarkRaw => EncodedProof::GnarkRaw(bytes),
            Encoding::Stark | Encoding::Snarkjs => EncodedProof::Stark(bytes),
        })
    }
}

/// Asks the canister to check it, which keeps nothing.
pub fn verify(arguments: &VerifyArguments, options: &Options) -> Result<Answer, Failure> {
    let file = ProofFile::read(&arguments.file)?;
    let proof = file.proof()?;
    reading(options, |session| {
        let arg = VerifyArg { circuit: file.circuit, public_inputs: file.public_inputs, proof };
        match session.wait(session.proof_verifier()?.verify(&arg))? {
            Ok(()) => Ok(Answer::of(json!({ "verified": true, "circuit": file.circuit }))),
            Err(error) if matches!(error.reason, Some(ProofReason::InvalidProof | ProofReason::MalformedProof(_))) => {
                let failure = Failure::from(error);
                Err(Failure { reason: failure.reason, ..Failure::no(failure.message) })
            }
            Err(error) => Err(error.into()),
        }
    })
}

/// Submits it.
pub fn submit(arguments: &SubmitArguments, options: &Options) -> Result<Answer, Failure> {
    let file = ProofFile::read(&arguments.file)?;
    let proof = file.proof()?;
    writing(options, |session| {
        let caller = session.identity()?.principal();
        if caller != file.submitter {
            return Err(Failure::usage(format!(
                "the proof is bound to {} as its submitter, and you are {caller}: pass the --identity it was made for",
                file.submitter
            )));
        }
        let arg = SubmitArg {
            circuit: file.circuit,
            context: file.context,
            consumer: file.consumer,
            purpose: file.purpose,
            public_inputs: file.public_inputs,
            proof,
        };
        session.ask(session.proof_verifier()?.submit(&arg)).map(Answer::of)
    })
}
