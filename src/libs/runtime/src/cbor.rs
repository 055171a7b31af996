//! Values in stable memory.

use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;
use std::borrow::Cow;

/// A value kept as CBOR with explicit field indices: later versions add optional indices, never reuse one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cbor<T>(pub T);

impl<T> Storable for Cbor<T>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::new();
        // Writing to a vector cannot fail; an encoder that refuses a value is a defect.
        minicbor::encode(&self.0, &mut bytes).expect("BUG: a stored value must encode");
        Cow::Owned(bytes)
    }
    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }
    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(minicbor::decode(&bytes).expect("BUG: a stored value must decode"))
    }
    const BOUND: Bound = Bound::Unbounded;
}

/// A [`candid::Principal`] as a CBOR byte string, for `#[cbor(with = "calisec_runtime::cbor_principal")]`.
pub mod principal {
    use candid::Principal;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

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
    /// When they are no principal.
    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Principal, DecodeError> {
        Principal::try_from_slice(decoder.bytes()?).map_err(|_| DecodeError::message("expected a principal"))
    }
}
