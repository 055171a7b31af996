//! What is not a proof of the statement, from a weaker protocol to garbage.

use super::fixtures::{CONTEXT, SIGNAL, member, note, randomness};
use crate::{
    chain::{ChainAir, PublicInputs},
    options::{Challenge, Coin, Commitment, Felt, GRINDING_BITS, Hash, QUERIES, options},
    prove::ChainProver,
    statement::{Membership, NoteCommitment, Statement},
    verifier::{MAX_PROOF_BYTES, Refusal, verify},
    word::Word,
};
use proptest::{
    collection::vec,
    prelude::{any, prop},
    prop_assert, proptest,
};
use std::sync::OnceLock;
use winter_air::{
    Air, BatchingMethod, FieldExtension, ProofOptions,
    proof::{Proof, merge_ood_evaluations},
};
use winter_verifier::{
    AcceptableOptions, Serializable,
    crypto::{ElementHasher, RandomCoin},
    math::{FieldElement, StarkField, ToElements, polynom},
};

fn proved_note() -> &'static (NoteCommitment, Vec<u8>) {
    static PROVED: OnceLock<(NoteCommitment, Vec<u8>)> = OnceLock::new();
    PROVED.get_or_init(|| note(1).prove(CONTEXT, SIGNAL, &mut randomness(1)).unwrap())
}

fn proved_member() -> &'static (Membership, Vec<u8>) {
    static PROVED: OnceLock<(Membership, Vec<u8>)> = OnceLock::new();
    PROVED.get_or_init(|| member(1).prove(CONTEXT, SIGNAL, &mut randomness(1)).unwrap())
}

/// Somewhere in a statement.
type Change<S> = fn(&mut S) -> &mut Word;

fn refuse_changed<S: Statement>((statement, proof): &(S, Vec<u8>), changes: [Change<S>; 4]) {
    for (index, change) in changes.into_iter().enumerate() {
        for element in 0..4 {
            let mut other = *statement;
            change(&mut other).0[element] += Felt::ONE;
            let verdict = verify(&other, proof);
            assert!(matches!(verdict, Err(Refusal::Invalid { .. })), "{index}, {element}: {verdict:?}");
        }
    }
}

#[test]
fn should_refuse_a_proof_when_any_public_element_is_another_one() {
    refuse_changed(
        proved_note(),
        [
            |note| &mut note.commitment,
            |note| &mut note.nullifier,
            |note| &mut note.context_tag,
            |note| &mut note.signal,
        ],
    );
    refuse_changed(
        proved_member(),
        [
            |claim| &mut claim.root,
            |claim| &mut claim.nullifier,
            |claim| &mut claim.context_tag,
            |claim| &mut claim.signal,
        ],
    );
}

#[test]
fn should_refuse_a_proof_when_it_is_of_the_other_statement() {
    assert_eq!(verify(&proved_member().0, &proved_note().1), Err(Refusal::Parameters));
    assert_eq!(verify(&proved_note().0, &proved_member().1), Err(Refusal::Parameters));
}

#[test]
fn should_refuse_a_proof_when_its_protocol_is_weaker() {
    let (statement, columns) = note(1).columns(CONTEXT, SIGNAL, &mut randomness(1));
    let length = NoteCommitment::PROGRAM.length;
    let protocol = |queries, blowup, grinding, extension, batching| {
        ProofOptions::new(queries, blowup, grinding, extension, 8, length - 1, batching, batching)
    };
    let (cubic, linear) = (FieldExtension::Cubic, BatchingMethod::Linear);
    for (desc, weaker) in [
        ("fewer queries", protocol(QUERIES - 1, 64, GRINDING_BITS, cubic, linear)),
        ("a shorter code", protocol(QUERIES, 32, GRINDING_BITS, cubic, linear)),
        ("no work", protocol(QUERIES, 64, 0, cubic, linear)),
        ("small challenges", protocol(QUERIES, 64, GRINDING_BITS, FieldExtension::Quadratic, linear)),
        ("dependent challenges", protocol(QUERIES, 64, GRINDING_BITS, cubic, BatchingMethod::Horner)),
    ] {
        let proof = ChainProver::new(&statement, weaker.clone()).prove_columns(columns.clone()).unwrap();
        assert_eq!(plain_verify(statement, &proof, weaker), Ok(()), "{desc}");
        assert_eq!(verify(&statement, &proof), Err(Refusal::Parameters), "{desc}");
    }
}

/// The verifier of the library, without our checks.
fn plain_verify<S: Statement>(statement: S, proof: &[u8], options: ProofOptions) -> Result<(), String> {
    let proof = Proof::from_bytes(proof).unwrap();
    let accepted = AcceptableOptions::OptionSet(vec![options]);
    winter_verifier::verify::<ChainAir, Hash, Coin, Commitment>(proof, PublicInputs::of(&statement), &accepted)
        .map_err(|error| error.to_string())
}

#[test]
fn should_refuse_a_remainder_when_it_fits_the_queries_but_is_not_the_committed_one() {
    let (statement, proof) = proved_note();
    let length = NoteCommitment::PROGRAM.length;
    let remainder_bytes = length * Challenge::ELEMENT_BYTES;
    let at = proof.len() - 1 - size_of::<u64>() - remainder_bytes;
    let mut forged = proof.clone();
    // Zero wherever the verifier looks: the remainder changes, and no query sees it.
    let invisible = polynom::poly_from_roots(&queried(*statement, proof));
    let mut reversed = vec![Challenge::ZERO; length];
    reversed.iter_mut().rev().zip(&invisible).for_each(|(slot, value)| *slot = *value);
    let honest = Proof::from_bytes(proof).unwrap().fri_proof.parse_remainder::<Challenge>().unwrap();
    let changed: Vec<Challenge> = honest.iter().zip(&reversed).map(|(honest, change)| *honest + *change).collect();
    let encoded: Vec<u8> = changed.iter().flat_map(Serializable::to_bytes).collect();
    forged[at..at + remainder_bytes].copy_from_slice(&encoded);

    assert_ne!(&forged, proof);
    assert_eq!(plain_verify(*statement, &forged, options(length)), Ok(()), "the library is unaware");
    assert_eq!(verify(statement, &forged), Err(Refusal::Remainder));
}

/// The points at which the transcript opens the columns.
fn queried<S: Statement>(statement: S, proof: &[u8]) -> Vec<Challenge> {
    let air = ChainAir::of(&statement);
    let proof = Proof::from_bytes(proof).unwrap();
    let mut seed: Vec<Felt> = proof.context.to_elements();
    seed.extend(PublicInputs::of(&statement).to_elements());
    let mut coin = Coin::new(&seed);
    let (traces, composition, remainder) = proof.commitments.parse::<Hash>(1, 0).unwrap();
    let columns = air.context().num_constraint_composition_columns();
    let (trace, quotients) = proof.ood_frame.parse::<Challenge>(S::PROGRAM.width(), 0, columns).unwrap();
    coin.reseed(traces[0]);
    coin.reseed(composition);
    coin.reseed(Hash::hash_elements(&merge_ood_evaluations(&trace, &quotients)));
    coin.reseed(remainder[0]);
    let mut positions = coin.draw_integers(QUERIES, air.lde_domain_size(), proof.pow_nonce).unwrap();
    positions.sort_unstable();
    positions.dedup();
    let point = |position| Felt::GENERATOR * air.lde_domain_generator().exp_vartime(position);
    positions.into_iter().map(|position| Challenge::from(point(position as u64))).collect()
}

#[test]
fn should_refuse_bytes_when_they_are_cut_or_followed_by_others() {
    let (statement, proof) = proved_member();
    for length in (0..proof.len()).step_by(7).chain([proof.len() - 1]) {
        let verdict = verify(statement, &proof[..length]);
        assert!(matches!(verdict, Err(Refusal::Parameters | Refusal::Malformed { .. })), "{length}: {verdict:?}");
    }
    let mut followed = proof.clone();
    followed.push(0);
    assert_eq!(verify(statement, &followed), Err(Refusal::Malformed { part: "trailing bytes" }));
    followed.resize(MAX_PROOF_BYTES + 1, 0);
    assert_eq!(verify(statement, &followed), Err(Refusal::Oversized { length: MAX_PROOF_BYTES + 1 }));
}

#[test]
fn should_refuse_a_proof_when_a_byte_near_an_end_is_another_one() {
    let (statement, proof) = proved_note();
    for at in (0..400).chain(proof.len() - 400..proof.len()) {
        let mut changed = proof.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(verify(statement, &changed).is_err(), "{at}");
    }
}

#[test]
fn should_refuse_an_opening_when_nodes_or_leaves_are_left_over() {
    use crate::merkle::Tree;
    use winter_verifier::crypto::VectorCommitment;

    let leaves: Vec<_> = (0..8u8).map(|leaf| Hash::hash_elements(&[Felt::from(leaf)])).collect();
    let tree = <Tree as VectorCommitment<Hash>>::new(leaves).unwrap();
    let indexes = [1, 2, 3];
    let (items, opening) = tree.open_many(&indexes).unwrap();
    let check = |items: &[_], opening: &_| {
        <Tree as VectorCommitment<Hash>>::verify_many(tree.commitment(), &indexes, items, opening)
    };
    assert!(check(&items, &opening).is_ok());
    let surplus: Vec<_> = items.iter().chain(&items[..1]).copied().collect();
    assert!(check(&surplus, &opening).is_err());
    assert!(check(&items[..2], &opening).is_err());
    let (_, of_others) = tree.open_many(&[1, 2, 5]).unwrap();
    assert!(check(&items, &of_others).is_err());
}

proptest! {
    #[test]
    fn should_refuse_a_proof_when_a_bit_is_flipped(at in any::<prop::sample::Index>(), bit in 0..8) {
        let (statement, proof) = proved_note();
        let mut changed = proof.clone();
        changed[at.index(proof.len())] ^= 1u8 << bit;
        prop_assert!(verify(statement, &changed).is_err());
    }

    #[test]
    fn should_refuse_a_membership_when_a_run_of_bytes_is_another_one(
        at in any::<prop::sample::Index>(),
        bytes in vec(any::<u8>(), 1..200),
    ) {
        let (statement, proof) = proved_member();
        let mut changed = proof.clone();
        let at = at.index(proof.len());
        changed.iter_mut().skip(at).zip(&bytes).for_each(|(byte, other)| *byte = *other);
        prop_assert!(&changed == proof || verify(statement, &changed).is_err());
    }

    #[test]
    fn should_refuse_garbage_when_anything_is_sent(bytes in vec(any::<u8>(), 0..2_000)) {
        let (statement, proof) = proved_note();
        prop_assert!(verify(statement, &bytes).is_err());
        for kept in [29, 60, 200, 8_000] {
            let headed = [&proof[..kept], &bytes].concat();
            prop_assert!(verify(statement, &headed).is_err());
        }
    }

    #[test]
    fn should_read_back_a_word_when_it_is_canonical(bytes in any::<[u8; 32]>()) {
        match Word::from_bytes(&bytes) {
            Ok(word) => prop_assert!(word.to_bytes() == bytes),
            Err(_) => prop_assert!(bytes.as_chunks::<8>().0.iter().any(|limb| u64::from_le_bytes(*limb) >= Felt::MODULUS)),
        }
    }

    #[test]
    fn should_pack_numbers_apart_when_they_have_248_bits(mut one in any::<[u8; 32]>(), byte in 1..32usize, bit in 0..8) {
        one[0] = 0;
        let mut other = one;
        other[byte] ^= 1u8 << bit;
        prop_assert!(Word::of_h248(&one).unwrap() != Word::of_h248(&other).unwrap());
    }
}
