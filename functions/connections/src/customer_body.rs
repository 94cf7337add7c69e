//! A customer as its partner's dashboard shows it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{
    bodies::{ConnectionBody, PartnerBody, PartyBody},
    etag::Shown,
};
use tsunagu_domain::{
    account::Account,
    dashboard::Summary,
    locale::{CountryCode, Language, TimeZone},
    text::{Address, Contact, Note, Reference, Tag},
};
use tsunagu_store::{
    Acting, Marked,
    items::{AsOf, CustomerItem},
};
use utoipa::ToSchema;

/// A customer on the dashboard: the connection, the partner's own marks and what is known of the
/// customer's figures. Parts of `summary` that are not shared or not known yet are `null`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DashboardItem)]
pub(crate) struct DashboardItem {
    /// The connection.
    #[serde(flatten)]
    pub(crate) connection: ConnectionBody,
    /// The partner's own mark.
    pub(crate) reference: Option<Reference>,
    /// The partner's own tags.
    pub(crate) tags: Vec<Tag>,
    /// The figures.
    pub(crate) summary: Summary,
}

impl DashboardItem {
    /// `as_of` is up to when usage is counted, for all customers alike.
    pub(crate) fn new(
        item: &CustomerItem,
        partner: &Acting,
        as_of: &AsOf,
        language: Language,
    ) -> Self {
        let customer = PartyBody::new(item.customer, &item.names);
        let partner = PartnerBody::of(partner, language);
        Self {
            connection: ConnectionBody::new(item, partner, customer),
            reference: item.reference.clone(),
            tags: item.tags.clone(),
            summary: item.summary(as_of),
        }
    }
}

/// One customer: the dashboard item, the partner's note and, where it is shared, basic account
/// information.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Customer)]
pub(crate) struct CustomerBody {
    /// The dashboard item.
    #[serde(flatten)]
    pub(crate) item: DashboardItem,
    /// The partner's own note.
    pub(crate) note: Option<Note>,
    /// Basic account information; `null` where the customer does not share `account`.
    pub(crate) account: Option<AccountInformation>,
}

impl Shown for CustomerBody {
    const DERIVED: &'static [&'static str] = &["/summary", "/account", "/partner/badges"];
}

impl CustomerBody {
    pub(crate) fn new(
        marked: &Marked,
        partner: &Acting,
        account: Option<&Account>,
        as_of: &AsOf,
        language: Language,
    ) -> Self {
        Self {
            item: DashboardItem::new(&marked.item, partner, as_of, language),
            note: marked.note.clone(),
            account: account.map(AccountInformation::of),
        }
    }
}

/// What a customer that shares `account` shows of itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountInformation {
    /// Where it is.
    pub(crate) country: CountryCode,
    /// Decides what a day and a month are for its figures.
    pub(crate) time_zone: TimeZone,
    /// Its postal address.
    pub(crate) address: Option<Address>,
    /// How to reach it.
    pub(crate) contact: Option<Contact>,
    /// When the account was made.
    pub(crate) created_at: DateTime<Utc>,
}

impl AccountInformation {
    fn of(account: &Account) -> Self {
        Self {
            country: account.country,
            time_zone: account.time_zone,
            address: account.address.clone(),
            contact: account.contact.clone(),
            created_at: account.created_at,
        }
    }
}
