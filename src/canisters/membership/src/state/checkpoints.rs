//! Applications and checkpoints: lookups, and how attestations are counted. Counts run along, so nothing here depends on how
//! many attestations there are.

use super::{Map, Occasion, State};
use crate::checkpoint::{Judgement, required};
use crate::storage::{
    APPLICATIONS, ATTESTATION_BREAKS, ATTESTATIONS, ATTESTERS, At, Attestations, Attesters, CHECKPOINTS, DIVERGENCES,
    HEIGHTS, Heights, Holder, Memories, OPEN_ATTESTATIONS, OPEN_HEIGHTS, OpenAttestations, StoredApplication,
    StoredAttestation, StoredAttestationStanding, StoredCheckpoints, StoredClaim, StoredDivergence,
    StoredDivergenceKind, StoredEvent, StoredFinality, StoredHeight, StoredSaying, TALLIES, Tallies,
};
use calisec_certification::facts::{
    FactKind, application_content, application_key, checkpoint_content, checkpoint_key,
};
use calisec_runtime::Cbor;
use calisec_types::ids::{
    AccountId, ApplicationRevision, ContextId, Digest32, GroupId, Height, Revision, Seq, StateRoot, Timestamp,
};
use calisec_types::membership::{FinalCheckpoint, MAX_OPEN_ATTESTATIONS, MAX_OPEN_HEIGHTS, Quorum};
use std::ops::Bound;

/// Lapsed heights that one message closes at the most.
const CLOSED_AT_ONCE: usize = 8;

const FIRST_ACCOUNT: AccountId = AccountId([0; 32]);
const LAST_ACCOUNT: AccountId = AccountId([0xff; 32]);
const FIRST_CONTEXT: ContextId = ContextId([0; 32]);
const LAST_CONTEXT: ContextId = ContextId([0xff; 32]);
const LAST_HEIGHT: Height = Height(u64::MAX);

/// A judged attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewAttestation {
    /// Who.
    pub account: AccountId,
    /// Of which height.
    pub height: Height,
    /// What.
    pub claim: StoredClaim,
    /// What it is.
    pub judgement: Judgement,
    /// How many members may attest now.
    pub attesters: u64,
    /// The membership revision now.
    pub revision: Revision,
}

/// What came of an attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// It made its height final.
    pub made_final: bool,
    /// The divergence that it raised.
    pub divergence: Option<StoredDivergenceKind>,
}

/// Applications, checkpoints and divergences of all contexts.
pub struct CheckpointStore {
    applications: Map<(ContextId, ApplicationRevision), Cbor<StoredApplication>>,
    contexts: Map<ContextId, Cbor<StoredCheckpoints>>,
    heights: Heights,
    tallies: Tallies,
    attestations: Attestations,
    attesters: Attesters,
    open_attestations: OpenAttestations,
    open_heights: Map<(ContextId, Timestamp, Height), ()>,
    divergences: Map<(ContextId, Seq), Cbor<StoredDivergence>>,
    breaks: Map<GroupId, Revision>,
}

impl CheckpointStore {
    /// What is in these memories.
    #[must_use]
    pub fn open(memories: &Memories) -> Self {
        Self {
            applications: Map::init(memories.part(APPLICATIONS)),
            contexts: Map::init(memories.part(CHECKPOINTS)),
            heights: Heights::init(memories.part(HEIGHTS)),
            tallies: Tallies::init(memories.part(TALLIES)),
            attestations: Attestations::init(memories.part(ATTESTATIONS)),
            attesters: Attesters::init(memories.part(ATTESTERS)),
            open_attestations: OpenAttestations::init(memories.part(OPEN_ATTESTATIONS)),
            open_heights: Map::init(memories.part(OPEN_HEIGHTS)),
            divergences: Map::init(memories.part(DIVERGENCES)),
            breaks: Map::init(memories.part(ATTESTATION_BREAKS)),
        }
    }

    /// The application that a context runs, and its revision.
    #[must_use]
    pub fn application(&self, context: ContextId) -> Option<(ApplicationRevision, StoredApplication)> {
        self.applications_after(context, None).next_back()
    }

    /// Applications of a context after a revision, in the order of revisions.
    pub fn applications_after(
        &self,
        context: ContextId,
        after: Option<ApplicationRevision>,
    ) -> impl DoubleEndedIterator<Item = (ApplicationRevision, StoredApplication)> {
        let first = Bound::Excluded((context, after.unwrap_or(ApplicationRevision(0))));
        let last = Bound::Included((context, ApplicationRevision(u64::MAX)));
        self.applications.range((first, last)).map(|entry| (entry.key().1, entry.value().0))
    }

    /// What the checkpoints of a context have in common.
    #[must_use]
    pub fn of_context(&self, context: ContextId) -> StoredCheckpoints {
        self.contexts.get(&context).map_or_else(StoredCheckpoints::default, |Cbor(stored)| stored)
    }

    /// A height that was attested.
    #[must_use]
    pub fn height(&self, at: At) -> Option<StoredHeight> {
        self.heights.get(&at).map(|Cbor(height)| height)
    }

    /// Heights of a context after one, in their order.
    pub fn heights_after(
        &self,
        context: ContextId,
        after: Option<Height>,
    ) -> impl Iterator<Item = (Height, StoredHeight)> {
        let first = after.map_or(Bound::Included((context, Height(0))), |after| Bound::Excluded((context, after)));
        let last = Bound::Included((context, LAST_HEIGHT));
        self.heights.range((first, last)).map(|((_, height), Cbor(stored))| (height, stored))
    }

    /// How many attestations of a claim count.
    #[must_use]
    pub fn count(&self, at: At, claim: StoredClaim) -> u64 {
        self.tallies.get(&tally_key(at, claim)).unwrap_or(0)
    }

    /// What an account said of a height.
    #[must_use]
    pub fn attestation(&self, (context, height): At, account: AccountId) -> Option<StoredAttestation> {
        self.attestations.get(&(context, height, account)).map(|Cbor(attestation)| attestation)
    }

    /// What accounts after one said of a height, in the order of accounts.
    pub fn attestations_after(
        &self,
        (context, height): At,
        after: Option<AccountId>,
    ) -> impl Iterator<Item = (AccountId, StoredAttestation)> {
        let first = after.map_or(Bound::Included((context, height, FIRST_ACCOUNT)), |after| {
            Bound::Excluded((context, height, after))
        });
        let last = Bound::Included((context, height, LAST_ACCOUNT));
        self.attestations.range((first, last)).map(|((.., account), Cbor(attestation))| (account, attestation))
    }

    /// Whether an audit entry raised a divergence.
    #[must_use]
    pub fn has_divergence(&self, context: ContextId, seq: Seq) -> bool {
        self.divergences.contains_key(&(context, seq))
    }

    /// Divergences of a context after one, the oldest first.
    pub fn divergences_after(
        &self,
        context: ContextId,
        after: Option<Seq>,
    ) -> impl Iterator<Item = (Seq, StoredDivergence)> {
        let first = Bound::Excluded((context, after.unwrap_or(Seq(0))));
        let last = Bound::Included((context, Seq(u64::MAX)));
        self.divergences.range((first, last)).map(|entry| (entry.key().1, entry.value().0))
    }

    /// The revision at which a role of the group lost the right to attest most recently.
    #[must_use]
    pub fn broken_at(&self, group: GroupId) -> Revision {
        self.breaks.get(&group).unwrap_or(Revision(0))
    }

    /// Whether one more height of the context may be opened.
    #[must_use]
    pub fn has_room_for_height(&self, context: ContextId, group: GroupId, now: Timestamp) -> bool {
        self.of_context(context).open < MAX_OPEN_HEIGHTS
            || self.oldest_open(context).is_some_and(|(_, height)| self.has_lapsed((context, height), group, now))
    }

    /// Whether an account may attest one more open height.
    #[must_use]
    pub fn has_room_for_attestation(&self, holder: Holder, now: Timestamp) -> bool {
        self.attesters.get(&holder).unwrap_or(0) < MAX_OPEN_ATTESTATIONS
            || self.attested(holder).any(|at| self.is_closed(at, holder.0, now))
    }

    pub(super) fn set_application(
        &mut self,
        context: ContextId,
        application: StoredApplication,
    ) -> ApplicationRevision {
        let revision = self.application(context).map_or(ApplicationRevision(1), |(revision, _)| revision.next());
        self.applications.insert((context, revision), Cbor(application));
        revision
    }

    pub(super) fn set_quorum(&mut self, context: ContextId, quorum: Quorum) {
        let stored = StoredCheckpoints { quorum, ..self.of_context(context) };
        self.contexts.insert(context, Cbor(stored));
    }

    /// From this revision on nobody knows whose attestations of open heights still count.
    pub(super) fn break_open_heights(&mut self, group: GroupId, revision: Revision) {
        self.breaks.insert(group, revision);
    }

    /// An account is gone, or may not attest any more: what it attested of open heights does not count.
    pub(super) fn withdraw(&mut self, holder: Holder) {
        if self.attesters.remove(&holder).is_none() {
            return;
        }
        for at in self.attested(holder).collect::<Vec<_>>() {
            self.open_attestations.remove(&(holder, at));
            if self.height(at).is_some_and(|height| height.finality.is_none()) {
                self.uncount(at, holder.1, StoredAttestationStanding::Withdrawn);
            }
        }
    }

    pub(super) fn add_divergence(&mut self, context: ContextId, seq: Seq, divergence: StoredDivergence) {
        self.divergences.insert((context, seq), Cbor(divergence));
    }

    /// Carries out what was judged.
    pub(super) fn attest(
        &mut self,
        (context, group): (ContextId, GroupId),
        (now, seq): (Timestamp, Seq),
        new: &NewAttestation,
    ) -> Effect {
        let at = (context, new.height);
        let holder = (group, new.account);
        let saying = StoredSaying { claim: new.claim, account: new.account, at: now, seq };
        let mut height = match new.judgement {
            Judgement::Opens => self.open_height(at, group, saying, new.revision),
            Judgement::Counts
            | Judgement::Repeats
            | Judgement::Confirms
            | Judgement::Contradicts
            | Judgement::Equivocates => self.height(at).expect("BUG: a height that was judged must be there"),
        };
        let expected = height.expected().evidence();
        let mut divergence = None;
        match new.judgement {
            Judgement::Repeats => {}
            Judgement::Opens | Judgement::Counts => {
                self.make_room_for_attestation(holder, now);
                self.say(at, saying, StoredAttestationStanding::Counts);
                self.open_attestations.insert((holder, at), ());
                let open = self.attesters.get(&holder).unwrap_or(0) + 1;
                self.attesters.insert(holder, open);
                if self.add_to_tally(at, new.claim, 1, &mut height) && new.judgement == Judgement::Counts {
                    divergence = Some((StoredDivergenceKind::Attestations, expected));
                }
            }
            Judgement::Confirms | Judgement::Contradicts => {
                self.say(at, saying, StoredAttestationStanding::Late);
                if self.add_to_tally(at, new.claim, 1, &mut height) {
                    divergence = Some((StoredDivergenceKind::AfterFinal, expected));
                }
            }
            Judgement::Equivocates => {
                let before = self.attestation(at, new.account).expect("BUG: who equivocates must have attested");
                if height.finality.is_none() && before.standing == StoredAttestationStanding::Counts {
                    self.open_attestations.remove(&(holder, at));
                    self.attesters.insert(holder, self.attesters.get(&holder).unwrap_or(0).saturating_sub(1));
                    self.uncount(at, new.account, StoredAttestationStanding::Equivocated);
                } else {
                    let standing = StoredAttestationStanding::Equivocated;
                    self.attestations.insert((at.0, at.1, new.account), Cbor(StoredAttestation { standing, ..before }));
                }
                self.add_to_tally(at, new.claim, 0, &mut height);
                let said = StoredSaying { claim: before.claim, account: new.account, at: before.at, seq: before.seq };
                divergence = Some((StoredDivergenceKind::Equivocation, said.evidence()));
            }
        }
        let agrees = matches!(new.judgement, Judgement::Opens | Judgement::Counts | Judgement::Repeats);
        let made_final = agrees && self.make_final(at, saying, new.attesters, &mut height);
        self.heights.insert(at, Cbor(height));
        if let Some((kind, expected)) = divergence.clone() {
            let found = saying.evidence();
            self.add_divergence(context, seq, StoredDivergence { height: new.height, kind, expected, found });
        }
        Effect { made_final, divergence: divergence.map(|(kind, _)| kind) }
    }

    fn open_height(&mut self, at: At, group: GroupId, first: StoredSaying, revision: Revision) -> StoredHeight {
        let (context, height) = at;
        let mut stored = self.of_context(context);
        if stored.open >= MAX_OPEN_HEIGHTS {
            for _ in 0..CLOSED_AT_ONCE {
                let Some((opened_at, oldest)) = self.oldest_open(context) else { break };
                if !self.has_lapsed((context, oldest), group, first.at) {
                    break;
                }
                self.open_heights.remove(&(context, opened_at, oldest));
                stored.open -= 1;
            }
        }
        stored.open += 1;
        self.contexts.insert(context, Cbor(stored));
        self.open_heights.insert((context, first.at, height), ());
        StoredHeight { first, opened_revision: revision, claims: 0, finality: None }
    }

    /// Whether the height has become final.
    fn make_final(&mut self, at: At, saying: StoredSaying, attesters: u64, height: &mut StoredHeight) -> bool {
        let mut stored = self.of_context(at.0);
        let required = required(stored.quorum, attesters);
        if height.finality.is_some() || self.count(at, saying.claim) < required {
            return false;
        }
        height.finality = Some(StoredFinality { by: saying, required });
        stored.newest_final = stored.newest_final.max(Some(at.1));
        // A lapsed height takes no attestations, so this one was open until now.
        stored.open -= 1;
        self.open_heights.remove(&(at.0, height.first.at, at.1));
        self.contexts.insert(at.0, Cbor(stored));
        true
    }

    fn say(&mut self, (context, height): At, saying: StoredSaying, standing: StoredAttestationStanding) {
        let StoredSaying { claim, account, at, seq } = saying;
        let attestation = StoredAttestation { claim, at, seq, standing };
        self.attestations.insert((context, height, account), Cbor(attestation));
    }

    /// Whether nobody made this claim before.
    fn add_to_tally(&mut self, at: At, claim: StoredClaim, by: u64, height: &mut StoredHeight) -> bool {
        let key = tally_key(at, claim);
        let before = self.tallies.get(&key);
        self.tallies.insert(key, before.unwrap_or(0) + by);
        height.claims += u64::from(before.is_none());
        before.is_none()
    }

    fn uncount(&mut self, at: At, account: AccountId, standing: StoredAttestationStanding) {
        let attestation = self.attestation(at, account).expect("BUG: what is counted must be there");
        let key = tally_key(at, attestation.claim);
        let count = self.tallies.get(&key).unwrap_or(0);
        self.tallies.insert(key, count.saturating_sub(1));
        self.attestations.insert((at.0, at.1, account), Cbor(StoredAttestation { standing, ..attestation }));
    }

    /// Forgets which closed heights an account attested, when it has attested many.
    fn make_room_for_attestation(&mut self, holder: Holder, now: Timestamp) {
        let open = self.attesters.get(&holder).unwrap_or(0);
        if open < MAX_OPEN_ATTESTATIONS {
            return;
        }
        let closed: Vec<_> = self.attested(holder).filter(|at| self.is_closed(*at, holder.0, now)).collect();
        let count = u32::try_from(closed.len()).expect("BUG: more open attestations than an account may have");
        for at in closed {
            self.open_attestations.remove(&(holder, at));
        }
        self.attesters.insert(holder, open - count);
    }

    /// Heights that an account attested while they were open: at most `MAX_OPEN_ATTESTATIONS`.
    fn attested(&self, holder: Holder) -> impl Iterator<Item = At> {
        let all = (holder, (FIRST_CONTEXT, Height(0)))..=(holder, (LAST_CONTEXT, LAST_HEIGHT));
        self.open_attestations.keys_range(all).map(|(_, at)| at)
    }

    fn oldest_open(&self, context: ContextId) -> Option<(Timestamp, Height)> {
        let all = (context, Timestamp(0), Height(0))..=(context, Timestamp(u64::MAX), LAST_HEIGHT);
        self.open_heights.keys_range(all).next().map(|(_, opened_at, height)| (opened_at, height))
    }

    fn has_lapsed(&self, at: At, group: GroupId, now: Timestamp) -> bool {
        self.height(at).is_some_and(|height| height.known().has_lapsed(now, self.broken_at(group)))
    }

    fn is_closed(&self, at: At, group: GroupId, now: Timestamp) -> bool {
        self.height(at)
            .is_none_or(|height| height.finality.is_some() || height.known().has_lapsed(now, self.broken_at(group)))
    }
}

impl State {
    pub(super) fn set_application(&mut self, context: ContextId, stored: StoredApplication) -> StoredEvent {
        let StoredApplication { application, version, wasm_hash, source, .. } = stored.clone();
        let revision = self.checkpoints.set_application(context, stored.clone());
        let content = application_content(&stored.into_api(revision));
        self.certify_fact(FactKind::Application, application_key(&context), Some(&content));
        StoredEvent::ApplicationSet { application, version, wasm_hash, source }
    }

    pub(super) fn attest(&mut self, occasion: &Occasion, seq: Seq, new: &NewAttestation) -> StoredEvent {
        let Occasion { at, context, .. } = *occasion;
        let newest = self.checkpoints.of_context(context).newest_final;
        let group = self.group_of(context);
        let Effect { made_final, divergence } = self.checkpoints.attest((context, group), (at, seq), new);
        let NewAttestation { account, height, claim, .. } = *new;
        if let Some(fact) = self.final_checkpoint(context, height).filter(|_| made_final) {
            let content = checkpoint_content(&fact);
            self.certify_fact(FactKind::Checkpoint, checkpoint_key(&context, Some(height)), Some(&content));
            if newest.is_none_or(|newest| newest < height) {
                self.certify_fact(FactKind::Checkpoint, checkpoint_key(&context, None), Some(&content));
            }
        }
        StoredEvent::Attested { account, height, claim, divergence, made_final }
    }

    /// A checkpoint, if it is final.
    #[must_use]
    pub fn final_checkpoint(&self, context: ContextId, height: Height) -> Option<FinalCheckpoint> {
        let StoredFinality { by, required } = self.checkpoints.height((context, height))?.finality?;
        Some(FinalCheckpoint { height, claim: by.claim.into(), required, final_at: by.at, seq: by.seq })
    }
}

fn tally_key((context, height): At, claim: StoredClaim) -> (ContextId, Height, (StateRoot, Digest32)) {
    (context, height, (claim.state_root, claim.app_hash))
}
