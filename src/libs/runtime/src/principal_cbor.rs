//! Principals inside stored values, as CBOR byte strings: `#[cbor(n(0), with = "calisec_runtime::principal_cbor")]`.

use candid::Principal;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};

/// Writes the principal's bytes.
///
/// # Errors
/// When the writer fails.
pub fn encode<C, W: Write>(
    principal: &Principal,
    encoder: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), EncodeError<W::Error>> {
    encoder.bytes(principal.as_slice())?.ok()
}

/// Reads a principal's bytes.
///
/// # Errors
/// When there is no byte string, or one that is too long for a principal.
pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Principal, DecodeError> {
    Principal::try_from_slice(decoder.bytes()?).map_err(DecodeError::message)
}

#[cfg(test)]
mod tests {
    use candid::Principal;

    #[derive(Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
    struct Held {
        #[cbor(n(0), with = "crate::principal_cbor")]
        principal: Principal,
    }

    #[test]
    fn should_read_back_a_principal_when_it_was_written() {
        for principal in [Principal::anonymous(), Principal::management_canister(), Principal::from_slice(&[9; 29])] {
            let bytes = minicbor::to_vec(Held { principal }).expect("encodes");
            assert_eq!(minicbor::decode::<Held>(&bytes).expect("decodes"), Held { principal });
        }
    }

    #[test]
    fn should_refuse_bytes_when_they_are_too_many() {
        let bytes = minicbor::to_vec(Held { principal: Principal::from_slice(&[9; 29]) }).expect("encodes");
        let mut longer = vec![bytes[0], 0x58, 30];
        longer.extend([9; 30]);
        assert!(minicbor::decode::<Held>(&longer).is_err());
    }
}
