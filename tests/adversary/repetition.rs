//! The same seed gives the same bytes.

use crate::random;
use calisec_testkit::Setup;
use calisec_testkit::backend::{Backend, LocalBackend};
use calisec_testkit::story::{Silent, Story};
use candid::Principal;
use pollster::block_on;

#[test]
fn should_end_in_the_same_bytes_when_the_seed_is_the_same() {
    let tell = |seed: u64| {
        let deployment = Setup::default().on(LocalBackend::new(seed)).expect("the four canisters install");
        Story::new(&deployment, Silent, random(), b"a note".to_vec()).tell().expect("every step goes as it must");
        let head = block_on(deployment.called_by(Principal::anonymous()).membership().audit_head()).expect("answers");
        let executions = deployment.backend.network().take_executions();
        let certificate = head.certificate.expect("a query");
        (deployment.stable_memories(), certificate, head.witness, deployment.backend.root_key(), executions)
    };
    let (once, again, other) = (tell(1), tell(1), tell(2));
    assert!(once.0 == again.0, "stable memory differs");
    assert_eq!(once.1, again.1, "the certificates differ");
    assert_eq!(once.2, again.2);
    assert_eq!(once.4, again.4, "the executions differ");
    assert_ne!(once.3, other.3, "another seed is another network");
    assert_ne!(once.1, other.1);
}
