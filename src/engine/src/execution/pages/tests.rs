use super::{CHUNK_PAGES, PAGE_BYTES, PageSet, Pages};
use proptest::{collection::vec, prelude::any, proptest};

const CHUNK_BYTES: usize = CHUNK_PAGES * PAGE_BYTES;

#[test]
fn should_read_zeros_when_nothing_was_written() {
    let mut bytes = [7; 9];
    Pages::default().read(u64::from(u32::MAX), &mut bytes);
    assert_eq!(bytes, [0; 9]);
}

#[test]
fn should_keep_a_snapshot_when_the_original_is_written() {
    let mut pages = Pages::default();
    pages.write(10, b"before");
    let snapshot = pages.clone();
    pages.write(10, b"after!");
    let mut bytes = [0; 6];
    snapshot.read(10, &mut bytes);
    assert_eq!(&bytes, b"before");
}

#[test]
fn should_count_only_new_pages_when_a_range_is_inserted() {
    let mut set = PageSet::default();
    for (range, added) in [(0..=0, 1), (0..=63, 63), (60..=130, 67), (64..=64, 0), (1000..=1000, 1)] {
        assert_eq!(set.insert_all(range.clone()), added, "{range:?}");
    }
    set.clear();
    assert_eq!(set.insert_all(0..=127), 128);
}

proptest! {
    #[test]
    fn should_equal_a_flat_memory_when_written_anywhere(
        writes in vec((CHUNK_BYTES - 9_000..CHUNK_BYTES + 9_000, vec(any::<u8>(), 0..9_000)), 1..6),
    ) {
        let mut flat = vec![0; CHUNK_BYTES + 20_000];
        let mut pages = Pages::default();
        for (offset, bytes) in &writes {
            flat[*offset..offset + bytes.len()].copy_from_slice(bytes);
            pages.write(*offset as u64, bytes);
        }
        let mut read = vec![1; flat.len()];
        pages.read(0, &mut read);
        assert!(read == flat, "read differs");
        let mut absorbed = Pages::default();
        absorbed.absorb(&flat);
        let mut restored = vec![1; flat.len()];
        absorbed.restore(&mut restored);
        assert!(restored == flat, "restore differs");
        assert!(pages.equals(&absorbed) && pages.equals(&pages.clone()), "equal bytes are not equal");
        absorbed.write(CHUNK_BYTES as u64, &[!flat[CHUNK_BYTES]]);
        assert!(!pages.equals(&absorbed) && !absorbed.equals(&pages), "other bytes are equal");
    }
}
