//! `calisec app`.

use super::{Page, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::{ApplicationId, ApplicationRevision, ContextId, Digest32};
use calisec_sdk::types::membership::{ApplicationCurrentArg, ApplicationHistoryArg, SetApplicationArg};
use calisec_sdk::verify;
use clap::Subcommand;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// What is done with applications.
#[derive(Subcommand)]
pub enum Verb {
    /// Say which application a context runs from now on. Takes the capability manage-application.
    ///
    /// Example: calisec app set <context> --application <account> --version 1.2.0 --wasm app.wasm
    Set {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The application's id in Calimero.
        #[arg(long, value_parser = parse::application)]
        application: ApplicationId,
        /// 1 to 64 printable characters.
        #[arg(long)]
        version: String,
        #[command(flatten)]
        module: Module,
        /// Where the module can be had.
        #[arg(long, default_value = "")]
        source: String,
    },
    /// Show the application of a context; with --wasm or --hash, say whether it is that one, and exit with 6 if not. What
    /// is shown is verified against the network's root key.
    ///
    /// Example: calisec app current <context> --wasm app.wasm
    Current {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        module: Module,
    },
    /// List the applications that the context runs and ran, the first one first.
    ///
    /// Example: calisec app history <context>
    History {
        /// The context.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<ApplicationRevision>,
    },
}

/// A wasm module, or its hash.
#[derive(clap::Args)]
#[group(multiple = false)]
pub struct Module {
    /// The module itself: its hash is computed here.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// SHA-256 of the module.
    #[arg(long, value_name = "DIGEST", value_parser = parse::digest)]
    hash: Option<Digest32>,
}

impl Module {
    fn digest(&self) -> Result<Option<Digest32>, Failure> {
        match (self.hash, &self.wasm) {
            (Some(hash), _) => Ok(Some(hash)),
            (None, Some(wasm)) => hash_of(wasm).map(Some),
            (None, None) => Ok(None),
        }
    }
}

fn hash_of(wasm: &Path) -> Result<Digest32, Failure> {
    let bytes = fs::read(wasm)
        .map_err(|error| Failure::usage(format!("cannot read the module {}: {error}", wasm.display())))?;
    Ok(Digest32(Sha256::digest(bytes).into()))
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Set { context, application, version, module, source } => {
            let wasm_hash = module.digest()?.ok_or_else(|| Failure::usage("pass --wasm or --hash"))?;
            writing(options, |session| {
                let arg = SetApplicationArg { context, application, version, wasm_hash, source };
                session.ask(session.membership()?.set_application(&arg)).map(Answer::of)
            })
        }
        Verb::Current { context, module } => {
            let hash = module.digest()?;
            reading(options, |session| current(session, context, hash))
        }
        Verb::History { context, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("applications", |after, limit| {
                let page =
                    session.ask(membership.application_history(&ApplicationHistoryArg { context, after, limit }))?;
                Ok((page.applications, page.next))
            })
        }),
    }
}

fn current(session: &Session, context: ContextId, hash: Option<Digest32>) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let asked = ApplicationCurrentArg { context, wasm_hash: hash.unwrap_or(Digest32([0; 32])) };
    let certified = session.ask(membership.application_current(&asked))?;
    let application = session
        .trusting(|trust| {
            verify::application(&certified, membership.canister(), &context, trust).map(Option::<&_>::cloned)
        })
        .map_err(|error| Failure::no(format!("the application is not certified: {error}")))?;
    let Some(application) = application else {
        return Err(Failure::no("no application of the context is on record: 'calisec app set' says which it is"));
    };
    match hash {
        Some(hash) if hash != application.wasm_hash => Err(Failure {
            reason: Some(Answer::of(&application).into_value()),
            ..Failure::no(format!(
                "do not install it: the module has the hash {hash}, the context runs version {} with the hash {}",
                application.version, application.wasm_hash
            ))
        }),
        _ => Ok(Answer::of(application)),
    }
}
