//! The four canisters on a network.

use crate::actor::Actor;
use crate::backend::{Backend, Reject};
use crate::modules::{self, ModuleMissing};
use calisec_clients::{GovernanceClient, MembershipClient, NoteRegistryClient, ProofVerifierClient};
use calisec_sdk::Random;
use calisec_sdk::prover::ProvingKey;
use calisec_types::governance::{CircuitsInit, GovernanceArg, GovernanceInit, Rules};
use calisec_types::ids::{ContextId, Digest32};
use calisec_types::membership::{MembershipArg, MembershipInit};
use calisec_types::note_registry::NoteRegistryInit;
use calisec_types::proof_verifier::ProofVerifierInit;
use candid::{CandidType, Principal, encode_one};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// The rules the story is decided by: a day of voting, an hour of timelock.
pub const STORY_RULES: Rules = Rules {
    voting_period_seconds: 24 * 60 * 60,
    timelock_seconds: 60 * 60,
    execution_window_seconds: 7 * 24 * 60 * 60,
    quorum_percent: 50,
    approval_percent: 50,
};

/// Seed of the proving key that tests and the demo share. A key whose randomness is known forges proofs: it is worthless
/// outside a test network.
const TEST_KEY_SEED: [u8; 32] = *b"calisec test proving key, forge!";

/// Why the canisters could not be put on the network.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SetupError {
    /// A module is not at hand.
    #[error(transparent)]
    Module(#[from] ModuleMissing),
    /// The network refused a module.
    #[error("installing {canister}: {reject}")]
    Install {
        /// Which canister.
        canister: &'static str,
        /// Why.
        reject: Reject,
    },
    /// The proving key could not be made.
    #[error("making the test proving key: {0}")]
    ProvingKey(String),
}

/// Where the canisters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanisterIds {
    /// `membership`.
    pub membership: Principal,
    /// `proof_verifier`.
    pub proof_verifier: Principal,
    /// `note_registry`.
    pub note_registry: Principal,
    /// `governance`.
    pub governance: Principal,
}

/// Builds a [`Deployment`].
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    rules: Rules,
    circuits: Option<ContextId>,
    claims: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { rules: STORY_RULES, circuits: None, claims: true }
    }
}

impl Setup {
    /// With these rules instead of [`STORY_RULES`].
    #[must_use]
    pub const fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// With members of this context deciding about circuits; without it, nobody does.
    #[must_use]
    pub const fn circuits_decided_by(mut self, context: ContextId) -> Self {
        self.circuits = Some(context);
        self
    }

    /// With nobody's receipts becoming claims.
    #[must_use]
    pub const fn without_claims(mut self) -> Self {
        self.claims = false;
        self
    }

    /// Creates and installs the four canisters.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn on<B: Backend>(self, backend: B) -> Result<Deployment<B>, SetupError> {
        let prover = test_prover()?;
        let ids = CanisterIds {
            membership: backend.create_canister(),
            proof_verifier: backend.create_canister(),
            note_registry: backend.create_canister(),
            governance: backend.create_canister(),
        };
        let deployment = Deployment { backend, ids, prover };
        let verifier = self.claims.then_some(ids.proof_verifier);
        let init = MembershipInit { governance: ids.governance, proof_verifier: verifier };
        deployment.install("membership", ids.membership, &MembershipArg::Init(init))?;
        let init = Some(ProofVerifierInit { governance: Some(ids.governance) });
        deployment.install("proof_verifier", ids.proof_verifier, &init)?;
        let init = NoteRegistryInit {
            membership: ids.membership,
            proof_verifier: ids.proof_verifier,
            mint_circuit: deployment.prover.circuit_id(),
        };
        deployment.install("note_registry", ids.note_registry, &init)?;
        let proof_verifier = ids.proof_verifier;
        let circuits = self.circuits.map(|context| CircuitsInit { proof_verifier, context });
        let init = GovernanceInit { membership: ids.membership, rules: self.rules, circuits };
        deployment.install("governance", ids.governance, &GovernanceArg::Init(init))?;
        Ok(deployment)
    }
}

/// The test proving key, made once per process.
fn test_prover() -> Result<Arc<ProvingKey>, SetupError> {
    static PROVER: OnceLock<Result<Arc<ProvingKey>, String>> = OnceLock::new();
    PROVER
        .get_or_init(|| {
            ProvingKey::setup(&mut Random::from_seed(TEST_KEY_SEED)).map(Arc::new).map_err(|error| error.to_string())
        })
        .clone()
        .map_err(SetupError::ProvingKey)
}

/// The four canisters on a network, and the key that proofs for them are made with.
pub struct Deployment<B> {
    /// The network.
    pub backend: B,
    /// Where the canisters are.
    pub ids: CanisterIds,
    /// Makes proofs of the circuit that mints notes.
    pub prover: Arc<ProvingKey>,
}

impl<B: Backend> Deployment<B> {
    fn install(&self, canister: &'static str, id: Principal, init: &impl CandidType) -> Result<(), SetupError> {
        let arg = encode_one(init).expect("install arguments encode");
        let module = modules::load(canister)?;
        self.backend.install(id, &module, &arg).map_err(|reject| SetupError::Install { canister, reject })
    }

    /// Upgrades all four canisters to the modules in the tree.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn upgrade_all(&self) -> Result<(), SetupError> {
        let ids = self.ids;
        let canisters = [
            ("membership", ids.membership),
            ("proof_verifier", ids.proof_verifier),
            ("note_registry", ids.note_registry),
            ("governance", ids.governance),
        ];
        for (canister, id) in canisters {
            let module = modules::load(canister)?;
            let arg = candid::encode_args(()).expect("no arguments encode");
            self.backend.upgrade(id, &module, &arg).map_err(|reject| SetupError::Install { canister, reject })?;
        }
        Ok(())
    }

    /// SHA-256 of the network's root key: what signatures and proofs bind.
    pub fn network(&self) -> Digest32 {
        Digest32(Sha256::digest(self.backend.root_key()).into())
    }

    /// Everything durable: the stable memory of the four canisters.
    pub fn stable_memories(&self) -> [Vec<u8>; 4] {
        let ids = self.ids;
        [ids.membership, ids.proof_verifier, ids.note_registry, ids.governance]
            .map(|canister| self.backend.stable_memory(canister))
    }

    /// The same as images, for finding out whether anything changes.
    pub fn stable_images(&self) -> [B::StableImage; 4] {
        let ids = self.ids;
        [ids.membership, ids.proof_verifier, ids.note_registry, ids.governance]
            .map(|canister| self.backend.stable_image(canister))
    }

    /// Calls from this principal.
    pub const fn called_by(&self, principal: Principal) -> Caller<'_, B> {
        Caller { actor: Actor::new(&self.backend, principal), ids: self.ids }
    }
}

/// Somebody in front of the four canisters.
#[derive(Debug)]
pub struct Caller<'a, B> {
    actor: Actor<'a, B>,
    ids: CanisterIds,
}

impl<B> Clone for Caller<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Caller<'_, B> {}

impl<'a, B: Backend> Caller<'a, B> {
    /// Calls `membership`.
    pub const fn membership(self) -> MembershipClient<Actor<'a, B>> {
        MembershipClient::new(self.actor, self.ids.membership)
    }
    /// Calls `proof_verifier`.
    pub const fn proof_verifier(self) -> ProofVerifierClient<Actor<'a, B>> {
        ProofVerifierClient::new(self.actor, self.ids.proof_verifier)
    }
    /// Calls `note_registry`.
    pub const fn note_registry(self) -> NoteRegistryClient<Actor<'a, B>> {
        NoteRegistryClient::new(self.actor, self.ids.note_registry)
    }
    /// Calls `governance`.
    pub const fn governance(self) -> GovernanceClient<Actor<'a, B>> {
        GovernanceClient::new(self.actor, self.ids.governance)
    }
}
