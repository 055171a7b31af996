//! What is hashed of an entry.

use calisec_types::ids::FieldElement;
use calisec_types::membership::{
    Action, AuditEntry, AuditEvent, AuditMode, Capability, ClaimKind, DivergenceKind, FetchFailure, FetchOutcome,
    Grant, GrantTerms, Handover, Origin, ProofClaim, Proves, Quorum,
};
use candid::Principal;
use minicbor::Encoder;
use minicbor::encode::Error as EncodeError;
use std::convert::Infallible;

type Encoded = Result<(), EncodeError<Infallible>>;

/// An entry's body in CBOR.
pub(super) fn body(entry: &AuditEntry) -> Vec<u8> {
    let mut body = Vec::new();
    match encode_body(&mut Encoder::new(&mut body), entry) {
        Ok(()) => body,
        Err(error) => unreachable!("writing to a vector cannot fail: {error}"),
    }
}

fn encode_body(cbor: &mut Encoder<&mut Vec<u8>>, entry: &AuditEntry) -> Encoded {
    cbor.array(5)?.u64(entry.seq.0)?.u64(entry.at.0)?.bytes(entry.caller.as_slice())?.bytes(&entry.context.0)?;
    encode_event(cbor, &entry.event)
}

/// What a hidden entry's commitment is to, in CBOR.
pub(super) fn payload(caller: &Principal, event: &AuditEvent) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut cbor = Encoder::new(&mut payload);
    match cbor.array(2).and_then(|cbor| cbor.bytes(caller.as_slice())).and_then(|cbor| encode_event(cbor, event)) {
        Ok(()) => payload,
        Err(error) => unreachable!("writing to a vector cannot fail: {error}"),
    }
}

fn encode_event(cbor: &mut Encoder<&mut Vec<u8>>, what: &AuditEvent) -> Encoded {
    match what {
        AuditEvent::ContextRegistered { group, administrator, origin } => {
            event(cbor, 0, 3)?.bytes(&group.0)?.bytes(administrator.as_slice())?;
            encode_origin(cbor, origin)?;
        }
        AuditEvent::HandoverStarted { handover: Handover { to, is_recovery, not_before, until } } => {
            let handover = event(cbor, 16, 1)?.array(4)?;
            handover.bytes(to.as_slice())?.bool(*is_recovery)?.u64(not_before.0)?.u64(until.0)?;
        }
        AuditEvent::HandoverCancelled { to } => {
            event(cbor, 17, 1)?.bytes(to.as_slice())?;
        }
        AuditEvent::AdministratorChanged { from, to } => {
            event(cbor, 18, 2)?.bytes(from.as_slice())?.bytes(to.as_slice())?;
        }
        AuditEvent::InviteRedeemed { invite, inviter, account, role, kem_key } => {
            let joined = event(cbor, 19, 5)?.bytes(&invite.0)?.bytes(&inviter.0)?.bytes(&account.0)?;
            joined.str(role)?.bytes(&kem_key.0)?;
        }
        AuditEvent::InviteRevoked { invite } => {
            event(cbor, 20, 1)?.bytes(&invite.0)?;
        }
        AuditEvent::MemberSet { account, role, kem_key } => {
            event(cbor, 1, 3)?.bytes(&account.0)?.str(role)?.bytes(&kem_key.0)?;
        }
        AuditEvent::MemberRemoved { account, grants_removed, devices_removed, links_removed } => {
            event(cbor, 2, 4)?.bytes(&account.0)?.u64(*grants_removed)?.u64(*devices_removed)?.u64(*links_removed)?;
        }
        AuditEvent::Granted { grant } => encode_grant(event(cbor, 3, 2)?, grant)?,
        AuditEvent::Revoked { grant, proposal } => {
            event(cbor, 4, 2)?.u64(grant.0)?.u64(proposal.0)?;
        }
        AuditEvent::GrantUsed { grant, uses } => {
            event(cbor, 34, 2)?.u64(grant.0)?.u64(*uses)?;
        }
        AuditEvent::PolicySet { version, hash, proposal } => {
            event(cbor, 5, 3)?.u64(version.0)?.bytes(&hash.0)?.u64(proposal.0)?;
        }
        AuditEvent::RoleSet { name, capabilities } => {
            event(cbor, 6, 2)?.str(name)?.u8(bits(capabilities))?;
        }
        AuditEvent::RoleRemoved { name } => {
            event(cbor, 7, 1)?.str(name)?;
        }
        AuditEvent::CapabilityGranted { account, capability } => {
            event(cbor, 8, 2)?.bytes(&account.0)?.u8(bits(&[*capability]))?;
        }
        AuditEvent::CapabilityRevoked { account, capability } => {
            event(cbor, 9, 2)?.bytes(&account.0)?.u8(bits(&[*capability]))?;
        }
        AuditEvent::ApplicationSet { application, version, wasm_hash, source } => {
            event(cbor, 24, 4)?.bytes(&application.0)?.str(version)?.bytes(&wasm_hash.0)?.str(source)?;
        }
        AuditEvent::CheckpointQuorumSet { quorum } => {
            let (kind, number) = match quorum {
                Quorum::Count(count) => (0, *count),
                Quorum::BasisPoints(points) => (1, u64::from(*points)),
            };
            event(cbor, 25, 1)?.array(2)?.u8(kind)?.array(1)?.u64(number)?;
        }
        AuditEvent::Attested { account, height, claim, made_final, divergence } => {
            event(cbor, 26, 5)?.bytes(&account.0)?.u64(height.0)?;
            cbor.array(2)?.bytes(&claim.state_root.0)?.bytes(&claim.app_hash.0)?;
            match divergence {
                Some(DivergenceKind::Attestations) => cbor.u8(0)?,
                Some(DivergenceKind::AfterFinal) => cbor.u8(1)?,
                Some(DivergenceKind::Equivocation) => cbor.u8(2)?,
                Some(DivergenceKind::NodeState) => cbor.u8(3)?,
                None => cbor.null()?,
            };
            cbor.bool(*made_final)?;
        }

        AuditEvent::DeviceAdded { account, key, scope, kem_key, expires_at, rotate_every } => {
            let scope_bits = bits(&scope.capabilities) | if scope.read { 128 } else { 0 };
            event(cbor, 10, 6)?.bytes(&account.0)?.bytes(&key.0)?.u8(scope_bits)?;
            optional(cbor, expires_at.map(|time| time.0))?;
            optional(cbor, *rotate_every)?;
            cbor.bytes(&kem_key.0)?;
        }
        AuditEvent::DeviceRotated { account, old, new, kem_key } => {
            event(cbor, 11, 4)?.bytes(&account.0)?.bytes(&old.0)?.bytes(&new.0)?.bytes(&kem_key.0)?;
        }
        AuditEvent::DeviceRevoked { account, key, links_removed } => {
            event(cbor, 12, 3)?.bytes(&account.0)?.bytes(&key.0)?.u64(*links_removed)?;
        }
        AuditEvent::AccountRevoked { account, grants_removed, devices_removed, links_removed } => {
            event(cbor, 13, 4)?.bytes(&account.0)?.u64(*grants_removed)?.u64(*devices_removed)?.u64(*links_removed)?;
        }
        AuditEvent::PrincipalLinked { account, principal, device } => {
            let cbor = event(cbor, 14, 3)?.bytes(&account.0)?;
            match device {
                Some(key) => cbor.bytes(&key.0)?,
                None => cbor.null()?,
            };
            cbor.bytes(principal.as_slice())?;
        }
        AuditEvent::PrincipalUnlinked { account, principal } => {
            event(cbor, 15, 2)?.bytes(&account.0)?.bytes(principal.as_slice())?;
        }
        AuditEvent::NodeSet { url: Some(url) } => {
            event(cbor, 27, 1)?.str(url)?;
        }
        // Nothing stands for an address that is gone: absent fields at the end are left out.
        AuditEvent::NodeSet { url: None } => {
            event(cbor, 27, 0)?;
        }
        AuditEvent::NodeAsked { cycles } => {
            event(cbor, 28, 1)?.u64(*cycles)?;
        }
        AuditEvent::NodeAnswered { state, outcome } => {
            event(cbor, 29, 2)?;
            match state {
                Some(state) => cbor.array(2)?.bytes(&state.state_root.0)?.bytes(&state.application.0)?,
                None => cbor.null()?,
            };
            encode_outcome(cbor, outcome)?;
        }
        AuditEvent::Decided { account, question, grant, allowed, policy_version, revision } => {
            event(cbor, 70, 6)?;
            match account {
                Some(account) => cbor.bytes(&account.0)?,
                None => cbor.null()?,
            };
            cbor.bytes(&question.0)?;
            optional(cbor, grant.map(|grant| grant.0))?;
            cbor.bool(*allowed)?.u64(policy_version.0)?.u64(revision.0)?;
        }
        AuditEvent::RecordedRegistriesSet { registries } => {
            event(cbor, 71, 1)?.array(registries.len() as u64)?;
            for registry in registries {
                cbor.bytes(registry.as_slice())?;
            }
        }
        AuditEvent::AuditModeSet { mode } => {
            let mode = match mode {
                AuditMode::Full => 0,
                AuditMode::Hashed => 1,
                AuditMode::Redacted => 2,
            };
            event(cbor, 72, 1)?.u8(mode)?;
        }
        AuditEvent::Sealed { kind, commitment } => {
            event(cbor, 73, 2)?;
            optional(cbor, kind.map(u64::from))?;
            cbor.bytes(&commitment.0)?;
        }
        AuditEvent::OpeningsDiscarded { up_to, discarded } => {
            event(cbor, 74, 2)?.u64(up_to.0)?.u64(*discarded)?;
        }
        AuditEvent::ClaimKindSet { kind, proposal } => {
            encode_kind(event(cbor, 40, 2)?, kind)?;
            cbor.u64(proposal.0)?;
        }
        AuditEvent::ClaimKindRemoved { name, proposal: Some(proposal) } => {
            event(cbor, 41, 2)?.str(name)?.u64(proposal.0)?;
        }
        AuditEvent::ClaimKindRemoved { name, proposal: None } => {
            event(cbor, 41, 1)?.str(name)?;
        }
        AuditEvent::ReceiptClaimed { account, claim } => {
            let ProofClaim { kind, version, circuit, receipt, since, until } = claim;
            event(cbor, 42, 2)?.bytes(&account.0)?.array(6)?.str(kind)?.u64(version.0)?;
            cbor.bytes(&circuit.0)?.bytes(&receipt.0)?.u64(since.0)?.u64(until.0)?;
        }
    }
    Ok(())
}

fn encode_kind(cbor: &mut Encoder<&mut Vec<u8>>, kind: &ClaimKind) -> Result<(), EncodeError<Infallible>> {
    let ClaimKind { name, circuit, proves, period_seconds } = kind;
    cbor.array(4)?.str(name)?.bytes(&circuit.0)?;
    match proves {
        Proves::Range { issuer_roots, attribute, low, high } => {
            encode_roots(event(cbor, 0, 4)?, issuer_roots)?;
            cbor.str(attribute)?.u64(*low)?.u64(*high)?;
        }
        Proves::OneOf { issuer_roots, attribute, set_root } => {
            encode_roots(event(cbor, 1, 3)?, issuer_roots)?;
            cbor.str(attribute)?.bytes(&set_root.0)?;
        }
        Proves::Leaf { roots } => encode_roots(event(cbor, 2, 1)?, roots)?,
        Proves::OneOfGroup { depth, roots } => {
            event(cbor, 3, 2)?.u8(*depth)?;
            encode_roots(cbor, roots)?;
        }
    }
    cbor.u64(*period_seconds)?;
    Ok(())
}

fn encode_roots(cbor: &mut Encoder<&mut Vec<u8>>, roots: &[FieldElement]) -> Result<(), EncodeError<Infallible>> {
    cbor.array(roots.len() as u64)?;
    for root in roots {
        cbor.bytes(&root.0)?;
    }
    Ok(())
}

/// A kind of event and how many fields follow.
fn event<'a, 'b>(
    cbor: &'a mut Encoder<&'b mut Vec<u8>>,
    kind: u8,
    fields: u64,
) -> Result<&'a mut Encoder<&'b mut Vec<u8>>, EncodeError<Infallible>> {
    cbor.array(2)?.u8(kind)?.array(fields)
}

fn optional(cbor: &mut Encoder<&mut Vec<u8>>, number: Option<u64>) -> Encoded {
    match number {
        Some(number) => cbor.u64(number)?.ok(),
        None => cbor.null()?.ok(),
    }
}

/// A set of capabilities: one bit each.
fn bits(capabilities: &[Capability]) -> u8 {
    capabilities.iter().fold(0, |bits, capability| {
        bits | match capability {
            Capability::ManageApplication => 1,
            Capability::ManageMembers => 2,
            Capability::Proxy => 4,
            Capability::Mint => 8,
            Capability::Vote => 16,
            Capability::Checkpoint => 32,
        }
    })
}

fn encode_origin(cbor: &mut Encoder<&mut Vec<u8>>, origin: &Origin) -> Encoded {
    let Origin { issuer, calimero_context, calimero_group } = origin;
    cbor.array(3)?;
    for id in [issuer.as_ref().map(|id| &id.0), calimero_context.as_ref().map(|id| &id.0)] {
        match id {
            Some(bytes) => cbor.bytes(bytes)?,
            None => cbor.null()?,
        };
    }
    cbor.bytes(&calimero_group.0)?.ok()
}

fn encode_outcome(cbor: &mut Encoder<&mut Vec<u8>>, outcome: &FetchOutcome) -> Encoded {
    match outcome {
        FetchOutcome::Match { height } => event(cbor, 0, 1)?.u64(height.0)?,
        FetchOutcome::Mismatch { height, raised } => event(cbor, 1, 2)?.u64(height.0)?.bool(*raised)?,
        FetchOutcome::NothingToCompare => event(cbor, 2, 0)?,
        FetchOutcome::Failed(FetchFailure::NoResponse(why)) => event(cbor, 3, 1)?.str(why)?,
        FetchOutcome::Failed(FetchFailure::Status(status)) => event(cbor, 4, 1)?.u16(*status)?,
        FetchOutcome::Failed(FetchFailure::Malformed) => event(cbor, 5, 0)?,
        FetchOutcome::Failed(FetchFailure::OtherContext(context)) => event(cbor, 6, 1)?.bytes(&context.0)?,
        FetchOutcome::Failed(FetchFailure::AddressChanged) => event(cbor, 7, 0)?,
    };
    Ok(())
}

fn encode_grant(cbor: &mut Encoder<&mut Vec<u8>>, grant: &Grant) -> Encoded {
    let action = match grant.action {
        Action::Read => 0,
        Action::Mint => 1,
    };
    cbor.u64(grant.id.0)?
        .array(7)?
        .bytes(&grant.account.0)?
        .u8(action)?
        .u64(grant.note.0)?
        .bytes(grant.registry.as_slice())?;
    encode_terms(cbor, &grant.terms)?;
    cbor.u64(grant.proposal.0)?.u64(grant.uses)?.ok()
}

/// What is absent at the end of a record is left out.
fn encode_terms(cbor: &mut Encoder<&mut Vec<u8>>, terms: &GrantTerms) -> Encoded {
    let GrantTerms { not_before, not_after, max_uses, purpose } = terms;
    let given = [not_before.is_some(), not_after.is_some(), max_uses.is_some(), purpose.is_some()];
    cbor.array(given.iter().rposition(|given| *given).map_or(0, |last| last as u64 + 1))?;
    let numbers = [not_before.map(|at| at.0), not_after.map(|at| at.0), *max_uses];
    for (place, number) in numbers.into_iter().enumerate() {
        match number {
            Some(number) => cbor.u64(number)?.ok()?,
            None if given[place..].contains(&true) => cbor.null()?.ok()?,
            None => {}
        }
    }
    purpose.as_ref().map_or(Ok(()), |purpose| cbor.str(purpose)?.ok())
}
