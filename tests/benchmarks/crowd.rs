//! The stable memory of a `membership` canister with as many members as wanted, each with a grant and an attestation.
//!
//! What does not grow is made by the canister's own events. Members, grants, attestations and the facts about them are put
//! where those events would put them: a million events would take minutes. That both give the same is tested.

use crate::policies::twenty_policies;
use calisec_certification::certified_map::CertifiedMap;
use calisec_certification::facts::{FactKind, fact_hash, grants_content, grants_key, identity_content, principal_key};
use calisec_runtime::{Cbor, FixedKey, StubEnv, TrieMap};
use calisec_types::ids::{
    AccountId, CircuitId, ContextId, DeviceKey, Digest32, FieldElement, GrantId, GroupId, Height, KemKey, NoteId,
    ProposalId, ReceiptId, Revision, Seq, StateRoot, Timestamp, Weight,
};
use calisec_types::membership::{
    Action, Claim, ClaimKind, DecideArg, GrantFact, GrantTerms, IdentityFact, MAX_CLAIM_KINDS, MAX_CLAIM_NAME_BYTES,
    MAX_CLAIM_PERIOD_SECONDS, MAX_CONDITIONAL_GRANTS_PER_NOTE, MAX_GRANTS_PER_NOTE, MAX_PURPOSE_BYTES, MembershipInit,
    NoteResource, Origin, ProofClaim, Proves, Quorum, Rights, Subject, claim_period, claim_period_bounds,
};
use candid::Principal;
use ic_stable_structures::{DefaultMemoryImpl, Storable};
use membership::checkpoint::Judgement;
use membership::lifecycle;
use membership::state::{Charge, Event, NewAttestation, NewContext, NewGrant, Occasion, State};
use membership::storage::{
    ATTESTATIONS, ATTESTERS, Attestations, Attesters, FACTS, GRANTS, GRANTS_BY_HOLDER, GROUPS, Grants, GrantsByHolder,
    Groups, MEMBERS, Members, Memories, OPEN_ATTESTATIONS, OpenAttestations, PRINCIPALS, Principals, StoredAttestation,
    StoredAttestationStanding, StoredDevice, StoredGrant, StoredIdentity, StoredLink, StoredMember, TALLIES, Tallies,
};
use std::ops::Range;

pub const ADMINISTRATOR: Principal = Principal::from_slice(&[1; 29]);
/// Who makes changes of access rules where no vote is needed.
pub const RULER: Principal = Principal::from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
pub const REGISTRY: Principal = Principal::from_slice(&[1, 2, 3, 4, 5, 6, 7, 8, 2, 1]);
pub const CONTEXT: ContextId = ContextId([3; 32]);
const GROUP: GroupId = GroupId([3; 32]);
/// A role whose members mint, vote and attest.
pub const ROLE: &str = "contributor";
/// The height that the members attested, still open.
pub const HEIGHT: Height = Height(7);
pub const CLAIM: Claim = Claim { state_root: StateRoot([5; 32]), app_hash: Digest32([6; 32]) };
/// Claims of one kind that a member can have.
pub const CLAIMS_PER_KIND: u8 = 2;
const DEVICE: DeviceKey = DeviceKey([0xdd; 32]);
const LINKED: Principal = Principal::from_slice(&[9; 29]);
/// Members at the end who have not attested.
pub const SILENT: u64 = 50;

/// The key and the value of an entry.
type Entry = (Vec<u8>, Vec<u8>);

/// The id of a member: spread like a hash, and the same in every run.
pub fn account(number: u64) -> AccountId {
    let mut bytes = [0; 32];
    for (word, chunk) in (1u64..).zip(bytes.chunks_mut(8)) {
        let mixed = (number ^ word.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes());
    }
    AccountId(bytes)
}

/// Whether a member may read the note it was granted.
pub fn question(number: u64) -> DecideArg {
    let note = NoteResource { registry: REGISTRY, note: NoteId(number), owner: ADMINISTRATOR, kind: None, epoch: None };
    let subject = Subject::Account(account(number));
    DecideArg { context: CONTEXT, subject, action: Action::Read, note: Some(note), purpose: None }
}

/// The stable memory of a canister with so many members.
pub fn stable_memory(env: &StubEnv, members: u64) -> Vec<u8> {
    let memory = DefaultMemoryImpl::default();
    let mut state = founded(env, &memory);
    enter(&mut state, env, 0);
    entangle(&mut state, env);
    let entries_before = state.seq().0;
    drop(state);
    // A canister that is upgraded goes on from its stable memory just so.
    fill(&Memories::of(memory.clone()), env.now.get(), entries_before, 1..members);
    drop(lifecycle::post_upgrade(env, memory.clone(), &[]));
    memory.take()
}

const fn occasion(at: Timestamp) -> Occasion {
    Occasion { at, caller: ADMINISTRATOR, context: CONTEXT }
}

/// A canister with one context under twenty policies, and nobody in it.
fn founded(env: &StubEnv, memory: &DefaultMemoryImpl) -> State {
    let mut state = lifecycle::init(env, memory.clone(), &MembershipInit { governance: RULER, proof_verifier: None });
    let occasion = occasion(env.now.get());
    let context = NewContext {
        group: GROUP,
        administrator: ADMINISTRATOR,
        origin: Origin { issuer: None, calimero_group: GROUP, calimero_context: None },
        cedar: twenty_policies(),
        charge: Charge { is_free: false, is_relayed: false },
    };
    state.apply(&occasion, Event::ContextRegistered(context), None);
    // So many attestations that there is always another to come.
    state.apply(&occasion, Event::CheckpointQuorumSet { quorum: Quorum::Count(u64::MAX) }, None);
    state
}

/// A member comes, is granted a note, and attests; by the canister's own events.
fn enter(state: &mut State, env: &StubEnv, number: u64) {
    let occasion = occasion(env.now.get());
    let account = account(number);
    state.apply(&occasion, Event::MemberSet { account, role: ROLE.to_owned(), kem_key: KemKey([9; 32]) }, None);
    let grant = NewGrant {
        account,
        action: Action::Read,
        note: NoteId(number),
        registry: REGISTRY,
        terms: GrantTerms::default(),
        proposal: ProposalId(number),
    };
    state.apply(&occasion, Event::Granted(grant), None);
    let judgement = if number == 0 { Judgement::Opens } else { Judgement::Counts };
    let group = state.group(GROUP).expect("registered");
    let attestation = NewAttestation {
        account,
        height: HEIGHT,
        claim: CLAIM.into(),
        judgement,
        attesters: group.attesters(),
        revision: group.revision,
    };
    state.apply(&occasion, Event::Attested(attestation), None);
}

/// Makes the first member's question rest on as much as a question can: it asks by a principal that one of its devices linked,
/// it holds as many grants for its note as it may, as many of them on terms, with the longest purposes, and as many claims of as
/// many kinds.
fn entangle(state: &mut State, env: &StubEnv) {
    let (now, account) = (env.now.get(), account(0));
    let occasion = occasion(now);
    let device = StoredDevice {
        account,
        key: DEVICE,
        scope: Rights::ALL,
        kem_key: KemKey([9; 32]),
        added_at: now,
        expires_at: Some(now.plus_seconds(1_000_000)),
        rotate_every: Some(1_000_000),
        rotated_at: now,
        since: Revision(0),
    };
    state.apply(&occasion, Event::DeviceAdded(device), None);
    let link = StoredLink { account, device: Some(DEVICE), linked_at: now, since: Revision(0) };
    state.apply(&occasion, Event::PrincipalLinked { principal: LINKED, link }, None);
    // One it has already.
    for number in 1..u64::from(MAX_GRANTS_PER_NOTE) {
        let until = GrantTerms::until(Some(now.plus_seconds(1_000_000 + number)));
        let terms = if number <= u64::from(MAX_CONDITIONAL_GRANTS_PER_NOTE) {
            let purpose = Some("p".repeat(MAX_PURPOSE_BYTES));
            GrantTerms { not_before: Some(now), max_uses: Some(u64::MAX), purpose, ..until }
        } else {
            until
        };
        let (action, note, proposal) = (Action::Read, NoteId(0), ProposalId(u64::MAX - number));
        let grant = NewGrant { account, action, note, registry: REGISTRY, terms, proposal };
        state.apply(&occasion, Event::Granted(grant), None);
    }
    for number in 0..MAX_CLAIM_KINDS {
        let name = format!("{number:0width$}", width = MAX_CLAIM_NAME_BYTES);
        let proves = Proves::OneOfGroup { depth: 20, roots: vec![FieldElement([1; 32])] };
        let kind = ClaimKind { name, circuit: CircuitId([0xc1; 32]), proves, period_seconds: MAX_CLAIM_PERIOD_SECONDS };
        state.apply(&occasion, Event::ClaimKindSet { kind, proposal: ProposalId(0) }, None);
    }
    for (seed, stored) in (0..).zip(state.claim_kinds(CONTEXT)) {
        // For this period, and for the next.
        for ahead in 0..CLAIMS_PER_KIND {
            let period = claim_period(now, MAX_CLAIM_PERIOD_SECONDS) + u64::from(ahead);
            let (since, until) = claim_period_bounds(period, MAX_CLAIM_PERIOD_SECONDS);
            let ClaimKind { name, circuit, .. } = stored.kind.clone();
            let receipt = ReceiptId([seed * CLAIMS_PER_KIND + ahead; 32]);
            let claim = ProofClaim { kind: name, version: stored.version, circuit, receipt, since, until };
            state.apply(&occasion, Event::ReceiptClaimed { account, claim }, None);
        }
    }
}

/// What [`entangle`] is for. Nobody has the owner's principal, which takes the proof of two neighbours.
pub fn entangled_question() -> DecideArg {
    let DecideArg { note, .. } = question(0);
    let note = note.map(|note| NoteResource { owner: Principal::from_slice(&[8; 29]), ..note });
    DecideArg { subject: Subject::Principal(LINKED), note, ..question(0) }
}

/// Puts what is stored about members.
fn fill(memories: &Memories, at: Timestamp, entries_before: u64, numbers: Range<u64>) {
    let silent_from = if numbers.end > 10 * SILENT { numbers.end - SILENT } else { numbers.end };
    let mut members = Members::init(memories.part(MEMBERS));
    let mut principals = Principals::init(memories.part(PRINCIPALS));
    let mut grants = Grants::init(memories.part(GRANTS));
    let mut by_holder = GrantsByHolder::init(memories.part(GRANTS_BY_HOLDER));
    let mut attestations = Attestations::init(memories.part(ATTESTATIONS));
    let mut attesters = Attesters::init(memories.part(ATTESTERS));
    let mut open = OpenAttestations::init(memories.part(OPEN_ATTESTATIONS));
    let mut facts = CertifiedMap::init(memories.part(FACTS));
    for number in numbers.clone() {
        let (account, since) = (account(number), Revision(number + 1));
        let member = StoredMember {
            role: ROLE.to_owned(),
            kem_key: KemKey([9; 32]),
            own: Rights::NONE,
            since,
            grants: 1,
            devices: Vec::new(),
            links: Vec::new(),
            invite: None,
        };
        let fact = identity_content(&IdentityFact::Member(member.fact(account)));
        let principal = account.principal();
        facts.insert(&principal_key(&GROUP, &principal), &fact_hash(FactKind::Principal, &fact).0);
        members.insert((GROUP, account), Cbor(member));
        principals.insert((GROUP, principal), Cbor(StoredIdentity::Account(account)));

        let id = grant_id(entries_before, number);
        let grant = StoredGrant {
            account,
            action: 0,
            note: NoteId(number),
            registry: REGISTRY,
            terms: GrantTerms::default(),
            proposal: ProposalId(number),
            uses: 0,
        };
        let content = grants_content(&[GrantFact { id, terms: GrantTerms::default(), uses: 0 }]);
        let key = grants_key((&GROUP, &account), &CONTEXT, Action::Read, (&REGISTRY, NoteId(number)));
        facts.insert(&key, &fact_hash(FactKind::Grants, &content).0);
        by_holder.insert(grant.key(GROUP, CONTEXT, id), Cbor(grant.standing()));
        grants.insert((CONTEXT, id), Cbor(grant));

        if number < silent_from {
            let standing = StoredAttestationStanding::Counts;
            let attestation = StoredAttestation { claim: CLAIM.into(), at, seq: Seq(id.0 + 1), standing };
            attestations.insert((CONTEXT, HEIGHT, account), Cbor(attestation));
            attesters.insert((GROUP, account), 1);
            open.insert(((GROUP, account), (CONTEXT, HEIGHT)), ());
        }
    }
    let mut groups = Groups::init(memories.part(GROUPS));
    let Cbor(mut group) = groups.get(&GROUP).expect("registered");
    let count = numbers.end - numbers.start;
    group.revision.0 += count;
    group.member_count += count;
    group.total_weight = Weight(group.total_weight.0 + count);
    group.roles.iter_mut().filter(|role| role.name == ROLE).for_each(|role| role.members += count);
    groups.insert(GROUP, Cbor(group));
    let mut tallies = Tallies::init(memories.part(TALLIES));
    let tally = (CONTEXT, HEIGHT, (CLAIM.state_root, CLAIM.app_hash));
    let counted = tallies.get(&tally).expect("attested") + silent_from - numbers.start;
    tallies.insert(tally, counted);
}

/// A grant's id is the number of its audit entry: three for every member before, and the one that made it a member.
const fn grant_id(entries_before: u64, number: u64) -> GrantId {
    GrantId(entries_before + 3 * number + 2)
}

/// Everything in one of the maps.
fn entries<K: FixedKey, V: Storable, const INLINE: usize>(map: &TrieMap<K, V, INLINE>) -> Vec<Entry> {
    let key = |key: &K| {
        let mut bytes = vec![0; K::BYTES];
        key.write(&mut bytes);
        bytes
    };
    map.iter().map(|(own, value)| (key(&own), value.into_bytes())).collect()
}

#[test]
fn should_store_what_the_canisters_own_events_store() {
    const MEMBERS_OF_BOTH: u64 = 40;
    let env = StubEnv::new(Principal::from_slice(&[7; 10]), ADMINISTRATOR, Timestamp(1_000_000_000));
    let [quick, slow] = [DefaultMemoryImpl::default(), DefaultMemoryImpl::default()];
    let mut state = founded(&env, &quick);
    enter(&mut state, &env, 0);
    drop(state);
    // Two entries are about the context.
    fill(&Memories::of(quick.clone()), env.now.get(), 2, 1..MEMBERS_OF_BOTH);
    let quick_root = State::open(&Memories::of(quick.clone())).facts_root();
    let mut state = founded(&env, &slow);
    (0..MEMBERS_OF_BOTH).for_each(|number| enter(&mut state, &env, number));
    assert_eq!(state.facts_root(), quick_root);
    drop(state);
    let [quick, slow] = [quick, slow].map(|memory| {
        let memories = Memories::of(memory);
        [
            entries(&Members::init(memories.part(MEMBERS))),
            entries(&Principals::init(memories.part(PRINCIPALS))),
            entries(&Grants::init(memories.part(GRANTS))),
            entries(&GrantsByHolder::init(memories.part(GRANTS_BY_HOLDER))),
            entries(&Attestations::init(memories.part(ATTESTATIONS))),
            entries(&Attesters::init(memories.part(ATTESTERS))),
            entries(&OpenAttestations::init(memories.part(OPEN_ATTESTATIONS))),
            entries(&Groups::init(memories.part(GROUPS))),
            entries(&Tallies::init(memories.part(TALLIES))),
        ]
    });
    for (number, (quick, slow)) in quick.into_iter().zip(slow).enumerate() {
        assert!(!slow.is_empty() && quick == slow, "part {number} of the list");
    }
}
