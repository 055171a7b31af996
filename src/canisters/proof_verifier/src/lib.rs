//! Checks zero-knowledge proofs and keeps their receipts.
