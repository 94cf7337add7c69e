//! Demo data, so that a newcomer sees something at once: two partners, their customers, what was
//! connected, narrowed and ended in the last thirteen months.
//!
//! It is made by the API's own requests with the clock set back, before anybody else is answered.
//! Everything is found again by its `externalId`, and the last request leaves a mark: a seeding that
//! was cut off is begun anew, and one that was finished is never repeated, whatever became of it.

mod bought;
mod data;
mod federating;
mod licensing;
pub mod people;
mod support;
mod told;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures::future::try_join_all;
use http::StatusCode;
use serde_json::{Value, json};
use tsunagu_domain::{
    ids::{AccountId, OrgId},
    time::{Clock, Instant},
};

use crate::{
    client::{Answer, Caller},
    gateway::Gateway,
    tokens::TokenError,
};
use data::{COMPLETE, CUSTOMERS, Company, End, PARTNERS, Plan, Programs, SERVICES, Step, plan};

/// Why there is no demo data.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A request was refused.
    #[error("demo data: {what}: {status} {body}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// The status.
        status: StatusCode,
        /// The problem.
        body: String,
    },
    /// Some of it was refused.
    #[error("demo data: {what}: {body}")]
    Partly {
        /// What was asked for.
        what: &'static str,
        /// What was said of it.
        body: String,
    },
    /// What was made before is not there.
    #[error("demo data: {0} are missing")]
    Missing(&'static str),
    /// Somebody could not sign in.
    #[error("demo data: {0}")]
    Token(#[from] TokenError),
}

/// What a newcomer needs to look at the demo data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The partners' administrators and their accounts.
    pub partners: Vec<(String, String)>,
    /// Workspaces by host, and the names of who signs in there.
    pub workspaces: Vec<(String, String)>,
}

/// Makes the demo data unless it is there; tells in both cases whom to sign in as.
pub async fn seed(gateway: &Gateway) -> Result<Demo, DemoError> {
    seed_telling(gateway, || {}).await
}

/// The same; `begin` is called where there is something to make, which takes a while.
pub async fn seed_telling(gateway: &Gateway, begin: impl FnOnce()) -> Result<Demo, DemoError> {
    let mut seeding = Seeding::new(gateway)?;
    if seeding.find(COMPLETE).await?.is_none() {
        begin();
        let now = gateway.clock().now();
        let made = seeding.make(now).await;
        // Also after a failure: nobody wants to go on in last year.
        gateway.clock().reset();
        made?;
    }
    seeding.result().await
}

/// The demo data where it is there already; nothing is made.
pub async fn find(gateway: &Gateway) -> Result<Option<Demo>, DemoError> {
    let seeding = Seeding::new(gateway)?;
    if seeding.find(COMPLETE).await?.is_none() {
        return Ok(None);
    }
    seeding.result().await.map(Some)
}

struct Seeding<'a> {
    gateway: &'a Gateway,
    platform: Caller,
    /// Accounts and their administrators, by `externalId`.
    known: BTreeMap<String, Known>,
    /// The partners' invite tokens.
    tokens: Vec<String>,
    /// Whether an earlier seeding was cut off: only then is there something to be found.
    resumed: bool,
}

#[derive(Clone)]
struct Known {
    account: String,
    organization: String,
    administrator: Caller,
}

impl<'a> Seeding<'a> {
    fn new(gateway: &'a Gateway) -> Result<Self, DemoError> {
        let platform = Caller::platform(gateway)?;
        Ok(Self { gateway, platform, known: BTreeMap::new(), tokens: Vec::new(), resumed: false })
    }

    async fn make(&mut self, now: Instant) -> Result<(), DemoError> {
        self.resumed = self.find(PARTNERS[0].company.external_id).await?.is_some();
        self.gateway.clock().set(now - TimeDelta::days(data::FIRST_DAY));
        for (service, body) in SERVICES.iter().map(data::service) {
            let put = self.platform.put(&format!("/v1/platform/services/{service}"), &body).await;
            done("a service", &put)?;
        }
        for partner in &PARTNERS {
            self.partner(&partner.company, partner.programs).await?;
        }
        for (days_ago, steps) in plan() {
            self.gateway.clock().set(now - TimeDelta::days(days_ago));
            // Steps of one day do not depend on each other.
            let made = try_join_all(steps.iter().map(|step| self.step(step))).await?;
            self.known.extend(made.into_iter().flatten());
        }
        self.support(now).await?;
        self.license(now).await?;
        if let Some(directory) = self.gateway.directory() {
            self.gateway.clock().set(now);
            self.federate(directory).await?;
        }
        self.mark_complete().await
    }

    async fn partner(&mut self, company: &Company, programs: Programs) -> Result<(), DemoError> {
        let partner = self.provision(company).await?;
        for program in programs {
            let organization = &partner.organization;
            let path = format!("/v1/platform/organizations/{organization}/programs/{program}");
            done("a badge", &self.platform.put(&path, &json!({"status": "active"})).await)?;
        }
        let path = format!("/v1/accounts/{}/invite-link", partner.account);
        let link = done("an invite link", &partner.administrator.get(&path).await)?;
        self.tokens.push(text(&link["token"]));
        self.known.insert(company.external_id.to_owned(), partner);
        Ok(())
    }

    /// Does one thing; gives the account that was provisioned, if it was that.
    async fn step(&self, step: &Step) -> Result<Option<(String, Known)>, DemoError> {
        match step {
            Step::Provision { customer } => {
                let company = &CUSTOMERS[*customer];
                let made = self.provision(company).await?;
                return Ok(Some((company.external_id.to_owned(), made)));
            }
            // The first call makes an invited administrator an active one, before it expires.
            Step::SignIn { customer } => {
                let customer = self.known(&CUSTOMERS[*customer]);
                let path = format!("/v1/accounts/{}", customer.account);
                done("a first call", &customer.administrator.get(&path).await)?;
            }
            Step::Connect(plan) => self.connect(plan).await?,
            Step::Mark { plan, marks } => {
                let path = self.customer_path(plan);
                let partner = self.known(&PARTNERS[plan.partner].company);
                done_or_gone("a reference", &partner.administrator.patch(&path, marks).await)?;
            }
            Step::Narrow { plan, shares } => {
                let path = self.partner_path(plan);
                let customer = self.known(&CUSTOMERS[plan.customer]);
                let body = json!({ "shares": shares });
                done_or_gone("fewer shares", &customer.administrator.patch(&path, &body).await)?;
            }
            Step::End { plan, by } => self.end(plan, *by).await?,
        }
        Ok(None)
    }

    /// Puts an organization, its account and its administrator.
    async fn provision(&self, company: &Company) -> Result<Known, DemoError> {
        let now = self.gateway.clock().now();
        let found = if self.resumed { self.find(company.external_id).await? } else { None };
        let (account, organization) = found
            .unwrap_or_else(|| (AccountId::mint(now).to_string(), OrgId::mint(now).to_string()));
        let path = format!("/v1/platform/organizations/{organization}");
        let name = json!({ "name": company.organization });
        done("an organization", &self.platform.put(&path, &name).await)?;
        let body = json!({
            "orgId": organization,
            "externalId": company.external_id,
            "displayName": company.name,
            "country": company.country,
            "timeZone": company.time_zone,
            "administrators": [{"email": company.email, "access": "full"}],
        });
        let path = format!("/v1/platform/accounts/{account}");
        done("an account", &self.platform.put(&path, &body).await)?;
        let administrator = Caller::person(self.gateway, company.email).await?;
        Ok(Known { account, organization, administrator })
    }

    /// Connects, unless there was a connection already: a person may have ended it meanwhile.
    async fn connect(&self, plan: &Plan) -> Result<(), DemoError> {
        let customer = self.known(&CUSTOMERS[plan.customer]);
        let partner = &self.known(&PARTNERS[plan.partner].company).account;
        if self.resumed && self.was_connected(customer, partner).await? {
            return Ok(());
        }
        let path = format!("/v1/invitations/{}/accept", self.tokens[plan.partner]);
        let body = json!({ "accountId": customer.account });
        done("a connection", &customer.administrator.post(&path, &body).await).map(|_| ())
    }

    async fn was_connected(&self, customer: &Known, partner: &str) -> Result<bool, DemoError> {
        let path = format!("/v1/accounts/{}/connections?role=customer", customer.account);
        let answer = customer.administrator.get(&path).await;
        // Whoever has not called yet is invited, or not even that: there is no account to look at.
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        let found = done("connections", &answer)?;
        let mut items = found["items"].as_array().into_iter().flatten();
        Ok(items.any(|item| item["partner"]["accountId"] == partner))
    }

    async fn end(&self, plan: &Plan, by: End) -> Result<(), DemoError> {
        let ended = match by {
            End::Partner => {
                let partner = self.known(&PARTNERS[plan.partner].company);
                partner.administrator.delete(&self.customer_path(plan)).await
            }
            End::Customer => {
                let customer = self.known(&CUSTOMERS[plan.customer]);
                customer.administrator.delete(&self.partner_path(plan)).await
            }
        };
        done_or_gone("an end", &ended)
    }

    /// The mark that all is done: only now the last partner gets the `externalId` that is looked for.
    async fn mark_complete(&self) -> Result<(), DemoError> {
        let last = &PARTNERS[PARTNERS.len() - 1].company;
        let Some((account, organization)) = self.find(last.external_id).await? else {
            return Ok(());
        };
        let body = json!({
            "orgId": organization, "externalId": COMPLETE, "displayName": last.name,
            "country": last.country,
        });
        let path = format!("/v1/platform/accounts/{account}");
        done("the mark of completion", &self.platform.put(&path, &body).await).map(|_| ())
    }

    async fn result(&self) -> Result<Demo, DemoError> {
        let mut partners = Vec::new();
        for partner in &PARTNERS {
            let company = &partner.company;
            let found = self.find(company.external_id).await?;
            let found = match found {
                Some(found) => Some(found),
                None => self.find(COMPLETE).await?,
            };
            partners.extend(found.map(|(account, _)| (company.email.to_owned(), account)));
        }
        let directory = self.gateway.directory();
        let workspaces = directory.into_iter().flat_map(|_| federating::entrances()).collect();
        Ok(Demo { partners, workspaces })
    }

    /// Account and ORGID of what the platform calls so.
    async fn find(&self, external_id: &str) -> Result<Option<(String, String)>, DemoError> {
        let path = format!("/v1/platform/accounts?externalId={external_id}");
        let found = done("accounts", &self.platform.get(&path).await)?;
        Ok(found["items"].get(0).map(|item| (text(&item["accountId"]), text(&item["orgId"]))))
    }

    /// What was provisioned before; the plan provisions everything before it uses it.
    fn known(&self, company: &Company) -> &Known {
        &self.known[company.external_id]
    }

    fn customer_path(&self, plan: &Plan) -> String {
        let (partner, customer) = self.accounts(plan);
        format!("/v1/accounts/{partner}/customers/{customer}")
    }

    fn partner_path(&self, plan: &Plan) -> String {
        let (partner, customer) = self.accounts(plan);
        format!("/v1/accounts/{customer}/partners/{partner}")
    }

    fn accounts(&self, plan: &Plan) -> (&str, &str) {
        let partner = &self.known(&PARTNERS[plan.partner].company).account;
        (partner, &self.known(&CUSTOMERS[plan.customer]).account)
    }
}

/// The body of an answer that is not a refusal.
fn done(what: &'static str, answer: &Answer) -> Result<Value, DemoError> {
    if answer.status.is_success() {
        return Ok(answer.json());
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Err(DemoError::Refused { what, status: answer.status, body })
}

/// Each item of a bulk answer has to be done.
fn all_done(what: &'static str, answer: &Value) -> Result<(), DemoError> {
    let results = answer["results"].as_array().into_iter().flatten();
    let failed = results.filter(|result| result["status"].as_u64().is_none_or(|is| is >= 400));
    match failed.map(Value::to_string).next() {
        Some(body) => Err(DemoError::Partly { what, body }),
        None => Ok(()),
    }
}

/// The same for a change of a connection. Where it is not there any more, a person ended it since
/// an earlier, unfinished seeding, and so it stays.
fn done_or_gone(what: &'static str, answer: &Answer) -> Result<(), DemoError> {
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    done(what, answer).map(|_| ())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
