//! A canister pays for what is added to a group beyond what is free.

use crate::payer::Payer;
use calisec_sdk::Random;
use calisec_testkit::backend::Backend;
use calisec_testkit::scene::answered;
use calisec_testkit::{Deployment, Scene, Setup};
use calisec_tests::Unchanged;
use calisec_types::membership::{
    Capability, FREE_WRITES_PER_GROUP_AND_DAY, MembershipError, MembershipReason, RemoveMemberArg, Request, SetRoleArg,
    SignedRequest, WRITE_CYCLES,
};
use pollster::block_on;
use serde_bytes::ByteBuf;

/// A registered context whose group has been filled as far as it may be today for nothing.
fn spent<'a, B: Backend>(deployment: &'a Deployment<B>) -> Scene<'a, B> {
    let scene = Scene::new(deployment, Random::from_seed([13; 32]));
    answered(scene.register_context()).expect("registered");
    answered(scene.add_member(&scene.cast.bob, "reader")).expect("added");
    let dana = scene.as_(&scene.cast.dana).membership();
    for number in 0..=FREE_WRITES_PER_GROUP_AND_DAY {
        let capabilities = if number % 2 == 0 { vec![Capability::Vote] } else { vec![Capability::Mint] };
        let arg = SetRoleArg { context: scene.context(), name: "auditor".to_owned(), capabilities };
        match block_on(dana.set_role(&arg)).expect("answers") {
            Ok(_) => {}
            Err(error) => {
                assert!(matches!(error.reason, Some(MembershipReason::WritesSpent { .. })), "{error:?}");
                // Registration and the first member counted, too.
                assert!(number + 10 > FREE_WRITES_PER_GROUP_AND_DAY, "spent after {number}");
                return scene;
            }
        }
    }
    panic!("more than {FREE_WRITES_PER_GROUP_AND_DAY} writes were free");
}

/// Who relays a signed request pays for what it adds: exactly that, only if it is done, and nothing for what takes away.
pub fn should_add_to_a_group_beyond_what_is_free_when_a_relayed_request_is_paid_for<B: Backend>(backend: B) {
    let deployment = Setup::default().on(backend).expect("the four canisters install");
    let payer = Payer::install(&deployment);
    let scene = spent(&deployment);
    let submit = |cycles, request: &SignedRequest| -> (Result<ByteBuf, MembershipError>, u128) {
        payer.pay(&deployment, cycles, (deployment.ids.membership, "submit_request"), (request,))
    };
    let mut signer = scene.sign_requests(&scene.cast.dana, 0);
    let add = signer.sign(Request::AddMember(scene.member(&scene.cast.carol, "reader")), scene.soon());

    // Nothing, and all but one of what it costs: refused, all given back, nothing changed, and the request is still good.
    for attached in [0, WRITE_CYCLES - 1] {
        let unchanged = Unchanged::from_now(&deployment);
        let (answer, refunded) = submit(attached, &add);
        let reason = answer.expect_err("refused").reason.expect("a reason");
        let MembershipReason::WritesSpent { cycles, retry_at } = reason else { panic!("{reason:?}") };
        assert_eq!((cycles, refunded), (WRITE_CYCLES, attached));
        assert!(retry_at > deployment.backend.now());
        unchanged.check("a write that nobody paid for");
    }

    let (answer, refunded) = submit(3 * WRITE_CYCLES, &add);
    answer.expect("paid");
    assert_eq!(refunded, 2 * WRITE_CYCLES);
    let unchanged = Unchanged::from_now(&deployment);
    let (again, refunded) = submit(3 * WRITE_CYCLES, &add);
    assert!(again.is_err());
    assert_eq!(refunded, 3 * WRITE_CYCLES, "a request that was used costs again");
    unchanged.check("a request that was used");

    // What takes away needs no cycles, from whoever relays it.
    let remove = RemoveMemberArg { context: scene.context(), account: scene.cast.bob.account() };
    let remove = signer.sign(Request::RemoveMember(remove), scene.soon());
    let (answer, refunded) = submit(WRITE_CYCLES, &remove);
    answer.expect("removed");
    assert_eq!(refunded, WRITE_CYCLES);
    let gone =
        block_on(scene.anyone().membership().member(scene.context(), scene.cast.bob.account())).expect("answers");
    let expected = MembershipReason::UnknownMember(scene.cast.bob.account());
    assert_eq!(gone.map(|_| ()).map_err(|error| error.reason), Err(Some(expected)));
}
