//! Roles and capabilities: what a member may do.

use crate::ids::{AccountId, ContextId, Revision};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that a member of a group may do. The group's administrator may do everything.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Say which application a context runs.
    ManageApplication,
    /// Add and remove members, define roles, and give capabilities that it has itself.
    ManageMembers,
    /// Act for the context towards other canisters. No method here takes it: policies and other canisters may ask for it.
    Proxy,
    /// Mint notes, as far as the policies let it.
    Mint,
    /// Propose and vote.
    Vote,
    /// Attest checkpoints of a context's state.
    Checkpoint,
}

impl Capability {
    /// All there are, in the order of their bits in [`Rights`].
    pub const ALL: [Self; 6] =
        [Self::ManageApplication, Self::ManageMembers, Self::Proxy, Self::Mint, Self::Vote, Self::Checkpoint];

    /// What it is called in policies and texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ManageApplication => "manage-application",
            Self::ManageMembers => "manage-members",
            Self::Proxy => "proxy",
            Self::Mint => "mint",
            Self::Vote => "vote",
            Self::Checkpoint => "checkpoint",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::ManageApplication => 1,
            Self::ManageMembers => 1 << 1,
            Self::Proxy => 1 << 2,
            Self::Mint => 1 << 3,
            Self::Vote => 1 << 4,
            Self::Checkpoint => 1 << 5,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of capabilities, and whether notes may be read: one byte, as it is stored and signed. Bits 0 to 5 are the
/// capabilities in the order of [`Capability::ALL`], bit 7 is reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "storage", derive(minicbor::Encode, minicbor::Decode))]
#[cfg_attr(feature = "storage", cbor(transparent))]
pub struct Rights(#[cfg_attr(feature = "storage", n(0))] u8);

impl Rights {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Reading, and no capability.
    pub const READ: Self = Self(1 << 7);
    /// Every capability, and reading.
    pub const ALL: Self = Self(0b1011_1111);

    /// These capabilities, without reading. Repeating one changes nothing.
    #[must_use]
    pub fn of(capabilities: &[Capability]) -> Self {
        Self(capabilities.iter().fold(0, |bits, capability| bits | capability.bit()))
    }

    /// The byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether reading is among them.
    #[must_use]
    pub const fn reads(self) -> bool {
        self.0 & Self::READ.0 != 0
    }

    /// Whether a capability is among them.
    #[must_use]
    pub const fn contains(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// Those of either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that the other lacks.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The capabilities, in the order of [`Capability::ALL`].
    #[must_use]
    pub fn capabilities(self) -> Vec<Capability> {
        Capability::ALL.into_iter().filter(|capability| self.contains(*capability)).collect()
    }
}

/// A role of a group: a name, and what members in it may do.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name; policies refer to it as `Role::"<name>"`.
    pub name: String,
    /// What members in it may do.
    pub capabilities: Vec<Capability>,
    /// How many members have it.
    pub members: u64,
    /// The revision since which it has these capabilities.
    pub since: Revision,
}

/// Defines a role, or changes what members in it may do from now on.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArg {
    /// A context of the group.
    pub context: ContextId,
    /// 1 to [`super::MAX_ROLE_BYTES`] bytes of `a-z`, `0-9`, `-`.
    pub name: String,
    /// What members in it may do.
    pub capabilities: Vec<Capability>,
}

/// Removes a role that no member has.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RemoveRoleArg {
    /// A context of the group.
    pub context: ContextId,
    /// Which role.
    pub name: String,
}

/// Gives a member a capability of its own, or takes it back. The capabilities of its role stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapabilityArg {
    /// A context of the group.
    pub context: ContextId,
    /// Who.
    pub account: AccountId,
    /// What.
    pub capability: Capability,
}
