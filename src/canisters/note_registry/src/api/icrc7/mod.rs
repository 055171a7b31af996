//! ICRC-7 and ICRC-10.

pub mod collection;
pub mod tokens;
pub mod transfer;
mod wire;

pub use wire::{AccountArg, BadSubaccount, TransferItem};
