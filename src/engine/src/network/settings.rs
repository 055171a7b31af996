//! Canister settings, with the interface specification's defaults and bounds.

use crate::error::{ErrorCode, Reject};
use candid::{Nat, Principal};
use ic_management_canister_types::{
    CanisterSettings, DefiniteCanisterSettings, EnvironmentVariable, LogVisibility, SnapshotVisibility,
};
use std::collections::BTreeMap;

/// The most controllers a canister may have.
const MAX_CONTROLLERS: usize = 10;
/// The most environment variables a canister may have.
const MAX_ENVIRONMENT_VARIABLES: usize = 20;
/// The most bytes of an environment variable's name, and of its value.
const MAX_ENVIRONMENT_VARIABLE_BYTES: usize = 128;

/// The settings of one canister.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) controllers: Vec<Principal>,
    pub(crate) compute_allocation: u64,
    pub(crate) memory_allocation: u64,
    pub(crate) freezing_threshold_seconds: u64,
    pub(crate) reserved_cycles_limit: u128,
    pub(crate) log_visibility: LogVisibility,
    pub(crate) log_memory_limit: u64,
    pub(crate) snapshot_visibility: SnapshotVisibility,
    pub(crate) wasm_memory_limit: u64,
    pub(crate) wasm_memory_threshold: u64,
    pub(crate) environment_variables: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn of(controllers: Vec<Principal>) -> Self {
        Self {
            controllers,
            compute_allocation: 0,
            memory_allocation: 0,
            freezing_threshold_seconds: 30 * 24 * 60 * 60,
            reserved_cycles_limit: 5_000_000_000_000,
            log_visibility: LogVisibility::Controllers,
            log_memory_limit: 4096,
            snapshot_visibility: SnapshotVisibility::Controllers,
            wasm_memory_limit: 3 << 30,
            wasm_memory_threshold: 0,
            environment_variables: BTreeMap::new(),
        }
    }

    /// These settings with `change` applied, or why it is refused; `self` is never half changed.
    pub(crate) fn with(&self, change: CanisterSettings) -> Result<Self, Reject> {
        let mut new = self.clone();
        if let Some(controllers) = change.controllers {
            let mut unique = controllers;
            unique.sort_unstable();
            unique.dedup();
            if unique.len() > MAX_CONTROLLERS {
                return Err(invalid(format!(
                    "Invalid settings: 'controllers' length exceeds maximum size allowed of {MAX_CONTROLLERS}"
                )));
            }
            new.controllers = unique;
        }
        if let Some(percent) = change.compute_allocation {
            new.compute_allocation = bounded("compute_allocation", &percent, 100)?;
        }
        if let Some(bytes) = change.memory_allocation {
            new.memory_allocation = bounded("memory_allocation", &bytes, 1 << 48)?;
        }
        if let Some(seconds) = change.freezing_threshold {
            new.freezing_threshold_seconds = bounded("freezing_threshold", &seconds, u64::MAX)?;
        }
        if let Some(cycles) = change.reserved_cycles_limit {
            new.reserved_cycles_limit = u128::try_from(cycles.0.clone())
                .map_err(|_| invalid(out_of_range("reserved_cycles_limit", &cycles, u128::MAX)))?;
        }
        if let Some(bytes) = change.log_memory_limit {
            new.log_memory_limit = bounded("log_memory_limit", &bytes, 2 << 20)?;
        }
        if let Some(bytes) = change.wasm_memory_limit {
            new.wasm_memory_limit = bounded("wasm_memory_limit", &bytes, 1 << 48)?;
        }
        if let Some(bytes) = change.wasm_memory_threshold {
            new.wasm_memory_threshold = bounded("wasm_memory_threshold", &bytes, u64::MAX)?;
        }
        if let Some(visibility) = change.log_visibility {
            if matches!(&visibility, LogVisibility::AllowedViewers(viewers) if viewers.len() > MAX_CONTROLLERS) {
                return Err(invalid(format!("Invalid settings: more than {MAX_CONTROLLERS} allowed viewers")));
            }
            new.log_visibility = visibility;
        }
        if let Some(visibility) = change.snapshot_visibility {
            new.snapshot_visibility = visibility;
        }
        if let Some(variables) = change.environment_variables {
            new.environment_variables = environment_variables(variables)?;
        }
        Ok(new)
    }

    pub(crate) fn definite(&self) -> DefiniteCanisterSettings {
        DefiniteCanisterSettings {
            controllers: self.controllers.clone(),
            compute_allocation: self.compute_allocation.into(),
            memory_allocation: self.memory_allocation.into(),
            freezing_threshold: self.freezing_threshold_seconds.into(),
            reserved_cycles_limit: self.reserved_cycles_limit.into(),
            log_visibility: self.log_visibility.clone(),
            log_memory_limit: self.log_memory_limit.into(),
            snapshot_visibility: self.snapshot_visibility.clone(),
            wasm_memory_limit: self.wasm_memory_limit.into(),
            wasm_memory_threshold: self.wasm_memory_threshold.into(),
            environment_variables: self
                .environment_variables
                .iter()
                .map(|(name, value)| EnvironmentVariable { name: name.clone(), value: value.clone() })
                .collect(),
        }
    }
}

fn environment_variables(variables: Vec<EnvironmentVariable>) -> Result<BTreeMap<String, String>, Reject> {
    if variables.len() > MAX_ENVIRONMENT_VARIABLES {
        return Err(invalid(format!("Too many environment variables: at most {MAX_ENVIRONMENT_VARIABLES}")));
    }
    let mut by_name = BTreeMap::new();
    for EnvironmentVariable { name, value } in variables {
        if name.len() > MAX_ENVIRONMENT_VARIABLE_BYTES || value.len() > MAX_ENVIRONMENT_VARIABLE_BYTES {
            return Err(invalid(format!(
                "Environment variable name or value exceeds {MAX_ENVIRONMENT_VARIABLE_BYTES} bytes"
            )));
        }
        if by_name.insert(name.clone(), value).is_some() {
            return Err(invalid(format!("Duplicate environment variable '{name}'")));
        }
    }
    Ok(by_name)
}

fn bounded(name: &str, value: &Nat, maximum: u64) -> Result<u64, Reject> {
    u64::try_from(value.0.clone())
        .ok()
        .filter(|value| *value <= maximum)
        .ok_or_else(|| invalid(out_of_range(name, value, u128::from(maximum))))
}

fn out_of_range(name: &str, value: &Nat, maximum: u128) -> String {
    format!("{name} expected to be in the range of [0..{maximum}], got {value}")
}

fn invalid(message: String) -> Reject {
    Reject::new(ErrorCode::InvalidManagementPayload, message)
}
