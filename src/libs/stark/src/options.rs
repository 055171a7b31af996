//! The one set of protocol parameters, and the types that go with it.

use crate::merkle::Tree;
use winter_air::{BatchingMethod, FieldExtension, ProofOptions};
use winter_verifier::{
    crypto::{DefaultRandomCoin, hashers::Blake3_256},
    math::fields::{CubeExtension, f64::BaseElement},
};

/// The prime field of 2^64 - 2^32 + 1 elements, in which traces are written.
pub type Felt = BaseElement;
/// Where challenges come from: 192 bits.
pub type Challenge = CubeExtension<Felt>;
/// Of Merkle trees and of the Fiat-Shamir transcript.
pub type Hash = Blake3_256<Felt>;
/// The Fiat-Shamir transcript.
pub type Coin = DefaultRandomCoin<Hash>;
/// Commits to columns.
pub type Commitment = Tree;

/// What every accepted proof has at least, in bits, in the list-decoding regime and without conjectures.
pub const PROVEN_SECURITY_BITS: u32 = 96;

/// Points at which the committed columns are opened.
pub const QUERIES: usize = 28;
/// How much longer the committed columns are than the trace.
pub const BLOWUP: usize = 64;
/// Bits of work that a prover spends before it learns where it is queried.
pub const GRINDING_BITS: u32 = 16;
/// Unused: traces are so short that the polynomial is sent instead of being folded.
const FOLDING: usize = 8;

/// For traces of `length` rows. A proof with any other options is refused, stronger ones as well: there is one
/// encoding of one protocol to review.
///
/// The last polynomial may be as long as a trace, so there is no folding: for 256 rows, sending 6 KiB is both shorter
/// and cheaper to check than a folded layer.
#[must_use]
pub fn options(length: usize) -> ProofOptions {
    ProofOptions::new(
        QUERIES,
        BLOWUP,
        GRINDING_BITS,
        FieldExtension::Cubic,
        FOLDING,
        length - 1,
        BatchingMethod::Linear,
        BatchingMethod::Linear,
    )
}
