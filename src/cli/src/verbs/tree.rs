//! `calisec tree`: trees in files, to prove against.

use super::page::Amount;
use super::{reading, write_new};
use crate::failure::Failure;
use crate::leaves::{self, Leaves};
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::types::note_registry::NotesArg;
use calisec_sdk::zk::field::to_be32;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is done with trees.
#[derive(Subcommand)]
pub enum Verb {
    /// Add leaves to a tree: a file with a leaf on each line, made if it is missing.
    ///
    /// Example: calisec tree add members.leaves <leaf>
    Add {
        /// The tree.
        file: PathBuf,
        /// What 'calisec secret member' printed.
        #[arg(required = true, value_name = "LEAF", value_parser = parse::element)]
        leaves: Vec<[u8; 32]>,
    },
    /// Show a tree's size, depth and root: compare the root with that of proofs.
    ///
    /// Example: calisec tree show members.leaves
    Show {
        /// The tree.
        file: PathBuf,
        /// It is of members for STARKs.
        #[arg(long)]
        stark: bool,
    },
    /// Write the tree of a context's notes to a file, to prove that one owns one of them.
    ///
    /// Example: calisec tree notes <context> --out notes.leaves
    Notes {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Add { file, leaves } => {
            leaves::append(&file, &leaves)?;
            Ok(Answer::of(json!({ "file": file, "added": leaves.len() })))
        }
        Verb::Show { file, stark: false } => shown(&file),
        Verb::Show { file, stark: true } => {
            let tree = leaves::read_stark(&file)?;
            let root = tree.root().map(|root| hex::encode(root.to_bytes()));
            Ok(Answer::of(json!({ "size": tree.size(), "root": root })))
        }
        Verb::Notes { context, out } => reading(options, |session| {
            let registry = session.note_registry()?;
            let (notes, _) = Amount::ALL.collect(None, |after, limit| {
                let page = session.ask(registry.notes(&NotesArg { context, after, limit }))?;
                Ok((page.notes, page.next))
            })?;
            let lines: String = notes.iter().map(|note| format!("{} # note {}\n", note.commitment, note.id)).collect();
            write_new(&out, lines.as_bytes())?;
            shown(&out)
        }),
    }
}

fn shown(file: &Path) -> Result<Answer, Failure> {
    let head = Leaves::read(file)?.head();
    Ok(Answer::of(json!({
        "file": file, "size": head.size(), "depth": head.depth(), "root": hex::encode(to_be32(&head.root())),
    })))
}
