//! Anyone checks what happened.

use super::{Narrator, Story, StoryError};
use crate::backend::Backend;
use calisec_types::ids::{Digest32, Seq};
use calisec_types::membership::{AuditArg, AuditEntry};
use candid::Principal;
use pollster::block_on;

impl<B: Backend, N: Narrator> Story<'_, B, N> {
    /// Reads the whole log and checks that it is one chain that ends in the certified head.
    pub(super) fn audit(&mut self) -> Result<(), StoryError> {
        self.step("anyone", "reads membership's audit log and checks its chain up to the certified head", |story| {
            let membership = story.deployment.called_by(Principal::anonymous()).membership();
            let head = block_on(membership.audit_head()).map_err(|error| error.to_string())?;
            let mut entries: Vec<AuditEntry> = Vec::new();
            loop {
                let from = Seq(entries.len() as u64 + 1);
                let page = block_on(membership.audit_log(&AuditArg { from, limit: None })).map_err(|e| e.to_string())?;
                if page.is_empty() {
                    break;
                }
                entries.extend(page);
            }
            let mut parent = Digest32([0; 32]);
            for (entry, number) in entries.iter().zip(1..) {
                if entry.seq != Seq(number) || entry.parent != parent {
                    return Err(format!("the chain breaks at entry {number}"));
                }
                parent = entry.hash;
            }
            if (head.seq, head.hash) != (Seq(entries.len() as u64), parent) {
                return Err("the log does not end in the certified head".to_owned());
            }
            Ok(((), format!("{} entries, head {}", entries.len(), head.hash)))
        })
    }
}
