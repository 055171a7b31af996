//! A labeled tree, hashed as the interface specification says, and pruned to the paths somebody asked for.

use ic_certification::{AsHashTree, Hash, HashTree, fork, label, leaf, pruned};
use std::collections::BTreeMap;

/// Labels from the root to a value.
pub type Path = Vec<Vec<u8>>;

/// A tree of labels with values at its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labeled {
    /// A value.
    Leaf(Vec<u8>),
    /// Children by label; ordered, as verifiers that prove absence require.
    Node(BTreeMap<Vec<u8>, Labeled>),
    /// A subtree that is a tree of its own, pruned already to what may be asked for.
    Pruned(HashTree),
}

impl Labeled {
    /// A node without children.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Node(BTreeMap::new())
    }

    /// Puts `value` at `path`, creating the nodes on the way; what was there is replaced.
    pub fn insert<const N: usize>(&mut self, path: [&[u8]; N], value: Self) {
        let mut at = self;
        for step in path {
            if !matches!(at, Self::Node(_)) {
                *at = Self::empty();
            }
            let Self::Node(children) = at else { unreachable!("just made a node") };
            at = children.entry(step.to_vec()).or_insert_with(Self::empty);
        }
        *at = value;
    }

    /// The hash of the whole tree.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.prune(&[]).digest()
    }

    /// The tree with everything outside `paths` replaced by hashes. Where a path does not exist, its neighbours' labels
    /// stay, which proves the absence.
    #[must_use]
    pub fn witness(&self, paths: &[Path]) -> HashTree {
        let borrowed: Vec<&[Vec<u8>]> = paths.iter().map(Vec::as_slice).collect();
        self.prune(&borrowed)
    }

    fn prune(&self, paths: &[&[Vec<u8>]]) -> HashTree {
        match self {
            Self::Pruned(tree) if paths.is_empty() => pruned(tree.digest()),
            Self::Pruned(tree) => tree.clone(),
            Self::Leaf(value) if paths.is_empty() => pruned(ic_certification::leaf_hash(value)),
            Self::Leaf(value) => leaf(value.clone()),
            Self::Node(children) => {
                let whole = paths.iter().any(|path| path.is_empty());
                let entries: Vec<(&Vec<u8>, &Self)> = children.iter().collect();
                let keep = kept(&entries, paths);
                let subtrees = entries
                    .iter()
                    .zip(&keep)
                    .map(|((name, child), keep)| {
                        let inner: Vec<&[Vec<u8>]> = if whole {
                            vec![&[]]
                        } else {
                            paths.iter().filter(|path| path.first() == Some(name)).map(|path| &path[1..]).collect()
                        };
                        let subtree = label((*name).clone(), child.prune(&inner));
                        if whole || *keep { subtree } else { pruned(subtree.digest()) }
                    })
                    .collect();
                balanced(subtrees)
            }
        }
    }
}

impl AsHashTree for Labeled {
    fn root_hash(&self) -> Hash {
        self.digest()
    }

    fn as_hash_tree(&self) -> HashTree {
        self.witness(&[Vec::new()])
    }
}

/// Which children's labels must stay visible: those on a path, and both neighbours of a path that does not exist.
fn kept(entries: &[(&Vec<u8>, &Labeled)], paths: &[&[Vec<u8>]]) -> Vec<bool> {
    let mut keep = vec![false; entries.len()];
    for wanted in paths.iter().filter_map(|path| path.first()) {
        match entries.binary_search_by(|(name, _)| (*name).cmp(wanted)) {
            Ok(index) => keep[index] = true,
            Err(index) => {
                if let Some(before) = index.checked_sub(1) {
                    keep[before] = true;
                }
                if let Some(after) = keep.get_mut(index) {
                    *after = true;
                }
            }
        }
    }
    keep
}

fn balanced(mut subtrees: Vec<HashTree>) -> HashTree {
    match subtrees.len() {
        0 => ic_certification::empty(),
        1 => subtrees.remove(0),
        length => {
            let right = subtrees.split_off(length / 2);
            let (left, right) = (balanced(subtrees), balanced(right));
            // A fork of two hashes says no more than its own hash.
            if is_pruned(&left) && is_pruned(&right) {
                return pruned(fork(left, right).digest());
            }
            fork(left, right)
        }
    }
}

fn is_pruned(tree: &HashTree) -> bool {
    matches!(tree.as_ref(), ic_certification::HashTreeNode::Pruned(_))
}
