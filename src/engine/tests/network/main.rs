//! The network: everything between messages, tried out with canisters in wasm.

mod budgets;
mod calls;
mod certification;
mod cycles;
mod deadlines;
mod faults;
mod lifecycle;
mod management;
mod outcalls;
mod queries;
mod saved;
mod support;
