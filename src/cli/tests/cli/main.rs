//! The real program on the real modules, process after process.

mod evidence;
mod keys;
mod offline;
mod operator;
mod refusals;
mod state;
mod support;
