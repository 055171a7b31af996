//! The only code that changes the state: one event, checked before, applied here and written to the audit log.

use super::{
    Administration, AuditChange, InviteChange, NewAttestation, NewContext, NewFetch, Purse, Recorder, State, UseKey,
    Writer,
};
use crate::storage::{
    EntryBody, StoredApplication, StoredContext, StoredDevice, StoredEvent, StoredGroup, StoredLink, StoredPolicySet,
    StoredStep,
};
use calisec_policy::policy_hash;
use calisec_runtime::Cbor;
use calisec_types::ids::{
    AccountId, ApplicationId, ContextId, DeviceKey, Digest32, GrantId, GroupId, KemKey, NoteId, ProposalId, Seq,
    Timestamp,
};
use calisec_types::membership::{
    Action, Capability, ClaimKind, GRANT_USES_PER_WRITE, GrantTerms, ProofClaim, Quorum, Rights,
};
use candid::Principal;

/// When, by whom and where something happens.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// When.
    pub at: Timestamp,
    /// Who calls.
    pub caller: Principal,
    /// In which context.
    pub context: ContextId,
}

/// Something that happens. Whoever makes one has checked that it may.
#[derive(Clone, Debug)]
pub enum Event {
    /// A context that did not exist is registered.
    ContextRegistered(NewContext),
    /// Something about the administrator of the group.
    Administration(Administration),
    /// Something about the audit log itself.
    Audit(AuditChange),
    /// An invite is redeemed or revoked.
    Invite(InviteChange),
    /// A member is added, or its facts change.
    MemberSet {
        /// Who.
        account: AccountId,
        /// With which role.
        role: String,
        /// With which envelope key.
        kem_key: KemKey,
    },
    /// A member is removed.
    MemberRemoved {
        /// Who.
        account: AccountId,
    },
    /// A role is defined, or what members in it may do changes.
    RoleSet {
        /// Its name.
        name: String,
        /// What members in it may do.
        capabilities: Rights,
    },
    /// A role that no member has is removed.
    RoleRemoved {
        /// Its name.
        name: String,
    },
    /// A member is given a capability that it has not of its own.
    CapabilityGranted {
        /// Who.
        account: AccountId,
        /// What.
        capability: Capability,
    },
    /// A capability that a member has of its own is taken back.
    CapabilityRevoked {
        /// Who.
        account: AccountId,
        /// What.
        capability: Capability,
    },
    /// A member is removed and its account key given up for ever.
    AccountRevoked {
        /// Who.
        account: AccountId,
    },
    /// A member is given a device. The revision in it is set when it happens.
    DeviceAdded(StoredDevice),
    /// A device is given another key.
    DeviceRotated {
        /// Whose.
        account: AccountId,
        /// The key it has.
        old: DeviceKey,
        /// The key it will have.
        new: DeviceKey,
        /// The envelope key it will have.
        kem_key: KemKey,
    },
    /// A device is revoked.
    DeviceRevoked {
        /// Its key.
        key: DeviceKey,
    },
    /// A principal is linked to a member.
    PrincipalLinked {
        /// Which.
        principal: Principal,
        /// To whom.
        link: StoredLink,
    },
    /// A principal is unlinked.
    PrincipalUnlinked {
        /// Which.
        principal: Principal,
    },
    /// A member is granted something.
    Granted(NewGrant),
    /// A grant that exists is taken back.
    Revoked {
        /// Which.
        grant: GrantId,
        /// By which proposal.
        proposal: ProposalId,
    },
    /// A grant with limited uses is used.
    GrantUsed {
        /// Which; it has uses left.
        grant: GrantId,
        /// Who counts it.
        by: UseKey,
    },
    /// The policies are replaced by others that parse.
    PolicySet {
        /// The policies.
        cedar: String,
        /// By which proposal.
        proposal: ProposalId,
    },
    /// A context's application is set, or changes.
    ApplicationSet {
        /// The application.
        application: ApplicationId,
        /// Its version.
        version: String,
        /// SHA-256 of its module.
        wasm_hash: Digest32,
        /// Where the module can be had.
        source: String,
    },
    /// What makes a checkpoint final is set.
    CheckpointQuorumSet {
        /// The quorum.
        quorum: Quorum,
    },
    /// A member attests a state, and that was judged.
    Attested(NewAttestation),
    /// A context's node has another address.
    NodeSet {
        /// Where; `None` for none.
        url: Option<String>,
    },
    /// A context's node is asked.
    NodeAsked {
        /// What that costs.
        cycles: u64,
    },
    /// Something came of asking it.
    NodeAnswered(NewFetch),
    /// Members can prove something, or must prove it anew.
    ClaimKindSet {
        /// What.
        kind: ClaimKind,
        /// By which proposal.
        proposal: ProposalId,
    },
    /// A kind of claims that exists is removed.
    ClaimKindRemoved {
        /// Which.
        name: String,
        /// By which proposal; `None` when its circuit was revoked.
        proposal: Option<ProposalId>,
    },
    /// A consumed receipt becomes a claim of a member.
    ReceiptClaimed {
        /// Who.
        account: AccountId,
        /// The claim.
        claim: ProofClaim,
    },
}

impl Event {
    /// Whose purse it is written from, and how many writes it counts for: about one for each KB that stays. `None` for what is
    /// bounded by something else that was counted, as said beside it: it is never refused for want of credit.
    #[must_use]
    pub fn cost(&self) -> Option<(Purse, u32)> {
        let by = |writer, weight| Some(((writer, None), weight));
        let of = |account: &AccountId| Some(((Writer::Member, Some(*account)), 1));
        match self {
            Self::MemberSet { .. }
            | Self::RoleSet { .. }
            | Self::CapabilityGranted { .. }
            | Self::ApplicationSet { .. }
            | Self::CheckpointQuorumSet { .. }
            | Self::NodeSet { url: Some(_) }
            | Self::Audit(AuditChange::ModeSet { .. } | AuditChange::RegistriesSet { .. })
            // One that was redeemed before is revoked without being counted: it was counted then.
            | Self::Invite(_) => by(Writer::Manager, 1),
            Self::DeviceAdded(StoredDevice { account, .. })
            | Self::DeviceRotated { account, .. }
            | Self::PrincipalLinked { link: StoredLink { account, .. }, .. }
            | Self::Attested(NewAttestation { account, .. })
            | Self::ReceiptClaimed { account, .. } => of(account),
            Self::PolicySet { cedar, .. } => by(Writer::Governance, 1 + writes(cedar.len() as u64 / 1_024)),
            // Its uses are counted with it, so that none is ever refused because others wrote a lot.
            Self::Granted(grant) => {
                let uses = grant.terms.max_uses.unwrap_or(0);
                by(Writer::Governance, 1 + writes(uses.div_ceil(GRANT_USES_PER_WRITE)))
            }
            Self::ClaimKindSet { .. } => by(Writer::Governance, 1),
            // Whoever fills a group keeps nobody from recovering it.
            Self::Administration(Administration::HandoverStarted(handover)) => {
                by(if handover.is_recovery { Writer::Recovery } else { Writer::Manager }, 1)
            }
            Self::Audit(AuditChange::Decided { decided, recorder }) => match (recorder, decided) {
                (Recorder::Administrator, _) => by(Writer::Manager, 1),
                (Recorder::Member(account), _) => of(account),
                (Recorder::Registry, StoredEvent::Decided { account, .. }) => {
                    Some(((Writer::Registry, Some(account.unwrap_or(STRANGERS))), 1))
                }
                (Recorder::Registry, _) => by(Writer::Registry, 1),
            },
            // By quotas and a price.
            Self::ContextRegistered(_)
            // By handovers started.
            | Self::Administration(Administration::HandoverCancelled | Administration::HandoverAccepted)
            // By entries that hid something.
            | Self::Audit(AuditChange::OpeningsDiscarded { .. })
            // By members added.
            | Self::MemberRemoved { .. }
            | Self::AccountRevoked { .. }
            // By roles and capabilities given.
            | Self::RoleRemoved { .. }
            | Self::CapabilityRevoked { .. }
            // By devices added and principals linked.
            | Self::DeviceRevoked { .. }
            | Self::PrincipalUnlinked { .. }
            // By what governance granted, and for how many uses; by the kinds it set.
            | Self::Revoked { .. }
            | Self::GrantUsed { .. }
            | Self::ClaimKindRemoved { .. }
            // By addresses set; and by a pause and cycles for each question, with one answer each.
            | Self::NodeSet { url: None }
            | Self::NodeAsked { .. }
            | Self::NodeAnswered(_) => None,
        }
    }
}

/// Whose share those have together who are no members: no key that is accepted.
const STRANGERS: AccountId = AccountId([0; 32]);

fn writes(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX - 1)
}

/// A grant to be made.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Who may.
    pub account: AccountId,
    /// Do what.
    pub action: Action,
    /// To which note.
    pub note: NoteId,
    /// Kept by which canister.
    pub registry: Principal,
    /// When, how often and what for it counts.
    pub terms: GrantTerms,
    /// The proposal that gives it.
    pub proposal: ProposalId,
}

/// The step of a proposal that makes an event happen: remembered, so that repeating it does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The proposal.
    pub proposal: ProposalId,
    /// Its step.
    pub step: u32,
    /// What is compared when it is repeated.
    pub content: Digest32,
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The write counter after it.
    pub seq: Seq,
    /// The grant it made. Its id is the number of the audit entry that made it, so no id is ever used twice.
    pub grant: Option<GrantId>,
}

impl State {
    /// Lets an event happen: changes the state, remembers the step and appends to the audit log, all or nothing.
    ///
    /// # Panics
    /// When the event was not checked; the message is rolled back.
    pub fn apply(&mut self, occasion: &Occasion, event: Event, step: Option<Step>) -> Outcome {
        let seq = self.seq().next();
        let grant = matches!(event, Event::Granted(_)).then_some(GrantId(seq.0));
        let logged = match event {
            Event::Administration(change) => self.administer(occasion, change),
            Event::Audit(change) => self.change_recording(occasion, seq, change),
            Event::Invite(change) => self.change_invite(occasion, change),
            Event::ContextRegistered(new) => self.register(occasion, new),
            Event::MemberSet { account, role, kem_key } => {
                self.set_member(self.group_of(occasion.context), (account, None), role, kem_key)
            }
            Event::MemberRemoved { account } => self.remove_member(occasion, account, false),
            Event::AccountRevoked { account } => self.remove_member(occasion, account, true),
            Event::DeviceAdded(device) => self.add_device(self.group_of(occasion.context), device),
            Event::DeviceRotated { old, new, kem_key, .. } => {
                self.rotate_device(self.group_of(occasion.context), (old, new), kem_key, occasion.at)
            }
            Event::DeviceRevoked { key } => self.revoke_device(self.group_of(occasion.context), key),
            Event::PrincipalLinked { principal, link } => self.link(self.group_of(occasion.context), principal, link),
            Event::PrincipalUnlinked { principal } => self.unlink(self.group_of(occasion.context), principal),
            Event::RoleSet { name, capabilities } => self.set_role(self.group_of(occasion.context), name, capabilities),
            Event::RoleRemoved { name } => self.remove_role(self.group_of(occasion.context), name),
            Event::CapabilityGranted { account, capability } => {
                self.add_own_capability(self.group_of(occasion.context), account, Rights::of(&[capability]))
            }
            Event::CapabilityRevoked { account, capability } => {
                self.remove_own_capability(self.group_of(occasion.context), account, Rights::of(&[capability]))
            }
            Event::Granted(grant) => self.add_grant(occasion, GrantId(seq.0), grant),
            Event::Revoked { grant, proposal } => {
                self.remove_grant(occasion.context, grant);
                StoredEvent::Revoked { grant, proposal }
            }
            Event::GrantUsed { grant, by } => self.use_grant(occasion.context, grant, by),
            Event::PolicySet { cedar, proposal } => self.set_policy(occasion.context, cedar, proposal),
            Event::ApplicationSet { application, version, wasm_hash, source } => {
                let Occasion { at, caller: by, context } = *occasion;
                let stored = StoredApplication { application, version, wasm_hash, source, at, by, seq };
                self.set_application(context, stored)
            }
            Event::CheckpointQuorumSet { quorum } => {
                self.checkpoints.set_quorum(occasion.context, quorum);
                StoredEvent::CheckpointQuorumSet { quorum }
            }
            Event::Attested(new) => self.attest(occasion, seq, &new),
            Event::NodeSet { url } => self.set_node(occasion.context, url),
            Event::NodeAsked { cycles } => self.ask_node(occasion, cycles),
            Event::NodeAnswered(new) => self.hear_node(occasion, seq, new),
            Event::ClaimKindSet { kind, proposal } => self.set_claim_kind(occasion.context, seq, kind, proposal),
            Event::ClaimKindRemoved { name, proposal } => self.remove_claim_kind(occasion.context, name, proposal),
            Event::ReceiptClaimed { account, claim } => self.add_claim(occasion, account, claim),
        };
        self.facts.settle();
        let outcome = Outcome { seq, grant };
        if let Some(Step { proposal, step, content }) = step {
            self.steps.insert((proposal, step), Cbor(StoredStep { content, seq, grant }));
        }
        let Occasion { at, caller, context } = *occasion;
        let stored = self.known_context(context);
        let (caller, event) = self.shown((context, &stored), seq, caller, logged);
        self.log.append(&EntryBody { seq, at, caller, context, event });
        self.keep_policies_parsed(context, &stored);
        outcome
    }

    fn set_policy(&mut self, id: ContextId, cedar: String, proposal: ProposalId) -> StoredEvent {
        let mut context = self.known_context(id);
        context.policy_version = context.policy_version.next();
        context.policy_hash = policy_hash(&cedar);
        let (version, hash) = (context.policy_version, context.policy_hash);
        self.policies.insert((id, version), Cbor(StoredPolicySet { cedar, proposal: Some(proposal) }));
        self.certify_context(id, &context);
        self.contexts.insert(id, Cbor(context));
        StoredEvent::PolicySet { version, hash, proposal }
    }

    /// Queries cannot leave anything in the heap, so updates keep the policies of the contexts they touch parsed, and who
    /// judges by them made.
    fn keep_policies_parsed(&self, id: ContextId, context: &StoredContext) {
        let (_, parsed) = (self.judge(), self.parsed_policies(id, context));
        parsed.expect("BUG: the policies in force must parse");
    }

    pub(super) fn group_of(&self, id: ContextId) -> GroupId {
        self.known_context(id).group
    }

    pub(super) fn known_group(&self, id: GroupId) -> StoredGroup {
        self.group(id).expect("BUG: the group of a context must be stored")
    }

    pub(super) fn known_context(&self, id: ContextId) -> StoredContext {
        self.context(id).expect("BUG: the context of an event must be registered")
    }
}
