//! The real program on the real modules, process after process.

mod decisions;
mod evidence;
mod governing;
mod keys;
mod offline;
mod operator;
mod pages;
mod proofs;
mod refusals;
mod served;
mod signals;
mod state;
mod support;
