//! Checkpoints: members attest what a context's state was.

use super::{authorise, known_context, known_group, process, witness_of};
use crate::checkpoint::{Judgement, Refusal, is_quorum, judge, required};
use crate::state::{Event, NewAttestation, Resolved, State};
use crate::storage::{StoredClaim, StoredGroup, StoredHeight};
use calisec_certification::facts::checkpoint_key;
use calisec_runtime::Env;
use calisec_types::ids::{ContextId, Height, Revision, Timestamp};
use calisec_types::membership::{
    AttestArg, AttestationsArg, AttestationsPage, Attested, Capability, CertifiedCheckpoint, Checkpoint,
    CheckpointStatus, CheckpointsArg, CheckpointsPage, DivergencesArg, DivergencesPage, FinalCheckpointArg,
    MAX_OPEN_ATTESTATIONS, MAX_OPEN_HEIGHTS, MembershipError, MembershipReason, Quorum, SetCheckpointQuorumArg,
    Verdict,
};
use calisec_types::page::page_length;
use serde_bytes::ByteBuf;

/// Attests what a context's state was. A member who may attest checkpoints; once for each height.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn attest<E: Env>(env: &E, state: &mut State, arg: &AttestArg) -> Result<Attested, MembershipError> {
    let AttestArg { context: id, height, claim } = *arg;
    let authority = authorise(env, state, id, Capability::Checkpoint)?;
    let (group, now) = (authority.context.group, env.now());
    // The administrator of a group attests as a member who may, or not at all.
    let as_member = || state.resolve(group, env.caller(), now).filter(|found| may_attest(&authority.group, found));
    let account = authority.account.or_else(|| as_member().map(|found| found.account));
    let account = account.ok_or(MembershipReason::NotAMember(env.caller()))?;
    let store = state.checkpoints();
    let known = store.height((id, height));
    let before = store.attestation((id, height), account).map(|said| (said.claim.into(), said.standing.into()));
    let at = (now, store.broken_at(group));
    let judgement =
        judge(claim, known.as_ref().map(StoredHeight::known).as_ref(), before, at).map_err(
            |refusal| match refusal {
                Refusal::Lapsed => MembershipReason::HeightLapsed(height),
                Refusal::AlreadyEquivocated => MembershipReason::AlreadyEquivocated(height),
            },
        )?;
    if judgement == Judgement::Opens && !store.has_room_for_height(id, group, now) {
        return Err(MembershipReason::TooManyOpenHeights { limit: MAX_OPEN_HEIGHTS }.into());
    }
    if matches!(judgement, Judgement::Opens | Judgement::Counts)
        && !store.has_room_for_attestation((group, account), now)
    {
        return Err(MembershipReason::TooManyOpenAttestations { limit: MAX_OPEN_ATTESTATIONS }.into());
    }
    let attesters = authority.group.attesters();
    let stored = StoredClaim::from(claim);
    let quorum = store.of_context(id).quorum;
    let agrees = || store.count((id, height), stored) >= required(quorum, attesters);
    // What was said before changes something only if by now it is enough: the quorum or the members have changed.
    let is_final = known.is_some_and(|known| known.finality.is_some());
    let divergence = if judgement == Judgement::Repeats && (is_final || !agrees()) {
        None
    } else {
        let revision = authority.group.revision;
        let new = NewAttestation { account, height, claim: stored, judgement, attesters, revision };
        let outcome = process(env, state, id, Event::Attested(new), None)?;
        state.checkpoints().has_divergence(id, outcome.seq).then_some(outcome.seq)
    };
    let store = state.checkpoints();
    let height = store.height((id, height)).ok_or_else(|| internal("the height is not there"))?;
    let required = height.finality.map_or_else(|| required(quorum, attesters), |finality| finality.required);
    let verdict = match judgement {
        Judgement::Opens | Judgement::Counts => Verdict::Counted,
        Judgement::Repeats => Verdict::Repeated,
        Judgement::Confirms => Verdict::Confirmed,
        Judgement::Contradicts => Verdict::Contradicted,
        Judgement::Equivocates => Verdict::Equivocated,
    };
    let count = store.count((id, arg.height), stored);
    Ok(Attested { seq: state.seq(), verdict, count, required, is_final: height.finality.is_some(), divergence })
}

/// Says how much agreement makes a checkpoint final from now on. Only the administrator.
///
/// # Errors
/// [`MembershipReason`], and nothing is changed.
pub fn set_checkpoint_quorum<E: Env>(
    env: &E,
    state: &mut State,
    arg: &SetCheckpointQuorumArg,
) -> Result<Quorum, MembershipError> {
    let SetCheckpointQuorumArg { context, quorum } = *arg;
    if !is_quorum(quorum) {
        return Err(MembershipReason::InvalidQuorum.into());
    }
    let authority = authorise(env, state, context, Capability::ManageMembers)?;
    if !authority.is_administrator() {
        return Err(MembershipReason::NotAdministrator.into());
    }
    if state.checkpoints().of_context(context).quorum != quorum {
        process(env, state, context, Event::CheckpointQuorumSet { quorum }, None)?;
    }
    Ok(quorum)
}

/// How much agreement makes a checkpoint of a context final.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn checkpoint_quorum(state: &State, context: ContextId) -> Result<Quorum, MembershipError> {
    known_context(state, context)?;
    Ok(state.checkpoints().of_context(context).quorum)
}

/// A checkpoint: of this height, or the highest that is final.
///
/// # Errors
/// [`MembershipReason::UnknownContext`], [`MembershipReason::UnknownHeight`] and [`MembershipReason::NoFinalCheckpoint`].
pub fn checkpoint<E: Env>(
    env: &E,
    state: &State,
    id: ContextId,
    height: Option<Height>,
) -> Result<Checkpoint, MembershipError> {
    let (context, group) = known_group(state, id)?;
    let newest = || state.checkpoints().of_context(id).newest_final.ok_or(MembershipReason::NoFinalCheckpoint);
    let height = height.map_or_else(newest, Ok)?;
    let stored = state.checkpoints().height((id, height)).ok_or(MembershipReason::UnknownHeight(height))?;
    let shown = Shown { state, id, group: &group, broken_at: state.checkpoints().broken_at(context.group) };
    Ok(shown.checkpoint(height, &stored, env.now()))
}

/// A final checkpoint, or that there is none, with the proof.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn final_checkpoint<E: Env>(
    env: &E,
    state: &State,
    arg: &FinalCheckpointArg,
) -> Result<CertifiedCheckpoint, MembershipError> {
    let FinalCheckpointArg { context, height } = *arg;
    known_context(state, context)?;
    let asked = height.or_else(|| state.checkpoints().of_context(context).newest_final);
    let checkpoint = asked.and_then(|height| state.final_checkpoint(context, height));
    let witness = witness_of(state, &[checkpoint_key(&context, height)]);
    Ok(CertifiedCheckpoint { checkpoint, certificate: env.certificate().map(ByteBuf::from), witness })
}

/// A page of a context's checkpoints, ordered by height.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn checkpoints<E: Env>(env: &E, state: &State, arg: &CheckpointsArg) -> Result<CheckpointsPage, MembershipError> {
    let (context, group) = known_group(state, arg.context)?;
    let broken_at = state.checkpoints().broken_at(context.group);
    let shown = Shown { state, id: arg.context, group: &group, broken_at };
    let now = env.now();
    let mut found = state.checkpoints().heights_after(arg.context, arg.after);
    let page = found.by_ref().take(page_length(arg.limit));
    let checkpoints: Vec<_> = page.map(|(height, stored)| shown.checkpoint(height, &stored, now)).collect();
    let next = found.next().and(checkpoints.last()).map(|last| last.height);
    Ok(CheckpointsPage { checkpoints, next })
}

/// A page of the attestations of one height, ordered by account.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn attestations(state: &State, arg: &AttestationsArg) -> Result<AttestationsPage, MembershipError> {
    known_context(state, arg.context)?;
    let mut found = state.checkpoints().attestations_after((arg.context, arg.height), arg.after);
    let page = found.by_ref().take(page_length(arg.limit));
    let attestations: Vec<_> = page.map(|(account, stored)| stored.into_api(account)).collect();
    let next = found.next().and(attestations.last()).map(|last| last.account);
    Ok(AttestationsPage { attestations, next })
}

/// A page of a context's divergences, the oldest first.
///
/// # Errors
/// [`MembershipReason::UnknownContext`].
pub fn divergences(state: &State, arg: &DivergencesArg) -> Result<DivergencesPage, MembershipError> {
    known_context(state, arg.context)?;
    let mut found = state.checkpoints().divergences_after(arg.context, arg.after);
    let page = found.by_ref().take(page_length(arg.limit));
    let divergences: Vec<_> = page.map(|(seq, stored)| stored.into_api(seq)).collect();
    let next = found.next().and(divergences.last()).map(|last| last.seq);
    Ok(DivergencesPage { divergences, next })
}

/// What showing a context's checkpoints needs.
struct Shown<'a> {
    state: &'a State,
    id: ContextId,
    group: &'a StoredGroup,
    broken_at: Revision,
}

impl Shown<'_> {
    fn checkpoint(&self, height: Height, stored: &StoredHeight, now: Timestamp) -> Checkpoint {
        let store = self.state.checkpoints();
        let claim = stored.expected().claim;
        let status = match stored.finality {
            Some(_) => CheckpointStatus::Final,
            None if stored.known().has_lapsed(now, self.broken_at) => CheckpointStatus::Lapsed,
            None => CheckpointStatus::Open,
        };
        let quorum = store.of_context(self.id).quorum;
        let now_required = || required(quorum, self.group.attesters());
        Checkpoint {
            height,
            status,
            claim: claim.into(),
            count: store.count((self.id, height), claim),
            required: stored.finality.map_or_else(now_required, |finality| finality.required),
            claims: stored.claims,
            opened_at: stored.first.at,
            final_at: stored.finality.map(|finality| finality.by.at),
            final_seq: stored.finality.map(|finality| finality.by.seq),
        }
    }
}

fn may_attest(group: &StoredGroup, found: &Resolved) -> bool {
    group.rights_of(&found.member).and(found.scope).contains(Capability::Checkpoint)
}

fn internal(what: &str) -> MembershipError {
    MembershipReason::Internal(what.to_owned()).into()
}
