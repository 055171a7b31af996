//! What a proof is bound to: worthless on another network, to another verifier, for another context, use or submitter.

use crate::failure::Failure;
use crate::parse;
use crate::session::Session;
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::statement::{Domain, Purpose};
use candid::Principal;

/// A canister that may consume a receipt: one of ours, or any.
#[derive(Clone, Debug)]
pub enum Consumer {
    /// By its name.
    Named(&'static str),
    /// By its id.
    Id(Principal),
}

impl Consumer {
    /// Its id on this network.
    pub fn id(&self, session: &Session) -> Result<Principal, Failure> {
        match self {
            Self::Named(name) => session.id(name),
            Self::Id(id) => Ok(*id),
        }
    }
}

/// What a proof is bound to.
#[derive(clap::Args, Clone, Debug)]
pub struct Binding {
    /// The context.
    #[arg(long, value_parser = parse::context)]
    pub context: ContextId,
    /// The canister that may consume the receipt: membership, governance, note_registry, or any principal.
    #[arg(long, value_name = "CANISTER", value_parser = parse::consumer)]
    pub consumer: Consumer,
    /// What for, e.g. poll/7#yes: one proof for each topic, which is what stands before the first '#'.
    #[arg(long)]
    pub purpose: String,
}

impl Binding {
    /// Refuses what cannot be a purpose, before anything else is done.
    pub fn check(&self) -> Result<Purpose<'_>, Failure> {
        Purpose::new(&self.purpose).map_err(|error| Failure::usage(error.to_string()))
    }

    /// With whoever calls as the submitter.
    pub fn domain(&self, session: &Session) -> Result<Domain<'_>, Failure> {
        Ok(Domain {
            network_root_key_hash: session.network_hash(),
            proof_verifier: session.id("proof_verifier")?,
            context_id: self.context,
            consumer: self.consumer.id(session)?,
            submitter: session.identity()?.principal(),
            purpose: self.check()?,
        })
    }
}
