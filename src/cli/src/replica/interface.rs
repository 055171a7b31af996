//! The endpoints. Source: interface specification, "HTTPS interface".

use super::envelope;
use crate::state::{Kept, wall_clock_ns};
use calisec_engine::Reject;
use calisec_engine::network::MessageId;
use candid::Principal;
use ciborium::Value;
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use ic_transport_types::{
    EnvelopeContent, NodeSignature, QueryResponse, ReadStateResponse, RejectCode, RejectResponse, ReplyResponse,
    RequestId, TransportCallResponse,
};
use serde::Serialize;

const CBOR: HeaderValue = HeaderValue::from_static("application/cbor");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// What a request is answered with.
pub struct Served {
    pub status: StatusCode,
    pub kind: HeaderValue,
    pub body: Vec<u8>,
}

impl Served {
    /// Why nothing was done.
    pub fn refused(status: StatusCode, why: String) -> Self {
        Self { status, kind: TEXT, body: why.into_bytes() }
    }

    fn cbor(answer: &impl Serialize) -> Self {
        let mut body = Vec::new();
        match ciborium::into_writer(answer, &mut body) {
            Ok(()) => Self { status: StatusCode::OK, kind: CBOR, body },
            Err(error) => Self::refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}

/// Serves one request, after what has become due meanwhile.
pub fn serve_request(kept: &mut Kept, method: &Method, path: &str, body: &[u8]) -> Served {
    kept.keep_time();
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    match (method, &parts[..]) {
        (&Method::GET, ["api", _, "status"]) => status(kept),
        (&Method::POST, ["api", "v3" | "v4", "canister", canister, endpoint]) => {
            let Ok(canister) = Principal::from_text(canister) else {
                return Served::refused(StatusCode::BAD_REQUEST, format!("{canister} is no canister's id"));
            };
            match envelope::read(body, wall_clock_ns()) {
                Ok(content) => asked(kept, endpoint, canister, content),
                Err(why) => Served::refused(StatusCode::BAD_REQUEST, why),
            }
        }
        _ => Served::refused(StatusCode::NOT_FOUND, format!("{method} {path} is not served here")),
    }
}

fn status(kept: &Kept) -> Served {
    let text = |text: &str| Value::Text(text.to_owned());
    Served::cbor(&Value::Map(vec![
        (text("root_key"), Value::Bytes(kept.network.root_key_der().to_vec())),
        (text("replica_health_status"), text("healthy")),
        (text("impl_version"), text(concat!("calisec ", env!("CARGO_PKG_VERSION")))),
    ]))
}

fn asked(kept: &mut Kept, endpoint: &str, canister: Principal, content: EnvelopeContent) -> Served {
    let id = MessageId(*content.to_request_id());
    match (endpoint, content) {
        ("call", EnvelopeContent::Call { sender, canister_id, method_name, arg, .. }) if canister_id == canister => {
            if let Err(reject) = kept.network.submit_signed(id, sender, canister, &method_name, &arg) {
                return Served::cbor(&TransportCallResponse::NonReplicatedRejection(rejection(&reject)));
            }
            // Whatever it is, the certificate tells it.
            let _ = kept.network.await_update(id);
            if let Err(failure) = kept.save_changes() {
                return Served::refused(StatusCode::INTERNAL_SERVER_ERROR, failure.message);
            }
            let certificate = kept.network.request_status_certificate(id);
            Served::cbor(&TransportCallResponse::Replied { certificate })
        }
        ("query", EnvelopeContent::Query { sender, canister_id, method_name, arg, .. }) if canister_id == canister => {
            let answer = kept.network.query(sender, canister, &method_name, &arg);
            Served::cbor(&signed(kept, id, answer))
        }
        ("read_state", EnvelopeContent::ReadState { paths, .. }) => {
            let paths: Vec<Vec<_>> =
                paths.iter().map(|path| path.iter().map(|label| label.as_bytes().to_vec()).collect()).collect();
            Served::cbor(&ReadStateResponse { certificate: kept.network.read_state(&paths) })
        }
        _ => Served::refused(
            StatusCode::BAD_REQUEST,
            format!("the request is not one for {endpoint} of canister {canister}"),
        ),
    }
}

/// The answer of a query, signed by the node.
fn signed(kept: &Kept, id: MessageId, answer: Result<Vec<u8>, Reject>) -> QueryResponse {
    let signatures = Vec::new();
    let mut response = match answer {
        Ok(arg) => QueryResponse::Replied { reply: ReplyResponse { arg }, signatures },
        Err(reject) => QueryResponse::Rejected { reject: rejection(&reject), signatures },
    };
    let timestamp = kept.network.time_ns();
    let (identity, signature) = kept.network.sign_as_node(&response.signable(RequestId::new(&id.0), timestamp));
    let (QueryResponse::Replied { signatures, .. } | QueryResponse::Rejected { signatures, .. }) = &mut response;
    signatures.push(NodeSignature { timestamp, signature: signature.to_vec(), identity });
    response
}

fn rejection(reject: &Reject) -> RejectResponse {
    RejectResponse {
        reject_code: RejectCode::try_from(reject.code as u64).unwrap_or(RejectCode::SysFatal),
        reject_message: reject.message.clone(),
        error_code: reject.error_code.map(|code| code.to_string()),
    }
}
