//! Anyone checks what happened.

use super::{Narrator, Story, StoryError};
use crate::backend::Backend;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    /// From the network's root key to the head, and from the first entry to the same head.
    pub(super) fn audit(&mut self) -> Result<(), StoryError> {
        self.step("anyone", "verifies membership's audit log, entry by entry, up to the certified head", |scene| {
            let (head, log) = scene.verified_audit_log()?;
            Ok(((), format!("{} entries, head {}", log.len(), head.hash)))
        })
    }
}
