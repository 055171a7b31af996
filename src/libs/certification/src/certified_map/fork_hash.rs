//! SHA-256 of a fork's message, and of nothing else.
//!
//! A change hashes one fork per level, so this is most of what it costs. The message is always 81 bytes, of which the
//! separator, the padding and the length are known: written out without loops, the compiler computes what depends on those
//! alone, four of 128 rounds and a third of the second block's schedule, once and for all.

use super::hash::{Hash, INITIAL};

/// The round constants (FIPS 180-4, section 4.2.2).
const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];

/// The separator `"\x10ic-hashtree-fork"`: four words, and the first byte of a fifth.
const SEPARATOR: [u32; 4] = [
    u32::from_be_bytes(*b"\x10ic-"),
    u32::from_be_bytes(*b"hash"),
    u32::from_be_bytes(*b"tree"),
    u32::from_be_bytes(*b"-for"),
];
const SEPARATOR_END: u8 = b'k';
/// Length of the message in bits.
const BITS: u32 = 81 * 8;

macro_rules! for_sixteen {
    ($step:ident) => {
        $step!(0);
        $step!(1);
        $step!(2);
        $step!(3);
        $step!(4);
        $step!(5);
        $step!(6);
        $step!(7);
        $step!(8);
        $step!(9);
        $step!(10);
        $step!(11);
        $step!(12);
        $step!(13);
        $step!(14);
        $step!(15);
    };
}

/// Of a fork, whose parts' hashes stand one after the other.
#[must_use]
pub fn fork_hash(parts: &[u8; 64]) -> Hash {
    // Hashes begin one byte into a word of the message.
    let word = |at: usize| u32::from_be_bytes([parts[at - 1], parts[at], parts[at + 1], parts[at + 2]]);
    let first = [
        SEPARATOR[0],
        SEPARATOR[1],
        SEPARATOR[2],
        SEPARATOR[3],
        u32::from_be_bytes([SEPARATOR_END, parts[0], parts[1], parts[2]]),
        word(4),
        word(8),
        word(12),
        word(16),
        word(20),
        word(24),
        word(28),
        word(32),
        word(36),
        word(40),
        word(44),
    ];
    let last = u32::from_be_bytes([parts[63], 0x80, 0, 0]);
    let second = [word(48), word(52), word(56), word(60), last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, BITS];
    let state = compressed(compressed(INITIAL, first), second);
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

#[inline(always)]
fn compressed(state: [u32; 8], mut words: [u32; 16]) -> [u32; 8] {
    let mut after = sixteen_rounds::<0>(state, &words);
    next_words(&mut words);
    after = sixteen_rounds::<16>(after, &words);
    next_words(&mut words);
    after = sixteen_rounds::<32>(after, &words);
    next_words(&mut words);
    after = sixteen_rounds::<48>(after, &words);
    std::array::from_fn(|index| state[index].wrapping_add(after[index]))
}

#[inline(always)]
fn sixteen_rounds<const FIRST: usize>(state: [u32; 8], words: &[u32; 16]) -> [u32; 8] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
    // The majority of three is the second unless the first and third agree against it; this round's difference of the
    // first two is the next one's of the last two.
    let mut b_or_c = b ^ c;
    macro_rules! round {
        ($index:literal) => {
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = ((f ^ g) & e) ^ g;
            let rest = h.wrapping_add(words[$index].wrapping_add(K[FIRST + $index]));
            let one = rest.wrapping_add(sum).wrapping_add(choice);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let a_or_b = a ^ b;
            let majority = (a_or_b & b_or_c) ^ b;
            b_or_c = a_or_b;
            (h, g, f, e) = (g, f, e, d.wrapping_add(one));
            (d, c, b, a) = (c, b, a, one.wrapping_add(sum).wrapping_add(majority));
        };
    }
    for_sixteen!(round);
    let _ = b_or_c;
    [a, b, c, d, e, f, g, h]
}

/// The schedule's next sixteen words from the sixteen before.
#[inline(always)]
fn next_words(words: &mut [u32; 16]) {
    macro_rules! next {
        ($index:literal) => {
            let (early, late) = (words[($index + 1) % 16], words[($index + 14) % 16]);
            let early = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let late = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            words[$index] = words[$index].wrapping_add(words[($index + 9) % 16]).wrapping_add(early).wrapping_add(late);
        };
    }
    for_sixteen!(next);
}
