//! Events between their stored form and the API's.

use super::StoredEvent;
use crate::storage::{
    StoredDivergenceKind, StoredGrant, StoredHandover, StoredNodeState, StoredPrincipal, action_code,
};
use calisec_types::ids::ContextId;
use calisec_types::membership::{AuditEvent, Capability, DivergenceKind, NodeState, Rights};

impl From<&AuditEvent> for StoredEvent {
    fn from(event: &AuditEvent) -> Self {
        match event {
            AuditEvent::ContextRegistered { group, administrator, origin } => {
                Self::ContextRegistered { group: *group, administrator: *administrator, origin: *origin }
            }
            AuditEvent::HandoverStarted { handover } => Self::HandoverStarted(StoredHandover::from(*handover)),
            AuditEvent::HandoverCancelled { to } => Self::HandoverCancelled { to: *to },
            AuditEvent::AdministratorChanged { from, to } => Self::AdministratorChanged { from: *from, to: *to },
            AuditEvent::MemberSet { account, role, kem_key } => {
                Self::MemberSet { account: *account, role: role.clone(), kem_key: *kem_key }
            }
            AuditEvent::MemberRemoved { account, grants_removed, devices_removed, links_removed } => {
                Self::MemberRemoved {
                    account: *account,
                    grants_removed: *grants_removed,
                    devices_removed: *devices_removed,
                    links_removed: *links_removed,
                }
            }
            AuditEvent::Granted { grant } => Self::Granted {
                id: grant.id,
                grant: StoredGrant {
                    account: grant.account,
                    action: action_code(grant.action),
                    note: grant.note,
                    registry: grant.registry,
                    terms: grant.terms.clone(),
                    proposal: grant.proposal,
                    uses: grant.uses,
                },
            },
            AuditEvent::Revoked { grant, proposal } => Self::Revoked { grant: *grant, proposal: *proposal },
            AuditEvent::GrantUsed { grant, uses } => Self::GrantUsed { grant: *grant, uses: *uses },
            AuditEvent::PolicySet { version, hash, proposal } => {
                Self::PolicySet { version: *version, hash: *hash, proposal: *proposal }
            }
            AuditEvent::RoleSet { name, capabilities } => {
                Self::RoleSet { name: name.clone(), capabilities: Rights::of(capabilities) }
            }
            AuditEvent::RoleRemoved { name } => Self::RoleRemoved { name: name.clone() },
            AuditEvent::CapabilityGranted { account, capability } => {
                Self::CapabilityGranted { account: *account, capability: Rights::of(&[*capability]) }
            }
            AuditEvent::CapabilityRevoked { account, capability } => {
                Self::CapabilityRevoked { account: *account, capability: Rights::of(&[*capability]) }
            }
            AuditEvent::ApplicationSet { application, version, wasm_hash, source } => Self::ApplicationSet {
                application: *application,
                version: version.clone(),
                wasm_hash: *wasm_hash,
                source: source.clone(),
            },
            AuditEvent::ClaimKindSet { kind, proposal } => {
                Self::ClaimKindSet { kind: kind.clone(), proposal: *proposal }
            }
            AuditEvent::ClaimKindRemoved { name, proposal } => {
                Self::ClaimKindRemoved { name: name.clone(), proposal: *proposal }
            }
            AuditEvent::ReceiptClaimed { account, claim } => {
                Self::ReceiptClaimed { account: *account, claim: claim.clone() }
            }
            AuditEvent::CheckpointQuorumSet { quorum } => Self::CheckpointQuorumSet { quorum: *quorum },
            AuditEvent::Attested { account, height, claim, made_final, divergence } => Self::Attested {
                account: *account,
                height: *height,
                claim: (*claim).into(),
                divergence: divergence.map(StoredDivergenceKind::from),
                made_final: *made_final,
            },
            AuditEvent::DeviceAdded { account, key, scope, kem_key, expires_at, rotate_every } => Self::DeviceAdded {
                account: *account,
                key: *key,
                scope: scope.rights(),
                kem_key: *kem_key,
                expires_at: *expires_at,
                rotate_every: *rotate_every,
            },
            AuditEvent::DeviceRotated { account, old, new, kem_key } => {
                Self::DeviceRotated { account: *account, old: *old, new: *new, kem_key: *kem_key }
            }
            AuditEvent::DeviceRevoked { account, key, links_removed } => {
                Self::DeviceRevoked { account: *account, key: *key, links_removed: *links_removed }
            }
            AuditEvent::AccountRevoked { account, grants_removed, devices_removed, links_removed } => {
                Self::AccountRevoked {
                    account: *account,
                    grants_removed: *grants_removed,
                    devices_removed: *devices_removed,
                    links_removed: *links_removed,
                }
            }
            AuditEvent::PrincipalLinked { account, principal, device } => {
                Self::PrincipalLinked { account: *account, principal: *principal, device: *device }
            }
            AuditEvent::PrincipalUnlinked { account, principal } => {
                Self::PrincipalUnlinked { account: *account, principal: *principal }
            }
            AuditEvent::InviteRedeemed { invite, inviter, account, role, kem_key } => Self::InviteRedeemed {
                invite: *invite,
                inviter: *inviter,
                account: *account,
                role: role.clone(),
                kem_key: *kem_key,
            },
            AuditEvent::InviteRevoked { invite } => Self::InviteRevoked { invite: *invite },
            AuditEvent::NodeSet { url } => Self::NodeSet { url: url.clone() },
            AuditEvent::NodeAsked { cycles } => Self::NodeAsked { cycles: *cycles },
            AuditEvent::NodeAnswered { state, outcome } => {
                Self::NodeAnswered { state: state.map(StoredNodeState::from), outcome: outcome.clone().into() }
            }
            AuditEvent::Decided { account, question, grant, allowed, policy_version, revision } => Self::Decided {
                account: *account,
                question: *question,
                grant: *grant,
                allowed: *allowed,
                policy_version: *policy_version,
                revision: *revision,
            },
            AuditEvent::RecordedRegistriesSet { registries } => {
                Self::RecordedRegistriesSet { registries: registries.iter().copied().map(StoredPrincipal).collect() }
            }
            AuditEvent::AuditModeSet { mode } => Self::AuditModeSet { mode: (*mode).into() },
            AuditEvent::Sealed { kind, commitment } => Self::Sealed { kind: *kind, commitment: *commitment },
            AuditEvent::OpeningsDiscarded { up_to, discarded } => {
                Self::OpeningsDiscarded { up_to: *up_to, discarded: *discarded }
            }
        }
    }
}

impl StoredEvent {
    /// The event as the API shows it.
    #[must_use]
    pub fn into_api(self, context: ContextId) -> AuditEvent {
        match self {
            Self::ContextRegistered { group, administrator, origin } => {
                AuditEvent::ContextRegistered { group, administrator, origin }
            }
            Self::HandoverStarted(handover) => AuditEvent::HandoverStarted { handover: handover.into() },
            Self::HandoverCancelled { to } => AuditEvent::HandoverCancelled { to },
            Self::AdministratorChanged { from, to } => AuditEvent::AdministratorChanged { from, to },
            Self::MemberSet { account, role, kem_key } => AuditEvent::MemberSet { account, role, kem_key },
            Self::MemberRemoved { account, grants_removed, devices_removed, links_removed } => {
                AuditEvent::MemberRemoved { account, grants_removed, devices_removed, links_removed }
            }
            Self::Granted { id, grant } => AuditEvent::Granted { grant: grant.to_api(context, id) },
            Self::Revoked { grant, proposal } => AuditEvent::Revoked { grant, proposal },
            Self::GrantUsed { grant, uses } => AuditEvent::GrantUsed { grant, uses },
            Self::PolicySet { version, hash, proposal } => AuditEvent::PolicySet { version, hash, proposal },
            Self::RoleSet { name, capabilities } => {
                AuditEvent::RoleSet { name, capabilities: capabilities.capabilities() }
            }
            Self::RoleRemoved { name } => AuditEvent::RoleRemoved { name },
            Self::CapabilityGranted { account, capability } => {
                AuditEvent::CapabilityGranted { account, capability: only(capability) }
            }
            Self::CapabilityRevoked { account, capability } => {
                AuditEvent::CapabilityRevoked { account, capability: only(capability) }
            }
            Self::ApplicationSet { application, version, wasm_hash, source } => {
                AuditEvent::ApplicationSet { application, version, wasm_hash, source }
            }
            Self::CheckpointQuorumSet { quorum } => AuditEvent::CheckpointQuorumSet { quorum },
            Self::Attested { account, height, claim, divergence, made_final } => AuditEvent::Attested {
                account,
                height,
                claim: claim.into(),
                made_final,
                divergence: divergence.map(DivergenceKind::from),
            },
            Self::DeviceAdded { account, key, scope, kem_key, expires_at, rotate_every } => {
                AuditEvent::DeviceAdded { account, key, scope: scope.into(), kem_key, expires_at, rotate_every }
            }
            Self::DeviceRotated { account, old, new, kem_key } => {
                AuditEvent::DeviceRotated { account, old, new, kem_key }
            }
            Self::DeviceRevoked { account, key, links_removed } => {
                AuditEvent::DeviceRevoked { account, key, links_removed }
            }
            Self::AccountRevoked { account, grants_removed, devices_removed, links_removed } => {
                AuditEvent::AccountRevoked { account, grants_removed, devices_removed, links_removed }
            }
            Self::PrincipalLinked { account, principal, device } => {
                AuditEvent::PrincipalLinked { account, principal, device }
            }
            Self::PrincipalUnlinked { account, principal } => AuditEvent::PrincipalUnlinked { account, principal },
            Self::InviteRedeemed { invite, inviter, account, role, kem_key } => {
                AuditEvent::InviteRedeemed { invite, inviter, account, role, kem_key }
            }
            Self::InviteRevoked { invite } => AuditEvent::InviteRevoked { invite },
            Self::ClaimKindSet { kind, proposal } => AuditEvent::ClaimKindSet { kind, proposal },
            Self::ClaimKindRemoved { name, proposal } => AuditEvent::ClaimKindRemoved { name, proposal },
            Self::ReceiptClaimed { account, claim } => AuditEvent::ReceiptClaimed { account, claim },
            Self::NodeSet { url } => AuditEvent::NodeSet { url },
            Self::NodeAsked { cycles } => AuditEvent::NodeAsked { cycles },
            Self::NodeAnswered { state, outcome } => {
                AuditEvent::NodeAnswered { state: state.map(NodeState::from), outcome: outcome.into() }
            }
            Self::Decided { account, question, grant, allowed, policy_version, revision } => {
                AuditEvent::Decided { account, question, grant, allowed, policy_version, revision }
            }
            Self::RecordedRegistriesSet { registries } => AuditEvent::RecordedRegistriesSet {
                registries: registries.into_iter().map(|StoredPrincipal(registry)| registry).collect(),
            },
            Self::AuditModeSet { mode } => AuditEvent::AuditModeSet { mode: mode.into() },
            Self::Sealed { kind, commitment } => AuditEvent::Sealed { kind, commitment },
            Self::OpeningsDiscarded { up_to, discarded } => AuditEvent::OpeningsDiscarded { up_to, discarded },
        }
    }
}

fn only(capability: Rights) -> Capability {
    capability.capabilities().first().copied().expect("BUG: one capability is stored with the event")
}
