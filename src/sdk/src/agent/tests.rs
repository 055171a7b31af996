//! What the errors of the agent mean for a caller, and as whom it calls.

use super::{AgentTransport, ConnectError, build, query_error, update_error};
use crate::identity::Identity;
use calisec_clients::CallError;
use ic_agent::{
    AgentError,
    agent::{RejectCode, RejectResponse},
};

fn reject() -> RejectResponse {
    RejectResponse { reject_code: RejectCode::CanisterReject, reject_message: "no".to_owned(), error_code: None }
}

#[test]
fn should_say_rejected_only_when_that_is_certain() {
    let rejected = CallError::Rejected { code: 4, message: "no".to_owned() };
    let certified = || AgentError::CertifiedReject { reject: reject(), operation: None };
    let uncertified = || AgentError::UncertifiedReject { reject: reject(), operation: None };
    assert_eq!(update_error(certified()), rejected);
    assert_eq!(query_error(uncertified()), rejected);
    assert!(matches!(update_error(uncertified()), CallError::OutcomeUnknown { .. }));
    assert!(matches!(update_error(AgentError::TimeoutWaitingForResponse()), CallError::OutcomeUnknown { .. }));
    assert!(matches!(update_error(AgentError::SigningError("x".to_owned())), CallError::NotSent { .. }));
}

#[test]
fn should_call_as_the_principal_of_the_identity_when_built_from_it() {
    let identity = Identity::from_seed([1; 32]);
    let transport = AgentTransport::mainnet(&identity).unwrap();
    assert_eq!(transport.agent.get_principal().unwrap(), identity.principal());
}

#[test]
fn should_bind_mainnet_when_connected_to_it() {
    // SHA-256 of the 133-byte DER key in the interface specification.
    let transport = AgentTransport::mainnet(&Identity::from_seed([1; 32])).unwrap();
    assert_eq!(transport.agent.read_root_key().len(), 133);
    assert_eq!(transport.network_root_key_hash().to_string(), MAINNET_ROOT_KEY_HASH);
}

#[test]
fn should_name_the_url_when_it_is_none() {
    let ConnectError { url, .. } = build("not a url", None).unwrap_err();
    assert_eq!(url, "not a url");
}

const MAINNET_ROOT_KEY_HASH: &str = "737ba355e855bd4b61279056603e05501db5e5bad147c6eba7be8c2a13f4b6b3";
