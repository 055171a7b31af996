//! Receipts that become claims of members.

use crate::endpoints::Rows;
use crate::good;
use crate::metered::Metered;
use calisec_sdk::zk::statement::credential::Range;
use calisec_testkit::Setup;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_tests::by::By;
use calisec_tests::proof_of_age::{DAY, KIND, ProofOfAge};
use calisec_types::membership::{ClaimReceiptArg, ClaimsArg, Request, ReviewClaimKindArg};
use pollster::block_on;

/// Their rows, on a network of their own, where members proved an age.
pub fn rows() -> Vec<crate::table::Row> {
    let deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
    let world = ProofOfAge::new(&deployment);
    let mut rows = Rows::on(&deployment.backend);
    let (scene, bob) = (&world.scene, &world.scene.cast.bob);
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("proved");
    rows.add("membership", "claim_receipt", "with receipt and consume", || {
        answered(world.claim(By::Call, bob, receipt.id))
    })
    .expect("claimed");
    rows.add("membership", "claim_receipt", "once more", || answered(world.claim(By::Call, bob, receipt.id)))
        .expect("claimed");
    let anyone = scene.anyone().membership();
    let held = ClaimsArg { context: scene.context(), account: bob.account(), after: None, limit: None };
    rows.add("membership", "claims", "one", || good!(anyone.claims(&held)));
    rows.add("membership", "claim_kinds", "one", || good!(anyone.claim_kinds(scene.context())));
    let question = scene.may_read(&world.note, bob);
    rows.add("membership", "decide", "allowed by a claim", || assert!(good!(anyone.decide(&question)).allowed));
    world.backend().advance(DAY);
    let receipt = world.prove(bob, 0, Range::at_least(18)).expect("proved").id;
    let claim = Request::ClaimReceipt(ClaimReceiptArg { context: scene.context(), receipt });
    let claim = scene.sign_requests(bob, 0).sign(claim, scene.soon());
    rows.add("membership", "submit_request", "claim_receipt", || good!(anyone.submit_request(&claim)));
    world.revoke_circuit();
    let review = ReviewClaimKindArg { context: scene.context(), name: KIND.to_owned() };
    let anybody = scene.as_(&scene.cast.mallory).membership();
    rows.add("membership", "review_claim_kind", "with circuit", || good!(anybody.review_claim_kind(&review)));
    rows.done()
}
