//! `calisec prove membership`.

use super::in_tree::InTree;
use super::{keep, prove_with, refused, told, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::secrets::{self, MemberSecret, NoteSecret};
use calisec_sdk::commitment::NoteOpening;
use calisec_sdk::prover::MembershipKey;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::field::Fr;
use calisec_sdk::zk::statement::Domain;
use calisec_sdk::zk::statement::context_membership::Leaf;
use std::path::Path;

/// What one has in the tree.
enum Owned {
    Member(Leaf),
    Note(NoteOpening),
}

/// Does it.
pub fn run(tree: &InTree, options: &Options) -> Result<Answer, Failure> {
    let file = tree.file()?;
    let (owned, context) = read_owned(&tree.secret)?;
    if context != tree.binding.context {
        return Err(Failure::usage(format!(
            "the secret is for the context {context}, not for {}",
            tree.binding.context
        )));
    }
    let (leaves, key) = tree.read()?;
    writing(options, |session| {
        let domain = tree.binding.domain(session)?;
        let path = leaves.path(owned.leaf(&domain), &tree.leaves)?;
        let proved = prove_with(session, &key, &tree.key, |key: &MembershipKey, random| {
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
