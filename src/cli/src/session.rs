//! One verb's connection to the canisters: the same clients, whether they run here, on a replica or on mainnet.

use crate::evidence;
use crate::failure::Failure;
use crate::options::{LOCAL_URL, Options, Target};
use crate::output::Answer;
use crate::progress::Progress;
use crate::state::{self, Kept};
use crate::verbs::{self, RequestFile};
use crate::{ids, keyfile, parse};
use calisec_sdk::agent::{AgentTransport, ConnectError, MAINNET_URL};
use calisec_sdk::clients::{
    CallError, GovernanceClient, MembershipClient, NoteRegistryClient, ProofVerifierClient, Transport,
};
use calisec_sdk::identity::{Identity, RequestSigner};
use calisec_sdk::types::ids::{Digest32, Timestamp};
use calisec_sdk::types::membership::Request;
use calisec_sdk::verify::Trust;
use candid::Principal;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::future::Future;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How calls travel.
enum Wire {
    Engine { kept: Box<RefCell<Kept>>, sender: Principal },
    Agent(AgentTransport),
}

/// The canisters, and who calls them.
pub struct Session {
    wire: Wire,
    runtime: tokio::runtime::Runtime,
    identity: Option<Identity>,
    options: Options,
    /// What was signed instead of sent.
    signed: RefCell<Option<Result<Answer, Failure>>>,
    /// Tells a person who waits what is being done.
    pub progress: Progress,
}

impl Session {
    /// Connects; the identity is used if there is one.
    pub fn open(options: &Options) -> Result<Self, Failure> {
        Self::connect(options, find_identity(options)?)
    }

    /// Connects for what only somebody with a name may do.
    pub fn open_signed(options: &Options) -> Result<Self, Failure> {
        let Some(identity) = find_identity(options)? else {
            return Err(no_identity());
        };
        Self::connect(options, Some(identity))
    }

    fn connect(options: &Options, identity: Option<Identity>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::internal(format!("cannot start the runtime: {error}")))?;
        let progress = Progress::new();
        let wire = match &options.network {
            Target::Engine => {
                options.refuse_root_key()?;
                let directory = options.state_directory();
                if !state::exists(&directory) {
                    return Err(Failure::setup(format!(
                        "no engine is kept in {}: make one with 'calisec engine start', or choose another --network or \
                         --state",
                        directory.display()
                    )));
                }
                let sender = identity.as_ref().map_or(Principal::anonymous(), Identity::principal);
                Wire::Engine { kept: Box::new(RefCell::new(Kept::open(&directory, &progress)?)), sender }
            }
            target => {
                progress.says("connecting ...");
                Wire::Agent(runtime.block_on(connect(target, options, identity.as_ref()))?)
            }
        };
        Ok(Self { wire, runtime, identity, options: options.clone(), signed: RefCell::default(), progress })
    }

    /// Waits for an answer.
    pub fn wait<F: Future>(&self, answer: F) -> F::Output {
        self.progress.says("waiting for the answer ...");
        self.runtime.block_on(answer)
    }

    /// Waits for an answer in which a canister may have refused.
    pub fn ask<T, E: Into<Failure>>(
        &self,
        answer: impl Future<Output = Result<Result<T, E>, CallError>>,
    ) -> Result<T, Failure> {
        self.wait(answer)?.map_err(Into::into)
    }

    /// Saves what was done on the engine.
    pub fn close(self) -> Result<(), Failure> {
        match self.wire {
            Wire::Engine { kept, .. } => (*kept).into_inner().close(),
            Wire::Agent(_) => Ok(()),
        }
    }

    /// What was signed instead of sent, if that was asked for and anything was to be sent.
    pub fn take_signed(&self) -> Option<Result<Answer, Failure>> {
        self.signed.borrow_mut().take()
    }

    fn sign(
        &self,
        canister: Principal,
        method: &str,
        arg: &[u8],
        out: &Path,
        expires: Duration,
    ) -> Result<Answer, Failure> {
        let cannot = |why: String| Failure::usage(format!("{method} cannot be asked for by a signature: {why}"));
        if canister != self.id("membership")? {
            return Err(cannot("only methods of membership can".to_owned()));
        }
        let request = Request::decode(method.as_bytes(), arg).map_err(|error| cannot(error.to_string()))?;
        // Nonces rise with gaps: the clock gives one above all before, without asking.
        let nonce = self.now().0;
        // The one argument that holds a secret.
        let caution = matches!(&request, Request::SetAuditMode(arg) if arg.seed.is_some())
            .then_some("whoever relays this reads the seed of what hides entries: relay it yourself");
        let mut signer = RequestSigner::new(self.identity()?, self.network_hash(), canister, nonce);
        let expires_at = parse::later(self.now(), expires);
        let signed = signer.sign(request, expires_at);
        let text = serde_json::to_string_pretty(&RequestFile::of(method, &signed))
            .map_err(|error| Failure::internal(error.to_string()))?;
        verbs::write_new(out, text.as_bytes())?;
        Ok(Answer::of(json!({
            "signed_request": out, "method": method, "nonce": signer.last_nonce(), "expires_at": expires_at,
            "caution": caution,
        })))
    }

    /// Who calls; there is one if the session was opened signed.
    pub fn identity(&self) -> Result<&Identity, Failure> {
        self.identity.as_ref().ok_or_else(no_identity)
    }

    /// A canister's id.
    pub fn id(&self, canister: &str) -> Result<Principal, Failure> {
        let overridden = self.options.canisters.iter().rev().find(|(name, _)| name == canister);
        if let Some((_, id)) = overridden {
            return Ok(*id);
        }
        match &self.wire {
            Wire::Engine { kept, .. } => kept.borrow().id(canister).ok_or_else(|| {
                Failure::setup(format!("the engine has no {canister}; begin again with 'calisec engine reset'"))
            }),
            Wire::Agent(_) => {
                let here = std::env::current_dir().map_err(|error| Failure::internal(error.to_string()))?;
                ids::find(&self.options.network, canister, &here)
            }
        }
    }

    /// The network's DER root key.
    pub fn root_key(&self) -> Vec<u8> {
        match &self.wire {
            Wire::Engine { kept, .. } => kept.borrow().network.root_key_der().to_vec(),
            Wire::Agent(transport) => transport.root_key(),
        }
    }

    /// SHA-256 of the root key: what signatures and proofs bind as the network.
    pub fn network_hash(&self) -> Digest32 {
        Digest32(Sha256::digest(self.root_key()).into())
    }

    /// The time, of the engine or of this computer.
    pub fn now(&self) -> Timestamp {
        match &self.wire {
            Wire::Engine { kept, .. } => Timestamp(kept.borrow().network.time_ns()),
            Wire::Agent(_) => wall_clock(),
        }
    }

    /// Checks with what this session trusts.
    pub fn trusting<T>(&self, check: impl FnOnce(&Trust<'_>) -> T) -> T {
        check(&Trust { root_key: &self.root_key(), now: self.now() })
    }

    /// Calls `membership`.
    pub fn membership(&self) -> Result<MembershipClient<&Self>, Failure> {
        Ok(MembershipClient::new(self, self.id("membership")?))
    }

    /// Calls `proof_verifier`.
    pub fn proof_verifier(&self) -> Result<ProofVerifierClient<&Self>, Failure> {
        Ok(ProofVerifierClient::new(self, self.id("proof_verifier")?))
    }

    /// Calls `note_registry`.
    pub fn note_registry(&self) -> Result<NoteRegistryClient<&Self>, Failure> {
        Ok(NoteRegistryClient::new(self, self.id("note_registry")?))
    }

    /// Calls `governance`.
    pub fn governance(&self) -> Result<GovernanceClient<&Self>, Failure> {
        Ok(GovernanceClient::new(self, self.id("governance")?))
    }
}

impl Transport for Session {
    async fn update(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        if let Some((out, expires)) = &self.options.sign {
            *self.signed.borrow_mut() = Some(self.sign(canister, method, &arg, out, *expires));
            return Err(CallError::NotSent { message: "it was signed instead".to_owned() });
        }
        match &self.wire {
            Wire::Engine { kept, sender } => {
                kept.borrow_mut().network.update(*sender, canister, method, &arg).map_err(rejected)
            }
            Wire::Agent(transport) => transport.update(canister, method, arg).await,
        }
    }

    async fn query(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Result<Vec<u8>, CallError> {
        match &self.wire {
            Wire::Engine { kept, sender } => {
                kept.borrow_mut().network.query(*sender, canister, method, &arg).map_err(rejected)
            }
            Wire::Agent(transport) => transport.query(canister, method, arg).await,
        }
    }
}

fn rejected(reject: calisec_engine::Reject) -> CallError {
    let (code, message) = (reject.code as u32, reject.to_string());
    if code == 6 { CallError::OutcomeUnknown { message } } else { CallError::Rejected { code, message } }
}

async fn connect(target: &Target, options: &Options, identity: Option<&Identity>) -> Result<AgentTransport, Failure> {
    let url = match target {
        Target::Engine | Target::Local => LOCAL_URL,
        Target::Mainnet => MAINNET_URL,
        Target::Url(url) => url,
    };
    let failed = |error: ConnectError| Failure::setup(format!("{error}; check --network"));
    let root_key = match &options.root_key {
        Some(path) => Some(evidence::read_root_key(path)?),
        None if *target == Target::Mainnet || !ids::is_this_computer(url) => None,
        None => Some(AgentTransport::ask_root_key(url).await.map_err(|error| {
            Failure::setup(format!("{error}; is a replica running there? 'dfx start --background' starts one"))
        })?),
    };
    AgentTransport::with_root_key(url, identity, root_key).map_err(failed)
}

fn find_identity(options: &Options) -> Result<Option<Identity>, Failure> {
    let (path, chosen) = options.identity_file();
    if !chosen && !path.exists() {
        return Ok(None);
    }
    keyfile::load(&path).map(Some)
}

fn no_identity() -> Failure {
    Failure::setup(format!(
        "no identity: make one with 'calisec identity new' (it will be kept in {}), or pass --identity FILE",
        keyfile::default_path().display()
    ))
}

/// This computer's time.
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
