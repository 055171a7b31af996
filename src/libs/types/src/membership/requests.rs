//! Writes that a key signed and anybody relays.

use super::access::DecideArg;
use super::administration::OfferAdministrationArg;
use super::applications::SetApplicationArg;
use super::audit_rules::{DiscardOpeningsArg, SetAuditModeArg, SetRecordedRegistriesArg};
use super::checkpoints::{AttestArg, SetCheckpointQuorumArg};
use super::claims::AddContextArg;
use super::devices::{
    AddDeviceArg, LinkPrincipalArg, RevokeAccountArg, RevokeDeviceArg, RotateDeviceArg, UnlinkPrincipalArg,
};
use super::invites::{RedeemInviteArg, RevokeInviteArg};
use super::members::{AddMemberArg, RemoveMemberArg};
use super::nodes::{FetchStateArg, SetNodeArg};
use super::proof_claims::{ClaimReceiptArg, ReviewClaimKindArg};
use super::roles::{CapabilityArg, RemoveRoleArg, SetRoleArg};
use crate::ids::{ContextId, Digest32};
use candid::de::DecoderConfig;
use candid::utils::decode_one_with_config;
use candid::{CandidType, encode_one};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Has something done in the name of the key that signed; see [`crate::signing::RequestPayload`].
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The signed bytes.
    pub payload: ByteBuf,
    /// Ed25519 signature, 64 bytes.
    pub signature: ByteBuf,
}

/// What decoding an argument may cost at the most, in candid's units: a request is small.
const DECODING_QUOTA: usize = 2_000_000;
/// What skipping parts of an argument that the method does not know may cost, as for direct calls.
const SKIPPING_QUOTA: usize = 10_000;

/// Why something is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedRequest {
    /// No method of this name can be asked for by a signature.
    #[error("no method that can be signed for has this name")]
    UnknownMethod,
    /// The argument is none of the method's.
    #[error("the argument is not one of {0}, in Candid")]
    Argument(&'static str),
}

/// One variant per method that can be asked for by a signature: its name, its argument, and the context or group that the
/// argument is about.
macro_rules! requests {
    ($($(#[$doc:meta])* $variant:ident($arg:ty) = $method:literal about |$name:ident| $scope:expr;)+) => {
        /// A write, as a direct call would ask for it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Request {
            $($(#[$doc])* $variant($arg),)+
        }

        impl Request {
            /// Every method that can be asked for by a signature.
            pub const METHODS: &[&str] = &[$($method),+];

            /// The method.
            #[must_use]
            pub const fn method(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $method,)+
                }
            }

            /// The context or group that it is about, which the signed bytes name as well.
            #[must_use]
            pub const fn scope(&self) -> Digest32 {
                match self {
                    $(Self::$variant($name) => Digest32($scope.0),)+
                }
            }

            /// The method's argument in Candid.
            ///
            /// # Panics
            /// Never: arguments encode.
            #[must_use]
            pub fn arg(&self) -> Vec<u8> {
                match self {
                    $(Self::$variant(arg) => encode_one(arg),)+
                }
                .expect("BUG: an argument must encode")
            }

            /// Reads a method's argument.
            ///
            /// # Errors
            /// [`MalformedRequest`].
            pub fn decode(method: &[u8], arg: &[u8]) -> Result<Self, MalformedRequest> {
                let mut config = DecoderConfig::new();
                config.set_decoding_quota(DECODING_QUOTA).set_skipping_quota(SKIPPING_QUOTA);
                $(if method == $method.as_bytes() {
                    return decode_one_with_config(arg, &config)
                        .map(Self::$variant)
                        .map_err(|_| MalformedRequest::Argument($method));
                })+
                Err(MalformedRequest::UnknownMethod)
            }
        }
    };
}

requests! {
    /// Adds a member, or changes its role or envelope key.
    AddMember(AddMemberArg) = "add_member" about |arg| arg.context;
    /// Adds a context to a group.
    AddContext(AddContextArg) = "add_context" about |arg| arg.group;
    /// Offers the administration of a group.
    OfferAdministration(OfferAdministrationArg) = "offer_administration" about |arg| arg.context;
    /// Accepts the administration of a group.
    AcceptAdministration(ContextId) = "accept_administration" about |context| context;
    /// Takes an offer back, or vetoes a recovery.
    CancelHandover(ContextId) = "cancel_handover" about |context| context;
    /// Joins a group by an invite.
    RedeemInvite(RedeemInviteArg) = "redeem_invite" about |arg| arg.invite.context;
    /// Revokes an invite.
    RevokeInvite(RevokeInviteArg) = "revoke_invite" about |arg| arg.invite.context;
    /// Removes a member and everything it was granted.
    RemoveMember(RemoveMemberArg) = "remove_member" about |arg| arg.context;
    /// Defines a role, or changes what members in it may do.
    SetRole(SetRoleArg) = "set_role" about |arg| arg.context;
    /// Removes a role.
    RemoveRole(RemoveRoleArg) = "remove_role" about |arg| arg.context;
    /// Gives a member a capability of its own.
    GrantCapability(CapabilityArg) = "grant_capability" about |arg| arg.context;
    /// Takes it back.
    RevokeCapability(CapabilityArg) = "revoke_capability" about |arg| arg.context;
    /// Says which application a context runs.
    SetApplication(SetApplicationArg) = "set_application" about |arg| arg.context;
    /// Attests what a context's state was.
    Attest(AttestArg) = "attest" about |arg| arg.context;
    /// Says how much agreement makes a checkpoint final.
    SetCheckpointQuorum(SetCheckpointQuorumArg) = "set_checkpoint_quorum" about |arg| arg.context;
    /// Adds a device to an account.
    AddDevice(AddDeviceArg) = "add_device" about |arg| arg.context;
    /// Replaces a device's key.
    RotateDevice(RotateDeviceArg) = "rotate_device" about |arg| arg.context;
    /// Revokes a device for ever.
    RevokeDevice(RevokeDeviceArg) = "revoke_device" about |arg| arg.context;
    /// Revokes an account for ever.
    RevokeAccount(RevokeAccountArg) = "revoke_account" about |arg| arg.context;
    /// Links the principal of the key that signs to an account.
    LinkPrincipal(LinkPrincipalArg) = "link_principal" about |arg| arg.context;
    /// Unlinks a principal.
    UnlinkPrincipal(UnlinkPrincipalArg) = "unlink_principal" about |arg| arg.context;
    /// Says where a node of the context can be asked.
    SetNode(SetNodeArg) = "set_node" about |arg| arg.context;
    /// Asks the context's node for its state.
    FetchState(FetchStateArg) = "fetch_state" about |arg| arg.context;
    /// Makes a receipt a claim.
    ClaimReceipt(ClaimReceiptArg) = "claim_receipt" about |arg| arg.context;
    /// Removes a kind of claims whose circuit was revoked.
    ReviewClaimKind(ReviewClaimKindArg) = "review_claim_kind" about |arg| arg.context;
    /// Decides, and has the decision recorded.
    RecordDecision(DecideArg) = "record_decision" about |arg| arg.context;
    /// Says of which canisters every decision is recorded.
    SetRecordedRegistries(SetRecordedRegistriesArg) = "set_recorded_registries" about |arg| arg.context;
    /// Says what everybody sees of a context's entries. Whoever relays it reads the seed.
    SetAuditMode(SetAuditModeArg) = "set_audit_mode" about |arg| arg.context;
    /// Has openings of hidden entries forgotten.
    DiscardOpenings(DiscardOpeningsArg) = "discard_openings" about |arg| arg.context;
}
