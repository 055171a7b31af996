//! Witnesses, and the proofs that they make.

mod prover;
mod trace;

pub(crate) use self::{prover::ChainProver, trace::Columns};

use self::trace::Recorder;
use crate::{
    options::options,
    statement::{MEMBER_TAG, Membership, NULLIFIER_TAG, NoteCommitment, Statement, TREE_DEPTH},
    word::Word,
};

/// Fills a buffer with uniformly random bytes. Whoever predicts them reads the witness from a proof.
pub type Randomness<'a> = &'a mut dyn FnMut(&mut [u8]);

/// The prover gave up, which an honest witness does not make it do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not proved: {0}")]
pub struct NotProved(String);

/// What only the owner of a note knows. Has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NoteOpening {
    /// Uniformly random, and **for this proof system only**: see `docs/stark.md`.
    pub owner_secret: Word,
    /// Uniformly random per note.
    pub salt: Word,
    /// Of the content: [`Word::of_h248`] of the tag that other proof systems use.
    pub content_tag: Word,
}

/// What only a member knows. Has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MemberOpening {
    /// See [`NoteOpening::owner_secret`].
    pub owner_secret: Word,
    /// From the leaf to the root.
    pub path: [Step; TREE_DEPTH],
}

/// One level of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The other child.
    pub sibling: Word,
    /// Whether the path comes from the right child.
    pub from_right: bool,
}

fn prove_columns<S: Statement>(statement: S, columns: Columns) -> Result<Vec<u8>, NotProved> {
    ChainProver::new(&statement, options(S::PROGRAM.length)).prove_columns(columns)
}

impl NoteOpening {
    /// What its owner may claim.
    #[must_use]
    pub fn statement(&self, context_tag: Word, signal: Word) -> NoteCommitment {
        self.run(context_tag, signal, Word::hash)
    }

    /// Proves it.
    ///
    /// # Errors
    /// [`NotProved`], never for an honest machine.
    pub fn prove(
        &self,
        context_tag: Word,
        signal: Word,
        randomness: Randomness<'_>,
    ) -> Result<(NoteCommitment, Vec<u8>), NotProved> {
        let (statement, columns) = self.columns(context_tag, signal, randomness);
        Ok((statement, prove_columns(statement, columns)?))
    }

    pub(crate) fn columns(
        &self,
        context_tag: Word,
        signal: Word,
        randomness: Randomness<'_>,
    ) -> (NoteCommitment, Columns) {
        let mut recorder = Recorder::default();
        let statement = self.run(context_tag, signal, |left, right| recorder.hash(left, right, false));
        let kept = [self.owner_secret, self.content_tag];
        (statement, recorder.into_columns(&NoteCommitment::PROGRAM, &kept, randomness))
    }

    fn run(&self, context_tag: Word, signal: Word, mut hash: impl FnMut(Word, Word) -> Word) -> NoteCommitment {
        let mut bind = |salt| {
            let salted = hash(self.owner_secret, salt);
            let of_content = hash(salted, self.content_tag);
            hash(of_content, context_tag)
        };
        let nullifier = bind(NULLIFIER_TAG);
        NoteCommitment { commitment: bind(self.salt), nullifier, context_tag, signal }
    }
}

impl MemberOpening {
    /// The leaf of an owner's secret.
    #[must_use]
    pub fn leaf(owner_secret: Word) -> Word {
        Word::hash(owner_secret, MEMBER_TAG)
    }

    /// What the member may claim.
    #[must_use]
    pub fn statement(&self, context_tag: Word, signal: Word) -> Membership {
        self.run(context_tag, signal, |left, right, _| Word::hash(left, right))
    }

    /// Proves it.
    ///
    /// # Errors
    /// [`NotProved`], never for an honest machine.
    pub fn prove(
        &self,
        context_tag: Word,
        signal: Word,
        randomness: Randomness<'_>,
    ) -> Result<(Membership, Vec<u8>), NotProved> {
        let (statement, columns) = self.columns(context_tag, signal, randomness);
        Ok((statement, prove_columns(statement, columns)?))
    }

    pub(crate) fn columns(&self, context_tag: Word, signal: Word, randomness: Randomness<'_>) -> (Membership, Columns) {
        let mut recorder = Recorder::default();
        let statement = self.run(context_tag, signal, |left, right, from_right| recorder.hash(left, right, from_right));
        (statement, recorder.into_columns(&Membership::PROGRAM, &[self.owner_secret], randomness))
    }

    fn run(&self, context_tag: Word, signal: Word, mut hash: impl FnMut(Word, Word, bool) -> Word) -> Membership {
        let nullifier = hash(self.owner_secret, context_tag, false);
        let leaf = hash(self.owner_secret, MEMBER_TAG, false);
        let root = self.path.iter().fold(leaf, |node, Step { sibling, from_right }| {
            let (left, right) = if *from_right { (*sibling, node) } else { (node, *sibling) };
            hash(left, right, *from_right)
        });
        Membership { root, nullifier, context_tag, signal }
    }
}
