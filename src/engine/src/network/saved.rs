//! A network at rest: what outlives the process that ran it.
//!
//! Stable memory, balances, versions, the clock and the randomness are carried over. Code, heap, timers and certified data
//! are not: the code is given again, and its `canister_post_upgrade` makes the rest, as it must be able to at any upgrade.

use super::canister::{Canister, Status};
use super::settings::Settings;
use super::{Config, Network};
use crate::error::{ErrorCode, Reject};
use crate::execution::{StableImage, State};
use crate::management;
use crate::wasm::Module;
use candid::Principal;

/// A network without anything under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedNetwork {
    /// What [`Config::seed`] was: the root key follows from it.
    pub seed: u64,
    /// The clock.
    pub time_ns: u64,
    /// How much randomness was drawn, so that none comes a second time.
    pub random_words: u128,
    /// How many messages were numbered, so that no two have one id.
    pub sequence: u64,
    /// The number of the canister that is created next.
    pub next_canister: u64,
    /// The canisters, in the order of their ids.
    pub canisters: Vec<SavedCanister>,
}

/// A canister without anything under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCanister {
    /// Its id.
    pub id: Principal,
    /// Who controls it.
    pub controllers: Vec<Principal>,
    /// Its balance.
    pub cycles: u128,
    /// Its version.
    pub version: u64,
    /// SHA-256 of its module.
    pub module_hash: [u8; 32],
    /// Its stable memory.
    pub stable: StableImage,
}

/// Something of a canister would be lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("canister {canister} cannot be saved: {why}")]
pub struct NotAtRest {
    /// Which.
    pub canister: Principal,
    /// What would be lost.
    pub why: &'static str,
}

impl Network {
    /// What [`Self::resumed`] and [`Self::resume_canister`] need to go on from here. Cheap: memory is shared.
    ///
    /// # Errors
    /// [`NotAtRest`] when a message, an open call, a status or a setting would be lost.
    pub fn save(&self) -> Result<SavedNetwork, NotAtRest> {
        let canisters = self.canisters.values().map(Canister::save).collect::<Result<_, _>>()?;
        if !self.management_queue.is_empty() || !self.raw_rand_waiting.is_empty() || !self.delayed.is_empty() {
            return Err(NotAtRest { canister: Principal::management_canister(), why: "a message is under way" });
        }
        Ok(SavedNetwork {
            seed: self.config.seed,
            time_ns: self.time_ns,
            random_words: self.random.get_word_pos(),
            sequence: self.sequence,
            next_canister: self.next_canister,
            canisters,
        })
    }

    /// A network that goes on where `saved` ended, still without its canisters; `config` gives what is not saved.
    #[must_use]
    pub fn resumed(config: Config, saved: &SavedNetwork) -> Self {
        let mut network = Self::new(Config { seed: saved.seed, start_time_ns: saved.time_ns, ..config });
        network.random.set_word_pos(saved.random_words);
        network.sequence = saved.sequence;
        network.next_canister = saved.next_canister;
        network
    }

    /// Puts a canister back: `wasm` starts on the saved stable memory as after an upgrade, with `arg` for
    /// `canister_post_upgrade`. What that costs is not charged, so that resuming often costs a canister nothing.
    ///
    /// # Errors
    /// The id is taken, the module is invalid or another one than was saved, or `canister_post_upgrade` trapped; there is no
    /// such canister then.
    pub fn resume_canister(&mut self, saved: &SavedCanister, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        let id = saved.id;
        if self.canisters.contains_key(&id) {
            return Err(Reject::new(
                ErrorCode::CanisterIdAlreadyExists,
                format!("Canister {id} is already installed."),
            ));
        }
        let invalid = |why: String| Reject::new(ErrorCode::CanisterInvalidWasm, format!("Canister {id}: {why}"));
        let module = Module::compile(wasm).map_err(|error| invalid(format!("the module is not valid: {error}")))?;
        if module.hash() != saved.module_hash {
            return Err(invalid("the module is not the one that was saved".to_owned()));
        }
        let mut canister = Canister::new(id, Settings::of(saved.controllers.clone()), saved.cycles);
        canister.state = Some(State::on_stable(module, &saved.stable));
        self.canisters.insert(id, canister);
        let sender = saved.controllers.first().copied().unwrap_or_else(Principal::management_canister);
        let resumed = management::resume(self, sender, id, arg);
        match resumed {
            Ok(()) => {
                let canister = self.canister_mut(id)?;
                canister.balance = saved.cycles;
                canister.version = saved.version;
            }
            Err(_) => {
                self.canisters.remove(&id);
            }
        }
        resumed
    }
}

impl Canister {
    fn save(&self) -> Result<SavedCanister, NotAtRest> {
        let lost = |why| Err(NotAtRest { canister: self.id, why });
        let Some(state) = &self.state else { return lost("it has no code") };
        if !matches!(self.status, Status::Running) {
            return lost("it is stopping or stopped");
        }
        if !self.tasks.is_empty() || !self.inputs.is_empty() || !self.calls.is_empty() {
            return lost("a message is under way");
        }
        if self.settings != Settings::of(self.settings.controllers.clone()) {
            return lost("it has settings of its own");
        }
        if !self.chunks.is_empty() {
            return lost("its chunk store is not empty");
        }
        Ok(SavedCanister {
            id: self.id,
            controllers: self.settings.controllers.clone(),
            cycles: self.balance,
            version: self.version,
            module_hash: state.module().hash(),
            stable: state.stable_image(),
        })
    }
}
