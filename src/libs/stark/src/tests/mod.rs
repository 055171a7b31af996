//! Honest proofs, and every way in which a dishonest one is refused.

mod false_traces;
mod fixtures;
mod honest;
mod refused;
