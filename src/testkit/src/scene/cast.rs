//! The people.

use calisec_sdk::Random;
use calisec_sdk::identity::Identity;

/// The people of the story.
pub struct Cast {
    /// The key of the context.
    pub context_key: Identity,
    /// Administers the context.
    pub dana: Identity,
    /// Writes the note.
    pub alice: Identity,
    /// Wants to read it.
    pub bob: Identity,
    /// Votes.
    pub carol: Identity,
    /// Is no member.
    pub mallory: Identity,
}

impl Cast {
    /// Keys from `random`.
    pub fn new(random: &mut Random) -> Self {
        Self {
            context_key: Identity::random(random),
            dana: Identity::random(random),
            alice: Identity::random(random),
            bob: Identity::random(random),
            carol: Identity::random(random),
            mallory: Identity::random(random),
        }
    }
}
