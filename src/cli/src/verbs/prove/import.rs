//! `calisec prove import`: proofs of other tools.

use super::{Out, keep, read_bytes, writing};
use crate::binding::Binding;
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::verbs::read_text;
use calisec_sdk::types::ids::{CircuitId, FieldElement};
use calisec_sdk::types::proof_verifier::{EncodedProof, MAX_STARK_PROOF_BYTES, SubmitArg};
use calisec_sdk::zk::groth16::{Bls12_381, Curve, parse_public_json};
use clap::ValueEnum;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What `calisec prove import` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The proof.
    file: PathBuf,
    /// The public inputs, a list in JSON: numbers in decimal as snarkjs writes them, or 64 hex digits each.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The circuit, as 'calisec circuit add' printed its id.
    #[arg(long, value_parser = parse::circuit)]
    circuit: CircuitId,
    /// How the proof is encoded [default: snarkjs for JSON, else arkworks by its length].
    #[arg(long)]
    encoding: Option<Encoding>,
    #[command(flatten)]
    binding: Binding,
    #[command(flatten)]
    out: Out,
}

/// The encoding of a proof.
#[derive(ValueEnum, Clone, Copy)]
pub enum Encoding {
    /// proof.json.
    Snarkjs,
    /// `serialize_uncompressed`, 256 bytes.
    Ark,
    /// `serialize_compressed`, 128 bytes.
    ArkCompressed,
    /// Eight words of 32 bytes, as verifiers in Solidity take them.
    Evm,
    /// `WriteTo` of gnark.
    Gnark,
    /// `WriteRawTo` of gnark.
    GnarkRaw,
}

/// Does it.
pub fn run(arguments: &Arguments, options: &Options) -> Result<Answer, Failure> {
    let purpose = arguments.binding.check()?.as_str().to_owned();
    let proof = read_proof(&arguments.file, arguments.encoding)?;
    let public_inputs = read_public(&arguments.public)?;
    let file = arguments.out.file(".proof.json")?;
    writing(options, |session| {
        let domain = arguments.binding.domain(session)?;
        let arg = SubmitArg {
            circuit: arguments.circuit,
            context: domain.context_id,
            consumer: domain.consumer,
            purpose,
            public_inputs,
            proof,
        };
        keep(session, &file, (arg, json!({})))
    })
}

fn read_proof(path: &Path, encoding: Option<Encoding>) -> Result<EncodedProof, Failure> {
    let bytes = read_bytes(path, MAX_STARK_PROOF_BYTES, "the proof")?;
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let guessed = match (is_json, bytes.len()) {
        (true, _) => Encoding::Snarkjs,
        (false, 256) => Encoding::Ark,
        (false, 128) => Encoding::ArkCompressed,
        (false, length) => {
            return encoding.map(|encoding| encoded(encoding, bytes)).unwrap_or_else(|| {
                Err(Failure::usage(format!(
                    "{} has {length} bytes, which no encoding can be told from: pass --encoding",
                    path.display()
                )))
            });
        }
    };
    encoded(encoding.unwrap_or(guessed), bytes)
}

fn encoded(encoding: Encoding, bytes: Vec<u8>) -> Result<EncodedProof, Failure> {
    Ok(match encoding {
        Encoding::Snarkjs => EncodedProof::SnarkjsJson(
            String::from_utf8(bytes).map_err(|_| Failure::usage("the proof is no JSON in UTF-8"))?,
        ),
        Encoding::Ark => EncodedProof::ArkUncompressed(bytes.into()),
        Encoding::ArkCompressed => EncodedProof::ArkCompressed(bytes.into()),
        Encoding::Evm => EncodedProof::Evm(bytes.into()),
        Encoding::Gnark => EncodedProof::GnarkCompressed(bytes.into()),
        Encoding::GnarkRaw => EncodedProof::GnarkRaw(bytes.into()),
    })
}

/// In hex, or in decimal. The scalars of BLS12-381 go further than those of BN254, of which the canister knows the end.
fn read_public(path: &Path) -> Result<Vec<FieldElement>, Failure> {
    let text = read_text(path, 1 << 20)?;
    let wrong = |why: String| Failure::usage(format!("{} has no public inputs: {why}", path.display()));
    let listed: Vec<String> =
        serde_json::from_str(&text).map_err(|error| wrong(format!("a list of texts in JSON is expected: {error}")))?;
    let in_hex = |text: &String| hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok()).map(FieldElement);
    if let Some(inputs) = listed.iter().map(in_hex).collect() {
        return Ok(inputs);
    }
    let inputs = parse_public_json::<<Bls12_381 as Curve>::Scalar>(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(inputs.to_be32().into_iter().map(FieldElement).collect())
}
