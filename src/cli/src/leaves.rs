//! Trees in files: a leaf on each line, in 64 hex digits. Empty lines and what follows a '#' say nothing.

use crate::failure::Failure;
use crate::verbs::read_text;
use calisec_sdk::stark::{MemberTree, Word};
use calisec_sdk::zk::field::{Fr, parse_be32, to_be32};
use calisec_sdk::zk::merkle::{Head, NodeId, Path as TreePath};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Larger files are refused: half a million leaves.
const MAX_FILE_BYTES: u64 = 32 << 20;

/// A tree over Poseidon, with all its leaves.
pub struct Leaves {
    leaves: Vec<Fr>,
    nodes: BTreeMap<NodeId, Fr>,
    head: Head,
}

impl Leaves {
    /// From a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let canonical =
            |bytes: &[u8; 32]| parse_be32(bytes).map_err(|_| "not below the modulus of the field".to_owned());
        let leaves = read_all(path, canonical)?;
        let (mut nodes, mut head) = (BTreeMap::new(), Head::EMPTY);
        head.append_all(&mut nodes, &leaves)
            .map_err(|error| Failure::usage(format!("{} is no tree: {error}", path.display())))?;
        Ok(Self { leaves, nodes, head })
    }

    /// The tree's size, depth and root.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The way from a leaf to the root.
    pub fn path(&self, leaf: Fr, of: &Path) -> Result<TreePath, Failure> {
        let index =
            self.leaves.iter().position(|listed| *listed == leaf).ok_or_else(|| not_there(of, &to_be32(&leaf)))?;
        self.head.path(&self.nodes, index as u64).map_err(|error| Failure::internal(error.to_string()))
    }
}

/// A tree for STARKs.
pub fn read_stark(path: &Path) -> Result<MemberTree, Failure> {
    let canonical = |bytes: &[u8; 32]| Word::from_bytes(bytes).map_err(|error| error.to_string());
    MemberTree::new(read_all(path, canonical)?)
        .map_err(|error| Failure::usage(format!("{} is no tree: {error}", path.display())))
}

/// Refuses a leaf that the tree does not have.
pub fn not_there(path: &Path, leaf: &[u8; 32]) -> Failure {
    Failure::usage(format!(
        "{} has no leaf {}: whoever keeps the tree adds it with 'calisec tree add'",
        path.display(),
        hex::encode(leaf)
    ))
}

/// Appends leaves to a file, which is made if it is missing.
pub fn append(path: &Path, leaves: &[[u8; 32]]) -> Result<(), Failure> {
    let text: String = leaves.iter().map(|leaf| hex::encode(leaf) + "\n").collect();
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

fn read_all<T>(path: &Path, decode: impl Fn(&[u8; 32]) -> Result<T, String>) -> Result<Vec<T>, Failure> {
    let mut leaves = Vec::new();
    for (number, line) in read_text(path, MAX_FILE_BYTES)?.lines().enumerate() {
        let digits = line.split('#').next().unwrap_or_default().trim();
        if digits.is_empty() {
            continue;
        }
        let wrong = |why: String| {
            Failure::usage(format!(
                "{}, line {}: no leaf: {why}; 64 hex digits are expected",
                path.display(),
                number + 1
            ))
        };
        let bytes = hex::decode(digits).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| wrong(format!("{} characters", digits.len())))?;
        leaves.push(decode(&bytes).map_err(wrong)?);
    }
    Ok(leaves)
}
