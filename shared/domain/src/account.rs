//! Accounts: the tenants.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    ids::{AccountId, OrgId},
    locale::{CountryCode, TimeZone},
    text::{Address, Contact, DisplayName},
    time::Instant,
    vendor::ExternalId,
};

/// How many accounts one person may register.
pub const MAX_REGISTERED_BY_ONE_PERSON: u32 = 20;

/// A tenant. Its ORGID and its time zone never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The id: the key of everything that belongs to it.
    pub account_id: AccountId,
    /// The organization that it belongs to (P1).
    pub org_id: OrgId,
    /// The name that it gives itself.
    pub display_name: DisplayName,
    /// Where it is.
    pub country: CountryCode,
    /// Decides what a day and a month are for this account.
    pub time_zone: TimeZone,
    /// Its postal address.
    pub address: Option<Address>,
    /// How to reach it; shown to connected partners, never filled by itself.
    pub contact: Option<Contact>,
    /// Whether the vendor has suspended it.
    pub status: AccountStatus,
    /// The vendor's own number of it.
    pub external_id: Option<ExternalId>,
    /// When it was made.
    pub created_at: Instant,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Its administrators may only read its own data; partners no longer see it.
    Suspended,
}

/// What an account's own administrators may change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The name that it gives itself.
    pub display_name: DisplayName,
    /// Where it is.
    pub country: CountryCode,
    /// Its postal address.
    pub address: Option<Address>,
    /// How to reach it; shown to connected partners.
    pub contact: Option<Contact>,
}

impl Account {
    /// What its administrators may change.
    pub fn details(&self) -> Details {
        Details {
            display_name: self.display_name.clone(),
            country: self.country,
            address: self.address.clone(),
            contact: self.contact.clone(),
        }
    }

    /// The account with other details and everything else as it was.
    #[must_use]
    pub fn with_details(&self, details: Details) -> Self {
        let Details { display_name, country, address, contact } = details;
        Self { display_name, country, address, contact, ..self.clone() }
    }
}

/// What the vendor says of an account; what it leaves out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provision {
    /// The organization; needed for a new account, fixed ever after (T6).
    pub org_id: Option<OrgId>,
    /// The name; needed for a new account.
    pub display_name: Option<DisplayName>,
    /// Where it is; needed for a new account.
    pub country: Option<CountryCode>,
    /// The time zone, fixed once the account is there.
    pub time_zone: Option<TimeZone>,
    /// The vendor's own number; `Some(None)` removes it.
    pub external_id: Option<Option<ExternalId>>,
    /// Whether the account may be used.
    pub status: Option<AccountStatus>,
}

/// Why the vendor's word on an account is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvisionRefusal {
    /// A new account needs these, by their names in the contract.
    Incomplete(Vec<&'static str>),
    /// An account never moves to another organization.
    OtherOrganization,
    /// An account never moves to another time zone: days and months already counted would shift.
    OtherTimeZone,
}

impl Provision {
    /// The account that this makes where there is none.
    pub fn create(
        &self,
        account_id: AccountId,
        default_time_zone: TimeZone,
        now: Instant,
    ) -> Result<Account, ProvisionRefusal> {
        let (Some(org_id), Some(display_name), Some(country)) =
            (self.org_id, self.display_name.clone(), self.country)
        else {
            return Err(ProvisionRefusal::Incomplete(self.missing()));
        };
        Ok(Account {
            account_id,
            org_id,
            display_name,
            country,
            time_zone: self.time_zone.unwrap_or(default_time_zone),
            address: None,
            contact: None,
            status: self.status.unwrap_or(AccountStatus::Active),
            external_id: self.external_id.clone().flatten(),
            created_at: now,
        })
    }

    /// What this makes of an account.
    pub fn change(&self, before: &Account) -> Result<Account, ProvisionRefusal> {
        if self.org_id.is_some_and(|org_id| org_id != before.org_id) {
            return Err(ProvisionRefusal::OtherOrganization);
        }
        if self.time_zone.is_some_and(|time_zone| time_zone != before.time_zone) {
            return Err(ProvisionRefusal::OtherTimeZone);
        }
        let mut after = before.clone();
        if let Some(display_name) = &self.display_name {
            after.display_name = display_name.clone();
        }
        if let Some(external_id) = &self.external_id {
            after.external_id.clone_from(external_id);
        }
        after.country = self.country.unwrap_or(before.country);
        after.status = self.status.unwrap_or(before.status);
        Ok(after)
    }

    fn missing(&self) -> Vec<&'static str> {
        let needed = [
            ("orgId", self.org_id.is_none()),
            ("displayName", self.display_name.is_none()),
            ("country", self.country.is_none()),
        ];
        needed.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Provision {
        Provision {
            org_id: Some(OrgId::mint(Instant::default())),
            display_name: Some("みなと".parse().expect("a name")),
            country: Some("JP".parse().expect("a country")),
            external_id: Some(Some("crm-1".parse().expect("a number"))),
            ..Provision::default()
        }
    }

    fn made(provision: &Provision) -> Result<Account, ProvisionRefusal> {
        let id = AccountId::mint(Instant::default());
        provision.create(id, "Asia/Tokyo".parse().expect("a zone"), Instant::default())
    }

    #[test]
    fn a_new_account_needs_organization_name_and_country() {
        let nothing = made(&Provision::default());
        let needed = vec!["orgId", "displayName", "country"];
        assert_eq!(nothing, Err(ProvisionRefusal::Incomplete(needed)));
        let account = made(&whole()).expect("complete");
        assert_eq!(account.status, AccountStatus::Active);
        assert_eq!(account.time_zone.to_string(), "Asia/Tokyo");
        assert_eq!(account.contact, None);
    }

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let before = made(&whole()).expect("complete");
        assert_eq!(Provision::default().change(&before), Ok(before.clone()));
        let suspended =
            Provision { status: Some(AccountStatus::Suspended), ..Provision::default() };
        let after = suspended.change(&before).expect("allowed");
        assert_eq!(after, Account { status: AccountStatus::Suspended, ..before.clone() });
        let unnumbered = Provision { external_id: Some(None), ..Provision::default() };
        assert_eq!(unnumbered.change(&before).expect("allowed").external_id, None);
    }

    #[test]
    fn organization_and_time_zone_never_change() {
        let before = made(&whole()).expect("complete");
        let moved = Provision { org_id: Some(OrgId::mint(Instant::default())), ..whole() };
        assert_eq!(moved.change(&before), Err(ProvisionRefusal::OtherOrganization));
        let zone = Some("UTC".parse().expect("a zone"));
        let shifted = Provision { time_zone: zone, ..Provision::default() };
        assert_eq!(shifted.change(&before), Err(ProvisionRefusal::OtherTimeZone));
        let same = Provision { time_zone: Some(before.time_zone), ..whole() };
        assert_eq!(
            Provision { org_id: Some(before.org_id), ..same }.change(&before),
            Ok(before.clone())
        );
    }

    #[test]
    fn administrators_change_details_and_nothing_else() {
        let before = made(&whole()).expect("complete");
        let contact = Some("IT desk".parse().expect("a contact"));
        let after = before.with_details(Details { contact, ..before.details() });
        assert_eq!(after.contact.as_ref().map(Contact::as_str), Some("IT desk"));
        assert_eq!(after.with_details(before.details()), before);
    }
}
