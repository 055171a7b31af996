//! `http_request`: what is taken in, and what it costs.
//!
//! Source: `rs/types/types/src/canister_http.rs` and `rs/execution_environment` of dfinity/ic; the price is that of
//! `ic0.cost_http_request`. Priced by use (`pricing_version` 2) or made by one node (`is_replicated` false), it is refused
//! by name.

use crate::error::{ErrorCode, Reject};
use crate::network::message::Request;
use crate::network::{Network, outcalls};
use crate::system_api::http_cost;
use candid::CandidType;
use ic_management_canister_types::{HttpHeader, HttpMethod, TransformContext};
use serde::Deserialize;
use serde_bytes::ByteBuf;

/// The largest response, and the largest request.
const MAX_BYTES: u64 = 2_000_000;
const MAX_URL_BYTES: usize = 8_192;
const MAX_HEADERS: usize = 64;
const MAX_HEADER_NAME_OR_VALUE_BYTES: usize = 8 * 1024;
const MAX_HEADER_BYTES: usize = 48 * 1024;

/// The argument. The published types do not name `pricing_version` yet.
#[derive(CandidType, Deserialize)]
pub(crate) struct Args {
    pub(crate) url: String,
    max_response_bytes: Option<u64>,
    pub(crate) method: HttpMethod,
    pub(crate) headers: Vec<HttpHeader>,
    pub(crate) body: Option<ByteBuf>,
    transform: Option<TransformContext>,
    is_replicated: Option<bool>,
    pricing_version: Option<u32>,
}

/// A request that will be made.
pub(crate) struct Accepted {
    pub(crate) args: Args,
    pub(crate) transform: Option<TransformContext>,
    pub(crate) max_response_bytes: u64,
}

/// Takes a request in: it waits for the host from here on, or is rejected at once.
pub(super) fn run(network: &mut Network, mut request: Request) {
    match accept(&request) {
        Ok((accepted, fee)) => {
            request.cycles -= fee;
            network.consumed_cycles += fee;
            if accepted.args.url.starts_with("https://") {
                network.begin_outcall(request, accepted);
            } else {
                // Found out by the nodes, who have begun to work for it.
                let refund = request.cycles;
                let reject = outcalls::fatal("Url need to specify https scheme".to_owned());
                network.answer_management(request, Err(reject), refund);
            }
        }
        Err(reject) => {
            let refund = request.cycles;
            network.answer_management(request, Err(reject), refund);
        }
    }
}

fn accept(request: &Request) -> Result<(Accepted, u128), Reject> {
    let mut args: Args = super::decode(&request.arg)?;
    for (asked, name) in [
        (args.is_replicated == Some(false), "http_request with is_replicated = false"),
        (args.pricing_version.is_some_and(|version| version != 1), "http_request with pricing_version 2"),
    ] {
        if asked {
            return Err(refused(format!("Unsupported({name}): the embedded network does not provide it")));
        }
    }
    let max_response_bytes = args.max_response_bytes.unwrap_or(MAX_BYTES);
    if max_response_bytes > MAX_BYTES {
        return Err(refused(format!(
            "max_response_bytes expected to be in the range [0..{MAX_BYTES}], got {max_response_bytes}"
        )));
    }
    if args.url.len() > MAX_URL_BYTES {
        return Err(refused(format!("url size {} exceeds {MAX_URL_BYTES}", args.url.len())));
    }
    if matches!(args.method, HttpMethod::PUT | HttpMethod::DELETE) {
        return Err(refused("put and delete are allowed only in non-replicated mode".to_owned()));
    }
    let body_bytes = args.body.as_ref().map_or(0, |body| body.len());
    check_headers(&args.headers, body_bytes).map_err(refused)?;
    let transform = args.transform.take();
    let mut bytes = args.url.len() + header_bytes(&args.headers) + body_bytes;
    if let Some(TransformContext { function, context }) = &transform {
        let (expected, actual) = (request.origin.sender(), function.0.principal);
        if expected != actual {
            return Err(refused(format!("transform principal id expected to be {expected}, got {actual}")));
        }
        bytes += function.0.method.len() + context.len();
    }
    let fee = http_cost(bytes as u64, max_response_bytes);
    if request.cycles < fee {
        let cycles = request.cycles;
        return Err(refused(format!("http_request request sent with {cycles} cycles, but {fee} cycles are required.")));
    }
    Ok((Accepted { args, transform, max_response_bytes }, fee))
}

/// Bytes of all names and values.
pub(crate) fn header_bytes(headers: &[HttpHeader]) -> usize {
    headers.iter().map(|header| header.name.len() + header.value.len()).sum()
}

/// The limits that requests and responses share; the error says which was exceeded.
pub(crate) fn check_headers(headers: &[HttpHeader], body_bytes: usize) -> Result<(), String> {
    let count = headers.len();
    if count > MAX_HEADERS {
        return Err(format!("number of all http headers {count} exceeds {MAX_HEADERS}"));
    }
    for HttpHeader { name, value } in headers {
        for (what, length) in [("name", name.len()), ("value", value.len())] {
            if length > MAX_HEADER_NAME_OR_VALUE_BYTES {
                return Err(format!(
                    "number of bytes to represent some http header {what} {length} exceeds {MAX_HEADER_NAME_OR_VALUE_BYTES}"
                ));
            }
        }
    }
    let header_bytes = header_bytes(headers);
    if header_bytes > MAX_HEADER_BYTES {
        return Err(format!(
            "total number of bytes to represent all http header names and values {header_bytes} exceeds {MAX_HEADER_BYTES}"
        ));
    }
    let total = (header_bytes + body_bytes) as u64;
    if total > MAX_BYTES {
        return Err(format!(
            "total number of bytes to represent all http header names and values and http body {total} exceeds {MAX_BYTES}"
        ));
    }
    Ok(())
}

fn refused(message: String) -> Reject {
    Reject::new(ErrorCode::CanisterRejectedMessage, message)
}

#[cfg(test)]
mod tests {
    use super::check_headers;

    #[test]
    fn should_refuse_a_body_when_it_is_larger_than_two_megabytes() {
        assert_eq!(check_headers(&[], 2_000_000), Ok(()));
        assert!(check_headers(&[], 2_000_001).is_err_and(|text| text.ends_with("2000001 exceeds 2000000")));
    }
}
