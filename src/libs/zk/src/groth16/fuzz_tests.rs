//! A million byte strings for the decoders: random ones, and valid ones that were spoilt in ways that know their structure.
//! Nothing panics, nothing takes long, and what is accepted is what was encoded.
//!
//! Each decoder has its share of cases, which is asserted, and a seed of its own, so that a failure comes again.

use super::curve::Curve;
use super::simulator::SetUp;
use super::test_encoders::{ark_key_bytes, ark_proof_bytes, gnark_key_of, gnark_proof, key_json, proof_json};
use super::test_fixtures::{ark_proof, encode_evm};
use super::{Bls12_381, Bn254};
use super::{RawProof, RawVerifyingKey};
use ark_serialize::Compress;
use ark_std::rand::rngs::StdRng;
use ark_std::rand::{Rng, RngCore, SeedableRng};
use std::time::{Duration, Instant};

/// Over all decoders.
const CASES: u64 = 1_000_000;
/// Of which a key has this many per encoding and curve, and a proof the rest.
const KEY_CASES: u64 = 30_000;
/// One in so many is only spoilt where points stay points, so that what comes after them is reached; these cost most.
const DEEP: u64 = 64;
/// No single input may take longer, on the slowest machine that runs this.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a decoder made of bytes: the canonical form of what it accepted.
type Decoder = fn(&[u8]) -> Option<Vec<u8>>;

struct Target {
    name: &'static str,
    decode: Decoder,
    /// Valid encodings of different things.
    corpus: Vec<Vec<u8>>,
    /// Bytes of a coordinate; zero for text.
    coordinate: usize,
    cases: u64,
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn key<C: Curve>(raw: RawVerifyingKey<'_>) -> Option<Vec<u8>> {
    raw.decode_on::<C>().ok().map(|key| key.to_canonical_bytes())
}

fn proof<C: Curve>(raw: RawProof<'_>) -> Option<Vec<u8>> {
    raw.decode_on::<C>().ok().map(|proof| proof.to_uncompressed_bytes())
}

fn targets_of<C: Curve>(names: [&'static str; 10]) -> Vec<Target> {
    let set_ups: Vec<SetUp<C>> = (1..=3).map(|count| SetUp::new(count, count as u64)).collect();
    let keys: Vec<_> = set_ups.iter().map(SetUp::verifying_key).collect();
    let proofs: Vec<_> =
        set_ups.iter().zip(1..).map(|(set_up, seed)| set_up.simulate(&[C::Scalar::from(7u64)], seed)).collect();
    let targets: [(Decoder, Vec<Vec<u8>>, bool); 10] = [
        (
            |bytes| key::<C>(RawVerifyingKey::SnarkjsJson(text(bytes)?)),
            keys.iter().map(|key| key_json(key).into_bytes()).collect(),
            true,
        ),
        (
            |bytes| key::<C>(RawVerifyingKey::ArkCompressed(bytes)),
            keys.iter().map(|key| ark_key_bytes(key, Compress::Yes)).collect(),
            false,
        ),
        (
            |bytes| key::<C>(RawVerifyingKey::ArkUncompressed(bytes)),
            keys.iter().map(|key| ark_key_bytes(key, Compress::No)).collect(),
            false,
        ),
        (
            |bytes| key::<C>(RawVerifyingKey::GnarkCompressed(bytes)),
            set_ups.iter().map(|set_up| gnark_key_of(set_up, false)).collect(),
            false,
        ),
        (
            |bytes| key::<C>(RawVerifyingKey::GnarkRaw(bytes)),
            set_ups.iter().map(|set_up| gnark_key_of(set_up, true)).collect(),
            false,
        ),
        (
            |bytes| proof::<C>(RawProof::SnarkjsJson(text(bytes)?)),
            proofs.iter().map(|proof| proof_json(proof).into_bytes()).collect(),
            true,
        ),
        (
            |bytes| proof::<C>(RawProof::ArkCompressed(bytes)),
            proofs.iter().map(|proof| ark_proof_bytes(proof, Compress::Yes)).collect(),
            false,
        ),
        (
            |bytes| proof::<C>(RawProof::ArkUncompressed(bytes)),
            proofs.iter().map(|proof| ark_proof_bytes(proof, Compress::No)).collect(),
            false,
        ),
        (
            |bytes| proof::<C>(RawProof::GnarkCompressed(bytes)),
            proofs.iter().map(|proof| gnark_proof(proof, false)).collect(),
            false,
        ),
        (
            |bytes| proof::<C>(RawProof::GnarkRaw(bytes)),
            proofs.iter().map(|proof| gnark_proof(proof, true)).collect(),
            false,
        ),
    ];
    names
        .into_iter()
        .zip(targets)
        .map(|(name, (decode, corpus, is_text))| Target {
            name,
            decode,
            corpus,
            coordinate: if is_text { 0 } else { C::COORDINATE_BYTES },
            cases: if name.contains("key") { KEY_CASES } else { 0 },
        })
        .collect()
}

fn targets() -> Vec<Target> {
    let mut targets = targets_of::<Bn254>([
        "BN254 key, snarkjs",
        "BN254 key, arkworks compressed",
        "BN254 key, arkworks uncompressed",
        "BN254 key, gnark compressed",
        "BN254 key, gnark raw",
        "BN254 proof, snarkjs",
        "BN254 proof, arkworks compressed",
        "BN254 proof, arkworks uncompressed",
        "BN254 proof, gnark compressed",
        "BN254 proof, gnark raw",
    ]);
    targets.extend(targets_of::<Bls12_381>([
        "BLS12-381 key, snarkjs",
        "BLS12-381 key, arkworks compressed",
        "BLS12-381 key, arkworks uncompressed",
        "BLS12-381 key, gnark compressed",
        "BLS12-381 key, gnark raw",
        "BLS12-381 proof, snarkjs",
        "BLS12-381 proof, arkworks compressed",
        "BLS12-381 proof, arkworks uncompressed",
        "BLS12-381 proof, gnark compressed",
        "BLS12-381 proof, gnark raw",
    ]));
    let evm = |seed| encode_evm(&ark_proof(&SetUp::<Bn254>::new(1, 1).simulate(&[7u64.into()], seed)));
    targets.push(Target {
        name: "BN254 proof, EVM",
        decode: |bytes| RawProof::Evm(bytes).decode().ok().map(|proof| proof.to_uncompressed_bytes()),
        corpus: (1..=3).map(evm).collect(),
        coordinate: 32,
        cases: 0,
    });
    let proofs = targets.iter().filter(|target| target.cases == 0).count() as u64;
    let keys = targets.len() as u64 - proofs;
    let left = CASES - keys * KEY_CASES;
    for (index, target) in targets.iter_mut().filter(|target| target.cases == 0).enumerate() {
        target.cases = left / proofs + u64::from((index as u64) < left % proofs);
    }
    targets
}

/// Bytes that mean something to some format: moduli, flags, counts, numbers and brackets.
const TOKENS: [&[u8]; 16] = [
    &[0; 32],
    &[0xff; 32],
    &[0xc0],
    &[0x40],
    &[0x80],
    &[0xe0],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0, 0, 0, 65],
    &[1, 0, 0, 0, 0, 0, 0, 0],
    b"\"0\"",
    b"\"1\"",
    b"null",
    b"[[[[[[[[",
    b"]",
    b"21888242871839275222246405745257275088696311157297823662689037894645226208583",
    b"4002409555221667393417789825735904156556882819939007885332058136124031650490837864442687629129015664037894272559787",
];

impl Target {
    fn spoil(&self, random: &mut StdRng, case: u64) -> Vec<u8> {
        let valid = &self.corpus[random.gen_range(0..self.corpus.len())];
        let mut bytes = valid.clone();
        if case.is_multiple_of(DEEP) {
            self.exchange(random, &mut bytes);
            return bytes;
        }
        match random.gen_range(0..8u8) {
            // Nothing of a format.
            0 => {
                bytes = vec![0; random.gen_range(0..700)];
                random.fill_bytes(&mut bytes);
            }
            // The right length, and nothing else.
            1 => random.fill_bytes(&mut bytes),
            2 => bytes.truncate(random.gen_range(0..valid.len())),
            3 => {
                let more = random.gen_range(1..80);
                bytes.extend((0..more).map(|_| random.next_u32() as u8));
            }
            // At the front, so that most are refused at the first point.
            4 => {
                let position = random.gen_range(0..valid.len().min(48));
                bytes[position] ^= 1 << random.gen_range(0..8);
            }
            5 => {
                let position = random.gen_range(0..valid.len());
                bytes[position] = random.next_u32() as u8;
                bytes[0] ^= random.next_u32() as u8;
            }
            6 => {
                let token = TOKENS[random.gen_range(0..TOKENS.len())];
                let position = random.gen_range(0..=valid.len().min(64));
                let end = (position + token.len() * random.gen_range(0..2)).min(valid.len());
                bytes.splice(position..end, token.iter().copied());
            }
            _ => {
                let (from, to) = (random.gen_range(0..valid.len()), random.gen_range(0..valid.len()));
                let length = random.gen_range(1..64).min(valid.len() - from.max(to));
                let piece = valid[from..from + length].to_vec();
                bytes[to..to + length].copy_from_slice(&piece);
            }
        }
        bytes
    }

    /// Points for other points, of the same or of another encoding, or a bit anywhere.
    fn exchange(&self, random: &mut StdRng, bytes: &mut [u8]) {
        let other = &self.corpus[random.gen_range(0..self.corpus.len())];
        let length = bytes.len().min(other.len());
        if self.coordinate == 0 || random.gen_range(0..2u8) == 0 {
            let position = random.gen_range(0..bytes.len());
            bytes[position] ^= 1 << random.gen_range(0..8);
            return;
        }
        let places = length / self.coordinate;
        let (from, to) = (random.gen_range(0..places), random.gen_range(0..places));
        let piece = &other[from * self.coordinate..(from + 1) * self.coordinate];
        bytes[to * self.coordinate..(to + 1) * self.coordinate].copy_from_slice(piece);
    }

    /// How many inputs were decoded, and how many of those accepted.
    fn run(&self, seed: u64) -> (u64, u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let (mut decoded, mut accepted) = (0, 0);
        for case in 0..self.cases {
            let bytes = self.spoil(&mut random, case);
            let start = Instant::now();
            let canonical = (self.decode)(&bytes);
            assert!(start.elapsed() < PATIENCE, "{}: {}", self.name, hex::encode(&bytes));
            decoded += 1;
            if let Some(canonical) = canonical {
                accepted += 1;
                // Of one thing there is one encoding: text aside, whatever decodes to the same is the same bytes.
                let same = self.corpus.iter().find(|valid| (self.decode)(valid).as_ref() == Some(&canonical));
                if let Some(valid) = same.filter(|_| self.coordinate != 0) {
                    assert!(*valid == bytes, "{}: {}", self.name, hex::encode(&bytes));
                }
            }
        }
        (decoded, accepted)
    }
}

#[test]
fn should_neither_panic_nor_take_long_when_a_million_encodings_are_random_or_spoilt() {
    let targets = targets();
    assert_eq!(targets.len(), 21);
    for target in &targets {
        for valid in &target.corpus {
            assert!((target.decode)(valid).is_some(), "{}: the corpus is valid", target.name);
        }
    }
    // Two threads are what small machines have.
    let halves: Vec<Vec<&Target>> = (0..2).map(|half| targets.iter().skip(half).step_by(2).collect()).collect();
    let counts = std::thread::scope(|scope| {
        let threads: Vec<_> = halves
            .iter()
            .zip(0..)
            .map(|(half, index)| {
                scope.spawn(move || {
                    half.iter().zip(0..).map(|(target, nth)| target.run(1_000 * index + nth)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
    });
    let decoded: u64 = counts.iter().map(|(decoded, _)| decoded).sum();
    let accepted: u64 = counts.iter().map(|(_, accepted)| accepted).sum();
    println!("{decoded} decoded, {accepted} accepted");
    assert_eq!(decoded, CASES);
    // Few are valid by chance, e.g. with a point exchanged for another; were it many, little was spoilt.
    assert!(accepted < CASES / 20, "{accepted}");
}
