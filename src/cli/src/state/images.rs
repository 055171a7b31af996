//! Stable memories in files: only the pages that were written, and a checksum.
//!
//! `"calisec.stable-image.v1\n"`, the size of the memory (8 bytes, big-endian), per page its number (8) and its 4,096 bytes,
//! then SHA-256 of all that.

use calisec_engine::execution::{IMAGE_PAGE_BYTES, StableImage};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

const TAG: &[u8] = b"calisec.stable-image.v1\n";
const HEAD_BYTES: usize = TAG.len() + 8;
const RECORD_BYTES: usize = 8 + IMAGE_PAGE_BYTES;
const HASH_BYTES: usize = 32;

/// Writes a new file, to the disk.
pub fn write(path: &Path, image: &StableImage) -> std::io::Result<()> {
    let mut bytes = TAG.to_vec();
    bytes.extend(image.bytes().to_be_bytes());
    for (number, page) in image.written() {
        if page.iter().any(|byte| *byte != 0) {
            bytes.extend(number.to_be_bytes());
            bytes.extend(page);
        }
    }
    let hash = Sha256::digest(&bytes);
    bytes.extend(hash);
    let mut file = File::create_new(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

/// Reads a file; the error says what is wrong with it.
pub fn read(path: &Path) -> Result<StableImage, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<StableImage, String> {
    let damaged = || "it is damaged or cut off".to_owned();
    let (content, hash) = bytes.split_at_checked(bytes.len().wrapping_sub(HASH_BYTES)).ok_or_else(damaged)?;
    if Sha256::digest(content)[..] != *hash {
        return Err(damaged());
    }
    let (head, records) = content.split_at_checked(HEAD_BYTES).ok_or_else(damaged)?;
    let size = head.strip_prefix(TAG).ok_or("it is of another version of this program")?;
    let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).map_err(|_| damaged());
    let (records, rest) = records.as_chunks::<RECORD_BYTES>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    let mut pages = Vec::with_capacity(records.len());
    for record in records {
        let (index, page) = record.split_at(8);
        let page: &[u8; IMAGE_PAGE_BYTES] = page.try_into().map_err(|_| damaged())?;
        pages.push((number(index)?, page));
    }
    StableImage::from_written(number(size)?, pages).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{parse, read, write};
    use calisec_engine::execution::{IMAGE_PAGE_BYTES, StableImage};

    fn image() -> StableImage {
        let pages = [(0, &[7; IMAGE_PAGE_BYTES]), (3, &[0; IMAGE_PAGE_BYTES]), (17, &[9; IMAGE_PAGE_BYTES])];
        StableImage::from_written(2 * 65_536, pages).expect("fits")
    }

    #[test]
    fn should_read_back_what_was_written() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("image");
        write(&path, &image()).expect("is written");
        assert_eq!(read(&path).expect("is read"), image());
        assert!(write(&path, &image()).is_err(), "images are never overwritten");
        let length = std::fs::metadata(&path).expect("is there").len();
        assert!(length < 3 * IMAGE_PAGE_BYTES as u64, "{length}: pages of zeros are left out");
    }

    #[test]
    fn should_refuse_a_file_when_a_byte_of_it_is_wrong_or_missing() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("image");
        write(&path, &image()).expect("is written");
        let good = std::fs::read(&path).expect("is read");
        for index in (0..good.len()).step_by(97) {
            let mut wrong = good.clone();
            wrong[index] ^= 1;
            assert!(parse(&wrong).is_err(), "byte {index}");
            assert!(parse(&good[..index]).is_err(), "{index} bytes");
        }
    }
}
