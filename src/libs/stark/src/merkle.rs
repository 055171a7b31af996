//! Merkle commitments to columns, opened strictly.

use crate::options::Hash;
use winter_verifier::{
    ByteReader, ByteWriter, Deserializable, DeserializationError, Serializable,
    crypto::{BatchMerkleProof, Hasher, MerkleTree, MerkleTreeError, VectorCommitment},
};

type Digest = <Hash as Hasher>::Digest;

/// A Merkle tree whose openings have exactly the leaves and nodes that they need.
///
/// `winter-crypto` takes surplus ones, which lets anyone turn a proof into another encoding of itself, and lets lengths
/// differ that later code takes to be equal.
pub struct Tree(MerkleTree<Hash>);

/// The nodes beside the paths of several leaves.
pub struct Opening(BatchMerkleProof<Hash>);

impl VectorCommitment<Hash> for Tree {
    type Options = ();
    type Proof = Vec<Digest>;
    type MultiProof = Opening;
    type Error = MerkleTreeError;

    fn with_options(items: Vec<Digest>, (): ()) -> Result<Self, MerkleTreeError> {
        MerkleTree::new(items).map(Self)
    }

    fn commitment(&self) -> Digest {
        *self.0.root()
    }

    fn domain_len(&self) -> usize {
        self.0.domain_len()
    }

    fn get_proof_domain_len(proof: &Self::Proof) -> usize {
        domain(proof.len())
    }

    fn get_multiproof_domain_len(proof: &Opening) -> usize {
        domain(proof.0.depth.into())
    }

    fn open(&self, index: usize) -> Result<(Digest, Self::Proof), MerkleTreeError> {
        self.0.prove(index)
    }

    fn open_many(&self, indexes: &[usize]) -> Result<(Vec<Digest>, Opening), MerkleTreeError> {
        self.0.prove_batch(indexes).map(|(leaves, proof)| (leaves, Opening(proof)))
    }

    fn verify(root: Digest, index: usize, item: Digest, proof: &Self::Proof) -> Result<(), MerkleTreeError> {
        if proof.is_empty() {
            return Err(MerkleTreeError::InvalidProof);
        }
        MerkleTree::<Hash>::verify(root, index, item, proof)
    }

    fn verify_many(
        root: Digest,
        indexes: &[usize],
        items: &[Digest],
        Opening(proof): &Opening,
    ) -> Result<(), MerkleTreeError> {
        let nodes: usize = proof.nodes.iter().map(Vec::len).sum();
        if items.len() != indexes.len() || nodes != nodes_beside(indexes, proof.depth) {
            return Err(MerkleTreeError::InvalidProof);
        }
        MerkleTree::<Hash>::verify_batch(&root, indexes, items, proof)
    }
}

/// Zero, which is the size of no domain, when it is too large to count.
fn domain(depth: usize) -> usize {
    u32::try_from(depth).ok().and_then(|depth| 1usize.checked_shl(depth)).unwrap_or(0)
}

/// How many nodes are needed beside the paths of these leaves.
fn nodes_beside(indexes: &[usize], depth: u8) -> usize {
    let mut level = indexes.to_vec();
    level.sort_unstable();
    level.dedup();
    let mut beside = 0;
    for _ in 0..depth {
        let below = level.len();
        level.iter_mut().for_each(|index| *index >>= 1);
        level.dedup();
        // Every parent has two children: those that are not on a path are beside one.
        beside += 2 * level.len() - below;
    }
    beside
}

impl Serializable for Opening {
    fn write_into<W: ByteWriter>(&self, target: &mut W) {
        self.0.write_into(target);
    }
}

impl Deserializable for Opening {
    fn read_from<R: ByteReader>(source: &mut R) -> Result<Self, DeserializationError> {
        BatchMerkleProof::read_from(source).map(Self)
    }
}
