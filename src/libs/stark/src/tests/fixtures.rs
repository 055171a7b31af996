//! Witnesses with fixed seeds, so that a failure repeats.

use crate::{
    prove::{MemberOpening, NoteOpening, Step},
    word::Word,
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};

/// Fixed by the seed.
pub(super) fn randomness(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut generator = ChaCha20Rng::seed_from_u64(seed);
    move |bytes| generator.fill_bytes(bytes)
}

fn words(seed: u64) -> impl FnMut() -> Word {
    let mut random = randomness(seed);
    move || {
        let mut bytes = [0; 64];
        random(&mut bytes);
        Word::of_random(&bytes)
    }
}

pub(super) const CONTEXT: Word = Word::constant(11);
pub(super) const SIGNAL: Word = Word::constant(12);

pub(super) fn note(seed: u64) -> NoteOpening {
    let mut word = words(seed);
    NoteOpening { owner_secret: word(), salt: word(), content_tag: word() }
}

pub(super) fn member(seed: u64) -> MemberOpening {
    let mut word = words(seed);
    let owner_secret = word();
    let path = std::array::from_fn(|level| Step { sibling: word(), from_right: (seed >> (level % 64)) & 1 == 1 });
    MemberOpening { owner_secret, path }
}
