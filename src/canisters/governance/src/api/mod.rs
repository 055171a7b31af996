//! The endpoints as plain functions.

mod execute;
mod propose;
mod reads;
mod strike;
#[cfg(test)]
mod tests;
mod vote;

pub use execute::execute;
pub use propose::propose;
pub use reads::{ballots, circuits, proposal, proposals, rules};
pub use strike::strike_ballot;
pub use vote::vote;

use calisec_runtime::Env;
use calisec_types::governance::GovernanceReason;
use candid::Principal;

/// The caller, who must not be anonymous.
fn signed_in<E: Env>(env: &E) -> Result<Principal, GovernanceReason> {
    let caller = env.caller();
    if caller == Principal::anonymous() { Err(GovernanceReason::Anonymous) } else { Ok(caller) }
}
