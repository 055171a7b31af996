//! Statement `context_membership` v1: "I own one of the commitments in this tree, it is of this context, and this is my
//! nullifier in this scope", without saying which.
//!
//! A leaf is a commitment as [`super::note_commitment`] makes them: of a note, or of a member ([`member_tag()`] in place of the
//! content). Which of the two a tree holds, and who was let into it, is for the consumer to know from the root. An owner of
//! several leaves with one secret still has one nullifier per scope.
//!
//! A leaf is a Poseidon of four and an inner node one of two, so neither can be passed off as the other.

#[cfg(test)]
mod tests;

use super::{Domain, Malformed, Mismatch, Statement, exactly, expect, note_commitment::context_tag};
use crate::{
    field::{Fr, h248},
    merkle::Path,
    poseidon::{Element, Residue, hash2_in, hash4_in},
};

/// How many public inputs the statement has.
pub const PUBLIC_INPUTS: usize = 5;

/// The public inputs, named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextMembership {
    /// Of the tree. Whether it is, or recently was, the context's is for the consumer to check.
    pub root: Fr,
    /// One per owner and scope. Unrelated, for others, to the nullifier that minted the note.
    pub nullifier: Fr,
    /// Of the context that the leaf commits to.
    pub context_tag: Fr,
    /// [`Domain::signal`] of where the proof may be used.
    pub signal: Fr,
    /// [`Domain::scope`] of where the nullifier counts.
    pub scope: Fr,
}

impl ContextMembership {
    /// What the owner of a leaf claims in a domain.
    ///
    /// ```
    /// # use calisec_types::ids::{ContextId, Digest32};
    /// # use calisec_zk::{field::Fr, merkle::Head, statement::{Domain, Purpose, Statement}};
    /// # use calisec_zk::statement::context_membership::{ContextMembership, Leaf, member_tag};
    /// # use candid::Principal;
    /// # use std::collections::BTreeMap;
    /// # let domain = Domain {
    /// #     network_root_key_hash: Digest32([1; 32]),
    /// #     proof_verifier: Principal::from_slice(&[1]),
    /// #     context_id: ContextId([2; 32]),
    /// #     consumer: Principal::from_slice(&[3]),
    /// #     submitter: Principal::from_slice(&[4]),
    /// #     purpose: Purpose::new("poll/7#yes")?,
    /// # };
    /// let me = Leaf { content_tag: member_tag(), owner_secret: Fr::from(5u64), salt: Fr::from(6u64) };
    /// let (mut nodes, mut tree) = (BTreeMap::new(), Head::EMPTY);
    /// let mine = tree.append(&mut nodes, me.commitment(&domain.context_id))?;
    /// let claim = ContextMembership::of(&me, &tree.path(&nodes, mine)?, &domain);
    /// assert_eq!(claim.root, tree.root());
    /// assert_eq!(claim.check(&domain), Ok(()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(leaf: &Leaf, path: &Path, domain: &Domain<'_>) -> Self {
        let (context_tag, scope) = (context_tag(&domain.context_id), domain.scope());
        let Ok(Derived { leaf, nullifier }) = derive(Private {
            context_tag: Residue::from(context_tag),
            scope: scope.into(),
            content_tag: leaf.content_tag.into(),
            owner_secret: leaf.owner_secret.into(),
            salt: leaf.salt.into(),
        });
        let root = path.root_of((&leaf).into());
        Self { root, nullifier: (&nullifier).into(), context_tag, signal: domain.signal(), scope }
    }
}

impl Statement for ContextMembership {
    const INPUT_COUNT: usize = PUBLIC_INPUTS;

    fn inputs(&self) -> Vec<Fr> {
        vec![self.root, self.nullifier, self.context_tag, self.signal, self.scope]
    }

    fn parse(inputs: &[Fr]) -> Result<Self, Malformed> {
        let [root, nullifier, context_tag, signal, scope] = exactly(inputs)?;
        Ok(Self { root, nullifier, context_tag, signal, scope })
    }

    fn nullifier(&self) -> Fr {
        self.nullifier
    }

    fn check(&self, domain: &Domain<'_>) -> Result<(), Mismatch> {
        expect(self.context_tag, context_tag(&domain.context_id), Mismatch::Context)?;
        expect(self.signal, domain.signal(), Mismatch::Signal)?;
        expect(self.scope, domain.scope(), Mismatch::Scope)
    }
}

/// What only the owner knows of a leaf. Whoever holds it can act as the owner; it has no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// [`super::note_commitment::content_tag`] of a note's content, or [`member_tag`].
    pub content_tag: Fr,
    /// Uniformly random; the owner's for life.
    pub owner_secret: Fr,
    /// Uniformly random per leaf.
    pub salt: Fr,
}

impl Leaf {
    /// The leaf itself, as it stands in the tree of a context.
    #[must_use]
    pub fn commitment(&self, context: &calisec_types::ids::ContextId) -> Fr {
        crate::poseidon::hash4([context_tag(context), self.content_tag, self.owner_secret, self.salt])
    }
}

/// In place of a content where a leaf stands for a member rather than for a note.
#[must_use]
pub fn member_tag() -> Fr {
    h248(b"calisec.member.v1\0")
}

/// What goes into [`derive()`]: field elements, or the variables of a circuit that stand for them.
pub struct Private<E> {
    /// Public, in fact.
    pub context_tag: E,
    /// Public, in fact.
    pub scope: E,
    /// See [`Leaf::content_tag`].
    pub content_tag: E,
    /// See [`Leaf::owner_secret`].
    pub owner_secret: E,
    /// See [`Leaf::salt`].
    pub salt: E,
}

/// What comes out of [`derive()`].
pub struct Derived<E> {
    /// What a path must lead from to the root.
    pub leaf: E,
    /// See [`ContextMembership::nullifier`].
    pub nullifier: E,
}

/// The relation itself but for the path, stated once for canisters, clients and the circuit.
///
/// # Errors
/// When a circuit cannot allocate a variable.
pub fn derive<E: Element>(private: Private<E>) -> Result<Derived<E>, E::Error> {
    let Private { context_tag, scope, content_tag, owner_secret, salt } = private;
    Ok(Derived {
        nullifier: hash2_in([owner_secret.clone(), scope])?,
        leaf: hash4_in([context_tag, content_tag, owner_secret, salt])?,
    })
}
