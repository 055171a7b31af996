//! Bad input about claims.

use crate::{deploy, random};
use calisec_testkit::Scene;
use calisec_testkit::backend::Backend;
use calisec_tests::Unchanged;
use calisec_types::ids::{CircuitId, ContextId, FieldElement, ProposalId, ReceiptId};
use calisec_types::membership::{
    ApplyArg, Change, ClaimKind, ClaimReceiptArg, ClaimsArg, MembershipReason, Proves, ReviewClaimKindArg,
    ValidateChangeArg,
};
use pollster::block_on;

const ELSEWHERE: ContextId = ContextId([9; 32]);

pub fn should_refuse_bad_claims_and_bad_kinds_of_claims<B: Backend>(backend: B) {
    let deployment = deploy(backend);
    let mut scene = Scene::new(&deployment, random());
    scene.until_circuit().expect("a circuit");
    // A receipt that names another consumer, for minting.
    let (minting, ..) = scene.another_receipt(b"a note").expect("a receipt");
    let (context, cast) = (scene.context(), &scene.cast);
    let unchanged = Unchanged::from_now(&deployment);
    let unknown = MembershipReason::UnknownContext(ELSEWHERE);
    let claim = |context, receipt| ClaimReceiptArg { context, receipt };
    let mallory = cast.mallory.principal();
    let (alice, anyone) = (scene.as_(&cast.alice).membership(), scene.anyone().membership());
    let missing = ReceiptId([1; 32]);
    for (what, caller, arg, expected) in [
        ("nobody's claim", &anyone, claim(context, minting), MembershipReason::Anonymous),
        ("a claim elsewhere", &alice, claim(ELSEWHERE, minting), unknown.clone()),
        (
            "a stranger's claim",
            &scene.as_(&cast.mallory).membership(),
            claim(context, minting),
            MembershipReason::NotAMember(mallory),
        ),
    ] {
        unchanged.refused(what, block_on(caller.claim_receipt(&arg)), &expected);
    }
    for (what, receipt) in [("a receipt that is none", missing), ("a receipt for minting", minting)] {
        let is_expected = |reason: &MembershipReason| matches!(reason, MembershipReason::ReceiptRefused(_));
        unchanged.refused_as(what, block_on(alice.claim_receipt(&claim(context, receipt))), is_expected);
    }
    let review = |context| ReviewClaimKindArg { context, name: "age".to_owned() };
    let age = MembershipReason::UnknownClaimKind("age".to_owned());
    unchanged.refused(
        "nobody's review",
        block_on(anyone.review_claim_kind(&review(context))),
        &MembershipReason::Anonymous,
    );
    unchanged.refused("a review elsewhere", block_on(alice.review_claim_kind(&review(ELSEWHERE))), &unknown);
    unchanged.refused("a review of nothing", block_on(alice.review_claim_kind(&review(context))), &age);
    unchanged.refused("kinds elsewhere", block_on(anyone.claim_kinds(ELSEWHERE)), &unknown);
    let stranger = cast.mallory.account();
    let of = |context, account| ClaimsArg { context, account, after: Some(missing), limit: Some(0) };
    unchanged.refused("claims elsewhere", block_on(anyone.claims(&of(ELSEWHERE, stranger))), &unknown);
    let no_member = MembershipReason::UnknownMember(stranger);
    unchanged.refused("a stranger's claims", block_on(anyone.claims(&of(context, stranger))), &no_member);

    let governance = deployment.called_by(deployment.ids.governance).membership();
    let root = FieldElement([1; 32]);
    let kind = |proves, period_seconds| Change::SetClaimKind {
        kind: ClaimKind { name: "age".to_owned(), circuit: CircuitId([1; 32]), proves, period_seconds },
    };
    let range = |low, high| Proves::Range { issuer_roots: vec![root], attribute: "age".to_owned(), low, high };
    for (what, change) in [
        ("an empty range", kind(range(19, 18), 3_600)),
        ("no time", kind(range(18, 19), 0)),
        ("no root", kind(Proves::Leaf { roots: Vec::new() }, 3_600)),
        ("a number that is no scalar", kind(Proves::Leaf { roots: vec![FieldElement([0xff; 32])] }, 3_600)),
        ("a depth that there is not", kind(Proves::OneOfGroup { depth: 33, roots: vec![root] }, 3_600)),
    ] {
        let is_expected = |reason: &MembershipReason| matches!(reason, MembershipReason::InvalidClaimKind(_));
        let validate = ValidateChangeArg { context, change: change.clone() };
        unchanged.refused_as(what, block_on(anyone.validate_change(&validate)), is_expected);
        let apply = ApplyArg { context, proposal: ProposalId(77), step: 0, change };
        unchanged.refused_as(what, block_on(governance.apply(&apply)), is_expected);
    }
    let change = Change::RemoveClaimKind { name: "age".to_owned() };
    let apply = ApplyArg { context, proposal: ProposalId(77), step: 0, change };
    unchanged.refused("removing what there is not", block_on(governance.apply(&apply)), &age);
}
