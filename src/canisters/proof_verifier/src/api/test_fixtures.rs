//! A canister with one circuit, and proofs for it made with the set-up's secrets.

use super::{register_circuit, submit, verify};
use crate::lifecycle::init;
use crate::state::State;
use calisec_runtime::{Env, StubEnv};
use calisec_types::ids::{CircuitId, ContextId, Digest32, FieldElement, Timestamp};
use calisec_types::proof_verifier::{
    Curve, EncodedProof, EncodedVerifyingKey, ExpectedReceipt, ProofError, ProofReason, Receipt, RegisterCircuitArg,
    StatementKind, SubmitArg, VerifyArg,
};
use calisec_zk::field::{Fr, to_be32};
use calisec_zk::groth16::simulator::Trapdoor;
use calisec_zk::statement::note_commitment::{NoteCommitment, Opening};
use calisec_zk::statement::{Domain, Purpose};
use candid::Principal;
use ic_stable_structures::DefaultMemoryImpl;
use ic_stable_structures::memory_manager::MemoryManager;
use serde_bytes::ByteBuf;

pub const CONTEXT: ContextId = ContextId([3; 32]);
pub const START: Timestamp = Timestamp(1_700_000_000_000_000_000);

pub fn alice() -> Principal {
    Principal::from_slice(&[1; 29])
}

pub fn bob() -> Principal {
    Principal::from_slice(&[2; 29])
}

pub fn registry() -> Principal {
    Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 8, 1, 1])
}

pub struct Fixture {
    pub memory: DefaultMemoryImpl,
    pub state: State,
    pub env: StubEnv,
    pub trapdoor: Trapdoor,
    pub circuit: CircuitId,
}

impl Fixture {
    /// Alice calls, and has registered the circuit.
    pub fn new() -> Self {
        let memory = DefaultMemoryImpl::default();
        let canister = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 9, 1, 1]);
        let trapdoor = Trapdoor::new(4, 1);
        let mut fixture = Self {
            state: open(&memory),
            memory,
            env: StubEnv::new(canister, alice(), START),
            circuit: trapdoor.verifying_key().circuit_id(),
            trapdoor,
        };
        init(&mut fixture.state, &fixture.env, None);
        let arg = registration(&fixture.trapdoor);
        register_circuit(&mut fixture.state, &fixture.env, arg).expect("registered");
        fixture
    }

    /// Checks a proof in a query, which one node answers.
    pub fn verify(&mut self, arg: &VerifyArg) -> Result<(), ProofError> {
        let env = StubEnv::new(self.env.canister, self.env.caller(), self.env.now());
        env.is_replicated.set(false);
        verify(&mut self.state, &env, arg)
    }

    /// What an upgrade does: the heap is lost, stable memory stays.
    pub fn upgrade(&mut self) {
        self.state = open(&self.memory);
    }

    /// All of stable memory, to see that a refused call changed nothing.
    pub fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    /// The public inputs that the caller would use in [`CONTEXT`] for minting.
    pub fn claim(&self, opening: &Opening) -> NoteCommitment {
        NoteCommitment::of(
            opening,
            &Domain {
                network_root_key_hash: self.env.network(),
                proof_verifier: self.env.canister_self(),
                context_id: CONTEXT,
                consumer: registry(),
                submitter: self.env.caller(),
                purpose: Purpose::MINT,
            },
        )
    }

    /// A submission of this claim with a valid proof; another seed gives another proof.
    pub fn submission(&self, claim: &NoteCommitment, seed: u64) -> SubmitArg {
        let inputs = claim.to_public_inputs();
        let proof = self.trapdoor.simulate(&inputs, seed).to_compressed_bytes();
        SubmitArg {
            circuit: self.circuit,
            context: CONTEXT,
            consumer: registry(),
            purpose: "mint".to_owned(),
            public_inputs: inputs.iter().map(|input| FieldElement(to_be32(input))).collect(),
            proof: EncodedProof::ArkCompressed(ByteBuf::from(proof)),
        }
    }

    /// Proves and submits.
    pub fn submit(&mut self, opening: &Opening) -> Result<Receipt, ProofError> {
        let arg = self.submission(&self.claim(opening), 1);
        submit(&mut self.state, &self.env, arg)
    }

    pub fn expected(&self) -> ExpectedReceipt {
        ExpectedReceipt { circuit: self.circuit, context: CONTEXT, submitter: alice(), purpose: "mint".to_owned() }
    }
}

pub fn open(memory: &DefaultMemoryImpl) -> State {
    State::open(&MemoryManager::init(memory.clone()))
}

pub fn registration(trapdoor: &Trapdoor) -> RegisterCircuitArg {
    let key = trapdoor.verifying_key().to_canonical_bytes();
    RegisterCircuitArg {
        name: "note commitment".to_owned(),
        statement: StatementKind::NoteCommitment,
        curve: Curve::Bn254,
        verifying_key: EncodedVerifyingKey::ArkUncompressed(ByteBuf::from(key)),
        ceremony: None,
    }
}

/// A note of one owner; equal contents have equal nullifiers, whatever their salts.
pub fn opening(content: u8, salt: u64) -> Opening {
    Opening { content_hash: Digest32([content; 32]), owner_secret: Fr::from(77u64), salt: Fr::from(salt) }
}

/// The reason of a refusal.
pub fn reason<T>(result: Result<T, ProofError>) -> ProofReason {
    result.err().expect("refused").reason.expect("every error names its reason")
}

/// The scalar field's modulus: the smallest number that is not canonical.
pub const MODULUS: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8,
    0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

/// The same proof, to be checked only.
pub fn verify_arg(arg: &SubmitArg) -> VerifyArg {
    VerifyArg { circuit: arg.circuit, public_inputs: arg.public_inputs.clone(), proof: arg.proof.clone() }
}
