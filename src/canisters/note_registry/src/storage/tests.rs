use super::{Config, EnvelopeRecord, Holding, NoteRecord, ReleaseRecord};
use crate::account::AccountKey;
use crate::storage;
use calisec_runtime::Cbor;
use calisec_types::ids::{
    AccountId, CircuitId, ContextId, Digest32, Epoch, FieldElement, NoteId, ReceiptId, Seq, Timestamp,
};
use candid::Principal;
use ic_stable_structures::Storable;
use proptest::array::uniform32;
use proptest::collection::vec;
use proptest::option::of;
use proptest::{prop_assert_eq, proptest};
use std::collections::BTreeSet;

/// SHA-256 of a value's bytes as they are stored today. A change of one of these breaks stored state.
fn fingerprint(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Digest32(Sha256::digest(bytes).into()).to_string()
}

fn config() -> Config {
    Config {
        membership: Principal::from_slice(&[1, 1]),
        proof_verifier: Principal::from_slice(&[2, 1]),
        mint_circuit: CircuitId([3; 32]),
    }
}

fn note() -> NoteRecord {
    NoteRecord {
        context: ContextId([1; 32]),
        commitment: FieldElement([2; 32]),
        receipt: ReceiptId([3; 32]),
        title: "Title".to_owned(),
        content_type: "text/plain".to_owned(),
        ciphertext_hash: Digest32([4; 32]),
        ciphertext_length: 5,
        minter: Principal::from_slice(&[6]),
        minted_at: Timestamp(7),
        kind: None,
    }
}

fn release() -> ReleaseRecord {
    ReleaseRecord {
        note: NoteId(1),
        recipient: AccountId([2; 32]),
        key_epoch: Epoch(3),
        at: Timestamp(4),
        policies: vec!["p".to_owned()],
        decided_at: Seq(5),
    }
}

#[test]
fn should_store_the_very_bytes_of_the_first_version() {
    let envelope = EnvelopeRecord { key_epoch: Epoch(1), envelope: vec![2; 3] };
    let holding = Holding { owner: AccountKey::new(&Principal::from_slice(&[1]), &[2; 32]), key_epoch: Epoch(3) };
    let stored = [
        ("config", fingerprint(&Cbor(Some(config())).to_bytes())),
        ("note", fingerprint(&Cbor(note()).to_bytes())),
        ("note of a kind", fingerprint(&Cbor(NoteRecord { kind: Some("dataset".to_owned()), ..note() }).to_bytes())),
        ("envelope", fingerprint(&Cbor(envelope).to_bytes())),
        ("release", fingerprint(&Cbor(release()).to_bytes())),
        ("holding", fingerprint(&holding.to_bytes())),
    ];
    let golden = [
        ("config", "dd79370e8f0d2452454d808811f3ffd7bbe547a439e18fa85d9a1bc605b18461"),
        ("note", "2872e80affd8525ef0544262488684d00603eb2f423e85de2481429f0df42067"),
        ("note of a kind", "505a75aba2143234a9e315dc46ed5416fcec13419f23a03dc99cdefe13d55aaf"),
        ("envelope", "7fe5242fd8610bac2a798d526d9591bf035b1faf98db785cea289be975f4cb2d"),
        ("release", "9733fae39d07a4d23aafae8e6519b55e5020bcb0dd74f2c01b0a7f0ff43c3832"),
        ("holding", "1f6841eb76d395e601a0e829fbd83d030b6a939b2447a8eec7f34c97d78bfba9"),
    ];
    assert_eq!(stored, golden.map(|(name, hash)| (name, hash.to_owned())));
}

#[test]
fn should_give_every_structure_a_memory_of_its_own() {
    let memories = [
        storage::CONFIG,
        storage::TRANSACTIONS,
        storage::NOTE_INDEX,
        storage::NOTE_DATA,
        storage::CIPHERTEXT_INDEX,
        storage::CIPHERTEXT_DATA,
        storage::BY_RECEIPT,
        storage::BY_CONTEXT,
        storage::HOLDINGS,
        storage::BY_OWNER,
        storage::BALANCES,
        storage::ENVELOPES,
        storage::RELEASE_INDEX,
        storage::RELEASE_DATA,
        storage::RECENT_TRANSFERS,
    ];
    let distinct: BTreeSet<String> = memories.iter().map(|id| format!("{id:?}")).collect();
    assert_eq!(distinct.len(), memories.len());
}

proptest! {
    #[test]
    fn should_read_back_a_note_when_it_was_stored(
        ids in vec(uniform32(0_u8..), 4),
        title in ".{0,40}",
        content_type in ".{0,20}",
        kind in of(".{0,20}"),
        minter in vec(0_u8.., 0..=29),
        numbers in uniform32(0_u64..),
    ) {
        let record = NoteRecord {
            context: ContextId(ids[0]),
            commitment: FieldElement(ids[1]),
            receipt: ReceiptId(ids[2]),
            title,
            content_type,
            ciphertext_hash: Digest32(ids[3]),
            ciphertext_length: numbers[0],
            minter: Principal::from_slice(&minter),
            minted_at: Timestamp(numbers[1]),
            kind,
        };
        let bytes = Cbor(record.clone()).into_bytes();
        prop_assert_eq!(Cbor::<NoteRecord>::from_bytes(bytes.into()).0, record);
    }

    #[test]
    fn should_read_back_the_other_records_when_they_were_stored(
        bytes in vec(0_u8.., 0..=512),
        owner in vec(0_u8.., 0..=29),
        id in uniform32(0_u8..),
        policies in vec(".{0,20}", 0..5),
        number in 0_u64..,
    ) {
        let principal = Principal::from_slice(&owner);
        let envelope = EnvelopeRecord { key_epoch: Epoch(number), envelope: bytes };
        prop_assert_eq!(Cbor::<EnvelopeRecord>::from_bytes(Cbor(envelope.clone()).into_bytes().into()).0, envelope);
        let release = ReleaseRecord { recipient: AccountId(id), policies, decided_at: Seq(number), ..release() };
        prop_assert_eq!(Cbor::<ReleaseRecord>::from_bytes(Cbor(release.clone()).into_bytes().into()).0, release);
        let holding = Holding { owner: AccountKey::new(&principal, &id), key_epoch: Epoch(number) };
        prop_assert_eq!(Holding::from_bytes(holding.into_bytes().into()), holding);
        let config = Config { membership: principal, mint_circuit: CircuitId(id), ..config() };
        prop_assert_eq!(Cbor::<Option<Config>>::from_bytes(Cbor(Some(config)).into_bytes().into()).0, Some(config));
    }
}
