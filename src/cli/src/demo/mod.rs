//! `calisec demo`.

mod narrator;

use anyhow::{Context, Result, bail, ensure};
use calisec_sdk::Random;
use calisec_sdk::note::MAX_NOTE_BYTES;
use calisec_testkit::Setup;
use calisec_testkit::backend::LocalBackend;
use calisec_testkit::modules;
use calisec_testkit::story::Story;
use narrator::{Printer, Recorder};
use serde::Serialize;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

/// The note of the story when no file is given.
const SAMPLE_NOTE: &[u8] = include_bytes!("../../sample/secret-note.txt");

/// What `calisec demo` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The secret note: any file up to 1 MiB [default: a sample letter].
    #[arg(long, value_name = "FILE")]
    note: Option<PathBuf>,
    /// Seed of the network and of everybody's keys: the same seed tells the same story, byte for byte.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Progress on standard error, for a person who waits.
pub struct Progress {
    started: Instant,
    shown: bool,
}

impl Progress {
    fn new(json: bool) -> Self {
        Self { started: Instant::now(), shown: !json }
    }

    /// Says what is being done from now on.
    fn says(&self, what: &str) {
        if self.shown {
            eprintln!("[{:>5.1} s] {what}", self.started.elapsed().as_secs_f32());
        }
    }
}

/// The demo in JSON.
#[derive(Serialize)]
struct Report<'a> {
    network: &'static str,
    canisters: Canisters,
    note_bytes: usize,
    steps: &'a [narrator::Step],
    decrypted_equals_file: bool,
}

#[derive(Serialize)]
struct Canisters {
    membership: String,
    proof_verifier: String,
    note_registry: String,
    governance: String,
}

/// Runs the demo.
pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let note = read_note(arguments)?;
    let progress = Progress::new(json);
    progress.says("building the four canisters (the first time takes minutes) ...");
    for canister in modules::CANISTERS {
        modules::load(canister)?;
    }
    progress.says("making a test proving key, and starting four canisters on the embedded engine ...");
    let deployment = Setup::default().on(LocalBackend::new(arguments.seed))?;
    progress.says("ready");

    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&arguments.seed.to_be_bytes());
    let random = Random::from_seed(seed);
    let ids = deployment.ids;
    let canisters = Canisters {
        membership: ids.membership.to_text(),
        proof_verifier: ids.proof_verifier.to_text(),
        note_registry: ids.note_registry.to_text(),
        governance: ids.governance.to_text(),
    };
    let mut recorder = Recorder::default();
    if json {
        let ending = Story::new(&deployment, &mut recorder, random, note.clone()).tell()?;
        let report = Report {
            network: "embedded engine",
            canisters,
            note_bytes: note.len(),
            steps: recorder.steps(),
            decrypted_equals_file: ending.decrypted == note,
        };
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        let mut printer = Printer::new(std::io::stdout().lock(), std::io::stderr().is_terminal());
        printer.heading(&canisters_text(&canisters))?;
        let ending = Story::new(&deployment, &mut printer, random, note.clone()).tell()?;
        ensure!(ending.decrypted == note, "Bob decrypted something else than the file");
        printer.ending(&format!(
            "Bob read {} bytes equal to the file while the members allowed it, and nothing afterwards.",
            ending.decrypted.len()
        ))?;
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn canisters_text(canisters: &Canisters) -> String {
    format!(
        "membership     {}\nproof_verifier {}\nnote_registry  {}\ngovernance     {}",
        canisters.membership, canisters.proof_verifier, canisters.note_registry, canisters.governance
    )
}

fn read_note(arguments: &Arguments) -> Result<Vec<u8>> {
    let Some(path) = &arguments.note else {
        return Ok(SAMPLE_NOTE.to_vec());
    };
    let length = fs::metadata(path).with_context(|| format!("cannot read the note {}", path.display()))?.len();
    if length == 0 || length > MAX_NOTE_BYTES as u64 {
        bail!("the note {} has {length} bytes; between 1 and {MAX_NOTE_BYTES} are allowed", path.display());
    }
    fs::read(path).with_context(|| format!("cannot read the note {}", path.display()))
}
