//! Generated constants; see the parent module for how.

mod width_3;
mod width_5;

pub(super) use self::{width_3::WIDTH_3, width_5::WIDTH_5};

use ark_bn254::Fr;
use ark_ff::BigInt;

/// A field element from the limbs of its canonical integer, least significant first.
const fn fr(a: u64, b: u64, c: u64, d: u64) -> Fr {
    Fr::new(BigInt::new([a, b, c, d]))
}
