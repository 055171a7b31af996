//! What members, holders of credentials and those who signal must keep.

use super::{Secret, bytes32, element};
use crate::failure::Failure;
use calisec_sdk::Random;
use calisec_sdk::semaphore::Identity;
use calisec_sdk::stark::{self, MemberOpening, Word};
use calisec_sdk::types::ids::ContextId;
use calisec_sdk::zk::field::{Fr, to_be32};
use calisec_sdk::zk::statement::context_membership::{Leaf, member_tag};
use calisec_sdk::zk::statement::credential::holder_id;
use serde::{Deserialize, Serialize};

/// A member's, in one context.
#[derive(Serialize, Deserialize)]
pub struct MemberSecret {
    format: String,
    /// Where the leaf counts.
    pub context: ContextId,
    secret: String,
    salt: String,
}

impl Secret for MemberSecret {
    const FORMAT: &'static str = "calisec.member-secret.v1";
    const ABOUT: &'static str =
        "secret of a member or a note: 'calisec secret member' or 'calisec prove note' makes one";

    fn format(&self) -> &str {
        &self.format
    }
}

impl MemberSecret {
    /// A new one.
    pub fn random(context: ContextId, random: &mut Random) -> Self {
        let mut number = || hex::encode(to_be32(&random.field_element()));
        Self { format: Self::FORMAT.to_owned(), context, secret: number(), salt: number() }
    }

    /// What stands in the tree of members, once it is committed to.
    pub fn leaf(&self) -> Result<Leaf, Failure> {
        Ok(Leaf { content_tag: member_tag(), owner_secret: element(&self.secret)?, salt: element(&self.salt)? })
    }
}

/// A credential holder's, with all issuers.
#[derive(Serialize, Deserialize)]
pub struct HolderSecret {
    format: String,
    secret: String,
}

impl Secret for HolderSecret {
    const FORMAT: &'static str = "calisec.holder-secret.v1";
    const ABOUT: &'static str = "secret of a holder: 'calisec secret holder' makes one";

    fn format(&self) -> &str {
        &self.format
    }
}

impl HolderSecret {
    /// A new one.
    pub fn random(random: &mut Random) -> Self {
        Self { format: Self::FORMAT.to_owned(), secret: hex::encode(to_be32(&random.field_element())) }
    }

    /// The secret.
    pub fn secret(&self) -> Result<Fr, Failure> {
        element(&self.secret)
    }

    /// What issuers attest to.
    pub fn id(&self) -> Result<Fr, Failure> {
        self.secret().map(holder_id)
    }
}

/// Of who signals in Semaphore's groups.
#[derive(Serialize, Deserialize)]
pub struct SignalSecret {
    format: String,
    secret: String,
}

impl Secret for SignalSecret {
    const FORMAT: &'static str = "calisec.signal-secret.v1";
    const ABOUT: &'static str = "secret for anonymous signals: 'calisec secret signal' makes one";

    fn format(&self) -> &str {
        &self.format
    }
}

impl SignalSecret {
    /// Of an identity.
    pub fn of(identity: &Identity) -> Self {
        Self { format: Self::FORMAT.to_owned(), secret: hex::encode(identity.to_bytes().as_slice()) }
    }

    /// The identity.
    pub fn identity(&self) -> Result<Identity, Failure> {
        Identity::from_bytes(&bytes32(&self.secret)?)
            .map_err(|error| Failure::usage(format!("the number in the secret is malformed: {error}")))
    }
}

/// A member's for STARKs, and for nothing else: its proofs are not zero-knowledge.
#[derive(Serialize, Deserialize)]
pub struct StarkSecret {
    format: String,
    secret: String,
    /// Of a note's commitment.
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
}

impl Secret for StarkSecret {
    const FORMAT: &'static str = "calisec.stark-secret.v1";
    const ABOUT: &'static str =
        "secret for STARKs: 'calisec secret stark' makes one, and no other secret may be used for them";

    fn format(&self) -> &str {
        &self.format
    }
}

impl StarkSecret {
    /// A new one.
    pub fn random(random: &mut Random) -> Self {
        Self { format: Self::FORMAT.to_owned(), secret: hex::encode(stark::random_word(random).to_bytes()), salt: None }
    }

    /// The same, for a note with this salt.
    pub fn with_salt(self, salt: Word) -> Self {
        Self { salt: Some(hex::encode(salt.to_bytes())), ..self }
    }

    /// The secret.
    pub fn secret(&self) -> Result<Word, Failure> {
        Word::from_bytes(&bytes32(&self.secret)?)
            .map_err(|error| Failure::usage(format!("the number in the secret is malformed: {error}")))
    }

    /// What stands in the tree of members.
    pub fn leaf(&self) -> Result<Word, Failure> {
        self.secret().map(MemberOpening::leaf)
    }
}
