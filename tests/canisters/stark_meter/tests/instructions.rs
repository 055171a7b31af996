//! What STARK verification costs as the engine meters it, against the budget that we promise.
//!
//! The module is built by the test, so that what is measured is what is in the tree.

#[path = "../../meter.rs"]
mod meter;

use calisec_stark::{
    Statement, Word,
    prove::{MemberOpening, NoteOpening, Step},
};
use candid::{CandidType, Decode, Encode};
use meter::Meter;
use serde::Deserialize;
use serde_bytes::ByteBuf;

const BUDGET: u64 = 35_000_000;

#[derive(CandidType)]
struct Claim {
    public_words: Vec<ByteBuf>,
    proof: ByteBuf,
}

#[derive(CandidType, Deserialize)]
struct Measured {
    instructions: u64,
    refusal: Option<String>,
}

/// Not random at all: the witness of a benchmark is no secret.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut state = 1u64;
    move |bytes| {
        bytes.fill_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        });
    }
}

fn claim<S: Statement>((statement, proof): (S, Vec<u8>)) -> Claim {
    let public_words = statement.words().iter().map(|word| ByteBuf::from(word.to_bytes())).collect();
    Claim { public_words, proof: ByteBuf::from(proof) }
}

#[test]
fn should_stay_within_the_budget_when_proofs_are_verified() {
    let mut meter = Meter::of("stark_meter");

    let word = Word::constant;
    let note = NoteOpening { owner_secret: word(1), salt: word(2), content_tag: word(3) };
    let path = std::array::from_fn(|level| Step { sibling: word(4), from_right: level % 3 == 0 });
    let member = MemberOpening { owner_secret: word(1), path };
    let note = note.prove(word(5), word(6), &mut counting()).expect("proved");
    let member = member.prove(word(5), word(6), &mut counting()).expect("proved");
    for (method, claim) in [("verify_note_commitment", claim(note)), ("verify_membership", claim(member))] {
        let reply = meter.call(method, &Encode!(&claim).expect("encodes"));
        let measured = Decode!(&reply, Result<Measured, String>).expect("decodes").expect("words");
        println!("{method}: {} bytes, {} instructions", claim.proof.len(), measured.instructions);
        assert_eq!(measured.refusal, None, "{method}");
        assert!(measured.instructions <= BUDGET, "{method}: {} instructions", measured.instructions);
    }
}
