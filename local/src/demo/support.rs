//! What customers asked the support, and what the vendor told them, by the requests of those who ask
//! and tell. Each carries a mark of its own, so that a seeding that was cut off repeats nothing.

use chrono::TimeDelta;
use serde_json::json;
use tsunagu_domain::time::Instant;

use super::{
    DemoError, Seeding, all_done,
    data::{CUSTOMERS, PARTNERS, Plan},
    done, done_or_gone, text,
    told::{self, Case, News, Speaker, Turn},
};

/// How many accounts one request tells something.
const BULK: usize = 40;

impl Seeding<'_> {
    /// Tickets and news of the last weeks, each at its time.
    pub(super) async fn support(&self, now: Instant) -> Result<(), DemoError> {
        for case in told::cases() {
            self.handle(&case, now).await?;
        }
        for news in &told::NEWS {
            self.gateway.clock().set(now - TimeDelta::days(news.days_ago));
            let concerned: Vec<_> =
                (0..CUSTOMERS.len()).filter(|is| (news.concerns)(*is)).collect();
            self.tell(&concerned, news).await?;
        }
        self.gateway.clock().set(now);
        Ok(())
    }

    /// Opens a ticket, and lets happen what happened to it.
    async fn handle(&self, case: &Case, now: Instant) -> Result<(), DemoError> {
        self.gateway.clock().set(now - TimeDelta::days(case.days_ago));
        let customer = self.known(&CUSTOMERS[case.customer]);
        let tickets = format!("/v1/accounts/{}/tickets", customer.account);
        let opened =
            customer.administrator.post_once(&case.mark(), &tickets, &case.opening()).await;
        let ticket = text(&done("a ticket", &opened)?["ticketId"]);
        for (place, (days_ago, turn)) in case.course().into_iter().enumerate() {
            self.gateway.clock().set(now - TimeDelta::days(days_ago));
            self.take_turn(case, &ticket, turn, &format!("{}-{place}", case.mark())).await?;
        }
        Ok(())
    }

    async fn take_turn(
        &self,
        case: &Case,
        ticket: &str,
        turn: &Turn,
        mark: &str,
    ) -> Result<(), DemoError> {
        let customer = self.known(&CUSTOMERS[case.customer]);
        let comment = json!({ "body": case.words(turn) });
        let answer = match turn.by {
            Speaker::Customer => {
                let path = format!("/v1/accounts/{}/tickets/{ticket}/comments", customer.account);
                customer.administrator.post_once(mark, &path, &comment).await
            }
            // A customer without this partner has nobody who helps.
            Speaker::Partner => {
                let partner = usize::from(case.customer.is_multiple_of(2));
                let plan = Plan { customer: case.customer, partner };
                let path = format!("{}/tickets/{ticket}/comments", self.customer_path(&plan));
                let partner = self.known(&PARTNERS[partner].company);
                partner.administrator.post_once(mark, &path, &comment).await
            }
            Speaker::Support => {
                let account = &customer.account;
                let path = format!("/v1/platform/accounts/{account}/tickets/{ticket}/updates");
                let mut update = json!({ "comment": comment, "caseNumber": format!("CS-{mark}") });
                if let Some(status) = turn.status {
                    update["status"] = json!(status);
                }
                self.platform.post_once(mark, &path, &update).await
            }
        };
        done_or_gone("a turn of a ticket", &answer)
    }

    async fn tell(&self, customers: &[usize], news: &News) -> Result<(), DemoError> {
        for (part, some) in customers.chunks(BULK).enumerate() {
            let items: Vec<_> =
                some.iter().map(|customer| self.of(*customer, &news.body())).collect();
            let body = json!({ "items": items });
            let path = "/v1/platform/notifications";
            let answer = self.platform.post_once(&news.mark(part), path, &body).await;
            all_done("news", &done("news", &answer)?)?;
        }
        Ok(())
    }
}
