//! One customer of the dashboard.

use axum::extract::State;
use tsunagu_api::{
    App,
    etag::Tagged,
    permit::{ConnectedView, permission::CustomerDashboardView},
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{ids::AccountId, share::part};

use crate::customer_body::CustomerBody;

/// One customer
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}",
    tag = "connections",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    responses(
        (status = 200, body = CustomerBody),
        ConnectedView<CustomerDashboardView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_customer(
    State(app): State<App>,
    view: ConnectedView<CustomerDashboardView>,
    Reader(language): Reader,
) -> Result<Tagged<CustomerBody>, Problem> {
    let account = async {
        match view.customer.sharing::<part::Account>() {
            Some(shared) => app.store.account_of_customer(&shared).await.map(Some),
            None => Ok(None),
        }
    };
    // None needs what another brings: the caller waits for the slowest alone.
    let marked = app.store.customer(&view.customer);
    let (marked, account, as_of) = tokio::try_join!(marked, account, app.store.as_of())?;
    let body = CustomerBody::new(&marked, &view.acting, account.as_ref(), &as_of, language);
    app.tagged(body).await
}
