//! One well-formed call of every method, to be spoilt.

use calisec_sdk::identity::Identity;
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::Proved;
use calisec_types::aggregates::{
    CommitUpdateArg, ContributionsArg, Contributor, OpenRoundArg, PostAggregateArg, RoundsArg,
};
use calisec_types::governance::{BallotsArg, Choice, ProposalsArg, StrikeBallotArg, VoteArg};
use calisec_types::ids::{
    ApplicationId, CircuitId, Digest32, FieldElement, Height, NoteId, ProposalId, ReceiptId, Revision, RoundId, Seq,
    StateRoot, Timestamp,
};
use calisec_types::membership::{
    Action, AddContextArg, ApplicationCurrentArg, ApplicationHistoryArg, ApplyArg, AttestArg, AttestationsArg,
    AuditArg, AuditMode, AuditOpeningsArg, Capability, CapabilityArg, Change, CheckGroupStateArg, CheckpointsArg,
    Claim, ClaimReceiptArg, ClaimsArg, ContextsArg, DecideAndUseArg, DecideBatchArg, Deed, DiscardOpeningsArg,
    DivergencesArg, ElectorateArg, FetchStateArg, FinalCheckpointArg, GrantTerms, GrantsArg, GroupRole, InvitesArg,
    ListResourcesArg, ListSubjectsArg, ListedMember, MembersArg, OfferAdministrationArg, Quorum, RegistrationsArg,
    RemoveMemberArg, RemoveRoleArg, ReviewClaimKindArg, RevokeAccountArg, RevokeDeviceArg, RevokeInviteArg, Scope,
    SetApplicationArg, SetAuditModeArg, SetCheckpointQuorumArg, SetNodeArg, SetRecordedRegistriesArg, SetRoleArg,
    SimulateArg, StaleDevicesArg, Subject, UnlinkPrincipalArg, ValidateChangeArg, VotingWeightArg, WasMemberArg,
    calimero_account,
};
use calisec_types::note_registry::icrc7::TransferArg;
use calisec_types::note_registry::{DepositEnvelopeArg, NotesArg, ReleasesArg};
use calisec_types::proof_verifier::{
    CircuitStatus, CircuitsArg, ConsumeArg, ExpectedReceipt, ReceiptsArg, SetCircuitStatusArg, SubmitManyArg, VerifyArg,
};
use candid::types::Label;
use candid::types::value::{IDLArgs, IDLField, IDLValue};
use candid::utils::ArgumentEncoder;
use candid::{Nat, Principal, encode_args};
use icrc_ledger_types::icrc1::account::Account;
use serde_bytes::ByteBuf;

/// What a method takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No argument: whatever is sent is ignored.
    Nothing,
    /// Only optional arguments: Candid reads what does not fit as `null`.
    Optional,
    /// At least one argument that must be there.
    Arguments,
}

/// A well-formed call.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The canister's name.
    pub name: &'static str,
    /// The canister.
    pub canister: Principal,
    /// The method.
    pub method: &'static str,
    /// Whether it is an update.
    pub is_update: bool,
    /// What it takes.
    pub takes: Takes,
    /// A well-formed argument.
    pub arg: Vec<u8>,
}

impl Sample {
    /// Calls the method with another argument.
    ///
    /// # Errors
    /// The reject.
    pub fn call<B: Backend>(
        &self,
        backend: &B,
        caller: Principal,
        arg: &[u8],
    ) -> Result<Vec<u8>, calisec_testkit::backend::Reject> {
        if self.is_update {
            backend.update(caller, self.canister, self.method, arg)
        } else {
            backend.query(caller, self.canister, self.method, arg)
        }
    }
}

struct Collector {
    name: &'static str,
    canister: Principal,
    samples: Vec<Sample>,
}

impl Collector {
    fn of(&mut self, name: &'static str, canister: Principal) -> &mut Self {
        (self.name, self.canister) = (name, canister);
        self
    }

    fn update<A: ArgumentEncoder>(&mut self, method: &'static str, args: A) -> &mut Self {
        self.push(method, true, Takes::Arguments, args)
    }

    fn query<A: ArgumentEncoder>(&mut self, method: &'static str, args: A) -> &mut Self {
        self.push(method, false, Takes::Arguments, args)
    }

    fn push<A: ArgumentEncoder>(&mut self, method: &'static str, is_update: bool, takes: Takes, args: A) -> &mut Self {
        let arg = encode_args(args).expect("arguments encode");
        let Self { name, canister, .. } = *self;
        self.samples.push(Sample { name, canister, method, is_update, takes, arg });
        self
    }
}

/// One well-formed call of every method of every canister. `proved` is a proof that was not submitted.
pub fn samples<B: Backend>(scene: &Scene<'_, B>, proved: &Proved) -> Vec<Sample> {
    let mut collector = Collector { name: "", canister: Principal::anonymous(), samples: Vec::new() };
    membership(scene, &mut collector);
    proof_verifier(scene, proved, &mut collector);
    note_registry(scene, proved, &mut collector);
    governance(scene, &mut collector);
    collector.samples
}

fn membership<B: Backend>(scene: &Scene<'_, B>, to: &mut Collector) {
    let (context, account) = (scene.context(), scene.cast.bob.account());
    let change = Change::SetPolicy { cedar: String::new() };
    let voter = scene.cast.bob.principal();
    let mint = Deed { action: Action::Mint, note: None, purpose: None };
    let capability = CapabilityArg { context, account, capability: Capability::Mint };
    let claim = Claim { state_root: StateRoot([1; 32]), app_hash: Digest32([1; 32]) };
    let application = SetApplicationArg {
        context,
        application: ApplicationId([1; 32]),
        version: "1".to_owned(),
        wasm_hash: Digest32([1; 32]),
        source: String::new(),
    };
    let group_state = CheckGroupStateArg {
        context,
        admin_account: calimero_account(account),
        owner_account: calimero_account(account),
        target_application: ApplicationId([1; 32]),
        members: vec![ListedMember { account: calimero_account(account), role: GroupRole::Admin }],
        claimed_hash: Digest32([1; 32]),
        after: None,
        limit: None,
    };
    let (bob, device) = (&scene.cast.bob, &scene.cast.mallory);
    let key = device.device();
    let scope = Scope { read: true, capabilities: vec![Capability::Mint] };
    to.of("membership", scene.deployment.ids.membership)
        .update("register_context", (scene.registration(),))
        .update("register_claim", (scene.claim(&scene.cast.context_key),))
        .update("add_context", (AddContextArg { group: context.own_group(), context },))
        .update("offer_administration", (OfferAdministrationArg { context, to: voter },))
        .update("accept_administration", (context,))
        .update("cancel_handover", (context,))
        .update("recover_administration", (scene.recovery(),))
        .update("add_member", (scene.member(&scene.cast.bob, "reader"),))
        .update("redeem_invite", (scene.redemption(&Identity::from_seed([6; 32])),))
        .update("revoke_invite", (RevokeInviteArg { invite: scene.invite().invite },))
        .update("remove_member", (RemoveMemberArg { context, account },))
        .update("submit_request", (scene.signed_request(),))
        .update("set_role", (SetRoleArg { context, name: "keeper".to_owned(), capabilities: vec![Capability::Vote] },))
        .update("remove_role", (RemoveRoleArg { context, name: "keeper".to_owned() },))
        .update("grant_capability", (capability,))
        .update("revoke_capability", (capability,))
        .update("set_application", (application,))
        .update("attest", (AttestArg { context, height: Height(1), claim },))
        .update("set_checkpoint_quorum", (SetCheckpointQuorumArg { context, quorum: Quorum::Count(1) },))
        .update("set_node", (SetNodeArg { context, url: None },))
        .update("fetch_state", (FetchStateArg { context },))
        .update("claim_receipt", (ClaimReceiptArg { context, receipt: ReceiptId([1; 32]) },))
        .update("review_claim_kind", (ReviewClaimKindArg { context, name: "age".to_owned() },))
        .push("proof_verifier", false, Takes::Nothing, ())
        .query("claim_kinds", (context,))
        .query("claims", (ClaimsArg { context, account, after: None, limit: None },))
        .query("node", (context,))
        .query("application", (context,))
        .query("application_current", (ApplicationCurrentArg { context, wasm_hash: Digest32([1; 32]) },))
        .query("application_history", (ApplicationHistoryArg { context, after: None, limit: None },))
        .query("checkpoint", (context, Some(Height(1))))
        .query("final_checkpoint", (FinalCheckpointArg { context, height: None },))
        .query("checkpoints", (CheckpointsArg { context, after: None, limit: None },))
        .query("checkpoint_quorum", (context,))
        .query("attestations", (AttestationsArg { context, height: Height(1), after: None, limit: None },))
        .query("divergences", (DivergencesArg { context, after: None, limit: None },))
        .query("check_group_state", (group_state,))
        .update("add_device", (scene.device(bob, device, scope, 1),))
        .update("rotate_device", (scene.rotation(bob, device, &scene.cast.carol, 2),))
        .update("revoke_device", (RevokeDeviceArg { context, account, key },))
        .update("revoke_account", (RevokeAccountArg { context, account },))
        .update("link_principal", (scene.link(bob, voter, 1),))
        .update("unlink_principal", (UnlinkPrincipalArg { context, principal: voter },))
        .update("apply", (ApplyArg { context, proposal: ProposalId(1), step: 0, change: change.clone() },))
        .query("validate_change", (ValidateChangeArg { context, change: change.clone() },))
        .query("electorate", (ElectorateArg { context, proposer: voter },))
        .query("voting_weight", (VotingWeightArg { context, revision: Revision(1), voter },))
        .query("decide", (scene.may_mint(voter),))
        .query("decide_batch", (DecideBatchArg { context, questions: Vec::new() },))
        .query("explain", (scene.may_mint(voter),))
        .query("list_subjects", (ListSubjectsArg { context, deed: mint.clone(), after: None, limit: None },))
        .query(
            "list_resources",
            (ListResourcesArg {
                context,
                subject: Subject::Account(account),
                action: Action::Read,
                purpose: None,
                after: None,
                limit: None,
            },),
        )
        .query(
            "simulate",
            (SimulateArg { context, change: change.clone(), samples: vec![mint], after: None, limit: None },),
        )
        .update("decide_and_use", (DecideAndUseArg { question: scene.may_mint(voter), key: Digest32([4; 32]) },))
        .query("decision_bundle", (scene.may_mint(voter),))
        .query("context", (context,))
        .query("contexts_of_group", (ContextsArg { group: context.own_group(), after: None, limit: None },))
        .query("registrations", (RegistrationsArg { calimero_id: context.own_group(), after: None, limit: None },))
        .query("handover", (context,))
        .query("invites", (InvitesArg { context, after: None, limit: None },))
        .query("member", (context, account))
        .query("members", (MembersArg { context, after: Some(account), limit: None },))
        .query("request_nonce", (account,))
        .query("was_member", (WasMemberArg { context, key: account, revision: Revision(1) },))
        .query("identities", (context, account))
        .query("stale_devices", (StaleDevicesArg { context, at: None, after: None, limit: None },))
        .query("roles", (context,))
        .query("grants", (GrantsArg { context, after: None, limit: None },))
        .query("policy", (context,))
        .push("policy_schema", false, Takes::Nothing, ())
        .push("policy_templates", false, Takes::Nothing, ())
        .query("audit_log", (AuditArg { from: Seq(1), limit: None },))
        .push("audit_head", false, Takes::Nothing, ())
        .query("audit_entry_proof", (Seq(1),))
        .update("record_decision", (scene.may_mint(voter),))
        .update("set_recorded_registries", (SetRecordedRegistriesArg { context, registries: vec![voter] },))
        .update(
            "set_audit_mode",
            (SetAuditModeArg { context, mode: AuditMode::Hashed, seed: Some(Digest32([1; 32])) },),
        )
        .query("audit_rules", (context,))
        .query("audit_openings", (AuditOpeningsArg { context, after: None, limit: None },))
        .update("discard_openings", (DiscardOpeningsArg { context, up_to: Seq(1) },));
}

fn proof_verifier<B: Backend>(scene: &Scene<'_, B>, proved: &Proved, to: &mut Collector) {
    let (context, circuit, receipt) = (scene.context(), CircuitId([1; 32]), ReceiptId([2; 32]));
    let consume = ConsumeArg {
        receipt,
        expected: ExpectedReceipt {
            circuit,
            context,
            submitter: scene.cast.alice.principal(),
            purpose: "mint".to_owned(),
        },
        idempotency_key: Digest32([3; 32]),
    };
    let submission = proved.submission.clone();
    let verify =
        VerifyArg { circuit, public_inputs: submission.public_inputs.clone(), proof: submission.proof.clone() };
    to.of("proof_verifier", scene.deployment.ids.proof_verifier)
        .update("register_circuit", (scene.circuit(),))
        .update("set_circuit_status", (SetCircuitStatusArg { circuit, status: CircuitStatus::Deprecated },))
        .update("submit_many", (SubmitManyArg { submissions: vec![submission.clone()] },))
        .update("submit", (submission,))
        .update("consume", (consume,))
        .query("verify", (verify,))
        .query("circuit", (circuit,))
        .query("circuits", (CircuitsArg { after: Some(circuit), limit: None },))
        .query("receipt", (receipt,))
        .query("receipts", (ReceiptsArg { context, after: None, limit: None },))
        .push("price", false, Takes::Nothing, ())
        .query("proof", (receipt,))
        .query("proofs", (ReceiptsArg { context, after: None, limit: None },))
        .query("receipt_certificate", (receipt,));
    aggregates(scene, to);
}

fn aggregates<B: Backend>(scene: &Scene<'_, B>, to: &mut Collector) {
    let (context, round) = (scene.context(), RoundId(1));
    let contributors = [&scene.cast.alice, &scene.cast.bob]
        .map(|member| Contributor { contributor: member.principal(), weight: 1 })
        .to_vec();
    let open = OpenRoundArg {
        context,
        label: "step".to_owned(),
        dimension: 2,
        closes_at: Timestamp(u64::MAX),
        quorum: 2,
        contributors,
    };
    let post = PostAggregateArg { round, values: vec![1, 2], blinding: FieldElement([0; 32]) };
    to.of("proof_verifier", scene.deployment.ids.proof_verifier)
        .update("open_round", (open,))
        .update("commit_update", (CommitUpdateArg { round, commitment: ByteBuf::from([0x80; 48]) },))
        .update("post_aggregate", (post,))
        .query("round", (round,))
        .query("rounds", (RoundsArg { context, after: None, limit: None },))
        .query("contributions", (ContributionsArg { round, after: None, limit: None },))
        .query("aggregate_certificate", (round,));
}

fn note_registry<B: Backend>(scene: &Scene<'_, B>, proved: &Proved, to: &mut Collector) {
    let owner = Account { owner: scene.cast.alice.principal(), subaccount: None };
    let deposit = DepositEnvelopeArg {
        note: NoteId(1),
        recipient: scene.cast.bob.account(),
        envelope: ByteBuf::from(vec![1; 100]),
    };
    let transfer =
        TransferArg { from_subaccount: None, to: owner, token_id: Nat::from(1_u8), memo: None, created_at_time: None };
    let tokens = vec![Nat::from(1_u8)];
    to.of("note_registry", scene.deployment.ids.note_registry)
        .update("mint", (scene.mint_arg(ReceiptId([2; 32]), &proved.ciphertext),))
        .update("deposit_envelope", (deposit,))
        .update("request_key", (NoteId(1), None::<String>))
        .query("note", (NoteId(1),))
        .query("notes", (NotesArg { context: scene.context(), after: None, limit: None },))
        .query("ciphertext", (NoteId(1),))
        .query("releases", (ReleasesArg { from: Seq(1), limit: None },))
        .query("icrc7_token_metadata", (tokens.clone(),))
        .query("icrc7_owner_of", (tokens,))
        .query("icrc7_balance_of", (vec![owner],))
        .query("icrc7_tokens_of", (owner, None::<Nat>, None::<Nat>))
        .update("icrc7_transfer", (vec![transfer],))
        .push("icrc7_tokens", false, Takes::Optional, (None::<Nat>, None::<Nat>));
    for method in [
        "icrc7_collection_metadata",
        "icrc7_name",
        "icrc7_symbol",
        "icrc7_description",
        "icrc7_logo",
        "icrc7_total_supply",
        "icrc7_supply_cap",
        "icrc7_max_query_batch_size",
        "icrc7_max_update_batch_size",
        "icrc7_default_take_value",
        "icrc7_max_take_value",
        "icrc7_max_memo_size",
        "icrc7_atomic_batch_transfers",
        "icrc7_tx_window",
        "icrc7_permitted_drift",
        "icrc10_supported_standards",
    ] {
        to.push(method, false, Takes::Nothing, ());
    }
}

fn governance<B: Backend>(scene: &Scene<'_, B>, to: &mut Collector) {
    let context = scene.context();
    let proposal = ProposalId(1);
    let change = Change::Grant {
        account: scene.cast.bob.account(),
        action: calisec_types::membership::Action::Read,
        note: NoteId(1),
        registry: scene.deployment.ids.note_registry,
        terms: GrantTerms::default(),
    };
    to.of("governance", scene.deployment.ids.governance)
        .update("propose", (scene.proposal("A title", change),))
        .update("vote", (VoteArg { proposal, choice: Choice::Abstain },))
        .update("strike_ballot", (StrikeBallotArg { proposal, voter: scene.cast.bob.account() },))
        .update("execute", (proposal,))
        .query("proposal", (proposal,))
        .query("proposals", (ProposalsArg { context, after: None, limit: None },))
        .query("ballots", (BallotsArg { proposal, after: None, limit: None },))
        .push("rules", false, Takes::Nothing, ())
        .push("circuits", false, Takes::Nothing, ());
}

/// The argument once for every 32-byte blob in it, with that blob cut or filled up to `length`.
pub fn with_blobs_resized(arg: &[u8], length: usize) -> Vec<Vec<u8>> {
    let args = IDLArgs::from_bytes(arg).expect("a well-formed argument");
    (0..)
        .map_while(|nth| {
            let (mut args, mut left) = (args.clone(), nth);
            let is_resized = args.args.iter_mut().any(|value| resize(value, length, &mut left));
            is_resized.then(|| args.to_bytes().expect("encodes"))
        })
        .collect()
}

/// Resizes the 32-byte blob before which there are `left` others. Returns whether there was one.
fn resize(value: &mut IDLValue, length: usize, left: &mut usize) -> bool {
    match value {
        IDLValue::Blob(bytes) if bytes.len() == 32 => {
            if *left == 0 {
                bytes.resize(length, 7);
                return true;
            }
            *left -= 1;
            false
        }
        IDLValue::Opt(inner) => resize(inner, length, left),
        IDLValue::Vec(items) => items.iter_mut().any(|item| resize(item, length, left)),
        IDLValue::Record(fields) => fields.iter_mut().any(|field| resize(&mut field.val, length, left)),
        IDLValue::Variant(variant) => resize(&mut variant.0.val, length, left),
        _ => false,
    }
}

/// The argument with a field that the method does not know in the record that comes first; `None` if none does.
pub fn with_extra_field(arg: &[u8], value: IDLValue) -> Option<Vec<u8>> {
    let mut args = IDLArgs::from_bytes(arg).expect("a well-formed argument");
    match args.args.first_mut() {
        Some(IDLValue::Record(fields)) => {
            fields.push(IDLField { id: Label::Id(u32::MAX), val: value });
            Some(args.to_bytes().expect("encodes"))
        }
        _ => None,
    }
}
