//! The story's building blocks, so that the story, tests and benchmarks begin at any point of it.
//!
//! A [`Scene`] is a deployment with the story's people. The methods of its children each do one thing and answer what the
//! canister answered; [`Scene::until_members`] and the like do all that comes before a point of the story.

mod audit;
mod beginnings;
mod cast;
mod context;
mod devices;
mod govern;
mod notes;

pub use beginnings::{Minted, Proved};
pub use cast::Cast;
pub use context::{REGISTRATION_WINDOW_SECONDS, signed_registration};
pub use govern::grant_of;

use crate::backend::Backend;
use crate::setup::{Caller, Deployment};
use calisec_clients::CallError;
use calisec_sdk::Random;
use calisec_sdk::commitment::OwnerSecret;
use calisec_sdk::identity::Identity;
use calisec_types::error::ApiError;
use calisec_types::ids::ContextId;
use candid::Principal;
use std::fmt::{Debug, Display};

/// What a method of a canister comes to: no answer, or an answer, which may be a refusal.
pub type Answer<T, R> = Result<Result<T, ApiError<R>>, CallError>;

/// A building block did not do what it is there for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SceneError(pub String);

impl SceneError {
    /// With the words of another error.
    pub fn from_display(error: impl Display) -> Self {
        Self(error.to_string())
    }
}

/// What a canister answered, or why it did not.
///
/// # Errors
/// [`SceneError`] for no answer and for a refusal.
pub fn answered<T, R: Debug>(answer: Answer<T, R>) -> Result<T, SceneError> {
    answer.map_err(SceneError::from_display)?.map_err(SceneError::from_display)
}

/// A deployment with the story's people on it.
pub struct Scene<'a, B> {
    /// The network with the canisters.
    pub deployment: &'a Deployment<B>,
    /// The people.
    pub cast: Cast,
    /// Where keys, notes and proofs come from.
    pub random: Random,
    secret: OwnerSecret,
}

impl<'a, B: Backend> Scene<'a, B> {
    /// Nothing has happened yet; everybody's keys come from `random`.
    pub fn new(deployment: &'a Deployment<B>, mut random: Random) -> Self {
        let cast = Cast::new(&mut random);
        let secret = OwnerSecret::random(&mut random);
        Self { deployment, cast, random, secret }
    }

    /// The context.
    pub fn context(&self) -> ContextId {
        self.cast.context_key.context()
    }

    /// Calls from this person.
    pub fn as_(&self, who: &Identity) -> Caller<'a, B> {
        self.deployment.called_by(who.principal())
    }

    /// Calls from nobody in particular.
    pub fn anyone(&self) -> Caller<'a, B> {
        self.deployment.called_by(Principal::anonymous())
    }
}
