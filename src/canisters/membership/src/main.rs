//! Contexts, members, roles, policies and access decisions: the canister's methods.

use calisec_runtime::{HttpRequestResult, IcEnv, IcOutcalls, TransformArgs};
use calisec_types::ids::{AccountId, ContextId, Height};
use calisec_types::membership::{
    AddContextArg, AddDeviceArg, AddMemberArg, Application, ApplicationCurrentArg, ApplicationHistoryArg,
    ApplicationPage, Applied, ApplyArg, AttestArg, AttestationsArg, AttestationsPage, Attested, AuditArg, AuditEntry,
    AuditHead, CapabilityArg, CertifiedApplication, CertifiedCheckpoint, CheckGroupStateArg, Checkpoint,
    CheckpointsArg, CheckpointsPage, Context, ContextsArg, ContextsPage, DecideAndUseArg, DecideArg, DecideBatchArg,
    Decision, DecisionBundle, DivergencesArg, DivergencesPage, Electorate, ElectorateArg, Explanation, FetchStateArg,
    FetchedState, FinalCheckpointArg, GrantsArg, GrantsPage, GroupStateCheck, Handover, Identities, InviteState,
    InvitesArg, InvitesPage, LinkPrincipalArg, ListResourcesArg, ListSubjectsArg, Member, MembersArg, MembersPage,
    MembershipError, MembershipInit, Node, OfferAdministrationArg, OwnershipClaim, PastMember, PolicySet,
    PolicyTemplate, Quorum, RecoverAdministrationArg, RedeemInviteArg, RegisterContextArg, RegistrationsArg,
    RegistrationsPage, RemoveMemberArg, RemoveRoleArg, ResourcesPage, RevokeAccountArg, RevokeDeviceArg,
    RevokeInviteArg, Role, RotateDeviceArg, SetApplicationArg, SetCheckpointQuorumArg, SetNodeArg, SetRoleArg,
    SignedRequest, SimulateArg, SimulationPage, StaleDevicesArg, StaleDevicesPage, SubjectsPage, UnlinkPrincipalArg,
    ValidateChangeArg, VotingWeight, VotingWeightArg, WasMemberArg, Written,
};
use ic_stable_structures::DefaultMemoryImpl;
use membership::node::canonical;
use membership::state::{set_state, with_state, with_state_mut};
use membership::{api, lifecycle};
use serde_bytes::ByteBuf;

#[ic_cdk::init]
fn init(arg: MembershipInit) {
    set_state(lifecycle::init(&IcEnv, DefaultMemoryImpl::default(), &arg));
}

#[ic_cdk::post_upgrade]
fn post_upgrade() {
    set_state(lifecycle::post_upgrade(&IcEnv, DefaultMemoryImpl::default()));
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn register_context(arg: RegisterContextArg) -> Result<Context, MembershipError> {
    with_state_mut(|state| api::register_context(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn register_claim(arg: OwnershipClaim) -> Result<Context, MembershipError> {
    with_state_mut(|state| api::register_claim(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn add_context(arg: AddContextArg) -> Result<Context, MembershipError> {
    with_state_mut(|state| api::add_context(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn offer_administration(arg: OfferAdministrationArg) -> Result<Handover, MembershipError> {
    with_state_mut(|state| api::offer_administration(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn accept_administration(context: ContextId) -> Result<Context, MembershipError> {
    with_state_mut(|state| api::accept_administration(&IcEnv, state, context))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn cancel_handover(context: ContextId) -> Result<Handover, MembershipError> {
    with_state_mut(|state| api::cancel_handover(&IcEnv, state, context))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn recover_administration(arg: RecoverAdministrationArg) -> Result<Handover, MembershipError> {
    with_state_mut(|state| api::recover_administration(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn add_member(arg: AddMemberArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::add_member(&IcEnv, state, arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn redeem_invite(arg: RedeemInviteArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::redeem_invite(&IcEnv, state, arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn revoke_invite(arg: RevokeInviteArg) -> Result<InviteState, MembershipError> {
    with_state_mut(|state| api::revoke_invite(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn remove_member(arg: RemoveMemberArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::remove_member(&IcEnv, state, arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn submit_request(arg: SignedRequest) -> Result<ByteBuf, MembershipError> {
    with_state_mut(|state| api::submit_request(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn set_role(arg: SetRoleArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::set_role(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn remove_role(arg: RemoveRoleArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::remove_role(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn grant_capability(arg: CapabilityArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::grant_capability(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn revoke_capability(arg: CapabilityArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::revoke_capability(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn set_application(arg: SetApplicationArg) -> Result<Application, MembershipError> {
    with_state_mut(|state| api::set_application(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn application(context: ContextId) -> Result<Application, MembershipError> {
    with_state(|state| api::application(state, context))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn application_current(arg: ApplicationCurrentArg) -> Result<CertifiedApplication, MembershipError> {
    with_state(|state| api::application_current(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn application_history(arg: ApplicationHistoryArg) -> Result<ApplicationPage, MembershipError> {
    with_state(|state| api::application_history(state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn attest(arg: AttestArg) -> Result<Attested, MembershipError> {
    with_state_mut(|state| api::attest(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn set_checkpoint_quorum(arg: SetCheckpointQuorumArg) -> Result<Quorum, MembershipError> {
    with_state_mut(|state| api::set_checkpoint_quorum(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn checkpoint_quorum(context: ContextId) -> Result<Quorum, MembershipError> {
    with_state(|state| api::checkpoint_quorum(state, context))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn checkpoint(context: ContextId, height: Option<Height>) -> Result<Checkpoint, MembershipError> {
    with_state(|state| api::checkpoint(&IcEnv, state, context, height))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn final_checkpoint(arg: FinalCheckpointArg) -> Result<CertifiedCheckpoint, MembershipError> {
    with_state(|state| api::final_checkpoint(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn checkpoints(arg: CheckpointsArg) -> Result<CheckpointsPage, MembershipError> {
    with_state(|state| api::checkpoints(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn attestations(arg: AttestationsArg) -> Result<AttestationsPage, MembershipError> {
    with_state(|state| api::attestations(state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn divergences(arg: DivergencesArg) -> Result<DivergencesPage, MembershipError> {
    with_state(|state| api::divergences(state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn set_node(arg: SetNodeArg) -> Result<Node, MembershipError> {
    with_state_mut(|state| api::set_node(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn node(context: ContextId) -> Result<Node, MembershipError> {
    with_state(|state| api::node(&IcEnv, state, context))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
async fn fetch_state(arg: FetchStateArg) -> Result<FetchedState, MembershipError> {
    api::fetch_state(&IcEnv, &IcOutcalls, arg).await
}

/// Called by the network for each node's response; not part of the interface.
#[ic_cdk::query(hidden = true)]
fn transform_node_state(args: TransformArgs) -> HttpRequestResult {
    let HttpRequestResult { status, body, .. } = args.response;
    let body = canonical(u16::try_from(&status.0).unwrap_or(0), &body);
    HttpRequestResult { status, headers: Vec::new(), body }
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn check_group_state(arg: CheckGroupStateArg) -> Result<GroupStateCheck, MembershipError> {
    with_state(|state| api::check_group_state(state, arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn add_device(arg: AddDeviceArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::add_device(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn rotate_device(arg: RotateDeviceArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::rotate_device(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn revoke_device(arg: RevokeDeviceArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::revoke_device(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn revoke_account(arg: RevokeAccountArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::revoke_account(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn link_principal(arg: LinkPrincipalArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::link_principal(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn unlink_principal(arg: UnlinkPrincipalArg) -> Result<Written, MembershipError> {
    with_state_mut(|state| api::unlink_principal(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn apply(arg: ApplyArg) -> Result<Applied, MembershipError> {
    with_state_mut(|state| api::apply(&IcEnv, state, arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn validate_change(arg: ValidateChangeArg) -> Result<(), MembershipError> {
    with_state(|state| api::validate_change(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn electorate(arg: ElectorateArg) -> Result<Electorate, MembershipError> {
    with_state(|state| api::electorate(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn voting_weight(arg: VotingWeightArg) -> Result<VotingWeight, MembershipError> {
    with_state(|state| api::voting_weight(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn decide(arg: DecideArg) -> Result<Decision, MembershipError> {
    with_state(|state| api::decide(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn decide_batch(arg: DecideBatchArg) -> Result<Vec<Result<Decision, MembershipError>>, MembershipError> {
    with_state(|state| api::decide_batch(&IcEnv, state, arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn explain(arg: DecideArg) -> Result<Explanation, MembershipError> {
    with_state(|state| api::explain(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn list_subjects(arg: ListSubjectsArg) -> Result<SubjectsPage, MembershipError> {
    with_state(|state| api::list_subjects(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn list_resources(arg: ListResourcesArg) -> Result<ResourcesPage, MembershipError> {
    with_state(|state| api::list_resources(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn simulate(arg: SimulateArg) -> Result<SimulationPage, MembershipError> {
    with_state(|state| api::simulate(&IcEnv, state, &arg))
}

#[ic_cdk::update(encode_with = "calisec_runtime::encode_reply")]
fn decide_and_use(arg: DecideAndUseArg) -> Result<Decision, MembershipError> {
    with_state_mut(|state| api::decide_and_use(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn decision_bundle(arg: DecideArg) -> Result<DecisionBundle, MembershipError> {
    with_state(|state| api::decision_bundle(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn context(id: ContextId) -> Result<Context, MembershipError> {
    with_state(|state| api::context(state, id))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn contexts_of_group(arg: ContextsArg) -> Result<ContextsPage, MembershipError> {
    with_state(|state| api::contexts_of_group(state, &arg))
}

#[ic_cdk::query]
fn registrations(arg: RegistrationsArg) -> RegistrationsPage {
    with_state(|state| api::registrations(state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn handover(context: ContextId) -> Result<Option<Handover>, MembershipError> {
    with_state(|state| api::handover(state, context))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn invites(arg: InvitesArg) -> Result<InvitesPage, MembershipError> {
    with_state(|state| api::invites(state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn member(context: ContextId, account: AccountId) -> Result<Member, MembershipError> {
    with_state(|state| api::member(state, context, account))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn members(arg: MembersArg) -> Result<MembersPage, MembershipError> {
    with_state(|state| api::members(state, &arg))
}

#[ic_cdk::query]
fn request_nonce(key: AccountId) -> u64 {
    with_state(|state| api::request_nonce(state, key))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn was_member(arg: WasMemberArg) -> Result<Option<PastMember>, MembershipError> {
    with_state(|state| api::was_member(state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn identities(context: ContextId, account: AccountId) -> Result<Identities, MembershipError> {
    with_state(|state| api::identities(&IcEnv, state, context, account))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn stale_devices(arg: StaleDevicesArg) -> Result<StaleDevicesPage, MembershipError> {
    with_state(|state| api::stale_devices(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn roles(context: ContextId) -> Result<Vec<Role>, MembershipError> {
    with_state(|state| api::roles(state, context))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn grants(arg: GrantsArg) -> Result<GrantsPage, MembershipError> {
    with_state(|state| api::grants(&IcEnv, state, &arg))
}

#[ic_cdk::query(encode_with = "calisec_runtime::encode_reply")]
fn policy(context: ContextId) -> Result<PolicySet, MembershipError> {
    with_state(|state| api::policy(state, context))
}

#[ic_cdk::query]
fn policy_schema() -> String {
    api::policy_schema()
}

#[ic_cdk::query]
fn policy_templates() -> Vec<PolicyTemplate> {
    api::policy_templates()
}

#[ic_cdk::query]
fn audit_log(arg: AuditArg) -> Vec<AuditEntry> {
    with_state(|state| api::audit_log(state, arg))
}

#[ic_cdk::query]
fn audit_head() -> AuditHead {
    with_state(|state| api::audit_head(&IcEnv, state))
}

fn main() {}

#[cfg(test)]
mod tests;
