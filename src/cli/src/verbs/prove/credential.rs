//! `calisec prove range` and `calisec prove set`.

use super::in_tree::InTree;
use super::{keep, prove_with, refused, told, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::secrets::{self, CredentialFile, HolderSecret};
use calisec_sdk::prover::{CredentialRangeKey, CredentialSetKey};
use calisec_sdk::zk::merkle::Path as TreePath;
use calisec_sdk::zk::statement::credential::{AllowedSet, Credential, Range, number, text};
use std::path::PathBuf;

/// What proofs of attested values take.
#[derive(clap::Args)]
pub struct Holding {
    /// The credential: of 'calisec credential issue'.
    #[arg(long, value_name = "FILE")]
    credential: PathBuf,
    #[command(flatten)]
    tree: InTree,
}

/// What `calisec prove range` takes.
#[derive(clap::Args)]
pub struct RangeArguments {
    #[command(flatten)]
    holding: Holding,
    /// The lowest number that is allowed.
    #[arg(
        long,
        required_unless_present = "at_most",
        default_value_if("at_most", clap::builder::ArgPredicate::IsPresent, "0")
    )]
    at_least: Option<u64>,
    /// The highest number that is allowed [default: any].
    #[arg(long)]
    at_most: Option<u64>,
}

/// What `calisec prove set` takes.
#[derive(clap::Args)]
pub struct SetArguments {
    #[command(flatten)]
    holding: Holding,
    /// The texts that are allowed, with commas between. Their order counts.
    #[arg(long, value_delimiter = ',', required_unless_present = "numbers", conflicts_with = "numbers")]
    texts: Vec<String>,
    /// The numbers that are allowed, with commas between. Their order counts.
    #[arg(long, value_delimiter = ',')]
    numbers: Vec<u64>,
}

impl Holding {
    fn read(&self) -> Result<(Credential, TreePath, Vec<u8>), Failure> {
        let credential: CredentialFile = secrets::read(&self.credential)?;
        let holder: HolderSecret = secrets::read(&self.tree.secret)?;
        let (leaves, key) = self.tree.read()?;
        let path = leaves.path(credential.leaf()?, &self.tree.leaves)?;
        Ok((credential.with_secret(&holder)?, path, key))
    }
}

/// Proves a range.
pub fn range(arguments: &RangeArguments, options: &Options) -> Result<Answer, Failure> {
    let holding = &arguments.holding;
    let (low, high) = (arguments.at_least.unwrap_or(0), arguments.at_most.unwrap_or(u64::MAX));
    let range = Range::between(low, high)
        .map_err(|_| Failure::usage(format!("no number is at least {low} and at most {high}")))?;
    let file = holding.tree.file()?;
    let (credential, path, key) = holding.read()?;
    writing(options, |session| {
        let domain = holding.tree.binding.domain(session)?;
        let proved = prove_with(session, &key, &holding.tree.key, |key: &CredentialRangeKey, random| {
            key.prove(&credential, &path, range, &domain, random).map(|proof| told(&proof)).map_err(refused)
        })?;
        keep(session, &file, proved)
    })
}

/// Proves membership in a set.
pub fn set(arguments: &SetArguments, options: &Options) -> Result<Answer, Failure> {
    let holding = &arguments.holding;
    let texts = arguments.texts.iter().map(|value| text(value));
    let values = texts.chain(arguments.numbers.iter().map(|value| number(*value))).collect();
    let set = AllowedSet::new(values).map_err(|error| Failure::usage(error.to_string()))?;
    let file = holding.tree.file()?;
    let (credential, path, key) = holding.read()?;
    writing(options, |session| {
        let domain = holding.tree.binding.domain(session)?;
        let proved = prove_with(session, &key, &holding.tree.key, |key: &CredentialSetKey, random| {
            key.prove(&credential, &path, &set, &domain, random).map(|proof| told(&proof)).map_err(refused)
        })?;
        keep(session, &file, proved)
    })
}
