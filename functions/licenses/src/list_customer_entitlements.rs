//! The entitlements of all customers.

use axum::{extract::State, response::Response};
use chrono::NaiveDate;
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, Format, InputErrors, Page, PageBody, PageParams, Problem, Reader, Text,
    bodies::PartyBody,
    csv::{Csv, cell},
    input::Parsed,
};
use tsunagu_domain::{
    ids::AccountId,
    licenses::entitlement::{Entitlement, EntitlementFilter, EntitlementKind, EntitlementState},
    locale::Language,
    vendor::{EntitlementId, ServiceCode},
};
use tsunagu_store::items::CustomerLicensesItem;
use utoipa::{IntoParams, ToSchema};

use crate::{
    customers::{self, Overseer, PARTY_HEADINGS, Row, party_cells},
    entitlement::EntitlementBody,
};

/// Which entitlements the list shows.
#[derive(Clone, Debug, Default, PartialEq, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct CustomerEntitlementsQuery {
    /// Only those in this state today.
    #[deserr(default)]
    state: Option<EntitlementState>,
    /// Only those of this kind.
    #[deserr(default)]
    kind: Option<EntitlementKind>,
    /// Only those of this service.
    #[deserr(default)]
    service: Option<ServiceCode>,
    /// Only those that end within so many days from today, of the customer's time zone. What renews by
    /// itself, is over or in grace does not.
    #[deserr(default)]
    #[param(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    expiring_within_days: Option<Parsed<u32>>,
}

impl CustomerEntitlementsQuery {
    fn filter(&self) -> EntitlementFilter {
        let Self { state, kind, service, expiring_within_days } = self.clone();
        let expiring_within_days = expiring_within_days.map(|days| days.0);
        EntitlementFilter { state, kind, service, expiring_within_days }
    }

    /// The entitlements of a customer that the list shows, by number.
    fn rows(
        &self,
        item: &CustomerLicensesItem,
        today: NaiveDate,
    ) -> Vec<(EntitlementId, Entitlement)> {
        let filter = self.filter();
        let shown = item.entitlements().iter().filter(|one| filter.admits(one, today));
        shown.map(|shown| (shown.entitlement_id.clone(), shown.clone())).collect()
    }
}

/// An entitlement of a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CustomerEntitlement)]
pub(crate) struct CustomerEntitlementBody {
    /// The customer.
    customer: PartyBody,
    /// The entitlement.
    #[serde(flatten)]
    entitlement: EntitlementBody,
}

impl From<Row<Entitlement>> for CustomerEntitlementBody {
    fn from(row: Row<Entitlement>) -> Self {
        let entitlement = EntitlementBody::new(&row.about, row.today);
        Self { customer: row.customer, entitlement }
    }
}

/// The entitlements of all customers
///
/// By customer and number, with the state of today; of customers that share `entitlements`. What the
/// vendor changes follows with the next run over the usage. As CSV, all that match in one file; more
/// than 10,000, or more than 4.5 MB, are refused with 422, and a filter helps.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customer-entitlements",
    tag = "licenses",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        CustomerEntitlementsQuery,
        PageParams,
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (PageBody<CustomerEntitlementBody> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 422, description = "`export-too-large`"),
        Overseer,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_customer_entitlements(
    State(app): State<App>,
    partner: Overseer,
    Reader(language): Reader,
    format: Format,
    page: Page<CustomerEntitlementsQuery>,
) -> Result<Response, Problem> {
    let filter = &page.filter;
    let is_filtered = *filter != CustomerEntitlementsQuery::default();
    let asked = page.asked(&app, format).await?;
    let rows_of = |item: &CustomerLicensesItem, today| filter.rows(item, today);
    let (rows, next) = customers::read(&app, &partner.acting, asked, is_filtered, rows_of).await?;
    let bodies = rows.into_iter().map(CustomerEntitlementBody::from).collect();
    let file = |bodies: &[_]| file(bodies, language);
    page.answer_in(&app, format, (bodies, next), |body| body, file).await
}

const NAME: Text = Text::new("顧客の使用権", "customer-entitlements");

const HEADINGS: [Text; 9] = [
    Text::new("使用権ID", "Entitlement ID"),
    Text::new("サービス", "Service"),
    Text::new("種類", "Kind"),
    Text::new("状態", "State"),
    Text::new("数量", "Quantity"),
    Text::new("開始日", "Starts on"),
    Text::new("最終日", "Ends on"),
    Text::new("自動更新", "Renews by itself"),
    Text::new("注文ID", "Order ID"),
];

fn file(bodies: &[CustomerEntitlementBody], language: Language) -> Csv {
    let headings = [&PARTY_HEADINGS[..], &HEADINGS].concat();
    let mut csv = Csv::titled("customer-entitlements", NAME, &headings, language);
    for body in bodies {
        csv.row(party_cells(&body.customer).into_iter().chain(cells(&body.entitlement)));
    }
    csv
}

fn cells(entitlement: &EntitlementBody) -> [String; HEADINGS.len()] {
    [
        entitlement.entitlement_id.to_string(),
        entitlement.service.to_string(),
        entitlement.kind.to_string(),
        entitlement.state.to_string(),
        cell(entitlement.quantity),
        cell(entitlement.starts_on),
        cell(entitlement.ends_on),
        entitlement.auto_renew.to_string(),
        cell(entitlement.order_id.as_ref()),
    ]
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::share::{Share, Shares};

    use super::*;
    use crate::customers::tests::{customer, day, holdings, suspended};

    fn item(shares: Shares) -> CustomerLicensesItem {
        let entitlements = [
            ("mail", EntitlementKind::Purchased, None),
            ("daas", EntitlementKind::Purchased, Some("2026-03-31")),
            ("daas", EntitlementKind::Trial, Some("2026-02-28")),
            ("chat", EntitlementKind::Granted, Some("2026-02-28")),
        ];
        customer('A', shares, holdings(&entitlements, &[]))
    }

    fn rows(query: &CustomerEntitlementsQuery, item: &CustomerLicensesItem) -> Vec<String> {
        query.rows(item, day("2026-03-01")).into_iter().map(|(id, _)| id.to_string()).collect()
    }

    #[test]
    fn given_filters_then_only_what_matches_is_shown() {
        let item = item(Share::Entitlements.into());
        let all = CustomerEntitlementsQuery::default;
        assert_eq!(rows(&all(), &item), ["ent-0", "ent-1", "ent-2", "ent-3"]);
        let state = Some(EntitlementState::Active);
        assert_eq!(rows(&CustomerEntitlementsQuery { state, ..all() }, &item), ["ent-0", "ent-1"]);
        let kind = Some(EntitlementKind::Trial);
        assert_eq!(rows(&CustomerEntitlementsQuery { kind, ..all() }, &item), ["ent-2"]);
        let service = "daas".parse().ok();
        assert_eq!(
            rows(&CustomerEntitlementsQuery { service, ..all() }, &item),
            ["ent-1", "ent-2"]
        );
    }

    #[test]
    fn given_days_then_what_ends_within_them_is_shown_and_nothing_that_has_ended() {
        let item = item(Share::Entitlements.into());
        let within = |days| CustomerEntitlementsQuery {
            expiring_within_days: Some(Parsed(days)),
            ..CustomerEntitlementsQuery::default()
        };
        assert_eq!(rows(&within(30), &item), ["ent-1"]);
        assert!(rows(&within(29), &item).is_empty());
        assert_eq!(rows(&within(u32::MAX), &item), ["ent-1"]);
    }

    #[test]
    fn t09_given_a_customer_that_does_not_share_entitlements_or_is_suspended_then_it_has_no_row() {
        let all = CustomerEntitlementsQuery::default();
        assert!(rows(&all, &item(Shares::all() - Share::Entitlements)).is_empty());
        assert!(rows(&all, &suspended(item(Shares::all()))).is_empty());
    }

    #[test]
    fn given_a_spreadsheet_then_every_cell_has_its_heading() {
        let today = day("2026-03-01");
        let item = item(Share::Entitlements.into());
        let entitlement = EntitlementBody::new(&item.entitlements()[1], today);
        let expected =
            ["ent-1", "daas", "purchased", "active", "10", "2026-01-01", "2026-03-31", "false", ""];
        assert_eq!(cells(&entitlement), expected);
        let customer = PartyBody::new(item.customer, &item.names);
        // A row of another length panics.
        let _ = file(&[CustomerEntitlementBody { customer, entitlement }], Language::Ja);
    }
}
