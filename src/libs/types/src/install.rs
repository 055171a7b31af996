//! What a canister is installed and upgraded with.

use candid::CandidType;
use serde::{Deserialize, Serialize};

/// The argument of an installation or an upgrade.
///
/// Settings are a list of cases and not a record of optional fields: Candid reads a field that is misspelt, or of another type, as an
/// absent one, and an upgrade would quietly change nothing. A case that is not known does not decode.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum InstallArg<Init, Setting> {
    /// Installs.
    Init(Init),
    /// Upgrades and sets these, in this order. What is not named stays; an empty list keeps everything, as no argument does.
    Upgrade(Vec<Setting>),
}

/// An argument of the other occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongOccasion {
    /// A canister is being installed.
    #[error(
        "a canister is installed with variant {{ Init = record {{ ... }} }}; Upgrade is for one that is installed already"
    )]
    NotInit,
    /// A canister is being upgraded.
    #[error(
        "a canister is upgraded with variant {{ Upgrade = vec {{ ... }} }} or without an argument; Init is for one that is \
         not installed yet"
    )]
    NotUpgrade,
}

impl<Init, Setting> InstallArg<Init, Setting> {
    /// What to install with.
    ///
    /// # Errors
    /// [`WrongOccasion::NotInit`].
    pub fn into_init(self) -> Result<Init, WrongOccasion> {
        match self {
            Self::Init(init) => Ok(init),
            Self::Upgrade(_) => Err(WrongOccasion::NotInit),
        }
    }

    /// What an upgrade sets.
    ///
    /// # Errors
    /// [`WrongOccasion::NotUpgrade`].
    pub fn into_settings(self) -> Result<Vec<Setting>, WrongOccasion> {
        match self {
            Self::Init(_) => Err(WrongOccasion::NotUpgrade),
            Self::Upgrade(settings) => Ok(settings),
        }
    }
}
