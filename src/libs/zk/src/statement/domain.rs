//! Where a proof is worth something, and for whom.

use crate::field::{Fr, h248_of_digest};
use calisec_types::{
    ids::{ContextId, Digest32},
    note_registry::MINT_PURPOSE,
    proof_verifier::MAX_PURPOSE_BYTES,
};
use candid::Principal;
use sha2::{Digest, Sha256};

/// The purpose is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a purpose has between 1 and {MAX_PURPOSE_BYTES} bytes, not {length}")]
pub struct BadPurpose {
    /// Bytes that were given.
    pub length: usize,
}

/// What a proof was made for, e.g. `mint`: between 1 and [`MAX_PURPOSE_BYTES`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose<'a> {
    text: &'a str,
    length: u16,
}

impl<'a> Purpose<'a> {
    /// Minting a note.
    pub const MINT: Purpose<'static> = Purpose { text: MINT_PURPOSE, length: MINT_PURPOSE.len() as u16 };

    /// Checks the length.
    ///
    /// # Errors
    /// [`BadPurpose`] when it is empty or too long.
    pub fn new(text: &'a str) -> Result<Self, BadPurpose> {
        let bad = BadPurpose { length: text.len() };
        if text.is_empty() || text.len() > MAX_PURPOSE_BYTES {
            return Err(bad);
        }
        let length = u16::try_from(text.len()).map_err(|_| bad)?;
        Ok(Self { text, length })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The text up to its first `#`, all of it if there is none: what [`Domain::scope`] binds. What follows is a choice within
    /// the topic, which only [`Domain::signal`] binds: `poll/7#yes` and `poll/7#no` are two uses of one topic.
    #[must_use]
    pub fn topic(&self) -> &'a str {
        self.text.split_once('#').map_or(self.text, |(topic, _choice)| topic)
    }
}

/// Where a proof is worth something: one network, verifier, context, consumer, submitter and purpose.
///
/// ```
/// use calisec_types::ids::{ContextId, Digest32};
/// use calisec_zk::statement::{Domain, Purpose};
/// use candid::Principal;
///
/// let domain = Domain {
///     network_root_key_hash: Digest32([1; 32]),
///     proof_verifier: Principal::from_slice(&[1]),
///     context_id: ContextId([2; 32]),
///     consumer: Principal::from_slice(&[3]),
///     submitter: Principal::from_slice(&[4]),
///     purpose: Purpose::MINT,
/// };
/// let front_runner = Domain { submitter: Principal::from_slice(&[5]), ..domain };
/// assert_ne!(domain.signal(), front_runner.signal());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain<'a> {
    /// SHA-256 of the network's DER root key.
    pub network_root_key_hash: Digest32,
    /// The canister that verifies.
    pub proof_verifier: Principal,
    /// The context.
    pub context_id: ContextId,
    /// The canister that may consume the receipt.
    pub consumer: Principal,
    /// Who submits the proof: a proof seen on its way is worthless to anyone else.
    pub submitter: Principal,
    /// What for.
    pub purpose: Purpose<'a>,
}

impl Domain<'_> {
    /// The public input that binds all of it. Every variable part carries its length, so no two domains share one.
    #[must_use]
    pub fn signal(&self) -> Fr {
        let mut hash = Sha256::new_with_prefix(b"calisec.domain.v1\0");
        hash.update(self.network_root_key_hash.0);
        update_with_principal(&mut hash, &self.proof_verifier);
        hash.update(self.context_id.0);
        update_with_principal(&mut hash, &self.consumer);
        update_with_principal(&mut hash, &self.submitter);
        hash.update(self.purpose.length.to_be_bytes());
        hash.update(self.purpose.text);
        h248_of_digest(hash.finalize().into())
    }

    /// What an anonymous prover can use once: all of the domain but the submitter and the choice within the topic.
    ///
    /// A nullifier made from [`Domain::signal`] would be new for every principal that the prover submits as.
    ///
    /// ```
    /// # use calisec_types::ids::{ContextId, Digest32};
    /// # use calisec_zk::statement::{Domain, Purpose};
    /// # use candid::Principal;
    /// let yes = Domain {
    ///     network_root_key_hash: Digest32([1; 32]),
    ///     proof_verifier: Principal::from_slice(&[1]),
    ///     context_id: ContextId([2; 32]),
    ///     consumer: Principal::from_slice(&[3]),
    ///     submitter: Principal::from_slice(&[4]),
    ///     purpose: Purpose::new("poll/7#yes")?,
    /// };
    /// let no = Domain { submitter: Principal::from_slice(&[5]), purpose: Purpose::new("poll/7#no")?, ..yes };
    /// let next_poll = Domain { purpose: Purpose::new("poll/8#yes")?, ..yes };
    /// assert_ne!(yes.signal(), no.signal());
    /// assert_eq!(yes.scope(), no.scope());
    /// assert_ne!(yes.scope(), next_poll.scope());
    /// # Ok::<(), calisec_zk::statement::BadPurpose>(())
    /// ```
    #[must_use]
    pub fn scope(&self) -> Fr {
        let topic = self.purpose.topic();
        let mut hash = Sha256::new_with_prefix(b"calisec.scope.v1\0");
        hash.update(self.network_root_key_hash.0);
        update_with_principal(&mut hash, &self.proof_verifier);
        hash.update(self.context_id.0);
        update_with_principal(&mut hash, &self.consumer);
        // Not above the length of the purpose, which fits.
        hash.update((topic.len() as u16).to_be_bytes());
        hash.update(topic);
        h248_of_digest(hash.finalize().into())
    }
}

fn update_with_principal(hash: &mut Sha256, principal: &Principal) {
    let mut bytes = Vec::with_capacity(1 + Principal::MAX_LENGTH_IN_BYTES);
    calisec_types::signing::push_principal(&mut bytes, principal);
    hash.update(bytes);
}
