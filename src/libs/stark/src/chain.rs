//! The machine of both statements: hashes in sequence, words that they share, and the constraints that say so.
//!
//! A hash takes eight rows of the twelve columns of a Rescue-Prime state: the input, then the state after each of the
//! seven rounds. Words that several hashes take are kept in columns of their own. Rows after the last hash, and the
//! last three columns, are random: they keep openings of the columns from being readings of the witness.

use crate::{
    options::{Felt, options},
    statement::Statement,
    word::{ELEMENTS, Word},
};
use std::array;
use winter_air::{Air, AirContext, Assertion, EvaluationFrame, ProofOptions, TraceInfo, TransitionConstraintDegree};
use winter_verifier::{
    crypto::hashers::Rp64_256,
    math::{FieldElement, ToElements},
};

/// Columns of a hash state.
pub const STATE: usize = Rp64_256::STATE_WIDTH;
/// Rows of a hash.
pub const HASH_ROWS: usize = Rp64_256::NUM_ROUNDS + 1;
/// Columns without meaning: as many as a challenge has elements.
pub const MASKS: usize = 3;
/// What the first four columns hold at the beginning of a hash: the number of hashed elements, and zeros.
pub const CAPACITY: [Felt; ELEMENTS] = Word::constant(8).0;
/// The S-box.
const ALPHA: u32 = 7;

/// One of the two words that a hash takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The first; also where the result appears.
    Left,
    /// The second.
    Right,
}

impl Half {
    /// Its first column.
    #[must_use]
    pub const fn column(self) -> usize {
        match self {
            Self::Left => ELEMENTS,
            Self::Right => 2 * ELEMENTS,
        }
    }
}

/// Hashes that take a kept word.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Which word.
    pub word: usize,
    /// Which half takes it.
    pub half: Half,
    /// Of which hashes.
    pub hashes: &'static [usize],
}

/// What is hashed with what.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Hashes in sequence.
    pub hashes: usize,
    /// Rows of the trace: a power of two that leaves room for random ones.
    pub length: usize,
    /// Words that are kept.
    pub words: usize,
    /// Where they are taken.
    pub loads: &'static [Load],
    /// Hashes that do not take the result of the one before.
    pub starts: &'static [usize],
    /// Whether a witness chooses the half that takes it; otherwise the left one does.
    pub directed: bool,
}

impl Program {
    /// Rows that mean something.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.hashes * HASH_ROWS
    }

    /// The first column of a kept word.
    #[must_use]
    pub const fn word_column(&self, word: usize) -> usize {
        STATE + word * ELEMENTS
    }

    /// The column of directions, if the program has them.
    #[must_use]
    pub const fn direction_column(&self) -> usize {
        self.word_column(self.words)
    }

    /// All columns.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.direction_column() + self.directed as usize + MASKS
    }

    /// The first row of a hash.
    #[must_use]
    pub const fn input_row(hash: usize) -> usize {
        hash * HASH_ROWS
    }

    /// The row where the result of a hash appears.
    #[must_use]
    pub const fn result_row(hash: usize) -> usize {
        Self::input_row(hash) + HASH_ROWS - 1
    }

    fn info(&self) -> TraceInfo {
        TraceInfo::new(self.width(), self.length)
    }

    fn degrees(&self) -> Vec<TransitionConstraintDegree> {
        let gated = |degree| TransitionConstraintDegree::with_cycles(degree, vec![self.length]);
        let mut degrees = vec![gated(ALPHA as usize); STATE];
        degrees.extend(vec![gated(1); ELEMENTS]);
        degrees.extend(vec![gated(1 + usize::from(self.directed)); ELEMENTS]);
        degrees.extend(vec![gated(1); ELEMENTS * (self.words + self.loads.len())]);
        degrees.extend(self.directed.then(|| gated(2)));
        degrees
    }

    /// Columns that are the same for every witness: round constants, then which constraints hold where.
    fn periodic_columns(&self) -> Vec<Vec<Felt>> {
        let mut columns = Vec::new();
        for constants in [Rp64_256::ARK1, Rp64_256::ARK2] {
            for element in 0..STATE {
                columns.push(
                    (0..HASH_ROWS).map(|row| constants.get(row).map_or(Felt::ZERO, |round| round[element])).collect(),
                );
            }
        }
        let rows = self.rows();
        let is_last_of_hash = |row: usize| row % HASH_ROWS == HASH_ROWS - 1;
        let mut select = |holds: &dyn Fn(usize) -> bool| {
            columns.push((0..self.length).map(|row| Felt::from(u8::from(row < rows && holds(row)))).collect());
        };
        select(&|row| !is_last_of_hash(row));
        select(&|row| row % HASH_ROWS == 0);
        select(&|row| is_last_of_hash(row) && row + 1 < rows && !self.starts.contains(&((row + 1) / HASH_ROWS)));
        select(&|row| row + 1 < rows);
        for load in self.loads {
            select(&|row| row % HASH_ROWS == 0 && load.hashes.contains(&(row / HASH_ROWS)));
        }
        columns
    }

    fn evaluate<E: FieldElement<BaseField = Felt>>(&self, now: &[E], next: &[E], periodic: &[E], result: &mut [E]) {
        let (constants, selectors) = periodic.split_at(2 * STATE);
        let [is_round, is_input, is_link, is_kept, is_load @ ..] = selectors else {
            return;
        };
        let mut results = result.iter_mut();
        let mut require = |value: E| results.by_ref().take(1).for_each(|result| *result = value);

        // Half a round forwards from one row meets half a round backwards from the next: both have degree 7.
        let powers: [E; STATE] = array::from_fn(|column| now[column].exp(ALPHA.into()));
        let undone: [E; STATE] = array::from_fn(|column| next[column] - constants[STATE + column]);
        let forwards = multiply(&Rp64_256::MDS, &powers);
        let backwards = multiply(&Rp64_256::INV_MDS, &undone);
        for column in 0..STATE {
            require(*is_round * (forwards[column] + constants[column] - backwards[column].exp(ALPHA.into())));
        }
        for (column, value) in CAPACITY.into_iter().enumerate() {
            require(*is_input * (now[column] - E::from(value)));
        }
        let direction = if self.directed { next[self.direction_column()] } else { E::ZERO };
        for element in 0..ELEMENTS {
            let digest = now[Half::Left.column() + element];
            let left = next[Half::Left.column() + element];
            let right = next[Half::Right.column() + element];
            require(*is_link * (left - digest + direction * (right - left)));
        }
        for column in self.word_column(0)..self.direction_column() {
            require(*is_kept * (next[column] - now[column]));
        }
        for (load, is_load) in self.loads.iter().zip(is_load) {
            for element in 0..ELEMENTS {
                let (half, word) = (load.half.column() + element, self.word_column(load.word) + element);
                require(*is_load * (now[half] - now[word]));
            }
        }
        if self.directed {
            require(*is_link * direction * (direction - E::ONE));
        }
    }
}

fn multiply<E: FieldElement<BaseField = Felt>>(matrix: &[[Felt; STATE]; STATE], vector: &[E; STATE]) -> [E; STATE] {
    array::from_fn(|row| {
        matrix[row].iter().zip(vector).fold(E::ZERO, |sum, (factor, value)| sum + value.mul_base(*factor))
    })
}

/// A value that a statement puts in a place of the trace.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Which hash.
    pub hash: usize,
    /// An input, or the result.
    pub of: Part,
    /// What is there.
    pub word: Word,
}

/// See [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A word that is hashed.
    Input(Half),
    /// What comes out.
    Result,
}

impl Place {
    /// The row, and the first of four columns.
    #[must_use]
    pub const fn row_and_column(&self) -> (usize, usize) {
        match self.of {
            Part::Input(half) => (Program::input_row(self.hash), half.column()),
            Part::Result => (Program::result_row(self.hash), Half::Left.column()),
        }
    }
}

/// A statement, without its type: code for every type of it would be most of a canister.
#[derive(Clone, Debug)]
pub struct PublicInputs {
    program: Program,
    elements: Vec<Felt>,
    places: Vec<Place>,
}

impl PublicInputs {
    /// All of a statement.
    #[must_use]
    pub fn of<S: Statement>(statement: &S) -> Self {
        let mut elements = S::TAG.0.to_vec();
        elements.extend(statement.words().iter().flat_map(|word| word.0));
        Self { program: S::PROGRAM, elements, places: statement.places() }
    }
}

/// What every challenge depends on.
impl ToElements<Felt> for PublicInputs {
    fn to_elements(&self) -> Vec<Felt> {
        self.elements.clone()
    }
}

/// The constraints of a statement.
pub struct ChainAir {
    context: AirContext<Felt>,
    program: Program,
    assertions: Vec<Assertion<Felt>>,
}

impl ChainAir {
    /// For the one trace shape and the one set of options that the statement has.
    #[must_use]
    pub fn of<S: Statement>(statement: &S) -> Self {
        Self::new(S::PROGRAM.info(), PublicInputs::of(statement), options(S::PROGRAM.length))
    }
}

impl Air for ChainAir {
    type BaseField = Felt;
    type PublicInputs = PublicInputs;

    fn new(info: TraceInfo, PublicInputs { program, places, .. }: PublicInputs, options: ProofOptions) -> Self {
        let assertions: Vec<_> = places
            .iter()
            .flat_map(|place| {
                let (row, column) = place.row_and_column();
                let at = move |(element, value)| Assertion::single(column + element, row, value);
                place.word.0.into_iter().enumerate().map(at)
            })
            .collect();
        let context = AirContext::new(info, program.degrees(), assertions.len(), options);
        Self { context, program, assertions }
    }

    fn context(&self) -> &AirContext<Felt> {
        &self.context
    }

    fn evaluate_transition<E: FieldElement<BaseField = Felt>>(
        &self,
        frame: &EvaluationFrame<E>,
        periodic: &[E],
        result: &mut [E],
    ) {
        self.program.evaluate(frame.current(), frame.next(), periodic, result);
    }

    fn get_assertions(&self) -> Vec<Assertion<Felt>> {
        self.assertions.clone()
    }

    fn get_periodic_column_values(&self) -> Vec<Vec<Felt>> {
        self.program.periodic_columns()
    }
}
