//! Claims: what was proved about members.

use super::MembershipClient;
use crate::transport::{CallError, Transport, call_query, call_update};
use calisec_types::ids::ContextId;
use calisec_types::membership::{
    ClaimKindInForce, ClaimReceiptArg, ClaimsArg, ClaimsPage, MembershipError, ProofClaim, ReviewClaimKindArg,
};
use candid::Principal;

impl<T: Transport> MembershipClient<T> {
    /// Makes a receipt of `proof_verifier` a claim of the member that the caller acts for. Only who submitted the proof.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes: the same call can be repeated.
    pub async fn claim_receipt(&self, arg: &ClaimReceiptArg) -> Result<Result<ProofClaim, MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "claim_receipt", (arg,)).await?;
        Ok(answer)
    }

    /// Removes a kind of claims whose circuit was revoked. Anyone who noticed.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes: the same call can be repeated.
    pub async fn review_claim_kind(&self, arg: &ReviewClaimKindArg) -> Result<Result<(), MembershipError>, CallError> {
        let (answer,) = call_update(&self.transport, self.canister, "review_claim_kind", (arg,)).await?;
        Ok(answer)
    }

    /// Whose receipts become claims of members; nobody's when absent. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn proof_verifier(&self) -> Result<Option<Principal>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "proof_verifier", ()).await?;
        Ok(answer)
    }

    /// What members of a context can prove. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn claim_kinds(
        &self,
        context: ContextId,
    ) -> Result<Result<Vec<ClaimKindInForce>, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "claim_kinds", (context,)).await?;
        Ok(answer)
    }

    /// A page of a member's claims that count now or will. Uncertified.
    ///
    /// # Errors
    /// [`CallError`] when no reply comes.
    pub async fn claims(&self, arg: &ClaimsArg) -> Result<Result<ClaimsPage, MembershipError>, CallError> {
        let (answer,) = call_query(&self.transport, self.canister, "claims", (arg,)).await?;
        Ok(answer)
    }
}
