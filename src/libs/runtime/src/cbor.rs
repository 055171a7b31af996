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
