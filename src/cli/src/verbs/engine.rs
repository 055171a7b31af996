//! `calisec engine`.

use super::confirm;
use crate::failure::Failure;
use crate::options::{Options, Target};
use crate::output::Answer;
use crate::progress::Progress;
use crate::state::{self, Kept};
use crate::{keys, parse, replica};
use calisec_engine::network::CanisterInstallMode;
use calisec_engine::{Config, Network};
use calisec_sdk::Random;
use calisec_sdk::types::governance::{CircuitsInit, GovernanceArg, GovernanceInit, GovernanceSetting, Rules};
use calisec_sdk::types::ids::{CircuitId, ContextId};
use calisec_sdk::types::membership::{Context, MembershipArg, MembershipError, MembershipInit};
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
        /// The context whose members will deprecate and revoke circuits by proposals: the account of the key that registers
        /// it [default: nobody does, until 'calisec engine upgrade --circuits-of'].
        #[arg(long, value_name = "CONTEXT", value_parser = parse::context)]
        circuits_of: Option<ContextId>,
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
    /// Upgrade the canisters to the modules that are built now, and set who decides about circuits.
    ///
    /// Example: calisec engine upgrade; calisec engine upgrade --circuits-of <context>
    Upgrade {
        /// The context whose members deprecate and revoke circuits by proposals from now on [default: as before].
        #[arg(long, value_name = "CONTEXT", value_parser = parse::context)]
        circuits_of: Option<ContextId>,
    },
    /// Serve the network in --state to other programs, as a replica on this computer, until it is stopped. Other verbs reach it
    /// by --network then.
    ///
    /// Example: calisec engine serve --port 4943
    Serve {
        /// The port; 0 for any that is free.
        #[arg(long, default_value_t = 4943)]
        port: u16,
    },
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
        Verb::Start { rules, circuits_of } => {
            if state::exists(&directory) {
                return Err(Failure::usage(format!(
                    "an engine is kept in {} already: use it, choose another --state, or remove it with 'calisec engine \
                     reset'",
                    directory.display()
                )));
            }
            start(options, (rules, circuits_of), &progress)
        }
        Verb::Show => show(options, &mut open()?),
        Verb::Advance { by } => {
            let mut kept = open()?;
            kept.advance(by);
            kept.write()?;
            Ok(Answer::of(json!({ "now": kept.network.time_ns(), "ahead_seconds": kept.clock_ahead().as_secs() })))
        }
        Verb::Upgrade { circuits_of } => {
            progress.says("building the canisters ...");
            let mut kept = open()?;
            let mut settings = BTreeMap::new();
            if let Some(context) = circuits_of {
                let circuits = registered_circuits_of(&mut kept, context)?;
                settings.insert(
                    "governance",
                    encoded(&GovernanceArg::Upgrade(vec![GovernanceSetting::Circuits(circuits)]))?,
                );
            }
            let upgraded = kept.upgrade(DEPLOYER, &settings)?;
            Ok(Answer::of(json!({ "upgraded": upgraded, "circuits_of": circuits_of_engine(&mut kept)? })))
        }
        Verb::Serve { port } => replica::serve(open()?, port).map(|never| match never {}),
        Verb::Reset => {
            confirm(options, &format!("this destroys the network in {}", directory.display()))?;
            state::remove(&directory, &progress)?;
            Ok(Answer::of(json!({ "removed": directory })))
        }
    }
}

fn start(
    options: &Options,
    (rules, circuits_of): (Rules, Option<ContextId>),
    progress: &Progress,
) -> Result<Answer, Failure> {
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
    let config = Config { seed, start_time_ns: state::wall_clock_ns(), ..Config::default() };
    let mut network = Network::new(config);
    let ids = deploy(&mut network, (rules, circuits_of), circuit)?;
    let mut kept = Kept::create(&directory, network, &ids, progress)?;
    show(options, &mut kept)
}

fn deploy(
    network: &mut Network,
    (rules, circuits_of): (Rules, Option<ContextId>),
    mint_circuit: CircuitId,
) -> Result<BTreeMap<&'static str, Principal>, Failure> {
    let mut ids = BTreeMap::new();
    for canister in calisec_testkit::modules::CANISTERS {
        let created = network.create_canister(&[DEPLOYER], CYCLES);
        ids.insert(canister, created.map_err(|reject| Failure::internal(reject.to_string()))?);
    }
    let governance = ids["governance"];
    let proof_verifier = ids["proof_verifier"];
    let init = MembershipInit { governance, proof_verifier: Some(proof_verifier) };
    install(network, "membership", ids["membership"], &MembershipArg::Init(init))?;
    let init = Some(ProofVerifierInit { governance: Some(governance) });
    install(network, "proof_verifier", proof_verifier, &init)?;
    let init = NoteRegistryInit { membership: ids["membership"], proof_verifier, mint_circuit };
    install(network, "note_registry", ids["note_registry"], &init)?;
    let circuits = circuits_of.map(|context| CircuitsInit { proof_verifier, context });
    let init = GovernanceInit { membership: ids["membership"], rules, circuits };
    install(network, "governance", governance, &GovernanceArg::Init(init))?;
    Ok(ids)
}

fn install(network: &mut Network, name: &str, id: Principal, init: &impl CandidType) -> Result<(), Failure> {
    let module = state::load_module(name)?;
    network
        .deploy(DEPLOYER, id, CanisterInstallMode::Install, &module, &encoded(init)?)
        .map_err(|reject| Failure::internal(format!("cannot install {name}: {reject}")))
}

fn encoded(argument: &impl CandidType) -> Result<Vec<u8>, Failure> {
    candid::encode_one(argument).map_err(|error| Failure::internal(error.to_string()))
}

/// A context that exists: a mistyped one would have nobody decide, and look as if somebody did.
fn registered_circuits_of(kept: &mut Kept, context: ContextId) -> Result<CircuitsInit, Failure> {
    let registered: Result<Context, MembershipError> = kept.ask("membership", "context", &context)?;
    registered.map_err(|refusal| {
        let remedy = "'calisec context list' prints those there are, and 'calisec context register' makes one";
        Failure { message: format!("{refusal}: {remedy}"), ..Failure::from(refusal) }
    })?;
    let proof_verifier =
        kept.id("proof_verifier").ok_or_else(|| Failure::internal("the engine has no proof_verifier"))?;
    Ok(CircuitsInit { proof_verifier, context })
}

/// The context that decides about circuits.
fn circuits_of_engine(kept: &mut Kept) -> Result<Option<ContextId>, Failure> {
    let circuits: Option<CircuitsInit> = kept.ask("governance", "circuits", &())?;
    Ok(circuits.map(|circuits| circuits.context))
}

fn show(options: &Options, kept: &mut Kept) -> Result<Answer, Failure> {
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
        "circuits_of": circuits_of_engine(kept)?,
        "proving_key": directory.join("keys/note_commitment.pk"),
        "canisters": canisters,
    })))
}
