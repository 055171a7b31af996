//! How calls are made.

use candid::utils::{ArgumentDecoder, ArgumentEncoder};
use candid::{Principal, decode_args, encode_args};

/// A call that brought no decodable reply. What a canister answers as `Err` is not one of these: it is a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The call was rejected, and the callee changed nothing on account of it.
    #[error("rejected ({code}): {message}")]
    Rejected {
        /// The reject code (interface specification, "Reject codes"): 1 to 5.
        code: u32,
        /// For humans.
        message: String,
    },
    /// Whether the callee ran is unknown: repeat with the same idempotency key, or ask for the state.
    #[error("outcome unknown: {message}")]
    OutcomeUnknown {
        /// For humans.
        message: String,
    },
    /// The call never left: no such network, no route, queue full, out of cycles.
    #[error("not sent: {message}")]
    NotSent {
        /// For humans.
        message: String,
    },
    /// The reply is not of the expected Candid type: the canister is of another version. The callee did run.
    #[error("cannot decode the reply of {method}: {message}")]
    Undecodable {
        /// The method.
        method: String,
        /// For humans.
        message: String,
    },
}

/// A way to call canisters: bytes in, bytes out.
#[expect(
    async_fn_in_trait,
    reason = "transports of canisters and browsers are not `Send`; callers use them generically"
)]
pub trait Transport {
    /// Calls an update method and waits for its reply.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError>;

    /// Calls a query method. The answer is one node's word unless it carries a certificate.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError>;
}

impl<T: Transport> Transport for &T {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        (**self).update(canister, method, arg).await
    }
    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        (**self).query(canister, method, arg).await
    }
}

/// Encodes the arguments, calls an update method, decodes the replies.
///
/// # Errors
/// As [`Transport::update`], and [`CallError::Undecodable`].
pub async fn call_update<T, A, R>(transport: &T, canister: Principal, method: &str, args: A) -> Result<R, CallError>
where
    T: Transport,
    A: ArgumentEncoder,
    R: for<'a> ArgumentDecoder<'a>,
{
    let reply = transport.update(canister, method, encode(method, args)?).await?;
    decode(method, &reply)
}

/// Encodes the arguments, calls a query method, decodes the replies.
///
/// # Errors
/// As [`Transport::query`], and [`CallError::Undecodable`].
pub async fn call_query<T, A, R>(transport: &T, canister: Principal, method: &str, args: A) -> Result<R, CallError>
where
    T: Transport,
    A: ArgumentEncoder,
    R: for<'a> ArgumentDecoder<'a>,
{
    let reply = transport.query(canister, method, encode(method, args)?).await?;
    decode(method, &reply)
}

fn encode<A: ArgumentEncoder>(method: &str, args: A) -> Result<Vec<u8>, CallError> {
    encode_args(args).map_err(|error| CallError::NotSent { message: format!("cannot encode for {method}: {error}") })
}

fn decode<R: for<'a> ArgumentDecoder<'a>>(method: &str, reply: &[u8]) -> Result<R, CallError> {
    decode_args(reply).map_err(|error| CallError::Undecodable { method: method.to_owned(), message: error.to_string() })
}
