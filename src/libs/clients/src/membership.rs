//! Client of the `membership` canister.

mod audit;
mod checkpoints;
mod proof_claims;

use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::ids::{AccountId, ContextId};
use calisec_types::membership::{
    AddContextArg, AddDeviceArg, AddMemberArg, Applied, ApplyArg, CapabilityArg, Context, ContextsArg, ContextsPage,
    DecideAndUseArg, DecideArg, DecideBatchArg, Decision, DecisionBundle, Electorate, ElectorateArg, Explanation,
    GrantsArg, GrantsPage, Handover, Identities, InviteState, InvitesArg, InvitesPage, LinkPrincipalArg,
    ListResourcesArg, ListSubjectsArg, Member, MembersArg, MembersPage, MembershipError, OfferAdministrationArg,
    OwnershipClaim, PastMember, PolicySet, PolicyTemplate, RecoverAdministrationArg, RedeemInviteArg,
    RegisterContextArg, RegistrationsArg, RegistrationsPage, RemoveMemberArg, RemoveRoleArg, ResourcesPage,
    RevokeAccountArg, RevokeDeviceArg, RevokeInviteArg, Role, RotateDeviceArg, SetRoleArg, SignedRequest, SimulateArg,
    SimulationPage, StaleDevicesArg, StaleDevicesPage, SubjectsPage, UnlinkPrincipalArg, ValidateChangeArg,
    VotingWeight, VotingWeightArg, WasMemberArg, Written,
};
use candid::Principal;
use serde_bytes::ByteBuf;

/// Client of the `membership` canister. The outer result is the call's, the inner one the canister's answer.
#[derive(Clone, Copy, Debug)]
pub struct MembershipClient<T> {
    transport: T,
    canister: Principal,
}

impl<T: Transport> MembershipClient<T> {
    /// A client of the canister with this id.
    pub const fn new(transport: T, canister: Principal) -> Self {
        Self { transport, canister }
    }

    /// The canister's id.
    pub const fn canister(&self) -> Principal {
        self.canister
    }

    /// Registers a context by a signature of its key. Anyone may relay it.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn register_context(
        &self,
        arg: &RegisterContextArg,
    ) -> Result<Result<Context, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "register_context", (arg,)).await?;
        Ok(answer)
    }

    /// Registers a context, and its group if that is new, by a claim of a Calimero node. Anyone may relay it.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn register_claim(&self, arg: &OwnershipClaim) -> Result<Result<Context, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "register_claim", (arg,)).await?;
        Ok(answer)
    }

    /// Adds a context to a group, on the account of its administrator. Takes `ManageApplication`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn add_context(&self, arg: &AddContextArg) -> Result<Result<Context, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "add_context", (arg,)).await?;
        Ok(answer)
    }

    /// A page of the contexts of which a group's or context's id in Calimero is this: everybody's.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn registrations(&self, arg: &RegistrationsArg) -> Result<RegistrationsPage, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "registrations", (arg,)).await?;
        Ok(answer)
    }

    /// Offers the administration of a group. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn offer_administration(
        &self,
        arg: &OfferAdministrationArg,
    ) -> Result<Result<Handover, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "offer_administration", (arg,)).await?;
        Ok(answer)
    }

    /// Accepts the administration of a group. Only who was offered it, or was named by a recovery.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn accept_administration(
        &self,
        context: ContextId,
    ) -> Result<Result<Context, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "accept_administration", (context,)).await?;
        Ok(answer)
    }

    /// Takes an offer back, or vetoes a recovery. Only the administrator.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn cancel_handover(&self, context: ContextId) -> Result<Result<Handover, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "cancel_handover", (context,)).await?;
        Ok(answer)
    }

    /// Starts the recovery of a group whose administrator is lost. Anyone may relay it.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn recover_administration(
        &self,
        arg: &RecoverAdministrationArg,
    ) -> Result<Result<Handover, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "recover_administration", (arg,)).await?;
        Ok(answer)
    }

    /// The handover of a context's group that is pending, or over without having been accepted.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn handover(&self, context: ContextId) -> Result<Result<Option<Handover>, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "handover", (context,)).await?;
        Ok(answer)
    }

    /// Adds a member, or changes its role or envelope key. Takes `ManageMembers`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn add_member(&self, arg: &AddMemberArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "add_member", (arg,)).await?;
        Ok(answer)
    }

    /// Joins a group by an invite. Only the account that joins.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn redeem_invite(&self, arg: &RedeemInviteArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "redeem_invite", (arg,)).await?;
        Ok(answer)
    }

    /// Revokes an invite, used or not. Takes `ManageMembers`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn revoke_invite(
        &self,
        arg: &RevokeInviteArg,
    ) -> Result<Result<InviteState, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "revoke_invite", (arg,)).await?;
        Ok(answer)
    }

    /// A page of a group's invites that were used or revoked.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn invites(&self, arg: &InvitesArg) -> Result<Result<InvitesPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "invites", (arg,)).await?;
        Ok(answer)
    }

    /// Removes a member and its grants. Takes `ManageMembers`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn remove_member(&self, arg: &RemoveMemberArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "remove_member", (arg,)).await?;
        Ok(answer)
    }

    /// Does what a key signed. Answers what the method answers, in Candid.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn submit_request(&self, arg: &SignedRequest) -> Result<Result<ByteBuf, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "submit_request", (arg,)).await?;
        Ok(answer)
    }

    /// The highest nonce that a key used in a signed request; 0 before the first.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn request_nonce(&self, key: AccountId) -> Result<u64, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "request_nonce", (key,)).await?;
        Ok(answer)
    }

    /// Defines a role, or changes what its members may do. Takes `ManageMembers` and the role's capabilities.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_role(&self, arg: &SetRoleArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_role", (arg,)).await?;
        Ok(answer)
    }

    /// Removes a role that no member has. Takes `ManageMembers`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn remove_role(&self, arg: &RemoveRoleArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "remove_role", (arg,)).await?;
        Ok(answer)
    }

    /// Gives a member a capability of its own. Takes `ManageMembers` and the capability.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn grant_capability(&self, arg: &CapabilityArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "grant_capability", (arg,)).await?;
        Ok(answer)
    }

    /// Takes a capability of a member's own back. Takes `ManageMembers`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn revoke_capability(&self, arg: &CapabilityArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "revoke_capability", (arg,)).await?;
        Ok(answer)
    }

    /// Adds a device: the account key signs or calls, and the device key signs. Anyone may relay the signatures.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn add_device(&self, arg: &AddDeviceArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "add_device", (arg,)).await?;
        Ok(answer)
    }

    /// Gives a device another key: the new key signs, and so does the old one while it is live, or the account key.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn rotate_device(&self, arg: &RotateDeviceArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "rotate_device", (arg,)).await?;
        Ok(answer)
    }

    /// Revokes a device for ever, and what it linked. The account key, the device itself, or who manages members.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn revoke_device(&self, arg: &RevokeDeviceArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "revoke_device", (arg,)).await?;
        Ok(answer)
    }

    /// Removes a member for ever, with its keys. The account key, or who manages members.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn revoke_account(&self, arg: &RevokeAccountArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "revoke_account", (arg,)).await?;
        Ok(answer)
    }

    /// Links the caller to an account whose key, or a live device of which, signed for it.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn link_principal(&self, arg: &LinkPrincipalArg) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "link_principal", (arg,)).await?;
        Ok(answer)
    }

    /// Unlinks a principal. Itself, the account key, the device that linked it, or who manages members.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn unlink_principal(
        &self,
        arg: &UnlinkPrincipalArg,
    ) -> Result<Result<Written, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "unlink_principal", (arg,)).await?;
        Ok(answer)
    }

    /// Applies one step of an executed proposal; idempotent by proposal and step. Only governance.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn apply(&self, arg: &ApplyArg) -> Result<Result<Applied, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "apply", (arg,)).await?;
        Ok(answer)
    }

    /// Whether a change could be applied now.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn validate_change(&self, arg: &ValidateChangeArg) -> Result<Result<(), MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "validate_change", (arg,)).await?;
        Ok(answer)
    }

    /// The electorate for a new proposal, if the proposer is a member.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn electorate(&self, arg: &ElectorateArg) -> Result<Result<Electorate, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "electorate", (arg,)).await?;
        Ok(answer)
    }

    /// The weight of somebody who was a member at a revision and still is.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn voting_weight(
        &self,
        arg: &VotingWeightArg,
    ) -> Result<Result<VotingWeight, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "voting_weight", (arg,)).await?;
        Ok(answer)
    }

    /// Evaluates the policies of a context. Default deny.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn decide(&self, arg: &DecideArg) -> Result<Result<Decision, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "decide", (arg,)).await?;
        Ok(answer)
    }

    /// Answers many questions about one context, each on its own.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn decide_batch(
        &self,
        arg: &DecideBatchArg,
    ) -> Result<Result<Vec<Result<Decision, MembershipError>>, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "decide_batch", (arg,)).await?;
        Ok(answer)
    }

    /// Decides, and tells why, clause by clause and grant by grant.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn explain(&self, arg: &DecideArg) -> Result<Result<Explanation, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "explain", (arg,)).await?;
        Ok(answer)
    }

    /// Which of a stretch of members may do something.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn list_subjects(
        &self,
        arg: &ListSubjectsArg,
    ) -> Result<Result<SubjectsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "list_subjects", (arg,)).await?;
        Ok(answer)
    }

    /// Which of the notes that a member was granted it may do something to.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn list_resources(
        &self,
        arg: &ListResourcesArg,
    ) -> Result<Result<ResourcesPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "list_resources", (arg,)).await?;
        Ok(answer)
    }

    /// Whose access a change would change, of a stretch of members.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn simulate(&self, arg: &SimulateArg) -> Result<Result<SimulationPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "simulate", (arg,)).await?;
        Ok(answer)
    }

    /// Decides, and counts the use of a grant with limited uses. Only the canister that keeps the note.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn decide_and_use(&self, arg: &DecideAndUseArg) -> Result<Result<Decision, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "decide_and_use", (arg,)).await?;
        Ok(answer)
    }

    /// What a decision rests on, certified, for whoever decides for itself.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn decision_bundle(&self, arg: &DecideArg) -> Result<Result<DecisionBundle, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "decision_bundle", (arg,)).await?;
        Ok(answer)
    }

    /// A context.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn context(&self, context: ContextId) -> Result<Result<Context, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "context", (context,)).await?;
        Ok(answer)
    }

    /// A page of the contexts of a group.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn contexts_of_group(
        &self,
        arg: &ContextsArg,
    ) -> Result<Result<ContextsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "contexts_of_group", (arg,)).await?;
        Ok(answer)
    }

    /// A member.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn member(
        &self,
        context: ContextId,
        account: AccountId,
    ) -> Result<Result<Member, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "member", (context, account)).await?;
        Ok(answer)
    }

    /// A page of members.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn members(&self, arg: &MembersArg) -> Result<Result<MembersPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "members", (arg,)).await?;
        Ok(answer)
    }

    /// What an account, or the account of a device's key, was at a revision.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn was_member(
        &self,
        arg: &WasMemberArg,
    ) -> Result<Result<Option<PastMember>, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "was_member", (arg,)).await?;
        Ok(answer)
    }

    /// What acts for an account beside its own key.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn identities(
        &self,
        context: ContextId,
        account: AccountId,
    ) -> Result<Result<Identities, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "identities", (context, account)).await?;
        Ok(answer)
    }

    /// A page of devices that do not count any more at a time.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn stale_devices(
        &self,
        arg: &StaleDevicesArg,
    ) -> Result<Result<StaleDevicesPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "stale_devices", (arg,)).await?;
        Ok(answer)
    }

    /// The roles of the context's group.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn roles(&self, context: ContextId) -> Result<Result<Vec<Role>, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "roles", (context,)).await?;
        Ok(answer)
    }

    /// A page of grants in force.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn grants(&self, arg: &GrantsArg) -> Result<Result<GrantsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "grants", (arg,)).await?;
        Ok(answer)
    }

    /// The policy set in force.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn policy(&self, context: ContextId) -> Result<Result<PolicySet, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "policy", (context,)).await?;
        Ok(answer)
    }

    /// The Cedar schema that policies are validated against.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn policy_schema(&self) -> Result<String, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "policy_schema", ()).await?;
        Ok(answer)
    }

    /// Policies for common cases, with parameters. `calisec_policy::template` fills them in safely.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn policy_templates(&self) -> Result<Vec<PolicyTemplate>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "policy_templates", ()).await?;
        Ok(answer)
    }
}
