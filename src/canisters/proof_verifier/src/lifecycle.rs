//! Install and upgrade. Nothing is saved before an upgrade: everything durable is in stable structures already.

use crate::state::with_state;

/// Lays out stable memory: the first access does.
pub fn init() {
    with_state(|_| ());
}

/// Opens stable memory, at a cost that does not depend on how much it holds. Traps, and so undoes the upgrade, when a
/// newer version wrote it. Prepared keys come back on demand.
pub fn post_upgrade() {
    with_state(|_| ());
}
