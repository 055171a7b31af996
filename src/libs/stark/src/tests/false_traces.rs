//! For every constraint and every assertion there is a trace that breaks it and nothing else: without it, a false
//! statement would be proved. The prover proves each such trace, and the verifier refuses the proof.

use super::fixtures::{CONTEXT, SIGNAL, member, note, randomness};
use crate::{
    chain::{ChainAir, HASH_ROWS, Half, Part, Program, STATE},
    options::{Felt, options},
    prove::{ChainProver, Columns},
    statement::{Membership, NoteCommitment, Statement, TREE_DEPTH},
    verifier::{Refusal, verify},
    word::{ELEMENTS, Word},
};
use std::array;
use winter_air::{Air, EvaluationFrame};
use winter_verifier::{crypto::hashers::Rp64_256, math::FieldElement};

/// What a trace breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    Transition(usize),
    Assertion(usize),
}

fn row_of(columns: &Columns, row: usize) -> Vec<Felt> {
    columns.iter().map(|column| column[row]).collect()
}

/// Everything that the trace breaks, once each.
fn broken<S: Statement>(statement: S, columns: &Columns) -> Vec<Broken> {
    let air = ChainAir::of(&statement);
    let periodic = air.get_periodic_column_values();
    let constraints = air.context().num_transition_constraints();
    let mut violated = vec![false; constraints];
    for row in 0..S::PROGRAM.length - 1 {
        let frame = EvaluationFrame::from_rows(row_of(columns, row), row_of(columns, row + 1));
        let periodic: Vec<Felt> = periodic.iter().map(|values| values[row % values.len()]).collect();
        let mut results = vec![Felt::ZERO; constraints];
        air.evaluate_transition(&frame, &periodic, &mut results);
        for (violated, result) in violated.iter_mut().zip(results) {
            *violated |= result != Felt::ZERO;
        }
    }
    let transitions = (0..constraints).filter(|index| violated[*index]).map(Broken::Transition);
    let assertions = air.get_assertions();
    let differs = |index: &usize| {
        let assertion = &assertions[*index];
        columns[assertion.column()][assertion.first_step()] != assertion.values()[0]
    };
    transitions.chain((0..assertions.len()).filter(differs).map(Broken::Assertion)).collect()
}

/// Hashes on from a row as an honest machine would, taking what is in the trace where inputs are free.
fn hash_on<S: Statement>(columns: &mut Columns, from: usize) {
    let program = S::PROGRAM;
    for row in from..program.rows() - 1 {
        let state: [Felt; STATE] = array::from_fn(|column| columns[column][row]);
        let step = row % HASH_ROWS;
        if step < HASH_ROWS - 1 {
            let mut next = state;
            Rp64_256::apply_round(&mut next, step);
            next.iter().enumerate().for_each(|(column, value)| columns[column][row + 1] = *value);
        } else if !program.starts.contains(&((row + 1) / HASH_ROWS)) {
            let right = program.directed && columns[program.direction_column()][row + 1] == Felt::ONE;
            let half = if right { Half::Right } else { Half::Left };
            for element in 0..ELEMENTS {
                columns[half.column() + element][row + 1] = state[Half::Left.column() + element];
            }
        }
    }
}

fn result(columns: &Columns, hash: usize) -> Word {
    let row = Program::result_row(hash);
    Word(array::from_fn(|element| columns[Half::Left.column() + element][row]))
}

fn bump(columns: &mut Columns, column: usize, row: usize) {
    columns[column][row] += Felt::ONE;
}

/// Goes wrong in one element of a round, and hashes on.
fn break_round<S: Statement>(columns: &mut Columns, element: usize, row: usize) {
    // The second half of a round is linear, so another power before it is another column of the matrix after it.
    for (column, factors) in columns.iter_mut().zip(&Rp64_256::MDS) {
        column[row + 1] += factors[element];
    }
    hash_on::<S>(columns, row + 1);
}

fn refuse<S: Statement>(statement: S, columns: Columns, expected: Broken) {
    assert_eq!(broken(statement, &columns), [expected], "the trace breaks something else");
    let proof = ChainProver::new(&statement, options(S::PROGRAM.length)).prove_columns(columns).unwrap();
    let verdict = verify(&statement, &proof);
    assert!(matches!(verdict, Err(Refusal::Invalid { .. })), "{expected:?}: {verdict:?}");
}

/// The statement that the trace ends in, whatever happened on the way.
fn note_of(columns: &Columns) -> NoteCommitment {
    NoteCommitment {
        commitment: result(columns, 5),
        nullifier: result(columns, 2),
        context_tag: CONTEXT,
        signal: SIGNAL,
    }
}

fn member_of(columns: &Columns) -> Membership {
    let root = result(columns, 1 + TREE_DEPTH);
    Membership { root, nullifier: result(columns, 0), context_tag: CONTEXT, signal: SIGNAL }
}

fn note_columns() -> Columns {
    note(1).columns(CONTEXT, SIGNAL, &mut randomness(1)).1
}

fn member_columns() -> Columns {
    member(5).columns(CONTEXT, SIGNAL, &mut randomness(1)).1
}

/// A false trace for each transition constraint, in their order.
fn false_traces<S: Statement>(honest: fn() -> Columns) -> Vec<Columns> {
    let program = S::PROGRAM;
    let mut traces: Vec<Columns> = Vec::new();
    let mut add = |falsify: &dyn Fn(&mut Columns)| {
        let mut columns = honest();
        falsify(&mut columns);
        traces.push(columns);
    };
    let last = program.hashes - 1;
    for element in 0..STATE {
        add(&|columns| break_round::<S>(columns, element, Program::input_row(last) + element % 7));
    }
    for element in 0..ELEMENTS {
        add(&|columns| {
            bump(columns, element, Program::input_row(last));
            hash_on::<S>(columns, Program::input_row(last));
        });
    }
    for element in 0..ELEMENTS {
        add(&|columns| {
            let row = Program::input_row(last);
            let right = program.directed && columns[program.direction_column()][row] == Felt::ONE;
            let half = if right { Half::Right } else { Half::Left };
            bump(columns, half.column() + element, row);
            hash_on::<S>(columns, row);
        });
    }
    // A kept word that changes before it is taken again.
    for word in 0..program.words {
        let load = program.loads.iter().find(|load| load.word == word).expect("every word is taken");
        let again = Program::input_row(load.hashes[1]);
        for element in 0..ELEMENTS {
            add(&|columns| {
                let column = program.word_column(word) + element;
                for row in again..program.rows() {
                    bump(columns, column, row);
                }
                bump(columns, load.half.column() + element, again);
                hash_on::<S>(columns, again);
            });
        }
    }
    for load in program.loads {
        for element in 0..ELEMENTS {
            add(&|columns| {
                let row = Program::input_row(load.hashes[1]);
                bump(columns, load.half.column() + element, row);
                hash_on::<S>(columns, row);
            });
        }
    }
    if program.directed {
        // Direction two: the left half is twice the right one less the digest, so that neither is the digest.
        add(&|columns| {
            let row = Program::input_row(last);
            let two = Felt::from(2u8);
            columns[program.direction_column()][row] = two;
            for element in 0..ELEMENTS {
                let digest = columns[Half::Left.column() + element][row - 1];
                let right = digest + Felt::from(3u8);
                columns[Half::Right.column() + element][row] = right;
                columns[Half::Left.column() + element][row] = two * right - digest;
            }
            hash_on::<S>(columns, row);
        });
    }
    traces
}

fn refuse_false_transitions<S: Statement>(honest: fn() -> Columns, claim: fn(&Columns) -> S) {
    let traces = false_traces::<S>(honest);
    assert_eq!(traces.len(), ChainAir::of(&claim(&honest())).context().num_transition_constraints());
    for (index, columns) in traces.into_iter().enumerate() {
        refuse(claim(&columns), columns, Broken::Transition(index));
    }
}

/// For each asserted element, a trace in which it is another one, and the claim of everything else in that trace.
fn refuse_false_assertions<S: Statement>(
    honest: fn() -> Columns,
    claim: fn(&Columns) -> S,
    outcomes: fn(&mut S) -> [(usize, &mut Word); 2],
) {
    let places = claim(&honest()).places();
    for (index, place) in places.iter().enumerate() {
        for element in 0..ELEMENTS {
            let mut columns = honest();
            let mut statement = claim(&columns);
            let (row, column) = place.row_and_column();
            match place.of {
                Part::Input(_) => {
                    bump(&mut columns, column + element, row);
                    hash_on::<S>(&mut columns, row);
                    statement = claim(&columns);
                }
                // Nothing but the claim is false.
                Part::Result => {
                    for (hash, outcome) in outcomes(&mut statement) {
                        outcome.0[element] += Felt::from(u8::from(hash == place.hash));
                    }
                }
            }
            refuse(statement, columns, Broken::Assertion(index * ELEMENTS + element));
        }
    }
}

#[test]
fn should_break_nothing_when_a_trace_is_honest() {
    let columns = note_columns();
    assert_eq!(broken(note_of(&columns), &columns), []);
    assert_eq!(note_of(&columns), note(1).statement(CONTEXT, SIGNAL));
    let columns = member_columns();
    assert_eq!(broken(member_of(&columns), &columns), []);
    assert_eq!(member_of(&columns), member(5).statement(CONTEXT, SIGNAL));
}

#[test]
fn should_refuse_a_note_when_one_transition_is_false() {
    refuse_false_transitions(note_columns, note_of);
}

#[test]
fn should_refuse_a_member_when_one_transition_is_false() {
    refuse_false_transitions(member_columns, member_of);
}

#[test]
fn should_refuse_a_note_when_one_asserted_element_is_false() {
    refuse_false_assertions(note_columns, note_of, |note| [(2, &mut note.nullifier), (5, &mut note.commitment)]);
}

#[test]
fn should_refuse_a_member_when_one_asserted_element_is_false() {
    refuse_false_assertions(member_columns, member_of, |member| {
        [(0, &mut member.nullifier), (1 + TREE_DEPTH, &mut member.root)]
    });
}
