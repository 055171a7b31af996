use super::{AuditChain, CertificateError, ChainError, Head, HeadError, Trust, audit_head, expected_hash};
use calisec_types::ids::{
    AccountId, ContextId, DeviceKey, Digest32, GrantId, GroupId, KemKey, NoteId, PolicyVersion, ProposalId, Seq,
    Timestamp,
};
use calisec_types::membership::{
    Action, AuditEntry, AuditEvent, AuditHead, Capability, Grant, GrantTerms, Handover, Origin, Scope,
};
use candid::Principal;
use ic_certification::{Certificate, HashTree, fork, labeled, leaf, pruned};
use ic_verify_bls_signature::PrivateKey;
use serde_bytes::ByteBuf;

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000_000_000);
const DER_PREFIX: &[u8; 37] = b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00";

pub(super) fn membership() -> Principal {
    Principal::from_slice(&[7; 10])
}

pub(super) fn cbor(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writes to a vector");
    bytes
}

fn leb128(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn state_tree(canister: Principal, data: &[u8], at: Timestamp) -> HashTree {
    let certified = labeled("certified_data", leaf(data.to_vec()));
    fork(labeled("canister", labeled(canister.as_slice(), certified)), labeled("time", leaf(leb128(at.0))))
}

fn signed(secret: &PrivateKey, tree: HashTree, delegation: Option<ic_certification::Delegation>) -> Certificate {
    let message = [b"\x0Dic-state-root".as_slice(), &tree.digest()].concat();
    Certificate { tree, signature: secret.sign(&message).serialize().to_vec(), delegation }
}

/// A network of one key.
pub(super) struct Network {
    secret: PrivateKey,
    root_key: Vec<u8>,
}

impl Network {
    pub(super) fn new() -> Self {
        let secret = PrivateKey::deserialize(&[5; 32]).expect("below the group order");
        let root_key = [DER_PREFIX.as_slice(), &secret.public_key().serialize()].concat();
        Self { secret, root_key }
    }

    pub(super) fn trust(&self) -> Trust<'_> {
        Trust { root_key: &self.root_key, now: NOW }
    }

    pub(super) fn certificate(&self, canister: Principal, data: &[u8], at: Timestamp) -> Vec<u8> {
        cbor(&signed(&self.secret, state_tree(canister, data, at), None))
    }

    /// A certificate that a subnet signed, to which the network delegated with a tree that `tree` makes with the subnet's key.
    pub(super) fn delegated(
        &self,
        subnet: &[u8],
        tree: impl FnOnce(HashTree) -> HashTree,
        canister: Principal,
        data: &[u8],
    ) -> Vec<u8> {
        let own = PrivateKey::deserialize(&[6; 32]).expect("below the group order");
        let der = [DER_PREFIX.as_slice(), &own.public_key().serialize()].concat();
        let tree = fork(tree(leaf(der)), labeled("time", leaf(leb128(NOW.0))));
        let delegation = ic_certification::Delegation {
            subnet_id: subnet.to_vec(),
            certificate: cbor(&signed(&self.secret, tree, None)),
        };
        cbor(&signed(&own, state_tree(canister, data, NOW), Some(delegation)))
    }

    fn head(&self, head: Head) -> AuditHead {
        self.head_over(head, Digest32([4; 32]))
    }

    pub(super) fn head_over(&self, head: Head, root: Digest32) -> AuditHead {
        let value = [head.seq.0.to_be_bytes().as_slice(), &head.hash.0, &root.0].concat();
        let witness: HashTree = fork(labeled("audit_head", leaf(value)), labeled("facts", pruned([6; 32])));
        AuditHead {
            seq: head.seq,
            hash: head.hash,
            root,
            certificate: Some(ByteBuf::from(self.certificate(membership(), &witness.digest(), NOW))),
            witness: ByteBuf::from(cbor(&witness)),
        }
    }
}

fn one_of_each_event() -> Vec<AuditEvent> {
    let grant = Grant {
        id: GrantId(300),
        context: ContextId([1; 32]),
        account: AccountId([2; 32]),
        action: Action::Mint,
        note: NoteId(70_000),
        registry: membership(),
        terms: GrantTerms { not_before: None, not_after: Some(NOW), max_uses: None, purpose: Some("research".into()) },
        uses: 0,
        proposal: ProposalId(9),
    };
    vec![
        AuditEvent::ContextRegistered {
            group: GroupId([3; 32]),
            administrator: membership(),
            origin: Origin::own(GroupId([3; 32])),
        },
        AuditEvent::ContextRegistered {
            group: GroupId([3; 32]),
            administrator: membership(),
            origin: Origin {
                issuer: Some(AccountId([5; 32])),
                calimero_group: GroupId([6; 32]),
                calimero_context: Some(ContextId([7; 32])),
            },
        },
        AuditEvent::MemberSet { account: AccountId([2; 32]), role: "reader".into(), kem_key: KemKey([3; 32]) },
        AuditEvent::Granted { grant: Grant { terms: GrantTerms::default(), action: Action::Read, ..grant.clone() } },
        AuditEvent::Granted { grant: Grant { terms: GrantTerms::until(Some(NOW)), ..grant.clone() } },
        AuditEvent::Granted {
            grant: Grant {
                terms: GrantTerms { not_before: Some(NOW), max_uses: Some(70_000), ..GrantTerms::default() },
                ..grant.clone()
            },
        },
        AuditEvent::GrantUsed { grant: GrantId(300), uses: 2 },
        AuditEvent::Granted { grant },
        AuditEvent::Revoked { grant: GrantId(300), proposal: ProposalId(10) },
        AuditEvent::PolicySet { version: PolicyVersion(2), hash: Digest32([4; 32]), proposal: ProposalId(11) },
        AuditEvent::HandoverStarted {
            handover: Handover { to: membership(), is_recovery: true, not_before: NOW, until: Timestamp(NOW.0 + 1) },
        },
        AuditEvent::HandoverCancelled { to: membership() },
        AuditEvent::AdministratorChanged { from: membership(), to: Principal::anonymous() },
        AuditEvent::MemberRemoved {
            account: AccountId([2; 32]),
            grants_removed: 1,
            devices_removed: 2,
            links_removed: 3,
        },
        AuditEvent::InviteRedeemed {
            invite: Digest32([8; 32]),
            inviter: AccountId([2; 32]),
            account: AccountId([9; 32]),
            role: "reader".into(),
            kem_key: KemKey([3; 32]),
        },
        AuditEvent::InviteRevoked { invite: Digest32([8; 32]) },
        AuditEvent::RoleSet { name: "keeper".into(), capabilities: Capability::ALL.to_vec() },
        AuditEvent::RoleRemoved { name: "keeper".into() },
        AuditEvent::CapabilityGranted { account: AccountId([2; 32]), capability: Capability::Mint },
        AuditEvent::CapabilityRevoked { account: AccountId([2; 32]), capability: Capability::Vote },
        AuditEvent::DeviceAdded {
            account: AccountId([2; 32]),
            key: DeviceKey([5; 32]),
            scope: Scope { read: true, capabilities: vec![Capability::Vote] },
            kem_key: KemKey([6; 32]),
            expires_at: Some(NOW),
            rotate_every: None,
        },
        AuditEvent::DeviceRotated {
            account: AccountId([2; 32]),
            old: DeviceKey([5; 32]),
            new: DeviceKey([7; 32]),
            kem_key: KemKey([6; 32]),
        },
        AuditEvent::DeviceRevoked { account: AccountId([2; 32]), key: DeviceKey([7; 32]), links_removed: 1 },
        AuditEvent::AccountRevoked {
            account: AccountId([2; 32]),
            grants_removed: 1,
            devices_removed: 2,
            links_removed: 3,
        },
        AuditEvent::PrincipalLinked { account: AccountId([2; 32]), principal: membership(), device: None },
        AuditEvent::PrincipalUnlinked { account: AccountId([2; 32]), principal: membership() },
    ]
}

pub(super) fn log() -> Vec<AuditEntry> {
    let mut parent = Digest32([0; 32]);
    (1..)
        .zip(one_of_each_event())
        .map(|(seq, event)| {
            let mut entry = AuditEntry {
                seq: Seq(seq),
                at: NOW,
                caller: Principal::anonymous(),
                context: ContextId([1; 32]),
                event,
                parent,
                hash: Digest32([0; 32]),
            };
            entry.hash = expected_hash(&entry);
            parent = entry.hash;
            entry
        })
        .collect()
}

#[test]
fn should_accept_a_head_when_certificate_and_witness_agree() {
    let network = Network::new();
    let head = Head { seq: Seq(3), hash: Digest32([9; 32]) };
    assert_eq!(audit_head(&network.head(head), membership(), &network.trust()).expect("verifies"), head);
}

#[test]
fn should_refuse_a_head_when_any_bit_of_it_is_another() {
    let network = Network::new();
    let good = network.head(Head { seq: Seq(3), hash: Digest32([9; 32]) });
    let certificate = good.certificate.clone().expect("has one").into_vec();
    // Every byte of the short witness; of the certificate, whose signature takes milliseconds to check, every fifth.
    for index in (0..certificate.len()).step_by(5) {
        let mut flipped = certificate.clone();
        flipped[index] ^= 1 << (index % 8);
        let forged = AuditHead { certificate: Some(ByteBuf::from(flipped)), ..good.clone() };
        assert!(audit_head(&forged, membership(), &network.trust()).is_err(), "byte {index} of the certificate");
    }
    for index in 0..good.witness.len() {
        let mut forged = good.clone();
        forged.witness[index] ^= 1;
        assert!(audit_head(&forged, membership(), &network.trust()).is_err(), "byte {index} of the witness");
    }
}

#[test]
fn should_say_what_is_wrong_when_a_head_is_refused() {
    let network = Network::new();
    let good = network.head(Head { seq: Seq(3), hash: Digest32([9; 32]) });
    let verify = |head: &AuditHead| audit_head(head, membership(), &network.trust());
    let without = AuditHead { certificate: None, ..good.clone() };
    assert!(matches!(verify(&without), Err(HeadError::NoCertificate)));
    for other in [
        AuditHead { seq: Seq(4), ..good.clone() },
        AuditHead { hash: Digest32([8; 32]), ..good.clone() },
        AuditHead { root: Digest32([8; 32]), ..good.clone() },
    ] {
        assert!(matches!(verify(&other), Err(HeadError::WrongHead)), "{other:?}");
    }
    let garbage = AuditHead { witness: ByteBuf::from([0xff]), ..good.clone() };
    assert!(matches!(verify(&garbage), Err(HeadError::MalformedWitness(_))));
    let witness: HashTree = labeled("audit_head", leaf(b"else".to_vec()));
    let foreign = AuditHead { witness: ByteBuf::from(cbor(&witness)), ..good.clone() };
    assert!(matches!(verify(&foreign), Err(HeadError::WrongRoot)));

    let elsewhere = Principal::from_slice(&[8; 10]);
    let error = audit_head(&good, elsewhere, &network.trust()).expect_err("another canister's");
    assert!(matches!(error, HeadError::Certificate(CertificateError::NothingCertified { .. })), "{error}");
    for now in [Timestamp(NOW.0 - 301_000_000_000), NOW.plus_seconds(301)] {
        let error = audit_head(&good, membership(), &Trust { now, ..network.trust() }).expect_err("another time");
        assert!(matches!(error, HeadError::Certificate(CertificateError::Unverified(_))), "{error}");
    }
}

#[test]
fn should_refuse_and_not_overflow_when_a_certificate_nests_without_end() {
    let network = Network::new();
    let good = network.head(Head { seq: Seq(3), hash: Digest32([9; 32]) });
    let deep = ByteBuf::from(vec![0x81; 60_000]);
    let long = ByteBuf::from(vec![0x81; 70_000]);
    let inner = cbor(&Certificate {
        tree: leaf(Vec::new()),
        signature: Vec::new(),
        delegation: Some(ic_certification::Delegation { subnet_id: vec![1], certificate: deep.to_vec() }),
    });
    for bytes in [deep, long, ByteBuf::from(inner)] {
        let forged = AuditHead { certificate: Some(bytes.clone()), ..good.clone() };
        assert!(matches!(audit_head(&forged, membership(), &network.trust()), Err(HeadError::Certificate(_))));
        let forged = AuditHead { witness: bytes, ..good.clone() };
        assert!(matches!(audit_head(&forged, membership(), &network.trust()), Err(HeadError::MalformedWitness(_))));
    }
}

#[test]
fn should_follow_a_log_to_its_head_when_it_is_whole() {
    let log = log();
    let mut chain = AuditChain::default();
    chain.extend(&log[..3]).expect("fits");
    let middle = chain.head();
    chain.extend(&log[3..]).expect("fits");
    let last = log.last().expect("not empty");
    assert_eq!(chain.head(), Head { seq: last.seq, hash: last.hash });
    assert_eq!(chain.ends_in(chain.head()), Ok(()));
    assert_eq!(chain.ends_in(middle), Err(ChainError::OtherHead { expected: Seq(3), actual: last.seq }));
    let mut resumed = AuditChain::after(middle);
    resumed.extend(&log[3..]).expect("fits");
    assert_eq!(resumed, chain);
}

#[test]
fn should_name_the_entry_when_a_log_is_broken() {
    let whole = log();
    let broken = |change: &dyn Fn(&mut Vec<AuditEntry>)| {
        let mut log = whole.clone();
        change(&mut log);
        AuditChain::default().extend(&log).expect_err("broken")
    };
    assert_eq!(broken(&|log| drop(log.remove(2))), ChainError::OutOfOrder { expected: Seq(3), actual: Seq(4) });
    assert_eq!(broken(&|log| log[1].parent = Digest32([8; 32])), ChainError::WrongParent(Seq(2)));
    assert_eq!(broken(&|log| log[1].at = Timestamp(0)), ChainError::WrongHash(Seq(2)));
    assert_eq!(broken(&|log| log[4].event = log[0].event.clone()), ChainError::WrongHash(Seq(5)));
}

#[test]
fn should_give_every_field_of_an_entry_its_own_hash() {
    let mut hashes: Vec<_> = log().iter().map(expected_hash).collect();
    let entry = log().remove(0);
    hashes.extend([
        expected_hash(&AuditEntry { seq: Seq(2), ..entry.clone() }),
        expected_hash(&AuditEntry { at: Timestamp(1), ..entry.clone() }),
        expected_hash(&AuditEntry { caller: membership(), ..entry.clone() }),
        expected_hash(&AuditEntry { context: ContextId([2; 32]), ..entry.clone() }),
        expected_hash(&AuditEntry { parent: Digest32([1; 32]), ..entry }),
    ]);
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}
