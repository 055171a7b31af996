//! Where `membership` keeps what decisions rest on, and how it is hashed.
//!
//! Its certified data is the root of a tree in which path `audit_head` holds the head of the audit log and `facts` a map
//! (`certified_map`, with the feature `storage`) from a key to the hash of a fact. Key and fact are hashed from their kind and
//! from parts of which each carries its length, so nothing can be taken for something else, or for the same thing elsewhere.

use calisec_types::ids::{AccountId, ContextId, Digest32, GroupId, Height, NoteId};
use calisec_types::membership::{
    Action, Application, ClaimFact, ClaimKindFact, ContextFact, DeviceFact, FinalCheckpoint, GrantFact, GrantTerms,
    IdentityFact, LinkFact, MemberFact, Rights, RoleFact,
};
use candid::Principal;
use minicbor::Encoder;
use minicbor::encode::Error as EncodeError;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

/// Under which label the facts stand.
pub const FACTS_LABEL: &str = "facts";
/// Under which label the head of the audit log stands.
pub const AUDIT_HEAD_LABEL: &str = "audit_head";

/// Domain tag of a key.
const KEY_TAG: &[u8] = b"calisec.fact-key.v1\0";
/// With how many bytes the keys begin that are asked for together. It puts few enough others among them when there are
/// millions of facts.
const SHARED_BYTES: usize = 8;
/// Domain tag of a fact.
const FACT_TAG: &[u8] = b"calisec.fact.v1\0";

/// What a fact is about. A number is never used for another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// A context: its group, and the policies in force.
    Context,
    /// A principal in a group: a member, or whom it acts for.
    Principal,
    /// A role of a group, and what members in it may do.
    Role,
    /// What a member was granted for one note in a context.
    Grants,
    /// What was proved about a member.
    Claims,
    /// The application that a context runs.
    Application,
    /// The last final checkpoint of a context.
    Checkpoint,
    /// What members of a context can prove.
    ClaimKinds,
}

impl FactKind {
    const fn number(self) -> u8 {
        match self {
            Self::Context => 0,
            Self::Principal => 1,
            Self::Role => 2,
            Self::Grants => 3,
            Self::Claims => 4,
            Self::Application => 5,
            Self::Checkpoint => 6,
            Self::ClaimKinds => 7,
        }
    }
}

/// The key of a fact: `scope` is the group or context it belongs to, `id` what tells it from others of its kind there.
#[must_use]
pub fn fact_key(kind: FactKind, scope: &[u8; 32], id: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(KEY_TAG).chain_update([kind.number()]).chain_update(scope);
    for part in id {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Puts a key where others are that are asked for together with it: their witnesses share the way from the root.
///
/// What is left of the key's own hash, 24 bytes, tells it from all others: who looks for two facts with one key tries 2^96 of
/// them. The first bytes only say where it stands: who finds a group or member whose place begins like another's makes that
/// one's witnesses longer, by 38 bytes for each bit beyond those that neighbours share anyway, at twice the work a bit.
fn beside(place: &[u8; 32], mut key: [u8; 32]) -> [u8; 32] {
    key[..SHARED_BYTES].copy_from_slice(&place[..SHARED_BYTES]);
    key
}

/// The hash of a fact.
#[must_use]
pub fn fact_hash(kind: FactKind, content: &[u8]) -> Digest32 {
    let hash = Sha256::new().chain_update(FACT_TAG).chain_update([kind.number()]).chain_update(content);
    Digest32(hash.finalize().into())
}

/// The key of what is certified about a context.
#[must_use]
pub fn context_key(group: &GroupId, context: &ContextId) -> [u8; 32] {
    beside(&group.0, fact_key(FactKind::Context, &context.0, &[]))
}

/// What is hashed of a context.
#[must_use]
pub fn context_content(fact: &ContextFact) -> Vec<u8> {
    let ContextFact { group, policy_version, policy_hash } = fact;
    cbor(|to| to.array(3)?.bytes(&group.0)?.u64(policy_version.0)?.bytes(&policy_hash.0)?.ok())
}

/// The key of what is certified about a principal in a group. A member stands at the principal of its own key, so that
/// whoever asks about an account or about a principal asks for one key.
#[must_use]
pub fn principal_key(group: &GroupId, principal: &Principal) -> [u8; 32] {
    fact_key(FactKind::Principal, &group.0, &[principal.as_slice()])
}

/// What is hashed of a principal in a group.
#[must_use]
pub fn identity_content(fact: &IdentityFact) -> Vec<u8> {
    cbor(|to| match fact {
        IdentityFact::Member(MemberFact { account, role, capabilities, since, kem_key }) => {
            let own = Rights::of(capabilities).bits();
            to.array(6)?.u8(0)?.bytes(&account.0)?.str(role)?.u8(own)?.u64(since.0)?.bytes(&kem_key.0)?.ok()
        }
        IdentityFact::Device(DeviceFact { account, key, scope, kem_key, due }) => {
            to.array(6)?.u8(1)?.bytes(&account.0)?.bytes(&key.0)?.u8(scope.rights().bits())?.bytes(&kem_key.0)?;
            match due {
                Some(due) => to.u64(due.0)?.ok(),
                None => to.null()?.ok(),
            }
        }
        IdentityFact::Link(LinkFact { account, device }) => {
            to.array(3)?.u8(2)?.bytes(&account.0)?;
            match device {
                Some(key) => to.bytes(&key.0)?.ok(),
                None => to.null()?.ok(),
            }
        }
        IdentityFact::GivenUp(account) => to.array(2)?.u8(3)?.bytes(&account.0)?.ok(),
    })
}

/// The key of what is certified about a role of a group.
#[must_use]
pub fn role_key(group: &GroupId, name: &str) -> [u8; 32] {
    beside(&group.0, fact_key(FactKind::Role, &group.0, &[name.as_bytes()]))
}

/// What is hashed of a role.
#[must_use]
pub fn role_content(fact: &RoleFact) -> Vec<u8> {
    let RoleFact { name, capabilities } = fact;
    cbor(|to| to.array(2)?.str(name)?.u8(Rights::of(capabilities).bits())?.ok())
}

/// The key of what an account was granted in a context for doing something to a note.
#[must_use]
pub fn grants_key(
    (group, account): (&GroupId, &AccountId),
    context: &ContextId,
    action: Action,
    (registry, note): (&Principal, NoteId),
) -> [u8; 32] {
    let action = match action {
        Action::Read => 0,
        Action::Mint => 1,
    };
    let id: [&[u8]; 4] = [&account.0, &[action], registry.as_slice(), &note.0.to_be_bytes()];
    beside(&principal_key(group, &account.principal()), fact_key(FactKind::Grants, &context.0, &id))
}

/// What is hashed of grants.
#[must_use]
pub fn grants_content(grants: &[GrantFact]) -> Vec<u8> {
    cbor(|to| {
        to.array(grants.len() as u64)?;
        for GrantFact { id, terms: GrantTerms { not_before, not_after, max_uses, purpose }, uses } in grants {
            to.array(6)?.u64(id.0)?.u64(*uses)?;
            for number in [not_before.map(|start| start.0), not_after.map(|end| end.0), *max_uses] {
                match number {
                    Some(number) => to.u64(number)?,
                    None => to.null()?,
                };
            }
            match purpose {
                Some(purpose) => to.str(purpose)?,
                None => to.null()?,
            };
        }
        Ok(())
    })
}

/// The key of what members of a context can prove.
#[must_use]
pub fn claim_kinds_key(group: &GroupId, context: &ContextId) -> [u8; 32] {
    beside(&group.0, fact_key(FactKind::ClaimKinds, &context.0, &[]))
}

/// What is hashed of kinds of claims.
#[must_use]
pub fn claim_kinds_content(kinds: &[ClaimKindFact]) -> Vec<u8> {
    cbor(|to| {
        to.array(kinds.len() as u64)?;
        for ClaimKindFact { name, version, circuit } in kinds {
            to.array(3)?.str(name)?.u64(version.0)?.bytes(&circuit.0)?;
        }
        Ok(())
    })
}

/// The key of what was proved about an account in a context.
#[must_use]
pub fn claims_key((group, account): (&GroupId, &AccountId), context: &ContextId) -> [u8; 32] {
    beside(&principal_key(group, &account.principal()), fact_key(FactKind::Claims, &context.0, &[&account.0]))
}

/// What is hashed of claims.
#[must_use]
pub fn claims_content(claims: &[ClaimFact]) -> Vec<u8> {
    cbor(|to| {
        to.array(claims.len() as u64)?;
        for ClaimFact { version, since, until } in claims {
            to.array(3)?.u64(version.0)?.u64(since.0)?.u64(until.0)?;
        }
        Ok(())
    })
}

type Encoded = Result<(), EncodeError<Infallible>>;

fn cbor(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Encoded) -> Vec<u8> {
    let mut bytes = Vec::new();
    match write(&mut Encoder::new(&mut bytes)) {
        Ok(()) => bytes,
        Err(error) => unreachable!("writing to a vector cannot fail: {error}"),
    }
}

/// The key of what is certified about the application of a context.
#[must_use]
pub fn application_key(context: &ContextId) -> [u8; 32] {
    fact_key(FactKind::Application, &context.0, &[])
}

/// What is hashed of an application: numbers and ids as they are, then texts and the principal, each after its length.
#[must_use]
pub fn application_content(fact: &Application) -> Vec<u8> {
    let Application { application, version, wasm_hash, source, revision, at, by, seq } = fact;
    let mut content = [application.0, wasm_hash.0].concat();
    for number in [revision.0, at.0, seq.0] {
        content.extend_from_slice(&number.to_be_bytes());
    }
    for text in [version.as_bytes(), source.as_bytes(), by.as_slice()] {
        content.extend_from_slice(&(text.len() as u64).to_be_bytes());
        content.extend_from_slice(text);
    }
    content
}

/// The key of what is certified about a final checkpoint: of a height, or the highest.
#[must_use]
pub fn checkpoint_key(context: &ContextId, height: Option<Height>) -> [u8; 32] {
    match height {
        Some(height) => fact_key(FactKind::Checkpoint, &context.0, &[&height.0.to_be_bytes()]),
        None => fact_key(FactKind::Checkpoint, &context.0, &[]),
    }
}

/// What is hashed of a final checkpoint.
#[must_use]
pub fn checkpoint_content(fact: &FinalCheckpoint) -> Vec<u8> {
    let FinalCheckpoint { height, claim, required, final_at, seq } = fact;
    let mut content = [claim.state_root.0, claim.app_hash.0].concat();
    for number in [height.0, *required, final_at.0, seq.0] {
        content.extend_from_slice(&number.to_be_bytes());
    }
    content
}

#[cfg(test)]
mod tests {
    use super::{
        FactKind, application_content, application_key, checkpoint_content, checkpoint_key, claim_kinds_key,
        claims_key, context_content, context_key, fact_hash, fact_key, grants_key, principal_key, role_key,
    };
    use calisec_types::ids::{
        AccountId, ApplicationId, ApplicationRevision, ContextId, Digest32, GroupId, Height, NoteId, PolicyVersion,
        Seq, StateRoot, Timestamp,
    };
    use calisec_types::membership::{Action, Application, Claim, ContextFact, FinalCheckpoint};
    use candid::Principal;
    use std::collections::BTreeSet;

    const KINDS: [FactKind; 8] = [
        FactKind::Context,
        FactKind::Principal,
        FactKind::Role,
        FactKind::Grants,
        FactKind::Claims,
        FactKind::Application,
        FactKind::Checkpoint,
        FactKind::ClaimKinds,
    ];

    /// Verifiers elsewhere compute the same: these lines are never edited.
    #[test]
    fn should_have_the_pinned_key_and_hash_when_the_code_changes() {
        let fact =
            ContextFact { group: GroupId([1; 32]), policy_version: PolicyVersion(2), policy_hash: Digest32([3; 32]) };
        let hash = fact_hash(FactKind::Context, &context_content(&fact)).to_string();
        assert_eq!(hash, "b741b6f935d5348bc91f6459fb42ab2686f244f573089ce3103db0f9d7639c3b");
        assert_eq!(
            Digest32(fact_key(FactKind::Context, &[4; 32], &[])).to_string(),
            "9f534099d683c20bc45d9e790d577090c1da56f680c18ba95068d36ebe5ae6d5"
        );
        assert_eq!(
            Digest32(context_key(&GroupId([1; 32]), &ContextId([4; 32]))).to_string(),
            "0101010101010101c45d9e790d577090c1da56f680c18ba95068d36ebe5ae6d5"
        );
    }

    #[test]
    fn should_have_another_content_when_any_field_of_an_application_or_checkpoint_is_another() {
        let application = Application {
            application: ApplicationId([1; 32]),
            version: "ab".to_owned(),
            wasm_hash: Digest32([2; 32]),
            source: "c".to_owned(),
            revision: ApplicationRevision(3),
            at: Timestamp(4),
            by: Principal::anonymous(),
            seq: Seq(5),
        };
        let shifted = Application { version: "a".to_owned(), source: "bc".to_owned(), ..application.clone() };
        let others = [
            shifted,
            Application { application: ApplicationId([9; 32]), ..application.clone() },
            Application { wasm_hash: Digest32([9; 32]), ..application.clone() },
            Application { revision: ApplicationRevision(9), ..application.clone() },
            Application { at: Timestamp(9), ..application.clone() },
            Application { by: Principal::management_canister(), ..application.clone() },
            Application { seq: Seq(9), ..application.clone() },
        ];
        for other in others {
            assert_ne!(application_content(&other), application_content(&application), "{other:?}");
        }
        let claim = Claim { state_root: StateRoot([1; 32]), app_hash: Digest32([2; 32]) };
        let checkpoint = FinalCheckpoint { height: Height(3), claim, required: 4, final_at: Timestamp(5), seq: Seq(6) };
        let others = [
            FinalCheckpoint { height: Height(9), ..checkpoint },
            FinalCheckpoint { claim: Claim { state_root: StateRoot([9; 32]), ..claim }, ..checkpoint },
            FinalCheckpoint { claim: Claim { app_hash: Digest32([9; 32]), ..claim }, ..checkpoint },
            FinalCheckpoint { required: 9, ..checkpoint },
            FinalCheckpoint { final_at: Timestamp(9), ..checkpoint },
            FinalCheckpoint { seq: Seq(9), ..checkpoint },
        ];
        for other in others {
            assert_ne!(checkpoint_content(&other), checkpoint_content(&checkpoint), "{other:?}");
        }
        let keys = [None, Some(Height(0)), Some(Height(1))].map(|height| checkpoint_key(&ContextId([1; 32]), height));
        assert_ne!(keys[0], keys[1]);
        assert_ne!(keys[1], keys[2]);
        assert_ne!(application_key(&ContextId([1; 32])), keys[0]);
    }

    /// What one decision rests on stands in two places; all else about these keys is their own.
    #[test]
    fn should_stand_together_when_facts_are_asked_for_together() {
        let (group, context, account) = (GroupId([1; 32]), ContextId([4; 32]), AccountId([7; 32]));
        let note = |number| (Principal::management_canister(), NoteId(number));
        let grants = |action, (registry, number)| grants_key((&group, &account), &context, action, (&registry, number));
        let of_group = [
            context_key(&group, &context),
            context_key(&group, &ContextId([5; 32])),
            claim_kinds_key(&group, &context),
            role_key(&group, "reader"),
            role_key(&group, "writer"),
        ];
        let of_member = [
            principal_key(&group, &account.principal()),
            grants(Action::Read, note(1)),
            grants(Action::Read, note(2)),
            grants(Action::Mint, note(1)),
            claims_key((&group, &account), &context),
            claims_key((&group, &account), &ContextId([5; 32])),
        ];
        for together in [&of_group[..], &of_member] {
            assert!(together.iter().all(|key| key[..8] == together[0][..8]));
            let own: BTreeSet<_> = together.iter().map(|key| &key[8..]).collect();
            assert_eq!(own.len(), together.len());
        }
        // An account of another group stands elsewhere: its facts do not make this member's witnesses longer.
        let elsewhere = principal_key(&GroupId([2; 32]), &account.principal());
        assert_ne!(elsewhere[..8], of_member[0][..8]);
    }

    #[test]
    fn should_have_a_key_and_a_hash_of_its_own_when_anything_about_a_fact_is_another() {
        let ids: [&[&[u8]]; 6] = [&[], &[b""], &[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""]];
        let mut seen: Vec<_> = KINDS
            .iter()
            .flat_map(|kind| [[1; 32], [2; 32]].map(|scope| (kind, scope)))
            .flat_map(|(kind, scope)| ids.map(|id| fact_key(*kind, &scope, id)))
            .chain(KINDS.iter().map(|kind| fact_hash(*kind, &[1; 32]).0))
            .collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
