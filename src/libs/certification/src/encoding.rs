//! Hash trees and certificates in CBOR, as the interface specification has them, read with bounded work.
//!
//! Read by hand: `ic-certification` asks its decoder to lend it the bytes of pruned nodes, which `ciborium` cannot, and other
//! decoders nest as deep as the sender likes, until the stack is used up.

use ic_certification::{Certificate, Delegation, HashTree, empty, fork, labeled, leaf, pruned};
use minicbor::Decoder;
use minicbor::data::{Tag, Type};
use minicbor::decode::Error;

/// Bytes of a certificate or an encoded tree at the most. A witness among 2^64 values has fewer than 10_000.
pub const MAX_BYTES: usize = 64 * 1024;
/// How deep a tree may nest: no honest one comes near.
const MAX_DEPTH: usize = 256;
/// What may stand before any CBOR.
const SELF_DESCRIBED: Tag = Tag::new(55_799);

/// A hash tree in CBOR.
#[must_use]
pub fn encode_tree(tree: &HashTree) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    ciborium::into_writer(tree, &mut bytes).expect("BUG: a hash tree must encode");
    bytes
}

/// Reads a hash tree.
///
/// # Errors
/// What is wrong, when the bytes are not exactly one hash tree.
pub fn decode_tree(bytes: &[u8]) -> Result<HashTree, String> {
    whole(bytes, |decoder| tree(decoder, MAX_DEPTH))
}

/// Reads a certificate, and says nothing about whether it is a good one.
///
/// # Errors
/// What is wrong, when the bytes are not exactly one certificate.
pub fn decode_certificate(bytes: &[u8]) -> Result<Certificate, String> {
    whole(bytes, |decoder| {
        let (mut found_tree, mut signature, mut delegation) = (None, None, None);
        for _ in 0..definite(decoder.map()?)? {
            match decoder.str()? {
                "tree" if found_tree.is_none() => found_tree = Some(tree(decoder, MAX_DEPTH)?),
                "signature" if signature.is_none() => signature = Some(decoder.bytes()?.to_vec()),
                "delegation" if delegation.is_none() => delegation = Some(read_delegation(decoder)?),
                other => return Err(Error::message(format!("unexpected or repeated field '{other}'"))),
            }
        }
        Ok(Certificate {
            tree: found_tree.ok_or_else(|| Error::message("no tree"))?,
            signature: signature.ok_or_else(|| Error::message("no signature"))?,
            delegation,
        })
    })
}

fn read_delegation(decoder: &mut Decoder<'_>) -> Result<Delegation, Error> {
    let (mut subnet_id, mut certificate) = (None, None);
    for _ in 0..definite(decoder.map()?)? {
        match decoder.str()? {
            "subnet_id" if subnet_id.is_none() => subnet_id = Some(decoder.bytes()?.to_vec()),
            "certificate" if certificate.is_none() => certificate = Some(decoder.bytes()?.to_vec()),
            other => return Err(Error::message(format!("unexpected or repeated field '{other}' of the delegation"))),
        }
    }
    Ok(Delegation {
        subnet_id: subnet_id.ok_or_else(|| Error::message("no subnet_id"))?,
        certificate: certificate.ok_or_else(|| Error::message("no certificate of the delegation"))?,
    })
}

fn whole<T>(bytes: &[u8], read: impl FnOnce(&mut Decoder<'_>) -> Result<T, Error>) -> Result<T, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("{} bytes, at most {MAX_BYTES} are read", bytes.len()));
    }
    let mut decoder = Decoder::new(bytes);
    if decoder.datatype().is_ok_and(|found| found == Type::Tag) {
        let tag = decoder.tag().map_err(|error| error.to_string())?;
        if tag != SELF_DESCRIBED {
            return Err(format!("unexpected tag {}", tag.as_u64()));
        }
    }
    let value = read(&mut decoder).map_err(|error| error.to_string())?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err("bytes follow after the end".to_owned()) }
}

fn tree(decoder: &mut Decoder<'_>, depth: usize) -> Result<HashTree, Error> {
    let below = depth.checked_sub(1).ok_or_else(|| Error::message("nested too deep"))?;
    let length = definite(decoder.array()?)?;
    match (decoder.u8()?, length) {
        (0, 1) => Ok(empty()),
        (1, 3) => Ok(fork(tree(decoder, below)?, tree(decoder, below)?)),
        (2, 3) => {
            let label = decoder.bytes()?.to_vec();
            Ok(labeled(label, tree(decoder, below)?))
        }
        (3, 2) => Ok(leaf(decoder.bytes()?)),
        (4, 2) => {
            let hash: [u8; 32] = decoder.bytes()?.try_into().map_err(|_| Error::message("a hash has 32 bytes"))?;
            Ok(pruned(hash))
        }
        (kind, length) => Err(Error::message(format!("no node of kind {kind} has {length} parts"))),
    }
}

fn definite(length: Option<u64>) -> Result<u64, Error> {
    length.ok_or_else(|| Error::message("of indefinite length"))
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, decode_certificate, decode_tree, encode_tree};
    use ic_certification::{Certificate, Delegation, HashTree, empty, fork, labeled, leaf, pruned};

    fn sample() -> HashTree {
        fork(labeled("a", fork(leaf("value"), pruned([7; 32]))), fork(empty(), labeled("b", pruned([8; 32]))))
    }

    #[test]
    fn should_read_back_a_tree_when_it_has_nodes_of_every_kind() {
        assert_eq!(decode_tree(&encode_tree(&sample())), Ok(sample()));
        let described = [&[0xd9, 0xd9, 0xf7], encode_tree(&sample()).as_slice()].concat();
        assert_eq!(decode_tree(&described), Ok(sample()));
    }

    #[test]
    fn should_read_back_a_certificate_when_it_has_a_delegation_or_none() {
        for delegation in [None, Some(Delegation { subnet_id: vec![1], certificate: vec![2] })] {
            let certificate = Certificate { tree: sample(), signature: vec![9; 48], delegation };
            let mut bytes = Vec::new();
            ciborium::into_writer(&certificate, &mut bytes).expect("encodes");
            assert_eq!(decode_certificate(&bytes), Ok(certificate));
        }
    }

    #[test]
    fn should_say_what_is_wrong_when_the_bytes_are_no_tree() {
        let good = encode_tree(&sample());
        let nested = [[0x83, 0x02, 0x40].repeat(300), vec![0x81, 0x00]].concat();
        for (bytes, expected) in [
            (vec![0x81; MAX_BYTES], "expected u8"),
            (nested, "nested too deep"),
            (vec![0; MAX_BYTES + 1], "at most 65536 are read"),
            (vec![], "end of input"),
            (vec![0x9f, 0xff], "indefinite"),
            (vec![0xc1, 0x81, 0x00], "unexpected tag 1"),
            (vec![0x82, 0x00, 0x00], "no node of kind 0 has 2 parts"),
            (vec![0x81, 0x05], "no node of kind 5 has 1 parts"),
            (vec![0x82, 0x04, 0x41, 0x00], "a hash has 32 bytes"),
            ([good.as_slice(), &[0]].concat(), "bytes follow after the end"),
            (good[..good.len() - 1].to_vec(), "end of input"),
        ] {
            let refused = decode_tree(&bytes).expect_err("refused");
            assert!(refused.contains(expected), "'{refused}', not '{expected}'");
        }
    }
}
