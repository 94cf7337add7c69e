//! Who holds the licences of an account: on no path of a partner (P13, T15).

use axum::extract::State;
use chrono::NaiveDate;
use serde::Serialize;
use tsunagu_api::{
    App, Json, Page, PageBody, PageParams, PathId, Permitted, Problem,
    permit::permission::LicensesView,
};
use tsunagu_domain::{
    ids::AccountId,
    licenses::holder::{DeviceId, HolderId, HolderKind, Source, UserId},
    vendor::ServiceCode,
};
use tsunagu_store::licenses::Holder;
use utoipa::ToSchema;

/// A user who holds a licence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LicenseUser)]
pub(crate) struct LicenseUserBody {
    /// Names the user in paths.
    holder_id: HolderId,
    /// The user, as the service or, for `federation`, the provider's directory knows him.
    #[schema(required = true)]
    user_id: Option<UserId>,
    /// By whom he is known.
    source: Source,
    /// Since when he holds the licence.
    assigned_on: NaiveDate,
    /// When he was last active.
    last_active_on: NaiveDate,
}

/// A device that holds a licence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LicenseDevice)]
pub(crate) struct LicenseDeviceBody {
    /// Names the device in paths.
    holder_id: HolderId,
    /// The device, as the service knows it; `null` where the user is his own.
    #[schema(required = true)]
    device_id: Option<DeviceId>,
    /// The user who is his own device; `null` of other devices.
    #[schema(required = true)]
    user_id: Option<UserId>,
    /// By whom it is known.
    source: Source,
    /// Since when it holds the licence.
    assigned_on: NaiveDate,
    /// When it was last active.
    last_active_on: NaiveDate,
}

impl From<Holder> for LicenseUserBody {
    fn from(holder: Holder) -> Self {
        let Holder { holder_id, user_id, source, assigned_on, last_active_on, .. } = holder;
        Self { holder_id, user_id, source, assigned_on, last_active_on }
    }
}

impl From<Holder> for LicenseDeviceBody {
    fn from(holder: Holder) -> Self {
        let Holder { holder_id, user_id, device_id, source, assigned_on, last_active_on } = holder;
        Self { holder_id, device_id, user_id, source, assigned_on, last_active_on }
    }
}

/// The users who hold licences of a service
///
/// For the account itself alone, in no order that means anything. One whose licence was released shows
/// no more, though figures follow with the next run.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/licenses/{service}/users",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("service" = ServiceCode, Path, description = "The product code"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<LicenseUserBody>),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_license_users(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    PathId(service): PathId<ServiceCode>,
    page: Page,
) -> Result<Json<PageBody<LicenseUserBody>>, Problem> {
    answer(&app, &account, &service, HolderKind::User, &page).await
}

/// The devices that hold licences of a service
///
/// For the account itself alone, in no order that means anything. None for a service whose licences
/// count users.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/licenses/{service}/devices",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("service" = ServiceCode, Path, description = "The product code"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<LicenseDeviceBody>),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_license_devices(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    PathId(service): PathId<ServiceCode>,
    page: Page,
) -> Result<Json<PageBody<LicenseDeviceBody>>, Problem> {
    answer(&app, &account, &service, HolderKind::Device, &page).await
}

async fn answer<B: From<Holder>>(
    app: &App,
    account: &Permitted<LicensesView>,
    service: &ServiceCode,
    kind: HolderKind,
    page: &Page,
) -> Result<Json<PageBody<B>>, Problem> {
    let after = page.position(app).await?;
    let service = app.store.known_service(service).await?.ok_or_else(Problem::not_found)?;
    if !service.model.counts(kind) {
        return Ok(Json(page.answer(app, Vec::new(), None::<()>).await?));
    }
    let (acting, limit) = (&account.acting, page.limit);
    let found = app.store.holders(acting, &service.code, kind, after, limit).await?;
    let items = found.items.into_iter().map(B::from).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holder() -> Holder {
        let user: UserId = "u-1".parse().expect("an id");
        Holder {
            holder_id: HolderId::of_user(Source::Reported, &user),
            user_id: Some(user),
            device_id: None,
            source: Source::Reported,
            assigned_on: "2026-01-01".parse().expect("a day"),
            last_active_on: "2026-03-01".parse().expect("a day"),
        }
    }

    #[test]
    fn given_holders_then_users_have_no_device_and_devices_may_be_users() {
        let id = holder().holder_id;
        let user = serde_json::to_value(LicenseUserBody::from(holder())).expect("JSON");
        let expected = json!({
            "holderId": id, "userId": "u-1", "source": "reported", "assignedOn": "2026-01-01",
            "lastActiveOn": "2026-03-01",
        });
        assert_eq!(user, expected);
        let own = serde_json::to_value(LicenseDeviceBody::from(holder())).expect("JSON");
        assert_eq!((&own["deviceId"], &own["userId"]), (&json!(null), &json!("u-1")));
    }
}
