//! The hashes of a hash tree's nodes, on fixed-size buffers: the paddings are written once, at compile time.

use sha2::block_api::compress256;

/// A node's hash.
pub type Hash = [u8; 32];

/// The state that SHA-256 starts from (FIPS 180-4, section 5.3.3).
pub const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Domain separators with their length before them, as the interface specification has them.
const LABELED: &[u8; 20] = b"\x13ic-hashtree-labeled";
const LEAF: &[u8; 17] = b"\x10ic-hashtree-leaf";

/// Blocks that hold a separator, then room for `content` bytes, then SHA-256's padding.
const fn padded<const BLOCKS: usize>(separator: &[u8], content: usize) -> [[u8; 64]; BLOCKS] {
    let mut blocks = [[0; 64]; BLOCKS];
    let mut at = 0;
    while at < separator.len() {
        blocks[at / 64][at % 64] = separator[at];
        at += 1;
    }
    let length = separator.len() + content;
    blocks[length / 64][length % 64] = 0x80;
    // No node of ours is longer than 8 KiB.
    let [high, low] = ((length * 8) as u16).to_be_bytes();
    blocks[BLOCKS - 1][62] = high;
    blocks[BLOCKS - 1][63] = low;
    blocks
}

const LABELED_BLOCKS: [[u8; 64]; 2] = padded(LABELED, 64);
const LEAF_BLOCKS: [[u8; 64]; 1] = padded(LEAF, 32);

/// Of a label with a tree of this hash under it.
#[must_use]
pub fn labeled_hash(label: &[u8; 32], below: &Hash) -> Hash {
    let mut blocks = LABELED_BLOCKS;
    let content = &mut blocks.as_flattened_mut()[LABELED.len()..LABELED.len() + 64];
    content[..32].copy_from_slice(label);
    content[32..].copy_from_slice(below);
    digest(&blocks)
}

/// Of a leaf.
#[must_use]
pub fn leaf_hash(value: &[u8; 32]) -> Hash {
    let mut blocks = LEAF_BLOCKS;
    blocks[0][LEAF.len()..LEAF.len() + 32].copy_from_slice(value);
    digest(&blocks)
}

fn digest(blocks: &[[u8; 64]]) -> Hash {
    let mut state = INITIAL;
    compress256(&mut state, blocks);
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{labeled_hash, leaf_hash};
    use crate::certified_map::fork_hash::fork_hash;
    use proptest::{prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn should_hash_like_the_interface_specification_whatever_the_content(left: [u8; 32], right: [u8; 32]) {
            let mut parts = [0; 64];
            parts[..32].copy_from_slice(&left);
            parts[32..].copy_from_slice(&right);
            prop_assert_eq!(fork_hash(&parts), ic_certification::fork_hash(&left, &right));
            prop_assert_eq!(labeled_hash(&left, &right), ic_certification::labeled_hash(&left, &right));
            prop_assert_eq!(leaf_hash(&left), ic_certification::leaf_hash(&left));
        }
    }
}
