//! Client of the `proof_verifier` canister.

use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::aggregates::{
    AggregateCertificate, AggregateReceipt, CommitUpdateArg, ContributionsArg, ContributionsPage, OpenRoundArg,
    PostAggregateArg, Round, RoundsArg, RoundsPage,
};
use calisec_types::ids::{CircuitId, ReceiptId, RoundId};
use calisec_types::proof_verifier::{
    Circuit, CircuitsArg, CircuitsPage, ConsumeArg, Price, ProofError, ProofsPage, Receipt, ReceiptCertificate,
    ReceiptsArg, ReceiptsPage, RegisterCircuitArg, SetCircuitStatusArg, StoredProof, SubmitArg, SubmitManyArg,
    VerifyArg,
};
use candid::Principal;

/// Client of the `proof_verifier` canister. The outer result is the call's, the inner one the canister's answer.
#[derive(Clone, Copy, Debug)]
pub struct ProofVerifierClient<T> {
    transport: T,
    canister: Principal,
}

impl<T: Transport> ProofVerifierClient<T> {
    /// A client of the canister with this id.
    pub const fn new(transport: T, canister: Principal) -> Self {
        Self { transport, canister }
    }

    /// The canister's id.
    pub const fn canister(&self) -> Principal {
        self.canister
    }

    /// Registers a circuit by its verifying key.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn register_circuit(&self, arg: &RegisterCircuitArg) -> Result<Result<Circuit, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "register_circuit", (arg,)).await?;
        Ok(answer)
    }

    /// Changes a circuit's status.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn set_circuit_status(
        &self,
        arg: &SetCircuitStatusArg,
    ) -> Result<Result<Circuit, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "set_circuit_status", (arg,)).await?;
        Ok(answer)
    }

    /// Verifies a proof and issues a receipt.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn submit(&self, arg: &SubmitArg) -> Result<Result<Receipt, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "submit", (arg,)).await?;
        Ok(answer)
    }

    /// Verifies many proofs and issues their receipts. The answers are in the order of the submissions.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn submit_many(
        &self,
        arg: &SubmitManyArg,
    ) -> Result<Result<Vec<Result<Receipt, ProofError>>, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "submit_many", (arg,)).await?;
        Ok(answer)
    }

    /// Consumes a receipt, once. Only the canister it names.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn consume(&self, arg: &ConsumeArg) -> Result<Result<Receipt, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "consume", (arg,)).await?;
        Ok(answer)
    }

    /// Checks a proof and keeps nothing. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn verify(&self, arg: &VerifyArg) -> Result<Result<(), ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "verify", (arg,)).await?;
        Ok(answer)
    }

    /// What proofs cost who attaches cycles.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn price(&self) -> Result<Price, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "price", ()).await?;
        Ok(answer)
    }

    /// A circuit.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn circuit(&self, circuit: CircuitId) -> Result<Result<Circuit, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "circuit", (circuit,)).await?;
        Ok(answer)
    }

    /// A page of circuits.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn circuits(&self, arg: &CircuitsArg) -> Result<Result<CircuitsPage, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "circuits", (arg,)).await?;
        Ok(answer)
    }

    /// A receipt.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn receipt(&self, receipt: ReceiptId) -> Result<Result<Receipt, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "receipt", (receipt,)).await?;
        Ok(answer)
    }

    /// A receipt with its certificate and witness. Verify them before relying on it.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn receipt_certificate(
        &self,
        receipt: ReceiptId,
    ) -> Result<Result<ReceiptCertificate, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "receipt_certificate", (receipt,)).await?;
        Ok(answer)
    }

    /// A page of the receipts of a context.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn receipts(&self, arg: &ReceiptsArg) -> Result<Result<ReceiptsPage, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "receipts", (arg,)).await?;
        Ok(answer)
    }

    /// The proof that earned a receipt.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn proof(&self, receipt: ReceiptId) -> Result<Result<StoredProof, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "proof", (receipt,)).await?;
        Ok(answer)
    }

    /// A page of the proofs of a context's receipts, with their public inputs.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn proofs(&self, arg: &ReceiptsArg) -> Result<Result<ProofsPage, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "proofs", (arg,)).await?;
        Ok(answer)
    }

    /// Opens a round of contributions; the caller is its publisher.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn open_round(&self, arg: &OpenRoundArg) -> Result<Result<Round, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "open_round", (arg,)).await?;
        Ok(answer)
    }

    /// Commits the caller to an update.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn commit_update(&self, arg: &CommitUpdateArg) -> Result<Result<Round, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "commit_update", (arg,)).await?;
        Ok(answer)
    }

    /// Checks the aggregate of a round and issues its receipt.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn post_aggregate(
        &self,
        arg: &PostAggregateArg,
    ) -> Result<Result<AggregateReceipt, ProofError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "post_aggregate", (arg,)).await?;
        Ok(answer)
    }

    /// A round. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn round(&self, round: RoundId) -> Result<Result<Round, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "round", (round,)).await?;
        Ok(answer)
    }

    /// A page of the rounds of a context. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn rounds(&self, arg: &RoundsArg) -> Result<Result<RoundsPage, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "rounds", (arg,)).await?;
        Ok(answer)
    }

    /// A page of the contributors of a round. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn contributions(
        &self,
        arg: &ContributionsArg,
    ) -> Result<Result<ContributionsPage, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "contributions", (arg,)).await?;
        Ok(answer)
    }

    /// The receipt of an aggregate, to be verified with `calisec_sdk::verify::aggregate`.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn aggregate_certificate(
        &self,
        round: RoundId,
    ) -> Result<Result<AggregateCertificate, ProofError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "aggregate_certificate", (round,)).await?;
        Ok(answer)
    }
}
