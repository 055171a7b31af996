//! A context's node: which addresses are acceptable, and what its answers say. Pure.

use calisec_types::ids::{ApplicationId, ContextId, StateRoot};
use calisec_types::membership::{FetchFailure, MAX_NODE_URL_BYTES, NodeState};
use serde::{Deserialize, Serialize};

const OK: u16 = 200;

/// Checks an address: `https://host[:port][/path]`.
///
/// # Errors
/// What is wrong with it, for humans.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    if url.len() > MAX_NODE_URL_BYTES {
        return Err("it is longer than 200 bytes");
    }
    let rest = url.strip_prefix("https://").ok_or("it does not begin with https://")?;
    // A name and a password before the host would be seen by every node of the subnet.
    if rest.contains('@') {
        return Err("it names a user");
    }
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) {
        return Err("the host is not letters, digits, '.' and '-'");
    }
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|number| number > 0)
    };
    if port.is_some_and(|port| !is_port(port)) {
        return Err("the port is not a number from 1 to 65535");
    }
    let is_segment = |segment: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~');
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(allowed)
    };
    if path.is_some_and(|path| !path.split('/').all(is_segment)) {
        return Err(
            "the path is not made of letters, digits, '.', '-', '_', '~' and single '/', without one at the end",
        );
    }
    Ok(())
}

/// `GET /admin-api/contexts/:id`, as far as it matters. Fields that come and go with every answer are left out.
#[derive(Deserialize, Serialize)]
struct Reply {
    data: ReplyData,
}

#[derive(Deserialize, Serialize)]
struct ReplyData {
    id: String,
    #[serde(rename = "applicationId")]
    application_id: String,
    /// `rootHash` before merod 0.10.1-rc.35.
    #[serde(rename = "contextStateHash", alias = "rootHash")]
    state_hash: String,
}

/// What all nodes of the subnet must agree on: the same bytes for answers that say the same.
#[must_use]
pub fn canonical(status: u16, body: &[u8]) -> Vec<u8> {
    if status != OK {
        return Vec::new();
    }
    let reply = serde_json::from_slice::<Reply>(body).ok();
    reply.and_then(|reply| serde_json::to_vec(&reply).ok()).unwrap_or_default()
}

/// What a node says about a context.
///
/// # Errors
/// [`FetchFailure`], when it says nothing of use.
pub fn read(context: ContextId, status: u16, body: &[u8]) -> Result<NodeState, FetchFailure> {
    if status != OK {
        return Err(FetchFailure::Status(status));
    }
    let Reply { data } = serde_json::from_slice(body).map_err(|_| FetchFailure::Malformed)?;
    let id: ContextId = data.id.parse().map_err(|_| FetchFailure::Malformed)?;
    let application: ApplicationId = data.application_id.parse().map_err(|_| FetchFailure::Malformed)?;
    let state_root: StateRoot = data.state_hash.parse().map_err(|_| FetchFailure::Malformed)?;
    if id != context {
        return Err(FetchFailure::OtherContext(id));
    }
    Ok(NodeState { state_root, application })
}

#[cfg(test)]
mod tests;
