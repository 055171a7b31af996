//! `calisec device`.

use super::page::{Cursor, Page};
use super::{confirm, reading, writing};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Answer;
use crate::session::Session;
use crate::{keyfile, parse};
use calisec_sdk::identity::{Identity, NotASigner};
use calisec_sdk::types::ids::{AccountId, ContextId, DeviceKey};
use calisec_sdk::types::membership::{
    AddDeviceArg, Capability, Consent, DueDevice, RevokeDeviceArg, RotateDeviceArg, RotationSignature, Scope,
    StaleDevicesArg,
};
use calisec_sdk::types::signing::{DeviceBinding, DeviceRotation};
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;

/// What is done with devices.
#[derive(Subcommand)]
pub enum Verb {
    /// Let a device act for your account, for no more than you say. Your account's key calls; the device's key agrees.
    ///
    /// Example: calisec device add <context> --key phone.pem --read --can vote --expires 90d --rotate-every 30d
    Add {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The device's key, a file as 'calisec identity new' makes it.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// It is handed keys of notes.
        #[arg(long)]
        read: bool,
        /// Which of the account's capabilities it may use, with commas between.
        #[arg(long, value_name = "CAPABILITIES", value_delimiter = ',', value_parser = parse::capability)]
        can: Vec<Capability>,
        /// When it stops to count [default: when it is revoked].
        #[arg(long, value_parser = parse::duration)]
        expires: Option<Duration>,
        /// How soon it must be given another key, again and again [default: never].
        #[arg(long, value_parser = parse::duration)]
        rotate_every: Option<Duration>,
    },
    /// Give a device another key. The old key never comes back. The device itself calls, or the account's key.
    ///
    /// Example: calisec device rotate <context> --account <account> --old <account> --key phone-2.pem
    Rotate {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The account [default: yours].
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountId>,
        /// The key it has, in base58 [default: yours, if the device itself calls].
        #[arg(long, value_parser = parse::device)]
        old: Option<DeviceKey>,
        /// The key it shall have, a file as 'calisec identity new' makes it.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Revoke a device for ever: a lost one, at once. The account, the device itself, or who manages members.
    ///
    /// Example: calisec device revoke <context> --device <account> --yes
    Revoke {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The account [default: yours].
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountId>,
        /// The device's key, in base58.
        #[arg(long, value_parser = parse::device)]
        device: DeviceKey,
    },
    /// List what acts for an account: devices and linked principals.
    ///
    /// Example: calisec device list <context> --account <account>
    List {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// The account [default: yours].
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountId>,
    },
    /// List the devices of all members that have expired or are overdue for another key. Exits with 6 if there are any.
    ///
    /// Example: calisec device stale <context> --within 7d
    Stale {
        /// A context of the group.
        #[arg(value_parser = parse::context)]
        context: ContextId,
        /// Those too that will be within this time.
        #[arg(long, default_value = "0s", value_parser = parse::duration)]
        within: Duration,
        #[command(flatten)]
        page: Page<DueDevice>,
    },
}

/// Does it.
pub fn run(verb: Verb, options: &Options) -> Result<Answer, Failure> {
    match verb {
        Verb::Add { context, key, read, can: capabilities, expires, rotate_every } => {
            let device = keyfile::load(&key)?;
            writing(options, |session| {
                let now = session.now();
                let expires_at = expires.map(|expires| parse::later(now, expires));
                let rotate_every = rotate_every.map(|every| every.as_secs());
                add(session, context, &device, Scope { read, capabilities }, (expires_at, rotate_every))
            })
        }
        Verb::Rotate { context, account, old, key } => {
            let new = keyfile::load(&key)?;
            writing(options, |session| rotate(session, context, account, old, &new))
        }
        Verb::Revoke { context, account, device: key } => {
            confirm(options, &format!("this revokes the device {key} for ever"))?;
            writing(options, |session| {
                let account = account_or_own(session, account)?;
                session
                    .ask(session.membership()?.revoke_device(&RevokeDeviceArg { context, account, key }))
                    .map(Answer::of)
            })
        }
        Verb::List { context, account } => reading(options, |session| {
            let account = account_or_own(session, account)?;
            session.ask(session.membership()?.identities(context, account)).map(Answer::of)
        }),
        Verb::Stale { context, within, page } => reading(options, |session| stale(session, context, within, page)),
    }
}

fn account_or_own(session: &Session, account: Option<AccountId>) -> Result<AccountId, Failure> {
    match account {
        Some(account) => Ok(account),
        None => Ok(session.identity()?.account()),
    }
}

/// The clock is above every nonce before.
fn consent(session: &Session) -> Consent {
    Consent { nonce: session.now().0, valid_until: session.now().plus_seconds(60 * 60) }
}

fn misfit(error: NotASigner) -> Failure {
    Failure::usage(format!("{error}: pass the --identity of the account, and the device's own --key"))
}

fn add(
    session: &Session,
    context: ContextId,
    device: &Identity,
    scope: Scope,
    (expires_at, rotate_every): (Option<calisec_sdk::types::ids::Timestamp>, Option<u64>),
) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let group = session.ask(membership.context(context))?.group;
    let account = session.identity()?.account();
    let consent = consent(session);
    let binding = DeviceBinding {
        network: session.network_hash(),
        canister: membership.canister(),
        group,
        account,
        device: device.device(),
        scope: scope.rights(),
        kem_key: device.kem_key(),
        expires_at,
        rotate_every,
        nonce: consent.nonce,
        valid_until: consent.valid_until,
    };
    let device_signature = device.sign_device_binding(&binding).map_err(misfit)?.to_vec().into();
    let arg = AddDeviceArg {
        context,
        account,
        key: device.device(),
        scope,
        kem_key: device.kem_key(),
        expires_at,
        rotate_every,
        consent,
        account_signature: None,
        device_signature,
    };
    session.ask(membership.add_device(&arg)).map(Answer::of)
}

fn rotate(
    session: &Session,
    context: ContextId,
    account: Option<AccountId>,
    old: Option<DeviceKey>,
    new: &Identity,
) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let group = session.ask(membership.context(context))?.group;
    let (account, old) = (
        account_or_own(session, account)?,
        match old {
            Some(old) => old,
            None => session.identity()?.device(),
        },
    );
    let consent = consent(session);
    let rotation = DeviceRotation {
        network: session.network_hash(),
        canister: membership.canister(),
        group,
        account,
        old,
        new: new.device(),
        kem_key: new.kem_key(),
        nonce: consent.nonce,
        valid_until: consent.valid_until,
    };
    let new_signature = new.sign_device_rotation(&rotation).map_err(misfit)?.to_vec().into();
    let arg = RotateDeviceArg {
        context,
        account,
        old,
        new: new.device(),
        kem_key: new.kem_key(),
        consent,
        signature: RotationSignature::Caller,
        new_signature,
    };
    session.ask(membership.rotate_device(&arg)).map(Answer::of)
}

fn stale(session: &Session, context: ContextId, within: Duration, page: Page<DueDevice>) -> Result<Answer, Failure> {
    let membership = session.membership()?;
    let at = Some(parse::later(session.now(), within));
    let (devices, next) = page.collect(|after, limit| {
        let page = session.ask(membership.stale_devices(&StaleDevicesArg { context, at, after, limit }))?;
        Ok((page.devices, page.next))
    })?;
    let count = devices.len();
    let answer = Answer::page("devices", &devices, next.as_ref().map(Cursor::written).as_ref());
    if count == 0 {
        return Ok(answer.with_text("every device is up to date"));
    }
    let message = format!("{count} devices need attention:\n{}", answer.to_text());
    Err(Failure { reason: Some(answer.into_value()), ..Failure::no(message) })
}
