//! Pages of kept proofs.

use crate::api::proofs;
use crate::api::test_fixtures::{CONTEXT, Fixture, alice, opening, registry};
use crate::state::Event;
use crate::storage::{StoredReceipt, StoredStatement};
use calisec_types::ids::{ContextId, FieldElement, ReceiptId};
use calisec_types::proof_verifier::{
    EncodedProof, MAX_PROOFS_PAGE_BYTES, MAX_STARK_PROOF_BYTES, ReceiptsArg, StoredProof,
};

fn all(fixture: &Fixture, limit: Option<u32>) -> Vec<Vec<StoredProof>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = proofs(&fixture.state, &ReceiptsArg { context: CONTEXT, after, limit });
        pages.push(page.proofs);
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

#[test]
fn should_list_every_proof_once_with_its_inputs_when_paged() {
    let mut fixture = Fixture::new();
    let issued: Vec<_> = (0..5).map(|content| fixture.submit(&opening(content, 1)).expect("issued")).collect();
    for (limit, lengths) in [(Some(2), vec![2, 2, 1]), (Some(5), vec![5]), (None, vec![5]), (Some(1), vec![1; 5])] {
        let pages = all(&fixture, limit);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
        for (proof, receipt) in pages.iter().flatten().zip(&issued) {
            assert_eq!((proof.receipt, proof.circuit), (receipt.id, receipt.circuit));
            assert_eq!(proof.public_inputs, receipt.public_inputs);
        }
    }
    let elsewhere = ReceiptsArg { context: ContextId([9; 32]), after: None, limit: None };
    assert_eq!(proofs(&fixture.state, &elsewhere).proofs, Vec::new());
    let past_the_end = ReceiptsArg { context: CONTEXT, after: Some(u64::MAX), limit: None };
    assert_eq!(proofs(&fixture.state, &past_the_end).proofs, Vec::new());
}

#[test]
fn should_end_a_page_early_when_its_proofs_are_long() {
    const COUNT: u8 = 40;
    let mut fixture = Fixture::new();
    for number in 0..COUNT {
        let receipt = StoredReceipt {
            circuit: fixture.circuit,
            statement: StoredStatement::StarkMembership,
            public_inputs: vec![FieldElement([number; 32]); 4],
            context: CONTEXT,
            consumer: registry(),
            purpose: "vote".to_owned(),
            submitter: alice(),
            issued_at: fixture.env.now.get(),
            expires_at: fixture.env.now.get().plus_seconds(1),
            consumption: None,
        };
        fixture.state.apply(Event::ReceiptIssued {
            id: ReceiptId([number; 32]),
            receipt,
            nullifier: (fixture.circuit, FieldElement([number; 32])),
            proof: vec![number; MAX_STARK_PROOF_BYTES],
        });
    }
    let pages = all(&fixture, Some(200));
    let bytes = |proof: &StoredProof| match &proof.proof {
        EncodedProof::Stark(bytes) => bytes.len(),
        other => panic!("{other:?}"),
    };
    assert!(pages.len() > 1);
    for page in &pages {
        assert!(!page.is_empty() && page.iter().map(bytes).sum::<usize>() <= MAX_PROOFS_PAGE_BYTES);
    }
    let ids: Vec<_> = pages.iter().flatten().map(|proof| proof.receipt).collect();
    assert_eq!(ids, (0..COUNT).map(|number| ReceiptId([number; 32])).collect::<Vec<_>>());
}
