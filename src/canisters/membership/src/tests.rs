use super::{
    AccountId, AddContextArg, AddDeviceArg, AddMemberArg, Application, ApplicationCurrentArg, ApplicationHistoryArg,
    ApplicationPage, Applied, ApplyArg, AttestArg, AttestationsArg, AttestationsPage, Attested, AuditArg, AuditEntry,
    AuditEntryProof, AuditHead, AuditOpeningsArg, AuditOpeningsPage, AuditRules, ByteBuf, CapabilityArg,
    CertifiedApplication, CertifiedCheckpoint, CheckGroupStateArg, Checkpoint, CheckpointsArg, CheckpointsPage,
    ClaimKindInForce, ClaimReceiptArg, ClaimsArg, ClaimsPage, Context, ContextId, ContextsArg, ContextsPage,
    DecideAndUseArg, DecideArg, DecideBatchArg, Decision, DecisionBundle, DiscardOpeningsArg, DiscardedOpenings,
    DivergencesArg, DivergencesPage, Electorate, ElectorateArg, Explanation, FetchStateArg, FetchedState,
    FinalCheckpointArg, GrantsArg, GrantsPage, GroupStateCheck, Handover, Height, Identities, InviteState, InvitesArg,
    InvitesPage, LinkPrincipalArg, ListResourcesArg, ListSubjectsArg, Member, MembersArg, MembersPage, MembershipArg,
    MembershipError, Node, OfferAdministrationArg, OwnershipClaim, PastMember, PolicySet, PolicyTemplate, Principal,
    ProofClaim, Quorum, RecoverAdministrationArg, RedeemInviteArg, RegisterContextArg, RegistrationsArg,
    RegistrationsPage, RemoveMemberArg, RemoveRoleArg, Reply, ResourcesPage, ReviewClaimKindArg, RevokeAccountArg,
    RevokeDeviceArg, RevokeInviteArg, Role, RotateDeviceArg, Seq, SetApplicationArg, SetAuditModeArg,
    SetCheckpointQuorumArg, SetNodeArg, SetRecordedRegistriesArg, SetRoleArg, SignedRequest, SimulateArg,
    SimulationPage, StaleDevicesArg, StaleDevicesPage, SubjectsPage, UnlinkPrincipalArg, ValidateChangeArg,
    VotingWeight, VotingWeightArg, WasMemberArg, Written,
};
use candid_parser::utils::{CandidSource, service_equal};
use std::path::Path;

#[test]
fn should_match_declared_candid_interface() {
    candid::export_service!();
    let generated = __export_service();
    let declared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../candid/membership.did");
    if let Err(difference) = service_equal(CandidSource::Text(&generated), CandidSource::File(&declared)) {
        panic!("candid/membership.did differs from the code: {difference}\nThe code's:\n{generated}");
    }
}
