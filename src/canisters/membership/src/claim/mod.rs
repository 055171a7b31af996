//! Ownership claims: what a Calimero node's key says about a group.

use crate::keys::{self, Refusal};
use calisec_types::ids::{AccountId, ContextId, Digest32, GroupId, Timestamp};
use calisec_types::membership::{
    CLAIM_CLOCK_SKEW_SECONDS, MAX_CLAIM_BYTES, MAX_CLAIM_SECONDS, OWNERSHIP_CLAIM_TAG, OwnershipClaim, claimed_group,
    context_in_group,
};
use candid::Principal;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Nanoseconds in a millisecond.
const NANOSECONDS: u64 = 1_000_000;
/// Domain tag of what a used claim is remembered by.
const NONCE_TAG: &[u8] = b"calisec.claim-nonce.v1\0";
/// How much of a parser's complaint is passed on.
const MAX_COMPLAINT: usize = 200;

/// What a claim that verifies says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key that signed.
    pub issuer: AccountId,
    /// The group's id in Calimero.
    pub calimero_group: GroupId,
    /// The context's id in Calimero, unless the claim is about the group alone.
    pub calimero_context: Option<ContextId>,
    /// Whom it is made out to: free text.
    pub subject: String,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
    nonce: String,
}

/// Why a claim does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its bytes are no claim.
    Malformed(String),
    /// It is made out to somebody else.
    Audience,
    /// It is over, not yet begun, or lasts too long.
    Window {
        /// When it begins.
        issued_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// Its key or signature does not count.
    Signature(Refusal),
}

/// Where and when a claim is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Here {
    /// The network.
    pub network: Digest32,
    /// The canister.
    pub canister: Principal,
    /// The time.
    pub now: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    v: u64,
    audience: String,
    group_id: String,
    issuer_identity: String,
    context_id: String,
    subject: String,
    nonce: String,
    issued_at_ms: u64,
    expires_at_ms: u64,
}

impl Claim {
    /// Reads a claim and checks all that can be checked without knowing what was registered before.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(claim: &OwnershipClaim, here: &Here) -> Result<Self, Refused> {
        let OwnershipClaim { payload: signed, signature } = claim;
        let payload = parse(signed)?;
        let issuer: AccountId = payload.issuer_identity.parse().map_err(|_| malformed("issuer_identity"))?;
        let calimero_group: GroupId = payload.group_id.parse().map_err(|_| malformed("group_id"))?;
        let calimero_context: Option<ContextId> = match payload.context_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| malformed("context_id"))?),
        };
        check_audience(&payload.audience, here)?;
        let expires_at = check_window(&payload, here.now)?;
        let mut message = OWNERSHIP_CLAIM_TAG.to_vec();
        message.extend_from_slice(signed);
        keys::verify(issuer.as_bytes(), &message, signature).map_err(Refused::Signature)?;
        let Payload { subject, nonce, .. } = payload;
        Ok(Self { issuer, calimero_group, calimero_context, subject, expires_at, nonce })
    }

    /// The group that it is about: one per issuer, so that nobody stands in anybody's way.
    #[must_use]
    pub fn group(&self) -> GroupId {
        claimed_group(self.issuer, self.calimero_group)
    }

    /// The context that it is about: the group's own when it names none.
    #[must_use]
    pub fn context(&self) -> ContextId {
        let group = self.group();
        self.calimero_context.map_or(ContextId(group.0), |context| context_in_group(group, context))
    }

    /// The principal after `purpose` and a colon in the subject. The anonymous principal stands for the issuer's own key: who
    /// is nobody cannot administer.
    #[must_use]
    pub fn principal_for(&self, purpose: &str) -> Option<Principal> {
        let text = self.subject.strip_prefix(purpose)?.strip_prefix(':')?;
        let principal = Principal::from_text(text).ok()?;
        let is_nobody = principal == Principal::anonymous();
        (principal != Principal::management_canister())
            .then(|| if is_nobody { self.issuer.principal() } else { principal })
    }

    /// What it is remembered by once it was used.
    #[must_use]
    pub fn nonce_hash(&self) -> Digest32 {
        let hash = Sha256::new()
            .chain_update(NONCE_TAG)
            .chain_update(self.issuer.0)
            .chain_update(self.context().0)
            .chain_update(&self.nonce);
        Digest32(hash.finalize().into())
    }
}

fn parse(signed: &[u8]) -> Result<Payload, Refused> {
    if signed.len() > MAX_CLAIM_BYTES {
        return Err(Refused::Malformed(format!("longer than {MAX_CLAIM_BYTES} bytes")));
    }
    // A struct may be written as an array as well, which no node does.
    if signed.first() != Some(&b'{') {
        return Err(Refused::Malformed("not a JSON object".to_owned()));
    }
    let payload: Payload = serde_json::from_slice(signed)
        .map_err(|error| Refused::Malformed(error.to_string().chars().take(MAX_COMPLAINT).collect()))?;
    if payload.v != 1 {
        return Err(Refused::Malformed("only version 1 is known".to_owned()));
    }
    let is_nonce = (32..=128).contains(&payload.nonce.len()) && payload.nonce.bytes().all(|b| b.is_ascii_hexdigit());
    if is_nonce { Ok(payload) } else { Err(malformed("nonce")) }
}

fn malformed(field: &str) -> Refused {
    Refused::Malformed(format!("{field} is not as nodes write it"))
}

/// `icp:<canister>`, or `icp:<canister>#<network>`, which is worthless on another network.
fn check_audience(audience: &str, here: &Here) -> Result<(), Refused> {
    let (canister, network) = match audience.split_once('#') {
        Some((canister, network)) => (canister, Some(network)),
        None => (audience, None),
    };
    let is_ours = canister.strip_prefix("icp:") == Some(here.canister.to_text().as_str())
        && network.is_none_or(|network| network == here.network.to_string());
    if is_ours { Ok(()) } else { Err(Refused::Audience) }
}

fn check_window(payload: &Payload, now: Timestamp) -> Result<Timestamp, Refused> {
    let time = |milliseconds: u64| milliseconds.checked_mul(NANOSECONDS).map(Timestamp);
    let issued_at = time(payload.issued_at_ms).ok_or_else(|| malformed("issued_at_ms"))?;
    let expires_at = time(payload.expires_at_ms).ok_or_else(|| malformed("expires_at_ms"))?;
    let is_in_window = issued_at <= now.plus_seconds(CLAIM_CLOCK_SKEW_SECONDS)
        && now < expires_at
        && issued_at < expires_at
        && expires_at <= issued_at.plus_seconds(MAX_CLAIM_SECONDS);
    if is_in_window { Ok(expires_at) } else { Err(Refused::Window { issued_at, expires_at }) }
}

#[cfg(test)]
mod tests;
