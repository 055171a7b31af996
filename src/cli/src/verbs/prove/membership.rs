//! `calisec prove membership`.

use super::{Out, keep, prove_with, read_key, refused, told, writing};
use crate::binding::Binding;
use crate::failure::Failure;
use crate::leaves::Leaves;
use crate::options::Options;
use crate::output::Answer;
use crate::secrets::{self, MemberSecret, NoteSecret};
use calisec_sdk::commitment::NoteOpening;
use calisec_sdk::prover::MembershipKey;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::field::Fr;
use calisec_sdk::zk::statement::Domain;
use calisec_sdk::zk::statement::context_membership::Leaf;
use std::path::{Path, PathBuf};

/// What `calisec prove membership` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// Your secret: of 'calisec secret member', or of a note.
    #[arg(long, value_name = "FILE")]
    secret: PathBuf,
    /// The tree: a file with a leaf on each line.
    #[arg(long, value_name = "FILE")]
    leaves: PathBuf,
    /// The proving key: of 'calisec keys --statement context-membership'.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    binding: Binding,
    #[command(flatten)]
    out: Out,
}

/// What one has in the tree.
enum Owned {
    Member(Leaf),
    Note(NoteOpening),
}

/// Does it.
pub fn run(arguments: &Arguments, options: &Options) -> Result<Answer, Failure> {
    arguments.binding.check()?;
    let file = arguments.out.file(".proof.json")?;
    let (owned, context) = read_owned(&arguments.secret)?;
    if context != arguments.binding.context {
        return Err(Failure::usage(format!(
            "the secret is for the context {context}, not for {}",
            arguments.binding.context
        )));
    }
    let (leaves, key) = (Leaves::read(&arguments.leaves)?, read_key(&arguments.key)?);
    writing(options, |session| {
        let domain = arguments.binding.domain(session)?;
        let path = leaves.path(owned.leaf(&domain), &arguments.leaves)?;
        let proved = prove_with(session, &key, &arguments.key, |key: &MembershipKey, random| {
            let proof = match &owned {
                Owned::Member(leaf) => key.prove(leaf, &path, &domain, random),
                Owned::Note(opening) => key.prove_note(opening, &path, &domain, random),
            };
            proof.map(|proof| told(&proof)).map_err(refused)
        })?;
        keep(session, &file, proved)
    })
}

fn read_owned(path: &Path) -> Result<(Owned, ContextId), Failure> {
    if let Some(note) = secrets::read_if::<NoteSecret>(path)? {
        return Ok((Owned::Note(note.opening()?), note.context));
    }
    let member: MemberSecret = secrets::read(path)?;
    Ok((Owned::Member(member.leaf()?), member.context))
}

impl Owned {
    fn leaf(&self, domain: &Domain<'_>) -> Fr {
        match self {
            Self::Member(leaf) => leaf.commitment(&domain.context_id),
            Self::Note(opening) => opening.claim(domain).commitment,
        }
    }
}
