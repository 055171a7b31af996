//! Derives every committed constant from the Poseidon paper's generator.
//!
//! Notation of a partial round, after its round constants were added: the state is `(x, s)` with `x` the
//! S-box input and `s` the other `t - 1` elements; `y = x^5`. With the MDS matrix split as `[[a, b], [c, d]]`
//! (`a` scalar, `b` row, `c` column, `d` square), the next state is
//!
//! ```text
//! x' = a y + b s + const        s' = c y + d s + const
//! ```
//!
//! Constants first: run the same recurrence with `y = 0` and `s = 0` to get an offset per round, and subtract
//! it; what remains is homogeneous. There, with `h_0 = a` and `h_k = b d^(k-1) c` (the response to one `y`),
//! Cayley-Hamilton (`d^(t-1) = sum_j e_j d^(t-1-j)`) gives
//!
//! ```text
//! x_(r+1) = sum_(i<t) g_i y_(r-i) + sum_(1<=j<t) e_j x_(r+1-j),   g_i = h_i - sum_j e_j h_(i-j)
//! ```
//!
//! Before the first partial round nothing happened, so `y = 0` and the `x` of j rounds earlier is `b d^(-j) s`.
//! After the last, `s` is recovered from the window by solving for the `s` of `t - 1` rounds earlier, which is
//! observed through `b, b d, b d^2, ...`, and running it forward.

use super::{
    limbs::{Constant, EXCESS_BITS, split},
    permutation::{HALF_OF_FULL_ROUNDS, Tables},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use core::{array, fmt::Write};

type Vector = Vec<Fr>;
type Matrix = Vec<Vector>;

/// The Grain LFSR in self-shrinking mode, as in `generate_parameters_grain.sage`.
struct Grain {
    bits: [bool; 80],
}

impl Grain {
    fn new(width: usize, partial_rounds: usize) -> Self {
        let parameters = [
            (1, 2),
            (0, 4),
            (Fr::MODULUS_BIT_SIZE as usize, 12),
            (width, 12),
            (2 * HALF_OF_FULL_ROUNDS, 10),
            (partial_rounds, 10),
            ((1 << 30) - 1, 30),
        ];
        let mut bits =
            parameters.into_iter().flat_map(|(value, size)| (0..size).rev().map(move |i| (value >> i) & 1 == 1));
        let mut grain = Self { bits: array::from_fn(|_| bits.next().expect("the sizes sum to 80")) };
        for _ in 0..160 {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let bit = [62, 51, 38, 23, 13, 0].into_iter().fold(false, |sum, i| sum ^ self.bits[i]);
        self.bits.rotate_left(1);
        self.bits[79] = bit;
        bit
    }

    fn bit(&mut self) -> bool {
        loop {
            let (keep, bit) = (self.step(), self.step());
            if keep {
                return bit;
            }
        }
    }

    fn integer(&mut self) -> <Fr as PrimeField>::BigInt {
        let bits: Vec<bool> = (0..Fr::MODULUS_BIT_SIZE).map(|_| self.bit()).collect();
        BigInteger::from_bits_be(&bits)
    }

    fn round_constant(&mut self) -> Fr {
        loop {
            if let Some(element) = Fr::from_bigint(self.integer()) {
                return element;
            }
        }
    }

    fn matrix_element(&mut self) -> Fr {
        Fr::from_le_bytes_mod_order(&self.integer().to_bytes_le())
    }
}

/// All constants of one width.
pub(super) fn derive<const T: usize, const REST: usize, const TAPS: usize, const PARTIAL: usize>()
-> Tables<T, REST, TAPS, PARTIAL> {
    let mut grain = Grain::new(T, PARTIAL);
    let rounds: Vec<[Fr; T]> =
        (0..2 * HALF_OF_FULL_ROUNDS + PARTIAL).map(|_| array::from_fn(|_| grain.round_constant())).collect();
    let points: [Fr; T] = array::from_fn(|_| grain.matrix_element());
    let offsets: [Fr; T] = array::from_fn(|_| grain.matrix_element());
    let mds: [[Fr; T]; T] = points.map(|x| offsets.map(|y| (x + y).inverse().expect("a Cauchy matrix")));

    let a = mds[0][0];
    let b: Vector = mds[0][1..].to_vec();
    let c: Vector = mds[1..].iter().map(|row| row[0]).collect();
    let d: Matrix = mds[1..].iter().map(|row| row[1..].to_vec()).collect();
    let powers: Vec<Matrix> = (0..T)
        .scan(identity(REST), |power, _| {
            let current = power.clone();
            *power = product(power, &d);
            Some(current)
        })
        .collect();
    let response: Vector = core::iter::once(a).chain((0..REST).map(|k| dot(&row_times(&b, &powers[k]), &c))).collect();
    let observed: Matrix = (0..REST).map(|k| row_times(&b, &powers[k])).collect();

    // `b d^(t-1) = sum_j e_j b d^(t-1-j)`; a combination of the observed rows, unique when they are independent.
    let combination = row_times(&row_times(&b, &powers[REST]), &inverse(&observed));
    let feedback: Vector = (1..T).map(|j| combination[REST - j]).collect();
    let forward: Vector =
        (0..T).map(|i| response[i] - (1..=i).map(|j| feedback[j - 1] * response[i - j]).sum::<Fr>()).collect();

    let first_partial = HALF_OF_FULL_ROUNDS;
    let offset_rounds = &rounds[first_partial + 1..=first_partial + PARTIAL];
    let mut offset_rest = vec![Fr::ZERO; REST];
    let mut offset_inputs = vec![Fr::ZERO; T];
    let mut partial = Vec::new();
    for constants in offset_rounds {
        let offset = dot(&b, &offset_rest) + constants[0];
        let fed: Fr = (1..T).map(|j| feedback[j - 1] * offset_inputs[offset_inputs.len() - j]).sum();
        partial.push(offset - fed);
        offset_rest = add(&times_column(&d, &offset_rest), &constants[1..]);
        offset_inputs.push(offset);
    }

    let backward = inverse(&d);
    let history: Matrix = (1..T)
        .scan(b.clone(), |row, _| {
            *row = row_times(row, &backward);
            Some(row.clone())
        })
        .collect();
    let entered: Matrix = (0..T).map(|i| if i == 0 { unit(T, 0) } else { prepend_zero(&history[i - 1]) }).collect();
    let mds_rows: Matrix = mds.iter().map(|row| row.to_vec()).collect();

    let leave = leave_matrix(&response, &powers, &c, &observed);
    let leave_constants: Vector = leave
        .iter()
        .zip(&offset_rest)
        .map(|(row, offset)| {
            let counted: Fr = (0..REST).map(|k| row[T + k] * offset_inputs[offset_inputs.len() - 1 - k]).sum();
            *offset - counted
        })
        .collect();

    let after = &rounds[first_partial + PARTIAL + 1..];
    Tables {
        opening: rounds[0].map(constant),
        mds: mds.map(|row| row.map(constant)),
        before: array::from_fn(|i| rounds[i + 1].map(constant)),
        enter: array::from_fn(|i| fixed(&row_times(&entered[i], &mds_rows))),
        enter_constants: array::from_fn(|i| constant(dot(&entered[i], &rounds[first_partial]))),
        taps: fixed(&[forward, feedback].concat()),
        partial: fixed(&partial),
        leave: array::from_fn(|i| fixed(&leave[i])),
        leave_constants: fixed(&leave_constants),
        after: array::from_fn(|i| after[i].map(constant)),
    }
}

/// The one representation below the modulus. arkworks holds `x 2^256`.
fn constant(element: Fr) -> Constant {
    let shifted = element * Fr::from(1u64 << EXCESS_BITS);
    Constant::new(split(shifted.0.0).map(|limb| u32::try_from(limb).expect("29 bits")))
}

/// Row `i` gives eliminated element `i` after the last partial round from the window.
fn leave_matrix(response: &[Fr], powers: &[Matrix], c: &[Fr], observed: &Matrix) -> Matrix {
    let rest = c.len();
    let width = rest + 1;
    // In the window the output of `k` rounds ago is at `k - 1`, the input of `k` rounds ago at `width + k`.
    // The unknown is `s` of `rest` rounds ago; observation `i` is `x` of `rest - 1 - i` rounds ago less what
    // outputs since then contributed to it.
    let observations: Matrix = (0..rest)
        .map(|i| {
            let mut row = vec![Fr::ZERO; width + rest];
            row[width + rest - 1 - i] = Fr::ONE;
            for l in 0..=i {
                row[rest - l - 1] -= response[i - l];
            }
            row
        })
        .collect();
    let unknown = product(&inverse(observed), &observations);
    let mut leave = product(&powers[rest], &unknown);
    for l in 0..rest {
        let since = times_column(&powers[rest - 1 - l], c);
        for (row, value) in leave.iter_mut().zip(since) {
            row[rest - l - 1] += value;
        }
    }
    leave
}

fn fixed<const N: usize>(values: &[Fr]) -> [Constant; N] {
    let values: [Fr; N] = values.try_into().expect("the dimensions agree");
    values.map(constant)
}

fn unit(size: usize, at: usize) -> Vector {
    (0..size).map(|i| Fr::from(i == at)).collect()
}

fn identity(size: usize) -> Matrix {
    (0..size).map(|i| unit(size, i)).collect()
}

fn prepend_zero(row: &[Fr]) -> Vector {
    core::iter::once(Fr::ZERO).chain(row.iter().copied()).collect()
}

fn dot(left: &[Fr], right: &[Fr]) -> Fr {
    left.iter().zip(right).map(|(l, r)| *l * r).sum()
}

fn add(left: &[Fr], right: &[Fr]) -> Vector {
    left.iter().zip(right).map(|(l, r)| *l + r).collect()
}

fn row_times(row: &[Fr], matrix: &Matrix) -> Vector {
    (0..matrix[0].len()).map(|j| row.iter().zip(matrix).map(|(l, r)| *l * r[j]).sum()).collect()
}

fn times_column(matrix: &Matrix, column: &[Fr]) -> Vector {
    matrix.iter().map(|row| dot(row, column)).collect()
}

fn product(left: &Matrix, right: &Matrix) -> Matrix {
    left.iter().map(|row| row_times(row, right)).collect()
}

/// Gauss-Jordan.
fn inverse(matrix: &Matrix) -> Matrix {
    let size = matrix.len();
    let mut rows: Matrix = (0..size).map(|i| [matrix[i].clone(), unit(size, i)].concat()).collect();
    for i in 0..size {
        let pivot = (i..size).find(|&j| rows[j][i] != Fr::ZERO).expect("invertible");
        rows.swap(i, pivot);
        let scale = rows[i][i].inverse().expect("not zero");
        let scaled: Vector = rows[i].iter().map(|value| *value * scale).collect();
        for (j, row) in rows.iter_mut().enumerate() {
            let factor = row[i];
            if j != i {
                for (value, subtract) in row.iter_mut().zip(&scaled) {
                    *value -= factor * subtract;
                }
            }
        }
        rows[i] = scaled;
    }
    rows.into_iter().map(|row| row[size..].to_vec()).collect()
}

/// The tables as the Rust source that is committed.
pub(super) fn source<const T: usize, const REST: usize, const TAPS: usize, const PARTIAL: usize>(
    tables: &Tables<T, REST, TAPS, PARTIAL>,
) -> String {
    let mut text = format!(
        "//! Generated by the tests of `poseidon`; do not edit.\n\nuse super::{{super::permutation::Tables, c}};\n\n\
         /// Circomlib's Poseidon over {REST} inputs.\n\
         pub(in super::super) static WIDTH_{T}: Tables<{T}, {REST}, {TAPS}, {PARTIAL}> = Tables {{\n"
    );
    row(&mut text, "opening", &tables.opening);
    rows(&mut text, "mds", &tables.mds);
    rows(&mut text, "before", &tables.before);
    rows(&mut text, "enter", &tables.enter);
    row(&mut text, "enter_constants", &tables.enter_constants);
    row(&mut text, "taps", &tables.taps);
    row(&mut text, "partial", &tables.partial);
    rows(&mut text, "leave", &tables.leave);
    row(&mut text, "leave_constants", &tables.leave_constants);
    rows(&mut text, "after", &tables.after);
    text.push_str("};\n");
    text
}

fn row(text: &mut String, name: &str, values: &[Constant]) {
    let _ = writeln!(text, "    {name}: [");
    elements(text, "        ", values);
    text.push_str("    ],\n");
}

fn rows<const N: usize>(text: &mut String, name: &str, matrix: &[[Constant; N]]) {
    let _ = writeln!(text, "    {name}: [");
    for values in matrix {
        text.push_str("        [\n");
        elements(text, "            ", values);
        text.push_str("        ],\n");
    }
    text.push_str("    ],\n");
}

fn elements(text: &mut String, indent: &str, values: &[Constant]) {
    for value in values {
        let _ = writeln!(text, "{indent}c({:?}),", value.0.0);
    }
}
