//! Finality, divergence, equivocation; what removal and lapse do to them.

use crate::api;
use crate::test_fixtures::{START, World, account, administrator, context_id, reason, stranger};
use calisec_certification::decode_tree;
use calisec_certification::facts::{FactKind, checkpoint_content, checkpoint_key, fact_hash};
use calisec_types::ids::{AccountId, ContextId, Digest32, Height, Seq, StateRoot};
use calisec_types::membership::{
    AttestArg, AttestationStatus, AttestationsArg, Attested, AuditEvent, CHECKPOINT_PERIOD_SECONDS, Capability,
    CapabilityArg, Checkpoint, CheckpointStatus, CheckpointsArg, Claim, Divergence, DivergenceKind, DivergencesArg,
    FinalCheckpointArg, MAX_OPEN_ATTESTATIONS, MAX_OPEN_HEIGHTS, MembershipReason, Quorum, SetCheckpointQuorumArg,
    SetRoleArg, Verdict, Witness,
};
use candid::Principal;
use ic_certification::LookupResult;

const H: Height = Height(5);

fn claim(seed: u8) -> Claim {
    Claim { state_root: StateRoot([seed; 32]), app_hash: Digest32([1; 32]) }
}

/// A context with this many contributors, accounts 1, 2, ...
fn world(members: u8) -> World {
    let mut world = World::with_context();
    for seed in 1..=members {
        world.add(account(seed), "contributor").expect("adds");
    }
    world
}

fn attest_as(world: &mut World, who: Principal, height: Height, seed: u8) -> Result<Attested, MembershipReason> {
    world.env.call_as(who);
    let arg = AttestArg { context: context_id(1), height, claim: claim(seed) };
    api::attest(&world.env, &mut world.state, &arg).map_err(reason)
}

fn attest(world: &mut World, who: u8, height: Height, seed: u8) -> Attested {
    attest_as(world, account(who).principal(), height, seed).expect("attests")
}

fn shown(world: &World, height: Height) -> Checkpoint {
    api::checkpoint(&world.env, &world.state, context_id(1), Some(height)).expect("attested")
}

fn divergences(world: &World) -> Vec<Divergence> {
    let arg = DivergencesArg { context: context_id(1), after: None, limit: Some(200) };
    api::divergences(&world.state, &arg).expect("answers").divergences
}

fn status(world: &World, height: Height, who: u8) -> AttestationStatus {
    let arg = AttestationsArg { context: context_id(1), height, after: None, limit: Some(200) };
    let page = api::attestations(&world.state, &arg).expect("answers");
    page.attestations.iter().find(|said| said.account == account(who)).expect("attested").status
}

fn set_quorum(world: &mut World, quorum: Quorum) {
    world.env.call_as(administrator());
    let arg = SetCheckpointQuorumArg { context: context_id(1), quorum };
    api::set_checkpoint_quorum(&world.env, &mut world.state, &arg).expect("sets");
}

#[test]
fn should_be_final_when_more_than_half_agree_and_not_before() {
    let mut world = world(4);
    world.add(account(9), "reader").expect("readers cannot attest and do not count");
    for (who, count, is_final) in [(1, 1, false), (2, 2, false), (3, 3, true)] {
        let answer = attest(&mut world, who, H, 1);
        let expected = Attested {
            seq: Seq(6 + u64::from(who)),
            verdict: Verdict::Counted,
            count,
            required: 3,
            is_final,
            divergence: None,
        };
        assert_eq!(answer, expected);
    }
    let expected = Checkpoint {
        height: H,
        status: CheckpointStatus::Final,
        claim: claim(1),
        count: 3,
        required: 3,
        claims: 1,
        opened_at: START,
        final_at: Some(START),
        final_seq: Some(Seq(9)),
    };
    assert_eq!(shown(&world, H), expected);
    let late = attest(&mut world, 4, H, 1);
    assert_eq!((late.verdict, late.count, late.divergence), (Verdict::Confirmed, 4, None));
    assert_eq!(Checkpoint { count: 3, ..shown(&world, H) }, expected, "what is final stays as it is");
    assert_eq!(divergences(&world), []);
    let AuditEvent::Attested { made_final, .. } = world.state.audit_entries(Seq(9), 1).remove(0).event else {
        panic!("entry 9 is an attestation")
    };
    assert!(made_final);
    world.upgrade();
    assert_eq!(Checkpoint { count: 3, ..shown(&world, H) }, expected);
}

#[test]
fn should_change_nothing_when_an_account_attests_the_same_again() {
    let mut world = world(4);
    attest(&mut world, 1, H, 1);
    let before = world.fingerprint();
    for _ in 0..3 {
        let again = attest(&mut world, 1, H, 1);
        assert_eq!((again.verdict, again.count, again.seq), (Verdict::Repeated, 1, Seq(6)));
    }
    assert!(world.fingerprint() == before);
}

#[test]
fn should_raise_a_divergence_at_once_with_the_evidence_of_both_sides() {
    let mut world = world(5);
    attest(&mut world, 1, H, 1);
    world.env.advance_seconds(1);
    let second = attest(&mut world, 2, H, 2);
    assert_eq!((second.verdict, second.count, second.divergence), (Verdict::Counted, 1, Some(second.seq)));
    let third = attest(&mut world, 3, H, 2);
    assert_eq!((third.count, third.divergence), (2, None), "the claim is no news any more");
    let other_app = Claim { app_hash: Digest32([9; 32]), ..claim(1) };
    world.env.call_as(account(4).principal());
    let arg = AttestArg { context: context_id(1), height: H, claim: other_app };
    let fourth = api::attest(&world.env, &mut world.state, &arg).expect("attests");
    assert_eq!(fourth.divergence, Some(fourth.seq), "another application with the same root is another claim");
    let [first, other] = divergences(&world).try_into().expect("two");
    assert_eq!((first.seq, first.height, first.kind), (second.seq, H, DivergenceKind::Attestations));
    assert_eq!(first.expected.by, Witness::Account(account(1)));
    assert_eq!((first.expected.state_root, first.expected.app_hash), (StateRoot([1; 32]), Some(Digest32([1; 32]))));
    assert_eq!((first.expected.at, first.expected.seq), (START, Seq(7)));
    assert_eq!((first.found.by, first.found.at.0 - START.0), (Witness::Account(account(2)), 1_000_000_000));
    assert_eq!((first.found.state_root, first.found.seq), (StateRoot([2; 32]), Seq(8)));
    assert_eq!(other.found.app_hash, Some(Digest32([9; 32])));
    assert_eq!(shown(&world, H).claims, 3);
    let fifth = attest(&mut world, 5, H, 2);
    assert!(fifth.is_final, "a divergence does not keep a majority from being final");
    assert_eq!(shown(&world, H).claim, claim(2));
}

#[test]
fn should_stay_final_and_raise_a_divergence_when_somebody_differs_later() {
    let mut world = world(3);
    attest(&mut world, 1, H, 1);
    attest(&mut world, 2, H, 1);
    let before = shown(&world, H);
    let late = attest(&mut world, 3, H, 2);
    assert_eq!((late.verdict, late.is_final, late.divergence), (Verdict::Contradicted, true, Some(late.seq)));
    assert_eq!(shown(&world, H), Checkpoint { claims: 2, ..before });
    let [found] = divergences(&world).try_into().expect("one");
    assert_eq!((found.kind, found.expected.by), (DivergenceKind::AfterFinal, Witness::Account(account(2))));
    assert_eq!(found.found.by, Witness::Account(account(3)));
    // Even if everybody changes their mind.
    for who in [1, 2] {
        let changed = attest(&mut world, who, H, 2);
        assert_eq!((changed.verdict, changed.is_final), (Verdict::Equivocated, true));
    }
    assert_eq!(shown(&world, H), Checkpoint { claims: 2, ..before }, "final is final");
    assert_eq!(divergences(&world).len(), 3);
}

#[test]
fn should_count_neither_claim_when_an_account_changes_its_mind_and_keep_both_as_evidence() {
    let mut world = world(3);
    attest(&mut world, 1, H, 1);
    let changed = attest(&mut world, 1, H, 2);
    assert_eq!((changed.verdict, changed.count), (Verdict::Equivocated, 0));
    let [found] = divergences(&world).try_into().expect("one");
    assert_eq!((found.kind, found.seq), (DivergenceKind::Equivocation, changed.seq));
    let sides = [(found.expected, 1), (found.found, 2)];
    for (side, seed) in sides {
        assert_eq!((side.by, side.state_root), (Witness::Account(account(1)), StateRoot([seed; 32])));
    }
    assert_eq!(status(&world, H, 1), AttestationStatus::Equivocated);
    assert_eq!(shown(&world, H).count, 0);
    let before = world.fingerprint();
    for seed in [1, 2, 3] {
        let refused = attest_as(&mut world, account(1).principal(), H, seed);
        assert_eq!(refused, Err(MembershipReason::AlreadyEquivocated(H)), "no third chance");
    }
    assert!(world.fingerprint() == before);
    attest(&mut world, 2, H, 1);
    assert!(shown(&world, H).final_at.is_none(), "the equivocator does not help");
    assert!(attest(&mut world, 3, H, 1).is_final);
}

#[test]
fn should_not_count_an_attestation_when_its_account_was_removed_before_the_height_was_final() {
    let mut world = world(5);
    attest(&mut world, 1, H, 1);
    attest(&mut world, 2, H, 1);
    attest(&mut world, 1, Height(6), 1);
    world.remove(account(1)).expect("removes");
    assert_eq!(status(&world, H, 1), AttestationStatus::Withdrawn);
    assert_eq!((shown(&world, H).count, shown(&world, Height(6)).count), (1, 0));
    let third = attest(&mut world, 3, H, 1);
    assert_eq!((third.count, third.required, third.is_final), (2, 3, false), "two of four are no majority");
    // It comes back, and has to say so again.
    world.add(account(1), "contributor").expect("adds");
    assert_eq!(shown(&world, H).count, 2);
    let again = attest(&mut world, 1, H, 1);
    assert_eq!((again.verdict, again.count, again.is_final), (Verdict::Counted, 3, true));
    world.remove(account(2)).expect("removes");
    assert_eq!((shown(&world, H).status, shown(&world, H).count), (CheckpointStatus::Final, 3), "final is final");
}

#[test]
fn should_not_count_an_attestation_when_its_account_may_not_attest_any_more() {
    let role = |world: &mut World, capabilities: Vec<Capability>| {
        world.env.call_as(administrator());
        let arg = SetRoleArg { context: context_id(1), name: "contributor".to_owned(), capabilities };
        api::set_role(&world.env, &mut world.state, &arg).expect("sets");
    };
    let mut world = world(3);
    attest(&mut world, 1, H, 1);
    world.add(account(1), "reader").expect("changes");
    assert_eq!((status(&world, H, 1), shown(&world, H).count), (AttestationStatus::Withdrawn, 0));
    // A capability of its own, lost again.
    let own = CapabilityArg { context: context_id(1), account: account(1), capability: Capability::Checkpoint };
    api::grant_capability(&world.env, &mut world.state, &own).expect("grants");
    attest(&mut world, 1, H, 1);
    world.add(account(1), "contributor").expect("changes");
    assert_eq!(status(&world, H, 1), AttestationStatus::Counts);
    world.env.call_as(administrator());
    api::revoke_capability(&world.env, &mut world.state, &own).expect("revokes");
    assert_eq!(status(&world, H, 1), AttestationStatus::Counts, "its role still lets it");
    // The whole role: nobody can tell whose attestations count, so the height takes no more.
    role(&mut world, vec![Capability::Vote]);
    let missing = MembershipReason::MissingCapability(Capability::Checkpoint);
    assert_eq!(attest_as(&mut world, account(2).principal(), H, 1), Err(missing));
    role(&mut world, vec![Capability::Checkpoint]);
    assert_eq!(shown(&world, H).status, CheckpointStatus::Lapsed);
    let lapsed = attest_as(&mut world, account(2).principal(), H, 1);
    assert_eq!(lapsed, Err(MembershipReason::HeightLapsed(H)));
    attest(&mut world, 1, Height(6), 1);
    assert!(attest(&mut world, 2, Height(6), 1).is_final);
}

#[test]
fn should_follow_the_quorum_that_is_set_and_settle_when_somebody_repeats() {
    let mut world = world(4);
    set_quorum(&mut world, Quorum::BasisPoints(10_000));
    for who in [1, 2, 3] {
        assert_eq!(attest(&mut world, who, H, 1).required, 4);
    }
    set_quorum(&mut world, Quorum::Count(3));
    assert_eq!(shown(&world, H).status, CheckpointStatus::Open);
    let settled = attest(&mut world, 2, H, 1);
    assert_eq!((settled.verdict, settled.is_final, settled.count), (Verdict::Repeated, true, 3));
    // Members leave: fewer are required.
    set_quorum(&mut world, Quorum::BasisPoints(5_000));
    let other = Height(6);
    attest(&mut world, 1, other, 1);
    attest(&mut world, 2, other, 1);
    world.remove(account(4)).expect("removes");
    assert!(attest(&mut world, 1, other, 1).is_final);
    let before = world.fingerprint();
    for (caller, quorum, expected) in [
        (account(1).principal(), Quorum::Count(1), MembershipReason::MissingCapability(Capability::ManageMembers)),
        (Principal::anonymous(), Quorum::Count(1), MembershipReason::Anonymous),
        (administrator(), Quorum::Count(0), MembershipReason::InvalidQuorum),
        (administrator(), Quorum::BasisPoints(10_001), MembershipReason::InvalidQuorum),
    ] {
        world.env.call_as(caller);
        let arg = SetCheckpointQuorumArg { context: context_id(1), quorum };
        let refused = api::set_checkpoint_quorum(&world.env, &mut world.state, &arg).map_err(reason);
        assert_eq!(refused, Err(expected));
    }
    assert!(world.fingerprint() == before);
    assert_eq!(api::checkpoint_quorum(&world.state, context_id(1)), Ok(Quorum::BasisPoints(5_000)));
}

#[test]
fn should_refuse_who_may_not_attest() {
    let mut world = world(2);
    world.add(account(9), "reader").expect("adds");
    let missing = MembershipReason::MissingCapability(Capability::Checkpoint);
    let before = world.fingerprint();
    for (desc, who, expected) in [
        ("nobody", Principal::anonymous(), MembershipReason::Anonymous),
        ("a stranger", stranger(), missing.clone()),
        ("a reader", account(9).principal(), missing),
        ("the administrator, who is no member", administrator(), MembershipReason::NotAMember(administrator())),
    ] {
        assert_eq!(attest_as(&mut world, who, H, 1), Err(expected), "{desc}");
    }
    world.env.call_as(account(1).principal());
    let nowhere = ContextId([0; 32]);
    let arg = AttestArg { context: nowhere, height: H, claim: claim(1) };
    let refused = api::attest(&world.env, &mut world.state, &arg).map_err(reason);
    assert_eq!(refused, Err(MembershipReason::UnknownContext(nowhere)));
    assert!(world.fingerprint() == before);
}

#[test]
fn should_lapse_after_a_day_and_make_room_again() {
    let mut world = world(3);
    for height in 0..u64::from(MAX_OPEN_ATTESTATIONS) {
        attest(&mut world, 1, Height(height), 1);
    }
    let full = MembershipReason::TooManyOpenAttestations { limit: MAX_OPEN_ATTESTATIONS };
    assert_eq!(attest_as(&mut world, account(1).principal(), Height(1_000), 1), Err(full));
    attest(&mut world, 2, Height(1_000), 1);
    assert!(attest(&mut world, 2, Height(3), 1).is_final, "one that is final makes room");
    attest(&mut world, 1, Height(1_000), 1);
    world.env.advance_seconds(CHECKPOINT_PERIOD_SECONDS + 1);
    assert_eq!(shown(&world, Height(1)).status, CheckpointStatus::Lapsed);
    assert_eq!(shown(&world, Height(3)).status, CheckpointStatus::Final);
    let lapsed = attest_as(&mut world, account(2).principal(), Height(1), 1);
    assert_eq!(lapsed, Err(MembershipReason::HeightLapsed(Height(1))));
    for height in 2_000..2_000 + u64::from(MAX_OPEN_ATTESTATIONS) {
        attest(&mut world, 1, Height(height), 1);
    }
}

#[test]
fn should_refuse_new_heights_when_too_many_are_open_and_take_them_when_the_oldest_lapse() {
    let accounts = u8::try_from(MAX_OPEN_HEIGHTS / MAX_OPEN_ATTESTATIONS).expect("few");
    let mut world = world(accounts + 1);
    let mut height = 0;
    for who in 1..=accounts {
        for _ in 0..MAX_OPEN_ATTESTATIONS {
            attest(&mut world, who, Height(height), 1);
            height += 1;
        }
    }
    let full = MembershipReason::TooManyOpenHeights { limit: MAX_OPEN_HEIGHTS };
    let last = account(accounts + 1).principal();
    let before = world.fingerprint();
    assert_eq!(attest_as(&mut world, last, Height(height), 1), Err(full));
    assert!(world.fingerprint() == before);
    assert!(attest_as(&mut world, last, Height(0), 1).is_ok(), "an open one can still be attested");
    world.env.advance_seconds(CHECKPOINT_PERIOD_SECONDS + 1);
    assert!(attest_as(&mut world, last, Height(height), 1).is_ok());
    assert_eq!(world.state.checkpoints().of_context(context_id(1)).open, MAX_OPEN_HEIGHTS - 8 + 1);
}

#[test]
fn should_prove_final_checkpoints_and_that_there_are_none() {
    let mut world = world(1);
    let proved = |world: &World, height: Option<Height>| {
        let arg = FinalCheckpointArg { context: context_id(1), height };
        let answer = api::final_checkpoint(&world.env, &world.state, &arg).expect("answers");
        let tree = decode_tree(&answer.witness).expect("a tree");
        assert_eq!(Some(tree.digest()), *world.env.certified.borrow());
        let path: [&[u8]; 2] = [b"facts", &checkpoint_key(&context_id(1), height)];
        match (tree.lookup_path(path), answer.checkpoint) {
            (LookupResult::Found(told), Some(fact)) => {
                assert_eq!(told, fact_hash(FactKind::Checkpoint, &checkpoint_content(&fact)).0);
                Some(fact.height.0)
            }
            (LookupResult::Absent, None) => None,
            (told, fact) => panic!("{told:?} for {fact:?}"),
        }
    };
    assert_eq!(proved(&world, None), None);
    for height in [5, 9, 7] {
        assert!(attest(&mut world, 1, Height(height), 1).is_final, "one of one");
    }
    assert_eq!(proved(&world, None), Some(9), "the highest, not the newest");
    assert_eq!([5, 6, 7].map(|height| proved(&world, Some(Height(height)))), [Some(5), None, Some(7)]);
    let newest = api::checkpoint(&world.env, &world.state, context_id(1), None).expect("final");
    assert_eq!(newest.height, Height(9));
    let mut heights = Vec::new();
    let mut after = None;
    loop {
        let arg = CheckpointsArg { context: context_id(1), after, limit: Some(2) };
        let page = api::checkpoints(&world.env, &world.state, &arg).expect("a page");
        heights.extend(page.checkpoints.iter().map(|checkpoint| checkpoint.height.0));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(heights, [5, 7, 9]);
    let unknown = api::checkpoint(&world.env, &world.state, context_id(1), Some(Height(6))).map_err(reason);
    assert_eq!(unknown, Err(MembershipReason::UnknownHeight(Height(6))));
}

#[test]
fn should_keep_contexts_of_a_group_apart_and_withdraw_in_all_of_them() {
    let mut world = world(3);
    world.join(2, context_id(1).own_group());
    let there = |world: &mut World, who: AccountId| {
        world.env.call_as(who.principal());
        let arg = AttestArg { context: context_id(2), height: H, claim: claim(2) };
        api::attest(&world.env, &mut world.state, &arg).expect("attests")
    };
    attest(&mut world, 1, H, 1);
    assert_eq!(there(&mut world, account(1)).divergence, None, "another context is another state");
    world.remove(account(1)).expect("removes");
    let count =
        |world: &World, context| api::checkpoint(&world.env, &world.state, context, Some(H)).expect("attested").count;
    assert_eq!((count(&world, context_id(1)), count(&world, context_id(2))), (0, 0));
}
