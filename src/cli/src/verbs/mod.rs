//! The verbs, one file per noun.

mod aggregate;
mod app;
mod audit;
mod bundle;
mod checkpoint;
mod circuit;
mod claim;
mod context;
mod credential;
mod decide;
mod device;
mod engine;
mod grant;
mod group;
mod identity;
mod invite;
mod list;
mod member;
mod node;
mod note;
mod page;
mod policy;
mod principal;
mod proof;
mod proposal;
mod prove;
mod receipt;
mod request;
mod role;
mod secret;
#[cfg(test)]
mod tests;
mod tree;

use page::Page;
pub use request::RequestFile;

use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::{demo, keys};
use clap::Subcommand;
use std::io::{BufRead, IsTerminal, Write};

/// What is done, and to what.
#[derive(Subcommand)]
pub enum Noun {
    /// Run the whole story on an embedded local Internet Computer: nothing to install, nothing to pay.
    Demo(demo::Arguments),
    /// Make the proving and verifying key of a circuit: the one that mints notes, or another statement's.
    Keys(keys::Arguments),
    /// The key that signs what you do.
    #[command(subcommand)]
    Identity(identity::Verb),
    /// The embedded engine: a network of four canisters in a directory.
    #[command(subcommand)]
    Engine(engine::Verb),
    /// Contexts: register, look at.
    #[command(subcommand)]
    Context(context::Verb),
    /// The members of a context.
    #[command(subcommand)]
    Member(member::Verb),
    /// Roles: what members may do.
    #[command(subcommand)]
    Role(role::Verb),
    /// Invites: who may join by itself.
    #[command(subcommand)]
    Invite(invite::Verb),
    /// Devices: keys that act for an account, within limits.
    #[command(subcommand)]
    Device(device::Verb),
    /// Principals that act for an account.
    #[command(subcommand)]
    Principal(principal::Verb),
    /// Which application a context runs.
    #[command(subcommand)]
    App(app::Verb),
    /// Checkpoints: what members attest of a context's state.
    #[command(subcommand)]
    Checkpoint(checkpoint::Verb),
    /// A context's node, which the canister can ask for its state.
    #[command(subcommand)]
    Node(node::Verb),
    /// Groups: compare with what a Calimero node says.
    #[command(subcommand)]
    Group(group::Verb),
    /// The Cedar policies of a context.
    #[command(subcommand)]
    Policy(policy::Verb),
    /// Claims: what was proved about members.
    #[command(subcommand)]
    Claim(claim::Verb),
    /// Ask the policies: may this subject do that? Exits with 6 on a deny.
    Decide(decide::DecideArguments),
    /// Ask the policies why: what each of them says about a question.
    Explain(decide::Arguments),
    /// Decisions that are checked without asking anybody.
    #[command(subcommand)]
    Bundle(bundle::Verb),
    /// Who may, and what one may.
    #[command(subcommand)]
    List(list::Verb),
    /// What members may read by a proposal.
    #[command(subcommand)]
    Grant(grant::Verb),
    /// Membership's audit log: read, export, verify.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Circuits: what proofs are checked against.
    #[command(subcommand)]
    Circuit(circuit::Verb),
    /// Make a proof on this computer, and keep it in a file.
    #[command(subcommand)]
    Prove(prove::Verb),
    /// Secrets that proofs are made with, beside an identity.
    #[command(subcommand)]
    Secret(secret::Verb),
    /// Trees in files, to prove against.
    #[command(subcommand)]
    Tree(tree::Verb),
    /// Credentials: what an issuer attests of a holder.
    #[command(subcommand)]
    Credential(credential::Verb),
    /// Check a proof from a file. Exits with 6 when it proves nothing.
    Verify(proof::VerifyArguments),
    /// Submit a proof from a file, for a receipt.
    Submit(proof::SubmitArguments),
    /// Receipts: proofs that were accepted.
    #[command(subcommand)]
    Receipt(receipt::Verb),
    /// Training together: updates that nobody sees, and a sum that everybody can check.
    #[command(subcommand)]
    Aggregate(aggregate::Verb),
    /// Notes: secrets with an owner.
    #[command(subcommand)]
    Note(note::Verb),
    /// Proposals: how rules change.
    #[command(subcommand)]
    Proposal(proposal::Verb),
    /// What a key signs without a connection, and anybody relays.
    #[command(subcommand)]
    Request(request::Verb),
}

impl Noun {
    /// Whether none of its verbs checks what a network has signed.
    const fn asks_no_network(&self) -> bool {
        matches!(
            self,
            Self::Demo(_) | Self::Keys(_) | Self::Identity(_) | Self::Engine(_) | Self::Secret(_) | Self::Credential(_)
        )
    }
}

/// Does it. `None` when everything has been printed already.
pub fn run(noun: Noun, options: &Options) -> Result<Option<Answer>, Failure> {
    if noun.asks_no_network() {
        options.refuse_root_key()?;
    }
    let answer = match noun {
        Noun::Demo(arguments) => return demo::run(&arguments, options.json).map(|()| None).map_err(Into::into),
        Noun::Keys(arguments) => keys::run(&arguments)?,
        Noun::Identity(verb) => identity::run(verb, options)?,
        Noun::Engine(verb) => engine::run(verb, options)?,
        Noun::Context(verb) => context::run(verb, options)?,
        Noun::Member(verb) => member::run(verb, options)?,
        Noun::Role(verb) => role::run(verb, options)?,
        Noun::Invite(verb) => invite::run(verb, options)?,
        Noun::Device(verb) => device::run(verb, options)?,
        Noun::Principal(verb) => principal::run(verb, options)?,
        Noun::App(verb) => app::run(verb, options)?,
        Noun::Checkpoint(verb) => checkpoint::run(verb, options)?,
        Noun::Node(verb) => node::run(verb, options)?,
        Noun::Group(verb) => group::run(verb, options)?,
        Noun::Policy(verb) => policy::run(verb, options)?,
        Noun::Claim(verb) => claim::run(verb, options)?,
        Noun::Decide(arguments) => decide::run(&arguments, options)?,
        Noun::Explain(arguments) => decide::explain(&arguments, options)?,
        Noun::Bundle(verb) => bundle::run(verb, options)?,
        Noun::List(verb) => list::run(verb, options)?,
        Noun::Grant(verb) => grant::run(verb, options)?,
        Noun::Audit(verb) => audit::run(verb, options)?,
        Noun::Circuit(verb) => circuit::run(verb, options)?,
        Noun::Prove(verb) => prove::run(verb, options)?,
        Noun::Secret(verb) => secret::run(verb)?,
        Noun::Tree(verb) => tree::run(verb, options)?,
        Noun::Credential(verb) => credential::run(verb)?,
        Noun::Verify(arguments) => proof::verify(&arguments, options)?,
        Noun::Submit(arguments) => proof::submit(&arguments, options)?,
        Noun::Receipt(verb) => receipt::run(verb, options)?,
        Noun::Aggregate(verb) => aggregate::run(verb, options)?,
        Noun::Note(verb) => note::run(verb, options)?,
        Noun::Proposal(verb) => proposal::run(verb, options)?,
        Noun::Request(verb) => request::run(verb, options)?,
    };
    Ok(Some(answer))
}

/// Reads: with the identity if there is one.
fn reading(options: &Options, work: impl FnOnce(&Session) -> Result<Answer, Failure>) -> Result<Answer, Failure> {
    finish(Session::open(options)?, work)
}

/// Writes: only with an identity.
fn writing(options: &Options, work: impl FnOnce(&Session) -> Result<Answer, Failure>) -> Result<Answer, Failure> {
    finish(Session::open_signed(options)?, work)
}

fn finish(session: Session, work: impl FnOnce(&Session) -> Result<Answer, Failure>) -> Result<Answer, Failure> {
    let answer = work(&session);
    let answer = session.take_signed().unwrap_or(answer);
    // What was refused is told even where the engine cannot be saved as well.
    let closed = session.close();
    answer.and_then(|answer| closed.map(|()| answer))
}

/// Asks a person, or insists on `--yes`, before something is destroyed.
fn confirm(options: &Options, what: &str) -> Result<(), Failure> {
    if options.yes {
        return Ok(());
    }
    if options.json || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{what}: pass --yes if that is meant")));
    }
    eprint!("{what}. Go on? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut reply = String::new();
    let read = std::io::stdin().lock().read_line(&mut reply);
    if read.is_ok() && matches!(reply.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::usage("nothing was done"))
    }
}

/// Reads a text file that may have so many bytes, or standard input for `-`.
pub fn read_text(path: &std::path::Path, most: u64) -> Result<String, Failure> {
    use std::io::Read;
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(most + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).map_err(failed)?.take(most + 1).read_to_string(&mut text)
    };
    let length = read.map_err(failed)?;
    if length as u64 > most {
        return Err(Failure::usage(format!("{} has more than {most} bytes: that is too long", path.display())));
    }
    Ok(text)
}

/// Writes a new file; nothing is overwritten.
pub fn write_new(path: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = std::fs::File::create_new(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} exists: files are never overwritten, choose another --out", path.display()))
        }
        _ => Failure::usage(format!("cannot write {}: {error}; choose another --out", path.display())),
    })
}
