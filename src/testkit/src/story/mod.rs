//! The story: a secret note is proved, minted, governed, released and revoked.
//!
//! Alice writes a note in a context that Dana administers; Bob may read it once the members have voted for it, and may
//! not any more once they have voted against it. On the way everything is tried that must not work: a replayed proof, a
//! second mint, a stranger's and a member's read, a double vote, an early execution, a wrong key. Every step is told to a
//! [`Narrator`]; a step that does not go as it must ends the story with a [`StoryError`].

mod audit;
mod context;
mod govern;
mod mint;
mod narrator;
mod release;

pub use narrator::{Narrator, Silent, Told};

use crate::backend::Backend;
use crate::setup::Deployment;
use calisec_clients::CallError;
use calisec_sdk::Random;
use calisec_sdk::commitment::OwnerSecret;
use calisec_sdk::identity::Identity;
use calisec_sdk::note::NoteKey;
use calisec_types::error::ApiError;
use calisec_types::ids::{ContextId, GrantId, ProposalId};
use calisec_types::note_registry::Note;
use std::fmt::{Debug, Display};

/// A step did not go as it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{actor}, {title}: {reason}")]
pub struct StoryError {
    /// Who.
    pub actor: &'static str,
    /// Doing what.
    pub title: &'static str,
    /// What happened instead.
    pub reason: String,
}

/// What a step that failed has to say.
type Failure = String;

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
    fn new(random: &mut Random) -> Self {
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

/// A story being told on a deployment.
pub struct Story<'a, B, N> {
    deployment: &'a Deployment<B>,
    narrator: N,
    random: Random,
    cast: Cast,
    secret: OwnerSecret,
    plaintext: Vec<u8>,
}

/// How the story ended.
pub struct Ending {
    /// The context.
    pub context: ContextId,
    /// The note.
    pub note: Note,
    /// The grant that was given and taken back.
    pub grant: GrantId,
    /// The proposals, first the grant's, then the revocation's.
    pub proposals: [ProposalId; 2],
    /// What Bob decrypted while he was allowed to.
    pub decrypted: Vec<u8>,
    /// The people.
    pub cast: Cast,
}

/// What Alice keeps of her note.
struct Minted {
    note: Note,
    key: NoteKey,
}

impl<'a, B: Backend, N: Narrator> Story<'a, B, N> {
    /// A story about `plaintext`; keys and secrets come from `random`.
    pub fn new(deployment: &'a Deployment<B>, narrator: N, mut random: Random, plaintext: Vec<u8>) -> Self {
        let cast = Cast::new(&mut random);
        let secret = OwnerSecret::random(&mut random);
        Self { deployment, narrator, random, cast, secret, plaintext }
    }

    /// Tells it to its end.
    ///
    /// # Errors
    /// The first step that did not go as it must.
    pub fn tell(mut self) -> Result<Ending, StoryError> {
        self.register_context()?;
        self.add_members()?;
        self.register_circuit()?;
        let minted = self.prove_and_mint()?;
        self.refuse_readers(&minted)?;
        self.seal_for_bob(&minted)?;
        let (granting, grant) = self.grant_by_vote(&minted)?;
        let decrypted = self.release_to_bob(&minted)?;
        let revoking = self.revoke_by_vote(grant)?;
        self.deny_bob(&minted)?;
        self.remove_bob(&minted)?;
        self.audit()?;
        Ok(Ending {
            context: self.context(),
            note: minted.note,
            grant,
            proposals: [granting, revoking],
            decrypted,
            cast: self.cast,
        })
    }

    fn context(&self) -> ContextId {
        self.cast.context_key.context()
    }

    /// Does a step and tells it.
    fn step<T>(
        &mut self,
        actor: &'static str,
        title: &'static str,
        act: impl FnOnce(&mut Self) -> Result<(T, String), Failure>,
    ) -> Result<T, StoryError> {
        self.narrator.begins(actor, title);
        self.deployment.backend.take_cost();
        match act(self) {
            Ok((value, detail)) => {
                let cost = self.deployment.backend.take_cost();
                self.narrator.told(&Told { actor, title, detail, refused: false, cost });
                Ok(value)
            }
            Err(reason) => Err(StoryError { actor, title, reason }),
        }
    }

    /// Tries what must be refused for the expected reason, and tells it.
    fn refused<T, R: Debug + Display>(
        &mut self,
        actor: &'static str,
        title: &'static str,
        expected: impl FnOnce(&R) -> bool,
        act: impl FnOnce(&mut Self) -> Result<Result<T, ApiError<R>>, CallError>,
    ) -> Result<(), StoryError> {
        self.narrator.begins(actor, title);
        self.deployment.backend.take_cost();
        let reason = match act(self) {
            Err(error) => error.to_string(),
            Ok(Ok(_)) => "was allowed".to_owned(),
            Ok(Err(ApiError { reason: Some(reason), .. })) if expected(&reason) => {
                let cost = self.deployment.backend.take_cost();
                let detail = format!("{}: {reason}", variant_name(&reason));
                self.narrator.told(&Told { actor, title, detail, refused: true, cost });
                return Ok(());
            }
            Ok(Err(error)) => format!("was refused for another reason: {error:?}"),
        };
        Err(StoryError { actor, title, reason })
    }
}

/// What a canister answered, or why it did not.
fn answered<T, R>(answer: Result<Result<T, ApiError<R>>, CallError>) -> Result<T, Failure> {
    answer.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// The name of a reason's variant, as programs match on it.
fn variant_name(reason: &impl Debug) -> String {
    let text = format!("{reason:?}");
    text.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
