//! Checking evidence from files: which root key is trusted, and as of when.

use crate::failure::Failure;
use crate::options::{Options, Target};
use crate::session::{Session, wall_clock};
use crate::{ids, parse};
use calisec_certification::decode_certificate;
use calisec_sdk::types::ids::Timestamp;
use calisec_sdk::verify::Trust;
use candid::Principal;
use ic_certification::LookupResult;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How old evidence may be when nobody says otherwise, as the Internet Computer recommends.
pub const RECOMMENDED_AGE: Duration = Duration::from_secs(300);

/// How old evidence may be.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct When {
    /// Accept evidence of any age: it tells what was certified then, not whether that still holds.
    #[arg(long)]
    any_age: bool,
    /// Accept evidence up to this age [default: 5m, as the Internet Computer recommends].
    #[arg(long, conflicts_with = "any_age", value_parser = parse::duration)]
    max_age: Option<Duration>,
}

/// Runs a check with the root key of `--root-key`, else of the network that `--network` names. With a root key in a file, or
/// mainnet's, nothing is asked of any network.
pub fn trusting<T>(
    options: &Options,
    when: When,
    certificate: &[u8],
    check: impl FnOnce(&Trust<'_>, Option<&Session>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(path) = &options.root_key {
        let root_key = read_root_key(path)?;
        let now = when.now(wall_clock(), certificate)?;
        return check(&Trust { root_key: &root_key, now }, None);
    }
    with_session(options, |session| {
        let (root_key, now) = (session.root_key(), when.now(session.now(), certificate)?);
        check(&Trust { root_key: &root_key, now }, Some(session))
    })
}

/// The same for evidence whose meaning depends on the time: what was over then stays over, and time that has passed since
/// counts, unless the evidence may be of any age: then it is read as of its own time.
pub fn trusting_as_of<T>(
    options: &Options,
    when: When,
    certificate: &[u8],
    check: impl FnOnce(&Trust<'_>, Duration, Option<&Session>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let max_age = when.max_age.unwrap_or(RECOMMENDED_AGE);
    let as_of = |now: Timestamp| if when.any_age { when.now(now, certificate) } else { Ok(now) };
    if let Some(path) = &options.root_key {
        let root_key = read_root_key(path)?;
        return check(&Trust { root_key: &root_key, now: as_of(wall_clock())? }, max_age, None);
    }
    with_session(options, |session| {
        let root_key = session.root_key();
        check(&Trust { root_key: &root_key, now: as_of(session.now())? }, max_age, Some(session))
    })
}

fn with_session<T>(options: &Options, work: impl FnOnce(&Session) -> Result<T, Failure>) -> Result<T, Failure> {
    let session = Session::open(options)?;
    let done = work(&session);
    let closed = session.close();
    done.and_then(|done| closed.map(|()| done))
}

/// A network's root key from a file, in DER or its hex.
pub fn read_root_key(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = fs::read(path)
        .map_err(|error| Failure::setup(format!("cannot read the root key {}: {error}", path.display())))?;
    // As 'engine show' prints it, or in DER, which is no text.
    let in_hex = std::str::from_utf8(&bytes).ok().and_then(|text| hex::decode(text.trim()).ok());
    Ok(in_hex.unwrap_or(bytes))
}

/// A canister's id, for who may have no session.
pub fn canister(options: &Options, session: Option<&Session>, name: &str) -> Result<Principal, Failure> {
    match session {
        Some(session) => session.id(name),
        None => match options.canisters.iter().rev().find(|(canister, _)| canister == name) {
            Some((_, id)) => Ok(*id),
            None if options.network == Target::Engine => {
                Err(Failure::usage(format!("with --root-key, say which canister it must be: --canister {name}=ID")))
            }
            None => {
                let here = std::env::current_dir().map_err(|error| Failure::internal(error.to_string()))?;
                ids::find(&options.network, name, &here)
            }
        },
    }
}

impl When {
    /// Evidence of any age.
    pub const ANY_AGE: Self = Self { any_age: true, max_age: None };

    /// The time that the certificate is compared with.
    pub fn now(self, now: Timestamp, certificate: &[u8]) -> Result<Timestamp, Failure> {
        let Some(at) = certificate_time(certificate).ok() else {
            // Not a certificate: whoever checks it will say so.
            return Ok(now);
        };
        let is_accepted = match (self.any_age, self.max_age) {
            (true, _) => true,
            (false, Some(age)) => at.plus_seconds(age.as_secs()) >= now,
            (false, None) => return Ok(now),
        };
        // A certificate from the future is none, however old one may be.
        if at > now.plus_seconds(300) {
            return Err(Failure::no(format!(
                "the certificate is of {}, and this computer's clock says {}: either is wrong, or the certificate is of an \
                 engine that was moved on with 'calisec engine advance', which only that engine verifies",
                crate::output::moment(at.0),
                crate::output::moment(now.0)
            )));
        }
        if is_accepted {
            return Ok(at);
        }
        Err(Failure::no(format!(
            "the certificate is of {}, which is not within the accepted age",
            crate::output::moment(at.0)
        )))
    }
}

/// The time in a certificate, which means something once the certificate is verified.
pub fn certificate_time(certificate: &[u8]) -> Result<Timestamp, String> {
    let certificate = decode_certificate(certificate)?;
    let LookupResult::Found(mut bytes) = certificate.tree.lookup_path([b"time".as_slice()]) else {
        return Err("the certificate has no time".to_owned());
    };
    // Unsigned LEB128 of at most 64 bits.
    let mut time = 0_u64;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else { break };
        time |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(Timestamp(time));
        }
        bytes = rest;
    }
    Err("the time in the certificate is malformed".to_owned())
}
