//! Contexts, members, roles, policies and access decisions: the canister's methods.

use calisec_runtime::{HttpRequestResult, IcEnv, IcOutcalls, Reply, TransformArgs, reply, upgrade_settings};
use calisec_types::ids::{AccountId, ContextId, Height, Seq};
use calisec_types::membership::{
    AddContextArg, AddDeviceArg, AddMemberArg, Application, ApplicationCurrentArg, ApplicationHistoryArg,
    ApplicationPage, Applied, ApplyArg, AttestArg, AttestationsArg, AttestationsPage, Attested, AuditArg, AuditEntry,
    AuditEntryProof, AuditHead, AuditOpeningsArg, AuditOpeningsPage, AuditRules, CapabilityArg, CertifiedApplication,
    CertifiedCheckpoint, CheckGroupStateArg, Checkpoint, CheckpointsArg, CheckpointsPage, ClaimKindInForce,
    ClaimReceiptArg, ClaimsArg, ClaimsPage, Context, ContextsArg, ContextsPage, DecideAndUseArg, DecideArg,
    DecideBatchArg, Decision, DecisionBundle, DiscardOpeningsArg, DiscardedOpenings, DivergencesArg, DivergencesPage,
    Electorate, ElectorateArg, Explanation, FetchStateArg, FetchedState, FinalCheckpointArg, GrantsArg, GrantsPage,
    GroupStateCheck, Handover, Identities, InviteState, InvitesArg, InvitesPage, LinkPrincipalArg, ListResourcesArg,
    ListSubjectsArg, Member, MembersArg, MembersPage, MembershipArg, MembershipError, MembershipInit,
    MembershipSetting, Node, OfferAdministrationArg, OwnershipClaim, PastMember, PolicySet, PolicyTemplate, ProofClaim,
    Quorum, RecoverAdministrationArg, RedeemInviteArg, RegisterContextArg, RegistrationsArg, RegistrationsPage,
    RemoveMemberArg, RemoveRoleArg, ResourcesPage, ReviewClaimKindArg, RevokeAccountArg, RevokeDeviceArg,
    RevokeInviteArg, Role, RotateDeviceArg, SetApplicationArg, SetAuditModeArg, SetCheckpointQuorumArg, SetNodeArg,
    SetRecordedRegistriesArg, SetRoleArg, SignedRequest, SimulateArg, SimulationPage, StaleDevicesArg,
    StaleDevicesPage, SubjectsPage, UnlinkPrincipalArg, ValidateChangeArg, VotingWeight, VotingWeightArg, WasMemberArg,
    Written,
};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;
use membership::clients::VERIFIER;
use membership::node::canonical;
use membership::state::{State, set_state, with_state, with_state_mut};
use membership::{api, lifecycle};
use serde_bytes::ByteBuf;

#[ic_cdk::init]
fn init(arg: MembershipArg) {
    let init = arg.into_init().unwrap_or_else(|refusal| panic!("nothing is installed: {refusal}"));
    set_state(lifecycle::init(&IcEnv, DefaultMemoryImpl::default(), &init));
}

#[ic_cdk::post_upgrade(decode_with = "upgrade_settings::<MembershipInit, MembershipSetting>")]
fn post_upgrade(settings: Vec<MembershipSetting>) {
    set_state(lifecycle::post_upgrade(&IcEnv, DefaultMemoryImpl::default(), &settings));
}

#[ic_cdk::update(manual_reply = true)]
fn register_context(arg: RegisterContextArg) -> Reply<Context, MembershipError> {
    reply(with_state_mut(|state| api::register_context(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn register_claim(arg: OwnershipClaim) -> Reply<Context, MembershipError> {
    reply(with_state_mut(|state| api::register_claim(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn add_context(arg: AddContextArg) -> Reply<Context, MembershipError> {
    reply(with_state_mut(|state| api::add_context(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn offer_administration(arg: OfferAdministrationArg) -> Reply<Handover, MembershipError> {
    reply(with_state_mut(|state| api::offer_administration(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn accept_administration(context: ContextId) -> Reply<Context, MembershipError> {
    reply(with_state_mut(|state| api::accept_administration(&IcEnv, state, context)))
}

#[ic_cdk::update(manual_reply = true)]
fn cancel_handover(context: ContextId) -> Reply<Handover, MembershipError> {
    reply(with_state_mut(|state| api::cancel_handover(&IcEnv, state, context)))
}

#[ic_cdk::update(manual_reply = true)]
fn recover_administration(arg: RecoverAdministrationArg) -> Reply<Handover, MembershipError> {
    reply(with_state_mut(|state| api::recover_administration(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn add_member(arg: AddMemberArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::add_member(&IcEnv, state, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn redeem_invite(arg: RedeemInviteArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::redeem_invite(&IcEnv, state, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn revoke_invite(arg: RevokeInviteArg) -> Reply<InviteState, MembershipError> {
    reply(with_state_mut(|state| api::revoke_invite(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn remove_member(arg: RemoveMemberArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::remove_member(&IcEnv, state, arg)))
}

#[ic_cdk::update(manual_reply = true)]
async fn submit_request(arg: SignedRequest) -> Reply<ByteBuf, MembershipError> {
    reply(api::submit_request(&IcEnv, &IcOutcalls, &VERIFIER, &arg).await)
}

#[ic_cdk::update(manual_reply = true)]
fn set_role(arg: SetRoleArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::set_role(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn remove_role(arg: RemoveRoleArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::remove_role(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn grant_capability(arg: CapabilityArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::grant_capability(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn revoke_capability(arg: CapabilityArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::revoke_capability(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn set_application(arg: SetApplicationArg) -> Reply<Application, MembershipError> {
    reply(with_state_mut(|state| api::set_application(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn application(context: ContextId) -> Reply<Application, MembershipError> {
    reply(with_state(|state| api::application(state, context)))
}

#[ic_cdk::query(manual_reply = true)]
fn application_current(arg: ApplicationCurrentArg) -> Reply<CertifiedApplication, MembershipError> {
    reply(with_state(|state| api::application_current(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn application_history(arg: ApplicationHistoryArg) -> Reply<ApplicationPage, MembershipError> {
    reply(with_state(|state| api::application_history(state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn attest(arg: AttestArg) -> Reply<Attested, MembershipError> {
    reply(with_state_mut(|state| api::attest(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn set_checkpoint_quorum(arg: SetCheckpointQuorumArg) -> Reply<Quorum, MembershipError> {
    reply(with_state_mut(|state| api::set_checkpoint_quorum(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn checkpoint_quorum(context: ContextId) -> Reply<Quorum, MembershipError> {
    reply(with_state(|state| api::checkpoint_quorum(state, context)))
}

#[ic_cdk::query(manual_reply = true)]
fn checkpoint(context: ContextId, height: Option<Height>) -> Reply<Checkpoint, MembershipError> {
    reply(with_state(|state| api::checkpoint(&IcEnv, state, context, height)))
}

#[ic_cdk::query(manual_reply = true)]
fn final_checkpoint(arg: FinalCheckpointArg) -> Reply<CertifiedCheckpoint, MembershipError> {
    reply(with_state(|state| api::final_checkpoint(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn checkpoints(arg: CheckpointsArg) -> Reply<CheckpointsPage, MembershipError> {
    reply(with_state(|state| api::checkpoints(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn attestations(arg: AttestationsArg) -> Reply<AttestationsPage, MembershipError> {
    reply(with_state(|state| api::attestations(state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn divergences(arg: DivergencesArg) -> Reply<DivergencesPage, MembershipError> {
    reply(with_state(|state| api::divergences(state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn set_node(arg: SetNodeArg) -> Reply<Node, MembershipError> {
    reply(with_state_mut(|state| api::set_node(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn node(context: ContextId) -> Reply<Node, MembershipError> {
    reply(with_state(|state| api::node(&IcEnv, state, context)))
}

#[ic_cdk::update(manual_reply = true)]
async fn fetch_state(arg: FetchStateArg) -> Reply<FetchedState, MembershipError> {
    reply(api::fetch_state(&IcEnv, &IcOutcalls, arg).await)
}

/// Called by the network for each node's response; not part of the interface.
#[ic_cdk::query(hidden = true)]
fn transform_node_state(args: TransformArgs) -> HttpRequestResult {
    let HttpRequestResult { status, body, .. } = args.response;
    let body = canonical(u16::try_from(&status.0).unwrap_or(0), &body);
    HttpRequestResult { status, headers: Vec::new(), body }
}

#[ic_cdk::query(manual_reply = true)]
fn check_group_state(arg: CheckGroupStateArg) -> Reply<GroupStateCheck, MembershipError> {
    reply(with_state(|state| api::check_group_state(state, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn add_device(arg: AddDeviceArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::add_device(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn rotate_device(arg: RotateDeviceArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::rotate_device(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn revoke_device(arg: RevokeDeviceArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::revoke_device(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn revoke_account(arg: RevokeAccountArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::revoke_account(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn link_principal(arg: LinkPrincipalArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::link_principal(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn unlink_principal(arg: UnlinkPrincipalArg) -> Reply<Written, MembershipError> {
    reply(with_state_mut(|state| api::unlink_principal(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
async fn claim_receipt(arg: ClaimReceiptArg) -> Reply<ProofClaim, MembershipError> {
    reply(api::claim_receipt(&IcEnv, &VERIFIER, arg).await)
}

#[ic_cdk::update(manual_reply = true)]
async fn review_claim_kind(arg: ReviewClaimKindArg) -> Reply<(), MembershipError> {
    reply(api::review_claim_kind(&IcEnv, &VERIFIER, arg).await)
}

#[ic_cdk::query]
fn proof_verifier() -> Option<Principal> {
    with_state(State::proof_verifier)
}

#[ic_cdk::query(manual_reply = true)]
fn claim_kinds(context: ContextId) -> Reply<Vec<ClaimKindInForce>, MembershipError> {
    reply(with_state(|state| api::claim_kinds(state, context)))
}

#[ic_cdk::query(manual_reply = true)]
fn claims(arg: ClaimsArg) -> Reply<ClaimsPage, MembershipError> {
    reply(with_state(|state| api::claims(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn apply(arg: ApplyArg) -> Reply<Applied, MembershipError> {
    reply(with_state_mut(|state| api::apply(&IcEnv, state, arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn validate_change(arg: ValidateChangeArg) -> Reply<(), MembershipError> {
    reply(with_state(|state| api::validate_change(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn electorate(arg: ElectorateArg) -> Reply<Electorate, MembershipError> {
    reply(with_state(|state| api::electorate(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn voting_weight(arg: VotingWeightArg) -> Reply<VotingWeight, MembershipError> {
    reply(with_state(|state| api::voting_weight(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn decide(arg: DecideArg) -> Reply<Decision, MembershipError> {
    reply(with_state(|state| api::decide(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn decide_batch(arg: DecideBatchArg) -> Reply<Vec<Result<Decision, MembershipError>>, MembershipError> {
    reply(with_state(|state| api::decide_batch(&IcEnv, state, arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn explain(arg: DecideArg) -> Reply<Explanation, MembershipError> {
    reply(with_state(|state| api::explain(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn list_subjects(arg: ListSubjectsArg) -> Reply<SubjectsPage, MembershipError> {
    reply(with_state(|state| api::list_subjects(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn list_resources(arg: ListResourcesArg) -> Reply<ResourcesPage, MembershipError> {
    reply(with_state(|state| api::list_resources(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn simulate(arg: SimulateArg) -> Reply<SimulationPage, MembershipError> {
    reply(with_state(|state| api::simulate(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn decide_and_use(arg: DecideAndUseArg) -> Reply<Decision, MembershipError> {
    reply(with_state_mut(|state| api::decide_and_use(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn decision_bundle(arg: DecideArg) -> Reply<DecisionBundle, MembershipError> {
    reply(with_state(|state| api::decision_bundle(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn context(id: ContextId) -> Reply<Context, MembershipError> {
    reply(with_state(|state| api::context(state, id)))
}

#[ic_cdk::query(manual_reply = true)]
fn contexts_of_group(arg: ContextsArg) -> Reply<ContextsPage, MembershipError> {
    reply(with_state(|state| api::contexts_of_group(state, &arg)))
}

#[ic_cdk::query]
fn registrations(arg: RegistrationsArg) -> RegistrationsPage {
    with_state(|state| api::registrations(state, &arg))
}

#[ic_cdk::query(manual_reply = true)]
fn handover(context: ContextId) -> Reply<Option<Handover>, MembershipError> {
    reply(with_state(|state| api::handover(state, context)))
}

#[ic_cdk::query(manual_reply = true)]
fn invites(arg: InvitesArg) -> Reply<InvitesPage, MembershipError> {
    reply(with_state(|state| api::invites(state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn member(context: ContextId, account: AccountId) -> Reply<Member, MembershipError> {
    reply(with_state(|state| api::member(state, context, account)))
}

#[ic_cdk::query(manual_reply = true)]
fn members(arg: MembersArg) -> Reply<MembersPage, MembershipError> {
    reply(with_state(|state| api::members(state, &arg)))
}

#[ic_cdk::query]
fn request_nonce(key: AccountId) -> u64 {
    with_state(|state| api::request_nonce(state, key))
}

#[ic_cdk::query(manual_reply = true)]
fn was_member(arg: WasMemberArg) -> Reply<Option<PastMember>, MembershipError> {
    reply(with_state(|state| api::was_member(state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn identities(context: ContextId, account: AccountId) -> Reply<Identities, MembershipError> {
    reply(with_state(|state| api::identities(&IcEnv, state, context, account)))
}

#[ic_cdk::query(manual_reply = true)]
fn stale_devices(arg: StaleDevicesArg) -> Reply<StaleDevicesPage, MembershipError> {
    reply(with_state(|state| api::stale_devices(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn roles(context: ContextId) -> Reply<Vec<Role>, MembershipError> {
    reply(with_state(|state| api::roles(state, context)))
}

#[ic_cdk::query(manual_reply = true)]
fn grants(arg: GrantsArg) -> Reply<GrantsPage, MembershipError> {
    reply(with_state(|state| api::grants(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn policy(context: ContextId) -> Reply<PolicySet, MembershipError> {
    reply(with_state(|state| api::policy(state, context)))
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

#[ic_cdk::update(manual_reply = true)]
fn record_decision(arg: DecideArg) -> Reply<Decision, MembershipError> {
    reply(with_state_mut(|state| api::record_decision(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn set_recorded_registries(arg: SetRecordedRegistriesArg) -> Reply<AuditRules, MembershipError> {
    reply(with_state_mut(|state| api::set_recorded_registries(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn set_audit_mode(arg: SetAuditModeArg) -> Reply<AuditRules, MembershipError> {
    reply(with_state_mut(|state| api::set_audit_mode(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn audit_rules(context: ContextId) -> Reply<AuditRules, MembershipError> {
    reply(with_state(|state| api::audit_rules(state, context)))
}

#[ic_cdk::query(manual_reply = true)]
fn audit_openings(arg: AuditOpeningsArg) -> Reply<AuditOpeningsPage, MembershipError> {
    reply(with_state(|state| api::audit_openings(&IcEnv, state, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn discard_openings(arg: DiscardOpeningsArg) -> Reply<DiscardedOpenings, MembershipError> {
    reply(with_state_mut(|state| api::discard_openings(&IcEnv, state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn audit_entry_proof(seq: Seq) -> Reply<AuditEntryProof, MembershipError> {
    reply(with_state(|state| api::audit_entry_proof(&IcEnv, state, seq)))
}

fn main() {}

#[cfg(test)]
mod tests;
