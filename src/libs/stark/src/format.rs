//! The encoding of a proof, checked before it is decoded.
//!
//! The decoder of `winter-air` allocates what lengths in the proof say, and the verifier asserts what the decoder did
//! not check. For a statement with one trace shape and one set of options, nearly every length is known beforehand.

use crate::{
    options::{Challenge, Felt},
    verifier::Refusal,
};
use winter_air::{Air, proof::Context};
use winter_verifier::{ByteReader, Serializable, SliceReader, math::FieldElement};

const DIGEST_BYTES: usize = 32;
/// Of the out-of-domain frame: two rows, said in a byte.
const FRAME_ROWS: u8 = 2;

/// What an encoding must look like.
pub(crate) struct Layout {
    context: Vec<u8>,
    queries: usize,
    columns: usize,
    composition_columns: usize,
    trace_length: usize,
    depth: u8,
}

/// What is checked besides the shape.
pub(crate) struct Parts<'a> {
    pub(crate) remainder: Vec<Challenge>,
    pub(crate) remainder_commitment: &'a [u8],
}

impl Layout {
    pub(crate) fn of<A: Air<BaseField = Felt>>(air: &A) -> Self {
        let context = air.context();
        let info = air.trace_info();
        let constraints = context.num_transition_constraints() + context.num_assertions();
        Self {
            context: Context::new::<Felt>(info.clone(), air.options().clone(), constraints).to_bytes(),
            queries: air.options().num_queries(),
            columns: info.width(),
            composition_columns: context.num_constraint_composition_columns(),
            trace_length: info.length(),
            depth: air.lde_domain_size().ilog2() as u8,
        }
    }
}

/// Walks through the whole encoding.
pub(crate) fn check<'a>(layout: &Layout, proof: &'a [u8]) -> Result<Parts<'a>, Refusal> {
    let mut rest = Rest(proof);
    if rest.take(layout.context.len(), "parameters").ok() != Some(layout.context.as_slice()) {
        return Err(Refusal::Parameters);
    }
    let queries = usize::from(rest.byte("queries")?);
    require((1..=layout.queries).contains(&queries), "queries")?;

    // Of the trace, of the composition columns and of the remainder.
    let commitments = rest.sized_16(3 * DIGEST_BYTES, "commitments")?;
    rest.opened(queries * layout.columns * Felt::ELEMENT_BYTES, queries, layout.depth, "trace queries")?;
    let composition_bytes = layout.composition_columns * Challenge::ELEMENT_BYTES;
    rest.opened(queries * composition_bytes, queries, layout.depth, "constraint queries")?;

    for (columns, part) in [(layout.columns, "trace frame"), (layout.composition_columns, "constraint frame")] {
        let frame = rest.sized_16(1 + usize::from(FRAME_ROWS) * columns * Challenge::ELEMENT_BYTES, part)?;
        require(frame.first() == Some(&FRAME_ROWS), part)?;
    }

    require(rest.byte("layers")? == 0, "layers")?;
    let remainder = rest.sized_16(layout.trace_length * Challenge::ELEMENT_BYTES, "remainder")?;
    require(rest.byte("partitions")? == 0, "partitions")?;
    rest.take(size_of::<u64>(), "nonce")?;
    require(rest.0.is_empty(), "trailing bytes")?;

    let malformed = Refusal::Malformed { part: "remainder" };
    let remainder = SliceReader::new(remainder).read_many(layout.trace_length).map_err(|_| malformed)?;
    Ok(Parts { remainder, remainder_commitment: &commitments[2 * DIGEST_BYTES..] })
}

fn require(holds: bool, part: &'static str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Malformed { part }) }
}

/// What has not been looked at.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize, part: &'static str) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Refusal::Malformed { part })?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self, part: &'static str) -> Result<u8, Refusal> {
        self.take(1, part).map(|byte| byte[0])
    }

    /// Bytes after their length, which is known, in two bytes.
    fn sized_16(&mut self, length: usize, part: &'static str) -> Result<&'a [u8], Refusal> {
        let said = self.take(2, part)?;
        require(length == usize::from(u16::from_le_bytes([said[0], said[1]])), part)?;
        self.take(length, part)
    }

    /// A length in as few bytes as it needs: as many as the first has trailing zeros, and one.
    fn length(&mut self, part: &'static str) -> Result<usize, Refusal> {
        let first = *self.0.first().ok_or(Refusal::Malformed { part })?;
        let size = first.trailing_zeros() as usize + 1;
        // Nothing here is longer than a proof may be, which takes three.
        require(size <= 3, part)?;
        let mut bytes = [0; size_of::<u32>()];
        bytes[..size].copy_from_slice(self.take(size, part)?);
        let length = u32::from_le_bytes(bytes) >> size;
        require(size == 1 || length >> (7 * (size - 1)) != 0, part)?;
        Ok(length as usize)
    }

    /// The values of opened rows, and the nodes beside their paths.
    fn opened(&mut self, values: usize, queries: usize, depth: u8, part: &'static str) -> Result<(), Refusal> {
        require(self.length(part)? == values, part)?;
        self.take(values, part)?;
        let length = self.length(part)?;
        let mut nodes = Rest(self.take(length, part)?);
        require(nodes.byte(part)? == depth, part)?;
        let paths = nodes.length(part)?;
        require((1..=queries).contains(&paths), part)?;
        for _ in 0..paths {
            let count = nodes.length(part)?;
            require(count <= usize::from(depth), part)?;
            nodes.take(count * DIGEST_BYTES, part)?;
        }
        require(nodes.0.is_empty(), part)
    }
}
