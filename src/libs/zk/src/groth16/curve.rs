//! The curves: what decoding and verifying need to know of each.

use super::batch::Costs;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{BigInt, CyclotomicMultSubgroup, Field, Fp2, Fp2Config, PrimeField};
use std::fmt::Debug;

/// A curve with pairing, on which keys and proofs can be decoded.
pub trait Curve: Copy + Debug + Eq + 'static {
    /// Public inputs.
    type Scalar: PrimeField<BigInt = BigInt<4>>;
    /// Coordinates in G1.
    type Base: PrimeField;
    /// Of the field of coordinates in G2.
    type Quadratic: Fp2Config<Fp = Self::Base>;
    /// G1.
    type G1: SWCurveConfig<BaseField = Self::Base, ScalarField = Self::Scalar>;
    /// G2.
    type G2: SWCurveConfig<BaseField = Fp2<Self::Quadratic>, ScalarField = Self::Scalar>;
    /// Where pairings take their values.
    type Target: Field + CyclotomicMultSubgroup;
    /// The lines that a Miller loop evaluates, of a point of G2 that is used once, such as `B` of a proof.
    type Lines;
    /// The same of a point that is used many times, such as `gamma` of a key.
    type KeyLines;

    /// What snarkjs calls it.
    const SNARKJS_NAME: &'static str;
    /// Tag in front of the canonical bytes of a key when they are hashed to a [`calisec_types::ids::CircuitId`].
    const CIRCUIT_DOMAIN: &'static [u8];
    /// Bytes of an element of [`Curve::Base`].
    const COORDINATE_BYTES: usize;
    /// gnark's flags.
    const FLAGS: GnarkFlags;
    /// What the parts of a batch cost at most.
    const COSTS: Costs;

    /// Whether a point on the curve is in the subgroup of prime order.
    fn is_in_g1(point: &Affine<Self::G1>) -> bool;

    /// As [`Curve::is_in_g1`], for a finite point of the twist.
    fn is_in_g2(point: &Affine<Self::G2>) -> bool;

    /// The lines of a finite point of the twist, or `None` when it is not in the subgroup.
    fn lines(point: &Affine<Self::G2>) -> Option<Self::Lines>;

    /// The lines of a point of a key, whose subgroup was checked when it was decoded.
    fn key_lines(point: &Affine<Self::G2>) -> Option<Self::KeyLines>;

    /// The product of the Miller functions of all pairs; the squarings are shared. No point may be infinity.
    fn miller_loop(
        pairs: &[(Affine<Self::G1>, &Self::Lines)],
        with_key: &[(Affine<Self::G1>, &Self::KeyLines)],
    ) -> Self::Target;

    /// From values of Miller loops to elements of the target group. No Miller loop ends at zero, the only value without one.
    fn final_exponentiation(value: Self::Target) -> Option<Self::Target>;

    /// Whether a point of G1 is the same multiple of its generator as one of G2 is of its own.
    fn are_one_multiple(in_g1: Affine<Self::G1>, in_g2: &Self::Lines) -> bool {
        Self::lines(&G2::<Self>::generator()).is_some_and(|generator| {
            let pairs = [(in_g1, &generator), (-G1::<Self>::generator(), in_g2)];
            Self::final_exponentiation(Self::miller_loop(&pairs, &[])) == Some(Self::Target::ONE)
        })
    }
}

/// The top bits of the first byte of a point, of which a coordinate needs none.
#[derive(Clone, Copy, Debug)]
pub struct GnarkFlags {
    pub(super) mask: u8,
    pub(super) smaller_ordinate: u8,
    pub(super) larger_ordinate: u8,
    pub(super) infinity: u8,
    pub(super) raw_infinity: u8,
}

/// G1 of a curve.
pub(super) type G1<C> = Affine<<C as Curve>::G1>;
/// G2 of a curve.
pub(super) type G2<C> = Affine<<C as Curve>::G2>;
/// Coordinates in G2.
pub(super) type Base2<C> = Fp2<<C as Curve>::Quadratic>;
