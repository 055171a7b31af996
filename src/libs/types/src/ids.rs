//! Identifiers and quantities. Every number with a meaning is a type of its own.

use candid::types::{Serializer, Type, TypeInner};
use candid::{CandidType, Principal};
use serde::de::{Error as DeError, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A 32-byte identifier: Candid `blob` of exactly 32 bytes (any other length is refused at decoding).
macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident, $text:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl CandidType for $name {
            fn _ty() -> Type {
                TypeInner::Vec(TypeInner::Nat8.into()).into()
            }
            fn idl_serialize<S: Serializer>(&self, serializer: S) -> Result<(), S::Error> {
                serializer.serialize_blob(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    // As it is written there: as text.
                    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
                } else {
                    deserializer.deserialize_bytes(Bytes32Visitor(stringify!($name))).map(Self)
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$text::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let bytes = $text::decode(text).ok_or(MalformedId { expected: stringify!($name) })?;
                bytes.try_into().map(Self).map_err(|_| MalformedId { expected: stringify!($name) })
            }
        }

        #[cfg(feature = "storage")]
        impl ic_stable_structures::Storable for $name {
            fn to_bytes(&self) -> std::borrow::Cow<'_, [u8]> {
                std::borrow::Cow::Borrowed(&self.0)
            }
            fn into_bytes(self) -> Vec<u8> {
                self.0.to_vec()
            }
            fn from_bytes(bytes: std::borrow::Cow<'_, [u8]>) -> Self {
                let mut id = [0; 32];
                id.copy_from_slice(&bytes);
                Self(id)
            }
            const BOUND: ic_stable_structures::storable::Bound =
                ic_stable_structures::storable::Bound::Bounded { max_size: 32, is_fixed_size: true };
        }

        #[cfg(feature = "storage")]
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        #[cfg(feature = "storage")]
        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                d.bytes()?.try_into().map(Self).map_err(|_| minicbor::decode::Error::message("expected 32 bytes"))
            }
        }
    };
}

/// Text that is no identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {expected}: 32 bytes are expected (contexts and accounts in base58, everything else in hex)")]
pub struct MalformedId {
    /// The kind that was expected.
    pub expected: &'static str,
}

struct Bytes32Visitor(&'static str);

impl<'de> Visitor<'de> for Bytes32Visitor {
    type Value = [u8; 32];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: a blob of exactly 32 bytes", self.0)
    }
    fn visit_bytes<E: DeError>(self, bytes: &[u8]) -> Result<[u8; 32], E> {
        bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<[u8; 32], A::Error> {
        let mut id = [0; 32];
        for (index, byte) in id.iter_mut().enumerate() {
            *byte = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(index, &self))?;
        }
        match seq.next_element::<u8>()? {
            None => Ok(id),
            Some(_) => Err(A::Error::invalid_length(33, &self)),
        }
    }
}

/// Text form of group, circuit, receipt and digest values.
struct Hex;
impl Hex {
    fn encode(bytes: &[u8; 32]) -> String {
        hex::encode(bytes)
    }
    fn decode(text: &str) -> Option<Vec<u8>> {
        hex::decode(text).ok()
    }
}

/// Text form of context and account ids, as Calimero's API writes them.
struct Base58;
impl Base58 {
    /// Five digits at a time: every decision puts an id into text, and digit by digit that took 5 % of it.
    fn encode(bytes: &[u8; 32]) -> String {
        const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        const FIVE_DIGITS: u64 = 58 * 58 * 58 * 58 * 58;
        let mut words: [u32; 8] =
            std::array::from_fn(|at| u32::from_be_bytes(std::array::from_fn(|byte| bytes[4 * at + byte])));
        // 32 bytes are at most 44 digits.
        let mut digits = [0_u8; 45];
        for five in digits.rchunks_mut(5) {
            let mut rest = 0;
            for word in &mut words {
                let value = rest << 32 | u64::from(*word);
                *word = (value / FIVE_DIGITS) as u32;
                rest = value % FIVE_DIGITS;
            }
            for digit in five.iter_mut().rev() {
                *digit = (rest % 58) as u8;
                rest /= 58;
            }
        }
        let mut text = String::with_capacity(digits.len());
        // A zero byte in front is a digit of its own.
        bytes.iter().take_while(|byte| **byte == 0).for_each(|_| text.push('1'));
        let significant = digits.iter().skip_while(|digit| **digit == 0);
        significant.for_each(|digit| text.push(char::from(DIGITS[usize::from(*digit)])));
        text
    }
    fn decode(text: &str) -> Option<Vec<u8>> {
        // 32 bytes are at most 44 base58 characters; longer text is refused before the quadratic decoding.
        (text.len() <= 44).then(|| bs58::decode(text).into_vec().ok()).flatten()
    }
}

bytes32!(
    /// A Calimero group: members belong to it, and so do contexts. A context that stands alone is a group of its own, of the
    /// same 32 bytes. Text: hex.
    GroupId, Hex
);
bytes32!(
    /// A Calimero context: 32 bytes; for a context with a key of its own, that Ed25519 public key. Text: base58.
    ContextId, Base58
);
bytes32!(
    /// A person: 32 bytes. An account with one device has that device's Ed25519 public key as its id. Text: base58.
    AccountId, Base58
);
bytes32!(
    /// A Calimero application: 32 opaque bytes. Text: base58.
    ApplicationId, Base58
);
bytes32!(
    /// The Merkle root of a context's state, Calimero's `contextStateHash`. Text: base58.
    StateRoot, Base58
);
bytes32!(
    /// The Ed25519 public key of a device, which signs and calls for its account. Text: base58.
    DeviceKey, Base58
);
bytes32!(
    /// An X25519 public key, to which key envelopes are sealed. 32 bytes little-endian u-coordinate (RFC 7748).
    KemKey, Hex
);
bytes32!(
    /// SHA-256 over a tag and the canonical verifying-key bytes.
    CircuitId, Hex
);
bytes32!(
    /// SHA-256 over a tag, the circuit and the public inputs; never of proof bytes, which can be re-randomised.
    ReceiptId, Hex
);
bytes32!(
    /// A SHA-256 digest, an idempotency key, or another opaque 32-byte value; what it is of, the field says.
    Digest32, Hex
);
bytes32!(
    /// A scalar of BN254 or BLS12-381: 32 bytes big-endian. Whether it is below the field's modulus is checked where it is used.
    FieldElement, Hex
);

/// A `nat64` with a meaning.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
        )]
        #[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
        #[cfg_attr(feature = "storage", cbor(transparent))]
        pub struct $name(#[cfg_attr(feature = "storage", n(0))] pub u64);

        impl $name {
            /// The next value; saturates at `u64::MAX`, which counting by one never reaches.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "storage")]
        impl ic_stable_structures::Storable for $name {
            fn to_bytes(&self) -> std::borrow::Cow<'_, [u8]> {
                std::borrow::Cow::Owned(self.0.to_be_bytes().to_vec())
            }
            fn into_bytes(self) -> Vec<u8> {
                self.0.to_be_bytes().to_vec()
            }
            fn from_bytes(bytes: std::borrow::Cow<'_, [u8]>) -> Self {
                let mut value = [0; 8];
                value.copy_from_slice(&bytes);
                Self(u64::from_be_bytes(value))
            }
            const BOUND: ic_stable_structures::storable::Bound =
                ic_stable_structures::storable::Bound::Bounded { max_size: 8, is_fixed_size: true };
        }
    };
}

number!(
    /// A note. On ICRC-7 methods the same number is the token id (`nat`).
    NoteId
);
number!(
    /// A proposal of the governance canister.
    ProposalId
);
number!(
    /// A grant of the membership canister.
    GrantId
);
number!(
    /// A canister's monotone write counter: the consistency token of every read.
    Seq
);
number!(
    /// A group's membership revision: rises by one with every real change of members, roles, devices, links or administrator.
    Revision
);
number!(
    /// A round of contributions to one aggregate, of the proof verifier.
    RoundId
);
number!(
    /// The version of a context's policy set; 1 is the set it was registered with.
    PolicyVersion
);
number!(
    /// How often a context's application has changed; 1 is the first that was set.
    ApplicationRevision
);
number!(
    /// The number of a checkpoint of a context's state. The context's nodes choose it, rising.
    Height
);
number!(
    /// The epoch of a note's key; rises when the key must not be handed out any more.
    Epoch
);
number!(
    /// Voting weight.
    Weight
);
number!(
    /// Nanoseconds since 1970-01-01 UTC.
    Timestamp
);

impl Timestamp {
    /// This time plus `seconds`; saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000_000)))
    }
}

impl ContextId {
    /// The group that a context is when it stands alone.
    #[must_use]
    pub const fn own_group(&self) -> GroupId {
        GroupId(self.0)
    }
}

impl AccountId {
    /// The principal that calls when this account's own key signs: self-authenticating principal of the DER-encoded
    /// Ed25519 key (interface specification, "Principals"; RFC 8410).
    #[must_use]
    pub fn principal(&self) -> Principal {
        principal_of(&self.0)
    }
}

impl DeviceKey {
    /// The principal that calls when the device's key signs.
    #[must_use]
    pub fn principal(&self) -> Principal {
        principal_of(&self.0)
    }
}

fn principal_of(key: &[u8; 32]) -> Principal {
    let mut der = [0; 44];
    der[..12].copy_from_slice(&ED25519_DER_PREFIX);
    der[12..].copy_from_slice(key);
    Principal::self_authenticating(der)
}

/// `SubjectPublicKeyInfo` of an Ed25519 key up to the key itself (RFC 8410).
pub const ED25519_DER_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

#[cfg(test)]
mod tests {
    use super::AccountId;
    use proptest::{prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn should_write_base58_as_others_do_whatever_the_bytes(mut bytes: [u8; 32], zeros in 0..=32_usize) {
            for leading in [0, zeros] {
                bytes[..leading].fill(0);
                let text = AccountId(bytes).to_string();
                prop_assert_eq!(&text, &bs58::encode(&bytes).into_string());
                prop_assert_eq!(text.parse(), Ok(AccountId(bytes)));
            }
        }
    }
}
