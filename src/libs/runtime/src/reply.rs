//! How results are put on the wire.

use candid::CandidType;
use std::marker::PhantomData;

/// What an endpoint returns after [`reply`]: its Candid type is the declared one, `variant { Ok : T; Err : E }`.
pub type Reply<T, E> = PhantomData<Result<T, E>>;

/// `variant { Ok : T }`
#[derive(CandidType)]
enum Accepted<T> {
    Ok(T),
}

/// `variant { Err : E }`
#[derive(CandidType)]
enum Refused<E> {
    Err(E),
}

/// Answers the message. Endpoints return it, as `manual_reply`.
///
/// The reply carries the type of the case that it is, and not of both: Candid writes the types of a message into it, and a
/// canister's error type has some hundred cases, which cost a million instructions to describe. A variant of fewer cases
/// is a subtype of the declared one (Candid specification, section "Subtyping"), so every client decodes it as declared.
///
/// # Panics
/// When a value does not encode, which derived types always do.
pub fn reply<T: CandidType, E: CandidType>(result: Result<T, E>) -> Reply<T, E> {
    ic_cdk::api::msg_reply(encoded(result));
    PhantomData
}

fn encoded<T: CandidType, E: CandidType>(result: Result<T, E>) -> Vec<u8> {
    match result {
        Ok(value) => candid::encode_one(Accepted::Ok(value)),
        Err(error) => candid::encode_one(Refused::Err(error)),
    }
    .expect("BUG: a reply must encode")
}

#[cfg(test)]
mod tests {
    use super::encoded;
    use calisec_types::ids::{ContextId, Revision, Seq};
    use calisec_types::membership::{MembershipError, MembershipReason, Written};
    use candid::{decode_one, encode_one};

    type Reply = Result<Written, MembershipError>;

    const WRITTEN: Written = Written { seq: Seq(7), revision: Revision(3) };

    #[test]
    fn should_decode_as_declared_when_a_call_was_accepted_or_refused() {
        let refusal = MembershipError::from(MembershipReason::UnknownContext(ContextId([4; 32])));
        for reply in [Ok(WRITTEN), Err(refusal)] {
            let decoded: Reply = decode_one(&encoded(reply.clone())).expect("a reply");
            assert_eq!(decoded, reply);
        }
        let nothing: Result<(), MembershipError> = decode_one(&encoded(Ok::<(), MembershipError>(()))).expect("()");
        assert_eq!(nothing, Ok(()));
    }

    #[test]
    fn should_not_describe_the_errors_when_a_call_was_accepted() {
        let whole = encode_one(Ok::<Written, MembershipError>(WRITTEN)).expect("a reply");
        let encoded = encoded(Ok::<Written, MembershipError>(WRITTEN));
        assert!(encoded.len() * 10 < whole.len(), "{} of {} bytes", encoded.len(), whole.len());
    }
}
