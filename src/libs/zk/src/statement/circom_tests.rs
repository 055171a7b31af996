//! Circuits in circom, proved by snarkjs, are the statements that this crate defines: docs/bring-your-own-circuit.md.
//!
//! Semaphore's circuit is circom too: here it has a key of its own; its proofs with the ceremony's are in the tests of
//! [`super::anonymous_signal`].

use super::anonymous_signal::{AnonymousSignal, hash, scope};
use super::context_membership::{ContextMembership, Leaf};
use super::credential::{Attested, Credential, CredentialRange, CredentialSet, Range, attribute_tag, set_leaf};
use super::note_commitment::{NoteCommitment, Opening, content_tag};
use super::{Domain, Mismatch, Purpose, Statement};
use crate::field::Fr;
use crate::groth16::{DecodedProof, PreparedKey, PublicInputs, RawProof, RawVerifyingKey, parse_public_json};
use crate::merkle::Path;
use crate::poseidon::hash2;
use calisec_types::ids::{ContextId, Digest32};
use calisec_types::proof_verifier::StatementKind;
use candid::Principal;
use serde_json::Value;

const CLAIM: &str = include_str!("../../../../../docs/circom/claim.json");

/// What snarkjs wrote.
struct Proved {
    kind: StatementKind,
    key: &'static str,
    proof: &'static str,
    public: &'static str,
}

macro_rules! proved {
    ($kind:expr, $folder:literal) => {
        Proved {
            kind: $kind,
            key: include_str!(concat!("../../tests/vectors/circom/", $folder, "/verification_key.json")),
            proof: include_str!(concat!("../../tests/vectors/circom/", $folder, "/proof.json")),
            public: include_str!(concat!("../../tests/vectors/circom/", $folder, "/public.json")),
        }
    };
}

const NOTE_COMMITMENT: Proved = proved!(StatementKind::NoteCommitment, "note_commitment");
const CONTEXT_MEMBERSHIP: Proved = proved!(StatementKind::ContextMembership, "context_membership");
const CREDENTIAL_RANGE: Proved = proved!(StatementKind::CredentialRange, "credential_range");
const CREDENTIAL_SET: Proved = proved!(StatementKind::CredentialSet, "credential_set");
const OWN_KEY_SIGNAL: Proved = proved!(StatementKind::OwnKeySignal, "own_key_signal");

impl Proved {
    /// The key, after its circuit was found to be one of the statement.
    fn key(&self) -> PreparedKey {
        let key = RawVerifyingKey::SnarkjsJson(self.key).decode().expect("a valid key");
        let is_named_by_its_hash = self.kind != StatementKind::OwnKeySignal;
        let key_hash = key.circuit_id();
        let key = PreparedKey::new(&key).expect("a decoded key can be prepared");
        let key = key.of_statement(self.kind).expect("a key of the statement");
        assert_eq!(key.circuit() == key_hash, is_named_by_its_hash);
        key
    }

    fn proof(&self) -> DecodedProof {
        RawProof::SnarkjsJson(self.proof).decode().expect("a valid proof")
    }

    fn inputs(&self) -> PublicInputs {
        parse_public_json(self.public).expect("canonical")
    }

    /// What is proved, after that was verified.
    fn verified<S: Statement>(&self) -> S {
        assert!(self.key().verify(self.inputs(), &self.proof()).is_ok(), "{:?}", self.kind);
        S::parse(self.inputs().elements()).expect("the statement's inputs")
    }

    /// Nothing is verified when any public signal is another, and nobody else can submit the proof.
    fn binds_every_signal<S: Statement>(&self, claim: &Claim) {
        let (key, proof, inputs) = (self.key(), self.proof(), self.inputs());
        for index in 0..inputs.len() {
            let mut other = inputs.elements().to_vec();
            other[index] += Fr::from(1u64);
            assert!(key.verify(PublicInputs::new(other), &proof).is_err(), "{:?}: public signal {index}", self.kind);
        }
        let front_runner = Domain { submitter: Principal::from_slice(&[9]), ..claim.domain() };
        let statement = S::parse(inputs.elements()).expect("the statement's inputs");
        assert_eq!(statement.check(&claim.domain()), Ok(()), "{:?}", self.kind);
        assert_eq!(statement.check(&front_runner), Err(Mismatch::Signal), "{:?}", self.kind);
    }
}

/// `claim.json`, or a part of it.
struct Claim(Value);

impl Claim {
    fn read() -> Self {
        Self(serde_json::from_str(CLAIM).expect("JSON"))
    }

    fn part(&self, name: &str) -> Self {
        Self(self.0[name].clone())
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} is text"))
    }

    fn bytes(&self, name: &str) -> [u8; 32] {
        hex::decode(self.text(name)).expect("hexadecimal").try_into().expect("32 bytes")
    }

    fn element(&self, name: &str) -> Fr {
        self.text(name).parse().expect("a number")
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().expect("a small number")
    }

    fn domain(&self) -> Domain<'_> {
        let principal = |name| Principal::from_text(self.text(name)).expect("a principal");
        Domain {
            network_root_key_hash: Digest32(self.bytes("network_root_key_hash")),
            proof_verifier: principal("proof_verifier"),
            context_id: ContextId(self.bytes("context_id")),
            consumer: principal("consumer"),
            submitter: principal("submitter"),
            purpose: Purpose::new(self.text("purpose")).expect("short"),
        }
    }

    fn opening(&self) -> Opening {
        Opening {
            content_hash: Digest32(self.bytes("content_hash")),
            owner_secret: self.number("owner_secret").into(),
            salt: self.number("salt").into(),
        }
    }

    fn path(&self, name: &str) -> Path {
        let path = self.part(name);
        let siblings = path.0["siblings"].as_array().expect("a list").iter();
        let siblings = siblings.map(|sibling| sibling.as_str().expect("text").parse().expect("a number")).collect();
        Path::new(path.0["sides"].as_u64().expect("a number"), siblings).expect("a path")
    }

    /// Of the credential.
    fn attested(&self) -> (Attested, Self) {
        let part = self.part("credential");
        let credential = Credential {
            holder_secret: part.number("holder_secret").into(),
            attribute_tag: attribute_tag(part.text("attribute")),
            value: part.number("value").into(),
            salt: part.number("salt").into(),
        };
        (Attested::of(&credential, &part.path("path"), &self.domain()), part)
    }
}

#[test]
fn should_verify_as_the_typed_statement_when_the_circuit_is_circom_and_snarkjs_proved() {
    let claim = Claim::read();
    let (domain, opening) = (claim.domain(), claim.opening());
    assert_eq!(NOTE_COMMITMENT.verified::<NoteCommitment>(), NoteCommitment::of(&opening, &domain));

    let Opening { content_hash, owner_secret, salt } = opening;
    let leaf = Leaf { content_tag: content_tag(&content_hash), owner_secret, salt };
    let membership = ContextMembership::of(&leaf, &claim.path("path"), &domain);
    assert_eq!(CONTEXT_MEMBERSHIP.verified::<ContextMembership>(), membership);

    let (attested, part) = claim.attested();
    let range = Range::between(part.number("low"), part.number("high")).expect("a range");
    assert_eq!(CREDENTIAL_RANGE.verified::<CredentialRange>(), CredentialRange { attested, range });

    let set_root = part.path("path_in_set").root_of(set_leaf(part.number("value").into()));
    assert_eq!(CREDENTIAL_SET.verified::<CredentialSet>(), CredentialSet { attested, set_root });

    let identity = claim.part("identity");
    let root = identity.path("path").root_of(identity.element("commitment"));
    let nullifier = hash2(hash(&scope(&domain)), identity.element("secret_scalar"));
    assert_eq!(OWN_KEY_SIGNAL.verified::<AnonymousSignal>(), AnonymousSignal::new(root, nullifier, &domain));
}

#[test]
fn should_bind_every_public_signal_when_the_circuit_is_circom() {
    let claim = Claim::read();
    NOTE_COMMITMENT.binds_every_signal::<NoteCommitment>(&claim);
    CONTEXT_MEMBERSHIP.binds_every_signal::<ContextMembership>(&claim);
    CREDENTIAL_RANGE.binds_every_signal::<CredentialRange>(&claim);
    CREDENTIAL_SET.binds_every_signal::<CredentialSet>(&claim);
    OWN_KEY_SIGNAL.binds_every_signal::<AnonymousSignal>(&claim);
}
