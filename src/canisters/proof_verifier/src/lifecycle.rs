//! Install and upgrade. Nothing is saved before an upgrade: everything durable is in stable structures already.

use crate::api::certify;
use crate::state::State;
use calisec_runtime::Env;

/// Lays out stable memory: the first access does.
pub fn init(state: &State, env: &impl Env) {
    certify(state, env);
}

/// Opens stable memory, at a cost that depends on how much it holds by its logarithm only. Traps, and so undoes the
/// upgrade, when a version with another layout wrote it. Prepared keys come back on demand; certified data does not survive
/// an upgrade and is set again.
pub fn post_upgrade(state: &State, env: &impl Env) {
    certify(state, env);
}
