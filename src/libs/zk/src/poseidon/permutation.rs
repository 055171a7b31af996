//! The rounds, written once for field elements and for circuit variables.

use super::limbs::Constant;
use core::array;

/// What the rounds need from a field element or from a circuit variable that stands for one.
pub trait Element: Clone {
    /// Why an operation can fail; a circuit may be unable to allocate a variable.
    type Error;

    /// An element with a fixed, public value.
    fn constant(value: &Constant) -> Self;

    /// The element plus a fixed, public value.
    fn plus(self, value: &Constant) -> Self;

    /// The S-box, `x^5`.
    ///
    /// # Errors
    /// When the element cannot be multiplied.
    fn pow5(&self) -> Result<Self, Self::Error>;

    /// `constant` plus the sum of each coefficient times its element.
    fn affine<const N: usize>(constant: &Constant, coefficients: &[Constant; N], elements: &[Self; N]) -> Self;
}

/// Full rounds on either side of the partial rounds.
pub(super) const HALF_OF_FULL_ROUNDS: usize = 4;

/// The constants of one width. `REST` is `T - 1` and `TAPS` is `2 T - 1`.
///
/// A *window* holds the last `T` S-box outputs, then the last `T - 1` S-box inputs, newest first.
#[derive(Debug)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub(super) struct Tables<const T: usize, const REST: usize, const TAPS: usize, const PARTIAL: usize> {
    /// Added to the inputs.
    pub(super) opening: [Constant; T],
    /// The MDS matrix of a full round.
    pub(super) mds: [[Constant; T]; T],
    /// Added after the MDS matrix in the full rounds before the partial ones.
    pub(super) before: [[Constant; T]; HALF_OF_FULL_ROUNDS - 1],
    /// In place of the MDS matrix in the last of those rounds. Its first row yields the input of the first
    /// partial S-box, the others the S-box inputs that would have led here had all earlier outputs been zero.
    pub(super) enter: [[Constant; T]; T],
    /// Added to the result of `enter`.
    pub(super) enter_constants: [Constant; T],
    /// The next S-box input from the window.
    pub(super) taps: [Constant; TAPS],
    /// Added to each next S-box input.
    pub(super) partial: [Constant; PARTIAL],
    /// The eliminated state elements from the window.
    pub(super) leave: [[Constant; TAPS]; REST],
    /// Added to those.
    pub(super) leave_constants: [Constant; REST],
    /// Added after the MDS matrix in the full rounds after the partial ones; the last round adds nothing.
    pub(super) after: [[Constant; T]; HALF_OF_FULL_ROUNDS - 1],
}

/// Permutes the state and returns its first element, the only one a hash keeps.
pub(super) fn first_element<E: Element, const T: usize, const REST: usize, const TAPS: usize, const PARTIAL: usize>(
    tables: &Tables<T, REST, TAPS, PARTIAL>,
    inputs: [E; T],
) -> Result<E, E::Error> {
    let mut state = inputs;
    for (element, constant) in state.iter_mut().zip(&tables.opening) {
        *element = element.clone().plus(constant);
    }
    for constants in &tables.before {
        state = full_round(&tables.mds, constants, &state)?;
    }
    state = full_round(&tables.enter, &tables.enter_constants, &state)?;
    state = partial_rounds(tables, &state)?;
    for constants in &tables.after {
        state = full_round(&tables.mds, constants, &state)?;
    }
    Ok(E::affine(&Constant::ZERO, &tables.mds[0], &substitute(&state)?))
}

/// S-boxes, matrix, and the constants that open the following round.
fn full_round<E: Element, const T: usize>(
    matrix: &[[Constant; T]; T],
    constants: &[Constant; T],
    state: &[E; T],
) -> Result<[E; T], E::Error> {
    let outputs = substitute(state)?;
    Ok(array::from_fn(|i| E::affine(&constants[i], &matrix[i], &outputs)))
}

fn substitute<E: Element, const T: usize>(state: &[E; T]) -> Result<[E; T], E::Error> {
    let mut outputs = state.clone();
    for element in &mut outputs {
        *element = element.pow5()?;
    }
    Ok(outputs)
}

fn partial_rounds<E: Element, const T: usize, const REST: usize, const TAPS: usize, const PARTIAL: usize>(
    tables: &Tables<T, REST, TAPS, PARTIAL>,
    entered: &[E; T],
) -> Result<[E; T], E::Error> {
    let mut input = entered[0].clone();
    let mut window: [E; TAPS] = array::from_fn(|i| match i.checked_sub(REST) {
        None | Some(0) => E::constant(&Constant::ZERO),
        Some(earlier) => entered[earlier].clone(),
    });
    for constant in &tables.partial {
        window[..T].rotate_right(1);
        window[0] = input.pow5()?;
        input = E::affine(constant, &tables.taps, &window);
        window[T..].rotate_right(1);
        window[T] = input.clone();
    }
    Ok(array::from_fn(|i| match i.checked_sub(1) {
        None => input.clone(),
        Some(row) => E::affine(&tables.leave_constants[row], &tables.leave[row], &window),
    }))
}
