//! Bad input gets a typed error and changes nothing: the stable memory of all four canisters is the same before and after.

mod candid_bytes;
mod governance;
mod membership;
mod modules;
mod note_registry;
mod proof_claims;
mod proof_verifier;
mod reports;
mod statements;

use calisec_sdk::Random;
use calisec_testkit::backend::Backend;
use calisec_testkit::{Deployment, Setup};
use calisec_tests::journeys;
use std::process::ExitCode;

use candid_bytes::{should_know_every_method_of_every_interface, should_reject_malformed_candid_on_every_method};
use governance::should_refuse_bad_input_to_governance;
use membership::{should_refuse_bad_input_to_membership, should_refuse_bad_registrations_of_a_context};
use modules::{
    should_keep_everything_when_an_upgrade_has_a_wrong_argument,
    should_refuse_modules_and_install_arguments_that_are_broken,
};
use note_registry::{should_refuse_bad_input_to_note_registry, should_refuse_bad_transfers};
use proof_claims::should_refuse_bad_claims_and_bad_kinds_of_claims;
use proof_verifier::{
    should_refuse_bad_circuits, should_refuse_bad_proofs, should_refuse_bad_rounds_and_aggregates,
    should_refuse_to_consume_what_is_not_expected,
};
use reports::should_refuse_bad_reports_and_inquiries_to_membership;
use statements::should_refuse_bad_statements_to_membership;

fn main() -> ExitCode {
    calisec_tests::run(journeys![
        should_know_every_method_of_every_interface,
        should_reject_malformed_candid_on_every_method,
        should_refuse_bad_registrations_of_a_context,
        should_refuse_bad_input_to_membership,
        should_refuse_bad_statements_to_membership,
        should_refuse_bad_reports_and_inquiries_to_membership,
        should_refuse_bad_claims_and_bad_kinds_of_claims,
        should_refuse_bad_circuits,
        should_refuse_bad_proofs,
        should_refuse_bad_rounds_and_aggregates,
        should_refuse_to_consume_what_is_not_expected,
        should_refuse_bad_input_to_note_registry,
        should_refuse_bad_transfers,
        should_refuse_bad_input_to_governance,
        should_refuse_modules_and_install_arguments_that_are_broken,
        should_keep_everything_when_an_upgrade_has_a_wrong_argument,
    ])
}

fn deploy<B: Backend>(backend: B) -> Deployment<B> {
    Setup::default().on(backend).expect("the four canisters install")
}

fn random() -> Random {
    Random::from_seed([3; 32])
}
