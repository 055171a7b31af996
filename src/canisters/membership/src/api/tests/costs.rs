//! Nothing can be written without end for nothing: each event is counted, has limits of its own, or is bounded by events that are.

use crate::checkpoint::Judgement;
use crate::state::{
    Administration, AuditChange, Charge, Event, InviteChange, Joiner, NewAttestation, NewContext, NewFetch, NewGrant,
    Recorder, UseKey, Writer,
};
use crate::storage::{StoredAuditMode, StoredClaim, StoredDevice, StoredEvent, StoredHandover, StoredLink};
use crate::test_fixtures::{START, account, administrator, context_id, device, registry, stranger};
use calisec_types::ids::{
    ApplicationId, CircuitId, Digest32, FieldElement, GrantId, Height, KemKey, NoteId, PolicyVersion, ProposalId,
    ReceiptId, Revision, Seq, StateRoot,
};
use calisec_types::membership::{
    Action, Capability, ClaimKind, FetchFailure, FetchOutcome, GrantTerms, Origin, ProofClaim, Proves, Quorum, Rights,
};
use std::collections::{BTreeMap, BTreeSet};

const KEY: KemKey = KemKey([9; 32]);

/// What bounds an event.
enum Bound {
    /// It is counted itself.
    Counted(Writer),
    /// It undoes, uses up or answers one of these, which are counted or bounded themselves.
    By(&'static [&'static str]),
    /// It has limits of its own: quotas and prices.
    Limits,
}

/// Every kind of event, and what bounds it. Who adds a kind must say it here: the match has no other arm.
fn bound(event: &Event) -> (&'static str, Bound) {
    use Bound::{By, Counted, Limits};
    match event {
        Event::ContextRegistered(_) => ("context registered", Limits),
        Event::Administration(Administration::HandoverStarted(StoredHandover { is_recovery: true, .. })) => {
            ("recovery started", Counted(Writer::Recovery))
        }
        Event::Administration(Administration::HandoverStarted(_)) => ("offered", Counted(Writer::Manager)),
        Event::Administration(Administration::HandoverCancelled) => {
            ("handover cancelled", By(&["offered", "recovery started"]))
        }
        Event::Administration(Administration::HandoverAccepted) => {
            ("handover accepted", By(&["offered", "recovery started"]))
        }
        Event::Audit(AuditChange::ModeSet { .. }) => ("mode set", Counted(Writer::Manager)),
        Event::Audit(AuditChange::RegistriesSet { .. }) => ("registries set", Counted(Writer::Manager)),
        Event::Audit(AuditChange::OpeningsDiscarded { .. }) => {
            ("openings discarded", By(&["mode set", "role set", "member set"]))
        }
        Event::Audit(AuditChange::Decided { recorder: Recorder::Administrator, .. }) => {
            ("administrator's decision recorded", Counted(Writer::Manager))
        }
        Event::Audit(AuditChange::Decided { recorder: Recorder::Member(_), .. }) => {
            ("member's decision recorded", Counted(Writer::Member))
        }
        Event::Audit(AuditChange::Decided { recorder: Recorder::Registry, .. }) => {
            ("registry's decision recorded", Counted(Writer::Registry))
        }
        Event::Invite(InviteChange { joiner: Some(_), .. }) => ("invite redeemed", Counted(Writer::Manager)),
        Event::Invite(InviteChange { joiner: None, .. }) => ("invite revoked", Counted(Writer::Manager)),
        Event::MemberSet { .. } => ("member set", Counted(Writer::Manager)),
        Event::MemberRemoved { .. } => ("member removed", By(&["member set", "invite redeemed"])),
        Event::AccountRevoked { .. } => ("account revoked", By(&["member set", "invite redeemed"])),
        Event::RoleSet { .. } => ("role set", Counted(Writer::Manager)),
        Event::RoleRemoved { .. } => ("role removed", By(&["role set", "context registered"])),
        Event::CapabilityGranted { .. } => ("capability granted", Counted(Writer::Manager)),
        Event::CapabilityRevoked { .. } => ("capability revoked", By(&["capability granted"])),
        Event::DeviceAdded(_) => ("device added", Counted(Writer::Member)),
        Event::DeviceRotated { .. } => ("device rotated", Counted(Writer::Member)),
        Event::DeviceRevoked { .. } => ("device revoked", By(&["device added"])),
        Event::PrincipalLinked { .. } => ("principal linked", Counted(Writer::Member)),
        Event::PrincipalUnlinked { .. } => ("principal unlinked", By(&["principal linked"])),
        Event::Granted(_) => ("granted", Counted(Writer::Governance)),
        Event::Revoked { .. } => ("revoked", By(&["granted"])),
        Event::GrantUsed { .. } => ("grant used", By(&["granted"])),
        Event::PolicySet { .. } => ("policies set", Counted(Writer::Governance)),
        Event::ApplicationSet { .. } => ("application set", Counted(Writer::Manager)),
        Event::CheckpointQuorumSet { .. } => ("quorum set", Counted(Writer::Manager)),
        Event::Attested(_) => ("attested", Counted(Writer::Member)),
        Event::NodeSet { url: Some(_) } => ("node set", Counted(Writer::Manager)),
        Event::NodeSet { url: None } => ("node forgotten", By(&["node set"])),
        Event::NodeAsked { .. } => ("node asked", Limits),
        Event::NodeAnswered(_) => ("node answered", By(&["node asked"])),
        Event::ClaimKindSet { .. } => ("claim kind set", Counted(Writer::Governance)),
        Event::ClaimKindRemoved { .. } => ("claim kind removed", By(&["claim kind set"])),
        Event::ReceiptClaimed { .. } => ("receipt claimed", Counted(Writer::Member)),
    }
}

fn decided(recorder: Recorder) -> Event {
    let decided = StoredEvent::Decided {
        account: Some(account(1)),
        question: Digest32([1; 32]),
        grant: None,
        allowed: true,
        policy_version: PolicyVersion(1),
        revision: Revision(1),
    };
    Event::Audit(AuditChange::Decided { decided, recorder })
}

fn started(is_recovery: bool) -> Event {
    let handover = StoredHandover { to: stranger(), is_recovery, not_before: START, until: START };
    Event::Administration(Administration::HandoverStarted(handover))
}

fn invite(joiner: Option<Joiner>) -> Event {
    Event::Invite(InviteChange { invite: Digest32([1; 32]), expires_at: START, joiner })
}

/// One of each kind.
fn events() -> Vec<Event> {
    let (who, role, context) = (account(1), "reader".to_owned(), context_id(1));
    let (group, capability) = (context.own_group(), Capability::Vote);
    let device_of = StoredDevice {
        account: who,
        key: device(1),
        scope: Rights::NONE,
        kem_key: KEY,
        added_at: START,
        expires_at: None,
        rotate_every: None,
        rotated_at: START,
        since: Revision(1),
    };
    let attestation = NewAttestation {
        account: who,
        height: Height(1),
        claim: StoredClaim { state_root: StateRoot([1; 32]), app_hash: Digest32([1; 32]) },
        judgement: Judgement::Opens,
        attesters: 1,
        revision: Revision(1),
    };
    let claim = ProofClaim {
        kind: "age".to_owned(),
        version: Seq(1),
        circuit: CircuitId([1; 32]),
        receipt: ReceiptId([1; 32]),
        since: START,
        until: START,
    };
    let kind = ClaimKind {
        name: "age".to_owned(),
        circuit: CircuitId([1; 32]),
        proves: Proves::Leaf { roots: vec![FieldElement([1; 32])] },
        period_seconds: 60,
    };
    let proposal = ProposalId(1);
    vec![
        Event::ContextRegistered(NewContext {
            group,
            administrator: administrator(),
            origin: Origin::own(group),
            cedar: String::new(),
            charge: Charge { is_free: true, is_relayed: false },
        }),
        started(true),
        started(false),
        Event::Administration(Administration::HandoverCancelled),
        Event::Administration(Administration::HandoverAccepted),
        Event::Audit(AuditChange::ModeSet { mode: StoredAuditMode::Full, seed: None }),
        Event::Audit(AuditChange::RegistriesSet { registries: vec![] }),
        Event::Audit(AuditChange::OpeningsDiscarded { entries: vec![Seq(1)] }),
        decided(Recorder::Administrator),
        decided(Recorder::Member(who)),
        decided(Recorder::Registry),
        invite(Some(Joiner { inviter: who, account: who, role: role.clone(), kem_key: KEY })),
        invite(None),
        Event::MemberSet { account: who, role: role.clone(), kem_key: KEY },
        Event::MemberRemoved { account: who },
        Event::AccountRevoked { account: who },
        Event::RoleSet { name: role.clone(), capabilities: Rights::NONE },
        Event::RoleRemoved { name: role },
        Event::CapabilityGranted { account: who, capability },
        Event::CapabilityRevoked { account: who, capability },
        Event::DeviceAdded(device_of),
        Event::DeviceRotated { account: who, old: device(1), new: device(2), kem_key: KEY },
        Event::DeviceRevoked { key: device(1) },
        Event::PrincipalLinked {
            principal: stranger(),
            link: StoredLink { account: who, device: None, linked_at: START, since: Revision(1) },
        },
        Event::PrincipalUnlinked { principal: stranger() },
        Event::Granted(NewGrant {
            account: who,
            action: Action::Read,
            note: NoteId(1),
            registry: registry(),
            terms: GrantTerms::default(),
            proposal,
        }),
        Event::Revoked { grant: GrantId(1), proposal },
        Event::GrantUsed {
            grant: GrantId(1),
            by: UseKey { registry: registry(), key: Digest32([1; 32]), content: Digest32([1; 32]) },
        },
        Event::PolicySet { cedar: String::new(), proposal },
        Event::ApplicationSet {
            application: ApplicationId([1; 32]),
            version: "1".to_owned(),
            wasm_hash: Digest32([1; 32]),
            source: String::new(),
        },
        Event::CheckpointQuorumSet { quorum: Quorum::Count(1) },
        Event::Attested(attestation),
        Event::NodeSet { url: Some("https://node.example.org".to_owned()) },
        Event::NodeSet { url: None },
        Event::NodeAsked { cycles: 1 },
        Event::NodeAnswered(NewFetch {
            url: "https://node.example.org".to_owned(),
            asked_at: START,
            state: None,
            outcome: FetchOutcome::Failed(FetchFailure::Status(404)),
            application_matches: None,
        }),
        Event::ClaimKindSet { kind, proposal },
        Event::ClaimKindRemoved { name: "age".to_owned(), proposal: None },
        Event::ReceiptClaimed { account: who, claim },
    ]
}

#[test]
fn should_count_every_event_or_bound_it_by_one_that_is() {
    let bounds: BTreeMap<_, _> = events().iter().map(|event| (event, bound(event))).fold(
        BTreeMap::new(),
        |mut bounds, (event, (name, bound))| {
            let counted = event.cost().map(|((writer, _), weight)| {
                assert!(weight > 0, "{name}");
                writer
            });
            let expected = if let Bound::Counted(writer) = bound { Some(writer) } else { None };
            assert_eq!(counted, expected, "{name}");
            assert!(bounds.insert(name, bound).is_none(), "{name} twice");
            bounds
        },
    );
    // Each chain of what bounds what ends at something that is counted or has limits.
    let mut bounded: BTreeSet<_> = BTreeSet::new();
    loop {
        let more: Vec<_> = bounds
            .iter()
            .filter(|(name, bound)| match bound {
                Bound::Counted(_) | Bound::Limits => !bounded.contains(*name),
                Bound::By(others) => !bounded.contains(*name) && others.iter().all(|other| bounded.contains(other)),
            })
            .map(|(name, _)| *name)
            .collect();
        if more.is_empty() {
            break;
        }
        bounded.extend(more);
    }
    assert_eq!(bounded.len(), bounds.len(), "something can be written without end");
}
