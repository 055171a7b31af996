//! `calisec circuit`.

use super::{Page, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::prover::semaphore_register_arg;
use calisec_sdk::types::ids::{CircuitId, Digest32};
use calisec_sdk::types::proof_verifier::{
    CircuitStatus, CircuitsArg, Curve, EncodedVerifyingKey, MAX_VERIFYING_KEY_BYTES, RegisterCircuitArg,
    SetCircuitStatusArg, StatementKind,
};
use clap::{Subcommand, ValueEnum};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is done with circuits.
#[derive(Subcommand)]
pub enum Verb {
    /// Register a circuit by its verifying key, for good.
    ///
    /// Example: calisec circuit add keys/note_commitment.vk --name notes --statement note-commitment;
    /// calisec circuit add --semaphore 20
    Add {
        /// The verifying key: verification_key.json of snarkjs, or arkworks' or gnark's bytes.
        #[arg(required_unless_present = "semaphore")]
        file: Option<PathBuf>,
        /// Instead of a file: Semaphore's key for this depth of groups, 1 to 32.
        #[arg(long, value_name = "DEPTH", conflicts_with_all = ["file", "statement", "curve", "encoding", "ceremony"])]
        semaphore: Option<u8>,
        /// For humans: 1 to 64 bytes.
        #[arg(long, required_unless_present = "semaphore")]
        name: Option<String>,
        /// What its public inputs mean: raw, note-commitment, context-membership, credential-range, credential-set,
        /// own-key-signal, or anonymous-signal:DEPTH.
        #[arg(long, default_value = "raw", value_parser = statement)]
        statement: StatementKind,
        /// The curve: bn254 or bls12-381, which is for raw statements.
        #[arg(long, default_value = "bn254")]
        curve: CurveName,
        /// How the key is encoded [default: snarkjs for JSON, else arkworks by its length].
        #[arg(long)]
        encoding: Option<Encoding>,
        /// SHA-256 of the transcript of the ceremony that made the key.
        #[arg(long, value_name = "DIGEST", value_parser = parse::digest)]
        ceremony: Option<Digest32>,
    },
    /// Show a circuit.
    ///
    /// Example: calisec circuit show <circuit>
    Show {
        /// Its id, in hex.
        #[arg(value_parser = parse::circuit)]
        circuit: CircuitId,
    },
    /// List all circuits.
    ///
    /// Example: calisec circuit list --all
    List {
        #[command(flatten)]
        page: Page<CircuitId>,
    },
    /// Show which context's members deprecate and revoke circuits by proposals, and whose circuits.
    ///
    /// Example: calisec circuit decided-by
    DecidedBy,
    /// Let proofs of a circuit of yours earn receipts no longer, or again.
    ///
    /// Example: calisec circuit set-status <circuit> --status deprecated
    SetStatus {
        /// Its id, in hex.
        #[arg(value_parser = parse::circuit)]
        circuit: CircuitId,
        /// The new status.
        #[arg(long)]
        status: Status,
    },
}

/// The curve of a key.
#[derive(ValueEnum, Clone, Copy)]
pub enum CurveName {
    /// Also called alt_bn128.
    Bn254,
    /// Slower, and of more security.
    #[value(name = "bls12-381")]
    Bls12_381,
}

/// The encoding of a key.
#[derive(ValueEnum, Clone, Copy)]
pub enum Encoding {
    /// verification_key.json.
    Snarkjs,
    /// `serialize_uncompressed`.
    Ark,
    /// `serialize_compressed`.
    ArkCompressed,
    /// `WriteTo` of gnark.
    Gnark,
    /// `WriteRawTo` of gnark.
    GnarkRaw,
}

fn statement(text: &str) -> Result<StatementKind, String> {
    match text {
        "raw" => Ok(StatementKind::Raw),
        "note-commitment" => Ok(StatementKind::NoteCommitment),
        "context-membership" => Ok(StatementKind::ContextMembership),
        "credential-range" => Ok(StatementKind::CredentialRange),
        "credential-set" => Ok(StatementKind::CredentialSet),
        "own-key-signal" => Ok(StatementKind::OwnKeySignal),
        _ => {
            let depth = text.strip_prefix("anonymous-signal:").and_then(|depth| depth.parse().ok());
            depth.map(|depth| StatementKind::AnonymousSignal { depth }).ok_or_else(|| {
                "a statement is raw, note-commitment, context-membership, credential-range, credential-set, own-key-signal, \
                 or anonymous-signal:DEPTH"
                    .to_owned()
            })
        }
    }
}

/// Whether proofs earn receipts.
#[derive(ValueEnum, Clone, Copy)]
pub enum Status {
    /// Proofs earn receipts.
    Active,
    /// Proofs earn no new receipts.
    Deprecated,
    /// For good: proofs earn no new receipts, and those there are say that they are revoked. Only by a proposal.
    Revoked,
}

impl From<Status> for CircuitStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Deprecated => Self::Deprecated,
            Status::Revoked => Self::Revoked,
        }
    }
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Add { semaphore: Some(depth), name, .. } => {
            let arg = semaphore_register_arg(depth).map_err(|error| Failure::usage(error.to_string()))?;
            let arg = RegisterCircuitArg { name: name.unwrap_or(arg.name), ..arg };
            writing(options, |session| session.ask(session.proof_verifier()?.register_circuit(&arg)).map(Answer::of))
        }
        Verb::Add { file, name, statement, curve, encoding, ceremony, semaphore: None } => {
            let (Some(file), Some(name)) = (file, name) else {
                return Err(Failure::usage("pass a verifying key and --name, or --semaphore"));
            };
            let verifying_key = read_key(&file, encoding)?;
            let curve = match curve {
                CurveName::Bn254 => Curve::Bn254,
                CurveName::Bls12_381 => Curve::Bls12_381,
            };
            writing(options, |session| {
                let arg = RegisterCircuitArg { name, statement, curve, verifying_key, ceremony };
                session.ask(session.proof_verifier()?.register_circuit(&arg)).map(Answer::of)
            })
        }
        Verb::Show { circuit } => {
            reading(options, |session| session.ask(session.proof_verifier()?.circuit(circuit)).map(Answer::of))
        }
        Verb::List { page } => reading(options, |session| {
            let verifier = session.proof_verifier()?;
            page.show("circuits", |after, limit| {
                let page = session.ask(verifier.circuits(&CircuitsArg { after, limit }))?;
                Ok((page.circuits, page.next))
            })
        }),
        Verb::DecidedBy => reading(options, |session| {
            let decided = session.wait(session.governance()?.circuits())?;
            let answer = Answer::of(json!({ "circuits": decided }));
            Ok(match decided {
                Some(_) => answer,
                None => answer.with_text(
                    "nobody: 'calisec engine upgrade --circuits-of' or 'scripts/deploy --circuits-of' says who",
                ),
            })
        }),
        Verb::SetStatus { status: Status::Revoked, .. } => Err(Failure::usage(
            "a circuit is revoked by a proposal, of the context that 'calisec circuit decided-by' names: calisec proposal \
             create <context> --set-circuit <circuit> --status revoked; what you registered you can deprecate",
        )),
        Verb::SetStatus { circuit, status } => writing(options, |session| {
            let arg = SetCircuitStatusArg { circuit, status: status.into() };
            session.ask(session.proof_verifier()?.set_circuit_status(&arg)).map(Answer::of)
        }),
    }
}

/// The encoding follows from the content: JSON begins with a brace, and what arkworks compressed is shorter.
fn read_key(file: &Path, encoding: Option<Encoding>) -> Result<EncodedVerifyingKey, Failure> {
    let failed = |error: std::io::Error| {
        Failure::usage(format!("cannot read the verifying key {}: {error}; 'calisec keys' makes one", file.display()))
    };
    let mut bytes = Vec::new();
    File::open(file)
        .map_err(failed)?
        .take(MAX_VERIFYING_KEY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() > MAX_VERIFYING_KEY_BYTES {
        return Err(Failure::usage(format!(
            "{} has more than {MAX_VERIFYING_KEY_BYTES} bytes: that is no verifying key; did you mean the .vk file?",
            file.display()
        )));
    }
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    // Uncompressed on BN254: points of 64 (G1) and 128 bytes (G2), and a length of 8.
    let is_uncompressed = bytes.len() >= 64 + 3 * 128 + 8 && (bytes.len() - 8) % 64 == 0;
    let guessed = match (is_json, is_uncompressed) {
        (true, _) => Encoding::Snarkjs,
        (false, true) => Encoding::Ark,
        (false, false) => Encoding::ArkCompressed,
    };
    Ok(match encoding.unwrap_or(guessed) {
        Encoding::Snarkjs => EncodedVerifyingKey::SnarkjsJson(
            String::from_utf8(bytes).map_err(|_| Failure::usage("the verifying key is no JSON in UTF-8"))?,
        ),
        Encoding::Ark => EncodedVerifyingKey::ArkUncompressed(bytes.into()),
        Encoding::ArkCompressed => EncodedVerifyingKey::ArkCompressed(bytes.into()),
        Encoding::Gnark => EncodedVerifyingKey::GnarkCompressed(bytes.into()),
        Encoding::GnarkRaw => EncodedVerifyingKey::GnarkRaw(bytes.into()),
    })
}
