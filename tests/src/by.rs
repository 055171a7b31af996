//! How somebody asks a canister for something.

/// The two ways, which must come to the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// With a call of its own.
    Call,
    /// With a signature that a stranger relays.
    Signature,
}
