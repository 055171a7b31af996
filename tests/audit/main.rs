//! The audit log, as an auditor uses it.

mod inclusion;
mod recording;

use calisec_sdk::Random;
use calisec_testkit::backend::Backend;
use calisec_testkit::{Deployment, Setup};
use calisec_tests::journeys;
use std::process::ExitCode;

fn main() -> ExitCode {
    use inclusion::should_prove_every_entry_at_any_length_and_after_an_upgrade;
    use recording::{
        should_hide_entries_that_their_owner_can_open_and_nobody_else,
        should_record_decisions_for_who_may_ask_and_of_who_was_named,
    };
    calisec_tests::run(journeys![
        should_prove_every_entry_at_any_length_and_after_an_upgrade,
        should_record_decisions_for_who_may_ask_and_of_who_was_named,
        should_hide_entries_that_their_owner_can_open_and_nobody_else,
    ])
}

fn deploy<B: Backend>(backend: B) -> Deployment<B> {
    Setup::default().on(backend).expect("the four canisters install")
}

fn random() -> Random {
    Random::from_seed([33; 32])
}
