//! Statements `credential_range` and `credential_set` v1: "an issuer attested this attribute of me, and its value lies in this
//! range", or "in this set", without saying which value, nor which of the issuer's credentials is mine.
//!
//! The issuer keeps a LeanIMT of attested attributes. A leaf is `Poseidon4(holder id, attribute tag, value, salt)`, made by
//! [`Credential::leaf`], and the holder id is a commitment of the holder's secret, so that not even the issuer can prove in the
//! holder's place. Which issuers count, which of their roots are fresh enough and which bounds are asked for, is for the
//! consumer to check against the public inputs.
//!
//! A leaf is a Poseidon of four and an inner node one of two, so neither can be passed off as the other.

mod predicate;
#[cfg(test)]
mod tests;

pub use self::predicate::{AllowedSet, Range, SetMembershipError, set_leaf, set_tag};

use super::{Domain, Malformed, Mismatch, Statement, exactly, expect, note_commitment::context_tag};
use crate::{
    field::{Fr, h248, parse_be32},
    merkle::Path,
    poseidon::{Element, Residue, hash2, hash2_in, hash4_in},
};

/// How many public inputs every credential statement starts with; those of its predicate follow.
pub const COMMON_INPUTS: usize = 6;

/// What every credential statement claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Of the issuer's tree.
    pub issuer_root: Fr,
    /// One per holder, scope and attribute.
    pub nullifier: Fr,
    /// Of the context that the proof is used in.
    pub context_tag: Fr,
    /// [`Domain::signal`] of where the proof may be used.
    pub signal: Fr,
    /// [`Domain::scope`] of where the nullifier counts.
    pub scope: Fr,
    /// [`attribute_tag()`] of the attribute that the predicate is about.
    pub attribute_tag: Fr,
}

impl Attested {
    /// What the holder of a credential claims in a domain, but for the predicate.
    #[must_use]
    pub fn of(credential: &Credential, path: &Path, domain: &Domain<'_>) -> Self {
        let scope = domain.scope();
        let Ok(Derived { leaf, nullifier }) = derive(Private {
            holder_tag: Residue::from(holder_tag()),
            scope: scope.into(),
            attribute_tag: credential.attribute_tag.into(),
            holder_secret: credential.holder_secret.into(),
            value: credential.value.into(),
            salt: credential.salt.into(),
        });
        Self {
            issuer_root: path.root_of((&leaf).into()),
            nullifier: (&nullifier).into(),
            context_tag: context_tag(&domain.context_id),
            signal: domain.signal(),
            scope,
            attribute_tag: credential.attribute_tag,
        }
    }

    /// In the circuits' order.
    #[must_use]
    pub fn to_inputs(&self) -> [Fr; COMMON_INPUTS] {
        [self.issuer_root, self.nullifier, self.context_tag, self.signal, self.scope, self.attribute_tag]
    }

    fn from_inputs([issuer_root, nullifier, context_tag, signal, scope, attribute_tag]: [Fr; COMMON_INPUTS]) -> Self {
        Self { issuer_root, nullifier, context_tag, signal, scope, attribute_tag }
    }

    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch> {
        expect(self.context_tag, context_tag(&domain.context_id), Mismatch::Context)?;
        expect(self.signal, domain.signal(), Mismatch::Signal)?;
        expect(self.scope, domain.scope(), Mismatch::Scope)
    }
}

/// `credential_range`: the value, a number of 64 bits, lies in a range. The bounds follow the common inputs: low, high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialRange {
    /// Who attested what.
    pub attested: Attested,
    /// Where the value lies.
    pub range: Range,
}

impl Statement for CredentialRange {
    const INPUT_COUNT: usize = COMMON_INPUTS + 2;

    fn inputs(&self) -> Vec<Fr> {
        [self.attested.to_inputs().as_slice(), &self.range.to_inputs()].concat()
    }

    fn parse(inputs: &[Fr]) -> Result<Self, Malformed> {
        let [a, b, c, d, e, f, low, high] = exactly(inputs)?;
        let range = Range::from_inputs([low, high], COMMON_INPUTS)?;
        Ok(Self { attested: Attested::from_inputs([a, b, c, d, e, f]), range })
    }

    fn nullifier(&self) -> Fr {
        self.attested.nullifier
    }

    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch> {
        self.attested.check(domain)
    }
}

/// `credential_set`: the value is one of a set. The set's root follows the common inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialSet {
    /// Who attested what.
    pub attested: Attested,
    /// [`AllowedSet::root`].
    pub set_root: Fr,
}

impl Statement for CredentialSet {
    const INPUT_COUNT: usize = COMMON_INPUTS + 1;

    fn inputs(&self) -> Vec<Fr> {
        [self.attested.to_inputs().as_slice(), &[self.set_root]].concat()
    }

    fn parse(inputs: &[Fr]) -> Result<Self, Malformed> {
        let [a, b, c, d, e, f, set_root] = exactly(inputs)?;
        Ok(Self { attested: Attested::from_inputs([a, b, c, d, e, f]), set_root })
    }

    fn nullifier(&self) -> Fr {
        self.attested.nullifier
    }

    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch> {
        self.attested.check(domain)
    }
}

/// What a holder knows of an attested attribute. Whoever holds it can act as the holder; it has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// Uniformly random; the holder's, and unknown to the issuer.
    pub holder_secret: Fr,
    /// [`attribute_tag()`].
    pub attribute_tag: Fr,
    /// [`number`] or [`text`].
    pub value: Fr,
    /// Uniformly random per credential: without it, whoever knows the holder id could try values.
    pub salt: Fr,
}

impl Credential {
    /// The leaf that the issuer puts into its tree, which it makes from the holder id.
    #[must_use]
    pub fn leaf(&self) -> Fr {
        leaf(holder_id(self.holder_secret), self.attribute_tag, self.value, self.salt)
    }
}

/// What an issuer puts into its tree for a holder.
#[must_use]
pub fn leaf(holder_id: Fr, attribute_tag: Fr, value: Fr, salt: Fr) -> Fr {
    crate::poseidon::hash4([holder_id, attribute_tag, value, salt])
}

/// What a holder tells an issuer of its secret.
#[must_use]
pub fn holder_id(holder_secret: Fr) -> Fr {
    hash2(holder_secret, holder_tag())
}

/// Sets holder ids apart from everything else that is a Poseidon of a secret.
#[must_use]
pub fn holder_tag() -> Fr {
    h248(b"calisec.holder.v1\0")
}

/// Stands for an attribute in a circuit, e.g. `age`.
#[must_use]
pub fn attribute_tag(name: &str) -> Fr {
    parse_be32(&calisec_types::membership::attribute_tag(name).0).expect("BUG: 248 bits are below the modulus")
}

/// A number as the value of an attribute; the only values that have an order.
#[must_use]
pub fn number(value: u64) -> Fr {
    Fr::from(value)
}

/// A text as the value of an attribute.
#[must_use]
pub fn text(value: &str) -> Fr {
    h248(&[b"calisec.value.v1\0".as_slice(), value.as_bytes()].concat())
}

/// What goes into [`derive()`]: field elements, or the variables of a circuit that stand for them.
pub struct Private<E> {
    /// [`holder_tag()`], a constant.
    pub holder_tag: E,
    /// Public, in fact.
    pub scope: E,
    /// Public, in fact.
    pub attribute_tag: E,
    /// See [`Credential::holder_secret`].
    pub holder_secret: E,
    /// See [`Credential::value`].
    pub value: E,
    /// See [`Credential::salt`].
    pub salt: E,
}

/// What comes out of [`derive()`].
pub struct Derived<E> {
    /// What a path must lead from to the issuer's root.
    pub leaf: E,
    /// See [`Attested::nullifier`].
    pub nullifier: E,
}

/// The relation itself but for path and predicate, stated once for canisters, clients and the circuits.
///
/// # Errors
/// When a circuit cannot allocate a variable.
pub fn derive<E: Element>(private: Private<E>) -> Result<Derived<E>, E::Error> {
    let Private { holder_tag, scope, attribute_tag, holder_secret, value, salt } = private;
    let holder_id = hash2_in([holder_secret.clone(), holder_tag])?;
    let used_for = hash2_in([scope, attribute_tag.clone()])?;
    Ok(Derived {
        nullifier: hash2_in([holder_secret, used_for])?,
        leaf: hash4_in([holder_id, attribute_tag, value, salt])?,
    })
}
