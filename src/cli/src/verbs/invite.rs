//! `calisec invite`.

use super::{Page, confirm, read_text, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::{keyfile, parse};
use calisec_sdk::Random;
use calisec_sdk::identity::{InviteSecret, SignedInvite};
use calisec_sdk::types::ids::{AccountId, ContextId, Digest32, Revision};
use calisec_sdk::types::membership::{Invite, Invitee, InvitesArg, RevokeInviteArg};
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an invite in a file begins with.
const FORMAT: &str = "calisec.invite.v1";
/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 16 * 1024;

/// What is done with invites.
#[derive(Subcommand)]
pub enum Verb {
    /// Sign that somebody may join: an account, or whoever has the file. Takes the capability manage-members, then and when
    /// it is redeemed. Nothing is sent.
    ///
    /// Example: calisec invite create <context> --role reader --expires 1d --out invite.json
    Create {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The role that it brings.
        #[arg(long, default_value = "reader")]
        role: String,
        /// Who may join [default: whoever has the file].
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountId>,
        /// How many may join.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// How long it counts: better not for long.
        #[arg(long, default_value = "1d", value_parser = parse::duration)]
        expires: Duration,
        /// The file to make; keep it as secret as what it opens.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Join by an invite.
    ///
    /// Example: calisec invite redeem invite.json
    Redeem {
        /// A file of 'calisec invite create'.
        file: PathBuf,
    },
    /// Revoke an invite, used or not.
    ///
    /// Example: calisec invite revoke invite.json --yes
    Revoke {
        /// A file of 'calisec invite create'.
        file: PathBuf,
    },
    /// List the invites that were used or revoked.
    ///
    /// Example: calisec invite list <context>
    List {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        #[command(flatten)]
        page: Page<Digest32>,
    },
}

/// An invite in a file.
#[derive(Serialize, Deserialize)]
struct InviteFile {
    format: String,
    id: Digest32,
    invite: Invite,
    signature: String,
    /// In hex, for an open invite: who knows it may join.
    secret: Option<String>,
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Create { context, role, account, uses, expires, out } => writing(options, |session| {
            let mut random = Random::from_os().map_err(|error| Failure::internal(error.to_string()))?;
            let secret: Option<[u8; 32]> = account.is_none().then(|| random.bytes());
            let invitee = match (account, secret) {
                (Some(account), _) => Invitee::Account(account),
                (None, secret) => InviteSecret::new(secret.unwrap_or_default()).invitee(),
            };
            create(session, &out, secret, |revision| Invite {
                context,
                inviter: AccountId([0; 32]),
                revision,
                role,
                invitee,
                max_uses: uses,
                expires_at: parse::later(session.now(), expires),
                nonce: u64::from_be_bytes(random.bytes()),
            })
        }),
        Verb::Redeem { file } => {
            let (invite, secret) = read(&file)?;
            writing(options, |session| {
                let arg = session.identity()?.redeem(&invite, secret.as_ref());
                session.ask(session.membership()?.redeem_invite(&arg)).map(Answer::of)
            })
        }
        Verb::Revoke { file } => {
            let (invite, _) = read(&file)?;
            confirm(options, &format!("this revokes the invite {} for ever", invite.id))?;
            writing(options, |session| {
                let arg = RevokeInviteArg { invite: invite.invite };
                session.ask(session.membership()?.revoke_invite(&arg)).map(Answer::of)
            })
        }
        Verb::List { context, page } => reading(options, |session| {
            let membership = session.membership()?;
            page.show("invites", |after, limit| {
                let page = session.ask(membership.invites(&InvitesArg { context, after, limit }))?;
                Ok((page.invites, page.next))
            })
        }),
    }
}

fn create(
    session: &Session,
    out: &Path,
    secret: Option<[u8; 32]>,
    invite: impl FnOnce(Revision) -> Invite,
) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let mut invite = invite(Revision(0));
    invite.revision = session.ask(membership.context(invite.context))?.revision;
    let signed = session.identity()?.sign_invite(invite, session.network_hash(), membership.canister());
    let file = InviteFile {
        format: FORMAT.to_owned(),
        id: signed.id,
        invite: signed.invite,
        signature: hex::encode(signed.signature),
        secret: secret.map(hex::encode),
    };
    let text = serde_json::to_string_pretty(&file).map_err(|error| Failure::internal(error.to_string()))?;
    let failed = |error: std::io::Error| Failure::usage(format!("cannot make {}: {error}", out.display()));
    let mut made = keyfile::create_private(out).map_err(failed)?;
    made.write_all(text.as_bytes()).map_err(failed)?;
    Ok(Answer::of(json!({ "file": out, "invite": file.id, "expires_at": file.invite.expires_at })))
}

fn read(path: &Path) -> Result<(SignedInvite, Option<InviteSecret>), Failure> {
    let wrong = || Failure::usage(format!("{} is no invite: 'calisec invite create' makes one", path.display()));
    let file: InviteFile = serde_json::from_str(&read_text(path, MAX_FILE_BYTES)?).map_err(|_| wrong())?;
    if file.format != FORMAT {
        return Err(wrong());
    }
    let signature = hex::decode(&file.signature).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
    let secret = match file.secret {
        Some(secret) => {
            let bytes = hex::decode(secret).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
            Some(InviteSecret::new(bytes))
        }
        None => None,
    };
    Ok((SignedInvite { invite: file.invite, id: file.id, signature }, secret))
}
