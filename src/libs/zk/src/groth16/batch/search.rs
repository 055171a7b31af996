//! Which items of a batch are valid, at a bounded cost.

use super::combination::Combination;
use super::cost;
use ark_bn254::Fq12;
use ark_ff::Field;
use std::ops::Range;

/// Items that share the squarings of one Miller loop. Were there one loop only, the first halving would repeat half of
/// it; this way halving costs next to nothing down to blocks, for the squarings of one loop more per block.
const BLOCK: usize = 16;

/// Whether each item is valid.
pub(super) fn validity(combination: &Combination<'_>) -> Vec<bool> {
    let count = combination.len();
    let blocks: Vec<Fq12> =
        (0..count).step_by(BLOCK).map(|start| combination.left_side(start..count.min(start + BLOCK))).collect();
    let left_side = blocks.iter().product();
    let mut search = Search { combination, blocks, valid: vec![true; count], budget: cost::halving(count) };
    if !combination.holds(0..count, &left_side) {
        search.search(0..count, left_side);
    }
    search.valid
}

struct Search<'a> {
    combination: &'a Combination<'a>,
    /// The left sides of blocks of items.
    blocks: Vec<Fq12>,
    valid: Vec<bool>,
    /// What may still be spent on halving.
    budget: u64,
}

impl Search<'_> {
    /// Marks the invalid items of a range, of which it is known that there is one, and that it consists of whole blocks or
    /// lies in one.
    fn search(&mut self, range: Range<usize>, left_side: Fq12) {
        if range.len() == 1 {
            self.valid[range.start] = false;
            return;
        }
        let blocks = range.len().div_ceil(BLOCK);
        let half = if blocks > 1 { blocks / 2 * BLOCK } else { range.len() / 2 };
        let middle = range.start + half;
        let (first, second) = (range.start..middle, middle..range.end);

        let check = |half: &Range<usize>| cost::check(half.len(), self.combination.keys(half.clone()));
        let pairs = if blocks > 1 { 0 } else { cost::PAIR * half as u64 };
        let (first_cost, second_cost) = (pairs + check(&first), check(&second));
        let Some(left) = self.budget.checked_sub(first_cost + second_cost) else {
            for index in range {
                self.valid[index] = self.combination.holds_alone(index);
            }
            return;
        };

        // The left side of a range is the product of those of its halves, so that only one has to be computed.
        let of_first = if blocks > 1 {
            self.blocks[first.start / BLOCK..first.end / BLOCK].iter().product()
        } else {
            self.combination.left_side(first.clone())
        };
        // Values of Miller loops are not zero.
        let of_second = left_side * of_first.inverse().unwrap_or_default();
        if self.combination.holds(first.clone(), &of_first) {
            // The equation of the range does not hold, that of its first half does: the second one's cannot.
            self.budget = left + second_cost;
            self.search(second, of_second);
        } else {
            self.budget = left;
            if !self.combination.holds(second.clone(), &of_second) {
                self.search(second, of_second);
            }
            self.search(first, of_first);
        }
    }
}
