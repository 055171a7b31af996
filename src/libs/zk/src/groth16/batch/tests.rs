use super::combination::Combination;
use super::{BatchError, BatchItem, MAX_BATCH_CIRCUITS, MAX_BATCH_ITEMS, coefficients, verify};
use crate::groth16::curve::{Curve, G1, G2};
use crate::groth16::simulator::SetUp;
use crate::groth16::test_fixtures::{PUB4_KEY, key, pub4_batch};
use crate::groth16::{Bls12_381, Bn254, DecodedProof, PreparedKey, PublicInputs, VerifyError};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::Config;
use proptest::{prop_assert_eq, proptest};
use std::collections::BTreeSet;
use std::sync::LazyLock;

type Circuits<C> = LazyLock<Vec<(SetUp<C>, PreparedKey<C>)>>;

/// A curve with circuits of 1, 4 and 2 inputs.
trait Tested: Curve {
    fn circuits() -> &'static [(SetUp<Self>, PreparedKey<Self>)];
}

fn circuits<C: Curve>() -> Vec<(SetUp<C>, PreparedKey<C>)> {
    [(1, 1), (4, 2), (2, 3)]
        .map(|(inputs, seed)| {
            let set_up = SetUp::new(inputs, seed);
            let key = PreparedKey::new(&set_up.verifying_key()).expect("a valid key");
            (set_up, key)
        })
        .into()
}

impl Tested for Bn254 {
    fn circuits() -> &'static [(SetUp<Self>, PreparedKey<Self>)] {
        static CIRCUITS: Circuits<Bn254> = LazyLock::new(circuits);
        &CIRCUITS
    }
}

impl Tested for Bls12_381 {
    fn circuits() -> &'static [(SetUp<Self>, PreparedKey<Self>)] {
        static CIRCUITS: Circuits<Bls12_381> = LazyLock::new(circuits);
        &CIRCUITS
    }
}

/// Every test below runs on both curves.
macro_rules! on_both_curves {
    ($($test:ident)+) => {
        mod bn254 {
            $(#[test] fn $test() { super::$test::<super::Bn254>() })+
        }
        mod bls12_381 {
            $(#[test] fn $test() { super::$test::<super::Bls12_381>() })+
        }
    };
}

on_both_curves! {
    should_accept_every_item_when_all_proofs_are_valid
    should_reject_just_the_one_when_the_item_at_any_position_is_bad
    should_reject_just_the_two_when_items_at_any_two_positions_are_bad
    should_reject_every_bad_item_when_the_budget_of_the_search_runs_out
    should_reject_both_when_two_errors_cancel_without_coefficients
    should_reject_both_when_errors_cancel_for_coefficients_that_somebody_predicted
    should_derive_other_coefficients_when_any_part_of_any_item_is_another_one
    should_hold_for_valid_items_only_when_coefficients_are_extreme
    should_report_a_wrong_number_of_inputs_when_the_other_items_are_fine
    should_accept_both_when_one_item_comes_twice
    should_decide_when_inputs_combine_to_infinity
    should_refuse_the_batch_when_it_has_too_many_items_or_circuits
    should_agree_with_verifying_alone_when_circuits_and_bad_items_are_random
}

/// A statement of one of the circuits and a proof.
struct Item<C: Curve> {
    circuit: usize,
    inputs: Vec<C::Scalar>,
    proof: DecodedProof<C>,
}

/// The points of a proof.
struct Points<C: Curve> {
    a: G1<C>,
    b: G2<C>,
    c: G1<C>,
}

impl<C: Tested> Item<C> {
    fn valid(circuit: usize, seed: u64) -> Self {
        let set_up = &C::circuits()[circuit].0;
        // Of full size, and distinct for every seed.
        let inputs: Vec<C::Scalar> =
            (1..set_up.inputs.len() as u64).map(|index| -C::Scalar::from(index + 100 * seed)).collect();
        let proof = set_up.simulate(&inputs, seed);
        Self { circuit, inputs, proof }
    }

    fn key(&self) -> &'static PreparedKey<C> {
        &C::circuits()[self.circuit].1
    }

    fn as_batch_item(&self) -> BatchItem<'_, C> {
        BatchItem { key: self.key(), inputs: PublicInputs::new(self.inputs.clone()), proof: &self.proof }
    }

    fn change_proof(&mut self, change: impl FnOnce(&mut Points<C>)) {
        let mut points = Points::<C> { a: self.proof.a, b: self.proof.b, c: self.proof.c };
        change(&mut points);
        let Points { a, b, c } = points;
        self.proof = DecodedProof::new(a, (b, C::lines(&b).expect("in the subgroup")), c);
    }
}

fn valid_items<C: Tested>(count: usize) -> Vec<Item<C>> {
    (0..count).map(|index| Item::<C>::valid(0, index as u64)).collect()
}

/// Makes an item invalid in one of the ways there are.
fn spoil<C: Tested>(item: &mut Item<C>, way: usize) {
    match way % 5 {
        0 => item.inputs[0] += C::Scalar::ONE,
        1 => item.change_proof(|proof| proof.a = -proof.a),
        2 => item.change_proof(|proof| proof.b = -proof.b),
        3 => item.change_proof(|proof| proof.c = -proof.c),
        _ => item.change_proof(|proof| proof.c = (proof.c + G1::<C>::generator()).into_affine()),
    }
}

fn accepted<C: Tested>(items: &[Item<C>]) -> Vec<bool> {
    let results = verify(items.iter().map(Item::as_batch_item).collect()).expect("few enough");
    for (item, result) in items.iter().zip(&results) {
        let alone = item.key().verify(PublicInputs::new(item.inputs.clone()), &item.proof);
        assert_eq!(result, &alone, "in a batch and alone");
    }
    results.iter().map(Result::is_ok).collect()
}

fn derive<C: Tested>(items: &[Item<C>]) -> Vec<u128> {
    let items: Vec<_> = items.iter().map(Item::as_batch_item).collect();
    coefficients::derive(&items.iter().collect::<Vec<_>>())
}

/// Whether the combined equation holds with these coefficients.
fn combined<C: Tested>(items: &[Item<C>], coefficients: &[u128]) -> bool {
    let items: Vec<_> = items.iter().map(Item::as_batch_item).collect();
    let combination = Combination::new(&items.iter().collect::<Vec<_>>(), coefficients);
    combination.part(0..items.len()).holds()
}

fn should_accept_every_item_when_all_proofs_are_valid<C: Tested>() {
    for count in 0..=9 {
        assert_eq!(accepted(&valid_items::<C>(count)), vec![true; count]);
    }
}

#[test]
fn should_accept_every_item_when_snarkjs_made_the_proofs() {
    let key = PreparedKey::new(&key(PUB4_KEY)).expect("a valid key");
    let batch = pub4_batch();
    let items = |inputs_of: fn(usize) -> usize| -> Vec<BatchItem<'_, Bn254>> {
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

fn should_reject_just_the_one_when_the_item_at_any_position_is_bad<C: Tested>() {
    for count in [2, 3, 7, 8] {
        for position in 0..count {
            let mut items = valid_items::<C>(count);
            spoil(&mut items[position], position);
            let expected: Vec<bool> = (0..count).map(|index| index != position).collect();
            assert_eq!(accepted(&items), expected, "{position} of {count}");
        }
    }
}

fn should_reject_just_the_two_when_items_at_any_two_positions_are_bad<C: Tested>() {
    let count = 7;
    for second in 0..count {
        for first in 0..second {
            let mut items = valid_items::<C>(count);
            spoil(&mut items[first], first);
            spoil(&mut items[second], second + 1);
            let expected: Vec<bool> = (0..count).map(|index| index != first && index != second).collect();
            assert_eq!(accepted(&items), expected, "{first} and {second}");
        }
    }
}

fn should_reject_every_bad_item_when_the_budget_of_the_search_runs_out<C: Tested>() {
    // Enough bad ones that halving alone would cost more than verifying each.
    for (count, every) in [(48, 1), (64, 3)] {
        let mut items = valid_items::<C>(count);
        for (index, item) in items.iter_mut().enumerate().step_by(every) {
            spoil(item, index);
        }
        let expected: Vec<bool> = (0..count).map(|index| index % every != 0).collect();
        assert_eq!(accepted(&items), expected, "{count}");
    }
}

fn should_reject_both_when_two_errors_cancel_without_coefficients<C: Tested>() {
    // Each has the other's C: what one equation lacks the other one has in excess.
    let mut swapped = valid_items::<C>(4);
    let (first, second) = (swapped[1].proof.c, swapped[2].proof.c);
    swapped[1].change_proof(|proof| proof.c = second);
    swapped[2].change_proof(|proof| proof.c = first);

    // The same with inputs.
    let mut traded = valid_items::<C>(4);
    traded[0].inputs[0] += C::Scalar::ONE;
    traded[3].inputs[0] -= C::Scalar::ONE;

    // Two proofs that miss the same amount in opposite directions.
    let mut shifted = valid_items::<C>(4);
    shifted[0].change_proof(|proof| proof.c = (proof.c + G1::<C>::generator()).into_affine());
    shifted[1].change_proof(|proof| proof.c = (proof.c - G1::<C>::generator()).into_affine());

    for (items, bad) in [(&swapped, [1, 2]), (&traded, [0, 3]), (&shifted, [0, 1])] {
        assert!(combined(items, &[1; 4]), "the errors cancel");
        assert!(!combined(items, &derive(items)));
        let expected: Vec<bool> = (0..4).map(|index| !bad.contains(&index)).collect();
        assert_eq!(accepted(items), expected);
    }
}

fn should_reject_both_when_errors_cancel_for_coefficients_that_somebody_predicted<C: Tested>() {
    let mut items = valid_items::<C>(2);
    let predicted = derive(&items);
    let ratio = C::Scalar::from(predicted[0]) * C::Scalar::from(predicted[1]).inverse().expect("not zero");
    items[0].change_proof(|proof| proof.c = (proof.c + G1::<C>::generator()).into_affine());
    items[1].change_proof(|proof| proof.c = (proof.c - G1::<C>::generator() * ratio).into_affine());
    assert!(combined(&items, &predicted), "the errors cancel for these");
    assert_eq!(accepted(&items), [false, false]);
}

fn should_derive_other_coefficients_when_any_part_of_any_item_is_another_one<C: Tested>() {
    let items = || vec![Item::<C>::valid(1, 1), Item::<C>::valid(1, 2), Item::<C>::valid(0, 3)];
    let original = derive(&items());
    assert_eq!(original, derive(&items()), "the same items have the same coefficients");
    assert_eq!(original.iter().collect::<BTreeSet<_>>().len(), 3, "each item has its own");

    let mut seen: BTreeSet<u128> = original.into_iter().collect();
    let mut expect_new = |what: &str, items: &[Item<C>]| {
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
        *changed[index].inputs.last_mut().expect("an input") += C::Scalar::from(2u8);
        expect_new("inputs", &changed);
    }
    let mut reordered = items();
    reordered.reverse();
    expect_new("the order", &reordered);
    expect_new("the number", &items()[..2]);
    // Same inputs and proof, another circuit.
    let mut rekeyed = vec![Item::<C>::valid(0, 1), Item::<C>::valid(0, 2)];
    let before = derive(&rekeyed);
    rekeyed[1].circuit = 2;
    assert!(derive(&rekeyed).iter().all(|coefficient| !before.contains(coefficient)), "the circuit");
}

fn should_hold_for_valid_items_only_when_coefficients_are_extreme<C: Tested>() {
    for coefficients in [[1, 1, 1], [u128::MAX; 3], [1, u128::MAX, 1 << 64], [u128::from(u64::MAX), 2, 1 << 127]] {
        let mut items = vec![Item::<C>::valid(0, 1), Item::<C>::valid(1, 2), Item::<C>::valid(0, 3)];
        assert!(combined(&items, &coefficients), "{coefficients:?}");
        spoil(&mut items[1], 0);
        assert!(!combined(&items, &coefficients), "{coefficients:?}");
    }
}

fn should_report_a_wrong_number_of_inputs_when_the_other_items_are_fine<C: Tested>() {
    let mut items = [Item::<C>::valid(0, 1), Item::<C>::valid(1, 2), Item::<C>::valid(1, 3), Item::<C>::valid(0, 4)];
    items[0].inputs.push(C::Scalar::ONE);
    items[2].inputs.pop();
    let results = verify(items.iter().map(Item::as_batch_item).collect()).expect("few enough");
    assert_eq!(results[0], Err(VerifyError::WrongInputCount { expected: 1, actual: 2 }));
    assert_eq!(results[2], Err(VerifyError::WrongInputCount { expected: 4, actual: 3 }));
    assert!(results[1].is_ok() && results[3].is_ok());
}

fn should_accept_both_when_one_item_comes_twice<C: Tested>() {
    assert_eq!(accepted(&[Item::<C>::valid(1, 1), Item::<C>::valid(1, 1)]), [true, true]);
}

fn should_decide_when_inputs_combine_to_infinity<C: Tested>() {
    let mut trapdoor = SetUp::<C>::new(1, 4);
    // IC_1 = -IC_0 / 2, so that the input 2 cancels the constant.
    trapdoor.inputs[1] = -(trapdoor.inputs[0] * C::Scalar::from(2u8).inverse().expect("not zero"));
    let key = PreparedKey::new(&trapdoor.verifying_key()).expect("a valid key");
    let proofs = [1, 2].map(|seed| trapdoor.simulate(&[C::Scalar::from(2u8)], seed));
    for (input, valid) in [(2u8, true), (3, false)] {
        let items = proofs.iter().map(|proof| BatchItem {
            key: &key,
            inputs: PublicInputs::new(vec![C::Scalar::from(input)]),
            proof,
        });
        let results = verify(items.collect()).expect("few enough");
        assert!(results.iter().all(|result| result.is_ok() == valid), "{input}");
    }
}

fn should_refuse_the_batch_when_it_has_too_many_items_or_circuits<C: Tested>() {
    let item = Item::<C>::valid(0, 1);
    let many = (0..=MAX_BATCH_ITEMS).map(|_| item.as_batch_item()).collect();
    assert_eq!(verify(many).err(), Some(BatchError::TooManyItems { items: 513, limit: 512 }));

    let keys: Vec<PreparedKey<C>> = (0..=MAX_BATCH_CIRCUITS as u64)
        .map(|seed| PreparedKey::new(&SetUp::<C>::new(1, 1_000 + seed).verifying_key()).expect("a valid key"))
        .collect();
    let items = keys.iter().map(|key| BatchItem { key, ..item.as_batch_item() }).collect();
    assert_eq!(verify(items).err(), Some(BatchError::TooManyCircuits { circuits: 65, limit: 64 }));
}

fn should_agree_with_verifying_alone_when_circuits_and_bad_items_are_random<C: Tested>() {
    let kinds = vec((0..3usize, any::<bool>(), 0..5usize), 1..14);
    proptest!(Config::with_cases(24), |(kinds in kinds)| {
        let mut items = Vec::<Item<C>>::new();
        for (index, (circuit, bad, way)) in kinds.iter().enumerate() {
            let mut item = Item::valid(*circuit, index as u64);
            if *bad {
                spoil(&mut item, *way);
            }
            items.push(item);
        }
        let expected: Vec<bool> = kinds.iter().map(|(_, bad, _)| !bad).collect();
        prop_assert_eq!(accepted(&items), expected);
    });
}
