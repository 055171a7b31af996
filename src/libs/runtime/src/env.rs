//! The facts of the current message.

use calisec_types::ids::{Digest32, Timestamp};
use candid::Principal;
use sha2::{Digest, Sha256};

/// Synchronous facts of the current message. Read them before the first await: afterwards they are those of the callback.
pub trait Env {
    /// Who sent the message.
    fn caller(&self) -> Principal;
    /// The canister's time.
    fn now(&self) -> Timestamp;
    /// The canister's own id.
    fn canister_self(&self) -> Principal;
    /// SHA-256 of the network's DER root key. Traps in non-replicated queries, where the network does not offer the key.
    fn network(&self) -> Digest32;
    /// Whether all nodes of the subnet execute the message, and somebody pays for it: not so in queries that one node answers.
    fn in_replicated_execution(&self) -> bool;
    /// Instructions that the message has taken so far. A query may take 5 G, an update 40 G.
    fn instructions(&self) -> u64;
    /// Cycles that the message carries and that were not accepted yet.
    fn cycles_available(&self) -> u128;
    /// Takes so many of them, or what there is.
    fn accept_cycles(&self, amount: u128) -> u128;
    /// Sets the canister's certified data, at most 32 bytes.
    fn certify(&self, root: &[u8; 32]);
    /// The certificate of the certified data; only in non-replicated queries.
    fn certificate(&self) -> Option<Vec<u8>>;
}

/// The Internet Computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct IcEnv;

impl Env for IcEnv {
    fn caller(&self) -> Principal {
        ic_cdk::api::msg_caller()
    }
    fn now(&self) -> Timestamp {
        Timestamp(ic_cdk::api::time())
    }
    fn canister_self(&self) -> Principal {
        ic_cdk::api::canister_self()
    }
    fn network(&self) -> Digest32 {
        Digest32(Sha256::digest(ic_cdk::api::root_key()).into())
    }
    fn in_replicated_execution(&self) -> bool {
        ic_cdk::api::in_replicated_execution()
    }
    fn instructions(&self) -> u64 {
        ic_cdk::api::performance_counter(ic_cdk::api::PerformanceCounterType::InstructionCounter)
    }
    fn cycles_available(&self) -> u128 {
        ic_cdk::api::msg_cycles_available()
    }
    fn accept_cycles(&self, amount: u128) -> u128 {
        ic_cdk::api::msg_cycles_accept(amount)
    }
    fn certify(&self, root: &[u8; 32]) {
        ic_cdk::api::certified_data_set(root);
    }
    fn certificate(&self) -> Option<Vec<u8>> {
        ic_cdk::api::data_certificate()
    }
}
