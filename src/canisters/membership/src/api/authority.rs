//! Who may change what: the one place where a caller's right to an update is judged.

use super::known_group;
use crate::state::{ADMINISTRATOR_ROLE, State};
use crate::storage::{StoredContext, StoredGroup, StoredMember};
use calisec_runtime::Env;
use calisec_types::ids::{AccountId, ContextId, Revision};
use calisec_types::membership::{Capability, MembershipError, MembershipReason, Rights};
use candid::Principal;

/// A caller who may do what was asked for.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The context it may do it in.
    pub context: StoredContext,
    /// The context's group.
    pub group: StoredGroup,
    /// The member that calls; `None` for the administrator of the group, who need not be one.
    pub account: Option<AccountId>,
    /// The revision since which it may what it may.
    pub since: Revision,
    rights: Rights,
}

impl Authority {
    /// Whether the administrator of the group calls, who may do everything in it.
    #[must_use]
    pub const fn is_administrator(&self) -> bool {
        self.account.is_none()
    }

    /// Nobody gives what it does not have: not to a member, not to a role, and so not to itself by way of them.
    ///
    /// # Errors
    /// [`MembershipReason::MissingCapability`].
    pub fn may_give(&self, capabilities: Rights) -> Result<(), MembershipError> {
        match capabilities.without(self.rights).capabilities().first() {
            None => Ok(()),
            Some(missing) => Err(MembershipReason::MissingCapability(*missing).into()),
        }
    }

    /// The role of administrators is the administrator's alone: who is in it, and what it may do.
    ///
    /// # Errors
    /// [`MembershipReason::NotAdministrator`].
    pub fn may_touch_role(&self, role: &str) -> Result<(), MembershipError> {
        if role == ADMINISTRATOR_ROLE && !self.is_administrator() {
            return Err(MembershipReason::NotAdministrator.into());
        }
        Ok(())
    }

    /// Whether a member may be changed or removed by the caller.
    ///
    /// # Errors
    /// [`MembershipReason::NotAdministrator`].
    pub fn may_touch(&self, member: &StoredMember) -> Result<(), MembershipError> {
        self.may_touch_role(&member.role)
    }
}

/// Whether the caller may do something in a context: the administrator of its group may do everything; a member what its
/// role or its own capabilities say, as far as the device that it calls with may be used for it.
///
/// # Errors
/// [`MembershipReason::Anonymous`], [`MembershipReason::UnknownContext`] and [`MembershipReason::MissingCapability`].
pub fn authorise<E: Env>(
    env: &E,
    state: &State,
    id: ContextId,
    capability: Capability,
) -> Result<Authority, MembershipError> {
    let caller = env.caller();
    if caller == Principal::anonymous() {
        return Err(MembershipReason::Anonymous.into());
    }
    let (context, group) = known_group(state, id)?;
    if caller == group.administrator {
        let since = group.administered_since;
        return Ok(Authority { context, group, account: None, since, rights: Rights::ALL });
    }
    let missing = MembershipReason::MissingCapability(capability);
    let Some(found) = state.resolve(context.group, caller, env.now()) else { return Err(missing.into()) };
    let rights = group.rights_of(&found.member).and(found.scope);
    if !rights.contains(capability) {
        return Err(missing.into());
    }
    let since = group.role(&found.member.role).map_or(found.since, |role| found.since.max(role.since));
    Ok(Authority { context, group, account: Some(found.account), since, rights })
}
