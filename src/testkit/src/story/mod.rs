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
use crate::scene::{Answer, Cast, Scene, SceneError};
use crate::setup::Deployment;
use calisec_sdk::Random;
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

/// A story being told on a deployment.
pub struct Story<'a, B, N> {
    scene: Scene<'a, B>,
    narrator: N,
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

impl<'a, B: Backend, N: Narrator> Story<'a, B, N> {
    /// A story about `plaintext`; keys and secrets come from `random`.
    pub fn new(deployment: &'a Deployment<B>, narrator: N, random: Random, plaintext: Vec<u8>) -> Self {
        Self { scene: Scene::new(deployment, random), narrator, plaintext }
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
            context: self.scene.context(),
            note: minted.note,
            grant,
            proposals: [granting, revoking],
            decrypted,
            cast: self.scene.cast,
        })
    }

    /// Does a step and tells it.
    fn step<T>(
        &mut self,
        actor: &'static str,
        title: &'static str,
        act: impl FnOnce(&mut Scene<'a, B>) -> Result<(T, String), SceneError>,
    ) -> Result<T, StoryError> {
        self.narrator.begins(actor, title);
        self.scene.deployment.backend.take_cost();
        match act(&mut self.scene) {
            Ok((value, detail)) => {
                let cost = self.scene.deployment.backend.take_cost();
                self.narrator.told(&Told { actor, title, detail, refused: false, cost });
                Ok(value)
            }
            Err(SceneError(reason)) => Err(StoryError { actor, title, reason }),
        }
    }

    /// Tries what must be refused for the expected reason, and tells it.
    fn refused<T, R: Debug + Display>(
        &mut self,
        actor: &'static str,
        title: &'static str,
        expected: impl FnOnce(&R) -> bool,
        act: impl FnOnce(&Scene<'a, B>) -> Answer<T, R>,
    ) -> Result<(), StoryError> {
        self.narrator.begins(actor, title);
        self.scene.deployment.backend.take_cost();
        let reason = match act(&self.scene) {
            Err(error) => error.to_string(),
            Ok(Ok(_)) => "was allowed".to_owned(),
            Ok(Err(ApiError { reason: Some(reason), .. })) if expected(&reason) => {
                let cost = self.scene.deployment.backend.take_cost();
                let detail = format!("{}: {reason}", variant_name(&reason));
                self.narrator.told(&Told { actor, title, detail, refused: true, cost });
                return Ok(());
            }
            Ok(Err(error)) => format!("was refused for another reason: {error:?}"),
        };
        Err(StoryError { actor, title, reason })
    }
}

/// The name of a reason's variant, as programs match on it.
fn variant_name(reason: &impl Debug) -> String {
    let text = format!("{reason:?}");
    text.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
