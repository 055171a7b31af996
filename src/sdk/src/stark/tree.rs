//! A tree of members for STARKs.

use super::{Step, Word};

/// Levels of the tree, as the statement has them.
const LEVELS: usize = 20;

/// There is no place for so many leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tree has at most {} leaves, not {leaves}", 1_u64 << LEVELS)]
pub struct TooManyLeaves {
    /// What was given.
    pub leaves: usize,
}

/// A complete tree of 20 levels. Places without a member hold the zero word, which is no member's leaf: for that, somebody
/// would have to find what hashes to it.
#[derive(Clone, Debug)]
pub struct MemberTree {
    /// The leaves, then the nodes of each level above, up to the root; what is beyond them is empty.
    levels: Vec<Vec<Word>>,
}

impl MemberTree {
    /// Of leaves as [`super::MemberOpening::leaf`] makes them, in an order that all agree on.
    ///
    /// # Errors
    /// [`TooManyLeaves`].
    pub fn new(leaves: Vec<Word>) -> Result<Self, TooManyLeaves> {
        if leaves.len() > 1 << LEVELS {
            return Err(TooManyLeaves { leaves: leaves.len() });
        }
        let mut levels = vec![leaves];
        let mut empty = Word::constant(0);
        for _ in 0..LEVELS {
            let below = levels.last().map_or(&[][..], Vec::as_slice);
            let above = below.chunks(2).map(|pair| Word::hash(pair[0], *pair.get(1).unwrap_or(&empty))).collect();
            levels.push(above);
            empty = Word::hash(empty, empty);
        }
        Ok(Self { levels })
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.levels[0].len()
    }

    /// The root; `None` without leaves.
    #[must_use]
    pub fn root(&self) -> Option<Word> {
        self.levels.last().and_then(|level| level.first()).copied()
    }

    /// The way from a leaf to the root; `None` when it is not in the tree.
    #[must_use]
    pub fn path(&self, leaf: Word) -> Option<[Step; LEVELS]> {
        let index = self.levels[0].iter().position(|listed| *listed == leaf)?;
        let mut empty = Word::constant(0);
        Some(std::array::from_fn(|level| {
            let place = index >> level;
            let sibling = self.levels[level].get(place ^ 1).copied().unwrap_or(empty);
            empty = Word::hash(empty, empty);
            Step { sibling, from_right: place & 1 == 1 }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MemberOpening, Word, random_word};
    use super::{LEVELS, MemberTree, TooManyLeaves};
    use crate::Random;

    #[test]
    fn should_lead_from_every_leaf_to_the_root_and_from_no_other_word() {
        let mut random = Random::from_seed([7; 32]);
        for size in [1, 2, 5, 8] {
            let secrets: Vec<Word> = (0..size).map(|_| random_word(&mut random)).collect();
            let tree = MemberTree::new(secrets.iter().map(|secret| MemberOpening::leaf(*secret)).collect()).unwrap();
            assert_eq!(tree.size(), size);
            for owner_secret in secrets {
                let path = tree.path(MemberOpening::leaf(owner_secret)).unwrap();
                let member = MemberOpening { owner_secret, path };
                let claim = member.statement(Word::constant(1), Word::constant(2));
                assert_eq!(Some(claim.root), tree.root());
            }
            assert!(tree.path(random_word(&mut random)).is_none());
            assert!(tree.path(Word::constant(0)).is_none(), "an empty place is no member");
        }
    }

    #[test]
    fn should_refuse_more_leaves_than_there_are_places() {
        assert!(MemberTree::new(Vec::new()).unwrap().root().is_none());
        let leaves = (1 << LEVELS) + 1;
        let many = MemberTree::new(vec![Word::constant(1); leaves]).map(|_| ());
        assert_eq!(many, Err(TooManyLeaves { leaves }));
    }
}
