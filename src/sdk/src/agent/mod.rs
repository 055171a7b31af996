//! Calls over HTTP, to a local replica or to mainnet (feature `agent`).

#[cfg(test)]
mod tests;

use crate::identity::Identity;
use calisec_clients::{CallError, Transport};
use calisec_types::ids::Digest32;
use candid::Principal;
use core::fmt;
use ic_agent::{Agent, AgentError, agent::route_provider::RoundRobinRouteProvider, identity::BasicIdentity};
use sha2::{Digest, Sha256};

/// Where mainnet is reached.
pub const MAINNET_URL: &str = "https://icp-api.io";

/// No connection could be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {url}: {source}")]
pub struct ConnectError {
    /// Where.
    pub url: String,
    /// Why.
    pub source: Box<AgentError>,
}

/// Calls canisters as one identity.
#[derive(Clone)]
pub struct AgentTransport {
    agent: Agent,
}

impl AgentTransport {
    /// To mainnet, whose root key is built in.
    ///
    /// ```
    /// use calisec_sdk::{agent::AgentTransport, clients::MembershipClient, identity::Identity};
    /// use candid::Principal;
    ///
    /// let transport = AgentTransport::mainnet(&Identity::from_seed([1; 32]))?;
    /// let membership = MembershipClient::new(transport, Principal::from_slice(&[1]));
    /// # let _ = membership;
    /// # Ok::<(), calisec_sdk::agent::ConnectError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn mainnet(identity: &Identity) -> Result<Self, ConnectError> {
        build(MAINNET_URL, Some(identity))
    }

    /// To a local replica, whose root key is fetched and believed: for development only.
    ///
    /// # Errors
    /// [`ConnectError`] when there is none at `url`, e.g. `http://127.0.0.1:4943`.
    pub async fn local(url: &str, identity: &Identity) -> Result<Self, ConnectError> {
        let transport = build(url, Some(identity))?;
        transport.agent.fetch_root_key().await.map_err(|error| connect_error(url, error))?;
        Ok(transport)
    }

    /// To a network whose DER root key is known, e.g. a boundary node of mainnet or a private network; without an identity
    /// the anonymous principal calls. With no root key mainnet's is taken: it is never asked for.
    ///
    /// # Errors
    /// [`ConnectError`] when `url` is none.
    pub fn with_root_key(
        url: &str,
        identity: Option<&Identity>,
        root_key: Option<Vec<u8>>,
    ) -> Result<Self, ConnectError> {
        let transport = build(url, identity)?;
        if let Some(root_key) = root_key {
            transport.agent.set_root_key(root_key);
        }
        Ok(transport)
    }

    /// The root key that a development network at `url` says it has, which is believed.
    ///
    /// # Errors
    /// [`ConnectError`] when there is no network.
    pub async fn ask_root_key(url: &str) -> Result<Vec<u8>, ConnectError> {
        let transport = build(url, None)?;
        transport.agent.fetch_root_key().await.map_err(|error| connect_error(url, error))?;
        Ok(transport.root_key())
    }

    /// Over an agent that is set up already.
    #[must_use]
    pub fn new(agent: Agent) -> Self {
        Self { agent }
    }

    /// The network's DER root key.
    #[must_use]
    pub fn root_key(&self) -> Vec<u8> {
        self.agent.read_root_key()
    }

    /// SHA-256 of the network's DER root key: what signatures and proofs bind as the network.
    #[must_use]
    pub fn network_root_key_hash(&self) -> Digest32 {
        Digest32(Sha256::digest(self.agent.read_root_key()).into())
    }
}

impl Transport for AgentTransport {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.agent.update(&canister, method).with_arg(arg).call_and_wait().await.map_err(update_error)
    }

    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        self.agent.query(&canister, method).with_arg(arg).call().await.map_err(query_error)
    }
}

impl fmt::Debug for AgentTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentTransport(..)")
    }
}

fn build(url: &str, identity: Option<&Identity>) -> Result<AgentTransport, ConnectError> {
    // The builder's `with_url` panics on what is no URL.
    let route = RoundRobinRouteProvider::new(vec![url]).map_err(|error| connect_error(url, error))?;
    let builder = Agent::builder().with_route_provider(route);
    let builder = match identity {
        Some(identity) => builder.with_identity(BasicIdentity::from_raw_key(&identity.to_seed())),
        None => builder,
    };
    builder.build().map(AgentTransport::new).map_err(|error| connect_error(url, error))
}

fn connect_error(url: &str, error: AgentError) -> ConnectError {
    ConnectError { url: url.to_owned(), source: Box::new(error) }
}

/// Only a certified rejection is known to be one. Anything that happens once a call is on its way leaves open whether it ran.
fn update_error(error: AgentError) -> CallError {
    match error {
        AgentError::CertifiedReject { reject, .. } => {
            CallError::Rejected { code: reject.reject_code as u32, message: reject.reject_message }
        }
        error if never_sent(&error) => CallError::NotSent { message: error.to_string() },
        error => CallError::OutcomeUnknown { message: error.to_string() },
    }
}

/// A query changes nothing, so what one node says of its rejection can be taken as such.
fn query_error(error: AgentError) -> CallError {
    match error {
        AgentError::UncertifiedReject { reject, .. } => {
            CallError::Rejected { code: reject.reject_code as u32, message: reject.reject_message }
        }
        error => update_error(error),
    }
}

fn never_sent(error: &AgentError) -> bool {
    matches!(
        error,
        AgentError::InvalidReplicaUrl(_)
            | AgentError::SigningError(_)
            | AgentError::CannotCalculateRequestId(_)
            | AgentError::UrlParseError(_)
            | AgentError::InvalidMethodError(_)
            | AgentError::PrincipalError(_)
            | AgentError::RouteProviderError(_)
    )
}
