//! Refusals leave no trace.

use calisec_testkit::Deployment;
use calisec_testkit::backend::{Backend, Reject};
use calisec_testkit::scene::Answer;
use calisec_types::error::Reason;
use std::fmt::Debug;

/// The stable memory of all four canisters at one moment, which every refusal must leave byte for byte.
pub struct Unchanged<'a, B: Backend> {
    deployment: &'a Deployment<B>,
    before: [B::StableImage; 4],
}

impl<'a, B: Backend> Unchanged<'a, B> {
    /// From now on.
    pub fn from_now(deployment: &'a Deployment<B>) -> Self {
        Self { deployment, before: deployment.stable_images() }
    }

    /// Asserts that no byte changed.
    ///
    /// # Panics
    /// When one did.
    pub fn check(&self, what: &str) {
        for (canister, (before, after)) in
            calisec_testkit::modules::CANISTERS.iter().zip(self.before.iter().zip(self.deployment.stable_images()))
        {
            assert!(*before == after, "{what}: the stable memory of {canister} changed");
        }
    }

    /// Asserts that a call was refused for exactly this reason, and changed nothing.
    ///
    /// # Panics
    /// When it was not.
    pub fn refused<T: Debug, R: Reason + Debug + PartialEq>(&self, what: &str, answer: Answer<T, R>, expected: &R) {
        self.refused_as(what, answer, |reason| reason == expected);
    }

    /// Asserts that a call was refused for a reason like this, and changed nothing. For reasons that carry words of a
    /// library or times of the canister.
    ///
    /// # Panics
    /// When it was not.
    pub fn refused_as<T: Debug, R: Reason + Debug>(
        &self,
        what: &str,
        answer: Answer<T, R>,
        expected: impl FnOnce(&R) -> bool,
    ) {
        let error = match answer {
            Ok(Err(error)) => error,
            Ok(Ok(answer)) => panic!("{what}: allowed: {answer:?}"),
            Err(error) => panic!("{what}: no answer: {error}"),
        };
        let Some(reason) = &error.reason else { panic!("{what}: an error without a reason: {error:?}") };
        assert!(expected(reason), "{what}: refused for another reason: {reason:?}");
        assert_eq!(error.kind, reason.kind(), "{what}");
        assert_eq!(error.message, reason.to_string(), "{what}");
        self.check(what);
    }

    /// Asserts that a call was rejected (the canister trapped while decoding), and changed nothing.
    ///
    /// # Panics
    /// When it was not.
    pub fn rejected(&self, what: &str, answer: Result<Vec<u8>, Reject>) {
        match answer {
            Err(reject) => assert_eq!(reject.code, 5, "{what}: {reject}"),
            Ok(reply) => panic!("{what}: answered with {} bytes", reply.len()),
        }
        self.check(what);
    }
}
