//! The licences of all customers: one row for each customer and service.

use axum::{extract::State, response::Response};
use chrono::NaiveDate;
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, Format, InputErrors, Page, PageBody, PageParams, Problem, Reader, Text, bodies::PartyBody,
    csv::Csv,
};
use tsunagu_domain::{
    ids::AccountId,
    licenses::tally::{Level, Tally},
    locale::Language,
    vendor::ServiceCode,
};
use tsunagu_store::{Services, items::CustomerLicensesItem};
use utoipa::{IntoParams, ToSchema};

use crate::{
    customers::{self, Overseer, PARTY_HEADINGS, Row, party_cells},
    tally::{TALLY_HEADINGS, TallyBody},
};

/// Which rows the list shows.
#[derive(Clone, Debug, Default, PartialEq, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerLicensesQuery {
    /// Only those of this service.
    #[deserr(default)]
    service: Option<ServiceCode>,
    /// Only those of this level.
    #[deserr(default)]
    level: Option<Level>,
}

impl CustomerLicensesQuery {
    /// The services of a customer that the list shows, by code.
    fn rows(
        &self,
        item: &CustomerLicensesItem,
        today: NaiveDate,
    ) -> Vec<(ServiceCode, (ServiceCode, Tally))> {
        let shown = item.licenses(today).into_iter().filter(|(code, tally)| {
            self.service.as_ref().is_none_or(|service| service == *code)
                && self.level.is_none_or(|level| tally.level() == level)
        });
        shown.map(|(code, tally)| (code.clone(), (code.clone(), tally))).collect()
    }
}

/// The licences of a customer's service.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CustomerLicense)]
pub(crate) struct CustomerLicenseBody {
    /// The customer.
    customer: PartyBody,
    /// Bought against assigned.
    #[serde(flatten)]
    tally: TallyBody,
}

/// The licences of all customers
///
/// By customer and service; of customers that share `licenses`. What is assigned follows the runs over
/// the usage. As CSV, all that match in one file; more than 10,000, or more than 4.5 MB, are refused
/// with 422, and a filter helps.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customer-licenses",
    tag = "licenses",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        CustomerLicensesQuery,
        PageParams,
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (PageBody<CustomerLicenseBody> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 422, description = "`export-too-large`"),
        Overseer,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_customer_licenses(
    State(app): State<App>,
    partner: Overseer,
    Reader(language): Reader,
    format: Format,
    page: Page<CustomerLicensesQuery>,
) -> Result<Response, Problem> {
    let filter = &page.filter;
    let is_filtered = *filter != CustomerLicensesQuery::default();
    let asked = page.asked(&app, format).await?;
    let rows_of = |item: &CustomerLicensesItem, today| filter.rows(item, today);
    let (rows, next) = customers::read(&app, &partner.acting, asked, is_filtered, rows_of).await?;
    let catalogue = app.store.services_of(rows.iter().map(|row| &row.about.0)).await?;
    let bodies = rows.iter().map(|row| CustomerLicenseBody::new(row, &catalogue, language));
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    let file = |bodies: &[_]| file(bodies, language);
    page.answer_in(&app, format, (bodies, next), |body| body, file).await
}

impl CustomerLicenseBody {
    fn new(
        row: &Row<(ServiceCode, Tally)>,
        catalogue: &Services,
        language: Language,
    ) -> Result<Self, Problem> {
        let (service, tally) = &row.about;
        let service = catalogue.on_record(service)?;
        let tally = TallyBody::new(service, tally, language);
        Ok(Self { customer: row.customer.clone(), tally })
    }
}

const NAME: Text = Text::new("顧客のライセンス", "customer-licenses");

fn file(bodies: &[CustomerLicenseBody], language: Language) -> Csv {
    let headings = [&PARTY_HEADINGS[..], &TALLY_HEADINGS].concat();
    let mut csv = Csv::titled("customer-licenses", NAME, &headings, language);
    for body in bodies {
        csv.row(party_cells(&body.customer).into_iter().chain(body.tally.cells()));
    }
    csv
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::{
        licenses::entitlement::EntitlementKind,
        share::{Share, Shares},
    };

    use super::*;
    use crate::customers::tests::{customer, day, holdings, suspended};

    const KIND: EntitlementKind = EntitlementKind::Purchased;

    fn rows(query: &CustomerLicensesQuery, item: &CustomerLicensesItem) -> Vec<(String, Level)> {
        let rows = query.rows(item, day("2026-03-01")).into_iter();
        rows.map(|(key, (_, tally))| (key.to_string(), tally.level())).collect()
    }

    fn item(shares: Shares) -> CustomerLicensesItem {
        let entitlements = [("mail", KIND, None), ("daas", KIND, Some("2026-06-30"))];
        customer('A', shares, holdings(&entitlements, &[("daas", 9), ("chat", 1)]))
    }

    #[test]
    fn given_a_customer_then_each_of_its_services_is_a_row_in_order() {
        let all = CustomerLicensesQuery::default();
        let shown = rows(&all, &item(Share::Licenses.into()));
        let expected = [("chat", Level::Over), ("daas", Level::Near), ("mail", Level::Ok)];
        assert_eq!(shown, expected.map(|(code, level)| (code.to_owned(), level)));
    }

    #[test]
    fn given_filters_then_only_what_matches_is_shown() {
        let item = item(Share::Licenses.into());
        let of_service = CustomerLicensesQuery { service: "daas".parse().ok(), level: None };
        assert_eq!(rows(&of_service, &item), [("daas".to_owned(), Level::Near)]);
        let of_level = CustomerLicensesQuery { service: None, level: Some(Level::Over) };
        assert_eq!(rows(&of_level, &item), [("chat".to_owned(), Level::Over)]);
        let of_both = CustomerLicensesQuery { level: Some(Level::Ok), ..of_service };
        assert_eq!(rows(&of_both, &item), []);
    }

    #[test]
    fn t09_given_a_customer_that_does_not_share_licenses_or_is_suspended_then_it_has_no_row() {
        let all = CustomerLicensesQuery::default();
        assert_eq!(rows(&all, &item(Shares::all() - Share::Licenses)), []);
        assert_eq!(rows(&all, &suspended(item(Shares::all()))), []);
    }
}
