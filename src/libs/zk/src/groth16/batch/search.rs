//! Which items of a batch are valid, at a bounded cost.

use super::combination::{Combination, Part};
use super::cost;
use crate::groth16::curve::Curve;
use std::ops::Range;

/// Items whose equations are combined in one piece. Were there one piece only, halving would begin with repeating half of
/// it; this way it costs next to nothing down to blocks, for the squarings of one Miller loop more per block.
const BLOCK: usize = 16;

/// How many blocks so many items make.
pub(super) fn blocks(items: usize) -> u64 {
    items.div_ceil(BLOCK) as u64
}

/// Whether each item is valid.
pub(super) fn validity<C: Curve>(combination: &Combination<'_, C>) -> Vec<bool> {
    let count = combination.len();
    let blocks: Vec<Part<'_, C>> =
        (0..count).step_by(BLOCK).map(|start| combination.part(start..count.min(start + BLOCK))).collect();
    let all = Part::product(&blocks);
    let mut search = Search { combination, blocks, valid: vec![true; count], budget: cost::halving::<C>(count) };
    if !all.holds() {
        search.search(0..count, all);
    }
    search.valid
}

struct Search<'a, C: Curve> {
    combination: &'a Combination<'a, C>,
    blocks: Vec<Part<'a, C>>,
    valid: Vec<bool>,
    /// What may still be spent on halving.
    budget: u64,
}

impl<'a, C: Curve> Search<'a, C> {
    /// Marks the invalid items of a range, of which it is known that there is one, and that it consists of whole blocks or
    /// lies in one.
    fn search(&mut self, range: Range<usize>, part: Part<'a, C>) {
        if range.len() == 1 {
            self.valid[range.start] = false;
            return;
        }
        let blocks = range.len().div_ceil(BLOCK);
        let half = if blocks > 1 { blocks / 2 * BLOCK } else { range.len() / 2 };
        let (first, second) = (range.start..range.start + half, range.start + half..range.end);

        // Both halves together have no more keys than each of them may have.
        let check = cost::check(part.keys());
        let combining = if blocks > 1 { 0 } else { cost::part::<C>(half) };
        let Some(left) = self.budget.checked_sub(combining + 2 * check) else {
            for index in range {
                self.valid[index] = self.combination.holds_alone(index);
            }
            return;
        };

        let of_first = if blocks > 1 {
            Part::product(&self.blocks[first.start / BLOCK..first.end / BLOCK])
        } else {
            self.combination.part(first.clone())
        };
        // The whole is the product of its halves, so that only one has to be combined.
        let of_second = part.without(&of_first);
        if of_first.holds() {
            // The equation of the range does not hold, that of its first half does: the second one's cannot.
            self.budget = left + check;
            self.search(second, of_second);
        } else {
            self.budget = left;
            if !of_second.holds() {
                self.search(second, of_second);
            }
            self.search(first, of_first);
        }
    }
}
