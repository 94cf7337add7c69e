//! The accounts that the vendor names.

use tsunagu_api::{App, Problem};
use tsunagu_domain::{ids::AccountId, locale::TimeZone};

/// The time zone of an account; 404 where there is no such account.
pub(crate) async fn time_zone(app: &App, account: AccountId) -> Result<TimeZone, Problem> {
    app.store.time_zone(account).await?.ok_or_else(Problem::not_found)
}

/// Refuses unless there is such an account.
pub(crate) async fn demand(app: &App, account: AccountId) -> Result<(), Problem> {
    // Of all that an account has, its time zone never changes: it is remembered.
    time_zone(app, account).await.map(|_| ())
}
