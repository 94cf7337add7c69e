//! The service catalogue.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    licenses::holder::HolderKind,
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
    /// Whose use of a service is counted.
    pub const fn holder_kinds(self) -> &'static [HolderKind] {
        match self {
            Self::User => &[HolderKind::User],
            Self::UserDevice => &[HolderKind::User, HolderKind::Device],
        }
    }

    /// Whether holders of a kind are counted.
    pub fn counts(self, kind: HolderKind) -> bool {
        self.holder_kinds().contains(&kind)
    }

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
    /// The program that an account with these badges lacks to have the service; `None` where it may
    /// have it (P2).
    pub fn missing_program(&self, badges: &Badges) -> Option<Program> {
        self.required_program.filter(|program| !badges.has(*program))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{program::Badge, time::Instant};

    #[test]
    fn given_a_service_of_a_program_then_only_its_badge_opens_it() {
        let name = LocalizedText { ja: "名".to_owned(), en: "name".to_owned() };
        let code = "daas".parse().expect("a code");
        let open = Service { code, name, model: LicenseModel::User, required_program: None };
        let closed = Service { required_program: Some(Program::Csp), ..open.clone() };
        let badge = |program| Badge { program, since: Instant::default() };
        let (csa, csp) = (badge(Program::Csa), badge(Program::Csp));
        for badges in [Badges::default(), [csa].into_iter().collect()] {
            assert_eq!(open.missing_program(&badges), None);
            assert_eq!(closed.missing_program(&badges), Some(Program::Csp));
        }
        assert_eq!(closed.missing_program(&[csa, csp].into_iter().collect()), None);
    }

    #[test]
    fn given_a_model_then_it_counts_users_and_devices_where_it_says_so() {
        use HolderKind::{Device, User};
        let counted = |model: LicenseModel| [User, Device].map(|kind| model.counts(kind));
        assert_eq!(counted(LicenseModel::User), [true, false]);
        assert_eq!(counted(LicenseModel::UserDevice), [true, true]);
    }
}
