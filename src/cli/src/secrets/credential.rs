//! What an issuer attests of a holder: the holder's to keep, as who reads it knows the value.

use super::{HolderSecret, Secret, element};
use crate::failure::Failure;
use calisec_sdk::Random;
use calisec_sdk::zk::field::{Fr, parse_be32, to_be32};
use calisec_sdk::zk::statement::credential::{Credential, attribute_tag, leaf, number, text};
use serde::{Deserialize, Serialize};

/// A credential in a file.
#[derive(Serialize, Deserialize)]
pub struct CredentialFile {
    format: String,
    /// The id of the holder, in hex.
    holder: String,
    /// What it is about.
    attribute: String,
    value: CredentialValue,
    salt: String,
}

/// What is attested.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "lowercase")]
pub enum CredentialValue {
    /// For ranges, and for sets of numbers.
    Number(u64),
    /// For sets of texts.
    Text(String),
}

impl CredentialValue {
    fn element(&self) -> Fr {
        match self {
            Self::Number(value) => number(*value),
            Self::Text(value) => text(value),
        }
    }
}

impl Secret for CredentialFile {
    const FORMAT: &'static str = "calisec.credential.v1";
    const ABOUT: &'static str = "credential: 'calisec credential issue' makes one";

    fn format(&self) -> &str {
        &self.format
    }
}

impl CredentialFile {
    /// A new one.
    pub fn new(
        holder: [u8; 32],
        attribute: String,
        value: CredentialValue,
        random: &mut Random,
    ) -> Result<Self, Failure> {
        parse_be32::<Fr>(&holder)
            .map_err(|_| Failure::usage("the holder's id is not below the modulus of the field"))?;
        let salt = hex::encode(to_be32(&random.field_element()));
        Ok(Self { format: Self::FORMAT.to_owned(), holder: hex::encode(holder), attribute, value, salt })
    }

    /// What stands in the issuer's tree.
    pub fn leaf(&self) -> Result<Fr, Failure> {
        Ok(leaf(element(&self.holder)?, attribute_tag(&self.attribute), self.value.element(), element(&self.salt)?))
    }

    /// For the prover, with the holder's secret.
    pub fn with_secret(&self, holder: &HolderSecret) -> Result<Credential, Failure> {
        if holder.id()? != element(&self.holder)? {
            return Err(Failure::usage("the credential is of another holder than the secret"));
        }
        Ok(Credential {
            holder_secret: holder.secret()?,
            attribute_tag: attribute_tag(&self.attribute),
            value: self.value.element(),
            salt: element(&self.salt)?,
        })
    }

    /// What it is about, and what it says.
    pub fn says(&self) -> String {
        match &self.value {
            CredentialValue::Number(value) => format!("{} {value}", self.attribute),
            CredentialValue::Text(value) => format!("{} '{value}'", self.attribute),
        }
    }
}
