//! Checks zero-knowledge proofs and keeps their receipts. The interface is documented in `candid/proof_verifier.did`.

use calisec_runtime::{IcEnv, Reply, reply};
use calisec_types::aggregates::{
    AggregateCertificate, AggregateReceipt, CommitUpdateArg, ContributionsArg, ContributionsPage, OpenRoundArg,
    PostAggregateArg, Round, RoundsArg, RoundsPage,
};
use calisec_types::ids::{CircuitId, ReceiptId, RoundId};
use calisec_types::proof_verifier::{
    Circuit, CircuitsArg, CircuitsPage, ConsumeArg, Price, ProofError, ProofVerifierInit, ProofsPage, Receipt,
    ReceiptCertificate, ReceiptsArg, ReceiptsPage, RegisterCircuitArg, SetCircuitStatusArg, StoredProof, SubmitArg,
    SubmitManyArg, VerifyArg,
};
use proof_verifier::state::{with_state, with_state_mut};
use proof_verifier::{api, lifecycle};

fn main() {}

#[ic_cdk::init]
fn init(arg: Option<ProofVerifierInit>) {
    with_state_mut(|state| lifecycle::init(state, &IcEnv, arg));
}

#[ic_cdk::post_upgrade]
fn post_upgrade() {
    with_state_mut(|state| lifecycle::post_upgrade(state, &IcEnv));
}

#[ic_cdk::update(manual_reply = true)]
fn register_circuit(arg: RegisterCircuitArg) -> Reply<Circuit, ProofError> {
    reply(with_state_mut(|state| api::register_circuit(state, &IcEnv, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn set_circuit_status(arg: SetCircuitStatusArg) -> Reply<Circuit, ProofError> {
    reply(with_state_mut(|state| api::set_circuit_status(state, &IcEnv, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn submit(arg: SubmitArg) -> Reply<Receipt, ProofError> {
    reply(with_state_mut(|state| api::submit(state, &IcEnv, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn submit_many(arg: SubmitManyArg) -> Reply<Vec<Result<Receipt, ProofError>>, ProofError> {
    reply(with_state_mut(|state| api::submit_many(state, &IcEnv, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn consume(arg: ConsumeArg) -> Reply<Receipt, ProofError> {
    reply(with_state_mut(|state| api::consume(state, &IcEnv, arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn verify(arg: VerifyArg) -> Reply<(), ProofError> {
    reply(with_state_mut(|state| api::verify(state, &IcEnv, &arg)))
}

#[ic_cdk::query]
fn price() -> Price {
    api::price()
}

#[ic_cdk::query(manual_reply = true)]
fn circuit(id: CircuitId) -> Reply<Circuit, ProofError> {
    reply(with_state(|state| api::circuit(state, id)))
}

#[ic_cdk::query(manual_reply = true)]
fn circuits(arg: CircuitsArg) -> Reply<CircuitsPage, ProofError> {
    reply(Ok(with_state(|state| api::circuits(state, &arg))))
}

#[ic_cdk::query(manual_reply = true)]
fn receipt(id: ReceiptId) -> Reply<Receipt, ProofError> {
    reply(with_state(|state| api::receipt(state, id)))
}

#[ic_cdk::query(manual_reply = true)]
fn receipt_certificate(id: ReceiptId) -> Reply<ReceiptCertificate, ProofError> {
    reply(with_state(|state| api::receipt_certificate(state, &IcEnv, id)))
}

#[ic_cdk::query(manual_reply = true)]
fn receipts(arg: ReceiptsArg) -> Reply<ReceiptsPage, ProofError> {
    reply(Ok(with_state(|state| api::receipts(state, &arg))))
}

#[ic_cdk::query(manual_reply = true)]
fn proof(id: ReceiptId) -> Reply<StoredProof, ProofError> {
    reply(with_state(|state| api::proof(state, id)))
}

#[ic_cdk::query(manual_reply = true)]
fn proofs(arg: ReceiptsArg) -> Reply<ProofsPage, ProofError> {
    reply(Ok(with_state(|state| api::proofs(state, &arg))))
}

#[ic_cdk::update(manual_reply = true)]
fn open_round(arg: OpenRoundArg) -> Reply<Round, ProofError> {
    reply(with_state_mut(|state| api::open_round(state, &IcEnv, arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn commit_update(arg: CommitUpdateArg) -> Reply<Round, ProofError> {
    reply(with_state_mut(|state| api::commit_update(state, &IcEnv, &arg)))
}

#[ic_cdk::update(manual_reply = true)]
fn post_aggregate(arg: PostAggregateArg) -> Reply<AggregateReceipt, ProofError> {
    reply(with_state_mut(|state| api::post_aggregate(state, &IcEnv, arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn round(id: RoundId) -> Reply<Round, ProofError> {
    reply(with_state(|state| api::round(state, id)))
}

#[ic_cdk::query(manual_reply = true)]
fn rounds(arg: RoundsArg) -> Reply<RoundsPage, ProofError> {
    reply(Ok(with_state(|state| api::rounds(state, &arg))))
}

#[ic_cdk::query(manual_reply = true)]
fn contributions(arg: ContributionsArg) -> Reply<ContributionsPage, ProofError> {
    reply(with_state(|state| api::contributions(state, &arg)))
}

#[ic_cdk::query(manual_reply = true)]
fn aggregate_certificate(id: RoundId) -> Reply<AggregateCertificate, ProofError> {
    reply(with_state(|state| api::aggregate_certificate(state, &IcEnv, id)))
}

#[cfg(test)]
mod tests {
    use super::{
        AggregateCertificate, AggregateReceipt, CommitUpdateArg, ContributionsArg, ContributionsPage, OpenRoundArg,
        PostAggregateArg, Round, RoundId, RoundsArg, RoundsPage,
    };
    use super::{
        Circuit, CircuitId, CircuitsArg, CircuitsPage, ConsumeArg, Price, ProofError, ProofVerifierInit, ProofsPage,
        Receipt, ReceiptCertificate, ReceiptId, ReceiptsArg, ReceiptsPage, RegisterCircuitArg, Reply,
        SetCircuitStatusArg, StoredProof, SubmitArg, SubmitManyArg, VerifyArg,
    };
    use candid_parser::utils::{CandidSource, service_equal};
    use std::path::Path;

    #[test]
    fn should_match_the_declared_candid_interface_when_exported() {
        candid::export_service!();
        let exported = __export_service();
        let declared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../candid/proof_verifier.did");
        if let Err(error) = service_equal(CandidSource::Text(&exported), CandidSource::File(&declared)) {
            panic!(
                "UPDATE candid/proof_verifier.did by hand: it differs from the code: {error}\n\nthe code says:\n{exported}"
            );
        }
    }
}
