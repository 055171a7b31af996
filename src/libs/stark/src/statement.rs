//! What is proved.

use crate::{
    chain::{Half, Load, Part, Place, Program},
    word::Word,
};

/// Levels of a context's tree.
pub const TREE_DEPTH: usize = 20;

/// "calisec" statement 1 of this crate.
const NOTE_COMMITMENT: Word = Word::constant(0x6361_0001);
/// Statement 2.
const MEMBERSHIP: Word = Word::constant(0x6361_0002);
/// What an owner's secret is hashed with for a note's nullifier, where the commitment has its salt.
pub const NULLIFIER_TAG: Word = Word::constant(0x6361_0101);
/// What an owner's secret is hashed with for a leaf.
pub const MEMBER_TAG: Word = Word::constant(0x6361_0102);

/// A statement that [`crate::verify`] knows: the machine's program, and where its public words are.
pub trait Statement: Copy + Send + Sync + 'static {
    /// Tells the statements apart.
    const TAG: Word;
    /// What is hashed with what.
    const PROGRAM: Program;

    /// The public words, in the order in which they are published.
    fn words(&self) -> [Word; 4];

    /// Where the trace has them.
    fn places(&self) -> Vec<Place>;
}

/// "I know an owner's secret, a content and a salt of which this is the commitment in this context, and this is its
/// nullifier".
///
/// `commitment = H(H(H(owner, salt), content), context)` and
/// `nullifier = H(H(H(owner, NULLIFIER_TAG), content), context)`: the nullifier is the same whatever the salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteCommitment {
    /// Binds owner, salt, content and context.
    pub commitment: Word,
    /// Of owner, content and context.
    pub nullifier: Word,
    /// Of the context: [`Word::of_h248`] of the tag that other proof systems use.
    pub context_tag: Word,
    /// Where the proof may be used: no hash takes it, but every challenge depends on it.
    pub signal: Word,
}

impl Statement for NoteCommitment {
    const TAG: Word = NOTE_COMMITMENT;
    const PROGRAM: Program = Program {
        hashes: 6,
        length: 128,
        words: 2,
        loads: &[
            Load { word: 0, half: Half::Left, hashes: &[0, 3] },
            Load { word: 1, half: Half::Right, hashes: &[1, 4] },
        ],
        starts: &[0, 3],
        directed: false,
    };

    fn words(&self) -> [Word; 4] {
        [self.commitment, self.nullifier, self.context_tag, self.signal]
    }

    fn places(&self) -> Vec<Place> {
        vec![
            Place { hash: 0, of: Part::Input(Half::Right), word: NULLIFIER_TAG },
            Place { hash: 2, of: Part::Input(Half::Right), word: self.context_tag },
            Place { hash: 2, of: Part::Result, word: self.nullifier },
            Place { hash: 5, of: Part::Input(Half::Right), word: self.context_tag },
            Place { hash: 5, of: Part::Result, word: self.commitment },
        ]
    }
}

/// "I know the secret of a leaf under this root, and this is its nullifier in this context".
///
/// `leaf = H(owner, MEMBER_TAG)`, `nullifier = H(owner, context)`; the tree has [`TREE_DEPTH`] levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Of the context's tree.
    pub root: Word,
    /// Of owner and context.
    pub nullifier: Word,
    /// See [`NoteCommitment::context_tag`].
    pub context_tag: Word,
    /// See [`NoteCommitment::signal`].
    pub signal: Word,
}

impl Statement for Membership {
    const TAG: Word = MEMBERSHIP;
    const PROGRAM: Program = Program {
        hashes: 2 + TREE_DEPTH,
        length: 256,
        words: 1,
        loads: &[Load { word: 0, half: Half::Left, hashes: &[0, 1] }],
        starts: &[0, 1],
        directed: true,
    };

    fn words(&self) -> [Word; 4] {
        [self.root, self.nullifier, self.context_tag, self.signal]
    }

    fn places(&self) -> Vec<Place> {
        vec![
            Place { hash: 0, of: Part::Input(Half::Right), word: self.context_tag },
            Place { hash: 0, of: Part::Result, word: self.nullifier },
            Place { hash: 1, of: Part::Input(Half::Right), word: MEMBER_TAG },
            Place { hash: 1 + TREE_DEPTH, of: Part::Result, word: self.root },
        ]
    }
}
