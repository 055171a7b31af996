//! What every proof about a leaf of a tree takes.

use super::{Out, read_key};
use crate::binding::Binding;
use crate::failure::Failure;
use crate::leaves::Leaves;
use std::path::PathBuf;

/// What proofs about a leaf of a tree take.
#[derive(clap::Args)]
pub struct InTree {
    /// Your secret: of 'calisec secret member' or of a note; for an attested value, of 'calisec secret holder'.
    #[arg(long, value_name = "FILE")]
    pub secret: PathBuf,
    /// The tree, of members or of an issuer: a file with a leaf on each line.
    #[arg(long, value_name = "FILE")]
    pub leaves: PathBuf,
    /// The proving key: of 'calisec keys --statement'.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    #[command(flatten)]
    pub binding: Binding,
    #[command(flatten)]
    out: Out,
}

impl InTree {
    /// The file that the proof goes to, once it is known that there can be one: the purpose is one, and the file is new.
    pub fn file(&self) -> Result<PathBuf, Failure> {
        self.binding.check()?;
        self.out.file(".proof.json")
    }

    /// The tree, and the bytes of the proving key.
    pub fn read(&self) -> Result<(Leaves, Vec<u8>), Failure> {
        Ok((Leaves::read(&self.leaves)?, read_key(&self.key)?))
    }
}
