//! Traces: what was hashed, row by row.

use super::Randomness;
use crate::{
    chain::{CAPACITY, HASH_ROWS, Half, Program, STATE},
    options::Felt,
    word::{ELEMENTS, Word, felt_of_random},
};
use winter_verifier::{crypto::hashers::Rp64_256, math::FieldElement};

/// A trace, column by column.
pub(crate) type Columns = Vec<Vec<Felt>>;

/// Hashes, and writes down how.
#[derive(Default)]
pub(super) struct Recorder {
    states: Vec<[Felt; STATE]>,
    directions: Vec<Felt>,
}

impl Recorder {
    pub(super) fn hash(&mut self, left: Word, right: Word, from_right: bool) -> Word {
        let mut state = [Felt::ZERO; STATE];
        for (column, words) in [(0, CAPACITY), (Half::Left.column(), left.0), (Half::Right.column(), right.0)] {
            state[column..column + ELEMENTS].copy_from_slice(&words);
        }
        self.states.push(state);
        for round in 0..Rp64_256::NUM_ROUNDS {
            Rp64_256::apply_round(&mut state, round);
            self.states.push(state);
        }
        self.directions.extend([Felt::from(from_right); HASH_ROWS]);
        Word(std::array::from_fn(|element| state[Half::Left.column() + element]))
    }

    /// Fills what the program leaves open with random elements.
    pub(super) fn into_columns(self, program: &Program, kept: &[Word], randomness: Randomness<'_>) -> Columns {
        let mut random = |_| {
            let mut bytes = [0; 16];
            randomness(&mut bytes);
            felt_of_random(bytes)
        };
        let rows = program.rows();
        let mut columns: Columns =
            (0..STATE).map(|column| self.states.iter().map(|row| row[column]).collect()).collect();
        columns.extend(kept.iter().flat_map(|word| word.0).map(|element| vec![element; rows]));
        columns.extend(program.directed.then_some(self.directions));
        columns.resize(program.width(), Vec::new());
        for column in &mut columns {
            let missing = column.len()..program.length;
            column.extend(missing.map(&mut random));
        }
        columns
    }
}
