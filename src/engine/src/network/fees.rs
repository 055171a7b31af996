//! What things cost on a 13-node application subnet. Source: `cycles_account_manager` of dfinity/ic.

use crate::execution::{Costs, UPDATE_INSTRUCTIONS};

/// Bytes of the largest inter-canister payload; the transmission of a response of this size is prepaid.
pub const MAX_PAYLOAD_BYTES: usize = 2 * 1024 * 1024;

/// Cycles per GiB of memory and second.
const GIB_SECOND: u128 = 127_000;
/// Cycles per percent of compute allocation and second.
const COMPUTE_PERCENT_SECOND: u128 = 10_000_000;
const GIB: u128 = 1 << 30;
const SECONDS_PER_DAY: u128 = 24 * 60 * 60;

/// The cost of executing `instructions`, with the base fee of a message.
pub(crate) fn execution(costs: &Costs, instructions: u64) -> u128 {
    costs.execution_message + u128::from(instructions).div_ceil(10) * costs.execution_ten_instructions
}

/// What is set aside before a message runs; what it did not use comes back.
pub(crate) fn update_prepayment(costs: &Costs) -> u128 {
    execution(costs, UPDATE_INSTRUCTIONS)
}

/// The cost of sending a call.
pub(crate) fn request(costs: &Costs, method: &str, arg: &[u8]) -> u128 {
    costs.call + transmission(costs, method.len() + arg.len())
}

/// The cost of transmitting `bytes` between canisters.
pub(crate) fn transmission(costs: &Costs, bytes: usize) -> u128 {
    bytes as u128 * costs.call_byte
}

/// The cost of taking in an ingress message.
pub(crate) fn ingress(costs: &Costs, method: &str, arg: &[u8]) -> u128 {
    costs.ingress + (method.len() + arg.len()) as u128 * costs.ingress_byte
}

/// Cycles an idle canister burns in a day.
pub(crate) fn idle_per_day(memory_bytes: u64, compute_allocation_percent: u64) -> u128 {
    let memory = u128::from(memory_bytes) * GIB_SECOND * SECONDS_PER_DAY / GIB;
    let compute = u128::from(compute_allocation_percent) * COMPUTE_PERCENT_SECOND * SECONDS_PER_DAY;
    memory + compute
}

/// What must stay in the balance to live through the freezing threshold.
pub(crate) fn freezing_reserve(idle_per_day: u128, threshold_seconds: u64) -> u128 {
    idle_per_day.saturating_mul(u128::from(threshold_seconds)) / SECONDS_PER_DAY
}
