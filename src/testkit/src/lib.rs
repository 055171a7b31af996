//! What tests and the demo share: a network, the four canisters on it, and the story they tell.
//!
//! [`backend::Backend`] is a network, bytes in and bytes out: the embedded engine, or PocketIC where its server is at
//! hand. [`Setup`] puts the four canisters on one; [`scene`] holds what can be done there, piece by piece; [`story`] is the
//! journey of a secret note, told step by step. All of it is generic over the backend, so one body of code serves both.

pub mod actor;
pub mod backend;
pub mod modules;
pub mod scene;
pub mod setup;
pub mod story;

pub use actor::Actor;
pub use scene::Scene;
pub use setup::{CanisterIds, Deployment, Setup};
