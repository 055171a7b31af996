//! What travels between canisters, users and the management canister.

use crate::certification::MessageId;
use crate::error::Reject;
use candid::Principal;

/// How a call ended: the reply's bytes, or a reject.
pub type Answered = Result<Vec<u8>, Reject>;

/// Who waits for the answer of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A user, through an ingress message.
    Ingress { id: MessageId, sender: Principal },
    /// A canister; `deadline_ns` is 0 for a guaranteed response.
    Canister { caller: Principal, callback: u64, deadline_ns: u64 },
    /// Nobody: heartbeats, timers, and the extra copy of a duplicated request.
    Nobody { sender: Principal },
}

impl Origin {
    /// What `msg_caller` says.
    pub(crate) const fn sender(&self) -> Principal {
        match self {
            Self::Ingress { sender, .. } | Self::Nobody { sender } => *sender,
            Self::Canister { caller, .. } => *caller,
        }
    }

    /// What `msg_deadline` says.
    pub(crate) const fn deadline_ns(&self) -> u64 {
        match self {
            Self::Canister { deadline_ns, .. } => *deadline_ns,
            Self::Ingress { .. } | Self::Nobody { .. } => 0,
        }
    }
}

/// A call on its way to a canister.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) origin: Origin,
    pub(crate) callee: Principal,
    pub(crate) method: String,
    pub(crate) arg: Vec<u8>,
    pub(crate) cycles: u128,
    /// A fault decided that the callee traps on this request.
    pub(crate) forced_trap: bool,
}

/// An answer on its way to the canister that called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) caller: Principal,
    pub(crate) callback: u64,
    pub(crate) respondent: Principal,
    pub(crate) method: String,
    pub(crate) answer: Answered,
    pub(crate) refund: u128,
}

/// What a canister's queues hold.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A call to this canister.
    Request(Request),
    /// An answer to a call of this canister.
    Response(Response),
}

/// What the system runs on a canister without a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// `canister_heartbeat`.
    Heartbeat,
    /// `canister_global_timer`.
    GlobalTimer,
}
