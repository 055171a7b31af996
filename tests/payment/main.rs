//! Cycles that canisters attach, on the real modules.

mod payer;
mod proofs;
mod writes;

use calisec_tests::journeys;
use proofs::{
    should_charge_the_payer_and_nobody_else_when_its_proofs_are_bad,
    should_serve_the_canister_beyond_its_budget_when_it_pays_the_price,
    should_take_nothing_and_change_nothing_when_the_cycles_are_too_few,
};
use std::process::ExitCode;
use writes::should_add_to_a_group_beyond_what_is_free_when_a_relayed_request_is_paid_for;

fn main() -> ExitCode {
    calisec_tests::run(journeys![
        should_serve_the_canister_beyond_its_budget_when_it_pays_the_price,
        should_take_nothing_and_change_nothing_when_the_cycles_are_too_few,
        should_charge_the_payer_and_nobody_else_when_its_proofs_are_bad,
        should_add_to_a_group_beyond_what_is_free_when_a_relayed_request_is_paid_for,
    ])
}
