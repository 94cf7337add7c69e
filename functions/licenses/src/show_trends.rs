//! How the licences of a service moved (P12).

use axum::{extract::State, response::Response};
use deserr::Deserr;
use tsunagu_api::{
    App, Format, InputErrors, PathId, Permitted, Problem, Query, Reader, SharingView,
    permit::{permission::LicensesView, sharing},
};
use tsunagu_domain::{
    ids::AccountId,
    licenses::trend::{Interval, Range},
    share::part,
    vendor::ServiceCode,
};
use tsunagu_store::{Readable, licenses::Days};
use utoipa::IntoParams;

use crate::{refusal, trend::TrendBody};

/// Which periods.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendsQuery {
    /// How long a period is.
    #[deserr(default)]
    #[param(value_type = Option<Interval>, required = false, default = "month")]
    interval: Interval,
    /// The first: a month (`2026-03`) or a day (`2026-03-01`), as `interval` says. 12 months or 30 days
    /// up to `to` if left out.
    #[deserr(default)]
    #[param(example = "2025-04")]
    from: Option<String>,
    /// The last, included: at most 13 months after `from`, and not in the future. That of `asOf` if left
    /// out.
    #[deserr(default)]
    #[param(example = "2026-03")]
    to: Option<String>,
}

impl TrendsQuery {
    /// The range, on the days that count; everything that is wrong with it at once.
    fn range(&self, days: &Days) -> Result<Range, InputErrors> {
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        Range::parse(self.interval, from, to, days.counted, days.today).map_err(|errors| {
            let errors = errors.into_iter().map(refusal::of_range);
            let errors = errors.map(|(pointer, flaw)| InputErrors::one(pointer, flaw));
            InputErrors::all(errors).expect("a range is refused for a reason")
        })
    }
}

/// The trends of a service
///
/// A point for every period of the range, also where nothing was used.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/licenses/{service}/trends",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("service" = ServiceCode, Path, description = "The product code"),
        TrendsQuery,
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (TrendBody = "application/json"),
            (String = "text/csv"),
        )),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn show_trends(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    Reader(language): Reader,
    PathId(service): PathId<ServiceCode>,
    format: Format,
    Query(query): Query<TrendsQuery>,
) -> Result<Response, Problem> {
    let body = read(&app, &account.acting.own(), &service, &query).await?;
    Ok(format.respond(&body, |body| body.file(language)))
}

/// The trends of a customer's service
///
/// A point for every period of the range, also where nothing was used: figures only, never a user.
/// Days and months are those of the customer's time zone.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/licenses/{service}/trends",
    tag = "licenses",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("service" = ServiceCode, Path, description = "The product code"),
        TrendsQuery,
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (TrendBody = "application/json"),
            (String = "text/csv"),
        )),
        SharingView<LicensesView, sharing::Licenses>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn show_trends_of_customer(
    State(app): State<App>,
    view: SharingView<LicensesView, sharing::Licenses>,
    Reader(language): Reader,
    PathId(service): PathId<ServiceCode>,
    format: Format,
    Query(query): Query<TrendsQuery>,
) -> Result<Response, Problem> {
    let body = read(&app, &view.readable()?, &service, &query).await?;
    Ok(format.respond(&body, |body| body.file(language)))
}

async fn read(
    app: &App,
    account: &Readable<part::Licenses>,
    service: &ServiceCode,
    query: &TrendsQuery,
) -> Result<TrendBody, Problem> {
    let service = app.store.known_service(service).await?.ok_or_else(Problem::not_found)?;
    let days = app.store.days(account, app.now()).await?;
    let range = query.range(&days)?;
    // On the heap: it is more than a stack should carry through every layer.
    let known = Box::pin(app.store.licenses_of_service(account, &service.code, range)).await?;
    Ok(TrendBody::new(&service, &known, &days, range))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// The 2nd of March; usage is counted up to the 28th of February.
    fn days() -> Days {
        Days {
            time_zone: "Asia/Tokyo".parse().expect("a zone"),
            as_of: None,
            counted: "2026-02-28".parse().expect("a day"),
            today: "2026-03-02".parse().expect("a day"),
        }
    }

    fn query(query: serde_json::Value) -> TrendsQuery {
        deserr::deserialize::<_, _, InputErrors>(query).expect("a query")
    }

    #[rstest]
    #[case(json!({}), ("2025-03", "2026-02"))]
    #[case(json!({"interval": "day"}), ("2026-01-30", "2026-02-28"))]
    #[case(json!({"from": "2026-03", "to": "2026-03"}), ("2026-03", "2026-03"))]
    fn given_what_is_left_out_then_the_range_ends_with_what_is_counted(
        #[case] asked: serde_json::Value,
        #[case] expected: (&str, &str),
    ) {
        let (from, to) = query(asked).range(&days()).expect("a range").ends();
        assert_eq!((from.as_str(), to.as_str()), expected);
    }

    #[rstest]
    #[case(json!({"from": "2026-3", "to": "x"}), &[("/from", "malformed"), ("/to", "malformed")])]
    #[case(json!({"interval": "day", "from": "2026-02"}), &[("/from", "malformed")])]
    #[case(json!({"from": "2026-02", "to": "2026-01"}), &[("/from", "behind-end")])]
    #[case(json!({"from": "2025-01", "to": "2026-02"}), &[("/from", "range-too-long")])]
    #[case(
        json!({"from": "2025-01", "to": "2026-04"}),
        &[("/from", "range-too-long"), ("/to", "in-future")]
    )]
    #[case(json!({"from": "x", "to": "2026-04"}), &[("/from", "malformed"), ("/to", "in-future")])]
    fn given_a_wrong_range_then_all_that_is_wrong_is_told(
        #[case] asked: serde_json::Value,
        #[case] expected: &[(&str, &str)],
    ) {
        let problem = Problem::from(query(asked).range(&days()).expect_err("refused"));
        let mut told: Vec<_> =
            problem.errors().iter().map(|one| (one.pointer.as_str(), one.flaw.code())).collect();
        told.sort_unstable();
        assert_eq!(told, expected);
    }
}
