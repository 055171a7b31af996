//! What anyone can check.

use super::{Scene, SceneError};
use crate::backend::Backend;
use calisec_sdk::verify::{self, AuditChain, Head, Trust};
use calisec_types::membership::{AuditArg, AuditEntry};
use pollster::block_on;

impl<B: Backend> Scene<'_, B> {
    /// Membership's whole audit log: from the first entry to a head that the network's root key vouches for, every entry
    /// hashed anew.
    ///
    /// # Errors
    /// The head is not certified, or the log is not one chain that ends in it.
    pub fn verified_audit_log(&self) -> Result<(Head, Vec<AuditEntry>), SceneError> {
        let membership = self.anyone().membership();
        let head = block_on(membership.audit_head()).map_err(SceneError::from_display)?;
        let root_key = self.deployment.backend.root_key();
        let trust = Trust { root_key: &root_key, now: self.deployment.backend.now() };
        let head = verify::audit_head(&head, membership.canister(), &trust).map_err(SceneError::from_display)?;

        let (mut chain, mut log) = (AuditChain::default(), Vec::new());
        while chain.head().seq < head.seq {
            let from = chain.head().seq.next();
            let page =
                block_on(membership.audit_log(&AuditArg { from, limit: None })).map_err(SceneError::from_display)?;
            if page.is_empty() {
                break;
            }
            chain.extend(&page).map_err(SceneError::from_display)?;
            log.extend(page);
        }
        chain.ends_in(head).map_err(SceneError::from_display)?;
        Ok((head, log))
    }
}
