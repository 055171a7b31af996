//! Ownership claims, for programs that hold a key and no Calimero node.

use super::Identity;
use calisec_types::ids::{ContextId, GroupId};
use calisec_types::membership::{OWNERSHIP_CLAIM_TAG, OwnershipClaim};

/// What a claim says; the issuer is the key that signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnershipClaimPayload {
    /// `icp:<canister>#<SHA-256 of the network's DER root key in hex>`, or without the network.
    pub audience: String,
    /// The group's id in Calimero.
    pub group: GroupId,
    /// The context's id in Calimero; `None` for the group's own context.
    pub context: Option<ContextId>,
    /// `bind:<principal>`: who administers.
    pub subject: String,
    /// 32 to 128 hex digits, single-use.
    pub nonce: String,
    /// When it begins.
    pub issued_at_ms: u64,
    /// When it ends; at most five minutes later.
    pub expires_at_ms: u64,
}

impl Identity {
    /// Signs an ownership claim as a Calimero node with this key does.
    ///
    /// # Panics
    /// When audience, subject or nonce hold a quote, a backslash or a control character, which nodes refuse as well.
    #[must_use]
    pub fn sign_ownership_claim(&self, payload: &OwnershipClaimPayload) -> OwnershipClaim {
        let OwnershipClaimPayload { audience, group, context, subject, nonce, issued_at_ms, expires_at_ms } = payload;
        let is_plain = |text: &String| !text.contains(|c: char| c == '"' || c == '\\' || c.is_control());
        assert!([audience, subject, nonce].into_iter().all(is_plain), "not a text that a claim may hold");
        let context = context.map(|id| id.to_string()).unwrap_or_default();
        let json = format!(
            "{{\"v\":1,\"audience\":\"{audience}\",\"group_id\":\"{group}\",\"issuer_identity\":\"{}\",\
             \"context_id\":\"{context}\",\"subject\":\"{subject}\",\"nonce\":\"{nonce}\",\
             \"issued_at_ms\":{issued_at_ms},\"expires_at_ms\":{expires_at_ms}}}",
            self.account()
        );
        let signature = self.sign(&[OWNERSHIP_CLAIM_TAG, json.as_bytes()].concat()).to_vec();
        OwnershipClaim { payload: json.into_bytes().into(), signature: signature.into() }
    }
}
