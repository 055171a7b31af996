//! `membership` with a thousand and with a million members, grants, facts and attestations.

use crate::crowd::{
    ADMINISTRATOR, CLAIM, CLAIMS_PER_KIND, CONTEXT, HEIGHT, REGISTRY, ROLE, RULER, SILENT, account, entangled_question,
    question, stable_memory,
};
use crate::metered::{Measured, Metered};
use crate::table::Row;
use calisec_runtime::StubEnv;
use calisec_sdk::identity::Identity;
use calisec_testkit::backend::Backend;
use calisec_testkit::modules;
use calisec_testkit::{Deployment, Setup};
use calisec_types::ids::{AccountId, KemKey, NoteId, ProposalId};
use calisec_types::membership::{
    Action, AddMemberArg, ApplyArg, AttestArg, Capability, Change, DecisionBundle, GrantTerms, MAX_BUNDLE_BYTES,
    MAX_CLAIM_KINDS, MAX_GRANTS_PER_NOTE, MAX_MEMBERS, MembershipArg, MembershipInit, RemoveMemberArg, SetRoleArg,
};
use candid::{Principal, encode_args, encode_one};
use pollster::block_on;
use std::sync::OnceLock;

const FEW: u64 = 1_000;
/// As many as a group may have, less those who come while this measures.
const MANY: u64 = MAX_MEMBERS - 100;
/// Calls of which the one in the middle is told: a page of a tree that is split makes one dearer.
const CALLS: u64 = 5;
/// Of those that ask and change, the first; others follow.
const SOMEBODY: u64 = 500;

/// What a certificate takes on mainnet: 1,000 bytes with the way to one of a subnet's hundred thousand canisters, 17 forks of 38
/// bytes, time and signature; and the subnet's delegation, 557 to 662 bytes in the certificates of mainnet that `ic-agent` 0.49
/// tests with and that name the ranges of canisters in parts. Here there is no delegation, and there are few canisters.
const MAINNET_CERTIFICATE_BYTES: u64 = 1_700;

const MILLION: u64 = 1_000_000;

/// What a call may cost, and how much more of it with [`MANY`] members than with [`FEW`].
struct Limit {
    method: &'static str,
    /// What is special about it, with [`FEW`] members and with [`MANY`].
    cases: [&'static str; 2],
    most: u64,
    growth_percent: u64,
}

macro_rules! limit {
    ($method:literal, $case:literal, $most:expr, $growth_percent:literal) => {
        Limit {
            method: $method,
            cases: [concat!($case, "1 k members"), concat!($case, "1 M members")],
            most: $most,
            growth_percent: $growth_percent,
        }
    };
}

/// With a million the certified map is ten forks deeper than with a thousand, and each of them is hashed for every fact that
/// changes: one to add or remove a member, two to remove one with a grant. That is nearly all that grows, by the same amount for every further
/// thousandfold; of a call that costs little it is a large part.
const LIMITS: [Limit; 11] = [
    limit!("upgrade", "", 10 * MILLION, 15),
    limit!("decide", "first after an upgrade; ", 30 * MILLION, 15),
    limit!("decide", "twenty policies; ", MILLION, 5),
    limit!("decision_bundle", "twenty policies; ", 5 * MILLION, 15),
    limit!("decision_bundle", "the longest; ", 5 * MILLION, 15),
    limit!("add_member", "", MILLION, 20),
    limit!("remove_member", "", MILLION, 40),
    limit!("remove_member", "with a grant and an attestation; ", MILLION, 40),
    limit!("set_role", "", MILLION, 30),
    limit!("apply", "a grant; ", MILLION * 3 / 2, 15),
    limit!("attest", "", MILLION, 15),
];

/// The rows of the table, measured once per process.
pub fn rows() -> Vec<Row> {
    static MEASURED: OnceLock<[Vec<Measured>; 2]> = OnceLock::new();
    let [few, many] = MEASURED.get_or_init(|| {
        let mut deployment = Setup::default().on(Metered::new()).expect("the four canisters install");
        [FEW, MANY].map(|members| with_members(&mut deployment, members))
    });
    let of = |place: usize, measured: &[Measured]| -> Vec<Row> {
        let row = |(limit, measured): (&Limit, &Measured)| Row {
            canister: "membership",
            method: limit.method,
            case: limit.cases[place],
            measured: *measured,
        };
        LIMITS.iter().zip(measured).map(row).collect()
    };
    [of(0, few), of(1, many)].concat()
}

#[test]
fn should_stay_within_its_limits_when_there_are_a_million_members() {
    let rows = rows();
    let (few, many) = rows.split_at(LIMITS.len());
    let mut broken = Vec::new();
    for row in rows.iter().filter(|row| row.method == "decision_bundle") {
        println!("{}: {} bytes", row.case, row.measured.reply_bytes);
        if row.measured.reply_bytes > MAX_BUNDLE_BYTES as u64 {
            broken.push(format!("{}: {} bytes", row.case, row.measured.reply_bytes));
        }
    }
    for (limit, (few, many)) in LIMITS.iter().zip(few.iter().zip(many)) {
        let Limit { method, cases, most, growth_percent } = limit;
        let (few, many) = (few.measured.instructions, many.measured.instructions);
        println!("{method}, {}: {few} instructions, {}: {many}", cases[0], cases[1]);
        if few.max(many) > *most || many * 100 > few * (100 + growth_percent) {
            broken.push(format!("{method}, {}: {few}, {many}, not {most} and {growth_percent} % more", cases[1]));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// What the calls of [`LIMITS`] cost on a canister with so many members.
fn with_members(deployment: &mut Deployment<Metered>, members: u64) -> Vec<Measured> {
    let network = &deployment.backend;
    let canister = network.create_canister();
    let module = modules::load("membership").expect("built");
    let (init, nothing) = (
        encode_one(MembershipArg::Init(MembershipInit { governance: RULER, proof_verifier: None })),
        encode_args(()).expect("encodes"),
    );
    network.install(canister, &module, &init.expect("encodes")).expect("installs");
    let env = StubEnv::new(canister, ADMINISTRATOR, network.now());
    network.replace_stable_memory(canister, &stable_memory(&env, members));
    let (upgraded, upgrade) = network.measure(|| network.upgrade(canister, &module, &nothing));
    upgraded.expect("upgrades");

    deployment.ids.membership = canister;
    let deployment = &*deployment;
    let by = |principal| deployment.called_by(principal).membership();
    let anyone = by(Principal::anonymous());
    let decide = |number| {
        let (decision, measured) = deployment.backend.measure(|| block_on(anyone.decide(&question(number))));
        assert!(decision.expect("answers").expect("decides").allowed);
        measured
    };
    let first = decide(SOMEBODY);
    let administrator = by(ADMINISTRATOR);
    let add = |number| {
        let account = newcomer(number);
        let arg = AddMemberArg { context: CONTEXT, account, role: ROLE.to_owned(), kem_key: KemKey([9; 32]) };
        deployment.backend.measure(|| block_on(administrator.add_member(&arg)).expect("answers").expect("added")).1
    };
    let adding = median(add);
    let deciding = median(|call| decide(SOMEBODY + call));
    let bundling = median(|call| {
        let ask = || block_on(anyone.decision_bundle(&question(SOMEBODY + call))).expect("answers");
        let (bundle, measured) = deployment.backend.measure(ask);
        assert_fits_on_mainnet(&bundle.expect("decides"), measured);
        measured
    });
    let bundling_most = median(|_| {
        let ask = || block_on(anyone.decision_bundle(&entangled_question())).expect("answers");
        let (bundle, measured) = deployment.backend.measure(ask);
        let bundle = bundle.expect("decides");
        assert_fits_on_mainnet(&bundle, measured);
        assert_eq!((bundle.identities.len(), bundle.grants.len()), (3, MAX_GRANTS_PER_NOTE as usize));
        let claims = MAX_CLAIM_KINDS * usize::from(CLAIMS_PER_KIND);
        assert_eq!((bundle.claim_kinds.len(), bundle.claims.len()), (MAX_CLAIM_KINDS, claims));
        measured
    });
    let remove = |account| {
        let arg = RemoveMemberArg { context: CONTEXT, account };
        let remove = || block_on(administrator.remove_member(&arg)).expect("answers").expect("removed");
        deployment.backend.measure(remove).1
    };
    let removing = median(|call| remove(newcomer(call)));
    let removing_much = median(|call| remove(account(SOMEBODY - 1 - call)));
    let setting = median(|call| {
        let capabilities = if call % 2 == 0 { vec![Capability::Vote] } else { vec![Capability::Mint] };
        let arg = SetRoleArg { context: CONTEXT, name: "reader".to_owned(), capabilities };
        let set = || block_on(administrator.set_role(&arg)).expect("answers").expect("set");
        deployment.backend.measure(set).1
    });
    let granting = median(|call| {
        let change = Change::Grant {
            account: account(SOMEBODY + call),
            action: Action::Read,
            note: NoteId(members + call),
            registry: REGISTRY,
            terms: GrantTerms::default(),
        };
        let arg = ApplyArg { context: CONTEXT, proposal: ProposalId(members + call), step: 0, change };
        deployment.backend.measure(|| block_on(by(RULER).apply(&arg)).expect("answers").expect("applied")).1
    });
    let attesting = median(|call| {
        let member = by(account(members - SILENT + call).principal());
        let arg = AttestArg { context: CONTEXT, height: HEIGHT, claim: CLAIM };
        deployment.backend.measure(|| block_on(member.attest(&arg)).expect("answers").expect("attested")).1
    });
    vec![
        upgrade,
        first,
        deciding,
        bundling,
        bundling_most,
        adding,
        removing,
        removing_much,
        setting,
        granting,
        attesting,
    ]
}

/// Fails unless a bundle would be short enough with a certificate of mainnet; the text of the policies would be left out there,
/// where it did not fit beside that.
fn assert_fits_on_mainnet(bundle: &DecisionBundle, measured: Measured) {
    let own = bundle.certificate.as_ref().map_or(0, |certificate| certificate.len() as u64);
    let text = bundle.policy.as_ref().map_or(0, |policy| policy.len() as u64);
    let there = measured.reply_bytes - text - own + MAINNET_CERTIFICATE_BYTES;
    assert!(there <= MAX_BUNDLE_BYTES as u64, "{} bytes here, {there} on mainnet", measured.reply_bytes);
}

/// Somebody who is no member yet, and whose key is one.
fn newcomer(number: u64) -> AccountId {
    let mut seed = [0x42; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    Identity::from_seed(seed).account()
}

/// The call in the middle of [`CALLS`].
fn median(call: impl Fn(u64) -> Measured) -> Measured {
    let mut calls: Vec<_> = (0..CALLS).map(call).collect();
    calls.sort_by_key(|measured| measured.instructions);
    calls.swap_remove(CALLS as usize / 2)
}
