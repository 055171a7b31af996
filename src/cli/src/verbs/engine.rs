//! `calisec engine`.

use super::confirm;
use crate::failure::Failure;
use crate::options::{Options, Target};
use crate::output::Answer;
use crate::progress::Progress;
use crate::state::{self, Kept};
use crate::{keys, parse};
use calisec_engine::network::CanisterInstallMode;
use calisec_engine::{Config, Network};
use calisec_sdk::Random;
use calisec_sdk::types::governance::{GovernanceInit, Rules};
use calisec_sdk::types::ids::CircuitId;
use calisec_sdk::types::membership::MembershipInit;
use calisec_sdk::types::note_registry::NoteRegistryInit;
use calisec_sdk::types::proof_verifier::ProofVerifierInit;
use candid::{CandidType, Principal};
use clap::Subcommand;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who controls the canisters on the engine.
const DEPLOYER: Principal = Principal::from_slice(b"deployer");
/// Cycles of each canister.
const CYCLES: u128 = 100_000_000_000_000;

/// What is done with the engine.
#[derive(Subcommand)]
pub enum Verb {
    /// Make a network in --state: four canisters with new ids, a new root key, and keys of the circuit that mints notes.
    ///
    /// Example: calisec engine start
    Start {
        /// Seconds of voting, of timelock, of execution window, percent of quorum, percent of approval.
        #[arg(long, default_value = "259200,86400,604800,20,50", value_name = "RULES", value_parser = rules)]
        rules: Rules,
    },
    /// Show the canisters, the clock, the root key and the circuit that mints notes.
    ///
    /// Example: calisec engine show
    Show,
    /// Move the clock on, so that votes end and timelocks pass.
    ///
    /// Example: calisec engine advance 3d
    Advance {
        /// How far: a number and s, m, h or d.
        #[arg(value_parser = parse::duration)]
        by: Duration,
    },
    /// Upgrade the canisters to the modules that are built now.
    ///
    /// Example: calisec engine upgrade
    Upgrade,
    /// Remove the network in --state with everything in it. Keys of identities are not in it.
    ///
    /// Example: calisec engine reset --yes
    Reset,
}

fn rules(text: &str) -> Result<Rules, String> {
    let wrong =
        || format!("'{text}' are no rules: five numbers with commas between them, like 259200,86400,604800,20,50");
    let numbers: Vec<u64> = text.split(',').map(|part| part.parse().map_err(|_| wrong())).collect::<Result<_, _>>()?;
    let [voting_period_seconds, timelock_seconds, execution_window_seconds, quorum, approval] = numbers[..] else {
        return Err(wrong());
    };
    let percent = |number: u64| {
        u8::try_from(number).ok().filter(|percent| *percent <= 100).ok_or_else(|| format!("{number} is no percentage"))
    };
    Ok(Rules {
        voting_period_seconds,
        timelock_seconds,
        execution_window_seconds,
        quorum_percent: percent(quorum)?,
        approval_percent: percent(approval)?,
    })
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    if options.network != Target::Engine {
        return Err(Failure::usage("'calisec engine' is about the embedded engine: leave --network out"));
    }
    let directory = options.state_directory();
    let progress = Progress::new();
    let open = || {
        if state::exists(&directory) {
            return Kept::open(&directory, &progress);
        }
        Err(Failure::setup(format!(
            "no engine is kept in {}: make one with 'calisec engine start', or choose another --state",
            directory.display()
        )))
    };
    match verb {
        Verb::Start { rules } => {
            if state::exists(&directory) {
                return Err(Failure::usage(format!(
                    "an engine is kept in {} already: use it, choose another --state, or remove it with 'calisec engine \
                     reset'",
                    directory.display()
                )));
            }
            start(options, rules, &progress)
        }
        Verb::Show => show(options, &open()?),
        Verb::Advance { by } => {
            let mut kept = open()?;
            kept.advance(by);
            kept.write()?;
            Ok(Answer::of(json!({ "now": kept.network.time_ns(), "ahead_seconds": kept.clock_ahead().as_secs() })))
        }
        Verb::Upgrade => {
            progress.says("building the canisters ...");
            let upgraded = open()?.upgrade(DEPLOYER)?;
            Ok(Answer::of(json!({ "upgraded": upgraded })))
        }
        Verb::Reset => {
            confirm(options, &format!("this destroys the network in {}", directory.display()))?;
            state::remove(&directory, &progress)?;
            Ok(Answer::of(json!({ "removed": directory })))
        }
    }
}

fn start(options: &Options, rules: Rules, progress: &Progress) -> Result<Answer, Failure> {
    let directory = options.state_directory();
    progress.says("building the canisters (the first time takes minutes) ...");
    for canister in calisec_testkit::modules::CANISTERS {
        state::load_module(canister)?;
    }
    progress.says("making the keys of the circuit that mints notes ...");
    let circuit = keys::make(&directory.join("keys"))?;
    progress.says("starting four canisters (the first time their code is compiled) ...");
    let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
    let seed = u64::from_be_bytes(random.bytes());
    let config = Config { seed, start_time_ns: state::start_time_ns(), ..Config::default() };
    let mut network = Network::new(config);
    let ids = deploy(&mut network, rules, circuit)?;
    let kept = Kept::create(&directory, network, &ids, progress)?;
    show(options, &kept)
}

fn deploy(
    network: &mut Network,
    rules: Rules,
    mint_circuit: CircuitId,
) -> Result<BTreeMap<&'static str, Principal>, Failure> {
    let mut ids = BTreeMap::new();
    for canister in calisec_testkit::modules::CANISTERS {
        let created = network.create_canister(&[DEPLOYER], CYCLES);
        ids.insert(canister, created.map_err(|reject| Failure::internal(reject.to_string()))?);
    }
    let governance = ids["governance"];
    let init = MembershipInit { governance, proof_verifier: Some(ids["proof_verifier"]) };
    install(network, "membership", ids["membership"], &init)?;
    let init = Some(ProofVerifierInit { governance: Some(governance) });
    install(network, "proof_verifier", ids["proof_verifier"], &init)?;
    let init = NoteRegistryInit { membership: ids["membership"], proof_verifier: ids["proof_verifier"], mint_circuit };
    install(network, "note_registry", ids["note_registry"], &init)?;
    install(
        network,
        "governance",
        governance,
        &GovernanceInit { membership: ids["membership"], rules, circuits: None },
    )?;
    Ok(ids)
}

fn install(network: &mut Network, name: &str, id: Principal, init: &impl CandidType) -> Result<(), Failure> {
    let failed = |why: String| Failure::internal(format!("cannot install {name}: {why}"));
    let arg = candid::encode_one(init).map_err(|error| failed(error.to_string()))?;
    let module = state::load_module(name)?;
    network
        .deploy(DEPLOYER, id, CanisterInstallMode::Install, &module, &arg)
        .map_err(|reject| failed(reject.to_string()))
}

fn show(options: &Options, kept: &Kept) -> Result<Answer, Failure> {
    let directory = options.state_directory();
    let canisters: Vec<_> = kept
        .entries()
        .iter()
        .map(|entry| {
            let cycles = kept.network.cycles(entry.id).unwrap_or_default();
            let module = kept.network.module_hash(entry.id).ok().flatten().map(hex::encode);
            json!({ "name": entry.name, "id": entry.id, "cycles": cycles.to_string(), "module_hash": module })
        })
        .collect();
    Ok(Answer::of(json!({
        "state": directory,
        "now": kept.network.time_ns(),
        "ahead_seconds": kept.clock_ahead().as_secs(),
        "root_key": hex::encode(kept.network.root_key_der()),
        "mint_circuit": keys::circuit_id(&directory.join("keys"))?,
        "proving_key": directory.join("keys/note_commitment.pk"),
        "canisters": canisters,
    })))
}
