//! The service catalogue.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    locale::LocalizedText,
    program::{Badges, Program},
    vendor::ServiceCode,
};

/// What a licence of a service counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LicenseModel {
    /// Distinct users.
    User,
    /// The smaller of distinct users and distinct devices.
    UserDevice,
}

impl LicenseModel {
    /// What counts where there are so many users and so many devices.
    pub fn count<T: Ord>(self, users: T, devices: T) -> T {
        match self {
            Self::User => users,
            Self::UserDevice => users.min(devices),
        }
    }
}

/// A product that can be bought, tried and used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its product code.
    pub code: ServiceCode,
    /// Its name for people.
    pub name: LocalizedText,
    /// What its licences count.
    pub model: LicenseModel,
    /// The program that an account needs to have it; `None` where anybody may.
    pub required_program: Option<Program>,
}

impl Service {
    /// Whether an account with these badges may have the service (P2).
    pub fn is_available_to(&self, badges: &Badges) -> bool {
        self.required_program.is_none_or(|program| badges.has(program))
    }
}
