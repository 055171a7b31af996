//! What a test or a program does to canisters directly: management operations that take effect at once, without an
//! ingress message, a fee for it, or a round.

use super::Network;
use super::canister::Status;
use super::logs::LogRecord;
use crate::error::{ErrorCode, Reject};
use crate::execution::StableImage;
use crate::management;
use candid::Principal;
use ic_management_canister_types::{
    CanisterInstallMode, CanisterSettings, CanisterStatusResult, ChunkHash, InstallChunkedCodeArgs,
};

/// The largest chunk of the chunk store.
const CHUNK_BYTES: usize = 1 << 20;

/// The largest module with its argument that dfx puts into one install message. Source: `CHUNK_CUTOFF` of crate `ic-utils`.
const ONE_MESSAGE_BYTES: usize = 1024 * 1024 * 185 / 100;

impl Network {
    /// Creates an empty canister with these cycles.
    ///
    /// # Errors
    /// More than ten controllers.
    pub fn create_canister(&mut self, controllers: &[Principal], cycles: u128) -> Result<Principal, Reject> {
        let settings = CanisterSettings { controllers: Some(controllers.to_vec()), ..CanisterSettings::default() };
        let creator = controllers.first().copied().unwrap_or_else(Principal::anonymous);
        management::create(self, creator, Some(settings), cycles, None)
    }

    /// Installs code in an empty canister.
    ///
    /// # Errors
    /// The replica's reject: not a controller, not empty, invalid module, `canister_init` trapped. The canister is
    /// then as before, except that it has paid for the execution.
    pub fn install(&mut self, sender: Principal, id: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        management::install(self, sender, id, CanisterInstallMode::Install, wasm, arg)
    }

    /// Installs code afresh: all memory is lost.
    ///
    /// # Errors
    /// As [`Self::install`].
    pub fn reinstall(&mut self, sender: Principal, id: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        management::install(self, sender, id, CanisterInstallMode::Reinstall, wasm, arg)
    }

    /// Upgrades the code: stable memory stays.
    ///
    /// As on the replica this needs no stopping first. Callbacks of calls that are still open then run on the *new*
    /// module's function table; stop the canister before if they must not.
    ///
    /// # Errors
    /// As [`Self::install`]; also when `canister_pre_upgrade` or `canister_post_upgrade` traps.
    pub fn upgrade(&mut self, sender: Principal, id: Principal, wasm: &[u8], arg: &[u8]) -> Result<(), Reject> {
        management::install(self, sender, id, CanisterInstallMode::Upgrade(None), wasm, arg)
    }

    /// Installs code as dfx does: in one message where it fits, else through the canister's chunk store.
    ///
    /// # Errors
    /// As [`Self::install`] and [`Self::install_chunked`].
    pub fn deploy(
        &mut self,
        sender: Principal,
        id: Principal,
        mode: CanisterInstallMode,
        wasm: &[u8],
        arg: &[u8],
    ) -> Result<(), Reject> {
        if wasm.len() + arg.len() <= ONE_MESSAGE_BYTES {
            management::install(self, sender, id, mode, wasm, arg)
        } else {
            self.install_chunked(sender, id, mode, wasm, arg)
        }
    }

    /// Installs code of any size through the canister's chunk store, which is cleared afterwards.
    ///
    /// # Errors
    /// As [`Self::install`], and when the code does not fit the chunk store.
    pub fn install_chunked(
        &mut self,
        sender: Principal,
        id: Principal,
        mode: CanisterInstallMode,
        wasm: &[u8],
        arg: &[u8],
    ) -> Result<(), Reject> {
        management::clear_chunks(self, sender, id)?;
        let mut chunk_hashes_list = Vec::new();
        for chunk in wasm.chunks(CHUNK_BYTES) {
            chunk_hashes_list.push(ChunkHash { hash: management::upload_chunk(self, sender, id, chunk)?.to_vec() });
        }
        let args = InstallChunkedCodeArgs {
            mode,
            target_canister: id,
            store_canister: None,
            chunk_hashes_list,
            wasm_module_hash: management::sha256(wasm).to_vec(),
            arg: arg.to_vec(),
            sender_canister_version: None,
        };
        let installed = management::install_chunked(self, sender, &args);
        management::clear_chunks(self, sender, id)?;
        installed
    }

    /// Removes code and memory. Calls being served are rejected.
    ///
    /// # Errors
    /// Unknown canister, or `sender` is not a controller.
    pub fn uninstall(&mut self, sender: Principal, id: Principal) -> Result<(), Reject> {
        self.canister(id)?.require_controller(sender)?;
        management::uninstall(self, sender, id)
    }

    /// Starts a canister; a stop that is under way is cancelled.
    ///
    /// # Errors
    /// Unknown canister, or `sender` is not a controller.
    pub fn start(&mut self, sender: Principal, id: Principal) -> Result<(), Reject> {
        self.canister(id)?.require_controller(sender)?;
        management::start(self, id)
    }

    /// Stops a canister: runs rounds until its open calls are answered.
    ///
    /// # Errors
    /// Unknown canister, not a controller, or five minutes of the network's time were not enough.
    pub fn stop(&mut self, sender: Principal, id: Principal) -> Result<(), Reject> {
        self.begin_stopping(sender, id)?;
        if self.is_stopped(id)? {
            return Ok(());
        }
        let arg = management::id_argument(id);
        self.update(sender, Principal::management_canister(), "stop_canister", &arg).map(|_| ())
    }

    /// Makes a canister refuse new calls, and returns at once. It is stopped when its last open call is answered.
    ///
    /// # Errors
    /// Unknown canister, or `sender` is not a controller.
    pub fn begin_stopping(&mut self, sender: Principal, id: Principal) -> Result<(), Reject> {
        self.canister(id)?.require_controller(sender)?;
        management::begin_stopping(self, id, None)
    }

    /// Whether the canister is stopped.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn is_stopped(&self, id: Principal) -> Result<bool, Reject> {
        Ok(matches!(self.canister(id)?.status, Status::Stopped))
    }

    /// Deletes a stopped canister; its cycles are gone.
    ///
    /// # Errors
    /// Unknown canister, not a controller, or not stopped.
    pub fn delete_canister(&mut self, sender: Principal, id: Principal) -> Result<(), Reject> {
        management::delete(self, sender, id)
    }

    /// Status, settings, module hash, memory and cycles.
    ///
    /// # Errors
    /// Unknown canister, or `sender` is neither a controller nor the canister.
    pub fn canister_status(&self, sender: Principal, id: Principal) -> Result<CanisterStatusResult, Reject> {
        management::status(self, sender, id)
    }

    /// Changes settings; fields that are `None` stay.
    ///
    /// # Errors
    /// Unknown canister, not a controller, or a value out of its range; then nothing has changed.
    pub fn update_settings(
        &mut self,
        sender: Principal,
        id: Principal,
        settings: CanisterSettings,
    ) -> Result<(), Reject> {
        management::update_settings(self, sender, id, settings)
    }

    /// The balance.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn cycles(&self, id: Principal) -> Result<u128, Reject> {
        Ok(self.canister(id)?.balance)
    }

    /// Gives cycles out of nothing; returns the new balance.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn add_cycles(&mut self, id: Principal, amount: u128) -> Result<u128, Reject> {
        let canister = self.canister_mut(id)?;
        canister.balance = canister.balance.saturating_add(amount);
        Ok(canister.balance)
    }

    /// The whole stable memory; empty without code.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn stable_memory(&self, id: Principal) -> Result<Vec<u8>, Reject> {
        Ok(self.canister(id)?.state.as_ref().map(crate::execution::State::read_stable).unwrap_or_default())
    }

    /// Replaces the whole stable memory, for states that would take long to reach by calls. The heap stays what it was: upgrade
    /// the canister next. Bytes are filled up to a whole page.
    ///
    /// # Errors
    /// Unknown canister, or one without code.
    pub fn replace_stable_memory(&mut self, id: Principal, bytes: &[u8]) -> Result<(), Reject> {
        let state = self.canister_mut(id)?.state.as_mut();
        let state = state
            .ok_or_else(|| Reject::new(ErrorCode::CanisterWasmModuleNotFound, format!("canister {id} has no code")))?;
        state.replace_stable(bytes);
        Ok(())
    }

    /// The whole stable memory at this moment, without copying it: equal to a later one if no byte has changed.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn stable_image(&self, id: Principal) -> Result<StableImage, Reject> {
        Ok(self.canister(id)?.state.as_ref().map(crate::execution::State::stable_image).unwrap_or_default())
    }

    /// What the canister has printed, oldest first; the last MiB is kept.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn logs(&self, id: Principal) -> Result<Vec<LogRecord>, Reject> {
        Ok(self.canister(id)?.logs.records().cloned().collect())
    }

    /// SHA-256 of the installed module as it was given; `None` without code.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn module_hash(&self, id: Principal) -> Result<Option<[u8; 32]>, Reject> {
        Ok(self.canister(id)?.state.as_ref().map(|state| state.module().hash()))
    }

    /// What the canister has certified last; empty after install and upgrade.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn certified_data(&self, id: Principal) -> Result<&[u8], Reject> {
        Ok(&self.canister(id)?.certified_data)
    }

    /// When the global timer fires; `None` when it is off.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn global_timer_ns(&self, id: Principal) -> Result<Option<u64>, Reject> {
        Ok(Some(self.canister(id)?.global_timer_ns).filter(|timer| *timer != 0))
    }

    /// Whether a system task or message waits at the canister.
    ///
    /// # Errors
    /// Unknown canister.
    pub fn has_waiting_messages(&self, id: Principal) -> Result<bool, Reject> {
        let canister = self.canister(id)?;
        Ok(!canister.tasks.is_empty() || !canister.inputs.is_empty())
    }
}
