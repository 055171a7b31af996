use super::combination::Combination;
use super::{BatchError, BatchItem, MAX_BATCH_CIRCUITS, MAX_BATCH_ITEMS, coefficients, verify};
use crate::field::Fr;
use crate::groth16::simulator::Trapdoor;
use crate::groth16::test_fixtures::{PUB4_KEY, ark_proof, encode, key, pub4_batch};
use crate::groth16::{DecodedProof, PreparedKey, PublicInputs, RawProof, VerifyError};
use ark_bn254::{Bn254, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use ark_groth16::Proof;
use ark_serialize::Compress;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::Config;
use proptest::{prop_assert_eq, proptest};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static CIRCUITS: LazyLock<Vec<(Trapdoor, PreparedKey)>> = LazyLock::new(|| {
    [(1, 1), (4, 2), (2, 3)]
        .map(|(inputs, seed)| {
            let trapdoor = Trapdoor::new(inputs, seed);
            let key = PreparedKey::new(&trapdoor.verifying_key()).expect("a valid key");
            (trapdoor, key)
        })
        .into()
});

/// A statement of one of [`CIRCUITS`] and a proof.
struct Item {
    circuit: usize,
    inputs: Vec<Fr>,
    proof: DecodedProof,
}

impl Item {
    fn valid(circuit: usize, seed: u64) -> Self {
        let trapdoor = &CIRCUITS[circuit].0;
        // Of full size, and distinct for every seed.
        let inputs: Vec<Fr> = (1..trapdoor.inputs.len() as u64).map(|index| -Fr::from(index + 100 * seed)).collect();
        let proof = trapdoor.simulate(&inputs, seed);
        Self { circuit, inputs, proof }
    }

    fn key(&self) -> &'static PreparedKey {
        &CIRCUITS[self.circuit].1
    }

    fn as_batch_item(&self) -> BatchItem<'_> {
        BatchItem { key: self.key(), inputs: PublicInputs::new(self.inputs.clone()), proof: &self.proof }
    }

    fn change_proof(&mut self, change: impl FnOnce(&mut Proof<Bn254>)) {
        let mut proof = ark_proof(&self.proof);
        change(&mut proof);
        self.proof = RawProof::ArkUncompressed(&encode(&proof, Compress::No)).decode().expect("valid points");
    }
}

fn valid_items(count: usize) -> Vec<Item> {
    (0..count).map(|index| Item::valid(0, index as u64)).collect()
}

/// Makes an item invalid in one of the ways there are.
fn spoil(item: &mut Item, way: usize) {
    match way % 5 {
        0 => item.inputs[0] += Fr::ONE,
        1 => item.change_proof(|proof| proof.a = -proof.a),
        2 => item.change_proof(|proof| proof.b = -proof.b),
        3 => item.change_proof(|proof| proof.c = -proof.c),
        _ => item.change_proof(|proof| proof.c = (proof.c + G1Affine::generator()).into_affine()),
    }
}

fn accepted(items: &[Item]) -> Vec<bool> {
    let results = verify(items.iter().map(Item::as_batch_item).collect()).expect("few enough");
    for (item, result) in items.iter().zip(&results) {
        let alone = item.key().verify(PublicInputs::new(item.inputs.clone()), &item.proof);
        assert_eq!(result, &alone, "in a batch and alone");
    }
    results.iter().map(Result::is_ok).collect()
}

fn derive(items: &[Item]) -> Vec<u128> {
    let items: Vec<_> = items.iter().map(Item::as_batch_item).collect();
    coefficients::derive(&items.iter().collect::<Vec<_>>())
}

/// Whether the combined equation holds with these coefficients.
fn combined(items: &[Item], coefficients: &[u128]) -> bool {
    let items: Vec<_> = items.iter().map(Item::as_batch_item).collect();
    let combination = Combination::new(&items.iter().collect::<Vec<_>>(), coefficients);
    combination.part(0..items.len()).holds()
}

#[test]
fn should_accept_every_item_when_all_proofs_are_valid() {
    for count in 0..=9 {
        assert_eq!(accepted(&valid_items(count)), vec![true; count]);
    }
}

#[test]
fn should_accept_every_item_when_snarkjs_made_the_proofs() {
    let key = PreparedKey::new(&key(PUB4_KEY)).expect("a valid key");
    let batch = pub4_batch();
    let items = |inputs_of: fn(usize) -> usize| -> Vec<BatchItem<'_>> {
        (0..batch.len())
            .map(|index| BatchItem { key: &key, inputs: batch[inputs_of(index)].0.clone(), proof: &batch[index].1 })
            .collect()
    };
    let results = verify(items(|index| index)).expect("few enough");
    assert_eq!(results.len(), 128);
    for (result, (inputs, _)) in results.iter().zip(&batch) {
        let verified = result.as_ref().expect("valid");
        assert_eq!((verified.circuit(), verified.inputs()), (key.circuit(), inputs));
    }

    // Two neighbours with each other's inputs.
    let swapped = verify(items(|index| if index / 2 == 17 { index ^ 1 } else { index })).expect("few enough");
    let rejected: Vec<usize> = (0..128).filter(|index| swapped[*index].is_err()).collect();
    assert_eq!(rejected, [34, 35]);
}

#[test]
fn should_reject_just_the_one_when_the_item_at_any_position_is_bad() {
    for count in [2, 3, 7, 8] {
        for position in 0..count {
            let mut items = valid_items(count);
            spoil(&mut items[position], position);
            let expected: Vec<bool> = (0..count).map(|index| index != position).collect();
            assert_eq!(accepted(&items), expected, "{position} of {count}");
        }
    }
}

#[test]
fn should_reject_just_the_two_when_items_at_any_two_positions_are_bad() {
    let count = 7;
    for second in 0..count {
        for first in 0..second {
            let mut items = valid_items(count);
            spoil(&mut items[first], first);
            spoil(&mut items[second], second + 1);
            let expected: Vec<bool> = (0..count).map(|index| index != first && index != second).collect();
            assert_eq!(accepted(&items), expected, "{first} and {second}");
        }
    }
}

#[test]
fn should_reject_every_bad_item_when_the_budget_of_the_search_runs_out() {
    // Enough bad ones that halving alone would cost more than verifying each.
    for (count, every) in [(48, 1), (64, 3)] {
        let mut items = valid_items(count);
        for (index, item) in items.iter_mut().enumerate().step_by(every) {
            spoil(item, index);
        }
        let expected: Vec<bool> = (0..count).map(|index| index % every != 0).collect();
        assert_eq!(accepted(&items), expected, "{count}");
    }
}

#[test]
fn should_reject_both_when_two_errors_cancel_without_coefficients() {
    // Each has the other's C: what one equation lacks the other one has in excess.
    let mut swapped = valid_items(4);
    let (first, second) = (ark_proof(&swapped[1].proof).c, ark_proof(&swapped[2].proof).c);
    swapped[1].change_proof(|proof| proof.c = second);
    swapped[2].change_proof(|proof| proof.c = first);

    // The same with inputs.
    let mut traded = valid_items(4);
    traded[0].inputs[0] += Fr::ONE;
    traded[3].inputs[0] -= Fr::ONE;

    // Two proofs that miss the same amount in opposite directions.
    let mut shifted = valid_items(4);
    shifted[0].change_proof(|proof| proof.c = (proof.c + G1Affine::generator()).into_affine());
    shifted[1].change_proof(|proof| proof.c = (proof.c - G1Affine::generator()).into_affine());

    for (items, bad) in [(&swapped, [1, 2]), (&traded, [0, 3]), (&shifted, [0, 1])] {
        assert!(combined(items, &[1; 4]), "the errors cancel");
        assert!(!combined(items, &derive(items)));
        let expected: Vec<bool> = (0..4).map(|index| !bad.contains(&index)).collect();
        assert_eq!(accepted(items), expected);
    }
}

#[test]
fn should_reject_both_when_errors_cancel_for_coefficients_that_somebody_predicted() {
    let mut items = valid_items(2);
    let predicted = derive(&items);
    let ratio = Fr::from(predicted[0]) * Fr::from(predicted[1]).inverse().expect("not zero");
    items[0].change_proof(|proof| proof.c = (proof.c + G1Affine::generator()).into_affine());
    items[1].change_proof(|proof| proof.c = (proof.c - G1Affine::generator() * ratio).into_affine());
    assert!(combined(&items, &predicted), "the errors cancel for these");
    assert_eq!(accepted(&items), [false, false]);
}

#[test]
fn should_derive_other_coefficients_when_any_part_of_any_item_is_another_one() {
    let items = || vec![Item::valid(1, 1), Item::valid(1, 2), Item::valid(0, 3)];
    let original = derive(&items());
    assert_eq!(original, derive(&items()), "the same items have the same coefficients");
    assert_eq!(original.iter().collect::<BTreeSet<_>>().len(), 3, "each item has its own");

    let mut seen: BTreeSet<u128> = original.into_iter().collect();
    let mut expect_new = |what: &str, items: &[Item]| {
        for coefficient in derive(items) {
            assert!(seen.insert(coefficient), "{what}");
        }
    };
    for index in 0..3 {
        for way in 0..5 {
            let mut changed = items();
            spoil(&mut changed[index], way);
            expect_new("a part of an item", &changed);
        }
        let mut changed = items();
        *changed[index].inputs.last_mut().expect("an input") += Fr::from(2u8);
        expect_new("inputs", &changed);
    }
    let mut reordered = items();
    reordered.reverse();
    expect_new("the order", &reordered);
    expect_new("the number", &items()[..2]);
    // Same inputs and proof, another circuit.
    let mut rekeyed = vec![Item::valid(0, 1), Item::valid(0, 2)];
    let before = derive(&rekeyed);
    rekeyed[1].circuit = 2;
    assert!(derive(&rekeyed).iter().all(|coefficient| !before.contains(coefficient)), "the circuit");
}

#[test]
fn should_hold_for_valid_items_only_when_coefficients_are_extreme() {
    for coefficients in [[1, 1, 1], [u128::MAX; 3], [1, u128::MAX, 1 << 64], [u128::from(u64::MAX), 2, 1 << 127]] {
        let mut items = vec![Item::valid(0, 1), Item::valid(1, 2), Item::valid(0, 3)];
        assert!(combined(&items, &coefficients), "{coefficients:?}");
        spoil(&mut items[1], 0);
        assert!(!combined(&items, &coefficients), "{coefficients:?}");
    }
}

#[test]
fn should_report_a_wrong_number_of_inputs_when_the_other_items_are_fine() {
    let mut items = [Item::valid(0, 1), Item::valid(1, 2), Item::valid(1, 3), Item::valid(0, 4)];
    items[0].inputs.push(Fr::ONE);
    items[2].inputs.pop();
    let results = verify(items.iter().map(Item::as_batch_item).collect()).expect("few enough");
    assert_eq!(results[0], Err(VerifyError::WrongInputCount { expected: 1, actual: 2 }));
    assert_eq!(results[2], Err(VerifyError::WrongInputCount { expected: 4, actual: 3 }));
    assert!(results[1].is_ok() && results[3].is_ok());
}

#[test]
fn should_accept_both_when_one_item_comes_twice() {
    assert_eq!(accepted(&[Item::valid(1, 1), Item::valid(1, 1)]), [true, true]);
}

#[test]
fn should_decide_when_inputs_combine_to_infinity() {
    let mut trapdoor = Trapdoor::new(1, 4);
    // IC_1 = -IC_0 / 2, so that the input 2 cancels the constant.
    trapdoor.inputs[1] = -(trapdoor.inputs[0] * Fr::from(2u8).inverse().expect("not zero"));
    let key = PreparedKey::new(&trapdoor.verifying_key()).expect("a valid key");
    let proofs = [1, 2].map(|seed| trapdoor.simulate(&[Fr::from(2u8)], seed));
    for (input, valid) in [(2u8, true), (3, false)] {
        let items =
            proofs.iter().map(|proof| BatchItem { key: &key, inputs: PublicInputs::new(vec![Fr::from(input)]), proof });
        let results = verify(items.collect()).expect("few enough");
        assert!(results.iter().all(|result| result.is_ok() == valid), "{input}");
    }
}

#[test]
fn should_refuse_the_batch_when_it_has_too_many_items_or_circuits() {
    let item = Item::valid(0, 1);
    let many = (0..=MAX_BATCH_ITEMS).map(|_| item.as_batch_item()).collect();
    assert_eq!(verify(many).err(), Some(BatchError::TooManyItems { items: 513, limit: 512 }));

    let keys: Vec<PreparedKey> = (0..=MAX_BATCH_CIRCUITS as u64)
        .map(|seed| PreparedKey::new(&Trapdoor::new(1, 1_000 + seed).verifying_key()).expect("a valid key"))
        .collect();
    let items = keys.iter().map(|key| BatchItem { key, ..item.as_batch_item() }).collect();
    assert_eq!(verify(items).err(), Some(BatchError::TooManyCircuits { circuits: 65, limit: 64 }));
}

proptest! {
    #![proptest_config(Config::with_cases(24))]

    #[test]
    fn should_agree_with_verifying_alone_when_circuits_and_bad_items_are_random(
        kinds in vec((0..3usize, any::<bool>(), 0..5usize), 1..14),
    ) {
        let mut items = Vec::new();
        for (index, (circuit, bad, way)) in kinds.iter().enumerate() {
            let mut item = Item::valid(*circuit, index as u64);
            if *bad {
                spoil(&mut item, *way);
            }
            items.push(item);
        }
        let expected: Vec<bool> = kinds.iter().map(|(_, bad, _)| !bad).collect();
        prop_assert_eq!(accepted(&items), expected);
    }
}
