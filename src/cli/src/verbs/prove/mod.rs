//! `calisec prove`.

mod credential;
mod import;
mod in_tree;
mod membership;
mod note;
mod signal;
mod stark;

use super::proof::ProofFile;
use super::{write_new, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use calisec_sdk::Random;
use calisec_sdk::circuit::Circuit;
use calisec_sdk::prover::{BoundProof, CircuitKey, MAX_PROVING_KEY_BYTES, ProverError};
use calisec_sdk::types::proof_verifier::SubmitArg;
use calisec_sdk::zk::statement::Statement;
use clap::Subcommand;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is proved.
#[derive(Subcommand)]
pub enum Verb {
    /// Encrypt a file, and prove that you can open the commitment to it. Makes NAME.proof.json, NAME.ciphertext and
    /// NAME.secret.json; only the last is secret, and readable by you alone.
    ///
    /// Example: calisec prove note letter.txt --context <context> --out letter
    Note(note::Arguments),
    /// Prove that you are one of a tree, and not which one: a member, or the owner of a note.
    ///
    /// Example: calisec prove membership --secret me.secret.json --leaves members.leaves --key keys/context_membership.pk
    /// --context <context> --consumer governance --purpose poll/7#yes --out vote
    Membership(in_tree::InTree),
    /// Prove that an attested number lies in a range, and not which number it is.
    ///
    /// Example: calisec prove range --credential age.credential.json --secret me.secret.json --leaves issuer.leaves
    /// --at-least 18 --key keys/credential_range.pk --context <context> --consumer membership --purpose adult --out adult
    Range(credential::RangeArguments),
    /// Prove that an attested value is one of some, and not which one.
    ///
    /// Example: calisec prove set --credential land.credential.json --secret me.secret.json --leaves issuer.leaves
    /// --texts CH,PT,SI --key keys/credential_set.pk --context <context> --consumer membership --purpose resident --out land
    Set(credential::SetArguments),
    /// Prove that you are one of a group of Semaphore's, and not which one, with a key of 'calisec keys'. Or say what to sign
    /// with Semaphore for a use, and take over the proof that its JavaScript library made of it, with the ceremony's key.
    ///
    /// Example: calisec prove signal --secret me.signal.json --leaves group.leaves --key keys/own_key_signal.pk
    /// --context <context> --consumer governance --purpose poll/7#yes --out vote;
    /// calisec prove signal --context <context> --consumer governance --purpose poll/7#yes;
    /// calisec prove signal --proof semaphore.json --context <context> --consumer governance --purpose poll/7#yes --out vote
    Signal(signal::Arguments),
    /// Prove a note's commitment without a trusted set-up. Not zero-knowledge: the secret that is made may become known.
    ///
    /// Example: calisec prove stark-note letter.txt --context <context> --consumer note_registry --purpose archive --out letter
    StarkNote(stark::NoteArguments),
    /// Prove membership in a tree without a trusted set-up. Not zero-knowledge: readers may find out who you are.
    ///
    /// Example: calisec prove stark-membership --secret me.stark.json --leaves members.leaves --context <context>
    /// --consumer governance --purpose poll/7#yes --out vote
    StarkMembership(stark::MembershipArguments),
    /// Take over a proof that other tools made: snarkjs, gnark, arkworks, or in the order of EVM verifiers.
    ///
    /// Example: calisec prove import proof.json --public public.json --circuit <circuit> --context <context>
    /// --consumer <principal> --purpose sum --out sum
    Import(import::Arguments),
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Note(arguments) => note::run(&arguments, options),
        Verb::Membership(arguments) => membership::run(&arguments, options),
        Verb::Range(arguments) => credential::range(&arguments, options),
        Verb::Set(arguments) => credential::set(&arguments, options),
        Verb::Signal(arguments) => signal::run(&arguments, options),
        Verb::StarkNote(arguments) => stark::note(&arguments, options),
        Verb::StarkMembership(arguments) => stark::membership(&arguments, options),
        Verb::Import(arguments) => import::run(&arguments, options),
    }
}

/// Where a proof goes, and what else there is to make beside it.
#[derive(clap::Args, Clone, Debug)]
pub struct Out {
    /// What the files that are made begin with.
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
}

impl Out {
    /// A file of that name, which must not exist yet.
    fn file(&self, suffix: &str) -> Result<PathBuf, Failure> {
        let mut name = self.out.clone().into_os_string();
        name.push(suffix);
        let path = PathBuf::from(name);
        if path.exists() {
            return Err(Failure::usage(format!(
                "{} exists: files are never overwritten, choose another --out",
                path.display()
            )));
        }
        Ok(path)
    }
}

/// Proves with the key in a file, and keeps the proof.
fn prove_with<C: Circuit>(
    session: &Session,
    key: &[u8],
    key_file: &Path,
    prove: impl FnOnce(&CircuitKey<C>, &mut Random) -> Result<(SubmitArg, Value), Failure>,
) -> Result<(SubmitArg, Value), Failure> {
    session.progress.says("reading the proving key ...");
    let key = CircuitKey::<C>::from_bytes(key).map_err(|error| {
        Failure::usage(format!(
            "{} is no proving key of this statement: {error}; 'calisec keys --statement' makes one",
            key_file.display()
        ))
    })?;
    let mut random = random()?;
    session.progress.says("proving ...");
    prove(&key, &mut random)
}

/// What is told of a proof, and what is submitted.
fn told<S: Statement>(proof: &BoundProof<'_, S>) -> (SubmitArg, Value) {
    (proof.to_submit_arg(), json!({ "receipt": proof.receipt_id() }))
}

/// Writes the proof for whoever calls, and tells of it.
fn keep(session: &Session, file: &Path, (arg, mut about): (SubmitArg, Value)) -> Result<Answer, Failure> {
    let proof = ProofFile::of(&arg, session.identity()?.principal());
    write_new(file, proof.to_json()?.as_bytes())?;
    about["proof"] = json!(file);
    about["circuit"] = json!(arg.circuit);
    about["public_inputs"] = json!(arg.public_inputs);
    Ok(Answer::of(about))
}

/// What the prover refuses: what is false cannot be proved.
fn refused(error: ProverError) -> Failure {
    match error {
        ProverError::NotInRange | ProverError::NotInSet(_) => Failure::no(format!("there is no such proof: {error}")),
        ProverError::TooDeep(_) => Failure::usage(format!("{error}: make keys with a greater --depth")),
        _ => Failure::usage(format!("cannot prove: {error}")),
    }
}

fn random() -> Result<Random, Failure> {
    Random::from_os().map_err(|error| Failure::internal(error.to_string()))
}

fn read_key(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bytes(path, MAX_PROVING_KEY_BYTES, "the proving key")
}

fn read_bytes(path: &Path, most: usize, what: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read {what} {}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.is_empty() || bytes.len() > most {
        return Err(Failure::usage(format!("{what} {} must have between 1 and {most} bytes", path.display())));
    }
    Ok(bytes)
}
