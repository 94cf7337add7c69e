//! A customer of a domain as it is shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::Shown;
use tsunagu_domain::{
    ids::{AccountId, DomainId},
    text::DisplayName,
};
use tsunagu_store::{federation::FederatedCustomer, items::Names};
use utoipa::ToSchema;

use crate::members::{MembersBody, shown};

/// An account by its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NamedAccount)]
pub(crate) struct NamedAccount {
    /// The account.
    pub(crate) account_id: AccountId,
    /// The name that it gives itself.
    pub(crate) display_name: DisplayName,
}

impl NamedAccount {
    pub(crate) fn of(account_id: AccountId, names: Names) -> Self {
        Self { account_id, display_name: names.display_name }
    }
}

/// A customer whose users may sign in with a domain's credentials.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FederatedCustomer)]
pub(crate) struct FederatedCustomerBody {
    /// The customer.
    customer: NamedAccount,
    /// The domain.
    domain_id: DomainId,
    /// Which users of the domain are the customer's; `null`, everyone.
    #[schema(required = true)]
    members: Option<MembersBody>,
    /// When it was added.
    added_at: DateTime<Utc>,
}

impl Shown for FederatedCustomerBody {
    const DERIVED: &'static [&'static str] = &["/customer/displayName"];
}

impl From<FederatedCustomer> for FederatedCustomerBody {
    fn from(FederatedCustomer { item, names }: FederatedCustomer) -> Self {
        Self {
            customer: NamedAccount::of(item.customer, names),
            domain_id: item.domain_id,
            members: shown(item.members),
            added_at: item.added_at,
        }
    }
}
