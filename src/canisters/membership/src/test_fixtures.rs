//! A membership canister with a context in it, for tests.

use crate::api::{self, BegunRequest};
use crate::lifecycle;
use crate::state::{Charge, Event, NewContext, Occasion, State};
use calisec_policy::DEFAULT_POLICIES;
use calisec_runtime::StubEnv;
use calisec_types::ids::{
    AccountId, ContextId, DeviceKey, GrantId, GroupId, KemKey, NoteId, ProposalId, Revision, Timestamp, Weight,
};
use calisec_types::membership::{
    Action, AddDeviceArg, AddMemberArg, Applied, ApplyArg, Capability, CapabilityArg, Change, Consent, DecideArg,
    Decision, GrantTerms, LinkPrincipalArg, MembershipError, MembershipInit, MembershipReason, NoteResource,
    OWNERSHIP_CLAIM_TAG, Origin, OwnershipClaim, RegisterContextArg, RemoveMemberArg, Request, RevokeAccountArg,
    RevokeDeviceArg, Rights, RotateDeviceArg, RotationSignature, Scope, SetRoleArg, SignedRequest, Subject,
    UnlinkPrincipalArg, VotingWeightArg, Written,
};
use calisec_types::signing::{ContextRegistration, DeviceBinding, DeviceRotation, PrincipalLink, RequestPayload};
use candid::Principal;
use ed25519_dalek::{Signer, SigningKey};
use ic_stable_structures::DefaultMemoryImpl;
use serde_bytes::ByteBuf;
use std::fs;
use std::path::Path;

/// When the tests begin.
pub const START: Timestamp = Timestamp(1_700_000_000_000_000_000);

/// What asking a node costs.
pub const FETCH_PRICE: u128 = 140_000_000;

pub fn canister() -> Principal {
    Principal::from_slice(&[1; 10])
}

pub fn governance() -> Principal {
    Principal::from_slice(&[2; 10])
}

pub fn verifier() -> Principal {
    Principal::from_slice(&[6; 10])
}

pub fn registry() -> Principal {
    Principal::from_slice(&[3; 10])
}

pub fn administrator() -> Principal {
    Principal::from_slice(&[4; 29])
}

pub fn stranger() -> Principal {
    Principal::from_slice(&[5; 29])
}

pub fn context_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn context_id(seed: u8) -> ContextId {
    ContextId(context_key(seed).verifying_key().to_bytes())
}

pub fn account_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + seed; 32])
}

pub fn account(seed: u8) -> AccountId {
    AccountId(account_key(seed).verifying_key().to_bytes())
}

pub fn device_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[[seed; 16], [77; 16]].concat().try_into().expect("32 bytes"))
}

pub fn device(seed: u8) -> DeviceKey {
    DeviceKey(device_key(seed).verifying_key().to_bytes())
}

/// Everything that a device may be used for.
pub fn everything() -> Scope {
    Rights::ALL.into()
}

/// A note; who owns it, the test says.
pub fn note(id: u64, owner: Principal) -> NoteResource {
    NoteResource { registry: registry(), note: NoteId(id), owner, kind: None, epoch: None }
}

pub fn grant_change(to: AccountId, note: u64, not_after: Option<Timestamp>) -> Change {
    granted(to, note, GrantTerms::until(not_after))
}

/// A grant on any terms.
pub fn granted(to: AccountId, note: u64, terms: GrantTerms) -> Change {
    Change::Grant { account: to, action: Action::Read, note: NoteId(note), registry: registry(), terms }
}

/// The canister, its memory and its environment.
pub struct World {
    pub memory: DefaultMemoryImpl,
    pub env: StubEnv,
    pub state: State,
    next_proposal: u64,
    next_nonce: u64,
}

impl World {
    /// Just installed.
    pub fn empty() -> Self {
        Self::at(canister(), START)
    }

    /// Just installed, on the canister with this id.
    pub fn at(canister: Principal, now: Timestamp) -> Self {
        let memory = DefaultMemoryImpl::default();
        let env = StubEnv::new(canister, administrator(), now);
        let state = lifecycle::init(
            &env,
            memory.clone(),
            &MembershipInit { governance: governance(), proof_verifier: Some(verifier()) },
        );
        Self { memory, env, state, next_proposal: 1, next_nonce: 0 }
    }

    /// With context 1 registered.
    pub fn with_context() -> Self {
        let mut world = Self::empty();
        world.register(&world.registration(1)).expect("registers");
        world
    }

    /// A valid registration of the context with this key, for the administrator.
    pub fn registration(&self, seed: u8) -> RegisterContextArg {
        self.sign(seed, |_| ())
    }

    /// A registration whose signed payload was altered before it was signed; the argument says what it said before.
    pub fn sign(&self, seed: u8, alter: impl FnOnce(&mut ContextRegistration)) -> RegisterContextArg {
        let mut payload = ContextRegistration {
            network: self.env.network,
            canister: canister(),
            context: context_id(seed),
            administrator: administrator(),
            expires_at: self.env.now.get().plus_seconds(600),
        };
        let (context, administrator, expires_at) = (payload.context, payload.administrator, payload.expires_at);
        alter(&mut payload);
        let signature = signature(&context_key(seed), &payload.to_signed_bytes());
        RegisterContextArg { context, administrator, expires_at, signature }
    }

    pub fn register(&mut self, arg: &RegisterContextArg) -> Result<(), MembershipReason> {
        api::register_context(&self.env, &mut self.state, arg).map(|_| ()).map_err(reason)
    }

    pub fn add(&mut self, account: AccountId, role: &str) -> Result<Written, MembershipReason> {
        self.env.call_as(administrator());
        let arg = AddMemberArg { context: context_id(1), account, role: role.to_owned(), kem_key: KemKey([9; 32]) };
        api::add_member(&self.env, &mut self.state, arg).map_err(reason)
    }

    pub fn remove(&mut self, account: AccountId) -> Result<Written, MembershipReason> {
        self.env.call_as(administrator());
        let arg = RemoveMemberArg { context: context_id(1), account };
        api::remove_member(&self.env, &mut self.state, arg).map_err(reason)
    }

    /// Registers the context with this key in a group, which is new if it has none yet.
    pub fn join(&mut self, seed: u8, group: GroupId) {
        let occasion = Occasion { at: self.env.now.get(), caller: administrator(), context: context_id(seed) };
        let cedar = DEFAULT_POLICIES.to_owned();
        let (administrator, origin) = (administrator(), Origin::own(group));
        let new =
            NewContext { group, administrator, origin, cedar, charge: Charge { is_free: true, is_relayed: false } };
        self.state.apply(&occasion, Event::ContextRegistered(new), None);
    }

    /// A nonce that no key used.
    fn consent(&mut self) -> Consent {
        self.next_nonce += 1;
        Consent { nonce: self.next_nonce, valid_until: self.env.now.get().plus_seconds(600) }
    }

    /// A binding of a device to an account, signed by both after it was altered; the argument says what it said before.
    pub fn binding(
        &mut self,
        (owner, key): (u8, u8),
        scope: Scope,
        (expires_at, rotate_every): (Option<Timestamp>, Option<u64>),
        alter: impl FnOnce(&mut DeviceBinding),
    ) -> AddDeviceArg {
        let consent = self.consent();
        let mut payload = DeviceBinding {
            network: self.env.network,
            canister: canister(),
            group: context_id(1).own_group(),
            account: account(owner),
            device: device(key),
            scope: scope.rights(),
            kem_key: KemKey([key | 8; 32]),
            expires_at,
            rotate_every,
            nonce: consent.nonce,
            valid_until: consent.valid_until,
        };
        let kem_key = payload.kem_key;
        alter(&mut payload);
        let signed = payload.to_signed_bytes();
        AddDeviceArg {
            context: context_id(1),
            account: account(owner),
            key: device(key),
            scope,
            kem_key,
            expires_at,
            rotate_every,
            consent,
            account_signature: Some(signature(&account_key(owner), &signed)),
            device_signature: signature(&device_key(key), &signed),
        }
    }

    pub fn add_device(&mut self, arg: &AddDeviceArg) -> Result<Written, MembershipReason> {
        api::add_device(&self.env, &mut self.state, arg).map_err(reason)
    }

    /// Gives an account a device, relayed by a stranger.
    pub fn device(&mut self, owner: u8, key: u8, scope: Scope) -> Result<Written, MembershipReason> {
        let arg = self.binding((owner, key), scope, (None, None), |_| ());
        self.env.call_as(Principal::anonymous());
        self.add_device(&arg)
    }

    /// A rotation signed by the new key, and by the account key or the old one.
    pub fn rotation(&mut self, owner: u8, (old, new): (u8, u8), by_account: bool) -> RotateDeviceArg {
        let consent = self.consent();
        let payload = DeviceRotation {
            network: self.env.network,
            canister: canister(),
            group: context_id(1).own_group(),
            account: account(owner),
            old: device(old),
            new: device(new),
            kem_key: KemKey([new | 8; 32]),
            nonce: consent.nonce,
            valid_until: consent.valid_until,
        };
        let signed = payload.to_signed_bytes();
        RotateDeviceArg {
            context: context_id(1),
            account: account(owner),
            old: device(old),
            new: device(new),
            kem_key: payload.kem_key,
            consent,
            signature: if by_account {
                RotationSignature::Account(signature(&account_key(owner), &signed))
            } else {
                RotationSignature::Device(signature(&device_key(old), &signed))
            },
            new_signature: signature(&device_key(new), &signed),
        }
    }

    pub fn rotate(&mut self, owner: u8, keys: (u8, u8), by_account: bool) -> Result<Written, MembershipReason> {
        let arg = self.rotation(owner, keys, by_account);
        self.env.call_as(Principal::anonymous());
        api::rotate_device(&self.env, &mut self.state, &arg).map_err(reason)
    }

    pub fn revoke_device(&mut self, by: Principal, owner: u8, key: u8) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        let arg = RevokeDeviceArg { context: context_id(1), account: account(owner), key: device(key) };
        api::revoke_device(&self.env, &mut self.state, &arg).map_err(reason)
    }

    pub fn revoke_account(&mut self, by: Principal, owner: u8) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        let arg = RevokeAccountArg { context: context_id(1), account: account(owner) };
        api::revoke_account(&self.env, &mut self.state, &arg).map_err(reason)
    }

    /// A link of a principal to an account, signed by its key or one of its devices.
    pub fn link_arg(&mut self, principal: Principal, owner: u8, by: Option<u8>) -> LinkPrincipalArg {
        let consent = self.consent();
        let payload = PrincipalLink {
            network: self.env.network,
            canister: canister(),
            group: context_id(1).own_group(),
            account: account(owner),
            device: by.map(device),
            principal,
            nonce: consent.nonce,
            valid_until: consent.valid_until,
        };
        let signed = payload.to_signed_bytes();
        let signature = signature(&by.map_or_else(|| account_key(owner), device_key), &signed);
        LinkPrincipalArg { context: context_id(1), account: account(owner), device: payload.device, consent, signature }
    }

    pub fn link(&mut self, principal: Principal, owner: u8, by: Option<u8>) -> Result<Written, MembershipReason> {
        let arg = self.link_arg(principal, owner, by);
        self.env.call_as(principal);
        api::link_principal(&self.env, &mut self.state, &arg).map_err(reason)
    }

    pub fn unlink(&mut self, by: Principal, principal: Principal) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        let arg = UnlinkPrincipalArg { context: context_id(1), principal };
        api::unlink_principal(&self.env, &mut self.state, &arg).map_err(reason)
    }

    pub fn set_role(&mut self, by: Principal, arg: &SetRoleArg) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        api::set_role(&self.env, &mut self.state, arg).map_err(reason)
    }

    pub fn give(&mut self, by: Principal, arg: &CapabilityArg) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        api::grant_capability(&self.env, &mut self.state, arg).map_err(reason)
    }

    pub fn take(&mut self, by: Principal, arg: &CapabilityArg) -> Result<Written, MembershipReason> {
        self.env.call_as(by);
        api::revoke_capability(&self.env, &mut self.state, arg).map_err(reason)
    }

    /// Whether a principal is authorised for something in context 1.
    pub fn may(&self, caller: Principal, capability: Capability) -> bool {
        self.env.call_as(caller);
        api::authorise(&self.env, &self.state, context_id(1), capability).is_ok()
    }

    /// What a principal weighs at a revision.
    pub fn weight(&self, voter: Principal, revision: Revision) -> Result<Weight, MembershipReason> {
        let arg = VotingWeightArg { context: context_id(1), revision, voter };
        api::voting_weight(&self.env, &self.state, &arg).map(|weight| weight.weight).map_err(reason)
    }

    pub fn revision(&self) -> Revision {
        self.state.group(context_id(1).own_group()).expect("a group").revision
    }

    /// Applies a change as a new proposal.
    pub fn change(&mut self, change: Change) -> Result<Applied, MembershipReason> {
        self.change_in(context_id(1), change)
    }

    pub fn change_in(&mut self, context: ContextId, change: Change) -> Result<Applied, MembershipReason> {
        let proposal = ProposalId(self.next_proposal);
        self.next_proposal += 1;
        self.step_in(context, proposal, 0, change)
    }

    pub fn step(&mut self, proposal: ProposalId, step: u32, change: Change) -> Result<Applied, MembershipReason> {
        self.step_in(context_id(1), proposal, step, change)
    }

    fn step_in(
        &mut self,
        context: ContextId,
        proposal: ProposalId,
        step: u32,
        change: Change,
    ) -> Result<Applied, MembershipReason> {
        self.env.call_as(governance());
        let arg = ApplyArg { context, proposal, step, change };
        api::apply(&self.env, &mut self.state, arg).map_err(reason)
    }

    pub fn grant(&mut self, to: AccountId, note: u64, not_after: Option<Timestamp>) -> GrantId {
        self.change(grant_change(to, note, not_after)).expect("grants").grant.expect("a grant has an id")
    }

    pub fn decide(&self, subject: Subject, action: Action, note: Option<NoteResource>) -> Decision {
        let arg = DecideArg { context: context_id(1), subject, action, note, purpose: None };
        api::decide(&self.env, &self.state, &arg).expect("decides")
    }

    /// Whether an account may read a note that a stranger owns.
    pub fn reads(&self, account: AccountId, id: u64) -> bool {
        let subject = Subject::Account(account);
        self.decide(subject, Action::Read, Some(note(id, stranger()))).allowed
    }

    /// What this key asks for, for a minute.
    pub fn request(&self, key: &SigningKey, nonce: u64, request: Request) -> RequestPayload {
        RequestPayload {
            network: self.env.network,
            canister: canister(),
            key: AccountId(key.verifying_key().to_bytes()),
            nonce,
            expires_at: self.env.now.get().plus_seconds(60),
            request,
        }
    }

    /// Relays a request, which goes as far as it does within one message.
    pub fn relay(&mut self, request: &SignedRequest) -> Result<BegunRequest, MembershipReason> {
        api::begin_request(&self.env, &mut self.state, |_| FETCH_PRICE, request).map_err(reason)
    }

    /// Relays a request that waits for nobody.
    pub fn submit(&mut self, request: &SignedRequest) -> Result<ByteBuf, MembershipReason> {
        match self.relay(request)? {
            BegunRequest::Done(reply) => Ok(reply),
            waits => panic!("it waits: {waits:?}"),
        }
    }

    /// A claim of now by the key of this seed, altered before it is signed.
    pub fn claim(&self, seed: u8, alter: impl FnOnce(&mut ClaimText)) -> OwnershipClaim {
        let text = ClaimText::new(canister(), self.env.now.get());
        let mut text = ClaimText { issuer_identity: context_id(seed).to_string(), ..text };
        alter(&mut text);
        sign_claim(seed, &text.to_json())
    }

    /// The next version of the canister goes on with this one's memory.
    pub fn upgrade(&mut self) {
        self.state = lifecycle::post_upgrade(&self.env, self.memory.clone(), &[]);
    }

    /// Everything that a refused request must leave alone: stable memory byte for byte, and what is certified.
    pub fn fingerprint(&self) -> (Vec<u8>, Option<[u8; 32]>) {
        (self.memory.borrow().clone(), *self.env.certified.borrow())
    }
}

pub fn signature(key: &SigningKey, signed: &[u8]) -> ByteBuf {
    ByteBuf::from(key.sign(signed).to_bytes().to_vec())
}

pub fn sign_request(key: &SigningKey, payload: &[u8]) -> SignedRequest {
    SignedRequest { payload: ByteBuf::from(payload.to_vec()), signature: signature(key, payload) }
}

/// The reason of an error; every error of the canister has one.
pub fn reason(error: MembershipError) -> MembershipReason {
    error.reason.expect("an error has a reason")
}

/// The text of an ownership claim by the key with seed 5, as a node writes it.
#[derive(Clone, Debug)]
pub struct ClaimText {
    pub audience: String,
    pub group_id: String,
    pub issuer_identity: String,
    pub context_id: String,
    pub subject: String,
    pub nonce: String,
    pub issued_at_ms: u64,
    pub expires_at_ms: u64,
}

impl ClaimText {
    /// A claim of now, about context 33.. in group 22.., for nobody in particular.
    pub fn new(canister: Principal, now: Timestamp) -> Self {
        let now = now.0 / 1_000_000;
        Self {
            audience: format!("icp:{canister}"),
            group_id: "22".repeat(32),
            issuer_identity: context_id(5).to_string(),
            context_id: ContextId([0x33; 32]).to_string(),
            subject: "bind:2vxsx-fae".to_owned(),
            nonce: "00112233445566778899aabbccddeeff".to_owned(),
            issued_at_ms: now,
            expires_at_ms: now + 300_000,
        }
    }

    pub fn to_json(&self) -> String {
        let Self { audience, group_id, issuer_identity, context_id, subject, nonce, issued_at_ms, expires_at_ms } =
            self;
        format!(
            "{{\"v\":1,\"audience\":\"{audience}\",\"group_id\":\"{group_id}\",\"issuer_identity\":\"{issuer_identity}\",\
             \"context_id\":\"{context_id}\",\"subject\":\"{subject}\",\"nonce\":\"{nonce}\",\
             \"issued_at_ms\":{issued_at_ms},\"expires_at_ms\":{expires_at_ms}}}"
        )
    }
}

/// Signs the text of a claim with the key of this seed.
pub fn sign_claim(seed: u8, json: &str) -> OwnershipClaim {
    let message = [OWNERSHIP_CLAIM_TAG, json.as_bytes()].concat();
    let signature = signature(&context_key(seed), &message);
    OwnershipClaim { payload: ByteBuf::from(json.as_bytes().to_vec()), signature }
}

/// What Calimero answered, or would: `tests/vectors/calimero`.
pub fn vectors(name: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/calimero").join(name);
    serde_json::from_str(&fs::read_to_string(path).expect("the file is there")).expect("it is JSON")
}
