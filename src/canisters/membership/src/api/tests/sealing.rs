//! Entries that hide what happened, and attempts to find it out.

use crate::api;
use crate::audit::{self, NO_PARENT};
use crate::test_fixtures::{
    START, World, account, administrator, context_id, governance, grant_change, reason, stranger,
};
use calisec_sdk::verify::{AuditChain, DisclosureError, disclosure};
use calisec_types::ids::{Digest32, KemKey, Seq};
use calisec_types::membership::{
    AuditEntry, AuditEvent, AuditMode, AuditOpening, AuditOpeningsArg, AuditRules, DiscardOpeningsArg,
    DiscardedOpenings, MembershipReason, SetAuditModeArg,
};
use calisec_types::page::MAX_PAGE;
use candid::Principal;

const SEED: Digest32 = Digest32(*b"thirty-two bytes drawn at random");

fn set(world: &mut World, mode: AuditMode, seed: Option<Digest32>) -> Result<AuditRules, MembershipReason> {
    set_as(world, administrator(), mode, seed)
}

fn set_as(
    world: &mut World,
    caller: Principal,
    mode: AuditMode,
    seed: Option<Digest32>,
) -> Result<AuditRules, MembershipReason> {
    world.env.call_as(caller);
    let arg = SetAuditModeArg { context: context_id(1), mode, seed };
    api::set_audit_mode(&world.env, &mut world.state, &arg).map_err(reason)
}

fn log(world: &World) -> Vec<AuditEntry> {
    world.state.audit_entries(Seq(1), 1_000)
}

fn openings(world: &World, caller: Principal) -> Vec<AuditOpening> {
    world.env.call_as(caller);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let arg = AuditOpeningsArg { context: context_id(1), after, limit: Some(2) };
        let page = api::audit_openings(&world.env, &world.state, &arg).expect("a page");
        assert!(page.openings.len() <= 2);
        found.extend(page.openings);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn discard(world: &mut World, caller: Principal, up_to: u64) -> Result<DiscardedOpenings, MembershipReason> {
    world.env.call_as(caller);
    let arg = DiscardOpeningsArg { context: context_id(1), up_to: Seq(up_to) };
    api::discard_openings(&world.env, &mut world.state, &arg).map_err(reason)
}

fn sealed(entry: &AuditEntry) -> (Option<u16>, Digest32) {
    match entry.event {
        AuditEvent::Sealed { kind, commitment } => (kind, commitment),
        ref other => panic!("not sealed: {other:?}"),
    }
}

/// A member in the clear, one hashed, one redacted, one in the clear again: entries 1 (the context) to 8.
fn world() -> World {
    let mut world = World::with_context();
    world.add(account(1), "reader").expect("adds");
    set(&mut world, AuditMode::Hashed, Some(SEED)).expect("hashes");
    world.add(account(2), "reader").expect("adds");
    set(&mut world, AuditMode::Redacted, Some(Digest32([&SEED.0[1..], b"!"].concat().try_into().expect("32"))))
        .expect("redacts");
    world.add(account(3), "reader").expect("adds");
    set(&mut world, AuditMode::Full, None).expect("shows");
    world.add(account(4), "reader").expect("adds");
    world
}

fn member_set(member: u8, role: &str) -> AuditEvent {
    AuditEvent::MemberSet { account: account(member), role: role.to_owned(), kem_key: KemKey([9; 32]) }
}

#[test]
fn should_hide_what_the_mode_hides_and_nothing_else() {
    let world = world();
    let log = log(&world);
    let events: Vec<_> = log.iter().map(|entry| (entry.caller, entry.event.clone())).collect();
    let administrator = administrator();
    assert_eq!(events[1], (administrator, member_set(1, "reader")));
    assert_eq!(events[2], (administrator, AuditEvent::AuditModeSet { mode: AuditMode::Hashed }));
    assert_eq!((events[3].0, sealed(&log[3]).0), (administrator, Some(1)));
    assert_eq!(events[4], (administrator, AuditEvent::AuditModeSet { mode: AuditMode::Redacted }));
    assert_eq!((events[5].0, sealed(&log[5]).0), (Principal::management_canister(), None));
    assert_eq!(events[6], (administrator, AuditEvent::AuditModeSet { mode: AuditMode::Full }));
    assert_eq!(events[7], (administrator, member_set(4, "reader")));
    assert!(log.iter().all(|entry| entry.context == context_id(1) && entry.at == START), "when and where is seen");
    // What was hidden was done.
    for member in [2, 3] {
        assert!(api::member(&world.state, context_id(1), account(member)).is_ok());
    }
}

#[test]
fn should_chain_and_prove_hidden_entries_like_any_other() {
    let mut world = world();
    for upgrade in [false, true] {
        if upgrade {
            world.upgrade();
        }
        let log = log(&world);
        let mut chain = AuditChain::default();
        chain.extend(&log).expect("one chain");
        assert_eq!((log[0].parent, chain.head().seq), (NO_PARENT, world.state.seq()));
        for entry in &log {
            let proof = api::audit_entry_proof(&world.env, &world.state, entry.seq).expect("is there");
            assert_eq!((&proof.entry, proof.head.hash), (entry, chain.head().hash));
        }
    }
}

#[test]
fn should_open_to_exactly_what_happened_for_whoever_is_shown_the_opening() {
    let world = world();
    let (log, openings) = (log(&world), openings(&world, administrator()));
    assert_eq!(openings.iter().map(|opening| opening.seq).collect::<Vec<_>>(), [Seq(4), Seq(6)]);
    for (opening, member) in openings.iter().zip([2, 3]) {
        let entry = &log[opening.seq.0 as usize - 1];
        assert_eq!(disclosure(entry, opening), Ok(&member_set(member, "reader")));
        assert_eq!(opening.caller, administrator());
        let seq = entry.seq;
        let other = Err(DisclosureError::OtherContent(seq));
        for byte in 0..32 {
            let mut forged = opening.clone();
            forged.salt.0[byte] ^= 1;
            assert_eq!(disclosure(entry, &forged), other);
        }
        let events = [member_set(member, "administrator"), member_set(1, "reader"), log[2].event.clone()];
        for event in events {
            assert_eq!(disclosure(entry, &AuditOpening { event, ..opening.clone() }), other);
        }
        assert_eq!(disclosure(entry, &AuditOpening { caller: stranger(), ..opening.clone() }), other);
        let moved = AuditOpening { seq: Seq(9), ..opening.clone() };
        assert_eq!(disclosure(entry, &moved), Err(DisclosureError::OtherEntry { entry: seq, opening: Seq(9) }));
    }
    // Nobody opens an entry with another one's opening, or one that hides nothing.
    let swapped = AuditOpening { seq: Seq(4), ..openings[1].clone() };
    assert_eq!(disclosure(&log[3], &swapped), Err(DisclosureError::OtherContent(Seq(4))));
    let open = AuditOpening { seq: Seq(2), ..openings[0].clone() };
    assert_eq!(disclosure(&log[1], &open), Err(DisclosureError::NotSealed(Seq(2))));
    // A canister that showed another kind or caller than it committed to would be found out.
    let mut lying = log[3].clone();
    lying.caller = stranger();
    assert_eq!(disclosure(&lying, &openings[0]), Err(DisclosureError::OtherKind(Seq(4))));
    let mut lying = log[3].clone();
    lying.event = AuditEvent::Sealed { kind: Some(2), commitment: sealed(&lying).1 };
    assert_eq!(disclosure(&lying, &openings[0]), Err(DisclosureError::OtherKind(Seq(4))));
}

/// An attacker who knows the log, the state, everything that was disclosed, and that the payload is one of a few dozen.
#[test]
fn should_not_give_a_payload_away_when_it_can_be_guessed() {
    let mut world = World::with_context();
    set(&mut world, AuditMode::Redacted, Some(SEED)).expect("redacts");
    for member in 1..=6 {
        world.add(account(member), if member % 2 == 0 { "reader" } else { "contributor" }).expect("adds");
    }
    let (log, openings) = (log(&world), openings(&world, administrator()));
    let (target, secret) = (&log[5], &openings[3]);
    let disclosed: Vec<_> = openings.iter().filter(|opening| opening.seq != target.seq).collect();
    let mut salts = vec![Digest32([0; 32]), target.parent, target.hash, sealed(target).1, Digest32(context_id(1).0)];
    salts.extend(disclosed.iter().map(|opening| opening.salt));
    salts.extend(log.iter().map(|entry| entry.hash));
    let guesses = |salt: Digest32| {
        (1..=10u8).flat_map(move |member| {
            ["reader", "contributor", "administrator"].map(move |role| AuditOpening {
                seq: target.seq,
                salt,
                caller: administrator(),
                event: member_set(member, role),
            })
        })
    };
    let is_found = |salt: Digest32| guesses(salt).any(|guess| disclosure(target, &guess).is_ok());
    for salt in salts {
        assert!(!is_found(salt), "{salt}");
    }
    assert!(is_found(secret.salt), "the guesses hold the payload: only the salt kept it");
    // Equal payloads do not look equal.
    world.remove(account(6)).expect("removes");
    world.add(account(6), "reader").expect("adds");
    let log = self::log(&world);
    let mut commitments: Vec<_> = log[2..].iter().map(|entry| sealed(entry).1).collect();
    let count = commitments.len();
    commitments.sort_unstable();
    commitments.dedup();
    assert_eq!(commitments.len(), count);
}

#[test]
fn should_show_openings_to_the_administrator_and_to_who_called() {
    let mut world = World::with_context();
    world.add(account(1), "administrator").expect("adds");
    set(&mut world, AuditMode::Redacted, Some(SEED)).expect("redacts");
    world.env.call_as(governance());
    world.change(grant_change(account(1), 1, None)).expect("grants");
    world.add(account(2), "reader").expect("adds");
    world.add(account(3), "reader").expect("adds");
    let seen = |world: &World, caller| openings(world, caller).iter().map(|opening| opening.seq.0).collect::<Vec<_>>();
    assert_eq!(seen(&world, administrator()), [4, 5, 6]);
    assert_eq!(seen(&world, governance()), [4]);
    for nobody in [stranger(), account(1).principal(), account(2).principal(), Principal::management_canister()] {
        assert_eq!(seen(&world, nobody), [0; 0], "{nobody}");
    }
    world.env.call_as(Principal::anonymous());
    let arg = AuditOpeningsArg { context: context_id(1), after: None, limit: None };
    let refused = api::audit_openings(&world.env, &world.state, &arg).map_err(reason);
    assert_eq!(refused, Err(MembershipReason::Anonymous));
    let arg = AuditOpeningsArg { context: context_id(9), ..arg };
    world.env.call_as(administrator());
    let refused = api::audit_openings(&world.env, &world.state, &arg).map_err(reason);
    assert_eq!(refused, Err(MembershipReason::UnknownContext(context_id(9))));
}

#[test]
fn should_forget_openings_only_when_the_administrator_says_so() {
    let mut world = World::with_context();
    set(&mut world, AuditMode::Redacted, Some(SEED)).expect("redacts");
    world.add(account(1), "reader").expect("adds");
    world.add(account(2), "reader").expect("adds");
    let kept = openings(&world, administrator());
    let before = world.fingerprint();
    for (caller, expected) in [
        (Principal::anonymous(), MembershipReason::Anonymous),
        (stranger(), MembershipReason::NotAdministrator),
        (governance(), MembershipReason::NotAdministrator),
        (account(2).principal(), MembershipReason::NotAdministrator),
    ] {
        assert_eq!(discard(&mut world, caller, 3), Err(expected));
        assert_eq!(world.fingerprint(), before);
    }
    assert_eq!(discard(&mut world, administrator(), 2), Ok(DiscardedOpenings { discarded: 0, is_more: false }));
    assert_eq!(world.fingerprint(), before, "nothing was due");
    assert_eq!(discard(&mut world, administrator(), 3), Ok(DiscardedOpenings { discarded: 1, is_more: false }));
    assert_eq!(log(&world)[4].event, AuditEvent::OpeningsDiscarded { up_to: Seq(3), discarded: 1 });
    assert_eq!(openings(&world, administrator()), kept[1..]);
    world.upgrade();
    assert_eq!(openings(&world, administrator()), kept[1..]);
    // Who kept the opening still can show what happened.
    assert_eq!(disclosure(&log(&world)[2], &kept[0]), Ok(&member_set(1, "reader")));
}

#[test]
fn should_forget_many_openings_some_at_a_time() {
    let mut world = World::with_context();
    set(&mut world, AuditMode::Redacted, Some(SEED)).expect("redacts");
    for number in 0..=u64::from(MAX_PAGE) {
        world.add(account(1), if number % 2 == 0 { "reader" } else { "contributor" }).expect("changes");
    }
    let last = world.state.seq().0;
    let most = DiscardedOpenings { discarded: u64::from(MAX_PAGE), is_more: true };
    assert_eq!(discard(&mut world, administrator(), last), Ok(most));
    assert_eq!(discard(&mut world, administrator(), last), Ok(DiscardedOpenings { discarded: 1, is_more: false }));
    assert_eq!(openings(&world, administrator()), []);
}

/// Whoever reads the canister's memory later finds no key that an earlier salt was made from.
#[test]
fn should_write_over_each_key_when_a_salt_was_made_from_it() {
    let mut world = World::with_context();
    set(&mut world, AuditMode::Redacted, Some(SEED)).expect("redacts");
    let is_in_memory = |world: &World, key: Digest32| {
        let memory = world.memory.borrow();
        memory.windows(32).any(|bytes| bytes == key.0)
    };
    let mut key = audit::keyed(None, context_id(1), Seq(2), SEED);
    for member in 1..4 {
        assert!(is_in_memory(&world, key), "the key that the next salt is made from");
        world.add(account(member), "reader").expect("adds");
        let (salt, next) = audit::salt(key);
        assert!(!is_in_memory(&world, key), "a key that was used");
        assert_eq!(openings(&world, administrator()).last().map(|opening| opening.salt), Some(salt));
        key = next;
    }
    assert!(!is_in_memory(&world, SEED));
}

#[test]
fn should_change_nothing_when_a_mode_is_set_badly_or_by_somebody_else() {
    let mut world = World::with_context();
    world.add(account(1), "administrator").expect("adds");
    let before = world.fingerprint();
    let (invalid, others) = (MembershipReason::InvalidSeed, MembershipReason::NotAdministrator);
    for (caller, mode, seed, expected) in [
        (administrator(), AuditMode::Hashed, None, invalid.clone()),
        (administrator(), AuditMode::Redacted, None, invalid.clone()),
        (administrator(), AuditMode::Redacted, Some(Digest32([0; 32])), invalid.clone()),
        (administrator(), AuditMode::Redacted, Some(Digest32([7; 32])), invalid.clone()),
        (administrator(), AuditMode::Full, Some(SEED), invalid),
        (Principal::anonymous(), AuditMode::Redacted, Some(SEED), MembershipReason::Anonymous),
        (stranger(), AuditMode::Redacted, Some(SEED), others.clone()),
        (account(1).principal(), AuditMode::Redacted, Some(SEED), others.clone()),
        (governance(), AuditMode::Redacted, Some(SEED), others),
    ] {
        assert_eq!(set_as(&mut world, caller, mode, seed), Err(expected));
        assert_eq!(world.fingerprint(), before);
    }
    set(&mut world, AuditMode::Full, None).expect("is so already");
    assert_eq!(world.fingerprint(), before);
    assert_eq!(set(&mut world, AuditMode::Hashed, Some(SEED)).map(|rules| rules.mode), Ok(AuditMode::Hashed));
    let hashed = world.state.seq();
    set(&mut world, AuditMode::Hashed, Some(SEED)).expect("another seed is another key");
    assert_eq!(world.state.seq(), hashed.next());
}

/// The same seed twice does not bring the same salts: keys are made from what was left as well.
#[test]
fn should_never_repeat_a_salt_when_a_seed_is_repeated() {
    let mut world = World::with_context();
    for mode in [AuditMode::Hashed, AuditMode::Redacted, AuditMode::Full, AuditMode::Redacted] {
        set(&mut world, mode, (mode != AuditMode::Full).then_some(SEED)).expect("sets");
        for member in 1..3 {
            world.remove(account(member)).ok();
            world.add(account(member), "reader").expect("adds");
        }
    }
    let mut salts: Vec<_> = openings(&world, administrator()).iter().map(|opening| opening.salt).collect();
    let count = salts.len();
    assert!(count >= 10);
    salts.sort_unstable();
    salts.dedup();
    assert_eq!(salts.len(), count);
}
