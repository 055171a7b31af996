//! `calisec prove signal`: proofs in Semaphore's groups, made here with a key of one's own, or by Semaphore's own library.

use super::{Out, keep, prove_with, read_key, refused, told, writing};
use crate::binding::Binding;
use crate::failure::Failure;
use crate::leaves::Leaves;
use crate::options::Options;
use crate::output::Answer;
use crate::secrets::{self, SignalSecret};
use crate::verbs::read_text;
use calisec_sdk::prover::{SignalKey, semaphore_register_arg};
use calisec_sdk::types::ids::{CircuitId, FieldElement};
use calisec_sdk::types::proof_verifier::{EncodedProof, EncodedVerifyingKey, SubmitArg};
use calisec_sdk::zk::field::{Fr, to_be32};
use calisec_sdk::zk::groth16::{RawVerifyingKey, parse_public_json};
use calisec_sdk::zk::statement::anonymous_signal::AnonymousSignal;
use calisec_sdk::zk::statement::{Domain, Statement, receipt_id};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1 << 16;

/// What `calisec prove signal` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Your secret: of 'calisec secret signal'.
    #[arg(long, value_name = "FILE", group = "made", requires_all = ["leaves", "key", "out"])]
    secret: Option<PathBuf>,
    /// The group: a file with a member's commitment on each line.
    #[arg(long, value_name = "FILE", requires = "secret")]
    leaves: Option<PathBuf>,
    /// The proving key: of 'calisec keys --statement own-key-signal'.
    #[arg(long, value_name = "FILE", requires = "secret")]
    key: Option<PathBuf>,
    /// Instead of a secret, the proof: the JSON of what generateProof of @semaphore-protocol/proof answered.
    #[arg(long, value_name = "FILE", group = "made", requires = "out")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    binding: Binding,
    /// What the file that is made begins with.
    #[arg(long, value_name = "NAME", requires = "made")]
    out: Option<PathBuf>,
}

/// What the library answers; numbers are in decimal.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SemaphoreProof {
    merkle_tree_depth: u8,
    merkle_tree_root: String,
    message: String,
    nullifier: String,
    scope: String,
    points: [String; 8],
}

/// Does it.
pub fn run(arguments: &Arguments, options: &Options) -> Result<Answer, Failure> {
    arguments.binding.check()?;
    if let (Some(secret), Some(leaves), Some(key)) = (&arguments.secret, &arguments.leaves, &arguments.key) {
        return prove(arguments, [secret, leaves, key], options);
    }
    let proof = arguments.proof.as_deref().map(read).transpose()?;
    let file = arguments.out.clone().map(|out| Out { out }.file(".proof.json")).transpose()?;
    writing(options, |session| {
        let domain = arguments.binding.domain(session)?;
        let (Some(proof), Some(file)) = (&proof, &file) else {
            return Ok(Answer::of(json!({
                "message": domain.signal().to_string(), "scope": domain.scope().to_string(),
                "call": "await generateProof(identity, group, message, scope, depth)",
                "domain": {
                    "network_root_key_hash": domain.network_root_key_hash, "proof_verifier": domain.proof_verifier,
                    "context_id": hex::encode(domain.context_id.0), "consumer": domain.consumer,
                    "submitter": domain.submitter, "purpose": domain.purpose.as_str(),
                },
            })));
        };
        keep(session, file, proof.bound_to(&domain)?)
    })
}

/// With a key that is none of Semaphore's.
fn prove(arguments: &Arguments, [secret, group, key_file]: [&Path; 3], options: &Options) -> Result<Answer, Failure> {
    let Some(out) = arguments.out.clone() else { return Err(Failure::usage("pass --out")) };
    let file = Out { out }.file(".proof.json")?;
    let identity = secrets::read::<SignalSecret>(secret)?.identity()?;
    let path = Leaves::read(group)?.path(identity.commitment(), group)?;
    let key = read_key(key_file)?;
    writing(options, |session| {
        let domain = arguments.binding.domain(session)?;
        let proved = prove_with(session, &key, key_file, |key: &SignalKey, random| {
            key.prove(&identity, &path, &domain, random).map(|proof| told(&proof)).map_err(refused)
        })?;
        keep(session, &file, proved)
    })
}

fn read(path: &Path) -> Result<SemaphoreProof, Failure> {
    serde_json::from_str(&read_text(path, MAX_FILE_BYTES)?).map_err(|error| {
        Failure::usage(format!(
            "{} is no proof of @semaphore-protocol/proof, version 4: {error}; write JSON.stringify of what generateProof \
             answered",
            path.display()
        ))
    })
}

impl SemaphoreProof {
    fn bound_to(&self, domain: &Domain<'_>) -> Result<(SubmitArg, serde_json::Value), Failure> {
        for (what, said, expected) in
            [("message", &self.message, domain.signal()), ("scope", &self.scope, domain.scope())]
        {
            if *said != expected.to_string() {
                return Err(Failure::usage(format!(
                    "the proof's {what} is {said}, for this use and this identity it must be {expected}: 'calisec prove \
                     signal' without --proof says what to sign"
                )));
            }
        }
        let numbers = json!([self.merkle_tree_root, self.nullifier]).to_string();
        let numbers = parse_public_json::<Fr>(&numbers)
            .map_err(|error| Failure::usage(format!("root and nullifier of the proof: {error}")))?;
        let [root, nullifier] = numbers.elements() else { return Err(Failure::internal("two numbers were read")) };
        let inputs = AnonymousSignal::new(*root, *nullifier, domain).inputs();
        let circuit = circuit(self.merkle_tree_depth)?;
        let arg = SubmitArg {
            circuit,
            context: domain.context_id,
            consumer: domain.consumer,
            purpose: domain.purpose.as_str().to_owned(),
            public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
            proof: EncodedProof::SnarkjsJson(self.to_snarkjs()),
        };
        Ok((arg, json!({ "receipt": receipt_id(&circuit, &inputs) })))
    }

    /// The library packs the points as EVM verifiers take them, with the parts of the second swapped.
    fn to_snarkjs(&self) -> String {
        let [ax, ay, bx1, bx0, by1, by0, cx, cy] = &self.points;
        json!({
            "pi_a": [ax, ay, "1"], "pi_b": [[bx0, bx1], [by0, by1], ["1", "0"]], "pi_c": [cx, cy, "1"],
            "protocol": "groth16", "curve": "bn128",
        })
        .to_string()
    }
}

/// Semaphore's circuit of a depth.
fn circuit(depth: u8) -> Result<CircuitId, Failure> {
    let no_circuit = |why: String| Failure::usage(format!("Semaphore has no circuit of depth {depth}: {why}"));
    let arg = semaphore_register_arg(depth).map_err(|error| no_circuit(error.to_string()))?;
    let EncodedVerifyingKey::ArkUncompressed(key) = &arg.verifying_key else {
        return Err(Failure::internal("the key comes in an unexpected encoding: please report this defect"));
    };
    let key = RawVerifyingKey::ArkUncompressed(key).decode().map_err(|error| no_circuit(error.to_string()))?;
    Ok(key.circuit_id())
}
