//! The four canisters, and every path on which somebody may or may not.

use crate::model::{Model, Move, PLAYERS};
use calisec_sdk::Random;
use calisec_sdk::identity::Identity;
use calisec_sdk::verify::{self, Trust};
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::scene::{Minted, answered};
use calisec_testkit::setup::STORY_RULES;
use calisec_testkit::{Deployment, Scene, Setup, modules};
use calisec_types::governance::{Choice, GovernanceArg, GovernanceInit, Rules};
use calisec_types::ids::{Digest32, GrantId, Height, ProposalId, StateRoot};
use calisec_types::membership::{
    ApplyArg, AttestArg, Capability, Change, Claim, DecideArg, MembershipArg, MembershipInit, Quorum, RemoveMemberArg,
    Request, RevokeDeviceArg, Scope, SetCheckpointQuorumArg, Subject,
};
use calisec_types::note_registry::{DepositEnvelopeArg, NoteRegistryInit};
use candid::{CandidType, Principal, encode_one};
use pollster::block_on;
use serde_bytes::ByteBuf;
use std::time::Duration;

/// Who makes changes of access rules where no vote is needed.
const RULER: Principal = Principal::from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
const VOTING_SECONDS: u64 = 600;
const MAX_AGE: Duration = Duration::from_secs(60);

/// A way to do something that may be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    Decide,
    Bundle,
    Key,
    Vote,
    Checkpoint,
    SignedRequest,
}

impl Path {
    pub const ALL: [Self; 6] =
        [Self::Decide, Self::Bundle, Self::Key, Self::Vote, Self::Checkpoint, Self::SignedRequest];
}

/// The canisters said something else than the model.
#[derive(Debug)]
pub struct Wrong {
    pub path: Path,
    /// Read with `Debug`: who, with which key, and what the canisters said.
    #[expect(dead_code, reason = "shown when a comparison fails")]
    pub what: String,
}

/// The canisters, with one who makes changes of access rules without a vote.
pub fn deployed(backend: LocalBackend) -> Deployment<LocalBackend> {
    let mut deployment = Setup::default().on(backend).expect("the four canisters install");
    let install = |name, init: &dyn Fn() -> Vec<u8>| {
        let canister = deployment.backend.create_canister();
        let module = modules::load(name).expect("built");
        deployment.backend.install(canister, &module, &init()).expect("installs");
        canister
    };
    let membership = install("membership", &|| {
        encoded(&MembershipArg::Init(MembershipInit { governance: RULER, proof_verifier: None }))
    });
    let rules = Rules { voting_period_seconds: VOTING_SECONDS, ..STORY_RULES };
    let governance =
        install("governance", &|| encoded(&GovernanceArg::Init(GovernanceInit { membership, rules, circuits: None })));
    let (proof_verifier, mint_circuit) = (deployment.ids.proof_verifier, deployment.prover.circuit_id());
    let note_registry =
        install("note_registry", &|| encoded(&NoteRegistryInit { membership, proof_verifier, mint_circuit }));
    let ids = &mut deployment.ids;
    (ids.membership, ids.governance, ids.note_registry) = (membership, governance, note_registry);
    deployment
}

fn encoded(value: &impl CandidType) -> Vec<u8> {
    encode_one(value).expect("encodes")
}

/// A note of Alice's, for which both players have an envelope; one attestation makes a checkpoint final.
pub fn played(deployment: &Deployment<LocalBackend>) -> (Scene<'_, LocalBackend>, Minted) {
    let mut scene = Scene::new(deployment, Random::from_seed([5; 32]));
    let minted = scene.until_note(b"who may read this").expect("a note");
    for player in [&scene.cast.bob, &scene.cast.carol] {
        let (note, recipient) = (minted.note.id, player.account());
        let envelope = DepositEnvelopeArg { note, recipient, envelope: ByteBuf::from([7; 80]) };
        answered(block_on(scene.as_(&scene.cast.alice).note_registry().deposit_envelope(&envelope))).expect("kept");
    }
    let quorum = SetCheckpointQuorumArg { context: scene.context(), quorum: Quorum::Count(1) };
    answered(block_on(scene.as_(&scene.cast.dana).membership().set_checkpoint_quorum(&quorum))).expect("set");
    (scene, minted)
}

pub struct World<'a> {
    scene: &'a Scene<'a, LocalBackend>,
    minted: Minted,
    grants: Vec<GrantId>,
    /// Nonces, heights and proposals of access rules: each number once.
    numbers: u64,
}

impl<'a> World<'a> {
    pub const fn new(scene: &'a Scene<'a, LocalBackend>, minted: Minted) -> Self {
        Self { scene, minted, grants: Vec::new(), numbers: 0 }
    }

    const fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn player(&self, who: usize) -> &'a Identity {
        [&self.scene.cast.bob, &self.scene.cast.carol][who]
    }

    /// Opens a proposal; answers who of the players is in its electorate.
    pub fn open_proposal(&self, model: &Model) -> (Vec<usize>, ProposalId) {
        self.scene.deployment.backend.advance(Duration::from_secs(VOTING_SECONDS + 1));
        let change = self.scene.grant(&self.minted, &self.scene.cast.alice);
        let proposal = answered(self.scene.propose(&self.scene.cast.alice, "Who votes?", change)).expect("proposed");
        ((0..PLAYERS).filter(|who| model.is_member(*who)).collect(), proposal.id)
    }

    /// Carries a move out, before which things are as the model has them.
    pub fn play(&mut self, next: Move, before: &Model) {
        let (scene, context) = (self.scene, self.scene.context());
        let dana = scene.as_(&scene.cast.dana).membership();
        match next {
            Move::Add { who, attests } => {
                let role = if attests { "contributor" } else { "reader" };
                answered(scene.add_member(self.player(who), role)).expect("added");
            }
            Move::Remove(who) => {
                let arg = RemoveMemberArg { context, account: self.player(who).account() };
                let removed = block_on(dana.remove_member(&arg)).expect("answers");
                assert_eq!(removed.is_ok(), before.is_member(who));
            }
            Move::Grant(who) => {
                let granted = self.rule(scene.grant(&self.minted, self.player(who)));
                assert_eq!(granted.is_ok(), before.is_member(who));
                self.grants.extend(granted.ok().flatten());
            }
            Move::Revoke(number) => self.revoke(number, before),
            Move::Device(who) => self.give_key(who, before),
            Move::RevokeDevice(who) => {
                let Some(key) = before.device(who) else { return };
                let arg = RevokeDeviceArg { context, account: self.player(who).account(), key: device(key).device() };
                answered(block_on(dana.revoke_device(&arg))).expect("revoked");
            }
            Move::Upgrade => scene.deployment.upgrade_all().expect("upgrades"),
        }
    }

    fn revoke(&mut self, number: usize, before: &Model) {
        let Some(grant) = self.grants.get(number).copied() else { return };
        let revoked = self.rule(Change::Revoke { grant });
        assert_eq!(revoked.is_ok(), before.has_grant(number));
    }

    fn rule(&mut self, change: Change) -> Result<Option<GrantId>, String> {
        let proposal = ProposalId(self.next_number());
        let arg = ApplyArg { context: self.scene.context(), proposal, step: 0, change };
        let applied = block_on(self.scene.deployment.called_by(RULER).membership().apply(&arg)).expect("answers");
        applied.map(|applied| applied.grant).map_err(|error| error.to_string())
    }

    /// Gives a player its device, or the device another key.
    fn give_key(&mut self, who: usize, before: &Model) {
        let (owner, nonce, new) = (self.player(who), self.next_number(), device(before.next_key()));
        let anyone = self.scene.anyone().membership();
        let done = match before.device(who) {
            Some(old) => block_on(anyone.rotate_device(&self.scene.rotation(owner, &device(old), &new, nonce))),
            None => {
                let scope = Scope { read: true, capabilities: Capability::ALL.to_vec() };
                block_on(anyone.add_device(&self.scene.device(owner, &new, scope, nonce)))
            }
        };
        assert_eq!(done.expect("answers").is_ok(), before.is_member(who));
    }

    /// Tries every path with every key; answers where the canisters say something else than the model.
    pub fn compare(&mut self, model: &Model, voters: &[usize], proposal: ProposalId) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for who in 0..PLAYERS {
            // Who may vote does so once: so keys that act no more try first, and then the device before the account.
            let mut keys: Vec<_> =
                model.dead_keys(who).into_iter().map(|(key, counts)| (device(key), counts)).collect();
            keys.extend(model.device(who).map(|key| (device(key), true)));
            keys.push((Identity::from_seed(*self.player(who).to_seed()), true));
            let mut has_voted = false;
            for (key, acts) in keys {
                let acts = acts && model.is_member(who);
                let votes = acts && voters.contains(&who) && !has_voted;
                let voted = answered(self.scene.vote(&key, proposal, Choice::Abstain)).is_ok();
                has_voted |= voted;
                let reads = acts && model.reads(who);
                let attests = acts && model.attests(who);
                for (path, allowed, expected) in [
                    (Path::Vote, voted, votes),
                    (Path::Decide, self.decides(&key), reads),
                    (Path::Bundle, self.bundle_allows(&key), reads),
                    (Path::Key, self.is_given_the_key(&key), reads),
                    (Path::Checkpoint, self.attests(&key), attests),
                    (Path::SignedRequest, self.attests_by_signature(&key), attests),
                ] {
                    if allowed != expected {
                        wrong.push(Wrong { path, what: format!("player {who}, {}: {allowed}", key.principal()) });
                    }
                }
            }
        }
        wrong
    }

    fn question(&self, key: &Identity) -> DecideArg {
        DecideArg { subject: Subject::Principal(key.principal()), ..self.scene.may_read(&self.minted, key) }
    }

    fn decides(&self, key: &Identity) -> bool {
        let decision = block_on(self.scene.anyone().membership().decide(&self.question(key)));
        answered(decision).expect("decides").allowed
    }

    /// What somebody without a connection decides by a bundle.
    fn bundle_allows(&self, key: &Identity) -> bool {
        let (question, membership) = (self.question(key), self.scene.anyone().membership());
        let bundle = answered(block_on(membership.decision_bundle(&question))).expect("a bundle");
        let backend = &self.scene.deployment.backend;
        let trust = Trust { root_key: &backend.root_key(), now: backend.now() };
        verify::decision(&bundle, &question, membership.canister(), &trust, MAX_AGE).expect("verifies").allowed
    }

    fn is_given_the_key(&self, key: &Identity) -> bool {
        answered(block_on(self.scene.as_(key).note_registry().request_key(self.minted.note.id))).is_ok()
    }

    fn attestation(&mut self) -> AttestArg {
        let claim = Claim { state_root: StateRoot([1; 32]), app_hash: Digest32([2; 32]) };
        AttestArg { context: self.scene.context(), height: Height(self.next_number()), claim }
    }

    fn attests(&mut self, key: &Identity) -> bool {
        let arg = self.attestation();
        answered(block_on(self.scene.as_(key).membership().attest(&arg))).is_ok()
    }

    fn attests_by_signature(&mut self, key: &Identity) -> bool {
        let (request, nonce) = (Request::Attest(self.attestation()), self.next_number());
        let request = self.scene.sign_requests(key, nonce).sign(request, self.scene.soon());
        self.next_number();
        answered(block_on(self.scene.anyone().membership().submit_request(&request))).is_ok()
    }
}

/// The identity of a device key.
fn device(number: u64) -> Identity {
    let mut seed = [0xd0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    Identity::from_seed(seed)
}
