//! An account as it is shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{Shown, bodies::BadgeBody};
use tsunagu_domain::{
    account::{Account, AccountStatus},
    ids::{AccountId, OrgId},
    locale::{CountryCode, Language, TimeZone},
    organization::Organization,
    program::Badges,
    text::{Address, Contact, DisplayName},
    vendor::ExternalId,
};
use tsunagu_store::{AccountOnRecord, Acting};
use utoipa::ToSchema;

/// An account.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    /// The account.
    pub account_id: AccountId,
    /// Its organization; never changes.
    pub org_id: OrgId,
    /// The organization's name as the vendor verified it; `null` until it has.
    #[schema(required = true)]
    pub organization_name: Option<DisplayName>,
    /// The name that it gives itself.
    pub display_name: DisplayName,
    /// Where it is.
    pub country: CountryCode,
    /// Decides what a day and a month are for this account; never changes.
    pub time_zone: TimeZone,
    /// Its postal address.
    #[schema(required = true)]
    pub address: Option<Address>,
    /// How to reach it. Shown to connected partners; never filled by itself.
    #[schema(required = true)]
    pub contact: Option<Contact>,
    /// The badges of its organization's active program memberships.
    pub badges: Vec<BadgeBody>,
    /// Whether the vendor has suspended it.
    pub status: AccountStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl AccountBody {
    pub(crate) fn new(
        account: &Account,
        organization: &Organization,
        badges: &Badges,
        language: Language,
    ) -> Self {
        Self {
            account_id: account.account_id,
            org_id: account.org_id,
            organization_name: organization.name.clone(),
            display_name: account.display_name.clone(),
            country: account.country,
            time_zone: account.time_zone,
            address: account.address.clone(),
            contact: account.contact.clone(),
            badges: BadgeBody::all(badges, language),
            status: account.status,
            created_at: account.created_at,
        }
    }

    /// The account that acts.
    pub(crate) fn of(acting: &Acting, language: Language) -> Self {
        Self::new(acting.account(), acting.organization(), acting.badges(), language)
    }

    /// An account as the table has it.
    pub(crate) fn on_record(record: &AccountOnRecord, language: Language) -> Self {
        Self::new(&record.account, &record.organization, &record.badges, language)
    }
}

impl Shown for AccountBody {
    // They come and go with time.
    const DERIVED: &'static [&'static str] = &["/badges"];
}

/// An account as the vendor is shown it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProvisionedAccount)]
pub(crate) struct ProvisionedAccountBody {
    /// What its administrators are shown.
    #[serde(flatten)]
    pub account: AccountBody,
    /// The vendor's own number of it.
    #[schema(required = true)]
    pub external_id: Option<ExternalId>,
}

impl ProvisionedAccountBody {
    pub(crate) fn on_record(record: &AccountOnRecord, language: Language) -> Self {
        let account = AccountBody::on_record(record, language);
        Self { account, external_id: record.account.external_id.clone() }
    }
}

impl Shown for ProvisionedAccountBody {
    const DERIVED: &'static [&'static str] = AccountBody::DERIVED;
}
