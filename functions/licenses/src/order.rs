//! Orders as they come in and as they are shown: with the same fields.

use chrono::NaiveDate;
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{App, InputErrors, Nullable, Problem, Shown};
use tsunagu_domain::{
    Invalid,
    ids::AccountId,
    licenses::order::{MAX_LINES, Order, OrderLine, OrderStatus},
    text::Reference,
    vendor::{OrderId, ServiceCode},
};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::{catalogue, quantity::Licenses, refusal::ENDS_BEFORE_START};

const _: () = assert!(MAX_LINES == 50, "the documentation below names the number");

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order)]
pub(crate) struct OrderBody {
    /// The vendor's number.
    order_id: OrderId,
    /// When it was ordered.
    ordered_on: NaiveDate,
    /// The customer's own number of its purchase.
    #[schema(required = true)]
    purchase_order: Option<Reference>,
    /// What was ordered.
    lines: Vec<OrderLineBody>,
    /// Where it stands.
    status: OrderStatus,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderLine)]
pub(crate) struct OrderLineBody {
    /// What was ordered.
    service: ServiceCode,
    /// How much of it; `null` is unlimited.
    #[schema(required = true)]
    quantity: Option<u32>,
    /// What is counted, in the vendor's words.
    #[schema(required = true)]
    unit: Option<Reference>,
    /// The first day; `null` where the order names none.
    #[schema(required = true)]
    starts_on: Option<NaiveDate>,
    /// The last day, included; `null` is never.
    #[schema(required = true)]
    ends_on: Option<NaiveDate>,
}

impl From<Order> for OrderBody {
    fn from(order: Order) -> Self {
        let Order { order_id, ordered_on, purchase_order, lines, status } = order;
        let lines = lines.into_iter().map(OrderLineBody::from).collect();
        Self { order_id, ordered_on, purchase_order, lines, status }
    }
}

impl From<OrderLine> for OrderLineBody {
    fn from(line: OrderLine) -> Self {
        let OrderLine { service, quantity, unit, starts_on, ends_on } = line;
        Self { service, quantity, unit, starts_on, ends_on }
    }
}

impl Shown for OrderBody {}

/// What the vendor says of an order.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutOrder {
    /// When it was ordered.
    ordered_on: NaiveDate,
    /// The customer's own number of its purchase.
    #[deserr(default)]
    purchase_order: Option<Reference>,
    /// What was ordered: 1 to 50 lines.
    #[schema(min_items = 1, max_items = 50)]
    lines: Vec<PutOrderLine>,
    /// Where it stands; `open` if left out.
    #[deserr(default)]
    #[schema(required = false, default = "open")]
    status: OrderStatus,
}

/// What the vendor says of a line of an order.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutOrderLine {
    /// What was ordered.
    service: ServiceCode,
    /// How much of it; `null` is unlimited.
    #[schema(value_type = Option<u32>, required = true, maximum = 1_000_000_000)]
    quantity: Nullable<Licenses>,
    /// What is counted, in the vendor's words, such as `user`.
    #[deserr(default)]
    unit: Option<Reference>,
    /// The first day.
    #[deserr(default)]
    starts_on: Option<NaiveDate>,
    /// The last day, included; never if left out.
    #[deserr(default)]
    ends_on: Option<NaiveDate>,
}

impl PutOrder {
    /// The order of this number, if it makes sense.
    pub(crate) fn order(self, order_id: OrderId) -> Result<Order, InputErrors> {
        let Self { ordered_on, purchase_order, lines, status } = self;
        check(&lines)?;
        let lines = lines.into_iter().map(PutOrderLine::line).collect();
        Ok(Order { order_id, ordered_on, purchase_order, lines, status })
    }
}

impl PutOrderLine {
    fn ends_before_start(&self) -> bool {
        self.starts_on.zip(self.ends_on).is_some_and(|(start, end)| end < start)
    }

    fn line(self) -> OrderLine {
        let Self { service, quantity, unit, starts_on, ends_on } = self;
        let quantity = quantity.0.map(|quantity| quantity.0);
        OrderLine { service, quantity, unit, starts_on, ends_on }
    }
}

/// Puts an order of an account that exists.
pub(crate) async fn put_known(
    app: &App,
    account: AccountId,
    order: &Order,
    still: impl Fn(Option<&Order>) -> bool,
) -> Result<Stated<OrderBody>, Problem> {
    let services = order.lines.iter().enumerate();
    let services = services.map(|(at, line)| (format!("/lines/{at}/service"), &line.service));
    catalogue::demand(app, &services.collect::<Vec<_>>()).await?;
    let Stated { value, is_new } = app.store.put_order(account, order, still).await?;
    Ok(Stated { value: OrderBody::from(value), is_new })
}

fn check(lines: &[PutOrderLine]) -> Result<(), InputErrors> {
    if lines.is_empty() {
        return Err(InputErrors::one("/lines", Invalid::Empty));
    }
    if lines.len() > MAX_LINES {
        return Err(InputErrors::one("/lines", Invalid::TooMany { max: MAX_LINES }));
    }
    let wrong = lines.iter().enumerate().filter(|(_, line)| line.ends_before_start());
    let wrong = wrong
        .map(|(index, _)| InputErrors::one(&format!("/lines/{index}/endsOn"), ENDS_BEFORE_START));
    InputErrors::all(wrong).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn line() -> Value {
        json!({
            "service": "daas", "quantity": 10, "unit": "user", "startsOn": "2026-01-01",
            "endsOn": "2026-12-31",
        })
    }

    fn put(body: Value) -> Result<Order, Vec<(String, &'static str)>> {
        let id = "so-1".parse().expect("a number");
        let parsed = deserr::deserialize::<PutOrder, _, InputErrors>(body);
        parsed.and_then(|put| put.order(id)).map_err(|errors| {
            let problem = Problem::from(errors);
            let errors = problem.errors().iter();
            errors.map(|error| (error.pointer.clone(), error.flaw.code())).collect()
        })
    }

    #[test]
    fn given_an_order_then_it_is_shown_with_the_fields_that_it_was_put_with() {
        let mut sent = json!({
            "orderedOn": "2025-12-24", "purchaseOrder": "PO-7", "lines": [line(), line()],
            "status": "fulfilled",
        });
        let order = put(sent.clone()).expect("good");
        sent["orderId"] = json!("so-1");
        assert_eq!(serde_json::to_value(OrderBody::from(order)).expect("JSON"), sent);
    }

    #[test]
    fn given_what_may_be_left_out_then_it_is_null_and_the_order_open() {
        let lines = json!([{"service": "daas", "quantity": null}]);
        let order = put(json!({"orderedOn": "2025-12-24", "lines": lines})).expect("good");
        let body = serde_json::to_value(OrderBody::from(order)).expect("JSON");
        let line = json!({
            "service": "daas", "quantity": null, "unit": null, "startsOn": null, "endsOn": null,
        });
        let expected = json!({
            "orderId": "so-1", "orderedOn": "2025-12-24", "purchaseOrder": null, "lines": [line],
            "status": "open",
        });
        assert_eq!(body, expected);
    }

    #[rstest]
    #[case(json!({}), json!([]), &[("/lines", "empty")])]
    #[case(json!({}), json!(vec![line(); 51]), &[("/lines", "too-many")])]
    #[case(json!({"status": "lost"}), json!([line()]), &[("/status", "unknown-value")])]
    #[case(json!({}), json!([line(), {"service": "daas"}]), &[("/lines/1/quantity", "required")])]
    #[case(
        json!({}),
        json!([line(), {"service": "x", "quantity": 1, "startsOn": "2026-02-02", "endsOn": "2026-02-01"}]),
        &[("/lines/1/endsOn", "ends-before-start")]
    )]
    #[case(
        json!({"orderId": "so-2"}),
        json!([{"service": "X", "quantity": 1_000_000_001}]),
        &[
            ("/lines/0/quantity", "out-of-range"), ("/lines/0/service", "forbidden-character"),
            ("/orderId", "unknown-field"),
        ]
    )]
    fn given_mistakes_then_all_are_pointed_at(
        #[case] changes: Value,
        #[case] lines: Value,
        #[case] expected: &[(&str, &'static str)],
    ) {
        let mut body = json!({"orderedOn": "2025-12-24", "lines": lines});
        body.as_object_mut().expect("fields").extend(changes.as_object().expect("fields").clone());
        let mut told = put(body).expect_err("refused");
        told.sort_unstable();
        let expected: Vec<_> =
            expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect();
        assert_eq!(told, expected);
    }
}
